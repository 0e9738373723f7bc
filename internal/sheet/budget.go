package sheet

import (
	"math"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Side of a budget line.
const (
	SideIncome  = "income"
	SideExpense = "expense"
)

// BudgetLine is the plan of a year for one category.
type BudgetLine struct {
	Side        string      `json:"side"` // SideIncome or SideExpense
	Category    string      `json:"category"`
	PlanFen     models.Fen  `json:"plan_fen"`
	AdjustedFen models.Fen  `json:"adjusted_fen"`           // plan after adjustment
	ExecutedFen *models.Fen `json:"executed_fen,omitempty"` // 决算; nil when the sheet has none
	Note        string      `json:"note,omitempty"`
	Sheet       string      `json:"sheet"`
	Row         int         `json:"row"`
}

// Budget is everything understood of a file with a year's plan (年度预决算).
type Budget struct {
	SHA256   string       `json:"sha256"`
	Year     int          `json:"year"`
	Lines    []BudgetLine `json:"lines"`
	Skipped  []Skip       `json:"skipped,omitempty"`
	Findings []Finding    `json:"findings,omitempty"`
}

// BudgetOptions are what the caller knows and the file may not say.
type BudgetOptions struct{ Year int }

// OK tells whether the budget can be accepted.
func (b *Budget) OK() bool {
	return len(b.Lines) > 0 && !slices.ContainsFunc(b.Findings, func(f Finding) bool { return f.Severity == Error })
}

type budgetField uint8

const (
	budgetCategory budgetField = iota + 1
	budgetSide
	budgetPlan
	budgetDelta    // 调整: by how much
	budgetAdjusted // 调整后预算: to how much
	budgetExecuted
	budgetNote
	budgetIgnored
)

var budgetWords = func() map[string]budgetField {
	m := map[string]budgetField{}
	for f, words := range map[budgetField][]string{
		budgetCategory: {"科目", "项目", "预算科目", "预算项目", "收支项目", "科目名称", "项目名称", "收支科目", "支出项目", "收入项目", "类别", "内容"},
		budgetSide:     {"收支", "收/支", "收支类型", "类型", "收支类别"},
		budgetPlan:     {"年初预算", "预算", "预算数", "年初预算数", "预算金额", "年度预算", "本年预算", "计划数", "批准预算"},
		budgetDelta:    {"调整", "预算调整", "调整数", "调整额", "调增调减", "追加", "调整金额"},
		budgetAdjusted: {"调整后预算", "调整预算数", "调整后预算数", "调整预算", "调整后"},
		budgetExecuted: {"决算", "执行", "决算数", "执行数", "实际", "实际执行", "实际数", "实际支出", "完成数", "决算金额", "实际发生", "执行情况", "全年执行"},
		budgetNote:     {"说明", "备注", "差异说明", "编制说明", "差异原因"},
		budgetIgnored:  {"序号", "差异", "完成率", "执行率", "完成比例", "差额", "增减", "增减率", "超支", "结余"},
	} {
		for _, w := range words {
			m[w] = f
		}
	}
	return m
}()

type budgetLayout struct {
	header int
	cols   map[budgetField]int
	units  map[budgetField]int64
}

func budgetHeader(l line) *budgetLayout {
	y := &budgetLayout{header: l.n, cols: map[budgetField]int{}, units: map[budgetField]int64{}}
	for c, s := range l.cells {
		f := fold(s)
		if len(f) > 60 {
			continue
		}
		field := budgetWords[strings.Trim(withoutBrackets(f), ":*")]
		if _, twice := y.cols[field]; field == 0 || field == budgetIgnored || twice {
			continue
		}
		y.cols[field], y.units[field] = c, unitIn(f)
	}
	_, category := y.cols[budgetCategory]
	_, plan := y.cols[budgetPlan]
	if !category || !plan {
		return nil
	}
	return y
}

// ReadBudget reads a year's plan. The error is a problem of the file as a
// whole; what is wrong inside is a Finding.
func ReadBudget(name string, data []byte, opt BudgetOptions) (out *Budget, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, damaged(errPanic)
		}
	}()
	ts, err := tables(name, data)
	if err != nil {
		return nil, err
	}
	b := &Budget{SHA256: digest(data)}
	found := false
	for _, t := range ts {
		if t.hidden {
			b.Skipped = append(b.Skipped, Skip{Sheet: t.name, Reason: SkipSheetHidden})
			continue
		}
		found = b.sheet(t) || found
	}
	if !found {
		return nil, invalid(KeyNoBudget, nil)
	}
	for _, y := range []int{namePeriod(baseName(name)).year, opt.Year} {
		if b.Year == 0 {
			b.Year = y
		}
	}
	if b.Year == 0 {
		b.Findings = append(b.Findings, Finding{Severity: Error, Key: FindingNoYear})
	}
	b.twice()
	return b, nil
}

// budgetReader walks one sheet of a budget.
type budgetReader struct {
	b     *Budget
	t     *table
	lay   *budgetLayout
	unit  int64
	side  string
	since int // first line of the running group, for its subtotal
}

func (b *Budget) sheet(t *table) bool {
	r := &budgetReader{b: b, t: t, unit: unitYuan, side: SideExpense, since: len(b.Lines)}
	if s := budgetSideOf(t.name); s != "" {
		r.side = s
	}
	for i, l := range t.lines {
		switch {
		case r.lay != nil:
			r.row(l)
		case i < headerWindow:
			if r.lay = budgetHeader(l); r.lay == nil {
				r.above(l)
			}
		}
	}
	if r.lay == nil {
		b.Skipped = append(b.Skipped, Skip{Sheet: t.name, Reason: SkipSheetNoHeader})
		return false
	}
	if b.Year == 0 {
		b.Year = namePeriod(t.name).year
	}
	return true
}

func (r *budgetReader) above(l line) {
	for _, c := range l.cells {
		if p := titlePeriod(c); r.b.Year == 0 {
			r.b.Year = p.year
		}
		if u := unitIn(fold(c)); u != 0 {
			r.unit = u
		}
		if s := budgetSideOf(c); s != "" {
			r.side = s
		}
	}
}

// budgetSideOf reads 一、收入 and 收入预算表; "收支" says neither.
func budgetSideOf(s string) string {
	f := strings.ReplaceAll(fold(s), "收支", "")
	in, out := strings.Contains(f, "收入"), strings.Contains(f, "支出") || strings.Contains(f, "开支")
	switch {
	case in && !out:
		return SideIncome
	case out && !in:
		return SideExpense
	}
	return ""
}

func (r *budgetReader) money(l line, f budgetField) (models.Fen, amountState) {
	col, ok := r.lay.cols[f]
	if !ok {
		return 0, amountBlank
	}
	unit := r.lay.units[f]
	if unit == 0 {
		unit = r.unit
	}
	s := l.cell(col)
	if s == "" && r.t.formulas != nil {
		if v, ok := r.t.evaluate(l.n, col); ok {
			return models.Fen(math.Round(v * float64(unit))), amountOK
		}
	}
	fen, state := parseAmount(s, unit)
	if state == amountBad {
		r.b.Findings = append(r.b.Findings, Finding{Severity: Error, Key: FindingBadAmount, Sheet: r.t.name, Row: l.n, Cell: address(l.n, col),
			Args: problem.Args{"text": s}})
	}
	return fen, state
}

func (r *budgetReader) row(l line) {
	category := l.cell(r.lay.cols[budgetCategory])
	label := fold(category)
	skip := func(reason string) {
		r.b.Skipped = append(r.b.Skipped, Skip{Sheet: r.t.name, Row: l.n, Reason: reason, Text: category})
	}
	if label == "" {
		skip(SkipNote)
		return
	}
	if isWord(label, totalWords) || isWord(label, subtotal) || strings.HasSuffix(label, "合计") || strings.HasSuffix(label, "小计") {
		r.total(l, label)
		skip(SkipTotal)
		return
	}
	plan, planned := r.money(l, budgetPlan)
	delta, hasDelta := r.money(l, budgetDelta)
	adjusted, hasAdjusted := r.money(l, budgetAdjusted)
	executed, hasExecuted := r.money(l, budgetExecuted)
	if side := budgetSideOf(label); side != "" && len(label) <= 36 && sectionHead(label) {
		r.side, r.since = side, len(r.b.Lines)
		skip(SkipTitle)
		return
	}
	if planned == amountBlank && hasDelta == amountBlank && hasAdjusted == amountBlank && hasExecuted == amountBlank {
		skip(SkipNote)
		return
	}
	line := BudgetLine{Side: r.side, Category: category, PlanFen: plan, AdjustedFen: plan + delta, Sheet: r.t.name, Row: l.n}
	if hasAdjusted == amountOK || hasAdjusted == amountRounded {
		line.AdjustedFen = adjusted
	}
	if hasExecuted == amountOK || hasExecuted == amountRounded {
		line.ExecutedFen = &executed
	}
	if c, ok := r.lay.cols[budgetSide]; ok {
		if in, ok := sideOf(l.cell(c)); ok && in {
			line.Side = SideIncome
		} else if ok {
			line.Side = SideExpense
		}
	}
	if c, ok := r.lay.cols[budgetNote]; ok {
		line.Note = l.cell(c)
	}
	r.b.Lines = append(r.b.Lines, line)
}

// sectionHead recognises 一、收入, (二)支出预算 and the bare words: the roof
// over the lines that follow, even where it repeats their sum.
func sectionHead(label string) bool {
	bare := strings.Trim(withoutBrackets(label), "一二三四五六七八九十、.:0123456789")
	switch bare {
	case "收入", "支出", "收入预算", "支出预算", "收入部分", "支出部分", "本年收入", "本年支出", "收入项目", "支出项目", "经费收入", "经费支出":
		return true
	}
	return false
}

// total compares a sum with the lines since the section began, of its side,
// or of the whole sheet.
func (r *budgetReader) total(l line, label string) {
	stated, state := r.money(l, budgetPlan)
	if state != amountOK {
		return
	}
	var group, side, all models.Fen
	want := budgetSideOf(label)
	if want == "" {
		want = r.side
	}
	for i, b := range r.b.Lines {
		if b.Sheet != r.t.name {
			continue
		}
		if i >= r.since {
			group += b.PlanFen
		}
		if b.Side == want {
			side += b.PlanFen
		}
		all += b.PlanFen
	}
	if stated != group && stated != side && stated != all {
		col := r.lay.cols[budgetPlan]
		r.b.Findings = append(r.b.Findings, Finding{Severity: Error, Key: FindingBudgetTotal, Sheet: r.t.name, Row: l.n, Cell: address(l.n, col),
			Args: problem.Args{"stated": stated, "computed": side}})
	}
	r.since = len(r.b.Lines)
}

func (b *Budget) twice() {
	seen := map[string]int{}
	for _, l := range b.Lines {
		k := l.Side + "\x00" + fold(l.Category)
		if row, ok := seen[k]; ok {
			b.Findings = append(b.Findings, Finding{Severity: Warning, Key: FindingBudgetTwice, Sheet: l.Sheet, Row: l.Row,
				Args: problem.Args{"category": l.Category, "row": row}})
			continue
		}
		seen[k] = l.Row
	}
}
