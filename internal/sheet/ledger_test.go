package sheet

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
	"juwu/models"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unraced skips a heavy test under the race detector.
func unraced(t *testing.T) {
	t.Helper()
	if racing {
		t.Skip("runs without the race detector")
	}
}

// figures are what matters of a month.
type figures struct {
	Month                             models.Month
	Opening, Income, Expense, Closing models.Fen
	Entries                           int
}

func figuresOf(l *Ledger) []figures {
	var out []figures
	for _, m := range l.Months {
		out = append(out, figures{m.Month, m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen, len(m.Entries)})
	}
	return out
}

// marks are the findings as "severity key sheet!cell".
func marks(l *Ledger) []string {
	var out []string
	for _, f := range l.Findings {
		out = append(out, fmt.Sprintf("%s %s %s!%s", f.Severity, strings.TrimPrefix(strings.TrimPrefix(f.Key, "sheet.finding."), "sheet."), f.Sheet, f.Cell))
	}
	return out
}

func read(t testing.TB, name string, data []byte, opt LedgerOptions) *Ledger {
	t.Helper()
	l, err := ReadLedger(name, data, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLedgerOfAQuarter(t *testing.T) {
	l := read(t, "accounts-2026Q3.xlsx", load(t, "accounts-2026Q3.xlsx"), LedgerOptions{})
	want := []figures{
		{"2026-07", 12845673, 3805129, 3700287, 12950515, 34},
		{"2026-08", 12950515, 24795686, 6599075, 31147126, 41},
		{"2026-09", 31147126, 7882988, 8701589, 30328525, 48},
	}
	if d := cmp.Diff(want, figuresOf(l)); d != "" {
		t.Error(d)
	}
	// A blank line stands in the chain of formulas of each sheet, and some
	// amounts are text; neither makes the book wrong.
	wantMarks := []string{
		"warning textNumbers 7月!F10", "warning textNumbers 8月!F20", "warning textNumbers 9月!F31",
		"warning formula 7月!H24", "warning formula 8月!H24", "warning formula 9月!H24",
	}
	if d := cmp.Diff(wantMarks, marks(l)); d != "" {
		t.Error(d)
	}
	if !l.OK() {
		t.Error("not accepted")
	}
	skipped := map[string]int{}
	for _, s := range l.Skipped {
		skipped[s.Reason]++
	}
	wantSkips := map[string]int{SkipBlank: 6, SkipCarried: 3, SkipTotal: 3, SkipCumulative: 3, SkipSignature: 3}
	if d := cmp.Diff(wantSkips, skipped); d != "" {
		t.Error(d)
	}
	e := l.Months[0].Entries[11]
	if e.Date != "2026-07-06" || e.ExpenseFen != -72232 || e.IncomeFen != 0 || !e.Reversal || e.Voucher != "记-012" ||
		e.Purpose != "志愿者饮水及马甲" || e.Category != "志愿者保障" || e.Fund != "社区工作经费" || e.Handler != "孟红杰" ||
		e.Witness != "石嘉" || e.Approver != "钟梓" || e.Attachments != 2 || e.Note != "红字冲销上月多报" || e.AmountCell != "G16" {
		t.Errorf("red ink: %+v", e)
	}
	for _, m := range l.Months {
		for _, e := range m.Entries {
			if e.Date.Month() != m.Month {
				t.Errorf("%s stands in %s", e.Date, m.Month)
			}
		}
	}
}

func TestLedgerFromAChineseWindows(t *testing.T) {
	data := load(t, "accounts-2026-10.gb18030.csv")
	before := map[models.Month]models.Fen{"2026-09": 30328525}
	l := read(t, "accounts-2026-10.gb18030.csv", data, LedgerOptions{PreviousClosing: before})
	if d := cmp.Diff([]figures{{"2026-10", 30328525, 7786759, 5493652, 32621632, 40}}, figuresOf(l)); d != "" {
		t.Error(d)
	}
	if len(l.Findings) != 0 || !l.OK() {
		t.Error(marks(l))
	}
	before["2026-09"]++
	l = read(t, "x.csv", data, LedgerOptions{PreviousClosing: before})
	if d := cmp.Diff([]string{"error chain x!H2"}, marks(l)); d != "" {
		t.Error(d)
	}
}

const head = "和睦里社区2026年7月收支明细表\n日期,凭证号,摘要,科目,资金来源,收入,支出,结余,经手人,备注\n"

// Every kind of mistake is found, with its cell; every habit is understood.
func TestLedgerFindings(t *testing.T) {
	const open = ",,上月结转,,,,,1000.00,,\n"
	tests := []struct {
		name, csv string
		want      []string
	}{
		{"balanced", head + open + "7月1日,1,电费,,,,100,900,,\n", nil},
		{"closing does not follow", head + open + "7月1日,1,电费,,,,100,,,\n,,本月合计,,,,100,901,,\n", []string{"error unbalanced x!H5"}},
		{"running balance breaks first", head + open + "7月1日,1,电费,,,,100,900,,\n7月2日,2,水费,,,,50,840,,\n7月3日,3,水费,,,,50,790,,\n",
			[]string{"error unbalancedRow x!H5", "error unbalanced x!H6"}},
		{"stated total is wrong", head + open + "7月1日,1,电费,,,,100,900,,\n,,合 计,,,,101,900,,\n", []string{"error total x!G5"}},
		{"subtotals since the last one", head + open + "7月1日,1,电费,,,,100,900,,\n,,小计,,,,100,,,\n7月2日,2,水费,,,,50,850,,\n,,小计,,,,50,,,\n,,本月合计,,,,150,850,,\n", nil},
		{"outside the month", head + open + "2026-8-1,1,电费,,,,100,900,,\n", []string{"error dateOutside x!A4"}},
		{"no amount", head + open + "7月1日,1,电费,,,,,1000,,\n", []string{"error noAmount x!G4", "warning noClosing x!"}},
		{"both amounts", head + open + "7月1日,1,电费,,,10,100,910,,\n", []string{"error bothAmounts x!G4"}},
		{"unreadable amount", head + open + "7月1日,1,电费,,,,1O0,,,\n7月2日,2,水费,,,,50,950,,\n", []string{"error badAmount x!G4"}},
		{"no such day", head + open + "6月31日,1,电费,,,,100,,,\n7月2日,2,水费,,,,50,950,,\n", []string{"error badDate x!A4"}},
		{"same voucher twice", head + open + "7月1日,1,电费,,,,100,900,,\n7月3日,1,水费,,,,100,800,,\n", []string{"warning voucherTwice x!B5"}},
		{"date left out", head + open + "7月1日,1,电费,,,,100,900,,\n,2,水费,,,,100,800,,\n", []string{"warning dateInherited x!A5"}},
		{"three decimals", head + open + "7月1日,1,电费,,,,100.004,900,,\n", []string{"warning rounded x!G4"}},
		{"no opening", head + "7月1日,1,电费,,,,100,,,\n", []string{"error noOpening x!A2", "warning noClosing x!"}},
		{"opening from the first balance", head + "7月1日,1,电费,,,,100,900,,\n", []string{"warning openingDerived x!A2"}},
		{"zero", head + open + "7月1日,1,电费,,,,0.00,1000,,\n7月2日,2,水费,,,,50,950,,\n", []string{"warning zeroAmount x!G4"}},
		{"ID number", head + open + "7月1日,1,付11010519491231002X,,,,100,900,,\n", []string{"warning personalID x!C4"}},
		{"18 digits that are none", head + open + "7月1日,1,订单110105194912310021,,,,100,900,,\n", nil},
		{"telephone", head + open + "7月1日,1,电费,,,,100,900,,联系13912345678\n", []string{"warning personalPhone x!J4"}},
		{"a name beside aid", head + open + "7月1日,1,慰问困难党员张建国,,,,100,900,,\n", []string{"warning personalName x!C4"}},
		{"aid without a name", head + open + "7月1日,1,重阳节慰问80岁以上老人,,,,100,900,,\n7月1日,2,困难家庭临时救助,,,,100,800,,\n7月1日,3,王某大病救助,,,,100,700,,\n", nil},
		{"reversal in brackets", head + open + "7月1日,1,红冲上月电费,,,,(100),1100,,\n", nil},
		{"a purpose that speaks of a month", head + open + "7月1日,1,电费,,,,100,900,,\n,,2026年8月电费,,,,,,,\n", []string{"warning dateInherited x!A5", "error noAmount x!G5"}},
		{"no year anywhere", "日期,摘要,收入,支出,结余\n,上月结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n", []string{"error noYear x!A3", "error noEntries !"}},
		{"dates and balances filled in ahead", head + open + "7月1日,1,电费,,,,100,900,,\n7月2日,,,,,,,900,,\n7月3日,,,,,,,,,\n", nil},
		{"signatures and notes", head + open + "7月1日,1,电费,,,,100,900,,\n,,本月合计,,,,100,900,,\n备注：以上均已核对,,,,,,,,,\n主任：钟梓,,,,会计：郭珍,,,,,\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := read(t, "x.csv", []byte(tt.csv), LedgerOptions{})
			if d := cmp.Diff(tt.want, marks(l)); d != "" {
				t.Error(d)
			}
			bad := slices.ContainsFunc(tt.want, func(s string) bool { return strings.HasPrefix(s, "error") })
			if l.OK() == bad {
				t.Errorf("OK() = %v", l.OK())
			}
		})
	}
}

// The same account in the many shapes offices give it.
func TestLedgerShapes(t *testing.T) {
	july := []figures{{"2026-07", 100000, 5000, 10000, 95000, 2}}
	tests := []struct {
		name, file, csv string
		want            []figures
	}{
		{"plain", "x.csv", head + ",,上月结转,,,,,1000,,\n2026.7.1,1,利息,,,50,,,,\n20260702,2,电费,,,,100,950,,\n", july},
		{"semicolons", "x.csv", strings.ReplaceAll(head+",,上月结转,,,,,1000,,\n2026.7.1,1,利息,,,50,,,,\n20260702,2,电费,,,,100,950,,\n", ",", ";"), july},
		{"tabs", "x.txt", strings.ReplaceAll(head+",,上月结转,,,,,1000,,\n2026.7.1,1,利息,,,50,,,,\n20260702,2,电费,,,,100,950,,\n", ",", "\t"), july},
		{"other words", "2026年7月.csv", "业务日期,凭证号数,用途,收入金额(元),开支金额(元),余额,报账人\n,,期初余额,,,1000,\n7/1,1,利息,50,,,\n7/2,2,电费,,100,950,\n", july},
		{"万元", "x.csv", "2026年7月,,,,,\n单位：万元,,,,,\n日期,摘要,收入,支出,结余,\n,上期结余,,,0.1,\n7月1日,利息,0.005,,,\n7月2日,电费,,0.01,0.095,\n", july},
		{"万元 in the heading", "x.csv", "2026年7月\n日期,摘要,收入（万元）,支出（元）,结余（元）\n,上期结余,,,1000\n7月1日,利息,0.005,,\n7月2日,电费,,100,950\n", july},
		{"one amount and a side", "x.csv", "2026年7月\n日期,摘要,收支,金额,余额\n,上月余额,,,1000\n7月1日,利息,收,50,1050\n7月2日,电费,支,100,950\n", july},
		{"debit and credit of a cash book", "x.csv", "2026年7月\n日期,摘要,借方,贷方,余额\n,上月结转,,,1000\n7月1日,利息,50,,1050\n7月2日,电费,,100,950\n", july},
		{"debit and credit of a bank", "x.csv", "2026年7月\n日期,摘要,借方,贷方,余额\n,上月结转,,,1000\n7月1日,利息,,50,1050\n7月2日,电费,100,,950\n", july},
		{"month and day in columns", "x.csv", "2026年,,,,,\n月,日,摘要,收入,支出,结余\n,,上月结转,,,1000\n7,1,利息,50,,\n7,2,电费,,100,950\n", july},
		{"full width", "x.csv", "２０２６年７月\n日 期,摘 要,收 入,支 出,结 余\n,上月结转,,,１，０００．００\n７月１日,利息,５０,,\n７月２日,电费,,￥１００元,９５０\n", july},
		{"header in two rows", "x.csv", "2026年7月收支表,,,,\n日期,摘要,收支情况,,结余\n,,收入,支出,\n,上月结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n", july},
		{"header after ten rows", "x.csv", strings.Repeat("公告,,\n", 10) + "2026年7月\n日期,摘要,收入,支出,结余\n,上月结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n", july},
		{"days only", "x.csv", "2026年7月\n日期,摘要,收入,支出,结余\n,上月结转,,,1000\n1日,利息,50,,\n2日,电费,,100,950\n", july},
		{"quoted line break", "x.csv", "2026年7月\n日期,\"摘\n要\",收入,支出,结余\n,上月结转,,,1000\n7月1日,\"利\n息\",50,,\n7月2日,电费,,100,950\n", july},
		{"capital total", "x.csv", "2026年7月\n日期,摘要,收入,支出,结余\n,上月结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n合计（大写）：壹佰元整,,,,\n", july},
		{"two months in one sheet", "x.csv", "2026年7月\n日期,摘要,收入,支出,结余\n,上月结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n2026年8月,,,,\n日期,摘要,收入,支出,结余\n,上月结转,,,950\n8月1日,利息,50,,1000\n",
			append(slices.Clone(july), figures{"2026-08", 95000, 5000, 0, 100000, 1})},
		{"a quarter in one sheet", "x.csv", "2026年第三季度\n日期,摘要,收入,支出,结余\n,上期结转,,,1000\n7月1日,利息,50,,\n7月2日,电费,,100,950\n9月1日,利息,50,,1000\n",
			append(slices.Clone(july), figures{"2026-08", 95000, 0, 0, 95000, 0}, figures{"2026-09", 95000, 5000, 0, 100000, 1})},
		{"months side by side", "x.csv", "2026年,,,,,,,,,\n7月,,,,,8月,,,,\n日期,摘要,收入,支出,结余,日期,摘要,收入,支出,结余\n,上月结转,,,1000,,上月结转,,,950\n1日,利息,50,,1050,1日,利息,50,,1000\n2日,电费,,100,950,,,,,\n",
			append(slices.Clone(july), figures{"2026-08", 95000, 5000, 0, 100000, 1})},
		{"totals that carry a date", "x.csv", head + ",,上月结转,,,,,1000,,\n2026.7.1,1,利息,,,50,,,,\n7月2日,2,电费,,,,100,950,,\n7月31日,,本月合计,,,50,100,950,,\n7月31日,,本年累计,,,500,1000,950,,\n", july},
		{"the word in the voucher column", "x.csv", head + ",,上月结转,,,,,1000,,\n2026.7.1,1,利息,,,50,,,,\n7月2日,2,电费,,,,100,950,,\n,合计,,,,50,100,950,,\n", july},
		{"an opening counted as income", "x.csv", head + ",,上月结转,,,1000,,1000,,\n2026.7.1,1,利息,,,50,,,,\n7月2日,2,电费,,,,100,950,,\n,,合计,,,1050,100,950,,\n", july},
		{"words inside purposes", "x.csv", head + ",,上月结转,,,,,1000,,\n2026.7.1,1,上月结转资金利息,,,50,,,,\n7月2日,2,合计两次维修,,,,100,950,,\n", july},
		{"quoted for Excel", "x.csv", strings.ReplaceAll(head, "收入", "=\"收入\"") + ",,上月结转,,,,,1000,,\n=\"2026.7.1\",1,利息,,,50,,,,\n7月2日,2,电费,,,,100,950,,\n", july},
		{"expense list", "x.csv", "2026年7月支出明细\n日期,开支项目,金额,余额\n,上月结转,,1000\n7月1日,水费,50,950\n7月2日,电费,100,850\n", []figures{{"2026-07", 100000, 0, 15000, 85000, 2}}},
		{"reversed income", "x.csv", head + ",,上月结转,,,,,1000,,\n7月1日,1,冲回利息,,,-50,,950,,\n", []figures{{"2026-07", 100000, -5000, 0, 95000, 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := read(t, tt.file, []byte(tt.csv), LedgerOptions{})
			if d := cmp.Diff(tt.want, figuresOf(l)); d != "" || !l.OK() {
				t.Errorf("%s%v", d, l.Findings)
			}
		})
	}
}

func TestLedgerRefusesFiles(t *testing.T) {
	ole := append(slices.Clone(oleMagic), make([]byte, 600)...)
	tests := []struct {
		name string
		data []byte
		key  string
	}{
		{"a.xls", ole, KeyXLS},
		{"a.xlsx", append(slices.Clone(ole), encryptedStream...), KeyEncrypted},
		{"a.xls", []byte("<html><table><tr><td>1</td></tr></table></html>"), KeyType},
		{"a.xls", []byte("<?xml version=\"1.0\"?><Workbook/>"), KeyXLS},
		{"a.csv", []byte("%PDF-1.7"), KeyType},
		{"a.csv", []byte{0x89, 'P', 'N', 'G', 0, 1, 2}, KeyType},
		{"a.jpg", []byte("a,b\n"), KeyType},
		{"a.xlsx", []byte("日期,摘要\n"), KeyType},
		{"a.csv", nil, KeyEmpty},
		{"a.csv", []byte("\n\n,,\n"), KeyEmpty},
		{"a.xlsx", []byte("PK\x03\x04 and nothing more"), KeyDamaged},
		{"a.csv", make([]byte, MaxFileBytes+1), KeyTooLarge},
	}
	for _, tt := range tests {
		_, err := ReadLedger(tt.name, tt.data, LedgerOptions{})
		if p := problem.As(err); p == nil || p.Key != tt.key {
			t.Errorf("%s %.12q: %v, want %s", tt.name, tt.data, err, tt.key)
		}
	}
}

// One cell of the real quarter is changed; the report points at it, or at the
// first figure that no longer follows.
func TestOneWrongCellInTheQuarter(t *testing.T) {
	unraced(t)
	tests := []struct {
		sheet, cell string
		value       any
		want        []string
	}{
		{"7月", "G20", 1305.96, []string{"error unbalancedRow 7月!H20", "error unbalanced 7月!H40"}},
		{"8月", "H4", 129505.14, []string{"error unbalancedRow 8月!H5", "error unbalanced 8月!H47", "error chain 8月!H4"}},
		{"9月", "H54", 303285.24, []string{"error unbalanced 9月!H54"}},
		{"9月", "A20", "2026.8.13", []string{"error dateOutside 9月!A20"}},
		{"9月", "G54", 87015.88, []string{"error total 9月!G54"}},
		{"8月", "F16", "三万", []string{"error badAmount 8月!F16", "error unbalancedRow 8月!H20", "error unbalanced 8月!H47"}},
		{"8月", "C38", "慰问困难群众李秀英", []string{"warning personalName 8月!C38"}},
		{"8月", "M38", "电话13912345678", []string{"warning personalPhone 8月!M38"}},
		{"7月", "B9", "记-004", []string{"warning voucherTwice 7月!B9"}},
		{"9月", "A1", "2026年8月份财务收支公开明细表", []string{"warning titleName 9月!"}},
	}
	known := func(s string) bool { // what the untouched file brings along
		return strings.Contains(s, "textNumbers") || strings.Contains(s, "warning formula")
	}
	for _, tt := range tests {
		t.Run(tt.sheet+tt.cell, func(t *testing.T) {
			f, err := excelize.OpenFile("testdata/accounts-2026Q3.xlsx")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := f.SetCellValue(tt.sheet, tt.cell, tt.value); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := f.Write(&b); err != nil {
				t.Fatal(err)
			}
			l := read(t, "x.xlsx", b.Bytes(), LedgerOptions{})
			if d := cmp.Diff(tt.want, slices.DeleteFunc(marks(l), known)); d != "" {
				t.Error(d)
			}
			if l.OK() != strings.HasPrefix(tt.want[0], "warning") {
				t.Errorf("OK() = %v", l.OK())
			}
		})
	}
}
