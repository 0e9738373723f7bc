package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// printed is what can be read on the paper.
func printed(t testing.TB, p *Page) string {
	t.Helper()
	dir := os.Getenv("JUWU_SHOTS") // or it is looked at nowhere
	if dir == "" {
		dir = t.TempDir()
	}
	path := filepath.Join(dir, notInFileNames.ReplaceAllString(t.Name(), "-")+".pdf")
	if err := os.WriteFile(path, p.PDF(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext of poppler-utils: %v", err)
	}
	return string(out)
}

// papers counts them: a form feed ends every one.
func papers(text string) int { return strings.Count(text, "\f") }

// What hangs on the board prints, A4 and A3, with the figures of the page.
func TestAccountsHangOnTheBoard(t *testing.T) {
	browser(t)
	p := Open(t, Demo(t), Desktop())
	for _, paper := range []string{"", "?paper=a3"} {
		p.Visit("/hemuli/accounts/2026-09/sheet" + paper)
		p.Screenshot("board sheet " + paper)
		var sheets int
		p.eval("document.querySelectorAll('.sheet').length", &sheets)
		text := printed(t, p)
		if got := papers(text); got != sheets || sheets == 0 {
			t.Errorf("%d sheets print as %d papers (%q)", sheets, got, paper)
		}
		for _, want := range []string{"303,285.25", "78,829.88", "87,015.89", "2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("the print %q lacks %s:\n%s", paper, want, text)
			}
		}
	}
}
