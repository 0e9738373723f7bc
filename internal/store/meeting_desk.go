package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Whoever was signed up at the desk and has no login is told by text message, if
// they left a telephone, and by the officer who signed them up; at the desk they
// take a seat or give it up.

// offerByDesk tells of a seat whoever has no login.
func (tx *Tx) offerByDesk(m *models.CivicMeeting, s *models.MeetingSignup, until time.Time) error {
	args := problem.Args{"title": m.Title, "until": until, "phone": tx.Community.Phone, "name": s.Name, "community": tx.Community.Name}
	if err := tx.textSignup(s, "meeting.tell.desk.offered", args); err != nil || s.ByDesk == 0 {
		return err
	}
	err := tx.Tell(s.ByDesk, "meeting.tell.desk.call", args, meetingDesk(tx.Community, m.ID)+"/door?q="+s.Ticket)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// textSignup sends a text message to the telephone left at the desk, if any.
func (tx *Tx) textSignup(s *models.MeetingSignup, key string, args problem.Args) error {
	phone, err := tx.store.opt.Keys.Open(sealSignupPhone, s.ID, s.PhoneSeal)
	if err != nil || phone == "" {
		return err
	}
	all := problem.Args{argLang: "zh-CN"}
	for k, v := range args {
		all[k] = v
	}
	return tx.Send("sms", phone, key, all, 0, inviteLife)
}

// inviteLife is how long a text message about a meeting may wait.
const inviteLife = 48 * time.Hour

// tellByPhone tells of a change whoever has no login: those invited with a
// telephone, and those who left one at the desk.
func (tx *Tx) tellByPhone(id models.ID, key string, args problem.Args) error {
	if err := tx.tellInvited(id, key, args); err != nil {
		return err
	}
	var rows []models.MeetingSignup
	if err := tx.Where("meeting_id = ? AND user_id = 0 AND live_person IS NOT NULL AND phone_seal IS NOT NULL", id).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		all := problem.Args{"name": rows[i].Name, "community": tx.Community.Name}
		for k, v := range args {
			all[k] = v
		}
		if err := tx.textSignup(&rows[i], key, all); err != nil {
			return err
		}
	}
	return nil
}

// AcceptAtDesk takes an offered seat for somebody who says so at the desk or on
// the telephone. Refusals: Forbidden, NotFound, TooLate when it has gone on.
func (t *Tenant) AcceptAtDesk(ctx context.Context, actor models.Actor, meeting, id models.ID) error {
	return t.accept(ctx, actor, meeting, id, (*Tx).deskPlace)
}

// LeaveAtDesk takes somebody off the list who calls that they do not come; the
// seat goes on, or is free for whoever stands at the door. Refusals: Forbidden,
// NotFound, Conflict for somebody who is there already.
func (t *Tenant) LeaveAtDesk(ctx context.Context, actor models.Actor, meeting, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, s, err := tx.deskPlace(meeting, id)
		if err != nil {
			return err
		}
		if s.PresentAt != nil {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		return tx.endSignup(m, s, models.PlaceLeft)
	})
}

// deskPlace takes the meeting's row, then reads anybody's place that stands.
func (tx *Tx) deskPlace(meeting, id models.ID) (*models.CivicMeeting, *models.MeetingSignup, error) {
	if err := tx.May("meeting", "door"); err != nil {
		return nil, nil, err
	}
	res := tx.Model(&models.CivicMeeting{}).Where("id = ? AND state = ?", meeting, models.MeetingCalled).UpdateColumn("tickets", gorm.Expr("tickets + 0"))
	if res.Error != nil {
		return nil, nil, res.Error
	}
	m, err := meetingByID(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	if m.State != models.MeetingCalled {
		return nil, nil, problem.New(problem.Conflict, "page.conflict", nil)
	}
	s, err := tx.livePlace(m, tx.Where("id = ?", id))
	return m, s, err
}
