package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Meetings (四会): the office drafts, is told who must be invited, and publishes
// a notice that is never later than the kind allows; people sign up; the meeting
// is held, its opinions are answered, its minutes come out.

// Where the sealed values of meetings stand.
const (
	sealMeetingLink = "civic_meetings.link"
	sealMeetingSeed = "civic_meetings.seed"
	sealInvitePhone = "meeting_invites.phone"
	sealSignupPhone = "meeting_signups.phone"
	sealSignupNeeds = "meeting_signups.needs"
)

// Stamps of meetings: what everybody reads, and how many seats are left, which
// changes with every sign-up.
const (
	subjectMeetings = "meetings"
	subjectSeats    = "seats"
)

// publicMeetings are the states in which everybody may read a meeting.
var publicMeetings = []models.MeetingState{models.MeetingCalled, models.MeetingHeld, models.MeetingClosed, models.MeetingCancelled}

// MeetingView is a meeting with what belongs to it.
type MeetingView struct {
	models.CivicMeeting
	Rule    *policy.MeetingRule
	Items   []models.MeetingItem
	Seats   []models.MeetingSeats
	Invites []models.MeetingInvite
	Papers  []models.Attachment
}

// Free is how many seats of a part are free for everybody.
func (v *MeetingView) Free(part models.MeetingPart) int {
	for _, s := range v.Seats {
		if s.Part == part && s.Pool == models.PoolOpen {
			return s.Total - s.Taken
		}
	}
	return 0
}

// Has tells whether the meeting has seats of a part at all.
func (v *MeetingView) Has(part models.MeetingPart) bool {
	for _, s := range v.Seats {
		if s.Part == part && s.Total > 0 {
			return true
		}
	}
	return false
}

// SignupOpen tells whether one can sign up now.
func (v *MeetingView) SignupOpen(now time.Time) bool {
	return v.State == models.MeetingCalled && now.Before(v.SignupUntil) && len(v.Seats) > 0
}

// Invited are the bodies that were invited.
func (v *MeetingView) Invited() []models.MeetingBody {
	bodies := make([]models.MeetingBody, len(v.Invites))
	for i, in := range v.Invites {
		bodies[i] = in.Body
	}
	return bodies
}

func meetingByID(db *gorm.DB, id models.ID) (*models.CivicMeeting, error) {
	var m models.CivicMeeting
	if err := db.Where("id = ?", id).Take(&m).Error; err != nil {
		return nil, notFound(err)
	}
	return &m, nil
}

// Meeting is a meeting as the office sees it, drafts too.
func (t *Tenant) Meeting(ctx context.Context, id models.ID) (*MeetingView, error) {
	m, err := meetingByID(t.db(ctx), id)
	if err != nil {
		return nil, err
	}
	return t.meetingView(ctx, m)
}

// PublicMeeting is a meeting as everybody may read it: not before its notice.
func (t *Tenant) PublicMeeting(ctx context.Context, id models.ID) (*MeetingView, error) {
	m, err := meetingByID(t.db(ctx).Where("state IN ?", publicMeetings), id)
	if err != nil {
		return nil, err
	}
	return t.meetingView(ctx, m)
}

func (t *Tenant) meetingView(ctx context.Context, m *models.CivicMeeting) (*MeetingView, error) {
	v := &MeetingView{CivicMeeting: *m, Rule: policy.MeetingRuleOf(m.Kind)}
	db := t.db(ctx)
	err := errors.Join(
		db.Where("meeting_id = ?", m.ID).Order("place").Find(&v.Items).Error,
		db.Where("meeting_id = ?", m.ID).Order("id").Find(&v.Seats).Error,
		db.Where("meeting_id = ?", m.ID).Order("id").Find(&v.Invites).Error,
	)
	if err != nil {
		return nil, err
	}
	v.Papers, err = shownFiles(db, ownerMeeting, m.ID)
	return v, err
}

// MeetingLink opens the address for those who join from home; "" if there is none.
func (t *Tenant) MeetingLink(m *models.CivicMeeting) (string, error) {
	return t.opt.Keys.Open(sealMeetingLink, m.ID, m.LinkSeal)
}

// InvitePhones opens the telephones of those invited, by the row's id, for the
// office that writes the draft.
func (t *Tenant) InvitePhones(rows []models.MeetingInvite) (map[models.ID]string, error) {
	phones := map[models.ID]string{}
	for _, in := range rows {
		phone, err := t.opt.Keys.Open(sealInvitePhone, in.ID, in.PhoneSeal)
		if err != nil {
			return nil, err
		}
		phones[in.ID] = phone
	}
	return phones, nil
}

// meetingPage is how many past meetings stand on one page.
const meetingPage = 20

// ComingMeetings are those called and not over, the next first.
func (t *Tenant) ComingMeetings(ctx context.Context) (rows []models.CivicMeeting, err error) {
	err = t.db(ctx).Where("state = ?", models.MeetingCalled).Order("start_at, id").Limit(100).Find(&rows).Error
	return rows, err
}

// NextMeeting is the next one that is not over; nil when none is called.
func (t *Tenant) NextMeeting(ctx context.Context) (*models.CivicMeeting, error) {
	var rows []models.CivicMeeting
	err := t.db(ctx).Where("state = ? AND end_at > ?", models.MeetingCalled, t.Now()).Order("start_at, id").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// PastMeetings are those held or called off that began before an instant, the
// newest first. more tells whether there are older ones.
func (t *Tenant) PastMeetings(ctx context.Context, before time.Time) (rows []models.CivicMeeting, more bool, err error) {
	q := t.db(ctx).Where("state IN ?", []models.MeetingState{models.MeetingHeld, models.MeetingClosed, models.MeetingCancelled})
	if !before.IsZero() {
		q = q.Where("start_at < ?", before)
	}
	err = q.Order("start_at DESC, id DESC").Limit(meetingPage + 1).Find(&rows).Error
	if len(rows) > meetingPage {
		rows, more = rows[:meetingPage], true
	}
	return rows, more, err
}

// MeetingDesk are the meetings that the office works on: drafts, called ones,
// those with something still to come out.
func (t *Tenant) MeetingDesk(ctx context.Context) (rows []models.CivicMeeting, err error) {
	err = t.db(ctx).Where("state IN ?", []models.MeetingState{models.MeetingDraft, models.MeetingCalled, models.MeetingHeld}).
		Order("start_at, id").Limit(200).Find(&rows).Error
	return rows, err
}

// TalkCalendar is the calendar of quarterly talks, the running quarter first.
func (t *Tenant) TalkCalendar(ctx context.Context, day models.Date) ([]policy.TalkQuarter, error) {
	var rows []models.CivicMeeting
	err := t.db(ctx).Select("community_id", "id", "state", "start_at").Where("kind = ? AND quarterly = ? AND state IN ?", models.MeetingHeartTalk, true,
		[]models.MeetingState{models.MeetingCalled, models.MeetingHeld, models.MeetingClosed}).Order("start_at DESC").Limit(40).Find(&rows).Error
	talks := make([]policy.Talk, len(rows))
	since := models.DateOf(t.Community.CreatedAt)
	for i, m := range rows {
		talks[i] = policy.Talk{Day: models.DateOf(m.StartAt), Held: m.State != models.MeetingCalled}
		since = min(since, talks[i].Day)
	}
	calendar := policy.TalkCalendar(talks, since, day)
	return calendar[:min(len(calendar), 8)], err
}

// changeMeeting writes columns of a meeting that is still as it was read; of
// two who act at once, one is told that the other was faster.
func (tx *Tx) changeMeeting(was, now *models.CivicMeeting, columns ...string) error {
	now.UpdatedAt = tx.Now
	res := tx.Model(&models.CivicMeeting{}).Where("id = ? AND state = ? AND updated_at = ?", was.ID, was.State, was.UpdatedAt).
		Select(append([]string{"state", "updated_at"}, columns...)).UpdateColumns(now)
	if err := Changed(res); err != nil {
		return err
	}
	tx.Touch(subjectMeetings, subjectSeats)
	return nil
}

// actOn reads a meeting and asks whether the actor may do the action to it.
func (tx *Tx) actOn(id models.ID, permission, action string) (was, now *models.CivicMeeting, err error) {
	if err := tx.May("meeting", permission); err != nil {
		return nil, nil, err
	}
	if was, err = meetingByID(tx.DB, id); err != nil {
		return nil, nil, err
	}
	next := *was
	next.State, err = policy.MayCallMeeting(was.Kind, was.State, action, tx.roles())
	return was, &next, err
}

func meetingPath(c *models.Community, id models.ID) string {
	return "/" + c.Code + "/meetings/" + id.String()
}

func meetingDesk(c *models.Community, id models.ID) string {
	return "/admin/" + c.Code + "/meetings/" + id.String()
}

// stale tells that what somebody looked at has changed since.
func stale(seen, now time.Time) error {
	if !seen.Equal(now) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return nil
}
