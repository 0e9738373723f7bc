// Command mutants removes refusals one by one and expects the package's tests
// to go red each time. A refusal is an if or a case that ends by returning
// something other than nil: "not your own claim", "does not balance", "point
// not in the group". A refusal that can go without any test noticing is a
// refusal nobody has.
//
//	go run ./tools/mutants [-sample N -seed S] [-file REGEXP] [-run REGEXP] PACKAGE...
//
// It exits with status 1 if a mutant survived.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2" //forbid:allow math/rand/v2 a seeded sample has to be repeatable
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// guarded are the packages whose refusals are law, money or votes.
var guarded = []string{"./policy", "./models", "./internal/sheet", "./ballot", "./internal/store"}

func main() {
	sample := flag.Int("sample", 0, "try only so many, chosen by -seed; 0 tries all")
	seed := flag.Uint64("seed", 1, "of the sample")
	tests := flag.String("run", "", "only these tests, as for go test")
	file := flag.String("file", "", "only refusals of files with such a name")
	flag.Parse()
	named, err := regexp.Compile(*file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	packages := flag.Args()
	if len(packages) == 0 {
		packages = guarded
	}
	survived, err := hunt(os.Stdout, packages, named, *sample, *seed, *tests)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	case survived > 0:
		os.Exit(1)
	}
}

func hunt(out io.Writer, packages []string, named *regexp.Regexp, sample int, seed uint64, tests string) (survived int, err error) {
	var all []Mutant
	for _, pkg := range packages {
		found, err := inPackage(pkg)
		if err != nil {
			return 0, err
		}
		for _, m := range found {
			if named.MatchString(filepath.Base(m.File)) {
				all = append(all, m)
			}
		}
	}
	if sample > 0 && sample < len(all) {
		rng := rand.New(rand.NewPCG(seed, 0))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:sample]
	}
	killed, stillborn := 0, 0
	for _, m := range all {
		switch fate, err := try(m, tests); {
		case err != nil:
			return survived, err
		case fate == lived:
			survived++
			fmt.Fprintf(out, "%s: no test misses: %s\n", m.Where, m.What)
		case fate == unborn:
			stillborn++
		default:
			killed++
		}
	}
	fmt.Fprintf(out, "%d refusals removed: %d noticed, %d not, %d did not compile\n", len(all), killed, survived, stillborn)
	return survived, nil
}

type fate int

const (
	died fate = iota
	lived
	unborn // the mutant does not compile, so it proves nothing
)

// try tests the package with one file replaced, by the go command's overlay:
// the tree itself is never touched.
func try(m Mutant, tests string) (fate, error) {
	dir, err := os.MkdirTemp("", "juwu-mutant")
	if err != nil {
		return died, err
	}
	defer os.RemoveAll(dir)
	changed, overlay := filepath.Join(dir, "m.go"), filepath.Join(dir, "overlay.json")
	index, err := json.Marshal(map[string]map[string]string{"Replace": {m.File: changed}})
	if err != nil {
		return died, err
	}
	if err := os.WriteFile(changed, m.Text, 0o600); err != nil {
		return died, err
	}
	if err := os.WriteFile(overlay, index, 0o600); err != nil {
		return died, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	args := []string{"test", "-overlay", overlay, "-vet=off", "-short", "-failfast", "-count=1", "-timeout", "3m"}
	if tests != "" {
		args = append(args, "-run", tests)
	}
	out, err := exec.CommandContext(ctx, "go", append(args, m.Package)...).CombinedOutput()
	switch {
	case err == nil:
		return lived, nil
	case bytes.Contains(out, []byte("[build failed]")):
		return unborn, nil
	}
	return died, nil
}

// inPackage finds the refusals of a package's own files.
func inPackage(pkg string) ([]Mutant, error) {
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}\n{{range .GoFiles}}{{.}}\n{{end}}", pkg).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", pkg, err)
	}
	lines := strings.Fields(string(out))
	var all []Mutant
	for _, name := range lines[1:] {
		if strings.HasSuffix(name, "_templ.go") {
			continue
		}
		path := filepath.Join(lines[0], name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		found, err := refusals(path, text)
		if err != nil {
			return nil, err
		}
		for i := range found {
			found[i].Package = pkg
		}
		all = append(all, found...)
	}
	return all, nil
}
