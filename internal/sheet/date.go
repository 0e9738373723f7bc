package sheet

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
	"juwu/models"
)

// Excel counts days from 1899-12-30 (so that its invented 1900-02-29 comes
// out right) or, in books that began on an old Mac, from 1904-01-01.
const (
	epoch1900 = models.Date("1899-12-30")
	epoch1904 = models.Date("1904-01-01")
	minSerial = 20_000 // 1954: no date of a committee's book is older
	maxSerial = 73_050 // 2099
)

// dateState says how much of a date a cell gave.
type dateState uint8

const (
	dateNone      dateState = iota
	dateFull                // year, month and day
	dateNoYear              // the year came from the sheet
	dateUncertain           // a number like 7.1, which may have been 7.10
	dateBad                 // something that is no date, or a day that does not exist
)

// dateHints is what the sheet tells about dates that do not say it all.
type dateHints struct {
	year     int
	month    int // the sheet's one month, for dates that are only a day; 0 if none
	date1904 bool
	numeric  bool // cells are typed: 7.1 may be a number
	births   bool // serial numbers may be small: people were born before 1954
}

var (
	dateYMD     = regexp.MustCompile(`^(\d{4}|\d{2})[-./年](\d{1,2})[-./月](\d{1,2})[日号]?$`)
	dateMD      = regexp.MustCompile(`^(\d{1,2})[-./月](\d{1,2})[日号]?$`)
	dateD       = regexp.MustCompile(`^(\d{1,2})[日号]?$`)
	dateDigits  = regexp.MustCompile(`^(19|20)(\d{2})(\d{2})(\d{2})$`)
	dateSerial  = regexp.MustCompile(`^\d{5}(\.\d+)?$`)
	birthSerial = regexp.MustCompile(`^\d{1,5}(\.\d+)?$`)
	dateClock   = regexp.MustCompile(`[T ]?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$`)
	dateWeek    = regexp.MustCompile(`\(?(星期|周)[一二三四五六日天]\)?$`)
)

// parseDate reads a date in every form that clerks type.
func parseDate(s string, h dateHints) (models.Date, dateState) {
	if s == "" {
		return "", dateNone
	}
	if len(s) > 64 {
		return "", dateBad
	}
	s = strings.Trim(norm.NFKC.String(s), "' ")
	s = dateClock.ReplaceAllString(s, "")
	s = strings.TrimSpace(dateWeek.ReplaceAllString(s, ""))
	s = strings.NewReplacer("。", ".", "、", ".", "—", "-", "–", "-", " ", "", "\\", "/", "·", ".").Replace(s)
	switch {
	case s == "":
		return "", dateNone
	case dateDigits.MatchString(s):
		return full(civil(number(s[:4]), number(s[4:6]), number(s[6:])))
	case dateSerial.MatchString(s) && !h.births:
		return serial(s, h, minSerial)
	case h.births && h.numeric && birthSerial.MatchString(s):
		return serial(s, h, 1)
	}
	if m := dateYMD.FindStringSubmatch(s); m != nil {
		return full(civil(fullYear(number(m[1])), number(m[2]), number(m[3])))
	}
	if m := dateMD.FindStringSubmatch(s); m != nil && h.year > 0 {
		d, state := full(civil(h.year, number(m[1]), number(m[2])))
		switch {
		case state != dateFull:
			return d, state
		case h.numeric && strings.Contains(s, ".") && len(m[2]) == 1 && m[2] <= "3":
			return d, dateUncertain // a number cell cannot keep the 0 of 7.10
		}
		return d, dateNoYear
	}
	if m := dateD.FindStringSubmatch(s); m != nil && h.year > 0 && h.month > 0 {
		d, state := full(civil(h.year, h.month, number(m[1])))
		if state == dateFull {
			state = dateNoYear
		}
		return d, state
	}
	return "", dateBad
}

// serial turns an Excel serial number into a day; the fraction is a clock.
func serial(s string, h dateHints, least float64) (models.Date, dateState) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < least || v > maxSerial {
		return "", dateBad
	}
	switch {
	case h.date1904:
		return epoch1904.AddDays(int(v)), dateFull
	case v < 60: // before the 1900-02-29 that Excel invented
		v++
	}
	return epoch1900.AddDays(int(v)), dateFull
}

func full(d models.Date) (models.Date, dateState) {
	if !d.Valid() {
		return "", dateBad
	}
	return d, dateFull
}

func civil(y, m, d int) models.Date {
	if y < 1 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	b := []byte("0000-00-00")
	put(b[0:4], y)
	put(b[5:7], m)
	put(b[8:10], d)
	return models.Date(b)
}

func put(b []byte, n int) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

func monthOf(year, month int) models.Month {
	d := civil(year, month, 1)
	return d.Month()
}

func fullYear(y int) int {
	if y < 100 {
		return 2000 + y
	}
	return y
}

// number reads digits that a pattern has already checked.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
