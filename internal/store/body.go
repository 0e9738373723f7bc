package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

func bodyByID(db *gorm.DB, id models.ID) (*models.Body, error) {
	var b models.Body
	if err := db.Where("id = ?", id).Take(&b).Error; err != nil {
		return nil, notFound(err)
	}
	return &b, nil
}

// Bodies are the organisations that exist, in the order of their pages; of one
// kind, or all with "".
func (t *Tenant) Bodies(ctx context.Context, kind models.BodyKind) ([]models.Body, error) {
	q := t.db(ctx).Where("ended_on = ''")
	if kind != "" {
		q = q.Where("kind = ?", kind)
	}
	var rows []models.Body
	err := q.Order(byRank).Order("id").Find(&rows).Error
	return rows, err
}

// Body is one organisation, existing or ended.
func (t *Tenant) Body(ctx context.Context, id models.ID) (*models.Body, error) {
	return bodyByID(t.db(ctx), id)
}

// BodyBuildings are the buildings of a compound or an estate.
func (t *Tenant) BodyBuildings(ctx context.Context, id models.ID) ([]models.ID, error) {
	var ids []models.ID
	err := t.db(ctx).Model(&models.BodyPlace{}).Where("body_id = ?", id).Order("id").Pluck("building_id", &ids).Error
	return ids, err
}

// BodyDraft is what a form says of an organisation.
type BodyDraft struct {
	Kind       models.BodyKind
	Name       string
	GroupName  string
	Seats      int
	Duties     string
	Contact    string
	Phone      string
	Address    string
	CreditCode string
	Rank       int
	Buildings  []models.ID
}

func (d *BodyDraft) check() error {
	var f problem.Form
	for _, x := range []struct {
		field string
		text  *string
		limit int
	}{{"name", &d.Name, 60}, {"group_name", &d.GroupName, 60}, {"contact", &d.Contact, 50}, {"phone", &d.Phone, 30}, {"address", &d.Address, 100}, {"credit_code", &d.CreditCode, 18}} {
		*x.text = cleanLine(models.Key(*x.text))
		if over := len([]rune(*x.text)) - x.limit; over > 0 {
			f.Add(x.field, "form.toolong", problem.Args{"n": over, "limit": x.limit})
		}
	}
	d.Duties = strings.TrimSpace(d.Duties)
	if over := len([]rune(d.Duties)) - 500; over > 0 {
		f.Add("duties", "form.toolong", problem.Args{"n": over, "limit": 500})
	}
	if d.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	rule := policy.BodyRuleOf(d.Kind)
	if rule.Kind == "" {
		f.Add("kind", "form.choose", nil)
	}
	if d.Seats < 0 || d.Seats > 200 || len(rule.Units) > 0 && d.Seats == 0 {
		f.Add("seats", "form.number", problem.Args{"least": 1, "most": 200})
	}
	if d.Kind == models.BodyGroup && d.GroupName == "" {
		f.Add("group_name", "form.needed", nil)
	}
	return f.Err()
}

// SaveBody adds an organisation (id 0) or changes what is said of one. Its kind
// stays what it is. Refusals: Forbidden, Invalid with fields, Conflict for a
// name that is taken.
func (t *Tenant) SaveBody(ctx context.Context, actor models.Actor, id models.ID, d BodyDraft) (models.ID, error) {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "manage"); err != nil {
			return err
		}
		if id != 0 {
			old, err := bodyByID(tx.DB, id)
			if err != nil {
				return err
			}
			d.Kind = old.Kind
		}
		if err := policy.MayKeepBody(d.Kind, tx.roles()); err != nil {
			return err
		}
		if err := d.check(); err != nil {
			return err
		}
		b := models.Body{
			Tenant: models.Tenant{ID: id}, Kind: d.Kind, Name: d.Name, GroupName: d.GroupName, Seats: d.Seats, Duties: d.Duties, Contact: d.Contact,
			Phone: d.Phone, Address: d.Address, CreditCode: d.CreditCode, Rank: d.Rank, LiveName: &d.Name, UpdatedAt: tx.Now,
		}
		var err error
		if id == 0 {
			b.ID, b.CreatedAt = tx.NewID(), tx.Now
			err = tx.Create(&b).Error
		} else {
			err = Changed(tx.Model(&models.Body{}).Where("id = ? AND ended_on = ''", id).
				Select("name", "group_name", "seats", "duties", "contact", "phone", "address", "credit_code", "rank", "live_name", "updated_at").UpdateColumns(&b))
		}
		if duplicate(err) {
			var f problem.Form
			f.Add("name", "body.name.taken", nil)
			return f.Err()
		}
		if err != nil {
			return err
		}
		id = b.ID
		tx.Audit("body.save", id, nil)
		tx.Touch("assembly")
		return tx.bodyBuildings(id, d.Buildings)
	})
	return id, err
}

// keptBody is a body whose record the actor keeps.
func (tx *Tx) keptBody(id models.ID) (*models.Body, error) {
	if err := tx.May("body", "manage"); err != nil {
		return nil, err
	}
	b, err := bodyByID(tx.DB, id)
	if err != nil {
		return nil, err
	}
	return b, policy.MayKeepBody(b.Kind, tx.roles())
}

func (tx *Tx) bodyBuildings(body models.ID, buildings []models.ID) error {
	if err := tx.Where("body_id = ?", body).Delete(&models.BodyPlace{}).Error; err != nil {
		return err
	}
	slices.Sort(buildings)
	for _, b := range slices.Compact(buildings) {
		var n int64
		if err := tx.Model(&models.Building{}).Where("id = ?", b).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if err := tx.Create(&models.BodyPlace{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: body, BuildingID: b}).Error; err != nil {
			return err
		}
	}
	return nil
}

// EndBody dissolves an organisation from today on; mandates in it must have
// ended before. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) EndBody(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "manage"); err != nil {
			return err
		}
		if _, err := tx.keptBody(id); err != nil {
			return err
		}
		var sitting int64
		err := tx.Model(&models.Mandate{}).Where("body_id = ? AND state = ?", id, models.MandateServing).Count(&sitting).Error
		if err != nil {
			return err
		}
		if sitting > 0 {
			return problem.New(problem.Conflict, "body.end.sitting", problem.Args{"n": int(sitting)})
		}
		tx.Audit("body.end", id, nil)
		tx.Touch("assembly")
		return Changed(tx.Model(&models.Body{}).Where("id = ? AND ended_on = ''", id).
			Select("ended_on", "live_name", "updated_at").UpdateColumns(&models.Body{EndedOn: tx.Day(), UpdatedAt: tx.Now}))
	})
}

// AdoptGroups makes a residents' group of every 居民小组 of the roll that has
// none yet, with as many representatives as art. 13 has at least. It tells how
// many were made.
func (t *Tenant) AdoptGroups(ctx context.Context, actor models.Actor) (made int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		made = 0
		if err := tx.May("body", "manage"); err != nil {
			return err
		}
		if err := policy.MayKeepBody(models.BodyGroup, tx.roles()); err != nil {
			return err
		}
		sizes, err := groupSizes(tx.DB)
		if err != nil {
			return err
		}
		var there []string
		if err := tx.Model(&models.Body{}).Where("kind = ? AND ended_on = ''", models.BodyGroup).Pluck("group_name", &there).Error; err != nil {
			return err
		}
		for i, g := range sizes {
			if slices.Contains(there, g.Name) || g.Name == "" {
				continue
			}
			least, _ := policy.RepSeats(g.N)
			name := g.Name
			b := models.Body{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.BodyGroup, Name: name, GroupName: name, Seats: max(least, 1),
				Rank: i, LiveName: &name, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if err := tx.Create(&b).Error; err != nil {
				return lostRace(err)
			}
			made++
		}
		tx.Audit("body.adopt", 0, map[string]int{"groups": made})
		tx.Touch("assembly")
		return nil
	})
	return made, err
}

// GroupSize is how many households a residents' group has on the roll.
type GroupSize struct {
	Name string
	N    int
}

// groupSizes counts households by group, in the order in which the roll
// brought the groups.
func groupSizes(db *gorm.DB) ([]GroupSize, error) {
	var rows []GroupSize
	err := db.Model(&models.Household{}).Select("group_name AS name, COUNT(*) AS n").Where("group_name <> ''").
		Group("group_name").Order("MIN(id)").Scan(&rows).Error
	return rows, err
}

// GroupSizes are the households of each residents' group.
func (t *Tenant) GroupSizes(ctx context.Context) (map[string]int, error) {
	rows, err := groupSizes(t.db(ctx))
	m := map[string]int{}
	for _, r := range rows {
		m[r.Name] = r.N
	}
	return m, err
}

// householdsOf are the households that vote in a body: those of a residents'
// group, or of a compound's buildings.
func householdsOf(db *gorm.DB, b *models.Body) ([]models.Household, error) {
	var rows []models.Household
	q := db.Session(&gorm.Session{})
	switch b.Kind {
	case models.BodyGroup:
		q = q.Where("group_name = ?", b.GroupName)
	case models.BodyCompound:
		var in []models.ID
		if err := db.Model(&models.BodyPlace{}).Where("body_id = ?", b.ID).Pluck("building_id", &in).Error; err != nil {
			return nil, err
		}
		q = q.Where("building_id IN ?", orNone(in))
	default:
		return nil, nil
	}
	err := q.Order("building_id, unit, room, id").Find(&rows).Error
	return rows, err
}

// GroupHeads are the first heads of households of a residents' group who are of
// age: whom a clerk would ask first when nobody stands. Refusals: Forbidden,
// NotFound.
func (t *Tenant) GroupHeads(ctx context.Context, actor models.Actor, body models.ID, limit int) ([]models.ID, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "body", "manage", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	b, err := bodyByID(t.db(ctx), body)
	if err != nil {
		return nil, err
	}
	homes, err := householdsOf(t.db(ctx), b)
	if err != nil {
		return nil, err
	}
	var heads []models.ID
	for _, h := range homes {
		var r models.Resident
		if err := t.db(ctx).Where("id = ? AND state = ?", h.HeadID, models.ResidentActive).Limit(1).Find(&r).Error; err != nil {
			return nil, err
		}
		if r.ID != 0 && policy.Adult(r.Birth, models.DateOf(t.Now())) {
			heads = append(heads, r.ID)
		}
		if len(heads) == limit {
			break
		}
	}
	return heads, nil
}
