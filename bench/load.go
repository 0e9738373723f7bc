package main

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Target is one address with the headers of one kind of reader.
type Target struct {
	URL     string
	Cookie  string
	Changes bool // while it is read: an answer may have another length than the first
}

// Result is what a run of requests came to.
type Result struct {
	Requests int
	Failed   int // not 200, or another length than the first answer
	Elapsed  time.Duration
	latency  []time.Duration
}

// Rate is answered requests a second.
func (r Result) Rate() float64 {
	return float64(r.Requests-r.Failed) / r.Elapsed.Seconds()
}

// Percentile is the latency that p of 100 requests stayed under.
func (r Result) Percentile(p float64) time.Duration {
	if len(r.latency) == 0 {
		return 0
	}
	slices.Sort(r.latency)
	i := int(float64(len(r.latency)) * p / 100)
	return r.latency[min(i, len(r.latency)-1)]
}

func (t Target) request() *fasthttp.Request {
	req := fasthttp.AcquireRequest()
	req.SetRequestURI(t.URL)
	req.Header.Set("Accept-Encoding", "br, gzip")
	req.Header.Set("Accept-Language", "zh-CN")
	if t.Cookie != "" {
		req.Header.Set("Cookie", t.Cookie)
	}
	return req
}

// Once is one answer, as the comparison's server will repeat it.
func (t Target) Once() (body, encoding, contentType []byte, err error) {
	req, res := t.request(), fasthttp.AcquireResponse()
	if err := fasthttp.DoTimeout(req, res, 10*time.Second); err != nil {
		return nil, nil, nil, err
	}
	if res.StatusCode() != fasthttp.StatusOK {
		return nil, nil, nil, fmt.Errorf("%s: status %d", t.URL, res.StatusCode())
	}
	return bytes.Clone(res.Body()), bytes.Clone(res.Header.Peek("Content-Encoding")), bytes.Clone(res.Header.ContentType()), nil
}

func (t Target) client(conns int) (*fasthttp.HostClient, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return nil, err
	}
	return &fasthttp.HostClient{Addr: u.Host, MaxConns: conns, MaxIdleConnDuration: time.Minute}, nil
}

// Closed sends total requests over conns connections, each as soon as the one
// before is answered: it shows what the server can do, not how it feels.
func (t Target) Closed(conns, total int) (Result, error) {
	var next atomic.Int64
	begin := time.Now()
	return t.drive(conns, func() (time.Time, bool) {
		return begin, next.Add(1) <= int64(total)
	}, false)
}

// Open sends rate requests a second whether or not the ones before are
// answered, as people do. Latency counts from the moment a request was due: a
// server that stalls cannot hide it by making its callers wait to ask.
func (t Target) Open(rate int, span time.Duration) (Result, error) {
	const conns = 512
	total := int64(span.Seconds() * float64(rate))
	gap := time.Second / time.Duration(rate)
	begin := time.Now()
	var next atomic.Int64
	return t.drive(conns, func() (time.Time, bool) {
		i := next.Add(1) - 1
		due := begin.Add(time.Duration(i) * gap)
		if i >= total {
			return due, false
		}
		if wait := time.Until(due); wait > 0 {
			<-time.After(wait)
		}
		return due, true
	}, true)
}

// drive runs conns workers, each asking due for its next request.
func (t Target) drive(conns int, due func() (time.Time, bool), timed bool) (Result, error) {
	client, err := t.client(conns)
	if err != nil {
		return Result{}, err
	}
	defer client.CloseIdleConnections()
	body, _, _, err := t.Once()
	if err != nil {
		return Result{}, err
	}
	var (
		mu  sync.Mutex
		all Result
		wg  sync.WaitGroup
	)
	begin := time.Now()
	for range conns {
		wg.Go(func() {
			mine := t.worker(client, len(body), due, timed)
			mu.Lock()
			defer mu.Unlock()
			all.Requests += mine.Requests
			all.Failed += mine.Failed
			all.latency = append(all.latency, mine.latency...)
		})
	}
	wg.Wait()
	all.Elapsed = time.Since(begin)
	return all, nil
}

func (t Target) worker(client *fasthttp.HostClient, length int, due func() (time.Time, bool), timed bool) Result {
	req, res := t.request(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	var r Result
	for {
		at, ok := due()
		if !ok {
			return r
		}
		err := client.DoTimeout(req, res, 10*time.Second)
		r.Requests++
		if err != nil || res.StatusCode() != fasthttp.StatusOK || !similar(len(res.Body()), length) && (!t.Changes || len(res.Body()) == 0) {
			r.Failed++
		}
		if timed {
			r.latency = append(r.latency, time.Since(at))
		}
	}
}

// similar allows for pages that carry a time or a token of their own.
func similar(a, b int) bool { return max(a-b, b-a) <= 64+b/50 }
