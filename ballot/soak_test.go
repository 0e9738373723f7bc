//go:build soak

package ballot

import (
	"bufio"
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestSoakBoard is the figure for a district: 100,000 ballots of 100,000 voters
// are tallied within 60 s and audited within 10 minutes on two cores, in at
// most 300 MB. JUWU_SOAK_BALLOTS makes it smaller.
func TestSoakBoard(t *testing.T) {
	n := 100_000
	if s := os.Getenv("JUWU_SOAK_BALLOTS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	path := filepath.Join(t.TempDir(), "board.bel")
	setup := writeBoard(t, path, n)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	all, err := entries(f, info.Size())
	if err != nil || len(all) != n {
		t.Fatal(len(all), err)
	}

	resetPeak(t)
	start := time.Now()
	tally := setup.NewTally()
	a := newArchiveReader(f, info.Size())
	for {
		r, err := a.next()
		if err != nil {
			break
		}
		if b, err := ParseBallot(r.body); err == nil && !r.isEvent() {
			if err := tally.Add(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	tallied := time.Since(start)
	same(t, "tallied", tally.count, int64(n))

	start = time.Now()
	report, err := Verify(f, info.Size(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	audited := time.Since(start)
	same(t, "ballots", report.Ballots, n)
	peak := peakMemory(t)
	t.Logf("%d ballots, %d MB: tally %v, audit %v, peak memory %d MB", n, info.Size()>>20, tallied, audited, peak>>20)
	if scale := time.Duration(max(1, 100_000/n)); tallied*scale > 60*time.Second || audited*scale > 10*time.Minute {
		t.Error("too slow")
	}
	if peak > 300<<20 {
		t.Error("too much memory")
	}
}

// writeBoard opens an election for n voters, each of whom votes once.
func writeBoard(t *testing.T, path string, n int) *Setup {
	t.Helper()
	_, key, err := NewTrusteeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trustees := &Trustees{Items: []TrusteeItem{{Single: key}}}
	election := must[*Election](t)(NewElection(Election{Name: "n", Questions: benchQuestions,
		PublicKey: key.PublicKey, UUID: must[string](t)(NewUUID(rand.Reader))}))
	secrets := make([]Scalar, n)
	list := &Credentials{List: make([]Credential, n)}
	for i := range secrets {
		secrets[i] = testScalar(t)
	}
	inParallel(n, func(i int) { list.List[i] = Credential{PublicCredential(secrets[i]), 1} })
	setup := must[*Setup](t)(NewSetup(election.Bytes(), trustees.Bytes(), list.Bytes()))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	chain, header, err := NewChain(1795305030)
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte) {
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	write(header)
	write(must[[]byte](t)(chain.Setup(setup)))
	const block = 1000
	for from := 0; from < n; from += block {
		made := make([][]byte, min(block, n-from))
		inParallel(len(made), func(i int) {
			b, err := setup.MakeBallot(secrets[from+i], benchVotes, rand.Reader)
			if err == nil {
				made[i] = b.Bytes()
			}
		})
		for _, raw := range made {
			write(must[[]byte](t)(chain.Ballot(raw)))
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return setup
}

// resetPeak and peakMemory use the kernel's high-water mark of this process.
func resetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Skip("the kernel does not tell the peak of memory:", err)
	}
}

func peakMemory(t *testing.T) int64 {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "VmHWM:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
