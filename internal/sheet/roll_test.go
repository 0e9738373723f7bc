package sheet

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"juwu/internal/problem"
	"juwu/models"
)

func fullRoll(t testing.TB) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(load(t, "residents.csv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// plantedKeys ties the words of residents-dirty.errors.csv to our keys.
var plantedKeys = map[string]string{
	"check digit of the ID number is wrong": RollIDDigit,
	"ID number stands twice":                RollIDTwice,
	"no such day":                           RollBadDate,
	"unknown grid":                          RollUnknownGrid,
	"telephone number has ten digits":       RollBadPhone,
	"name is missing":                       RollNoName,
	"older than 120 years":                  RollTooOld,
	"born in the future":                    RollBornLater,
	"second head in one household":          RollTwoHeads,
}

func TestRollFindsThePlantedErrors(t *testing.T) {
	recs, err := csv.NewReader(bytes.NewReader(load(t, "residents-dirty.errors.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type found struct {
		Row         int
		Column, Key string
	}
	var want []found
	for _, r := range recs[1:] {
		n, _ := strconv.Atoi(r[0])
		want = append(want, found{n, r[1], plantedKeys[r[2]]})
	}
	for _, grids := range [][]string{nil, {"第1网格", "第2网格"}} {
		roll, err := ReadRoll("residents-dirty.csv", load(t, "residents-dirty.csv"), RollOptions{Today: "2026-11-01", KnownGrids: grids})
		if err != nil {
			t.Fatal(err)
		}
		var got []found
		for _, e := range roll.Errors {
			got = append(got, found{e.Row, e.Column, e.Key})
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("grids %v: %s", grids, d)
		}
		if roll.Rows != 300 || roll.Good != 291 || len(roll.People) != 300 {
			t.Errorf("rows %d good %d people %d", roll.Rows, roll.Good, len(roll.People))
		}
	}
}

// The full roll holds five ID numbers that stand for two different people
// each (the generator drew them twice): true alarms.
func TestRollOfTheWholeCommunity(t *testing.T) {
	unraced(t)
	roll, err := ReadRoll("residents.csv", fullRoll(t), RollOptions{Today: "2026-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	var rows []int
	for _, e := range roll.Errors {
		if e.Key != RollIDTwice {
			t.Errorf("%+v", e)
		}
		rows = append(rows, e.Row)
	}
	if d := cmp.Diff([]int{2244, 2751, 3659, 5077, 5549}, rows); d != "" {
		t.Error(d)
	}
	if roll.Rows != 5691 || roll.Households != 2159 || roll.Buildings != 60 || len(roll.Grids) != 10 || roll.Grids[9] != "第10网格" {
		t.Errorf("%d rows, %d households, %d buildings, grids %v", roll.Rows, roll.Households, roll.Buildings, roll.Grids)
	}
}

func TestRollFromAWorkbook(t *testing.T) {
	data := book(t, excelize.Options{}, func(f *excelize.File) {
		fill(f, "说明", [][]any{{"填表说明"}})
		fill(f, "名册", [][]any{{"和睦里社区居民名册"},
			{"网格", "楼栋", "室", "姓 名", "身份证号码", "证件类型", "出生日期", "联系电话", "与户主关系", "爱好"},
			{"第1网格", "1幢", "101", "𠮷野家 ", "11010519491231002x", "身份证", 18263, 13900000000, "户主", "棋"},
			{"第1网格", "1幢", "101", "Ann Smith", "E1234", "护照", 7, "+86 139-0000-0000", "配偶"},
			{"第1网格", "1幢", "102", "甲", "护照:E1234", nil, nil, nil, "户主"},
			{"第1网格", "1幢", nil, "乙", nil, nil, "1950-01-01", nil, "子女"},
		})
	})
	roll, err := ReadRoll("x.xlsx", data, RollOptions{Today: "2026-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	p := roll.People
	if p[0].Name != "𠮷野家" || p[0].Document != "11010519491231002X" || p[0].DocumentKind != models.DocumentID || p[0].Birth != "1949-12-31" ||
		p[0].Phone != "13900000000" || !p[0].Head {
		t.Errorf("%+v", p[0])
	}
	if p[1].DocumentKind != models.DocumentPassport || p[1].Phone != "13900000000" {
		t.Errorf("%+v", p[1])
	}
	var got []string
	for _, e := range roll.Errors {
		got = append(got, e.Cell+" "+e.Key)
	}
	want := []string{"G4 " + RollTooOld, "E5 " + RollIDTwice, "C6 " + RollNoAddress}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(roll.Findings) != 1 || roll.Findings[0].Key != RollUnknownColumn || roll.Findings[0].Cell != "J2" {
		t.Errorf("%+v", roll.Findings)
	}
}

func TestRollOfBadFiles(t *testing.T) {
	_, err := ReadRoll("x.csv", []byte("a,b\n1,2\n"), RollOptions{})
	if p := problem.As(err); p == nil || p.Key != KeyNoRoll {
		t.Error(err)
	}
	roll, err := ReadRoll("x.csv", []byte("网格,楼栋,室,姓名\n第1网格,1幢,101,甲\n"), RollOptions{})
	if err != nil || roll.OK() || len(roll.Findings) != 1 || roll.Findings[0].Key != RollNoColumn || roll.Findings[0].Args["column"] != "证件号码" {
		t.Errorf("%v %+v", err, roll)
	}
}

// Twenty thousand people stream by; progress is told on the way, and an error
// of the caller ends the reading.
func TestEachPersonStreams(t *testing.T) {
	unraced(t)
	var b bytes.Buffer
	b.WriteString("网格,楼栋,室,姓名,证件号码,户号\n")
	for i := range 20_000 {
		n := strconv.Itoa(i)
		b.WriteString("第1网格,1幢," + n + ",甲,护照:E" + n + "," + n + "\n")
	}
	var told []int
	count := 0
	rep, err := EachPerson("x.csv", b.Bytes(), RollOptions{Progress: func(done, total int) {
		if total != 20_000 {
			t.Errorf("total %d", total)
		}
		told = append(told, done)
	}}, func(Person) error { count++; return nil })
	if err != nil || rep.Good != 20_000 || count != 20_000 || len(told) != 41 || told[40] != 20_000 {
		t.Errorf("%v %d good, %d seen, progress %v", err, rep.Good, count, told)
	}
	stop := errors.New("stop")
	if _, err := EachPerson("x.csv", b.Bytes(), RollOptions{}, func(Person) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}
