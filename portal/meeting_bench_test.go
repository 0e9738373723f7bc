package portal

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// BenchmarkPopularHearingThroughHTTP is the opening of a popular hearing: 2,000
// people come evenly within a minute, each opens the form and sends it, over
// real connections, for 100 seats. Latency of the sending counts from when it was
// due. Nobody gets an error; whoever has no seat gets a place on the waiting
// list. Beside it, in the same run and at the same pace, stands the raw
// database: one small transaction per person.
func BenchmarkPopularHearingThroughHTTP(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { popularOverHTTP(b, storetest.New(b)) })
	b.Run("mariadb", func(b *testing.B) { popularOverHTTP(b, storetest.NewMySQL(b)) })
}

const (
	crowd     = 2000
	crowdSpan = time.Minute
)

// paced calls do for everybody when they are due, and gives how long after
// that each was done, sorted.
func paced(do func(i int, due time.Time)) []time.Duration {
	took := make([]time.Duration, crowd)
	var wait sync.WaitGroup
	begin := time.Now()
	for i := range crowd {
		due := begin.Add(time.Duration(i) * crowdSpan / crowd)
		<-time.After(time.Until(due))
		wait.Go(func() {
			do(i, due)
			took[i] = time.Since(due)
		})
	}
	wait.Wait()
	slices.Sort(took)
	return took
}

func popularOverHTTP(b *testing.B, db *storetest.DB) {
	g := newGatheringOn(b, db)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(b, err)
	go func() { _ = g.edge.App.Listener(listener) }()
	b.Cleanup(func() { _ = g.edge.App.Shutdown() })
	client := &fasthttp.HostClient{Addr: listener.Addr().String(), MaxConns: crowd}
	cookies := make([]string, crowd)
	for i := range cookies {
		cookies[i] = "juwu=" + g.neighbour(b, i).cookies["juwu"]
	}
	for b.Loop() {
		b.StopTimer()
		id, path := g.call(b, g.draft(models.MeetingHearing, seatsOf(models.PartDelegate, models.PoolOpen, 100)))
		raw := paced(func(i int, _ time.Time) {
			_ = g.tenant.Write(b.Context(), storetest.System, func(tx *store.Tx) error {
				return tx.Model(&models.CivicMeeting{}).Where("id = ?", id).UpdateColumn("case_id", 0).Error
			})
		})
		b.StartTimer()
		wrong := make([]error, crowd)
		took := paced(func(i int, _ time.Time) { wrong[i] = joinOverHTTP(client, path, cookies[i]) })
		failed := 0
		for _, err := range wrong {
			if err != nil {
				if failed++; failed < 4 {
					b.Log(err)
				}
			}
		}
		m, err := g.tenant.Meeting(b.Context(), id)
		ok(b, err)
		if failed > 0 || m.Tickets != crowd || m.Waits != crowd-100 {
			b.Fatalf("%d errors, %d of %d signed up, %d wait", failed, m.Tickets, crowd, m.Waits)
		}
		b.ReportMetric(float64(failed), "errors")
		b.ReportMetric(float64(took[crowd*99/100].Milliseconds()), "p99-ms")
		b.ReportMetric(float64(took[crowd/2].Milliseconds()), "p50-ms")
		b.ReportMetric(float64(raw[crowd*99/100].Milliseconds()), "raw-p99-ms")
		b.ReportMetric(float64(took[crowd*99/100])/float64(max(raw[crowd*99/100], time.Millisecond)), "p99/raw")
	}
}

// joinOverHTTP opens the form and sends it, as a browser does.
func joinOverHTTP(client *fasthttp.HostClient, path, cookie string) error {
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	req.SetRequestURI("http://juwu.test" + path + "/join")
	req.Header.Set("Cookie", cookie)
	if err := client.DoTimeout(req, res, 30*time.Second); err != nil {
		return err
	}
	m := token.FindSubmatch(res.Body())
	if res.StatusCode() != 200 || m == nil {
		return fmt.Errorf("the form: %d", res.StatusCode())
	}
	form := url.Values{"csrf": {string(m[1])}, "part": {"delegate"}}
	req.Header.SetMethod("POST")
	req.Header.SetContentType("application/x-www-form-urlencoded")
	req.Header.Set("Origin", "http://juwu.test")
	req.SetBodyString(form.Encode())
	res.Reset()
	if err := client.DoTimeout(req, res, 30*time.Second); err != nil {
		return err
	}
	if to := string(res.Header.Peek("Location")); res.StatusCode() != 303 || !strings.Contains(to, "done=1") {
		return fmt.Errorf("signing up: %d to %q", res.StatusCode(), to)
	}
	return nil
}
