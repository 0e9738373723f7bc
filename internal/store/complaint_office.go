package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// OfficeCase is a case as an officer reads it; NotFound for whom it does not
// exist.
func (t *Tenant) OfficeCase(ctx context.Context, actor models.Actor, id models.ID) (*CaseView, error) {
	c, r, relations, err := t.officeRelations(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	v, err := t.view(ctx, *c, true)
	if err != nil {
		return nil, err
	}
	v.Relations, v.Acts = relations, policy.ComplaintActs(c.State, relations)
	if v.Body, err = t.caseBody(c); err != nil {
		return nil, err
	}
	if err := t.openSteps(v); err != nil {
		return nil, err
	}
	if err := t.officeExtras(ctx, v, r); err != nil {
		return nil, err
	}
	accuser := t.opt.Guard.May(r.Roles, "case", "read_accuser")
	if policy.SeesReporter(*c, relations, accuser) {
		v.Reporter, err = t.caseReporter(ctx, id)
	}
	return v, err
}

// CaseAbouts are the kinds of cases about officials that an officer may know of,
// and so take down.
func (t *Tenant) CaseAbouts(ctx context.Context, actor models.Actor) ([]models.ComplaintAbout, error) {
	r, err := t.reader(t.db(ctx), actor, models.DateOf(t.Now()))
	return r.Abouts(), err
}

func (t *Tenant) officeRelations(ctx context.Context, actor models.Actor, id models.ID) (*models.Complaint, policy.CaseReader, policy.RoleSet, error) {
	db, day := t.db(ctx), models.DateOf(t.Now())
	r, err := t.reader(db, actor, day)
	var c models.Complaint
	if err == nil {
		err = notFound(db.Where("id = ?", id).Take(&c).Error)
	}
	if err != nil {
		return nil, r, 0, err
	}
	ties, err := caseTies(db, id)
	if err != nil {
		return nil, r, 0, err
	}
	relations := policy.CaseRelations(c, ties, r, day)
	if relations == 0 {
		return nil, r, 0, problem.New(problem.NotFound, "page.notfound", nil).Because("case: not this reader's")
	}
	return &c, r, relations, nil
}

func (t *Tenant) officeExtras(ctx context.Context, v *CaseView, r policy.CaseReader) error {
	var assists []models.ComplaintAssist
	known := func() *gorm.DB { return t.mayKnow(t.db(ctx), r, models.DateOf(t.Now())) }
	err := firstError(
		t.db(ctx).Where("case_id = ?", v.ID).Order("id").Find(&assists).Error,
		known().Where("merged_into = ? AND about = ?", v.ID, v.About).Order("id").Limit(20).Find(&v.Merged).Error)
	if err != nil {
		return err
	}
	if v.Parts, err = parts(known(), v.Complaint); err != nil {
		return err
	}
	if v.Handovers, err = t.ownHandovers(ctx, v.ID); err != nil {
		return err
	}
	if v.Into != nil {
		var n int64
		if err := known().Model(&models.Complaint{}).Where("id = ?", v.Into.ID).Count(&n).Error; err != nil {
			return err
		}
		v.IntoOpen = n > 0
	}
	names, err := t.deskNames(ctx)
	for _, a := range assists {
		v.Assists = append(v.Assists, CaseAssist{a, names.of(models.Assignee{Kind: a.Kind, ID: a.RefID})})
	}
	return err
}

func (t *Tenant) caseReporter(ctx context.Context, id models.ID) (*CaseReporter, error) {
	var row models.ComplaintReporter
	if err := t.db(ctx).Where("case_id = ? AND kind = ?", id, models.ReporterSelf).Order("id").Limit(1).Find(&row).Error; err != nil || row.ID == 0 {
		return nil, err
	}
	keys := t.opt.Keys
	r := &CaseReporter{}
	var err error
	if r.Name, err = keys.Open(sealReporterName, row.ID, row.NameSeal); err != nil {
		return nil, err
	}
	phone, err := keys.Open(sealReporterPhone, row.ID, row.PhoneSeal)
	if err != nil {
		return nil, err
	}
	if row.UserID != nil {
		u, err := t.User(ctx, *row.UserID)
		if err != nil {
			return nil, err
		}
		r.UserID = u.ID
		if r.Name == "" {
			r.Name = u.Name
		}
		if phone == "" {
			if phone, err = t.UserPhone(u); err != nil {
				return nil, err
			}
		}
	}
	r.Phone = policy.MaskPhone(phone)
	return r, nil
}

// SawPhone is the text of the note that somebody looked at the reporter's
// telephone; shorter than any note that can be written, pages put it in words.
const SawPhone = "tel"

// CallReporter gives the telephone of who reported, for a call. That somebody
// looked is a step of the timeline for the case's other officers; the reporter
// and the public do not see it. Refusals: NotFound, also for whom the reporter
// is hidden.
func (t *Tenant) CallReporter(ctx context.Context, actor models.Actor, id models.ID) (string, error) {
	c, r, relations, err := t.officeRelations(ctx, actor, id)
	if err != nil {
		return "", err
	}
	if !policy.SeesReporter(*c, relations, t.opt.Guard.May(r.Roles, "case", "read_accuser")) {
		return "", problem.New(problem.NotFound, "page.notfound", nil)
	}
	var row models.ComplaintReporter
	if err := t.db(ctx).Where("case_id = ? AND kind = ?", id, models.ReporterSelf).Order("id").Take(&row).Error; err != nil {
		return "", notFound(err)
	}
	phone, err := t.opt.Keys.Open(sealReporterPhone, row.ID, row.PhoneSeal)
	if err == nil && phone == "" && row.UserID != nil {
		var u models.User
		if u, err = t.User(ctx, *row.UserID); err == nil {
			phone, err = t.UserPhone(u)
		}
	}
	if err != nil {
		return "", err
	}
	_, err = t.officeStep(ctx, actor, id, Act{}, func(*kase) (Step, error) { return Step{Action: "note", Internal: true, Text: SawPhone}, nil })
	return phone, err
}
