package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// Sizes a reader can hold in mind (house-style.md 3.7).
const (
	maxFunctionLines = 60
	maxFileLines     = 400
	maxTestFileLines = 600 // tables are long and read one row at a time
)

type source struct {
	path string
	text []byte
}

// sources are our own files with one of the endings, generated ones left out.
func sources(t *testing.T, endings ...string) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			switch {
			case path == ".":
				return nil
			case strings.HasPrefix(name, "."), name == "node_modules", name == "testdata",
				name == "third_party", name == "dist", name == "data", name == "bin":
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_templ.go") {
			return nil
		}
		for _, ending := range endings {
			if strings.HasSuffix(name, ending) {
				text, err := os.ReadFile(path)
				all = append(all, source{filepath.ToSlash(path), text})
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesStaySmall(t *testing.T) {
	for _, s := range sources(t, ".go", ".templ", ".ts") {
		limit := maxFileLines
		if strings.HasSuffix(s.path, "_test.go") {
			limit = maxTestFileLines
		}
		if lines := bytes.Count(s.text, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines, more than %d", s.path, lines, limit)
		}
	}
}

func TestFunctionsStaySmall(t *testing.T) {
	for _, s := range sources(t, ".go") {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		fset, file := parse(t, s)
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			from, to := fset.Position(fn.Pos()).Line, fset.Position(fn.End()).Line
			if lines := to - from + 1; lines > maxFunctionLines {
				t.Errorf("%s:%d: %s has %d lines, more than %d", s.path, from, fn.Name.Name, lines, maxFunctionLines)
			}
		}
	}
}

func parse(t *testing.T, s source) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, s.path, s.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return fset, file
}

// chinese reports whether a text holds what only a catalogue should: Han
// characters or Chinese punctuation.
func chinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.Is(unicode.Han, r) || r >= 0x3001 && r <= 0x303f
	})
}

// readsChinese are the folders whose work is Chinese text itself: catalogues,
// the readers of column names in committees' spreadsheets, and the stories,
// which find things by the words on them.
func readsChinese(path string) bool {
	return strings.HasPrefix(path, "i18n/") || strings.HasPrefix(path, "internal/sheet/") || strings.HasPrefix(path, "e2e/")
}

// wordsExcuse on a line, with a reason, allows a Chinese literal there.
const wordsExcuse = "//words:allow "

func TestNoChineseInGo(t *testing.T) {
	for _, s := range sources(t, ".go") {
		if strings.HasSuffix(s.path, "_test.go") || readsChinese(s.path) {
			continue
		}
		lines := strings.Split(string(s.text), "\n")
		fset, file := parse(t, s)
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			// A single character is something to recognise, not to say.
			if !ok || lit.Kind != token.STRING || !chinese(lit.Value) {
				return true
			}
			line := fset.Position(lit.Pos()).Line
			if !strings.Contains(lines[line-1], wordsExcuse) {
				t.Errorf("%s:%d: Chinese literal %s: words come from i18n by key", s.path, line, lit.Value)
			}
			return true
		})
	}
}

var (
	templComment = regexp.MustCompile(`(?s)/\*.*?\*/|<!--.*?-->|(^|\s)//[^\n]*`)
	// englishText is two words of plain text between two tags on one line.
	englishText = regexp.MustCompile(`>[^<>{}@=]*[A-Za-z]{2,} [A-Za-z]{2,}[^<>{}@=]*<`)
)

func TestNoSentencesInTempl(t *testing.T) {
	for _, s := range sources(t, ".templ") {
		text := templComment.ReplaceAllStringFunc(string(s.text), func(c string) string {
			return strings.Repeat("\n", strings.Count(c, "\n"))
		})
		for i, line := range strings.Split(text, "\n") {
			if chinese(line) || englishText.MatchString(line) {
				t.Errorf("%s:%d: words come from i18n by key: %s", s.path, i+1, strings.TrimSpace(line))
			}
		}
	}
}
