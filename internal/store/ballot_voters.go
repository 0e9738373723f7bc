package store

import (
	"context"
	"encoding/base64"
	"errors"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Voters of a board stand apart from its ballots. Two keys are needed to vote:
// the slip, which only the registrar and the voter have seen, and the login,
// which only says for whom a ballot is sent.

// listVoters freezes who may vote and returns how many: for a poll every adult
// or every household of the community's roll, for an election the voters of the
// electoral office.
func (tx *Tx) listVoters(b *models.BallotBoard) (int, error) {
	if b.ElectionID != 0 {
		return tx.listElectors(b)
	}
	if err := tx.Where("board_id = ?", b.ID).Delete(&models.BallotVoter{}).Error; err != nil {
		return 0, err
	}
	units, err := tx.pollUnits(b)
	if err != nil {
		return 0, err
	}
	return len(units), tx.addVoters(b.ID, units, nil)
}

func (tx *Tx) addVoters(board models.ID, units []models.ID, proxies map[models.ID]models.ID) error {
	rows := make([]models.BallotVoter, len(units))
	for i, u := range units {
		rows[i] = models.BallotVoter{Tenant: models.Tenant{ID: tx.NewID()}, BoardID: board, UnitID: u, ProxyID: proxies[u]}
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.CreateInBatches(rows, 500).Error
}

// adultAge is that of art. 16, counted to the day.
const adultAge = 18

func (tx *Tx) pollUnits(b *models.BallotBoard) (units []models.ID, err error) {
	if b.Unit == models.PerRep {
		return representatives(tx.DB)
	}
	born := models.DateOf(b.OpensAt.In(models.Shanghai).AddDate(-adultAge, 0, 0))
	adults := tx.Model(&models.Resident{}).Where("state = ? AND presence <> ? AND birth <> '' AND birth <= ?", models.ResidentActive, models.PresenceRegistered, born)
	if b.Unit == models.PerHousehold {
		err = adults.Distinct("household_id").Where("household_id <> 0").Order("household_id").Pluck("household_id", &units).Error
		return units, err
	}
	err = adults.Order("id").Pluck("id", &units).Error
	return units, err
}

// MyVote is a right to vote that a login can use.
type MyVote struct {
	VoterID models.ID
	Proxy   bool   // for somebody who is away
	For     string // that person's name
	Voted   bool
	Paper   bool
}

// MyVotes are the rights that the actor can use in a vote: their own, and those
// of people who have given them a mandate.
func (t *Tenant) MyVotes(ctx context.Context, actor models.Actor, board models.ID) ([]MyVote, error) {
	b, err := boardByID(t.db(ctx), board)
	if err != nil {
		return nil, err
	}
	unit, resident, err := t.unitOf(ctx, actor, b)
	if err != nil {
		return nil, err
	}
	var rows []models.BallotVoter
	err = t.db(ctx).Where("board_id = ? AND (unit_id = ? OR proxy_id = ?)", board, unit, resident).Order("proxy_id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var out []MyVote
	for _, r := range rows {
		if r.UnitID == unit && r.ProxyID != 0 && r.ProxyID != resident {
			continue // somebody else votes for this person
		}
		v := MyVote{VoterID: r.ID, Proxy: r.ProxyID == resident && r.UnitID != unit, Voted: r.Voted, Paper: r.Paper}
		if v.Proxy {
			if v.For, err = t.nameOfUnit(ctx, b, r.UnitID); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// unitOf is the voter's unit of whoever is logged in and confirmed; Forbidden
// for everybody else.
func (t *Tenant) unitOf(ctx context.Context, actor models.Actor, b *models.BallotBoard) (unit, resident models.ID, err error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok || link.State != models.LinkConfirmed {
		return 0, 0, problem.New(problem.Forbidden, "ballot.link", nil).Because("voting needs a confirmed link")
	}
	if b.ElectionID != 0 {
		unit, err = t.electorOf(ctx, b.ElectionID, link.ResidentID)
		return unit, link.ResidentID, err
	}
	if b.Unit != models.PerHousehold {
		return link.ResidentID, link.ResidentID, nil
	}
	var r models.Resident
	if err := t.db(ctx).Select("community_id", "id", "household_id", "birth").Where("id = ?", link.ResidentID).Take(&r).Error; err != nil {
		return 0, 0, notFound(err)
	}
	if born := models.DateOf(b.OpensAt.In(models.Shanghai).AddDate(-adultAge, 0, 0)); r.Birth > born {
		return 0, 0, problem.New(problem.Forbidden, "ballot.voter.none", nil)
	}
	return r.HouseholdID, r.ID, nil
}

func (t *Tenant) nameOfUnit(ctx context.Context, b *models.BallotBoard, unit models.ID) (string, error) {
	if b.ElectionID != 0 {
		v, err := voterByID(t.db(ctx), b.ElectionID, unit)
		if err != nil {
			return "", err
		}
		return v.Name, nil
	}
	var r models.Resident
	err := t.db(ctx).Select("community_id", "id", "name").Where("id = ?", unit).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", nil
	}
	return r.Name, err
}

// TakeCredentials is the registrar's hand-over of the public list: public parts
// only, sorted, so that the order tells nothing. A list that was handed in
// before is replaced whole: its slips are void.
func (t *Tenant) TakeCredentials(ctx context.Context, actor models.Actor, id models.ID, raw []byte) error {
	list, err := ballot.ParseCredentials(raw)
	if err != nil {
		return problem.New(problem.Invalid, "ballot.list.form", nil).Because(err.Error())
	}
	return t.changeList(ctx, actor, id, func(tx *Tx, b *models.BallotBoard) (*ballot.Credentials, error) {
		tx.Audit("ballot.list", id, map[string]any{"slips": len(list.List), "print": ballot.DigestOf(raw).Short()})
		return list, nil
	})
}

// ReplaceCredential voids a slip that was lost and puts a new one in its place,
// before the vote is opened.
func (t *Tenant) ReplaceCredential(ctx context.Context, actor models.Actor, id models.ID, lost, made string) error {
	old, err1 := ballot.ParseElement([]byte(lost))
	fresh, err2 := ballot.ParseElement([]byte(made))
	if err1 != nil || err2 != nil {
		return problem.New(problem.Invalid, "ballot.list.form", nil)
	}
	return t.changeList(ctx, actor, id, func(tx *Tx, b *models.BallotBoard) (*ballot.Credentials, error) {
		var held models.BallotBoard
		if err := tx.Select("community_id", "id", "credentials").Where("id = ?", id).Take(&held).Error; err != nil {
			return nil, err
		}
		list, err := ballot.ParseCredentials(held.Credentials)
		if err != nil {
			return nil, problem.New(problem.Conflict, "ballot.open.slips", nil)
		}
		for i := range list.List {
			if list.List[i].Public == old {
				list.List[i].Public = fresh
				tx.Audit("ballot.replace", id, nil)
				return ballot.ParseCredentials(list.Bytes()) // tests the new one for membership
			}
		}
		return nil, problem.New(problem.NotFound, "ballot.list.unknown", nil)
	})
}

func (t *Tenant) changeList(ctx context.Context, actor models.Actor, id models.ID, change func(*Tx, *models.BallotBoard) (*ballot.Credentials, error)) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "register"); err != nil {
			return err
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		if _, err := policy.Next(policy.BallotMoves, b.State, "list", tx.roles()); err != nil {
			return err
		}
		var seats int64
		if err := tx.Model(&models.BallotTrustee{}).Where("board_id = ? AND user_id = ?", id, actor.UserID).Count(&seats).Error; err != nil {
			return err
		}
		if seats > 0 {
			return problem.New(problem.Forbidden, "ballot.trustee.registrar", nil)
		}
		list, err := change(tx, b)
		if err != nil {
			if _, refused := errors.AsType[*ballot.Refusal](err); refused {
				return problem.New(problem.Invalid, "ballot.list.form", nil).Because(err.Error())
			}
			return err
		}
		if len(list.List) == 0 {
			return problem.New(problem.Invalid, "ballot.list.form", nil)
		}
		if list.Weighted { // one vote each: no vote of a residents' committee gives anybody more
			return problem.New(problem.Invalid, "ballot.list.weights", nil)
		}
		if len(list.List) > b.Voters {
			return problem.New(problem.Invalid, "ballot.open.many", problem.Args{"slips": len(list.List), "voters": b.Voters})
		}
		list.Sort()
		set := map[string]any{"credentials": list.Bytes(), "slips": len(list.List), "registrar": actor.UserID, "updated_at": tx.Now}
		return Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ?", id, b.State).UpdateColumns(set))
	})
}

// mark is what ties one login to one slip while a vote is open.
func (t *Tenant) markKey(b *models.BallotBoard) ([]byte, error) {
	text, err := t.opt.Keys.Open(sealMark, b.ID, b.MarkKey)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// BarByPaper gives a voter's one vote to the polling place: no electronic
// ballot is taken any more. Conflict when an electronic one has been cast.
func (t *Tenant) BarByPaper(ctx context.Context, actor models.Actor, board, unit models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "register"); err != nil {
			return err
		}
		return tx.barByPaper(board, unit)
	})
}

func (tx *Tx) barByPaper(board, unit models.ID) error {
	res := tx.Model(&models.BallotVoter{}).Where("board_id = ? AND unit_id = ? AND voted = ? AND paper = ?", board, unit, false, false).Update("paper", true)
	if res.Error != nil || res.RowsAffected == 1 {
		return res.Error
	}
	return problem.New(problem.Conflict, "ballot.voter.used", nil)
}
