package store

import (
	"context"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// noticeWriters are the posts in which somebody writes a notice, the one that
// stands under it first.
var noticeWriters = []models.Role{models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember, models.RoleClerk, models.RoleStation}

// CreateNotice begins a notice. It is a draft until its author submits it.
func (t *Tenant) CreateNotice(ctx context.Context, actor models.Actor, d NoticeDraft) (*models.Notice, error) {
	var n models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("notice", "create"); err != nil {
			return err
		}
		if err := tx.checkNotice(&d); err != nil {
			return err
		}
		id := tx.NewID()
		n = models.Notice{Tenant: models.Tenant{ID: id}, ThreadID: id, Version: 1}
		return tx.createNotice(&n, &d)
	})
	return &n, err
}

func (tx *Tx) createNotice(n *models.Notice, d *NoticeDraft) error {
	d.into(n)
	n.State, n.ByUserID, n.ByName = models.NoticeDraft, tx.Actor.UserID, tx.actorName(tx.actingRole(noticeWriters...))
	n.CreatedAt, n.UpdatedAt = tx.Now, tx.Now
	if err := tx.Create(n).Error; err != nil {
		if duplicate(err) {
			return problem.New(problem.Conflict, "notice.correction.open", nil)
		}
		return err
	}
	tx.Audit("notice.create", n.ID, map[string]any{"version": n.Version})
	return nil
}

// CorrectNotice begins the next version of a published notice: the old one
// stays readable beside it. Its files go along.
func (t *Tenant) CorrectNotice(ctx context.Context, actor models.Actor, standing models.ID, d NoticeDraft) (*models.Notice, error) {
	var n models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("notice", "create"); err != nil {
			return err
		}
		old, err := noticeByID(tx.DB, standing)
		if err != nil {
			return err
		}
		if err := errorsOf(tx.checkNotice(&d), noticeReason(&d)); err != nil {
			return err
		}
		if err := policy.MayCorrectNotice(*old, d.Reason); err != nil {
			return err
		}
		n = models.Notice{Tenant: models.Tenant{ID: tx.NewID()}, ThreadID: old.ThreadID, Version: old.Version + 1, Reason: d.Reason}
		if err := tx.createNotice(&n, &d); err != nil {
			return err
		}
		return tx.copyFiles(ownerNotice, old.ID, n.ID)
	})
	return &n, err
}

func noticeReason(d *NoticeDraft) (err error) {
	d.Reason, err = checkReason(d.Reason)
	return err
}

// errorsOf puts the problems of several checks of one form together.
func errorsOf(checks ...error) error {
	var f problem.Form
	for _, err := range checks {
		pr := problem.As(err)
		if err != nil && (pr == nil || len(pr.Fields) == 0) {
			return err
		}
		if pr != nil {
			for field, text := range pr.Fields {
				f.Add(field, text.Key, text.Args)
			}
		}
	}
	return f.Err()
}

// EditNotice rewrites a draft. The state stands in the condition: what was
// submitted meanwhile is not changed under those who sign it.
func (t *Tenant) EditNotice(ctx context.Context, actor models.Actor, id models.ID, d NoticeDraft) (*models.Notice, error) {
	var n *models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if n, err = tx.ownDraft(id); err != nil {
			return err
		}
		checks := []error{tx.checkNotice(&d)}
		if n.Version > 1 {
			checks = append(checks, noticeReason(&d))
			n.Reason = d.Reason
		}
		if err := errorsOf(checks...); err != nil {
			return err
		}
		d.into(n)
		n.UpdatedAt = tx.Now
		tx.Audit("notice.edit", id, nil)
		return Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ?", id, models.NoticeDraft).
			Select("kind", "category", "item_id", "period", "title", "body", "personal", "reason", "updated_at").UpdateColumns(n))
	})
	return n, err
}

// ownDraft is a draft that the actor may work on: its author, or the committee.
func (tx *Tx) ownDraft(id models.ID) (*models.Notice, error) {
	if err := tx.May("notice", "create"); err != nil {
		return nil, err
	}
	n, err := noticeByID(tx.DB, id)
	if err != nil {
		return nil, err
	}
	if n.ByUserID != tx.Actor.UserID && !tx.roles().Any(policy.CommitteeRoles) {
		return nil, problem.New(problem.Forbidden, "policy.forbidden", nil).Because("G2 notice: another's draft")
	}
	if n.State != models.NoticeDraft {
		return nil, problem.New(problem.Conflict, "policy.notice.state", nil)
	}
	return n, nil
}

// DropNotice gives a draft up. It was never public, so nothing of it stays.
func (t *Tenant) DropNotice(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.ownDraft(id); err != nil {
			return err
		}
		if err := Changed(tx.Where("id = ? AND state = ?", id, models.NoticeDraft).Delete(&models.Notice{})); err != nil {
			return err
		}
		tx.Audit("notice.drop", id, nil)
		return tx.removeFiles(ownerNotice, id)
	})
}

// SubmitNotice hands a draft on: to the supervision committee where it signs,
// else to the director.
func (t *Tenant) SubmitNotice(ctx context.Context, actor models.Actor, id models.ID) (*models.Notice, error) {
	var n *models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if n, err = tx.ownDraft(id); err != nil {
			return err
		}
		if err := tx.moveNotice(n, models.NoticeSubmitted); err != nil {
			return err
		}
		tx.Audit("notice.submit", id, nil)
		next, key := models.RoleDirector, "notice.tell.publish"
		if policy.NeedsSupervisor(n.Kind, n.Category) {
			next, key = models.RoleSupervisor, "notice.tell.sign"
		}
		return tx.tellPost(next, key, problem.Args{"title": n.Title}, tx.noticeDesk(id))
	})
	return n, err
}

// moveNotice changes the state if it still is what was read. UpdateColumns here
// and below, because GORM would put an instant of its own into updated_at, by
// which those who sign say what they have read.
func (tx *Tx) moveNotice(n *models.Notice, to models.NoticeState) error {
	from := n.State
	n.State, n.UpdatedAt = to, tx.Now
	return Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ?", n.ID, from).Select("state", "updated_at").UpdateColumns(n))
}

func (tx *Tx) noticeDesk(id models.ID) string {
	return "/admin/" + tx.Community.Code + "/notices/" + id.String()
}

// SignNotice is the signature of the supervision committee. supervisor_id = 0
// stands in the condition, so that two cannot sign. seen is the UpdatedAt of
// what the signer read: what was rewritten since is not signed.
func (t *Tenant) SignNotice(ctx context.Context, actor models.Actor, id models.ID, seen time.Time) (*models.Notice, error) {
	var n *models.Notice
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("notice", "sign"); err != nil {
			return err
		}
		if n, err = noticeByID(tx.DB, id); err != nil {
			return err
		}
		if err := policy.MaySignNotice(*n, tx.signer(models.RoleSupervisor)); err != nil {
			return err
		}
		if !n.UpdatedAt.Equal(seen) {
			return problem.New(problem.Conflict, "notice.rewritten", nil)
		}
		n.SupervisorID, n.Supervisor, n.SupervisedAt, n.UpdatedAt = actor.UserID, tx.actorName(models.RoleSupervisor), &tx.Now, tx.Now
		err = Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ? AND supervisor_id = 0 AND updated_at = ?", id, models.NoticeSubmitted, seen).
			Select("supervisor_id", "supervisor", "supervised_at", "updated_at").UpdateColumns(n))
		if err != nil {
			return err
		}
		tx.Audit("notice.sign", id, nil)
		return tx.tellPost(models.RoleDirector, "notice.tell.publish", problem.Args{"title": n.Title}, tx.noticeDesk(id))
	})
	return n, err
}

// SendBackNotice makes a submitted notice a draft again, with a reason; a
// signature that was given is void.
func (t *Tenant) SendBackNotice(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("notice", "sign"), tx.May("notice", "publish")); err != nil {
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
		to, err := policy.Next(policy.NoticeMoves, n.State, "send_back", tx.roles())
		if err != nil {
			return err
		}
		back := models.Notice{State: to, UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.Notice{}).Where("id = ? AND state = ?", id, n.State).
			Select("state", "supervisor_id", "supervisor", "supervised_at", "updated_at").UpdateColumns(&back))
		if err != nil {
			return err
		}
		tx.Audit("notice.send_back", id, nil)
		err = tx.Tell(n.ByUserID, "notice.tell.back", problem.Args{"title": n.Title, "reason": reason}, tx.noticeDesk(id))
		if problem.Is(err, problem.NotFound) {
			return nil // the author has closed the login
		}
		return err
	})
}

// errorsFirst is nil if one of the permissions is given.
func errorsFirst(all ...error) error {
	for _, err := range all {
		if err == nil {
			return nil
		}
	}
	return all[0]
}
