package store_test

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// roundWorld is one street's round: many communities, each with its voters.
type roundWorld struct {
	*storetest.DB
	all    []*models.Community
	street models.Actor
	chair  models.Actor // of every electoral committee
	round  models.ID
	voters int
}

// newRound plans the elections by the use case and puts the declared voters in
// behind it: a benchmark is about what happens to them.
func newRound(b *testing.B, db *storetest.DB, communities, voters int) *roundWorld {
	b.Helper()
	w := &roundWorld{DB: db, voters: voters}
	first := db.Community(b, "c000")
	w.all = []*models.Community{first}
	for i := 1; i < communities; i++ {
		code := fmt.Sprintf("c%03d", i)
		c, err := db.CreateCommunity(ctx, storetest.System, models.Community{Code: code, Name: "Community " + code, StreetID: first.StreetID, DistrictID: first.DistrictID, StreetName: first.StreetName,
			ClaimThresholdFen: first.ClaimThresholdFen, InquiryDays: first.InquiryDays, DisplayDays: first.DisplayDays})
		must(b, err)
		w.all = append(w.all, c)
	}
	must(b, db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
		for i, who := range []*models.Actor{&w.street, &w.chair} {
			u, err := tx.EnsureUser(fmt.Sprintf("1360000%04d", i), "官")
			if err != nil {
				return err
			}
			*who = models.Actor{UserID: u.ID, Name: u.Name, SecondFactor: true}
		}
		posts := []models.Appointment{{RegionID: w.all[0].StreetID, UserID: w.street.UserID, Role: models.RoleStreet}}
		for _, c := range w.all {
			posts = append(posts, models.Appointment{RegionID: c.ID, UserID: w.chair.UserID, Role: policy.RoleECChair})
		}
		for i := range posts {
			posts[i].ID, posts[i].From, posts[i].Decision, posts[i].Name, posts[i].CreatedAt = tx.NewID(), "2020-01-01", "d", "官", tx.Now
		}
		return tx.CreateInBatches(&posts, 100).Error
	}))
	must(b, db.Load(ctx))
	var err error
	w.round, err = db.In(w.all[0]).StartRound(ctx, w.street, store.RoundDraft{Name: "统一换届", Day: models.DateOf(db.Now()).AddDays(60), Mode: models.ModeVoters, Term: 12})
	must(b, err)
	for _, c := range w.all {
		w.fill(b, c)
	}
	return w
}

func (w *roundWorld) election(b *testing.B, c *models.Community) *models.Election {
	b.Helper()
	rows, err := w.In(c).Elections(ctx, false)
	must(b, err)
	return &rows[0]
}

func (w *roundWorld) fill(b *testing.B, c *models.Community) {
	b.Helper()
	e := w.election(b, c)
	must(b, w.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		rows := make([]models.Voter, w.voters)
		for i := range rows {
			id := tx.NewID()
			rows[i] = models.Voter{Tenant: models.Tenant{ID: id}, ElectionID: e.ID, Number: i + 1, ResidentID: &id, Name: fmt.Sprintf("众%05d", i), Sex: "f", Birth: "1970-01-01",
				Building: fmt.Sprintf("%d幢", i/60+1), Room: "101", Basis: models.BasisDomicile, State: models.VoterDeclared, Elector: true, Channel: models.ChannelPaper, CreatedAt: tx.Now}
		}
		if err := tx.CreateInBatches(&rows, 500).Error; err != nil {
			return err
		}
		return tx.Model(&models.Election{}).Where("id = ?", e.ID).UpdateColumns(map[string]any{"state": models.ElectionPreparing, "frozen_at": tx.Now,
			"voters": w.voters, "electors": w.voters, "listed": w.voters, "last_number": w.voters}).Error
	}))
}

// A street's round: the roll of one community is published and frozen, its
// station gives out ballots, the street looks at all. 10 communities of 600
// voters, and the 100 of 6,000 where JUWU_SOAK asks for them.
func BenchmarkElectionRound(b *testing.B) {
	sizes := [][2]int{{10, 600}}
	if os.Getenv("JUWU_SOAK") != "" {
		sizes = append(sizes, [2]int{100, 6000})
	}
	for name, open := range map[string]func(testing.TB) *storetest.DB{"sqlite": storetest.New, "mariadb": storetest.NewMySQL} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%dx%d", name, n[0], n[1]), func(b *testing.B) {
				w := newRound(b, open(b), n[0], n[1])
				w.measure(b)
			})
		}
	}
}

func (w *roundWorld) measure(b *testing.B) {
	day, c := models.DateOf(w.Now()).AddDays(60), w.all[0]
	b.Run("street", func(b *testing.B) { // where a hundred communities stand
		for b.Loop() {
			must(b, w.look())
		}
	})
	w.Clock.Set(day.AddDays(-28).Time())
	e := w.election(b, c)
	once(b, "publish", func() error { return w.In(c).PublishRoll(ctx, w.chair, e.ID) })
	b.Run("page", func(b *testing.B) { // of the public roll: a house of sixty
		for b.Loop() {
			rows, shown, err := w.In(c).PublicRoll(ctx, w.election(b, c), "1幢")
			must(b, err)
			if !shown || len(rows) != 60 {
				b.Fatalf("%d rows, shown %v", len(rows), shown)
			}
		}
	})
	w.Clock.Set(day.AddDays(-18).Time())
	once(b, "freeze", func() error { return w.In(c).FreezeRoll(ctx, w.chair, e.ID) }) // with the fingerprint of the whole roll
	w.vote(b, c, e.ID, day)
}

// once reports how long something takes that can be done a single time.
func once(b *testing.B, name string, do func() error) {
	began := time.Now()
	must(b, do())
	took := float64(time.Since(began).Microseconds()) / 1000
	b.Run(name, func(b *testing.B) {
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(took, "ms")
	})
}

func (w *roundWorld) look() error {
	v, err := w.In(w.all[0]).Round(ctx, w.street, w.round)
	if err == nil && len(v.Lines) != len(w.all) {
		err = fmt.Errorf("%d lines of %d", len(v.Lines), len(w.all))
	}
	return err
}

// vote gives out ballots: one after the other against a bare write, then as they
// come, fifty a second at four tables, while the street looks on.
func (w *roundWorld) vote(b *testing.B, c *models.Community, e models.ID, day models.Date) {
	tenant := w.In(c)
	station, err := tenant.PutStation(ctx, w.chair, e, 0, store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00"})
	must(b, err)
	_, err = tenant.AssignStation(ctx, w.chair, e, station, nil)
	must(b, err)
	must(b, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.Election{}).Where("id = ?", e).UpdateColumn("state", models.ElectionCandidates).Error
	}))
	w.Clock.Set(day.Time())
	must(b, tenant.OpenPolls(ctx, w.chair, e))
	rows, _, err := tenant.Roll(ctx, e, store.RollFilter{Limit: w.voters})
	must(b, err)
	bare := 0.0
	b.Run("bare", func(b *testing.B) { // a transaction of one conditional update
		for b.Loop() {
			must(b, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
				return tx.Model(&models.Voter{}).Where("id = ? AND used_key = ?", rows[0].ID, "").UpdateColumn("used_key", "").Error
			}))
		}
		bare = b.Elapsed().Seconds() / float64(b.N)
	})
	next, of := 0, min(len(rows)/3, 1500)
	b.Run("checkin", func(b *testing.B) { // and, when all have come, the same sending again
		for b.Loop() {
			v := rows[next%of]
			_, err := tenant.Issue(ctx, w.chair, e, station, store.CheckIn{VoterID: v.ID, Key: "t." + fmt.Sprint(v.Number)})
			must(b, err)
			next++
		}
		if per := b.Elapsed().Seconds() / float64(b.N); bare > 0 {
			b.ReportMetric(per/bare, "x-bare")
		}
	})
	b.Run("fifty", func(b *testing.B) { w.fifty(b, tenant, e, station, rows[of:]) })
}

// fifty lets voters come at fifty a second, whoever is served or not, and
// reports how long each waits from the moment of coming.
func (w *roundWorld) fifty(b *testing.B, tenant *store.Tenant, e, station models.ID, rows []models.Voter) {
	const rate, tables = 50, 4
	n := min(len(rows), 4*rate)
	waits, queue := make([]float64, n), make(chan int, n)
	var wg sync.WaitGroup
	began := time.Now()
	at := func(i int) time.Time { return began.Add(time.Duration(i+1) * time.Second / rate) }
	for range tables {
		wg.Go(func() {
			for i := range queue {
				_, err := tenant.Issue(ctx, w.chair, e, station, store.CheckIn{VoterID: rows[i].ID, Key: "f." + fmt.Sprint(i)})
				if waits[i] = float64(time.Since(at(i)).Microseconds()) / 1000; err != nil {
					b.Error(err)
				}
			}
		})
	}
	looks := make([]float64, n/rate+1)
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range n {
		<-tick.C
		if queue <- i; i%rate == rate/2 {
			wg.Go(func() {
				from := time.Now()
				if err := w.look(); err != nil {
					b.Error(err)
				}
				looks[i/rate] = float64(time.Since(from).Microseconds()) / 1000
			})
		}
	}
	close(queue)
	wg.Wait()
	slices.Sort(waits)
	b.ReportMetric(waits[n/2], "p50-ms")
	b.ReportMetric(waits[n*99/100], "p99-ms")
	b.ReportMetric(slices.Max(looks), "street-ms")
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "voters/s")
}
