package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// WithdrawNotice takes a notice away at once because it shows personal data by
// mistake (design.md section 5): the words of all its versions and drafts, its
// files, and what was told of it. A tombstone with number, days, salted hash
// and reason stays.
func (t *Tenant) WithdrawNotice(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("notice", "withdraw"); err != nil {
			return err
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		n, err := noticeByID(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayWithdrawNotice(*n, true, reason); err != nil {
			return err
		}
		var versions []models.Notice
		if err := tx.Where("thread_id = ?", n.ThreadID).Order("version").Find(&versions).Error; err != nil {
			return err
		}
		for i := range versions {
			if err := tx.buryNotice(&versions[i], policy.MaskText(reason)); err != nil {
				return err
			}
		}
		tx.Touch("notices", "home", "disclosure")
		return tx.tellFollowers("notices", "notice.tell.withdrawn", problem.Args{"number": n.Number}, tx.noticePath(id))
	})
}

// buryNotice leaves the tombstone of one version; a draft goes whole.
func (tx *Tx) buryNotice(n *models.Notice, reason string) error {
	if err := tx.removeFiles(ownerNotice, n.ID); err != nil {
		return err
	}
	if err := tx.forget(tx.noticePath(n.ID), tx.noticeDesk(n.ID)); err != nil {
		return err
	}
	from := n.State
	if !slices.Contains(publicNotices, from) {
		return Changed(tx.Where("id = ? AND state = ?", n.ID, from).Delete(&models.Notice{}))
	}
	n.Title, n.Body, n.Reason = WithdrawnMark, "", reason
	n.State, n.WithdrawnAt, n.UpdatedAt = models.NoticeWithdrawn, &tx.Now, tx.Now
	tx.Audit("notice.withdraw", n.ID, nil)
	err := tx.Model(&models.ElectionNotice{}).Where("notice_id = ?", n.ID). // the copy in the file of an election
										UpdateColumns(map[string]any{"title": WithdrawnMark, "body": reason, "updated_at": tx.Now}).Error
	if err != nil {
		return err
	}
	return Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ?", n.ID, from).
		Select("title", "body", "reason", "state", "withdrawn_at", "updated_at").UpdateColumns(n))
}

// forget takes messages about a thing out of the inboxes: they repeat its
// words.
func (tx *Tx) forget(links ...string) error {
	return tx.Where("community_id = ? AND link IN ?", tx.chain, links).Delete(&models.InboxMessage{}).Error
}

// checkNotices recomputes the fingerprint of everything that was published and
// compares it with the signed audit chain, so that an edit by SQL is named.
func (t *Tenant) checkNotices(ctx context.Context, found func(string)) error {
	var rows []models.Notice
	if err := t.db(ctx).Where("state IN ? OR published_at IS NOT NULL", publicNotices).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	published, withdrawn, err := t.auditedNotices(ctx)
	if err != nil {
		return err
	}
	for i := range rows {
		n := &rows[i]
		say := func(what string) {
			found(fmt.Sprintf("notices %s (%s version %d): %s", n.ID, n.Number, n.Version, what))
		}
		files, err := t.everShown(ctx, n)
		if err != nil {
			return err
		}
		checkNotice(n, files, published[n.ID], withdrawn[n.ID], say)
		delete(published, n.ID)
	}
	for id := range published {
		found("notices " + id.String() + ": was published and is gone")
	}
	return nil
}

// checkNotice says what is wrong with one version.
func checkNotice(n *models.Notice, files []models.Attachment, audited string, withdrawn bool, say func(string)) {
	switch {
	case n.PublishedAt == nil || len(n.Salt) == 0:
		say("is public and was never published")
		return
	case !slices.Contains(publicNotices, n.State):
		say("was published and is " + string(n.State) + " now")
	case (n.State == models.NoticeWithdrawn) != withdrawn:
		say("its withdrawal is not what the audit chain says")
	case n.State != models.NoticeWithdrawn && !bytes.Equal(n.TextHash, noticeTextHash(n)):
		say("its words were changed after publication")
	}
	if !bytes.Equal(n.Fingerprint, noticeFingerprint(n, files)) {
		say("is not what its fingerprint was made of")
	}
	if audited != hex.EncodeToString(n.Fingerprint) {
		say("has another fingerprint than the audit chain says")
	}
	if n.DisplayUntil < policy.DisplayUntil(models.DateOf(*n.PublishedAt), 0) {
		say(fmt.Sprintf("is displayed for less than %d days", models.LeastDisplayDays))
	}
}

// everShown are the files that a version showed when it was published. A
// withdrawal leaves their rows as they were shown; what was taken out of a
// draft is not marked as shown.
func (t *Tenant) everShown(ctx context.Context, n *models.Notice) (files []models.Attachment, err error) {
	err = t.db(ctx).Where("owner_kind = ? AND owner_id = ? AND public = ?", ownerNotice, n.ID, true).Order("id").Find(&files).Error
	return files, err
}

func (t *Tenant) auditedNotices(ctx context.Context) (published map[models.ID]string, withdrawn map[models.ID]bool, err error) {
	var rows []models.AuditRow
	err = t.db(ctx).Where("action IN ?", []string{"notice.publish", "notice.withdraw"}).Order("seq").Find(&rows).Error
	published, withdrawn = map[models.ID]string{}, map[models.ID]bool{}
	for _, r := range rows {
		if r.Action == "notice.withdraw" {
			withdrawn[r.ObjectID] = true
			continue
		}
		var d noticeAudit
		if err := json.Unmarshal(r.Detail, &d); err != nil {
			return nil, nil, fmt.Errorf("audit row %d: %w", r.Seq, err)
		}
		published[r.ObjectID] = d.Fingerprint
	}
	return published, withdrawn, err
}
