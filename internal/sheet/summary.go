package sheet

import "juwu/models"

// LedgerSummary is what `juwu import accounts --dry-run --json` prints: what
// was understood, per period, what was left out and why, and what is wrong by
// sheet and cell. It holds no entries and no signatures.
type LedgerSummary struct {
	File     string          `json:"file"`
	SHA256   string          `json:"sha256"`
	OK       bool            `json:"ok"`
	Periods  []PeriodSummary `json:"periods"`
	Sheets   []Sheet         `json:"sheets"`
	Skipped  []Skip          `json:"skipped"`
	Errors   []Finding       `json:"errors"`
	Warnings []Finding       `json:"warnings"`
}

// PeriodSummary is one month, in fen.
type PeriodSummary struct {
	Period     models.Month `json:"period"`
	OpeningFen models.Fen   `json:"opening_fen"`
	IncomeFen  models.Fen   `json:"income_fen"`
	ExpenseFen models.Fen   `json:"expense_fen"`
	ClosingFen models.Fen   `json:"closing_fen"`
	Entries    int          `json:"entries"`
}

// Summary sums a ledger up for people and programs. Lists are never null.
func (l *Ledger) Summary(file string) LedgerSummary {
	s := LedgerSummary{File: file, SHA256: l.SHA256, OK: l.OK(), Periods: []PeriodSummary{}, Sheets: append([]Sheet{}, l.Sheets...),
		Skipped: append([]Skip{}, l.Skipped...)}
	for _, m := range l.Months {
		s.Periods = append(s.Periods, PeriodSummary{m.Month, m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen, len(m.Entries)})
	}
	s.Errors, s.Warnings = split(l.Findings)
	return s
}

// RollSummary is what `juwu import residents --dry-run --json` prints.
type RollSummary struct {
	File       string     `json:"file"`
	SHA256     string     `json:"sha256"`
	OK         bool       `json:"ok"` // the file can be used; rows with errors would be queued
	Rows       int        `json:"rows"`
	Good       int        `json:"good"`
	Bad        int        `json:"bad"`
	Households int        `json:"households"`
	Grids      []string   `json:"grids"`
	Buildings  int        `json:"buildings"`
	RowErrors  []RowError `json:"row_errors"`
	Errors     []Finding  `json:"errors"`
	Warnings   []Finding  `json:"warnings"`
}

// Summary sums a roll up. Lists are never null.
func (r *RollReport) Summary(file string) RollSummary {
	s := RollSummary{File: file, SHA256: r.SHA256, OK: r.OK(), Rows: r.Rows, Good: r.Good, Bad: r.Rows - r.Good, Households: r.Households,
		Grids: append([]string{}, r.Grids...), Buildings: r.Buildings, RowErrors: append([]RowError{}, r.Errors...)}
	s.Errors, s.Warnings = split(r.Findings)
	return s
}

// BudgetSummary sums a budget up.
type BudgetSummary struct {
	File     string       `json:"file"`
	SHA256   string       `json:"sha256"`
	OK       bool         `json:"ok"`
	Year     int          `json:"year"`
	Lines    []BudgetLine `json:"lines"`
	Skipped  []Skip       `json:"skipped"`
	Errors   []Finding    `json:"errors"`
	Warnings []Finding    `json:"warnings"`
}

// Summary sums a budget up. Lists are never null.
func (b *Budget) Summary(file string) BudgetSummary {
	s := BudgetSummary{File: file, SHA256: b.SHA256, OK: b.OK(), Year: b.Year, Lines: append([]BudgetLine{}, b.Lines...), Skipped: append([]Skip{}, b.Skipped...)}
	s.Errors, s.Warnings = split(b.Findings)
	return s
}

func split(all []Finding) (errs, warnings []Finding) {
	errs, warnings = []Finding{}, []Finding{}
	for _, f := range all {
		if f.Severity == Error {
			errs = append(errs, f)
		} else {
			warnings = append(warnings, f)
		}
	}
	return errs, warnings
}
