package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What a community sets for its cases: categories, prepared replies, units.

// Target is a desk that a case can be dispatched to.
type Target struct {
	models.Assignee
	Name string
}

// Targets are the desks for a case about this, in the order of the list.
func (t *Tenant) Targets(ctx context.Context, about models.ComplaintAbout) ([]Target, error) {
	var list []Target
	add := func(kind models.AssigneeKind, id models.ID, name string) {
		if policy.MayHold(about, kind) {
			list = append(list, Target{models.Assignee{Kind: kind, ID: id}, name})
		}
	}
	grids, err := t.Grids(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range grids {
		add(models.AssigneeGrid, g.ID, g.Name)
	}
	day := models.DateOf(t.Now())
	posts, err := t.AppointmentsIn(ctx, t.Community.ID, day)
	if err != nil {
		return nil, err
	}
	seen := map[models.ID]bool{}
	for _, a := range posts {
		roles := policy.SetOf(a.Role)
		if a.Holds(day) && !seen[a.UserID] && a.Name != "" && a.Role != models.RolePropertyCo && t.opt.Guard.May(roles, "case", "handle") {
			seen[a.UserID] = true
			add(models.AssigneeMember, a.UserID, a.Name)
		}
	}
	units, err := t.Units(ctx)
	for _, u := range units {
		add(models.AssigneeUnit, u.ID, u.Name)
	}
	for _, kind := range []models.AssigneeKind{models.AssigneeDuty, models.AssigneeStation, models.AssigneeSupervisor, models.AssigneeStreet} {
		add(kind, 0, "")
	}
	return list, err
}

// Units that cases can be dispatched to.
func (t *Tenant) Units(ctx context.Context) (rows []models.ComplaintUnit, err error) {
	err = t.db(ctx).Where("ended_at IS NULL").Order("id").Find(&rows).Error
	return rows, err
}

// PutUnit adds a unit or changes one (id 0 adds). phone is that of its contact's
// login; without one the unit is told by telephone, and somebody notes it.
func (t *Tenant) PutUnit(ctx context.Context, actor models.Actor, id models.ID, name, number, login string, end bool) error {
	name, number = cleanLine(models.Key(name)), cleanLine(models.Key(number))
	var f problem.Form
	if name == "" || len([]rune(name)) > 60 {
		f.Add("name", "form.needed", nil)
	}
	phone, _ := models.Phone(login)
	if login != "" && phone == "" {
		f.Add("login", "form.phone.signs", nil)
	}
	if err := f.Err(); err != nil && !end {
		return err
	}
	return nameTaken(t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		tx.Audit("complaint.unit", id, nil)
		if end {
			return Changed(tx.Model(&models.ComplaintUnit{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now))
		}
		u := models.ComplaintUnit{Tenant: models.Tenant{ID: id}, Name: name, Phone: cut(number, 40), CreatedAt: tx.Now}
		if phone != "" {
			user, err := tx.EnsureUser(phone, name)
			if err != nil {
				return err
			}
			u.UserID = user.ID
		}
		if id == 0 {
			u.ID = tx.NewID()
			return tx.Create(&u).Error
		}
		return Changed(tx.Model(&models.ComplaintUnit{}).Where("id = ?", id).Select("name", "phone", "user_id").Updates(&u))
	}))
}

// PutCategory changes a category for the community, or adds one of its own.
func (t *Tenant) PutCategory(ctx context.Context, actor models.Actor, c models.ComplaintCategory) error {
	c.Name, c.StopText, c.StopPhone, c.Questions = cleanLine(c.Name), cleanLine(c.StopText), cleanLine(c.StopPhone), strings.TrimSpace(c.Questions)
	known := slices.ContainsFunc(policy.CaseCategories(), func(d policy.CaseCategory) bool { return d.Code == c.Code })
	var f problem.Form
	if !known && c.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	for field, days := range map[string]int{"triage": c.TriageDays, "assign": c.AssignDays, "handle": c.HandleDays} {
		if days < 0 || days > policy.MostServiceDays {
			f.Add(field, "form.number", problem.Args{"least": 1, "most": policy.MostServiceDays})
		}
	}
	for field, text := range map[string]string{"name": c.Name, "stop_text": c.StopText, "questions": c.Questions} {
		if limit := map[string]int{"name": 30, "stop_text": 200, "questions": 600}[field]; len([]rune(text)) > limit {
			f.Add(field, "form.toolong", problem.Args{"n": len([]rune(text)) - limit, "limit": limit})
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		c.ID, c.UpdatedAt, c.Own = tx.NewID(), tx.Now, !known
		if c.Own && c.Code == "" {
			c.Code = "own-" + c.ID.String()
		}
		if err := tx.Where("code = ?", c.Code).Delete(&models.ComplaintCategory{}).Error; err != nil {
			return err
		}
		tx.Audit("complaint.category", c.ID, map[string]string{"code": c.Code})
		tx.Touch("complaints")
		return tx.Create(&c).Error
	})
}

// Templates are prepared replies, those of the category first.
func (t *Tenant) Templates(ctx context.Context, action string) (rows []models.ComplaintTemplate, err error) {
	q := t.db(ctx)
	if action != "" {
		q = q.Where("action = ?", action)
	}
	err = q.Order("id").Limit(200).Find(&rows).Error
	return rows, err
}

const maxTemplateTitle = 60

// PutTemplate adds a prepared reply. That of a refusal says all that a refusal has
// to say; its text may be empty. Refusals: Forbidden, Invalid with fields.
func (t *Tenant) PutTemplate(ctx context.Context, actor models.Actor, m models.ComplaintTemplate) error {
	m.Title, m.Text, m.Where, m.Contact = cleanLine(m.Title), strings.TrimSpace(m.Text), cleanLine(m.Where), cleanLine(m.Contact)
	var f problem.Form
	if m.Title == "" || len([]rune(m.Title)) > maxTemplateTitle {
		f.Add("title", "form.needed", nil)
	}
	n := len([]rune(m.Text))
	switch refusal := (Refusal{Reason: m.Reason, Where: m.Where, Contact: m.Contact}); m.Action {
	case "refuse":
		refusal.check(&f)
	case "answer", "ask":
		m.Reason, m.Where, m.Contact = "", "", ""
		if n < leastReason {
			f.Add("text", "policy.reason", problem.Args{"n": leastReason})
		}
	default:
		f.Add("action", "form.choose", nil)
	}
	if n > maxReport {
		f.Add("text", "form.toolong", problem.Args{"n": n - maxReport, "limit": maxReport})
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("case", "assign"); err != nil {
			return err
		}
		m.ID, m.CreatedAt = tx.NewID(), tx.Now
		tx.Audit("complaint.template", m.ID, nil)
		return tx.Create(&m).Error
	})
}

// EndTemplate takes a prepared reply away. Refusals: Forbidden, Conflict.
func (t *Tenant) EndTemplate(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("case", "assign"); err != nil {
			return err
		}
		tx.Audit("complaint.template", id, nil)
		return Changed(tx.Where("id = ?", id).Delete(&models.ComplaintTemplate{}))
	})
}

// CaseByNumber is a case of the desk by what is written on paper: 12, or all
// of the number; 0 when it does not exist for the reader.
func (t *Tenant) CaseByNumber(ctx context.Context, actor models.Actor, number string) (models.ID, error) {
	list, _, err := t.Desk(ctx, actor, DeskFilter{Number: number})
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[0].ID, nil
}

// MayOfficer tells whether a login handles cases here: who is offered the desk.
func (t *Tenant) MayOfficer(actor models.Actor, day models.Date) bool {
	return t.opt.Guard.Allowed(actor, t.Community, "case", "handle", day) == nil
}
