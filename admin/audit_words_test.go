package admin

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"juwu/i18n"
)

// Acts whose end is a value: after the prefix comes an action of a state table,
// or a value of one of these types of models, or one of the words given.
var auditEnds = map[string][]string{
	"account.":             {"sent_back", "dropped"},
	"appointment.":         {"ProposalState", "appoint", "end"},
	"ballot.":              {"announce", "assemble", "drop", "end", "few", "fix", "list", "open", "pass", "restart", "tally"},
	"cobuild.":             {"CobuildState"},
	"correction.":          {"CorrectionState"},
	"decision.":            {"DecisionNoteKind"},
	"disclosure.":          {"CallKind"},
	"election.candidate.":  {"accept", "exclude", "formal", "move_up", "pass", "reserve", "withdraw"},
	"election.nomination.": {"accept", "decline", "drop", "gather", "propose", "refuse", "submit"},
	"election.proxy.":      {"ProxyState"},
	"help.":                {"yes", "no"},
	"hours.":               {"approve", "refuse"},
	"kinship.":             {"KinshipSource"},
	"link.":                {"LinkState", "moved", "dead"},
	"matter.":              {"change", "decide", "draft", "drop", "list", "publish", "reject", "unlist"},
	"meeting.":             {"PlaceState"},
	"points.":              {"RedemptionState"},
	"poll.":                {"received", "spoiled", "unused", "refused", "seal"},
	"poll.envelope.":       {"EnvelopeState"},
	"resident.":            {"moved", "dead"},
	"second_factor.reset_": {"ask", "done", "dropped"},
	"signup.":              {"SignupState"},
	"swap.":                {"SwapState"},
	"team.":                {"TeamState"},
	"volunteer.":           {"VolunteerState"},
	"case.": {"accept", "accept_answer", "answer", "ask", "assist", "assist_done", "call_back", "close", "deliberate", "dispatch",
		"escalate", "extend", "file", "hand_over", "link", "merge", "note", "order", "outer", "rate", "recuse", "redact", "refuse",
		"register", "reopen", "reply", "reserve", "resume", "return", "revive", "send_back", "split", "triage", "withdraw"},
}

// Ends and whole acts that are put together of two variables.
var (
	auditTails   = map[string][]string{".stage": {"account", "budget", "resident", "volunteers", "hours"}, ".import": {"volunteers", "hours"}, ".drop": {"volunteers", "hours"}}
	auditCarried = []string{"inquiry.order", "inquiry.close"}
	auditBy      = []string{"Audit", "AuditUnnamed", "AuditAside", "auditCase", "auditTarget"}
)

// Whatever the program notes in the record of acts is read there in words: no
// act stands there as its code, in either language.
func TestEveryActOfTheRecordHasWords(t *testing.T) {
	values, texts, acts := map[string][]string{}, map[string]string{}, map[string]bool{}
	for _, file := range parsed(t, "../models") {
		constants(file, values, map[string]string{})
	}
	store := parsed(t, "../internal/store")
	for _, file := range store {
		constants(file, map[string][]string{}, texts)
	}
	for _, file := range store {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains(auditBy, name.Sel.Name) {
				return true
			}
			at := 0
			if name.Sel.Name == "auditCase" {
				at = 1
			}
			for _, act := range actsOf(t, call.Args[at], values, texts) {
				acts[act] = true
			}
			return true
		})
	}
	for _, act := range auditCarried {
		acts[act] = true
	}
	if len(acts) < 350 {
		t.Errorf("only %d acts were found", len(acts))
	}
	catalogue, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, words := range catalogue.All() {
		for _, act := range slices.Sorted(maps.Keys(acts)) {
			subject, _, _ := strings.Cut(act, ".")
			if auditSubjectKey(words.Has, subject) == "" {
				t.Errorf("%s: %s is about something without words", words.Tag, act)
			}
			if auditDidKey(words.Has, act) == "" {
				t.Errorf("%s: %s has no words", words.Tag, act)
			}
		}
	}
}

func actsOf(t *testing.T, e ast.Expr, values map[string][]string, texts map[string]string) (acts []string) {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return []string{s}
	case *ast.Ident:
		if s, ok := texts[e.Name]; ok {
			return []string{s}
		}
		return nil // handed on by one of auditBy itself
	case *ast.BinaryExpr:
		if prefix, ok := e.X.(*ast.BasicLit); ok {
			s, _ := strconv.Unquote(prefix.Value)
			if auditEnds[s] == nil {
				t.Errorf("say in auditEnds what can follow %q", s)
			}
			for _, end := range auditEnds[s] {
				for _, end := range append(values[end], lower(end)...) {
					acts = append(acts, s+end)
				}
			}
			return acts
		}
		if tail, ok := e.Y.(*ast.BasicLit); ok {
			s, _ := strconv.Unquote(tail.Value)
			if auditTails[s] == nil {
				t.Errorf("say in auditTails what can stand before %q", s)
			}
			for _, subject := range auditTails[s] {
				acts = append(acts, subject+s)
			}
		}
	}
	return acts
}

// lower is a word as it is; the name of a type is none.
func lower(s string) []string {
	if s == strings.ToLower(s) {
		return []string{s}
	}
	return nil
}

func parsed(t *testing.T, dir string) (files []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// constants of a file: texts by their type, and texts without a type by name.
func constants(file *ast.File, values map[string][]string, texts map[string]string) {
	for _, decl := range file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.CONST {
			continue
		}
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			for i, value := range v.Values {
				lit, ok := value.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					continue
				}
				s, _ := strconv.Unquote(lit.Value)
				if kind, ok := v.Type.(*ast.Ident); ok {
					values[kind.Name] = append(values[kind.Name], s)
				} else {
					texts[v.Names[i].Name] = s
				}
			}
		}
	}
}
