package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Art. 27: more than half, strictly; art. 29: two thirds, inclusive.
func TestQuorum(t *testing.T) {
	for _, tc := range []struct {
		mode              models.DecisionMode
		present, entitled int
		want              bool
	}{
		{models.ByAdults, 49, 100, false}, {models.ByAdults, 50, 100, false}, {models.ByAdults, 51, 100, true},
		{models.ByAdults, 50, 101, false}, {models.ByAdults, 51, 101, true}, {models.ByHouseholds, 1079, 2159, false}, {models.ByHouseholds, 1080, 2159, true},
		{models.ByReps, 39, 60, false}, {models.ByReps, 40, 60, true}, {models.ByReps, 41, 60, true},
		{models.ByReps, 40, 61, false}, {models.ByReps, 41, 61, true}, {models.ByReps, 41, 62, false}, {models.ByReps, 42, 62, true},
		{models.ByGroup, 5, 10, false}, {models.ByGroup, 6, 10, true}, {models.ByAdults, 0, 0, false}, {models.ByReps, 0, 0, false},
	} {
		if got := QuorumMet(tc.mode, tc.present, tc.entitled); got != tc.want {
			t.Errorf("%s %d of %d: %v", tc.mode, tc.present, tc.entitled, got)
		}
	}
	for _, mode := range []models.DecisionMode{models.ByAdults, models.ByReps} {
		for n := 1; n < 200; n++ {
			least := QuorumNeeded(mode, n)
			if !QuorumMet(mode, least, n) || QuorumMet(mode, least-1, n) {
				t.Errorf("%s: %d is not the least quorum of %d", mode, least, n)
			}
		}
	}
}

// More than half of those present; who abstains is present.
func TestCarried(t *testing.T) {
	for _, tc := range []struct {
		yes, present int
		want         bool
	}{{19, 40, false}, {20, 40, false}, {21, 40, true}, {20, 41, false}, {21, 41, true}, {0, 0, false}, {1, 1, true}, {1, 2, false}} {
		if got := Carried(tc.yes, tc.present); got != tc.want {
			t.Errorf("%d of %d: %v", tc.yes, tc.present, got)
		}
	}
}

// Art. 28: four fifths, inclusive.
func TestRepsShare(t *testing.T) {
	for _, tc := range []struct {
		reps, total int
		want        bool
	}{{31, 40, false}, {32, 40, true}, {33, 40, true}, {32, 41, false}, {33, 41, true}, {35, 44, false}, {36, 44, true}, {0, 0, false}} {
		if got := RepsShareKept(tc.reps, tc.total); got != tc.want {
			t.Errorf("%d of %d: %v", tc.reps, tc.total, got)
		}
	}
}

// 以上 includes: a tenth of 100 is 10, of 101 is 11.
func TestSignaturesNeeded(t *testing.T) {
	for _, tc := range []struct {
		kind models.PetitionKind
		unit models.DecisionMode
		base int
		want int
	}{
		{models.PetitionMeeting, models.ByAdults, 99, 10}, {models.PetitionMeeting, models.ByAdults, 100, 10}, {models.PetitionMeeting, models.ByAdults, 101, 11},
		{models.PetitionMeeting, models.ByHouseholds, 2159, 216}, {models.PetitionMeeting, models.ByHouseholds, 2160, 216},
		{models.PetitionMeeting, models.ByReps, 59, 20}, {models.PetitionMeeting, models.ByReps, 60, 20}, {models.PetitionMeeting, models.ByReps, 61, 21},
		{models.PetitionReps, models.ByReps, 59, 12}, {models.PetitionReps, models.ByReps, 60, 12}, {models.PetitionReps, models.ByReps, 61, 13},
		{models.PetitionReps, models.ByAdults, 100, 0}, {models.PetitionReps, models.ByHouseholds, 100, 0},
		{models.PetitionAudit, models.ByReps, 9, 3}, {models.PetitionAudit, models.ByReps, 10, 4}, {models.PetitionAudit, models.ByAdults, 11, 2}, {models.PetitionAudit, models.ByHouseholds, 100, 0},
		{models.PetitionMeeting, models.ByAdults, 0, 0},
	} {
		got := SignaturesNeeded(tc.kind, tc.unit, tc.base)
		if got != tc.want {
			t.Errorf("%s by %s of %d: %d, want %d", tc.kind, tc.unit, tc.base, got, tc.want)
		}
	}
	for _, tc := range [][2]int{{0, 10}, {1000, 10}, {1001, 11}, {4500, 45}, {10000, 100}, {99999, 100}} {
		if got := InitiativeNeeded(tc[0]); got != tc[1] {
			t.Errorf("support of %d adults: %d", tc[0], got)
		}
	}
}

// Art. 26: ten days before, or an urgent ground.
func TestTenDaysNotice(t *testing.T) {
	director := Signer{UserID: 1, Roles: SetOf(models.RoleDirector)}
	for name, tc := range map[string]struct {
		day    models.Date
		urgent bool
		ground string
		items  int
		field  string
	}{
		"nine days":          {"2026-12-02", false, "", 1, "day"},
		"ten days":           {"2026-12-03", false, "", 1, ""},
		"eleven days":        {"2026-12-04", false, "", 1, ""},
		"urgent with ground": {"2026-11-24", true, "台风过后要马上修屋顶", 1, ""},
		"urgent without":     {"2026-11-24", true, "", 1, "urgent_ground"},
		"in the past":        {"2026-11-22", true, "台风过后要马上修屋顶", 1, "day"},
		"no agenda":          {"2026-12-03", false, "", 0, "items"},
	} {
		s := models.AssemblySession{State: models.SessionDraft, Day: tc.day, Urgent: tc.urgent, UrgentGround: tc.ground}
		err := MayCallSession(s, tc.items, "", director, "2026-11-23")
		if pr := problem.As(err); (tc.field == "") != (err == nil) || pr != nil && pr.Fields[tc.field].Key == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := models.AssemblySession{State: models.SessionDraft, Day: "2026-12-24"}
	if err := MayCallSession(s, 1, "", Signer{Roles: SetOf(models.RoleCommitteeMember)}, "2026-11-23"); !problem.Is(err, problem.Forbidden) {
		t.Errorf("a member calls: %v", err)
	}
	for until, ok := range map[models.Date]bool{"2026-12-23": true, "2026-12-24": false, "2026-12-25": false} {
		if err := MayCallSession(s, 1, until, director, "2026-11-23"); (err == nil) != ok {
			t.Errorf("comments until %s: %v", until, err)
		}
	}
}

func TestMayOpenSession(t *testing.T) {
	by := Signer{Roles: SetOf(models.RoleCommitteeMember)}
	s := models.AssemblySession{State: models.SessionCalled, Day: "2026-12-03", Mode: models.ByReps}
	for name, tc := range map[string]struct {
		day         models.Date
		reps, total int
		kind        problem.Kind
	}{
		"the day before": {"2026-12-02", 40, 45, problem.TooEarly}, "the day": {"2026-12-03", 40, 45, 0}, "too few representatives": {"2026-12-03", 35, 44, problem.Conflict},
		"just enough": {"2026-12-03", 36, 44, 0}, "nobody": {"2026-12-03", 0, 0, problem.Conflict},
	} {
		err := MayOpenSession(s, tc.reps, tc.total, by, tc.day)
		if (err == nil) != (tc.kind == 0) || err != nil && !problem.Is(err, tc.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Art. 30: what the residents' meeting may give to the representatives, they
// decide only when it did.
func TestWhoDecidesWhat(t *testing.T) {
	for name, tc := range map[string]struct {
		class     models.MatterClass
		mode      models.DecisionMode
		delegated []models.MatterClass
		ok        bool
	}{
		"covenant by all":                         {models.MatterCovenant, models.ByAdults, nil, true},
		"covenant by reps":                        {models.MatterCovenant, models.ByReps, nil, false},
		"covenant by authorised reps":             {models.MatterCovenant, models.ByReps, []models.MatterClass{models.MatterCovenant}, true},
		"another authorisation":                   {models.MatterPlan, models.ByReps, []models.MatterClass{models.MatterCovenant}, false},
		"resignation by reps":                     {models.MatterResignation, models.ByReps, nil, true},
		"electoral committee by reps":             {models.MatterElectoral, models.ByReps, nil, true},
		"reps authorise themselves":               {models.MatterDelegate, models.ByReps, nil, false},
		"households authorise":                    {models.MatterDelegate, models.ByHouseholds, nil, true},
		"compound's own":                          {models.MatterCompound, models.ByGroup, nil, true},
		"compound decides the budget":             {models.MatterPlan, models.ByGroup, nil, false},
		"the community a compound's matter":       {models.MatterCompound, models.ByAdults, nil, false},
		"nobody decides elections of bodies here": {models.MatterElect, models.ByAdults, nil, false},
	} {
		if err := MatterDecider(tc.class, tc.mode, tc.delegated); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhichBodyAMatterChooses(t *testing.T) {
	for _, tc := range []struct {
		class models.MatterClass
		kind  models.BodyKind
		ok    bool
	}{
		{models.MatterElectoral, models.BodyElectoral, true}, {models.MatterElectoral, models.BodySupervision, false},
		{models.MatterSupervision, models.BodySupervision, true}, {models.MatterSupervision, models.BodyElectoral, false},
		{models.MatterMembers, models.BodySupervision, true}, {models.MatterCompound, models.BodyCompound, true},
	} {
		if ChoosesFor(tc.class, tc.kind) != tc.ok {
			t.Errorf("%s about %s: want %t", tc.class, tc.kind, tc.ok)
		}
	}
}

func TestMayVoteOn(t *testing.T) {
	at := time.Unix(1, 0)
	const day = models.Date("2026-11-20")
	good := models.Matter{Class: models.MatterPlan, StudyAt: &at, Comments: 2, Answered: 2, CommentUntil: day.AddDays(-1)}
	hall := models.AssemblySession{State: models.SessionOpen, Mode: models.ByReps, Entitled: 60, Present: 40}
	for name, tc := range map[string]struct {
		change func(*models.Matter, *models.AssemblySession)
		key    string
	}{
		"good":                 {func(*models.Matter, *models.AssemblySession) {}, ""},
		"not studied":          {func(m *models.Matter, _ *models.AssemblySession) { m.StudyAt = nil }, "policy.vote.study"},
		"needs no study":       {func(m *models.Matter, _ *models.AssemblySession) { m.StudyAt, m.Class = nil, models.MatterAudit }, ""},
		"a comment waits":      {func(m *models.Matter, _ *models.AssemblySession) { m.Answered = 1 }, "policy.vote.comments"},
		"one short":            {func(_ *models.Matter, s *models.AssemblySession) { s.Present = 39 }, "policy.vote.quorum"},
		"last day of comments": {func(m *models.Matter, _ *models.AssemblySession) { m.CommentUntil = day }, "policy.vote.early"},
		"comments go on":       {func(m *models.Matter, _ *models.AssemblySession) { m.CommentUntil = day.AddDays(1) }, "policy.vote.early"},
		"urgent with a ground": {func(m *models.Matter, s *models.AssemblySession) {
			m.CommentUntil, s.Urgent, s.UrgentGround = day, true, "水管爆裂需要立即决定"
		}, ""},
		"urgent without a ground": {func(m *models.Matter, s *models.AssemblySession) { m.CommentUntil, s.Urgent = day, true }, "policy.vote.early"},
		"meeting is closed":       {func(_ *models.Matter, s *models.AssemblySession) { s.State = models.SessionClosed }, "policy.vote.session"},
	} {
		m, s := good, hall
		tc.change(&m, &s)
		if err := MayVoteOn(m, s, day); (tc.key == "") != (err == nil) || err != nil && problem.As(err).Key != tc.key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFiguresAreConsistent(t *testing.T) {
	good := VoteFigures{models.ByReps, 60, 40, 40, 21, 10, 8, 1}
	if !good.Consistent() || !good.Passed() {
		t.Error("good figures")
	}
	for name, change := range map[string]func(*VoteFigures){
		"a vote too many":    func(v *VoteFigures) { v.Yes++ },
		"a vote lost":        func(v *VoteFigures) { v.No-- },
		"more than present":  func(v *VoteFigures) { v.Cast, v.Yes = 41, 22 },
		"more than the list": func(v *VoteFigures) { v.Present = 61 },
		"negative":           func(v *VoteFigures) { v.Void, v.Yes = -1, 23 },
	} {
		v := good
		change(&v)
		if v.Consistent() || v.Passed() {
			t.Errorf("%s: %+v", name, v)
		}
	}
	v := VoteFigures{models.ByReps, 60, 40, 40, 20, 20, 0, 0}
	if v.Passed() {
		t.Error("exactly half is not more than half")
	}
	v = VoteFigures{models.ByReps, 60, 39, 39, 39, 0, 0, 0}
	if v.Passed() {
		t.Error("all of too few")
	}
}

func TestChoose(t *testing.T) {
	o := func(votes ...int) []OptionVotes {
		out := make([]OptionVotes, len(votes))
		for i, n := range votes {
			out[i] = OptionVotes{models.ID(i + 1), n, models.Fen(100 * (i + 1))}
		}
		return out
	}
	for name, tc := range map[string]struct {
		options []OptionVotes
		present int
		seats   int
		budget  models.Fen
		want    int
	}{
		"exactly half": {o(20), 40, 1, 0, 0}, "one more": {o(21), 40, 1, 0, 1}, "seats": {o(30, 29, 28), 40, 2, 0, 2}, "tie at the edge": {o(30, 28, 28), 40, 2, 0, 1},
		"budget to the fen": {o(30, 29, 28), 40, 3, 300, 2}, "one fen short": {o(30, 29, 28), 40, 3, 299, 1}, "the next that fits": {[]OptionVotes{{1, 30, 500}, {2, 29, 100}}, 40, 2, 100, 1},
	} {
		if got := Choose(tc.options, tc.present, tc.seats, tc.budget); len(got) != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Art. 28: at least once every half year.
func TestHalfYears(t *testing.T) {
	for _, tc := range []struct {
		day  models.Date
		held []models.Date
		due  models.Date
	}{
		{"2026-01-01", nil, "2026-06-30"}, {"2026-06-30", nil, "2026-06-30"}, {"2026-07-01", []models.Date{"2026-06-30"}, "2026-12-31"},
		{"2026-07-01", []models.Date{"2026-07-01"}, "2027-06-30"}, {"2026-12-31", []models.Date{"2026-07-01"}, "2027-06-30"},
	} {
		if got := HalfYearDue(tc.day, tc.held); got != tc.due {
			t.Errorf("%s %v: %s", tc.day, tc.held, got)
		}
	}
	for _, tc := range []struct {
		day, since models.Date
		held       []models.Date
		missed     bool
	}{
		{"2026-07-01", "2026-01-01", nil, true}, {"2026-07-01", "2026-01-02", nil, false}, {"2026-07-01", "2026-01-01", []models.Date{"2026-06-30"}, false},
		{"2026-06-30", "2026-01-01", nil, false}, {"2026-07-01", "", nil, false}, {"2026-07-01", "2026-01-01", []models.Date{"2026-07-01"}, true},
	} {
		if got := HalfYearMissed(tc.day, tc.since, tc.held); got != tc.missed {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

func TestNoMeetingOfAnUnknownKindDecides(t *testing.T) {
	if err := MatterDecider(models.MatterFunds, "acclamation", nil); !problem.Is(err, problem.Invalid) {
		t.Errorf("a kind of meeting nobody knows decides: %v", err)
	}
	if err := MatterDecider("war", models.ByAdults, nil); !problem.Is(err, problem.Invalid) {
		t.Errorf("a matter nobody knows is decided: %v", err)
	}
}
