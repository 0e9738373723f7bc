package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Merging: a duplicate goes on as part of another case. Its reporter reads the
// outcome there, and gets the own case back if that one is withdrawn.

// merge joins a duplicate to another case: its reporter follows that one.
func (k *kase) merge(a Act) (Step, error) {
	var f problem.Form
	if a.Other == k.ID || a.Other == 0 {
		f.Add("other", "case.merge.other", nil)
		return Step{}, f.Err()
	}
	into, err := k.officeCase(a.Other)
	if problem.Is(err, problem.NotFound) || err == nil && (!into.was.Open || into.About != k.About) {
		f.Add("other", "case.merge.other", nil)
		return Step{}, f.Err()
	}
	if err == nil {
		err = k.sameSecret(into)
	}
	if err != nil {
		return Step{}, err
	}
	k.MergedInto = into.ID
	joined, err := k.joinReporters(into.ID)
	if err != nil {
		return Step{}, err
	}
	if err := k.countSupporters(into.ID, joined); err != nil {
		return Step{}, err
	}
	_, err = into.step(Step{Action: "note", Internal: true, Text: k.Number})
	return Step{Text: into.Number}, err
}

// sameSecret refuses to merge what is not kept from the same people: whoever one
// case is about would learn of it from the other.
func (k *kase) sameSecret(into *kase) error {
	var from, to []models.ID
	for id, list := range map[models.ID]*[]models.ID{k.ID: &from, into.ID: &to} {
		err := k.Model(&models.ComplaintParty{}).Where("case_id = ? AND kind = ?", id, models.PartyConcerned).Order("user_id").Pluck("user_id", list).Error
		if err != nil {
			return err
		}
	}
	if slices.Equal(from, to) {
		return nil
	}
	var f problem.Form
	f.Add("other", "case.merge.secret", nil)
	return f.Err()
}

// joinReporters makes supporters of another case of the reporters of this one.
// An anonymous reporter goes on with the code: the merged case leads on.
func (k *kase) joinReporters(into models.ID) (int, error) {
	joined := 0
	var there []models.ID
	if err := k.Model(&models.ComplaintReporter{}).Where("case_id = ? AND user_id IS NOT NULL", into).Pluck("user_id", &there).Error; err != nil {
		return 0, err
	}
	var mine []models.ID
	if err := k.Model(&models.ComplaintReporter{}).Where("case_id = ? AND user_id IS NOT NULL", k.ID).Pluck("user_id", &mine).Error; err != nil {
		return 0, err
	}
	for _, u := range mine {
		if slices.Contains(there, u) {
			continue
		}
		row := models.ComplaintReporter{Tenant: models.Tenant{ID: k.NewID()}, CaseID: into, UserID: &u, Kind: models.ReporterSupporter, CreatedAt: k.Now}
		if err := k.Create(&row).Error; err != nil {
			return 0, err
		}
		joined++
	}
	if joined == 0 {
		joined = 1 // who was served without a login still counts
	}
	return joined, nil
}

// hideMerged takes along, out of the sight of officials, what was merged into a
// case that turns out to be about them.
func (k *kase) hideMerged(a Act) error {
	var merged []models.Complaint
	if err := k.Where("merged_into = ? AND about = ?", k.ID, models.AboutNobody).Order("id").Find(&merged).Error; err != nil {
		return err
	}
	for _, c := range merged {
		m := &kase{Tx: k.Tx, was: c, Complaint: c}
		m.About = a.About
		number, err := m.caseNumber(&m.Complaint)
		if err != nil {
			return err
		}
		for _, u := range a.Concerned {
			if err := m.keepAway(m.ID, u, models.PartyConcerned); err != nil {
				return err
			}
		}
		err = firstError(m.show(false), m.forgetCase(m.ID), m.Model(&models.Complaint{}).Where("id = ?", m.ID).
			Select("about", "number", "public", "public_text", "answer", "first_kind", "first_id", "owner_kind", "owner_id").
			Updates(&models.Complaint{About: m.About, Number: number, FirstKind: k.FirstKind, FirstID: k.FirstID, OwnerKind: k.OwnerKind, OwnerID: k.OwnerID}).Error)
		if err != nil {
			return err
		}
	}
	return nil
}

// revive gives back to their reporters the cases that were merged into one that
// is withdrawn: somebody else's change of mind ends nobody's concern.
func (k *kase) revive() error {
	var merged []models.Complaint
	if err := k.Where("merged_into = ? AND state = ?", k.ID, models.ComplaintMerged).Order("id").Find(&merged).Error; err != nil {
		return err
	}
	for _, c := range merged {
		m := &kase{Tx: k.Tx, was: c, Complaint: c, relations: policy.SetOf(policy.RoleJob)}
		var err error
		if m.ties, err = caseTies(k.DB, c.ID); err != nil {
			return err
		}
		m.MergedInto = 0
		if err := m.toDispatcher(); err != nil {
			return err
		}
		if _, err := m.step(Step{Action: "revive", Role: policy.RoleJob}); err != nil {
			return err
		}
		if err := firstError(m.tellDesk(&m.Complaint, m.Owner(), "case.tell.assigned"), m.tellReporters("case.tell.revived", false, nil)); err != nil {
			return err
		}
	}
	return nil
}

// lead is the case that a merged one went into, at the end of the chain; nil
// when it is not merged, or when that case is about officials and this is not.
func (t *Tenant) lead(ctx context.Context, c models.Complaint) (*models.Complaint, error) {
	var into models.Complaint
	for next := c.MergedInto; next != 0; next = into.MergedInto {
		into = models.Complaint{}
		if err := t.db(ctx).Where("id = ?", next).Take(&into).Error; err != nil {
			return nil, notFound(err)
		}
	}
	if into.ID == 0 || into.About != c.About {
		return nil, nil
	}
	return &into, nil
}

// outcome is the last answer of the case that another was merged into, as
// anybody may read it: whoever reported there wrote for themselves.
func (t *Tenant) outcome(ctx context.Context, into *models.Complaint) (*CaseStep, error) {
	var e models.ComplaintEvent
	err := t.db(ctx).Where("case_id = ? AND internal = ? AND action IN ?", into.ID, false, []string{"answer", "refuse"}).Order("seq DESC").Limit(1).Find(&e).Error
	if err != nil || e.ID == 0 {
		return nil, err
	}
	text, err := t.opt.Keys.Open(sealCaseEvent, e.ID, e.TextSeal)
	if err != nil {
		return nil, err
	}
	name, _, err := t.wholeReporter(t.db(ctx), into.ID)
	if e.Action == "refuse" {
		text = maskRefusal(text, name)
	} else {
		text = policy.MaskText(text, name)
	}
	return &CaseStep{ComplaintEvent: e, Text: text}, err
}

// parts are the cases that were split from one, and the one it was split from.
func parts(db *gorm.DB, c models.Complaint) (list []models.Complaint, err error) {
	q := "split_from = ?"
	args := []any{c.ID}
	if c.SplitFrom != 0 {
		q, args = q+" OR id = ?", append(args, c.SplitFrom)
	}
	return list, db.Where(q, args...).Where("about = ?", c.About).Order("id").Limit(20).Find(&list).Error
}
