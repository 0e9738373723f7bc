package web

import (
	"bytes"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/gofiber/fiber/v2"

	"juwu/models"
)

// CalendarEvent is something with a beginning and an end that people put into
// the calendar of their phone: a meeting, a shift, an election day.
type CalendarEvent struct {
	UID       string // the same for ever: "meeting-123@juwu.example.cn"
	Sequence  int    // counts up with every change, so that calendars replace what they have
	Start     time.Time
	End       time.Time
	AllDay    bool      // Start and End are civil days, both included
	Changed   time.Time // last change
	Title     string
	Text      string
	Place     string
	URL       string // absolute
	Cancelled bool
}

// CalendarUID names a thing for every calendar in the world.
func (p *Page) CalendarUID(kind string, id models.ID) string {
	host := strings.TrimPrefix(strings.TrimPrefix(p.r.s.opt.BaseURL, "https://"), "http://")
	return kind + "-" + id.String() + "@" + host
}

// SendCalendar answers with a calendar file (RFC 5545). name is what a feed is
// called in the reader's calendar, file the name for saving. Nobody keeps it
// without asking again: a meeting may be called off.
func SendCalendar(c *fiber.Ctx, name, file string, events []CalendarEvent) error {
	cal := ics.NewCalendarFor("Juwu")
	cal.SetMethod(ics.MethodPublish)
	cal.SetXWRCalName(name)
	cal.SetXWRTimezone(models.Shanghai.String())
	cal.SetRefreshInterval("PT1H", ics.WithValue("DURATION"))
	cal.SetXPublishedTTL("PT1H")
	for _, e := range events {
		addEvent(cal, e)
	}
	var b bytes.Buffer
	if err := cal.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/calendar; charset=utf-8")
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+asciiName(file)+`.ics"`)
	c.Set(fiber.HeaderCacheControl, "public, no-cache")
	return c.Send(b.Bytes())
}

func addEvent(cal *ics.Calendar, e CalendarEvent) {
	v := cal.AddEvent(e.UID)
	v.SetDtStampTime(e.Changed)
	v.SetModifiedAt(e.Changed)
	v.SetSequence(e.Sequence)
	v.SetSummary(e.Title)
	if e.AllDay { // the end is the first day that is not in it
		v.SetAllDayStartAt(e.Start.In(models.Shanghai))
		v.SetAllDayEndAt(e.End.In(models.Shanghai).AddDate(0, 0, 1))
	} else {
		v.SetStartAt(e.Start)
		v.SetEndAt(e.End)
	}
	for _, f := range []struct {
		text string
		set  func(string, ...ics.PropertyParameter)
	}{{e.Text, v.SetDescription}, {e.Place, v.SetLocation}, {e.URL, v.SetURL}} {
		if f.text != "" {
			f.set(f.text)
		}
	}
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
		return
	}
	v.SetStatus(ics.ObjectStatusConfirmed)
	if e.AllDay {
		return
	}
	alarm := v.AddAlarm() // a day before, whatever the phone's own habit is
	alarm.SetAction(ics.ActionDisplay)
	alarm.SetTrigger("-P1D")
	alarm.SetDescription(e.Title)
}
