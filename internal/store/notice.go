package store

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Lengths of a notice's texts in characters; the title's is that of its column.
const (
	maxNoticeTitle = 80
	maxNoticeBody  = 20000
)

// publicNotices are the states a resident may see: a withdrawn one as a
// tombstone without words.
var publicNotices = []models.NoticeState{models.NoticePublished, models.NoticeSuperseded, models.NoticeWithdrawn}

// NoticeFilter chooses among what the public reads.
type NoticeFilter struct {
	Kind   models.NoticeKind // "" for all
	Before models.ID         // the last notice of the page before; 0 for the first page
	Limit  int
}

// PublicNotices are the notices that stand, the newest first. Those that name
// people are left out once their display has ended. more tells of further ones.
func (t *Tenant) PublicNotices(ctx context.Context, f NoticeFilter, day models.Date) (rows []models.Notice, more bool, err error) {
	q := t.db(ctx).Where("state = ? AND (personal = ? OR display_until >= ?)", models.NoticePublished, false, day)
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.Before != 0 {
		last, err := noticeByID(t.db(ctx), f.Before)
		if err != nil || last.PublishedAt == nil {
			return nil, false, notFound(gorm.ErrRecordNotFound)
		}
		q = q.Where("published_at < ? OR (published_at = ? AND id < ?)", *last.PublishedAt, *last.PublishedAt, last.ID)
	}
	err = q.Order("published_at DESC, id DESC").Limit(f.Limit + 1).Find(&rows).Error
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	return rows, more, err
}

// PublicNotice is one version of a notice as everybody may read it.
type PublicNotice struct {
	models.Notice
	Item     *models.DisclosureItem
	Versions []models.Notice     // all public versions of the notice, the newest first
	Files    []models.Attachment // that may be shown
	Ended    bool                // it named people and its display is over: the words are gone
}

// PublicNotice finds a version by its id. What was never published does not
// exist for the public.
func (t *Tenant) PublicNotice(ctx context.Context, id models.ID, day models.Date) (*PublicNotice, error) {
	n, err := noticeByID(t.db(ctx), id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(publicNotices, n.State) {
		return nil, notFound(gorm.ErrRecordNotFound)
	}
	v := &PublicNotice{Notice: *n}
	err = t.db(ctx).Where("thread_id = ? AND state IN ?", n.ThreadID, publicNotices).Order("version DESC").Find(&v.Versions).Error
	if err != nil {
		return nil, err
	}
	for i := range v.Versions {
		hideEnded(&v.Versions[i], day)
	}
	if v.Ended = hideEnded(&v.Notice, day); !v.Ended && n.State != models.NoticeWithdrawn {
		if v.Files, err = shownFiles(t.db(ctx), ownerNotice, id); err != nil {
			return nil, err
		}
	}
	if n.ItemID != 0 {
		if v.Item, err = itemByID(t.db(ctx), n.ItemID); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// hideEnded takes the words from a notice that names people when its display
// is over (domain.md F3).
func hideEnded(n *models.Notice, day models.Date) bool {
	if !n.Personal || n.DisplayUntil >= day || n.State == models.NoticeWithdrawn {
		return false
	}
	n.Title, n.Body, n.Reason = "", "", ""
	return true
}

// Notice is one version in any state, for the office.
func (t *Tenant) Notice(ctx context.Context, id models.ID) (*models.Notice, error) {
	return noticeByID(t.db(ctx), id)
}

func noticeByID(db *gorm.DB, id models.ID) (*models.Notice, error) {
	var n models.Notice
	if err := db.Where("id = ?", id).Take(&n).Error; err != nil {
		return nil, notFound(err)
	}
	return &n, nil
}

// NoticeVersions are all versions of a notice, the newest first.
func (t *Tenant) NoticeVersions(ctx context.Context, thread models.ID) ([]models.Notice, error) {
	var rows []models.Notice
	err := t.db(ctx).Where("thread_id = ?", thread).Order("version DESC").Find(&rows).Error
	return rows, err
}

// OpenNotices are drafts and what waits for signature or publication, the
// oldest first.
func (t *Tenant) OpenNotices(ctx context.Context) ([]models.Notice, error) {
	var rows []models.Notice
	err := t.db(ctx).Where("state IN ?", []models.NoticeState{models.NoticeDraft, models.NoticeSubmitted}).Order("id").Find(&rows).Error
	return rows, err
}

// PastNotices are the versions that were published, the newest first, as the
// office sees them.
func (t *Tenant) PastNotices(ctx context.Context, before models.ID, limit int) (rows []models.Notice, more bool, err error) {
	q := t.db(ctx).Where("state IN ?", publicNotices)
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	err = q.Order("id DESC").Limit(limit + 1).Find(&rows).Error
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	return rows, more, err
}

// UrgentUnseen are urgent notices that went out in one step and that neither
// the director nor the supervision committee has looked at since.
func (t *Tenant) UrgentUnseen(ctx context.Context) ([]models.Notice, error) {
	var rows []models.Notice
	err := t.db(ctx).Where("urgent = ? AND state = ? AND supervised_at IS NULL", true, models.NoticePublished).Order("id").Find(&rows).Error
	return rows, err
}

// NoticeDraft is what somebody wrote. Reason is needed for a correction only.
type NoticeDraft struct {
	Kind     models.NoticeKind
	Category string
	ItemID   models.ID
	Period   string
	Title    string
	Body     string
	Personal bool
	Reason   string
}

// tidy brings the texts into their one form.
func (d *NoticeDraft) tidy() {
	d.Title, d.Body = cleanLine(d.Title), strings.TrimSpace(strings.ReplaceAll(d.Body, "\r\n", "\n"))
	if d.ItemID == 0 {
		d.Period = ""
	}
}

// check refuses a draft with all that is wrong with it. An item decides the
// category.
func (tx *Tx) checkNotice(d *NoticeDraft) error {
	d.tidy()
	var f problem.Form
	switch n := utf8.RuneCountInString(d.Title); {
	case n == 0:
		f.Add("title", "notice.title.needed", nil)
	case n > maxNoticeTitle:
		f.Add("title", "form.toolong", problem.Args{"n": n - maxNoticeTitle, "limit": maxNoticeTitle})
	}
	switch n := utf8.RuneCountInString(d.Body); {
	case n == 0:
		f.Add("body", "notice.body.needed", nil)
	case n > maxNoticeBody:
		f.Add("body", "form.toolong", problem.Args{"n": n - maxNoticeBody, "limit": maxNoticeBody})
	}
	if d.ItemID != 0 {
		if err := tx.checkItem(d, &f); err != nil {
			return err
		}
	}
	if pr := problem.As(policy.CheckNotice(models.Notice{Kind: d.Kind, Category: d.Category})); pr != nil {
		for field, text := range pr.Fields {
			f.Add(field, text.Key, text.Args)
		}
	}
	return f.Err()
}

func (tx *Tx) checkItem(d *NoticeDraft, f *problem.Form) error {
	item, err := itemByID(tx.DB, d.ItemID)
	if problem.Is(err, problem.NotFound) || err == nil && item.Source != sourceNotice {
		f.Add("item_id", "notice.item.unknown", nil)
		return nil
	}
	if err != nil {
		return err
	}
	d.Category = item.Category
	if !policy.IsPeriod(item.Rhythm, d.Period) {
		f.Add("period", "notice.period.wrong", nil)
	}
	return nil
}

func (d *NoticeDraft) into(n *models.Notice) {
	n.Kind, n.Category, n.ItemID, n.Period = d.Kind, d.Category, d.ItemID, d.Period
	n.Title, n.Body, n.Personal = d.Title, d.Body, d.Personal
}
