package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// Mutant is a file with one refusal taken out.
type Mutant struct {
	Package, File string
	Where         string // file:line
	What          string // the condition that no longer refuses
	Text          []byte // the whole changed file
}

// refusals makes a mutant for every refusal of a file.
func refusals(path string, text []byte) ([]Mutant, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []Mutant
	remove := func(cond ast.Expr) {
		from, to := fset.Position(cond.Pos()), fset.Position(cond.End())
		what := string(text[from.Offset:to.Offset])
		changed := slices.Concat(text[:from.Offset], []byte("false && ("+what+")"), text[to.Offset:])
		all = append(all, Mutant{
			File: path, Where: fmt.Sprintf("%s:%d", filepath.Base(path), from.Line), What: what, Text: changed,
		})
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if refuses(n.Body.List) && decides(n.Init, n.Cond) {
				remove(n.Cond)
			}
		case *ast.SwitchStmt:
			if n.Tag == nil {
				eachCase(n, remove)
			}
		}
		return true
	})
	return all, nil
}

func eachCase(n *ast.SwitchStmt, remove func(ast.Expr)) {
	for _, stmt := range n.Body.List {
		clause := stmt.(*ast.CaseClause)
		if !refuses(clause.Body) {
			continue
		}
		for _, cond := range clause.List {
			if decides(nil, cond) {
				remove(cond)
			}
		}
	}
}

// refuses tells whether a block ends by handing back something that is not nil.
func refuses(block []ast.Stmt) bool {
	if len(block) == 0 {
		return false
	}
	ret, ok := block[len(block)-1].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	switch last := ret.Results[len(ret.Results)-1].(type) {
	case *ast.Ident:
		return last.Name != "nil" && last.Name != "true"
	case *ast.CallExpr, *ast.UnaryExpr, *ast.CompositeLit, *ast.SelectorExpr:
		return true
	}
	return false
}

// decides leaves out what only hands on the failure of something else: no test
// can make every disk and every database fail. A failure of a question, such as
// policy.MayPublish or CheckBalance, is a decision.
func decides(init ast.Stmt, cond ast.Expr) bool {
	compare, ok := cond.(*ast.BinaryExpr)
	if !ok || compare.Op != token.NEQ || !isNil(compare.Y) {
		return true
	}
	assign, ok := init.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return false
	}
	call, ok := assign.Rhs[0].(*ast.CallExpr)
	return ok && asks(call.Fun)
}

func isNil(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "nil"
}

func asks(fun ast.Expr) bool {
	name := ""
	switch f := fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		if id, ok := f.X.(*ast.Ident); ok && id.Name == "policy" {
			return true
		}
		name = f.Sel.Name
	}
	name = strings.ToLower(name)
	for _, word := range []string{"may", "check", "valid", "verify", "refuse", "require", "must"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}
