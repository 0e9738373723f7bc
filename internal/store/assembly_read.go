package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AgendaItem is a line of an agenda with its matter and, when its vote is over,
// the votes for each option.
type AgendaItem struct {
	models.SessionItem
	Matter  models.Matter
	Options []models.MatterOption
	Counts  map[string]int
}

// SessionView is a meeting with its agenda.
type SessionView struct {
	models.AssemblySession
	Items  []AgendaItem
	Body   *models.Body
	Guests []models.SessionGuest
	Signs  []models.SessionSign
	Asked  []models.Interpellation // questions of representatives at it
	Needed int                     // people who make the quorum; 0 before the list is frozen
}

// Quorum tells whether enough are there.
func (v *SessionView) Quorum() bool { return policy.QuorumMet(v.Mode, v.Present, v.Entitled) }

// Voting is the item that is being voted; nil for none.
func (v *SessionView) Voting() *AgendaItem {
	for i := range v.Items {
		if v.Items[i].State == models.ItemOpen {
			return &v.Items[i]
		}
	}
	return nil
}

// Session is one meeting in any state, for the office.
func (t *Tenant) Session(ctx context.Context, id models.ID) (*SessionView, error) {
	db := t.db(ctx)
	s, err := sessionByID(db, id)
	if err != nil {
		return nil, err
	}
	v := &SessionView{AssemblySession: *s}
	if s.Entitled > 0 {
		v.Needed = policy.QuorumNeeded(s.Mode, s.Entitled)
	}
	if v.Items, err = agendaOf(db, id); err != nil {
		return nil, err
	}
	if s.BodyID != 0 {
		if v.Body, err = bodyByID(db, s.BodyID); err != nil {
			return nil, err
		}
	}
	if err := db.Where("session_id = ?", id).Order("id").Limit(300).Find(&v.Guests).Error; err != nil {
		return nil, err
	}
	if err := db.Where("session_id = ?", id).Order("id").Find(&v.Signs).Error; err != nil {
		return nil, err
	}
	v.Asked, err = interpellations(db, id, 50)
	return v, err
}

// agendaOf reads the agenda in four queries, however long it is.
func agendaOf(db *gorm.DB, session models.ID) ([]AgendaItem, error) {
	var items []models.SessionItem
	if err := db.Where("session_id = ?", session).Order("ordinal, id").Find(&items).Error; err != nil || len(items) == 0 {
		return nil, err
	}
	var matterIDs, itemIDs []models.ID
	for _, i := range items {
		matterIDs, itemIDs = append(matterIDs, i.MatterID), append(itemIDs, i.ID)
	}
	var matters []models.Matter
	var options []models.MatterOption
	var counts []models.ItemCount
	if err := db.Where("id IN ?", matterIDs).Find(&matters).Error; err != nil {
		return nil, err
	}
	if err := db.Where("matter_id IN ?", matterIDs).Order("ordinal").Find(&options).Error; err != nil {
		return nil, err
	}
	if err := db.Where("item_id IN ?", itemIDs).Find(&counts).Error; err != nil {
		return nil, err
	}
	out := make([]AgendaItem, len(items))
	for n, i := range items {
		out[n] = AgendaItem{SessionItem: i, Counts: map[string]int{}}
		for _, m := range matters {
			if m.ID == i.MatterID {
				out[n].Matter = m
			}
		}
		for _, o := range options {
			if o.MatterID == i.MatterID {
				out[n].Options = append(out[n].Options, o)
			}
		}
		for _, c := range counts {
			if c.ItemID == i.ID {
				out[n].Counts[c.Choice] = c.Electronic + c.Paper
			}
		}
	}
	return out, nil
}

// PublicSession is a meeting that was called; others are NotFound. Figures of a
// vote that is still open are not in it.
func (t *Tenant) PublicSession(ctx context.Context, id models.ID) (*SessionView, error) {
	v, err := t.Session(ctx, id)
	if err == nil && v.CalledAt == nil {
		err = problem.New(problem.NotFound, "page.notfound", nil)
	}
	if err != nil {
		return nil, err
	}
	for i := range v.Items {
		if v.Items[i].State != models.ItemClosed {
			v.Items[i].Counts = nil
		}
	}
	if v.SignedAt == nil {
		v.Minutes = ""
	}
	return v, nil
}

// SessionFilter chooses among meetings.
type SessionFilter struct {
	Public bool // called ones
	Before models.ID
	Limit  int
}

// Sessions is a page of meetings, the newest first.
func (t *Tenant) Sessions(ctx context.Context, f SessionFilter) (rows []models.AssemblySession, more bool, err error) {
	q := t.db(ctx)
	if f.Public {
		q = q.Where("called_at IS NOT NULL")
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	err = q.Order("id DESC").Limit(f.Limit + 1).Find(&rows).Error
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	return rows, more, err
}

// NextSession is the next meeting that was called, or the one that is open; nil
// for none.
func (t *Tenant) NextSession(ctx context.Context, day models.Date) (*models.AssemblySession, error) {
	var rows []models.AssemblySession
	err := t.db(ctx).Where("state = ? OR state = ? AND day >= ?", models.SessionOpen, models.SessionCalled, day).Order("day, id").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// HalfYear tells until when the next representatives' meeting is due (art. 28),
// and whether the half year before had none.
func (t *Tenant) HalfYear(ctx context.Context, day models.Date) (due models.Date, missed bool, err error) {
	var held []models.Date
	err = t.db(ctx).Model(&models.AssemblySession{}).Where("mode = ? AND state IN ?", models.ByReps, []models.SessionState{models.SessionOpen, models.SessionClosed}).
		Order("day").Pluck("day", &held).Error
	if err != nil {
		return "", false, err
	}
	var first []models.Mandate
	err = t.db(ctx).Where("post = ?", models.SitsRep).Order("from_day").Limit(1).Find(&first).Error
	since := models.Date("")
	if len(first) > 0 {
		since = first[0].From
	}
	return policy.HalfYearDue(day, held), policy.HalfYearMissed(day, since, held), err
}

// VotedItems are the items of a meeting on which a line has voted.
func (t *Tenant) VotedItems(ctx context.Context, session, line models.ID) (map[models.ID]bool, error) {
	var items []models.ID
	err := t.db(ctx).Model(&models.VoteMark{}).
		Where("voter_id = ? AND item_id IN (SELECT id FROM session_items WHERE community_id = ? AND session_id = ?)", line, t.Community.ID, session).
		Pluck("item_id", &items).Error
	out := map[models.ID]bool{}
	for _, i := range items {
		out[i] = true
	}
	return out, err
}

// AddGuest records somebody in the hall without a vote: the supervision
// committee, listeners, who was invited. Refusals: Forbidden, NotFound,
// Conflict, Invalid with fields.
func (t *Tenant) AddGuest(ctx context.Context, actor models.Actor, session models.ID, kind, name, note string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, session)
		if err != nil {
			return err
		}
		if s.State != models.SessionCalled && s.State != models.SessionOpen {
			return problem.New(problem.Conflict, "session.notopen", nil)
		}
		var f problem.Form
		name, note = cleanLine(name), cleanLine(note)
		length(&f, "name", name, 1, 50)
		length(&f, "note", note, 0, 400)
		if kind != "supervisor" && kind != "listener" && kind != "invited" {
			f.Add("kind", "form.choose", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("assembly.guest", session, map[string]string{"kind": kind})
		tx.Touch("assembly")
		return tx.Create(&models.SessionGuest{Tenant: models.Tenant{ID: tx.NewID()}, SessionID: session, Kind: kind, Name: name, Note: note, CreatedAt: tx.Now}).Error
	})
}

// Listen signs a resident up to listen and speak at a representatives' meeting
// (art. 28: 其他居民可以列席会议并发表意见). Twice is once. Refusals: Forbidden,
// NotFound, Conflict.
func (t *Tenant) Listen(ctx context.Context, actor models.Actor, session models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, session)
		if err != nil {
			return err
		}
		if s.State != models.SessionCalled && s.State != models.SessionOpen {
			return problem.New(problem.Conflict, "session.notopen", nil)
		}
		var n int64
		if err := tx.Model(&models.SessionGuest{}).Where("session_id = ? AND user_id = ?", session, actor.UserID).Count(&n).Error; err != nil || n > 0 {
			return err
		}
		tx.Audit("assembly.listen", session, nil)
		tx.Touch("assembly")
		return tx.Create(&models.SessionGuest{Tenant: models.Tenant{ID: tx.NewID()}, SessionID: session, Kind: "listener", UserID: actor.UserID, Name: actor.Name, CreatedAt: tx.Now}).Error
	})
}

// Listening tells whether the actor signed up to listen.
func (t *Tenant) Listening(ctx context.Context, actor models.Actor, session models.ID) (bool, error) {
	var n int64
	err := t.db(ctx).Model(&models.SessionGuest{}).Where("session_id = ? AND user_id = ?", session, actor.UserID).Count(&n).Error
	return n > 0 && actor.UserID != 0, err
}
