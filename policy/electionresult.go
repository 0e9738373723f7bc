package policy

import (
	"cmp"
	"slices"

	"juwu/models"
)

// Poll is everything a result is computed from: facts only, each of which
// stands in the record. Nothing of it names a voter.
type Poll struct {
	Kind       models.ElectionKind
	Mode       models.ElectionMode
	Electors   int   // on the final list of those who vote in this mode
	Issued     int   // ballots given out, electronic ones too
	InBoxes    int   // papers in the boxes that count, before they were read
	Excess     int   // papers beyond those issued, of all boxes
	Electronic int   // electronic ballots counted
	OnBoard    Tally // of the electronic ballots alone
	Posts      []models.ElectionPost
	Contenders []Contender
	Tally      Tally                     // of paper and electronic ballots together
	Sitting    []Seated                  // members who stay and are not voted about: by-elections, run-offs
	Kin        func(a, b models.ID) bool // near relatives among residents
}

// Seated is a member of the committee who was not part of this vote.
type Seated struct {
	Resident models.ID
	Post     models.Post
	Woman    bool
}

// ResultLine is one test of the result with its article.
type ResultLine struct {
	Key    string         `json:"key"` // i18n key
	Args   map[string]int `json:"args,omitempty"`
	Name   string         `json:"name,omitempty"`
	Source string         `json:"source"`
	OK     bool           `json:"ok"`
}

// Score of one contender.
type Score struct {
	ID       models.ID   `json:"id"`
	Resident models.ID   `json:"resident"`
	Name     string      `json:"name"`
	Post     models.Post `json:"post"`
	Woman    bool        `json:"woman"`
	WriteIn  bool        `json:"write_in,omitempty"`
	For      int         `json:"for"`
	OnBoard  int         `json:"on_board,omitempty"` // of For: by electronic ballots
	Against  int         `json:"against"`
	Abstain  int         `json:"abstain"`
	Enough   bool        `json:"enough"` // of votes to win
	Elected  bool        `json:"elected"`
	Out      string      `json:"out,omitempty"` // i18n key of why not although there were votes enough
}

// Result of a vote.
type Result struct {
	Valid        bool                `json:"valid"`
	Participants int                 `json:"participants"`
	Electors     int                 `json:"electors"`
	Issued       int                 `json:"issued"`
	ValidBallots int                 `json:"valid_ballots"`
	Invalid      int                 `json:"invalid"`
	Blank        int                 `json:"blank"`
	Electronic   int                 `json:"electronic"`
	Lines        []ResultLine        `json:"lines"`
	Scores       []Score             `json:"scores"`
	Ties         [][]models.ID       `json:"ties,omitempty"`      // contenders who are voted about again
	TieSeats     []int               `json:"tie_seats,omitempty"` // for so many seats
	Open         map[models.Post]int `json:"open,omitempty"`      // seats without a winner
	WomanOpen    bool                `json:"woman_open,omitempty"`
	Removed      bool                `json:"removed,omitempty"` // of a recall
}

// share of a mode's turnout.
func turnout(mode models.ElectionMode, rules Rules) Share {
	return rules.Share("turnout." + string(mode))
}

// ComputeResult applies the law to the facts of a poll: was it valid (art. 19),
// who won (art. 19), is a woman among them and no two near relatives (art. 8),
// who votes again. It is the only place that knows.
func ComputeResult(p Poll, rules Rules) Result {
	r := Result{
		Participants: p.InBoxes + p.Electronic, Electors: p.Electors, Issued: p.Issued, Electronic: p.Electronic,
		ValidBallots: p.Tally["valid"], Invalid: p.Tally["invalid"], Blank: p.Tally["blank"], Open: map[models.Post]int{},
	}
	r.Valid = true
	line := func(ok bool, key, source string, args map[string]int) {
		r.Lines = append(r.Lines, ResultLine{Key: key, Source: source, OK: ok, Args: args})
		r.Valid = r.Valid && ok
	}
	need := turnout(p.Mode, rules)
	line(need.Met(r.Participants, p.Electors), "election.result.turnout", rules.Get("turnout."+string(p.Mode)).Source,
		map[string]int{"n": r.Participants, "of": p.Electors, "need": need.Needed(p.Electors)})
	if p.Excess > 0 && rules.Choice("box.excess") == "election" {
		line(false, "election.result.excess", rules.Get("box.excess").Source, map[string]int{"n": p.Excess})
	}
	line(r.Participants <= p.Issued, "election.result.box", rules.Get("box.excess").Source, map[string]int{"n": r.Participants, "of": p.Issued})
	line(p.Tally.Ballots() == r.Participants, "election.result.counted", "CL19", map[string]int{"n": p.Tally.Ballots(), "of": r.Participants})
	r.score(p, rules)
	switch {
	case !r.Valid:
		for _, post := range p.Posts {
			r.Open[post.Post] = post.Seats
		}
	case p.Kind == models.ElectionRecall:
		r.recall(rules)
	default:
		r.elect(p, rules)
		r.kin(p)
		r.woman(p, rules)
		r.open(p, rules)
	}
	return r
}

// score reads the tally and who has votes enough: more than half of those who
// took part, void and blank ballots among them; in a run-off a third of the
// ballots cast (art. 19).
func (r *Result) score(p Poll, rules Rules) {
	enough := rules.Share("win.share")
	switch p.Kind {
	case models.ElectionRunoff:
		enough = rules.Share("runoff.share")
	case models.ElectionTie:
		enough = Share{0, 1, true} // the most votes win: one vote is enough to be compared
	}
	for _, c := range p.Contenders {
		s := Score{ID: c.ID, Resident: c.Resident, Name: c.Name, Post: c.Post, Woman: c.Woman, WriteIn: c.WriteIn,
			For: p.Tally[TallyKey(MarkFor, c.ID)], OnBoard: p.OnBoard[TallyKey(MarkFor, c.ID)], Against: p.Tally[TallyKey(MarkAgainst, c.ID)], Abstain: p.Tally[TallyKey(MarkAbstain, c.ID)]}
		s.Enough = enough.Met(s.For, r.Participants)
		r.Scores = append(r.Scores, s)
	}
	if rules.Choice("ballot.dual_post") == "down" {
		r.accumulate(rules)
	}
	slices.SortStableFunc(r.Scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(postRank(a.Post), postRank(b.Post)), cmp.Compare(b.For, a.For), cmp.Compare(a.ID, b.ID))
	})
}

// accumulate adds the votes somebody had for a higher post to those for a lower
// one, where the pack says so.
func (r *Result) accumulate(rules Rules) {
	win := rules.Share("win.share")
	before := slices.Clone(r.Scores)
	for i := range r.Scores {
		for _, o := range before {
			if o.Resident == r.Scores[i].Resident && postRank(o.Post) < postRank(r.Scores[i].Post) && !o.Enough {
				r.Scores[i].For += o.For
			}
		}
		r.Scores[i].Enough = r.Scores[i].Enough || win.Met(r.Scores[i].For, r.Participants)
	}
}

// elect fills each post from the top. A tie for the last seats is decided by a
// further vote among the tied only.
func (r *Result) elect(p Poll, rules Rules) {
	taken := map[models.ID]bool{}
	for _, s := range p.Sitting {
		taken[s.Resident] = true
	}
	for _, post := range p.Posts {
		r.fill(post.Post, post.Seats, p, taken, func(Score) bool { return true })
	}
	win := "win.share"
	if p.Kind == models.ElectionRunoff {
		win = "runoff.share"
	}
	for _, s := range r.Scores {
		if s.Enough || p.Kind == models.ElectionTie {
			share := rules.Share(win)
			r.Lines = append(r.Lines, ResultLine{Key: "election.result.enough", Name: s.Name, Source: rules.Get(win).Source, OK: s.Elected,
				Args: map[string]int{"n": s.For, "of": r.Participants, "need": share.Needed(r.Participants)}})
		}
	}
}

// fill gives seats of a post to those with votes enough, most votes first.
func (r *Result) fill(post models.Post, seats int, p Poll, taken map[models.ID]bool, may func(Score) bool) {
	var order []int
	for i, s := range r.Scores {
		if s.Post == post && s.Enough && !s.Elected && s.Out == "" && !taken[s.Resident] && may(s) {
			order = append(order, i)
		}
	}
	for i := 0; i < len(order) && seats > 0; {
		j := i
		for j < len(order) && r.Scores[order[j]].For == r.Scores[order[i]].For {
			j++
		}
		if j-i > seats {
			var tied []models.ID
			for _, k := range order[i:j] {
				tied = append(tied, r.Scores[k].ID)
				r.Scores[k].Out = "election.result.out.tie"
			}
			r.Ties, r.TieSeats = append(r.Ties, tied), append(r.TieSeats, seats)
			r.Lines = append(r.Lines, ResultLine{Key: "election.result.tie", Source: "ZJ28", Args: map[string]int{"n": len(tied), "votes": r.Scores[order[i]].For, "seats": seats}})
			return
		}
		for _, k := range order[i:j] {
			r.Scores[k].Elected = true
			taken[r.Scores[k].Resident] = true
			seats--
		}
		i = j
	}
}

// kin keeps of near relatives the one with the higher post, of the same post
// the one with more votes; equal ones vote again; the next in order moves up
// (art. 8; by analogy Zhejiang 31).
func (r *Result) kin(p Poll) {
	if p.Kin == nil {
		return
	}
	for again := true; again; {
		again = false
		for i := range r.Scores {
			if !r.Scores[i].Elected {
				continue
			}
			for _, s := range p.Sitting {
				if p.Kin(r.Scores[i].Resident, s.Resident) {
					r.outKin(i)
					again = true
				}
			}
			for j := range r.Scores {
				if j == i || !r.Scores[i].Elected || !r.Scores[j].Elected || !p.Kin(r.Scores[i].Resident, r.Scores[j].Resident) {
					continue
				}
				r.settleKin(i, j)
				again = true
			}
		}
		if again {
			taken := map[models.ID]bool{}
			for _, s := range r.Scores {
				taken[s.Resident] = taken[s.Resident] || s.Elected
			}
			for _, post := range p.Posts {
				r.fill(post.Post, post.Seats-r.elected(post.Post)-r.tied(post.Post), p, taken, func(Score) bool { return true })
			}
		}
	}
}

func (r *Result) settleKin(i, j int) {
	a, b := &r.Scores[i], &r.Scores[j]
	switch {
	case postRank(a.Post) < postRank(b.Post):
		r.outKin(j)
	case postRank(a.Post) > postRank(b.Post):
		r.outKin(i)
	case a.For > b.For:
		r.outKin(j)
	case a.For < b.For:
		r.outKin(i)
	default:
		a.Elected, b.Elected = false, false
		a.Out, b.Out = "election.result.out.kintie", "election.result.out.kintie"
		r.Ties, r.TieSeats = append(r.Ties, []models.ID{a.ID, b.ID}), append(r.TieSeats, 1)
		r.Lines = append(r.Lines, ResultLine{Key: "election.result.kintie", Source: "ZJ31", Name: a.Name})
	}
}

func (r *Result) outKin(i int) {
	r.Scores[i].Elected, r.Scores[i].Out = false, "election.result.out.kin"
	r.Lines = append(r.Lines, ResultLine{Key: "election.result.kin", Source: "CL8", Name: r.Scores[i].Name})
}

func (r *Result) elected(post models.Post) (n int) {
	for _, s := range r.Scores {
		if s.Post == post && s.Elected {
			n++
		}
	}
	return n
}

// tied is how many seats of a post wait for a further vote.
func (r *Result) tied(post models.Post) (n int) {
	for i, t := range r.Ties {
		for _, s := range r.Scores {
			if s.ID == t[0] && s.Post == post {
				n += r.TieSeats[i]
			}
		}
	}
	return n
}

// open says which seats have no winner: they are voted about again (art. 19).
func (r *Result) open(p Poll, rules Rules) {
	for _, post := range p.Posts {
		if left := post.Seats - r.elected(post.Post); left > 0 {
			r.Open[post.Post] = left
			r.Lines = append(r.Lines, ResultLine{Key: "election.result.open." + string(post.Post), Source: "CL19", Args: map[string]int{"n": left}})
		}
	}
}

// recall: more than half of those who voted (art. 20).
func (r *Result) recall(rules Rules) {
	if len(r.Scores) == 0 {
		return
	}
	s := &r.Scores[0]
	share := rules.Share("win.share")
	r.Removed = share.Met(s.For, r.Participants)
	s.Enough = r.Removed
	r.Lines = append(r.Lines, ResultLine{Key: "election.result.recall", Name: s.Name, Source: "CL20", OK: r.Removed,
		Args: map[string]int{"n": s.For, "of": r.Participants, "need": share.Needed(r.Participants)}})
}

// RunoffSeats are the open seats of a valid vote that a run-off fills: those of
// the tied are decided by a vote among the tied alone.
func (r *Result) RunoffSeats() map[models.Post]int {
	seats := map[models.Post]int{}
	if !r.Valid {
		return seats
	}
	for _, post := range BallotPosts {
		if n := r.Open[post] - r.tied(post); n > 0 {
			seats[post] = n
		}
	}
	return seats
}

// RunoffCandidates are the losers with the most votes, one more than the open
// seats of their post (art. 19: 第一次投票未当选的人员得票多的为候选人). Where a
// woman is missing and only her seat is open, only women.
func RunoffCandidates(r Result, rules Rules) []Score {
	var out []Score
	for _, post := range BallotPosts {
		seats := r.Open[post]
		if seats == 0 {
			continue
		}
		n := seats + max(1, rules.Int("candidate.surplus"))
		for _, s := range r.Scores {
			onlyWomen := post == models.PostMember && r.WomanOpen && seats == 1
			if s.Post != post || s.Elected || s.Out == "election.result.out.kin" || onlyWomen && !s.Woman || n == 0 || s.For == 0 {
				continue
			}
			out = append(out, s)
			n--
		}
	}
	return out
}
