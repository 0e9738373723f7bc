package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// What the audit chain keeps of a demand to remove a member: what it needs, and
// for each signature which kinds it counts among.
const (
	auditDemand     = "recall.demand"
	auditRecallSign = "recall.sign"
)

func recallSum(n policy.RecallNeeds) map[string]int {
	return map[string]int{"voters": n.Voters, "houses": n.Houses, "reps": n.Reps}
}

// checkRecalls counts every demand again: its signatures against the roll and
// the signed chain, its thresholds against the law, and whether it stands where
// its signatures and its vote have brought it (art. 20).
func (t *Tenant) checkRecalls(ctx context.Context, found func(string)) error {
	var all []models.Recall
	if err := t.db(ctx).Order("id").Find(&all).Error; err != nil || len(all) == 0 {
		return err
	}
	chain, err := auditedRecalls(t.db(ctx))
	if err != nil {
		return err
	}
	for i := range all {
		r := &all[i]
		say := func(format string, args ...any) {
			found("recall " + r.ID.String() + ": " + fmt.Sprintf(format, args...))
		}
		if err := t.checkRecall(ctx, r, chain, say); err != nil {
			return err
		}
	}
	return nil
}

// auditedRecalls reads what the chain says of demands and signatures, by id.
func auditedRecalls(db *gorm.DB) (map[models.ID]map[string]int, error) {
	var rows []models.AuditRow
	if err := db.Where("action IN ?", []string{auditDemand, auditRecallSign}).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make(map[models.ID]map[string]int, len(rows))
	for _, r := range rows {
		var sum map[string]int
		if err := json.Unmarshal(r.Detail, &sum); err != nil {
			return nil, fmt.Errorf("audit row %d: %w", r.Seq, err)
		}
		out[r.ObjectID] = sum
	}
	return out, nil
}

func (t *Tenant) checkRecall(ctx context.Context, r *models.Recall, chain map[models.ID]map[string]int, say func(string, ...any)) error {
	e, err := electionByID(t.db(ctx), r.ElectionID)
	if err != nil {
		return err
	}
	needs := RecallNeeds(r)
	if !maps.Equal(chain[r.ID], recallSum(needs)) {
		say("needs %+v, the audit chain says %v", needs, chain[r.ID])
	}
	want := policy.RecallNeeded(e.Mode, e.Voters, e.Electors, 0, policy.ReadRules(e))
	if needs.Voters != want.Voters || needs.Houses != want.Houses {
		say("needs %d of the voters and %d of the households, the roll says %d and %d", needs.Voters, needs.Houses, want.Voters, want.Houses)
	}
	var signed []models.Cosignature
	if err := t.db(ctx).Where("subject_id = ?", r.ID).Order("id").Find(&signed).Error; err != nil {
		return err
	}
	var sum policy.RecallNeeds
	for _, s := range signed {
		one, ok := chain[s.ID]
		if !ok {
			say("signature %s is not in the audit chain", s.ID)
			continue
		}
		sum.Voters += one["voters"]
		sum.Houses += one["houses"]
		sum.Reps += one["reps"]
	}
	var strangers int64
	err = t.db(ctx).Model(&models.Cosignature{}).Where("subject_id = ? AND (election_id <> ? OR voter_id NOT IN (?))", r.ID, e.ID,
		t.db(ctx).Model(&models.Voter{}).Select("id").Where("community_id = ? AND election_id = ? AND state = ?", t.Community.ID, e.ID, models.VoterDeclared)).Count(&strangers).Error
	if err != nil {
		return err
	}
	if strangers > 0 {
		say("%d signatures are of people who are not on its roll", strangers)
	}
	if len(signed) != r.Signatures || sum != RecallSigned(r) {
		say("counts %+v, its %d signatures are %+v", RecallSigned(r), len(signed), sum)
	}
	enough, state := policy.RecallEnough(sum, needs), r.State
	if gathers := state == models.RecallGathering; enough == gathers && state != models.RecallEnded {
		say("is %s with %+v of %+v", state, sum, needs)
	}
	return t.checkRecallVote(ctx, r, say)
}

// checkRecallVote: what a vote has decided stands in its sealed result.
func (t *Tenant) checkRecallVote(ctx context.Context, r *models.Recall, say func(string, ...any)) error {
	voted := slices.Contains([]models.RecallState{models.RecallVote, models.RecallRemoved, models.RecallKept}, r.State)
	if !voted {
		return nil
	}
	vote, err := electionByID(t.db(ctx), r.VoteID)
	if err != nil || vote.Kind != models.ElectionRecall || vote.ParentID != r.ElectionID {
		say("is %s and has no vote of its own", r.State)
		return nil
	}
	if r.State == models.RecallVote {
		if vote.SealedAt != nil {
			say("its vote is sealed and has decided nothing")
		}
		return nil
	}
	result, err := SealedResult(vote)
	if err != nil || vote.SealedAt == nil {
		say("is %s and its vote has no result", r.State)
		return nil
	}
	if carried := result.Valid && result.Removed; carried != (r.State == models.RecallRemoved) {
		say("is %s, and its vote says removed: %v", r.State, carried)
	}
	return nil
}

// archiveDemand is the member of a recall's archive that holds its demand.
const archiveDemand = "demand.json"

// archivedDemand is a demand to count again. It says how many signed and as
// what, and not who: whom the demand is about may read the archive (G3.8).
type archivedDemand struct {
	Number     string         `json:"number"`
	Reason     string         `json:"reason"`
	Defence    string         `json:"defence"`
	Needs      map[string]int `json:"needs"`
	Signed     map[string]int `json:"signed"`
	Signatures []archivedSign `json:"signatures"`
}

type archivedSign struct {
	ID      models.ID       `json:"id"`
	Way     models.VoterWay `json:"way"`
	Counted map[string]int  `json:"counted"`
}

func archiveRecall(db *gorm.DB, e *models.Election) ([]byte, error) {
	var r models.Recall
	if err := db.Where("vote_id = ?", e.ID).Limit(1).Find(&r).Error; err != nil {
		return nil, err
	}
	chain, err := auditedRecalls(db)
	if err != nil {
		return nil, err
	}
	d := archivedDemand{Number: r.Number, Reason: r.Reason, Defence: r.Defence, Needs: recallSum(RecallNeeds(&r)), Signed: recallSum(RecallSigned(&r))}
	var signed []models.Cosignature
	if err := db.Where("subject_id = ?", r.ID).Order("id").Find(&signed).Error; err != nil {
		return nil, err
	}
	for _, s := range signed {
		d.Signatures = append(d.Signatures, archivedSign{s.ID, s.Way, chain[s.ID]})
	}
	return json.MarshalIndent(d, "", "  ")
}

// checkDemand counts an archived demand again.
func checkDemand(body []byte, h archiveHead) (bad []string) {
	var d archivedDemand
	if json.Unmarshal(body, &d) != nil {
		return []string{archiveDemand + " cannot be read"}
	}
	sum, seen := map[string]int{"voters": 0, "houses": 0, "reps": 0}, map[models.ID]bool{}
	for _, s := range d.Signatures {
		if seen[s.ID] {
			bad = append(bad, "the demand has a signature twice")
		}
		seen[s.ID] = true
		for kind, n := range s.Counted {
			sum[kind] += n
		}
	}
	if !maps.Equal(sum, d.Signed) || sum["voters"] != len(d.Signatures) {
		bad = append(bad, fmt.Sprintf("the demand counts %v, its %d signatures are %v", d.Signed, len(d.Signatures), sum))
	}
	want := policy.RecallNeeded(models.ElectionMode(h.Mode), h.Voters, h.Electors, 0, h.Rules)
	if d.Needs["voters"] != want.Voters || d.Needs["houses"] != want.Houses {
		bad = append(bad, fmt.Sprintf("the demand needs %v, the roll says %d voters and %d households", d.Needs, want.Voters, want.Houses))
	}
	if !policy.RecallEnough(policy.RecallNeeds{Voters: sum["voters"], Houses: sum["houses"], Reps: sum["reps"]},
		policy.RecallNeeds{Voters: d.Needs["voters"], Houses: d.Needs["houses"], Reps: d.Needs["reps"]}) {
		bad = append(bad, "the demand has too few signatures for a vote")
	}
	return bad
}
