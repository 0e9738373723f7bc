package policy

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/casbin/casbin/v2/model"
	"juwu/models"
)

//go:embed roles.csv
var rolesCSV string

// maxRules keeps the matrix readable by a person. Casbin looks at every rule for
// every question, but only at load: its answers are tabled then, so that more
// capabilities cost a slower start of milliseconds and no slower page.
const maxRules = 480

const (
	effectAllow = "allow"
	effectDeny  = "deny"
	anyAction   = "*"
)

// rule is one line of roles.csv.
type rule struct {
	line   int
	kind   string // "p", "g" or "later"
	fields []string
}

func (r rule) String() string {
	return fmt.Sprintf("roles.csv:%d %s", r.line, strings.Join(r.fields, " "))
}

// readRules reads roles.csv strictly: a line that is not understood stops the
// start, because a permission that was meant and is not there, or the other
// way round, must not be found out later.
func readRules(text string) ([]rule, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', -1, true
	var rules []rule
	seen := map[string]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("roles.csv: %w", err)
		}
		line, _ := r.FieldPos(0)
		one, err := parseRule(line, record)
		if err != nil {
			return nil, err
		}
		key := one.kind + " " + strings.Join(one.fields, " ")
		if first, twice := seen[key]; twice {
			return nil, fmt.Errorf("roles.csv:%d: repeats line %d", line, first)
		}
		seen[key] = line
		rules = append(rules, one)
	}
	if len(rules) > maxRules+len(laterObjects(rules)) {
		return nil, fmt.Errorf("roles.csv: %d lines, at most %d", len(rules), maxRules)
	}
	return rules, nil
}

func parseRule(line int, record []string) (rule, error) {
	bad := func(what string) (rule, error) { return rule{}, fmt.Errorf("roles.csv:%d: %s", line, what) }
	for _, f := range record[:min(len(record), 5)] {
		if f == "" || f != strings.TrimSpace(f) {
			return bad("empty field or space around it")
		}
	}
	kind, n := record[0], len(record)
	switch {
	case kind == "p" && n >= 5:
		role, object, action, effect := record[1], record[2], record[3], record[4]
		if _, known := roleBit[models.Role(role)]; !known {
			return bad("unknown role " + role)
		}
		if effect != effectAllow && effect != effectDeny {
			return bad("neither allow nor deny: " + effect)
		}
		if object == anyAction || action == anyAction && effect != effectDeny {
			return bad("* stands for actions only, and in denials only")
		}
		return rule{line, kind, record[1:5]}, nil
	case kind == "g" && n == 3:
		for _, role := range record[1:] {
			if _, known := roleBit[models.Role(role)]; !known {
				return bad("unknown role " + role)
			}
		}
		return rule{line, kind, record[1:]}, nil
	case kind == "later" && n == 2:
		return rule{line, kind, record[1:]}, nil
	}
	return bad("not a p, g or later line")
}

func laterObjects(rules []rule) map[string]bool {
	later := map[string]bool{}
	for _, r := range rules {
		if r.kind == "later" {
			later[r.fields[0]] = true
		}
	}
	return later
}

// adapter hands the rules to Casbin. It is one way: permissions are changed in
// roles.csv, reviewed and released, never by a running program.
type adapter []rule

var errReadOnly = errors.New("policy: roles.csv is changed by a release only")

func (a adapter) LoadPolicy(m model.Model) error {
	for _, r := range a {
		if r.kind == "later" {
			continue
		}
		if err := m.AddPolicy(r.kind, r.kind, r.fields); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
	}
	return nil
}

func (adapter) SavePolicy(model.Model) error               { return errReadOnly }
func (adapter) AddPolicy(_, _ string, _ []string) error    { return errReadOnly }
func (adapter) RemovePolicy(_, _ string, _ []string) error { return errReadOnly }
func (adapter) RemoveFilteredPolicy(string, string, int, ...string) error {
	return errReadOnly
}
