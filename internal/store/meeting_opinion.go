package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// OpinionDraft is what somebody wants to say.
type OpinionDraft struct {
	Text    string
	Stance  models.OpinionStance
	Speaker string    // taken down in the hall
	Signup  models.ID // the speaker's place, when taken down in the hall
}

const (
	maxOpinion       = 500
	opinionsPerDay   = 3 // of one login at one meeting before it
	maxResponsible   = 40
	mostOpinionsPage = 500
)

// CheckOpinion says what is wrong with the words, before a telephone is asked for.
func CheckOpinion(text string) error {
	var f problem.Form
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n < leastReason:
		f.Add("opinion", "meeting.opinion.short", problem.Args{"n": leastReason})
	case n > maxOpinion:
		f.Add("opinion", "form.toolong", problem.Args{"n": n - maxOpinion, "limit": maxOpinion})
	}
	return f.Err()
}

// SendOpinion hands in an opinion before a meeting, from somebody who may not be
// able to come. Refusals: Invalid (field opinion), TooLate once it has begun,
// TooMany. The same words twice are one opinion.
func (t *Tenant) SendOpinion(ctx context.Context, actor models.Actor, meeting models.ID, d OpinionDraft) (*models.MeetingOpinion, error) {
	d.Text = strings.TrimSpace(d.Text)
	if err := CheckOpinion(d.Text); err != nil {
		return nil, err
	}
	var o models.MeetingOpinion
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "join"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		switch {
		case m.State == models.MeetingDraft || m.State == models.MeetingDropped:
			return problem.New(problem.NotFound, "page.notfound", nil)
		case m.State != models.MeetingCalled || !tx.Now.Before(m.StartAt):
			return problem.New(problem.TooLate, "meeting.opinion.over", problem.Args{"time": m.StartAt})
		}
		err = tx.Where("meeting_id = ? AND user_id = ? AND text = ?", meeting, actor.UserID, d.Text).Limit(1).Find(&o).Error
		if err != nil || o.ID != 0 {
			return err
		}
		if err := tx.Limit("opinion."+meeting.String()+"."+actor.UserID.String(), opinionsPerDay, 24*time.Hour); err != nil {
			return err
		}
		o, err = tx.putOpinion(m, models.OpinionBefore, actor.UserID, d)
		return err
	})
	return &o, err
}

// RecordOpinion takes down what is said in the hall. A speaker with a login is
// asked to confirm the words. Refusals: Forbidden, Invalid (fields opinion,
// speaker), Conflict when the meeting is not running.
func (t *Tenant) RecordOpinion(ctx context.Context, actor models.Actor, meeting models.ID, d OpinionDraft) error {
	d.Text, d.Speaker = strings.TrimSpace(d.Text), cleanLine(d.Speaker)
	if err := CheckOpinion(d.Text); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "minutes"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if m.State != models.MeetingHeld && (m.State != models.MeetingCalled || tx.Now.Before(m.StartAt)) {
			return problem.New(problem.Conflict, "meeting.opinion.closed", nil)
		}
		user := models.ID(0)
		if d.Signup != 0 {
			var s models.MeetingSignup
			if err := tx.Where("id = ? AND meeting_id = ?", d.Signup, meeting).Take(&s).Error; err != nil {
				return notFound(err)
			}
			d.Speaker, user = s.Name, s.UserID
			if s.ForOther {
				user = 0
			}
		}
		if n := len([]rune(d.Speaker)); n == 0 || n > maxAttendee {
			var f problem.Form
			f.Add("speaker", "form.needed", nil)
			return f.Err()
		}
		o, err := tx.putOpinion(m, models.OpinionIn, user, d)
		if err != nil || user == 0 {
			return err
		}
		return tx.Tell(user, "meeting.tell.words", problem.Args{"title": m.Title, "n": o.Number}, meetingPath(tx.Community, meeting)+"/words/"+o.ID.String())
	})
}

func (tx *Tx) putOpinion(m *models.CivicMeeting, phase models.OpinionPhase, user models.ID, d OpinionDraft) (models.MeetingOpinion, error) {
	res := tx.Model(&models.CivicMeeting{}).Where("id = ?", m.ID).UpdateColumn("opinions", gorm.Expr("opinions + 1"))
	if err := Changed(res); err != nil {
		return models.MeetingOpinion{}, err
	}
	now, err := meetingByID(tx.DB, m.ID)
	if err != nil {
		return models.MeetingOpinion{}, err
	}
	o := models.MeetingOpinion{
		Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: m.ID, Number: now.Opinions, Phase: phase, Stance: d.Stance, UserID: user, Speaker: d.Speaker,
		Text: d.Text, PublicText: policy.MaskText(d.Text, tx.Actor.Name, d.Speaker), CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	if err := tx.Create(&o).Error; err != nil {
		return o, err
	}
	tx.Touch(subjectMeetings)
	tx.Audit("meeting.opinion", o.ID, tx.words(o.Text))
	return o, nil
}

// MeetingOpinions are all opinions of a meeting, by their numbers.
func (t *Tenant) MeetingOpinions(ctx context.Context, meeting models.ID) (rows []models.MeetingOpinion, err error) {
	err = t.db(ctx).Where("meeting_id = ?", meeting).Order("number").Limit(mostOpinionsPage).Find(&rows).Error
	return rows, err
}

// MeetingSteps are the reports on what is carried out, the oldest first.
func (t *Tenant) MeetingSteps(ctx context.Context, meeting models.ID) (rows []models.MeetingStep, err error) {
	err = t.db(ctx).Where("meeting_id = ?", meeting).Order("id").Limit(mostOpinionsPage).Find(&rows).Error
	return rows, err
}

// ConfirmWords is the speaker's: these were my words, or this is what I meant;
// what was taken down stays beside the correction. Once. Refusals: NotFound for
// another's, Conflict.
func (t *Tenant) ConfirmWords(ctx context.Context, actor models.Actor, meeting, id models.ID, correction string) error {
	correction = strings.TrimSpace(correction)
	if n := len([]rune(correction)); n > maxOpinion {
		var f problem.Form
		f.Add("correction", "form.toolong", problem.Args{"n": n - maxOpinion, "limit": maxOpinion})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		o, err := tx.opinion(meeting, id)
		if err != nil {
			return err
		}
		if o.UserID != actor.UserID || actor.UserID == 0 {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		now := models.MeetingOpinion{ConfirmedAt: &tx.Now, UpdatedAt: tx.Now}
		if correction != "" && correction != o.Text {
			now.Correction, now.PublicFix, now.CorrectedAt = correction, policy.MaskText(correction, o.Speaker), &tx.Now
		}
		err = Changed(tx.Model(&models.MeetingOpinion{}).Where("id = ? AND confirmed_at IS NULL", id).
			Select("confirmed_at", "correction", "public_fix", "corrected_at", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.words", id, tx.words(correction))
		return nil
	})
}

// WordsToConfirm are what was taken down of the actor's own speaking and waits
// for their word.
func (t *Tenant) WordsToConfirm(ctx context.Context, actor models.Actor) (rows []models.MeetingOpinion, err error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	err = t.db(ctx).Where("user_id = ? AND phase = ? AND confirmed_at IS NULL", actor.UserID, models.OpinionIn).Order("id").Limit(10).Find(&rows).Error
	return rows, err
}

func (tx *Tx) opinion(meeting, id models.ID) (*models.MeetingOpinion, error) {
	var o models.MeetingOpinion
	if err := tx.Where("id = ? AND meeting_id = ?", id, meeting).Take(&o).Error; err != nil {
		return nil, notFound(err)
	}
	return &o, nil
}

// OpinionAnswer is what becomes of an opinion: adopted or not and why, and, where
// something is to be done, who does it until when.
type OpinionAnswer struct {
	Adoption    models.Adoption
	Answer      string
	Responsible string
	DueDay      models.Date
}

// AnswerOpinion answers an opinion once. Refusals: Invalid (fields adoption,
// answer, responsible, due), Forbidden for whoever gave it, Conflict.
func (t *Tenant) AnswerOpinion(ctx context.Context, actor models.Actor, meeting, id models.ID, a OpinionAnswer) error {
	a.Answer, a.Responsible = strings.TrimSpace(a.Answer), cleanLine(a.Responsible)
	if err := policy.CheckOpinionAnswer(a.Adoption, a.Answer, a.Responsible, a.DueDay, models.DateOf(t.Now())); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "minutes"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if m.State != models.MeetingHeld {
			return problem.New(problem.Conflict, "meeting.answer.state", nil)
		}
		o, err := tx.opinion(meeting, id)
		if err != nil {
			return err
		}
		if o.UserID != 0 && o.UserID == actor.UserID {
			return problem.New(problem.Forbidden, "meeting.answer.own", nil).Because("G3.5: nobody answers their own opinion")
		}
		role := tx.actingRole(models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember, models.RolePartyBranch, models.RoleStreet)
		now := models.MeetingOpinion{
			Adoption: a.Adoption, Answer: a.Answer, PublicAnswer: policy.MaskText(a.Answer, o.Speaker), AnsweredBy: actor.UserID, Answerer: tx.actorName(role), AnsweredAt: &tx.Now,
			Responsible: a.Responsible, DueDay: a.DueDay, UpdatedAt: tx.Now,
		}
		err = Changed(tx.Model(&models.MeetingOpinion{}).Where("id = ? AND answered_at IS NULL", id).
			Select("adoption", "answer", "public_answer", "answered_by", "answerer", "answered_at", "responsible", "due_day", "updated_at").UpdateColumns(&now))
		if err == nil {
			err = tx.Model(&models.CivicMeeting{}).Where("id = ?", meeting).UpdateColumn("answered", gorm.Expr("answered + 1")).Error
		}
		if err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.answer", id, tx.words(a.Answer))
		if o.UserID == 0 {
			return nil
		}
		return tx.Tell(o.UserID, "meeting.tell.answered", problem.Args{"title": m.Title, "n": o.Number}, meetingPath(tx.Community, meeting)+"#opinion-"+o.ID.String())
	})
}

// ReportStep tells how the carrying-out of an answer goes; done ends it.
func (t *Tenant) ReportStep(ctx context.Context, actor models.Actor, meeting, id models.ID, text string, done bool) error {
	text, err := checkReason(text)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "minutes"); err != nil {
			return err
		}
		o, err := tx.opinion(meeting, id)
		if err != nil {
			return err
		}
		if o.AnsweredAt == nil || o.DueDay == "" || o.DoneAt != nil {
			return problem.New(problem.Conflict, "meeting.step.state", nil)
		}
		role := tx.actingRole(models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember, models.RolePartyBranch, models.RoleStreet)
		step := models.MeetingStep{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: meeting, OpinionID: id, Text: policy.MaskText(text, o.Speaker), Done: done, ByUserID: actor.UserID, ByName: tx.actorName(role), CreatedAt: tx.Now}
		if err := tx.Create(&step).Error; err != nil {
			return err
		}
		tx.Touch(subjectMeetings)
		tx.Audit("meeting.step", id, tx.words(text))
		if done {
			err := Changed(tx.Model(&models.MeetingOpinion{}).Where("id = ? AND done_at IS NULL", id).
				Select("done_at", "updated_at").UpdateColumns(&models.MeetingOpinion{DoneAt: &tx.Now, UpdatedAt: tx.Now}))
			if err != nil {
				return err
			}
		}
		if o.UserID == 0 {
			return nil
		}
		return tx.Tell(o.UserID, "meeting.tell.step", problem.Args{"n": o.Number}, meetingPath(tx.Community, meeting)+"#opinion-"+o.ID.String())
	})
}

// OpenPlans are answers that promise something not done yet, the nearest day first.
func (t *Tenant) OpenPlans(ctx context.Context) (rows []models.MeetingOpinion, err error) {
	err = t.db(ctx).Where("due_day <> '' AND done_at IS NULL").Order("due_day, id").Limit(100).Find(&rows).Error
	return rows, err
}
