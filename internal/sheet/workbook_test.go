package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
	"juwu/models"
)

// book builds a workbook in memory.
func book(t testing.TB, opt excelize.Options, build func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	build(f)
	var b bytes.Buffer
	if err := f.Write(&b, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fill(f *excelize.File, sheet string, rows [][]any) {
	_, _ = f.NewSheet(sheet)
	for i, r := range rows {
		_ = f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r)
	}
}

var header = []any{"日期", "凭证号", "摘要", "收入", "支出", "结余"}

func TestWorkbookShapes(t *testing.T) {
	july := []figures{{"2026-07", 100000, 5000, 10000, 95000, 2}}
	base := [][]any{{"2026年7月收支表"}, header, {nil, nil, "上月结转", nil, nil, 1000}, {46204, "1", "利息", 50}, {46205, "2", "电费", nil, 100}}
	tests := []struct {
		name  string
		build func(f *excelize.File)
		want  []figures
		marks []string
	}{
		{"balances and totals as formulas", func(f *excelize.File) {
			fill(f, "Sheet1", append(base[:5:5], []any{nil, nil, "本月合计"}))
			for r := 4; r <= 5; r++ {
				_ = f.SetCellFormula("Sheet1", fmt.Sprintf("F%d", r), fmt.Sprintf("F%d+D%d-E%d", r-1, r, r))
			}
			_ = f.SetCellFormula("Sheet1", "D6", "SUM(D4:D5)")
			_ = f.SetCellFormula("Sheet1", "E6", "SUM(E4:E5)")
			_ = f.SetCellFormula("Sheet1", "F6", "F5")
		}, july, nil},
		{"a total that leaves a row out", func(f *excelize.File) {
			fill(f, "Sheet1", append(base[:5:5], []any{nil, nil, "本月合计", nil, nil, 950}))
			_ = f.SetCellFormula("Sheet1", "E6", "SUM(E3:E4)")
			_ = f.SetCellFormula("Sheet1", "D6", "SUM(D4:D5)")
		}, july, []string{"error total Sheet1!E6"}},
		{"a formula our evaluator does not know", func(f *excelize.File) {
			fill(f, "Sheet1", append(base[:5:5], []any{nil, nil, "本月合计", nil, nil, 950}))
			_ = f.SetCellFormula("Sheet1", "E6", "SUMIF(E4:E5,\">0\")")
			_ = f.SetCellFormula("Sheet1", "D6", "SUMPRODUCT(D4:D5)")
		}, july, nil},
		{"blank-proof balance", func(f *excelize.File) {
			fill(f, "Sheet1", base)
			for r := 4; r <= 5; r++ {
				_ = f.SetCellFormula("Sheet1", fmt.Sprintf("F%d", r), fmt.Sprintf(`IF(C%d="","",F%d+D%d-E%d)`, r, r-1, r, r))
			}
		}, july, nil},
		{"a merged date", func(f *excelize.File) {
			fill(f, "Sheet1", [][]any{base[0], header, base[2], {46204, "1", "利息", 50}, {nil, "2", "电费", nil, 100, 950}})
			_ = f.MergeCell("Sheet1", "A4", "A5")
		}, july, nil},
		{"1904", func(f *excelize.File) {
			on := true
			_ = f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &on})
			fill(f, "Sheet1", [][]any{base[0], header, base[2], {44742, "1", "利息", 50}, {44743, "2", "电费", nil, 100, 950}})
		}, july, nil},
		{"an opening from the other sheet, a cover, a hidden draft", func(f *excelize.File) {
			fill(f, "Sheet1", [][]any{{"和睦里社区财务公开"}, {"二〇二六年"}})
			fill(f, "7月", append(base[:4:4], []any{46205, "2", "电费", nil, 100, 950}))
			fill(f, "8月", [][]any{{"2026年8月收支表"}, header, {nil, nil, "上月结转"}, {"8.1", "1", "利息", 50, nil, 1000}})
			_ = f.SetCellFormula("8月", "F3", "'7月'!F5")
			fill(f, "草稿", base)
			_ = f.SetSheetVisible("草稿", false)
		}, append(july[:1:1], figures{"2026-08", 95000, 5000, 0, 100000, 1}),
			[]string{"warning uncertainDate 8月!A4", "warning hidden 草稿!"}},
		{"a sheet left as a copy", func(f *excelize.File) {
			fill(f, "Sheet1", append(base[:4:4], []any{46205, "2", "电费", nil, 100, 950}))
			fill(f, "Sheet1 (2)", append(base[:4:4], []any{46205, "2", "电费", nil, 100, 950}))
		}, []figures{{"2026-07", 200000, 10000, 20000, 190000, 4}}, []string{"error sheetTwice Sheet1 (2)!"}},
		{"months that do not follow", func(f *excelize.File) {
			fill(f, "Sheet1", append(base[:4:4], []any{46205, "2", "电费", nil, 100, 950}))
			fill(f, "8月", [][]any{{"2026年8月收支表"}, header, {nil, nil, "上月结转", nil, nil, 960}, {"8.7", "1", "利息", 50, nil, 1010}})
		}, append(july[:1:1], figures{"2026-08", 96000, 5000, 0, 101000, 1}), []string{"error chain 8月!F3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := read(t, "x.xlsx", book(t, excelize.Options{}, tt.build), LedgerOptions{})
			if d := cmp.Diff(tt.want, figuresOf(l)); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.marks, marks(l)); d != "" {
				t.Error(d)
			}
		})
	}
}

// Excel's SUM leaves out an amount typed as text: the stored balance is off,
// the book is not.
func TestStoredResultsThatLeaveTextOut(t *testing.T) {
	data := book(t, excelize.Options{}, func(f *excelize.File) {
		fill(f, "7月", [][]any{{"2026年7月"}, header, {nil, nil, "上月结转", nil, nil, 1000}, {46204, "1", "利息", "1,050.00"}, {46205, "2", "电费", nil, 100}})
		_ = f.SetCellFormula("7月", "F4", "F3+N(D4)-N(E4)")
		_ = f.SetCellFormula("7月", "F5", "F4+N(D5)-N(E5)")
	})
	data = storeResults(t, data, map[string]string{"F4": "1000", "F5": "900"})
	l := read(t, "x.xlsx", data, LedgerOptions{})
	if d := cmp.Diff([]figures{{"2026-07", 100000, 105000, 10000, 195000, 2}}, figuresOf(l)); d != "" {
		t.Error(d)
	}
	want := []string{"warning textNumbers 7月!D4", "warning staleFormula 7月!F4", "warning staleFormula 7月!F5"}
	if d := cmp.Diff(want, marks(l)); d != "" || !l.OK() {
		t.Error(d)
	}
}

// storeResults writes results beside formulas, as Excel does when it saves.
func storeResults(t *testing.T, data []byte, results map[string]string) []byte {
	t.Helper()
	return rewrite(t, data, func(name string, b []byte) []byte {
		if !strings.HasPrefix(name, "xl/worksheets/sheet") {
			return b
		}
		s := string(b)
		for cell, v := range results {
			at := strings.Index(s, `<c r="`+cell+`"`)
			if at < 0 {
				continue
			}
			end := at + strings.Index(s[at:], "</f>") + len("</f>")
			rest := strings.TrimPrefix(strings.TrimPrefix(s[end:], "<v></v>"), "<v/>")
			s = s[:end] + "<v>" + v + "</v>" + rest
		}
		return []byte(s)
	})
}

// rewrite copies a zip, changing members on the way.
func rewrite(t testing.TB, data []byte, change func(name string, b []byte) []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(rc); err != nil {
			t.Fatal(err)
		}
		o, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Write(change(f.Name, b.Bytes())); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func small(t testing.TB) []byte {
	return book(t, excelize.Options{}, func(f *excelize.File) { fill(f, "Sheet1", [][]any{header}) })
}

// withSheet replaces the XML of the only sheet.
func withSheet(t testing.TB, xml string) []byte {
	return rewrite(t, small(t), func(name string, b []byte) []byte {
		if name == "xl/worksheets/sheet1.xml" {
			return []byte(xml)
		}
		return b
	})
}

// allocated runs fn and tells how much memory it took from the heap, ever.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileWorkbooks(t *testing.T) {
	unraced(t)
	const ns = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	const end = `</sheetData></worksheet>`
	tests := []struct {
		name string
		data []byte
		keys string // the acceptable answers
	}{
		{"declares 512 MB", declare(t, 512<<20), KeyBomb},
		{"three sheets of 30 MB each", declare(t, 30<<20, 30<<20, 30<<20), KeyBomb},
		{"declares less than it holds", lie(t), KeyDamaged},
		{"5000 parts", manyParts(t), KeyBomb},
		{"a .docx", rewriteNames(t, "xl/", "word/"), KeyType},
		{"climbs out", rewriteNames(t, "docProps/app.xml", "../app.xml"), KeyDamaged},
		{"a password", book(t, excelize.Options{Password: "geheim"}, func(f *excelize.File) { fill(f, "Sheet1", [][]any{header}) }), KeyEncrypted},
		{"row 2^31", withSheet(t, ns+`<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`+end), KeyDamaged + KeyEmpty},
		{"row 10^18", withSheet(t, ns+`<row r="1000000000000000000"><c r="A1"><v>1</v></c></row>`+end), KeyDamaged + KeyEmpty},
		{"negative row", withSheet(t, ns+`<row r="-5"><c r="A1"><v>1</v></c></row>`+end), KeyDamaged + KeyEmpty + "found nothing"},
		{"column ZZZZZZ", withSheet(t, ns+`<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>`+end), KeyBomb + KeyDamaged + KeyEmpty + "found nothing"},
		{"an external entity", withSheet(t, `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>`+ns[21:]+`<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>`+end), KeyDamaged + KeyEmpty},
		{"a cell in the last column of many rows", withSheet(t, ns+farCells(3000, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`)+end), KeyBomb},
		{"the same, hidden behind a sign", withSheet(t, ns+farCells(3000, `<row r="%d"><c s=">" r="XFD%d"><v>1</v></c></row>`)+end), KeyDamaged},
		{"a few of them", withSheet(t, ns+farCells(60, `<row r="%d"><c r="XFD%d"><v>1</v></c></row>`)+end), KeyEmpty},
		{"the last row", withSheet(t, ns+`<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>`+end), "found nothing"},
		{"a sheet in UTF-16", withSheet(t, `<?xml version="1.0" encoding="UTF-16"?>`+"<\x00r\x00"), KeyDamaged},
		{"cut short", small(t)[:900], KeyDamaged},
		{"no sheet at all", withSheet(t, "not xml"), KeyDamaged + KeyEmpty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			var l *Ledger
			used := allocated(func() { l, err = ReadLedger("x.xlsx", tt.data, LedgerOptions{}) })
			key := "found nothing"
			if p := problem.As(err); p != nil {
				key = p.Key
			} else if err != nil || l.OK() {
				t.Fatal("accepted", err)
			}
			if !strings.Contains(tt.keys, key) {
				t.Errorf("%s, want %s (%v)", key, tt.keys, err)
			}
			if used > 100<<20 {
				t.Errorf("took %d MB", used>>20)
			}
		})
	}
}

func farCells(n int, format string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, format, i, i)
	}
	return b.String()
}

// declare makes a workbook whose directory tells of a sheet of n bytes.
func declare(t *testing.T, sizes ...uint64) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write([]byte("<workbook/>"))
	for i, n := range sizes {
		raw, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), Method: zip.Deflate, UncompressedSize64: n, CompressedSize64: 500 << 10})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = raw.Write(make([]byte, 500<<10))
	}
	_ = w.Close()
	return out.Bytes()
}

// lie makes a workbook whose sheet unpacks to 80 MB but declares 1,000 bytes.
func lie(t *testing.T) []byte {
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	f, _ := w.Create("a")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 80 {
		_, _ = f.Write(chunk)
	}
	_ = w.Close()
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	rc, _ := r.File[0].OpenRaw()
	var raw bytes.Buffer
	_, _ = raw.ReadFrom(rc)
	src := small(t)
	sr, _ := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	var out bytes.Buffer
	w = zip.NewWriter(&out)
	for _, f := range sr.File {
		if f.Name == "xl/worksheets/sheet1.xml" {
			h := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, UncompressedSize64: 1000, CompressedSize64: uint64(raw.Len())}
			o, _ := w.CreateRaw(h)
			_, _ = o.Write(raw.Bytes())
			continue
		}
		_ = w.Copy(f)
	}
	_ = w.Close()
	return out.Bytes()
}

func manyParts(t *testing.T) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := range 5000 {
		if _, err := w.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", i)); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	return out.Bytes()
}

func rewriteNames(t *testing.T, from, to string) []byte {
	src := small(t)
	r, _ := zip.NewReader(bytes.NewReader(src), int64(len(src)))
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		o, err := w.Create(strings.Replace(f.Name, from, to, 1))
		if err != nil {
			t.Fatal(err)
		}
		rc, _ := f.Open()
		var b bytes.Buffer
		_, _ = b.ReadFrom(rc)
		_, _ = o.Write(b.Bytes())
	}
	_ = w.Close()
	return out.Bytes()
}

// bigBook is a book of n entries with formulas for balances, none calculated.
func bigBook(t testing.TB, n int) []byte {
	return book(t, excelize.Options{}, func(f *excelize.File) {
		rows := [][]any{{"2026年度收支明细表"}, {"日期", "凭证号", "摘要", "科目", "资金来源", "收入", "支出", "结余", "经手人", "证明人", "审批人", "附件张数", "备注"},
			{nil, nil, "上年结转", nil, nil, nil, nil, 100000}}
		for i := range n {
			day := models.Date("2026-01-01").AddDays(i * 360 / n)
			rows = append(rows, []any{string(day), fmt.Sprintf("记-%04d", i+1), "办公用品(纸张、硒鼓)", "办公费", "社区工作经费", nil, 12.34, nil, "郭珍", "石嘉", "钟梓", 2})
		}
		fill(f, "Sheet1", rows)
		for i := range n {
			_ = f.SetCellFormula("Sheet1", fmt.Sprintf("H%d", i+4), fmt.Sprintf("H%d+N(F%d)-N(G%d)", i+3, i+4, i+4))
		}
	})
}

func BenchmarkReadLedger2000(b *testing.B) {
	data := bigBook(b, 2000)
	b.ReportAllocs()
	for b.Loop() {
		l, err := ReadLedger("x.xlsx", data, LedgerOptions{})
		if err != nil || !l.OK() {
			b.Fatal(err, l.Findings)
		}
	}
}

func BenchmarkReadRoll5691(b *testing.B) {
	data := fullRoll(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadRoll("r.csv", data, RollOptions{Today: "2026-11-01"}); err != nil {
			b.Fatal(err)
		}
	}
}

// 2,000 rows must stay within 100 MB resident; what is allocated in all is
// more than what is ever held at once.
func TestMemoryOf2000Rows(t *testing.T) {
	unraced(t)
	data := bigBook(t, 2000)
	var l *Ledger
	used := allocated(func() { l = read(t, "x.xlsx", data, LedgerOptions{}) })
	if used > 100<<20 || len(l.Months) != 12 || !l.OK() {
		t.Errorf("%d MB, %d months, %v", used>>20, len(l.Months), l.Findings)
	}
}
