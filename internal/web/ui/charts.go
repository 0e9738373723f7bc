package ui

import "strconv"

// The charts measure in percent across and in em down, never with a viewBox:
// words keep the size that the reader chose (care mode, browser settings), and
// bars take the width there is.

// Bar is one bar with its finished words. Amount only sets the length.
type Bar struct {
	Label  string
	Value  string // 12,864.00
	Share  string // 41 %
	Amount int64
	Href   string // of the row in the table
}

func em(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "em" }

func percent(part, whole float64) string {
	if whole <= 0 {
		return "0%"
	}
	return strconv.FormatFloat(100*part/whole, 'f', 2, 64) + "%"
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// longest is the length of the longest bar; a reversal (red ink) is as long as
// its amount, and drawn hollow.
func longest(bars []Bar) float64 {
	var most int64
	for _, b := range bars {
		most = max(most, abs(b.Amount))
	}
	return float64(most)
}

func (p BarChartProps) width(b Bar) string { return percent(float64(abs(b.Amount)), longest(p.Bars)) }

// MonthBar is a month of income and expense with finished words.
type MonthBar struct {
	Label       string // in the table: 2026年7月
	Short       string // under the bars, two characters at most for twelve months: 7
	Income      int64
	Expense     int64
	IncomeText  string
	ExpenseText string
	BalanceText string // fourth column; may be empty
	Href        string
}

// monthTall is the height of the tallest month bar, in em; text is below.
const monthTall = 9.0

func (p MonthChartProps) most() float64 {
	var most int64 = 1
	for _, m := range p.Months {
		most = max(most, m.Income, m.Expense)
	}
	return float64(most)
}

// at places something within the i-th month; part is 0 (left edge) to 1.
func (p MonthChartProps) at(i int, part float64) string {
	return percent(float64(i)+part, float64(len(p.Months)))
}

func (p MonthChartProps) wide() string { return percent(0.36, float64(len(p.Months))) }

func (p MonthChartProps) tall(n int64) string { return em(monthTall * float64(max(n, 0)) / p.most()) }

func (p MonthChartProps) top(n int64) string {
	return em(monthTall - monthTall*float64(max(n, 0))/p.most() + 0.2)
}
