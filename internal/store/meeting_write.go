package store

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// MeetingDraft is what the office says of a meeting before its notice.
type MeetingDraft struct {
	Kind        models.MeetingKind
	Title       string
	Summary     string
	Place       string
	Start, End  time.Time
	Quarterly   bool
	Unit        string
	Chair       string
	Recorder    string
	Link        string
	Allotment   models.Allotment
	SignupUntil time.Time // zero: the hour at which changes end
	ChangeUntil time.Time // zero: policy.DefaultChangeUntil
	Items       []MeetingItemDraft
	Seats       []policy.LotterySeats
	Invites     []MeetingInviteDraft
	Case        models.ID
	Target      models.AppraisalTarget // of an appraisal: whose work
	Panel       models.ID              // of an appraisal: the body that grades
	Mode        models.DecisionMode    // of a review: who grades
}

// MeetingItemDraft is one timed item.
type MeetingItemDraft struct {
	Title   string
	Who     string
	Minutes int
}

// MeetingInviteDraft is somebody invited by the office; the phone may be empty.
type MeetingInviteDraft struct {
	Body  models.MeetingBody
	Name  string
	Phone string
}

// Limits of a draft.
const (
	maxMeetingTitle   = 60
	maxMeetingSummary = 600
	maxMeetingLine    = 60
	mostItems         = 20
	mostInvites       = 100
	mostSeats         = 2000
	mostMeetingDays   = 366
	mostMeetingHours  = 12
)

func (d MeetingDraft) clean() MeetingDraft {
	for _, s := range []*string{&d.Title, &d.Place, &d.Unit, &d.Chair, &d.Recorder, &d.Link} {
		*s = cleanLine(*s)
	}
	d.Summary = strings.TrimSpace(d.Summary)
	if d.ChangeUntil.IsZero() {
		d.ChangeUntil = policy.DefaultChangeUntil(d.Start)
	}
	if d.SignupUntil.IsZero() {
		d.SignupUntil = d.ChangeUntil
	}
	if d.Allotment == "" {
		d.Allotment = models.AllotFirst
	}
	if d.Target == "" {
		d.Target = models.TargetCommittee
	}
	if d.Mode == "" {
		d.Mode = models.ByReps
	}
	d.Start, d.End, d.SignupUntil, d.ChangeUntil = models.Moment(d.Start), models.Moment(d.End), models.Moment(d.SignupUntil), models.Moment(d.ChangeUntil)
	d.Quarterly = d.Quarterly && d.Kind == models.MeetingHeartTalk
	return d
}

// check says what is wrong with a draft; fields are those of the form.
func (d MeetingDraft) check(now time.Time) error {
	var f problem.Form
	for _, text := range []struct {
		field, s string
		most     int
		needed   bool
	}{
		{"title", d.Title, maxMeetingTitle, true}, {"summary", d.Summary, maxMeetingSummary, true}, {"place", d.Place, maxMeetingLine, true},
		{"unit", d.Unit, maxMeetingLine, false}, {"chair", d.Chair, 30, true}, {"recorder", d.Recorder, 30, true}, {"link", d.Link, 300, false},
	} {
		n := len([]rune(text.s))
		if n == 0 && text.needed {
			f.Add(text.field, "form.needed", nil)
		} else if n > text.most {
			f.Add(text.field, "form.toolong", problem.Args{"n": n - text.most, "limit": text.most})
		}
	}
	if u, err := url.Parse(d.Link); d.Link != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		f.Add("link", "meeting.link.wrong", nil)
	}
	switch {
	case d.Start.Before(now) || d.Start.After(now.AddDate(0, 0, mostMeetingDays)):
		f.Add("day", "meeting.day.wrong", nil)
	case !d.End.After(d.Start) || d.End.Sub(d.Start) > mostMeetingHours*time.Hour:
		f.Add("end", "meeting.end.wrong", problem.Args{"n": mostMeetingHours})
	}
	// Who signed up last may still leave, and a seat that is left goes on.
	if d.SignupUntil.After(d.ChangeUntil) || d.ChangeUntil.After(d.Start) {
		f.Add("signup_until", "meeting.until.wrong", nil)
	}
	if d.Kind == models.MeetingAppraisal && d.Target != models.TargetCommittee && d.Target != models.TargetGovernment {
		f.Add("target", "form.choose", nil)
	}
	if d.Kind == models.MeetingReview && !slices.Contains([]models.DecisionMode{models.ByReps, models.ByHouseholds, models.ByAdults}, d.Mode) {
		f.Add("mode", "form.choose", nil)
	}
	d.checkLists(&f)
	return f.Err()
}

func (d MeetingDraft) checkLists(f *problem.Form) {
	if len(d.Items) == 0 {
		f.Add("item_title", "meeting.items.needed", nil)
	}
	minutes := 0
	for _, it := range d.Items {
		minutes += it.Minutes
		if n := len([]rune(it.Title)); n == 0 || n > maxMeetingLine || it.Minutes < 1 || len([]rune(it.Who)) > 30 {
			f.Add("item_title", "meeting.items.wrong", problem.Args{"n": maxMeetingLine})
			break
		}
	}
	if len(d.Items) > mostItems || minutes > int(d.End.Sub(d.Start)/time.Minute) && d.End.After(d.Start) {
		f.Add("item_title", "meeting.items.long", problem.Args{"n": minutes, "most": int(d.End.Sub(d.Start) / time.Minute)})
	}
	total := 0
	for _, s := range d.Seats {
		if s.Total < 0 || s.Total > mostSeats {
			f.Add("seats", "form.number", problem.Args{"least": 0, "most": mostSeats})
		}
		total += s.Total
	}
	if len(d.Invites) > mostInvites {
		f.Add("invites", "meeting.invites.many", problem.Args{"n": mostInvites})
	}
	for _, in := range d.Invites {
		if in.Name == "" || len([]rune(in.Name)) > maxMeetingLine {
			f.Add("invites", "meeting.invites.wrong", problem.Args{"n": maxMeetingLine})
			return
		}
		if in.Phone == "" {
			continue
		}
		if _, err := policy.ReadPhone(in.Phone); err != nil {
			f.Add("invites", "meeting.invites.phone", problem.Args{"name": in.Name})
			return
		}
	}
}

// CreateMeeting drafts a meeting. Refusals: Forbidden for whoever may not call
// this kind, Invalid with the fields of the draft.
func (t *Tenant) CreateMeeting(ctx context.Context, actor models.Actor, d MeetingDraft) (*models.CivicMeeting, error) {
	d = d.clean()
	if err := d.check(t.Now()); err != nil {
		return nil, err
	}
	var m models.CivicMeeting
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "create"); err != nil {
			return err
		}
		m = models.CivicMeeting{Tenant: models.Tenant{ID: tx.NewID()}, CreatedBy: actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		var err error
		if m.State, err = policy.MayCallMeeting(d.Kind, "", "create", tx.roles()); err != nil {
			return err
		}
		if d.Case != 0 {
			if err := tx.caseFor(d.Case); err != nil {
				return err
			}
		}
		tx.fillMeeting(&m, d)
		if err := tx.Create(&m).Error; err != nil {
			return err
		}
		tx.Audit("meeting.create", m.ID, nil)
		if err := tx.putAppraisal(m.ID, d); err != nil {
			return err
		}
		return tx.meetingLists(m.ID, d)
	})
	return &m, err
}

func (tx *Tx) fillMeeting(m *models.CivicMeeting, d MeetingDraft) {
	m.Kind, m.Title, m.Summary, m.Place, m.StartAt, m.EndAt = d.Kind, d.Title, d.Summary, d.Place, d.Start, d.End
	m.Quarterly, m.Unit, m.Chair, m.Recorder, m.Allotment = d.Quarterly, d.Unit, d.Chair, d.Recorder, d.Allotment
	m.SignupUntil, m.ChangeUntil, m.CaseID = d.SignupUntil, d.ChangeUntil, d.Case
	m.LinkSeal = tx.store.opt.Keys.Seal(sealMeetingLink, m.ID, d.Link)
}

// meetingLists writes agenda, seats and invitations of a draft anew.
func (tx *Tx) meetingLists(id models.ID, d MeetingDraft) error {
	for _, old := range []any{&models.MeetingItem{}, &models.MeetingSeats{}, &models.MeetingInvite{}} {
		if err := tx.Where("meeting_id = ?", id).Delete(old).Error; err != nil {
			return err
		}
	}
	for i, it := range d.Items {
		row := models.MeetingItem{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: id, Place: i + 1, Minutes: it.Minutes, Title: cleanLine(it.Title), Who: cleanLine(it.Who)}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	for _, s := range d.Seats {
		if s.Total == 0 {
			continue
		}
		row := models.MeetingSeats{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: id, Part: s.Part, Pool: s.Pool, Total: s.Total}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	keys := tx.store.opt.Keys
	for _, in := range d.Invites {
		row := models.MeetingInvite{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: id, Body: in.Body, Name: cleanLine(in.Name), CreatedAt: tx.Now}
		if phone, err := policy.ReadPhone(in.Phone); err == nil {
			row.PhoneSeal, row.PhoneIndex = keys.Seal(sealInvitePhone, row.ID, phone), keys.Index(indexPhone, phone)
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// EditMeeting rewrites a draft. seen is the UpdatedAt of what was edited.
func (t *Tenant) EditMeeting(ctx context.Context, actor models.Actor, id models.ID, d MeetingDraft, seen time.Time) error {
	d = d.clean()
	if err := d.check(t.Now()); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "create", "edit")
		if err != nil {
			return err
		}
		if err := stale(seen, was.UpdatedAt); err != nil {
			return err
		}
		d.Kind, d.Case = was.Kind, was.CaseID // a meeting keeps its kind: the rules hang on it
		tx.fillMeeting(now, d)
		err = tx.changeMeeting(was, now, "title", "summary", "place", "start_at", "end_at", "quarterly", "unit", "chair", "recorder",
			"allotment", "signup_until", "change_until", "link_seal")
		if err != nil {
			return err
		}
		tx.Audit("meeting.edit", id, nil)
		if err := tx.putAppraisal(id, d); err != nil {
			return err
		}
		return tx.meetingLists(id, d)
	})
}

// DropMeeting gives a draft up.
func (t *Tenant) DropMeeting(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "create", "drop")
		if err != nil {
			return err
		}
		tx.Audit("meeting.drop", id, nil)
		return tx.changeMeeting(was, now)
	})
}
