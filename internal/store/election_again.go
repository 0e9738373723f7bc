package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AgainDraft is a further vote after a sealed one.
type AgainDraft struct {
	Kind  models.ElectionKind // runoff or tie
	Title string
	Day   models.Date
	Tie   int // which of the ties, from 0
}

// VoteAgain prepares the run-off for the open seats, or the vote among the tied:
// its candidates follow from the sealed result, its rules, roll and stations are
// those of its parent (art. 19). The roll is copied in batches.
func (t *Tenant) VoteAgain(ctx context.Context, actor models.Actor, parent models.ID, d AgainDraft) (*models.Election, error) {
	var e models.Election
	err := t.Write(ctx, actor, func(tx *Tx) error {
		p, err := tx.electionFor(parent, "election", "publish")
		if err != nil {
			return err
		}
		if p.State != models.ElectionSealed {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var r policy.Result
		if err := json.Unmarshal(p.Result, &r); err != nil {
			return err
		}
		if err := tx.mayVoteAgain(p, r, d); err != nil {
			return err
		}
		posts, who := again(r, d, policy.ReadRules(p))
		if len(posts) == 0 || len(who) == 0 {
			return problem.New(problem.Conflict, "election.again.nothing", nil)
		}
		e = models.Election{Tenant: models.Tenant{ID: tx.NewID()}, Kind: d.Kind, ParentID: p.ID, RoundID: p.RoundID, Title: cleanLine(models.Key(d.Title)), Term: p.Term,
			Mode: p.Mode, State: models.ElectionFrozen, Day: d.Day, Pack: p.Pack, Rules: p.Rules, RulesHash: p.RulesHash, FrozenAt: p.FrozenAt, Electronic: p.Electronic,
			RollAt: p.RollAt, RollUntil: d.Day, ObjectUntil: p.ObjectUntil, RollFrozenAt: p.RollFrozenAt, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		return tx.putAgain(&e, p, posts, who)
	})
	if err != nil {
		return nil, err
	}
	return &e, t.CopyRoll(ctx, actor, e.ID)
}

// CopyRoll takes over the parent's roll; safe to run again after an interruption.
func (t *Tenant) CopyRoll(ctx context.Context, actor models.Actor, id models.ID) error {
	for {
		more := false
		err := t.Write(ctx, actor, func(tx *Tx) error {
			e, err := electionByID(tx.DB, id)
			if err != nil {
				return err
			}
			if e.Kind == models.ElectionRecall { // whoever takes the demand in calls its vote: there may be no electoral committee yet
				err = tx.May("recall", "manage")
			} else {
				e, err = tx.electionFor(id, "election", "publish")
			}
			if err != nil {
				return err
			}
			more, err = tx.copyRoll(e)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

func (tx *Tx) mayVoteAgain(p *models.Election, r policy.Result, d AgainDraft) error {
	var f problem.Form
	last := policy.RunoffUntil(p.Day, policy.ReadRules(p))
	switch {
	case !d.Day.Valid() || d.Day < tx.Day():
		f.Add("day", "election.day.needed", nil)
	case d.Kind == models.ElectionRunoff && d.Day > last:
		f.Add("day", "election.again.late", problem.Args{"date": last})
	}
	if d.Title == "" {
		f.Add("title", "form.needed", nil)
	}
	if d.Kind != models.ElectionRunoff && d.Kind != models.ElectionTie {
		f.Add("kind", "form.choose", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	open, err := openAgain(tx.DB, p, r)
	if err != nil {
		return err
	}
	if d.Kind == models.ElectionRunoff && !open.Runoff || d.Kind == models.ElectionTie && !slices.Contains(open.Ties, d.Tie) {
		return problem.New(problem.Conflict, "election.again.nothing", nil)
	}
	return nil
}

// Again is what a sealed result still leaves to be voted about.
type Again struct {
	Runoff bool
	Ties   []int // places of Result.Ties
}

// Again of a sealed election: nothing that a further vote is about already, and
// nothing while one is held.
func (t *Tenant) Again(ctx context.Context, e *models.Election) (Again, error) {
	r, err := SealedResult(e)
	if err != nil {
		return Again{}, err
	}
	return openAgain(t.db(ctx), e, r)
}

func openAgain(db *gorm.DB, p *models.Election, r policy.Result) (a Again, err error) {
	children, err := childrenOf(db, p.ID)
	if err != nil {
		return a, err
	}
	a.Runoff = p.Kind != models.ElectionRecall && len(r.RunoffSeats()) > 0
	tied := map[models.Post]bool{}
	for _, c := range children {
		if c.State == models.ElectionVoid || c.Kind != models.ElectionRunoff && c.Kind != models.ElectionTie {
			continue
		}
		if slices.Contains(runningStates, c.State) {
			return Again{}, nil
		}
		if c.Kind == models.ElectionRunoff {
			a.Runoff = false
			continue
		}
		posts, err := postsOf(db, c.ID)
		if err != nil {
			return a, err
		}
		for _, post := range posts {
			tied[post.Post] = true
		}
	}
	for i, tie := range r.Ties {
		for _, s := range r.Scores {
			if len(tie) > 0 && s.ID == tie[0] && !tied[s.Post] {
				a.Ties = append(a.Ties, i)
			}
		}
	}
	return a, nil
}

// again is what a further vote is about.
func again(r policy.Result, d AgainDraft, rules policy.Rules) (posts []models.ElectionPost, who []policy.Score) {
	if d.Kind == models.ElectionTie {
		if d.Tie < 0 || d.Tie >= len(r.Ties) {
			return nil, nil
		}
		for _, s := range r.Scores {
			for _, id := range r.Ties[d.Tie] {
				if s.ID == id {
					who = append(who, s)
				}
			}
		}
		return []models.ElectionPost{{Post: who[0].Post, Seats: r.TieSeats[d.Tie], Rank: 1}}, who
	}
	r.Open = r.RunoffSeats()
	for i, post := range policy.BallotPosts {
		if n := r.Open[post]; n > 0 {
			posts = append(posts, models.ElectionPost{Post: post, Seats: n, WomanSeat: r.WomanOpen && post == models.PostMember, Rank: i + 1})
		}
	}
	return posts, policy.RunoffCandidates(r, rules)
}

func (tx *Tx) putAgain(e, p *models.Election, posts []models.ElectionPost, who []policy.Score) error {
	if err := tx.Create(e).Error; err != nil {
		return err
	}
	for i := range posts {
		posts[i].Tenant, posts[i].ElectionID = models.Tenant{ID: tx.NewID()}, e.ID
	}
	if err := tx.Create(&posts).Error; err != nil {
		return err
	}
	place := map[models.Post]int{}
	for _, s := range who {
		place[s.Post]++
		var old models.Candidate
		if err := tx.Where("election_id = ? AND resident_id = ?", p.ID, s.Resident).Limit(1).Find(&old).Error; err != nil {
			return err
		}
		c := models.Candidate{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, ResidentID: s.Resident, VoterID: old.VoterID, NominationID: old.NominationID, Kind: old.Kind,
			Name: s.Name, Sex: map[bool]string{true: "f", false: "m"}[s.Woman], Birth: old.Birth, Politics: old.Politics, Post: s.Post, State: models.CandidateFormal,
			Support: s.For, Place: place[s.Post], PhotoID: old.PhotoID, Plan: old.Plan, UserID: old.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
	}
	stations, err := stationsOf(tx.DB, p.ID)
	if err != nil {
		return err
	}
	fresh := map[models.ID]models.ID{}
	for _, s := range stations {
		fresh[s.ID] = tx.NewID()
	}
	for _, s := range stations {
		n := models.PollingStation{Tenant: models.Tenant{ID: fresh[s.ID]}, ElectionID: e.ID, Kind: s.Kind, Name: s.Name, Place: s.Place, Hours: s.Hours,
			State: models.StationPrepared, CountWith: fresh[s.CountWith], Approval: s.Approval, Reason: s.ID.String(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&n).Error; err != nil {
			return err
		}
	}
	tx.Audit("election.again", e.ID, map[string]string{"kind": string(e.Kind)})
	tx.Touch("elections", "home")
	return nil
}

// copyRoll copies one batch; when all are there it opens the way to the polls:
// the candidates of a further vote follow from the result and need no other
// publication than its notice.
func (tx *Tx) copyRoll(e *models.Election) (more bool, err error) {
	if e.ParentID == 0 || e.State != models.ElectionFrozen {
		return false, nil
	}
	var last int
	if err := tx.Model(&models.Voter{}).Where("election_id = ?", e.ID).Select("COALESCE(MAX(number), 0)").Scan(&last).Error; err != nil {
		return false, err
	}
	var rows []models.Voter
	err = tx.Where("election_id = ? AND number > ? AND state = ?", e.ParentID, last, models.VoterDeclared).Order("number").Limit(rollPart).Find(&rows).Error
	if err != nil {
		return false, err
	}
	if len(rows) == 0 {
		return false, tx.rollCopied(e)
	}
	moved, err := tx.stationMap(e.ID)
	if err != nil {
		return false, err
	}
	main, err := tx.mainStation(e.ID)
	if err != nil {
		return false, err
	}
	for i := range rows {
		v := &rows[i]
		v.Tenant, v.ElectionID, v.StationID, v.UsedChannel, v.UsedStation, v.UsedKey = models.Tenant{ID: tx.NewID()}, e.ID, moved[v.StationID], models.ChannelNone, 0, ""
		v.ProxyID, v.Proxies, v.CreatedAt = 0, 0, tx.Now
		if !e.Electronic && v.Channel == models.ChannelElectronic { // there is no board this time
			v.Channel, v.StationID = models.ChannelPaper, cmp.Or(v.StationID, main)
		}
	}
	return true, tx.CreateInBatches(&rows, 100).Error
}

// stationMap leads from the parent's stations to the copies, which carry the
// old id as their reason until they open.
func (tx *Tx) stationMap(id models.ID) (map[models.ID]models.ID, error) {
	stations, err := stationsOf(tx.DB, id)
	moved := map[models.ID]models.ID{}
	for _, s := range stations {
		if old, ok := models.ParseID(s.Reason); ok {
			moved[old] = s.ID
		}
	}
	return moved, err
}

func (tx *Tx) rollCopied(e *models.Election) error {
	var err error
	if e.RollFingerprint, e.Voters, e.Electors, err = rollFingerprint(tx.DB, e); err != nil {
		return err
	}
	if err := tx.Model(&models.PollingStation{}).Where("election_id = ?", e.ID).UpdateColumn("reason", "").Error; err != nil {
		return err
	}
	if err := tx.countLeases(e.ID); err != nil {
		return err
	}
	e.LastNumber, e.Listed = e.Voters, e.Voters
	if e.Kind == models.ElectionRecall { // called by whoever takes the demand in, before its electoral committee is formed
		e.State, e.UpdatedAt = models.ElectionCandidates, tx.Now
		tx.Audit("election.publish_candidates", e.ID, nil)
		tx.Touch("elections")
		return Changed(tx.Model(&models.Election{}).Where("id = ? AND state = ?", e.ID, models.ElectionFrozen).
			Select("state", "roll_fingerprint", "voters", "electors", "last_number", "listed", "updated_at").UpdateColumns(e))
	}
	return tx.moveElection(e, "publish_candidates", "roll_fingerprint", "voters", "electors", "last_number", "listed")
}

// Elected are the winners of an election.
func (t *Tenant) Elected(ctx context.Context, id models.ID) (rows []models.ElectedMember, err error) {
	err = t.db(ctx).Where("election_id = ?", id).Order("`rank`").Find(&rows).Error
	return rows, err
}
