package sheet

import (
	"regexp"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Words of rows that are no entries. They count only where the row carries no
// voucher number and the text is about as long as the word: "上年结转资金拨付
// 工程款" with a voucher is an entry.
var (
	carryWords   = []string{"上月结转", "上期结转", "上年结转", "上月结余", "上期结余", "上年结余", "上月余额", "上期余额", "上年余额", "上季结转", "上季结余", "上季度结余", "上季度结转", "期初余额", "期初结余", "期初数", "月初余额", "月初结余", "年初余额", "年初结余", "年初数", "期初", "结转上月", "结转上年", "上月结存", "上期结存", "期初结存"}
	closeWords   = []string{"本月结余", "本期结余", "期末余额", "期末结余", "月末余额", "月末结余", "本月余额", "结转下月", "结转下期", "结转下年", "本季结余", "本季度结余", "年末余额", "年末结余", "期末结存", "本月结存"}
	pageWords    = []string{"承前页", "承上页", "过次页", "转下页", "接上页", "接前页"}
	cumulative   = []string{"本年累计", "全年累计", "累计", "本年合计", "年度累计", "本年累计数", "至本月累计", "全年合计"}
	subtotal     = []string{"小计", "本页合计", "本页小计", "本日合计", "本周合计"}
	totalWords   = []string{"本月合计", "本期合计", "当月合计", "本季合计", "本季度合计", "季度合计", "合计", "总计", "共计", "本月发生额", "月计", "本月计", "本月小计", "本月发生额合计", "本期发生额", "收入合计", "支出合计", "本月收入合计", "本月支出合计", "收支合计"}
	noteWords    = []string{"备注:", "说明:", "注:", "附注:", "填表说明", "编制说明"}
	signWords    = regexp.MustCompile(`(主任|书记|监督委员会|监委会|监督小组|理财小组|报账员|报帐员|会计|出纳|制表|制表人|填表人|编制人|审核|审核人|复核|复核人|审批|审批人|负责人|经办人|经手人|财务主管|单位负责人|签字|签名|签章|盖章|公章|公开日期|公示日期|公开时间|公示时间|填报日期|制表日期|监督电话|举报电话|联系电话)[^:]{0,12}:`)
	signAnywhere = regexp.MustCompile(`\((签字|签名|盖章|签章|公章)\)`)
	titleWords   = regexp.MustCompile(`收支|明细|公开|公示|财务|账|帐|报表|一览|^\d{4}年\d{1,2}月份?$|^\d{1,2}月份?$`)
	reversalWord = regexp.MustCompile(`红冲|冲销|冲红|红字|冲减|冲回|退回|更正`)
)

// row decides what a row is, in the order in which mistakes cost most.
func (r *reader) row(l line) {
	label := r.label(l)
	amounts := r.amounts(l)
	voucher := r.lay.cell(l, roleVoucher)
	if f := fold(voucher); dashes(f) || isKind(f) {
		voucher = ""
	}
	plain := voucher == "" && !looksDated(r.lay.cell(l, roleDate))
	name := r.table.name
	switch {
	case !amounts.figures() && r.repeatedHeader(l):
		r.ledger.skip(name, l.n, SkipHeader, label)
	case voucher == "" && isWord(label, pageWords):
		r.page(l, amounts)
		r.ledger.skip(name, l.n, SkipPage, label)
	case isWord(label, carryWords) && (voucher == "" || !amounts.income.known && !amounts.expense.known):
		r.carried(l, amounts)
		r.ledger.skip(name, l.n, SkipCarried, label)
	case voucher == "" && isWord(label, closeWords):
		r.closing(l, amounts)
		r.ledger.skip(name, l.n, SkipClosing, label)
	case voucher == "" && isWord(label, cumulative):
		r.ledger.skip(name, l.n, SkipCumulative, label)
	case voucher == "" && isWord(label, subtotal):
		r.total(l, amounts, SkipSubtotal)
		r.ledger.skip(name, l.n, SkipSubtotal, label)
	case voucher == "" && (isWord(label, totalWords) || plain && capitalTotal(label)):
		r.total(l, amounts, SkipTotal)
		r.ledger.skip(name, l.n, SkipTotal, label)
	case !amounts.any() && r.signature(l):
		r.ledger.skip(name, l.n, SkipSignature, "") // names of people: not for reports
	case !amounts.any() && plain && r.remark(l):
		r.ledger.skip(name, l.n, SkipNote, label)
	case !amounts.any() && plain && r.title(l):
		r.ledger.skip(name, l.n, SkipTitle, label)
	default:
		r.entry(l, amounts)
	}
}

// label is the first text of the row that can name what the row is: any of
// the columns left of the amounts, for clerks put 合计 in all of them.
func (r *reader) label(l line) string {
	if s := r.lay.cell(l, rolePurpose); s != "" {
		if f := fold(s); isKind(f) {
			return f
		}
	}
	first := ""
	for c, s := range l.cells {
		if s == "" || c == r.lay.col(roleIncome) || c == r.lay.col(roleExpense) || c == r.lay.col(roleBalance) {
			continue
		}
		f := fold(s)
		if isKind(f) {
			return f
		}
		if first == "" {
			first = f
		}
	}
	return first
}

func isKind(f string) bool {
	return isWord(f, carryWords) || isWord(f, totalWords) || isWord(f, cumulative) || isWord(f, closeWords) ||
		isWord(f, subtotal) || isWord(f, pageWords)
}

// isWord compares a folded text with row words; "一、上月结转:" and
// "本月合计(元)" are still the word, a sentence around it is not.
func isWord(f string, words []string) bool {
	if f == "" || len(f) > 60 {
		return false
	}
	f = strings.Trim(withoutBrackets(f), ":;。.,、*-—一二三四五六")
	if i := strings.IndexByte(f, ':'); i > 0 { // "合计(大写):壹万…"
		f = f[:i]
	}
	for _, w := range words {
		if rest, ok := strings.CutPrefix(f, w); ok {
			switch rest {
			case "", "金额", "数", "余额", "资金", "发生额", "及余额":
				return true
			}
		}
	}
	return monthTotal.MatchString(f) && len(words) > 0 && words[0] == "本月合计"
}

var monthTotal = regexp.MustCompile(`^(\d{4}年)?\d{1,2}月份?(收支)?(合计|小计|总计)$`)

func capitalTotal(f string) bool {
	return strings.HasPrefix(f, "合计") && strings.Contains(f, "大写") || strings.HasPrefix(f, "大写")
}

func looksDated(s string) bool {
	if s == "" {
		return false
	}
	_, st := parseDate(s, dateHints{year: 2000, month: 1})
	return st != dateBad && st != dateNone
}

func (r *reader) repeatedHeader(l line) bool {
	lays, score := readHeader([]line{l})
	return score >= 4 && len(lays) > 0 && lays[0].closes()
}

func (r *reader) signature(l line) bool {
	for _, c := range l.cells {
		if f := fold(c); f != "" && len(f) < 400 && (signWords.MatchString(f) || signAnywhere.MatchString(f)) {
			return true
		}
	}
	return false
}

// remark is a line of explanation under the table.
func (r *reader) remark(l line) bool {
	filled, first := 0, ""
	for _, c := range l.cells {
		if c != "" {
			if filled++; first == "" {
				first = fold(c)
			}
		}
	}
	for _, w := range noteWords {
		if strings.HasPrefix(first, w) {
			return true
		}
	}
	// One text alone, after the table's total: no entry looks like this.
	return filled == 1 && len(r.seg.totals) > 0
}

// title recognises the heading of a next month further down the same sheet.
func (r *reader) title(l line) bool {
	filled, only := 0, ""
	for _, c := range l.cells {
		if c != "" {
			filled, only = filled+1, c
		}
	}
	p := titlePeriod(only)
	if filled > 2 || p.from == 0 || !titleWords.MatchString(fold(only)) {
		return false // "2026年8月电费" is an entry whose amount is missing
	}
	if len(r.seg.entries) > 0 {
		r.close()
		r.date = ""
	}
	r.open(p.merge(period{year: r.sheet.year}))
	return true
}

// carried takes the opening. A second carried-over row begins a new segment.
func (r *reader) carried(l line, a amounts) {
	if len(r.seg.entries) > 0 {
		p := r.seg.period
		r.close()
		r.date = ""
		r.open(p.after(r.segs[len(r.segs)-1].lastMonth()))
	}
	op := a.balance
	r.seg.openingIncome = a.income.known
	for _, s := range []stated{a.amount, a.income, a.expense} {
		if !op.known {
			op = s
		}
	}
	if !op.known && a.bad.known {
		r.ledger.find(Error, FindingBadAmount, r.table.name, a.bad.row, a.bad.col, problem.Args{"text": l.cell(a.bad.col)})
	}
	r.seg.opening = op
}

func (p period) after(m models.Month) period {
	if p.single() == 0 || m == "" {
		return p
	}
	next := string(m.Add(1))
	return checked(number(next[:4]), number(next[5:]), number(next[5:]))
}

func (s *segment) lastMonth() models.Month {
	var m models.Month
	for _, e := range s.entries {
		m = max(m, s.monthOf(e))
	}
	return m
}

// page: a carried page is no opening unless the sheet begins with it.
func (r *reader) page(l line, a amounts) {
	if len(r.seg.entries) == 0 && !r.seg.opening.known {
		r.carried(l, a)
	}
}

func (r *reader) closing(l line, a amounts) {
	c := a.balance
	for _, s := range []stated{a.amount, a.income, a.expense} {
		if !c.known {
			c = s
		}
	}
	if c.known {
		r.seg.closing = c
	}
}

func (r *reader) total(l line, a amounts, reason string) {
	s := r.seg
	r.cover(l, &a)
	s.totals = append(s.totals, total{reason: reason, income: a.income, expense: a.expense, since: s.noted, upTo: len(s.entries)})
	s.noted = len(s.entries)
	if reason == SkipTotal && a.balance.known {
		s.closing = a.balance
	}
}

// cover reads the capital total of a row like "合计(大写)：壹万元整", which
// stands for the expense where no figure does.
func (r *reader) cover(l line, a *amounts) {
	if a.income.known || a.expense.known || a.amount.known {
		return
	}
	for c, s := range l.cells {
		f := withoutBrackets(fold(s))
		f = strings.TrimLeft(f, "合计大写金额人民币:")
		if fen, ok := parseUpper(strings.NewReplacer("圆", "元").Replace(f)); ok && f != "" {
			a.expense = stated{fen: fen, known: true, row: l.n, col: c}
			return
		}
	}
}
