package policy

import "juwu/models"

// RecallNeeded is how many signatures a demand to remove a member needs: one
// tenth of the voters, or of the household representatives where they elected
// (art. 20).
func RecallNeeded(mode models.ElectionMode, voters, electors int, rules Rules) int {
	switch mode {
	case models.ModeHouseholds:
		return rules.Share("recall.households").Needed(electors)
	case models.ModeReps:
		return rules.Share("recall.voters").Needed(voters)
	}
	return rules.Share("recall.voters").Needed(voters)
}

// RecallEnough: the tenth of the voters or households, or a third of the
// residents' representatives (art. 20).
func RecallEnough(signatures, needed, reps, neededReps int) bool {
	return needed > 0 && signatures >= needed || neededReps > 0 && reps >= neededReps
}
