package main

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// checker walks one file.
type checker struct {
	fset      *token.FileSet
	file      *ast.File
	path      string
	constants map[string]bool
	imported  map[string]string // local name → import path
	allowed   map[int]string    // line → name excused there
	findings  []Finding
}

func newChecker(fset *token.FileSet, file *ast.File, path string, constants map[string]bool) *checker {
	return &checker{
		fset: fset, file: file, path: path, constants: constants,
		imported: localNames(file), allowed: excuses(fset, file),
	}
}

var versionSuffix = regexp.MustCompile(`^v[0-9]+$`)

func localNames(file *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range file.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(full)
		if versionSuffix.MatchString(name) {
			name = path.Base(path.Dir(full))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = full
	}
	return names
}

const excuse = "//forbid:allow "

// excuses reads the allow comments. An excuse without a reason excuses nothing.
func excuses(fset *token.FileSet, file *ast.File) map[int]string {
	lines := map[int]string{}
	for _, group := range file.Comments {
		for _, c := range group.List {
			rest, ok := strings.CutPrefix(c.Text, excuse)
			if !ok {
				continue
			}
			name, reason, _ := strings.Cut(rest, " ")
			if strings.TrimSpace(reason) == "" {
				continue
			}
			line := fset.Position(c.Pos()).Line
			lines[line], lines[line+1] = name, name
		}
	}
	return lines
}

func (c *checker) run() []Finding {
	for _, spec := range c.file.Imports {
		if full, err := strconv.Unquote(spec.Path.Value); err == nil {
			c.apply(imports, full, spec)
		}
	}
	ast.Inspect(c.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			c.selector(n)
		case *ast.CallExpr:
			c.call(n)
		case *ast.Ident:
			c.apply(words, n.Name, n)
		case *ast.BasicLit:
			c.text(n)
		}
		return true
	})
	return c.findings
}

// selector looks at a mention, not only a call: `now: time.Now` hides the clock
// just as well.
func (c *checker) selector(n *ast.SelectorExpr) {
	if id, ok := n.X.(*ast.Ident); ok {
		if full, ok := c.imported[id.Name]; ok {
			c.apply(functions, full+"."+n.Sel.Name, n)
			return
		}
	}
	c.apply(methods, n.Sel.Name, n)
}

func (c *checker) text(n *ast.BasicLit) {
	if n.Kind != token.STRING || under(c.path, "tools/forbid") {
		return
	}
	for word := range words {
		if strings.Contains(n.Value, word) {
			c.apply(words, word, n)
		}
	}
}

func (c *checker) apply(rules map[string]rule, key string, n ast.Node) {
	if r, ok := rules[key]; ok && !r.allow(c.path) {
		c.report(n, r.name, r.why)
	}
}

func (c *checker) report(n ast.Node, name, why string) {
	pos := c.fset.Position(n.Pos())
	if c.allowed[pos.Line] == name {
		return
	}
	pos.Filename = c.path
	c.findings = append(c.findings, Finding{Pos: pos, Name: name, Why: why})
}

const pasted = "texts pasted into SQL are how injections start: use ? and arguments"

// call refuses text built at run time as the query of a database call. Tests may
// build theirs: no stranger types into them.
func (c *checker) call(n *ast.CallExpr) {
	sel, ok := n.Fun.(*ast.SelectorExpr)
	if !ok || !queries[sel.Sel.Name] || isTest(c.path) || c.elsewhere(sel) {
		return
	}
	for _, arg := range n.Args {
		if c.built(arg) {
			c.report(arg, "sql", pasted)
		}
	}
}

// elsewhere tells a function of an unrelated package (cmp.Or) from a method of a
// query.
func (c *checker) elsewhere(sel *ast.SelectorExpr) bool {
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	full, imported := c.imported[id.Name]
	return imported && !strings.HasPrefix(full, "gorm.io/")
}

// built reports whether an expression makes a text by formatting or by gluing
// something that is not constant.
func (c *checker) built(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return c.built(e.X)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && c.holdsText(e) && !c.constant(e)
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok {
			return false
		}
		name := c.imported[id.Name] + "." + sel.Sel.Name
		return name == "fmt.Sprintf" || name == "fmt.Sprint" || name == "strings.Join"
	}
	return false
}

// holdsText tells a glued text from a sum of numbers, as far as syntax can.
func (c *checker) holdsText(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			found = true
		}
		return !found
	})
	return found
}

func (c *checker) constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return c.constants[e.Name]
	case *ast.ParenExpr:
		return c.constant(e.X)
	case *ast.BinaryExpr:
		return c.constant(e.X) && c.constant(e.Y)
	}
	return false
}
