// Command bench prints Juwu's figures, each against something measured in the
// same run: a bare Fiber handler that sends the same bytes, or the raw
// database. Ratios are gated, because a machine's speed is not ours; absolute
// times are printed beside them. Its exit status says whether a figure was
// missed.
//
// To add a figure: a page is a line in pages; a command is a line in sections;
// a function's cost is an ordinary Go benchmark in its own package, with its
// ratio reported by b.ReportMetric (`make bench` runs those as well).
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"juwu/e2e/process"
)

// bed is what every section works on: the example community, served.
type bed struct {
	program string
	dir     string // for files of the run
	server  *process.Server
	report  *Report
}

var sections = []struct {
	name string
	run  func(*bed) error
}{
	{"memory", memories}, // first, before load has grown the heap
	{"weight", weights},
	{"decision", decision},
	{"pages", allPages},
	{"imports", imports},
	{"lighthouse", lighthouse},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		exit(bare(os.Args[2:]))
	}
	only := flag.String("only", "", "sections to run, with commas: memory,weight,decision,pages,imports,lighthouse")
	program := flag.String("program", "bin/juwu", "the program to measure")
	flag.Parse()
	exit(run(*program, *only))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(program, only string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "juwu-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := process.Start(program, filepath.Join(dir, "data"), "demo")
	if err != nil {
		return err
	}
	defer server.Stop()
	b := &bed{program: program, dir: dir, server: server, report: &Report{out: os.Stdout}}
	wanted := strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	for _, section := range sections {
		if len(wanted) > 0 && !slices.Contains(wanted, section.name) {
			continue
		}
		if err := section.run(b); err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
	}
	if b.report.missed > 0 {
		return fmt.Errorf("%d figures missed", b.report.missed)
	}
	return nil
}

func allPages(b *bed) error {
	for _, page := range pages {
		if err := weigh(b.report, b.server, page); err != nil {
			return err
		}
	}
	return nil
}

func mega(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/(1<<20)) }
