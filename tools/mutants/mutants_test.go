package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const source = `package p

import "errors"

func Pay(fen int, self bool) error {
	if self {
		return errors.New("nobody their own")
	}
	if err := MayPay(fen); err != nil {
		return err
	}
	if err := write(fen); err != nil {
		return err
	}
	switch {
	case fen > 100, fen < 0:
		return errors.New("amount")
	case fen == 0:
		return nil
	}
	return nil
}

func MayPay(fen int) error {
	if fen == 13 {
		return errors.New("unlucky")
	}
	return nil
}

func write(int) error { return nil }
`

func TestRefusalsAreFound(t *testing.T) {
	found, err := refusals("p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, m.Where+" "+m.What)
	}
	want := []string{"p.go:6 self", "p.go:9 err != nil", "p.go:16 fen > 100", "p.go:16 fen < 0", "p.go:25 fen == 13"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if text := string(found[0].Text); !strings.Contains(text, "if false && (self) {") {
		t.Errorf("nothing was removed:\n%s", text)
	}
}

func TestHuntTellsWhatNoTestMisses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module p\n\ngo 1.26\n",
		"p.go":   source,
		"p_test.go": `package p

import "testing"

func TestPay(t *testing.T) {
	for _, fen := range []int{13, 101} {
		if Pay(fen, false) == nil {
			t.Error(fen)
		}
	}
	if Pay(1, true) == nil {
		t.Error("own")
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	var out bytes.Buffer
	survived, err := hunt(&out, []string{"."}, regexp.MustCompile(""), 0, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	if survived != 1 || !strings.Contains(out.String(), "p.go:16: no test misses: fen < 0") {
		t.Errorf("%d survived:\n%s", survived, out.String())
	}
}
