package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// BoardText is a notice in words, made by the page that showed it before: what
// hangs on the board is what somebody has read.
type BoardText struct {
	Title string
	Body  string

	item   *models.DisclosureItem // of the catalogue, which it fulfils
	period string
}

// meetingCategory is where notices of meetings stand in the catalogue: matters
// that were settled by consultation and their state (art. 34 (五)).
const meetingCategory = "D5"

// meetingNotice puts a text on the board, as a new notice or as the next version
// of the one that thread names, with its number, display and fingerprint.
func (tx *Tx) meetingNotice(old models.ID, text BoardText, reason string) (*models.Notice, error) {
	role := tx.actingRole(models.RoleDirector, models.RoleSupervisor, models.RoleStreet)
	n := &models.Notice{
		Tenant: models.Tenant{ID: tx.NewID()}, Version: 1, Kind: models.NoticeCommittee, Category: meetingCategory, Title: text.Title, Body: text.Body,
		State: models.NoticeDraft, Reason: reason, ByUserID: tx.Actor.UserID, ByName: tx.actorName(role), CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	n.ThreadID = n.ID
	if text.item != nil {
		n.Category, n.ItemID, n.Period = text.item.Category, text.item.ID, text.period
	}
	if old != 0 {
		before, err := noticeByID(tx.DB, old)
		if err != nil {
			return nil, err
		}
		n.ThreadID, n.Version = before.ThreadID, before.Version+1
	}
	if err := tx.Create(n).Error; err != nil {
		return nil, err
	}
	if err := tx.makePublic(n, role); err != nil {
		return nil, err
	}
	return n, tx.afterNotice(n)
}

// PublishMeeting puts the notice of a meeting on the board and opens signing
// up. seen is the UpdatedAt of what was read. Refusals: Forbidden, Conflict
// (rewritten, or somebody must still be invited: key meeting.uninvited), TooLate
// with the first day that would be allowed.
func (t *Tenant) PublishMeeting(ctx context.Context, actor models.Actor, id models.ID, text BoardText, seen time.Time) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "publish", "publish")
		if err != nil {
			return err
		}
		if err := stale(seen, was.UpdatedAt); err != nil {
			return err
		}
		if err := policy.CheckMeetingNotice(was.Kind, tx.Day(), models.DateOf(was.StartAt), false); err != nil {
			return err
		}
		var invited []models.MeetingBody
		if err := tx.Model(&models.MeetingInvite{}).Distinct("body").Where("meeting_id = ?", id).Pluck("body", &invited).Error; err != nil {
			return err
		}
		if missing := policy.MeetingRuleOf(was.Kind).Uninvited(invited); len(missing) > 0 {
			return problem.New(problem.Conflict, "meeting.uninvited", problem.Args{"n": len(missing)})
		}
		if err := tx.beginAppraisal(was); err != nil {
			return err
		}
		n, err := tx.meetingNotice(0, text, "")
		if err != nil {
			return err
		}
		now.NoticeID, now.Number, now.PublishedAt = n.ID, n.Number, &tx.Now
		columns := []string{"notice_id", "number", "published_at"}
		if was.Allotment == models.AllotLottery {
			secret := randomText(lotterySecret)
			now.SeedSeal, now.SeedHash = tx.store.opt.Keys.Seal(sealMeetingSeed, id, secret), policy.LotterySecretHash(secret)
			columns = append(columns, "seed_seal", "seed_hash")
		}
		if err := tx.changeMeeting(was, now, columns...); err != nil {
			return err
		}
		tx.Touch("home")
		tx.Audit("meeting.publish", id, map[string]string{"notice": n.ID.String()})
		if err := tx.linkCase(was); err != nil {
			return err
		}
		args := problem.Args{"title": was.Title, "time": was.StartAt}
		if err := tx.tellFollowers(subjectMeetings, "meeting.tell.called", args, meetingPath(tx.Community, id)); err != nil {
			return err
		}
		return tx.tellInvited(id, "meeting.tell.invited", args)
	})
}

// beginAppraisal is what the notice of an appraisal or a review begins besides.
func (tx *Tx) beginAppraisal(m *models.CivicMeeting) error {
	switch m.Kind {
	case models.MeetingAppraisal:
		return tx.callAppraisal(m)
	case models.MeetingReview:
		return tx.callReview(m)
	}
	return nil
}

// tellInvited tells whoever was invited with a telephone: by text message, since
// they may have no login.
func (tx *Tx) tellInvited(id models.ID, key string, args problem.Args) error {
	var rows []models.MeetingInvite
	if err := tx.Where("meeting_id = ? AND phone_index IS NOT NULL", id).Find(&rows).Error; err != nil {
		return err
	}
	for _, in := range rows {
		phone, err := tx.store.opt.Keys.Open(sealInvitePhone, in.ID, in.PhoneSeal)
		if err != nil {
			return err
		}
		all := problem.Args{argLang: "zh-CN", "name": in.Name, "community": tx.Community.Name}
		for k, v := range args {
			all[k] = v
		}
		if err := tx.Send("sms", phone, key, all, 0, inviteLife); err != nil {
			return err
		}
	}
	return nil
}

const lotterySecret = 32

// MeetingChange is what may change after the notice.
type MeetingChange struct {
	Place      string
	Start, End time.Time
	Reason     string
}

// ChangeMeeting moves a meeting to another place or time: the notice gets its
// next version, everybody who signed up is told. A new day needs as much notice
// as the first had. Refusals: as PublishMeeting.
func (t *Tenant) ChangeMeeting(ctx context.Context, actor models.Actor, id models.ID, ch MeetingChange, text BoardText) error {
	reason, err := checkReason(ch.Reason)
	if err != nil {
		return err
	}
	ch.Place = cleanLine(ch.Place)
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "publish", "change")
		if err != nil {
			return err
		}
		now.Place, now.StartAt, now.EndAt, now.Reason, now.Revision = ch.Place, models.Moment(ch.Start), models.Moment(ch.End), reason, was.Revision+1
		if !now.StartAt.Equal(was.StartAt) {
			if err := policy.CheckMeetingNotice(was.Kind, tx.Day(), models.DateOf(now.StartAt), false); err != nil {
				return err
			}
			now.ChangeUntil = policy.DefaultChangeUntil(now.StartAt)
			now.SignupUntil = now.ChangeUntil
			if was.Allotment == models.AllotLottery { // whoever entered counts on the day of the draw
				now.SignupUntil = was.SignupUntil
				if now.SignupUntil.After(now.ChangeUntil) {
					now.SignupUntil = now.ChangeUntil
				}
			}
		}
		if err := checkMoved(now); err != nil {
			return err
		}
		n, err := tx.meetingNotice(was.NoticeID, text, reason)
		if err != nil {
			return err
		}
		now.NoticeID, now.Number = n.ID, n.Number
		err = tx.changeMeeting(was, now, "place", "start_at", "end_at", "reason", "revision", "change_until", "signup_until", "notice_id", "number")
		if err != nil {
			return err
		}
		tx.Touch("home")
		tx.Audit("meeting.change", id, map[string]string{"notice": n.ID.String()})
		if err := tx.Model(&models.MeetingSignup{}).Where("meeting_id = ?", id).Update("reminded_at", nil).Error; err != nil {
			return err
		}
		args := problem.Args{"title": was.Title, "time": now.StartAt, "place": now.Place}
		return firstError(tx.tellSignedUp(id, standing, "meeting.tell.changed", args), tx.tellByPhone(id, "meeting.tell.guest.changed", args))
	})
}

func checkMoved(m *models.CivicMeeting) error {
	var f problem.Form
	if n := len([]rune(m.Place)); n == 0 || n > maxMeetingLine {
		f.Add("place", "form.needed", nil)
	}
	if !m.EndAt.After(m.StartAt) || m.EndAt.Sub(m.StartAt) > mostMeetingHours*time.Hour {
		f.Add("end", "meeting.end.wrong", problem.Args{"n": mostMeetingHours})
	}
	return f.Err()
}

// CancelMeeting calls a meeting off, with the reason, on the board and to
// everybody who signed up.
func (t *Tenant) CancelMeeting(ctx context.Context, actor models.Actor, id models.ID, reason string, text BoardText) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		was, now, err := tx.actOn(id, "publish", "cancel")
		if err != nil {
			return err
		}
		n, err := tx.meetingNotice(was.NoticeID, text, reason)
		if err != nil {
			return err
		}
		now.NoticeID, now.Number, now.Reason, now.Revision = n.ID, n.Number, reason, was.Revision+1
		if err := tx.changeMeeting(was, now, "notice_id", "number", "reason", "revision"); err != nil {
			return err
		}
		tx.Touch("home")
		tx.Audit("meeting.cancel", id, map[string]string{"notice": n.ID.String()})
		if err := tx.tellCase(was, text.Title+" "+n.Number); err != nil {
			return err
		}
		args := problem.Args{"title": was.Title, "time": was.StartAt}
		return firstError(tx.tellSignedUp(id, standing, "meeting.tell.cancelled", args), tx.tellByPhone(id, "meeting.tell.guest.cancelled", args))
	})
}

// tellSignedUp tells those who signed up and stand in one of the states.
func (tx *Tx) tellSignedUp(id models.ID, states []models.PlaceState, key string, args problem.Args) error {
	of := func(column string) *gorm.DB {
		return tx.Model(&models.MeetingSignup{}).Select(column).
			Where("community_id = ? AND meeting_id = ? AND state IN ?", tx.chain, id, states)
	}
	var users []models.User
	if err := tx.Where("closed_at IS NULL AND (id IN (?) OR id IN (?))", of("user_id"), of("for_user")).Order("id").Find(&users).Error; err != nil {
		return err
	}
	return tx.tellAll(users, key, args, meetingPath(tx.Community, id)+"/mine")
}

// lockMeeting lets papers be added until a meeting is over: the responsible
// unit brings its written material to the hearing.
func (tx *Tx) lockMeeting(id models.ID) error {
	if err := tx.May("meeting", "create"); err != nil {
		return err
	}
	tx.Touch(subjectMeetings)
	return openOwner(tx.Model(&models.CivicMeeting{}).Where("id = ? AND state IN ?", id,
		[]models.MeetingState{models.MeetingDraft, models.MeetingCalled, models.MeetingHeld}).UpdateColumn("revision", gorm.Expr("revision + 0")))
}
