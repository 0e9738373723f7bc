package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CheckIn is one voter at a station's table. Key names the tablet and the
// sending: the same one again, after a power cut or a lost answer, is answered
// the same and gives out nothing.
type CheckIn struct {
	VoterID models.ID
	Key     string
}

// Issued is what was given out.
type Issued struct {
	Voter   models.Voter
	Ballots int // own and those of the mandates
	Again   bool
}

// Issue gives a voter the own ballot and those of the mandates, at the station
// where they wait. Refusals: those of policy.MayClaim.
func (t *Tenant) Issue(ctx context.Context, actor models.Actor, id, station models.ID, in CheckIn) (*Issued, error) {
	var out Issued
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.mayRun(id, "poll", "checkin"); err != nil {
			return err
		}
		return tx.issue(id, station, in, &out)
	})
	return &out, err
}

func (tx *Tx) issue(id, station models.ID, in CheckIn, out *Issued) error {
	*out = Issued{}
	v, err := voterByID(tx.DB, id, in.VoterID)
	if err != nil {
		return err
	}
	out.Voter = *v
	if again := v.UsedChannel == models.ChannelPaper && v.UsedStation == station && in.Key != "" && v.UsedKey == in.Key; again {
		out.Again = true
		return nil
	}
	if err := tx.claimPaper(id, v, station, in.Key); err != nil {
		return err
	}
	out.Ballots = 1
	var mandates []models.Voter
	if v.Proxies > 0 { // they vote the way of their proxy
		err := tx.Where("election_id = ? AND proxy_id = ? AND used_channel <> ? AND channel = ?", id, v.ID, models.ChannelPaper, v.Channel).Limit(3).Find(&mandates).Error
		if err != nil {
			return err
		}
	}
	for _, m := range mandates {
		if err := tx.claimPaper(id, &m, station, ""); err != nil {
			return err
		}
		out.Ballots++
	}
	tx.AuditUnnamed("poll.issue", station, map[string]int{"n": out.Ballots})
	tx.Touch("poll")
	return nil
}

// claimPaper is claimChannel at a table: where the rules let paper override,
// whoever is of the electronic channel gets a paper ballot too.
func (tx *Tx) claimPaper(election models.ID, v *models.Voter, station models.ID, key string) error {
	if v.Channel == models.ChannelElectronic && v.UsedChannel != models.ChannelPaper {
		return tx.overrideByPaper(election, v, station, key)
	}
	return tx.claimChannel(election, v.ID, models.ChannelPaper, station, key)
}

// FindVoter looks for who stands at the table: by roll number (the card's QR),
// by document number, or by the beginning of the name.
func (t *Tenant) FindVoters(ctx context.Context, actor models.Actor, id models.ID, words string) ([]models.Voter, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "poll", "checkin", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	words = models.Key(words)
	db := t.db(ctx).Where("election_id = ? AND state = ?", id, models.VoterDeclared)
	switch n, err := strconv.Atoi(words); {
	case words == "":
		return nil, nil
	case err == nil && len(words) < 8:
		db = db.Where("number = ?", n)
	case len(words) >= 8 && words[0] >= '0' && words[0] <= '9':
		db = db.Where("person_index = ?", t.opt.Keys.Index(indexDocument, paperNumber(words)))
	default:
		last := words + "\U0010ffff"
		db = db.Where("name >= ? AND name < ?", words, last) // LIKE would read the whole roll on SQLite
	}
	var rows []models.Voter
	err := db.Order("number").Limit(30).Find(&rows).Error
	return rows, err
}

// StationRoll is the station's part of the roll, for a tablet that must work
// without a network.
func (t *Tenant) StationRoll(ctx context.Context, actor models.Actor, id, station models.ID) (rows []models.Voter, err error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "poll", "checkin", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	err = t.db(ctx).Select("community_id", "id", "number", "name", "building", "proxies", "used_channel").
		Where("election_id = ? AND station_id = ? AND state = ? AND elector = ?", id, station, models.VoterDeclared, true).Order("number").Find(&rows).Error
	return rows, err
}

// StationAct is a happening with the papers of a station.
type StationAct struct {
	Kind string // "received", "spoiled", "unused", "seal"
	N    int
	Note string
	Key  string // of the tablet's sending; "" makes one
}

// RecordAct keeps the papers of a station in balance. The same sending again
// changes nothing.
func (t *Tenant) RecordAct(ctx context.Context, actor models.Actor, id, station models.ID, a StationAct) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.electionFor(id, "poll", "checkin"); err != nil {
			return err
		}
		s, err := stationByID(tx.DB, id, station)
		if err != nil {
			return err
		}
		if a.Key == "" {
			a.Key = tx.NewID().String()
		}
		row := models.StationEvent{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: station, Key: a.Key, Kind: a.Kind, N: a.N, Note: cleanLine(a.Note),
			ByUserID: tx.Actor.UserID, ByName: tx.Actor.Name, CreatedAt: tx.Now}
		var there int64
		if err := tx.Model(&models.StationEvent{}).Where("station_id = ? AND `key` = ?", station, a.Key).Count(&there).Error; err != nil || there > 0 {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			if duplicate(err) {
				return nil
			}
			return err
		}
		tx.Audit("poll."+a.Kind, station, map[string]int{"n": a.N})
		tx.Touch("poll")
		return tx.papers(s, a)
	})
}

func (tx *Tx) papers(s *models.PollingStation, a StationAct) error {
	var f problem.Form
	if a.N < 0 || a.N > 100000 {
		f.Add("n", "form.number", problem.Args{"least": 0, "most": 100000})
	}
	states := []models.StationState{models.StationOpen}
	values := map[string]any{"updated_at": tx.Now}
	switch a.Kind {
	case "received":
		states = append(states, models.StationPrepared)
		values["received"] = gorm.Expr("received + ?", a.N)
	case "spoiled":
		if a.N == 0 {
			a.N = 1
		}
		values["spoiled"] = gorm.Expr("spoiled + ?", a.N)
	case "unused":
		values["unused"] = a.N
	case "refused": // given out without a network, and not this voter's to get: noted, counted nowhere
	case "seal":
		if len([]rune(a.Note)) < 2 {
			f.Add("note", "election.station.seal", nil)
		}
		values["seal"], values["state"] = cleanLine(a.Note), models.StationClosed
	default:
		f.Add("kind", "form.choose", nil)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return Changed(tx.Model(&models.PollingStation{}).Where("id = ? AND state IN ?", s.ID, states).UpdateColumns(values))
}

// StationEvents of a station, the newest first.
func (t *Tenant) StationEvents(ctx context.Context, station models.ID) (rows []models.StationEvent, err error) {
	err = t.db(ctx).Where("station_id = ?", station).Order("id DESC").Limit(100).Find(&rows).Error
	return rows, err
}

// AddEnvelope takes a ballot in a sealed envelope from somebody who could not be
// given one at this table; it is decided before the count.
func (t *Tenant) AddEnvelope(ctx context.Context, actor models.Actor, id, station models.ID, name string, number int, reason string) (*models.ProvisionalBallot, error) {
	var p models.ProvisionalBallot
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "poll", "checkin")
		if err != nil {
			return err
		}
		if e.State != models.ElectionVoting {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var f problem.Form
		name, reason = cleanLine(models.Key(name)), cleanLine(reason)
		if name == "" {
			f.Add("name", "form.needed", nil)
		}
		if reason == "" {
			f.Add("reason", "form.needed", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		if _, err := stationByID(tx.DB, id, station); err != nil {
			return err
		}
		n, err := tx.Next("envelope." + station.String())
		if err != nil {
			return err
		}
		p = models.ProvisionalBallot{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: station, Envelope: int(n), Name: name, Reason: reason,
			State: models.ProvisionalSealed, CreatedAt: tx.Now}
		var v models.Voter
		if number > 0 {
			if err := tx.Where("election_id = ? AND number = ?", id, number).Limit(1).Find(&v).Error; err != nil {
				return err
			}
			p.VoterID = v.ID
		}
		tx.Audit("poll.envelope", p.ID, nil)
		return tx.Create(&p).Error
	})
	return &p, err
}

// DecideEnvelope opens an envelope into the box of its station, unread, if the
// voter had no other ballot; else it stays shut. It happens after the polls
// closed and before the box is tested.
func (t *Tenant) DecideEnvelope(ctx context.Context, actor models.Actor, id, envelope models.ID, accept bool, voter models.ID, decision string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		var p models.ProvisionalBallot
		if err := tx.Where("id = ? AND election_id = ?", envelope, id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		if e.State != models.ElectionCounting {
			return problem.New(problem.TooEarly, "election.envelope.early", nil)
		}
		if decision, err = checkReason(decision); err != nil {
			return inDecision(err)
		}
		to := models.ProvisionalRefused
		if accept {
			to = models.ProvisionalAccepted
			if voter == 0 {
				voter = p.VoterID
			}
			if err := tx.claimEnvelope(e, &p, voter); err != nil {
				return err
			}
		}
		tx.Audit("poll.envelope."+string(to), envelope, nil)
		tx.Touch("poll")
		return Changed(tx.Model(&models.ProvisionalBallot{}).Where("id = ? AND state = ?", envelope, models.ProvisionalSealed).
			Updates(map[string]any{"state": to, "decision": decision, "voter_id": voter, "decided_by": tx.Actor.UserID, "decided_name": tx.Actor.Name}))
	})
}

// claimEnvelope is claimChannel for an envelope: the voter's channel and station
// do not matter, that no ballot was given out does.
func (tx *Tx) claimEnvelope(e *models.Election, p *models.ProvisionalBallot, voter models.ID) error {
	res := tx.Model(&models.Voter{}).Where("id = ? AND election_id = ? AND state = ? AND elector = ? AND used_channel = ?", voter, e.ID, models.VoterDeclared, true, models.ChannelNone).
		UpdateColumns(map[string]any{"used_channel": models.ChannelPaper, "used_station": p.StationID})
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		v, err := voterByID(tx.DB, e.ID, voter)
		if err != nil || v.State != models.VoterDeclared || !v.Elector {
			return problem.New(problem.Conflict, "election.claim.notvoter", nil)
		}
		return problem.New(problem.Conflict, "election.claim.voted", nil)
	}
	return Changed(tx.Model(&models.PollingStation{}).Where("id = ? AND state = ?", p.StationID, models.StationClosed).
		UpdateColumn("issued", gorm.Expr("issued + 1")))
}

// Envelopes of an election.
func (t *Tenant) Envelopes(ctx context.Context, id models.ID) (rows []models.ProvisionalBallot, err error) {
	err = t.db(ctx).Where("election_id = ?", id).Order("station_id, envelope").Find(&rows).Error
	return rows, err
}

// ClosePolls ends the vote: no voter is claimed any more, by whatever channel,
// because every claim asks for an open station or an election that is voting.
// A running electronic ballot keeps them open: its hours were announced.
func (t *Tenant) ClosePolls(ctx context.Context, actor models.Actor, id models.ID) error {
	if err := t.endElectionBallot(ctx, id); err != nil {
		return err
	}
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&models.PollingStation{}).Where("election_id = ? AND state = ?", id, models.StationOpen).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return problem.New(problem.TooEarly, "election.poll.unsealed", problem.Args{"n": int(open)})
		}
		if err := tx.electronicClosed(id); err != nil {
			return err
		}
		now := tx.Now
		e.ClosedAt = &now
		if err := tx.moveElection(e, "close", "closed_at"); err != nil {
			return err
		}
		tx.Audit("election.close", id, nil)
		tx.Touch("poll")
		return tx.stepDone(e, "vote", "")
	})
	if err != nil {
		return err
	}
	return t.settleElectionBallot(ctx, id)
}

// TestBox records how many papers a box held and whether it counts. A box with
// more papers than were given out is refused where the pack says so; the
// electoral committee may refuse another one with its reason (a broken seal).
func (t *Tenant) TestBox(ctx context.Context, actor models.Actor, id, station models.ID, inBox int, reject string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if e.State != models.ElectionCounting {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		s, err := stationByID(tx.DB, id, station)
		if err != nil {
			return err
		}
		var sealed int64
		err = tx.Model(&models.ProvisionalBallot{}).Where("station_id = ? AND state = ?", station, models.ProvisionalSealed).Count(&sealed).Error
		if err != nil {
			return err
		}
		if sealed > 0 {
			return problem.New(problem.TooEarly, "election.seal.envelopes", problem.Args{"n": int(sealed)})
		}
		s.InBox = inBox
		reject = cleanLine(reject)
		state := models.StationAccepted
		if policy.TestBox(s).Excess > 0 && policy.ReadRules(e).Choice("box.excess") == "box" && reject == "" {
			return problem.New(problem.Conflict, "election.box.excess", problem.Args{"n": inBox - s.Issued})
		}
		if reject != "" {
			state = models.StationRejected
		}
		var entered int64
		if err := tx.Model(&models.TallyConfirm{}).Where("station_id IN ?", []models.ID{station, s.CountWith}).Count(&entered).Error; err != nil {
			return err
		}
		if entered > 0 {
			return problem.New(problem.Conflict, "election.box.counted", nil)
		}
		tx.Audit("poll.box", station, map[string]any{"in_box": inBox, "state": state})
		tx.Touch("poll")
		return Changed(tx.Model(&models.PollingStation{}).Where("id = ? AND state IN ?", station, []models.StationState{models.StationClosed, models.StationAccepted, models.StationRejected}).
			UpdateColumns(map[string]any{"in_box": inBox, "state": state, "reason": reject, "updated_at": tx.Now}))
	})
}
