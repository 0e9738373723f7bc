package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Seats. Each act on the seats of a meeting first takes the meeting's row by a
// conditional UPDATE, so that a seat that becomes free and somebody who has just
// joined the waiting list cannot miss each other; the seat itself is taken by
// another one (taken < total), and one person has one place because (meeting,
// person) is unique while the place stands.

// standing are the states of whoever counts on coming.
var standing = []models.PlaceState{models.PlaceEntered, models.PlaceSeated, models.PlaceOffered, models.PlaceWaiting}

// SignupDraft is what somebody says who wants to come.
type SignupDraft struct {
	Part     models.MeetingPart
	Remote   bool
	Needs    string    // free words; sensitive
	Resident models.ID // a relative of the own household; at the desk anybody on the roll
	Name     string    // of somebody who is not on the roll
	Phone    string    // of somebody at the desk, or of a relative of another household
	Wanted   models.MeetingPool
}

const (
	maxNeeds      = 200
	maxAttendee   = 30
	othersPerUser = 3 // people not on the roll whom one login may sign up for one meeting
)

// CheckSignup says what is wrong with the words, before a telephone is asked for.
func CheckSignup(d SignupDraft) error {
	var f problem.Form
	if d.Part != models.PartDelegate && d.Part != models.PartSpeaker && d.Part != models.PartListener {
		f.Add("part", "form.choose", nil)
	}
	if n := len([]rune(d.Needs)); n > maxNeeds {
		f.Add("needs", "form.toolong", problem.Args{"n": n - maxNeeds, "limit": maxNeeds})
	}
	if n := len([]rune(d.Name)); n > maxAttendee {
		f.Add("name", "form.toolong", problem.Args{"n": n - maxAttendee, "limit": maxAttendee})
	}
	return f.Err()
}

// JoinMeeting gives the actor, or a relative, a place at a meeting: a seat, a place on
// the waiting list, or a ticket of the lottery. Done twice it is done once.
// Refusals: Invalid (field part, name), TooLate when signing up has ended,
// NotFound.
func (t *Tenant) JoinMeeting(ctx context.Context, actor models.Actor, meeting models.ID, d SignupDraft) (*models.MeetingSignup, error) {
	return t.joinMeeting(ctx, actor, meeting, d, "join")
}

// JoinMeetingAtDesk is the same for somebody without a phone, by an officer.
func (t *Tenant) JoinMeetingAtDesk(ctx context.Context, actor models.Actor, meeting models.ID, d SignupDraft) (*models.MeetingSignup, error) {
	return t.joinMeeting(ctx, actor, meeting, d, "door")
}

func (t *Tenant) joinMeeting(ctx context.Context, actor models.Actor, meeting models.ID, d SignupDraft, action string) (*models.MeetingSignup, error) {
	d.Name, d.Needs = cleanLine(d.Name), cleanLine(d.Needs)
	if err := CheckSignup(d); err != nil {
		return nil, err
	}
	var row models.MeetingSignup
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", action); err != nil {
			return err
		}
		m, err := tx.seatsOpen(meeting, 1)
		if err != nil {
			return err
		}
		who, err := tx.attendee(m, d, action == "door")
		if err != nil {
			return err
		}
		var there models.MeetingSignup
		if err := tx.Where("meeting_id = ? AND live_person = ?", meeting, who.PersonKey).Limit(1).Find(&there).Error; err != nil {
			return err
		}
		if there.ID != 0 {
			row = there
			return firstError(tx.ownUp(&row, who), tx.countTickets(meeting, -1))
		}
		row = who
		return tx.admit(m, &row, d)
	})
	return &row, err
}

// seatsOpen takes the meeting's row and refuses when signing up is over.
func (tx *Tx) seatsOpen(meeting models.ID, tickets int) (*models.CivicMeeting, error) {
	res := tx.Model(&models.CivicMeeting{}).Where("id = ? AND state = ? AND signup_until > ?", meeting, models.MeetingCalled, tx.Now).
		UpdateColumn("tickets", gorm.Expr("tickets + ?", tickets))
	if res.Error != nil {
		return nil, res.Error
	}
	m, err := meetingByID(tx.DB, meeting)
	if err == nil && res.RowsAffected == 0 {
		if m.State == models.MeetingDraft || m.State == models.MeetingDropped {
			return nil, problem.New(problem.NotFound, "page.notfound", nil)
		}
		return nil, problem.New(problem.TooLate, "meeting.signup.over", problem.Args{"time": m.SignupUntil})
	}
	if err == nil {
		err = tx.passOn(m)
	}
	return m, err
}

func (tx *Tx) countTickets(meeting models.ID, n int) error {
	return tx.Model(&models.CivicMeeting{}).Where("id = ?", meeting).UpdateColumn("tickets", gorm.Expr("tickets + ?", n)).Error
}

// admit gives a new sign-up its seat, its place on the waiting list or its ticket.
func (tx *Tx) admit(m *models.CivicMeeting, row *models.MeetingSignup, d SignupDraft) error {
	var kept int64
	err := tx.Model(&models.MeetingSeats{}).Where("meeting_id = ? AND part = ?", m.ID, d.Part).Count(&kept).Error
	if err != nil {
		return err
	}
	if kept == 0 {
		var f problem.Form
		f.Add("part", "meeting.part.none", nil)
		return f.Err()
	}
	row.ID, row.MeetingID, row.Part, row.Remote = tx.NewID(), m.ID, d.Part, d.Remote && len(m.LinkSeal) > 0
	row.Ticket, row.CreatedAt, row.UpdatedAt = randomText(ticketLength), tx.Now, tx.Now
	row.LivePerson = &row.PersonKey
	row.PhoneSeal = tx.store.opt.Keys.Seal(sealSignupPhone, row.ID, string(row.PhoneSeal))
	row.NeedsSeal = tx.store.opt.Keys.Seal(sealSignupNeeds, row.ID, d.Needs)
	if m.Allotment == models.AllotLottery && m.Seed == "" {
		row.State = models.PlaceEntered
	} else if err := tx.seatOrWait(m, row); err != nil {
		return err
	}
	if err := tx.Create(row).Error; err != nil {
		if duplicate(err) { // another process, another person's key of the same person: they have a place
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		return err
	}
	tx.Touch(subjectSeats)
	tx.Audit("meeting.signup", row.ID, map[string]string{"state": string(row.State)})
	key, args := signupNews(row)
	args["title"], args["time"] = m.Title, m.StartAt
	if row.UserID != 0 {
		if err := tx.Tell(row.UserID, key, args, meetingPath(tx.Community, m.ID)+"/mine"); err != nil {
			return err
		}
	}
	return tx.tellSigned(row, "meeting.tell.foryou", args, m.ID)
}

// tellSigned tells somebody what a relative of another household did for them.
func (tx *Tx) tellSigned(row *models.MeetingSignup, key string, args problem.Args, meeting models.ID) error {
	if row.ForUser == 0 {
		return nil
	}
	return tx.Tell(row.ForUser, key, args, meetingPath(tx.Community, meeting)+"/mine")
}

// ownUp gives somebody who now signs up the place that the desk or a relative
// took for them, so that they see it and can leave it.
func (tx *Tx) ownUp(there *models.MeetingSignup, who models.MeetingSignup) error {
	column := ""
	switch {
	case who.ForOther || who.UserID == 0 || who.UserID == there.UserID:
	case there.UserID == 0:
		there.UserID, column = who.UserID, "user_id"
	case there.ForOther && there.ForUser == 0:
		there.ForUser, column = who.UserID, "for_user"
	}
	if column == "" {
		return nil
	}
	return tx.Model(&models.MeetingSignup{}).Where("id = ?", there.ID).UpdateColumn(column, who.UserID).Error
}

const ticketLength = 8

func signupNews(row *models.MeetingSignup) (string, problem.Args) {
	switch row.State {
	case models.PlaceSeated:
		return "meeting.tell.seated", problem.Args{}
	case models.PlaceEntered:
		return "meeting.tell.entered", problem.Args{"ticket": row.Ticket}
	}
	return "meeting.tell.waiting", problem.Args{"n": row.Wait}
}

// seatOrWait takes a free seat of the pools that the person may use, or the next
// place on the waiting list.
func (tx *Tx) seatOrWait(m *models.CivicMeeting, row *models.MeetingSignup) error {
	for _, pool := range policy.SeatOrder(row.Wanted) {
		got, err := tx.takeSeat(m.ID, row.Part, pool)
		if err != nil {
			return err
		}
		if got {
			row.State, row.Pool = models.PlaceSeated, pool
			return nil
		}
	}
	res := tx.Model(&models.CivicMeeting{}).Where("id = ?", m.ID).UpdateColumn("waits", gorm.Expr("waits + 1"))
	if err := Changed(res); err != nil {
		return err
	}
	m.Waits++ // the row is ours since seatsOpen read it
	row.State, row.Wait = models.PlaceWaiting, m.Waits
	return nil
}

func (tx *Tx) takeSeat(meeting models.ID, part models.MeetingPart, pool models.MeetingPool) (bool, error) {
	res := tx.Model(&models.MeetingSeats{}).Where("meeting_id = ? AND part = ? AND pool = ? AND taken < total", meeting, part, pool).
		UpdateColumn("taken", gorm.Expr("taken + 1"))
	return res.RowsAffected == 1, res.Error
}

// freeSeat passes a seat on to whoever waits longest and may have it, or makes
// it free for the next who comes.
func (tx *Tx) freeSeat(m *models.CivicMeeting, part models.MeetingPart, pool models.MeetingPool) error {
	if until, ok := policy.OfferUntil(tx.Now, m.ChangeUntil); ok {
		q := tx.Where("meeting_id = ? AND part = ? AND state = ?", m.ID, part, models.PlaceWaiting)
		if pool != models.PoolOpen {
			q = q.Where("wanted = ?", pool)
		}
		var next models.MeetingSignup
		if err := q.Order("wait").Limit(1).Find(&next).Error; err != nil {
			return err
		}
		if next.ID != 0 {
			return tx.offer(m, &next, pool, until)
		}
	}
	tx.Touch(subjectSeats)
	return Changed(tx.Model(&models.MeetingSeats{}).Where("meeting_id = ? AND part = ? AND pool = ? AND taken > 0", m.ID, part, pool).
		UpdateColumn("taken", gorm.Expr("taken - 1")))
}

func (tx *Tx) offer(m *models.CivicMeeting, s *models.MeetingSignup, pool models.MeetingPool, until time.Time) error {
	until = models.Moment(until)
	now := models.MeetingSignup{State: models.PlaceOffered, Pool: pool, OfferUntil: &until, UpdatedAt: tx.Now}
	err := Changed(tx.Model(&models.MeetingSignup{}).Where("id = ? AND state = ?", s.ID, models.PlaceWaiting).
		Select("state", "pool", "offer_until", "updated_at").UpdateColumns(&now))
	if err != nil {
		return err
	}
	tx.Audit("meeting.offer", s.ID, nil)
	tx.Touch(subjectSeats)
	if s.UserID == 0 {
		return tx.offerByDesk(m, s, until)
	}
	args := problem.Args{"title": m.Title, "until": until}
	return firstError(tx.Tell(s.UserID, "meeting.tell.offered", args, meetingPath(tx.Community, m.ID)+"/mine"), tx.tellSigned(s, "meeting.tell.offered", args, m.ID))
}

// passOn ends offers whose time has passed and offers the seats to the next.
// That an offer has ended is a fact of its time; this only acts upon it, before
// anything else happens to the seats.
func (tx *Tx) passOn(m *models.CivicMeeting) error {
	var late []models.MeetingSignup
	err := tx.Where("meeting_id = ? AND state = ? AND offer_until <= ?", m.ID, models.PlaceOffered, tx.Now).Order("wait").Find(&late).Error
	if err != nil {
		return err
	}
	for i := range late {
		if err := tx.endSignup(m, &late[i], models.PlaceLapsed); err != nil {
			return err
		}
		if late[i].UserID != 0 {
			if err := tx.Tell(late[i].UserID, "meeting.tell.lapsed", problem.Args{"title": m.Title}, meetingPath(tx.Community, m.ID)+"/mine"); err != nil && !problem.Is(err, problem.NotFound) {
				return err
			}
		}
	}
	return nil
}

// endSignup takes somebody off the list; a seat they held is passed on.
func (tx *Tx) endSignup(m *models.CivicMeeting, s *models.MeetingSignup, state models.PlaceState) error {
	held := s.State == models.PlaceSeated || s.State == models.PlaceOffered
	now := models.MeetingSignup{State: state, UpdatedAt: tx.Now}
	err := Changed(tx.Model(&models.MeetingSignup{}).Where("id = ? AND state = ?", s.ID, s.State).
		Select("state", "live_person", "needs_seal", "updated_at").UpdateColumns(&now))
	if err != nil {
		return err
	}
	tx.Audit("meeting."+string(state), s.ID, nil)
	if err := tx.countTickets(m.ID, -1); err != nil || !held {
		return err
	}
	return tx.freeSeat(m, s.Part, s.Pool)
}

// PassOnSeats ends offers that nobody took in time, in every community; for a job.
func (s *Store) PassOnSeats(ctx context.Context, now time.Time) (n int, err error) {
	var due []models.MeetingSignup
	err = s.everywhere(ctx).Select("community_id", "id", "meeting_id").Where("state = ? AND offer_until <= ?", models.PlaceOffered, models.Moment(now)).
		Order("community_id, meeting_id").Limit(batch).Find(&due).Error
	if err != nil {
		return 0, err
	}
	seen := map[models.ID]bool{}
	for _, d := range due {
		c := s.CommunityByID(d.CommunityID)
		if c == nil || seen[d.MeetingID] {
			continue
		}
		seen[d.MeetingID] = true
		err := s.In(c).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
			if err := tx.countTickets(d.MeetingID, 0); err != nil {
				return err
			}
			m, err := meetingByID(tx.DB, d.MeetingID)
			if err != nil || m.State != models.MeetingCalled {
				return err
			}
			return tx.passOn(m)
		})
		if err != nil && !problem.Is(err, problem.Conflict) {
			return n, err
		}
		n++
	}
	return n, nil
}
