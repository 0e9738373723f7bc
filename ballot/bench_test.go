package ballot

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// benchQuestions is the figure's election: nine candidates, one to five.
var benchQuestions = []Question{{Text: "委员", Answers: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, Min: 1, Max: 5}}

var benchVotes = Votes{{1, 0, 1, 0, 1, 0, 0, 0, 0}}

// BenchmarkVerifyBallot is one ballot on one core, membership tests included:
// to be compared with 11.3 ms of belenios-tool (make bench measures both).
func BenchmarkVerifyBallot(b *testing.B) {
	x := newBoard(b, benchQuestions, 1)
	raw := x.cast(0, benchVotes).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.setup.VerifyBallot(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseBallot(b *testing.B) {
	x := newBoard(b, benchQuestions, 1)
	raw := x.cast(0, benchVotes).Bytes()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseBallot(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMakeBallot(b *testing.B) {
	x := newBoard(b, benchQuestions, 1)
	for b.Loop() {
		if _, err := x.setup.MakeBallot(x.secrets[0], benchVotes, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyArchive is a board of 64 ballots on all cores, per ballot.
func BenchmarkVerifyArchive(b *testing.B) {
	x := newBoard(b, benchQuestions, 1)
	const n = 64
	for range n {
		x.cast(0, benchVotes)
	}
	for b.Loop() {
		if _, err := Verify(bytes.NewReader(x.archive), int64(len(x.archive)), Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/ballot")
}

func BenchmarkTallyAdd(b *testing.B) {
	x := newBoard(b, benchQuestions, 1)
	v := x.cast(0, benchVotes)
	tally := x.setup.NewTally()
	for b.Loop() {
		if err := tally.Add(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPowers(b *testing.B) {
	var p point
	p.fromLibrary(mustPoint(b, public(testScalar(b))))
	s := testScalar(b)
	var w powers
	b.Run("doublings", func(b *testing.B) {
		for b.Loop() {
			w.set(&p)
		}
	})
	var v point
	b.Run("exponent", func(b *testing.B) {
		for b.Loop() {
			w.mul(&v, &s)
		}
	})
	b.Run("membership", func(b *testing.B) {
		for b.Loop() {
			w.torsionFree()
		}
	})
	b.Run("fixed", func(b *testing.B) {
		v.setIdentity()
		for b.Loop() {
			generatorTable().addMul(&v, &s)
		}
	})
}

// BenchmarkAgainstBelenios verifies the same board with belenios-tool and with
// this package on one core, and compares the user time of the processor, which
// depends little on what else the machine does. What both need for an empty
// board is taken off.
func BenchmarkAgainstBelenios(b *testing.B) {
	tool := newBelenios(b)
	x := newBoard(b, benchQuestions, 1)
	empty := bytes.Clone(x.archive)
	const n = 60
	for range n {
		x.cast(0, benchVotes)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	theirs := func(archive []byte) time.Duration {
		tool.file("x.bel", archive)
		cmd := exec.Command(tool.tool, "election", "verify")
		cmd.Dir, cmd.Env = tool.dir, append(os.Environ(), "LWT_ASYNC_METHOD=none")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatal(err, string(out))
		}
		return cmd.ProcessState.UserTime()
	}
	ours := func(archive []byte) time.Duration {
		before := userTime(b)
		if _, err := verifyBytes(archive); err != nil {
			b.Fatal(err)
		}
		return userTime(b) - before
	}
	ours(empty)
	var ratios, tools, selves []float64
	for b.Loop() {
		t := theirs(x.archive) - theirs(empty)
		o := ours(x.archive) - ours(empty)
		ratios = append(ratios, float64(t)/float64(o))
		tools = append(tools, float64(t.Microseconds())/n)
		selves = append(selves, float64(o.Microseconds())/n)
	}
	b.ReportMetric(median(ratios), "times")
	b.ReportMetric(median(tools), "tool-µs/ballot")
	b.ReportMetric(median(selves), "own-µs/ballot")
}

func userTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
