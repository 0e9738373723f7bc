package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// RoundDraft is a round of many communities under one street (统一换届).
type RoundDraft struct {
	Name string
	Day  models.Date
	Mode models.ElectionMode
	Term int
}

// StartRound makes a round and plans an election in each community of the
// street that has none running. Each community's election is its own
// transaction: no transaction spans communities, and running it again plans
// what is missing.
func (t *Tenant) StartRound(ctx context.Context, actor models.Actor, d RoundDraft) (id models.ID, err error) {
	street := t.Community.StreetID
	if err := t.opt.Guard.Allowed(actor, t.Community, "election", "supervise", models.DateOf(t.Now())); err != nil {
		return 0, err
	}
	var f problem.Form
	if d.Name = cleanLine(models.Key(d.Name)); d.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	if first := policy.EarliestDay(models.DateOf(t.Now())); !d.Day.Valid() || d.Day < first {
		f.Add("day", "election.day.early", problem.Args{"date": first})
	}
	if d.Mode != models.ModeVoters && d.Mode != models.ModeHouseholds && d.Mode != models.ModeReps {
		f.Add("mode", "form.choose", nil)
	}
	if err := f.Err(); err != nil {
		return 0, err
	}
	err = t.WriteGlobal(ctx, actor, func(tx *Tx) error {
		id = tx.NewID()
		tx.Audit("election.round", id, map[string]string{"day": string(d.Day)})
		return tx.Create(&models.ElectionRound{ID: id, StreetID: street, Name: d.Name, Day: d.Day, ByUserID: actor.UserID, CreatedAt: tx.Now}).Error
	})
	if err != nil {
		return 0, err
	}
	return id, t.FillRound(ctx, actor, id, d)
}

// FillRound plans the elections of a round that are missing.
func (t *Tenant) FillRound(ctx context.Context, actor models.Actor, round models.ID, d RoundDraft) error {
	for _, c := range t.Communities() {
		if c.StreetID != t.Community.StreetID {
			continue
		}
		_, err := t.In(c).PlanElection(ctx, actor, ElectionDraft{RoundID: round, Title: d.Name, Term: d.Term, Mode: d.Mode, Day: d.Day, Pack: policy.DefaultPack,
			Seats: map[models.Post]int{models.PostDirector: 1, models.PostDeputyDirector: 1, models.PostMember: 5}})
		if err != nil && !problem.Is(err, problem.Conflict) {
			return err
		}
	}
	return nil
}

// RoundLine is one community in a round.
type RoundLine struct {
	Community *models.Community
	Election  models.Election
	Late      []string // keys of steps that are overdue
}

// RoundView is a round with where each community stands.
type RoundView struct {
	models.ElectionRound
	Lines  []RoundLine
	Direct int // communities whose residents elect themselves: all voters or households
	Late   int
}

// DirectShare in per mille of the communities of the round; the street's aim is
// four fifths (S3).
func (v RoundView) DirectShare() int {
	if len(v.Lines) == 0 {
		return 0
	}
	return v.Direct * 1000 / len(v.Lines)
}

// Rounds of the community's street, the newest first.
func (t *Tenant) Rounds(ctx context.Context) (rows []models.ElectionRound, err error) {
	err = t.Store.db(ctx).Where("street_id = ?", t.Community.StreetID).Order("id DESC").Limit(20).Find(&rows).Error
	return rows, err
}

// Round reads where each community of a round stands with three queries,
// however many communities there are.
func (t *Tenant) Round(ctx context.Context, actor models.Actor, id models.ID) (*RoundView, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "election", "supervise", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	v := &RoundView{}
	err := t.Store.db(ctx).Where("id = ? AND street_id = ?", id, t.Community.StreetID).Take(&v.ElectionRound).Error
	if err != nil {
		return nil, notFound(err)
	}
	var elections []models.Election
	err = t.everywhere(ctx).Where("round_id = ? AND kind = ? AND state <> ?", id, models.ElectionGeneral, models.ElectionDropped).Order("community_id").Find(&elections).Error
	if err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, e := range elections {
		ids = append(ids, e.ID)
	}
	var steps []models.ElectionStep
	if err := t.everywhere(ctx).Where("election_id IN ?", ids).Find(&steps).Error; err != nil {
		return nil, err
	}
	done := map[models.ID]map[string]bool{}
	for _, s := range steps {
		if done[s.ElectionID] == nil {
			done[s.ElectionID] = map[string]bool{}
		}
		done[s.ElectionID][s.Key] = true
	}
	today, plans := models.DateOf(t.Now()), map[timetableKey][]policy.Step{}
	for _, e := range elections {
		c := t.CommunityByID(e.CommunityID)
		if c == nil {
			continue
		}
		line := RoundLine{Community: c, Election: e}
		key := timetableKey{string(e.RulesHash), e.Day, e.Mode}
		if plans[key] == nil { // communities of a round mostly have one
			plans[key] = policy.Timetable(e.Day, e.Mode, policy.ReadRules(&e), policy.China())
		}
		for _, s := range plans[key] {
			if today > s.To && !done[e.ID][s.Key] && roundSteps[s.Key] {
				line.Late = append(line.Late, s.Key)
			}
		}
		if len(line.Late) > 0 {
			v.Late++
		}
		if e.Mode != models.ModeReps {
			v.Direct++
		}
		v.Lines = append(v.Lines, line)
	}
	return v, nil
}

// timetableKey is what a timetable is computed from.
type timetableKey struct {
	rules string
	day   models.Date
	mode  models.ElectionMode
}

// roundSteps are those the street watches.
var roundSteps = map[string]bool{"committee": true, "announce": true, "roll": true, "freeze": true, "formal": true, "vote": true, "result": true, "handover": true}
