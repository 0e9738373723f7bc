package web

import (
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// maxYuan bounds a typed amount; a community's year is a few million.
const maxYuan = 10_000_000_000

// Money is an amount in yuan that must be there and be above zero:
// 1286.4, 1,286.40, ￥1286.40, １２８６．４.
func (f *Form) Money(name string) models.Fen {
	s := clean(f.note(name), false)
	if s == "" {
		f.Add(name, "form.needed", nil)
		return 0
	}
	fen, ok := parseFen(s)
	if !ok || fen <= 0 {
		f.Add(name, "form.money", nil)
		return 0
	}
	return fen
}

// currency are the signs and units that people write around an amount; NFKC
// has made the full-width ones narrow.
var currency = strings.NewReplacer(",", "", " ", "", "\u00a5", "", "\u5143", "")

func parseFen(s string) (models.Fen, bool) {
	whole, cents, point := strings.Cut(currency.Replace(s), ".")
	if whole == "" || (point && (cents == "" || len(cents) > 2)) {
		return 0, false
	}
	yuan, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || yuan > maxYuan {
		return 0, false
	}
	for len(cents) < 2 {
		cents += "0"
	}
	fen, err := strconv.ParseUint(cents, 10, 8)
	if err != nil {
		return 0, false
	}
	return models.Fen(yuan*100 + fen), true
}

// Date is a civil day that must be there, as a date field sends it or as
// people type it: 2026-07-03, 2026/7/3, 2026.7.3, 2026年7月3日, 20260703.
func (f *Form) Date(name string) models.Date {
	s := clean(f.note(name), false)
	if s == "" {
		f.Add(name, "form.needed", nil)
		return ""
	}
	return f.date(name, s)
}

// OptionalDate is "" when nothing was typed.
func (f *Form) OptionalDate(name string) models.Date {
	if s := clean(f.note(name), false); s != "" {
		return f.date(name, s)
	}
	return ""
}

func (f *Form) date(name, s string) models.Date {
	d, ok := parseDate(s)
	if !ok {
		f.Add(name, "form.date", nil)
		return ""
	}
	return d
}

var dateMarks = strings.NewReplacer("/", "-", ".", "-", "\u5e74", "-", "\u6708", "-", "\u65e5", "", " ", "")

func parseDate(s string) (models.Date, bool) {
	s = dateMarks.Replace(s)
	if len(s) == 8 && !strings.Contains(s, "-") {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	parts := strings.Split(s, "-")
	if len(parts) != 3 || len(parts[0]) != 4 {
		return "", false
	}
	for i := 1; i < 3; i++ {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	d := models.Date(strings.Join(parts, "-"))
	return d, d.Valid()
}

// Month is a civil month that must be there: 2026-07.
func (f *Form) Month(name string) models.Month {
	m := models.Month(strings.Clone(clean(f.note(name), false)))
	if !m.Valid() {
		f.Add(name, "form.month", nil)
		return ""
	}
	return m
}

// Phone is a mainland mobile number or an international one with its +; what
// is short or long is said in numbers.
func (f *Form) Phone(name string) string { return f.phone(name, true) }

// OptionalPhone is a telephone that may be left out.
func (f *Form) OptionalPhone(name string) string { return f.phone(name, false) }

func (f *Form) phone(name string, needed bool) string {
	s := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(clean(f.note(name), false))
	s = strings.TrimPrefix(strings.TrimPrefix(s, "+86"), "0086")
	digits := strings.TrimPrefix(s, "+")
	switch foreign := digits != s; {
	case s == "":
		if needed {
			f.Add(name, "form.needed", nil)
		}
	case strings.Trim(digits, "0123456789") != "":
		f.Add(name, "form.phone.signs", nil)
	case foreign && (len(digits) < 7 || len(digits) > 15):
		f.Add(name, "form.phone.foreign", nil)
	case !foreign && len(digits) != 11:
		f.Add(name, "form.phone.length", problem.Args{"n": len(digits)})
	case !foreign && digits[0] != '1':
		f.Add(name, "form.phone.start", nil)
	default:
		return s
	}
	return ""
}

// ParseMoney reads an amount in yuan as a filter in an address has it: zero
// and nothing below it. The second result is false for what is no amount.
func ParseMoney(s string) (models.Fen, bool) { return parseFen(clean(s, false)) }

// Clock is a time of day, "19:30", as the time since midnight.
func (f *Form) Clock(name string) time.Duration {
	s := clean(f.note(name), false)
	t, err := time.Parse("15:04", strings.ReplaceAll(s, ".", ":"))
	if err != nil {
		f.Add(name, "form.clock", nil)
		return 0
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
}
