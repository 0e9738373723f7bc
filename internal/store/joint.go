package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Joint meetings of an estate's parties, what units promise, what owners'
// committees announce.

// JointDraft is a joint meeting as it is recorded.
type JointDraft struct {
	BodyID  models.ID // the estate on whose board it stands
	Title   string
	Day     models.Date
	Place   string
	Agenda  string
	Outcome string
	Parties []models.JointParty // BodyID 0: the residents' committee
}

// JointView is a joint meeting with its parties.
type JointView struct {
	models.JointMeeting
	Body     models.Body
	Parties  []models.JointParty
	Decision *models.Decision
}

// HoldJoint records a joint meeting; when at least two parties were there and
// all agreed, the outcome is a decision on the estate's board. Refusals:
// Forbidden, NotFound, Invalid with fields.
func (t *Tenant) HoldJoint(ctx context.Context, actor models.Actor, d JointDraft) (*models.JointMeeting, error) {
	var m models.JointMeeting
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil {
			return err
		}
		if err := tx.checkJoint(b, &d); err != nil {
			return err
		}
		m = models.JointMeeting{Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, BodyID: b.ID, Title: d.Title, Day: d.Day, Place: d.Place, Agenda: d.Agenda, Outcome: d.Outcome, ByUserID: actor.UserID, CreatedAt: tx.Now}
		agreed := 0
		for i := range d.Parties {
			p := &d.Parties[i]
			p.ID, p.MeetingID = tx.NewID(), m.ID
			if p.Agreed {
				agreed++
			}
			if err := tx.Create(p).Error; err != nil {
				return lostRace(err)
			}
		}
		if agreed == len(d.Parties) {
			dec := models.Decision{Class: models.MatterJoint, Mode: models.ByJoint, BodyID: b.ID, Title: d.Title, Text: d.Outcome, Day: d.Day,
				Entitled: len(d.Parties), Present: len(d.Parties), Yes: agreed, QuorumArticle: "joint", MajorityArticle: "joint"}
			if err := tx.decide(&dec); err != nil {
				return err
			}
			m.DecisionID = dec.ID
		}
		tx.Audit("joint.hold", m.ID, map[string]int{"parties": len(d.Parties), "agreed": agreed})
		tx.Touch("assembly")
		return tx.Create(&m).Error
	})
	return &m, err
}

func (tx *Tx) checkJoint(estate *models.Body, d *JointDraft) error {
	var f problem.Form
	d.Title, d.Place, d.Agenda, d.Outcome = cleanLine(d.Title), cleanLine(d.Place), strings.TrimSpace(d.Agenda), strings.TrimSpace(d.Outcome)
	length(&f, "title", d.Title, 4, maxMatterTitle)
	length(&f, "place", d.Place, 2, 100)
	length(&f, "agenda", d.Agenda, 4, 2000)
	length(&f, "outcome", d.Outcome, 4, 4000)
	if !slices.Contains([]models.BodyKind{models.BodyCompound, models.BodyOwners, models.BodyProperty}, estate.Kind) {
		f.Add("body", "form.choose", nil)
	}
	if !d.Day.Valid() || d.Day > tx.Day() {
		f.Add("day", "body.vote.day", nil)
	}
	if len(d.Parties) < 2 {
		f.Add("parties", "joint.parties", nil)
	}
	for i := range d.Parties {
		p := &d.Parties[i]
		p.Delegate = cleanLine(p.Delegate)
		if p.BodyID != 0 {
			b, err := bodyByID(tx.DB, p.BodyID)
			if err != nil {
				return err
			}
			p.Name = b.Name
		}
		if n := len([]rune(p.Delegate)); n < 2 || n > 50 {
			f.Add("parties", "joint.delegate", nil)
		}
	}
	return f.Err()
}

// Joints are the joint meetings, of one estate or all (0), the newest first.
func (t *Tenant) Joints(ctx context.Context, body models.ID, limit int) ([]models.JointMeeting, error) {
	q := t.db(ctx)
	if body != 0 {
		q = q.Where("body_id = ?", body)
	}
	var rows []models.JointMeeting
	err := q.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Joint is one joint meeting.
func (t *Tenant) Joint(ctx context.Context, id models.ID) (*JointView, error) {
	db, v := t.db(ctx), &JointView{}
	if err := db.Where("id = ?", id).Take(&v.JointMeeting).Error; err != nil {
		return nil, notFound(err)
	}
	b, err := bodyByID(db, v.BodyID)
	if err != nil {
		return nil, err
	}
	v.Body = *b
	if err := db.Where("meeting_id = ?", id).Order("id").Find(&v.Parties).Error; err != nil {
		return nil, err
	}
	if v.DecisionID != 0 {
		v.Decision, err = decisionByID(db, v.DecisionID)
	}
	return v, err
}

// PledgeCobuild records what a unit promises for a year: one thing or two.
// Refusals: Forbidden, NotFound, Conflict for a third, Invalid with fields.
func (t *Tenant) PledgeCobuild(ctx context.Context, actor models.Actor, d models.CobuildPledge) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil {
			return err
		}
		var f problem.Form
		d.Title = cleanLine(d.Title)
		length(&f, "title", d.Title, 4, 80)
		if d.Year < 2020 || d.Year > tx.Day().Time().Year()+1 {
			f.Add("year", "form.number", problem.Args{"least": 2020, "most": tx.Day().Time().Year() + 1})
		}
		if !d.DueDay.Valid() {
			f.Add("due", "form.date", nil)
		}
		if len(policy.BodyRuleOf(b.Kind).Units) > 0 {
			f.Add("body", "form.choose", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		// Locks the unit: of two who record at once one is the third.
		if err := Changed(tx.Model(&models.Body{}).Where("id = ?", b.ID).Update("updated_at", tx.Now)); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.CobuildPledge{}).Where("body_id = ? AND year = ? AND state <> ?", b.ID, d.Year, models.CobuildDropped).Count(&n).Error; err != nil {
			return err
		}
		if n >= policy.CobuildPerYear {
			return problem.New(problem.Conflict, "cobuild.enough", problem.Args{"n": policy.CobuildPerYear})
		}
		d.ID, d.CommunityID, d.State, d.CreatedAt, d.UpdatedAt = tx.NewID(), 0, models.CobuildPromised, tx.Now, tx.Now
		tx.Audit("cobuild.pledge", d.ID, nil)
		tx.Touch("assembly")
		return tx.Create(&d).Error
	})
}

// MoveCobuild changes the state of a pledge, with a note. Refusals: Forbidden,
// NotFound, Conflict when it is done or dropped, Invalid.
func (t *Tenant) MoveCobuild(ctx context.Context, actor models.Actor, id models.ID, to models.CobuildState, note string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var p models.CobuildPledge
		if err := tx.Where("id = ?", id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		var f problem.Form
		note = cleanLine(note)
		length(&f, "note", note, 0, 400)
		if !slices.Contains([]models.CobuildState{models.CobuildDoing, models.CobuildDone, models.CobuildDropped}, to) || to == models.CobuildDropped && note == "" {
			f.Add("state", "form.choose", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("cobuild."+string(to), id, nil)
		tx.Touch("assembly")
		return Changed(tx.Model(&models.CobuildPledge{}).Where("id = ? AND state IN ?", id, []models.CobuildState{models.CobuildPromised, models.CobuildDoing}).
			Select("state", "note", "updated_at").UpdateColumns(&models.CobuildPledge{State: to, Note: note, UpdatedAt: tx.Now}))
	})
}

// Cobuilds are the pledges of a year.
func (t *Tenant) Cobuilds(ctx context.Context, year int) ([]models.CobuildPledge, error) {
	var rows []models.CobuildPledge
	err := t.db(ctx).Where("year = ?", year).Order("body_id, id").Find(&rows).Error
	return rows, err
}

// AnnounceOwners tells the committee of an owners' meeting: by the owners'
// committee's delegate on the phone, or recorded at the desk. Refusals:
// Forbidden, NotFound, Invalid with fields.
func (t *Tenant) AnnounceOwners(ctx context.Context, actor models.Actor, d models.OwnersNotice) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil {
			return err
		}
		mine, err := mandateOf(tx.DB, actor.UserID, models.BodyOwners, models.SitsContact, tx.Day())
		if err != nil {
			return err
		}
		if mine == nil || mine.BodyID != b.ID {
			if err := tx.May("assembly", "prepare"); err != nil {
				return err
			}
		}
		var f problem.Form
		d.Agenda, d.Place = strings.TrimSpace(d.Agenda), cleanLine(d.Place)
		length(&f, "agenda", d.Agenda, 4, 2000)
		length(&f, "place", d.Place, 2, 100)
		if b.Kind != models.BodyOwners {
			f.Add("body", "form.choose", nil)
		}
		if !d.MeetingDay.Valid() || d.MeetingDay < tx.Day() {
			f.Add("day", "policy.session.past", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		id = tx.NewID()
		row := models.OwnersNotice{Tenant: models.Tenant{ID: id}, BodyID: b.ID, MeetingDay: d.MeetingDay, Place: d.Place, Agenda: d.Agenda, UserID: actor.UserID, Name: actor.Name, CreatedAt: tx.Now}
		tx.Audit("owners.announce", id, nil)
		tx.Touch("assembly")
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.tellPost(models.RoleDirector, "owners.tell", problem.Args{"name": b.Name, "date": d.MeetingDay}, "/admin/"+tx.Community.Code+"/assembly/joint")
	})
	return id, err
}

// OpineOwners is the committee's opinion before an owners' meeting, once.
// Refusals: Forbidden, NotFound, Conflict, Invalid.
func (t *Tenant) OpineOwners(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var n models.OwnersNotice
		if err := tx.Where("id = ?", id).Take(&n).Error; err != nil {
			return notFound(err)
		}
		text = strings.TrimSpace(text)
		var f problem.Form
		length(&f, "opinion", text, leastReason, 2000)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.OwnersNotice{Opinion: text, OpinionBy: actor.UserID, Opiner: tx.actorName(tx.actingRole(noticeWriters...)), OpinionAt: &tx.Now}
		tx.Audit("owners.opinion", id, tx.words(text))
		tx.Touch("assembly")
		if err := Changed(tx.Model(&models.OwnersNotice{}).Where("id = ? AND opinion_at IS NULL", id).Select("opinion", "opinion_by", "opiner", "opinion_at").UpdateColumns(&now)); err != nil {
			return err
		}
		err := tx.Tell(n.UserID, "owners.tell.opinion", nil, "/"+tx.Community.Code+"/bodies/"+n.BodyID.String())
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		return err
	})
}

// OwnersNotices are announcements of owners' meetings, of one body or all (0),
// the newest first.
func (t *Tenant) OwnersNotices(ctx context.Context, body models.ID, limit int) ([]models.OwnersNotice, error) {
	q := t.db(ctx)
	if body != 0 {
		q = q.Where("body_id = ?", body)
	}
	var rows []models.OwnersNotice
	err := q.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}
