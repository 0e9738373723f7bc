package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/ballot"
	"juwu/e2e/process"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// poll is an open vote in a data folder, with everything its voters hold.
type poll struct {
	t      testing.TB
	data   string
	dsn    string // "" is SQLite in the folder
	path   string
	setup  *ballot.Setup
	slips  []string
	tokens []string
	rights []models.ID

	board         models.ID
	opens, closes time.Time
}

// opened is the store of the folder, while no server has it.
func (p *poll) opened() *store.Store {
	p.t.Helper()
	keys, err := store.LoadOrMakeKeys(p.data)
	if err != nil {
		p.t.Fatal(err)
	}
	conf, err := os.ReadFile(filepath.Join("..", "casbin.conf"))
	if err != nil {
		p.t.Fatal(err)
	}
	guard, err := policy.LoadGuard(string(conf))
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{DSN: p.dsn, DataDir: p.data, Keys: keys, Guard: guard, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// newPoll fills a data folder without a server.
func newPoll(t testing.TB, dsn string, people int) *poll {
	t.Helper()
	ctx := context.Background()
	p := &poll{t: t, data: t.TempDir(), dsn: dsn}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := p.opened()
	must(s.Migrate(ctx))
	must(s.Load(ctx))
	db := &storetest.DB{Store: s}
	c := db.Community(t, "hemuli")
	office := storetest.Office{}
	post := func(role models.Role, n int) models.Actor {
		phone := fmt.Sprintf("138%08d", n)
		u, err := s.EnsureUser(ctx, storetest.System, phone, string(role))
		must(err)
		region := c.ID
		if role == models.RoleStreet {
			region = c.StreetID
		}
		must(s.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Create(&models.Appointment{ID: tx.NewID(), RegionID: region, UserID: u.ID, Role: role, From: "2020-01-01", Decision: "d", Name: u.Name, CreatedAt: tx.Now}).Error
		}))
		if n >= 3 {
			office.Trustees, office.Phones = append(office.Trustees, models.Actor{UserID: u.ID, Name: u.Name}), append(office.Phones, phone)
		}
		return models.Actor{UserID: u.ID, Name: u.Name, SecondFactor: true}
	}
	office.Prepares, office.Registers, office.Opens = post(models.RoleCommitteeMember, 0), post(models.RoleSupervisor, 1), post(models.RoleDirector, 2)
	for i, role := range []models.Role{models.RoleClerk, models.RoleMediator, models.RoleStreet} {
		post(role, 3+i)
	}
	must(s.Load(ctx))
	var actors []models.Actor
	for i := range people {
		u, err := s.EnsureUser(ctx, storetest.System, fmt.Sprintf("137%08d", i), fmt.Sprint("voter ", i))
		must(err)
		link := models.ResidentLink{UserID: u.ID, State: models.LinkConfirmed}
		must(s.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
			r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, Name: u.Name, Birth: "1950-05-05", State: models.ResidentActive, Presence: models.PresenceBoth, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			link.Tenant, link.ResidentID, link.LiveUser, link.LiveResident = models.Tenant{CommunityID: c.ID, ID: tx.NewID()}, r.ID, &u.ID, &r.ID
			link.CreatedAt, link.UpdatedAt = tx.Now, tx.Now
			if err := tx.Create(&r).Error; err != nil {
				return err
			}
			return tx.Create(&link).Error
		}))
		opened, err := s.DemoSession(ctx, u.ID, store.Device{Name: "phone"})
		must(err)
		actors, p.tokens = append(actors, models.Actor{UserID: u.ID, Links: []models.ResidentLink{link}}), append(p.tokens, opened.Token)
	}
	v, err := storetest.OpenVote(ctx, s.In(c), office, store.BallotDraft{Kind: models.BallotPoll, Unit: models.PerPerson, Title: "poll", Channel: models.ViaRemote,
		Questions: []models.BallotQuestion{{Text: "?", Answers: []string{"a", "b"}, Min: 1, Max: 1}}, OpensAt: s.Now(), ClosesAt: s.Now().Add(24 * time.Hour), Threshold: 2, Size: 3}, people)
	must(err)
	for _, a := range actors {
		votes, err := s.In(c).MyVotes(ctx, a, v.Board.ID)
		must(err)
		p.rights = append(p.rights, votes[0].VoterID)
	}
	p.board, p.setup, p.slips, p.path = v.Board.ID, v.Setup, v.Slips, "/hemuli/elections/"+v.Board.ID.String()
	must(s.Close())
	return p
}

func (p *poll) start(binary string) (*process.Server, error) {
	if p.dsn == "" {
		return process.Start(binary, p.data)
	}
	key, err := os.ReadFile(filepath.Join(p.data, store.KeyFile))
	if err != nil {
		return nil, err
	}
	return process.Start(binary, p.data, "--db", p.dsn, "--key", strings.TrimSpace(string(key)))
}

// onBoth runs a test on SQLite and, where its server is known, on MariaDB.
func onBoth(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Run("sqlite", func(t *testing.T) { run(t, "") })
	t.Run("mariadb", func(t *testing.T) { run(t, freshMySQL(t)) })
}

// freshMySQL is an empty database of the server in JUWU_TEST_MYSQL.
func freshMySQL(t testing.TB) string {
	server := os.Getenv("JUWU_TEST_MYSQL")
	if server == "" {
		t.Skip("JUWU_TEST_MYSQL is not set")
	}
	admin, err := sql.Open("mysql", strings.TrimPrefix(server, "mysql://"))
	if err != nil {
		t.Fatal(err)
	}
	return freshOn(t, admin, server)
}

// freshOn is an empty database of a server.
func freshOn(t testing.TB, admin *sql.DB, server string) string {
	name := fmt.Sprintf("juwu_poll_%d", time.Now().UnixNano())
	if _, err := admin.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.Exec("DROP DATABASE " + name)
		_ = admin.Close()
	})
	return server + name
}

// outcome of sending a ballot: taken at a height, or unknown (-1), or refused.
func (p *poll) send(base string, voter int, raw []byte) (height int64, refused string) {
	form := url.Values{"voter": {p.rights[voter].String()}, "ballot": {string(raw)}}
	req, err := http.NewRequest(http.MethodPost, base+p.path+"/ballots", strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Error(err)
		return -1, ""
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.AddCookie(&http.Cookie{Name: "juwu", Value: p.tokens[voter]})
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return -1, ""
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	var answer struct {
		Tracker string
		Height  int64
		Error   string
	}
	if err != nil || json.Unmarshal(body, &answer) != nil || res.StatusCode >= http.StatusInternalServerError {
		return -1, ""
	}
	if res.StatusCode != http.StatusOK {
		return -1, fmt.Sprint(res.StatusCode, " ", answer.Error)
	}
	if answer.Tracker != ballot.Tracker(raw) {
		return -1, "another tracker"
	}
	return answer.Height, ""
}

// TestKilledWhileVotesAreCast pulls the plug on the server at random moments
// while everybody votes. Every acknowledged ballot stands on the board exactly
// once, where its receipt says; what got no answer is sent again and gets the
// same receipt; the chain is whole.
func TestKilledWhileVotesAreCast(t *testing.T) { onBoth(t, killedWhileCasting) }

func killedWhileCasting(t *testing.T, dsn string) {
	rounds, random, binary := killing(t)
	c := newCastings(newPoll(t, dsn, killVoters))
	for round := range rounds {
		s, err := c.p.start(binary)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		c.resend(s.URL)
		c.everybody(s.URL, random, s.Kill)
	}
	s, err := c.p.start(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	c.resend(s.URL)
	c.p.checkBoard(s.URL, binary, c.receipts)
	t.Logf("%d ballots in %d rounds", len(c.receipts), rounds)
}

// killVoters vote in every round of what is killed.
const killVoters = 12

// killing says how often: 20 times in a test, 200 in `make soak`.
func killing(t *testing.T) (rounds int, random *rand.Rand, binary string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts and kills the server many times")
	}
	if rounds = 20; os.Getenv("JUWU_SOAK") != "" {
		rounds = 200
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rounds, rand.New(rand.NewPCG(seed, 7)), binary
}

// castings remembers what was sent and what was answered.
type castings struct {
	p        *poll
	mu       sync.Mutex
	receipts map[string]int64
	unknown  map[string]int // voters whose ballot got no answer
	raws     map[string][]byte
}

func newCastings(p *poll) *castings {
	return &castings{p: p, receipts: map[string]int64{}, unknown: map[string]int{}, raws: map[string][]byte{}}
}

func (c *castings) note(voter int, raw []byte, height int64, refused string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tracker := ballot.Tracker(raw)
	c.raws[tracker] = raw
	if refused != "" {
		c.p.t.Errorf("refused: %s", refused)
	}
	if height < 0 {
		c.unknown[tracker] = voter
		return
	}
	delete(c.unknown, tracker)
	if earlier, ok := c.receipts[tracker]; ok && earlier != height {
		c.p.t.Errorf("%s: receipt for %d and then for %d", tracker, earlier, height)
	}
	c.receipts[tracker] = height
}

// resend sends what got no answer once more; everything runs, so it gets one.
func (c *castings) resend(base string) {
	for tracker, voter := range c.unknown {
		height, refused := c.p.send(base, voter, c.raws[tracker])
		if height < 0 && refused == "" {
			c.p.t.Errorf("%s: no answer from a server that runs", tracker)
		}
		c.note(voter, c.raws[tracker], height, refused)
	}
}

// everybody votes at once, and kill strikes at a random moment.
func (c *castings) everybody(base string, random *rand.Rand, kill func()) {
	var all sync.WaitGroup
	for voter := range killVoters {
		raw, err := storetest.Encrypt(c.p.setup, c.p.slips[voter], ballot.Votes{{1, 0}})
		if err != nil {
			c.p.t.Fatal(err)
		}
		all.Go(func() {
			height, refused := c.p.send(base, voter, raw)
			c.note(voter, raw, height, refused)
		})
	}
	pause := time.NewTimer(time.Duration(random.IntN(60)) * time.Millisecond)
	<-pause.C
	kill()
	all.Wait()
}

func (p *poll) checkBoard(base, binary string, receipts map[string]int64) {
	t := p.t
	res, err := http.Get(base + p.path + "/board.bel")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "board.bel")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(binary, "ballot", "verify", file, "--json").Output()
	if err != nil {
		t.Fatalf("the command refuses the board: %v\n%s", err, out)
	}
	var verdict struct {
		Accepted bool
		Report   struct{ Ballots int }
	}
	if err := json.Unmarshal(out, &verdict); err != nil || !verdict.Accepted || verdict.Report.Ballots != len(receipts) {
		t.Errorf("%d ballots on the board, %d receipts (%v)", verdict.Report.Ballots, len(receipts), err)
	}
	for tracker, height := range receipts {
		if n := strings.Count(string(body), `"height":`+fmt.Sprint(height)+`,"type":"Ballot"`); n != 1 {
			t.Errorf("%s: height %d stands %d times", tracker, height, n)
		}
	}
}

// BenchmarkCastThroughHTTP sends prepared ballots from 64 voters at once to the
// real program, with ordinary pages being read beside it: ballots acknowledged a
// second, and the slowest of a hundred.
func BenchmarkCastThroughHTTP(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { castThroughHTTP(b, "") })
	b.Run("mariadb", func(b *testing.B) { castThroughHTTP(b, freshMySQL(b)) })
}

func castThroughHTTP(b *testing.B, dsn string) {
	binary, err := program()
	if err != nil {
		b.Fatal(err)
	}
	const people = 64
	p := newPoll(b, dsn, people)
	s, err := p.start(binary)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Stop()
	raws := make([][]byte, b.N)
	for i := range raws {
		if raws[i], err = storetest.Encrypt(p.setup, p.slips[i%people], ballot.Votes{{1, 0}}); err != nil {
			b.Fatal(err)
		}
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if res, err := http.Get(s.URL + p.path + "/board"); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
				}
			}
		}
	})
	times := make([]time.Duration, b.N)
	work := make(chan int)
	var voters sync.WaitGroup
	b.ResetTimer()
	for range people {
		voters.Go(func() {
			for i := range work {
				begun := time.Now()
				if height, refused := p.send(s.URL, i%people, raws[i]); height < 0 {
					b.Errorf("ballot %d: %s", i, refused)
				}
				times[i] = time.Since(begun)
			}
		})
	}
	for i := range b.N {
		work <- i
	}
	close(work)
	voters.Wait()
	b.StopTimer()
	close(done)
	readers.Wait()
	slices.Sort(times)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ballots/s")
	b.ReportMetric(float64(times[len(times)*99/100].Milliseconds()), "p99-ms")
}
