package store

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Which money asks for a decision: lines of a category or a fund that the
// community names, from an amount and a day on. Before the first rule nothing
// is asked for.

// MoneyRules are the rules in force.
func (t *Tenant) MoneyRules(ctx context.Context) ([]models.MoneyRule, error) {
	return moneyRules(t.db(ctx))
}

func moneyRules(db *gorm.DB) ([]models.MoneyRule, error) {
	var rows []models.MoneyRule
	err := db.Where("ended_on = ''").Order("id").Find(&rows).Error
	return rows, err
}

// AddMoneyRule says that lines of a category or fund ask for a decision.
// Refusals: Forbidden, Invalid with fields.
func (t *Tenant) AddMoneyRule(ctx context.Context, actor models.Actor, r models.MoneyRule) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "call"); err != nil {
			return err
		}
		var f problem.Form
		r.Word = cleanLine(r.Word)
		length(&f, "word", r.Word, 1, 60)
		if !slices.Contains(policy.GuardedClasses(), r.Class) {
			f.Add("class", "form.choose", nil)
		}
		if r.FromFen < 0 {
			f.Add("from_fen", "form.money", nil)
		}
		if !r.FromDay.Valid() {
			f.Add("from_day", "form.date", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		r.ID, r.EndedOn, r.CreatedAt = tx.NewID(), "", tx.Now
		tx.Audit("moneyrule.add", r.ID, nil)
		tx.Touch("assembly")
		return tx.Create(&r).Error
	})
}

// EndMoneyRule ends a rule today.
func (t *Tenant) EndMoneyRule(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "call"); err != nil {
			return err
		}
		tx.Audit("moneyrule.end", id, nil)
		tx.Touch("assembly")
		return Changed(tx.Model(&models.MoneyRule{}).Where("id = ? AND ended_on = ''", id).Update("ended_on", tx.Day()))
	})
}

// classOf is the class of an expense by the rules; "" when it asks for nothing.
func classOf(rules []models.MoneyRule, category, fund string, amount models.Fen, day models.Date) models.MatterClass {
	for _, r := range rules {
		if (r.Word == category || r.Word == fund) && amount >= r.FromFen && day >= r.FromDay && amount > 0 {
			return r.Class
		}
	}
	return ""
}

// claimDecisions finds the decisions that the lines of a claim ask for, and
// writes them into the lines. Refusals: Invalid with a field per line.
func (tx *Tx) claimDecisions(d ClaimDraft, lines []models.ClaimLine) error {
	rules, err := moneyRules(tx.DB)
	if err != nil {
		return err
	}
	var f problem.Form
	claimed := map[models.ID]models.Fen{}
	for i := range lines {
		class := classOf(rules, lines[i].Category, lines[i].Fund, lines[i].AmountFen, lines[i].Day)
		if class == "" && d.Lines[i].Decision == "" {
			continue
		}
		field := ClaimField("decision", i+1)
		if class == "" {
			class = models.MatterFunds
		}
		dec, err := tx.covering(&f, field, d.Lines[i].Decision, class)
		if err != nil {
			return err
		}
		if dec == nil {
			continue
		}
		if _, known := claimed[dec.ID]; !known {
			if claimed[dec.ID], err = claimedUnder(tx.DB, dec.ID); err != nil {
				return err
			}
		}
		if !policy.CoversMoney(*dec, claimed[dec.ID], lines[i].AmountFen) {
			f.Add(field, "decision.money.over", problem.Args{"left": dec.MoneyFen - claimed[dec.ID]})
		}
		claimed[dec.ID] += lines[i].AmountFen
		lines[i].DecisionID = dec.ID
	}
	return f.Err()
}

// UndecidedEntries are the lines of a month that ask for a decision and name
// none.
func (t *Tenant) UndecidedEntries(ctx context.Context, account models.ID) ([]models.AccountEntry, error) {
	entries, err := entriesOf(t.db(ctx), account)
	if err != nil {
		return nil, err
	}
	return undecided(t.db(ctx), entries)
}

func undecided(db *gorm.DB, entries []models.AccountEntry) ([]models.AccountEntry, error) {
	rules, err := moneyRules(db)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	var out []models.AccountEntry
	for _, e := range entries {
		if e.DecisionID == 0 && e.Change != models.ChangeRemoved && classOf(rules, e.Category, e.Fund, e.ExpenseFen, e.Day) != "" {
			out = append(out, e)
		}
	}
	return out, nil
}

// NameDecision writes the decision's number beside a line of a month that is
// not signed yet. Refusals: Forbidden, NotFound, Conflict, Invalid (field
// decision).
func (t *Tenant) NameDecision(ctx context.Context, actor models.Actor, entry models.ID, number string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "confirm"); err != nil {
			return err
		}
		var e models.AccountEntry
		if err := tx.Where("id = ?", entry).Take(&e).Error; err != nil {
			return notFound(err)
		}
		// Locks the month: nobody signs what is being changed.
		if err := Changed(tx.Model(&models.AccountMonth{}).Where("id = ? AND state = ?", e.AccountID, models.AccountDraft).Update("updated_at", tx.Now)); err != nil {
			return err
		}
		rules, err := moneyRules(tx.DB)
		if err != nil {
			return err
		}
		class := classOf(rules, e.Category, e.Fund, e.ExpenseFen, e.Day)
		if class == "" {
			class = models.MatterFunds
		}
		var f problem.Form
		d, err := tx.covering(&f, "decision", number, class)
		if err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Audit("account.decision", entry, map[string]models.ID{"decision": d.ID})
		return Changed(tx.Model(&models.AccountEntry{}).Where("id = ?", entry).Update("decision_id", d.ID))
	})
}

// entriesDecided refuses the clerk's signature under a month with money of a
// class that only the assembly decides and no decision beside it, or more money
// than was decided.
func (tx *Tx) entriesDecided(m *models.AccountMonth, entries []models.AccountEntry) error {
	open, err := undecided(tx.DB, entries)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return problem.New(problem.Conflict, "ledger.decision.missing", problem.Args{"n": len(open), "line": open[0].Line}).Because("major matters are carried out by their decision")
	}
	checked := map[models.ID]bool{}
	for _, e := range entries {
		if e.DecisionID == 0 || checked[e.DecisionID] {
			continue
		}
		checked[e.DecisionID] = true
		d, err := decisionByID(tx.DB, e.DecisionID)
		if err != nil {
			return err
		}
		booked, err := bookedUnder(tx.DB, d.ID, m.ID)
		if err != nil {
			return err
		}
		if !policy.CoversMoney(*d, booked, 0) {
			return problem.New(problem.Conflict, "ledger.decision.over", problem.Args{"number": d.Number, "amount": booked})
		}
	}
	return nil
}

// decisionsNamed writes the decisions that a file names into its lines; the
// texts say which numbers are unknown.
func decisionsNamed(db *gorm.DB, numbers []string, lines []models.AccountEntry) ([]problem.Text, error) {
	var wrong []problem.Text
	for i, n := range numbers {
		if n == "" {
			continue
		}
		d, err := decisionByNumber(db, n)
		if problem.Is(err, problem.NotFound) {
			wrong = append(wrong, problem.Text{Key: "ledger.decision.unknown", Args: problem.Args{"number": n, "line": i + 1}})
			continue
		}
		if err != nil {
			return nil, err
		}
		lines[i].DecisionID = d.ID
	}
	return wrong, nil
}
