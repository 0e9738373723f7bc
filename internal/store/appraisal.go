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

// Appraisal of work (成效评议会, A2-04): the appraised hand in a summary, the panel
// examines it, hears the report and grades; every member signs; the result goes
// to the appraised and to the superior.

// ownerGrade is the paper that a panel member signed.
const ownerGrade = "appraisal_grade"

// How a grade was signed.
const (
	SignedByLogin = "login"
	SignedOnPaper = "paper"
)

const (
	leastPanel = 3
	maxRemark  = 500
)

// PanelMember is one of the panel, with the signed grade if there is one.
type PanelMember struct {
	models.Mandate
	Key    string // one person, however many seats
	Grade  *models.AppraisalGrade
	Barred error // why they may not grade; nil if they may
}

// AppraisalView is an appraisal with its panel.
type AppraisalView struct {
	models.Appraisal
	Panel []PanelMember
}

// Voting are the members who may grade.
func (v *AppraisalView) Voting() (n int) {
	for _, m := range v.Panel {
		if m.Barred == nil {
			n++
		}
	}
	return n
}

// Counts are the grades signed so far that count, in the order of policy.WorkGrades.
func (v *AppraisalView) Counts() (counts [4]int) {
	for _, m := range v.Panel {
		if m.Grade != nil && m.Barred == nil {
			counts[slices.Index(policy.WorkGrades, m.Grade.Grade)]++
		}
	}
	return counts
}

func appraisalOf(db *gorm.DB, meeting models.ID) (*models.Appraisal, error) {
	var a models.Appraisal
	if err := db.Where("meeting_id = ?", meeting).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	return &a, nil
}

// Appraisal is what a 成效评议会 has besides its meeting. Refusals: NotFound for
// another kind of meeting.
func (t *Tenant) Appraisal(ctx context.Context, meeting models.ID) (*AppraisalView, error) {
	a, err := appraisalOf(t.db(ctx), meeting)
	if err != nil {
		return nil, err
	}
	v := &AppraisalView{Appraisal: *a}
	v.Panel, err = t.panel(t.db(ctx), a, models.DateOf(t.Now()))
	return v, err
}

// panel are the people of an appraisal's panel, the head first, each once.
func (t *Tenant) panel(db *gorm.DB, a *models.Appraisal, day models.Date) ([]PanelMember, error) {
	var seats []models.Mandate
	err := db.Where("body_id = ? AND state = ? AND from_day <= ? AND (until_day = '' OR until_day >= ?)", a.PanelID, models.MandateServing, day, day).
		Order("CASE post WHEN 'head' THEN 0 ELSE 1 END").Order(byRank).Order("id").Find(&seats).Error
	if err != nil {
		return nil, err
	}
	var grades []models.AppraisalGrade
	if err := db.Where("meeting_id = ?", a.MeetingID).Order("id").Find(&grades).Error; err != nil {
		return nil, err
	}
	var out []PanelMember
	for _, m := range seats {
		p := PanelMember{Mandate: m, Key: seatKey(m)}
		if slices.ContainsFunc(out, func(o PanelMember) bool { return o.Key == p.Key }) {
			continue
		}
		if i := slices.IndexFunc(grades, func(g models.AppraisalGrade) bool { return g.PersonKey == p.Key }); i >= 0 {
			p.Grade = &grades[i]
		}
		facts, err := t.grader(db, models.Someone{UserID: m.UserID, ResidentID: m.ResidentID}, day)
		if err != nil {
			return nil, err
		}
		p.Barred = policy.MayGradeWork(a.Target, facts)
		out = append(out, p)
	}
	return out, nil
}

func seatKey(m models.Mandate) string {
	if m.ResidentID != 0 {
		return "r" + m.ResidentID.String()
	}
	return "u" + m.UserID.String()
}

// grader are the posts of a person and of all their relatives.
func (t *Tenant) grader(db *gorm.DB, who models.Someone, day models.Date) (g policy.Grader, err error) {
	guard := t.opt.Guard
	if who, err = whole(db, who); err != nil {
		return g, err
	}
	if who.UserID != 0 {
		g.Posts = guard.Roles(who.UserID, t.Community.ID, day) | guard.Roles(who.UserID, t.Community.StreetID, day)
	}
	relatives, err := relativesOf(db, who)
	for _, r := range relatives {
		if r.UserID != 0 {
			g.Relatives |= guard.Roles(r.UserID, t.Community.ID, day) | guard.Roles(r.UserID, t.Community.StreetID, day)
		}
	}
	return g, err
}

// putAppraisal keeps what a draft says beside its meeting: whose work is
// appraised by which panel, or who reviews the members.
func (tx *Tx) putAppraisal(meeting models.ID, d MeetingDraft) error {
	switch d.Kind {
	case models.MeetingAppraisal:
		a := models.Appraisal{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: meeting, Target: d.Target, PanelID: d.Panel, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if d.Panel != 0 {
			if b, err := bodyByID(tx.DB, d.Panel); err != nil || b.Kind != models.BodyPanel {
				return firstError(err, problem.New(problem.NotFound, "page.notfound", nil))
			}
		}
		if err := tx.Where("meeting_id = ?", meeting).Delete(&models.Appraisal{}).Error; err != nil {
			return err
		}
		return tx.Create(&a).Error
	case models.MeetingReview:
		r := models.MemberReview{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: meeting, Mode: d.Mode, State: models.ReviewDraft, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Where("meeting_id = ? AND state = ?", meeting, models.ReviewDraft).Delete(&models.MemberReview{}).Error; err != nil {
			return err
		}
		return tx.Create(&r).Error
	}
	return nil
}

// callAppraisal is what the notice of a 成效评议会 begins: the appraised are told to
// hand in their summary. A panel with a head must be there.
func (tx *Tx) callAppraisal(m *models.CivicMeeting) error {
	a, err := appraisalOf(tx.DB, m.ID)
	if err != nil {
		return err
	}
	if err := policy.MayLeadAppraisal(a.Target, tx.roles()); err != nil {
		return err
	}
	panel, err := tx.tenant().panel(tx.DB, a, tx.Day())
	if err != nil {
		return err
	}
	able := slices.DeleteFunc(slices.Clone(panel), func(p PanelMember) bool { return p.Barred != nil })
	if len(able) < leastPanel || panel[0].Post != models.SitsHead || panel[0].Barred != nil {
		return problem.New(problem.Conflict, "appraisal.panel.none", problem.Args{"n": leastPanel}).Because("A2-04")
	}
	a.SubmitBy, a.UpdatedAt = policy.PlanAppraisal(tx.Day(), models.DateOf(m.StartAt)).SubmitBy, tx.Now
	if err := tx.Model(&models.Appraisal{}).Where("id = ?", a.ID).Select("submit_by", "updated_at").UpdateColumns(a).Error; err != nil {
		return err
	}
	return tx.tellAppraised(a, "appraisal.tell.submit", problem.Args{"title": m.Title, "date": a.SubmitBy})
}

// tellAppraised tells those whose work it is.
func (tx *Tx) tellAppraised(a *models.Appraisal, key string, args problem.Args) error {
	for _, role := range policy.Appraised(a.Target).Roles() {
		if err := tx.tellPost(role, key, args, meetingDesk(tx.Community, a.MeetingID)+"/appraisal"); err != nil {
			return err
		}
	}
	return nil
}

// openAppraisal is an appraisal that was called and has no result yet.
func (tx *Tx) openAppraisal(meeting models.ID) (*models.CivicMeeting, *models.Appraisal, error) {
	m, err := meetingByID(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	a, err := appraisalOf(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	if m.State != models.MeetingCalled && m.State != models.MeetingHeld || a.ResultAt != nil {
		return nil, nil, problem.New(problem.Conflict, "page.conflict", nil)
	}
	return m, a, nil
}

func checkPaper(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	var f problem.Form
	switch n := len([]rune(text)); {
	case n < leastReason:
		f.Add(field, "form.needed", nil)
	case n > maxMinutes:
		f.Add(field, "form.toolong", problem.Args{"n": n - maxMinutes, "limit": maxMinutes})
	}
	return text, f.Err()
}

// SubmitSummary hands in the summary of the work that is appraised, once; the
// panel has five days from then. Late is not refused: everybody sees it.
// Refusals: Forbidden for others than the appraised, Conflict.
func (t *Tenant) SubmitSummary(ctx context.Context, actor models.Actor, meeting models.ID, text string) error {
	text, err := checkPaper("summary", text)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("appraisal", "submit"); err != nil {
			return err
		}
		m, a, err := tx.openAppraisal(meeting)
		if err != nil {
			return err
		}
		if err := policy.MayHandIn(a.Target, tx.roles()); err != nil {
			return err
		}
		a.Summary, a.SubmittedAt, a.Submitter, a.UpdatedAt = text, &tx.Now, tx.actorName(tx.actingRole(policy.Appraised(a.Target).Roles()...)), tx.Now
		a.ExamineBy = policy.ExamineBy(tx.Day())
		err = Changed(tx.Model(&models.Appraisal{}).Where("id = ? AND submitted_at IS NULL", a.ID).
			Select("summary", "submitted_at", "submitter", "examine_by", "updated_at").UpdateColumns(a))
		if err != nil {
			return err
		}
		tx.Audit("appraisal.submit", meeting, nil)
		tx.Touch(subjectMeetings)
		args := problem.Args{"title": m.Title, "date": a.ExamineBy}
		if err := tx.tellPost(models.RoleSupervisor, "appraisal.tell.examine", args, meetingDesk(tx.Community, meeting)+"/appraisal"); err != nil {
			return err
		}
		return tx.tellPanel(a, "appraisal.tell.examine", args)
	})
}

// tellPanel tells those of the panel who have a login.
func (tx *Tx) tellPanel(a *models.Appraisal, key string, args problem.Args) error {
	panel, err := tx.tenant().panel(tx.DB, a, tx.Day())
	if err != nil {
		return err
	}
	for _, p := range panel {
		if p.UserID == 0 || p.UserID == tx.Actor.UserID {
			continue
		}
		if err := tx.Tell(p.UserID, key, args, meetingPath(tx.Community, a.MeetingID)+"/grade"); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	return nil
}

// ExamineSummary records what the panel found in the summary: the written
// material for the meeting. The head writes it by the own login, or the
// supervision committee from the panel's paper. Refusals: Forbidden, TooEarly
// before the summary is in, Conflict the second time.
func (t *Tenant) ExamineSummary(ctx context.Context, actor models.Actor, meeting models.ID, text string) error {
	text, err := checkPaper("examination", text)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, a, err := tx.openAppraisal(meeting)
		if err != nil {
			return err
		}
		name := tx.actorName(models.RoleSupervisor)
		if may := firstError(tx.May("appraisal", "manage"), policy.MayLeadAppraisal(a.Target, tx.roles())); may != nil {
			p, err := tx.mySeat(a)
			if err != nil || p.Post != models.SitsHead || p.Barred != nil {
				return firstError(err, may)
			}
			name = p.Name
		}
		if a.SubmittedAt == nil {
			return problem.New(problem.TooEarly, "appraisal.summary.none", nil)
		}
		a.Examination, a.ExaminedAt, a.Examiner, a.UpdatedAt = text, &tx.Now, name, tx.Now
		tx.Audit("appraisal.examine", meeting, nil)
		tx.Touch(subjectMeetings)
		return Changed(tx.Model(&models.Appraisal{}).Where("id = ? AND examined_at IS NULL", a.ID).
			Select("examination", "examined_at", "examiner", "updated_at").UpdateColumns(a))
	})
}

// mySeat is the actor's seat in an appraisal's panel. Refusals: NotFound.
func (tx *Tx) mySeat(a *models.Appraisal) (*PanelMember, error) {
	panel, err := tx.tenant().panel(tx.DB, a, tx.Day())
	if err != nil {
		return nil, err
	}
	if p := seatOf(panel, tx.Actor, tx.chain); p != nil {
		return p, nil
	}
	return nil, problem.New(problem.NotFound, "page.notfound", nil)
}

func seatOf(panel []PanelMember, actor models.Actor, community models.ID) *PanelMember {
	link, ok := actor.Resident(community)
	for i, p := range panel {
		if actor.UserID != 0 && p.UserID == actor.UserID || ok && link.State == models.LinkConfirmed && p.ResidentID == link.ResidentID {
			return &panel[i]
		}
	}
	return nil
}

// MySeat is the actor's seat in the panel; nil for everybody else.
func (v *AppraisalView) MySeat(actor models.Actor) *PanelMember {
	return seatOf(v.Panel, actor, v.CommunityID)
}

// OpenAppraisals are the appraisals that were called and have no result yet, by
// their meetings.
func (t *Tenant) OpenAppraisals(ctx context.Context) (map[models.ID]models.Appraisal, error) {
	var rows []models.Appraisal
	err := t.db(ctx).Select("community_id", "id", "meeting_id", "target", "submit_by", "submitted_at", "examine_by", "examined_at").
		Where("result_at IS NULL AND submit_by <> ''").Order("id").Limit(100).Find(&rows).Error
	all := map[models.ID]models.Appraisal{}
	for _, a := range rows {
		all[a.MeetingID] = a
	}
	return all, err
}
