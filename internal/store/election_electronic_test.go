package store_test

import (
	"fmt"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// mixed is an election with paper and an electronic ballot.
type mixed struct {
	*pollWorld
	*storetest.Vote
	office storetest.Office
	voters []models.Voter
	cand   []models.Candidate
	s      models.ID // the one station
}

var plainWords = store.ElectionBallotWords{Question: func(p models.Post, n int) string { return fmt.Sprintf("%s %d", p, n) }, For: "同意", Against: "不同意", Note: "说明"}

func (m *mixed) draft() store.ElectionBallotDraft {
	return store.ElectionBallotDraft{Channel: models.ViaRemote, OpensAt: m.e.Day.Time().Add(8 * time.Hour), ClosesAt: m.e.Day.Time().Add(16 * time.Hour), Threshold: 2, Size: 3, Words: plainWords}
}

// newMixed brings a demonstration election to its candidates; the first n
// voters have chosen the electronic ballot.
func newMixed(t testing.TB, db *storetest.DB, n int) *mixed {
	t.Helper()
	return newMixedBy(t, db, n, policy.DemonstrationPack)
}

func newMixedBy(t testing.TB, db *storetest.DB, n int, pack string, adopt ...string) *mixed {
	t.Helper()
	w := newPollWorld(t, db, 30)
	w.pack, w.electronic = pack, true
	w.plan(models.ModeVoters, map[models.Post]int{models.PostDirector: 1, models.PostMember: 4}, adopt...)
	m := &mixed{pollWorld: w, voters: w.roll()}
	m.cand = w.stand(10, models.PostDirector, models.PostDirector, models.PostMember, models.PostMember, models.PostMember, models.PostMember, models.PostMember)
	for i := range n {
		must(t, w.In(w.c).ChooseChannel(ctx, w.voter(m.voters[i]), w.e.ID, m.voters[i].ID, models.ChannelElectronic))
	}
	m.office = storetest.Office{Prepares: w.as(chairN), Registers: w.off[models.RoleSupervisor], Opens: w.as(chairN)}
	for i := range 3 {
		phone := fmt.Sprintf("1380000%04d", i)
		u, err := db.EnsureUser(ctx, storetest.System, phone, fmt.Sprintf("保管人%d", i))
		must(t, err)
		m.office.Trustees, m.office.Phones = append(m.office.Trustees, models.Actor{UserID: u.ID, Name: u.Name}), append(m.office.Phones, phone)
	}
	return m
}

// voter is the login of somebody on the roll.
func (w *pollWorld) voter(v models.Voter) models.Actor { return w.as(w.index(*v.ResidentID)) }

// start makes and opens the electronic ballot, then the polls.
func (m *mixed) start(slips int) { m.t.Helper(); m.startWith(m.draft(), slips) }

func (m *mixed) startWith(d store.ElectionBallotDraft, slips int) {
	m.t.Helper()
	tenant := m.In(m.c)
	b, err := tenant.CreateElectionBallot(ctx, m.office.Prepares, m.e.ID, d)
	must(m.t, err)
	private, public, err := storetest.Slips(b.UUID, slips)
	must(m.t, err)
	m.Vote, err = storetest.OpenBoard(ctx, tenant, m.office, b.ID, private, public)
	must(m.t, err)
	m.s = m.open()
}

// votes of one electronic ballot: places of chosen directors and members,
// counted from 1; nothing chosen is blank.
func votesOf(director int, members ...int) ballot.Votes {
	v := ballot.Votes{make([]int, 3), make([]int, 6)}
	v[0][director] = 1
	for _, i := range members {
		v[1][i] = 1
	}
	if len(members) == 0 {
		v[1][0] = 1
	}
	return v
}

func (m *mixed) cast(i int, v ballot.Votes) error {
	m.t.Helper()
	actor := m.voter(m.voters[i])
	rights, err := m.In(m.c).MyVotes(ctx, actor, m.Board.ID)
	must(m.t, err)
	raw, err := storetest.Encrypt(m.Setup, m.Slips[i], v)
	must(m.t, err)
	_, err = m.In(m.c).CastBallot(ctx, actor, m.Board.ID, rights[0].VoterID, raw)
	return err
}

func wantKind(t testing.TB, what string, err error, kind problem.Kind) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// TestPaperAndElectronicAddUp: the same voters' roll, two channels, one result
// in which both are shown, and nobody knows how it stands while people vote.
func TestPaperAndElectronicAddUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 7)
		tenant, chair := m.In(m.c), m.as(chairN)
		m.day(-1)
		must(t, tenant.DeclareOther(ctx, chair, m.e.ID, models.PostMember, m.voters[9].Number, ""))
		m.start(7)
		wantKind(t, "a second electronic ballot", second(tenant.CreateElectionBallot(ctx, chair, m.e.ID, m.draft())), problem.TooEarly)
		wantKind(t, "changing the way of voting when the list is fixed", tenant.ChooseChannel(ctx, chair, m.e.ID, m.voters[8].ID, models.ChannelElectronic), problem.TooLate)
		for i := range 6 {
			v := votesOf(1, 1, 2)
			v[1] = append(v[1], 0) // the one who was declared stands behind the five candidates
			if i == 5 {
				v[1] = []int{0, 0, 0, 0, 0, 0, 1}
			}
			must(t, m.cast(i, v))
		}
		_, err := tenant.Issue(ctx, chair, m.e.ID, m.s, store.CheckIn{VoterID: m.voters[0].ID, Key: "t1"})
		wantKind(t, "paper for somebody who has voted electronically", err, problem.Conflict)
		cast := len(m.voters) - 7
		for _, v := range m.voters[7:] {
			_, err := tenant.Issue(ctx, chair, m.e.ID, m.s, store.CheckIn{VoterID: v.ID, Key: "t1." + v.ID.String()})
			must(t, err)
		}
		must(t, tenant.RecordAct(ctx, chair, m.e.ID, m.s, store.StationAct{Kind: "seal", Note: "0017"}))
		wantKind(t, "closing the polls while the electronic ballot runs", tenant.ClosePolls(ctx, chair, m.e.ID), problem.TooEarly)
		m.Clock.Set(m.draft().ClosesAt)
		must(t, tenant.EndBallot(ctx, m.Board.ID))
		_, err = m.Devices[0].Act(ctx, tenant, m.Board.ID)
		wantKind(t, "opening electronic ballots while the polls are open", err, problem.TooEarly)
		must(t, tenant.ClosePolls(ctx, chair, m.e.ID))
		must(t, tenant.TestBox(ctx, chair, m.e.ID, m.s, cast, ""))
		m.fresh()
		m.count(m.s, policy.Tally{"valid": cast, policy.TallyKey(policy.MarkFor, m.cand[0].ID): cast, policy.TallyKey(policy.MarkFor, m.cand[2].ID): cast})
		wantKind(t, "sealing before the electronic count", tenant.SealResult(ctx, chair, m.e.ID), problem.TooEarly)
		for _, d := range m.Devices[:2] {
			_, err := d.Act(ctx, tenant, m.Board.ID)
			must(t, err)
		}
		must(t, tenant.SealResult(ctx, chair, m.e.ID))
		r, err := tenant.PreviewResult(ctx, m.fresh())
		must(t, err)
		if r.Electronic != 6 || r.Participants != cast+6 || !r.Valid {
			t.Errorf("%d electronic of %d, valid %v: %+v", r.Electronic, r.Participants, r.Valid, r.Lines)
		}
		want := map[models.ID][2]int{m.cand[0].ID: {cast + 6, 6}, m.cand[1].ID: {0, 0}, m.cand[2].ID: {cast + 5, 5}, m.cand[3].ID: {5, 5}}
		for _, s := range r.Scores {
			if w, ok := want[s.ID]; ok && (s.For != w[0] || s.OnBoard != w[1]) {
				t.Errorf("%s has %d votes, %d of them electronic, want %v", s.Name, s.For, s.OnBoard, w)
			}
			if s.WriteIn && (s.For != 1 || s.OnBoard != 1) {
				t.Errorf("declared other: %+v", s)
			}
		}
		must(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("verify: %+v", f) }))
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Election{}).Where("id = ?", m.e.ID).Update("e_votes", 5).Error
		}))
		found := 0
		must(t, db.Verify(ctx, func(store.Finding) { found++ }))
		if found == 0 {
			t.Error("verify does not see a claim that is gone")
		}
	})
}

// TestTooFewElectronicVotersGetPaper: opening four ballots would tell too much,
// so they stay shut, and whoever cast them votes on paper while it is possible.
func TestTooFewElectronicVotersGetPaper(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 6)
		tenant, chair := m.In(m.c), m.as(chairN)
		m.start(6)
		for i := range 4 {
			must(t, m.cast(i, votesOf(1)))
		}
		m.Clock.Set(m.draft().ClosesAt)
		must(t, tenant.EndBallot(ctx, m.Board.ID))
		must(t, tenant.EndBallot(ctx, m.Board.ID))
		for _, v := range m.voters {
			_, err := tenant.Issue(ctx, chair, m.e.ID, m.s, store.CheckIn{VoterID: v.ID, Key: "t1." + v.ID.String()})
			must(t, err)
		}
		m.close(m.s, len(m.voters))
		m.count(m.s, policy.Tally{"valid": len(m.voters), policy.TallyKey(policy.MarkFor, m.cand[0].ID): len(m.voters)})
		must(t, tenant.SealResult(ctx, chair, m.e.ID))
		if e := m.fresh(); e.EVotes != 0 || e.EResult != nil {
			t.Errorf("%d electronic votes, result %s", e.EVotes, e.EResult)
		}
		must(t, db.Verify(ctx, func(f store.Finding) { t.Errorf("verify: %+v", f) }))
	})
}

// TestElectronicBallotFollowsItsCandidates: not before they are published, not
// with others, not under a pack without the channel, and nobody is left without
// a place to vote.
func TestElectronicBallotFollowsItsCandidates(t *testing.T) {
	t.Parallel()
	m := newMixed(t, storetest.New(t), 5)
	tenant, chair := m.In(m.c), m.as(chairN)
	stranger := m.voter(m.voters[8])
	wantKind(t, "a voter who is nobody's office", second(tenant.CreateElectionBallot(ctx, stranger, m.e.ID, m.draft())), problem.Forbidden)
	wantKind(t, "another voter's choice", tenant.ChooseChannel(ctx, stranger, m.e.ID, m.voters[0].ID, models.ChannelPaper), problem.Forbidden)
	b, err := tenant.CreateElectionBallot(ctx, chair, m.e.ID, m.draft())
	must(t, err)
	if !b.Demo {
		t.Error("nothing on its pages says that it is a demonstration")
	}
	wantKind(t, "a second one", second(tenant.CreateElectionBallot(ctx, chair, m.e.ID, m.draft())), problem.Conflict)
	wantKind(t, "rewriting it by hand", tenant.EditBallot(ctx, chair, b.ID, pollDraft(m.Now().Add(time.Hour))), problem.Conflict)
	wantKind(t, "a candidate as trustee", tenant.NameTrustee(ctx, chair, b.ID, 1, "1771000"+fmt.Sprint(1000+10), "outside"), problem.Forbidden)
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.Candidate{}).Where("id = ?", m.cand[6].ID).Update("state", models.CandidateWithdrawn).Error
	}))
	for i := range 3 {
		must(t, tenant.NameTrustee(ctx, chair, b.ID, i+1, m.office.Phones[i], "outside"))
	}
	wantKind(t, "candidates who have changed", tenant.FixBallot(ctx, chair, b.ID), problem.Conflict)
	must(t, tenant.DropBallot(ctx, chair, b.ID))
	_, err = tenant.PutStation(ctx, chair, m.e.ID, 0, store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00—17:00"})
	must(t, err)
	m.day(0)
	wantKind(t, "polls without the electronic ballot that was chosen", m.openErr(), problem.TooEarly)
	_, err = tenant.CreateElectionBallot(ctx, chair, m.e.ID, m.draft())
	must(t, err)
}

func (m *mixed) openErr() error {
	tenant, chair := m.In(m.c), m.as(chairN)
	stations, err := tenant.Stations(ctx, m.e.ID)
	must(m.t, err)
	_, err = tenant.AssignStation(ctx, chair, m.e.ID, stations[0].ID, nil)
	must(m.t, err)
	return tenant.OpenPolls(ctx, chair, m.e.ID)
}

// tablet sets one up at the polling place: only who prepares the vote can, a
// token with a changed bit is none, and after the closing it is none either.
func (m *mixed) tablet() models.ID {
	t, tenant := m.t, m.In(m.c)
	_, _, err := tenant.OpenHall(ctx, m.voter(m.voters[5]), m.Board.ID)
	wantKind(t, "a voter makes a tablet", err, problem.Forbidden)
	token, until, err := tenant.OpenHall(ctx, m.as(chairN), m.Board.ID)
	must(t, err)
	if at := m.HallOf(token); at != m.Board.ID || !until.Equal(m.Board.ClosesAt) {
		t.Errorf("the tablet of %s until %s", at, until)
	}
	for i := range token {
		forged := []byte(token)
		forged[i] ^= 1
		if at := m.HallOf(string(forged)); at != 0 {
			t.Errorf("a forged token is one of %s", at)
		}
	}
	now := m.Now()
	m.Clock.Set(until)
	if m.HallOf(token) != 0 {
		t.Error("the tablet goes on after the closing")
	}
	_, _, err = tenant.OpenHall(ctx, m.as(chairN), m.Board.ID)
	wantKind(t, "a tablet after the closing", err, problem.TooLate)
	m.Clock.Set(now)
	return m.HallOf(token)
}

// TestElectionClaimsTheChannel: an electronic ballot uses up the voter's one
// vote in the electoral office, a second one replaces it without using another,
// and the proxy votes for the absent one with that one's own slip. Under the
// national law that is on tablets with the street's approval, and not at home.
func TestElectionClaimsTheChannel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixedBy(t, db, 7, policy.DefaultPack)
		tenant, chair := m.In(m.c), m.as(chairN)
		d := m.draft()
		wantKind(t, "voting at home in a statutory election", second(tenant.CreateElectionBallot(ctx, chair, m.e.ID, d)), problem.Forbidden)
		d.Channel = models.ViaOnsite
		wantKind(t, "tablets without the street", second(tenant.CreateElectionBallot(ctx, chair, m.e.ID, d)), problem.Forbidden)
		d.Approval = "和平街道〔2026〕18号"
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Voter{}).Where("id = ?", m.voters[6].ID).Update("proxy_id", m.voters[0].ID).Error
		}))
		m.startWith(d, 7)
		if m.Board.Voters != 7 {
			t.Errorf("%d voters, want those who chose it", m.Board.Voters)
		}
		mine, err := tenant.MyVotes(ctx, m.voter(m.voters[0]), m.Board.ID)
		must(t, err)
		if len(mine) != 2 || mine[0].Proxy || !mine[1].Proxy || mine[1].For != m.voters[6].Name {
			t.Fatalf("%+v", mine)
		}
		var tablet models.ID
		cast := func(who int, right models.ID, slip int) error {
			raw, err := storetest.Encrypt(m.Setup, m.Slips[slip], votesOf(1, 2))
			must(t, err)
			actor := m.voter(m.voters[who])
			actor.Hall = tablet
			return second(tenant.CastBallot(ctx, actor, m.Board.ID, right, raw))
		}
		wantKind(t, "a ballot from home where only tablets are lawful", cast(0, mine[0].VoterID, 0), problem.Forbidden)
		tablet = m.tablet()
		must(t, cast(0, mine[0].VoterID, 0))
		must(t, cast(0, mine[0].VoterID, 0))
		wantKind(t, "one slip for two votes", cast(0, mine[1].VoterID, 0), problem.Conflict)
		must(t, cast(0, mine[1].VoterID, 6))
		absent, err := tenant.MyVotes(ctx, m.voter(m.voters[6]), m.Board.ID)
		must(t, err)
		if len(absent) != 0 {
			t.Errorf("whoever gave a mandate still votes: %+v", absent)
		}
		v, err := tenant.Voter(ctx, m.e.ID, m.voters[0].ID)
		must(t, err)
		if e := m.fresh(); v.UsedChannel != models.ChannelElectronic || e.EVotes != 2 {
			t.Errorf("channel %q, %d electronic votes, want 2", v.UsedChannel, e.EVotes)
		}
		rights, err := tenant.MyVotes(ctx, m.voter(m.voters[1]), m.Board.ID)
		must(t, err)
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Election{}).Where("id = ?", m.e.ID).Update("state", models.ElectionCounting).Error
		}))
		wantKind(t, "after the office has closed the polls", cast(1, rights[0].VoterID, 1), problem.TooLate)
		b, err := tenant.Ballot(ctx, m.Board.ID)
		must(t, err)
		if b.Ballots != 3 || b.Counted != 2 {
			t.Errorf("%d ballots of %d", b.Ballots, b.Counted)
		}
	})
}
