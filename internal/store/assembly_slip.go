package store

import (
	"context"
	"crypto/hmac"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Who is in the hall without a phone of their own votes on paper or, where the
// hall has tablets, with a slip that the desk prints for their line: the code on
// it is worth something for that line in that meeting, and for nothing else.

// Slip is a line of the list with the code of its slip.
type Slip struct {
	models.SessionVoter
	Code string
}

func (t *Tenant) slipCode(session, line models.ID) string {
	return policy.SlipCode(t.opt.Keys.Key("slip"), t.Community.ID.String()+"/"+session.String()+"/"+line.String())
}

// Slips are the slips of those whom the desk let in, or of one line. Refusals:
// Forbidden, NotFound, Conflict while nobody can vote.
func (t *Tenant) Slips(ctx context.Context, actor models.Actor, session, line models.ID) ([]Slip, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "assembly", "prepare", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	s, err := sessionByID(t.db(ctx), session)
	if err != nil {
		return nil, err
	}
	if s.State != models.SessionOpen {
		return nil, problem.New(problem.Conflict, "session.notopen", nil)
	}
	q := t.db(ctx).Where("session_id = ? AND present_at IS NOT NULL AND channel = ?", session, "desk")
	if line != 0 {
		q = q.Where("id = ?", line)
	}
	var rows []models.SessionVoter
	if err := q.Order("place, id").Limit(1000).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]Slip, len(rows))
	for i, v := range rows {
		out[i] = Slip{v, t.slipCode(session, v.ID)}
	}
	return out, nil
}

// bySlip finds the line of a slip among those whom the desk let in; nil for none.
func (tx *Tx) bySlip(session models.ID, code string) (*models.SessionVoter, error) {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(models.Key(code)))
	var rows []models.SessionVoter
	err := tx.Where("session_id = ? AND present_at IS NOT NULL AND channel = ?", session, "desk").Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	t := tx.store.In(tx.Community)
	for i := range rows {
		if hmac.Equal([]byte(t.slipCode(session, rows[i].ID)), []byte(code)) {
			return &rows[i], nil
		}
	}
	return nil, nil
}

// CastWithSlip gives the vote of a slip on the hall's tablet. Wrong codes are
// counted by the address that they come from. Refusals: NotFound,
// Invalid (field slip, field choice), Conflict (not open, voted already),
// TooMany.
func (t *Tenant) CastWithSlip(ctx context.Context, d Device, item models.ID, slip string, choices []string) error {
	known := false
	err := t.Write(ctx, models.Actor{}, func(tx *Tx) error {
		known = false
		i, s, m, err := tx.item(item)
		if err != nil {
			return err
		}
		if s.State != models.SessionOpen {
			return problem.New(problem.Conflict, "session.notopen", nil)
		}
		v, err := tx.bySlip(s.ID, slip)
		if err != nil {
			return err
		}
		if v == nil { // counted, so committed
			return tx.Limit("slip."+s.ID.String()+"."+short(tx.store.opt.Keys.Index("address", d.IP)), codeTries, codeWindow)
		}
		known = true
		return tx.cast(i, m, v, channelTablet, choices)
	})
	if err == nil && !known {
		var f problem.Form
		f.Add("slip", "session.slip.wrong", nil)
		return f.Err()
	}
	return err
}

// StandIns are the other adults of the households of some lines, who may come
// for them, by household. Refusals: Forbidden.
func (t *Tenant) StandIns(ctx context.Context, actor models.Actor, lines []models.SessionVoter) (map[models.ID][]models.Resident, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "assembly", "prepare", day); err != nil {
		return nil, err
	}
	homes := orNone(nil)
	for _, v := range lines {
		if v.Kind == "household" && v.PresentAt == nil {
			homes = append(homes, v.HouseholdID)
		}
	}
	var rows []models.Resident
	err := t.db(ctx).Select("community_id", "id", "household_id", "name", "birth").
		Where("household_id IN ? AND state = ? AND birth <> '' AND birth <= ?", homes, models.ResidentActive, lastAdultBirth(day)).Order("id").Find(&rows).Error
	out := map[models.ID][]models.Resident{}
	for _, r := range rows {
		out[r.HouseholdID] = append(out[r.HouseholdID], r)
	}
	return out, err
}

// ListOf is a page of a meeting's frozen list for the sheet on which those
// present sign, by place; after is the last line of the page before. Refusals:
// Forbidden, NotFound.
func (t *Tenant) ListOf(ctx context.Context, actor models.Actor, session, after models.ID, limit int) (rows []models.SessionVoter, more bool, err error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "assembly", "prepare", models.DateOf(t.Now())); err != nil {
		return nil, false, err
	}
	if _, err := sessionByID(t.db(ctx), session); err != nil {
		return nil, false, err
	}
	err = t.db(ctx).Where("session_id = ? AND id > ?", session, after).Order("id").Limit(limit + 1).Find(&rows).Error
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	return rows, more, err
}
