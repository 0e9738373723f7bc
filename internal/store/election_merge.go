package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// followVoters makes the rows of voter rolls and of polls follow two records
// that are one person. A roll that was voted on stays as it was: its fingerprint
// and its result are about it. On a running one the person keeps one row: a
// second one that was never declared is struck; two declared rows are two
// ballots, and refuse until the electoral committee has struck one.
func (tx *Tx) followVoters(keep, drop models.ID) error {
	var rows []models.Voter
	if err := tx.Where("resident_id = ?", drop).Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		if err := tx.followVoter(&rows[i], keep); err != nil {
			return err
		}
	}
	return tx.followRights(keep, drop)
}

func (tx *Tx) followVoter(v *models.Voter, keep models.ID) error {
	var own models.Voter
	if err := tx.Where("election_id = ? AND resident_id = ?", v.ElectionID, keep).Limit(1).Find(&own).Error; err != nil {
		return err
	}
	move := tx.Model(&models.Voter{}).Where("id = ?", v.ID)
	if own.ID == 0 {
		return move.UpdateColumn("resident_id", keep).Error
	}
	e, err := electionByID(tx.DB, v.ElectionID)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(runningStates, e.State):
		return nil
	case !takesPart(v):
		return tx.spareRow(v)
	case !takesPart(&own):
		if err := tx.spareRow(&own); err != nil {
			return err
		}
		return move.UpdateColumn("resident_id", keep).Error
	}
	return problem.New(problem.Conflict, "resident.merge.voters", problem.Args{"title": e.Title}).Because("art. 19: one voter, one ballot")
}

// takesPart tells whether a row stands for somebody who votes or has asked to.
func takesPart(v *models.Voter) bool {
	return v.State == models.VoterDeclared || v.State == models.VoterApplied || v.UsedChannel != models.ChannelNone
}

// spareRow takes a row that nobody needs out of the roll.
func (tx *Tx) spareRow(v *models.Voter) error {
	tx.Audit("election.row.merged", v.ID, nil)
	tx.Touch("elections")
	return tx.Model(&models.Voter{}).Where("id = ?", v.ID).UpdateColumns(map[string]any{"resident_id": nil, "state": models.VoterStruck}).Error
}

// followRights moves the rights to vote in polls of persons, and the mandates to
// vote for somebody. Both records on the list of a poll that is not over are two
// rights of one person, and refuse.
func (tx *Tx) followRights(keep, drop models.ID) error {
	boards := func(states ...models.BallotState) *gorm.DB {
		return tx.Model(&models.BallotBoard{}).Select("id").Where("community_id = ? AND election_id = 0 AND unit <> ? AND state IN ?", tx.chain, models.PerHousehold, states)
	}
	running := []models.BallotState{models.BallotDraft, models.BallotKeys, models.BallotRehearsal, models.BallotReady, models.BallotOpen}
	var both []models.ID
	err := tx.Model(&models.BallotVoter{}).Where("unit_id = ? AND board_id IN (?)", keep, boards(running...)).Pluck("board_id", &both).Error
	if err != nil {
		return err
	}
	var twice []models.BallotVoter
	if err := tx.Where("unit_id = ? AND board_id IN ?", drop, orNone(both)).Find(&twice).Error; err != nil {
		return err
	}
	if len(twice) > 0 {
		return problem.New(problem.Conflict, "resident.merge.rights", nil)
	}
	err = tx.Model(&models.BallotVoter{}).Where("unit_id = ? AND board_id IN (?)", drop, boards(running...)).UpdateColumn("unit_id", keep).Error
	if err != nil {
		return err
	}
	return tx.Model(&models.BallotVoter{}).Where("proxy_id = ?", drop).UpdateColumn("proxy_id", keep).Error
}

// representatives are the people who sit for the residents on a day: who votes
// in a poll among them.
func representatives(db *gorm.DB) (residents []models.ID, err error) {
	err = db.Model(&models.Mandate{}).Where("post = ? AND state = ? AND resident_id <> 0", models.SitsRep, models.MandateServing).
		Distinct("resident_id").Order("resident_id").Pluck("resident_id", &residents).Error
	return residents, err
}

var ballotUnits = []models.BallotUnit{models.PerPerson, models.PerHousehold, models.PerRep}

// MyBallotRight is a right to vote in a poll. That it was used is part of it;
// how is known to nobody.
type MyBallotRight struct {
	Community string      `json:"community"`
	Poll      string      `json:"poll"`
	Closes    models.Date `json:"closes"`
	Household bool        `json:"of_the_household,omitempty"`
	Mandate   bool        `json:"for_somebody_else,omitempty"`
	Voted     bool        `json:"voted"`
	Paper     bool        `json:"at_the_polling_place,omitempty"`
}

// myRightsHere are the rights in polls; those of an election stand with its roll,
// but mandates stand here.
func (t *Tenant) myRightsHere(resident models.ID, d *MyData, db *gorm.DB) error {
	var r models.Resident
	if err := db.Select("community_id", "id", "household_id").Where("id = ?", resident).Limit(1).Find(&r).Error; err != nil {
		return err
	}
	var rows []models.BallotVoter
	err := db.Where("proxy_id = ? OR (unit_id IN ? AND proxy_id = 0)", resident, []models.ID{resident, max(r.HouseholdID, 1)}).Order("board_id DESC").Limit(100).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, v := range rows {
		b, err := boardByID(db, v.BoardID)
		if err != nil {
			return err
		}
		d.Rights = append(d.Rights, MyBallotRight{Community: t.Community.Name, Poll: b.Title, Closes: models.DateOf(b.ClosesAt), Household: b.Unit == models.PerHousehold,
			Mandate: v.ProxyID == resident, Voted: v.Voted, Paper: v.Paper})
	}
	return nil
}

// electoralDecision is the decision of the community's own book that a text
// names; 0 where it was taken elsewhere.
func (tx *Tx) electoralDecision(text string) (models.ID, error) {
	d, err := decisionByNumber(tx.DB, text)
	if problem.Is(err, problem.NotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return d.ID, nil
}

// ElectoralDecision is the decision that formed the electoral committee; nil
// where it does not stand in the community's own book.
func (t *Tenant) ElectoralDecision(ctx context.Context, e *models.Election) (*models.Decision, error) {
	if e.DecisionID == 0 {
		return nil, nil
	}
	return decisionByID(t.db(ctx), e.DecisionID)
}
