package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// byRank is the order of seats; rank is a word of SQL.
var byRank = clause.OrderByColumn{Column: clause.Column{Name: "rank"}}

// Representatives are the residents' representatives in office on a day, by
// group and order (art. 13).
func (t *Tenant) Representatives(ctx context.Context, day models.Date) ([]models.Mandate, error) {
	return mandatesOn(t.db(ctx), models.SitsRep, models.BodyGroup, day)
}

// GroupLeaders are the leaders of the residents' groups in office on a day.
func (t *Tenant) GroupLeaders(ctx context.Context, day models.Date) ([]models.Mandate, error) {
	return mandatesOn(t.db(ctx), models.SitsHead, models.BodyGroup, day)
}

func mandatesOn(db *gorm.DB, post models.Seat, kind models.BodyKind, day models.Date) ([]models.Mandate, error) {
	var bodies []models.Body
	if err := db.Where("kind = ? AND (ended_on = '' OR ended_on > ?)", kind, day).Order(byRank).Order("id").Find(&bodies).Error; err != nil {
		return nil, err
	}
	var rows []models.Mandate
	err := db.Where("post = ? AND state <> ? AND from_day <= ? AND (until_day = '' OR until_day >= ?) AND (ended_on = '' OR ended_on > ?)",
		post, models.MandateSubstitute, day, day, day).Order(byRank).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var out []models.Mandate
	for _, b := range bodies {
		for _, m := range rows {
			if m.BodyID == b.ID {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// MandateOf is the mandate that a login has in office on a day in a post of
// bodies of a kind; nil for none.
func (t *Tenant) MandateOf(ctx context.Context, user models.ID, kind models.BodyKind, post models.Seat, day models.Date) (*models.Mandate, error) {
	return mandateOf(t.db(ctx), user, kind, post, day)
}

func mandateOf(db *gorm.DB, user models.ID, kind models.BodyKind, post models.Seat, day models.Date) (*models.Mandate, error) {
	if user == 0 {
		return nil, nil
	}
	var mine []models.Mandate
	if err := db.Where("user_id = ? AND post = ?", user, post).Order("id DESC").Find(&mine).Error; err != nil {
		return nil, err
	}
	for _, m := range mine {
		if !m.InOffice(day) {
			continue
		}
		var b models.Body
		err := db.Where("id = ? AND kind = ? AND ended_on = ''", m.BodyID, kind).Limit(1).Find(&b).Error
		if err != nil || b.ID != 0 {
			return &m, err
		}
	}
	return nil, nil
}

// BodyMandates are all mandates of a body: those in office, substitutes in
// their order, then those that ended.
func (t *Tenant) BodyMandates(ctx context.Context, body models.ID) ([]models.Mandate, error) {
	var rows []models.Mandate
	err := t.db(ctx).Where("body_id = ?", body).Order("state DESC, post").Order(byRank).Order("id").Find(&rows).Error
	return rows, err
}

// giveMandate seats a person in a body by a decision, and gives the role that
// follows from it.
func (tx *Tx) giveMandate(b *models.Body, m models.Mandate, d *models.Decision) error {
	m.ID, m.BodyID, m.DecisionID = tx.NewID(), b.ID, d.ID
	m.CreatedAt, m.UpdatedAt = tx.Now, tx.Now
	if m.ResidentID != 0 {
		m.LiveResident = &m.ResidentID
	}
	if m.State == models.MandateServing {
		if err := tx.followRole(b, &m, d); err != nil {
			return err
		}
	}
	if err := tx.Create(&m).Error; err != nil {
		if duplicate(err) {
			return problem.New(problem.Conflict, "body.mandate.twice", problem.Args{"name": m.Name})
		}
		return err
	}
	tx.Audit("mandate.give", m.ID, map[string]any{"body": b.ID, "post": m.Post, "decision": d.ID})
	return nil
}

// followRole gives the role that follows from a mandate: at once where the
// community may, by a proposal to the street where the mandate is one that
// watches the committee. A person without a telephone on the roll serves
// without a login.
func (tx *Tx) followRole(b *models.Body, m *models.Mandate, d *models.Decision) error {
	user, phone, err := tx.loginOf(m.ResidentID, m.Name)
	if err != nil {
		return err
	}
	if m.UserID == 0 {
		m.UserID = user
	}
	role, byStreet := policy.RoleOfMandate(b.Kind, m.Post)
	if role == "" || m.UserID == 0 {
		return nil
	}
	if byStreet {
		return tx.proposeMandate(b, m, role, phone, d)
	}
	region, err := tx.lockRegion(tx.Community.ID)
	if err != nil {
		return err
	}
	a := models.Appointment{
		ID: tx.NewID(), RegionID: region.ID, UserID: m.UserID, Role: role, From: m.From, Until: m.Until, Decision: d.Number,
		Name: m.Name, Portfolio: b.Name, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now,
	}
	n := policy.Nomination{Post: a, Level: region.Level, By: policy.SetOf(models.RoleDirector)} // the decision appoints; what forbids a post still does
	if n.Holds, err = tx.postsIn(region, m.UserID, a); err != nil {
		return err
	}
	if n.Relatives, err = tx.relativesPosts(region, m.UserID, a); err != nil {
		return err
	}
	if err := policy.MayAppoint(n); err != nil {
		return err
	}
	if err := tx.Create(&a).Error; err != nil {
		return err
	}
	m.AppointmentID = a.ID
	tx.authzChanged(region)
	tx.Audit("appointment.appoint", a.ID, map[string]any{"region": region.ID, "user": a.UserID, "role": role})
	return nil
}

// loginOf is the login of a person on the roll: the one tied to them, or the
// one that their telephone on the roll opens.
func (tx *Tx) loginOf(resident models.ID, name string) (user models.ID, phone string, err error) {
	if resident == 0 {
		return 0, "", nil
	}
	var r models.Resident
	if err := tx.Where("id = ?", resident).Take(&r).Error; err != nil {
		return 0, "", notFound(err)
	}
	if len(r.PhoneSeal) > 0 {
		if phone, err = tx.store.opt.Keys.Open(sealPhone, r.ID, r.PhoneSeal); err != nil {
			return 0, "", err
		}
	}
	var link models.ResidentLink
	if err := tx.Where("live_resident = ?", resident).Limit(1).Find(&link).Error; err != nil || link.UserID != 0 {
		return link.UserID, phone, err
	}
	if phone == "" {
		return 0, "", nil
	}
	u, err := tx.EnsureUser(phone, name)
	return u.ID, phone, err
}

// proposeMandate hands the street the name of somebody whose post the community
// itself may not give.
func (tx *Tx) proposeMandate(b *models.Body, m *models.Mandate, role models.Role, phone string, d *models.Decision) error {
	if phone == "" {
		return nil
	}
	id := tx.NewID()
	p := models.Proposal{Tenant: models.Tenant{ID: id}, State: models.ProposalOpen, Role: role, Name: m.Name, From: m.From, Until: m.Until,
		Decision: d.Number, Portfolio: b.Name, ByUserID: tx.Actor.UserID, ByName: tx.Actor.Name, CreatedAt: tx.Now,
		PhoneSeal: tx.store.opt.Keys.Seal(sealProposal, id, phone)}
	tx.Audit("appointment.propose", id, map[string]models.Role{"role": role})
	return tx.Create(&p).Error
}

// MandateEnd says why and when a mandate ends.
type MandateEnd struct {
	Reason   string
	Day      models.Date // first day without it
	Decision string      // number of the decision by which it ends; may be empty
}

// EndMandate ends a mandate before its term: resignation, moving away, recall.
// The role that followed from it ends too. Refusals: Forbidden, NotFound,
// Conflict when it has ended, Invalid with fields.
func (t *Tenant) EndMandate(ctx context.Context, actor models.Actor, id models.ID, e MandateEnd) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "manage"); err != nil {
			return err
		}
		m, b, err := tx.mandate(id)
		if err != nil {
			return err
		}
		if err := policy.MayKeepBody(b.Kind, tx.roles()); err != nil {
			return err
		}
		if b.Kind == models.BodySupervision && tx.roles().Any(policy.CommitteeRoles) && e.Decision == "" {
			return problem.New(problem.Forbidden, "body.supervision.decision", nil).Because("art. 36")
		}
		return tx.endMandate(m, e)
	})
}

func (tx *Tx) mandate(id models.ID) (*models.Mandate, *models.Body, error) {
	var m models.Mandate
	if err := tx.Where("id = ?", id).Take(&m).Error; err != nil {
		return nil, nil, notFound(err)
	}
	b, err := bodyByID(tx.DB, m.BodyID)
	return &m, b, err
}

func (tx *Tx) endMandate(m *models.Mandate, e MandateEnd) error {
	var f problem.Form
	e.Reason = cleanLine(e.Reason)
	if n := len([]rune(e.Reason)); n < 2 || n > 200 {
		f.Add("reason", "form.length", problem.Args{"least": 2, "most": 200})
	}
	if !e.Day.Valid() || e.Day < m.From || e.Day > tx.Day().AddDays(1) {
		f.Add("day", "body.end.day", nil)
	}
	now := models.Mandate{State: models.MandateEnded, EndedOn: e.Day, EndReason: e.Reason, UpdatedAt: tx.Now}
	if e.Decision != "" {
		d, err := decisionByNumber(tx.DB, e.Decision)
		if problem.Is(err, problem.NotFound) {
			f.Add("decision", "decision.number.unknown", nil)
		} else if err != nil {
			return err
		} else {
			now.EndDecisionID = d.ID
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	err := Changed(tx.Model(&models.Mandate{}).Where("id = ? AND state <> ?", m.ID, models.MandateEnded).
		Select("state", "ended_on", "end_reason", "end_decision_id", "live_resident", "updated_at").UpdateColumns(&now))
	if err != nil {
		return err
	}
	tx.Audit("mandate.end", m.ID, nil)
	tx.Touch("assembly", "people")
	return tx.endRole(m.AppointmentID)
}

// endRole takes the role that followed from a mandate.
func (tx *Tx) endRole(appointment models.ID) error {
	if appointment == 0 {
		return nil
	}
	region, err := tx.lockRegion(tx.Community.ID)
	if err != nil {
		return err
	}
	res := tx.Model(&models.Appointment{}).Where("id = ? AND region_id = ? AND ended_at IS NULL", appointment, region.ID).Update("ended_at", tx.Now)
	if res.Error == nil && res.RowsAffected > 0 {
		tx.authzChanged(region)
		tx.Audit("appointment.end", appointment, nil)
	}
	return res.Error
}

// FillVacancy seats the first substitute of a body in the place of somebody
// whose mandate ended (art. 15: 按照原推选结果依次递补, kept for all small
// bodies). Refusals: Forbidden, NotFound, Conflict without a vacancy or a
// substitute, or when another was faster.
func (t *Tenant) FillVacancy(ctx context.Context, actor models.Actor, ended models.ID) (*models.Mandate, error) {
	var next models.Mandate
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("body", "manage"); err != nil {
			return err
		}
		old, b, err := tx.mandate(ended)
		if err != nil {
			return err
		}
		if err := policy.MayKeepBody(b.Kind, tx.roles()); err != nil {
			return err
		}
		var taken int64
		if err := tx.Model(&models.Mandate{}).Where("replaces_id = ?", ended).Count(&taken).Error; err != nil {
			return err
		}
		if old.State != models.MandateEnded || taken > 0 {
			return problem.New(problem.Conflict, "body.vacancy.none", nil)
		}
		err = tx.Where("body_id = ? AND post = ? AND state = ? AND until_day >= ?", b.ID, old.Post, models.MandateSubstitute, tx.Day()).
			Order(byRank).Order("id").Limit(1).Find(&next).Error
		if err != nil {
			return err
		}
		if next.ID == 0 {
			return problem.New(problem.Conflict, "body.substitute.none", nil)
		}
		d, err := decisionByID(tx.DB, next.DecisionID)
		if err != nil {
			return err
		}
		next.From, next.ReplacesID, next.UpdatedAt = max(tx.Day(), old.EndedOn), old.ID, tx.Now
		next.State = models.MandateServing
		if err := tx.followRole(b, &next, d); err != nil {
			return err
		}
		tx.Audit("mandate.substitute", next.ID, map[string]any{"replaces": old.ID})
		tx.Touch("assembly", "people")
		return Changed(tx.Model(&models.Mandate{}).Where("id = ? AND state = ?", next.ID, models.MandateSubstitute).
			Select("state", "from_day", "replaces_id", "user_id", "appointment_id", "updated_at").UpdateColumns(&next))
	})
	return &next, err
}

// AddDelegate records whom a registered party sends: by telephone, with the
// letter that says so. Refusals: Forbidden, NotFound, Invalid with fields,
// Conflict for a body that the residents elect.
func (t *Tenant) AddDelegate(ctx context.Context, actor models.Actor, body models.ID, name, phone, letter string, until models.Date) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		b, err := tx.keptBody(body)
		if err != nil {
			return err
		}
		if !slices.Contains(policy.BodyRuleOf(b.Kind).Posts, models.SitsContact) {
			return problem.New(problem.Conflict, "body.elected", nil)
		}
		var f problem.Form
		name, letter = cleanLine(name), cleanLine(letter)
		number, digits := models.Phone(phone)
		if number == "" {
			f.Add("phone", "form.phone.length", problem.Args{"n": digits})
		}
		if name == "" {
			f.Add("name", "form.needed", nil)
		}
		if until != "" && until < tx.Day() {
			f.Add("until", "policy.appointment.until", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		u, err := tx.EnsureUser(number, name)
		if err != nil {
			return err
		}
		m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: b.ID, Post: models.SitsContact, UserID: u.ID, Name: name,
			From: tx.Day(), Until: until, State: models.MandateServing, Basis: strings.TrimSpace(letter), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Audit("mandate.delegate", m.ID, map[string]any{"body": b.ID})
		tx.Touch("assembly")
		return tx.Create(&m).Error
	})
}

// Mandate is one mandate.
func (t *Tenant) Mandate(ctx context.Context, id models.ID) (*models.Mandate, error) {
	var m models.Mandate
	return &m, notFound(t.db(ctx).Where("id = ?", id).Take(&m).Error)
}
