package store

import (
	"context"
	"encoding/json"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Minutes that are filed with the street are told to its officers inside Juwu;
// where the street has named a system of its own that takes webhooks, it gets
// them as well.

// ChannelHook is the outbox channel to other systems: the recipient is
// "community/target", the message is one for a program.
const ChannelHook = "hook"

// argBody is the message of ChannelHook.
const argBody = "body"

// fileMinutes puts published minutes into the outbox for each of the street's
// own systems. Only what stands on the board goes along. A new version goes in
// place of one that did not arrive.
func (tx *Tx) fileMinutes(m *models.CivicMeeting, r models.Minutes) error {
	err := tx.Model(&models.MinutesFiling{}).Where("meeting_id = ? AND state = ?", m.ID, models.FilingFailed).
		UpdateColumns(map[string]any{"state": models.FilingReplaced, "updated_at": tx.Now}).Error
	if err != nil {
		return err
	}
	var to []models.HandoverTarget
	err = tx.Where("kind = ? AND officials = ? AND off = ?", models.HandoverWebhook, true, false).Order("id").Find(&to).Error
	if err != nil || len(to) == 0 {
		return err
	}
	body, err := tx.minutesCopy(m, r)
	if err != nil {
		return err
	}
	for _, t := range to {
		row := models.MinutesFiling{Tenant: models.Tenant{ID: tx.NewID()}, MeetingID: m.ID, MinutesID: r.ID, TargetID: t.ID, TargetName: t.Name, CreatedAt: tx.Now}
		if err := tx.sendFiling(&row, body); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// HookTarget is where a parcel of ChannelHook goes, with the secret as it is
// now. Refusals: NotFound when it was taken out of use.
func (s *Store) HookTarget(ctx context.Context, recipient string) (to models.HandoverTarget, secret string, err error) {
	community, target, _ := strings.Cut(recipient, "/")
	chain, _ := models.ParseID(community)
	id, _ := models.ParseID(target)
	err = s.everywhere(ctx).Where("community_id = ? AND id = ? AND kind = ? AND off = ?", chain, id, models.HandoverWebhook, false).Limit(1).Find(&to).Error
	if err != nil {
		return to, "", err
	}
	if to.ID == 0 {
		return to, "", problem.New(problem.NotFound, "page.notfound", nil)
	}
	secret, err = s.opt.Keys.Open(sealHandoverSecret, to.ID, to.SecretSeal)
	return to, secret, err
}

// minutesCopy is what stands on the board, for a program.
func (tx *Tx) minutesCopy(m *models.CivicMeeting, r models.Minutes) (string, error) {
	b, err := json.Marshal(models.MinutesCopy{Meeting: m.ID, Community: tx.Community.Code, Kind: m.Kind, Title: m.Title, Day: models.DateOf(m.StartAt),
		Number: r.Number, Version: r.Version, Preferred: r.Preferred, Page: meetingPath(tx.Community, m.ID)})
	return string(b), err
}

// sendFiling puts a filing into the outbox and marks it as on its way.
func (tx *Tx) sendFiling(f *models.MinutesFiling, body string) (err error) {
	f.OutboxID, err = tx.enqueue(ChannelHook, tx.chain.String()+"/"+f.TargetID.String(), "", problem.Args{argBody: body}, 0, models.FilingLife)
	f.State, f.Tries, f.TriedAt, f.Error, f.UpdatedAt = models.FilingWaiting, 0, nil, "", tx.Now
	return err
}

// filings are the filings that a message carries, in whatever community.
func (tx *Tx) filings(outbox models.ID) *gorm.DB {
	return scoped(tx.DB, allTenants).Model(&models.MinutesFiling{}).Where("outbox_id = ? AND state = ?", outbox, models.FilingWaiting)
}

// filingTried notes a try that is not the last.
func (tx *Tx) filingTried(p Parcel, class string) error {
	if p.Channel != ChannelHook {
		return nil
	}
	return tx.filings(p.ID).Select("tries", "tried_at", "error", "updated_at").
		UpdateColumns(&models.MinutesFiling{Tries: p.Attempts, TriedAt: &tx.Now, Error: class, UpdatedAt: tx.Now}).Error
}

// filingSettled notes how a message that carried minutes ended.
func (tx *Tx) filingSettled(outbox models.ID, state models.OutboxState, class string) error {
	now := map[string]any{"state": models.FilingFailed, "error": class, "updated_at": tx.Now}
	switch state {
	case models.OutboxSent:
		now["state"] = models.FilingSent
		fallthrough
	case models.OutboxFailed:
		now["tries"], now["tried_at"] = gorm.Expr("tries + 1"), tx.Now
	}
	return tx.filings(outbox).UpdateColumns(now).Error
}

// Filings are how the sending of a meeting's minutes stands, by version and
// system, the newest first.
func (t *Tenant) Filings(ctx context.Context, meeting models.ID) (rows []models.MinutesFiling, err error) {
	return rows, t.db(ctx).Where("meeting_id = ?", meeting).Order("id DESC").Limit(50).Find(&rows).Error
}

// Filing is one of them. Refusals: NotFound.
func (t *Tenant) Filing(ctx context.Context, meeting, id models.ID) (f models.MinutesFiling, err error) {
	return f, notFound(t.db(ctx).Where("id = ? AND meeting_id = ?", id, meeting).Take(&f).Error)
}

// FailedFilings are meetings whose published minutes did not reach a system of
// the street, while nobody has brought them there and the street has not taken
// them in.
func (t *Tenant) FailedFilings(ctx context.Context) (rows []models.CivicMeeting, err error) {
	late := t.db(ctx).Model(&models.MinutesFiling{}).Select("meeting_id").
		Where("community_id = ? AND state = ? AND minutes_id IN (SELECT id FROM minutes WHERE community_id = ? AND received_at IS NULL)", t.Community.ID, models.FilingFailed, t.Community.ID)
	return rows, t.db(ctx).Select("community_id", "id", "title").Where("id IN (?)", late).Order("id").Limit(20).Find(&rows).Error
}

// FileAgain sends minutes once more to a system that did not get them. Refusals: Forbidden, NotFound,
// Conflict when it is on its way, has arrived, or the system is out of use.
func (t *Tenant) FileAgain(ctx context.Context, actor models.Actor, meeting, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, f, err := tx.failedFiling(meeting, id)
		if err != nil {
			return err
		}
		to, _, err := tx.openTarget(f.TargetID)
		if err != nil {
			return err
		}
		if to.ID == 0 {
			return problem.New(problem.Conflict, "meeting.filing.off", problem.Args{"name": f.TargetName})
		}
		var r models.Minutes
		if err := tx.Where("id = ? AND published_at IS NOT NULL", f.MinutesID).Take(&r).Error; err != nil {
			return notFound(err)
		}
		body, err := tx.minutesCopy(m, r)
		if err != nil {
			return err
		}
		if err := tx.sendFiling(f, body); err != nil {
			return err
		}
		return tx.changeFiling(f, "meeting.refile")
	})
}

// FiledByHand notes that minutes which the system did not get were brought to
// the street some other way. Refusals: Forbidden, NotFound, Invalid (field
// how), Conflict when they are on their way or have arrived.
func (t *Tenant) FiledByHand(ctx context.Context, actor models.Actor, meeting, id models.ID, how string) error {
	how = cleanLine(how)
	var form problem.Form
	switch n := len([]rune(how)); {
	case n < leastReason:
		form.Add("how", "form.needed", nil)
	case n > maxFiledHow:
		form.Add("how", "form.toolong", problem.Args{"n": n - maxFiledHow, "limit": maxFiledHow})
	}
	if err := form.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, f, err := tx.failedFiling(meeting, id)
		if err != nil {
			return err
		}
		f.State, f.Note, f.ByName, f.UpdatedAt = models.FilingByHand, how, tx.actorName(tx.actingRole(models.RoleDirector, models.RoleSupervisor, models.RoleStreet)), tx.Now
		return tx.changeFiling(f, "meeting.byhand")
	})
}

const maxFiledHow = 200

// failedFiling is a filing of the meeting for which somebody has to act.
func (tx *Tx) failedFiling(meeting, id models.ID) (*models.CivicMeeting, *models.MinutesFiling, error) {
	if err := tx.May("meeting", "publish"); err != nil {
		return nil, nil, err
	}
	m, err := meetingByID(tx.DB, meeting)
	if err != nil {
		return nil, nil, err
	}
	if !policy.MeetingRuleOf(m.Kind).Makers.Any(tx.roles()) {
		return nil, nil, problem.New(problem.Forbidden, "policy.forbidden", nil).Because("A2: minutes")
	}
	var f models.MinutesFiling
	if err := tx.Where("id = ? AND meeting_id = ?", id, meeting).Take(&f).Error; err != nil {
		return nil, nil, notFound(err)
	}
	if f.State != models.FilingFailed {
		return nil, nil, problem.New(problem.Conflict, "page.conflict", nil)
	}
	return m, &f, nil
}

func (tx *Tx) changeFiling(f *models.MinutesFiling, action string) error {
	err := Changed(tx.Model(&models.MinutesFiling{}).Where("id = ? AND state = ?", f.ID, models.FilingFailed).
		Select("outbox_id", "state", "tries", "tried_at", "error", "note", "by_name", "updated_at").UpdateColumns(f))
	if err != nil {
		return err
	}
	tx.Touch(subjectMeetings)
	tx.Audit(action, f.MeetingID, map[string]string{"target": f.TargetID.String()})
	return nil
}
