package sheet

import (
	"strings"
)

// role is what a column of a book of account means.
type role uint8

const (
	roleNone role = iota
	roleDate
	roleMonthOnly // 月 and 日 in columns of their own, the year above them
	roleDayOnly
	roleVoucher
	rolePurpose
	roleCategory
	roleFund
	roleIncome
	roleExpense
	roleAmount // one amount, with a side column beside it
	roleSide   // 收/支
	roleBalance
	roleHandler
	roleWitness
	roleApprover
	roleAttachments
	roleNote
	roleDecision
	roleIgnored // known and not needed: 序号
)

// columnWords are the headings met in real sheets, folded. An exact match
// wins; else the longest of these contained in the heading decides.
var columnWords = map[role][]string{
	roleDate:        {"日期", "业务日期", "记账日期", "记帐日期", "发生日期", "收支日期", "交易日期", "凭证日期", "入账日期", "制单日期", "时间", "发生时间", "年月日", "日期时间"},
	roleMonthOnly:   {"月", "月份"},
	roleDayOnly:     {"日"},
	roleVoucher:     {"凭证号", "凭证号数", "凭证编号", "凭证字号", "凭证", "凭单号", "凭单", "记账凭证号", "记账凭证", "凭证种类号数", "单据号", "单据编号", "票据号", "票号", "编号", "传票号"},
	rolePurpose:     {"摘要", "用途", "事由", "事项", "内容", "开支项目", "收支项目", "收支内容", "项目内容", "项目名称", "开支内容", "支出内容", "业务内容", "经济内容", "经济业务内容", "说明", "摘要说明", "收支事由", "用途说明", "支出用途", "开支用途", "款项用途", "收支摘要"},
	roleCategory:    {"科目", "会计科目", "收支科目", "科目名称", "类别", "收支类别", "支出类别", "费用类别", "分类", "项目类别", "款项类别", "明细科目", "总账科目", "费用项目"},
	roleFund:        {"资金来源", "经费来源", "资金渠道", "资金性质", "款项来源", "经费类别", "列支渠道", "经费渠道", "资金类别", "专项名称", "列支经费", "资金科目", "来源"},
	roleIncome:      {"收入", "收入金额", "收入额", "收款", "收款金额", "本期收入", "收方", "收方金额", "借方", "借方金额", "借方发生额", "收入发生额", "收入数", "进账", "增加", "收"},
	roleExpense:     {"支出", "支出金额", "支出额", "付款", "付款金额", "开支金额", "本期支出", "付方", "付方金额", "贷方", "贷方金额", "贷方发生额", "支出发生额", "支出数", "出账", "减少", "支", "付", "开支", "报销金额"},
	roleAmount:      {"金额", "发生额", "收支金额", "发生金额", "金额合计", "数额", "交易金额"},
	roleSide:        {"收支", "收/支", "收支方向", "方向", "收支类型", "收付", "收/付", "借贷", "借/贷", "借贷方向", "收支标志", "类型", "借或贷", "收支性质"},
	roleBalance:     {"结余", "余额", "结存", "结余金额", "账面余额", "结存金额", "结余额", "期末余额", "余额数", "本期结余", "累计结余", "结存余额"},
	roleHandler:     {"经手人", "经办人", "报账人", "报销人", "领款人", "经手", "经办", "报账员", "领取人", "报帐人"},
	roleWitness:     {"证明人", "验收人", "证明", "见证人", "证明人验收人"},
	roleApprover:    {"审批人", "批准人", "审核人", "审批", "签批人", "负责人", "主任审批", "审批领导", "领导签字", "审核", "核准人"},
	roleAttachments: {"附件张数", "附件", "附件数", "单据张数", "附单据", "附单据张数", "票据张数", "张数", "附件数量", "原始凭证张数", "凭证张数", "发票张数", "单据数"},
	roleNote:        {"备注", "附注", "备考", "注"},
	roleDecision:    {"决定编号", "决议编号", "决议号", "决定文号", "会议决定", "会议决议", "决议"},
	roleIgnored:     {"序号", "行号", "序", "no", "对方单位", "对方户名", "收款单位", "单位", "票据类型", "支付方式", "结算方式", "对方科目", "付款方式", "附件编号"},
}

var columnOf = func() map[string]role {
	m := map[string]role{}
	for r, words := range columnWords {
		for _, w := range words {
			m[w] = r
		}
	}
	return m
}()

// heading is one column title taken apart: "支出金额(万元)" means expense in
// units of 万元.
type heading struct {
	role role
	unit int64 // 0: not said here
	text string
}

func readHeading(s string) heading {
	h := heading{text: s}
	f := strings.ToLower(fold(s))
	if f == "" || len(f) > 60 {
		return h
	}
	h.unit = unitIn(f)
	bare := withoutBrackets(f)
	if bare == "" {
		bare = strings.Trim(f, "()[]【】")
	}
	bare = strings.Trim(bare, ":*、,.")
	for _, tail := range []string{"万元", "元"} {
		if cut, ok := strings.CutSuffix(bare, tail); ok && cut != "" {
			bare = cut
			break
		}
	}
	if r, ok := columnOf[bare]; ok {
		h.role = r
		return h
	}
	best := 0
	for word, r := range columnOf {
		// Two characters at least: "日" and "收" alone stand in many words.
		if len(word) >= 6 && len(word) > best && strings.Contains(bare, word) && len(bare) <= len(word)+12 {
			best, h.role = len(word), r
		} else if len(word) == best && best > 0 && strings.Contains(bare, word) && r < h.role {
			h.role = r // the same answer whatever order the map is walked in
		}
	}
	return h
}

// withoutBrackets drops (元), (附件), [可选] and the like.
func withoutBrackets(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch r {
		case '(', '[', '【', '<', '〔':
			depth++
		case ')', ']', '】', '>', '〕':
			depth = max(0, depth-1)
		default:
			if depth == 0 {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// unitIn finds the unit in a folded heading or a title line such as
// "金额单位：人民币万元".
func unitIn(s string) int64 {
	switch {
	case strings.Contains(s, "单位:万元"), strings.Contains(s, "(万元)"), strings.Contains(s, "[万元]"),
		strings.Contains(s, "单位:人民币万元"), strings.Contains(s, "单位(万元)"), strings.HasSuffix(s, "万元"):
		return unitWanYuan
	case strings.Contains(s, "单位:元"), strings.Contains(s, "(元)"), strings.Contains(s, "[元]"), strings.Contains(s, "单位:人民币元"),
		strings.Contains(s, "单位(元)"), strings.Contains(s, "(人民币)"):
		return unitYuan
	}
	return 0
}

// layout is one block of columns under one header. A sheet has several when
// the months of a quarter stand side by side.
type layout struct {
	header  int // row number of the (last) header row
	top     int // row number of the first header row
	cols    map[role]int
	units   map[role]int64
	left    int  // first column of the block
	right   int  // last column of the block
	debit   bool // the sides are called 借方 and 贷方
	unknown []int
}

func (lay *layout) col(r role) int {
	if c, ok := lay.cols[r]; ok {
		return c
	}
	return -1
}

func (lay *layout) has(r role) bool { return lay.col(r) >= 0 }

func (lay *layout) cell(l line, r role) string { return l.cell(lay.col(r)) }

func (lay *layout) unit(r role, sheet int64) int64 {
	if u := lay.units[r]; u != 0 {
		return u
	}
	return sheet
}

// findHeader looks for the header within the first rows of lines[from:]. A
// header may take two rows ("收支情况" above "收入" and "支出").
func findHeader(lines []line, from int) ([]*layout, int) {
	best, at, rows := []*layout(nil), -1, 0
	bestScore := 0
	for i := from; i < len(lines) && i < from+headerWindow; i++ {
		for n := 1; n <= 2 && i+n <= len(lines); n++ {
			if n == 2 && lines[i+1].n != lines[i].n+1 {
				continue
			}
			lays, score := readHeader(lines[i : i+n])
			if n == 2 {
				score-- // a second row must add something
			}
			if score > bestScore {
				best, bestScore, at, rows = lays, score, i, n
			}
		}
		if bestScore >= 5 && i > at+1 {
			break
		}
	}
	if best == nil {
		return nil, from
	}
	return best, at + rows
}

// readHeader reads one or two rows as a header. The score counts recognised
// columns; without a purpose and an amount it is none.
func readHeader(rows []line) ([]*layout, int) {
	last := rows[len(rows)-1]
	width := 0
	for _, r := range rows {
		width = max(width, len(r.cells))
	}
	var lays []*layout
	cur := newLayout(rows[0].n, last.n, 0)
	score := 0
	for c := range width {
		h := headingAt(rows, c)
		if h.text == "" {
			continue
		}
		if h.role == roleNone {
			cur.unknown = append(cur.unknown, c)
			continue
		}
		if h.role != roleIgnored && cur.has(h.role) || h.role == roleIgnored && cur.closes() && fold(h.text) == "序号" {
			if !repeatable(h.role) || !cur.closes() {
				continue // a second note or category column: the first one counts
			}
			lays = append(lays, cur)
			cur = newLayout(rows[0].n, last.n, c)
		}
		cur.add(c, h)
		score++
	}
	lays = append(lays, cur)
	kept := lays[:0]
	for _, lay := range lays {
		if lay.finish() {
			kept = append(kept, lay)
		}
	}
	if len(kept) == 0 {
		return nil, 0
	}
	return kept, score
}

func newLayout(top, header, left int) *layout {
	return &layout{top: top, header: header, left: left, right: left, cols: map[role]int{}, units: map[role]int64{}}
}

func (lay *layout) add(c int, h heading) {
	lay.right = c
	if h.role == roleIgnored {
		return
	}
	lay.cols[h.role] = c
	if h.unit != 0 {
		lay.units[h.role] = h.unit
	}
	if h.role == roleIncome && strings.Contains(fold(h.text), "借方") {
		lay.debit = true
	}
}

// closes tells whether the block is complete, so that a repeated heading
// begins the next block beside it.
func (lay *layout) closes() bool {
	return (lay.has(roleIncome) || lay.has(roleExpense) || lay.has(roleAmount)) &&
		(lay.has(rolePurpose) || lay.has(roleCategory))
}

func repeatable(r role) bool {
	return r == roleDate || r == roleMonthOnly || r == rolePurpose || r == roleVoucher || r == roleIgnored
}

// headingAt reads a column's title; of two header rows the lower one wins,
// because the upper one is the roof over several columns.
func headingAt(rows []line, c int) heading {
	h := heading{}
	for _, r := range rows {
		if s := r.cell(c); s != "" {
			low := readHeading(s)
			if low.role == roleNone && h.role != roleNone {
				continue
			}
			if low.unit == 0 {
				low.unit = h.unit
			}
			h = low
		}
	}
	return h
}

// finish decides whether the block is a book of account.
func (lay *layout) finish() bool {
	if !lay.has(rolePurpose) && lay.has(roleCategory) {
		lay.cols[rolePurpose] = lay.cols[roleCategory]
	}
	return lay.closes() && lay.has(rolePurpose) && len(lay.cols) >= 3
}

func (lay *layout) dated() bool { return lay.has(roleDate) || lay.has(roleDayOnly) }

// sideOf reads the side column of a one-amount book.
func sideOf(s string) (income, ok bool) {
	switch fold(s) {
	case "收", "收入", "借", "收款", "进", "入", "+", "收方", "借方":
		return true, true
	case "支", "支出", "贷", "付", "付款", "出", "-", "支方", "付方", "贷方", "开支":
		return false, true
	}
	return false, false
}

// sheetUnit finds the unit in the lines above the header; yuan unless said.
func sheetUnit(above []line) int64 {
	for _, l := range above {
		for _, c := range l.cells {
			if u := unitIn(fold(c)); u != 0 {
				return u
			}
		}
	}
	return unitYuan
}
