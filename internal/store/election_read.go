package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// RollFilter narrows a roll. After is the last roll number of the page before.
type RollFilter struct {
	Words    string // a name, or a roll number
	State    models.VoterState
	Elector  bool // only those who vote in this mode
	Station  models.ID
	Group    string
	Building string
	After    int
	Limit    int
}

// Roll lists rows of an election's roll by number.
func (t *Tenant) Roll(ctx context.Context, id models.ID, f RollFilter) (rows []models.Voter, more bool, err error) {
	db := t.db(ctx).Where("election_id = ? AND number > ?", id, f.After)
	if f.State != "" {
		db = db.Where("state = ?", f.State)
	}
	if f.Elector {
		db = db.Where("elector = ?", true)
	}
	if f.Station != 0 {
		db = db.Where("station_id = ?", f.Station)
	}
	if f.Building != "" {
		db = db.Where("building = ?", f.Building)
	}
	if f.Words != "" {
		if n, err := strconv.Atoi(f.Words); err == nil {
			db = db.Where("number = ?", n)
		} else {
			db = db.Where("name LIKE ? ESCAPE '!'", likePrefix(models.Key(f.Words)))
		}
	}
	err = db.Order("number").Limit(f.Limit + 1).Find(&rows).Error
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	return rows, more, err
}

// RollPlace is one group of the public roll: who is on it in a building.
type RollPlace struct {
	Building string
	Group    string
	Voters   int
	Electors int
}

// RollPlaces counts the declared rows per building: one query.
func (t *Tenant) RollPlaces(ctx context.Context, id models.ID) (rows []RollPlace, err error) {
	err = t.db(ctx).Model(&models.Voter{}).
		Select("building, group_name AS `group`, COUNT(*) AS voters, SUM(CASE WHEN elector THEN 1 ELSE 0 END) AS electors").
		Where("election_id = ? AND state = ?", id, models.VoterDeclared).Group("building, group_name").Find(&rows).Error
	return rows, err
}

// PublicVoter is a row of the public roll: name and place, the birth year only
// where the building has two of that name (domain.md F3).
type PublicVoter struct {
	Number  int
	Name    string
	Year    string
	Elector bool
}

// PublicRoll is the public roll of one building, while its display lasts: after
// it the names are gone and shown is false.
func (t *Tenant) PublicRoll(ctx context.Context, e *models.Election, building string) (rows []PublicVoter, shown bool, err error) {
	if !rollShown(e, t.Now()) {
		return nil, false, nil
	}
	var voters []models.Voter
	err = t.db(ctx).Select("community_id", "id", "number", "name", "birth", "elector").
		Where("election_id = ? AND state = ? AND building = ?", e.ID, models.VoterDeclared, building).Order("number").Find(&voters).Error
	names := map[string]int{}
	for _, v := range voters {
		names[v.Name]++
	}
	for _, v := range voters {
		p := PublicVoter{Number: v.Number, Name: v.Name, Elector: v.Elector}
		if names[v.Name] > 1 && len(v.Birth) >= 4 {
			p.Year = string(v.Birth[:4])
		}
		rows = append(rows, p)
	}
	return rows, true, err
}

// Voter is one row of a roll, for the office.
func (t *Tenant) Voter(ctx context.Context, election, id models.ID) (*models.Voter, error) {
	return voterByID(t.db(ctx), election, id)
}

// MyVoter is the actor's own row; nil when there is none or the tie is not
// confirmed.
func (t *Tenant) MyVoter(ctx context.Context, actor models.Actor, election models.ID) (*models.Voter, error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok || link.State != models.LinkConfirmed {
		return nil, nil
	}
	var v models.Voter
	err := t.db(ctx).Where("election_id = ? AND resident_id = ?", election, link.ResidentID).Take(&v).Error
	if problem.Is(notFound(err), problem.NotFound) {
		return nil, nil
	}
	return &v, err
}

// Objections of an election, open ones first by their last day.
func (t *Tenant) Objections(ctx context.Context, id models.ID, onlyDecided bool) (rows []models.RollObjection, err error) {
	db := t.db(ctx).Where("election_id = ?", id)
	if onlyDecided {
		db = db.Where("state <> ?", models.ObjectionOpen)
	}
	err = db.Order("due_day, id").Limit(500).Find(&rows).Error
	return rows, err
}

// Objection is one of them.
func (t *Tenant) Objection(ctx context.Context, election, id models.ID) (*models.RollObjection, error) {
	var o models.RollObjection
	err := t.db(ctx).Where("id = ? AND election_id = ?", id, election).Take(&o).Error
	return &o, notFound(err)
}

// RollCorrections that were published, in their order.
func (t *Tenant) RollCorrections(ctx context.Context, id models.ID) (rows []models.RollCorrection, err error) {
	err = t.db(ctx).Where("election_id = ?", id).Order("id").Limit(1000).Find(&rows).Error
	return rows, err
}

// Double is a voter of this roll who is a voter on another running roll too.
type Double struct {
	Voter     models.Voter
	Community string
}

// DoubleRegistrations finds people registered in two communities at once.
func (t *Tenant) DoubleRegistrations(ctx context.Context, id models.ID) ([]Double, error) {
	type pair struct {
		ID        models.ID
		Community models.ID
	}
	var pairs []pair
	err := t.everywhere(ctx).Table("voters AS mine").
		Select("mine.id AS id, other.community_id AS community").
		Joins("JOIN voters AS other ON other.person_index = mine.person_index AND other.community_id <> mine.community_id AND other.state = mine.state").
		Joins("JOIN elections ON elections.community_id = other.community_id AND elections.id = other.election_id AND elections.state IN ?", runningStates).
		Where("mine.community_id = ? AND mine.election_id = ? AND mine.state = ? AND mine.person_index IS NOT NULL", t.Community.ID, id, models.VoterDeclared).
		Limit(200).Scan(&pairs).Error
	if err != nil || len(pairs) == 0 {
		return nil, err
	}
	ids := orNone(nil)
	for _, p := range pairs {
		ids = append(ids, p.ID)
	}
	var voters []models.Voter
	if err := t.db(ctx).Where("id IN ?", ids).Find(&voters).Error; err != nil {
		return nil, err
	}
	byID := map[models.ID]models.Voter{}
	for _, v := range voters {
		byID[v.ID] = v
	}
	var out []Double
	for _, p := range pairs {
		out = append(out, Double{byID[p.ID], t.communityName(p.Community)})
	}
	return out, nil
}

// eachVoter streams the roll for exports and sheets.
func (t *Tenant) EachVoter(ctx context.Context, id models.ID, f RollFilter, fn func(models.Voter) error) error {
	f.Limit = 500
	for {
		rows, more, err := t.Roll(ctx, id, f)
		if err != nil {
			return err
		}
		for _, v := range rows {
			if err := fn(v); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		f.After = rows[len(rows)-1].Number
	}
}

// childrenOf are the votes that belong to an election: run-offs and ties.
func childrenOf(db *gorm.DB, id models.ID) (rows []models.Election, err error) {
	err = db.Where("parent_id = ? AND state <> ?", id, models.ElectionDropped).Order("id").Find(&rows).Error
	return rows, err
}

// familyOf are a vote and all further votes that followed from it, also a tie
// within a run-off; what was declared void elected nobody.
func familyOf(db *gorm.DB, id models.ID) ([]models.ID, error) {
	family := []models.ID{id}
	for i := 0; i < len(family); i++ {
		children, err := childrenOf(db, family[i])
		if err != nil {
			return nil, err
		}
		for _, c := range children {
			if c.State != models.ElectionVoid {
				family = append(family, c.ID)
			}
		}
	}
	return family, nil
}

// Children of an election.
func (t *Tenant) Children(ctx context.Context, id models.ID) ([]models.Election, error) {
	return childrenOf(t.db(ctx), id)
}

func candidatesOf(db *gorm.DB, id models.ID, states ...models.CandidateState) (rows []models.Candidate, err error) {
	db = db.Where("election_id = ?", id)
	if len(states) > 0 {
		db = db.Where("state IN ?", states)
	}
	if err = db.Order("place, support DESC, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	policy.SortByPost(rows)
	return rows, nil
}

// RunningElection is the general election that is announced and not sealed; nil
// if there is none.
func (t *Tenant) RunningElection(ctx context.Context) (*models.Election, error) {
	return t.oneElection(ctx, "state IN ? AND state <> ?", runningStates, models.ElectionPlanned)
}

// PlannedElection is the general election that is prepared or running.
func (t *Tenant) PlannedElection(ctx context.Context) (*models.Election, error) {
	return t.oneElection(ctx, "state IN ?", runningStates)
}

// lastElection is the newest that the public knows of.
func (t *Tenant) lastElection(ctx context.Context) (*models.Election, error) {
	return t.oneElection(ctx, "state IN ?", announcedStates)
}

func (t *Tenant) oneElection(ctx context.Context, where string, args ...any) (*models.Election, error) {
	var rows []models.Election
	err := t.db(ctx).Where("kind = ?", models.ElectionGeneral).Where(where, args...).Order("id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// OpenObjections wait for a decision.
func (t *Tenant) OpenObjections(ctx context.Context, id models.ID) (rows []models.RollObjection, err error) {
	err = t.db(ctx).Where("election_id = ? AND state = ?", id, models.ObjectionOpen).Order("due_day, id").Limit(50).Find(&rows).Error
	return rows, err
}

// AskedNomination is a nomination that waits for the resident's own answer.
func (t *Tenant) AskedNomination(ctx context.Context, id, resident models.ID) (*models.Nomination, error) {
	var rows []models.Nomination
	err := t.db(ctx).Where("election_id = ? AND resident_id = ? AND state = ?", id, resident, models.NominationSubmitted).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
