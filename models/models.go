// Package models says what things are: types, states and field limits.
// Tags speak to GORM, nothing here imports it: no queries, no hooks, no I/O.
package models

import (
	"crypto/rand"
	"encoding/binary"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"
)

// ID names a row. It is 41 bits of milliseconds since 2020 followed by 22
// bits that are random for the first id of a millisecond and count up after
// it: ids of one process never collide, also when it makes thousands at once,
// those of several processes hardly ever, and all sort by age. In JSON and in
// addresses it is a decimal string, because JavaScript numbers lose digits
// above 2^53.
type ID int64

var (
	idEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	lastID  atomic.Int64
)

// NewID makes an id for a row created at now.
func NewID(now time.Time) ID {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err) // never happens since Go 1.24; without randomness nothing here is safe
	}
	fresh := now.Sub(idEpoch).Milliseconds()<<22 | int64(binary.BigEndian.Uint32(b[:])>>10)
	for {
		last := lastID.Load()
		id := fresh
		if id>>22 <= last>>22 { // the same millisecond, or a clock that was set back
			id = last + 1
		}
		if lastID.CompareAndSwap(last, id) {
			return ID(id)
		}
	}
}

// ParseID reads an id from an address. Anything else than a positive decimal
// number is refused, so that one thing has one address.
func ParseID(s string) (ID, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return ID(n), true
}

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Time is when the id was made, in whole milliseconds.
func (id ID) Time() time.Time { return idEpoch.Add(time.Duration(id>>22) * time.Millisecond) }

// MarshalText makes JSON write the id as a string.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote, 0 included.
func (id *ID) UnmarshalText(b []byte) error {
	n, err := strconv.ParseInt(string(b), 10, 64)
	*id = ID(n)
	return err
}

// Key brings a text that is compared or must be unique into its one form:
// NFKC without surrounding space. utf8mb4_bin ignores trailing spaces and
// SQLite does not; after Key both agree.
func Key(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }

// Moment is t as every database here stores it: UTC, whole milliseconds.
func Moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Date is a civil day in the community's zone, "2026-07-03". As text it sorts,
// compares and stores alike on every database.
type Date string

// Month is a civil month, "2026-07".
type Month string

// Shanghai is the one zone of every community (no summer time since 1991).
var Shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// DateOf is the civil day of the instant t.
func DateOf(t time.Time) Date { return Date(t.In(Shanghai).Format("2006-01-02")) }

// MonthOf is the civil month of the instant t.
func MonthOf(t time.Time) Month { return Month(t.In(Shanghai).Format("2006-01")) }

// Time is the first instant of the day; the zero time for an invalid date.
func (d Date) Time() time.Time {
	t, _ := time.ParseInLocation("2006-01-02", string(d), Shanghai)
	return t
}

// Valid tells whether the day exists.
func (d Date) Valid() bool {
	t, err := time.ParseInLocation("2006-01-02", string(d), Shanghai)
	return err == nil && t.Format("2006-01-02") == string(d)
}

// AddDays moves by civil days.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Month is the month that holds the day.
func (d Date) Month() Month {
	if len(d) < 7 {
		return ""
	}
	return Month(d[:7])
}

// Valid tells whether the month exists.
func (m Month) Valid() bool { return Date(m + "-01").Valid() }

// Add moves by months.
func (m Month) Add(n int) Month {
	return MonthOf(Date(m+"-01").Time().AddDate(0, n, 0))
}

// First and Last are the month's first and last civil day.
func (m Month) First() Date { return Date(m + "-01") }
func (m Month) Last() Date  { return m.Add(1).First().AddDays(-1) }

// Quarter is the quarter of the month as an address part, "2026Q3".
func (m Month) Quarter() string {
	t := m.First().Time()
	return strconv.Itoa(t.Year()) + "Q" + strconv.Itoa((int(t.Month())+2)/3)
}

// QuarterMonths are the three months of "2026Q3"; nil if q is not a quarter.
func QuarterMonths(q string) []Month {
	if len(q) != 6 || q[4] != 'Q' || q[5] < '1' || q[5] > '4' {
		return nil
	}
	m := int(q[5]-'1')*3 + 1
	first := Month(q[:4] + "-" + string([]byte{'0' + byte(m/10), '0' + byte(m%10)}))
	if !first.Valid() {
		return nil
	}
	return []Month{first, first.Add(1), first.Add(2)}
}

// Fen is an amount of money in fen (1/100 yuan).
type Fen int64

// String writes the amount with separators: 1,286.40 and −315.00.
func (f Fen) String() string {
	s := f.Plain()
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	whole, cents := s[:len(s)-3], s[len(s)-3:]
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	b.WriteString(cents)
	return b.String()
}

// Plain writes the amount for machines: 1286.40.
func (f Fen) Plain() string {
	u, sign := uint64(f), ""
	if f < 0 {
		u, sign = -u, "-"
	}
	cents := strconv.FormatUint(u%100, 10)
	if len(cents) == 1 {
		cents = "0" + cents
	}
	return sign + strconv.FormatUint(u/100, 10) + "." + cents
}

// Tenant is the key of every row that belongs to one community. Every unique
// key of such a table starts with CommunityID, so that data can be sharded by
// community unchanged.
type Tenant struct {
	CommunityID ID `gorm:"primaryKey;autoIncrement:false"`
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
}
