package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Voting in the hall. A vote leaves a mark at the voter's line and, when it is
// secret, a ballot that knows no voter: its id is random, it has no time, and
// its table is ordered by that id. Both are written in one transaction that
// also counts, so the figures agree after every vote.

// Choices that are not an option.
const (
	ChoiceYes     = "yes"
	ChoiceNo      = "no"
	ChoiceAbstain = "abstain"
	ChoiceVoid    = "void"
)

// OpenVote begins the vote on an item. One at a time: a hall votes together.
// Refusals: Forbidden, NotFound, TooEarly (comments open or unanswered, no
// study, no quorum), Conflict.
func (t *Tenant) OpenVote(ctx context.Context, actor models.Actor, item models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		i, s, m, err := tx.item(item)
		if err != nil {
			return err
		}
		if err := policy.MayVoteOn(*m, *s, tx.Day()); err != nil {
			return err
		}
		var busy int64
		if err := tx.Model(&models.SessionItem{}).Where("session_id = ? AND state = ?", s.ID, models.ItemOpen).Count(&busy).Error; err != nil {
			return err
		}
		if busy > 0 {
			return problem.New(problem.Conflict, "session.vote.another", nil)
		}
		i.State, i.OpenedAt = models.ItemOpen, &tx.Now
		tx.Audit("assembly.vote.open", item, map[string]int{"present": s.Present, "entitled": s.Entitled})
		tx.Touch("assembly")
		return Changed(tx.Model(&models.SessionItem{}).Where("id = ? AND state = ?", item, models.ItemWaiting).Select("state", "opened_at").UpdateColumns(i))
	})
}

// item reads a line of an agenda with its meeting and its matter.
func (tx *Tx) item(id models.ID) (*models.SessionItem, *models.AssemblySession, *models.Matter, error) {
	var i models.SessionItem
	if err := tx.Where("id = ?", id).Take(&i).Error; err != nil {
		return nil, nil, nil, notFound(err)
	}
	s, err := sessionByID(tx.DB, i.SessionID)
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := matterByID(tx.DB, i.MatterID)
	return &i, s, m, err
}

// Cast gives the actor's vote on an open item: a choice, or several options.
// Refusals: Forbidden (not on the list), Conflict (not present, not open,
// voted already), Invalid (field choice).
func (t *Tenant) Cast(ctx context.Context, actor models.Actor, item models.ID, choices []string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "vote"); err != nil {
			return err
		}
		i, s, m, err := tx.item(item)
		if err != nil {
			return err
		}
		v, err := tx.lineOf(s.ID)
		if err != nil {
			return err
		}
		return tx.cast(i, m, v, channelPhone, choices)
	})
}

// Channels of votes that stand in the database choice by choice; all others
// are counted by hand.
const (
	channelPhone  = "phone"
	channelTablet = "tablet" // of the hall, with a slip
)

// cast gives the vote of a line of the list.
func (tx *Tx) cast(i *models.SessionItem, m *models.Matter, v *models.SessionVoter, channel string, choices []string) error {
	if v.PresentAt == nil {
		return problem.New(problem.Conflict, "session.notpresent", nil).Because("art. 27: those present")
	}
	choice, err := tx.checkChoice(m, choices)
	if err != nil {
		return err
	}
	if err := tx.countMark(i.ID, 1, 0); err != nil {
		return err
	}
	mark := models.VoteMark{Tenant: models.Tenant{ID: markID(i.ID, v.ID)}, ItemID: i.ID, VoterID: v.ID, Channel: channel}
	if !i.Secret {
		mark.Choice = choice
	}
	if err := tx.Create(&mark).Error; err != nil {
		if duplicate(err) {
			return problem.New(problem.Conflict, "session.voted", nil)
		}
		return err
	}
	if !i.Secret {
		return nil
	}
	return tx.Create(&models.SecretBallot{Tenant: models.Tenant{ID: randomID()}, ItemID: i.ID, Choice: choice}).Error
}

// markID makes the id of a mark from the voter's line and the item, not from
// the time: the order of ids of a secret vote's marks must not be the order in
// which people voted.
func markID(item, voter models.ID) models.ID {
	x := uint64(item)*0x9e3779b97f4a7c15 ^ uint64(voter)*0xc2b2ae3d27d4eb4f
	return models.ID(x>>1 | 1)
}

func randomID() models.ID {
	var b [8]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // never happens since Go 1.24
	}
	return models.ID(binary.BigEndian.Uint64(b[:])>>1 | 1)
}

// countMark counts votes of an item that is open; the row lock also keeps the
// closing out until this transaction has ended.
func (tx *Tx) countMark(item models.ID, cast, paper int) error {
	res := tx.Model(&models.SessionItem{}).Where("id = ? AND state = ?", item, models.ItemOpen).
		Updates(map[string]any{"cast": gorm.Expr("`cast` + ?", cast), "paper": gorm.Expr("paper + ?", paper)})
	if res.Error == nil && res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "session.vote.notopen", nil)
	}
	return res.Error
}

// checkChoice brings a choice into its one form.
func (tx *Tx) checkChoice(m *models.Matter, choices []string) (string, error) {
	var f problem.Form
	if m.Seats == 0 {
		if len(choices) != 1 || !slices.Contains([]string{ChoiceYes, ChoiceNo, ChoiceAbstain}, choices[0]) {
			f.Add("choice", "form.choose", nil)
		}
		return strings.Join(choices, ""), f.Err()
	}
	options, err := tx.optionIDs(m.ID)
	if err != nil {
		return "", err
	}
	slices.Sort(choices)
	choices = slices.Compact(choices)
	if len(choices) > m.Seats {
		f.Add("choice", "session.over.choice", problem.Args{"n": m.Seats})
	}
	for _, c := range choices {
		if !slices.Contains(options, c) {
			f.Add("choice", "form.choose", nil)
		}
	}
	if len(choices) == 0 {
		return ChoiceAbstain, nil
	}
	return strings.Join(choices, " "), f.Err()
}

func (tx *Tx) optionIDs(matter models.ID) ([]string, error) {
	var ids []models.ID
	err := tx.Model(&models.MatterOption{}).Where("matter_id = ?", matter).Order("ordinal").Pluck("id", &ids).Error
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out, err
}

// GivePaper notes that lines vote on paper, or by show of hands: those named,
// or with nil everybody who is present and has not voted. Each has a mark then
// and cannot vote by phone. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) GivePaper(ctx context.Context, actor models.Actor, item models.ID, voters []models.ID, channel string) (given int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		i, s, _, err := tx.item(item)
		if err != nil {
			return err
		}
		if channel != "paper" && (channel != "hands" || i.Secret) {
			return problem.New(problem.Conflict, "session.hands.secret", nil)
		}
		var marked []models.ID
		if err := tx.Model(&models.VoteMark{}).Where("item_id = ?", item).Pluck("voter_id", &marked).Error; err != nil {
			return err
		}
		q := tx.Select("community_id", "id").Where("session_id = ? AND present_at IS NOT NULL AND id NOT IN ?", s.ID, orNone(marked))
		if voters != nil {
			q = q.Where("id IN ?", orNone(voters))
		}
		var rows []models.SessionVoter
		if err := q.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		if given = len(rows); given == 0 {
			return problem.New(problem.Conflict, "session.paper.nobody", nil)
		}
		if err := tx.countMark(item, given, given); err != nil {
			return err
		}
		marks := make([]models.VoteMark, given)
		for n, v := range rows {
			marks[n] = models.VoteMark{Tenant: models.Tenant{ID: markID(item, v.ID)}, ItemID: item, VoterID: v.ID, Channel: channel}
		}
		// What was counted before is not all any more: it is counted again.
		if err := tx.Where("item_id = ?", item).Delete(&models.ItemCount{}).Error; err != nil {
			return err
		}
		tx.Audit("assembly.paper", item, map[string]int{"given": given})
		return lostRace(tx.CreateInBatches(marks, batch).Error)
	})
	return given, err
}

// CountPaper enters what was counted on paper or by hands: as many as were
// given out, void ones included. Of a choice each paper may name several
// options. It may be entered again until the vote is closed. Refusals:
// Forbidden, NotFound, Conflict, Invalid (field paper).
func (t *Tenant) CountPaper(ctx context.Context, actor models.Actor, item models.ID, counts map[string]int) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		i, _, m, err := tx.item(item)
		if err != nil {
			return err
		}
		if err := tx.checkPaper(i, m, counts); err != nil {
			return err
		}
		if err := tx.Where("item_id = ?", item).Delete(&models.ItemCount{}).Error; err != nil {
			return err
		}
		for _, choice := range slices.Sorted(keysOf(counts)) {
			row := models.ItemCount{Tenant: models.Tenant{ID: tx.NewID()}, ItemID: item, Choice: choice, Paper: counts[choice]}
			if err := tx.Create(&row).Error; err != nil {
				return lostRace(err)
			}
		}
		i.CounterID, i.Counter = actor.UserID, tx.actorName(tx.actingRole(noticeWriters...))
		tx.Audit("assembly.paper.count", item, nil)
		return Changed(tx.Model(&models.SessionItem{}).Where("id = ? AND state = ? AND paper = ?", item, models.ItemOpen, i.Paper).
			Select("counter_id", "counter").UpdateColumns(i))
	})
}

func keysOf(m map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (tx *Tx) checkPaper(i *models.SessionItem, m *models.Matter, counts map[string]int) error {
	var f problem.Form
	known := []string{ChoiceYes, ChoiceNo, ChoiceAbstain, ChoiceVoid}
	if m.Seats > 0 {
		options, err := tx.optionIDs(m.ID)
		if err != nil {
			return err
		}
		known = append(options, ChoiceAbstain, ChoiceVoid)
	}
	sum := 0
	for choice, n := range counts {
		if n < 0 || n > i.Paper || !slices.Contains(known, choice) {
			f.Add("paper_"+choice, "form.number", problem.Args{"least": 0, "most": i.Paper})
		}
		if m.Seats == 0 || choice == ChoiceAbstain || choice == ChoiceVoid {
			sum += n
		}
	}
	if m.Seats == 0 && sum != i.Paper || sum > i.Paper {
		f.Add("paper", "session.paper.sum", problem.Args{"n": i.Paper, "sum": sum})
	}
	named := 0
	for choice, n := range counts {
		if m.Seats > 0 && choice != ChoiceAbstain && choice != ChoiceVoid {
			named += n
		}
	}
	if most := (i.Paper - sum) * m.Seats; m.Seats > 0 && (named > most || i.Paper > sum && named < i.Paper-sum) {
		f.Add("paper", "session.paper.options", problem.Args{"n": named, "most": most})
	}
	return f.Err()
}
