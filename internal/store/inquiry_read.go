package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// PublicInquiry is a question as everybody may read it: masked, without who
// asked. An officer is named by the post.
type PublicInquiry struct {
	ID          models.ID
	Number      string
	AccountID   models.ID
	EntryID     models.ID
	Line        int // of the version asked about; 0 for the month as a whole
	Version     int // asked about; 0 when it is the one that stands
	Month       models.Month
	State       models.InquiryState
	Text        string
	Answer      string
	By          models.Role
	DueDay      models.Date
	Overdue     bool // not answered in time, or answered late
	Waiting     bool // not answered yet
	AskedAt     time.Time
	AnsweredAt  *time.Time
	ForwardedAt *time.Time
	ReportedAt  *time.Time
	OrderedAt   *time.Time
	Order       string
	Street      bool // the day has passed or there is an answer: the asker may go to the street
}

func publicInquiry(in models.Inquiry, day models.Date) PublicInquiry {
	p := PublicInquiry{
		ID: in.ID, Number: in.Number, AccountID: in.AccountID, EntryID: in.EntryID, Month: in.Month, State: in.State,
		Text: in.PublicText, Answer: in.PublicAnswer, By: in.AnswererRole, DueDay: in.DueDay, Overdue: policy.Overdue(in, day),
		Waiting: in.AnsweredAt == nil && in.State != models.InquiryClosed, AskedAt: in.CreatedAt, AnsweredAt: in.AnsweredAt,
		ForwardedAt: in.ForwardedAt, ReportedAt: in.ReportedAt, OrderedAt: in.OrderedAt, Order: policy.MaskText(in.OrderText),
	}
	p.Street = policy.MayReportToStreet(in, policy.Signer{UserID: in.UserID}, day) == nil
	return p
}

func (t *Tenant) publicInquiries(ctx context.Context, choose func(*gorm.DB) *gorm.DB) ([]PublicInquiry, error) {
	var rows []models.Inquiry
	if err := choose(t.db(ctx)).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	var entries []models.ID
	for _, in := range rows {
		if in.EntryID != 0 {
			entries = append(entries, in.EntryID)
		}
	}
	lines, err := t.lineNumbers(ctx, entries)
	if err != nil {
		return nil, err
	}
	versions, err := t.oldVersions(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]PublicInquiry, len(rows))
	for i, in := range rows {
		out[i] = publicInquiry(in, models.DateOf(t.Now()))
		out[i].Line, out[i].Version = lines[in.EntryID], versions[in.AccountID]
	}
	return out, nil
}

// oldVersions are the versions of the accounts asked about that no longer
// stand.
func (t *Tenant) oldVersions(ctx context.Context, questions []models.Inquiry) (map[models.ID]int, error) {
	ids := make([]models.ID, len(questions))
	for i, in := range questions {
		ids[i] = in.AccountID
	}
	var rows []models.AccountMonth
	err := t.db(ctx).Select("id", "version").Where("id IN ? AND state <> ?", ids, models.AccountPublished).Find(&rows).Error
	versions := map[models.ID]int{}
	for _, m := range rows {
		versions[m.ID] = m.Version
	}
	return versions, err
}

func (t *Tenant) lineNumbers(ctx context.Context, entries []models.ID) (map[models.ID]int, error) {
	lines := map[models.ID]int{}
	if len(entries) == 0 {
		return lines, nil
	}
	var rows []models.AccountEntry
	err := t.db(ctx).Select("id", "line").Where("id IN ?", entries).Find(&rows).Error
	for _, e := range rows {
		lines[e.ID] = e.Line
	}
	return lines, err
}

// InquiryDue is the last day to answer a question asked at now.
func (t *Tenant) InquiryDue(now time.Time) models.Date {
	return policy.DueDay(models.DateOf(now), t.Community.InquiryDays, policy.China())
}

// InquiryKind chooses among questions.
type InquiryKind string

const (
	InquiriesAll      InquiryKind = ""
	InquiriesWaiting  InquiryKind = "waiting"
	InquiriesOverdue  InquiryKind = "overdue"
	InquiriesAnswered InquiryKind = "answered"
	InquiriesStreet   InquiryKind = "street"
)

// InquiryKinds in the order of the pages.
var InquiryKinds = []InquiryKind{InquiriesAll, InquiriesWaiting, InquiriesOverdue, InquiriesAnswered, InquiriesStreet}

// inquiryPage is how many questions stand on one page.
const inquiryPage = 20

// of chooses one page of questions: the newest first, but what waits with the
// nearest day first would move under the reader's hand, so it is not done.
func (k InquiryKind) of(q *gorm.DB, day models.Date, before models.ID) *gorm.DB {
	switch k {
	case InquiriesWaiting:
		q = q.Where("answered_at IS NULL AND state <> ?", models.InquiryClosed)
	case InquiriesOverdue:
		q = q.Where("answered_at IS NULL AND state <> ? AND due_day < ?", models.InquiryClosed, day)
	case InquiriesAnswered:
		q = q.Where("answered_at IS NOT NULL")
	case InquiriesStreet:
		q = q.Where("reported_at IS NOT NULL")
	}
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	return q.Order("id DESC").Limit(inquiryPage + 1)
}

// PublicInquiries is a page of questions older than before (0: from the
// newest). more tells whether there are older ones.
func (t *Tenant) PublicInquiries(ctx context.Context, kind InquiryKind, before models.ID) (page []PublicInquiry, more bool, err error) {
	page, err = t.publicInquiries(ctx, func(q *gorm.DB) *gorm.DB { return kind.of(q, models.DateOf(t.Now()), before) })
	if len(page) > inquiryPage {
		page, more = page[:inquiryPage], true
	}
	return page, more, err
}

// PublicInquiry is one question as everybody may read it.
func (t *Tenant) PublicInquiry(ctx context.Context, id models.ID) (*PublicInquiry, error) {
	all, err := t.publicInquiries(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("id = ?", id) })
	if err == nil && len(all) == 0 {
		err = notFound(gorm.ErrRecordNotFound)
	}
	if err != nil {
		return nil, err
	}
	return &all[0], nil
}

// MonthInquiries are the questions about a month as a whole.
func (t *Tenant) MonthInquiries(ctx context.Context, month models.Month) ([]PublicInquiry, error) {
	return t.publicInquiries(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("month = ? AND entry_id = 0", month).Order("id") })
}

// Inquiry is a question in full, for the office and for who asked it.
func (t *Tenant) Inquiry(ctx context.Context, id models.ID) (*models.Inquiry, error) {
	var in models.Inquiry
	if err := t.db(ctx).Where("id = ?", id).Take(&in).Error; err != nil {
		return nil, notFound(err)
	}
	return &in, nil
}

// Inquiries is a page of questions in full, for the office.
func (t *Tenant) Inquiries(ctx context.Context, kind InquiryKind, before models.ID) (page []models.Inquiry, more bool, err error) {
	err = kind.of(t.db(ctx), models.DateOf(t.Now()), before).Find(&page).Error
	if len(page) > inquiryPage {
		page, more = page[:inquiryPage], true
	}
	return page, more, err
}

// InquiryCounts are how many questions are of each kind, for the office's tabs.
func (t *Tenant) InquiryCounts(ctx context.Context) (map[InquiryKind]int, error) {
	var rows []struct {
		State      models.InquiryState
		DueDay     models.Date
		AnsweredAt *time.Time
		ReportedAt *time.Time
	}
	err := t.db(ctx).Model(&models.Inquiry{}).Select("state", "due_day", "answered_at", "reported_at").
		Where("answered_at IS NULL OR state = ?", models.InquiryReported).Find(&rows).Error
	n := map[InquiryKind]int{}
	day := models.DateOf(t.Now())
	for _, r := range rows {
		if r.AnsweredAt == nil && r.State != models.InquiryClosed {
			n[InquiriesWaiting]++
			if r.DueDay < day {
				n[InquiriesOverdue]++
			}
		}
		if r.State == models.InquiryReported {
			n[InquiriesStreet]++
		}
	}
	return n, err
}

// MyInquiry is a question of the person, with where it was asked.
type MyInquiry struct {
	PublicInquiry
	Community *models.Community
	Question  string // as typed
}

// MyInquiries are the person's own questions, the newest first, in every
// community.
func (s *Store) MyInquiries(ctx context.Context, actor models.Actor) ([]MyInquiry, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var rows []models.Inquiry
	err := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Order("id DESC").Limit(100).Find(&rows).Error
	var out []MyInquiry
	for _, in := range rows {
		if c := s.CommunityByID(in.CommunityID); c != nil {
			out = append(out, MyInquiry{publicInquiry(in, models.DateOf(s.Now())), c, in.Question})
		}
	}
	return out, err
}
