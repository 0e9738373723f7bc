package policy

import (
	"juwu/internal/problem"
	"juwu/models"
)

// Who does what in an election: the committee prepares it, the electoral
// committee runs it (art. 15), the street watches and helps (art. 6, 25).
var (
	ecChair   = SetOf(RoleECChair)
	ecAny     = SetOf(RoleECChair, RoleECMember)
	planners  = SetOf(models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember) | ecAny
	overseers = SetOf(models.RoleStreet, models.RoleDistrict)
)

// ElectionMoves of one election. Days, rolls and counts are asked besides.
var ElectionMoves = []Move[models.ElectionState]{
	{"", "plan", planners | overseers, models.ElectionPlanned},
	{models.ElectionPlanned, "edit", planners, models.ElectionPlanned},
	{models.ElectionPlanned, "drop", planners, models.ElectionDropped},
	{models.ElectionPlanned, "announce", ecAny, models.ElectionPreparing}, // the first notice freezes the rules
	{models.ElectionPreparing, "publish_roll", ecAny, models.ElectionRoll},
	{models.ElectionRoll, "freeze", ecAny, models.ElectionFrozen},
	{models.ElectionFrozen, "publish_candidates", ecAny, models.ElectionCandidates},
	{models.ElectionCandidates, "open", ecAny, models.ElectionVoting},
	{models.ElectionVoting, "close", ecAny, models.ElectionCounting},
	{models.ElectionCounting, "seal", ecChair, models.ElectionSealed},
	{models.ElectionSealed, "archive", ecAny, models.ElectionArchived},
	{models.ElectionPreparing, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionRoll, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionFrozen, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionCandidates, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionVoting, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionCounting, "void", ecChair | overseers, models.ElectionVoid},
	{models.ElectionSealed, "void", overseers, models.ElectionVoid},   // after the seal nobody of the community (art. 22)
	{models.ElectionArchived, "void", overseers, models.ElectionVoid}, // an investigation may end after the file was closed
}

// ElectionReached tells whether an election is at a state or has passed it.
func ElectionReached(now, at models.ElectionState) bool {
	order := map[models.ElectionState]int{
		models.ElectionPlanned: 1, models.ElectionPreparing: 2, models.ElectionRoll: 3, models.ElectionFrozen: 4,
		models.ElectionCandidates: 5, models.ElectionVoting: 6, models.ElectionCounting: 7, models.ElectionSealed: 8, models.ElectionArchived: 9,
	}
	return order[now] >= order[at] && order[now] > 0
}

// MayClaim refuses a ballot to a voter (art. 19): not registered, not one who
// votes in this mode, has voted, or votes elsewhere. The database asks the same
// in one conditional UPDATE; this says which it was.
func MayClaim(e *models.Election, v *models.Voter, ch models.Channel, station models.ID) error {
	no := func(kind problem.Kind, key string) error {
		return problem.New(kind, key, nil).Because("art. 19: one voter, one ballot")
	}
	switch {
	case e.State == models.ElectionCounting || ElectionReached(e.State, models.ElectionSealed) || e.State == models.ElectionVoid:
		return no(problem.TooLate, "election.claim.closed")
	case e.State != models.ElectionVoting:
		return no(problem.TooEarly, "election.claim.early")
	case v.State != models.VoterDeclared || !v.Elector:
		return no(problem.Forbidden, "election.claim.notvoter")
	case v.UsedChannel != models.ChannelNone:
		return no(problem.Conflict, "election.claim.voted")
	case v.Channel != ch:
		return no(problem.Conflict, "election.claim.channel")
	case ch == models.ChannelPaper && v.StationID != station:
		return no(problem.Conflict, "election.claim.station")
	}
	return nil
}

// UnfairMeans make a winner's election void (art. 22).
var UnfairMeans = []string{"violence", "threat", "fraud", "bribery", "forgery", "false_count"}

// VoidGrounds make a whole election void (by analogy Chongqing 34).
var VoidGrounds = []string{"committee", "candidates", "turnout", "surplus", "excess", "count", "announcement", "other"}
