package sheet

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"io"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
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
