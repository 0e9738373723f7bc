package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
)

// A leader's device works without a line: it notes who came and went by its own
// clock, signs the notes with the key it was given for one activity, and sends
// them later. Its clock may be wrong by minutes; what counts is the difference
// to the server's at the moment of sending.

// DeviceNote is one line of what a device noted.
type DeviceNote struct {
	Number string // of the volunteer
	Out    bool
	AtMS   int64 // by the device's clock
}

// mostDeviceNotes of one sending.
const mostDeviceNotes = 600

// clockMoved: when the difference of the clocks has changed by more than this
// since the key was issued, somebody has set the device's clock meanwhile, and
// its times are doubted.
const clockMoved = 2 * time.Minute

// DeviceText is what a device signs: one line per note, after the device, its
// clock at the moment of sending, and how many notes there are.
func DeviceText(device string, sentMS int64, notes []DeviceNote) string {
	var b strings.Builder
	b.WriteString("juwu-device-1\n" + device + "\n" + strconv.FormatInt(sentMS, 10) + "\n" + strconv.Itoa(len(notes)) + "\n")
	for _, n := range notes {
		b.WriteString(n.Number + "," + direction(n.Out) + "," + strconv.FormatInt(n.AtMS, 10) + "\n")
	}
	return b.String()
}

func direction(out bool) string {
	if out {
		return "out"
	}
	return "in"
}

// DeviceMAC is the device's signature, in hexadecimal.
func DeviceMAC(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}

// CheckDevice refuses what was not signed with the key, and what is too much.
func CheckDevice(key []byte, mac, text string, notes int) error {
	if notes == 0 || notes > mostDeviceNotes || !hmac.Equal([]byte(DeviceMAC(key, text)), []byte(mac)) {
		return problem.New(problem.Forbidden, "activity.device.refused", nil).Because("device signature")
	}
	return nil
}

// DeviceOffset is what is added to the device's times, and whether they are
// doubted. issued is the difference of the clocks when the key was issued.
func DeviceOffset(now time.Time, sentMS, issuedMS int64) (offset time.Duration, doubt bool) {
	offset = time.Duration(now.UnixMilli()-sentMS) * time.Millisecond
	moved := offset - time.Duration(issuedMS)*time.Millisecond
	return offset, moved.Abs() > clockMoved
}
