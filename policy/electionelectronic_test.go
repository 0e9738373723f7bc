package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/models"
)

var electronicPosts = []models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: 2}}

func TestElectronicQuestions(t *testing.T) {
	rules := PackRules(DefaultPack)
	list := []Contender{{ID: 1, Resident: 11, Post: models.PostDirector, Name: "甲"}, {ID: 2, Resident: 12, Post: models.PostMember, Name: "乙"}, {ID: 3, Resident: 13, Post: models.PostMember, Name: "丙", WriteIn: true}}
	got, err := ElectronicQuestions(models.ElectionGeneral, electronicPosts, list, rules)
	want := []ElectronicQuestion{
		{Post: models.PostDirector, Seats: 1, Names: []string{"甲"}, Keys: []string{TallyKey(MarkFor, 1)}},
		{Post: models.PostMember, Seats: 2, Names: []string{"乙", "丙"}, Keys: []string{TallyKey(MarkFor, 2), TallyKey(MarkFor, 3)}},
	}
	if err != nil || cmp.Diff(want, got) != "" {
		t.Error(err, cmp.Diff(want, got))
	}
	twice := append(list, Contender{ID: 4, Resident: 11, Post: models.PostMember, Name: "甲"})
	if _, err := ElectronicQuestions(models.ElectionGeneral, electronicPosts, twice, rules); !problem.Is(err, problem.Conflict) {
		t.Errorf("one person for two posts where that voids a ballot: %v", err)
	}
	down, err := rules.Adopt("ballot.dual_post", "down", "居民会议第1号决定")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ElectronicQuestions(models.ElectionGeneral, electronicPosts, twice, down); err != nil {
		t.Errorf("where votes for the higher post count for the lower one: %v", err)
	}
	if _, err := ElectronicQuestions(models.ElectionGeneral, electronicPosts, nil, rules); !problem.Is(err, problem.TooEarly) {
		t.Errorf("nobody stands: %v", err)
	}
	recall, err := ElectronicQuestions(models.ElectionRecall, []models.ElectionPost{{Post: models.PostRecall, Seats: 1}}, []Contender{{ID: 9, Resident: 19, Post: models.PostRecall, Name: "丁"}}, rules)
	if err != nil || len(recall) != 1 || recall[0].Seats != 1 || cmp.Diff([]string{TallyKey(MarkFor, 9), TallyKey(MarkAgainst, 9)}, recall[0].Keys) != "" {
		t.Errorf("%+v %v", recall, err)
	}
}

func TestElectronicTally(t *testing.T) {
	rules := PackRules(DefaultPack)
	two := []ElectronicQuestion{{Post: models.PostDirector, Seats: 1, Keys: []string{"for:1"}}, {Post: models.PostMember, Seats: 2, Keys: []string{"for:2", "for:3", "for:4"}}}
	one := two[:1]
	for _, c := range []struct {
		name      string
		questions []ElectronicQuestion
		counts    [][]int64
		voters    int
		rules     Rules
		want      Tally
	}{
		{"two posts", two, [][]int64{{1, 5}, {0, 6, 4, 2}}, 6, rules, Tally{"valid": 6, "for:1": 5, "for:2": 6, "for:3": 4, "for:4": 2}},
		{"as many marks as seats", two, [][]int64{{0, 6}, {0, 6, 3, 3}}, 6, rules, Tally{"valid": 6, "for:1": 6, "for:2": 6, "for:3": 3, "for:4": 3}},
		{"one mark more than seats", two, [][]int64{{0, 6}, {0, 6, 4, 3}}, 6, rules, nil},
		{"a blank one leaves no seat", two, [][]int64{{0, 6}, {1, 5, 4, 2}}, 6, rules, nil},
		{"more than voters", two, [][]int64{{0, 7}, {0, 0, 0, 0}}, 6, rules, nil},
		{"less than nothing", two, [][]int64{{0, -1}, {0, 0, 0, 0}}, 6, rules, nil},
		{"another question", two, [][]int64{{0, 6}}, 6, rules, nil},
		{"another answer", two, [][]int64{{0, 6}, {0, 1, 1}}, 6, rules, nil},
		{"a single post shows who chose nobody", one, [][]int64{{2, 4}}, 6, rules, Tally{"valid": 4, "blank": 2, "for:1": 4}},
		{"which some packs call void", one, [][]int64{{2, 4}}, 6, withRule(t, "ballot.blank", "invalid"), Tally{"valid": 4, "invalid": 2, "for:1": 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ElectronicTally(c.questions, c.counts, c.voters, c.rules)
			if (err == nil) != (c.want != nil) || c.want != nil && cmp.Diff(c.want, got) != "" {
				t.Errorf("%v %v, want %v", got, err, c.want)
			}
			if c.want != nil && got.Ballots() != c.voters {
				t.Errorf("%d ballots of %d voters", got.Ballots(), c.voters)
			}
		})
	}
}

func withRule(t *testing.T, key, value string) Rules {
	t.Helper()
	r, err := PackRules(DefaultPack).Adopt(key, value, "居民会议第1号决定")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The demonstration pack changes no rule of the national law but its name: what
// is tried with it is what would happen.
func TestDemonstrationPackIsTheLaw(t *testing.T) {
	if d := PackRules(DefaultPack).Diff(PackRules(DemonstrationPack)); len(d) != 0 {
		t.Errorf("%v", d)
	}
	for _, p := range Packs() {
		_, err := MayOpenChannel(models.BallotElection, p, models.ViaRemote, "街道批准")
		if (err == nil) != (p == DemonstrationPack) {
			t.Errorf("voting at home under %s: %v", p, err)
		}
	}
}

func TestMayChooseElectronic(t *testing.T) {
	voter := models.Voter{State: models.VoterDeclared, Elector: true}
	for _, c := range []struct {
		name  string
		e     models.Election
		v     models.Voter
		fixed bool
		want  problem.Kind
		ok    bool
	}{
		{"while the roll is displayed", models.Election{Electronic: true, State: models.ElectionRoll}, voter, false, 0, true},
		{"until the list is fixed", models.Election{Electronic: true, State: models.ElectionCandidates}, voter, false, 0, true},
		{"then no more", models.Election{Electronic: true, State: models.ElectionCandidates}, voter, true, problem.TooLate, false},
		{"before the roll", models.Election{Electronic: true, State: models.ElectionPreparing}, voter, false, problem.TooEarly, false},
		{"on the day", models.Election{Electronic: true, State: models.ElectionVoting}, voter, false, problem.TooLate, false},
		{"an election on paper", models.Election{State: models.ElectionRoll}, voter, false, problem.Forbidden, false},
		{"somebody who is not declared", models.Election{Electronic: true, State: models.ElectionRoll}, models.Voter{State: models.VoterUndeclared, Elector: true}, false, problem.Forbidden, false},
		{"somebody whose household another represents", models.Election{Electronic: true, State: models.ElectionRoll}, models.Voter{State: models.VoterDeclared}, false, problem.Forbidden, false},
	} {
		if err := MayChooseElectronic(&c.e, &c.v, c.fixed); (err == nil) != c.ok || !c.ok && !problem.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestBoardClosed(t *testing.T) {
	for state, want := range map[models.BallotState]bool{
		models.BallotReady: false, models.BallotOpen: false, models.BallotEnded: false, models.BallotTallied: true, models.BallotAnnounced: true, models.BallotFew: true,
	} {
		if BoardClosed(&models.BallotBoard{State: state}) != want {
			t.Errorf("polls may close with a board that is %s: %v", state, !want)
		}
	}
	for counted, want := range map[int]bool{SmallestTally + 2: true, SmallestTally + 1: false} { // two of them took paper
		b := models.BallotBoard{State: models.BallotEnded, PaperOver: true, Overridden: 2, BoardEnd: models.BoardEnd{Counted: counted}}
		if BoardClosed(&b) != want {
			t.Errorf("polls may close with %d ballots on a board of which two are replaced: %v", counted, !want)
		}
	}
}

func TestMayOverride(t *testing.T) {
	for _, c := range []struct {
		name    string
		state   models.BallotState
		allowed bool
		remain  int
		voted   bool
		want    bool
	}{
		{"where the rules do not let them", models.BallotOpen, false, 50, true, false},
		{"while it runs", models.BallotOpen, true, 1, true, true},
		{"after it ended, enough remain", models.BallotEnded, true, SmallestTally + 1, true, true},
		{"after it ended, exactly enough are there", models.BallotEnded, true, SmallestTally, true, false},
		{"after it ended, who has not voted takes nothing away", models.BallotEnded, true, SmallestTally, false, true},
		{"before it opened", models.BallotReady, true, 50, false, false},
		{"when it is counted", models.BallotTallied, true, 50, true, false},
	} {
		b := models.BallotBoard{State: c.state, PaperOver: c.allowed, Overridden: 3, BoardEnd: models.BoardEnd{Counted: c.remain + 3}}
		if err := MayOverride(&b, c.voted); (err == nil) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestExclusionSigner(t *testing.T) {
	for _, c := range []struct {
		roles RoleSet
		want  string
	}{{SetOf(RoleECMember), "electoral"}, {SetOf(RoleECChair), "electoral"}, {SetOf(models.RoleSupervisor), "supervision"}, {SetOf(models.RoleDirector), ""}, {SetOf(models.RoleSupervisor, RoleECChair), "electoral"}} {
		if got := ExclusionSigner(c.roles); got != c.want {
			t.Errorf("%v signs for %q, want %q", c.roles.Roles(), got, c.want)
		}
	}
}
