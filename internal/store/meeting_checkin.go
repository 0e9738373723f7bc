package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// How somebody was checked in.
const (
	PresentByCode   = "code"   // the rotating code of the hall
	PresentByTicket = "ticket" // the doorman scanned the ticket
	PresentByName   = "name"   // the doorman found the name
	PresentRemote   = "remote" // opened the link
)

// doorOpens is how long before the meeting people are checked in, doorCloses how
// long after its end.
const (
	doorOpens  = 2 * time.Hour
	doorCloses = time.Hour
)

// DoorOpen tells whether people are checked in now.
func DoorOpen(m *models.CivicMeeting, now time.Time) bool {
	return m.State == models.MeetingCalled && !now.Before(m.StartAt.Add(-doorOpens)) && now.Before(m.EndAt.Add(doorCloses)) ||
		m.State == models.MeetingHeld && now.Before(m.EndAt.Add(doorCloses))
}

// kindMeeting names meetings among what rotating codes are for.
const kindMeeting = "meeting"

// HallCode is the code that the screen of the hall shows now.
func (t *Tenant) HallCode(meeting models.ID) ShownCode { return t.CheckInCode(kindMeeting, meeting) }

// CheckInByCode says "I am here" with the code of the hall. Somebody without a
// place is a listener at the door. Refusals: Invalid (field code) for a wrong or
// old code, TooEarly, TooLate, TooMany.
func (t *Tenant) CheckInByCode(ctx context.Context, actor models.Actor, meeting models.ID, code string) error {
	there := false
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if err := doorProblem(m, tx.Now); err != nil {
			return err
		}
		if there, err = tx.There(kindMeeting, meeting, models.Key(code)); err != nil || !there {
			return err
		}
		var s models.MeetingSignup
		own, args := ownPlaces(actor, tx.chain)
		err = tx.Where("meeting_id = ? AND live_person IS NOT NULL AND (for_other = ? OR user_id <> ?)", meeting, false, actor.UserID).Where(own, args...).Limit(1).Find(&s).Error
		if err != nil {
			return err
		}
		if s.ID == 0 {
			return tx.walkIn(m, SignupDraft{Part: models.PartListener}, PresentByCode, false)
		}
		return tx.present(m, &s, PresentByCode)
	})
	if err == nil && !there {
		var f problem.Form
		f.Add("code", "meeting.code.wrong", nil)
		err = f.Err()
	}
	return err
}

func doorProblem(m *models.CivicMeeting, now time.Time) error {
	switch {
	case m.State != models.MeetingCalled && m.State != models.MeetingHeld:
		return problem.New(problem.NotFound, "page.notfound", nil)
	case now.Before(m.StartAt.Add(-doorOpens)):
		return problem.New(problem.TooEarly, "meeting.door.early", problem.Args{"time": m.StartAt.Add(-doorOpens)})
	case !DoorOpen(m, now):
		return problem.New(problem.TooLate, "meeting.door.over", nil)
	}
	return nil
}

// present notes once that somebody has come.
func (tx *Tx) present(m *models.CivicMeeting, s *models.MeetingSignup, how string) error {
	now := models.MeetingSignup{PresentAt: &tx.Now, PresentBy: how}
	res := tx.Model(&models.MeetingSignup{}).Where("id = ? AND present_at IS NULL", s.ID).Select("present_at", "present_by").UpdateColumns(&now)
	if res.Error != nil || res.RowsAffected == 0 {
		return res.Error
	}
	tx.Audit("meeting.present", s.ID, map[string]string{"how": how})
	return tx.Model(&models.CivicMeeting{}).Where("id = ?", m.ID).UpdateColumn("present", gorm.Expr("present + 1")).Error
}

// walkIn lets somebody in who had not signed up: every resident may listen.
func (tx *Tx) walkIn(m *models.CivicMeeting, d SignupDraft, how string, desk bool) error {
	row, err := tx.attendee(m, d, desk)
	if err != nil {
		return err
	}
	var there models.MeetingSignup
	if err := tx.Where("meeting_id = ? AND live_person = ?", m.ID, row.PersonKey).Limit(1).Find(&there).Error; err != nil {
		return err
	}
	if there.ID != 0 {
		return tx.present(m, &there, how)
	}
	row.ID, row.MeetingID, row.Part, row.State = tx.NewID(), m.ID, d.Part, models.PlaceSeated
	row.Ticket, row.CreatedAt, row.UpdatedAt, row.LivePerson = randomText(ticketLength), tx.Now, tx.Now, &row.PersonKey
	row.PhoneSeal = tx.store.opt.Keys.Seal(sealSignupPhone, row.ID, string(row.PhoneSeal))
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	if err := tx.countTickets(m.ID, 1); err != nil {
		return err
	}
	return tx.present(m, &row, how)
}

// CheckInAtDoor is the doorman's: by the ticket scanned or by the name found.
// Refusals: Forbidden, NotFound, TooEarly, TooLate.
func (t *Tenant) CheckInAtDoor(ctx context.Context, actor models.Actor, meeting, id models.ID, how string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "door"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if err := doorProblem(m, tx.Now); err != nil {
			return err
		}
		var s models.MeetingSignup
		if err := tx.Where("id = ? AND meeting_id = ? AND live_person IS NOT NULL", id, meeting).Take(&s).Error; err != nil {
			return notFound(err)
		}
		if how != PresentByTicket {
			how = PresentByName
		}
		return tx.present(m, &s, how)
	})
}

// LetIn is the doorman's for somebody who stands at the door without a place.
func (t *Tenant) LetIn(ctx context.Context, actor models.Actor, meeting models.ID, d SignupDraft) error {
	d.Name, d.Part = cleanLine(d.Name), models.PartListener
	if err := CheckSignup(d); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "door"); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		if err := doorProblem(m, tx.Now); err != nil {
			return err
		}
		return tx.walkIn(m, d, PresentByName, true)
	})
}

// JoinRemote opens the link of a meeting for somebody who was admitted to join
// from home, and notes that they came. Refusals: NotFound for everybody else.
func (t *Tenant) JoinRemote(ctx context.Context, actor models.Actor, meeting models.ID) (link string, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		var s models.MeetingSignup
		err = tx.Where("meeting_id = ? AND user_id = ? AND remote = ? AND state = ?", meeting, actor.UserID, true, models.PlaceSeated).Take(&s).Error
		if err != nil || actor.UserID == 0 {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if err := doorProblem(m, tx.Now); err != nil {
			return err
		}
		if link, err = tx.store.opt.Keys.Open(sealMeetingLink, m.ID, m.LinkSeal); err != nil {
			return err
		}
		return tx.present(m, &s, PresentRemote)
	})
	return link, err
}

// HoldMeeting notes that a meeting has taken place: from here its days count.
// Refusals: TooEarly before it began.
func (t *Tenant) HoldMeeting(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "minutes", "hold")
		if err != nil {
			return err
		}
		if tx.Now.Before(was.StartAt) {
			return problem.New(problem.TooEarly, "meeting.hold.early", problem.Args{"time": was.StartAt})
		}
		rule, day := policy.MeetingRuleOf(was.Kind), models.DateOf(was.StartAt)
		now.HeldAt, now.FeedbackDue, now.MinutesDue = &tx.Now, rule.FeedbackDue(day, policy.China()), rule.MinutesDue(day, policy.China())
		if err := tx.changeMeeting(was, now, "held_at", "feedback_due", "minutes_due"); err != nil {
			return err
		}
		tx.Touch("home")
		tx.Audit("meeting.hold", id, nil)
		return nil
	})
}
