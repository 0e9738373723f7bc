package store

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	maxVisitNote = 1000 // characters
	// visitNotesKept is how long what was said at a door is kept (PIPL art. 19):
	// that there was a visit stays.
	visitNotesKept = 3 * 365 * 24 * time.Hour
)

// VisitDraft is a visit as it is written down.
type VisitDraft struct {
	HouseholdID models.ID
	Day         models.Date
	Manner      models.VisitManner
	Note        string

	// Wish is what was asked for; it becomes a case. "" for nothing.
	Wish         string
	Category     string
	Name, Phone  string // of whoever asked, as at the desk
	Confidential bool
	Once         string
}

// NoteVisit notes a visit, and makes a case of what was asked for in the same
// transaction: no wish is written down without one. Noting it twice is once.
// Refusals: Forbidden, NotFound outside the own grid, Invalid with fields.
func (t *Tenant) NoteVisit(ctx context.Context, actor models.Actor, d VisitDraft) (*models.Visit, error) {
	day := models.DateOf(t.Now())
	h, err := t.Door(ctx, actor, d.HouseholdID)
	if err != nil {
		return nil, err
	}
	d.Note, d.Wish = strings.TrimSpace(d.Note), strings.TrimSpace(d.Wish)
	var f problem.Form
	if d.Manner != models.VisitHome && d.Manner != models.VisitPhone && d.Manner != models.VisitNote {
		f.Add("manner", "form.choose", nil)
	}
	if n := len([]rune(d.Note)); n > maxVisitNote {
		f.Add("note", "form.toolong", problem.Args{"n": n - maxVisitNote, "limit": maxVisitNote})
	}
	if err := firstError(f.Err(), policy.MayNoteVisit(d.Day, day)); err != nil {
		return nil, err
	}
	var category *CaseCategory
	var wish Report
	if d.Wish != "" {
		if category, wish, err = t.visitWish(ctx, h, d); err != nil {
			return nil, err
		}
	}
	v := models.Visit{HouseholdID: d.HouseholdID, BuildingID: h.Building.ID, GridID: h.Building.GridID, Day: d.Day, Manner: d.Manner,
		ByUserID: actor.UserID, ByName: actor.Name}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("visit", "record"); err != nil {
			return err
		}
		if err := tx.Where("household_id = ? AND day = ? AND by_user_id = ? AND manner = ?", v.HouseholdID, v.Day, v.ByUserID, v.Manner).Limit(1).Find(&v).Error; err != nil || v.ID != 0 {
			return firstError(err, tx.sameWish(d))
		}
		v.ID, v.CreatedAt = tx.NewID(), tx.Now
		if d.Note != "" {
			v.NoteSeal = tx.store.opt.Keys.Seal(sealVisitNote, v.ID, d.Note)
		}
		if category != nil {
			c, err := tx.file(wish, category, visitOnce(tx.chain, d), nil)
			if err != nil {
				return err
			}
			v.CaseID = c.ID
		}
		tx.Audit("visit.make", v.ID, map[string]string{"manner": string(v.Manner)})
		tx.Touch("complaints")
		return tx.Create(&v).Error
	})
	if duplicate(err) { // two taps at the same instant: the other one did all of it
		err = t.db(ctx).Where("household_id = ? AND day = ? AND by_user_id = ? AND manner = ?", d.HouseholdID, d.Day, actor.UserID, d.Manner).Take(&v).Error
	}
	return &v, err
}

// sameWish lets a visit that is noted already pass as sent twice; another wish
// would be lost with it.
func (tx *Tx) sameWish(d VisitDraft) error {
	if d.Wish == "" {
		return nil
	}
	var n int64
	if err := tx.Model(&models.Complaint{}).Where("once_hash = ?", visitOnce(tx.chain, d)).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	var f problem.Form
	f.Add("wish", "visit.twice", nil)
	return f.Err()
}

func visitOnce(community models.ID, d VisitDraft) []byte {
	once := sha256.Sum256([]byte("juwu visit once 1\n" + community.String() + "\n" + d.Once))
	return once[:]
}

// visitWish is what was asked for, as a report of the channel home visit.
func (t *Tenant) visitWish(ctx context.Context, h *DoorView, d VisitDraft) (*CaseCategory, Report, error) {
	r := Report{Once: d.Once, Category: d.Category, Channel: models.ChannelVisit, Level: models.LevelNamed, Text: d.Wish, BuildingID: h.Building.ID,
		PinX: -1, PinY: -1, ByOfficer: true, Private: true, Name: d.Name, Phone: d.Phone, Spot: h.Place}
	if d.Confidential {
		r.Level, r.Spot = models.LevelConfidential, "" // the door would say who
	}
	if len(d.Once) < leastOnce {
		return nil, r, problem.New(problem.Invalid, "error.form", nil).Because("visit: once")
	}
	category, err := t.Category(ctx, d.Category)
	if problem.Is(err, problem.NotFound) {
		var f problem.Form
		f.Add("category", "form.choose", nil)
		return nil, r, f.Err()
	}
	if err != nil {
		return nil, r, err
	}
	err = CheckReport(&r, category)
	if p := problem.As(err); p != nil && p.Fields != nil {
		if text, ok := p.Fields["text"]; ok {
			p.Fields["wish"] = text
			delete(p.Fields, "text")
		}
	}
	return category, r, err
}

// PutVisitPlan says how often the households of a grid are visited, or with
// grid 0 those of all others; 0 days takes the grid's own plan away. Who was
// never visited is due a period after this day. Refusals: Forbidden, NotFound,
// Invalid (field days).
func (t *Tenant) PutVisitPlan(ctx context.Context, actor models.Actor, grid models.ID, days int) error {
	if days != 0 && (days < policy.LeastVisitDays || days > policy.MostVisitDays) {
		var f problem.Form
		f.Add("days", "form.number", problem.Args{"least": policy.LeastVisitDays, "most": policy.MostVisitDays})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("visit", "change"); err != nil {
			return err
		}
		if grid != 0 {
			if err := tx.Where("id = ?", grid).Take(&models.Grid{}).Error; err != nil {
				return notFound(err)
			}
		}
		var old models.VisitPlan
		if err := tx.Where("grid_id = ?", grid).Limit(1).Find(&old).Error; err != nil || old.ID != 0 && old.EveryDays == days {
			return err // saving the same once more moves no day
		}
		if err := tx.Where("grid_id = ?", grid).Delete(&models.VisitPlan{}).Error; err != nil {
			return err
		}
		tx.Audit("visit.plan", grid, map[string]int{"days": days})
		tx.Touch("complaints")
		if days == 0 {
			return nil
		}
		return tx.Create(&models.VisitPlan{Tenant: models.Tenant{ID: tx.NewID()}, GridID: grid, EveryDays: days, UpdatedAt: tx.Now}).Error
	})
}

// sweepVisitNotes forgets what was said at doors long ago.
func (t *Tenant) sweepVisitNotes(ctx context.Context, now time.Time) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Model(&models.Visit{}).Where("created_at <= ? AND note_seal IS NOT NULL", now.Add(-visitNotesKept)).Update("note_seal", nil).Error
	})
}

// MyVisit tells a resident that and when their household was visited. What was
// said may be another's word; it is not in here.
type MyVisit struct {
	Community string             `json:"community"`
	Day       models.Date        `json:"day"`
	Manner    models.VisitManner `json:"manner"`
	By        string             `json:"by"`
}

func (s *Store) myVisits(ctx context.Context, actor models.Actor, d *MyData) error {
	for _, l := range actor.Links {
		c := s.CommunityByID(l.CommunityID)
		if l.State != models.LinkConfirmed || c == nil {
			continue
		}
		var rows []models.Visit
		err := s.In(c).db(ctx).Where("household_id = (SELECT household_id FROM residents WHERE community_id = ? AND id = ?)", c.ID, l.ResidentID).
			Order("day DESC, id DESC").Limit(mostLetters).Find(&rows).Error
		if err != nil {
			return err
		}
		for _, v := range rows {
			d.Visits = append(d.Visits, MyVisit{c.Name, v.Day, v.Manner, v.ByName})
		}
	}
	return nil
}

// checkVisits: every visit is of a household that is there, and what was asked
// for at it is a case.
func (t *Tenant) checkVisits(ctx context.Context, found func(string)) error {
	var ids []models.ID
	homes := t.db(ctx).Model(&models.Household{}).Select("id").Where("community_id = ?", t.Community.ID)
	cases := t.db(ctx).Model(&models.Complaint{}).Select("id").Where("community_id = ? AND channel = ?", t.Community.ID, models.ChannelVisit)
	err := t.db(ctx).Model(&models.Visit{}).Where("household_id NOT IN (?) OR case_id <> 0 AND case_id NOT IN (?)", homes, cases).Pluck("id", &ids).Error
	for _, id := range ids {
		found("visit " + id.String() + " is of no household, or its case is not there")
	}
	return err
}
