package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// asked are the keys that the program asks for, and where.
type asked struct {
	strict   map[string]string   // key → place: an argument of T, problem.New, Add, Field …
	mention  map[string]struct{} // every text of the program that has the shape of a key
	families map[string]string   // beginning → place: "account.state."
}

var (
	keyShape    = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-zA-Z0-9_-]+)+$`)
	familyShape = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-zA-Z0-9_-]+)*\.$`)
	// comment declares keys that no text of the program spells out, because
	// they come from data: //i18n:family disclosure.item.
	comment = regexp.MustCompile(`(?m)^\s*//\s?i18n:(family|keys)\s+(.+)$`)
)

// calls are functions whose arguments that look like keys must be keys.
var calls = map[string]bool{
	"T": true, "Add": true, "New": true, "Field": true, "Optional": true, "Text": true, "Refuse": true,
}

// skipped folders hold no source of ours.
var skipped = map[string]bool{
	"node_modules": true, "third_party": true, "testdata": true, ".git": true, "bin": true, "data": true,
	"dist": true, "bench": true, "e2e": true, "tools": true,
}

// scan reads the Go code of the program, of which the generated pages are a part:
// reading those takes a tenth of the time of generating them once more.
func scan(t *testing.T) asked {
	t.Helper()
	a := asked{map[string]string{}, map[string]struct{}{}, map[string]string{}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped[d.Name()]:
			return fs.SkipDir
		case d.IsDir():
			return nil
		case strings.HasSuffix(path, "_test.go"):
			return nil
		case strings.HasSuffix(path, ".go"):
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return a.goFile(path, src)
		case strings.HasSuffix(path, ".csv"):
			return a.dataFile(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (a asked) dataFile(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, cell := range strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(",\"\n\r\t ;|", r) }) {
		a.mention[cell] = struct{}{}
	}
	return nil
}

func (a asked) goFile(path string, src []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, m := range comment.FindAllStringSubmatch(string(src), -1) {
		for _, word := range strings.Fields(m[2]) {
			if m[1] == "family" {
				a.families[word] = path
			} else {
				a.strict[word] = path
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			a.literal(path, n)
		case *ast.CallExpr:
			if calls[called(n)] {
				for _, arg := range n.Args {
					a.must(path, arg)
				}
			}
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok && (id.Name == "Key" || strings.HasSuffix(id.Name, "Key")) {
				a.must(path, n.Value)
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if i < len(n.Values) && strings.HasPrefix(strings.ToLower(name.Name), "key") && !strings.HasSuffix(name.Name, "File") {
					a.must(path, n.Values[i])
				}
			}
		}
		return true
	})
	return nil
}

func called(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// must notes a literal that has the shape of a key as one that must exist.
func (a asked) must(path string, e ast.Expr) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	if s, err := strconv.Unquote(lit.Value); err == nil && keyShape.MatchString(s) && !strings.ContainsAny(s, "/") {
		a.strict[s] = path
	}
}

func (a asked) literal(path string, lit *ast.BasicLit) {
	if lit.Kind != token.STRING {
		return
	}
	s, err := strconv.Unquote(lit.Value)
	switch {
	case err != nil:
	case familyShape.MatchString(s):
		a.families[s] = path
	case keyShape.MatchString(s):
		a.mention[s] = struct{}{}
	}
}

func templFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && skipped[d.Name()] {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".templ") {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
