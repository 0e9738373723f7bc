package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The recorded election of a small body: opened by one officer, who records
// candidates, who took part and the counts; confirmed by another. Mandates,
// roles and the decision follow from the confirmation and from nothing else.

// BodyVoteDraft opens a recorded election.
type BodyVoteDraft struct {
	Body    models.ID
	Post    models.Seat
	Method  models.VoteMethod
	Unit    models.VoteUnit
	Day     models.Date
	Place   string
	Seats   int
	Witness string
	From    models.Date
	Until   models.Date
}

// Voter is somebody who has a vote in a small body's election.
type Voter struct {
	ID   models.ID
	Name string
	Mark bool // took part
}

// OpenBodyVote begins the record of an election. Who may vote is counted now.
// Refusals: Forbidden, NotFound, Invalid with fields.
func (t *Tenant) OpenBodyVote(ctx context.Context, actor models.Actor, d BodyVoteDraft) (*models.BodyVote, error) {
	var v models.BodyVote
	err := t.Write(ctx, actor, func(tx *Tx) error {
		b, err := tx.keptBody(d.Body)
		if err != nil {
			return err
		}
		if err := tx.checkBodyVote(b, &d); err != nil {
			return err
		}
		voters, err := tx.voters(b, d.Unit)
		if err != nil {
			return err
		}
		if len(voters) == 0 {
			return problem.New(problem.Conflict, "body.vote.novoters", nil)
		}
		role := tx.actingRole(noticeWriters...)
		v = models.BodyVote{
			Tenant: models.Tenant{ID: tx.NewID()}, BodyID: b.ID, Post: d.Post, Method: d.Method, Unit: d.Unit, Day: d.Day, Place: d.Place,
			Seats: d.Seats, Entitled: len(voters), State: models.BodyVoteOpen, RecorderID: actor.UserID, RecorderKey: personKey(actor, tx.chain),
			Recorder: tx.actorName(role), Witness: d.Witness, From: d.From, Until: d.Until, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		}
		tx.Audit("body.vote.open", v.ID, map[string]any{"body": b.ID, "entitled": v.Entitled})
		return tx.Create(&v).Error
	})
	return &v, err
}

func (tx *Tx) checkBodyVote(b *models.Body, d *BodyVoteDraft) error {
	var f problem.Form
	rule := policy.BodyRuleOf(b.Kind)
	d.Place, d.Witness = cleanLine(d.Place), cleanLine(d.Witness)
	if !slices.Contains(rule.Posts, d.Post) || d.Post == models.SitsContact {
		f.Add("post", "form.choose", nil)
	}
	if !slices.Contains(rule.Units, d.Unit) {
		f.Add("unit", "form.choose", nil)
	}
	if !slices.Contains([]models.VoteMethod{models.MethodHands, models.MethodPaper, models.MethodPhone}, d.Method) {
		f.Add("method", "form.choose", nil)
	}
	if !d.Day.Valid() || d.Day > tx.Day() || d.Day < tx.Day().AddDays(-60) {
		f.Add("day", "body.vote.day", nil)
	}
	if d.Seats < 1 || d.Seats > 200 {
		f.Add("seats", "form.number", problem.Args{"least": 1, "most": 200})
	}
	if d.Place == "" {
		f.Add("place", "form.needed", nil)
	}
	if d.Witness == "" {
		f.Add("witness", "form.needed", nil)
	}
	if !d.From.Valid() {
		f.Add("from", "policy.appointment.from", nil)
	} else if last := policy.LastTermDay(d.From); d.Until == "" || d.Until > last || d.Until < d.From {
		f.Add("until", "policy.appointment.term", problem.Args{"date": last, "years": policy.TermYears})
	}
	return f.Err()
}

// voters are who has a vote in an election of the body: households, the
// members of the representatives' meeting, or the committee.
func (tx *Tx) voters(b *models.Body, unit models.VoteUnit) ([]Voter, error) {
	return votersIn(tx.DB, tx.store, tx.Community, b, unit, tx.Day())
}

func votersIn(db *gorm.DB, s *Store, c *models.Community, b *models.Body, unit models.VoteUnit, day models.Date) ([]Voter, error) {
	var out []Voter
	if unit == models.UnitHousehold {
		homes, err := householdsOf(db, b)
		for _, h := range homes {
			out = append(out, Voter{ID: h.ID, Name: h.Unit + " " + h.Room})
		}
		return out, err
	}
	if unit == models.UnitDelegates {
		return s.delegates(db, c, day)
	}
	members, err := s.committeeOn(db, c, day)
	if err != nil {
		return nil, err
	}
	known := map[models.ID]bool{}
	for _, a := range members {
		if !known[a.UserID] {
			known[a.UserID] = true
			out = append(out, Voter{ID: a.UserID, Name: a.Name})
		}
	}
	if unit == models.UnitCommittee {
		return out, nil
	}
	reps, err := mandatesOn(db, models.SitsRep, models.BodyGroup, day)
	for _, m := range reps {
		if m.UserID == 0 || !known[m.UserID] {
			out = append(out, Voter{ID: m.ID, Name: m.Name})
		}
	}
	return out, err
}

// committeeOn are the members of the residents' committee on a day.
func (s *Store) committeeOn(db *gorm.DB, c *models.Community, day models.Date) ([]models.Appointment, error) {
	var rows []models.Appointment
	err := db.Where("region_id = ? AND role IN ? AND deputy_for = 0 AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)",
		c.ID, policy.CommitteeRoles.Roles(), day, day).Order(byRank).Order("id").Find(&rows).Error
	return rows, err
}

// AddBodyCandidate puts a resident up. Refusals: Forbidden, NotFound, Conflict
// (not open, twice), and those of policy.MayStand.
func (t *Tenant) AddBodyCandidate(ctx context.Context, actor models.Actor, vote, resident models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, b, err := tx.openVote(vote)
		if err != nil {
			return err
		}
		var r models.Resident
		if err := tx.Where("id = ?", resident).Take(&r).Error; err != nil {
			return notFound(err)
		}
		facts, err := tx.standing(v, b, &r)
		if err != nil {
			return err
		}
		if err := policy.MayStand(facts); err != nil {
			return err
		}
		c := models.BodyCandidate{Tenant: models.Tenant{ID: tx.NewID()}, VoteID: v.ID, ResidentID: r.ID, Name: r.Name}
		if err := tx.Create(&c).Error; err != nil {
			if duplicate(err) {
				return problem.New(problem.Conflict, "body.candidate.twice", problem.Args{"name": r.Name})
			}
			return err
		}
		tx.Audit("body.vote.candidate", v.ID, map[string]models.ID{"candidate": c.ID})
		return nil
	})
}

// standing gathers what decides whether a resident may stand.
func (tx *Tx) standing(v *models.BodyVote, b *models.Body, r *models.Resident) (policy.Standing, error) {
	s := policy.Standing{Kind: b.Kind, Post: v.Post, Birth: r.Birth, Active: r.State == models.ResidentActive, Day: v.Day}
	var h models.Household
	if err := tx.Where("id = ?", r.HouseholdID).Limit(1).Find(&h).Error; err != nil {
		return s, err
	}
	s.Belongs = true
	if b.Kind == models.BodyGroup || b.Kind == models.BodyCompound {
		homes, err := householdsOf(tx.DB, b)
		if err != nil {
			return s, err
		}
		s.Belongs = slices.ContainsFunc(homes, func(x models.Household) bool { return x.ID == h.ID })
	}
	var link models.ResidentLink
	if err := tx.Where("live_resident = ?", r.ID).Limit(1).Find(&link).Error; err != nil {
		return s, err
	}
	s.Posts = tx.store.opt.Guard.Roles(link.UserID, tx.chain, max(v.Day, tx.Day()))
	relatives, err := tx.relatives(models.Someone{UserID: link.UserID, ResidentID: r.ID})
	if err != nil {
		return s, err
	}
	for _, k := range relatives {
		if (k.Near() || b.Kind == models.BodyPanel) && k.UserID != 0 { // from a panel every relative steps aside
			s.Relatives |= tx.store.opt.Guard.Roles(k.UserID, tx.chain, max(v.Day, tx.Day()))
		}
	}
	if b.Kind == models.BodyGroup && v.Post == models.SitsHead {
		reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, v.Day)
		if err != nil {
			return s, err
		}
		s.Rep = slices.ContainsFunc(reps, func(m models.Mandate) bool { return m.BodyID == b.ID && m.ResidentID == r.ID })
	}
	return s, nil
}

// openVote is a vote that is being recorded, with its body.
func (tx *Tx) openVote(id models.ID) (*models.BodyVote, *models.Body, error) {
	if err := tx.May("body", "manage"); err != nil {
		return nil, nil, err
	}
	v, b, err := bodyVote(tx.DB, id)
	if err == nil {
		err = policy.MayKeepBody(b.Kind, tx.roles())
	}
	if err == nil && v.State != models.BodyVoteOpen {
		err = problem.New(problem.Conflict, "page.conflict", nil)
	}
	return v, b, err
}

func bodyVote(db *gorm.DB, id models.ID) (*models.BodyVote, *models.Body, error) {
	var v models.BodyVote
	if err := db.Where("id = ?", id).Take(&v).Error; err != nil {
		return nil, nil, notFound(err)
	}
	b, err := bodyByID(db, v.BodyID)
	return &v, b, err
}

// DropBodyCandidate takes a candidate back before the count.
func (t *Tenant) DropBodyCandidate(ctx context.Context, actor models.Actor, vote, candidate models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, _, err := tx.openVote(vote); err != nil {
			return err
		}
		tx.Audit("body.vote.drop", vote, map[string]models.ID{"candidate": candidate})
		return Changed(tx.Where("id = ? AND vote_id = ?", candidate, vote).Delete(&models.BodyCandidate{}))
	})
}

// MarkBodyVoters records who took part: exactly those, of the voters there are.
func (t *Tenant) MarkBodyVoters(ctx context.Context, actor models.Actor, vote models.ID, took []models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, b, err := tx.openVote(vote)
		if err != nil {
			return err
		}
		voters, err := tx.voters(b, v.Unit)
		if err != nil {
			return err
		}
		if err := tx.Where("vote_id = ?", v.ID).Delete(&models.BodyVoteMark{}).Error; err != nil {
			return err
		}
		var marks []models.BodyVoteMark
		for _, voter := range voters {
			if slices.Contains(took, voter.ID) {
				marks = append(marks, models.BodyVoteMark{Tenant: models.Tenant{ID: tx.NewID()}, VoteID: v.ID, VoterID: voter.ID, Channel: v.Method})
			}
		}
		if len(marks) > 0 {
			if err := tx.CreateInBatches(marks, batch).Error; err != nil {
				return err
			}
		}
		tx.Audit("body.vote.marks", v.ID, map[string]int{"took_part": len(marks)})
		now := models.BodyVote{TookPart: len(marks), Entitled: len(voters), UpdatedAt: tx.Now}
		return Changed(tx.Model(&models.BodyVote{}).Where("id = ? AND state = ?", v.ID, models.BodyVoteOpen).
			Select("took_part", "entitled", "updated_at").UpdateColumns(&now))
	})
}

// BodyVoteView is an election with all that is recorded of it.
type BodyVoteView struct {
	models.BodyVote
	Body       models.Body
	Candidates []models.BodyCandidate
	Voters     []Voter
	Result     policy.BodyResult // of the counts as they stand
	Decision   *models.Decision
}

// BodyVote is one recorded election.
func (t *Tenant) BodyVote(ctx context.Context, id models.ID) (*BodyVoteView, error) {
	db := t.db(ctx)
	v, b, err := bodyVote(db, id)
	if err != nil {
		return nil, err
	}
	out := &BodyVoteView{BodyVote: *v, Body: *b}
	if err := db.Where("vote_id = ?", id).Order("place, id").Find(&out.Candidates).Error; err != nil {
		return nil, err
	}
	if out.Voters, err = votersIn(db, t.Store, t.Community, b, v.Unit, models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var took []models.ID
	if err := db.Model(&models.BodyVoteMark{}).Where("vote_id = ?", id).Pluck("voter_id", &took).Error; err != nil {
		return nil, err
	}
	marked := map[models.ID]bool{}
	for _, m := range took {
		marked[m] = true
	}
	for i := range out.Voters {
		out.Voters[i].Mark = marked[out.Voters[i].ID]
	}
	out.Result = policy.ElectBody(v.Entitled, v.TookPart, v.Seats, out.Candidates)
	if v.DecisionID != 0 {
		out.Decision, err = decisionByID(db, v.DecisionID)
	}
	return out, err
}

// BodyVotes are the recorded elections of a body, the newest first.
func (t *Tenant) BodyVotes(ctx context.Context, body models.ID) ([]models.BodyVote, error) {
	var rows []models.BodyVote
	err := t.db(ctx).Where("body_id = ?", body).Order("id DESC").Limit(50).Find(&rows).Error
	return rows, err
}

// CountedBodyVotes wait for a second person.
func (t *Tenant) CountedBodyVotes(ctx context.Context) ([]models.BodyVote, error) {
	var rows []models.BodyVote
	err := t.db(ctx).Where("state = ?", models.BodyVoteCounted).Order("id").Limit(50).Find(&rows).Error
	return rows, err
}
