package sheet

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"juwu/internal/problem"
)

func outerBook(t testing.TB, header []string, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteTable(&b, XLSX, Table{Name: "转办", Header: header, Rows: Rows(rows)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// An answered workbook is understood by its headings, in whatever order; what
// is doubtful is told by sheet and cell.
func TestReadOuter(t *testing.T) {
	head := []string{"序号", "内容", "诉求编号", "12345 工单号", "办理 状态", "办理结果"}
	rows, err := ReadOuter("a.xlsx", outerBook(t, head,
		[]any{1, "灯坏了", "和睦里民情〔2026〕1号", "20261127001234", "已办结", "已更换"},
		[]any{2, "", "和睦里民情〔2026〕2号", 20261127001235, "办理中", ""},
		[]any{3, "", "", "20261127001236", "办理中", ""},
		[]any{4, "", "和睦里民情〔2026〕3号", "", "", ""},
		[]any{5, "", "和睦里民情〔2026〕1号", "20261127009999", "", ""},
		[]any{6, "", "和睦里民情〔2026〕4号", "20261127001234", "", ""},
		[]any{7, "", "和睦里民情〔2026〕5号", "1", "", strings.Repeat("长", 1001)},
	))
	if err != nil || len(rows) != 7 {
		t.Fatal(err, rows)
	}
	if r := rows[0]; r.Number != "和睦里民情〔2026〕1号" || r.Outer != "20261127001234" || !r.Done || r.Note != "已更换" || r.Sheet != "转办" || r.Cell != "C2" || r.Error != "" {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.Outer != "20261127001235" || r.Done || r.Error != "" {
		t.Errorf("a number that is no text: %+v", r)
	}
	for i, want := range map[int][2]string{2: {OuterNoNumber, "C4"}, 3: {OuterNothing, "C5"}, 4: {OuterTwice, "C6"}, 5: {OuterNumberTwice, "C7"}, 6: {OuterTooLong, "F8"}} {
		if rows[i].Error != want[0] || rows[i].Cell != want[1] {
			t.Errorf("row %d: %q at %s, want %v", i, rows[i].Error, rows[i].Cell, want)
		}
	}
	csv, err := ReadOuter("a.csv", []byte("\ufeffNumber,Their number,State,Answer\r\nA-1,X-9,closed,\"done, really\"\r\n"))
	if err != nil || len(csv) != 1 || csv[0].Outer != "X-9" || !csv[0].Done || csv[0].Note != "done, really" {
		t.Errorf("%+v %v", csv, err)
	}
}

func TestFilesThatAreNoAnswer(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty.xlsx": nil, "text.xlsx": []byte("<html>"), "cut.xlsx": outerBook(t, []string{"编号", "状态"})[:300],
		"other.xlsx": outerBook(t, []string{"姓名", "电话"}, []any{"a", "b"}), "one.csv": []byte("编号\n1\n"),
	} {
		if _, err := ReadOuter(name, data); problem.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := make([][]any, mostOuterRows+1)
	for i := range many {
		many[i] = []any{i, "1"}
	}
	if _, err := ReadOuter("many.xlsx", outerBook(t, []string{"编号", "状态"}, many...)); !problem.Is(err, problem.TooLarge) {
		t.Error(err)
	}
}

// Nothing in a file makes the reader panic, and what it says stays bounded.
func FuzzReadOuter(f *testing.F) {
	f.Add("a.xlsx", outerBook(f, []string{"编号", "对方编号", "状态", "答复"}, []any{"1", "2", "办结", "好"}))
	f.Add("a.csv", []byte("编号,状态\n1,2e9\n,\n1,3\n"))
	f.Add("a.csv", []byte("number\tstate\n\x00\xff\t=1+1"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		rows, err := ReadOuter(name, data)
		if errors.Is(err, errPanic) {
			t.Fatal(err)
		}
		if err != nil && problem.As(err) == nil {
			t.Fatalf("an error nobody can act on: %v", err)
		}
		for _, r := range rows {
			if len([]rune(r.Number)) > mostOuterNumber || len([]rune(r.Outer)) > mostOuterNumber || r.Error == "" && len([]rune(r.Note)) > mostOuterNote {
				t.Fatalf("%+v", r)
			}
		}
	})
}
