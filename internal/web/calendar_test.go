package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/models"
)

// What calendars are made of that other programs stumble over: long lines of
// Chinese, commas, semicolons, backslashes and line ends.
var sampleEvents = []CalendarEvent{
	{
		UID: "meeting-1@juwu.test", Sequence: 2, Start: time.Date(2026, 12, 1, 19, 0, 0, 0, models.Shanghai), End: time.Date(2026, 12, 1, 20, 30, 0, 0, models.Shanghai),
		Changed: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), Title: "听证会：3号楼加装电梯，费用怎么分; 谁来管", Place: "社区活动室, 一楼",
		Text: strings.Repeat("请带身份证。", 30) + "\n第二行\\末尾", URL: "https://juwu.test/hemuli/meetings/1",
	},
	{UID: "meeting-2@juwu.test", Start: time.Date(2026, 12, 31, 23, 30, 0, 0, models.Shanghai), End: time.Date(2027, 1, 1, 0, 30, 0, 0, models.Shanghai), Changed: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), Title: "取消的会", Cancelled: true},
	{UID: "day-3@juwu.test", AllDay: true, Start: models.Date("2026-12-05").Time(), End: models.Date("2026-12-06").Time(), Changed: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), Title: "投票日"},
}

func sampleCalendar(t *testing.T) []byte {
	t.Helper()
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error { return SendCalendar(c, "和睦里", "all", sampleEvents) })
	res, err := app.Test(httptest.NewRequest("GET", "/", nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Error(got)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCalendarKeepsToItsFormat(t *testing.T) {
	b := sampleCalendar(t)
	for _, line := range bytes.SplitAfter(b, []byte("\n")) {
		if len(line) > 77 { // 75 bytes and the line's end (RFC 5545, 3.1)
			t.Errorf("%d bytes: %s", len(line), line)
		}
		if len(line) > 0 && !bytes.HasSuffix(line, []byte("\r\n")) {
			t.Errorf("line without CRLF: %q", line)
		}
	}
}

// An independent parser reads what was meant.
func TestCalendarIsReadByAnother(t *testing.T) {
	node, err := exec.LookPath("node")
	if _, missing := os.Stat("../../node_modules/ical.js"); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err, missing)
		}
		t.Skip("node or ical.js is not installed")
	}
	cmd := exec.Command(node, "testdata/read-calendar.mjs")
	cmd.Stdin = bytes.NewReader(sampleCalendar(t))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, string(out))
	}
	var got []struct {
		UID, Title, Text, Place, Status, Start, End string
		Sequence                                    int
	}
	if err := json.Unmarshal(out, &got); err != nil || len(got) != len(sampleEvents) {
		t.Fatal(err, string(out))
	}
	for i, want := range sampleEvents {
		g := got[i]
		status, start, end := "CONFIRMED", want.Start.UTC().Format("2006-01-02T15:04:05Z"), want.End.UTC().Format("2006-01-02T15:04:05Z")
		if want.Cancelled {
			status = "CANCELLED"
		}
		if want.AllDay {
			start, end = "2026-12-05", "2026-12-07"
		}
		if g.UID != want.UID || g.Title != want.Title || g.Text != want.Text || g.Place != want.Place || g.Status != status || g.Start != start || g.End != end || g.Sequence != want.Sequence {
			t.Errorf("read %+v\nmeant %+v", g, want)
		}
	}
}
