package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"juwu/models"
)

var evil = []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "\n=1", "＝1", "＠x", "=HYPERLINK(\"http://x\",\"y\")", "-"}

// Exported names never run: each file is read again and compared.
func TestNothingThatIsWrittenRuns(t *testing.T) {
	for _, format := range []string{CSV, XLSX} {
		var rows [][]any
		for _, s := range evil {
			rows = append(rows, []any{s, models.Fen(-72232), -5, models.Date("2026-07-03"), "张三", nil})
		}
		var b bytes.Buffer
		if err := WriteTable(&b, format, Table{Name: "a/b?", Header: []string{"=name", "amount", "n", "day", "who", "none"}, Rows: Rows(rows)}); err != nil {
			t.Fatal(err)
		}
		got := readBack(t, format, b.Bytes())
		if got[0][0] != "'=name" {
			t.Errorf("%s: header %q", format, got[0][0])
		}
		for i, r := range got[1:] {
			if !strings.HasPrefix(r[0], "'") || runs(r[0]) {
				t.Errorf("%s: %q was written as %q", format, evil[i], r[0])
			}
			if r[1] != "-722.32" || r[2] != "-5" || r[4] != "张三" {
				t.Errorf("%s: numbers and names changed: %q", format, r)
			}
			if d, _ := parseDate(r[3], dateHints{}); d != "2026-07-03" {
				t.Errorf("%s: day %q", format, r[3])
			}
		}
	}
}

// readBack reads a file as a stranger's program would.
func readBack(t *testing.T, format string, data []byte) [][]string {
	t.Helper()
	if format == CSV {
		if !bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
			t.Error("no BOM")
		}
		rows, err := csv.NewReader(bytes.NewReader(data[3:])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := f.GetSheetList()[0]
	rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		for c := range rows[r] {
			if s, _ := f.GetCellFormula(name, address(r+1, c)); s != "" {
				t.Errorf("a formula was written: %s", s)
			}
		}
	}
	if k, _ := f.GetCellType(name, "B2"); k != excelize.CellTypeUnset && k != excelize.CellTypeNumber {
		t.Errorf("an amount is no number: %v", k)
	}
	return rows
}

func TestWriteTableStops(t *testing.T) {
	broken := errors.New("broken")
	for _, format := range []string{CSV, XLSX} {
		err := WriteTable(io.Discard, format, Table{Header: []string{"a"}, Rows: func(yield func([]any, error) bool) {
			_ = yield([]any{"x"}, nil) && yield(nil, broken)
		}})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
		if err := WriteTable(io.Discard, format, Table{Rows: Rows([][]any{{struct{}{}}})}); err == nil {
			t.Errorf("%s: wrote a struct", format)
		}
	}
	if WriteTable(io.Discard, "pdf", Table{}) == nil {
		t.Error("wrote a pdf")
	}
}

// sample makes months as a committee's book has them.
func sample(r *rand.Rand, months int) []Month {
	purposes := []string{"电费", "办公用品(纸张、硒鼓)", "=红冲", "-退款", "居民自愿捐赠", "a,b;c\"d", "上月结转资金使用", "合计两次维修", "𠮷野家聚餐"}
	var out []Month
	balance := models.Fen(r.Int64N(1e9))
	for i := range months {
		m := Month{Month: models.Month("2026-01").Add(i), OpeningFen: balance}
		for n := range 1 + r.IntN(40) {
			e := Entry{Date: m.Month.First().AddDays(r.IntN(28)), Voucher: "记-" + strconv.Itoa(n+1), Purpose: purposes[r.IntN(len(purposes))],
				Category: "办公费", Fund: "社区工作经费", Handler: "郭珍", Attachments: r.IntN(5), Note: []string{"", "红字冲销上月多报"}[r.IntN(2)]}
			amount := models.Fen(1 + r.Int64N(5e6))
			if r.IntN(10) == 0 {
				amount = -amount
			}
			if r.IntN(2) == 0 {
				e.IncomeFen = amount
			} else {
				e.ExpenseFen = amount
			}
			m.IncomeFen += e.IncomeFen
			m.ExpenseFen += e.ExpenseFen
			m.Entries = append(m.Entries, e)
		}
		balance += m.IncomeFen - m.ExpenseFen
		m.ClosingFen = balance
		out = append(out, m)
	}
	return out
}

// render writes months into one sheet, as an office keeps a year.
func render(t *testing.T, format string, months []Month) []byte {
	rows := [][]any{{nil, nil, "上年结转", nil, nil, nil, nil, months[0].OpeningFen}}
	for _, m := range months {
		for _, e := range m.Entries {
			row := []any{e.Date, e.Voucher, e.Purpose, e.Category, e.Fund, nil, nil, nil, e.Handler, e.Attachments, e.Note}
			if e.IncomeFen != 0 {
				row[5] = e.IncomeFen
			} else {
				row[6] = e.ExpenseFen
			}
			rows = append(rows, row)
		}
	}
	rows = append(rows, []any{nil, nil, "期末结余", nil, nil, nil, nil, months[len(months)-1].ClosingFen})
	var b bytes.Buffer
	err := WriteTable(&b, format, Table{Name: "2026年", Rows: Rows(rows),
		Header: []string{"日期", "凭证号", "摘要", "科目", "资金来源", "收入", "支出", "结余", "经手人", "附件张数", "备注"}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is written to a sheet and read again is the same account.
func TestRenderThenReadIsTheSame(t *testing.T) {
	unraced(t)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		format := []string{CSV, XLSX}[i%2]
		want := sample(r, 1+r.IntN(5))
		l := read(t, "2026年."+format, render(t, format, want), LedgerOptions{})
		ignore := cmp.Options{cmpopts.IgnoreUnexported(Month{}, Entry{}),
			cmpopts.IgnoreFields(Month{}, "OpeningSheet", "OpeningCell", "ClosingSheet", "ClosingCell"),
			cmpopts.IgnoreFields(Entry{}, "Sheet", "Row", "DateCell", "VoucherCell", "PurposeCell", "AmountCell", "BalanceCell", "NoteCell", "Reversal")}
		if d := cmp.Diff(want, l.Months, ignore); d != "" || !l.OK() {
			t.Fatalf("case %d (%s): %s%v", i, format, d, l.Findings)
		}
	}
}

// The descriptor tells the sum of what follows: lines that change on the way
// must not become a package that contradicts itself.
func TestDataPackageThatChangesIsBroken(t *testing.T) {
	amount := models.Fen(1)
	p := Package{Name: "x", From: "2026-07-01", To: "2026-09-30", Entries: func(yield func(PackageEntry, error) bool) {
		amount++
		yield(PackageEntry{Date: "2026-07-01", IncomeFen: amount, ExpenseFen: amount}, nil)
	}}
	if err := WriteDataPackage(io.Discard, p); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Error(err)
	}
	broken := errors.New("database")
	p.Entries = func(yield func(PackageEntry, error) bool) { yield(PackageEntry{}, broken) }
	if err := WriteDataPackage(io.Discard, p); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestDataPackage(t *testing.T) {
	p := Package{Name: "hemuli-2026Q3", Title: "和睦里社区 2026年第三季度", From: "2026-07-01", To: "2026-09-30", BudgetYear: 2026,
		Updated: time.Date(2026, 10, 8, 1, 2, 3, 0, time.UTC), Publisher: "和睦里社区居民委员会",
		Budget: []BudgetLine{{Side: SideExpense, Category: "办公费", PlanFen: 2000000, AdjustedFen: 1900000}}}
	l := read(t, "accounts-2026Q3.xlsx", load(t, "accounts-2026Q3.xlsx"), LedgerOptions{})
	var income, expense models.Fen
	var entries []PackageEntry
	p.Entries = func(yield func(PackageEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
	for _, m := range l.Months {
		income += m.IncomeFen
		expense += m.ExpenseFen
		for _, e := range m.Entries {
			entries = append(entries, PackageEntry{e.Date, e.Voucher, e.Purpose, e.Category, e.Fund, e.IncomeFen, e.ExpenseFen})
		}
	}
	var a, b bytes.Buffer
	if err := errors.Join(WriteDataPackage(&a, p), WriteDataPackage(&b, p)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same input gives different bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(a.Bytes()), int64(a.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Profile   string
		Resources []struct {
			Path   string
			Bytes  int
			Schema struct {
				Fields []struct{ Name, ColumnType string }
			}
		}
		Model struct {
			Measures map[string]struct{ Currency, Direction, Phase, Resource string }
		}
	}
	if err := json.Unmarshal(member(t, z, "datapackage.json"), &d); err != nil {
		t.Fatal(err)
	}
	if m := d.Model.Measures["revenue"]; d.Profile != "fiscal-data-package" || m.Currency != "CNY" || m.Direction != "revenue" || m.Phase != "executed" {
		t.Errorf("%+v", d)
	}
	sums := map[string]models.Fen{}
	for _, r := range d.Resources {
		data := member(t, z, r.Path)
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil || len(data) != r.Bytes || len(rows[0]) != len(r.Schema.Fields) {
			t.Fatal(r.Path, err)
		}
		for _, row := range rows[1:] {
			fen, _ := parseAmount(row[len(row)-1], unitYuan)
			sums[r.Path] += fen
		}
	}
	want := map[string]models.Fen{"data/revenue.csv": income, "data/expenditure.csv": expense, "data/budget.csv": 3900000}
	if diff := cmp.Diff(want, sums); diff != "" {
		t.Error(diff)
	}
}

func member(t *testing.T, z *zip.Reader, name string) []byte {
	t.Helper()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSummaries(t *testing.T) {
	l := read(t, "accounts-2026Q3.xlsx", load(t, "accounts-2026Q3.xlsx"), LedgerOptions{})
	b, err := json.Marshal(l.Summary("accounts-2026Q3.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"ok":true`, `{"period":"2026-07","opening_fen":12845673,"income_fen":3805129,"expense_fen":3700287,"closing_fen":12950515,"entries":34}`, `"errors":[]`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%s is not in %.300s", want, b)
		}
	}
	for _, name := range []string{"郭珍", "钟梓", "许金娟"} {
		if bytes.Contains(b, []byte(name)) {
			t.Errorf("%s is named", name)
		}
	}
	roll, err := ReadRoll("residents-dirty.csv", load(t, "residents-dirty.csv"), RollOptions{Today: "2026-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	b, _ = json.Marshal(roll.Summary("x.csv"))
	if s := roll.Summary("x.csv"); s.Bad != 9 || len(s.RowErrors) != 9 || !s.OK || bytes.Contains(b, []byte("9999991")) || bytes.Contains(b, []byte("199000")) {
		t.Errorf("%s", b)
	}
}
