package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A check-in code proves that somebody stands where it is shown: the leader of
// an activity, or the desk of a meeting, holds up a code that rotates. It is
// derived from a key, from what it is the code of, and from the time alone, so
// that every process of a site shows and accepts the same one and nothing has
// to be stored.
const (
	// CheckInStep is how long one code is shown.
	CheckInStep = 15 * time.Second
	// CheckInDigits is the length of the code that people may type.
	CheckInDigits = 6

	// checkInLate steps after its own a code is still taken, for whoever scanned
	// in its last second and has a slow line: 30 s after it rotated it is worth
	// nothing.
	checkInLate = 2
	// checkInEarly steps before its own a code is taken: the process that shows
	// it and the database that checks it may be some seconds apart.
	checkInEarly = 1
)

// CheckInCode is the code of a subject at an instant: six digits. key is a
// secret of the site, subject names community, kind and thing.
func CheckInCode(key []byte, subject string, at time.Time) string {
	return checkInCode(key, subject, checkInStep(at))
}

// CheckInUntil is when the code of that instant gives way to the next.
func CheckInUntil(at time.Time) time.Time {
	return time.UnixMilli((checkInStep(at) + 1) * CheckInStep.Milliseconds()).UTC()
}

// CheckInHolds tells whether a code is worth something at an instant of the
// server's clock. It takes the same time for every code.
func CheckInHolds(key []byte, subject, code string, at time.Time) bool {
	now, found := checkInStep(at), false
	for step := now - checkInLate; step <= now+checkInEarly; step++ {
		if hmac.Equal([]byte(checkInCode(key, subject, step)), []byte(code)) {
			found = true
		}
	}
	return found
}

func checkInStep(at time.Time) int64 { return at.UnixMilli() / CheckInStep.Milliseconds() }

func checkInCode(key []byte, subject string, step int64) string {
	m := hmac.New(sha256.New, key)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step))
	m.Write(b[:])
	m.Write([]byte(subject))
	n := binary.BigEndian.Uint64(m.Sum(nil)) % 1_000_000
	code := make([]byte, CheckInDigits)
	for i := CheckInDigits - 1; i >= 0; i-- {
		code[i], n = '0'+byte(n%10), n/10
	}
	return string(code)
}

// slipLetters are hard to mistake for each other on paper.
const slipLetters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// SlipLength is the length of the code on a voter's slip.
const SlipLength = 8

// SlipCode is the code on the slip of paper with which somebody who is in a hall
// without a phone votes on the hall's tablet: derived from a key and from what
// it is the slip of, so that nothing has to be stored.
func SlipCode(key []byte, subject string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("slip/" + subject))
	sum := m.Sum(nil)
	code := make([]byte, SlipLength)
	for i := range code {
		code[i] = slipLetters[int(sum[i])%len(slipLetters)]
	}
	return string(code)
}
