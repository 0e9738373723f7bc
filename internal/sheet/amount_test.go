package sheet

import (
	"errors"
	"testing"

	"juwu/models"
)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		in    string
		want  models.Fen
		state amountState
	}{
		{"", 0, amountBlank}, {"-", 0, amountBlank}, {"—", 0, amountBlank}, {"/", 0, amountBlank}, {" ", 0, amountBlank}, {"无", 0, amountBlank},
		{"0", 0, amountOK}, {"100", 10000, amountOK}, {"0.1", 10, amountOK}, {".5", 50, amountOK}, {"3,235.05", 323505, amountOK},
		{"1,234,567.8", 123456780, amountOK}, {"￥8715.44", 871544, amountOK}, {"¥ 8,715.44元", 871544, amountOK}, {"１２３．４５", 12345, amountOK},
		{"１，２３４．５", 123450, amountOK}, {"-722.32", -72232, amountOK}, {"-722.3200000000001", -72232, amountOK}, {"−5", -500, amountOK},
		{"（315.00）", -31500, amountOK}, {"(315)", -31500, amountOK}, {"红字315", -31500, amountOK}, {"315-", -31500, amountOK},
		{"￥-315.00", -31500, amountOK}, {"-￥315", -31500, amountOK}, {"94.43000000000001", 9443, amountOK}, {"1E3", 100000, amountOK},
		{"1.5E-1", 15, amountOK}, {"1.5万元", 1500000, amountOK}, {"100元整", 10000, amountOK}, {"人民币100元", 10000, amountOK},
		{"壹万贰仟叁佰肆拾伍元陆角柒分", 1234567, amountOK}, {"壹佰元整", 10000, amountOK}, {"拾元", 1000, amountOK}, {"壹亿零伍元整", 10000000500, amountOK},
		{"叁圆整", 300, amountOK}, {"12.345", 1235, amountRounded}, {"33.333333333", 3333, amountRounded},
		{"1O0", 0, amountBad}, {"12,34", 0, amountBad}, {"1,2345", 0, amountBad}, {"1.2.3", 0, amountBad}, {"abc", 0, amountBad},
		{"1e999", 0, amountBad}, {"NaN", 0, amountBad}, {"Inf", 0, amountBad}, {"0x10", 0, amountBad}, {"1_000", 0, amountBad}, {"#REF!", 0, amountBad},
		{"9999999999999999", 0, amountBad}, {"--5", 0, amountBad}, {"2026-07-01", 0, amountBad}, {"100USD", 0, amountBad}, {"壹贰", 0, amountBad},
	}
	for _, tt := range tests {
		got, state := parseAmount(tt.in, unitYuan)
		if got != tt.want || state != tt.state {
			t.Errorf("%q: %d %d, want %d %d", tt.in, got, state, tt.want, tt.state)
		}
	}
	if f, _ := parseAmount("12.84567", unitWanYuan); f != 12845670 {
		t.Errorf("12.84567 wan = %d fen", f)
	}
	if f, _ := parseAmount("100元", unitWanYuan); f != 10000 {
		t.Errorf("a cell that says 元 wins over the sheet: %d", f)
	}
}

func TestParseDate(t *testing.T) {
	h := dateHints{year: 2026, month: 7}
	typed := dateHints{year: 2026, month: 7, numeric: true}
	mac := dateHints{date1904: true}
	tests := []struct {
		in    string
		h     dateHints
		want  models.Date
		state dateState
	}{
		{"2026-07-03", h, "2026-07-03", dateFull}, {"2026.7.3", h, "2026-07-03", dateFull}, {"2026/07/03", h, "2026-07-03", dateFull},
		{"2026年7月3日", h, "2026-07-03", dateFull}, {"20260703", h, "2026-07-03", dateFull}, {"２０２６．７．３", h, "2026-07-03", dateFull},
		{"46204", h, "2026-07-01", dateFull}, {"46204.75", h, "2026-07-01", dateFull}, {"44742", mac, "2026-07-01", dateFull},
		{"2026-07-03 10:20:30", h, "2026-07-03", dateFull}, {"2026-07-03T00:00:00Z", h, "2026-07-03", dateFull}, {"26.7.3", h, "2026-07-03", dateFull},
		{"2026年7月3日(星期五)", h, "2026-07-03", dateFull}, {" 2026 年 7 月 3 日", h, "2026-07-03", dateFull}, {"2026。7。3", h, "2026-07-03", dateFull},
		{"7月3日", h, "2026-07-03", dateNoYear}, {"7.3", h, "2026-07-03", dateNoYear}, {"7/3", h, "2026-07-03", dateNoYear}, {"07-03", h, "2026-07-03", dateNoYear},
		{"7.1", typed, "2026-07-01", dateUncertain}, {"7.4", typed, "2026-07-04", dateNoYear}, {"3", h, "2026-07-03", dateNoYear}, {"3日", h, "2026-07-03", dateNoYear},
		{"", h, "", dateNone}, {"2026-02-30", h, "", dateBad}, {"2028-02-29", h, "2028-02-29", dateFull}, {"2026-13-01", h, "", dateBad}, {"7月32日", h, "", dateBad},
		{"7月3日", dateHints{}, "", dateBad}, {"12345", h, "", dateBad}, {"99999", h, "", dateBad}, {"昨天", h, "", dateBad}, {"0", h, "", dateBad},
		{"20261301", h, "", dateBad}, {"2026-7", h, "", dateBad},
	}
	for _, tt := range tests {
		got, state := parseDate(tt.in, tt.h)
		if got != tt.want || state != tt.state {
			t.Errorf("%q: %s %d, want %s %d", tt.in, got, state, tt.want, tt.state)
		}
	}
}

func TestPeriods(t *testing.T) {
	tests := []struct {
		in   string
		name bool
		want period
	}{
		{"和睦里社区居民委员会2026年7月份财务收支公开明细表", false, period{2026, 7, 7}},
		{"2026年第三季度收支表", false, period{2026, 7, 9}}, {"2026年三季度", false, period{2026, 7, 9}}, {"2026年7-9月收支", false, period{2026, 7, 9}},
		{"2026年7月至9月", false, period{2026, 7, 9}}, {"2026年度收支决算", false, period{year: 2026}}, {"2026年上半年", false, period{2026, 1, 6}}, {"2026年度下半年", false, period{2026, 7, 12}}, {"公开日期：2026年8月8日", false, period{}},
		{"四季花园社区2026年5月账目", false, period{2026, 5, 5}}, {"7月", true, period{0, 7, 7}}, {"七月", true, period{0, 7, 7}}, {"十一月", true, period{0, 11, 11}},
		{"2026-07", true, period{2026, 7, 7}}, {"202607", true, period{2026, 7, 7}}, {"accounts-2026-10", true, period{2026, 10, 10}},
		{"accounts-2026Q3", true, period{2026, 7, 9}}, {"Sheet1", true, period{}}, {"2026.12", true, period{2026, 12, 12}}, {"12月份", true, period{0, 12, 12}},
	}
	for _, tt := range tests {
		f := titlePeriod
		if tt.name {
			f = namePeriod
		}
		if got := f(tt.in); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

func TestReadHeading(t *testing.T) {
	for in, want := range map[string]role{
		"摘 要": rolePurpose, "收入金额（元）": roleIncome, "支出（万元）": roleExpense, "结余金额": roleBalance, "凭证字号": roleVoucher, "业务日期": roleDate,
		"开支项目": rolePurpose, "附件张数（份）": roleAttachments, "审批人签字": roleApprover, "资金来源渠道": roleFund, "月": roleMonthOnly, "日": roleDayOnly,
		"收/支": roleSide, "贷方发生额": roleExpense, "序号": roleIgnored, "郭珍": roleNone, "": roleNone, "本月结转": roleNone,
	} {
		if got := readHeading(in).role; got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"3,235.05", "￥-315.00", "(315)", "壹万贰仟元整", "1.5万元", "1E-3", "红字5", "12.345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		fen, state := parseAmount(s, unitYuan)
		if state == amountOK {
			// What is read can be written and read again as the same amount.
			if again, st := parseAmount(fen.String(), unitYuan); again != fen || st != amountOK {
				t.Errorf("%q: %d, written %s, read %d", s, fen, fen, again)
			}
		}
		if state == amountBlank || state == amountBad {
			if fen != 0 {
				t.Errorf("%q: %d with state %d", s, fen, state)
			}
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026.7.3", "7月3日", "46204", "20260703", "3日", "2026/07/03 10:00"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, numeric bool) {
		d, state := parseDate(s, dateHints{year: 2026, month: 7, numeric: numeric})
		if (state == dateNone || state == dateBad) != (d == "") || d != "" && !d.Valid() {
			t.Errorf("%q: %q %d", s, d, state)
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("2026年7月\n日期,摘要,收入,支出,结余\n,上月结转,,,1000\n7月1日,利息,50,,1050\n"))
	f.Add([]byte("网格,楼栋,室,姓名,证件号码\n第1网格,1幢,101,程凯兰,999999199609070084\n"))
	f.Add([]byte("a;b\n\"c;\n"))
	f.Add([]byte{0xff, 0xfe, 'a', 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ReadLedger("2026-07.csv", data, LedgerOptions{})
		if err == nil {
			for _, m := range l.Months {
				if m.OpeningFen+m.IncomeFen-m.ExpenseFen != m.ClosingFen || !m.Month.Valid() {
					t.Errorf("%+v", m)
				}
			}
		}
		_, err2 := ReadRoll("x.csv", data, RollOptions{Today: "2026-11-01"})
		_, err3 := ReadBudget("x.csv", data, BudgetOptions{})
		for _, err := range []error{err, err2, err3} {
			if errors.Is(err, errPanic) {
				t.Error(err)
			}
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("日期", "摘要", "收入（元）", "支出")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		lays, _ := readHeader([]line{{n: 1, cells: []string{a, b, c, d}}})
		for _, lay := range lays {
			for ro, col := range lay.cols {
				if col < 0 || col > 3 {
					t.Errorf("role %d in column %d", ro, col)
				}
			}
			if !lay.closes() {
				t.Error("half a header was accepted")
			}
		}
	})
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{"H4+N(F5)-N(G5)", "SUM(F5:F39)", `IF(F5="","",H4+F5)`, "'7月'!H40", "ROUND(A1*1.1,2)", "A1", "((((1))))"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tb := &table{name: "7月", lines: []line{{n: 4, cells: []string{"", "", "", "", "", "1,000", "2", "3"}}}}
		tb.book = []*table{tb}
		tb.formulas = func(row, col int) string {
			if row == 1 && col == 0 {
				return src
			}
			return ""
		}
		tb.evaluate(1, 0)
	})
}

func TestAddress(t *testing.T) {
	for col, want := range map[int]string{0: "A7", 25: "Z7", 26: "AA7", 701: "ZZ7", 702: "AAA7"} {
		if got := address(7, col); got != want {
			t.Errorf("column %d: %s, want %s", col, got, want)
		}
	}
}
