package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// ElectronicQuestion is one post on the electronic ballot of an election. Keys
// name the line of the count behind each answer (TallyKey), in the order of the
// answers.
type ElectronicQuestion struct {
	Post  models.Post `json:"post"`
	Seats int         `json:"seats"`
	Names []string    `json:"names"`
	Keys  []string    `json:"keys"`
}

// ElectronicQuestions makes the electronic ballot from the posts and from those
// who may be marked on it: formal candidates, and declared others. A mark there
// is a mark for somebody; a candidate left out is one without a mark, as on
// paper. A recall asks for and against.
//
// Where the rules make a ballot void that marks one person for two posts, a
// person who stands for two cannot be on the electronic ballot: a tally that is
// added up under encryption sees no single ballot. Refusal: Conflict.
func ElectronicQuestions(kind models.ElectionKind, posts []models.ElectionPost, contenders []Contender, rules Rules) ([]ElectronicQuestion, error) {
	standing := map[models.ID]string{}
	for _, c := range contenders {
		if _, twice := standing[c.Resident]; twice && c.Resident != 0 && rules.Choice("ballot.dual_post") != "down" {
			return nil, problem.New(problem.Conflict, "election.electronic.dual", problem.Args{"name": c.Name}).Because("B4: a ballot that marks one person for two posts")
		}
		standing[c.Resident] = c.Name
	}
	var out []ElectronicQuestion
	for _, p := range posts {
		q := ElectronicQuestion{Post: p.Post, Seats: p.Seats}
		for _, c := range contenders {
			if c.Post != p.Post {
				continue
			}
			q.Names, q.Keys = append(q.Names, c.Name), append(q.Keys, TallyKey(MarkFor, c.ID))
			if kind == models.ElectionRecall {
				q.Names, q.Keys = append(q.Names, c.Name), append(q.Keys, TallyKey(MarkAgainst, c.ID))
				q.Seats = 1
			}
		}
		if len(q.Keys) > 0 {
			q.Seats = min(q.Seats, len(q.Keys))
			out = append(out, q)
		}
	}
	if len(out) == 0 {
		return nil, problem.New(problem.TooEarly, "election.electronic.candidates", nil)
	}
	return out, nil
}

// ElectronicTally turns what the trustees have decrypted into a heap of the
// count: first of each question stand those who chose nobody. The electronic
// ballot takes no void vote. One that is blank for every post can be told from
// others only where there is a single post; with several, each counts as valid
// without a mark, which changes no majority: that is of all who took part
// (art. 19). An error says that the counts do not belong to these questions.
func ElectronicTally(questions []ElectronicQuestion, counts [][]int64, voters int, rules Rules) (Tally, error) {
	no := func(why string) error {
		return problem.New(problem.Conflict, "policy.state", nil).Because("electronic tally: " + why)
	}
	if len(counts) != len(questions) {
		return nil, no("other questions")
	}
	t := Tally{"valid": voters}
	for i, q := range questions {
		if len(counts[i]) != len(q.Keys)+1 {
			return nil, no("other answers")
		}
		marks := int64(0)
		for j, n := range counts[i] {
			if n < 0 || n > int64(voters) {
				return nil, no("more marks than voters")
			}
			if j > 0 {
				t[q.Keys[j-1]] = int(n)
				marks += n
			}
		}
		if blank := counts[i][0]; marks > (int64(voters)-blank)*int64(q.Seats) {
			return nil, no("more marks than seats")
		}
	}
	if len(questions) == 1 {
		blank := int(counts[0][0])
		t["valid"] -= blank
		state := "blank"
		if rules.Choice("ballot.blank") == "invalid" {
			state = "invalid"
		}
		t[state] = blank
	}
	return t, nil
}

// MayChooseElectronic answers whether a voter's one ballot may be moved to or
// from the electronic channel: the election has one, the roll stands, and
// neither the polls nor the list of the electronic ballot are fixed.
func MayChooseElectronic(e *models.Election, v *models.Voter, fixed bool) error {
	switch {
	case !e.Electronic:
		return problem.New(problem.Forbidden, "election.electronic.off", nil)
	case v.State != models.VoterDeclared || !v.Elector:
		return problem.New(problem.Forbidden, "election.claim.notvoter", nil)
	case fixed || ElectionReached(e.State, models.ElectionVoting) || e.State == models.ElectionVoid:
		return problem.New(problem.TooLate, "election.electronic.late", nil)
	case !ElectionReached(e.State, models.ElectionRoll):
		return problem.New(problem.TooEarly, "election.electronic.early", nil)
	}
	return nil
}

// BoardClosed tells whether nothing more can come onto a board and it is known
// whether enough voted to open it, so that the polls may be closed: whoever must
// vote again on paper still can. Where paper overrides, the count waits for the
// last paper voter; that enough remain is known all the same (MayOverride).
func BoardClosed(b *models.BallotBoard) bool {
	if b.State == models.BallotEnded {
		return b.PaperOver && !TooFew(b.Counted-b.Overridden)
	}
	return slices.Contains([]models.BallotState{models.BallotTallied, models.BallotAnnounced, models.BallotFew}, b.State)
}

// RulePaperOverrides is the key of the rule packs that lets a paper ballot take
// the place of an electronic one. No law speaks of it, so it is off until the
// community adopts it.
const RulePaperOverrides = "ballot.paper_overrides"

// MayOverride answers whether a voter of the electronic channel may take a paper
// ballot instead. Once the board has ended, those who remain on it must stay
// enough to be opened: nobody else's vote is lost because somebody came.
func MayOverride(b *models.BallotBoard, voted bool) error {
	switch {
	case !b.PaperOver || b.State != models.BallotOpen && b.State != models.BallotEnded:
		return problem.New(problem.Conflict, "election.claim.channel", nil).Because("art. 19: one voter, one ballot")
	case voted && b.State == models.BallotEnded && TooFew(b.Counted-b.Overridden-1):
		return problem.New(problem.Conflict, "ballot.override.few", nil)
	}
	return nil
}

// ExclusionSigner is the body for which a role answers for what the count leaves
// out; "" for nobody.
func ExclusionSigner(roles RoleSet) string {
	switch {
	case roles.Has(RoleECMember) || roles.Has(RoleECChair):
		return "electoral"
	case roles.Has(models.RoleSupervisor):
		return "supervision"
	}
	return ""
}
