// Command forbid refuses calls that have hurt programs like this one: a hidden
// clock, SQL made of pasted strings, Fiber's file functions that read outside
// their folder, GORM's schema changes that lose rows.
//
// It reads syntax only, so it needs no build and answers in a second. A line
// may be excused by a comment on it or just above that gives the reason:
//
//	//forbid:allow time.Now measures the program, decides nothing
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	findings, err := Tree(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "forbid:", err)
		os.Exit(2)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		os.Exit(1)
	}
}

// Finding is one forbidden thing at one place.
type Finding struct {
	Pos  token.Position
	Name string // what was found, as the allow comment has to name it
	Why  string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s", f.Pos, f.Name, f.Why)
}

// Tree checks every Go file under root that is ours: neither generated nor in a
// hidden, vendored or testdata folder.
func Tree(root string) ([]Finding, error) {
	var findings []Finding
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != root && skipped(d.Name()) {
				return filepath.SkipDir
			}
			found, err := folder(root, path)
			findings = append(findings, found...)
			return err
		}
		return nil
	})
	return findings, err
}

func skipped(name string) bool {
	return strings.HasPrefix(name, ".") || name == "testdata" ||
		name == "node_modules" || name == "third_party" || name == "data"
}

// folder checks the files of one folder together, because a constant declared
// in one file may stand in a query in another.
func folder(root, dir string) ([]Finding, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_templ.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	constants := constantNames(files)
	var findings []Finding
	for _, file := range files {
		rel, err := filepath.Rel(root, fset.Position(file.Pos()).Filename)
		if err != nil {
			return nil, err
		}
		c := newChecker(fset, file, filepath.ToSlash(rel), constants)
		findings = append(findings, c.run()...)
	}
	return findings, nil
}

// constantNames collects what the folder declares by const, at any level: a
// query glued from constants holds nothing a stranger typed.
func constantNames(files []*ast.File) map[string]bool {
	names := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				return true
			}
			for _, spec := range decl.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					names[id.Name] = true
				}
			}
			return true
		})
	}
	return names
}
