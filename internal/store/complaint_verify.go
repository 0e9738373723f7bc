package store

import (
	"context"
	"strconv"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// checkComplaints: every case has an unbroken timeline that ends where the case
// stands, somebody who has it, a clock while it is open, and every picture its
// step (its file is checkFiles' matter).
func (t *Tenant) checkComplaints(ctx context.Context, found func(string)) error {
	last := models.ID(0)
	for {
		var cases []models.Complaint
		if err := t.db(ctx).Where("id > ?", last).Order("id").Limit(500).Find(&cases).Error; err != nil || len(cases) == 0 {
			return firstError(err, t.checkCaseFiles(ctx, found))
		}
		ids := make([]models.ID, len(cases))
		for i, c := range cases {
			ids[i], last = c.ID, c.ID
		}
		var events []models.ComplaintEvent
		if err := t.db(ctx).Where("case_id IN ?", ids).Order("case_id, seq").Find(&events).Error; err != nil {
			return err
		}
		way := map[models.ID][]models.ComplaintEvent{}
		for _, e := range events {
			way[e.CaseID] = append(way[e.CaseID], e)
		}
		for _, c := range cases {
			t.checkCase(c, way[c.ID], found)
		}
	}
}

func (t *Tenant) checkCase(c models.Complaint, way []models.ComplaintEvent, found func(string)) {
	say := func(what string) { found("case " + c.ID.String() + ": " + what) }
	state := models.ComplaintState("")
	for i, e := range way {
		if e.Seq != i+1 || e.Was != state {
			say("timeline broken at step " + strconv.Itoa(i+1))
			return
		}
		state = e.State
	}
	switch {
	case len(way) != c.Seq:
		say("says " + strconv.Itoa(c.Seq) + " steps, has " + strconv.Itoa(len(way)))
	case state != c.State:
		say("stands at " + string(c.State) + ", its timeline ends at " + string(state))
	}
	if c.Open != c.State.Open() {
		say("is marked open wrongly")
	}
	if (c.State == models.ComplaintMerged) != (c.MergedInto != 0) {
		say("is merged into nothing, or goes on beside what it was merged into")
	}
	if due := policy.ComplaintDue(c, policy.China()); due != c.DueDay || c.Open && due == "" {
		say("is due " + string(c.DueDay) + ", by its stage " + string(due))
	}
	if c.OwnerKind == "" || c.FirstKind == "" || !policy.MayHold(c.About, c.OwnerKind) && c.Open {
		say("has nobody who may have it")
	}
	if c.About != models.AboutNobody && (c.Public || c.PublicText != "" || c.Answer != "") || c.Level == models.LevelAnonymous && (c.Public || len(c.CodeHash) == 0 && c.SplitFrom == 0) {
		say("is less secret than it must be")
	}
}

// checkCaseFiles: a picture of a case belongs to a step that is there.
func (t *Tenant) checkCaseFiles(ctx context.Context, found func(string)) error {
	var ids []models.ID
	steps := t.db(ctx).Model(&models.ComplaintEvent{}).Select("id").Where("community_id = ?", t.Community.ID)
	err := t.db(ctx).Model(&models.Attachment{}).Where("owner_kind = ? AND removed_at IS NULL AND owner_id NOT IN (?)", ownerCase, steps).Pluck("id", &ids).Error
	for _, id := range ids {
		found("attachment " + id.String() + " belongs to no step of a case")
	}
	return err
}

// AnnounceLateCases puts what is late before those who watch, once a case: the
// mark is the 督办 list itself. Whether a case is late is computed by its reader.
func (s *Store) AnnounceLateCases(ctx context.Context, now time.Time) (n int, err error) {
	day := models.DateOf(now)
	for _, c := range s.Communities() {
		t := s.In(c)
		var ids []models.ID
		err := t.db(ctx).Model(&models.Complaint{}).Where("open = ? AND watched = ? AND due_day < ? AND state NOT IN ?", true, false, day, waitingForReporter).
			Order("due_day, id").Limit(batch).Pluck("id", &ids).Error
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			told, err := t.announceLate(ctx, id, day)
			if err != nil {
				return n, err
			}
			if told {
				n++
			}
		}
	}
	return n, nil
}

func (t *Tenant) announceLate(ctx context.Context, id models.ID, day models.Date) (told bool, err error) {
	err = t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		told = false
		var c models.Complaint
		if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
			return notFound(err)
		}
		if c.Watched || !policy.ComplaintLate(c, day) {
			return nil
		}
		res := tx.Model(&models.Complaint{}).Where("id = ? AND seq = ? AND watched = ?", id, c.Seq, false).
			UpdateColumns(map[string]any{"watched": true, "late": true})
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		told = true
		tx.auditCase(&c, "case.late", nil)
		tx.touchCase(&c)
		watch := models.Assignee{Kind: models.AssigneeSupervisor}
		if c.About == models.AboutSupervisor {
			watch.Kind = models.AssigneeStreet
		}
		return firstError(tx.tellDesk(&c, c.Owner(), "case.tell.late"), tx.tellDesk(&c, watch, "case.tell.late"))
	})
	if problem.Is(err, problem.Conflict) {
		err = nil
	}
	return told, err
}
