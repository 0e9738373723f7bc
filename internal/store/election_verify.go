package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"juwu/models"
	"juwu/policy"
)

// checkElections recomputes what was sealed: counts of the roll, its
// fingerprint, no more ballots than voters, nobody who counts and stands, no
// proxy with four, and the result from its entries.
func (t *Tenant) checkElections(ctx context.Context, found func(string)) error {
	var all []models.Election
	if err := t.db(ctx).Where("state <> ?", models.ElectionDropped).Order("id").Find(&all).Error; err != nil {
		return err
	}
	for i := range all {
		e := &all[i]
		say := func(format string, args ...any) {
			found("election " + e.ID.String() + ": " + fmt.Sprintf(format, args...))
		}
		for _, check := range []func(context.Context, *models.Election, func(string, ...any)) error{t.checkAnnounced, t.checkRoll, t.checkPapers, t.checkPeople, t.checkElectronic, t.checkResult, t.checkVoid} {
			if err := check(ctx, e, say); err != nil {
				return err
			}
		}
	}
	return t.checkRecalls(ctx, found)
}

// checkVoid: nobody holds anything by a void election, and nothing that followed
// from it goes on.
func (t *Tenant) checkVoid(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	if e.State == models.ElectionVoid {
		var won, open, running int64
		db := t.db(ctx)
		err := errors.Join(db.Model(&models.ElectedMember{}).Where("election_id = ? AND void_at IS NULL", e.ID).Count(&won).Error,
			db.Model(&models.PollingStation{}).Where("election_id = ? AND state = ?", e.ID, models.StationOpen).Count(&open).Error,
			db.Model(&models.Election{}).Where("parent_id = ? AND state NOT IN ?", e.ID, []models.ElectionState{models.ElectionVoid, models.ElectionDropped}).Count(&running).Error)
		if err != nil {
			return err
		}
		if won+open+running > 0 {
			say("is void, and %d are elected by it, %d boxes are open, %d votes follow from it", won, open, running)
		}
	}
	var holding int64
	err := t.db(ctx).Model(&models.ElectedMember{}).Where("election_id = ? AND void_at IS NOT NULL AND appointment_id IN (?)", e.ID,
		t.Store.db(ctx).Model(&models.Appointment{}).Select("id").Where("region_id = ? AND ended_at IS NULL", t.Community.ID)).Count(&holding).Error
	if holding > 0 {
		say("%d whose election is void still hold their post", holding)
	}
	return err
}

func (t *Tenant) checkRoll(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	db := t.db(ctx)
	var voters, electors int64
	if err := db.Model(&models.Voter{}).Where("election_id = ? AND state = ?", e.ID, models.VoterDeclared).Count(&voters).Error; err != nil {
		return err
	}
	if err := db.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ?", e.ID, models.VoterDeclared, true).Count(&electors).Error; err != nil {
		return err
	}
	if int(voters) != e.Voters || int(electors) != e.Electors {
		say("%d voters and %d who vote are counted, the roll has %d and %d", e.Voters, e.Electors, voters, electors)
	}
	if len(e.RollFingerprint) == 0 {
		return nil
	}
	sum, _, _, err := rollFingerprint(db, e)
	if err == nil && !bytes.Equal(sum, e.RollFingerprint) {
		say("the roll does not have its fingerprint")
	}
	return err
}

func (t *Tenant) checkPapers(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	db := t.db(ctx)
	type count struct {
		UsedStation models.ID
		N           int
	}
	var counts []count
	err := db.Model(&models.Voter{}).Select("used_station, COUNT(*) AS n").Where("election_id = ? AND used_channel = ?", e.ID, models.ChannelPaper).Group("used_station").Scan(&counts).Error
	if err != nil {
		return err
	}
	used := map[models.ID]int{}
	for _, c := range counts {
		used[c.UsedStation] = c.N
	}
	stations, err := stationsOf(db, e.ID)
	if err != nil {
		return err
	}
	for _, s := range stations {
		if s.Issued != used[s.ID] {
			say("station %s gave out %d ballots to %d voters", s.ID, s.Issued, used[s.ID])
		}
	}
	var electronic int64
	if err := db.Model(&models.Voter{}).Where("election_id = ? AND used_channel = ?", e.ID, models.ChannelElectronic).Count(&electronic).Error; err != nil {
		return err
	}
	if int(electronic) != e.EVotes {
		say("%d electronic voters are counted, %d are marked", e.EVotes, electronic)
	}
	var strangers int64
	err = db.Model(&models.Voter{}).Where("election_id = ? AND used_channel <> '' AND (state <> ? OR elector = ?)", e.ID, models.VoterDeclared, false).Count(&strangers).Error
	if strangers > 0 {
		say("%d ballots went to people who are not on the list", strangers)
	}
	return err
}

func (t *Tenant) checkPeople(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	db, most := t.db(ctx), policy.ReadRules(e).Int("proxy.most")
	var over int64
	if err := db.Model(&models.Voter{}).Where("election_id = ? AND proxies > ?", e.ID, most).Count(&over).Error; err != nil {
		return err
	}
	if over > 0 {
		say("%d people hold more than %d mandates", over, most)
	}
	var both int64
	err := db.Model(&models.PollStaff{}).Where("election_id = ? AND duty <> ? AND ended_at IS NULL AND resident_id IN (?)", e.ID, models.DutyGuide,
		db.Model(&models.Candidate{}).Select("resident_id").Where("community_id = ? AND election_id = ? AND state IN ?", t.Community.ID, e.ID, liveCandidates)).Count(&both).Error
	if both > 0 {
		say("%d people stand for election and serve at the polls", both)
	}
	return err
}

func (t *Tenant) checkResult(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	if e.SealedAt == nil {
		return nil
	}
	db := t.db(ctx)
	sum, err := resultFingerprint(db, e)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, e.Fingerprint) {
		say("the result does not have its fingerprint")
	}
	var r policy.Result
	if err := json.Unmarshal(e.Result, &r); err != nil {
		say("the result cannot be read")
		return nil
	}
	p, err := pollOf(db, e)
	if err != nil {
		return err
	}
	for _, s := range r.Scores {
		if got := p.Tally[policy.TallyKey(policy.MarkFor, s.ID)]; got != s.For && policy.ReadRules(e).Choice("ballot.dual_post") != "down" {
			say("contender %s has %d votes in the result and %d in the entries", s.ID, s.For, got)
		}
	}
	if r.Participants != p.InBoxes+p.Electronic {
		say("%d took part by the result, %d by the boxes", r.Participants, p.InBoxes+p.Electronic)
	}
	return nil
}

// checkElectronic compares what came into the count with what stands on the
// board, and both with how many were claimed for it.
func (t *Tenant) checkElectronic(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	if len(e.EResult) == 0 {
		return nil
	}
	b, err := electionBoard(t.db(ctx), e.ID)
	if err != nil {
		return err
	}
	var have policy.Tally
	var questions []policy.ElectronicQuestion
	if b == nil || json.Unmarshal(e.EResult, &have) != nil || json.Unmarshal(e.ECandidate, &questions) != nil {
		say("the electronic result cannot be read")
		return nil
	}
	at, err := countedOn(t.db(ctx), b)
	if err != nil {
		return err
	}
	want, err := policy.ElectronicTally(questions, BallotResult(b), at.Counted, policy.ReadRules(e))
	if err != nil || !maps.Equal(have, want) {
		say("the electronic result is not that of the board")
	}
	if have.Ballots() != e.EVotes {
		say("%d electronic ballots are counted, %d voters were claimed for them", have.Ballots(), e.EVotes)
	}
	return nil
}
