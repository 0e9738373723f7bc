package store_test

import (
	"encoding/json"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// What must hold after each step of a walk through an election, counted again
// from the rows.

// find reads rows of the election behind every use case.
func find[T any](w *electionWalk, rows *[]T, where ...any) {
	w.tb.Helper()
	must(w.tb, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		db := tx.Where("election_id = ?", w.e.ID)
		if len(where) > 0 {
			db = db.Where(where[0], where[1:]...)
		}
		return db.Order("id").Find(rows).Error
	}))
}

// some is any of the rows, or an empty one.
func some[T any](w *electionWalk, where ...any) (out T) {
	var rows []T
	if find(w, &rows, where...); len(rows) > 0 {
		out = rows[w.r.IntN(len(rows))]
	}
	return out
}

// check counts everything again.
func (w *electionWalk) check() {
	w.tb.Helper()
	w.fresh()
	w.checkBallots()
	w.checkRoles()
	if w.e.SealedAt != nil {
		w.checkSealed()
	}
}

func (w *electionWalk) checkBallots() {
	w.tb.Helper()
	var rows []models.Voter
	var stations []models.PollingStation
	find(w, &rows)
	find(w, &stations)
	electors, had, at, held := 0, 0, map[models.ID]int{}, map[models.ID]int{}
	for _, v := range rows {
		votes := v.State == models.VoterDeclared && v.Elector
		if votes {
			electors++
		}
		if v.UsedChannel != models.ChannelNone {
			had++
			at[v.UsedStation]++
			if !votes {
				w.tb.Fatalf("%s: somebody who does not vote had a ballot", w.action)
			}
		}
		if v.ProxyID != 0 {
			held[v.ProxyID]++
		}
	}
	given := 0
	for _, s := range stations {
		if given += s.Issued; s.Issued != at[s.ID] {
			w.tb.Fatalf("%s: %s gave out %d ballots to %d voters", w.action, s.Name, s.Issued, at[s.ID])
		}
	}
	if given > electors || given != had || electors != w.e.Electors {
		w.tb.Fatalf("%s: %d ballots, %d voters of %d (%d counted)", w.action, given, had, electors, w.e.Electors)
	}
	for _, v := range rows {
		if held[v.ID] > 3 || held[v.ID] != v.Proxies || held[v.ID] > 0 && (v.ProxyID != 0 || w.e.Mode == models.ModeReps) {
			w.tb.Fatalf("%s: voter %d holds %d mandates, %d are noted", w.action, v.Number, held[v.ID], v.Proxies)
		}
	}
}

// checkRoles: who stands neither counts nor runs the election nor votes for others.
func (w *electionWalk) checkRoles() {
	w.tb.Helper()
	var standing []models.Candidate
	var staff []models.PollStaff
	var committee []models.ElectoralMember
	var rows []models.Voter
	var sheets []models.TallySheet
	find(w, &standing, "state IN ?", []models.CandidateState{models.CandidateProposed, models.CandidateEligible, models.CandidateFormal, models.CandidateReserve})
	find(w, &staff, "ended_at IS NULL AND duty <> ?", models.DutyGuide)
	find(w, &committee, "state = ?", models.ElectoralServing)
	find(w, &rows, "proxies > 0")
	find(w, &sheets)
	stands, login := map[models.ID]bool{}, map[models.ID]bool{}
	for _, c := range standing {
		stands[c.ResidentID], login[c.UserID] = true, c.UserID != 0
	}
	for _, s := range staff {
		if stands[s.ResidentID] {
			w.tb.Fatalf("%s: %s stands and is %s", w.action, s.Name, s.Duty)
		}
	}
	for _, m := range committee {
		if stands[m.ResidentID] {
			w.tb.Fatalf("%s: %s stands and runs the election", w.action, m.Name)
		}
	}
	for _, v := range rows {
		if v.ResidentID != nil && stands[*v.ResidentID] {
			w.tb.Fatalf("%s: %s stands and votes for others", w.action, v.Name)
		}
	}
	seen := map[models.ID]map[string]bool{}
	for _, s := range sheets {
		if login[s.UserID] {
			w.tb.Fatalf("%s: %s stands and has counted", w.action, s.Name)
		}
		if seen[s.StationID] == nil {
			seen[s.StationID] = map[string]bool{}
		}
		if seen[s.StationID][s.PersonKey] {
			w.tb.Fatalf("%s: %s has two sheets of one heap", w.action, s.Name)
		}
		seen[s.StationID][s.PersonKey] = true
	}
}

// checkSealed adds the agreed lines up and compares the sealed numbers.
func (w *electionWalk) checkSealed() {
	w.tb.Helper()
	var sheets []models.TallySheet
	var lines []models.TallyLine
	var stations []models.PollingStation
	find(w, &sheets, "teller = ?", models.TellerAgreed)
	find(w, &lines)
	find(w, &stations)
	sum, papers := map[string]int{}, 0
	for _, l := range lines {
		for _, s := range sheets {
			if s.ID == l.SheetID {
				sum[l.Key] += l.N
			}
		}
	}
	for _, s := range stations {
		if s.State == models.StationAccepted {
			papers += s.InBox
		}
	}
	var r policy.Result
	must(w.tb, json.Unmarshal(w.e.Result, &r))
	if r.Participants != papers || r.ValidBallots != sum["valid"] || r.Valid && r.Participants > w.e.Electors {
		w.tb.Fatalf("%s: %d took part, %d valid; the boxes have %d, the sheets %d of %d voters", w.action, r.Participants, r.ValidBallots, papers, sum["valid"], w.e.Electors)
	}
	seats, votes := map[models.Post]int{models.PostDirector: 1, models.PostMember: 4}, map[models.Post]int{}
	for _, s := range r.Scores {
		if s.For != sum["for:"+s.ID.String()] || s.For > papers || s.Elected && s.For*2 <= papers {
			w.tb.Fatalf("%s: %s has %d votes of %d, elected %v; the entries say %d", w.action, s.Name, s.For, papers, s.Elected, sum["for:"+s.ID.String()])
		}
		if votes[s.Post] += s.For; s.Elected {
			seats[s.Post]--
		}
	}
	if votes[models.PostDirector] > papers || votes[models.PostMember] > 4*papers || seats[models.PostDirector] < 0 || seats[models.PostMember] < 0 {
		w.tb.Fatalf("%s: votes %v on %d papers, seats left %v", w.action, votes, papers, seats)
	}
}

// end: the walk has lived through the election, and the program's own check
// agrees.
func (w *electionWalk) end(steps int) {
	w.tb.Helper()
	w.tb.Logf("%s: did %v, refused %v", w.e.State, w.done, w.refused)
	w.clean()
	if steps >= 200 && w.e.SealedAt == nil && w.e.State != models.ElectionVoid {
		w.tb.Errorf("the walk came no further than %s: %v", w.e.State, w.done)
	}
}
