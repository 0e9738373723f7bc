package policy

import (
	"juwu/internal/problem"
	"juwu/models"
)

// Mark on a paper ballot.
type Mark string

const (
	MarkFor     Mark = "for"
	MarkAgainst Mark = "against"
	MarkAbstain Mark = "abstain"
)

// Marks is one paper ballot as it lies on the table. A candidate or write-in
// without a mark was left empty.
type Marks struct {
	Damaged  bool                `json:"damaged,omitempty"`  // torn, not the official paper, not to be read, or a helper changed the will
	Of       map[models.ID]Mark  `json:"of,omitempty"`       // candidates and accepted write-ins by id
	Stranger map[models.Post]int `json:"stranger,omitempty"` // names written in that are not on the roll
}

// Verdict on one ballot.
type Verdict struct {
	State    string                 // "valid", "invalid", "blank"
	Reason   string                 // i18n key of why it is invalid
	Counts   map[models.ID]Mark     // what is counted
	Sections map[models.Post]string // sections that are void, with their reason
}

// Contender is who a ballot may be marked for: a candidate or a write-in.
type Contender struct {
	ID        models.ID
	Resident  models.ID
	Post      models.Post
	Name      string
	Woman     bool
	WriteIn   bool
	Candidate models.ID // the row of the candidate; 0 for write-ins
}

// ReadBallot applies the published rules of validity (domain.md B4) to one
// ballot: more names than seats, one person for two posts, names not on the
// roll, nothing marked.
func ReadBallot(m Marks, posts []models.ElectionPost, contenders []Contender, rules Rules) Verdict {
	v := Verdict{State: "valid", Counts: map[models.ID]Mark{}, Sections: map[models.Post]string{}}
	if m.Damaged {
		return Verdict{State: "invalid", Reason: "election.ballot.damaged"}
	}
	chosen, marked := map[models.Post]int{}, 0
	posted := map[models.ID]int{}
	for _, c := range contenders {
		mark, ok := m.Of[c.ID]
		if !ok {
			continue
		}
		marked++
		if c.WriteIn && !rules.Bool("ballot.write_in") {
			continue
		}
		v.Counts[c.ID] = mark
		if mark == MarkFor {
			chosen[c.Post]++
			posted[c.Resident]++
		}
	}
	for post, n := range m.Stranger { // void names still fill a line of the section
		chosen[post] += n
		marked += n
	}
	if marked == 0 {
		return blankVerdict(rules)
	}
	for _, p := range posts {
		if chosen[p.Post] > p.Seats {
			if rules.Choice("ballot.overvote") == "ballot" {
				return Verdict{State: "invalid", Reason: "election.ballot.overvote"}
			}
			v.Sections[p.Post] = "election.ballot.overvote"
		}
	}
	if rules.Choice("ballot.dual_post") == "invalid" {
		for _, n := range posted {
			if n > 1 {
				return Verdict{State: "invalid", Reason: "election.ballot.dual"}
			}
		}
	}
	for _, c := range contenders {
		if v.Sections[c.Post] != "" {
			delete(v.Counts, c.ID)
		}
	}
	return v
}

func blankVerdict(rules Rules) Verdict {
	if rules.Choice("ballot.blank") == "invalid" {
		return Verdict{State: "invalid", Reason: "election.ballot.blank"}
	}
	return Verdict{State: "blank"}
}

// Tally is what a heap of ballots adds up to, as a tally sheet has it. Keys
// are "valid", "invalid", "blank" and a mark with an id: "for:42".
type Tally map[string]int

// Add puts the ballots of another heap to these.
func (t Tally) Add(other Tally) {
	for k, n := range other {
		t[k] += n
	}
}

// Ballots is how many lay in the heap.
func (t Tally) Ballots() int { return t["valid"] + t["invalid"] + t["blank"] }

// TallyKey names the count of a mark for somebody.
func TallyKey(m Mark, id models.ID) string { return string(m) + ":" + id.String() }

// Count adds one ballot.
func (t Tally) Count(v Verdict) {
	t[v.State]++
	for id, m := range v.Counts {
		t[TallyKey(m, id)]++
	}
}

// TallyKeys are all lines of a sheet in the order of the ballot.
func TallyKeys(contenders []Contender) []string {
	keys := []string{"valid", "invalid", "blank"}
	for _, c := range contenders {
		for _, m := range MarksOf(c) {
			keys = append(keys, TallyKey(m, c.ID))
		}
	}
	return keys
}

// MarksOf are what a ballot can say of somebody: whoever was written in can only
// have been written in.
func MarksOf(c Contender) []Mark {
	if c.WriteIn {
		return []Mark{MarkFor}
	}
	return []Mark{MarkFor, MarkAgainst, MarkAbstain}
}

// SheetFault is something a sheet cannot be: more marks for one person than
// valid ballots, or more votes for a post than its seats times the ballots.
type SheetFault struct {
	Key        string
	Have, Most int
}

// CheckSheet finds what no heap of ballots can add up to.
func CheckSheet(t Tally, posts []models.ElectionPost, contenders []Contender) []SheetFault {
	var faults []SheetFault
	for k, n := range t {
		if n < 0 {
			faults = append(faults, SheetFault{k, n, 0})
		}
	}
	per := map[models.Post]int{}
	for _, c := range contenders {
		f := t[TallyKey(MarkFor, c.ID)]
		per[c.Post] += f
		if sum := f + t[TallyKey(MarkAgainst, c.ID)] + t[TallyKey(MarkAbstain, c.ID)]; sum > t["valid"] {
			faults = append(faults, SheetFault{TallyKey(MarkFor, c.ID), sum, t["valid"]})
		}
	}
	for _, p := range posts {
		if most := p.Seats * t["valid"]; per[p.Post] > most {
			faults = append(faults, SheetFault{"post:" + string(p.Post), per[p.Post], most})
		}
	}
	return faults
}

// Differences are the keys in which two tellers' sheets differ.
func Differences(a, b Tally, keys []string) []string {
	var out []string
	for _, k := range keys {
		if a[k] != b[k] {
			out = append(out, k)
		}
	}
	return out
}

// BoxFault says what is wrong with a box: more papers in it than were issued
// (by analogy Zhejiang 27, Chongqing 34), or papers that were handed to the
// station and are nowhere.
type BoxFault struct {
	Excess  int // in the box beyond those issued
	Missing int // received, not issued, not spoiled, not left over
}

// TestBox compares the papers of one station.
func TestBox(s *models.PollingStation) BoxFault {
	var f BoxFault
	f.Excess = max(0, s.InBox-s.Issued)
	if s.Received > 0 {
		f.Missing = s.Received - s.Issued - s.Spoiled - s.Unused
	}
	return f
}

// MayEnterTally: two different people enter a heap, neither of them who stands
// for election, and not the watcher who will confirm it (rule 7).
func MayEnterTally(person string, teller int, sheets []models.TallySheet) error {
	if teller != models.TellerOne && teller != models.TellerTwo {
		return problem.New(problem.Invalid, "election.tally.teller", nil)
	}
	for _, s := range sheets {
		if s.PersonKey == person && s.Teller != teller {
			return problem.New(problem.Forbidden, "election.tally.same", nil).Because("G3.7")
		}
		if s.Teller == teller && s.PersonKey != person {
			return problem.New(problem.Conflict, "election.tally.taken", nil).Because("G3.7")
		}
	}
	return nil
}

// MaySeal: every heap was entered by two, agreed on and confirmed, and no
// envelope is undecided (rule 7).
func MaySeal(heaps, confirmed, envelopes int) error {
	switch {
	case envelopes > 0:
		return problem.New(problem.TooEarly, "election.seal.envelopes", problem.Args{"n": envelopes}).Because("G3.7")
	case confirmed < heaps:
		return problem.New(problem.TooEarly, "election.seal.heaps", problem.Args{"n": heaps - confirmed}).Because("G3.7")
	}
	return nil
}
