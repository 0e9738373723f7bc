package sheet

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"juwu/internal/problem"
)

func TestMinutesAsClerksWriteThem(t *testing.T) {
	for text, want := range map[string]int{"2.5": 150, "2": 120, "2小时30分钟": 150, "2小时": 120, "90分钟": 90, "1,200": 72000, "１．５": 90, "2h": 120, "": -1, "两小时": -1, "-1": -1, "小时": -1, "1e9": -1} {
		if got := minutesOf(text, 60); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// The sample files that we hand out are understood, in both formats.
func TestSampleListsAreRead(t *testing.T) {
	var b bytes.Buffer
	rows := Rows([][]any{{"张三", "330105000123456", "1980-05-20", "女", "", "13800138000", "群众", "陪伴、维修", 36.5}})
	if err := WriteTable(&b, XLSX, Table{Name: "x", Header: EnrolledHeader, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	people, rep, err := ReadEnrolled("a.xlsx", b.Bytes(), "2026-11-27")
	if err != nil || len(people) != 1 || len(people[0].Errors) > 0 || len(rep.Findings) > 0 {
		t.Fatalf("%+v %+v %v", people, rep, err)
	}
	if p := people[0]; p.Minutes != 2190 || p.Birth != "1980-05-20" || p.Sex != "f" || p.Phone != "13800138000" || strings.Join(p.Skills, ",") != "company,repair" {
		t.Errorf("%+v", p)
	}
	b.Reset()
	rows = Rows([][]any{{"202600001", "张三", "2026-11-20", "09:00", "11:30", nil, "清扫楼道"}, {"202600001", "张三", 46346, 0.375, "2026-11-20 10:30:00", 1.5, "清扫楼道"}})
	if err := WriteTable(&b, XLSX, Table{Name: "x", Header: ServedHeader, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	hours, _, err := ReadServed("a.xlsx", b.Bytes(), "2026-11-27")
	if err != nil || len(hours) != 2 {
		t.Fatalf("%+v %v", hours, err)
	}
	for i, h := range hours {
		if want := []int{150, 90}[i]; len(h.Errors) > 0 || h.Minutes != want || h.Begins != 540 || h.Day != "2026-11-20" {
			t.Errorf("%+v", h)
		}
	}
}

func TestListWithoutWhatItNeeds(t *testing.T) {
	_, rep, err := ReadEnrolled("a.csv", []byte("姓名,手机号\n张三,13800138000\n"), "2026-11-27")
	if err != nil || rep.OK() || len(rep.Findings) != 1 || rep.Findings[0].Key != RollNoColumn {
		t.Errorf("%+v %v", rep, err)
	}
	if _, _, err = ReadEnrolled("a.csv", []byte("日期,金额\n2026-01-01,3\n"), "2026-11-27"); problem.As(err) == nil || problem.As(err).Key != KeyNoList {
		t.Errorf("no list at all: %v", err)
	}
	many := "志愿者编号,日期,时长,服务内容\n" + strings.Repeat("1,2026-01-01,1,清扫\n", MaxListRows+1)
	if _, _, err = ReadServed("a.csv", []byte(many), "2026-11-27"); !problem.Is(err, problem.TooLarge) {
		t.Errorf("too many rows: %v", err)
	}
	if hours, _, err := ReadServed("a.csv", []byte("志愿者编号,日期,时长（分钟）,服务内容\n1,2026-11-28,90,清扫\n1,2026-11-27,90,清扫\n"), "2026-11-27"); err != nil || len(hours[0].Errors) != 1 || hours[1].Minutes != 90 {
		t.Errorf("tomorrow, and minutes: %+v %v", hours, err)
	}
}

func FuzzReadLists(f *testing.F) {
	f.Add([]byte("姓名,志愿者编号,身份证号,时长\n张三,330105000123456,999999199609070084,3.5\n"))
	f.Add([]byte("志愿者编号,日期,开始时间,结束时间,服务内容\n202600001,2026-11-20,9点30分,11:00,清扫\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		people, _, err := ReadEnrolled("f.csv", data, "2026-11-27")
		hours, _, err2 := ReadServed("f.csv", data, "2026-11-27")
		if errors.Is(err, errPanic) || errors.Is(err2, errPanic) {
			t.Fatal("panic inside")
		}
		for _, p := range people {
			if len(p.Errors) == 0 && (p.Name == "" || p.National == "" || !p.Birth.Valid() || p.Minutes < 0 || p.Minutes > longestPast) {
				t.Fatalf("a good row: %+v", p)
			}
		}
		for _, h := range hours {
			if len(h.Errors) == 0 && (h.Minutes < 1 || h.Minutes > 24*60 || !h.Day.Valid() || h.Day > "2026-11-27" || h.Number == "") {
				t.Fatalf("a good row: %+v", h)
			}
		}
	})
}
