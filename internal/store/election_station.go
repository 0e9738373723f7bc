package store

import (
	"context"
	"strconv"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// StationDraft is a polling place.
type StationDraft struct {
	Kind        models.StationKind
	Name, Place string
	Hours       string
	Approval    string // of the street, for a mobile box
	CountWith   models.ID
}

// PutStation adds (id 0) or changes a station before the polls open.
func (t *Tenant) PutStation(ctx context.Context, actor models.Actor, id, station models.ID, d StationDraft) (models.ID, error) {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.TooLate, "election.station.open", nil)
		}
		if err := tx.checkStation(e, station, &d); err != nil {
			return err
		}
		s := models.PollingStation{Tenant: models.Tenant{ID: station}, ElectionID: id, Kind: d.Kind, Name: d.Name, Place: d.Place, Hours: d.Hours,
			State: models.StationPrepared, CountWith: d.CountWith, Approval: d.Approval, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Touch("elections")
		if station == 0 {
			s.ID = tx.NewID()
			station = s.ID
			tx.Audit("election.station", s.ID, nil)
			return tx.Create(&s).Error
		}
		tx.Audit("election.station", station, nil)
		return Changed(tx.Model(&models.PollingStation{}).Where("id = ? AND election_id = ? AND state = ?", station, id, models.StationPrepared).
			Select("kind", "name", "place", "hours", "approval", "count_with", "updated_at").UpdateColumns(&s))
	})
	return station, err
}

func (tx *Tx) checkStation(e *models.Election, station models.ID, d *StationDraft) error {
	var f problem.Form
	for field, text := range map[string]*string{"name": &d.Name, "place": &d.Place, "hours": &d.Hours, "approval": &d.Approval} {
		*text = cleanLine(models.Key(*text))
		if *text == "" && field != "approval" {
			f.Add(field, "form.needed", nil)
		}
		if n := len([]rune(*text)) - 100; n > 0 {
			f.Add(field, "form.toolong", problem.Args{"n": n, "limit": 100})
		}
	}
	if d.Kind != models.StationMain && d.Kind != models.StationBranch && d.Kind != models.StationMobile {
		f.Add("kind", "form.choose", nil)
	}
	if d.CountWith != 0 {
		var with models.PollingStation
		err := tx.Where("id = ? AND election_id = ?", d.CountWith, e.ID).Limit(1).Find(&with).Error
		if err != nil {
			return err
		}
		if with.ID == 0 || with.ID == station || with.CountWith != 0 {
			f.Add("count_with", "form.choose", nil)
		}
	}
	if d.Kind == models.StationMobile && !policy.ReadRules(e).Bool("mobile.allowed") {
		f.Add("kind", "election.mobile.off", nil)
	}
	return f.Err()
}

// Stations of an election.
func (t *Tenant) Stations(ctx context.Context, id models.ID) ([]models.PollingStation, error) {
	return stationsOf(t.db(ctx), id)
}

func stationsOf(db *gorm.DB, id models.ID) (rows []models.PollingStation, err error) {
	err = db.Where("election_id = ?", id).Order("id").Find(&rows).Error
	return rows, err
}

// Station is one of them.
func (t *Tenant) Station(ctx context.Context, election, id models.ID) (*models.PollingStation, error) {
	return stationByID(t.db(ctx), election, id)
}

func stationByID(db *gorm.DB, election, id models.ID) (*models.PollingStation, error) {
	var s models.PollingStation
	err := db.Where("id = ? AND election_id = ?", id, election).Take(&s).Error
	return &s, notFound(err)
}

// AssignStation leases voters to a station: everybody of these buildings, or all
// who have none yet when buildings is nil. A voter has one place to vote, so
// that no two places give out the same ballot, also without a network.
func (t *Tenant) AssignStation(ctx context.Context, actor models.Actor, id, station models.ID, buildings []string) (n int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if err := leasable(e); err != nil {
			return err
		}
		if _, err := stationByID(tx.DB, id, station); err != nil {
			return err
		}
		db := tx.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ? AND channel = ?", id, models.VoterDeclared, true, models.ChannelPaper)
		if buildings == nil {
			db = db.Where("station_id = 0")
		} else {
			db = db.Where("building IN ? AND mobile_reason = ''", append([]string{"\x00"}, buildings...))
		}
		res := db.UpdateColumn("station_id", station)
		if res.Error != nil {
			return res.Error
		}
		n = int(res.RowsAffected)
		tx.Audit("election.lease", station, map[string]int{"n": n})
		return tx.countLeases(id)
	})
	return n, err
}

func leasable(e *models.Election) error {
	if !policy.ElectionReached(e.State, models.ElectionFrozen) {
		return problem.New(problem.TooEarly, "election.lease.early", nil)
	}
	if policy.ElectionReached(e.State, models.ElectionVoting) {
		return problem.New(problem.TooLate, "election.station.open", nil)
	}
	return nil
}

// countLeases counts who votes where, after each change before the day.
func (tx *Tx) countLeases(id models.ID) error {
	type count struct {
		StationID models.ID
		N         int
	}
	var counts []count
	err := tx.Model(&models.Voter{}).Select("station_id, COUNT(*) AS n").Where("election_id = ? AND state = ? AND elector = ?", id, models.VoterDeclared, true).
		Group("station_id").Scan(&counts).Error
	if err != nil {
		return err
	}
	if err := tx.Model(&models.PollingStation{}).Where("election_id = ?", id).UpdateColumn("leased", 0).Error; err != nil {
		return err
	}
	for _, c := range counts {
		if c.StationID == 0 {
			continue
		}
		if err := tx.Model(&models.PollingStation{}).Where("id = ?", c.StationID).UpdateColumn("leased", c.N).Error; err != nil {
			return err
		}
	}
	tx.Touch("elections")
	return nil
}

// MoveVoter leases one voter to another station, with the reason when it is a
// mobile box.
func (t *Tenant) MoveVoter(ctx context.Context, actor models.Actor, id, voter, station models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if err := leasable(e); err != nil {
			return err
		}
		s, err := stationByID(tx.DB, id, station)
		if err != nil {
			return err
		}
		reason = cleanLine(reason)
		if s.Kind == models.StationMobile && len([]rune(reason)) < 2 {
			var f problem.Form
			f.Add("reason", "form.needed", nil)
			return f.Err()
		}
		if s.Kind != models.StationMobile {
			reason = ""
		}
		err = Changed(tx.Model(&models.Voter{}).Where("id = ? AND election_id = ? AND state = ? AND elector = ? AND used_channel = ''", voter, id, models.VoterDeclared, true).
			UpdateColumns(map[string]any{"station_id": station, "mobile_reason": reason}))
		if err != nil {
			return err
		}
		tx.Audit("election.lease", station, map[string]any{"voter": voter})
		return tx.countLeases(id)
	})
}

// mobileReady refuses to open with a mobile box that breaks the rules.
func (tx *Tx) mobileReady(e *models.Election, s *models.PollingStation) error {
	var watchers, without int64
	err := tx.Model(&models.PollStaff{}).Where("station_id = ? AND duty = ? AND ended_at IS NULL", s.ID, models.DutyWatcher).Count(&watchers).Error
	if err != nil {
		return err
	}
	err = tx.Model(&models.Voter{}).Where("election_id = ? AND station_id = ? AND elector = ? AND mobile_reason = ''", e.ID, s.ID, true).Count(&without).Error
	if err != nil {
		return err
	}
	return policy.CheckMobile(s, int(watchers), s.Leased, int(without), policy.ReadRules(e))
}

// OpenPolls begins the vote on its day: every voter has one place, mobile boxes
// keep the rules, and whoever votes for another votes for both at one table.
func (t *Tenant) OpenPolls(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		if err := policy.MayOpenPolls(tx.Day(), e); err != nil {
			return err
		}
		stations, err := stationsOf(tx.DB, id)
		if err != nil {
			return err
		}
		if len(stations) == 0 && !e.Electronic {
			return problem.New(problem.Conflict, "election.station.none", nil)
		}
		for i := range stations {
			if stations[i].Kind == models.StationMobile {
				if err := tx.mobileReady(e, &stations[i]); err != nil {
					return err
				}
			}
		}
		var nowhere int64
		err = tx.Model(&models.Voter{}).Where("election_id = ? AND state = ? AND elector = ? AND channel = ? AND station_id = 0", id, models.VoterDeclared, true, models.ChannelPaper).Count(&nowhere).Error
		if err != nil {
			return err
		}
		if nowhere > 0 {
			return problem.New(problem.Conflict, "election.lease.missing", problem.Args{"n": int(nowhere)})
		}
		if err := tx.electronicOpen(e); err != nil {
			return err
		}
		if err := tx.leaseProxies(id); err != nil {
			return err
		}
		now := tx.Now
		e.OpenedAt = &now
		if err := tx.moveElection(e, "open", "opened_at"); err != nil {
			return err
		}
		err = tx.Model(&models.PollingStation{}).Where("election_id = ? AND state = ?", id, models.StationPrepared).
			UpdateColumns(map[string]any{"state": models.StationOpen, "updated_at": tx.Now}).Error
		tx.Audit("election.open", id, map[string]string{"stations": strconv.Itoa(len(stations))})
		return err
	})
}

// leaseProxies brings the ballots of approved mandates to the proxy's table, and
// ends those that nobody approved.
func (tx *Tx) leaseProxies(id models.ID) error {
	var mandates []models.Proxy
	if err := tx.Where("election_id = ? AND state IN ?", id, []models.ProxyState{models.ProxyAsked, models.ProxyApproved}).Find(&mandates).Error; err != nil {
		return err
	}
	for i := range mandates {
		p := &mandates[i]
		if p.State == models.ProxyAsked {
			if err := tx.settleProxy(p, models.ProxyAsked, models.ProxyRefused, "unpublished"); err != nil {
				return err
			}
			continue
		}
		other, err := voterByID(tx.DB, id, p.ProxyID)
		if err != nil {
			return err
		}
		own := tx.Model(&models.Voter{}).Where("id = ? AND used_channel = '' AND channel = ?", p.VoterID, models.ChannelPaper)
		if err := own.UpdateColumn("station_id", other.StationID).Error; err != nil {
			return err
		}
	}
	return tx.countLeases(id)
}
