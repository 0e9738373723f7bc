package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// noticeSeries are the marks in the numbers of notices: each body that issues
// them numbers its own.
var noticeSeries = map[models.NoticeIssuer]struct{ mark, counter string }{
	models.IssuerCommittee: {"居公", "notice."},           //words:allow a mark of official documents, stored once and never translated
	models.IssuerElectoral: {"选公", "notice.electoral."}, //words:allow a mark of official documents
	models.IssuerStreet:    {"街公", "notice.street."},    //words:allow a mark of official documents
	models.IssuerDistrict:  {"区公", "notice.district."},  //words:allow a mark of official documents
}

// PublishNotice is the director's act after submission, and after the
// signature of the supervision committee where there must be one. seen is the
// UpdatedAt of what the director read.
func (t *Tenant) PublishNotice(ctx context.Context, actor models.Actor, id models.ID, seen time.Time) (*models.Notice, error) {
	return t.publishNotice(ctx, actor, id, "publish", func(tx *Tx, n *models.Notice) (models.Role, error) {
		if !n.UpdatedAt.Equal(seen) {
			return "", problem.New(problem.Conflict, "notice.rewritten", nil)
		}
		return models.RoleDirector, policy.MayPublishNotice(*n, tx.signer(models.RoleDirector))
	})
}

// PublishUrgent is one step for any member of the committee: water does not
// wait. The director and the supervision committee are told at once, and the
// notice stays on their lists until one of them has looked at it.
func (t *Tenant) PublishUrgent(ctx context.Context, actor models.Actor, id models.ID) (*models.Notice, error) {
	return t.publishNotice(ctx, actor, id, "urgent", func(tx *Tx, n *models.Notice) (models.Role, error) {
		n.Urgent = true
		role := tx.actingRole(models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember)
		return role, policy.MayPublishUrgent(*n, tx.signer(""))
	})
}

func (t *Tenant) publishNotice(ctx context.Context, actor models.Actor, id models.ID, action string, may func(*Tx, *models.Notice) (models.Role, error)) (*models.Notice, error) {
	var n *models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("notice", action); err != nil {
			return err
		}
		if n, err = noticeByID(tx.DB, id); err != nil {
			return err
		}
		role, err := may(tx, n)
		if err != nil {
			return err
		}
		if err := tx.makePublic(n, role); err != nil {
			return err
		}
		return tx.afterNotice(n)
	})
	return n, err
}

// makePublic gives the notice its number, display period and fingerprint. The
// row's state and signature stand in the condition: of two who publish at
// once, one wins, and the number of the other is given back with its
// transaction.
func (tx *Tx) makePublic(n *models.Notice, role models.Role) error {
	from := n.State
	year := tx.Day().Time().Year()
	series := noticeSeries[n.Issuer]
	count, err := tx.Next(series.counter + strconv.Itoa(year))
	if err != nil {
		return err
	}
	n.Number = documentNumber(tx.Community.Name, series.mark, year, count)
	n.State, n.PublishedAt, n.UpdatedAt = models.NoticePublished, &tx.Now, tx.Now
	n.PublisherID, n.Publisher = tx.Actor.UserID, tx.actorName(role)
	n.DisplayUntil = policy.DisplayUntil(tx.Day(), tx.Community.DisplayDays)
	files, err := shownFiles(tx.DB, ownerNotice, n.ID)
	if err != nil {
		return err
	}
	n.Salt = newSalt()
	n.TextHash = noticeTextHash(n)
	n.Fingerprint = noticeFingerprint(n, files)
	err = Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ? AND supervisor_id = ?", n.ID, from, n.SupervisorID).
		Select("state", "urgent", "number", "published_at", "updated_at", "publisher_id", "publisher", "display_until", "salt", "text_hash", "fingerprint").
		Updates(n))
	if err != nil || n.Version == 1 {
		return err
	}
	return Changed(tx.Model(&models.Notice{}).
		Where("thread_id = ? AND version = ? AND state = ?", n.ThreadID, n.Version-1, models.NoticePublished).
		Select("state", "updated_at").UpdateColumns(&models.Notice{State: models.NoticeSuperseded, UpdatedAt: tx.Now}))
}

// noticeAudit is what the audit chain keeps of a publication.
type noticeAudit struct {
	Fingerprint string `json:"fingerprint"`
}

// afterNotice leaves the traces of a publication.
func (tx *Tx) afterNotice(n *models.Notice) error {
	tx.Audit("notice.publish", n.ID, noticeAudit{hex.EncodeToString(n.Fingerprint)})
	tx.Touch("notices", "home", "disclosure")
	if err := tx.publishDecision(n); err != nil {
		return err
	}
	if err := tx.discloseNotice(n); err != nil {
		return err
	}
	if n.Urgent {
		for _, role := range []models.Role{models.RoleDirector, models.RoleSupervisor} {
			if err := tx.tellPost(role, "notice.tell.urgent", problem.Args{"title": n.Title, "name": n.Publisher}, tx.noticeDesk(n.ID)); err != nil {
				return err
			}
		}
	}
	key, args := "notice.tell.published", problem.Args{"title": n.Title}
	switch {
	case n.Personal: // names stay on the page, which goes when the display ends
		key, args = "notice.tell.number", problem.Args{"number": n.Number}
	case n.Version > 1:
		key = "notice.tell.corrected"
	}
	return tx.tellFollowers("notices", key, args, tx.noticePath(n.ID))
}

func (tx *Tx) noticePath(id models.ID) string {
	return "/" + tx.Community.Code + "/disclosures/notices/" + id.String()
}

// discloseNotice marks the item that the notice fulfils for its period.
func (tx *Tx) discloseNotice(n *models.Notice) error {
	if n.ItemID == 0 {
		return nil
	}
	var there int64
	err := tx.Model(&models.DisclosureDone{}).Where("item_id = ? AND period = ?", n.ItemID, n.Period).Count(&there).Error
	if err != nil || there > 0 {
		return err // a correction: it was disclosed in time once
	}
	err = tx.Create(&models.DisclosureDone{
		Tenant: models.Tenant{ID: tx.NewID()}, ItemID: n.ItemID, Period: n.Period, NoticeID: n.ID, At: tx.Now,
	}).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return err
}

// SeeUrgent records that the director or the supervision committee has looked
// at an urgent notice that somebody else published in one step.
func (t *Tenant) SeeUrgent(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("notice", "sign"), tx.May("notice", "publish")); err != nil {
			return err
		}
		n, err := noticeByID(tx.DB, id)
		if err != nil {
			return err
		}
		if n.PublisherID == tx.Actor.UserID {
			return problem.New(problem.Forbidden, "notice.seen.own", nil).Because("G2 notice: another looks at it")
		}
		n.SupervisorID, n.SupervisedAt = actor.UserID, &tx.Now
		n.Supervisor = tx.actorName(tx.actingRole(models.RoleDirector, models.RoleSupervisor))
		err = Changed(tx.Model(&models.Notice{}).Where("id = ? AND urgent = ? AND state = ? AND supervised_at IS NULL", id, true, models.NoticePublished).
			Select("supervisor_id", "supervisor", "supervised_at").UpdateColumns(n))
		if err != nil {
			return err
		}
		tx.Audit("notice.seen", id, nil)
		tx.Touch("notices")
		return nil
	})
}

// noticeTextHash is SHA-256 of a key of the notice's salt and its words: after
// a withdrawal the words cannot be guessed from it, and the fingerprint that
// holds it can still be recomputed.
func noticeTextHash(n *models.Notice) []byte {
	return textHash(n.Salt, 0, "notice", n.Title, n.Body+"\x00"+n.Reason)
}

// noticeFingerprint is SHA-256 of this text (UTF-8, lines end with \n, fields
// are separated by one tab, hashes in hex, times in milliseconds since 1970):
//
//	juwu notice 1
//	community <id>   notice <thread> <version>   number <text>   published <ms>
//	display <last day>   kind <kind> <category> <item> <period> <urgent> <personal>
//	issuer <body> where it is not the residents' committee
//	text <salted hash>   file <sha256>  … one for each file shown, in the order of ids
//
// (each keyword begins a line of its own).
func noticeFingerprint(n *models.Notice, files []models.Attachment) []byte {
	h := sha256.New()
	line := func(fields ...string) { h.Write([]byte(strings.Join(fields, "\t") + "\n")) }
	line("juwu notice 1")
	line("community", n.CommunityID.String())
	line("notice", n.ThreadID.String(), strconv.Itoa(n.Version))
	line("number", n.Number)
	line("published", strconv.FormatInt(n.PublishedAt.UnixMilli(), 10))
	line("display", string(n.DisplayUntil))
	line("kind", string(n.Kind), n.Category, n.ItemID.String(), n.Period, strconv.FormatBool(n.Urgent), strconv.FormatBool(n.Personal))
	if n.Issuer != models.IssuerCommittee {
		line("issuer", string(n.Issuer))
	}
	line("text", hex.EncodeToString(n.TextHash))
	for _, f := range files {
		line("file", hex.EncodeToString(f.SHA256))
	}
	return h.Sum(nil)
}
