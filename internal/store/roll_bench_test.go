package store_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// bigRoll is a roll of n people, three to a dwelling.
func bigRoll(n int) []byte {
	var b bytes.Buffer
	b.WriteString("网格,楼栋,单元,室,户号,姓名,与户主关系,性别,出生日期,身份证号,手机\n")
	for i := range n {
		home := i / 3
		relation := "户主"
		if i%3 > 0 {
			relation = "家庭成员"
		}
		fmt.Fprintf(&b, "第%d网格,%d号楼,%d,%d,H%06d,居民%06d,%s,女,1980-01-01,,199%08d\n",
			home/700%10+1, home/70+1, home%3+1, home%70+101, home, i, relation, i)
	}
	return b.Bytes()
}

// BenchmarkRoll20000 measures both steps of an import of 20,000 people (goal:
// 20 s together), and the longest wait of a small write beside the staging.
func BenchmarkRoll20000(b *testing.B) {
	data := bigRoll(20000)
	for b.Loop() {
		b.StopTimer()
		db := storetest.New(b)
		c := db.Community(b, "hemuli")
		b.StartTimer()
		t := db.In(c)
		done, longest := make(chan struct{}), make(chan time.Duration)
		go func() {
			var worst time.Duration
			for {
				select {
				case <-done:
					longest <- worst
					return
				default:
				}
				begin := time.Now()
				if err := t.Write(ctx, storetest.System, func(tx *store.Tx) error { tx.Touch("accounts"); return nil }); err != nil {
					b.Error(err)
				}
				worst = max(worst, time.Since(begin))
			}
		}()
		im, report, err := t.ImportRoll(ctx, storetest.System, "big.csv", data, store.RollOptions{})
		must(b, err)
		close(done)
		b.ReportMetric(float64((<-longest).Milliseconds()), "ms/wait")
		if report.Added != 20000 {
			b.Fatalf("%d added, %d bad", report.Added, report.Bad)
		}
		begin := time.Now()
		_, err = t.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})
		must(b, err)
		b.ReportMetric(time.Since(begin).Seconds(), "s/confirm")
		if im.State != models.ImportStaged {
			b.Fatal(im.State)
		}
	}
}
