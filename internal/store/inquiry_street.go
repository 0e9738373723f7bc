package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ForwardInquiry puts a question before the supervision committee at once.
func (t *Tenant) ForwardInquiry(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		in, err := tx.inquiry(id)
		if err != nil {
			return err
		}
		return tx.forward(in)
	})
}

func (tx *Tx) forward(in *models.Inquiry) error {
	if err := tx.May("inquiry", "forward"); err != nil {
		return err
	}
	now := *in
	var err error
	if now.State, err = policy.Next(policy.InquiryMoves, in.State, "forward", tx.roles()); err != nil {
		return err
	}
	now.ForwardedAt = &tx.Now
	if err := tx.changeInquiry(in, &now, "forwarded_at"); err != nil {
		return err
	}
	tx.Audit("inquiry.forward", in.ID, nil)
	args := problem.Args{"number": in.Number, "date": in.DueDay}
	if err := tx.tellPost(models.RoleSupervisor, "inquiry.tell.forwarded", args, tx.officeLink(in)); err != nil {
		return err
	}
	if tx.Day() <= in.DueDay {
		return tx.tellAsker(in, "inquiry.tell.passed", args)
	}
	return tx.tellAsker(in, "inquiry.tell.overdue", args)
}

// AnnounceOverdue puts questions whose day to answer has passed before the
// supervision committee (art. 36) and tells the askers that the street is open
// to them (art. 35). That a question is overdue is computed whenever it is
// read; this only announces it, once: a question that is no longer open is
// left alone, whoever forwarded it. It returns how many it announced.
func (s *Store) AnnounceOverdue(ctx context.Context, now time.Time) (int, error) {
	day, n := models.DateOf(now), 0
	var failed []error
	for _, c := range s.Communities() {
		t := s.In(c)
		var late []models.ID
		err := t.db(ctx).Model(&models.Inquiry{}).Where("state = ? AND due_day < ?", models.InquiryOpen, day).
			Order("due_day, id").Limit(batch).Pluck("id", &late).Error
		if err != nil {
			return n, err
		}
		for _, id := range late {
			moved := false
			err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
				moved = false
				in, err := tx.inquiry(id)
				if err != nil || !policy.MustForward(*in, day) {
					return err
				}
				moved = true
				return tx.forward(in)
			})
			switch {
			case err == nil && moved:
				n++
			case err != nil && !problem.Is(err, problem.Conflict): // answered in between
				failed = append(failed, err)
			}
		}
	}
	return n, errors.Join(failed...)
}

// ReportInquiry takes a question to the street (art. 35): by the asker when
// the day to answer has passed or the answer does not satisfy, or by the
// supervision committee. Refusals: Invalid (field reason), TooEarly, Forbidden,
// Conflict.
func (t *Tenant) ReportInquiry(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("inquiry", "report"); err != nil {
			return err
		}
		in, err := tx.inquiry(id)
		if err != nil {
			return err
		}
		by := tx.signer("")
		if err := policy.MayReportToStreet(*in, by, tx.Day()); err != nil {
			return err
		}
		now := *in
		now.State, now.ReportedAt, now.ReportText = models.InquiryReported, &tx.Now, reason
		if err := tx.changeInquiry(in, &now, "reported_at", "report_text"); err != nil {
			return err
		}
		tx.Audit("inquiry.report", in.ID, tx.words(reason))
		args := problem.Args{"number": in.Number}
		if err := tx.tellStreet("inquiry.tell.street", args, tx.officeLink(in)); err != nil {
			return err
		}
		for _, role := range []models.Role{models.RoleDirector, models.RoleSupervisor} {
			if err := tx.tellPost(role, "inquiry.tell.reported", args, tx.officeLink(in)); err != nil {
				return err
			}
		}
		return tx.tellAsker(in, "inquiry.tell.reported", args)
	})
}

// tellStreet tells everybody who works for the community at its street today.
func (tx *Tx) tellStreet(key string, args problem.Args, link string) error {
	var users []models.User
	posts := tx.Model(&models.Appointment{}).Select("user_id").
		Where("region_id = ? AND role = ? AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)",
			tx.Community.StreetID, models.RoleStreet, tx.Day(), tx.Day())
	if err := tx.Where("closed_at IS NULL AND id IN (?)", posts).Order("id").Find(&users).Error; err != nil {
		return err
	}
	return tx.tellAll(users, key, args, link)
}

// OrderInquiry is the street's order to publish or to correct (art. 35). The
// text says what is to be done; the public reads it masked.
func (t *Tenant) OrderInquiry(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	text = strings.TrimSpace(text)
	return t.decideInquiry(ctx, actor, id, text, func(tx *Tx, in *models.Inquiry) (string, error) {
		if err := policy.MayOrder(*in, tx.signer(""), text); err != nil {
			return "", err
		}
		in.OrderedAt = &tx.Now
		return "inquiry.tell.ordered", nil
	})
}

// CloseInquiry is the street's end of a report: what was ordered is done, or
// there is nothing to order; the text says why.
func (t *Tenant) CloseInquiry(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	text, err := checkReason(text)
	if err != nil {
		return err
	}
	return t.decideInquiry(ctx, actor, id, text, func(tx *Tx, in *models.Inquiry) (string, error) {
		var err error
		in.State, err = policy.Next(policy.InquiryMoves, in.State, "close", tx.roles())
		return "inquiry.tell.closed", err
	})
}

// decideInquiry writes a decision of the street: its words stand behind those
// of an earlier one, and everybody concerned is told.
func (t *Tenant) decideInquiry(ctx context.Context, actor models.Actor, id models.ID, text string, decide func(*Tx, *models.Inquiry) (string, error)) error {
	if n := len([]rune(text)); n > maxReason {
		var f problem.Form
		f.Add("reason", "form.toolong", problem.Args{"n": n - maxReason, "limit": maxReason})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("inquiry", "order"); err != nil {
			return err
		}
		in, err := tx.inquiry(id)
		if err != nil {
			return err
		}
		now := *in
		key, err := decide(tx, &now)
		if err != nil {
			return err
		}
		now.OrderText = strings.TrimSpace(in.OrderText + "\n\n" + text)
		if err := tx.changeInquiry(in, &now, "ordered_at", "order_text"); err != nil {
			return err
		}
		role := tx.actingRole(models.RoleStreet, models.RoleDistrict)
		if now.OrderedAt != in.OrderedAt {
			if err := tx.event(in.AccountID, EventOrdered, role, policy.MaskText(text)); err != nil {
				return err
			}
		}
		tx.Audit(auditOf[key], in.ID, tx.words(text))
		args := problem.Args{"number": in.Number}
		for _, role := range []models.Role{models.RoleClerk, models.RoleDirector, models.RoleSupervisor} {
			if err := tx.tellPost(role, key, args, tx.officeLink(in)); err != nil {
				return err
			}
		}
		return tx.tellAsker(in, key, args)
	})
}

var auditOf = map[string]string{"inquiry.tell.ordered": "inquiry.order", "inquiry.tell.closed": "inquiry.close"}

// EventOrdered stands in a month's history: the street ordered something.
const EventOrdered = "ordered"
