package main

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"juwu/e2e/process"
)

// TestMain lets the test binary play the bare server.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		exit(bare(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// A bare handler weighed against a bare handler has to come out even, or the
// scales are wrong.
func TestScalesAreEven(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	batch = 15000
	dir := t.TempDir()
	if err := keepBytes(dir, bytes.Repeat([]byte("x"), 12000), nil, []byte("text/plain")); err != nil {
		t.Fatal(err)
	}
	s, err := process.Start(os.Args[0], dir, "bare")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	var out bytes.Buffer
	report := Report{out: &out}
	if err := weigh(&report, s, Page{Name: "bare", Path: "/a", Least: 0.6, Rate: 500, P99: time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if report.missed > 0 {
		t.Error("the scales are wrong")
	}
}

func TestClosedSendsEachRequestOnce(t *testing.T) {
	var got atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got.Add(1)
		_, _ = w.Write([]byte(r.Header.Get("Cookie")))
	}))
	defer s.Close()
	r, err := Target{URL: s.URL, Cookie: "a=b"}.Closed(4, 100)
	if err != nil {
		t.Fatal(err)
	}
	// One more looks what a right answer is.
	if r.Requests != 100 || r.Failed != 0 || got.Load() != 101 {
		t.Errorf("%d sent, %d failed, %d served", r.Requests, r.Failed, got.Load())
	}
}

func TestFailuresAreCounted(t *testing.T) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) > 51 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	r, err := Target{URL: s.URL}.Closed(1, 100)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed != 50 {
		t.Errorf("%d failed, not 50", r.Failed)
	}
}

// A server that stands still for a moment must be seen in the latencies of all
// who would have asked meanwhile.
func TestOpenCountsTheWait(t *testing.T) {
	const stall = 300 * time.Millisecond
	var stalled atomic.Int64
	gate := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if stalled.Add(1) == 2 { // the first is the look at a right answer
			time.AfterFunc(stall, func() { close(gate) })
		}
		if stalled.Load() > 1 {
			<-gate
		}
	}))
	defer s.Close()
	r, err := Target{URL: s.URL}.Open(200, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != 200 || r.Failed != 0 {
		t.Errorf("%d sent, %d failed", r.Requests, r.Failed)
	}
	if worst := r.Percentile(100); worst < stall*9/10 {
		t.Errorf("worst latency %v hides a stall of %v", worst, stall)
	}
}

func TestLedgerBalances(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l.xlsx")
	if err := writeLedger(path, 60); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 64 || rows[62][7] != "499280" || rows[63][7] != "499280" {
		t.Errorf("%d rows, ending %v", len(rows), rows[len(rows)-1])
	}
}

func TestBombIsSmallOutsideAndLargeInside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.xlsx")
	if err := writeBomb(path, 64<<20); err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	sheet := z.File[len(z.File)-1]
	if sheet.UncompressedSize64 < 64<<20 || sheet.CompressedSize64 > 1<<20 {
		t.Errorf("%d bytes unpack to %d", sheet.CompressedSize64, sheet.UncompressedSize64)
	}
}

func TestTwinsAreOtherPeople(t *testing.T) {
	person := strings.Split("a,b,1幢,d,e,00001,g,h,i,j,999999199609070084,19900000001", ",")
	twin := twin(person, 1)
	if got := twin[colDocument]; got[:6] != "999998" || len(got) != 18 || withCheckDigit(got[:17]) != got {
		t.Errorf("document %s", got)
	}
	if twin[colPhone] != "19800000001" || twin[colBuilding] != "1001幢" || twin[colHousehold] != "100001" {
		t.Errorf("%v", twin)
	}
	if person[colPhone] != "19900000001" {
		t.Error("the first person was changed")
	}
}

// A number of the example's own roll, to know the check digit from elsewhere.
func TestCheckDigit(t *testing.T) {
	if got := withCheckDigit("99999919960907008"); got != "999999199609070084" {
		t.Error(got)
	}
}

func TestReportRemembersMisses(t *testing.T) {
	var out bytes.Buffer
	r := Report{out: &out}
	r.Add(Figure{Name: "a", Got: "1", OK: true})
	r.Add(Figure{Name: "b", Got: "2", Want: "≤ 1"})
	if r.missed != 1 || !strings.Contains(out.String(), "MISSED  b") {
		t.Errorf("%d missed:\n%s", r.missed, out.String())
	}
}

func TestProcessorTimeAndMemoryOfThisProcess(t *testing.T) {
	if _, err := cpu(os.Getpid()); err != nil {
		t.Error(err)
	}
	if n, err := memory(os.Getpid(), "VmRSS"); err != nil || n < 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
