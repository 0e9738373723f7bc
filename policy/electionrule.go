package policy

import (
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"juwu/internal/problem"
	"juwu/models"
)

// Rule packs are data: one file per jurisdiction, each key with its value, who
// may change it, and the source. Art. 19 leaves the particulars of elections to
// the provinces, so nothing an election does may be a constant of the program.

//go:embed packs/*.csv
var packFiles embed.FS

// RuleLock says who may change a key.
type RuleLock string

const (
	LockStatute  RuleLock = "statute"  // nobody: the national law
	LockProvince RuleLock = "province" // the province, by its pack
	LockLocal    RuleLock = "local"    // the community, by a decision
)

// Rule is one key of a pack.
type Rule struct {
	Key     string   `json:"key"`
	Value   string   `json:"value"`
	Lock    RuleLock `json:"lock"`
	Source  string   `json:"source"`            // "CL19": law and article
	Adopted string   `json:"adopted,omitempty"` // the decision that changed it
}

// Rules are all keys of one election, in the order of the page. Every key is
// there: a pack that lacks one is refused when it is read.
type Rules []Rule

// ruleKind is a key's type and its allowed values.
type ruleKind struct {
	kind        string
	choices     []string
	least, most int
}

type packs struct {
	order []string
	kinds map[string]ruleKind
	packs map[string]Rules
}

// DefaultPack is the national law for cities.
const DefaultPack = "urban2025"

var electionPacks = sync.OnceValue(func() packs {
	p, err := readPacks()
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	return p
})

func readPacks() (packs, error) {
	p := packs{kinds: map[string]ruleKind{}, packs: map[string]Rules{}}
	rows, _, err := packRows("keys")
	if err != nil {
		return p, err
	}
	for _, r := range rows {
		k := ruleKind{kind: r[1]}
		words := strings.Fields(r[2])
		switch k.kind {
		case "int":
			if _, err := fmt.Sscan(r[2], &k.least, &k.most); err != nil {
				return p, fmt.Errorf("packs/keys.csv: %s: %w", r[0], err)
			}
		case "choice":
			k.choices = words
		case "bool", "share":
		default:
			return p, fmt.Errorf("packs/keys.csv: %s: unknown type %q", r[0], k.kind)
		}
		p.order, p.kinds[r[0]] = append(p.order, r[0]), k
	}
	files, err := packFiles.ReadDir("packs")
	if err != nil {
		return p, err
	}
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), ".csv"); name != "keys" {
			if _, err := p.load(name); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// packRows reads a file; base is the pack it extends.
func packRows(name string) (rows [][]string, base string, err error) {
	b, err := packFiles.ReadFile("packs/" + name + ".csv")
	if err != nil {
		return nil, "", err
	}
	r := csv.NewReader(strings.NewReader(string(b)))
	r.Comment, r.FieldsPerRecord = '#', -1
	all, err := r.ReadAll()
	if err != nil {
		return nil, "", fmt.Errorf("packs/%s.csv: %w", name, err)
	}
	for _, row := range all {
		switch {
		case len(row) == 2 && row[0] == "extends":
			base = row[1]
		case row[0] == "key":
		default:
			rows = append(rows, row)
		}
	}
	return rows, base, nil
}

func (p packs) load(name string) (Rules, error) {
	if done := p.packs[name]; done != nil {
		return done, nil
	}
	rows, base, err := packRows(name)
	if err != nil {
		return nil, err
	}
	var rules Rules
	if base != "" {
		under, err := p.load(base)
		if err != nil {
			return nil, err
		}
		rules = slices.Clone(under)
	}
	for _, row := range rows {
		if len(row) != 4 {
			return nil, fmt.Errorf("packs/%s.csv: %v has not four fields", name, row)
		}
		rule := Rule{Key: row[0], Value: row[1], Lock: RuleLock(row[2]), Source: row[3]}
		if err := p.check(rule); err != nil {
			return nil, fmt.Errorf("packs/%s.csv: %w", name, err)
		}
		if i := rules.at(rule.Key); i >= 0 {
			rules[i] = rule
		} else {
			rules = append(rules, rule)
		}
	}
	slices.SortFunc(rules, func(a, b Rule) int { return slices.Index(p.order, a.Key) - slices.Index(p.order, b.Key) })
	if len(rules) != len(p.order) {
		return nil, fmt.Errorf("packs/%s.csv: %d keys, want %d", name, len(rules), len(p.order))
	}
	p.packs[name] = rules
	return rules, nil
}

func (p packs) check(r Rule) error {
	k, known := p.kinds[r.Key]
	if !known {
		return fmt.Errorf("unknown key %q", r.Key)
	}
	if r.Lock != LockStatute && r.Lock != LockProvince && r.Lock != LockLocal {
		return fmt.Errorf("%s: unknown lock %q", r.Key, r.Lock)
	}
	ok := false
	switch k.kind {
	case "int":
		n, err := strconv.Atoi(r.Value)
		ok = err == nil && n >= k.least && n <= k.most
	case "bool":
		ok = r.Value == "true" || r.Value == "false"
	case "choice":
		ok = slices.Contains(k.choices, r.Value)
	case "share":
		_, err := ParseShare(r.Value)
		ok = err == nil
	}
	if !ok {
		return fmt.Errorf("%s: %q is no %s", r.Key, r.Value, k.kind)
	}
	return nil
}

// Packs are the names of all rule packs, the national one first.
func Packs() []string {
	names := []string{DefaultPack}
	for name := range electionPacks().packs {
		if name != DefaultPack {
			names = append(names, name)
		}
	}
	slices.Sort(names[1:])
	return names
}

// PackRules are the rules of a pack as it stands; nil for an unknown one.
func PackRules(name string) Rules { return slices.Clone(electionPacks().packs[name]) }

// RuleChoices are the values a key may have on a form; nil where a number or a
// share is typed.
func RuleChoices(key string) []string {
	k := electionPacks().kinds[key]
	if k.kind == "bool" {
		return []string{"true", "false"}
	}
	return k.choices
}

func (r Rules) at(key string) int {
	return slices.IndexFunc(r, func(x Rule) bool { return x.Key == key })
}

// Get is the rule of a key; the zero Rule if there is none.
func (r Rules) Get(key string) Rule {
	if i := r.at(key); i >= 0 {
		return r[i]
	}
	return Rule{}
}

// Choice, Int, Bool and Share read a value; a key that is not there reads as
// nothing allowed.
func (r Rules) Choice(key string) string { return r.Get(key).Value }

func (r Rules) Int(key string) int {
	n, _ := strconv.Atoi(r.Get(key).Value)
	return n
}

func (r Rules) Bool(key string) bool { return r.Get(key).Value == "true" }

func (r Rules) Share(key string) Share {
	s, _ := ParseShare(r.Get(key).Value)
	return s
}

// Diff lists the keys in which two sets of rules differ, in the order of the
// page: the old and the new one.
func (r Rules) Diff(other Rules) (pairs [][2]Rule) {
	for i := range r {
		if o := other.Get(r[i].Key); o.Value != r[i].Value || o.Lock != r[i].Lock {
			pairs = append(pairs, [2]Rule{r[i], o})
		}
	}
	return pairs
}

// Adopt changes a locally adoptable key by a decision; it returns new rules.
// Refusals: Forbidden for a locked key, Invalid for a value or a missing
// decision.
func (r Rules) Adopt(key, value, decision string) (Rules, error) {
	i := r.at(key)
	if i < 0 {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if r[i].Lock != LockLocal {
		return nil, problem.New(problem.Forbidden, "election.rule.locked", nil).Because("rule pack: " + key + " is " + string(r[i].Lock))
	}
	var f problem.Form
	changed := r[i]
	changed.Value, changed.Adopted = value, strings.TrimSpace(decision)
	if electionPacks().check(changed) != nil {
		f.Add("value", "election.rule.value", nil)
	}
	if len([]rune(changed.Adopted)) < 4 {
		f.Add("decision", "election.rule.decision", nil)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	out := slices.Clone(r)
	out[i] = changed
	return out, nil
}

// ReadRules reads what an election has frozen; broken data is no rules at all.
func ReadRules(e *models.Election) Rules {
	var r Rules
	if json.Unmarshal(e.Rules, &r) != nil {
		return nil
	}
	return r
}

// Share is a part of a whole with its bound: 过半数 is >1/2, 三分之二以上 >=2/3.
type Share struct {
	Num, Den int
	Strict   bool
}

// ParseShare reads ">1/2" or ">=1/3".
func ParseShare(s string) (Share, error) {
	var sh Share
	rest, strict := strings.CutPrefix(s, ">")
	if !strict {
		return sh, fmt.Errorf("share %q", s)
	}
	sh.Strict = true
	if r, ok := strings.CutPrefix(rest, "="); ok {
		sh.Strict, rest = false, r
	}
	num, den, _ := strings.Cut(rest, "/")
	var err error
	if sh.Num, err = strconv.Atoi(num); err != nil {
		return sh, fmt.Errorf("share %q", s)
	}
	if sh.Den, err = strconv.Atoi(den); err != nil || sh.Num <= 0 || sh.Den < sh.Num {
		return sh, fmt.Errorf("share %q", s)
	}
	return sh, nil
}

// Met compares in integers. A share of nobody is never met, and neither is the
// zero Share: a rule that could not be read lets nothing through.
func (s Share) Met(part, whole int) bool {
	if whole <= 0 || s.Den == 0 {
		return false
	}
	if s.Strict {
		return part*s.Den > whole*s.Num
	}
	return part*s.Den >= whole*s.Num
}

// Needed is the smallest part that meets the share.
func (s Share) Needed(whole int) int {
	if s.Den == 0 {
		return whole + 1
	}
	n := whole * s.Num / s.Den
	for !s.Met(n, whole) && n <= whole {
		n++
	}
	return n
}

func (s Share) String() string {
	sign := ">="
	if s.Strict {
		sign = ">"
	}
	return sign + strconv.Itoa(s.Num) + "/" + strconv.Itoa(s.Den)
}
