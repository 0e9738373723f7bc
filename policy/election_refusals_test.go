package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// with are the rules of the national pack with one other value.
func with(key, value string) Rules {
	rules := PackRules(DefaultPack)
	rules[rules.at(key)].Value = value
	return rules
}

// fieldOf is what is wrong with a form's field.
func fieldOf(err error, field string) string {
	if p := problem.As(err); p != nil {
		return p.Fields[field].Key
	}
	return ""
}

// TestWhatTheRulesOfAnElectionRefuse: what a person tries, and the key of the
// refusal; "" where it is allowed.
func TestWhatTheRulesOfAnElectionRefuse(t *testing.T) {
	rules := PackRules(DefaultPack)
	day := models.Date("2027-03-20")
	declared, silent := &models.Voter{State: models.VoterDeclared}, &models.Voter{State: models.VoterUndeclared}
	polls := &models.Election{State: models.ElectionCandidates, Day: day}
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"a voter signs":                             {MayCosign(declared, models.WayPhone, 4, 5, rules), ""},
		"who has not declared signs":                {MayCosign(silent, models.WayPhone, 0, 5, rules), "election.cosign.notvoter"},
		"on the phone where paper is asked":         {MayCosign(declared, models.WayPhone, 0, 5, with("nomination.forms", "paper")), "election.cosign.form"},
		"on paper where paper is asked":             {MayCosign(declared, models.WayPaper, 0, 5, with("nomination.forms", "paper")), ""},
		"more names than seats":                     {MayCosign(declared, models.WayPhone, 5, 5, rules), "election.cosign.most"},
		"a second name where one is allowed":        {MayCosign(declared, models.WayPhone, 1, 5, with("nomination.per_voter", "one")), "election.cosign.most"},
		"any number where any is allowed":           {MayCosign(declared, models.WayPhone, 99, 5, with("nomination.per_voter", "any")), ""},
		"candidates on the last day":                {MayPublishCandidates(day.AddDays(-5), day, rules), ""},
		"candidates a day late":                     {MayPublishCandidates(day.AddDays(-4), day, rules), "election.candidate.late"},
		"withdrawn on the last day":                 {MayWithdrawCandidacy(day.AddDays(-3), day, rules), ""},
		"withdrawn a day late":                      {MayWithdrawCandidacy(day.AddDays(-2), day, rules), "election.candidate.withdraw.late"},
		"polls on the day":                          {MayOpenPolls(day, polls), ""},
		"polls a day early":                         {MayOpenPolls(day.AddDays(-1), polls), "election.poll.early"},
		"polls a day late":                          {MayOpenPolls(day.AddDays(1), polls), "election.poll.late"},
		"a mobile box where the rules have none":    {CheckMobile(&models.PollingStation{}, 3, 0, 0, with("mobile.allowed", "false")), "election.mobile.off"},
		"nominated in a void election":              {MayNominate(&models.Election{State: models.ElectionVoid}), "election.nominate.late"},
		"nominated before the roll hangs":           {MayNominate(&models.Election{State: models.ElectionPreparing}), "election.nominate.early"},
		"the electronic channel of a void election": {MayChooseElectronic(&models.Election{State: models.ElectionVoid, Electronic: true}, &models.Voter{State: models.VoterDeclared, Elector: true}, false), "election.electronic.late"},
	} {
		if got := keyOf(x.err); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	voter := func(id models.ID) models.Voter {
		return models.Voter{Tenant: models.Tenant{ID: id}, State: models.VoterDeclared, Elector: true}
	}
	mandate := Mandate{Principal: voter(1), Proxy: voter(2), Reason: "abroad"}
	open := &models.Election{State: models.ElectionFrozen, Mode: models.ModeVoters, Day: day}
	err := MayDelegate(mandate, open, "2027-03-01", with("proxy.who", "relative"))
	if got := fieldOf(err, "proxy"); got != "election.proxy.relative" {
		t.Errorf("a neighbour votes where only relatives may: %q", got)
	}
	mandate.Relative = true
	if err := MayDelegate(mandate, open, "2027-03-01", with("proxy.who", "relative")); err != nil {
		t.Errorf("a relative: %v", err)
	}
}

// TestWhatABallotRefuses: questions, times, trustees and slips of a verifiable
// vote.
func TestWhatABallotRefuses(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	good := models.BallotBoard{State: models.BallotOpen, OpensAt: now, ClosesAt: now.Add(time.Hour), Threshold: 2, Size: 3, Slips: 5, Voters: 6}
	board := func(change func(*models.BallotBoard)) models.BallotBoard { b := good; change(&b); return b }
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"while it is open":                      {BallotHours(good, now), ""},
		"open, but not yet":                     {BallotHours(good, now.Add(-time.Second)), "ballot.early"},
		"nothing against a trustee":             {MayBeTrustee(Trusteeship{}), ""},
		"a candidate as trustee":                {MayBeTrustee(Trusteeship{Candidate: true}), "ballot.trustee.candidate"},
		"a candidate's relative as trustee":     {MayBeTrustee(Trusteeship{Relative: true}), "ballot.trustee.relative"},
		"who made the slips as trustee":         {MayBeTrustee(Trusteeship{Registrar: true}), "ballot.trustee.registrar"},
		"one person on two seats":               {MayBeTrustee(Trusteeship{Again: true}), "ballot.trustee.twice"},
		"opened as it should be":                {MayOpenBallot(good, now), ""},
		"opened without slips":                  {MayOpenBallot(board(func(b *models.BallotBoard) { b.Slips = 0 }), now), "ballot.open.slips"},
		"opened without voters":                 {MayOpenBallot(board(func(b *models.BallotBoard) { b.Voters = 0 }), now), "ballot.open.voters"},
		"opened with a slip more than voters":   {MayOpenBallot(board(func(b *models.BallotBoard) { b.Slips = 7 }), now), "ballot.open.many"},
		"opened when it should have closed":     {MayOpenBallot(good, good.ClosesAt), "ballot.times"},
		"opened in the last second of its time": {MayOpenBallot(good, good.ClosesAt.Add(-time.Second)), ""},
	} {
		if got := keyOf(x.err); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	questions, three := make([]models.BallotQuestion, 1), make([]models.BallotTrustee, 3)
	for name, x := range map[string]struct {
		err         error
		field, want string
	}{
		"fixed as it should be":         {MayFixBallot(good, questions, three, now), "", ""},
		"fixed without a question":      {MayFixBallot(good, nil, three, now), "questions", "ballot.questions.none"},
		"fixed when it is over":         {MayFixBallot(good, questions, three, good.ClosesAt), "closes", "ballot.times"},
		"closing as it opens":           {MayFixBallot(board(func(b *models.BallotBoard) { b.ClosesAt = b.OpensAt }), questions, three, now.Add(-time.Hour)), "closes", "ballot.times"},
		"a seat that nobody has":        {MayFixBallot(good, questions, three[:2], now), "trustees", "ballot.trustees.number"},
		"one trustee opens it alone":    {MayFixBallot(board(func(b *models.BallotBoard) { b.Threshold = 1 }), questions, three, now), "trustees", "ballot.trustees.number"},
		"nobody of them may be missing": {MayFixBallot(board(func(b *models.BallotBoard) { b.Threshold = 3 }), questions, three, now), "trustees", "ballot.trustees.number"},
	} {
		if got := fieldOf(x.err, x.field); got != x.want || (x.err == nil) != (x.want == "") {
			t.Errorf("%s: %v, want %q", name, x.err, x.want)
		}
	}
}
