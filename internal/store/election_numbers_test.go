package store_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// Historic failures by their numbers in reliability.md 1.4: 19, 32, 34, 52, 57 and
// 58 here; 33 is TestOneVoterOneBallot and the same voter's two ballots in
// ballot_race_test.go; 45 TestResultsFollowTheLaw of package policy; 57 besides
// TestTooFewElectronicVotersGetPaper; 59 TestVoterOfAnElectionVotesOnAPhone of the
// stories; 60 TestNumber60NobodyIsToldWhoVotes of the program.

// Number 19: the registrar's list holds a slip twice, is longer or shorter than
// the list of voters; a right to vote stands twice.
func TestNumber19SlipsAndVoters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 5)
		tenant := m.In(m.c)
		b, err := tenant.CreateElectionBallot(ctx, m.office.Prepares, m.e.ID, m.draft())
		must(t, err)
		private, public, err := storetest.Slips(b.UUID, 5)
		must(t, err)
		_, long, err := storetest.Slips(b.UUID, 6)
		must(t, err)
		var list []string
		must(t, json.Unmarshal(public, &list))
		twice, err := json.Marshal([]string{list[0], list[0], list[1]})
		must(t, err)
		for i := range 3 {
			must(t, tenant.NameTrustee(ctx, m.office.Prepares, b.ID, i+1, m.office.Phones[i], "outside"))
		}
		must(t, tenant.FixBallot(ctx, m.office.Prepares, b.ID))
		take := func(raw []byte) error { return tenant.TakeCredentials(ctx, m.office.Registers, b.ID, raw) }
		wantKind(t, "a slip twice", take(twice), problem.Invalid)
		wantKind(t, "more slips than voters", take(long), problem.Invalid)
		wantKind(t, "no list at all", take([]byte("[]")), problem.Invalid)
		wantKind(t, "a list from the hand of a candidate", tenant.TakeCredentials(ctx, m.as(m.index(m.cand[0].ResidentID)), b.ID, public), problem.Forbidden)
		must(t, take(public))
		err = tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Create(&models.BallotVoter{Tenant: models.Tenant{ID: tx.NewID()}, BoardID: b.ID, UnitID: m.voters[0].ID}).Error
		})
		if err == nil {
			t.Error("a voter stands twice on the list of the board")
		}
		m.replaces(b, private)
	})
}

// replaces: a slip that was lost is void and another stands in its place; only
// before the vote is opened, and only by the registrar.
func (m *mixed) replaces(b *models.BallotBoard, private []string) {
	m.t.Helper()
	t, tenant := m.t, m.In(m.c)
	m.Vote = &storetest.Vote{Board: b, Slips: private}
	lostSecret, err := ballot.DeriveCredential(b.UUID, private[0])
	must(t, err)
	lost := ballot.PublicCredential(lostSecret)
	fresh, freshList, err := storetest.Slips(b.UUID, 1)
	must(t, err)
	made := strings.Trim(string(freshList), `[]"`)
	replace := func(a models.Actor, gone, put string) error {
		return tenant.ReplaceCredential(ctx, a, b.ID, gone, put)
	}
	wantKind(t, "by a candidate", replace(m.as(m.index(m.cand[0].ResidentID)), lost.String(), made), problem.Forbidden)
	wantKind(t, "a slip that is not on the list", replace(m.office.Registers, made, lost.String()), problem.NotFound)
	standsSecret, err := ballot.DeriveCredential(b.UUID, private[1])
	must(t, err)
	stands := ballot.PublicCredential(standsSecret)
	wantKind(t, "one that stands there already", replace(m.office.Registers, lost.String(), stands.String()), problem.Invalid)
	wantKind(t, "no point of the curve", replace(m.office.Registers, lost.String(), strings.Repeat("f", 64)), problem.Invalid)
	must(t, replace(m.office.Registers, lost.String(), made))
	wantKind(t, "twice", replace(m.office.Registers, lost.String(), made), problem.NotFound)
	m.Devices, err = storetest.NewDevices(m.office.Trustees...)
	must(t, err)
	for range 4 {
		for _, d := range m.Devices {
			_, err := d.Act(ctx, tenant, b.ID)
			must(t, err)
		}
	}
	must(t, tenant.OpenBallot(ctx, m.office.Opens, b.ID))
	wantKind(t, "after the opening", replace(m.office.Registers, made, lost.String()), problem.Conflict)
	m.Setup, err = tenant.BallotSetup(ctx, b.ID)
	must(t, err)
	m.s = m.open()
	if _, err := storetest.Encrypt(m.Setup, private[0], votesOf(1, 1)); err == nil {
		t.Error("the void slip makes a ballot")
	}
	m.Slips = append([]string{fresh[0]}, private[1:]...)
	must(t, m.cast(0, votesOf(1, 1)))
	m.clean()
}

// behind is a second process whose clock is five seconds late.
func (m *mixed) behind() *store.Tenant {
	m.t.Helper()
	opt := m.Opt
	opt.Now = func() time.Time { return m.Clock.Now().Add(-5 * time.Second) }
	s := storetest.Open(m.t, opt, m.KeyText)
	must(m.t, s.Load(ctx))
	return s.In(m.c)
}

// Number 32: a millisecond before and after the close, on two processes whose
// clocks are five seconds apart. One rule: the clock of the transaction, until
// somebody has written down the end; after that nobody's.
func TestNumber32TheCloseAndASlowClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 7)
		m.start(7)
		slow := m.behind()
		ballots := map[int][]byte{}
		send := func(door *store.Tenant, i int) error {
			if ballots[i] == nil {
				var err error
				ballots[i], err = storetest.Encrypt(m.Setup, m.Slips[i], votesOf(1, 1))
				must(t, err)
			}
			raw := ballots[i]
			rights, err := m.In(m.c).MyVotes(ctx, m.voter(m.voters[i]), m.Board.ID)
			must(t, err)
			return second(door.CastBallot(ctx, m.voter(m.voters[i]), m.Board.ID, rights[0].VoterID, raw))
		}
		end := m.draft().ClosesAt
		m.Clock.Set(end.Add(-time.Millisecond))
		for i := range 5 {
			must(t, send([]*store.Tenant{m.In(m.c), slow}[i%2], i))
		}
		m.Clock.Set(end)
		wantKind(t, "at the close", send(m.In(m.c), 5), problem.TooLate)
		m.Clock.Set(end.Add(time.Second))
		must(t, send(slow, 5)) // its own clock has not closed, and nobody has written the end
		wantKind(t, "ending by the slow clock", slow.EndBallot(ctx, m.Board.ID), problem.TooEarly)
		must(t, m.In(m.c).EndBallot(ctx, m.Board.ID))
		wantKind(t, "the slow clock after the end", send(slow, 6), problem.TooLate)
		must(t, send(slow, 0)) // sent again it is the same receipt, also now
		m.clean()
	})
}

// Number 34, and the races of the day: in two processes at once a voter tries
// two stations, the table of the desk, an envelope and, if theirs is the board,
// the telephone; two tellers open one sheet. One ballot each, and the counts
// agree with the claims.
func TestNumber34OneVoterTriesEverything(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 6)
		tenant, chair := m.In(m.c), m.as(chairN)
		branch, err := tenant.PutStation(ctx, chair, m.e.ID, 0, store.StationDraft{Kind: models.StationBranch, Name: "二号站", Place: "东门", Hours: "8:00"})
		must(t, err)
		m.start(6)
		other := db.Second(t)
		must(t, other.Load(ctx))
		doors := []*store.Tenant{tenant, other.In(m.c)}
		var mu sync.Mutex
		got := map[models.ID]int{}
		var wg sync.WaitGroup
		try := func(v models.ID, f func() (int, error)) {
			wg.Go(func() {
				n, err := f()
				if err != nil && problem.As(err) == nil {
					t.Errorf("%v", err)
				}
				if err == nil {
					mu.Lock()
					got[v] += n
					mu.Unlock()
				}
			})
		}
		tries := m.voters[3:9] // three on the board, three on paper
		for i, v := range tries {
			for n := range 4 {
				try(v.ID, func() (int, error) {
					out, err := doors[n%2].Issue(ctx, chair, m.e.ID, []models.ID{m.s, branch}[n/2], store.CheckIn{VoterID: v.ID, Key: "t" + strconv.Itoa(n)})
					return out.Ballots, err
				})
			}
			if i >= 3 {
				continue
			}
			rights, err := tenant.MyVotes(ctx, m.voter(v), m.Board.ID)
			must(t, err)
			raw, err := storetest.Encrypt(m.Setup, m.Slips[3+i], votesOf(1, 1))
			must(t, err)
			for n := range 2 {
				try(v.ID, func() (int, error) {
					r, err := doors[n].CastBallot(ctx, m.voter(v), m.Board.ID, rights[0].VoterID, raw)
					if err != nil || r.Again {
						return 0, err
					}
					return 1, nil
				})
			}
		}
		wg.Wait()
		for _, v := range tries {
			if got[v.ID] != 1 {
				t.Errorf("voter %d has %d ballots", v.Number, got[v.ID])
			}
		}
		m.clean() // the claims agree with what the board and the stations count
	})
}

// Number 52: what the first notice, the roll and the opening have fixed cannot
// be changed by any use case, and a change past the program is found.
func TestNumber52NothingChangesWhenItIsFixed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 6)
		tenant, chair, director := m.In(m.c), m.as(chairN), m.off[models.RoleDirector]
		m.start(6)
		d := store.ElectionDraft{Title: "别的", Term: 9, Mode: models.ModeReps, Day: m.e.Day.AddDays(1), Pack: m.e.Pack, Seats: fiveSeats}
		for what, err := range map[string]error{
			"mode, day and seats": tenant.EditElection(ctx, chair, m.e.ID, d),
			"a rule":              tenant.AdoptElectionRule(ctx, chair, m.e.ID, "proxy.days", "1", "居民代表会议第3号决定"),
			"the roll":            second(tenant.FillRoll(ctx, chair, m.e.ID)),
			"a voter":             tenant.StrikeVoter(ctx, chair, m.e.ID, m.voters[9].ID, "搬走了搬走了"),
			"candidates":          tenant.ReviewCandidate(ctx, chair, m.e.ID, m.cand[0].ID, false, "convicted", "判决书", "不符合条件"),
			"the board":           tenant.EditBallot(ctx, chair, m.Board.ID, pollDraft(m.Now())),
			"its trustees":        tenant.NameTrustee(ctx, chair, m.Board.ID, 1, m.office.Phones[1], "outside"),
			"its slips":           tenant.TakeCredentials(ctx, m.office.Registers, m.Board.ID, []byte(`[]`)),
			"giving it up":        tenant.DropBallot(ctx, chair, m.Board.ID),
			"its ceremony":        tenant.RestartBallot(ctx, chair, m.Board.ID),
			"a director's hand":   tenant.EditElection(ctx, director, m.e.ID, d),
		} {
			if problem.As(err) == nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		m.clean()
		m.tampered()
	})
}

func (m *mixed) tampered() {
	m.t.Helper()
	t, tenant := m.t, m.In(m.c)
	found := func() (all []string) {
		must(t, m.Verify(ctx, func(f store.Finding) { all = append(all, f.What) }))
		return all
	}
	board, election := &models.BallotBoard{}, &models.Election{}
	b, err := tenant.Ballot(ctx, m.Board.ID)
	must(t, err)
	for _, c := range []struct {
		what   string
		model  any
		id     models.ID
		column string
		value  any
		was    any
	}{
		{"questions of the board", board, b.ID, "questions", []byte(strings.Replace(string(b.Questions), m.cand[0].Name, m.cand[1].Name+"。", 1)), b.Questions},
		{"its title", board, b.ID, "title", "别的选举", b.Title},
		{"its close", board, b.ID, "closes_at", b.ClosesAt.Add(time.Hour), b.ClosesAt},
		{"mode", election, m.e.ID, "mode", models.ModeReps, m.e.Mode},
		{"day", election, m.e.ID, "election_day", m.e.Day.AddDays(2), m.e.Day},
		{"rules", election, m.e.ID, "rules", []byte(strings.Replace(string(m.e.Rules), `"3"`, `"4"`, 1)), m.e.Rules},
		{"a right to vote", &models.Voter{}, m.voters[10].ID, "elector", false, true},
	} {
		set := func(v any) {
			must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Model(c.model).Where("id = ?", c.id).UpdateColumn(c.column, v).Error
			}))
		}
		set(c.value)
		if len(found()) == 0 {
			t.Errorf("%s changed past the program: verify finds nothing", c.what)
		}
		set(c.was)
	}
	if left := found(); len(left) > 0 {
		t.Errorf("set back: %v", left)
	}
}

// Number 57: the few ballots of a box that went to people are mixed with others
// before they are counted: no sheet, no line and no figure is theirs alone.
func TestNumber57ASmallBoxTellsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 40)
		w.plan(models.ModeVoters, fiveSeats)
		voters := w.roll()
		cand := w.stand(10, sevenStand...)
		tenant, chair := w.In(w.c), w.as(chairN)
		main, err := tenant.PutStation(ctx, chair, w.e.ID, 0, store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00"})
		must(t, err)
		small := store.StationDraft{Kind: models.StationMobile, Name: "流动票箱", Place: "上门", Hours: "9:00", Approval: "街道第7号批复"}
		mobile, err := tenant.PutStation(ctx, chair, w.e.ID, 0, small)
		must(t, err)
		_, err = tenant.AssignStation(ctx, chair, w.e.ID, main, nil)
		must(t, err)
		wantKind(t, "without a reason", tenant.MoveVoter(ctx, chair, w.e.ID, voters[0].ID, mobile, ""), problem.Invalid)
		must(t, tenant.MoveVoter(ctx, chair, w.e.ID, voters[0].ID, mobile, "卧床，行动不便"))
		for n, at := range map[int]models.ID{teller1N: 0, teller2N: 0, watcherN: mobile, 20: mobile, 21: mobile} {
			duty := models.DutyTeller
			if at != 0 {
				duty = models.DutyWatcher
			}
			w.as(n)
			must(t, tenant.AddStaff(ctx, chair, w.e.ID, store.StaffDraft{Resident: w.people[n].ID, Name: w.people[n].Name, Duty: duty, StationID: at}))
		}
		w.day(0)
		wantKind(t, "a box of one voter counted by itself", tenant.OpenPolls(ctx, chair, w.e.ID), problem.Invalid)
		w.day(-1)
		small.CountWith = main
		_, err = tenant.PutStation(ctx, chair, w.e.ID, mobile, small)
		must(t, err)
		w.day(0)
		must(t, tenant.OpenPolls(ctx, chair, w.e.ID))
		for i, v := range voters {
			_, err := tenant.Issue(ctx, chair, w.e.ID, map[bool]models.ID{true: mobile, false: main}[i == 0], store.CheckIn{VoterID: v.ID})
			must(t, err)
		}
		for _, s := range []models.ID{main, mobile} {
			must(t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "0017"}))
		}
		must(t, tenant.ClosePolls(ctx, chair, w.e.ID))
		must(t, tenant.TestBox(ctx, chair, w.e.ID, main, len(voters)-1, ""))
		_, err = tenant.OpenSheet(ctx, w.as(teller1N), w.e.ID, main, 1, "sheet")
		wantKind(t, "before the small box is with it", err, problem.TooEarly)
		must(t, tenant.TestBox(ctx, chair, w.e.ID, mobile, 1, ""))
		heaps, err := tenant.Heaps(ctx, w.e.ID)
		must(t, err)
		if len(heaps) != 1 || heaps[0].Papers != len(voters) || len(heaps[0].Boxes) != 2 {
			t.Fatalf("heaps: %+v", heaps)
		}
		_, err = tenant.OpenSheet(ctx, w.as(teller1N), w.e.ID, mobile, 1, "sheet")
		wantKind(t, "a sheet of the small box alone", err, problem.NotFound)
		w.count(main, policy.Tally{"valid": len(voters), policy.TallyKey(policy.MarkFor, cand[0].ID): len(voters)})
		must(t, tenant.SealResult(ctx, chair, w.e.ID))
		w.clean()
	})
}

// Number 58: no row of the audit chain joins a voter and a ballot, and what is
// noted of a ballot names neither person nor hour of a claim.
func TestNumber58NoTraceJoinsVoterAndBallot(t *testing.T) {
	m := newMixed(t, storetest.New(t), 6)
	m.start(6)
	for i := range 6 {
		must(t, m.cast(i, votesOf(1, 1)))
	}
	tenant, chair := m.In(m.c), m.as(chairN)
	_, err := tenant.Issue(ctx, chair, m.e.ID, m.s, store.CheckIn{VoterID: m.voters[8].ID, Key: "t.1"})
	must(t, err)
	var rows []models.AuditRow
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Where("action IN ?", []string{"ballot.cast", "poll.issue"}).Find(&rows).Error
	}))
	if len(rows) < 2 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, r := range rows {
		text := string(r.Detail) + " " + r.ObjectID.String()
		for _, v := range m.voters[:9] {
			for _, secret := range []string{v.ID.String(), v.ResidentID.String(), v.Name} {
				if strings.Contains(text, secret) {
					t.Errorf("%s tells of a voter: %s", r.Action, text)
				}
			}
		}
		if r.ActorID != 0 {
			t.Errorf("%s names who did it", r.Action)
		}
	}
}
