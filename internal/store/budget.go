package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
)

// BudgetPlan is what confirming a budget's file would do.
type BudgetPlan struct {
	Import  *models.Import
	Budget  *sheet.Budget
	Books   []models.BudgetLine // of the year, as they are
	Expired bool
	OK      bool
}

// BudgetLines of a year: income first, then by category.
func (t *Tenant) BudgetLines(ctx context.Context, year int) ([]models.BudgetLine, error) {
	var rows []models.BudgetLine
	err := t.db(ctx).Where("year = ?", year).Order("side DESC, id").Find(&rows).Error
	return rows, err
}

// BudgetYears that have a budget, the newest first.
func (t *Tenant) BudgetYears(ctx context.Context) ([]int, error) {
	var years []int
	err := t.db(ctx).Model(&models.BudgetLine{}).Distinct("year").Order("year DESC").Pluck("year", &years).Error
	return years, err
}

// Spent is what stands in the published months of a year for one category.
type Spent struct {
	Category   string
	IncomeFen  models.Fen
	ExpenseFen models.Fen
}

// Executed sums the published months of a year by category.
func (t *Tenant) Executed(ctx context.Context, year int) ([]Spent, error) {
	from := models.MonthOf(time.Date(year, 1, 1, 0, 0, 0, 0, models.Shanghai))
	// Callbacks do not reach into a subquery: it names its community itself.
	months := t.db(ctx).Model(&models.AccountMonth{}).Select("id").
		Where("community_id = ? AND state = ? AND month >= ? AND month <= ?", t.Community.ID, models.AccountPublished, from, from.Add(11))
	var rows []Spent
	err := t.db(ctx).Model(&models.AccountEntry{}).
		Select("category, SUM(income_fen) AS income_fen, SUM(expense_fen) AS expense_fen").
		Where("`change` <> ?", models.ChangeRemoved).
		Where("account_id IN (?)", months).
		Group("category").Order("category").Find(&rows).Error
	return rows, err
}

// ImportBudgetFile reads an uploaded year's plan and stages it.
func (t *Tenant) ImportBudgetFile(ctx context.Context, actor models.Actor, name string, data []byte, opt sheet.BudgetOptions) (*models.Import, *sheet.Budget, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "budget", "import", models.DateOf(t.Now())); err != nil {
		return nil, nil, err
	}
	b, err := sheet.ReadBudget(name, data, opt)
	if err != nil {
		return nil, nil, err
	}
	im, err := t.stage(ctx, actor, "budget", models.ImportBudget, name, data, importNote{Entries: len(b.Lines), OK: b.OK(), Year: opt.Year}, len(b.Lines))
	return im, b, err
}

// BudgetPlan reads a staged budget again, beside what the books say.
func (t *Tenant) BudgetPlan(ctx context.Context, id models.ID) (*BudgetPlan, error) {
	im, b, err := t.stagedBudget(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &BudgetPlan{Import: im, Budget: b, Expired: !t.Now().Before(im.CreatedAt.Add(ImportLife))}
	p.OK = im.State == models.ImportStaged && !p.Expired && acceptableBudget(b) == nil
	p.Books, err = t.BudgetLines(ctx, b.Year)
	return p, err
}

func (t *Tenant) stagedBudget(ctx context.Context, id models.ID) (*models.Import, *sheet.Budget, error) {
	im, data, err := t.importOf(ctx, id, models.ImportBudget)
	if err != nil {
		return nil, nil, err
	}
	var note importNote
	if err := json.Unmarshal(im.Report, &note); err != nil {
		return nil, nil, err
	}
	b, err := sheet.ReadBudget(im.FileName, data, sheet.BudgetOptions{Year: note.Year})
	return im, b, err
}

func acceptableBudget(b *sheet.Budget) error {
	tooLong := slices.ContainsFunc(b.Lines, func(l sheet.BudgetLine) bool {
		return len([]rune(l.Category)) > maxCategory || len([]rune(l.Note)) > maxPurpose
	})
	if !b.OK() || tooLong {
		return problem.New(problem.Invalid, "ledger.import.errors", nil)
	}
	return nil
}

// ConfirmBudget replaces the year's plan by the file's, in one transaction.
func (t *Tenant) ConfirmBudget(ctx context.Context, actor models.Actor, id models.ID) (year int, err error) {
	im, b, err := t.stagedBudget(ctx, id)
	if err != nil {
		return 0, err
	}
	if err := acceptableBudget(b); err != nil {
		return 0, err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("budget", "import"); err != nil {
			return err
		}
		if err := tx.closeImport(im.ID, models.ImportConfirmed); err != nil {
			return err
		}
		if err := tx.Where("year = ?", b.Year).Delete(&models.BudgetLine{}).Error; err != nil {
			return err
		}
		rows := make([]models.BudgetLine, len(b.Lines))
		for i, l := range b.Lines {
			rows[i] = models.BudgetLine{
				Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, Year: b.Year, Side: l.Side, Category: cleanLine(l.Category),
				PlanFen: l.PlanFen, AdjustedFen: l.AdjustedFen, Note: cleanLine(l.Note),
			}
		}
		// Ids of one instant are random; sorted they keep the sheet's order.
		sortIDs(rows)
		if err := tx.CreateInBatches(rows, batch).Error; err != nil {
			return err
		}
		tx.Touch("accounts")
		tx.Audit("budget.import", im.ID, map[string]any{"sha256": hex.EncodeToString(im.SHA256), "year": b.Year, "lines": len(rows)})
		return nil
	})
	return b.Year, err
}

func sortIDs(rows []models.BudgetLine) {
	ids := make([]models.ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	slices.Sort(ids)
	for i := range rows {
		rows[i].ID = ids[i]
	}
}
