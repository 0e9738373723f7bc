package policy

import (
	"math/rand"
	"slices"
	"strconv"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Every pack can be read, has every key, and differs from the national one only
// in what it says.
func TestPacks(t *testing.T) {
	p, err := readPacks()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Packs() {
		if got := len(PackRules(name)); got != len(p.order) {
			t.Errorf("%s has %d keys, want %d", name, got, len(p.order))
		}
	}
	if Packs()[0] != DefaultPack || PackRules("nowhere") != nil {
		t.Errorf("packs %v", Packs())
	}
	village := PackRules(DefaultPack).Diff(PackRules("village2025"))
	if !slices.ContainsFunc(village, func(d [2]Rule) bool {
		return d[0].Key == "recall.voters" && d[0].Value == ">=1/10" && d[1].Value == ">=1/5"
	}) {
		t.Errorf("the village law's fifth is not in the difference: %v", village)
	}
	for name, text := range map[string]string{"unknown key": "x.y,1,local,PR", "unknown lock": "proxy.most,3,mine,PR", "too large": "proxy.most,4,statute,CL19", "no share": "win.share,1/2,statute,CL19"} {
		r := Rule{}
		f := slices.Collect(func(yield func(string) bool) {
			for _, s := range splitComma(text) {
				if !yield(s) {
					return
				}
			}
		})
		r.Key, r.Value, r.Lock, r.Source = f[0], f[1], RuleLock(f[2]), f[3]
		if p.check(r) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func splitComma(s string) (out []string) {
	last := 0
	for i := range len(s) + 1 {
		if i == len(s) || s[i] == ',' {
			out, last = append(out, s[last:i]), i+1
		}
	}
	return out
}

func TestAdopt(t *testing.T) {
	rules := PackRules(DefaultPack)
	if _, err := rules.Adopt("roll.publish_days", "10", "meeting of today"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a statute changed: %v", err)
	}
	if _, err := rules.Adopt("ballot.write_in", "false", "meeting of today"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a province's key changed: %v", err)
	}
	if _, err := rules.Adopt("proxy.days", "5", ""); !problem.Is(err, problem.Invalid) {
		t.Errorf("without a decision: %v", err)
	}
	if _, err := rules.Adopt("proxy.days", "31", "meeting of today"); !problem.Is(err, problem.Invalid) {
		t.Errorf("out of bounds: %v", err)
	}
	got, err := rules.Adopt("proxy.days", "5", "meeting of today")
	if err != nil || got.Int("proxy.days") != 5 || got.Get("proxy.days").Adopted == "" || rules.Int("proxy.days") != 3 {
		t.Errorf("adopted: %v %v", got.Get("proxy.days"), err)
	}
}

// Thresholds at n−1, n, n+1: strict where the law says 过半数 or 超过, inclusive
// where it says 以上 or 不得少于 (art. 19, 20).
func TestShares(t *testing.T) {
	urban, village := PackRules(DefaultPack), PackRules("village2025")
	for _, c := range []struct {
		name        string
		share       Share
		whole, need int
	}{
		{"voters, even", urban.Share("turnout.voters"), 1000, 501},
		{"voters, odd", urban.Share("turnout.voters"), 1001, 501},
		{"households", urban.Share("turnout.households"), 40, 21},
		{"reps, a multiple of three", urban.Share("turnout.reps"), 60, 41},
		{"reps, one more", urban.Share("turnout.reps"), 61, 41},
		{"reps, two more", urban.Share("turnout.reps"), 62, 42},
		{"winning, even", urban.Share("win.share"), 500, 251},
		{"winning, odd", urban.Share("win.share"), 501, 251},
		{"run-off, a multiple of three", urban.Share("runoff.share"), 300, 100},
		{"run-off, one more", urban.Share("runoff.share"), 301, 101},
		{"recall by voters", urban.Share("recall.voters"), 1000, 100},
		{"recall by voters, one more", urban.Share("recall.voters"), 1001, 101},
		{"recall by reps", urban.Share("recall.reps"), 60, 20},
		{"recall in a village", village.Share("recall.voters"), 1000, 200},
		{"one voter", urban.Share("turnout.voters"), 1, 1},
	} {
		if c.share.Met(c.need-1, c.whole) || !c.share.Met(c.need, c.whole) || !c.share.Met(c.need+1, c.whole) {
			t.Errorf("%s: %s of %d: %v %v %v", c.name, c.share, c.whole, c.share.Met(c.need-1, c.whole), c.share.Met(c.need, c.whole), c.share.Met(c.need+1, c.whole))
		}
		if got := c.share.Needed(c.whole); got != c.need {
			t.Errorf("%s: %d needed, want %d", c.name, got, c.need)
		}
	}
	if (Share{}).Met(5, 1) || urban.Share("win.share").Met(0, 0) {
		t.Error("a share of nobody, or none at all, is met")
	}
}

func TestDeadlines(t *testing.T) {
	rules := PackRules(DefaultPack)
	day := models.Date("2027-03-20")
	for _, c := range []struct {
		today models.Date
		late  bool
	}{{"2027-02-27", false}, {"2027-02-28", false}, {"2027-03-01", true}} {
		if err := MayPublishRoll(c.today, day, rules); (err != nil) != c.late {
			t.Errorf("roll published %s for %s: %v", c.today, day, err)
		}
	}
	exact, _ := rules.Adopt("roll.holiday_shift", "false", "meeting of today")
	if got := ObjectUntil("2027-02-26", exact, China()); got != "2027-03-03" {
		t.Errorf("objections until %s", got)
	}
	if got := DecideUntil("2027-03-05", rules); got != "2027-03-08" {
		t.Errorf("decided by %s", got)
	}
	e := &models.Election{State: models.ElectionRoll, ObjectUntil: "2027-03-03", RollAt: new(time.Time), Day: day}
	for _, c := range []struct {
		today models.Date
		ok    bool
	}{{"2027-03-02", true}, {"2027-03-03", true}, {"2027-03-04", false}} {
		if err := MayObject(e, c.today); (err == nil) != c.ok {
			t.Errorf("object on %s: %v", c.today, err)
		}
		if err := MayFreezeRoll(c.today, e, 0); (err == nil) == c.ok {
			t.Errorf("freeze on %s: %v", c.today, err)
		}
	}
	if MayFreezeRoll("2027-03-10", e, 1) == nil {
		t.Error("frozen with an open objection")
	}
	for _, s := range Timetable(day, models.ModeVoters, rules, China()) {
		if s.From > s.To || s.Limit != "" && s.Key != "handover" && s.To > s.Limit {
			t.Errorf("%s: %s to %s, at most %s", s.Key, s.From, s.To, s.Limit)
		}
	}
	reps := Timetable(day, models.ModeReps, rules, China())
	if slices.ContainsFunc(reps, func(s Step) bool { return s.Key == "proxies" }) || !slices.ContainsFunc(reps, func(s Step) bool { return s.Key == "reps" }) {
		t.Error("representatives: no proxies, and they are chosen")
	}
}

func TestMayRegister(t *testing.T) {
	rules := PackRules(DefaultPack)
	day := models.Date("2027-03-20")
	ok := Registrant{Birth: "1990-01-01", Basis: models.BasisDomicile}
	for name, c := range map[string]struct {
		r  Registrant
		ok bool
	}{
		"eighteen on the day":        {Registrant{Birth: "2009-03-20", Basis: models.BasisDomicile}, true},
		"eighteen a day later":       {Registrant{Birth: "2009-03-21", Basis: models.BasisDomicile}, false},
		"eighteen a day before":      {Registrant{Birth: "2009-03-19", Basis: models.BasisDomicile}, true},
		"domicile":                   {ok, true},
		"deprived of rights":         {Registrant{Birth: "1990-01-01", Basis: models.BasisDomicile, Deprived: true}, false},
		"lives here six months":      {Registrant{Birth: "1990-01-01", Basis: models.BasisHabitual, Since: "2026-09-20", Evidence: "lease"}, true},
		"a day less than six months": {Registrant{Birth: "1990-01-01", Basis: models.BasisHabitual, Since: "2026-09-21", Evidence: "lease"}, false},
		"lives here, nothing shown":  {Registrant{Birth: "1990-01-01", Basis: models.BasisHabitual, Since: "2020-01-01"}, false},
		"worker of six months":       {Registrant{Birth: "1990-01-01", Basis: models.BasisWorker, Since: "2026-09-20", Evidence: "contract"}, true},
		"worker of less":             {Registrant{Birth: "1990-01-01", Basis: models.BasisWorker, Since: "2026-10-01", Evidence: "contract"}, false},
		"no basis":                   {Registrant{Birth: "1990-01-01"}, false},
		"no birthday":                {Registrant{Basis: models.BasisDomicile}, false},
	} {
		if err := MayRegister(c.r, day, day, rules); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMayDelegate(t *testing.T) {
	rules := PackRules(DefaultPack)
	voter := func(id models.ID) models.Voter {
		return models.Voter{Tenant: models.Tenant{ID: id}, State: models.VoterDeclared, Elector: true}
	}
	good := func() (Mandate, *models.Election) {
		return Mandate{Principal: voter(1), Proxy: voter(2), Reason: "abroad"}, &models.Election{State: models.ElectionFrozen, Mode: models.ModeVoters, Day: "2027-03-20"}
	}
	for name, c := range map[string]struct {
		change func(*Mandate, *models.Election)
		today  models.Date
		ok     bool
	}{
		"good":                     {func(*Mandate, *models.Election) {}, "2027-03-16", true},
		"on the last day":          {func(*Mandate, *models.Election) {}, "2027-03-17", true},
		"a day late":               {func(*Mandate, *models.Election) {}, "2027-03-18", false},
		"holds two":                {func(m *Mandate, _ *models.Election) { m.Proxy.Proxies = 2 }, "2027-03-01", true},
		"holds three":              {func(m *Mandate, _ *models.Election) { m.Proxy.Proxies = 3 }, "2027-03-01", false},
		"a candidate":              {func(m *Mandate, _ *models.Election) { m.ProxyCandidate = true }, "2027-03-01", false},
		"passes it on":             {func(m *Mandate, _ *models.Election) { m.ProxyDelegated = true }, "2027-03-01", false},
		"the voter holds mandates": {func(m *Mandate, _ *models.Election) { m.PrincipalProxy = 1 }, "2027-03-01", false},
		"oneself":                  {func(m *Mandate, _ *models.Election) { m.Proxy.ID = 1 }, "2027-03-01", false},
		"no voter":                 {func(m *Mandate, _ *models.Election) { m.Proxy.State = models.VoterUndeclared }, "2027-03-01", false},
		"without a reason":         {func(m *Mandate, _ *models.Election) { m.Reason = "" }, "2027-03-01", false},
		"representatives":          {func(_ *Mandate, e *models.Election) { e.Mode = models.ModeReps }, "2027-03-01", false},
		"households":               {func(_ *Mandate, e *models.Election) { e.Mode = models.ModeHouseholds }, "2027-03-01", true},
		"the roll is not final":    {func(_ *Mandate, e *models.Election) { e.State = models.ElectionRoll }, "2027-03-01", false},
		"the polls are open":       {func(_ *Mandate, e *models.Election) { e.State = models.ElectionVoting }, "2027-03-01", false},
	} {
		m, e := good()
		c.change(&m, e)
		if err := MayDelegate(m, e, c.today, rules); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNominationAndSurplus(t *testing.T) {
	rules := PackRules(DefaultPack)
	for n, ok := range map[int]bool{9: false, 10: true, 11: true} {
		if EnoughSupport(models.NominationJoint, n, rules) != ok || EnoughSupport(models.NominationSelf, n, rules) != ok {
			t.Errorf("%d signatures", n)
		}
	}
	if !EnoughSupport(models.NominationParty, 0, rules) {
		t.Error("the Party branch needs no signatures")
	}
	posts := []models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: 4}}
	cand := func(directors, members int) (out []models.Candidate) {
		for range directors {
			out = append(out, models.Candidate{Post: models.PostDirector})
		}
		for range members {
			out = append(out, models.Candidate{Post: models.PostMember})
		}
		return out
	}
	for _, c := range []struct {
		directors, members int
		ok                 bool
	}{{1, 4, false}, {1, 5, true}, {2, 4, true}, {2, 3, false}, {0, 6, false}} {
		if got := CheckSurplus(posts, cand(c.directors, c.members), rules); (len(got) == 0) != c.ok {
			t.Errorf("%d and %d candidates: %v", c.directors, c.members, got)
		}
	}
	for n, ok := range map[int]bool{4: false, 5: true, 9: true, 10: false} {
		err := CheckPosts([]models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: n - 1}}, models.ElectionGeneral, rules)
		if (err == nil) != ok {
			t.Errorf("a committee of %d: %v", n, err)
		}
	}
	if MayExclude("old", "evidence enough", "reasons enough") == nil || MayExclude("convicted", "", "reasons enough") == nil || MayExclude("convicted", "a judgment", "reasons enough") != nil {
		t.Error("only the four grounds, with evidence")
	}
	if MayStaffPolls(models.DutyTeller, true, false, rules) == nil || MayStaffPolls(models.DutyWatcher, false, true, rules) == nil || MayStaffPolls(models.DutyGuide, true, true, rules) != nil {
		t.Error("G3.3")
	}
}

func ballotWorld() ([]models.ElectionPost, []Contender) {
	posts := []models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: 2}}
	return posts, []Contender{{ID: 1, Resident: 11, Post: models.PostDirector}, {ID: 2, Resident: 12, Post: models.PostMember}, {ID: 3, Resident: 13, Post: models.PostMember},
		{ID: 4, Resident: 14, Post: models.PostMember}, {ID: 5, Resident: 11, Post: models.PostMember, WriteIn: true}}
}

func TestReadBallot(t *testing.T) {
	posts, people := ballotWorld()
	base := PackRules(DefaultPack)
	of := func(ids ...models.ID) Marks {
		m := Marks{Of: map[models.ID]Mark{}}
		for _, id := range ids {
			m.Of[id] = MarkFor
		}
		return m
	}
	section, _ := base.Adopt("ballot.overvote", "section", "meeting of today")
	invalidBlank, _ := base.Adopt("ballot.blank", "invalid", "meeting of today")
	for name, c := range map[string]struct {
		m     Marks
		rules Rules
		want  string
	}{
		"as many as seats":      {of(1, 2, 3), base, "valid"},
		"fewer":                 {of(2), base, "valid"},
		"one more":              {of(2, 3, 4), base, "invalid"},
		"one more, section":     {of(1, 2, 3, 4), section, "valid"},
		"one person, two posts": {of(1, 5), base, "invalid"},
		"damaged":               {Marks{Damaged: true, Of: of(1).Of}, base, "invalid"},
		"blank":                 {Marks{}, base, "blank"},
		"blank is invalid":      {Marks{}, invalidBlank, "invalid"},
		"strangers fill a line": {Marks{Of: of(2, 3).Of, Stranger: map[models.Post]int{models.PostMember: 1}}, base, "invalid"},
		"a stranger beside":     {Marks{Of: of(2).Of, Stranger: map[models.Post]int{models.PostMember: 1}}, base, "valid"},
		"against all":           {Marks{Of: map[models.ID]Mark{1: MarkAgainst, 2: MarkAgainst, 3: MarkAgainst, 4: MarkAgainst}}, base, "valid"},
	} {
		if got := ReadBallot(c.m, posts, people, c.rules); got.State != c.want {
			t.Errorf("%s: %s, want %s", name, got.State, c.want)
		}
	}
	v := ReadBallot(of(1, 2, 3, 4), posts, people, section)
	if len(v.Counts) != 1 || v.Counts[1] != MarkFor {
		t.Errorf("of a void section nothing counts: %v", v.Counts)
	}
}

// No heap of ballots, whatever was marked, gives more votes than ballots times
// seats, and two sheets of the same ballots agree.
func TestTallyProperty(t *testing.T) {
	rng := rand.New(rand.NewSource(7))
	posts, people := ballotWorld()
	rules := PackRules(DefaultPack)
	for range 300 {
		var a, b Tally = Tally{}, Tally{}
		n := rng.Intn(40)
		ballots := make([]Marks, n)
		for i := range ballots {
			ballots[i] = Marks{Damaged: rng.Intn(12) == 0, Of: map[models.ID]Mark{}}
			for _, c := range people {
				if rng.Intn(3) == 0 {
					ballots[i].Of[c.ID] = []Mark{MarkFor, MarkAgainst, MarkAbstain}[rng.Intn(3)]
				}
			}
			a.Count(ReadBallot(ballots[i], posts, people, rules))
		}
		rng.Shuffle(n, func(i, j int) { ballots[i], ballots[j] = ballots[j], ballots[i] })
		for _, m := range ballots {
			b.Count(ReadBallot(m, posts, people, rules))
		}
		if a.Ballots() != n {
			t.Fatalf("%d ballots make %d", n, a.Ballots())
		}
		if faults := CheckSheet(a, posts, people); len(faults) > 0 {
			t.Fatalf("impossible sheet from real ballots: %v", faults)
		}
		if d := Differences(a, b, TallyKeys(people)); len(d) > 0 {
			t.Fatalf("the order changes %v", d)
		}
	}
	if len(CheckSheet(Tally{"valid": 3, "for:1": 4}, posts, people)) == 0 {
		t.Error("four votes of three ballots")
	}
}

func pollOf(votes ...int) Poll {
	p := Poll{Kind: models.ElectionGeneral, Mode: models.ModeVoters, Electors: 100, Issued: 60, InBoxes: 60, Tally: Tally{"valid": 60},
		Posts: []models.ElectionPost{{Post: models.PostMember, Seats: 2}}}
	for i, n := range votes {
		id := models.ID(i + 1)
		p.Contenders = append(p.Contenders, Contender{ID: id, Resident: id + 100, Post: models.PostMember, Name: strconv.Itoa(i), Woman: i == 0})
		p.Tally[TallyKey(MarkFor, id)] = n
	}
	return p
}

func winners(r Result) (ids []models.ID) {
	for _, s := range r.Scores {
		if s.Elected {
			ids = append(ids, s.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestComputeResult(t *testing.T) {
	rules := PackRules(DefaultPack)
	kin := func(a, b models.ID) bool { return a+b == 101+102 && a != b }
	for name, c := range map[string]struct {
		change func(*Poll)
		votes  []int
		valid  bool
		won    []models.ID
		ties   int
		open   int
	}{
		"two winners":                   {nil, []int{40, 35, 31}, true, []models.ID{1, 2}, 0, 0},
		"half is not enough":            {nil, []int{40, 30}, true, []models.ID{1}, 0, 1},
		"half and one":                  {nil, []int{40, 31}, true, []models.ID{1, 2}, 0, 0},
		"turnout one too few":           {func(p *Poll) { p.InBoxes, p.Issued, p.Tally["valid"] = 50, 50, 50 }, []int{40, 35}, false, nil, 0, 2},
		"turnout just enough":           {func(p *Poll) { p.InBoxes, p.Issued, p.Tally["valid"] = 51, 51, 51 }, []int{40, 35}, true, []models.ID{1, 2}, 0, 0},
		"void ballots took part":        {func(p *Poll) { p.Tally["valid"], p.Tally["invalid"] = 40, 20 }, []int{31, 30}, true, []models.ID{1}, 0, 1},
		"more papers than given out":    {func(p *Poll) { p.Excess = 1 }, []int{40, 35}, false, nil, 0, 2},
		"more in boxes than issued":     {func(p *Poll) { p.Issued = 59 }, []int{40, 35}, false, nil, 0, 2},
		"count differs from boxes":      {func(p *Poll) { p.Tally["valid"] = 59 }, []int{40, 35}, false, nil, 0, 2},
		"tie for the last seat":         {nil, []int{40, 35, 35}, true, []models.ID{1}, 1, 1},
		"three tied for two":            {nil, []int{35, 35, 35}, true, nil, 1, 2},
		"two thirds of representatives": {func(p *Poll) { p.Mode, p.Electors = models.ModeReps, 90 }, []int{40, 35}, false, nil, 0, 2},
		"more than two thirds":          {func(p *Poll) { p.Mode, p.Electors = models.ModeReps, 89 }, []int{40, 35}, true, []models.ID{1, 2}, 0, 0},
		"relatives: more votes stays":   {func(p *Poll) { p.Kin = kin }, []int{40, 35, 31}, true, []models.ID{1, 3}, 0, 0},
		"relatives with equal votes":    {func(p *Poll) { p.Kin = kin }, []int{40, 40, 31}, true, []models.ID{3}, 1, 1},
		"no woman among the most votes": {func(p *Poll) { p.Contenders[0].Woman = false; p.Contenders[2].Woman = true }, []int{40, 35, 31}, true, []models.ID{1, 3}, 0, 0},
		"a woman without votes enough":  {func(p *Poll) { p.Contenders[0].Woman = false; p.Contenders[2].Woman = true }, []int{40, 35, 30}, true, []models.ID{1}, 0, 1},
		"run-off: a third":              {func(p *Poll) { p.Kind = models.ElectionRunoff }, []int{20, 19}, true, []models.ID{1}, 0, 1},
		"tie vote: the most":            {func(p *Poll) { p.Kind, p.Posts[0].Seats = models.ElectionTie, 1 }, []int{3, 2}, true, []models.ID{1}, 0, 0},
	} {
		p := pollOf(c.votes...)
		if c.change != nil {
			c.change(&p)
		}
		r := ComputeResult(p, rules)
		open := 0
		for _, n := range r.Open {
			open += n
		}
		if r.Valid != c.valid || !slices.Equal(winners(r), c.won) || len(r.Ties) != c.ties || open != c.open {
			t.Errorf("%s: valid %v, won %v, ties %v, open %d", name, r.Valid, winners(r), r.Ties, open)
		}
	}
}

func TestRecallVote(t *testing.T) {
	for votes, removed := range map[int]bool{29: false, 30: false, 31: true} {
		p := pollOf(votes)
		p.Kind, p.Contenders[0].Post, p.Posts = models.ElectionRecall, models.PostRecall, []models.ElectionPost{{Post: models.PostRecall, Seats: 1}}
		if r := ComputeResult(p, PackRules(DefaultPack)); r.Removed != removed {
			t.Errorf("%d of 60: %v", votes, r.Removed)
		}
	}
}

// A tenth of the voters, or of the household representatives where they elected,
// or a third of the residents' representatives (art. 20): at n-1, n and n+1.
func TestRecallDemand(t *testing.T) {
	rules := PackRules(DefaultPack)
	for _, c := range []struct {
		mode                   models.ElectionMode
		voters, electors, reps int
		want                   RecallNeeds
		signed                 RecallNeeds
		enough                 bool
	}{
		{models.ModeVoters, 999, 999, 60, RecallNeeds{100, 0, 20}, RecallNeeds{99, 0, 19}, false},
		{models.ModeVoters, 1000, 1000, 60, RecallNeeds{100, 0, 20}, RecallNeeds{100, 0, 0}, true},
		{models.ModeVoters, 1001, 1001, 61, RecallNeeds{101, 0, 21}, RecallNeeds{100, 0, 20}, false},
		{models.ModeVoters, 1001, 1001, 61, RecallNeeds{101, 0, 21}, RecallNeeds{21, 0, 21}, true},
		{models.ModeVoters, 1000, 1000, 0, RecallNeeds{100, 0, 0}, RecallNeeds{99, 0, 5}, false},
		{models.ModeHouseholds, 1000, 300, 0, RecallNeeds{100, 30, 0}, RecallNeeds{99, 29, 0}, false},
		{models.ModeHouseholds, 1000, 300, 0, RecallNeeds{100, 30, 0}, RecallNeeds{31, 30, 0}, true},
		{models.ModeHouseholds, 1000, 300, 0, RecallNeeds{100, 30, 0}, RecallNeeds{100, 0, 0}, true},
		{models.ModeReps, 1000, 60, 60, RecallNeeds{100, 0, 20}, RecallNeeds{19, 0, 19}, false},
		{models.ModeReps, 1000, 60, 60, RecallNeeds{100, 0, 20}, RecallNeeds{20, 0, 20}, true},
		{models.ModeVoters, 0, 0, 0, RecallNeeds{1, 0, 0}, RecallNeeds{}, false},
	} {
		got := RecallNeeded(c.mode, c.voters, c.electors, c.reps, rules)
		if got != c.want || RecallEnough(c.signed, got) != c.enough {
			t.Errorf("%s of %d voters, %d who vote, %d representatives: needs %+v, want %+v; %+v is enough: %v", c.mode, c.voters, c.electors, c.reps, got, c.want, c.signed, !c.enough)
		}
	}
}

// A by-election fills vacant seats and no others (art. 24).
func TestMayByElect(t *testing.T) {
	posts := []models.ElectionPost{{Post: models.PostDirector, Seats: 1}, {Post: models.PostMember, Seats: 4}}
	for _, c := range []struct {
		post         models.Post
		held, wanted int
		ok           bool
	}{
		{models.PostMember, 3, 1, true}, {models.PostMember, 3, 2, false}, {models.PostMember, 4, 1, false}, {models.PostMember, 0, 4, true}, {models.PostMember, 5, 1, false},
		{models.PostDirector, 0, 1, true}, {models.PostDirector, 1, 1, false}, {models.PostDeputyDirector, 0, 1, false},
	} {
		err := MayByElect(posts, map[models.Post]int{c.post: c.held}, map[models.Post]int{c.post: c.wanted})
		if (err == nil) != c.ok {
			t.Errorf("%d of %s, %d held: %v", c.wanted, c.post, c.held, err)
		}
	}
}

// A box that goes to people: the street approves, three monitors or more, a
// reason for each voter, and never counted by itself (by analogy Zhejiang 24).
func TestMobileBox(t *testing.T) {
	for name, c := range map[string]struct {
		approval          string
		watchers, without int
		voters, with      int
		field             string
	}{
		"two monitors":      {"street 7", 2, 0, 5, 1, "staff"},
		"three":             {"street 7", 3, 0, 5, 1, ""},
		"four":              {"street 7", 4, 0, 5, 1, ""},
		"nobody approved":   {"", 3, 0, 5, 1, "approval"},
		"one has no reason": {"street 7", 3, 1, 5, 1, "voters"},
		"counted alone":     {"street 7", 3, 0, 1, 0, "count_with"},
		"empty, alone":      {"street 7", 3, 0, 0, 0, ""},
	} {
		err := problem.As(CheckMobile(&models.PollingStation{Kind: models.StationMobile, Approval: c.approval, CountWith: models.ID(c.with)}, c.watchers, c.voters, c.without, PackRules(DefaultPack)))
		if (err == nil) != (c.field == "") || err != nil && (len(err.Fields) != 1 || err.Fields[c.field].Key == "") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever the numbers: no more winners than seats, nobody wins without votes
// enough, and no two near relatives sit together.
func TestResultProperty(t *testing.T) {
	rng := rand.New(rand.NewSource(11))
	rules := PackRules(DefaultPack)
	for range 500 {
		votes := make([]int, 2+rng.Intn(6))
		for i := range votes {
			votes[i] = rng.Intn(61)
		}
		p := pollOf(votes...)
		p.Posts[0].Seats = 1 + rng.Intn(4)
		a, b := models.ID(101+rng.Intn(len(votes))), models.ID(101+rng.Intn(len(votes)))
		p.Kin = func(x, y models.ID) bool { return a != b && (x == a && y == b || x == b && y == a) }
		r := ComputeResult(p, rules)
		sits := map[models.ID]bool{}
		n := 0
		for _, s := range r.Scores {
			if !s.Elected {
				continue
			}
			n++
			sits[s.Resident] = true
			if 2*s.For <= 60 {
				t.Fatalf("won with %d of 60", s.For)
			}
		}
		if n > p.Posts[0].Seats || a != b && sits[a] && sits[b] || n+r.Open[models.PostMember] != p.Posts[0].Seats {
			t.Fatalf("%v for %d seats: %d won, %d open, relatives %v %v", votes, p.Posts[0].Seats, n, r.Open[models.PostMember], a, b)
		}
	}
}

func TestTellersAndSeal(t *testing.T) {
	sheets := []models.TallySheet{{Teller: 1, PersonKey: "r1"}}
	if MayEnterTally("r1", 2, sheets) == nil || MayEnterTally("r2", 1, sheets) == nil || MayEnterTally("r2", 2, sheets) != nil || MayEnterTally("r1", 1, sheets) != nil || MayEnterTally("r3", 0, sheets) == nil {
		t.Error("G3.7: two different tellers")
	}
	if MaySeal(2, 2, 1) == nil || MaySeal(2, 1, 0) == nil || MaySeal(2, 2, 0) != nil {
		t.Error("sealed too early")
	}
	if _, err := Next(ElectionMoves, models.ElectionSealed, "void", SetOf(RoleECChair)); !problem.Is(err, problem.Forbidden) {
		t.Errorf("the chair voids a sealed result: %v", err)
	}
	for _, action := range []string{"edit", "announce", "open", "close", "seal"} {
		if _, err := Next(ElectionMoves, models.ElectionSealed, action, ^RoleSet(0)); !problem.Is(err, problem.Conflict) {
			t.Errorf("%s after the seal: %v", action, err)
		}
	}
}

func TestNoticeTemplates(t *testing.T) {
	practice := 0
	for _, n := range NoticeTemplates() {
		if n.Practice {
			practice++
		}
		if n.Key == "" || n.Title == "" || n.Body == "" || n.Step == "" {
			t.Errorf("template %q lacks something", n.Key)
		}
	}
	if practice < 18 {
		t.Errorf("%d templates of practice", practice)
	}
	if got := FillNotice("{a}-{b}", map[string]string{"a": "1"}); got != "1-"+NoticeWord("none") {
		t.Errorf("filled %q", got)
	}
}
