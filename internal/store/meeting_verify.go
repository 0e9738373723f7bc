package store

import (
	"context"
	"fmt"

	"juwu/models"
	"juwu/policy"
)

// checkMeetings holds the seats against those who have them, the numbers of
// opinions, each published draw, and the notice that stands behind each meeting.
func (t *Tenant) checkMeetings(ctx context.Context, found func(string)) error {
	var seats []models.MeetingSeats
	if err := t.db(ctx).Find(&seats).Error; err != nil {
		return err
	}
	var held []struct {
		MeetingID models.ID
		Part      models.MeetingPart
		Pool      models.MeetingPool
		N         int
	}
	err := t.db(ctx).Model(&models.MeetingSignup{}).Select("meeting_id, part, pool, COUNT(*) AS n").
		Where("state IN ? AND pool <> ''", []models.PlaceState{models.PlaceSeated, models.PlaceOffered}).Group("meeting_id, part, pool").Scan(&held).Error
	if err != nil {
		return err
	}
	type key struct {
		meeting models.ID
		part    models.MeetingPart
		pool    models.MeetingPool
	}
	count := map[key]int{}
	for _, h := range held {
		count[key{h.MeetingID, h.Part, h.Pool}] = h.N
	}
	for _, s := range seats {
		n := count[key{s.MeetingID, s.Part, s.Pool}]
		if n != s.Taken || s.Taken > s.Total {
			found(fmt.Sprintf("meeting %s: %d of %d seats %s/%s are held, the counter says %d", s.MeetingID, n, s.Total, s.Part, s.Pool, s.Taken))
		}
	}
	if err := t.checkMinutesFilings(ctx, found); err != nil {
		return err
	}
	return t.checkMeetingRows(ctx, found)
}

// checkMinutesFilings: minutes that are said to be on their way to the street are in
// the outbox.
func (t *Tenant) checkMinutesFilings(ctx context.Context, found func(string)) error {
	var lost []models.MinutesFiling
	err := t.db(ctx).Where("state = ? AND outbox_id NOT IN (SELECT id FROM outbox_messages WHERE state = ?)", models.FilingWaiting, models.OutboxWaiting).Find(&lost).Error
	for _, f := range lost {
		found(fmt.Sprintf("meeting %s: its minutes are said to be on their way to system %s, but no message carries them", f.MeetingID, f.TargetID))
	}
	return err
}

func (t *Tenant) checkMeetingRows(ctx context.Context, found func(string)) error {
	var rows []models.CivicMeeting
	if err := t.db(ctx).Where("state IN ?", publicMeetings).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		m := &rows[i]
		var opinions int64
		if err := t.db(ctx).Model(&models.MeetingOpinion{}).Where("meeting_id = ?", m.ID).Count(&opinions).Error; err != nil {
			return err
		}
		if int(opinions) != m.Opinions {
			found(fmt.Sprintf("meeting %s: %d opinions, the last number is %d", m.ID, opinions, m.Opinions))
		}
		if err := t.db(ctx).Model(&models.MeetingOpinion{}).Where("meeting_id = ? AND answered_at IS NOT NULL", m.ID).Count(&opinions).Error; err != nil {
			return err
		}
		if int(opinions) != m.Answered {
			found(fmt.Sprintf("meeting %s: %d answers, the counter says %d", m.ID, opinions, m.Answered))
		}
		var n models.Notice
		if err := t.db(ctx).Where("id = ?", m.NoticeID).Limit(1).Find(&n).Error; err != nil {
			return err
		}
		if n.ID == 0 || n.Number != m.Number {
			found(fmt.Sprintf("meeting %s: its notice is not on the board", m.ID))
		}
		if m.Revision == 0 && m.PublishedAt != nil && policy.CheckMeetingNotice(m.Kind, models.DateOf(*m.PublishedAt), models.DateOf(m.StartAt), false) != nil {
			found(fmt.Sprintf("meeting %s: its notice was late", m.ID))
		}
		if m.Seed == "" {
			continue
		}
		l, err := t.Lottery(ctx, m)
		if err != nil {
			return err
		}
		if !l.Redraw() {
			found(fmt.Sprintf("meeting %s: its draw does not come out again", m.ID))
		}
	}
	return nil
}
