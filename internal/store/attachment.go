package store

import (
	"context"
	"io"
	"maps"
	"path"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/paper"
	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Kinds of owners of files besides ownerEntry.
const (
	ownerNotice    = "notice"
	ownerClaimLine = "claim_line"
	ownerMeeting   = "meeting"
	ownerMatter    = "matter"
)

// Owner is what a file belongs to.
type Owner struct {
	Kind string // "notice", "entry", "claim_line", "meeting", "matter"
	ID   models.ID
}

// maxFiles is how many files one thing may have.
const maxFiles = 12

// NewFile is a picture or a PDF as it was handed in; its name is what the
// sender says, its kind is told by its bytes.
type NewFile struct {
	Name string
	Data []byte
}

// AddFiles keeps pictures and documents for a thing that is not published yet.
// Pictures are made safe, documents looked through, and both are written to
// disk first, in no transaction; the rows come after. Refusals: those of
// photo.Clean and paper.Check under the field "files", and attachment.many.
func (t *Tenant) AddFiles(ctx context.Context, actor models.Actor, owner Owner, files []NewFile) ([]models.Attachment, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "attachment", "upload", models.DateOf(t.Now())); err != nil {
		return nil, err // before the work of decoding
	}
	rows := make([]models.Attachment, 0, len(files))
	for _, f := range files {
		row, err := t.keepFile(f)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *row)
	}
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("attachment", "upload"); err != nil {
			return err
		}
		if err := tx.lockOwner(owner); err != nil {
			return err
		}
		var there int64
		if err := tx.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", owner.Kind, owner.ID).Count(&there).Error; err != nil {
			return err
		}
		if int(there)+len(rows) > maxFiles {
			return fileProblem("attachment.many", problem.Args{"n": maxFiles})
		}
		for i := range rows {
			rows[i].ID, rows[i].OwnerKind, rows[i].OwnerID = tx.NewID(), owner.Kind, owner.ID
			rows[i].Public = owner.Kind == ownerNotice || owner.Kind == ownerMeeting || owner.Kind == ownerMatter // a receipt is shown when somebody has looked at it
			rows[i].ByUserID, rows[i].CreatedAt = actor.UserID, tx.Now
			if err := tx.Create(&rows[i]).Error; err != nil {
				return err
			}
			tx.Audit("attachment.add", rows[i].ID, nil)
		}
		return nil
	})
	return rows, err
}

// keepFile stores a picture or a document.
func (t *Tenant) keepFile(f NewFile) (*models.Attachment, error) {
	if !paper.Is(f.Data) {
		return t.keepPhoto(f)
	}
	p, err := paper.Check(f.Data)
	if err != nil {
		return nil, namedFile(f.Name, err)
	}
	sum, err := t.PutFile(f.Data)
	if err != nil {
		return nil, err
	}
	return &models.Attachment{Name: fileName(f.Name, "paper", ".pdf"), MIME: mimePDF, Size: int64(len(f.Data)), Pages: p.Pages, SHA256: sum}, nil
}

const (
	mimeJPEG = "image/jpeg"
	mimePDF  = "application/pdf"
)

// namedFile tells a refusal at the field, with the name of the file.
func namedFile(name string, err error) error {
	pr := problem.As(err)
	if pr == nil {
		return err
	}
	args := problem.Args{"name": name}
	maps.Copy(args, pr.Args)
	return fileProblem(pr.Key, args)
}

// keepPhoto makes a picture safe and stores it; a refusal is told at the field.
func (t *Tenant) keepPhoto(f NewFile) (*models.Attachment, error) {
	p, err := photo.Clean(f.Data)
	if err != nil {
		return nil, namedFile(f.Name, err)
	}
	return t.photoRow(f.Name, p)
}

func (t *Tenant) photoRow(name string, p *photo.Photo) (*models.Attachment, error) {
	sum, err := t.PutFile(p.JPEG)
	if err != nil {
		return nil, err
	}
	return &models.Attachment{
		Name: fileName(name, "photo", ".jpg"), MIME: mimeJPEG, Size: int64(len(p.JPEG)), Width: p.Width, Height: p.Height, SHA256: sum,
	}, nil
}

func fileProblem(key string, args problem.Args) error {
	var f problem.Form
	f.Add("files", key, args)
	return f.Err()
}

// fileName is the sender's name for a file with the ending of what it is,
// without what file systems and headers dislike.
func fileName(name, otherwise, ending string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|;`, r) {
			return '_'
		}
		return r
	}, cleanLine(strings.TrimSuffix(name, path.Ext(name))))
	if runes := []rune(name); len(runes) > 80 {
		name = string(runes[:80])
	}
	if strings.Trim(name, "._ ") == "" {
		name = otherwise
	}
	return name + ending
}

// lockOwner refuses a thing that is published or not the actor's to change, and
// holds its row: what is being submitted at this moment gets no further file.
func (tx *Tx) lockOwner(o Owner) error {
	switch o.Kind {
	case ownerNotice:
		if _, err := tx.ownDraft(o.ID); err != nil {
			return err
		}
		return Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ?", o.ID, models.NoticeDraft).Update("updated_at", tx.Now))
	case ownerEntry:
		var e models.AccountEntry
		if err := tx.Where("id = ?", o.ID).Take(&e).Error; err != nil {
			return notFound(err)
		}
		return openOwner(tx.Model(&models.AccountMonth{}).Where("id = ? AND state = ?", e.AccountID, models.AccountDraft).Update("updated_at", tx.Now))
	case ownerClaimLine:
		return tx.lockClaim(o.ID)
	case ownerMeeting:
		return tx.lockMeeting(o.ID)
	case ownerMatter:
		return tx.lockMatter(o.ID)
	}
	return problem.New(problem.NotFound, "page.notfound", nil)
}

func openOwner(res *gorm.DB) error {
	if res.Error == nil && res.RowsAffected == 0 {
		return problem.New(problem.Conflict, "attachment.closed", nil)
	}
	return Changed(res)
}

// lockClaim: receipts of an own claim, while no line of it is decided.
func (tx *Tx) lockClaim(line models.ID) error {
	var l models.ClaimLine
	if err := tx.Where("id = ?", line).Take(&l).Error; err != nil {
		return notFound(err)
	}
	var c models.Claim
	if err := tx.Where("id = ?", l.ClaimID).Take(&c).Error; err != nil {
		return notFound(err)
	}
	if c.UserID != tx.Actor.UserID {
		return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("claim: another's")
	}
	return openOwner(tx.Model(&models.Claim{}).Where("id = ? AND state = ?", c.ID, models.ClaimOpen).Update("updated_at", tx.Now))
}

// Files of a thing, as the office sees them: those that were replaced by a
// blacked-out one too.
func (t *Tenant) Files(ctx context.Context, owner Owner) (rows []models.Attachment, err error) {
	err = t.db(ctx).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", owner.Kind, owner.ID).Order("id").Find(&rows).Error
	return rows, err
}

// shownFiles are those marked to be shown with their owner.
func shownFiles(db *gorm.DB, kind string, id models.ID) (rows []models.Attachment, err error) {
	err = db.Where("owner_kind = ? AND owner_id = ? AND public = ? AND removed_at IS NULL", kind, id, true).Order("id").Find(&rows).Error
	return rows, err
}

// removeFiles takes the files of things away; content that no row names is
// swept. The mark of what was shown stays: fingerprints were made of it.
func (tx *Tx) removeFiles(kind string, ids ...models.ID) error {
	return tx.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", kind, ids).
		Select("removed_at").Updates(&models.Attachment{RemovedAt: &tx.Now}).Error
}

// copyFiles gives the next version of a notice the files of the one before.
func (tx *Tx) copyFiles(kind string, from, to models.ID) error {
	rows, err := shownFiles(tx.DB, kind, from)
	for i := range rows {
		rows[i].ID, rows[i].OwnerID, rows[i].RedactsID, rows[i].CreatedAt = tx.NewID(), to, 0, tx.Now
		if err := tx.Create(&rows[i]).Error; err != nil {
			return err
		}
	}
	return err
}

// PublicFile is a file that everybody may see: marked to be shown, and its
// owner is published and stands. Anything else does not exist.
func (t *Tenant) PublicFile(ctx context.Context, id models.ID, day models.Date) (*models.Attachment, error) {
	var a models.Attachment
	err := t.db(ctx).Where("id = ? AND public = ? AND removed_at IS NULL", id, true).Take(&a).Error
	if err != nil {
		return nil, notFound(err)
	}
	out, err := t.published(ctx, &a, day)
	if err == nil && !out {
		err = problem.New(problem.NotFound, "page.notfound", nil)
	}
	return &a, err
}

func (t *Tenant) published(ctx context.Context, a *models.Attachment, day models.Date) (bool, error) {
	var n int64
	switch a.OwnerKind {
	case ownerPhoto:
		return t.facePublic(ctx, a, day)
	case ownerCandidate:
		return t.portraitPublic(ctx, a)
	case ownerNotice:
		err := t.db(ctx).Model(&models.Notice{}).Where("id = ? AND state IN ? AND (personal = ? OR display_until >= ?)",
			a.OwnerID, []models.NoticeState{models.NoticePublished, models.NoticeSuperseded}, false, day).Count(&n).Error
		return n > 0, err
	case ownerMatter:
		err := t.db(ctx).Model(&models.Matter{}).Where("id = ? AND published_at IS NOT NULL", a.OwnerID).Count(&n).Error
		return n > 0, err
	case ownerMeeting:
		err := t.db(ctx).Model(&models.CivicMeeting{}).Where("id = ? AND state IN ?", a.OwnerID, publicMeetings).Count(&n).Error
		return n > 0, err
	case ownerEntry:
		var e models.AccountEntry
		if err := t.db(ctx).Where("id = ?", a.OwnerID).Limit(1).Find(&e).Error; err != nil || e.ID == 0 {
			return false, err
		}
		err := t.db(ctx).Model(&models.AccountMonth{}).Where("id = ? AND state IN ?", e.AccountID, publicStates).Count(&n).Error
		return n > 0, err
	case ownerPlan:
		return true, nil
	}
	return false, nil
}

// OfficeFile is a file as an officer may see it: originals by those whom the
// policy names, whoever handed it in, and what will be shown by those who see
// its owner before it is published.
func (t *Tenant) OfficeFile(ctx context.Context, actor models.Actor, id models.ID, day models.Date) (*models.Attachment, error) {
	var a models.Attachment
	if err := t.db(ctx).Where("id = ? AND removed_at IS NULL", id).Take(&a).Error; err != nil {
		return nil, notFound(err)
	}
	if a.OwnerKind == ownerCase || a.OwnerKind == ownerDraft || a.OwnerKind == ownerMediation {
		// Whoever may see a case or a mediation is asked with it (OfficeCaseFile): for all
		// others there is no such picture.
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if a.ByUserID == actor.UserID && actor.UserID != 0 {
		return &a, nil
	}
	seen := policy.SeesFiles(a)
	return &a, errorsFirst(
		t.opt.Guard.Allowed(actor, t.Community, "attachment", "read_original", day),
		t.opt.Guard.Allowed(actor, t.Community, seen.Object, seen.Action, day),
	)
}

// Content opens the bytes of a file. Close it.
func (t *Tenant) Content(a *models.Attachment) (io.ReadSeekCloser, error) {
	return t.OpenFile(a.SHA256)
}

// ClaimLine is one line of a claim with the claim, for the page of its receipts.
func (t *Tenant) ClaimLine(ctx context.Context, id models.ID) (*models.ClaimLine, *models.Claim, error) {
	var l models.ClaimLine
	if err := t.db(ctx).Where("id = ?", id).Take(&l).Error; err != nil {
		return nil, nil, notFound(err)
	}
	var c models.Claim
	err := t.db(ctx).Where("id = ?", l.ClaimID).Take(&c).Error
	return &l, &c, notFound(err)
}
