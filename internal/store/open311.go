package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Open311 GeoReport v2, the side that serves: other systems file cases with a
// key of the community and read what everybody may read.

const (
	open311Prefix = "juwu_"
	// MostOpen311Keys that work at the same time.
	MostOpen311Keys = 20

	casesPerKeyHour = 120
	casesPerKeyDay  = 1000
	casesPerPhone   = casesPerUserDay
	indexKeyPhone   = "limit.phone"

	// Open311Days and Open311Most are what a question without bounds gets: "a span
	// of 90 days or first 1000 requests" (GeoReport v2, GET Service Requests).
	Open311Days = 90
	Open311Most = 1000
	// open311Pages bounds how far a client turns pages: further back it asks by date.
	open311Pages = 50
)

// hashOpen311 is what is kept of a key. It is as long as a hash: no salt is
// needed, and it survives a change of JUWU_KEY.
func hashOpen311(key string) []byte {
	sum := sha256.Sum256([]byte("juwu open311 key 1\n" + key))
	return sum[:]
}

// Open311Keys are those that work, the oldest first.
func (t *Tenant) Open311Keys(ctx context.Context) (rows []models.Open311Key, err error) {
	err = t.db(ctx).Where("ended_at IS NULL").Order("id").Find(&rows).Error
	return rows, err
}

// MakeOpen311Key makes a key for another system; only this answer holds it.
// Refusals: Forbidden, Invalid with fields.
func (t *Tenant) MakeOpen311Key(ctx context.Context, actor models.Actor, name string) (string, error) {
	name = cleanLine(models.Key(name))
	var f problem.Form
	if n := len([]rune(name)); n == 0 || n > 60 {
		f.Add("name", "form.needed", nil)
		return "", f.Err()
	}
	key := open311Prefix + rand.Text()
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.Open311Key{}).Where("ended_at IS NULL").Count(&n).Error; err != nil {
			return err
		}
		if n >= MostOpen311Keys {
			var f problem.Form
			f.Add("name", "open311.keys.most", problem.Args{"n": MostOpen311Keys})
			return f.Err()
		}
		row := models.Open311Key{Tenant: models.Tenant{ID: tx.NewID()}, Name: name, Hash: hashOpen311(key), ByUserID: actor.UserID, CreatedAt: tx.Now}
		tx.Audit("open311.key", row.ID, nil)
		return tx.Create(&row).Error
	})
	return key, err
}

// EndOpen311Key ends a key from this moment on; ended once it stays so.
func (t *Tenant) EndOpen311Key(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		tx.Audit("open311.key.end", id, nil)
		return Changed(tx.Model(&models.Open311Key{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now))
	})
}

// Open311Key is the id of a key of this community that works; 0 for any other
// text: a key of another community is no key here.
func (t *Tenant) Open311Key(ctx context.Context, key string) (models.ID, error) {
	if !strings.HasPrefix(key, open311Prefix) || len(key) > 80 {
		return 0, nil
	}
	var row models.Open311Key
	err := t.db(ctx).Where("hash = ? AND ended_at IS NULL", hashOpen311(key)).Limit(1).Find(&row).Error
	return row.ID, err
}

// mayFileByKey asks once more whether the key works, and counts: by key, and by
// the telephone that the client tells.
func (tx *Tx) mayFileByKey(r Report) error {
	var n int64
	if err := tx.Model(&models.Open311Key{}).Where("id = ? AND ended_at IS NULL", r.ByKey).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.Forbidden, "open311.key.wrong", nil).Because("open311: key")
	}
	if r.About != models.AboutNobody { // whoever made the key must not learn of it
		return problem.New(problem.Forbidden, "open311.officials", nil).Because("open311: about officials")
	}
	bucket := "case.key." + tx.chain.String() + "." + r.ByKey.String()
	if err := firstError(tx.Limit(bucket+".h", casesPerKeyHour, time.Hour), tx.Limit(bucket+".d", casesPerKeyDay, 24*time.Hour)); err != nil {
		return err
	}
	if r.Phone == "" {
		return nil
	}
	return tx.Limit("case.phone."+tx.chain.String()+"."+short(tx.store.opt.Keys.Index(indexKeyPhone, r.Phone)), casesPerPhone, 24*time.Hour)
}

// noteFiling remembers which key a case came in by.
func (tx *Tx) noteFiling(c *models.Complaint, key models.ID) error {
	if key == 0 {
		return nil
	}
	return tx.Create(&models.Open311Filing{Tenant: models.Tenant{ID: tx.NewID()}, CaseID: c.ID, KeyID: key, CreatedAt: tx.Now}).Error
}

func (t *Tenant) filedBy(ctx context.Context, id models.ID) (models.ID, error) {
	var row models.Open311Filing
	err := t.db(ctx).Where("case_id = ?", id).Limit(1).Find(&row).Error
	return row.KeyID, err
}

// OnceOfClient is the key that makes one case of a report that a client sends
// twice: its own name for it, or else all that it says, within a day.
func (t *Tenant) OnceOfClient(key models.ID, name string, said ...string) string {
	parts := append([]string{"open311", key.String(), name}, said...)
	if name == "" {
		parts = append(parts, string(models.DateOf(t.Now())))
	} else {
		parts = parts[:3]
	}
	return short(t.opt.Keys.Index("open311.once", strings.Join(parts, "\x00")))
}

// Open311Filter chooses among the cases that everybody may read.
type Open311Filter struct {
	IDs        []models.ID
	Categories []string
	From, To   time.Time // zero: the last 90 days
	Open       *bool
	Page, Size int // from 1
}

// Open311Case is a case as GeoReport shows it.
type Open311Case struct {
	models.Complaint
	Desk     string
	Building string
	Photo    models.ID // the first that everybody may see
	Private  bool      // only how it stands may be told, and only to who filed it
}

// Open311Cases are cases that everybody may read, the newest first.
func (t *Tenant) Open311Cases(ctx context.Context, f Open311Filter) ([]Open311Case, error) {
	q := t.db(ctx).Where("public = ? AND about = ''", true)
	switch {
	case len(f.IDs) > 0: // named ones: no other bound counts
		q = q.Where("id IN ?", f.IDs[:min(len(f.IDs), Open311Most)])
	default:
		if f.To.IsZero() {
			f.To = t.Now()
		}
		if f.From.IsZero() || f.To.Sub(f.From) > Open311Days*24*time.Hour {
			f.From = f.To.AddDate(0, 0, -Open311Days)
		}
		q = q.Where("received_at >= ? AND received_at <= ?", models.Moment(f.From), models.Moment(f.To))
		if len(f.Categories) > 0 {
			q = q.Where("category IN ?", f.Categories)
		}
		if f.Open != nil {
			day := models.DateOf(t.Now())
			if *f.Open {
				q = q.Where("open = ? AND NOT (state IN ? AND due_day < ?)", true, waitingForReporter, day)
			} else {
				q = q.Where("open = ? OR (state IN ? AND due_day < ?)", false, waitingForReporter, day)
			}
		}
	}
	size := f.Size
	if size < 1 || size > Open311Most {
		size = Open311Most
	}
	page := min(max(f.Page, 1), open311Pages)
	var rows []models.Complaint
	if err := q.Order("received_at DESC, id DESC").Limit(size).Offset((page - 1) * size).Find(&rows).Error; err != nil {
		return nil, err
	}
	return t.open311Cases(ctx, rows)
}

// Open311Request is one case: what everybody may read of it, or, for the key
// it was filed with, how it stands. Anything else does not exist.
func (t *Tenant) Open311Request(ctx context.Context, id, key models.ID) (*Open311Case, error) {
	var c models.Complaint
	if err := t.db(ctx).Where("id = ? AND about = ''", id).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	if !c.Public {
		by, err := t.filedBy(ctx, id)
		if err != nil || key == 0 || by != key {
			return nil, firstError(err, problem.New(problem.NotFound, "page.notfound", nil))
		}
	}
	list, err := t.open311Cases(ctx, []models.Complaint{c})
	if err != nil {
		return nil, err
	}
	list[0].Private = !c.Public
	return &list[0], nil
}

func (t *Tenant) open311Cases(ctx context.Context, rows []models.Complaint) ([]Open311Case, error) {
	names, err := t.deskNames(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	photos, err := t.publicPhotos(ctx, rows)
	list := make([]Open311Case, len(rows))
	for i, c := range rows {
		list[i] = Open311Case{Complaint: c, Building: names.buildings[c.BuildingID], Photo: photos[c.ID]}
		if c.OwnerKind != models.AssigneeMember { // the public reads posts, not names
			list[i].Desk = names.of(c.Owner())
		}
	}
	return list, err
}

// publicPhotos is the first released picture of each case.
func (t *Tenant) publicPhotos(ctx context.Context, rows []models.Complaint) (map[models.ID]models.ID, error) {
	ids := make([]models.ID, len(rows))
	for i, c := range rows {
		ids[i] = c.ID
	}
	var events []models.ComplaintEvent
	steps := t.db(ctx).Model(&models.ComplaintEvent{}).Select("id").Where("community_id = ? AND case_id IN ? AND internal = ?", t.Community.ID, ids, false)
	var files []models.Attachment
	err := t.db(ctx).Select("community_id", "id", "owner_id").Where("owner_kind = ? AND public = ? AND removed_at IS NULL AND owner_id IN (?)", ownerCase, true, steps).Order("id").Find(&files).Error
	if err != nil || len(files) == 0 {
		return nil, err
	}
	owners := make([]models.ID, len(files))
	for i, f := range files {
		owners[i] = f.OwnerID
	}
	if err := t.db(ctx).Select("community_id", "id", "case_id").Where("id IN ?", owners).Find(&events).Error; err != nil {
		return nil, err
	}
	caseOf := map[models.ID]models.ID{}
	for _, e := range events {
		caseOf[e.ID] = e.CaseID
	}
	first := map[models.ID]models.ID{}
	for _, f := range files {
		if id := caseOf[f.OwnerID]; first[id] == 0 {
			first[id] = f.ID
		}
	}
	return first, nil
}

// Open311Open tells whether somebody still has to do something about a case.
func Open311Open(c models.Complaint, day models.Date) bool {
	return c.Open && !policy.ComplaintSettled(c, day)
}
