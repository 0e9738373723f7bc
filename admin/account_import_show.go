package admin

import (
	"juwu/i18n"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web/ui"
	"juwu/models"
)

// previewLines is how many lines of a month the preview lists.
const previewLines = 200

var unitNames = i18n.Family("ledger.unit.")

func (v *previewView) path(act string) string {
	return v.AdminURL("accounts", "import", v.Plan.Import.ID.String(), act)
}

// planKind colours what would happen to a month; nothing is green in a file
// that is not accepted.
func (v *previewView) planKind(a store.PlanAction) ui.Kind {
	if len(v.Bad) > 0 {
		return ui.Plain
	}
	switch a {
	case store.PlanBlocked:
		return ui.Danger
	case store.PlanReplace, store.PlanCorrect:
		return ui.Attention
	case store.PlanNew:
		return ui.Good
	}
	return ui.Plain
}

func (v *previewView) lead() string {
	n := 0
	for _, m := range v.Plan.Months {
		n += len(m.Month.Entries)
	}
	return v.T("ledger.preview.lead", "months", len(v.Plan.Months), "n", n)
}

// steps shows the way from the file to the board.
func (v *previewView) steps() []ui.Step {
	return []ui.Step{
		{Text: v.T("ledger.steps.upload"), State: ui.StepDone, Href: v.AdminURL("accounts")},
		{Text: v.T("ledger.steps.check"), State: ui.StepNow},
		{Text: v.T("ledger.steps.sign"), State: ui.StepNext},
		{Text: v.T("ledger.steps.publish"), State: ui.StepNext},
	}
}

func (v *previewView) planLines(m *store.MonthPlan) []ui.TR {
	entries := m.Month.Entries
	if len(entries) > previewLines {
		entries = entries[:previewLines]
	}
	rows := make([]ui.TR, len(entries))
	amount := func(f models.Fen) string {
		if f == 0 {
			return ""
		}
		return v.Money(f)
	}
	for i, e := range entries {
		rows[i] = ui.TR{Kind: v.doubtful(e.Sheet, e.Row), Cells: []ui.TD{
			{Text: e.Purpose, Sub: e.Note}, {Text: shortDay(e.Date), Sub: e.Voucher}, {Text: e.Category, Sub: e.Fund},
			{Text: amount(e.IncomeFen)}, {Text: amount(e.ExpenseFen)}, {Text: place(e.Sheet, e.Row, "")},
		}}
	}
	return rows
}

func (v *previewView) findingRows(list []sheet.Finding, kind ui.Kind) []ui.TR {
	rows := make([]ui.TR, len(list))
	for i, f := range list {
		rows[i] = ui.TR{Kind: kind, Cells: []ui.TD{{Text: place(f.Sheet, f.Row, f.Cell)}, {Text: findingText(v.Page, f)}}}
	}
	return rows
}

// sheetNote tells in a few words how a sheet was taken.
func (v *previewView) sheetNote(s sheet.Sheet) string {
	if !s.Used {
		if s.Reason == "" {
			return v.T("ledger.preview.unused")
		}
		return v.T(s.Reason)
	}
	return v.T("ledger.preview.sheet", "row", s.HeaderRow, "n", s.Entries, "unit", v.T(unitNames.Key(s.Unit)))
}

func (v *previewView) columnRole(c sheet.Column) string {
	if c.Role == "" {
		return v.T("ledger.preview.column.unused")
	}
	return v.T(c.Role)
}
