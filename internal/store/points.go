package store

import (
	"context"
	"errors"
	"strconv"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Points are a ledger of their own beside the hours: double entry between a
// volunteer and the community's pool, so that the sum over all accounts is
// zero at every commit. They are no money, nobody can buy or send them, and no
// certificate knows them.

// pool is the account of the community.
const pool = models.ID(0)

// transfer writes both sides and moves both balances; a volunteer's never goes
// below zero.
func (tx *Tx) transfer(from, to models.ID, amount int, kind string, ref models.ID) error {
	if amount <= 0 || from == to {
		return problem.New(problem.Conflict, "page.conflict", nil).Because("points: transfer of " + strconv.Itoa(amount))
	}
	id := tx.NewID()
	sides := []models.PointsEntry{
		{Tenant: models.Tenant{ID: id}, TransferID: id, VolunteerID: from, Amount: -amount, Kind: kind, RefID: ref, CreatedAt: tx.Now},
		{Tenant: models.Tenant{ID: tx.NewID()}, TransferID: id, VolunteerID: to, Amount: amount, Kind: kind, RefID: ref, CreatedAt: tx.Now},
	}
	if err := tx.Create(&sides).Error; err != nil {
		return err
	}
	// The pool last and always in that order: two transfers cannot wait for each
	// other.
	for _, s := range sides {
		if s.VolunteerID != pool {
			if err := tx.move(s.VolunteerID, s.Amount); err != nil {
				return err
			}
		}
	}
	for _, s := range sides {
		if s.VolunteerID == pool {
			return tx.move(pool, s.Amount)
		}
	}
	return nil
}

func (tx *Tx) move(account models.ID, amount int) error {
	add := func() (int64, error) {
		db := tx.Model(&models.PointsAccount{}).Where("volunteer_id = ?", account)
		if account != pool && amount < 0 {
			db = db.Where("balance >= ?", -amount)
		}
		res := db.Update("balance", gorm.Expr("balance + ?", amount))
		return res.RowsAffected, res.Error
	}
	if account != pool && amount < 0 {
		n, err := add()
		if err == nil && n == 0 {
			err = problem.New(problem.Conflict, "points.few", nil)
		}
		return err
	}
	return tx.upsert(add, &models.PointsAccount{VolunteerID: account, Balance: amount})
}

// earn grants points for approved hours, where the community has adopted them.
// The unique key of the lot lets hours earn once.
func (tx *Tx) earn(v *models.Volunteer, h *models.Hours) error {
	set, err := tx.volunteerSettings()
	if err != nil || !set.PointsOn || h.Source == models.HoursTaken || h.Day < set.PointsAdoptedOn {
		return err
	}
	held, err := tx.balance(v.ID)
	if err != nil {
		return err
	}
	var today int
	if err := tx.Model(&models.PointsLot{}).Where("volunteer_id = ? AND day = ?", v.ID, h.Day).Select("COALESCE(SUM(amount), 0)").Scan(&today).Error; err != nil {
		return err
	}
	n := policy.PointsFor(h.Minutes, set.PointsPerHour, today, set.PointsDayMost, held, set.PointsMostHeld)
	if n == 0 {
		return nil
	}
	lot := models.PointsLot{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, HoursID: h.ID, Amount: n, Rest: n, Day: h.Day,
		ExpiresOn: policy.PointsExpire(tx.Day(), set.PointsMonths), CreatedAt: tx.Now}
	if err := tx.Create(&lot).Error; err != nil {
		return err
	}
	return tx.transfer(pool, v.ID, n, "grant", h.ID)
}

func (tx *Tx) balance(volunteer models.ID) (int, error) {
	var a models.PointsAccount
	err := tx.Where("volunteer_id = ?", volunteer).Limit(1).Find(&a).Error
	return a.Balance, err
}

// useLots takes points from the oldest lots that still count.
func (tx *Tx) useLots(volunteer models.ID, amount int, first models.ID) (int, error) {
	var lots []models.PointsLot
	err := tx.Where("volunteer_id = ? AND rest > 0 AND (expires_on = '' OR expires_on >= ?)", volunteer, tx.Day()).Order("id").Find(&lots).Error
	if err != nil {
		return 0, err
	}
	taken := 0
	take := func(l *models.PointsLot) error {
		n := min(l.Rest, amount-taken)
		if n <= 0 {
			return nil
		}
		l.Rest -= n
		taken += n
		return Changed(tx.Model(&models.PointsLot{}).Where("id = ? AND rest = ?", l.ID, l.Rest+n).Update("rest", l.Rest))
	}
	for i := range lots {
		if lots[i].HoursID == first {
			if err := take(&lots[i]); err != nil {
				return 0, err
			}
		}
	}
	for i := range lots {
		if err := take(&lots[i]); err != nil {
			return 0, err
		}
	}
	return taken, nil
}

// takeBack takes the points of reversed hours back, as far as they are there;
// what was spent is spent.
func (tx *Tx) takeBack(v *models.Volunteer, h *models.Hours) error {
	var lot models.PointsLot
	if err := tx.Where("hours_id = ?", h.ID).Limit(1).Find(&lot).Error; err != nil || lot.ID == 0 {
		return err
	}
	n, err := tx.useLots(v.ID, lot.Amount, h.ID)
	if err != nil || n == 0 {
		return err
	}
	return tx.transfer(v.ID, pool, n, "reverse", h.ID)
}

// ExpirePoints takes back what has expired, of all communities. That expired
// points cannot be used is computed when they are used; this keeps the books.
func (s *Store) ExpirePoints(ctx context.Context) (int, error) {
	n := 0
	for _, c := range s.Communities() {
		t := s.In(c)
		for {
			done := 0
			err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
				done = 0
				var lots []models.PointsLot
				err := tx.Where("rest > 0 AND expires_on <> '' AND expires_on < ?", tx.Day()).Order("id").Limit(100).Find(&lots).Error
				for _, l := range lots {
					if err := Changed(tx.Model(&models.PointsLot{}).Where("id = ? AND rest = ?", l.ID, l.Rest).Update("rest", 0)); err != nil {
						return err
					}
					if err := tx.transfer(l.VolunteerID, pool, l.Rest, "expire", l.ID); err != nil {
						return err
					}
					done++
				}
				return err
			})
			n += done
			if err != nil {
				return n, err
			}
			if done < 100 {
				break
			}
		}
	}
	return n, nil
}

// Redeem takes a reward: stock and points change in one step or not at all.
// Refusals: Conflict when it is gone or the points do not reach.
func (t *Tenant) Redeem(ctx context.Context, actor models.Actor, reward models.ID) (*models.Redemption, error) {
	var r models.Redemption
	err := t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		set, err := tx.volunteerSettings()
		if err != nil {
			return err
		}
		var w models.Reward
		if err := tx.Where("id = ? AND active = ?", reward, true).Take(&w).Error; err != nil {
			return notFound(err)
		}
		if !set.PointsOn {
			return problem.New(problem.Conflict, "points.off", nil)
		}
		res := tx.Model(&models.Reward{}).Where("id = ? AND active = ? AND given < stock", w.ID, true).Updates(map[string]any{"given": gorm.Expr("given + 1"), "updated_at": tx.Now})
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return problem.New(problem.Conflict, "points.gone", nil)
		}
		n, err := tx.useLots(v.ID, w.Price, 0)
		if err != nil {
			return err
		}
		if n < w.Price {
			return problem.New(problem.Conflict, "points.few", nil)
		}
		number, err := tx.Next("redemption")
		if err != nil {
			return err
		}
		r = models.Redemption{Tenant: models.Tenant{ID: tx.NewID()}, Number: "R" + strconv.FormatInt(number, 10), VolunteerID: v.ID, RewardID: w.ID, Title: w.Title, Points: w.Price,
			State: models.RedemptionAsked, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		tx.Audit("points.redeem", r.ID, nil)
		tx.Touch("rewards")
		if err := tx.transfer(v.ID, pool, w.Price, "redeem", r.ID); err != nil {
			return err
		}
		return tx.tellCommittee("points.tell.asked", problem.Args{"title": w.Title, "number": r.Number}, "/admin/"+tx.Community.Code+"/volunteers/points")
	})
	return &r, err
}

// SettleRedemption hands a reward out, or undoes it: then points and stock come
// back.
func (t *Tenant) SettleRedemption(ctx context.Context, actor models.Actor, id models.ID, handed bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		var r models.Redemption
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err)
		}
		v, err := tx.volunteerByID(r.VolunteerID)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		state := models.RedemptionUndone
		if handed {
			state = models.RedemptionHanded
		}
		res := tx.Model(&models.Redemption{}).Where("id = ? AND state = ?", id, models.RedemptionAsked).
			Updates(map[string]any{"state": state, "decided_by": actor.UserID, "updated_at": tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("points."+string(state), id, nil)
		tx.Touch("rewards")
		if handed {
			return nil
		}
		if err := tx.Model(&models.Reward{}).Where("id = ? AND given > 0", r.RewardID).Update("given", gorm.Expr("given - 1")).Error; err != nil {
			return err
		}
		return tx.refund(&r)
	})
}

// refund gives the points back as a lot of their own, from today.
func (tx *Tx) refund(r *models.Redemption) error {
	set, err := tx.volunteerSettings()
	if err != nil {
		return err
	}
	lot := models.PointsLot{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: r.VolunteerID, HoursID: r.ID, Amount: r.Points, Rest: r.Points,
		ExpiresOn: policy.PointsExpire(tx.Day(), set.PointsMonths), CreatedAt: tx.Now}
	if err := tx.Create(&lot).Error; err != nil {
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		return err
	}
	return tx.transfer(pool, r.VolunteerID, r.Points, "return", r.ID)
}
