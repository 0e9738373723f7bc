package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// DeskMediation is a line of a mediator's or the head's own list.
type DeskMediation struct {
	models.Mediation
	About     string
	Names     []string
	Relations policy.RoleSet
	Due       models.Date // the next day of it; "" for none
}

const mostOnDesk = 200

// DeskMediations are those of the actor as an officer: which they mediate, which
// look for a mediator, and for the head the register. Nobody else has any.
func (t *Tenant) DeskMediations(ctx context.Context, actor models.Actor, day models.Date) ([]DeskMediation, error) {
	db := t.db(ctx)
	s, err := t.stanceOf(db, actor, day)
	if err != nil || !s.handles && !s.heads {
		return nil, err
	}
	own := db.Model(&models.MediationMediator{}).Select("mediation_id").Where("user_id = ? AND state = ?", s.user, models.MediatorServes)
	taken := db.Model(&models.MediationMediator{}).Select("mediation_id").Where("state = ?", models.MediatorServes)
	query := db.Where("id IN (?)", own).Or("state IN ? AND id NOT IN (?)", []models.MediationState{models.MediationRequested, models.MediationInvited, models.MediationChoosing}, taken)
	if s.heads {
		query = db.Where("state <> ?", models.MediationSuggested)
	}
	var rows []models.Mediation
	if err := db.Where(query).Where("erased = ?", false).Order("id DESC").Limit(mostOnDesk).Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	return t.deskLines(db, s, rows, day)
}

func (t *Tenant) deskLines(db *gorm.DB, s stance, rows []models.Mediation, day models.Date) ([]DeskMediation, error) {
	ids := make([]models.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.ID
	}
	var parties []models.MediationParty
	var mediators []models.MediationMediator
	var promises []models.MediationPromise
	err := firstError(db.Where("mediation_id IN ?", ids).Order("mediation_id, place").Find(&parties).Error, db.Where("mediation_id IN ?", ids).Find(&mediators).Error,
		db.Where("mediation_id IN ? AND state IN ?", ids, []models.PromiseState{models.PromiseOpen, models.PromiseReported}).Order("due_day").Find(&promises).Error)
	var out []DeskMediation
	for _, m := range rows {
		if err != nil {
			return nil, err
		}
		of := slices.DeleteFunc(slices.Clone(parties), func(p models.MediationParty) bool { return p.MediationID != m.ID })
		by := slices.DeleteFunc(slices.Clone(mediators), func(x models.MediationMediator) bool { return x.MediationID != m.ID })
		var line *DeskMediation
		if line, err = t.deskLine(db, s, m, of, by, day); line == nil {
			continue
		}
		line.Due = nextDay(m, promises)
		out = append(out, *line)
	}
	return out, err
}

// deskLine is nil for whom the mediation does not exist.
func (t *Tenant) deskLine(db *gorm.DB, s stance, m models.Mediation, parties []models.MediationParty, mediators []models.MediationMediator, day models.Date) (*DeskMediation, error) {
	kept, err := keptFrom(db, m.CaseID, s)
	if err != nil {
		return nil, err
	}
	headless := false
	if s.handles && !s.heads && !slices.ContainsFunc(mediators, func(x models.MediationMediator) bool { return x.State == models.MediatorServes }) {
		if headless, err = t.headless(db, parties, day); err != nil {
			return nil, err
		}
	}
	relations, me := s.standing(m, parties, mediators, kept, headless)
	if relations == 0 || me != nil { // a party finds it on the residents' side
		return nil, nil
	}
	line := &DeskMediation{Mediation: m, Relations: relations}
	for _, p := range parties {
		d, err := t.openParty(p)
		if err != nil {
			return nil, err
		}
		line.Names = append(line.Names, d.Name)
	}
	if relations.Any(policy.SetOf(policy.RoleCaseMediator, policy.RoleIntake)) {
		v := &MediationView{Mediation: m}
		err = t.openRequest(v)
		line.About = v.Request.About
	}
	return line, err
}

// nextDay is what a mediator watches next.
func nextDay(m models.Mediation, promises []models.MediationPromise) models.Date {
	switch m.State {
	case models.MediationInvited:
		return m.AnswerBy
	case models.MediationEffective:
		for _, p := range promises {
			if p.MediationID == m.ID {
				return p.DueDay
			}
		}
		return ""
	}
	if m.State.Live() {
		return m.TargetDay
	}
	return ""
}

// MediationFigure is how many of one kind came to one end.
type MediationFigure struct {
	Category string
	State    models.MediationState
	N        int
}

// MediationFigures of a year, as numbers only; what was offered or taken back
// before anybody was asked counts as nothing. Refusal: Forbidden.
func (t *Tenant) MediationFigures(ctx context.Context, actor models.Actor, year int) (rows []MediationFigure, err error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "mediation", "figures", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	err = t.db(ctx).Model(&models.Mediation{}).Select("category, state, COUNT(*) AS n").
		Where("year = ? AND state NOT IN ?", year, unseenMediations).Group("category, state").Scan(&rows).Error
	return rows, err
}

var unseenMediations = []models.MediationState{models.MediationSuggested, models.MediationWithdrawn}

// MediationYears are the totals of years that are over, those large enough to
// be written; a year with few or none is not in the map. The running year is
// never told: its figure would move when a neighbour asks.
func (t *Tenant) MediationYears(ctx context.Context, day models.Date) (map[int]int, error) {
	var rows []struct{ Year, N int }
	now := day.Time().Year()
	err := t.db(ctx).Model(&models.Mediation{}).Select("year, COUNT(*) AS n").
		Where("year < ? AND year >= ? AND state NOT IN ?", now, now-3, unseenMediations).Group("year").Scan(&rows).Error
	years := map[int]int{}
	for _, r := range rows {
		if policy.ShowsFigure(r.N) {
			years[r.Year] = r.N
		}
	}
	return years, err
}

// AllowESign is the street's word on electronic signatures under agreements.
func (t *Tenant) AllowESign(ctx context.Context, actor models.Actor, allow bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("mediation", "rules"); err != nil {
			return err
		}
		tx.Audit("settings.mediation_esign", tx.chain, map[string]bool{"allow": allow})
		return tx.saveCommunity(&models.Community{MediationESign: allow}, []string{"mediation_esign"})
	})
}
