package store_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// openCases is what a large community has on its desks; all others are closed.
const openCases = 200

// pastCases puts years of cases in behind the use cases: a benchmark is about
// reading. The oldest five are of a category that nobody used since, and one
// member had three cases long ago.
func (d *caseDesk) pastCases(t testing.TB, n int, grids []models.ID) {
	t.Helper()
	categories := policy.CaseCategories()
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		cases, people := make([]models.Complaint, 0, 500), make([]models.ComplaintReporter, 0, 500)
		for i := range n {
			c := d.pastCase(tx, i, n, grids, categories[i%(len(categories)-1)].Code)
			user := models.ID(1_000_000 + i/3)
			cases = append(cases, c)
			people = append(people, models.ComplaintReporter{Tenant: models.Tenant{ID: tx.NewID()}, CaseID: c.ID, UserID: &user, Kind: models.ReporterSelf, CreatedAt: tx.Now})
			if len(cases) < cap(cases) && i < n-1 {
				continue
			}
			if err := tx.CreateInBatches(&cases, 500).Error; err != nil {
				return err
			}
			if err := tx.CreateInBatches(&people, 500).Error; err != nil {
				return err
			}
			cases, people = cases[:0], people[:0]
		}
		return nil
	}))
}

func (d *caseDesk) pastCase(tx *store.Tx, i, n int, grids []models.ID, category string) models.Complaint {
	id := tx.NewID()
	c := models.Complaint{
		Tenant: models.Tenant{ID: id}, Number: fmt.Sprintf("旧〔2025〕%d号", i), OnceHash: binary.BigEndian.AppendUint64([]byte("past"), uint64(i)),
		Kind: models.KindHelp, Category: category, Channel: models.ChannelWeb, Level: models.LevelNamed, State: models.ComplaintClosed, Seq: 4,
		Public: true, PublicText: "楼道灯坏了三天，晚上看不清台阶", GridID: grids[i%len(grids)], BuildingID: d.building, PinX: -1, PinY: -1,
		FirstKind: models.AssigneeGrid, FirstID: grids[i%len(grids)], OwnerKind: models.AssigneeGrid, OwnerID: grids[i%len(grids)],
		StageDay: "2025-06-02", PromiseDay: "2025-06-09", TriageDays: 1, AssignDays: 1, HandleDays: 5,
		ReceivedAt: tx.Now.Add(-time.Duration(n-i) * time.Hour), CreatedAt: tx.Now, UpdatedAt: tx.Now, Answer: "已经换好", Rated: true, Solved: true,
	}
	c.Month, c.AnsweredAt, c.ClosedAt = models.MonthOf(c.ReceivedAt), &tx.Now, &tx.Now
	c.BodySeal = d.Keys().Seal("complaints.body", id, `{"text":"楼道灯坏了三天，晚上看不清台阶，老人进出要扶着墙走，希望早点修好"}`)
	switch {
	case i < 5:
		c.Category = policy.CaseCategories()[len(policy.CaseCategories())-1].Code
	case i < 8:
		c.OwnerKind, c.OwnerID = models.AssigneeMember, d.member.UserID
	case i%50 == 0: // 督办 of years ago
		c.Reopened = 1
	}
	if i >= n-openCases {
		c.State, c.Open, c.ClosedAt, c.AnsweredAt = models.ComplaintProcessing, true, nil, nil
		c.StageDay = models.DateOf(tx.Now).AddDays(-(i % 9))
		c.DueDay = policy.ComplaintDue(c, policy.China())
		c.PromiseDay = c.DueDay
	}
	return c
}

func (d *caseDesk) moreGrids(t testing.TB, n int) []models.ID {
	t.Helper()
	grids := []models.ID{d.grid}
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		for i := range n - 1 {
			g := models.Grid{Tenant: models.Tenant{ID: tx.NewID()}, Name: fmt.Sprintf("第%d网格", i+2)}
			if err := tx.Create(&g).Error; err != nil {
				return err
			}
			grids = append(grids, g.ID)
		}
		return nil
	}))
	return grids
}

// The officer's inbox beside 1,000, 10,000 and 100,000 cases of which 200 are
// open: "of-1k" is the time against the same list beside 1,000.
func BenchmarkCaseInbox(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { caseInbox(b, storetest.New) })
	b.Run("mariadb", func(b *testing.B) { caseInbox(b, storetest.NewMySQL) })
}

func caseInbox(b *testing.B, open func(testing.TB) *storetest.DB) {
	base := map[string]float64{}
	for _, n := range []int{1_000, 10_000, 100_000} {
		db := open(b)
		d := newCaseDesk(b, db)
		d.pastCases(b, n, d.moreGrids(b, 12))
		for _, l := range d.caseLists() {
			b.Run(fmt.Sprintf("%s of %d", l.name, n), func(b *testing.B) {
				rows := 0
				for b.Loop() {
					list, _, err := d.in().Desk(ctx, l.who, l.filter)
					must(b, err)
					rows = len(list)
				}
				took := float64(b.Elapsed()) / float64(b.N)
				if base[l.name] == 0 {
					base[l.name] = took
				}
				b.ReportMetric(took/base[l.name], "of-1k")
				b.ReportMetric(float64(rows), "rows")
			})
		}
	}
}

type caseList struct {
	name   string
	who    models.Actor
	filter store.DeskFilter
}

// caseLists are the lists of the inbox as each post opens them.
func (d *caseDesk) caseLists() []caseList {
	last := policy.CaseCategories()[len(policy.CaseCategories())-1].Code
	return []caseList{
		{"director mine", d.director, store.DeskFilter{Show: store.ShowMine}},
		{"director new", d.director, store.DeskFilter{Show: store.ShowNew}},
		{"director late", d.director, store.DeskFilter{Show: store.ShowLate}},
		{"director watch", d.director, store.DeskFilter{Show: store.ShowWatch}},
		{"director open", d.director, store.DeskFilter{Show: store.ShowOpen, Category: "repair"}},
		{"director all", d.director, store.DeskFilter{Show: store.ShowAll}},
		{"director all of a grid", d.director, store.DeskFilter{Show: store.ShowAll, GridID: d.grid}},
		{"director all of an old category", d.director, store.DeskFilter{Show: store.ShowAll, Category: last}},
		{"director number", d.director, store.DeskFilter{Show: store.ShowMine, Number: "旧〔2025〕7号"}},
		{"worker mine", d.worker, store.DeskFilter{Show: store.ShowMine}},
		{"worker all", d.worker, store.DeskFilter{Show: store.ShowAll}},
		{"member all", d.member, store.DeskFilter{Show: store.ShowAll}},
		{"supervisor watch", d.supervisor, store.DeskFilter{Show: store.ShowWatch}},
		{"supervisor all", d.supervisor, store.DeskFilter{Show: store.ShowAll}},
	}
}

// Two hundred reports with two pictures each arrive within a minute while fifty
// officers list and filter, beside 10,000 older cases. Against it, in the same
// run: the same officers without reports, and reports one by one without
// officers. Latency counts from when somebody came.
func BenchmarkCaseLoad(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { caseLoad(b, storetest.New(b)) })
	b.Run("mariadb", func(b *testing.B) { caseLoad(b, storetest.NewMySQL(b)) })
}

func caseLoad(b *testing.B, db *storetest.DB) {
	const reports, officers, span = 200, 50, time.Minute
	d := newCaseDesk(b, db)
	grids := d.moreGrids(b, 12)
	d.pastCases(b, 10_000, grids)
	lists := d.fiftyLists(b, db, officers, grids)
	people, photos := make([]models.Actor, reports), photographs(40)
	for i := range people {
		people[i] = someResident(b, db, fmt.Sprintf("1370000%04d", i))
	}
	file := func(i int) error {
		_, err := d.in().FileComplaint(ctx, people[i], store.Report{
			Once: fmt.Sprintf("once-of-load-%08d", i), Category: "repair", Channel: models.ChannelWeb, Level: models.LevelNamed,
			Text: fmt.Sprintf("第%d盏路灯不亮，晚上看不清台阶", i), BuildingID: d.building, PinX: -1, PinY: -1,
			Answers: []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}},
			Photos:  []store.NewFile{{Name: "a.jpg", Data: photos[i%len(photos)]}, {Name: "b.jpg", Data: photos[(i+7)%len(photos)]}},
		})
		return err
	}
	list := func(i int) error {
		l := lists[i%len(lists)]
		_, _, err := d.in().Desk(ctx, l.who, l.filter)
		return err
	}
	for b.Loop() {
		alone := arrive(20, 10*time.Second, file)
		still := arrive(officers*5, 10*time.Second, list)
		var filed, listed arrivals
		var both sync.WaitGroup
		both.Go(func() { filed = arrive(reports-20, span*9/10, func(i int) error { return file(i + 20) }) })
		both.Go(func() { listed = arrive(officers*27, span*9/10, list) }) // each looks every two seconds
		both.Wait()
		if wrong := alone.wrong + still.wrong + filed.wrong + listed.wrong; wrong > 0 {
			b.Fatalf("%d errors: %v", wrong, filed.err)
		}
		b.ReportMetric(filed.percentile(99), "file-p99-ms")
		b.ReportMetric(listed.percentile(99), "list-p99-ms")
		b.ReportMetric(filed.percentile(50)/alone.percentile(50), "file-of-alone")
		b.ReportMetric(listed.percentile(50)/still.percentile(50), "list-of-alone")
		b.ReportMetric(0, "errors")
	}
}

// fiftyLists are what fifty officers look at, each in turn with another filter.
func (d *caseDesk) fiftyLists(b *testing.B, db *storetest.DB, n int, grids []models.ID) []caseList {
	lists := d.caseLists()
	for i := len(lists); i < n; i++ {
		l := lists[i%14]
		l.who = gridWorker(b, db, d.c.ID, grids[i%len(grids)])
		lists = append(lists, l)
	}
	return lists
}

type arrivals struct {
	took  []time.Duration
	wrong int
	err   error
}

// percentile in milliseconds.
func (a arrivals) percentile(p int) float64 {
	return float64(a.took[(len(a.took)-1)*p/100].Microseconds()) / 1000
}

// arrive does n things evenly over a span, whether or not the ones before are
// done.
func arrive(n int, span time.Duration, do func(int) error) arrivals {
	a := arrivals{took: make([]time.Duration, n)}
	wrong := make([]error, n)
	var wait sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * span / time.Duration(n))
		<-time.After(time.Until(due))
		wait.Go(func() {
			wrong[i] = do(i)
			a.took[i] = time.Since(due)
		})
	}
	wait.Wait()
	slices.Sort(a.took)
	for _, err := range wrong {
		if err != nil {
			a.wrong, a.err = a.wrong+1, err
		}
	}
	return a
}

// photographs as a phone sends them, once it has made them smaller.
func photographs(n int) [][]byte {
	list := make([][]byte, n)
	for k := range list {
		m := image.NewRGBA(image.Rect(0, 0, 1600, 1200))
		for y := range 1200 {
			for x := range 1600 {
				v := uint8(x*y/977 + k*13)
				m.SetRGBA(x, y, color.RGBA{v, uint8(x / 7), uint8(y / 5), 255})
			}
		}
		var b bytes.Buffer
		_ = jpeg.Encode(&b, m, &jpeg.Options{Quality: 70})
		list[k] = b.Bytes()
	}
	return list
}
