package policy

import "juwu/models"

// RecallNeeds is how many signatures of each kind make a demand to remove a
// member; 0 where there is nobody of the kind.
type RecallNeeds struct {
	Voters int // of registered voters
	Houses int // of household representatives, where they elected
	Reps   int // of residents' representatives
}

// RecallNeeded: one tenth of the voters, or of the household representatives
// where they elected, or a third of the residents' representatives (art. 20).
func RecallNeeded(mode models.ElectionMode, voters, electors, reps int, rules Rules) RecallNeeds {
	n := RecallNeeds{Voters: rules.Share("recall.voters").Needed(voters)}
	if mode == models.ModeHouseholds {
		n.Houses = rules.Share("recall.households").Needed(electors)
	}
	if reps > 0 {
		n.Reps = rules.Share("recall.reps").Needed(reps)
	}
	return n
}

// RecallEnough: each kind is counted among its own, so that three signatures of
// one household are one of the households' (art. 20).
func RecallEnough(signed, needed RecallNeeds) bool {
	return needed.Voters > 0 && signed.Voters >= needed.Voters ||
		needed.Houses > 0 && signed.Houses >= needed.Houses ||
		needed.Reps > 0 && signed.Reps >= needed.Reps
}
