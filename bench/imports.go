package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"juwu/e2e/process"
)

// command runs juwu beside the server, as an officer's script would.
func (b *bed) command(args ...string) (elapsed time.Duration, peak int64, err error) {
	cmd := exec.Command(b.program, append(args, "--data", b.server.Data)...)
	cmd.Env = process.Env()
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	elapsed = time.Since(begin)
	if cmd.ProcessState != nil {
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			peak = usage.Maxrss << 10
		}
	}
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return elapsed, peak, err
}

// imports measures what a committee brings in.
func imports(b *bed) error {
	for _, part := range []func(*bed) error{importLedger, refuseBomb, importRoll} {
		if err := part(b); err != nil {
			return err
		}
	}
	return nil
}

func importLedger(b *bed) error {
	const limit, room = 1500 * time.Millisecond, 100 << 20
	file := filepath.Join(b.dir, "ledger.xlsx")
	if err := writeLedger(file, 2000); err != nil {
		return err
	}
	elapsed, peak, err := b.command("import", "accounts", file, "--community", "hemuli", "--dry-run", "--json")
	if err != nil {
		return err
	}
	b.report.Add(Figure{
		Name: "2,000 ledger rows from .xlsx, by the command, dry run",
		Got:  fmt.Sprintf("%v, %s at most", elapsed.Round(time.Millisecond), mega(peak)),
		Want: fmt.Sprintf("≤ %v, ≤ %s", limit, mega(room)), OK: elapsed <= limit && peak <= room,
	})
	return nil
}

func refuseBomb(b *bed) error {
	const limit, room = 2 * time.Second, 100 << 20
	file := filepath.Join(b.dir, "bomb.xlsx")
	if err := writeBomb(file, 512<<20); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	elapsed, peak, err := b.command("import", "accounts", file, "--community", "hemuli", "--dry-run")
	b.report.Add(Figure{
		Name: fmt.Sprintf("a %d kB .xlsx that unpacks to 512 MB is refused", info.Size()>>10),
		Got:  fmt.Sprintf("%v, %s at most, refused: %t", elapsed.Round(time.Millisecond), mega(peak), err != nil),
		Want: fmt.Sprintf("≤ %v, ≤ %s, refused", limit, mega(room)), OK: err != nil && elapsed <= limit && peak <= room,
	})
	return nil
}

// importRoll brings in a large roll while residents keep reading.
func importRoll(b *bed) error {
	const limit, patience = 20 * time.Second, 200 * time.Millisecond
	file := filepath.Join(b.dir, "roll.csv")
	if err := writeRoll(file, 20000); err != nil {
		return err
	}
	type outcome struct {
		elapsed time.Duration
		peak    int64
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		elapsed, peak, err := b.command("import", "residents", file, "--community", "hemuli")
		done <- outcome{elapsed, peak, err}
	}()
	reader := Target{URL: b.server.URL + "/hemuli", Changes: true}
	var worst time.Duration
	failed := 0
	for {
		r, err := reader.Open(100, time.Second)
		if err != nil {
			return err
		}
		worst = max(worst, r.Percentile(99))
		failed += r.Failed
		select {
		case got := <-done:
			if got.err != nil {
				return got.err
			}
			b.report.Add(Figure{
				Name: "20,000 residents while pages are served at 100/s",
				Got: fmt.Sprintf("%v, %s at most; pages' worst p99 of a second %v, %d failed",
					got.elapsed.Round(10*time.Millisecond), mega(got.peak), worst.Round(100*time.Microsecond), failed),
				Want: fmt.Sprintf("≤ %v, pages < %v", limit, patience), OK: got.elapsed <= limit && worst < patience && failed == 0,
			})
			return nil
		default:
		}
	}
}
