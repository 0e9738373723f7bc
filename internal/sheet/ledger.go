package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// Severity of a finding.
type Severity string

const (
	Error   Severity = "error"   // the file is not accepted
	Warning Severity = "warning" // a human should look at it
)

// Finding is something to tell about a cell or a sheet: a catalogue key and
// its arguments, never a sentence. Money in Args is models.Fen.
type Finding struct {
	Severity Severity     `json:"severity"`
	Key      string       `json:"key"`
	Args     problem.Args `json:"args,omitempty"`
	Sheet    string       `json:"sheet,omitempty"`
	Row      int          `json:"row,omitempty"`
	Cell     string       `json:"cell,omitempty"`
}

// Skip is a row, or with Row 0 a whole sheet, that was left out, and why.
type Skip struct {
	Sheet  string `json:"sheet"`
	Row    int    `json:"row,omitempty"`
	Reason string `json:"reason"` // catalogue key sheet.skip.…
	Text   string `json:"text,omitempty"`
}

// Sheet tells what was understood of one sheet.
type Sheet struct {
	Name      string       `json:"name"`
	Used      bool         `json:"used"`
	Reason    string       `json:"reason,omitempty"` // why it was not used
	Title     string       `json:"title,omitempty"`
	HeaderRow int          `json:"header_row,omitempty"`
	Unit      string       `json:"unit,omitempty"` // "yuan" or "wan"
	From      models.Month `json:"from,omitempty"` // the period that title or name speak of
	To        models.Month `json:"to,omitempty"`
	Columns   []Column     `json:"columns,omitempty"`
	Entries   int          `json:"entries"`
}

// Column tells how a column was understood.
type Column struct {
	Letter  string `json:"letter"`
	Heading string `json:"heading"`
	Role    string `json:"role"` // catalogue key sheet.column.…; "" when not used
}

// Entry is one line of a book of account.
type Entry struct {
	Date        models.Date `json:"date"`
	Voucher     string      `json:"voucher,omitempty"`
	Purpose     string      `json:"purpose"`
	Category    string      `json:"category,omitempty"`
	Fund        string      `json:"fund,omitempty"`
	IncomeFen   models.Fen  `json:"income_fen"`
	ExpenseFen  models.Fen  `json:"expense_fen"`
	BalanceFen  *models.Fen `json:"balance_fen,omitempty"` // as the sheet states it; nil when it states none
	Handler     string      `json:"handler,omitempty"`     // names stay inside the office
	Witness     string      `json:"witness,omitempty"`
	Approver    string      `json:"approver,omitempty"`
	Attachments int         `json:"attachments,omitempty"`
	Note        string      `json:"note,omitempty"`
	Decision    string      `json:"decision,omitempty"` // number of the meeting's decision, where the book has a column for it
	Reversal    bool        `json:"reversal,omitempty"` // red ink: a negative amount stays on its side
	Sheet       string      `json:"sheet"`
	Row         int         `json:"row"`
	DateCell    string      `json:"date_cell,omitempty"`
	VoucherCell string      `json:"voucher_cell,omitempty"`
	PurposeCell string      `json:"purpose_cell,omitempty"`
	AmountCell  string      `json:"amount_cell,omitempty"`
	BalanceCell string      `json:"balance_cell,omitempty"`
	NoteCell    string      `json:"note_cell,omitempty"`

	stored bool // the balance stands in the file, it is not only a formula
}

// Month is the account of one civil month as the file states it.
type Month struct {
	Month        models.Month `json:"month"`
	OpeningFen   models.Fen   `json:"opening_fen"`
	IncomeFen    models.Fen   `json:"income_fen"`
	ExpenseFen   models.Fen   `json:"expense_fen"`
	ClosingFen   models.Fen   `json:"closing_fen"` // opening + income − expense
	Entries      []Entry      `json:"entries"`
	OpeningSheet string       `json:"opening_sheet,omitempty"`
	OpeningCell  string       `json:"opening_cell,omitempty"` // empty when the opening was derived
	ClosingSheet string       `json:"closing_sheet,omitempty"`
	ClosingCell  string       `json:"closing_cell,omitempty"` // where the sheet states the closing

	said      bool // the sheet states a closing
	statedFen models.Fen
}

// Ledger is everything understood of a file.
type Ledger struct {
	SHA256   string    `json:"sha256"`
	Sheets   []Sheet   `json:"sheets"`
	Months   []Month   `json:"months"`
	Skipped  []Skip    `json:"skipped,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
}

// LedgerOptions are what the caller knows and the file may not say.
type LedgerOptions struct {
	Year int // used where neither title, sheet name, file name nor dates tell the year

	// PreviousClosing is the published closing of months before, by month: the
	// file's first opening is checked against it. May be nil.
	PreviousClosing map[models.Month]models.Fen
}

// OK tells whether the ledger can be accepted: months were understood and no
// finding is an error.
func (l *Ledger) OK() bool {
	return len(l.Months) > 0 && !slices.ContainsFunc(l.Findings, func(f Finding) bool { return f.Severity == Error })
}

// ReadLedger reads a book of account from an .xlsx or .csv file. The error is
// a problem that tells what to do about the file as a whole (wrong type,
// encrypted, too large); everything that is wrong inside is a Finding, and
// what was understood is reported beside it.
func ReadLedger(name string, data []byte, opt LedgerOptions) (out *Ledger, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, damaged(errPanic)
		}
	}()
	ts, err := tables(name, data)
	if err != nil {
		return nil, err
	}
	l := &Ledger{SHA256: digest(data)}
	var found []*segment
	hint := namePeriod(baseName(name))
	for _, t := range ts {
		r := &reader{table: t, ledger: l, opt: opt, file: hint}
		found = append(found, r.read()...)
	}
	l.assemble(found, opt)
	return l, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (l *Ledger) find(sev Severity, key, sheet string, row, col int, args problem.Args) {
	l.Findings = append(l.Findings, Finding{Severity: sev, Key: key, Args: args, Sheet: sheet, Row: row, Cell: address(row, col)})
}

func (l *Ledger) skip(sheet string, row int, reason, text string) {
	l.Skipped = append(l.Skipped, Skip{Sheet: sheet, Row: row, Reason: reason, Text: text})
}

// assemble turns the segments of all sheets into months and checks them.
func (l *Ledger) assemble(segs []*segment, opt LedgerOptions) {
	slices.SortStableFunc(segs, func(a, b *segment) int {
		return compareMonths(a.firstMonth(), b.firstMonth())
	})
	l.checkTwice(segs)
	var before *segment
	for _, s := range segs {
		l.settleOpening(s, before, opt)
		l.checkSegment(s)
		before = s
	}
	byMonth := map[models.Month]*Month{}
	for _, s := range segs {
		for _, part := range s.parts() {
			m := byMonth[part.Month]
			if m == nil {
				p := part
				byMonth[part.Month] = &p
				continue
			}
			m.join(part)
		}
	}
	for _, m := range slices.Sorted(maps.Keys(byMonth)) {
		l.Months = append(l.Months, *byMonth[m])
	}
	if len(l.Months) == 0 {
		l.Findings = append(l.Findings, Finding{Severity: Error, Key: KeyNoEntries})
		return
	}
	l.checkChain(opt)
	l.checkVouchers()
	l.checkPersonal()
}

// join adds the part of another sheet to the same month, as when each fund
// has its own sheet.
func (m *Month) join(p Month) {
	m.OpeningFen += p.OpeningFen
	m.IncomeFen += p.IncomeFen
	m.ExpenseFen += p.ExpenseFen
	m.ClosingFen += p.ClosingFen
	m.Entries = append(m.Entries, p.Entries...)
	m.OpeningCell, m.OpeningSheet, m.ClosingCell, m.ClosingSheet, m.said = "", "", "", "", false
}

func compareMonths(a, b models.Month) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
