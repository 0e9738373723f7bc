package store_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"juwu/internal/store/storetest"
	"juwu/models"
)

// The figures of the sample files, found without package sheet: straight from
// the XML and the bytes, with rational numbers.

type figures struct {
	opening, income, expense models.Fen
	lines                    int
}

var notAmount = regexp.MustCompile(`[^0-9.\-]`)

func fenOf(t *testing.T, s string) models.Fen {
	t.Helper()
	s = notAmount.ReplaceAllString(s, "")
	if s == "" {
		return 0
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("amount %q", s)
	}
	r.Mul(r, big.NewRat(100, 1))
	f, _ := r.Float64()
	if f < 0 {
		return models.Fen(f - 0.5)
	}
	return models.Fen(f + 0.5)
}

func rawSheet(t *testing.T, name string) figures {
	z, err := zip.NewReader(bytes.NewReader(sample(t, "accounts-2026Q3.xlsx")), int64(len(sample(t, "accounts-2026Q3.xlsx"))))
	must(t, err)
	f, err := z.Open("xl/worksheets/" + name)
	must(t, err)
	b, err := io.ReadAll(f)
	must(t, err)
	var x struct {
		Rows []struct {
			Cells []struct {
				R string `xml:"r,attr"`
				V string `xml:"v"`
				I string `xml:"is>t"`
			} `xml:"c"`
		} `xml:"sheetData>row"`
	}
	must(t, xml.Unmarshal(b, &x))
	var out figures
	for _, row := range x.Rows {
		cell := map[byte]string{}
		for _, c := range row.Cells {
			cell[c.R[0]] = c.V + c.I
		}
		switch {
		case strings.Contains(cell['C'], "上月结转"):
			out.opening = fenOf(t, cell['H'])
		case strings.HasPrefix(cell['B'], "记-"):
			out.lines++
			out.income += fenOf(t, cell['F'])
			out.expense += fenOf(t, cell['G'])
		}
	}
	return out
}

func rawCSV(t *testing.T) figures {
	b, err := simplifiedchinese.GB18030.NewDecoder().Bytes(sample(t, "accounts-2026-10.gb18030.csv"))
	must(t, err)
	var out figures
	quoted := regexp.MustCompile(`"([^"]*)"`)
	for line := range strings.SplitSeq(string(b), "\n") {
		line = quoted.ReplaceAllStringFunc(line, func(s string) string { return strings.ReplaceAll(strings.Trim(s, `"`), ",", "") })
		f := strings.Split(line, ",")
		switch {
		case strings.Contains(line, "上月结转"):
			out.opening = fenOf(t, f[7])
		case len(f) > 7 && strings.HasPrefix(f[1], "记-"):
			out.lines++
			out.income += fenOf(t, f[5])
			out.expense += fenOf(t, f[6])
		}
	}
	return out
}

func TestSamplesGiveTheirFigures(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		drafts := d.bringIn("accounts-2026Q3.xlsx", sample(t, "accounts-2026Q3.xlsx"), "")
		drafts = append(drafts, d.bringIn("accounts-2026-10.gb18030.csv", sample(t, "accounts-2026-10.gb18030.csv"), "")...)
		want := []figures{rawSheet(t, "sheet1.xml"), rawSheet(t, "sheet2.xml"), rawSheet(t, "sheet3.xml"), rawCSV(t)}
		for i, m := range drafts {
			w := want[i]
			got := figures{m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.Entries}
			if got != w || m.ClosingFen != w.opening+w.income-w.expense || w.lines == 0 {
				t.Errorf("%s: got %+v closing %d, the raw file says %+v", m.Month, got, m.ClosingFen, w)
			}
			entries, err := d.in().AccountEntries(ctx, m.ID)
			must(t, err)
			var income, expense models.Fen
			for _, e := range entries {
				income, expense = income+e.IncomeFen, expense+e.ExpenseFen
			}
			if len(entries) != w.lines || income != w.income || expense != w.expense {
				t.Errorf("%s: rows add up to %d lines, %d, %d", m.Month, len(entries), income, expense)
			}
		}
		if drafts[0].OpeningFen != 12845673 {
			t.Errorf("July begins with %s", drafts[0].OpeningFen)
		}
	})
}
