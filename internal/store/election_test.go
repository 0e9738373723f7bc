package store_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// pollWorld is a community with a part of the sample roll and people who play
// the posts of an election, each tied to a resident.
type pollWorld struct {
	*storetest.DB
	t      testing.TB
	c      *models.Community
	off    map[models.Role]models.Actor
	people []models.Resident // adults, by id
	e      *models.Election

	pack       string // "" the national law
	electronic bool
}

func sampleRoll(t testing.TB, households int) []byte {
	t.Helper()
	packed, err := os.ReadFile("../demo/data/residents.csv.gz")
	must(t, err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	all, err := io.ReadAll(z)
	must(t, err)
	lines := bytes.SplitAfter(all, []byte("\n"))
	return bytes.Join(lines[:min(len(lines), households+1)], nil)
}

func newPollWorld(t testing.TB, db *storetest.DB, rows int) *pollWorld {
	t.Helper()
	w := &pollWorld{DB: db, t: t, c: db.Community(t, "hemuli")}
	w.off = officers(t, db, w.c, models.RoleDirector, models.RoleSupervisor, models.RolePartyBranch)
	tenant := db.In(w.c)
	im, _, err := tenant.ImportRoll(ctx, storetest.System, "roll.csv", sampleRoll(t, rows), store.RollOptions{})
	must(t, err)
	_, err = tenant.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{QueueBad: true})
	must(t, err)
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Where("birth < ? AND state = ?", "2008-01-01", models.ResidentActive).Order("id").Find(&w.people).Error
	}))
	return w
}

// as is a login tied to the n-th adult, as the desk confirms it, with the posts
// that the login holds now.
func (w *pollWorld) as(n int) models.Actor {
	w.t.Helper()
	r := w.people[n]
	u, err := w.EnsureUser(ctx, storetest.System, "1771000"+strconv.Itoa(1000+n), r.Name)
	must(w.t, err)
	link := models.ResidentLink{Tenant: models.Tenant{CommunityID: w.c.ID}, UserID: u.ID, ResidentID: r.ID, State: models.LinkConfirmed, Method: "desk", LiveUser: &u.ID, LiveResident: &r.ID}
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		var there int64
		if err := tx.Model(&models.ResidentLink{}).Where("live_user = ?", u.ID).Count(&there).Error; err != nil || there > 0 {
			return err
		}
		link.ID, link.CreatedAt, link.UpdatedAt = tx.NewID(), tx.Now, tx.Now
		return tx.Create(&link).Error
	}))
	return models.Actor{UserID: u.ID, Name: r.Name, SecondFactor: true, Links: []models.ResidentLink{link}}
}

// index is the place of a resident among the adults.
func (w *pollWorld) index(resident models.ID) int {
	for i, r := range w.people {
		if r.ID == resident {
			return i
		}
	}
	w.t.Fatalf("no resident %s", resident)
	return -1
}

// day moves the clock to a number of days before (negative) or after the
// election day, nine in the morning.
func (w *pollWorld) day(n int) {
	d := w.e.Day.AddDays(n).Time()
	w.Clock.Set(d.Add(9 * time.Hour))
}

const (
	chairN   = 0
	teller1N = 6
	teller2N = 7
	watcherN = 8
)

// plan plans an election 60 days ahead with an electoral committee of people
// 0 to 4 and a substitute, 5.
func (w *pollWorld) plan(mode models.ElectionMode, seats map[models.Post]int, adopt ...string) {
	w.t.Helper()
	tenant := w.In(w.c)
	e, err := tenant.PlanElection(ctx, w.off[models.RoleDirector], store.ElectionDraft{Title: "第三届居民委员会换届选举", Term: 3, Mode: mode,
		Day: models.DateOf(w.Clock.Now()).AddDays(60), Pack: cmp.Or(w.pack, policy.DefaultPack), Electronic: w.electronic, Seats: seats})
	must(w.t, err)
	w.e = e
	for i := 0; i+1 < len(adopt); i += 2 {
		must(w.t, tenant.AdoptElectionRule(ctx, w.off[models.RoleDirector], e.ID, adopt[i], adopt[i+1], "居民代表会议第3号决定"))
	}
	var ec []store.ElectoralDraft
	for i := range 6 {
		seat := models.SeatMember
		switch i {
		case 0:
			seat = models.SeatChair
		case 5:
			seat = models.SeatSubstitute
		}
		w.as(i)
		ec = append(ec, store.ElectoralDraft{ResidentID: w.people[i].ID, Name: w.people[i].Name, Seat: seat})
	}
	must(w.t, tenant.FormElectoral(ctx, w.off[models.RoleDirector], e.ID, "居民代表会议推选，2026年第1号", ec))
}

func (w *pollWorld) fresh() *models.Election {
	w.t.Helper()
	e, err := w.In(w.c).Election(ctx, w.e.ID, false)
	must(w.t, err)
	w.e = e
	return e
}

func (w *pollWorld) notice(template string) {
	w.t.Helper()
	n, err := w.In(w.c).DraftElectionNotice(ctx, w.as(chairN), w.e.ID, template)
	must(w.t, err)
	_, err = w.In(w.c).PublishElectionNotice(ctx, w.as(chairN), w.e.ID, n.ID)
	must(w.t, err)
}

// roll brings the election to a frozen roll on which everybody is declared who
// can be without papers, and returns their rows by number.
func (w *pollWorld) roll() []models.Voter {
	w.t.Helper()
	tenant, chair := w.In(w.c), w.as(chairN)
	w.day(-34)
	w.notice("day")
	_, err := tenant.FillRoll(ctx, chair, w.e.ID)
	must(w.t, err)
	rows, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{Limit: 1000})
	must(w.t, err)
	for _, v := range rows {
		d := store.Declaration{VoterID: v.ID, Way: models.WayDoor, Since: "2015-01-01", Evidence: "居住证"}
		state, err := tenant.DeclareVoter(ctx, chair, w.e.ID, d)
		must(w.t, err)
		if state == models.VoterApplied {
			must(w.t, tenant.ConfirmVoter(ctx, chair, w.e.ID, v.ID, true, ""))
		}
	}
	switch w.e.Mode {
	case models.ModeHouseholds:
		_, err := tenant.FillElectors(ctx, chair, w.e.ID)
		must(w.t, err)
	case models.ModeReps:
		w.represent(rows)
		_, err := tenant.FillElectors(ctx, chair, w.e.ID)
		must(w.t, err)
	}
	w.day(-28)
	must(w.t, tenant.PublishRoll(ctx, chair, w.e.ID))
	w.day(-18)
	must(w.t, tenant.FreezeRoll(ctx, chair, w.e.ID))
	w.fresh()
	rows, _, err = tenant.Roll(ctx, w.e.ID, store.RollFilter{State: models.VoterDeclared, Limit: 1000})
	must(w.t, err)
	return rows
}

// represent gives every third voter a seat among the residents' representatives;
// the last one's has ended.
func (w *pollWorld) represent(rows []models.Voter) {
	w.t.Helper()
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		b := models.Body{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.BodyGroup, Name: "第一居民小组", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&b).Error; err != nil {
			return err
		}
		for i := 0; i < len(rows); i += 3 {
			m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: b.ID, Post: models.SitsRep, ResidentID: *rows[i].ResidentID, LiveResident: rows[i].ResidentID,
				Name: rows[i].Name, From: tx.Day().AddDays(-100), State: models.MandateServing, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if i+3 >= len(rows) {
				m.State, m.EndedOn, m.LiveResident = models.MandateEnded, tx.Day(), nil
			}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
		return nil
	}))
}

// stand makes people from the n-th adult on formal candidates by nomination of
// the Party branch.
func (w *pollWorld) stand(from int, posts ...models.Post) []models.Candidate {
	w.t.Helper()
	tenant, chair := w.In(w.c), w.as(chairN)
	w.day(-14)
	for i, post := range posts {
		n, err := tenant.Nominate(ctx, w.off[models.RolePartyBranch], w.e.ID, store.NominationDraft{Kind: models.NominationParty, Resident: w.people[from+i].ID, Post: post, Text: "推荐"})
		must(w.t, err)
		must(w.t, tenant.AnswerNomination(ctx, w.as(from+i), w.e.ID, n.ID, true))
	}
	all, err := tenant.Candidates(ctx, w.e.ID)
	must(w.t, err)
	for _, c := range all {
		must(w.t, tenant.ReviewCandidate(ctx, chair, w.e.ID, c.ID, true, "", "", "符合条件"))
	}
	w.day(-6)
	must(w.t, tenant.PublishCandidates(ctx, chair, w.e.ID, nil))
	w.fresh()
	all, err = tenant.Candidates(ctx, w.e.ID, models.CandidateFormal)
	must(w.t, err)
	return all
}

// open gives the election one station with everybody and opens the polls.
func (w *pollWorld) open() models.ID {
	w.t.Helper()
	tenant, chair := w.In(w.c), w.as(chairN)
	s, err := tenant.PutStation(ctx, chair, w.e.ID, 0, store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00—17:00"})
	must(w.t, err)
	_, err = tenant.AssignStation(ctx, chair, w.e.ID, s, nil)
	must(w.t, err)
	for n, duty := range map[int]models.StaffDuty{teller1N: models.DutyTeller, teller2N: models.DutyTeller, watcherN: models.DutyWatcher} {
		w.as(n)
		must(w.t, tenant.AddStaff(ctx, chair, w.e.ID, store.StaffDraft{Resident: w.people[n].ID, Name: w.people[n].Name, Duty: duty}))
	}
	w.day(0)
	must(w.t, tenant.OpenPolls(ctx, chair, w.e.ID))
	w.fresh()
	return s
}

// close seals the station's box, closes the polls and tests the box.
func (w *pollWorld) close(s models.ID, inBox int) {
	w.t.Helper()
	tenant, chair := w.In(w.c), w.as(chairN)
	must(w.t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "0017"}))
	must(w.t, tenant.ClosePolls(ctx, chair, w.e.ID))
	must(w.t, tenant.TestBox(ctx, chair, w.e.ID, s, inBox, ""))
	w.fresh()
}

// count enters the same numbers by two tellers and has them confirmed.
func (w *pollWorld) count(s models.ID, tally policy.Tally) {
	w.t.Helper()
	tenant := w.In(w.c)
	for i, n := range []int{teller1N, teller2N} {
		sheet, err := tenant.OpenSheet(ctx, w.as(n), w.e.ID, s, i+1, "sheet")
		must(w.t, err)
		must(w.t, tenant.EnterSheet(ctx, w.as(n), w.e.ID, sheet.ID, tally))
	}
	must(w.t, tenant.ConfirmHeap(ctx, w.as(watcherN), w.e.ID, s, nil, ""))
}

func TestElectionFromFirstNoticeToHandover(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 60)
		w.plan(models.ModeVoters, map[models.Post]int{models.PostDirector: 1, models.PostMember: 4})
		voters := w.roll()
		cand := w.stand(10, models.PostDirector, models.PostDirector, models.PostMember, models.PostMember, models.PostMember, models.PostMember, models.PostMember)
		s := w.open()
		tenant, chair := w.In(w.c), w.as(chairN)
		cast := len(voters)*2/3 + 1
		for _, v := range voters[:cast] {
			_, err := tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: v.ID, Key: "t1." + v.ID.String()})
			must(t, err)
		}
		w.close(s, cast)
		tally := policy.Tally{"valid": cast}
		for i, n := range []int{cast, 0, cast, cast - 1, cast - 2, cast - 3, 1} {
			tally[policy.TallyKey(policy.MarkFor, cand[i].ID)] = n
		}
		w.count(s, tally)
		must(t, tenant.SealResult(ctx, chair, w.e.ID))
		won, err := tenant.Elected(ctx, w.e.ID)
		must(t, err)
		r, err := tenant.PreviewResult(ctx, w.fresh())
		must(t, err)
		if len(won) < 4 || !r.Valid || won[0].Post != models.PostDirector {
			t.Fatalf("%d elected, %+v", len(won), r)
		}
		if _, err := tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: voters[cast].ID}); !problem.Is(err, problem.TooLate) {
			t.Errorf("a ballot after the seal: %v", err)
		}
		if err := tenant.SealResult(ctx, chair, w.e.ID); problem.As(err) == nil {
			t.Error("sealed twice")
		}
		must(t, tenant.HandoverLine(ctx, chair, w.e.ID, 0, "seal", "公章"))
		lines, err := tenant.HandoverLines(ctx, w.e.ID)
		must(t, err)
		must(t, tenant.HandoverLine(ctx, chair, w.e.ID, lines[0].ID, "", ""))
		w.day(2)
		must(t, tenant.RecordHandover(ctx, chair, w.e.ID, w.e.Day.AddDays(2)))
		must(t, tenant.ConfirmHandover(ctx, w.off[models.RoleStreet], w.e.ID))
		day := models.DateOf(w.Clock.Now())
		if db.Guard().Roles(w.off[models.RoleDirector].UserID, w.c.ID, day).Has(models.RoleDirector) {
			t.Error("the old director still holds the post")
		}
		if !db.Guard().Roles(w.as(w.index(won[0].ResidentID)).UserID, w.c.ID, day).Has(models.RoleDirector) {
			t.Error("the new director does not hold the post")
		}
		if db.Guard().Roles(chair.UserID, w.c.ID, day).Has(policy.RoleECChair) {
			t.Error("the electoral committee still serves")
		}
	})
}
