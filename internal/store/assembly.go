package store

import (
	"context"
	"regexp"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// SessionDraft is what somebody wrote of a meeting to be called.
type SessionDraft struct {
	Mode         models.DecisionMode
	BodyID       models.ID
	Title        string
	Day          models.Date
	Clock        string
	Place        string
	Urgent       bool
	UrgentGround string
	PetitionID   models.ID
}

// clockShape is an hour of a day as people write it.
var clockShape = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

func (tx *Tx) checkSession(d *SessionDraft) error {
	var f problem.Form
	d.Title, d.Place, d.UrgentGround, d.Clock = cleanLine(d.Title), cleanLine(d.Place), strings.TrimSpace(d.UrgentGround), cleanLine(models.Key(d.Clock))
	length(&f, "title", d.Title, 4, maxMatterTitle)
	length(&f, "place", d.Place, 2, 100)
	length(&f, "urgent_ground", d.UrgentGround, 0, 500)
	if !d.Day.Valid() {
		f.Add("day", "form.date", nil)
	}
	if !clockShape.MatchString(d.Clock) {
		f.Add("clock", "session.clock", nil)
	}
	switch d.Mode {
	case models.ByAdults, models.ByHouseholds, models.ByReps:
		d.BodyID = 0
	case models.ByGroup:
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil || b.Kind != models.BodyCompound && b.Kind != models.BodyGroup {
			f.Add("body", "form.choose", nil)
		}
	default:
		f.Add("mode", "form.choose", nil)
	}
	return f.Err()
}

// SaveSession begins a meeting (id 0) or rewrites one that was not called yet.
// Refusals: Forbidden, Invalid with fields, Conflict.
func (t *Tenant) SaveSession(ctx context.Context, actor models.Actor, id models.ID, d SessionDraft) (models.ID, error) {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		if err := tx.checkSession(&d); err != nil {
			return err
		}
		s := models.AssemblySession{Tenant: models.Tenant{ID: id}, Mode: d.Mode, BodyID: d.BodyID, Title: d.Title, Day: d.Day, Clock: d.Clock, Place: d.Place,
			Urgent: d.Urgent, UrgentGround: d.UrgentGround, PetitionID: d.PetitionID, UpdatedAt: tx.Now}
		if id != 0 {
			tx.Audit("assembly.edit", id, nil)
			return Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", id, models.SessionDraft).
				Select("mode", "body_id", "title", "day", "clock", "place", "urgent", "urgent_ground", "updated_at").UpdateColumns(&s))
		}
		id = tx.NewID()
		s.ID, s.State, s.ByUserID, s.CreatedAt = id, models.SessionDraft, actor.UserID, tx.Now
		tx.Audit("assembly.create", id, nil)
		if d.PetitionID != 0 {
			if err := tx.callsFor(d.PetitionID, id); err != nil {
				return err
			}
		}
		return tx.Create(&s).Error
	})
	return id, err
}

// callsFor ties a meeting to the demand that it answers.
func (tx *Tx) callsFor(petition, session models.ID) error {
	return Changed(tx.Model(&models.Petition{}).Where("id = ? AND state = ? AND kind <> ?", petition, models.PetitionReached, models.PetitionAudit).
		Select("session_id", "updated_at").UpdateColumns(&models.Petition{SessionID: session, UpdatedAt: tx.Now}))
}

func sessionByID(db *gorm.DB, id models.ID) (*models.AssemblySession, error) {
	var s models.AssemblySession
	if err := db.Where("id = ?", id).Take(&s).Error; err != nil {
		return nil, notFound(err)
	}
	return &s, nil
}

// AddItem puts a published matter onto the agenda of a meeting that was not
// called yet. Refusals: Forbidden, NotFound, Conflict (not published, on
// another agenda, not this meeting's to decide).
func (t *Tenant) AddItem(ctx context.Context, actor models.Actor, session, matter models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		s, m, err := tx.agenda(session, matter)
		if err != nil {
			return err
		}
		given, err := delegations(tx.DB)
		if err != nil {
			return err
		}
		if err := policy.MatterDecider(m.Class, s.Mode, given); err != nil {
			return err
		}
		if s.Mode == models.ByGroup && m.BodyID != s.BodyID {
			return problem.New(problem.Conflict, "policy.matter.compound", nil)
		}
		if err := tx.moveMatter(m, "list"); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.SessionItem{}).Where("session_id = ?", session).Count(&n).Error; err != nil {
			return err
		}
		item := models.SessionItem{Tenant: models.Tenant{ID: tx.NewID()}, SessionID: session, MatterID: matter, Ordinal: int(n) + 1, State: models.ItemWaiting, Secret: m.Secret}
		return lostRace(tx.Create(&item).Error)
	})
}

// RemoveItem takes a matter off the agenda before the meeting is called.
func (t *Tenant) RemoveItem(ctx context.Context, actor models.Actor, session, matter models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		_, m, err := tx.agenda(session, matter)
		if err != nil {
			return err
		}
		if err := tx.moveMatter(m, "unlist"); err != nil {
			return err
		}
		return Changed(tx.Where("session_id = ? AND matter_id = ?", session, matter).Delete(&models.SessionItem{}))
	})
}

func (tx *Tx) agenda(session, matter models.ID) (*models.AssemblySession, *models.Matter, error) {
	if err := tx.May("assembly", "prepare"); err != nil {
		return nil, nil, err
	}
	s, err := sessionByID(tx.DB, session)
	if err != nil {
		return nil, nil, err
	}
	if s.State != models.SessionDraft {
		return nil, nil, problem.New(problem.Conflict, "session.called.already", nil)
	}
	m, err := matterByID(tx.DB, matter)
	return s, m, err
}

// CallSession calls the meeting: the notice is out with the agenda from now on.
// Refusals: Forbidden, NotFound, Conflict, Invalid with fields.
func (t *Tenant) CallSession(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "call"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, id)
		if err != nil {
			return err
		}
		items, err := agendaOf(tx.DB, id)
		if err != nil {
			return err
		}
		comments := models.Date("")
		for _, i := range items {
			comments = max(comments, i.Matter.CommentUntil)
		}
		if err := policy.MayCallSession(*s, len(items), comments, tx.signer(models.RoleDirector), tx.Day()); err != nil {
			return err
		}
		s.State, s.CalledAt, s.CalledBy, s.Caller, s.UpdatedAt = models.SessionCalled, &tx.Now, actor.UserID, tx.actorName(models.RoleDirector), tx.Now
		err = Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", id, models.SessionDraft).
			Select("state", "called_at", "called_by", "caller", "updated_at").UpdateColumns(s))
		if err != nil {
			return err
		}
		if s.PetitionID != 0 {
			now := models.Petition{State: models.PetitionCalled, UpdatedAt: tx.Now}
			if err := tx.Model(&models.Petition{}).Where("id = ? AND session_id = ?", s.PetitionID, id).Select("state", "updated_at").UpdateColumns(&now).Error; err != nil {
				return err
			}
		}
		tx.Audit("assembly.call", id, nil)
		tx.Touch("assembly", "home")
		return tx.tellCalled(s)
	})
}

// tellCalled tells those who belong to the meeting as far as they have a login,
// and everybody who follows.
func (tx *Tx) tellCalled(s *models.AssemblySession) error {
	args := problem.Args{"title": s.Title, "date": s.Day, "clock": s.Clock, "place": s.Place}
	link := "/" + tx.Community.Code + "/assembly/" + s.ID.String()
	if s.Mode == models.ByReps {
		reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, s.Day)
		if err != nil {
			return err
		}
		var users []models.User
		var ids []models.ID
		for _, m := range reps {
			ids = append(ids, m.UserID)
		}
		if err := tx.Where("id IN ? AND closed_at IS NULL", orNone(ids)).Find(&users).Error; err != nil {
			return err
		}
		if err := tx.tellAll(users, "session.tell.called", args, link); err != nil {
			return err
		}
	}
	return tx.tellFollowers("assembly", "session.tell.called", args, link)
}

// CancelSession ends a meeting that will not be held, with the reason; its
// matters can go onto another agenda. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) CancelSession(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if _, err := policy.Next(policy.SessionMoves, s.State, "cancel", tx.roles()); err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		now := models.AssemblySession{State: models.SessionCancelled, Reason: reason, UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", id, s.State).Select("state", "reason", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		if s.PetitionID != 0 { // the demand stands: another meeting is owed
			owed := models.Petition{State: models.PetitionReached, UpdatedAt: tx.Now}
			err := tx.Model(&models.Petition{}).Where("id = ? AND session_id = ? AND state IN ?", s.PetitionID, id, []models.PetitionState{models.PetitionCalled, models.PetitionReached}).
				Select("state", "session_id", "updated_at").UpdateColumns(&owed).Error
			if err != nil {
				return err
			}
		}
		tx.Audit("assembly.cancel", id, nil)
		tx.Touch("assembly", "home")
		return tx.releaseMatters(id, models.ItemWaiting, models.ItemOpen)
	})
}

// releaseMatters gives back what a meeting did not decide.
func (tx *Tx) releaseMatters(session models.ID, states ...models.ItemState) error {
	var items []models.SessionItem
	if err := tx.Where("session_id = ? AND state IN ?", session, states).Find(&items).Error; err != nil {
		return err
	}
	for _, i := range items {
		err := tx.Model(&models.Matter{}).Where("id = ? AND state = ?", i.MatterID, models.MatterListed).
			Select("state", "updated_at").UpdateColumns(&models.Matter{State: models.MatterOpen, UpdatedAt: tx.Now}).Error
		if err != nil {
			return err
		}
	}
	return nil
}
