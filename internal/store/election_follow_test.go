package store_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// merged makes the second of two adults the first one's double and merges them.
func (w *pollWorld) merged(keep, drop int) error {
	w.t.Helper()
	var a, b models.Resident
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		err := tx.Model(&models.Resident{}).Where("id = ?", w.people[drop].ID).UpdateColumns(map[string]any{"document_kind": "", "document_seal": nil, "document_index": nil}).Error
		if err != nil {
			return err
		}
		if err := tx.Where("id = ?", w.people[keep].ID).Take(&a).Error; err != nil {
			return err
		}
		return tx.Where("id = ?", w.people[drop].ID).Take(&b).Error
	}))
	return w.In(w.c).MergeResidents(ctx, w.off[models.RoleDirector], store.MergeDraft{Keep: a.ID, Drop: b.ID, KeepSeen: a.UpdatedAt, DropSeen: b.UpdatedAt, Reason: "同一个人登记了两次"})
}

// TestMergeFollowsTheRollOfVoters: a row that was never declared is struck, two
// declared rows refuse, and a roll that was voted on stays as it was.
func TestMergeFollowsTheRollOfVoters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 40)
		w.plan(models.ModeVoters, fiveSeats)
		tenant, chair := w.In(w.c), w.as(chairN)
		w.day(-34)
		w.notice("day")
		_, err := tenant.FillRoll(ctx, chair, w.e.ID)
		must(t, err)
		row := func(n int) *models.Voter {
			t.Helper()
			var v []models.Voter
			must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Where("election_id = ? AND resident_id = ?", w.e.ID, w.people[n].ID).Find(&v).Error
			}))
			if len(v) > 1 {
				t.Fatalf("%d rows of one person", len(v))
			}
			if len(v) == 0 {
				return nil
			}
			return &v[0]
		}
		declare := func(n int) {
			state, err := tenant.DeclareVoter(ctx, chair, w.e.ID, store.Declaration{VoterID: row(n).ID, Way: models.WayDoor, Since: "2015-01-01", Evidence: "居住证"})
			must(t, err)
			if state == models.VoterApplied {
				must(t, tenant.ConfirmVoter(ctx, chair, w.e.ID, row(n).ID, true, ""))
			}
		}
		declare(20)
		declare(21)
		declare(23)
		was := row(23).ID
		wantKind(t, "two declared rows", w.merged(20, 21), problem.Conflict)
		must(t, w.merged(20, 22)) // 22 was never declared
		if row(22) != nil || row(20) == nil || row(20).State != models.VoterDeclared {
			t.Error("the row that was never declared still stands for somebody")
		}
		must(t, w.merged(24, 23)) // the first record's row was never declared
		if got := row(24); got == nil || got.ID != was || got.State != models.VoterDeclared {
			t.Errorf("the declared row did not follow: %+v", got)
		}
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.Election{}).Where("id = ?", w.e.ID).UpdateColumn("state", models.ElectionArchived).Error
		}))
		must(t, w.merged(20, 21))
		if row(21) == nil {
			t.Error("the roll of an election that is over was changed")
		}
	})
}

// TestMergeFollowsRightsInPolls: one right moves, two on a running list refuse.
func TestMergeFollowsRightsInPolls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		p := newPolling(t, db, 6)
		merge := func(keep, drop models.ID) error {
			var a, b models.Resident
			must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
				if err := tx.Where("id = ?", keep).Take(&a).Error; err != nil {
					return err
				}
				return tx.Where("id = ?", drop).Take(&b).Error
			}))
			return p.in().MergeResidents(ctx, p.director, store.MergeDraft{Keep: keep, Drop: drop, KeepSeen: a.UpdatedAt, DropSeen: b.UpdatedAt, Reason: "同一个人登记了两次"})
		}
		wantKind(t, "two rights of one person", merge(p.resident(0), p.resident(1)), problem.Conflict)
		later := p.adult("后来的人")
		must(t, merge(later, p.resident(2)))
		a := linked(models.Actor{UserID: p.voters[2].UserID, Name: p.voters[2].Name}, p.c.ID, later)
		votes, err := p.in().MyVotes(ctx, a, p.Board.ID)
		must(t, err)
		if len(votes) != 1 || votes[0].VoterID != p.rights[2] {
			t.Errorf("rights: %+v", votes)
		}
		data, err := p.MyData(ctx, a)
		must(t, err)
		if len(data.Rights) != 1 || data.Rights[0].Poll != p.Board.Title || data.Rights[0].Voted {
			t.Errorf("my data: %+v", data.Rights)
		}
		p.sound()
	})
}

// TestPollOfRepresentatives: the list is who sits for the residents, and whose
// seat has ended is not on it.
func TestPollOfRepresentatives(t *testing.T) {
	p := &polling{desk: newDesk(t, storetest.New(t))}
	p.people(8, "")
	must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		b := models.Body{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.BodyGroup, Name: "第一居民小组", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		for i := range 7 {
			id := p.resident(i)
			m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: b.ID, Post: models.SitsRep, ResidentID: id, LiveResident: &id, Name: "代表", From: tx.Day().AddDays(-100), State: models.MandateServing, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if i == 6 {
				m.State, m.EndedOn, m.LiveResident = models.MandateEnded, tx.Day(), nil
			}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	draft := pollDraft(p.Now())
	draft.Unit = models.PerRep
	v, err := storetest.OpenVote(ctx, p.in(), p.office(), draft, 6)
	must(t, err)
	if v.Board.Voters != 6 {
		t.Errorf("%d voters, want the six who serve", v.Board.Voters)
	}
	for i, want := range map[int]int{0: 1, 6: 0, 7: 0} {
		votes, err := p.in().MyVotes(ctx, p.voters[i], v.Board.ID)
		must(t, err)
		if len(votes) != want {
			t.Errorf("person %d has %d rights, want %d", i, len(votes), want)
		}
	}
}

// TestMandateVotesTheWayOfItsProxy: at one table or with two slips, never one of
// each; and the electronic ballot of an absent voter is no paper of the proxy.
func TestMandateVotesTheWayOfItsProxy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		m := newMixed(t, db, 6)
		tenant, chair := m.In(m.c), m.as(chairN)
		ask := func(from, by int) {
			t.Helper()
			must(t, tenant.AskProxy(ctx, m.voter(m.voters[from]), m.e.ID, store.ProxyDraft{Proxy: m.voters[by].Number, ProxyName: m.voters[by].Name, Reason: "出差"}))
			all, err := tenant.Proxies(ctx, m.e.ID, models.ProxyAsked)
			must(t, err)
			must(t, tenant.DecideProxy(ctx, chair, m.e.ID, all[len(all)-1].ID, true, ""))
		}
		way := func(n int) models.Channel {
			t.Helper()
			v, err := tenant.Voter(ctx, m.e.ID, m.voters[n].ID)
			must(t, err)
			return v.Channel
		}
		paper := func(not ...int) int { // on paper and not a candidate
			for i := 8; i < len(m.voters); i++ {
				stands := false
				for _, c := range m.cand {
					stands = stands || c.ResidentID == *m.voters[i].ResidentID
				}
				for _, n := range not {
					stands = stands || n == i
				}
				if !stands {
					return i
				}
			}
			t.Fatal("nobody")
			return -1
		}
		a := paper()
		ask(a, 0)
		if way(a) != models.ChannelElectronic {
			t.Error("the proxy votes on the board, the mandate waits at a station")
		}
		wantKind(t, "choosing another way than the proxy's", tenant.ChooseChannel(ctx, chair, m.e.ID, m.voters[a].ID, models.ChannelPaper), problem.Conflict)
		must(t, tenant.ChooseChannel(ctx, m.voter(m.voters[0]), m.e.ID, m.voters[0].ID, models.ChannelPaper))
		if way(a) != models.ChannelPaper {
			t.Error("the proxy went over to paper without the mandate")
		}
		wantKind(t, "all on paper while there is no ballot", second(tenant.AllOnPaper(ctx, m.as(m.index(m.cand[0].ResidentID)), m.e.ID)), problem.Forbidden)
		n, err := tenant.AllOnPaper(ctx, chair, m.e.ID)
		must(t, err)
		if n != 5 || way(1) != models.ChannelPaper {
			t.Errorf("%d moved to paper, want the five who are left", n)
		}
		b := paper(a)
		ask(b, 0)
		s := m.open()
		out, err := tenant.Issue(ctx, chair, m.e.ID, s, store.CheckIn{VoterID: m.voters[0].ID, Key: "t.0"})
		must(t, err)
		if out.Ballots != 3 {
			t.Errorf("%d ballots for the voter and two mandates", out.Ballots)
		}
		m.clean()
	})
}

// TestPortraits: re-encoded, small, public only beside a formal candidate, and on
// the ballot only when each candidate of the post has one.
func TestPortraits(t *testing.T) {
	m := newMixed(t, storetest.New(t), 6)
	tenant, chair := m.In(m.c), m.as(chairN)
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 900, 1200))))
	file := &store.NewFile{Name: "a.png", Data: b.Bytes()}
	own := m.as(m.index(m.cand[0].ResidentID))
	set := func(a models.Actor, n int, f *store.NewFile) error {
		return tenant.SetCandidatePhoto(ctx, a, m.e.ID, m.cand[n].ID, f)
	}
	wantKind(t, "another candidate's portrait", set(own, 1, file), problem.Forbidden)
	wantKind(t, "no picture", set(own, 0, &store.NewFile{Name: "a.jpg", Data: []byte("<svg/>")}), problem.Invalid)
	must(t, set(own, 0, file))
	mine, err := tenant.MyCandidacy(ctx, own, m.e.ID)
	must(t, err)
	a, err := tenant.PublicFile(ctx, mine.PhotoID, models.DateOf(m.Now()))
	must(t, err)
	if a.MIME != "image/jpeg" || a.Width > 200 || a.Width != a.Height {
		t.Errorf("%s %dx%d", a.MIME, a.Width, a.Height)
	}
	made, err := tenant.CreateElectionBallot(ctx, chair, m.e.ID, m.draft())
	must(t, err)
	faces := func() int {
		all, err := tenant.ElectionFaces(ctx, made)
		must(t, err)
		n := 0
		for _, q := range all {
			for _, id := range q {
				if id != 0 {
					n++
				}
			}
		}
		return n
	}
	if n := faces(); n != 0 {
		t.Errorf("%d faces while the other candidate has none", n)
	}
	must(t, set(chair, 1, file))
	if n := faces(); n != 2 {
		t.Errorf("%d faces, want the two directors'", n)
	}
	must(t, set(own, 0, nil))
	if _, err := tenant.PublicFile(ctx, mine.PhotoID, models.DateOf(m.Now())); !problem.Is(err, problem.NotFound) {
		t.Errorf("a portrait that was taken away: %v", err)
	}
	m.day(0)
	wantKind(t, "campaigning on the day", set(own, 0, file), problem.TooLate)
	if policy.DemonstrationPack == "" {
		t.Error("no pack")
	}
}
