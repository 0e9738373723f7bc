package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// reviewStep is a review that an action may be done to, with its meeting.
func (tx *Tx) reviewStep(meeting models.ID, permission, action string) (*models.CivicMeeting, *models.MemberReview, error) {
	if err := tx.May("appraisal", permission); err != nil {
		return nil, nil, err
	}
	m, err := meetingByID(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	r, err := reviewOf(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	r.State, err = policy.Next(policy.ReviewMoves, r.State, action, tx.roles()|countersToo(action, tx.roles()))
	return m, r, err
}

// countersToo lets the street count papers: two people count, and a community
// may have one supervisor.
func countersToo(action string, roles policy.RoleSet) policy.RoleSet {
	if action == "count" && roles.Has(models.RoleStreet) {
		return policy.SetOf(models.RoleSupervisor)
	}
	return 0
}

// OpenReview begins the grading in the hall. Refusals: Forbidden, TooEarly before
// the meeting, Conflict.
func (t *Tenant) OpenReview(ctx context.Context, actor models.Actor, meeting models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, r, err := tx.reviewStep(meeting, "manage", "open")
		if err != nil {
			return err
		}
		if m.State != models.MeetingCalled && m.State != models.MeetingHeld {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		if tx.Now.Before(m.StartAt) {
			return problem.New(problem.TooEarly, "appraisal.grade.early", problem.Args{"time": m.StartAt})
		}
		r.OpenedAt, r.UpdatedAt = &tx.Now, tx.Now
		tx.Audit("review.open", meeting, nil)
		tx.Touch(subjectMeetings)
		return Changed(tx.Model(&models.MemberReview{}).Where("id = ? AND state = ?", r.ID, models.ReviewCalled).Select("state", "opened_at", "updated_at").UpdateColumns(r))
	})
}

// GradeMembers is the actor's paper: a grade for each member, or none for those
// whom they do not want to grade. The code on the wall shows that they are in
// the hall. It is secret: the mark says that the line has graded, the grades are
// rows with random ids. Refusals: Forbidden for who is not on the list, Conflict
// (twice, not open), Invalid (code, grades), TooMany.
func (t *Tenant) GradeMembers(ctx context.Context, actor models.Actor, meeting models.ID, grades map[models.ID]models.Grade, code string) error {
	there := false
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.self(); err != nil {
			return err
		}
		r, err := reviewOf(tx.DB, meeting)
		if err != nil {
			return err
		}
		line, err := reviewLine(tx.DB, tx.Actor, tx.chain, r.ID, tx.Day())
		if err != nil {
			return err
		}
		if line == nil {
			return problem.New(problem.Forbidden, "review.notlisted", nil).Because("art. 37: not on the frozen list")
		}
		members, err := reviewedOf(tx.DB, r.ID)
		if err != nil {
			return err
		}
		ballots, err := ballotsOf(r.ID, members, grades)
		if err != nil {
			return err
		}
		if there, err = tx.There(kindMeeting, meeting, models.Key(code)); err != nil || !there {
			return err
		}
		if err := tx.mark(r.ID, line.ID, "phone"); err != nil {
			return err
		}
		return tx.Create(&ballots).Error
	})
	if err == nil && !there {
		var f problem.Form
		f.Add("code", "meeting.code.wrong", nil)
		err = f.Err()
	}
	return err
}

// ballotsOf are the grades of one paper in the order of random ids.
func ballotsOf(review models.ID, members []models.ReviewedMember, grades map[models.ID]models.Grade) ([]models.ReviewBallot, error) {
	var f problem.Form
	var out []models.ReviewBallot
	for _, m := range members {
		g := grades[m.ID]
		if g == "" {
			continue
		}
		if !slices.Contains(policy.MemberGrades, g) {
			f.Add("m"+m.ID.String(), "form.choose", nil)
			continue
		}
		out = append(out, models.ReviewBallot{Tenant: models.Tenant{ID: randomID()}, ReviewID: review, MemberID: m.ID, Grade: g})
	}
	if len(out) == 0 && f.Err() == nil {
		f.Add("m"+members[0].ID.String(), "form.choose", nil)
	}
	slices.SortFunc(out, func(a, b models.ReviewBallot) int { return int(a.ID>>32) - int(b.ID>>32) })
	return out, f.Err()
}

// mark notes that a line has graded, by one way, once.
func (tx *Tx) mark(review, line models.ID, channel string) error {
	phone, paper := 1, 0
	if channel == "paper" {
		phone, paper = 0, 1
	}
	res := tx.Model(&models.MemberReview{}).Where("id = ? AND state = ?", review, models.ReviewOpen).
		UpdateColumns(map[string]any{"phone": gorm.Expr("phone + ?", phone), "paper": gorm.Expr("paper + ?", paper)})
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "review.notopen", nil)
	}
	err := tx.Create(&models.ReviewMark{Tenant: models.Tenant{ID: markID(review, line)}, ReviewID: review, VoterID: line, Channel: channel}).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "review.twice", nil)
	}
	return err
}

// HandOutPaper notes that a line of the list got a paper; it cannot grade by
// phone any more. Refusals: Forbidden, NotFound, Conflict (twice, not open).
func (t *Tenant) HandOutPaper(ctx context.Context, actor models.Actor, meeting, line models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, r, err := tx.reviewStep(meeting, "manage", "paper")
		if err != nil {
			return err
		}
		var v models.ReviewVoter
		if err := tx.Where("id = ? AND review_id = ?", line, r.ID).Take(&v).Error; err != nil {
			return notFound(err)
		}
		return tx.mark(r.ID, v.ID, "paper")
	})
}

// CountReviewPapers is one person's count of the papers: for every member how
// often each grade stands on them. Two people count; each may correct their own
// count until the review is closed. Refusals: Forbidden, Conflict for a third
// person, Invalid with a field per member.
func (t *Tenant) CountReviewPapers(ctx context.Context, actor models.Actor, meeting models.ID, papers int, sheets []models.ReviewSheet) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, r, err := tx.reviewStep(meeting, "count", "count")
		if err != nil {
			return err
		}
		members, err := reviewedOf(tx.DB, r.ID)
		if err != nil {
			return err
		}
		if len(sheets) != len(members) {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if err := policy.CheckReviewSheet(sheets, papers, r.Paper); err != nil {
			return err
		}
		entry, err := tx.counterOf(r.ID)
		if err != nil {
			return err
		}
		if err := tx.Where("review_id = ? AND entry = ?", r.ID, entry).Delete(&models.ReviewSheet{}).Error; err != nil {
			return err
		}
		for i := range sheets {
			row := sheets[i]
			if !slices.ContainsFunc(members, func(m models.ReviewedMember) bool { return m.ID == row.MemberID }) {
				return problem.New(problem.NotFound, "page.notfound", nil)
			}
			row.ID, row.ReviewID, row.Entry, row.CreatedAt = tx.NewID(), r.ID, entry, tx.Now
			row.ByUserID, row.PersonKey, row.ByName = actor.UserID, personKey(actor, tx.chain), tx.actorName(tx.actingRole(models.RoleSupervisor, models.RoleStreet))
			if err := tx.Create(&row).Error; err != nil {
				return lostRace(err)
			}
		}
		tx.Audit("review.count", meeting, map[string]int{"entry": entry, "papers": papers})
		return nil
	})
}

// counterOf is which of the two counts is the actor's.
func (tx *Tx) counterOf(review models.ID) (int, error) {
	var rows []models.ReviewSheet
	if err := tx.Where("review_id = ?", review).Order("entry").Find(&rows).Error; err != nil {
		return 0, err
	}
	me, taken := personKey(tx.Actor, tx.chain), map[int]bool{}
	for _, s := range rows {
		if s.PersonKey == me || s.ByUserID == tx.Actor.UserID {
			return s.Entry, nil
		}
		taken[s.Entry] = true
	}
	for entry := 1; entry <= 2; entry++ {
		if !taken[entry] {
			return entry, nil
		}
	}
	return 0, problem.New(problem.Conflict, "review.counted", nil)
}
