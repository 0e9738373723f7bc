package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ElectionDraft is what is decided before the first notice.
type ElectionDraft struct {
	Kind       models.ElectionKind
	ParentID   models.ID
	RoundID    models.ID
	Title      string
	Term       int
	Mode       models.ElectionMode
	Day        models.Date
	Pack       string
	Electronic bool
	Seats      map[models.Post]int
}

func (d *ElectionDraft) check(today models.Date, rules policy.Rules) error {
	var f problem.Form
	d.Title = cleanLine(models.Key(d.Title))
	switch n := len([]rune(d.Title)); {
	case n == 0:
		f.Add("title", "form.needed", nil)
	case n > 60:
		f.Add("title", "form.toolong", problem.Args{"n": n - 60, "limit": 60})
	}
	if d.Mode != models.ModeVoters && d.Mode != models.ModeHouseholds && d.Mode != models.ModeReps {
		f.Add("mode", "form.choose", nil)
	}
	switch {
	case !d.Day.Valid():
		f.Add("day", "election.day.needed", nil)
	case d.Kind == models.ElectionGeneral && policy.RollLatest(d.Day, rules) < today:
		f.Add("day", "election.day.early", problem.Args{"date": today.AddDays(rules.Int("roll.publish_days"))})
	case d.Day < today:
		f.Add("day", "election.day.past", nil)
	}
	if rules == nil {
		f.Add("pack", "form.choose", nil)
	}
	err := f.Err()
	if pr := problem.As(policy.CheckPosts(d.posts(), d.Kind, rules)); rules != nil && pr != nil {
		for field, text := range pr.Fields {
			f.Add(field, text.Key, text.Args)
		}
		err = f.Err()
	}
	return err
}

// posts are the seats in the order of the ballot.
func (d *ElectionDraft) posts() []models.ElectionPost {
	var posts []models.ElectionPost
	for i, post := range policy.BallotPosts {
		if n := d.Seats[post]; n > 0 {
			posts = append(posts, models.ElectionPost{Post: post, Seats: n, WomanSeat: post == models.PostWoman, Rank: i + 1})
		}
	}
	return posts
}

// PlanElection begins an election: nothing of it is public. Refusals:
// Forbidden, Invalid with fields, Conflict while another one of the kind runs.
func (t *Tenant) PlanElection(ctx context.Context, actor models.Actor, d ElectionDraft) (*models.Election, error) {
	var e models.Election
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("election", "plan"); err != nil {
			return err
		}
		if d.Kind == "" {
			d.Kind = models.ElectionGeneral
		}
		rules := policy.PackRules(d.Pack)
		if err := d.check(tx.Day(), rules); err != nil {
			return err
		}
		var open int64
		err := tx.Model(&models.Election{}).Where("kind = ? AND state IN ?", models.ElectionGeneral, runningStates).Count(&open).Error
		if err != nil {
			return err
		}
		if open > 0 && d.Kind == models.ElectionGeneral {
			return problem.New(problem.Conflict, "election.running", nil)
		}
		if d.Kind == models.ElectionBy {
			if err := tx.mayByElect(d); err != nil {
				return err
			}
		}
		e = models.Election{Tenant: models.Tenant{ID: tx.NewID()}, State: models.ElectionPlanned, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now}
		return tx.putElection(&e, d, rules)
	})
	return &e, err
}

// runningStates are those of an election that is not over.
var runningStates = []models.ElectionState{models.ElectionPlanned, models.ElectionPreparing, models.ElectionRoll, models.ElectionFrozen,
	models.ElectionCandidates, models.ElectionVoting, models.ElectionCounting}

// announcedStates are those in which the public knows of an election.
var announcedStates = []models.ElectionState{models.ElectionPreparing, models.ElectionRoll, models.ElectionFrozen, models.ElectionCandidates,
	models.ElectionVoting, models.ElectionCounting, models.ElectionSealed, models.ElectionVoid, models.ElectionArchived}

func (tx *Tx) putElection(e *models.Election, d ElectionDraft, rules policy.Rules) error {
	e.Kind, e.ParentID, e.RoundID, e.Title, e.Term = d.Kind, d.ParentID, d.RoundID, d.Title, d.Term
	e.Mode, e.Day, e.Pack, e.Electronic, e.UpdatedAt = d.Mode, d.Day, d.Pack, d.Electronic, tx.Now
	if err := setRules(e, rules); err != nil {
		return err
	}
	if err := tx.Create(e).Error; err != nil {
		return err
	}
	posts := d.posts()
	for i := range posts {
		posts[i].Tenant, posts[i].ElectionID = models.Tenant{ID: tx.NewID()}, e.ID
	}
	if len(posts) > 0 {
		if err := tx.Create(&posts).Error; err != nil {
			return err
		}
	}
	tx.Audit("election.plan", e.ID, map[string]any{"day": e.Day, "mode": e.Mode, "pack": e.Pack})
	tx.Touch("elections")
	return nil
}

// setRules writes rules with their hash, which the first notice prints.
func setRules(e *models.Election, rules policy.Rules) error {
	b, err := json.Marshal(rules)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	e.Rules, e.RulesHash = b, sum[:]
	return nil
}

// EditElection changes what was planned, before the first notice. A change of
// the pack drops what was adopted.
func (t *Tenant) EditElection(ctx context.Context, actor models.Actor, id models.ID, d ElectionDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		if _, err := policy.Next(policy.ElectionMoves, e.State, "edit", tx.roles()); err != nil {
			return err
		}
		rules := policy.ReadRules(e)
		if d.Pack != e.Pack {
			rules = policy.PackRules(d.Pack)
		}
		d.Kind, d.ParentID, d.RoundID = e.Kind, e.ParentID, e.RoundID
		if err := d.check(tx.Day(), rules); err != nil {
			return err
		}
		e.Title, e.Term, e.Mode, e.Day, e.Pack, e.Electronic = d.Title, d.Term, d.Mode, d.Day, d.Pack, d.Electronic
		if err := setRules(e, rules); err != nil {
			return err
		}
		if err := tx.moveElection(e, "edit", "title", "term", "mode", "election_day", "pack", "electronic", "rules", "rules_hash"); err != nil {
			return err
		}
		if err := tx.Where("election_id = ?", id).Delete(&models.ElectionPost{}).Error; err != nil {
			return err
		}
		posts := d.posts()
		for i := range posts {
			posts[i].Tenant, posts[i].ElectionID = models.Tenant{ID: tx.NewID()}, id
		}
		if err := tx.Create(&posts).Error; err != nil {
			return err
		}
		tx.Audit("election.edit", id, nil)
		return nil
	})
}

// DropElection gives up what was never public.
func (t *Tenant) DropElection(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		if err := tx.moveElection(e, "drop"); err != nil {
			return err
		}
		tx.Audit("election.drop", id, nil)
		return nil
	})
}

// AdoptElectionRule changes a locally adoptable key by a decision, before the
// rules are frozen.
func (t *Tenant) AdoptElectionRule(ctx context.Context, actor models.Actor, id models.ID, key, value, decision string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		if e.FrozenAt != nil {
			return problem.New(problem.Conflict, "election.rule.frozen", nil)
		}
		rules, err := policy.ReadRules(e).Adopt(key, value, cleanLine(decision))
		if err != nil {
			return err
		}
		if err := setRules(e, rules); err != nil {
			return err
		}
		if err := tx.moveElection(e, "edit", "rules", "rules_hash"); err != nil {
			return err
		}
		tx.Audit("election.rule", id, map[string]string{"key": key, "value": value})
		return nil
	})
}

// electionFor reads an election for an act, and asks whether the actor may. In a
// void one nothing is done any more, whoever still holds a post for another.
func (tx *Tx) electionFor(id models.ID, object, action string) (*models.Election, error) {
	if err := tx.mayRun(id, object, action); err != nil {
		return nil, err
	}
	e, err := electionByID(tx.DB, id)
	if err == nil && e.State == models.ElectionVoid {
		return nil, problem.New(problem.Conflict, "policy.state", nil)
	}
	return e, err
}

// mayRun asks for the roles of the post, and that nobody who stands for election
// runs it (rules 2 and 3: denial wins).
func (tx *Tx) mayRun(id models.ID, object, action string) error {
	if err := tx.May(object, action); err != nil {
		return err
	}
	stands, err := tx.stands(id, tx.me().ResidentID)
	if err != nil {
		return err
	}
	if stands && !tx.store.opt.Guard.May(tx.roles()|policy.SetOf(policy.RoleCandidate), object, action) {
		return problem.New(problem.Forbidden, "election.candidate.acts", nil).Because("G3.2, G3.3")
	}
	return nil
}

// liveCandidates are the states in which somebody stands.
var liveCandidates = []models.CandidateState{models.CandidateProposed, models.CandidateEligible, models.CandidateFormal, models.CandidateReserve}

// stands tells whether a resident stands in the election.
func (tx *Tx) stands(election, resident models.ID) (bool, error) {
	if resident == 0 {
		return false, nil
	}
	var n int64
	err := tx.Model(&models.Candidate{}).Where("election_id = ? AND resident_id = ? AND state IN ?", election, resident, liveCandidates).Count(&n).Error
	return n > 0, err
}

// moveElection takes an election to where the action leads, with the named
// columns. The state it was read in stands in the condition.
func (tx *Tx) moveElection(e *models.Election, action string, columns ...string) error {
	from := e.State
	to, err := policy.Next(policy.ElectionMoves, from, action, tx.roles())
	if err != nil {
		return err
	}
	e.State, e.UpdatedAt = to, tx.Now
	if len(columns) == 0 {
		columns = []string{}
	}
	err = Changed(tx.Model(&models.Election{}).Where("id = ? AND state = ?", e.ID, from).
		Select("state", append(anys(columns), "updated_at")...).UpdateColumns(e))
	tx.Touch("elections", "home")
	return err
}

func anys(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}

// countElection adds to counters of an election that is at the state.
func (tx *Tx) countElection(id models.ID, add map[string]int) error {
	values := map[string]any{}
	for column, n := range add {
		values[column] = gorm.Expr(column+" + ?", n) //forbid:allow sql names of columns are written in this package
	}
	tx.Touch("elections")
	return Changed(tx.Model(&models.Election{}).Where("id = ?", id).UpdateColumns(values))
}

// Elections of the community, the newest first. public leaves out what is
// being planned.
func (t *Tenant) Elections(ctx context.Context, public bool) ([]models.Election, error) {
	db := t.db(ctx).Omit("rules", "result")
	if public {
		db = db.Where("state IN ?", announcedStates)
	} else {
		db = db.Where("state <> ?", models.ElectionDropped)
	}
	var rows []models.Election
	err := db.Order("election_day DESC, id DESC").Limit(50).Find(&rows).Error
	return rows, err
}

// Election is one election; for the public only once it is announced.
func (t *Tenant) Election(ctx context.Context, id models.ID, public bool) (*models.Election, error) {
	e, err := electionByID(t.db(ctx), id)
	if err != nil {
		return nil, err
	}
	if public && (e.State == models.ElectionPlanned || e.State == models.ElectionDropped) {
		return nil, notFound(gorm.ErrRecordNotFound)
	}
	return e, nil
}

// ElectionPosts are the seats in the order of the ballot.
func (t *Tenant) ElectionPosts(ctx context.Context, id models.ID) ([]models.ElectionPost, error) {
	return postsOf(t.db(ctx), id)
}

func postsOf(db *gorm.DB, id models.ID) (rows []models.ElectionPost, err error) {
	err = db.Where("election_id = ?", id).Order("`rank`").Find(&rows).Error
	return rows, err
}

// ElectionSteps are the steps that were marked as done, by key.
func (t *Tenant) ElectionSteps(ctx context.Context, id models.ID) (map[string]models.ElectionStep, error) {
	var rows []models.ElectionStep
	err := t.db(ctx).Where("election_id = ?", id).Find(&rows).Error
	done := make(map[string]models.ElectionStep, len(rows))
	for _, r := range rows {
		done[r.Key] = r
	}
	return done, err
}

// StepDone records who did a step of the timetable.
func (t *Tenant) StepDone(ctx context.Context, actor models.Actor, id models.ID, key, note string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		known := false
		for _, s := range policy.TimetableOf(e, policy.ReadRules(e), policy.China()) {
			known = known || s.Key == key
		}
		if !known {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		return tx.stepDone(e, key, strings.TrimSpace(note))
	})
}

// stepDone marks a step once; what is marked stays as it was.
func (tx *Tx) stepDone(e *models.Election, key, note string) error {
	var there int64
	if err := tx.Model(&models.ElectionStep{}).Where("election_id = ? AND `key` = ?", e.ID, key).Count(&there).Error; err != nil || there > 0 {
		return err
	}
	tx.Touch("elections")
	err := tx.Create(&models.ElectionStep{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Key: key, Note: cleanLine(note),
		DoneBy: tx.Actor.UserID, DoneName: tx.Actor.Name, DoneAt: tx.Now}).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return err
}
