package store

import (
	"context"
	"encoding/hex"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// attendee finds out who is to come: the person of the roll behind the login or
// its telephone, a relative of the household, or a name. The same person has the
// same key however they sign up.
func (tx *Tx) attendee(m *models.CivicMeeting, d SignupDraft, desk bool) (models.MeetingSignup, error) {
	if desk {
		return tx.deskAttendee(d)
	}
	var u models.User
	if err := tx.Where("id = ? AND closed_at IS NULL", tx.Actor.UserID).Take(&u).Error; err != nil {
		return models.MeetingSignup{}, notFound(err)
	}
	self, err := tx.residentOf(u)
	if err != nil {
		return models.MeetingSignup{}, err
	}
	row := models.MeetingSignup{UserID: u.ID, Wanted: models.PoolOpen}
	if self.ID != 0 {
		row.PersonKey, row.ResidentID, row.Name = "r"+self.ID.String(), self.ID, self.Name
	} else {
		row.PersonKey = phoneKey(u.PhoneIndex)
		if row.Name, err = tx.calledBefore(m.ID, u, row.PersonKey); err != nil {
			return row, err
		}
	}
	if d.Resident != 0 || d.Phone != "" || d.Name != "" && row.Name != "" && d.Name != row.Name {
		return tx.relative(m, u, self, d)
	}
	if row.Name == "" {
		row.Name = d.Name
	}
	if row.Name == "" {
		var f problem.Form
		f.Add("name", "form.needed", nil)
		return row, f.Err()
	}
	row.Wanted, err = tx.groupOf(m.ID, u, self, d.Part)
	return row, err
}

// calledBefore is the name of somebody who is on no roll: of the login, or as
// they signed up for this meeting before; "" if neither is known.
func (tx *Tx) calledBefore(meeting models.ID, u models.User, key string) (string, error) {
	if u.Name != "" {
		return u.Name, nil
	}
	var own models.MeetingSignup
	err := tx.Select("name").Where("meeting_id = ? AND live_person = ?", meeting, key).Limit(1).Find(&own).Error
	return own.Name, err
}

func phoneKey(index []byte) string { return "p" + hex.EncodeToString(index[:min(16, len(index))]) }

// residentOf is the person of the roll behind a login: by their link, or as the
// only one with the login's telephone; none if that is not known.
func (tx *Tx) residentOf(u models.User) (r models.Resident, err error) {
	var l models.ResidentLink
	if err := tx.Where("live_user = ?", u.ID).Limit(1).Find(&l).Error; err != nil {
		return r, err
	}
	if l.ResidentID != 0 {
		return r, tx.Where("id = ?", l.ResidentID).Limit(1).Find(&r).Error
	}
	return tx.residentByPhone(u.PhoneIndex)
}

func (tx *Tx) residentByPhone(index []byte) (r models.Resident, err error) {
	if len(index) == 0 {
		return r, nil
	}
	var rows []models.Resident
	err = tx.Where("phone_index = ? AND state = ?", index, models.ResidentActive).Limit(2).Find(&rows).Error
	if err != nil || len(rows) != 1 {
		return r, err
	}
	return rows[0], nil
}

// relative is somebody whom the login's holder signs up: of the same household on
// the roll, or by name.
func (tx *Tx) relative(m *models.CivicMeeting, u models.User, self models.Resident, d SignupDraft) (models.MeetingSignup, error) {
	row := models.MeetingSignup{UserID: u.ID, ForOther: true, Wanted: models.PoolOpen}
	if d.Resident != 0 {
		var r models.Resident
		if err := tx.Where("id = ? AND state = ?", d.Resident, models.ResidentActive).Limit(1).Find(&r).Error; err != nil {
			return row, err
		}
		if r.ID == 0 || self.ID == 0 || r.HouseholdID != self.HouseholdID {
			return row, problem.New(problem.Forbidden, "meeting.relative.none", nil).Because("meeting: not of the own household")
		}
		row.PersonKey, row.ResidentID, row.Name, row.ForOther = "r"+r.ID.String(), r.ID, r.Name, r.ID != self.ID
		return row, nil
	}
	// Somebody of the own household who was written by name is that person.
	if self.ID != 0 && d.Phone == "" {
		var same []models.Resident
		if err := tx.Where("household_id = ? AND name = ? AND state = ?", self.HouseholdID, d.Name, models.ResidentActive).Limit(2).Find(&same).Error; err != nil {
			return row, err
		}
		if len(same) == 1 {
			row.PersonKey, row.ResidentID, row.Name = "r"+same[0].ID.String(), same[0].ID, same[0].Name
			return row, nil
		}
	}
	home := tx.Model(&models.Resident{}).Select("id").Where("community_id = ? AND household_id = ?", tx.chain, self.HouseholdID)
	var n int64
	err := tx.Model(&models.MeetingSignup{}).Where("meeting_id = ? AND user_id = ? AND for_other = ? AND live_person IS NOT NULL", m.ID, u.ID, true).
		Where("resident_id = 0 OR resident_id NOT IN (?)", home).Count(&n).Error
	if err != nil {
		return row, err
	}
	if n >= othersPerUser {
		return row, problem.New(problem.TooMany, "meeting.relative.many", problem.Args{"n": othersPerUser})
	}
	row.Name = d.Name
	if d.Phone != "" {
		return row, tx.elsewhere(&row, d.Phone)
	}
	row.PersonKey = "u" + u.ID.String() + ":" + hex.EncodeToString(tx.store.opt.Keys.Index("meeting.person", models.Key(d.Name))[:12])
	return row, nil
}

// elsewhere finds out who a relative of another household is by their telephone,
// as the desk does: the person of the roll whose name and number both agree,
// else the number. What the roll says is not told to whoever asks; the person's
// own login, if there is one, is told and sees the place.
func (tx *Tx) elsewhere(row *models.MeetingSignup, text string) error {
	phone, err := policy.ReadPhone(text)
	if err != nil {
		var f problem.Form
		f.Add("phone", "meeting.phone.wrong", nil)
		return f.Err()
	}
	index := tx.store.opt.Keys.Index(indexPhone, phone)
	row.PersonKey = phoneKey(index)
	var login models.User
	if err := tx.Where("phone_index = ? AND closed_at IS NULL", index).Limit(1).Find(&login).Error; err != nil {
		return err
	}
	r, err := tx.residentOf(models.User{ID: login.ID, PhoneIndex: index})
	if err == nil && r.ID != 0 && r.Name == row.Name {
		row.PersonKey, row.ResidentID = "r"+r.ID.String(), r.ID
	}
	if login.ID != row.UserID {
		row.ForUser = login.ID
	}
	return err
}

// deskAttendee is somebody who stands at the desk or is on the telephone.
func (tx *Tx) deskAttendee(d SignupDraft) (models.MeetingSignup, error) {
	row := models.MeetingSignup{ByDesk: tx.Actor.UserID, Wanted: d.Wanted}
	if row.Wanted == "" {
		row.Wanted = models.PoolOpen
	}
	var r models.Resident
	phone, phoneErr := policy.ReadPhone(d.Phone)
	var err error
	switch {
	case d.Resident != 0:
		err = tx.Where("id = ? AND state = ?", d.Resident, models.ResidentActive).Limit(1).Find(&r).Error
	case d.Phone != "" && phoneErr == nil:
		r, err = tx.residentByPhone(tx.store.opt.Keys.Index(indexPhone, phone))
	}
	if err != nil {
		return row, err
	}
	var f problem.Form
	switch {
	case r.ID != 0 && (d.Resident != 0 || d.Name == "" || d.Name == r.Name):
		row.PersonKey, row.ResidentID, row.Name = "r"+r.ID.String(), r.ID, r.Name
		return row, tx.deskLogin(&row, r.ID)
	case d.Name == "":
		f.Add("name", "form.needed", nil)
	case d.Phone != "" && phoneErr != nil:
		f.Add("phone", "meeting.phone.wrong", nil)
	case d.Phone == "":
		row.Name, row.PersonKey = d.Name, "n"+hex.EncodeToString(tx.store.opt.Keys.Index("meeting.person", models.Key(d.Name))[:16])
	default:
		row.Name, row.PersonKey = d.Name, phoneKey(tx.store.opt.Keys.Index(indexPhone, phone))
		row.PhoneSeal = []byte(phone) // sealed when the row has its id
	}
	return row, f.Err()
}

// deskLogin tells the person's own login too, if they have one.
func (tx *Tx) deskLogin(row *models.MeetingSignup, resident models.ID) error {
	var l models.ResidentLink
	err := tx.Where("live_resident = ?", resident).Limit(1).Find(&l).Error
	row.UserID = l.UserID
	return err
}

// MySignups are the actor's own place at a meeting and those of whom they signed
// up, the own first.
func (t *Tenant) MySignups(ctx context.Context, actor models.Actor, meeting models.ID) (rows []models.MeetingSignup, err error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	own, args := ownPlaces(actor, t.Community.ID)
	err = t.db(ctx).Where("meeting_id = ?", meeting).Where(own, args...).Order("for_other, id DESC").Limit(20).Find(&rows).Error
	return rows, err
}

// ownPlaces is the condition for places that are the actor's to see and to
// change: those they asked for, and the one that a relative or the desk took
// for them, when it is certain who they are.
func ownPlaces(actor models.Actor, community models.ID) (string, []any) {
	if l, ok := actor.Resident(community); ok && l.State == models.LinkConfirmed {
		return "(user_id = ? OR for_user = ? OR resident_id = ?)", []any{actor.UserID, actor.UserID, l.ResidentID}
	}
	return "(user_id = ? OR for_user = ?)", []any{actor.UserID, actor.UserID}
}

// AheadOf is how many wait before somebody for the same part: the place told
// honestly.
func (t *Tenant) AheadOf(ctx context.Context, s models.MeetingSignup) (n int64, err error) {
	err = t.db(ctx).Model(&models.MeetingSignup{}).Where("meeting_id = ? AND part = ? AND state = ? AND wait < ?", s.MeetingID, s.Part, models.PlaceWaiting, s.Wait).Count(&n).Error
	return n, err
}

// ownPlace takes the meeting's row, then reads a sign-up of the actor's that
// stands. Changing and leaving end at the meeting's hour.
func (tx *Tx) ownPlace(meeting, id models.ID) (*models.CivicMeeting, *models.MeetingSignup, error) {
	res := tx.Model(&models.CivicMeeting{}).Where("id = ? AND state = ?", meeting, models.MeetingCalled).UpdateColumn("tickets", gorm.Expr("tickets + 0"))
	if res.Error != nil {
		return nil, nil, res.Error
	}
	m, err := meetingByID(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	if res.RowsAffected == 0 || !tx.Now.Before(m.ChangeUntil) {
		return nil, nil, problem.New(problem.TooLate, "meeting.change.over", problem.Args{"time": m.ChangeUntil, "phone": tx.Community.Phone})
	}
	own, args := ownPlaces(tx.Actor, tx.chain)
	s, err := tx.livePlace(m, tx.Where("id = ?", id).Where(own, args...))
	return m, s, err
}

// livePlace ends what has lapsed at a meeting, then reads the place of q while it
// stands. Refusals: NotFound, TooLate for a place that was given up or went on.
func (tx *Tx) livePlace(m *models.CivicMeeting, q *gorm.DB) (*models.MeetingSignup, error) {
	if err := tx.passOn(m); err != nil {
		return nil, err
	}
	var s models.MeetingSignup
	if err := q.Where("meeting_id = ?", m.ID).Take(&s).Error; err != nil {
		return nil, notFound(err)
	}
	if s.LivePerson == nil {
		return nil, problem.New(problem.TooLate, "meeting.offer.over", nil)
	}
	return &s, nil
}

// LeaveMeeting gives a place up; the seat goes to whoever waits. Refusals:
// NotFound for another's, TooLate.
func (t *Tenant) LeaveMeeting(ctx context.Context, actor models.Actor, meeting, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, s, err := tx.ownPlace(meeting, id)
		if err != nil {
			return err
		}
		return tx.endSignup(m, s, models.PlaceLeft)
	})
}

// AcceptSeat takes a seat that was offered to the actor from the waiting list.
// Refusals: NotFound for another's, TooLate when it has gone to the next.
func (t *Tenant) AcceptSeat(ctx context.Context, actor models.Actor, meeting, id models.ID) error {
	return t.accept(ctx, actor, meeting, id, (*Tx).ownPlace)
}

// accept takes the offered seat that find leads to.
func (t *Tenant) accept(ctx context.Context, actor models.Actor, meeting, id models.ID, find func(*Tx, models.ID, models.ID) (*models.CivicMeeting, *models.MeetingSignup, error)) error {
	var late error
	err := t.Write(ctx, actor, func(tx *Tx) error {
		late = nil
		_, s, err := find(tx, meeting, id)
		if problem.Is(err, problem.TooLate) { // what lapsed in this very transaction has gone to the next
			late = err
			return nil
		}
		if err != nil || s.State == models.PlaceSeated {
			return err
		}
		return tx.takeOffer(s.ID)
	})
	if err == nil {
		err = late
	}
	return err
}

// takeOffer makes an offered seat somebody's own while the offer stands.
func (tx *Tx) takeOffer(id models.ID) error {
	now := models.MeetingSignup{State: models.PlaceSeated, UpdatedAt: tx.Now}
	err := Changed(tx.Model(&models.MeetingSignup{}).Where("id = ? AND state = ? AND offer_until > ?", id, models.PlaceOffered, tx.Now).
		Select("state", "offer_until", "updated_at").UpdateColumns(&now))
	if err != nil {
		return err
	}
	tx.Touch(subjectSeats)
	tx.Audit("meeting.accept", id, nil)
	return nil
}

// ChangeSignup changes how somebody comes and what they need. Another part is
// taken only if it has a free seat; the old one is kept otherwise. Refusals:
// Conflict (key meeting.part.full), TooLate.
func (t *Tenant) ChangeSignup(ctx context.Context, actor models.Actor, meeting, id models.ID, d SignupDraft) error {
	d.Needs = cleanLine(d.Needs)
	if err := CheckSignup(d); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, s, err := tx.ownPlace(meeting, id)
		if err != nil {
			return err
		}
		now := *s
		now.Remote, now.UpdatedAt = d.Remote && len(m.LinkSeal) > 0, tx.Now
		now.NeedsSeal = tx.store.opt.Keys.Seal(sealSignupNeeds, s.ID, d.Needs)
		if d.Part != s.Part {
			if err := tx.changePart(m, s, &now, d.Part); err != nil {
				return err
			}
		}
		err = Changed(tx.Model(&models.MeetingSignup{}).Where("id = ? AND state = ?", id, s.State).
			Select("remote", "needs_seal", "part", "pool", "wait", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Audit("meeting.signup.change", id, nil)
		return nil
	})
}

func (tx *Tx) changePart(m *models.CivicMeeting, s, now *models.MeetingSignup, part models.MeetingPart) error {
	now.Part = part
	switch s.State {
	case models.PlaceEntered:
		return nil
	case models.PlaceSeated:
	default: // whoever waits, waits for the other part from its end
		return problem.New(problem.Conflict, "meeting.part.waiting", nil)
	}
	for _, pool := range policy.SeatOrder(s.Wanted) {
		got, err := tx.takeSeat(m.ID, part, pool)
		if err != nil {
			return err
		}
		if got {
			now.Pool = pool
			return tx.freeSeat(m, s.Part, s.Pool)
		}
	}
	return problem.New(problem.Conflict, "meeting.part.full", nil)
}

// Attendees are those who count on coming, as the door and the desk see them.
func (t *Tenant) Attendees(ctx context.Context, meeting models.ID, find string) (rows []models.MeetingSignup, err error) {
	q := t.db(ctx).Where("meeting_id = ? AND live_person IS NOT NULL", meeting)
	if find = strings.TrimSpace(find); find != "" {
		q = q.Where("name LIKE ? ESCAPE '!' OR ticket = ?", likePrefix(find), strings.ToUpper(find))
	}
	err = q.Order("CASE state WHEN 'seated' THEN 0 WHEN 'offered' THEN 1 WHEN 'entered' THEN 2 ELSE 3 END, wait, id").Limit(2000).Find(&rows).Error
	return rows, err
}
