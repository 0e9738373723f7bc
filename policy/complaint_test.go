package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

// caseTable is the state table of domain.md E4 written a second time, by hand:
// what the code allows and what is written here must agree, for every state,
// action and relation. A line is: state, action, → state, who may.
const caseTable = `
-            file          received      visitor person
received     triage        triaged       first_receiver dispatcher
received     dispatch      assigned      first_receiver dispatcher
received     refuse        refused       first_receiver dispatcher
received     answer        answered      first_receiver dispatcher holder
triaged      triage        triaged       first_receiver dispatcher
triaged      dispatch      assigned      first_receiver dispatcher
triaged      refuse        refused       first_receiver dispatcher
triaged      answer        answered      first_receiver dispatcher holder
assigned     accept        processing    holder
assigned     return        triaged       holder
assigned     dispatch      assigned      dispatcher
processing   dispatch      assigned      dispatcher
processing   deliberate    deliberating  holder dispatcher
deliberating resume        processing    holder dispatcher
reopened     dispatch      assigned      first_receiver dispatcher
reopened     answer        answered      first_receiver dispatcher
answered     accept_answer closed        reporter
answered     rate          rated         reporter
answered     call_back     answered      first_receiver dispatcher holder
answered     reopen        reopened      reporter dispatcher
rated        reopen        reopened      reporter
answered     close         closed        job
rated        close         closed        job
merged       revive        triaged       job
escalated    register      escalated     holder
escalated    extend        escalated     holder
escalated    send_back     triaged       holder
escalated    answer        answered      holder
answered     escalate      escalated     reporter
rated        escalate      escalated     reporter
closed       escalate      escalated     reporter
refused      escalate      escalated     reporter
`

// caseGroups are lines that hold for several states; "=" leaves the state.
const caseGroups = `
assigned,processing,deliberating | recuse | triaged | holder
assigned,processing,deliberating | answer | answered | holder
received,triaged,assigned,processing,deliberating,reopened | withdraw | withdrawn | reporter
received,triaged,assigned,processing,deliberating,reopened | merge | merged | first_receiver dispatcher
received,triaged,assigned,processing,deliberating,reopened | escalate | escalated | reporter dispatcher overseer
OPEN | reserve | = | first_receiver dispatcher holder assistant overseer
OPEN | split | = | first_receiver dispatcher holder
OPEN | assist | = | first_receiver dispatcher holder
OPEN | ask | = | first_receiver dispatcher holder assistant overseer
OPEN | reply | = | reporter
OPEN | order | = | overseer
OPEN | hand_over | = | first_receiver dispatcher holder overseer
OPEN | assist_done | = | assistant
ALL | note | = | first_receiver dispatcher holder assistant overseer
ALL | link | = | first_receiver dispatcher holder assistant overseer job
ALL | redact | = | first_receiver dispatcher holder overseer
ALL | outer | = | first_receiver dispatcher holder overseer job
`

type caseStep struct {
	from   models.ComplaintState
	action string
}

func readCaseTable() map[caseStep]map[models.Role]models.ComplaintState {
	table := map[caseStep]map[models.Role]models.ComplaintState{}
	put := func(from, action, to string, roles []string) {
		s := caseStep{models.ComplaintState(strings.Trim(from, "-")), action}
		if table[s] == nil {
			table[s] = map[models.Role]models.ComplaintState{}
		}
		for _, r := range roles {
			table[s][models.Role(r)] = models.ComplaintState(to)
		}
	}
	for line := range strings.Lines(caseTable) {
		if f := strings.Fields(line); len(f) > 3 {
			put(f[0], f[1], f[2], f[3:])
		}
	}
	for line := range strings.Lines(caseGroups) {
		f := strings.Split(line, "|")
		if len(f) != 4 {
			continue
		}
		var states []string
		switch group := strings.TrimSpace(f[0]); group {
		case "OPEN", "ALL":
			for _, s := range models.ComplaintStates {
				if s.Open() || group == "ALL" {
					states = append(states, string(s))
				}
			}
		default:
			states = strings.Split(group, ",")
		}
		for _, s := range states {
			to := strings.TrimSpace(f[2])
			if to == "=" {
				to = s
			}
			put(s, strings.TrimSpace(f[1]), to, strings.Fields(f[3]))
		}
	}
	return table
}

// Every transition × every role there is.
func TestComplaintMovesByEveryRole(t *testing.T) {
	table := readCaseTable()
	actions := map[string]bool{}
	for _, m := range ComplaintMoves {
		actions[m.Action] = true
	}
	for s := range table {
		actions[s.action] = true
	}
	n := 0
	for _, from := range append([]models.ComplaintState{""}, models.ComplaintStates...) {
		for action := range actions {
			for _, role := range everyRole {
				n++
				got, err := Next(ComplaintMoves, from, action, SetOf(role))
				want, may := table[caseStep{from, action}][role]
				if may != (err == nil) || may && got != want {
					t.Errorf("%q %s as %s: %q %v, want %q %v", from, action, role, got, err, want, may)
				}
			}
		}
	}
	if n < 10000 {
		t.Errorf("only %d tried", n)
	}
}

func TestComplaintDue(t *testing.T) {
	const friday models.Date = "2026-11-27"
	base := models.Complaint{StageDay: friday, TriageDays: 1, AssignDays: 1, HandleDays: 5}
	for _, tc := range []struct {
		state models.ComplaintState
		edit  func(*models.Complaint)
		want  models.Date
	}{
		{models.ComplaintReceived, nil, "2026-11-30"},
		{models.ComplaintTriaged, nil, "2026-11-30"},
		{models.ComplaintReopened, nil, "2026-11-30"},
		{models.ComplaintAssigned, nil, "2026-12-04"},
		{models.ComplaintProcessing, nil, "2026-12-04"},
		{models.ComplaintProcessing, func(c *models.Complaint) { c.HandleDays = 0 }, "2026-12-04"},
		{models.ComplaintProcessing, func(c *models.Complaint) { c.HandleDays = 99 }, "2027-01-11"}, // 30 at most, New Year between
		{models.ComplaintProcessing, func(c *models.Complaint) { c.PromiseDay = "2026-12-02" }, "2026-12-02"},
		{models.ComplaintProcessing, func(c *models.Complaint) { c.PromiseDay = "2026-12-09" }, "2026-12-04"},
		{models.ComplaintDeliberating, nil, "2026-12-28"}, // the 27th is a Sunday
		{models.ComplaintAnswered, nil, "2026-12-04"},
		{models.ComplaintRated, nil, "2026-12-04"},
		{models.ComplaintEscalated, nil, "2026-12-14"}, // 15 days end on a Saturday
		{models.ComplaintEscalated, func(c *models.Complaint) { c.EscalatedTo = models.EscalatedHotline }, "2026-12-04"},
		{models.ComplaintEscalated, func(c *models.Complaint) { c.Registered = "2026-12-01" }, "2027-01-26"},
		{models.ComplaintEscalated, func(c *models.Complaint) { c.Registered, c.Extended = "2026-12-01", true }, "2027-02-25"},
		{models.ComplaintClosed, nil, ""}, {models.ComplaintRefused, nil, ""}, {models.ComplaintWithdrawn, nil, ""}, {models.ComplaintMerged, nil, ""},
	} {
		c := base
		c.State = tc.state
		if tc.edit != nil {
			tc.edit(&c)
		}
		if got := ComplaintDue(c, China()); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.state, got, tc.want)
		}
	}
	if got := ComplaintPromise(base, friday, China()); got != "2026-12-08" {
		t.Errorf("promise %s", got)
	}
}

// Before, on and after the last day.
func TestComplaintLateAndSettled(t *testing.T) {
	const due models.Date = "2026-12-04"
	for _, s := range models.ComplaintStates {
		c := models.Complaint{State: s, DueDay: due}
		waits := s == models.ComplaintAnswered || s == models.ComplaintRated
		for i, day := range []models.Date{"2026-12-03", due, "2026-12-05"} {
			if got, want := ComplaintLate(c, day), i == 2 && s.Open() && !waits; got != want {
				t.Errorf("%s late on %s: %v", s, day, got)
			}
			if got, want := ComplaintSettled(c, day), i == 2 && waits; got != want {
				t.Errorf("%s settled on %s: %v", s, day, got)
			}
		}
	}
}

func TestWhatTheReporterMayDo(t *testing.T) {
	answered := models.Complaint{State: models.ComplaintAnswered, DueDay: "2026-12-04"}
	kind := func(err error) problem.Kind {
		if p := problem.As(err); p != nil {
			return p.Kind
		}
		return 0
	}
	again := answered
	again.Reopened = 1
	for name, tc := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"reopen on the last day":     {MayReopen(answered, "2026-12-04", "还在漏水"), 0},
		"reopen the day after":       {MayReopen(answered, "2026-12-05", "还在漏水"), problem.TooLate},
		"reopen twice":               {MayReopen(again, "2026-12-04", "还在漏水"), problem.Conflict},
		"reopen without a reason":    {MayReopen(answered, "2026-12-04", "不"), problem.Invalid},
		"escalate before reopening":  {MayEscalate(answered, "2026-12-04"), problem.TooEarly},
		"escalate after reopening":   {MayEscalate(again, "2026-12-04"), 0},
		"escalate what is in time":   {MayEscalate(models.Complaint{State: models.ComplaintProcessing, DueDay: "2026-12-04"}, "2026-12-04"), problem.TooEarly},
		"escalate what is late":      {MayEscalate(models.Complaint{State: models.ComplaintProcessing, DueDay: "2026-12-04"}, "2026-12-05"), 0},
		"escalate what was refused":  {MayEscalate(closedOn("2026-11-05"), "2026-12-05"), 0},
		"escalate a month and a day": {MayEscalate(closedOn("2026-11-05"), "2026-12-06"), problem.TooLate},
		"escalate twice":             {MayEscalate(models.Complaint{State: models.ComplaintEscalated}, "2026-12-05"), problem.Conflict},
		"return once":                {MayReturn(models.Complaint{}, "不归物业管"), 0},
		"return twice":               {MayReturn(models.Complaint{Returned: 1}, "不归物业管"), problem.Conflict},
		"extend once":                {MayExtend(models.Complaint{EscalatedTo: models.EscalatedStreet}, "要做鉴定"), 0},
		"extend twice":               {MayExtend(models.Complaint{Extended: true}, "要做鉴定"), problem.Conflict},
		"extend a hotline":           {MayExtend(models.Complaint{EscalatedTo: models.EscalatedHotline}, "要做鉴定"), problem.Conflict},
		"answer nothing":             {MayAnswerCase(holder, "好"), problem.Invalid},
		"answer one's own":           {MayAnswerCase(holder|reporter, "已经修好"), problem.Forbidden},
		"answer":                     {MayAnswerCase(holder, "已经修好"), 0},
	} {
		if got := kind(tc.err); got != tc.want {
			t.Errorf("%s: %v, want kind %d", name, tc.err, tc.want)
		}
	}
}

func closedOn(d models.Date) models.Complaint {
	at := d.Time()
	return models.Complaint{State: models.ComplaintRefused, ClosedAt: &at}
}

// Whoever belongs to the committee knows of no case about it, whatever other
// post they hold; whoever is concerned knows of none about them.
func TestWhoKnowsOfACase(t *testing.T) {
	g := guard(t)
	reader := func(roles ...models.Role) CaseReader {
		set := SetOf(roles...)
		return CaseReader{UserID: 7, PersonKey: "u7", Roles: set, Handles: g.May(set, "case", "handle"), Assigns: g.May(set, "case", "assign"),
			Oversees: g.May(set, "case", "oversee"), Secrets: g.May(set, "case", "read_about_committee")}
	}
	about := func(a models.ComplaintAbout, to models.AssigneeKind) models.Complaint {
		return models.Complaint{State: models.ComplaintReceived, About: a, OwnerKind: to, FirstKind: to, DueDay: "2026-12-04"}
	}
	const day = "2026-12-01"
	for _, tc := range []struct {
		name string
		c    models.Complaint
		ties CaseTies
		r    CaseReader
		sees bool
	}{
		{"director, ordinary", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleDirector), true},
		{"director, about the committee", about("committee", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleDirector), false},
		{"director who is supervisor too", about("committee", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleDirector, models.RoleSupervisor), false},
		{"member who works for the street", about("committee", models.AssigneeStreet), CaseTies{}, reader(models.RoleCommitteeMember, models.RoleStreet), false},
		{"supervisor", about("committee", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleSupervisor), true},
		{"street", about("committee", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleStreet), true},
		{"supervisor, about supervisors", about("supervisor", models.AssigneeStreet), CaseTies{}, reader(models.RoleSupervisor), false},
		{"street, about supervisors", about("supervisor", models.AssigneeStreet), CaseTies{}, reader(models.RoleStreet), true},
		{"street, about the street", about("street", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleStreet), false},
		{"supervisor who works for the street, about either", about("street", models.AssigneeSupervisor), CaseTies{}, reader(models.RoleSupervisor, models.RoleStreet), false},
		{"admin with every post", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleDirector, models.RoleAdmin), false},
		{"concerned supervisor", about("committee", models.AssigneeSupervisor), CaseTies{Kept: []models.ComplaintParty{{UserID: 7}}}, reader(models.RoleSupervisor), false},
		{"concerned under another login", about("committee", models.AssigneeSupervisor), CaseTies{Kept: []models.ComplaintParty{{UserID: 8, PersonKey: "u7"}}}, reader(models.RoleSupervisor), false},
		{"stepped back", about("", models.AssigneeDuty), CaseTies{Kept: []models.ComplaintParty{{UserID: 7}}}, reader(models.RoleDirector), false},
		{"the reporter's own", about("", models.AssigneeDuty), CaseTies{Reporters: []models.ID{7}}, reader(models.RoleDirector), false},
		{"member, not theirs", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleCommitteeMember), false},
		{"supervisor, in time", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleSupervisor), false},
		{"station, assisting", about("", models.AssigneeDuty), CaseTies{Assistants: []models.Assignee{{Kind: models.AssigneeStation}}}, reader(models.RoleStation), true},
		{"clerk", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleClerk), false},
		{"resident", about("", models.AssigneeDuty), CaseTies{}, reader(models.RoleResident), false},
	} {
		if got := CaseRelations(tc.c, tc.ties, tc.r, day) != 0; got != tc.sees {
			t.Errorf("%s: sees %v", tc.name, got)
		}
	}
	late := about("", models.AssigneeDuty)
	late.DueDay = "2026-11-30"
	if CaseRelations(late, CaseTies{}, reader(models.RoleSupervisor), day) != overseer {
		t.Error("what is late is before the supervision committee")
	}
	if SeesReporter(models.Complaint{Level: models.LevelAnonymous}, office, true) || SeesReporter(models.Complaint{Level: models.LevelConfidential}, holder, false) ||
		!SeesReporter(models.Complaint{Level: models.LevelConfidential}, SetOf(RoleFirst), false) || !SeesReporter(models.Complaint{Level: models.LevelConfidential}, overseer, true) ||
		!SeesReporter(models.Complaint{Level: models.LevelNamed}, holder, false) || SeesReporter(models.Complaint{Level: models.LevelNamed}, SetOf(RoleGridReader), false) {
		t.Error("who learns who reported")
	}
}

// A case about officials is dispatched to none of those it is about.
func TestWhereACaseMayGo(t *testing.T) {
	for _, about := range []models.ComplaintAbout{"", models.AboutCommittee, models.AboutSupervisor, models.AboutStreet} {
		for _, to := range desksInOrder {
			want := map[models.ComplaintAbout][]models.AssigneeKind{
				"": desksInOrder, models.AboutCommittee: {models.AssigneeSupervisor, models.AssigneeStreet},
				models.AboutSupervisor: {models.AssigneeStreet}, models.AboutStreet: {models.AssigneeSupervisor},
			}[about]
			if MayHold(about, to) != slices.Contains(want, to) {
				t.Errorf("about %q to %s", about, to)
			}
		}
		if first := FirstReceiver(about, 5, 6); !MayHold(about, first.Kind) {
			t.Errorf("about %q first with %v", about, first)
		}
	}
}

func TestCategoriesAndSpam(t *testing.T) {
	if n := len(CaseCategories()); n != 21 {
		t.Errorf("%d categories", n)
	}
	for _, c := range CaseCategories() {
		if c.Officials && c.Code != "books" && !c.Hidden {
			t.Errorf("%s may be about officials and is public", c.Code)
		}
	}
	for _, bad := range []string{"x", "a,b\n", "code,kind,hidden,officials,stop,phone,triage,assign,handle,questions\nx,help,,,,,0,,,", "code,kind,hidden,officials,stop,phone,triage,assign,handle,questions\nx,help,,,,,99,,,"} {
		if _, err := readCategories(bad); err == nil && bad != "a,b\n" {
			t.Errorf("%q was read", bad)
		}
	}
	for text, want := range map[string]bool{
		"哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈": true, "看 http://a.cn http://b.cn www.c.cn https://d.cn": true,
		"楼道灯坏了三天": false, "嗯嗯": false, "见 https://a.cn 的通知": false,
	} {
		if SpamText(text) != want {
			t.Errorf("%q", text)
		}
	}
}

// Random walks: whatever happens in whatever order, an open case has a last
// day, and its clock never begins later than today.
func TestNoSequenceStopsAClock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		c := models.Complaint{State: models.ComplaintReceived, StageDay: "2026-11-23", TriageDays: 1, AssignDays: 1, HandleDays: 5}
		day := c.StageDay
		c.PromiseDay = ComplaintPromise(c, day, China())
		for range 30 {
			var moves []complaintMove
			for _, m := range ComplaintMoves {
				if m.From == c.State {
					moves = append(moves, m)
				}
			}
			m := moves[r.IntN(len(moves))]
			day = day.AddDays(r.IntN(3))
			if m.To != c.State {
				c.State, c.StageDay = m.To, day
			}
			due := ComplaintDue(c, China())
			if c.State.Open() != (due != "") || !c.State.Open() && due != "" {
				t.Fatalf("%s after %s: due %q", c.State, m.Action, due)
			}
			if c.State.Open() && due < c.StageDay && due != c.PromiseDay {
				t.Fatalf("%s due %s before it began %s", c.State, due, c.StageDay)
			}
		}
	}
}
