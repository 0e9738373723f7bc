package sheet

import (
	"regexp"
	"strings"

	"juwu/models"
)

// period is the time a title or a sheet's name speaks of: a month, a quarter,
// a year, or only a month whose year stands elsewhere.
type period struct {
	year     int
	from, to int // months 1..12; 0 when only the year is known
}

func (p period) months() (models.Month, models.Month) {
	switch {
	case p.year == 0:
		return "", ""
	case p.from == 0:
		return monthOf(p.year, 1), monthOf(p.year, 12)
	}
	return monthOf(p.year, p.from), monthOf(p.year, p.to)
}

// single is the one month, 0 when there are several.
func (p period) single() int {
	if p.from == p.to {
		return p.from
	}
	return 0
}

// merge fills what p leaves open from q.
func (p period) merge(q period) period {
	if p.year == 0 {
		p.year = q.year
	}
	if p.from == 0 && (q.year == 0 || q.year == p.year) {
		p.from, p.to = q.from, q.to
	}
	return p
}

var (
	periodRange   = regexp.MustCompile(`(\d{4})[年./-](\d{1,2})月?份?[-~至到](?:\d{4}年)?(\d{1,2})月`)
	periodMonth   = regexp.MustCompile(`(\d{4})年(\d{1,2})月`)
	periodQuarter = regexp.MustCompile(`(?:(\d{4})年?度?)?第?([一二三四1-4])季度`)
	periodQ       = regexp.MustCompile(`(?i)(\d{4})[年-]?Q([1-4])`)
	periodHalf    = regexp.MustCompile(`(?:(\d{4})年?度?)?([上下])半年`)
	periodYear    = regexp.MustCompile(`(\d{4})年`)
	periodName    = regexp.MustCompile(`(?:^|\D)(20\d{2})[-_.年/]?(0[1-9]|1[0-2]|[1-9])(?:月|\D|$)`)
	periodOnly    = regexp.MustCompile(`(?:^|[^\d.])(1[0-2]|0?[1-9])月份?`)
	// Dates of writing or printing speak of another day than the account.
	periodFalse = []string{"公开日期", "公示日期", "公开时间", "公示时间", "编制日期", "制表日期", "填报日期", "填表日期", "制表时间", "打印"}
)

var hanMonths = []string{"十二月", "十一月", "十月", "九月", "八月", "七月", "六月", "五月", "四月", "三月", "二月", "一月"}

// titlePeriod looks for a period in a title.
func titlePeriod(s string) period {
	s = fold(s)
	if len(s) > 400 {
		return period{}
	}
	for _, w := range periodFalse {
		if strings.Contains(s, w) {
			return period{}
		}
	}
	if m := periodRange.FindStringSubmatch(s); m != nil {
		return checked(number(m[1]), number(m[2]), number(m[3]))
	}
	if m := periodMonth.FindStringSubmatch(s); m != nil {
		return checked(number(m[1]), number(m[2]), number(m[2]))
	}
	if m := periodQ.FindStringSubmatch(s); m != nil {
		q := number(m[2])
		return checked(number(m[1]), q*3-2, q*3)
	}
	if m := periodQuarter.FindStringSubmatch(s); m != nil {
		q := strings.Index("一二三四", m[2])/3 + 1
		if m[2] <= "4" {
			q = number(m[2])
		}
		return checked(number(m[1]), q*3-2, q*3)
	}
	if m := periodHalf.FindStringSubmatch(s); m != nil {
		if m[2] == "上" {
			return checked(number(m[1]), 1, 6)
		}
		return checked(number(m[1]), 7, 12)
	}
	p := period{}
	if m := periodYear.FindStringSubmatch(s); m != nil {
		p = checked(number(m[1]), 0, 0)
	}
	if m := periodOnly.FindStringSubmatch(s); m != nil {
		p.from = number(m[1])
		p.to = p.from
	}
	return p
}

// namePeriod looks for a period in the name of a sheet or a file, where
// people write it shorter: "7月", "七月", "2026-07", "202607", "2026Q3".
func namePeriod(s string) period {
	if p := titlePeriod(s); p.from != 0 {
		return p
	}
	s = fold(s)
	if m := periodName.FindStringSubmatch(s); m != nil {
		return checked(number(m[1]), number(m[2]), number(m[2]))
	}
	for i, w := range hanMonths {
		if strings.Contains(s, w) {
			return titlePeriod(s).merge(period{from: 12 - i, to: 12 - i})
		}
	}
	return titlePeriod(s)
}

func checked(year, from, to int) period {
	if year != 0 && (year < 1980 || year > 2099) || from < 0 || to > 12 || from > to {
		return period{}
	}
	return period{year: year, from: from, to: to}
}
