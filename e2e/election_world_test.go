package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"

	"juwu/ballot"
	"juwu/e2e/process"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// polls is a data folder in which an election of the demonstration pack votes
// today: paper at one station, and a board for those who chose it.
type polls struct {
	t      testing.TB
	s      *store.Store
	c      *models.Community
	clock  storetest.Clock
	data   string
	adults []models.Resident
	users  map[int]models.Actor
	tokens map[string]string
	e      *models.Election
	voters []models.Voter
	board  *storetest.Vote
	main   models.ID
	desks  storetest.Office // who prepares, registers and opens the board
	draft  models.ID        // the board, its keys made and its slips missing
	turn   int              // of the looks that pages are seen in

	server *process.Server
}

const pollBoard = 6 // so many vote on the board

var pctx = context.Background()

// newPolls fills the folder by the use cases that the pages call, with a clock
// that runs from two months ago to now.
func newPolls(t testing.TB) *polls {
	t.Helper()
	now := time.Now()
	p := votingPolls(t, now, now.Add(3*time.Hour))
	return p
}

// newCounting is a minute later: everybody has voted, the board has ended and the
// polls are closed; the trustees, the tellers and the chair have their work yet.
func newCounting(t testing.TB) *polls {
	t.Helper()
	now := time.Now()
	p := votingPolls(t, now.Add(-4*time.Minute), now.Add(-2*time.Minute))
	chair := p.as(0)
	p.clock.Set(now.Add(-3 * time.Minute))
	for i := range pollBoard {
		p.casts(i)
	}
	for _, v := range p.voters[pollBoard:] {
		_, err := p.in().Issue(pctx, chair, p.e.ID, p.main, store.CheckIn{VoterID: v.ID, Key: "t." + strconv.Itoa(v.Number)})
		p.must(err)
	}
	p.must(p.in().RecordAct(pctx, chair, p.e.ID, p.main, store.StationAct{Kind: "seal", Note: "0017"}))
	p.clock.Set(now.Add(-time.Minute))
	p.must(p.in().EndBallot(pctx, p.board.Board.ID))
	p.must(p.in().ClosePolls(pctx, chair, p.e.ID))
	p.must(p.in().TestBox(pctx, chair, p.e.ID, p.main, p.papers(), ""))
	return p
}

// casts is an electronic ballot of the n-th; it returns the tracker.
func (p *polls) casts(n int) string {
	p.t.Helper()
	who := p.as(p.adult(n))
	rights, err := p.in().MyVotes(pctx, who, p.board.Board.ID)
	p.must(err)
	raw, err := storetest.Encrypt(p.board.Setup, p.board.Slips[n], ballot.Votes{{0, 1, 0}, {0, 1, 1, 1, 1, 0}})
	p.must(err)
	r, err := p.in().CastBallot(pctx, who, p.board.Board.ID, rights[0].VoterID, raw)
	p.must(err)
	return r.Tracker
}

func (p *polls) papers() int { return len(p.voters) - pollBoard }

// preparedPolls has its keys made; adopt are keys and values of rules that the
// assembly has decided.
func preparedPolls(t testing.TB, now, closes time.Time, adopt ...string) *polls {
	t.Helper()
	p := &polls{t: t, data: t.TempDir(), users: map[int]models.Actor{}, tokens: map[string]string{}}
	keys, err := store.LoadOrMakeKeys(p.data)
	p.must(err)
	conf, err := os.ReadFile(filepath.Join("..", "casbin.conf"))
	p.must(err)
	guard, err := policy.LoadGuard(string(conf))
	p.must(err)
	p.clock.Set(now.AddDate(0, 0, -60))
	p.s, err = store.Open(pctx, store.Options{DataDir: p.data, Keys: keys, Guard: guard, Log: slog.New(slog.DiscardHandler), Now: p.clock.Now})
	p.must(err)
	p.must(p.s.Migrate(pctx))
	p.must(p.s.Load(pctx))
	p.c = (&storetest.DB{Store: p.s}).Community(t, "hemuli")
	p.roll()
	p.plan(models.DateOf(now), adopt...)
	p.candidates()
	p.prepare(now, closes)
	return p
}

// newRegistering is the hour before the polls open: the trustees have their keys,
// the slips are to be made.
func newRegistering(t testing.TB) *polls {
	t.Helper()
	now := time.Now()
	return preparedPolls(t, now, now.Add(3*time.Hour))
}

func votingPolls(t testing.TB, now, closes time.Time, adopt ...string) *polls {
	t.Helper()
	p := preparedPolls(t, now, closes, adopt...)
	p.open()
	return p
}

func (p *polls) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *polls) in() *store.Tenant { return p.s.In(p.c) }

func (p *polls) roll() {
	packed, err := os.ReadFile("../internal/demo/data/residents.csv.gz")
	p.must(err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	p.must(err)
	all, err := io.ReadAll(z)
	p.must(err)
	im, _, err := p.in().ImportRoll(pctx, storetest.System, "roll.csv", bytes.Join(bytes.SplitAfter(all, []byte("\n"))[:41], nil), store.RollOptions{})
	p.must(err)
	_, err = p.in().ConfirmRoll(pctx, storetest.System, im.ID, store.RollChoice{QueueBad: true})
	p.must(err)
	p.must(p.in().Write(pctx, storetest.System, func(tx *store.Tx) error {
		return tx.Where("birth < ? AND state = ?", "2008-01-01", models.ResidentActive).Order("id").Find(&p.adults).Error
	}))
}

// as is the login of the n-th adult, tied to the roll.
func (p *polls) as(n int) models.Actor {
	p.t.Helper()
	if a, ok := p.users[n]; ok {
		return a
	}
	r := p.adults[n]
	u, err := p.s.EnsureUser(pctx, storetest.System, fmt.Sprintf("1771000%04d", n), r.Name)
	p.must(err)
	l := models.ResidentLink{Tenant: models.Tenant{CommunityID: p.c.ID}, UserID: u.ID, ResidentID: r.ID, State: models.LinkConfirmed, LiveUser: &u.ID, LiveResident: &r.ID}
	p.must(p.in().Write(pctx, storetest.System, func(tx *store.Tx) error {
		l.ID, l.CreatedAt, l.UpdatedAt = tx.NewID(), tx.Now, tx.Now
		return tx.Create(&l).Error
	}))
	p.users[n] = models.Actor{UserID: u.ID, Name: r.Name, SecondFactor: true, Links: []models.ResidentLink{l}}
	return p.users[n]
}

func (p *polls) officer(role models.Role, n int) models.Actor {
	p.t.Helper()
	u, err := p.s.EnsureUser(pctx, storetest.System, fmt.Sprintf("1390001%04d", n), string(role))
	p.must(err)
	p.must(p.s.WriteGlobal(pctx, storetest.System, func(tx *store.Tx) error {
		return tx.Create(&models.Appointment{ID: tx.NewID(), RegionID: p.c.ID, UserID: u.ID, Role: role, From: "2020-01-01", Decision: "d", Name: u.Name, CreatedAt: tx.Now}).Error
	}))
	return models.Actor{UserID: u.ID, Name: u.Name, SecondFactor: true}
}

func (p *polls) at(days int) { p.clock.Set(p.e.Day.AddDays(days).Time().Add(9 * time.Hour)) }

// plan brings the election to its frozen roll.
func (p *polls) plan(day models.Date, adopt ...string) {
	director, chair := p.officer(models.RoleDirector, 0), p.as(0)
	p.officer(models.RoleSupervisor, 1)
	p.must(p.s.Load(pctx))
	e, err := p.in().PlanElection(pctx, director, store.ElectionDraft{Title: "第三届居民委员会换届选举", Term: 3, Mode: models.ModeVoters, Day: day, Pack: policy.DemonstrationPack,
		Electronic: true, Seats: map[models.Post]int{models.PostDirector: 1, models.PostMember: 4}})
	p.must(err)
	p.e = e
	for i := 0; i+1 < len(adopt); i += 2 {
		p.must(p.in().AdoptElectionRule(pctx, director, e.ID, adopt[i], adopt[i+1], "居民会议第3号决定"))
	}
	var ec []store.ElectoralDraft
	for i, seat := range []models.ElectoralSeat{models.SeatChair, models.SeatMember, models.SeatMember, models.SeatMember, models.SeatMember} {
		p.as(i)
		ec = append(ec, store.ElectoralDraft{ResidentID: p.adults[i].ID, Name: p.adults[i].Name, Seat: seat})
	}
	p.must(p.in().FormElectoral(pctx, director, e.ID, "居民代表会议推选", ec))
	p.at(-34)
	n, err := p.in().DraftElectionNotice(pctx, chair, e.ID, "day")
	p.must(err)
	_, err = p.in().PublishElectionNotice(pctx, chair, e.ID, n.ID)
	p.must(err)
	_, err = p.in().FillRoll(pctx, chair, e.ID)
	p.must(err)
	rows, _, err := p.in().Roll(pctx, e.ID, store.RollFilter{Limit: 500})
	p.must(err)
	for _, v := range rows {
		state, err := p.in().DeclareVoter(pctx, chair, e.ID, store.Declaration{VoterID: v.ID, Way: models.WayDoor, Since: "2015-01-01", Evidence: "居住证"})
		p.must(err)
		if state == models.VoterApplied {
			p.must(p.in().ConfirmVoter(pctx, chair, e.ID, v.ID, true, ""))
		}
	}
	p.at(-28)
	p.must(p.in().PublishRoll(pctx, chair, e.ID))
	p.at(-18)
	p.must(p.in().FreezeRoll(pctx, chair, e.ID))
	p.voters, _, err = p.in().Roll(pctx, e.ID, store.RollFilter{State: models.VoterDeclared, Limit: 500})
	p.must(err)
	for i := range pollBoard {
		p.must(p.in().ChooseChannel(pctx, p.as(p.adult(i)), e.ID, p.voters[i].ID, models.ChannelElectronic))
	}
}

// adult is whose row the n-th of the roll is.
func (p *polls) adult(n int) int {
	for i, a := range p.adults {
		if a.ID == *p.voters[n].ResidentID {
			return i
		}
	}
	p.t.Fatal("a voter who is nobody")
	return -1
}

// candidates: seven, of whom each has a portrait.
func (p *polls) candidates() {
	p.at(-14)
	party, chair := p.officer(models.RolePartyBranch, 2), p.as(0)
	p.must(p.s.Load(pctx))
	for i, post := range []models.Post{models.PostDirector, models.PostDirector, models.PostMember, models.PostMember, models.PostMember, models.PostMember, models.PostMember} {
		n, err := p.in().Nominate(pctx, party, p.e.ID, store.NominationDraft{Kind: models.NominationParty, Resident: p.adults[10+i].ID, Post: post, Text: "热心公益"})
		p.must(err)
		p.must(p.in().AnswerNomination(pctx, p.as(10+i), p.e.ID, n.ID, true))
	}
	all, err := p.in().Candidates(pctx, p.e.ID)
	p.must(err)
	for i, c := range all {
		p.must(p.in().ReviewCandidate(pctx, chair, p.e.ID, c.ID, true, "", "", "符合条件"))
		p.must(p.in().SetCandidatePhoto(pctx, chair, p.e.ID, c.ID, &store.NewFile{Name: "p.png", Data: portrait(p.t, i)}))
	}
	p.at(-6)
	p.must(p.in().PublishCandidates(pctx, chair, p.e.ID, nil))
}

// portrait is a drawn face of its own colour.
func portrait(t testing.TB, n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 300, 400))
	for y := range 400 {
		for x := range 300 {
			c := color.RGBA{uint8(120 + 15*n), 150, uint8(220 - 20*n), 255}
			if dx, dy := x-150, y-150; dx*dx+dy*dy < 80*80 {
				c = color.RGBA{240, 205, 180, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	tellerOne, tellerTwo, watcher = 5, 6, 7
)

// prepare makes the board, up to the rehearsal of its trustees.
func (p *polls) prepare(now, closes time.Time) {
	chair := p.as(0)
	var err error
	p.main, err = p.in().PutStation(pctx, chair, p.e.ID, 0, store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00—17:00"})
	p.must(err)
	_, err = p.in().AssignStation(pctx, chair, p.e.ID, p.main, nil)
	p.must(err)
	for n, duty := range map[int]models.StaffDuty{tellerOne: models.DutyTeller, tellerTwo: models.DutyTeller, watcher: models.DutyWatcher} {
		p.as(n)
		p.must(p.in().AddStaff(pctx, chair, p.e.ID, store.StaffDraft{Resident: p.adults[n].ID, Name: p.adults[n].Name, Duty: duty}))
	}
	words := store.ElectionBallotWords{Question: func(post models.Post, n int) string {
		return fmt.Sprintf("%s（最多选%d人）", map[models.Post]string{models.PostDirector: "主任", models.PostMember: "委员"}[post], n)
	}, For: "同意", Against: "不同意", Note: "没有列出的人，请到投票站用纸质选票填写。"}
	p.clock.Set(now.Add(-time.Minute))
	b, err := p.in().CreateElectionBallot(pctx, chair, p.e.ID, store.ElectionBallotDraft{Channel: models.ViaRemote, OpensAt: now.Add(-time.Second), ClosesAt: closes, Threshold: 2, Size: 3, Words: words})
	p.must(err)
	u, err := p.s.EnsureUser(pctx, storetest.System, "13900010001", "x")
	p.must(err)
	office := storetest.Office{Prepares: chair, Registers: models.Actor{UserID: u.ID, Name: u.Name, SecondFactor: true}, Opens: chair}
	for i := range 3 {
		phone := fmt.Sprintf("1380000%04d", i)
		u, err := p.s.EnsureUser(pctx, storetest.System, phone, fmt.Sprintf("保管人%d", i))
		p.must(err)
		p.users[-1-i] = models.Actor{UserID: u.ID, Name: u.Name}
		office.Trustees, office.Phones = append(office.Trustees, models.Actor{UserID: u.ID, Name: u.Name}), append(office.Phones, phone)
	}
	p.desks, p.draft, p.board = office, b.ID, &storetest.Vote{}
	p.board.Devices, err = storetest.MakeKeys(pctx, p.in(), office, b.ID)
	p.must(err)
}

// open makes the slips and opens the board and the polls.
func (p *polls) open() {
	b, err := p.in().Ballot(pctx, p.draft)
	p.must(err)
	var public []byte
	p.board.Slips, public, err = storetest.Slips(b.UUID, pollBoard)
	p.must(err)
	p.must(p.in().TakeCredentials(pctx, p.desks.Registers, b.ID, public))
	p.must(p.in().OpenBallot(pctx, p.desks.Opens, b.ID))
	p.board.Setup, err = p.in().BallotSetup(pctx, b.ID)
	p.must(err)
	p.board.Board, err = p.in().Ballot(pctx, b.ID)
	p.must(err)
	p.must(p.in().OpenPolls(pctx, p.desks.Opens, p.e.ID))
}

// enters makes a login of somebody.
func (p *polls) enters(who models.Actor) {
	p.t.Helper()
	opened, err := p.s.DemoSession(pctx, who.UserID, store.Device{Name: "phone"})
	p.must(err)
	p.tokens[who.Name] = opened.Token
}

// serve closes the store, which the server now has to itself, and starts it. The
// logins of those who take part were made before.
func (p *polls) serve(who ...int) {
	p.t.Helper()
	p.clock.Set(time.Now())
	for _, n := range who {
		p.enters(p.as(n))
	}
	p.must(p.s.Close())
	binary, err := program()
	p.must(err)
	p.server, err = process.Start(binary, p.data)
	p.must(err)
	p.t.Cleanup(func() { p.server.Stop() })
}

// back starts the server again where it was.
func (p *polls) back() {
	p.t.Helper()
	p.must(p.server.StartAgain())
}

// page is a browser of the n-th adult.
func (p *polls) page(n int, opts ...Option) *Page { p.t.Helper(); return p.pageOf(p.as(n), opts...) }

// pageOf is a browser of somebody whose login was made before.
func (p *polls) pageOf(who models.Actor, opts ...Option) *Page {
	p.t.Helper()
	q := OpenURL(p.t, p.server.URL, opts...)
	q.run(network.SetCookie("juwu", p.tokens[who.Name]).WithURL(p.server.URL).WithHTTPOnly(true).WithSameSite(network.CookieSameSiteLax))
	return q
}

func (p *polls) public(parts ...string) string {
	return strings.Join(append([]string{"/hemuli/elections", p.e.ID.String()}, parts...), "/")
}

func (p *polls) ballot(end string) string {
	return "/hemuli/elections/" + p.board.Board.ID.String() + "/" + end
}

func (p *polls) office(parts ...string) string {
	return strings.Join(append([]string{"/admin/hemuli/elections", p.e.ID.String()}, parts...), "/")
}
