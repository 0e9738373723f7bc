package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Money raised in the community by a decision, voluntarily and accounted for
// (art. 42). There is no donation page: gifts are recorded where they are given.

// FundraisingView is a collection with its gifts and what was spent of it.
type FundraisingView struct {
	models.Fundraising
	Decision models.Decision
	List     []models.Gift
	SpentFen models.Fen // of published months, by the fund's name
}

// LeftFen is what is left of it.
func (v FundraisingView) LeftFen() models.Fen { return v.RaisedFen - v.SpentFen }

// OpenFundraising begins a collection under a decision of the class on funds.
// Refusals: Forbidden, Invalid with fields.
func (t *Tenant) OpenFundraising(ctx context.Context, actor models.Actor, d models.Fundraising, decision string) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var f problem.Form
		d.Title, d.Purpose = cleanLine(d.Title), strings.TrimSpace(d.Purpose)
		length(&f, "title", d.Title, 4, 60)
		length(&f, "purpose", d.Purpose, 10, 1000)
		if d.TargetFen <= 0 {
			f.Add("target", "form.money", nil)
		}
		if !d.From.Valid() || !d.Until.Valid() || d.Until < d.From {
			f.Add("until", "policy.appointment.until", nil)
		}
		dec, err := tx.covering(&f, "decision", decision, models.MatterFunds)
		if err != nil {
			return err
		}
		if dec != nil {
			var raising models.Fen
			if err := tx.Model(&models.Fundraising{}).Where("decision_id = ?", dec.ID).Select("COALESCE(SUM(target_fen), 0)").Scan(&raising).Error; err != nil {
				return err
			}
			if !policy.CoversMoney(*dec, raising, d.TargetFen) {
				f.Add("target", "decision.money.over", problem.Args{"left": dec.MoneyFen - raising})
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		id = tx.NewID()
		row := models.Fundraising{Tenant: models.Tenant{ID: id}, DecisionID: dec.ID, Title: d.Title, Purpose: d.Purpose, TargetFen: d.TargetFen, From: d.From, Until: d.Until,
			ByUserID: actor.UserID, CreatedAt: tx.Now}
		tx.Audit("fundraising.open", id, map[string]models.ID{"decision": dec.ID})
		tx.Touch("assembly")
		return tx.Create(&row).Error
	})
	return id, err
}

// RecordGift records one voluntary contribution with the number of its paper
// receipt. Refusals: Forbidden, NotFound, Conflict (closed, receipt used),
// Invalid with fields.
func (t *Tenant) RecordGift(ctx context.Context, actor models.Actor, g models.Gift) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		fund, err := fundraisingByID(tx.DB, g.FundraisingID)
		if err != nil {
			return err
		}
		var f problem.Form
		g.Name, g.Receipt = cleanLine(g.Name), cleanLine(models.Key(g.Receipt))
		length(&f, "name", g.Name, 0, 60)
		length(&f, "receipt", g.Receipt, 1, 30)
		if g.AmountFen <= 0 {
			f.Add("amount", "form.money", nil)
		}
		if !g.Day.Valid() || g.Day < fund.From || g.Day > fund.Until || g.Day > tx.Day() {
			f.Add("day", "fundraising.day", problem.Args{"from": fund.From, "until": fund.Until})
		}
		if err := f.Err(); err != nil {
			return err
		}
		err = Changed(tx.Model(&models.Fundraising{}).Where("id = ? AND closed_at IS NULL", fund.ID).
			Updates(map[string]any{"raised_fen": gorm.Expr("raised_fen + ?", g.AmountFen), "gifts": gorm.Expr("gifts + 1")}))
		if err != nil {
			return err
		}
		g.ID, g.CommunityID, g.ByUserID, g.CreatedAt = tx.NewID(), 0, actor.UserID, tx.Now
		if err := tx.Create(&g).Error; err != nil {
			if duplicate(err) {
				var f problem.Form
				f.Add("receipt", "fundraising.receipt", nil)
				return f.Err()
			}
			return err
		}
		tx.Audit("fundraising.gift", fund.ID, map[string]any{"gift": g.ID, "fen": g.AmountFen})
		tx.Touch("assembly")
		return nil
	})
}

// CloseFundraising ends a collection with its account: what was raised, used,
// and what becomes of the rest. Refusals: Forbidden, NotFound, Conflict, Invalid.
func (t *Tenant) CloseFundraising(ctx context.Context, actor models.Actor, id models.ID, account string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		if _, err := fundraisingByID(tx.DB, id); err != nil {
			return err
		}
		account = strings.TrimSpace(account)
		var f problem.Form
		length(&f, "account", account, leastReason, 2000)
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("fundraising.close", id, nil)
		tx.Touch("assembly")
		return Changed(tx.Model(&models.Fundraising{}).Where("id = ? AND closed_at IS NULL", id).
			Select("closed_at", "account").UpdateColumns(&models.Fundraising{ClosedAt: &tx.Now, Account: account}))
	})
}

func fundraisingByID(db *gorm.DB, id models.ID) (*models.Fundraising, error) {
	var f models.Fundraising
	if err := db.Where("id = ?", id).Take(&f).Error; err != nil {
		return nil, notFound(err)
	}
	return &f, nil
}

// Fundraisings are the collections, the newest first.
func (t *Tenant) Fundraisings(ctx context.Context, limit int) ([]models.Fundraising, error) {
	var rows []models.Fundraising
	err := t.db(ctx).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// Fundraising is one collection with its newest gifts and what was spent.
func (t *Tenant) Fundraising(ctx context.Context, id models.ID) (*FundraisingView, error) {
	db := t.db(ctx)
	f, err := fundraisingByID(db, id)
	if err != nil {
		return nil, err
	}
	v := &FundraisingView{Fundraising: *f}
	d, err := decisionByID(db, f.DecisionID)
	if err != nil {
		return nil, err
	}
	v.Decision = *d
	if err := db.Where("fundraising_id = ?", id).Order("id DESC").Limit(200).Find(&v.List).Error; err != nil {
		return nil, err
	}
	var months []models.ID
	if err := db.Model(&models.AccountMonth{}).Where("state = ?", models.AccountPublished).Pluck("id", &months).Error; err != nil {
		return nil, err
	}
	err = db.Model(&models.AccountEntry{}).Where("fund = ? AND account_id IN ? AND `change` <> ?", f.Title, orNone(months), models.ChangeRemoved).
		Select("COALESCE(SUM(expense_fen), 0)").Scan(&v.SpentFen).Error
	return v, err
}
