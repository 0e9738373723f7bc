package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Minutes that are filed with the street are told to its officers inside Juwu;
// where the street has named a system of its own that takes webhooks, it gets
// them as well.

// ChannelHook is the outbox channel to other systems: the recipient is
// "community/target", the message is one for a program.
const ChannelHook = "hook"

// argBody is the message of ChannelHook.
const argBody = "body"

// filingLife is how long a street's system may be away before what was filed no
// longer goes there by itself; the street reads it in Juwu all the same.
const filingLife = 7 * 24 * time.Hour

// fileMinutes puts published minutes into the outbox for each of the street's
// own systems. Only what stands on the board goes along.
func (tx *Tx) fileMinutes(m *models.CivicMeeting, r models.Minutes) error {
	var to []models.HandoverTarget
	err := tx.Where("kind = ? AND officials = ? AND off = ?", models.HandoverWebhook, true, false).Order("id").Find(&to).Error
	if err != nil || len(to) == 0 {
		return err
	}
	body, err := json.Marshal(models.MinutesCopy{Meeting: m.ID, Community: tx.Community.Code, Kind: m.Kind, Title: m.Title, Day: models.DateOf(m.StartAt),
		Number: r.Number, Version: r.Version, Preferred: r.Preferred, Page: meetingPath(tx.Community, m.ID)})
	if err != nil {
		return err
	}
	for _, t := range to {
		if err := tx.Send(ChannelHook, tx.chain.String()+"/"+t.ID.String(), "", problem.Args{argBody: string(body)}, 0, filingLife); err != nil {
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
