package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	documentInitiatives = "居民提" //words:allow a mark of official documents, stored once and never translated
	initiativeDays      = 60
)

// InitiativeDraft is what a resident proposes.
type InitiativeDraft struct {
	Title   string
	Text    string
	CostFen models.Fen
}

// ProposeInitiative puts a resident's proposal up for support. Refusals:
// Forbidden, Invalid with fields, TooMany.
func (t *Tenant) ProposeInitiative(ctx context.Context, actor models.Actor, d InitiativeDraft) (*models.Initiative, error) {
	var in models.Initiative
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		var f problem.Form
		d.Title, d.Text = cleanLine(d.Title), strings.TrimSpace(d.Text)
		length(&f, "title", d.Title, 4, 60)
		length(&f, "text", d.Text, 10, 1000)
		if err := f.Err(); err != nil {
			return err
		}
		r, err := tx.signatory()
		if err != nil {
			return err
		}
		if err := tx.Limit("initiative."+tx.chain.String()+"."+actor.UserID.String(), 3, 30*24*time.Hour); err != nil {
			return err
		}
		adults, err := tx.petitionBase(models.ByAdults)
		if err != nil {
			return err
		}
		year := tx.Day().Time().Year()
		n, err := tx.Next("initiative." + strconv.Itoa(year))
		if err != nil {
			return err
		}
		in = models.Initiative{Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentInitiatives, year, n), Title: policy.MaskText(d.Title, actor.Name), Text: d.Text,
			PublicText: policy.MaskText(d.Text, actor.Name), CostFen: d.CostFen, UserID: actor.UserID, ResidentID: r.ID, Needed: policy.InitiativeNeeded(adults),
			Until: tx.Day().AddDays(initiativeDays), State: models.InitiativeOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Audit("initiative.propose", in.ID, tx.words(d.Text))
		if err := tx.Create(&in).Error; err != nil {
			return err
		}
		in.Supports = 1
		return tx.support(in.ID, r)
	})
	return &in, err
}

// SupportInitiative adds the actor's support, once; the one that reaches the
// threshold puts the proposal onto the way to the agenda. Refusals: Forbidden,
// NotFound, TooLate, Conflict.
func (t *Tenant) SupportInitiative(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		r, err := tx.signatory()
		if err != nil {
			return err
		}
		in, err := initiativeByID(tx.DB, id)
		if err != nil {
			return err
		}
		if tx.Day() > in.Until {
			return problem.New(problem.TooLate, "petition.late", problem.Args{"date": in.Until})
		}
		return tx.support(id, r)
	})
}

func (tx *Tx) support(id models.ID, r *models.Resident) error {
	res := tx.Model(&models.Initiative{}).Where("id = ? AND state = ?", id, models.InitiativeOpen).Update("supports", gorm.Expr("supports + 1"))
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "petition.closed", nil)
	}
	err := tx.Create(&models.InitiativeSupport{Tenant: models.Tenant{ID: tx.NewID()}, InitiativeID: id, ResidentID: r.ID, CreatedAt: tx.Now}).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "petition.twice", nil)
	}
	if err != nil {
		return err
	}
	tx.Audit("initiative.support", id, nil)
	tx.Touch("assembly")
	return tx.initiativeReached(id)
}

// initiativeReached makes a matter of a proposal that found enough support.
func (tx *Tx) initiativeReached(id models.ID) error {
	var in models.Initiative
	err := tx.Where("id = ? AND state = ? AND supports >= needed", id, models.InitiativeOpen).Limit(1).Find(&in).Error
	if err != nil || in.ID == 0 {
		return err
	}
	d := MatterDraft{Class: models.MatterOther, Title: in.Title, Text: in.PublicText, MoneyFen: in.CostFen, Origin: models.OriginInitiative, OriginID: in.ID}
	if in.CostFen > 0 {
		d.Class = models.MatterFunds
	}
	if in.MatterID, err = tx.createMatter(&d, 0); err != nil {
		return err
	}
	in.State, in.UpdatedAt = models.InitiativeReached, tx.Now
	err = Changed(tx.Model(&models.Initiative{}).Where("id = ? AND state = ?", id, models.InitiativeOpen).Select("state", "matter_id", "updated_at").UpdateColumns(&in))
	if err != nil {
		return err
	}
	tx.Audit("initiative.reached", id, nil)
	return tx.tellPost(models.RoleDirector, "initiative.tell.reached", problem.Args{"number": in.Number, "title": in.Title}, "/admin/"+tx.Community.Code+"/assembly/matters/"+in.MatterID.String())
}

// AnswerInitiative is the committee's word on a proposal, with its reason and
// what it would cost; once. Refusals: Forbidden, NotFound, Conflict, Invalid.
func (t *Tenant) AnswerInitiative(ctx context.Context, actor models.Actor, id models.ID, answer string, cost models.Fen, end bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		in, err := initiativeByID(tx.DB, id)
		if err != nil {
			return err
		}
		answer = strings.TrimSpace(answer)
		var f problem.Form
		length(&f, "answer", answer, leastReason, 1000)
		if err := f.Err(); err != nil {
			return err
		}
		if end && in.State == models.InitiativeOpen {
			in.State = models.InitiativeAnswered
		}
		in.Answer, in.AnswerCostFen, in.Answerer, in.AnsweredAt, in.UpdatedAt = policy.MaskText(answer), cost, tx.actorName(tx.actingRole(noticeWriters...)), &tx.Now, tx.Now
		tx.Audit("initiative.answer", id, tx.words(answer))
		tx.Touch("assembly")
		err = Changed(tx.Model(&models.Initiative{}).Where("id = ? AND answered_at IS NULL", id).
			Select("state", "answer", "answer_cost_fen", "answerer", "answered_at", "updated_at").UpdateColumns(in))
		if err != nil {
			return err
		}
		err = tx.Tell(in.UserID, "initiative.tell.answered", problem.Args{"number": in.Number}, "/"+tx.Community.Code+"/assembly/proposals/"+id.String())
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		return err
	})
}

func initiativeByID(db *gorm.DB, id models.ID) (*models.Initiative, error) {
	var in models.Initiative
	if err := db.Where("id = ?", id).Take(&in).Error; err != nil {
		return nil, notFound(err)
	}
	return &in, nil
}

// Initiative is one proposal.
func (t *Tenant) Initiative(ctx context.Context, id models.ID) (*models.Initiative, error) {
	return initiativeByID(t.db(ctx), id)
}

// Initiatives are the proposals, the newest first.
func (t *Tenant) Initiatives(ctx context.Context, before models.ID, limit int) (rows []models.Initiative, more bool, err error) {
	q := t.db(ctx)
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	err = q.Order("id DESC").Limit(limit + 1).Find(&rows).Error
	if more = len(rows) > limit; more {
		rows = rows[:limit]
	}
	return rows, more, err
}

// SimilarInitiatives are open proposals that share words with a title: shown
// before a second one on the same is made.
func (t *Tenant) SimilarInitiatives(ctx context.Context, title string) ([]models.Initiative, error) {
	var rows, out []models.Initiative
	err := t.db(ctx).Where("state IN ?", []models.InitiativeState{models.InitiativeOpen, models.InitiativeReached}).Order("id DESC").Limit(200).Find(&rows).Error
	for _, in := range rows {
		if alike(in.Title, title) && len(out) < 5 {
			out = append(out, in)
		}
	}
	return out, err
}

// alike: half of the pairs of neighbouring characters of the shorter text stand
// in the other; Chinese has no spaces to split at.
func alike(a, b string) bool {
	pairs := func(s string) map[string]bool {
		r, m := []rune(strings.ToLower(cleanLine(s))), map[string]bool{}
		for i := 0; i+1 < len(r); i++ {
			m[string(r[i:i+2])] = true
		}
		return m
	}
	x, y := pairs(a), pairs(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	shared := 0
	for p := range x {
		if y[p] {
			shared++
		}
	}
	return len(x) > 0 && 2*shared >= len(x)
}

// Supported tells whether the actor supports a proposal.
func (t *Tenant) Supported(ctx context.Context, actor models.Actor, id models.ID) (bool, error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok {
		return false, nil
	}
	var n int64
	err := t.db(ctx).Model(&models.InitiativeSupport{}).Where("initiative_id = ? AND resident_id = ?", id, link.ResidentID).Count(&n).Error
	return n > 0, err
}
