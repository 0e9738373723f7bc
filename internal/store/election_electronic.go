package store

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The electronic ballot of an election: made from its candidates, closed before
// its polls, and added to its count.

// ElectionBallotDraft is what the electoral committee says about it; the rest
// follows from the election.
type ElectionBallotDraft struct {
	Channel   models.BallotChannel
	Approval  string // of the street, where the channel needs it
	OpensAt   time.Time
	ClosesAt  time.Time
	Threshold int
	Size      int
	Words     ElectionBallotWords
}

// ElectionBallotWords are what the ballot says besides names, in the language of
// the community.
type ElectionBallotWords struct {
	Question     func(post models.Post, seats int) string
	For, Against string // of a recall
	Note         string // about names that are not candidates
}

// CreateElectionBallot makes the electronic ballot from the published
// candidates. One that was given up makes room for another.
func (t *Tenant) CreateElectionBallot(ctx context.Context, actor models.Actor, id models.ID, d ElectionBallotDraft) (*models.BallotBoard, error) {
	var b models.BallotBoard
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "ballot", "prepare")
		if err != nil {
			return err
		}
		if !e.Electronic {
			return problem.New(problem.Forbidden, "election.electronic.off", nil)
		}
		if e.State != models.ElectionCandidates {
			return problem.New(problem.TooEarly, "election.electronic.candidates", nil)
		}
		questions, err := electronicQuestions(tx.DB, e)
		if err != nil {
			return err
		}
		keep, err := json.Marshal(questions)
		if err != nil {
			return err
		}
		err = Changed(tx.Model(&models.Election{}).Where("id = ? AND state = ? AND e_candidate IS NULL", id, models.ElectionCandidates).
			UpdateColumns(map[string]any{"e_candidate": keep, "updated_at": tx.Now}))
		if err != nil {
			if problem.Is(err, problem.Conflict) {
				return problem.New(problem.Conflict, "election.electronic.twice", nil)
			}
			return err
		}
		draft := BallotDraft{Kind: models.BallotElection, Unit: unitsOf[e.Mode], ElectionID: id, Title: e.Title, Description: d.Words.Note, Questions: d.Words.questions(e.Kind, questions),
			Channel: d.Channel, Pack: e.Pack, Approval: d.Approval, OpensAt: d.OpensAt, ClosesAt: d.ClosesAt, Threshold: d.Threshold, Size: d.Size}
		b.PaperOver = policy.ReadRules(e).Bool(policy.RulePaperOverrides)
		return tx.putBallot(&b, draft)
	})
	return &b, err
}

// unitsOf says whose one vote it is in each way of electing.
var unitsOf = map[models.ElectionMode]models.BallotUnit{models.ModeVoters: models.PerPerson, models.ModeHouseholds: models.PerHousehold, models.ModeReps: models.PerRep}

func electronicQuestions(db *gorm.DB, e *models.Election) ([]policy.ElectronicQuestion, error) {
	posts, err := postsOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	contenders, err := contendersOf(db, e.ID)
	if err != nil {
		return nil, err
	}
	return policy.ElectronicQuestions(e.Kind, posts, contenders, policy.ReadRules(e))
}

// questions of the board: nobody chosen is possible for every post. Two people
// of one name are told apart by their place on the ballot.
func (w ElectionBallotWords) questions(kind models.ElectionKind, list []policy.ElectronicQuestion) (out []models.BallotQuestion) {
	for _, q := range list {
		b := models.BallotQuestion{Text: w.Question(q.Post, q.Seats), Blank: true, Min: 1, Max: q.Seats}
		if kind == models.ElectionRecall {
			b.Answers = []string{w.For, w.Against}
			out = append(out, b)
			continue
		}
		seen := map[string]int{}
		for _, n := range q.Names {
			seen[n]++
		}
		for i, n := range q.Names {
			if seen[n] > 1 {
				n += "（" + strconv.Itoa(i+1) + "）"
			}
			b.Answers = append(b.Answers, n)
		}
		out = append(out, b)
	}
	return out
}

// DeclareOther puts somebody who is no candidate, but has declared to be
// available, on the electronic ballot; on paper any name may be written in.
func (t *Tenant) DeclareOther(ctx context.Context, actor models.Actor, id models.ID, post models.Post, number int, name string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if !e.Electronic || e.State != models.ElectionCandidates || e.ECandidate != nil || !policy.ReadRules(e).Bool("ballot.write_in") {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var w models.WriteIn
		return tx.lookUpWriteIn(&w, id, post, number, name)
	})
}

// ElectionBoard is the live electronic ballot of an election; nil if it has none.
func (t *Tenant) ElectionBoard(ctx context.Context, id models.ID) (*models.BallotBoard, error) {
	return electionBoard(t.db(ctx), id)
}

func electionBoard(db *gorm.DB, id models.ID) (*models.BallotBoard, error) {
	var rows []models.BallotBoard
	err := db.Omit("trustees", "credentials").Where("election_id = ? AND state <> ?", id, models.BallotDropped).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// ElectronicVoters counts whose one ballot waits for the electronic channel.
func (t *Tenant) ElectronicVoters(ctx context.Context, id models.ID) (int, error) {
	return electronicVoters(t.db(ctx), id)
}

func electronicVoters(db *gorm.DB, id models.ID) (int, error) {
	var n int64
	err := db.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ? AND channel = ?",
		id, models.VoterDeclared, true, models.ChannelElectronic).Count(&n).Error
	return int(n), err
}

// ChooseChannel moves a voter's one ballot to the electronic channel or back to
// paper: by the voter, or by the electoral committee at the voter's word.
func (t *Tenant) ChooseChannel(ctx context.Context, actor models.Actor, id, voter models.ID, ch models.Channel) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		v, err := voterByID(tx.DB, id, voter)
		if err != nil {
			return err
		}
		if me := tx.me().ResidentID; v.ResidentID == nil || me == 0 || *v.ResidentID != me {
			if _, err := tx.electionFor(id, "election", "manage"); err != nil {
				return err
			}
		}
		board, err := electionBoard(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayChooseElectronic(e, v, board != nil && board.State != models.BallotDraft); err != nil {
			return err
		}
		if ch != models.ChannelPaper && ch != models.ChannelElectronic {
			return problem.New(problem.Invalid, "form.choose", nil)
		}
		if v.ProxyID != 0 {
			return problem.New(problem.Conflict, "election.proxy.channel", nil)
		}
		err = Changed(tx.Model(&models.Voter{}).Where("id = ? AND election_id = ? AND state = ? AND used_channel = ?", voter, id, models.VoterDeclared, models.ChannelNone).
			UpdateColumn("channel", ch))
		if err == nil && v.Proxies > 0 {
			err = tx.Model(&models.Voter{}).Where("election_id = ? AND proxy_id = ? AND used_channel = ?", id, voter, models.ChannelNone).UpdateColumn("channel", ch).Error
		}
		tx.Audit("election.channel", voter, map[string]any{"channel": ch})
		tx.Touch("elections")
		return err
	})
}

// electronicFresh refuses to fix or open a ballot whose candidates are not those
// of the election any more.
func (tx *Tx) electronicFresh(b *models.BallotBoard) error {
	if b.ElectionID == 0 {
		return nil
	}
	e, err := electionByID(tx.DB, b.ElectionID)
	if err != nil {
		return err
	}
	return tx.sameCandidates(e)
}

func (tx *Tx) sameCandidates(e *models.Election) error {
	questions, err := electronicQuestions(tx.DB, e)
	if err != nil {
		return err
	}
	now, err := json.Marshal(questions)
	if err != nil {
		return err
	}
	if e.State != models.ElectionCandidates || string(now) != string(e.ECandidate) {
		return problem.New(problem.Conflict, "election.electronic.changed", nil)
	}
	return nil
}

// electronicOpen refuses to open the polls while somebody could vote nowhere:
// the electronic ballot of those who chose it stands open before.
func (tx *Tx) electronicOpen(e *models.Election) error {
	if !e.Electronic {
		return nil
	}
	n, err := electronicVoters(tx.DB, e.ID)
	if err != nil || n == 0 {
		return err
	}
	b, err := electionBoard(tx.DB, e.ID)
	if err != nil {
		return err
	}
	if b == nil || b.State != models.BallotOpen {
		return problem.New(problem.TooEarly, "election.electronic.unopened", problem.Args{"n": n})
	}
	return tx.sameCandidates(e)
}

// electronicDropped makes room for another ballot after one was given up.
func (tx *Tx) electronicDropped(b *models.BallotBoard) error {
	if b.ElectionID == 0 || b.State != models.BallotDropped {
		return nil
	}
	return tx.Model(&models.Election{}).Where("id = ?", b.ElectionID).UpdateColumns(map[string]any{"e_candidate": nil, "updated_at": tx.Now}).Error
}

// endElectionBallot ends the electronic ballot if its hours are over.
func (t *Tenant) endElectionBallot(ctx context.Context, id models.ID) error {
	b, err := t.ElectionBoard(ctx, id)
	if err != nil || b == nil || b.State != models.BallotOpen || t.Now().Before(b.ClosesAt) {
		return err
	}
	return t.EndBallot(ctx, b.ID)
}

// settleElectionBallot goes on with a board that waited for the polls to close.
func (t *Tenant) settleElectionBallot(ctx context.Context, id models.ID) error {
	b, err := t.ElectionBoard(ctx, id)
	if err != nil || b == nil || b.State != models.BallotEnded {
		return err
	}
	return t.EndBallot(ctx, b.ID)
}

func (tx *Tx) electronicClosed(id models.ID) error {
	b, err := electionBoard(tx.DB, id)
	if err != nil || b == nil || policy.BoardClosed(b) || !policy.BallotPublic(b.State) {
		return err
	}
	return problem.New(problem.TooEarly, "election.electronic.running", problem.Args{"at": b.ClosesAt})
}

// releaseElectors gives paper to those who voted electronically when they were
// too few: their ballots stay shut for ever, because opening so few would tell
// how somebody voted. The polls are still open, so they vote at their station.
func (tx *Tx) releaseElectors(b *models.BallotBoard) error {
	if b.ElectionID == 0 {
		return nil
	}
	e, err := electionByID(tx.DB, b.ElectionID)
	if err != nil || e.State == models.ElectionVoid { // nobody votes in it any more, on paper either
		return err
	}
	var rows []models.Voter
	err = tx.Select("community_id", "id", "resident_id").Where("election_id = ? AND channel = ? AND state = ?", e.ID, models.ChannelElectronic, models.VoterDeclared).Find(&rows).Error
	if err != nil {
		return err
	}
	station, err := tx.mainStation(e.ID)
	if err != nil {
		return err
	}
	err = tx.Model(&models.Voter{}).Where("election_id = ? AND channel = ? AND used_channel <> ?", e.ID, models.ChannelElectronic, models.ChannelPaper).
		UpdateColumns(map[string]any{"channel": models.ChannelPaper, "used_channel": models.ChannelNone, "used_station": 0}).Error
	if err != nil {
		return err
	}
	err = tx.Model(&models.Voter{}).Where("election_id = ? AND station_id = 0 AND channel = ?", e.ID, models.ChannelPaper).UpdateColumn("station_id", station).Error
	if err != nil {
		return err
	}
	if err := tx.Model(&models.Election{}).Where("id = ?", e.ID).UpdateColumns(map[string]any{"e_votes": 0, "updated_at": tx.Now}).Error; err != nil {
		return err
	}
	for _, v := range rows {
		if v.ResidentID == nil {
			continue
		}
		who, err := whole(tx.DB, models.Someone{ResidentID: *v.ResidentID})
		if err != nil {
			return err
		}
		if who.UserID == 0 {
			continue
		}
		if err := tx.Tell(who.UserID, "election.electronic.tell", problem.Args{"title": e.Title}, "/"+tx.Community.Code+"/elections/"+e.ID.String()+"/me"); err != nil {
			return err
		}
	}
	tx.Audit("election.electronic.few", e.ID, map[string]int{"n": len(rows)})
	return tx.countLeases(e.ID)
}

// mainStation is where voters without a place go; 0 if there is no station.
func (tx *Tx) mainStation(id models.ID) (models.ID, error) {
	stations, err := stationsOf(tx.DB, id)
	if err != nil || len(stations) == 0 {
		return 0, err
	}
	for _, s := range stations {
		if s.Kind == models.StationMain {
			return s.ID, nil
		}
	}
	return stations[0].ID, nil
}

// electronicCounted puts what the trustees decrypted into the election's count.
func (tx *Tx) electronicCounted(b *models.BallotBoard, voters int, result []byte) error {
	if b.ElectionID == 0 {
		return nil
	}
	e, err := electionByID(tx.DB, b.ElectionID)
	if err != nil {
		return err
	}
	var questions []policy.ElectronicQuestion
	if err := json.Unmarshal(e.ECandidate, &questions); err != nil {
		return err
	}
	var counts [][]int64
	if err := json.Unmarshal(result, &counts); err != nil {
		return err
	}
	tally, err := policy.ElectronicTally(questions, counts, voters, policy.ReadRules(e))
	if err != nil {
		return err
	}
	raw, err := json.Marshal(tally)
	if err != nil {
		return err
	}
	tx.Touch("poll", "elections")
	tx.Audit("election.electronic.count", e.ID, map[string]int{"ballots": voters})
	err = Changed(tx.Model(&models.Election{}).Where("id = ? AND sealed_at IS NULL AND e_result IS NULL", e.ID).
		UpdateColumns(map[string]any{"e_result": raw, "updated_at": tx.Now}))
	if problem.Is(err, problem.Conflict) {
		return problem.New(problem.Conflict, "policy.state", nil).Because("the election has its electronic result, or is sealed")
	}
	return err
}

// pollsClosed refuses to open the electronic ballots of an election while people
// still vote on paper: nobody may know how it stands.
func (tx *Tx) pollsClosed(b *models.BallotBoard) error {
	if b.ElectionID == 0 {
		return nil
	}
	e, err := electionByID(tx.DB, b.ElectionID)
	if err != nil {
		return err
	}
	if e.State != models.ElectionCounting {
		return problem.New(problem.TooEarly, "election.electronic.polls", nil)
	}
	return nil
}
