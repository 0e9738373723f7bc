package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// The attendance sheet: for the doorman where there is no line, and for the
// signatures that go into the file. What helps somebody take part never lies
// where others sign: it has a sheet of its own, for the staff.

// attendGroup are the people of one part and pool, in the order of the list.
type attendGroup struct {
	Title string
	Rows  []attendRow
}

type attendRow struct {
	N      int // counts through all sheets; 0 on a line for whoever had not signed up
	Name   string
	Ticket string
	Mark   string // remote, waiting
}

// attendanceView is the print of it.
type attendanceView struct {
	*web.Page
	Meeting *store.MeetingView
	Sheets  [][]attendGroup
	Needs   []attendRow // Mark is what helps them
}

// Rows that fit on one sheet, a heading counted as two; lines left free for
// whoever comes without a place.
const (
	rowsOfSheet = 22
	freeRows    = 10
)

func (a *Admin) attendance(c *fiber.Ctx) error {
	d, err := a.meetingDoorPage(c)
	if err != nil {
		return err
	}
	v := &attendanceView{Page: d.Page, Meeting: d.Meeting}
	v.Page.Title, v.Scripts, v.Bare, v.Back = v.T("meeting.attendance.title"), nil, true, ui.Link{}
	list, err := a.Store.In(v.Community).Attendees(web.Context(c), v.Meeting.ID, "")
	if err != nil {
		return err
	}
	v.Sheets = cutSheets(append(v.groups(list, d.Needs), attendGroup{v.Chinese().T("meeting.attendance.free"), make([]attendRow, freeRows)}))
	return web.Render(c, fiber.StatusOK, attendanceSheets(v))
}

// groups puts the people into the order in which they are looked for.
func (v *attendanceView) groups(list []models.MeetingSignup, needs map[models.ID]string) []attendGroup {
	zh, n := v.Chinese(), 0
	var out []attendGroup
	add := func(title string, of func(models.MeetingSignup) bool) {
		g := attendGroup{Title: title}
		for _, s := range list {
			if !of(s) {
				continue
			}
			n++
			row := attendRow{N: n, Name: s.Name, Ticket: s.Ticket}
			if s.Remote {
				row.Mark = zh.T("meeting.join.remote")
			}
			if needs[s.ID] != "" {
				v.Needs = append(v.Needs, attendRow{n, s.Name, s.Ticket, needs[s.ID]})
			}
			g.Rows = append(g.Rows, row)
		}
		if len(g.Rows) > 0 {
			out = append(out, g)
		}
	}
	for _, part := range []models.MeetingPart{models.PartDelegate, models.PartSpeaker, models.PartListener} {
		name := zh.T(meetingParts.Key(string(part)))
		for _, pool := range []models.MeetingPool{models.PoolReps, models.PoolParty, models.PoolCouncil, models.PoolUnits, models.PoolOpen} {
			title := name
			if pool != models.PoolOpen {
				title += " \u00b7 " + zh.T(meetingPools.Key(string(pool)))
			}
			add(title, func(s models.MeetingSignup) bool {
				open := pool == models.PoolOpen && s.Pool == "" // came without a place
				return s.State == models.PlaceSeated && s.Part == part && (s.Pool == pool || open)
			})
		}
	}
	add(zh.T("meeting.attendance.waiting"), func(s models.MeetingSignup) bool { return s.State != models.PlaceSeated })
	return out
}

// cutSheets puts the groups on as many sheets as they need; a group that is cut
// has its heading on both.
func cutSheets(groups []attendGroup) (sheets [][]attendGroup) {
	var sheet []attendGroup
	room := rowsOfSheet
	for _, g := range groups {
		for len(g.Rows) > 0 {
			if room < 4 {
				sheets, sheet, room = append(sheets, sheet), nil, rowsOfSheet
			}
			n := min(len(g.Rows), room-2)
			sheet = append(sheet, attendGroup{g.Title, g.Rows[:n]})
			g.Rows, room = g.Rows[n:], room-2-n
		}
	}
	return append(sheets, sheet)
}

// frame is the frame of the i-th sheet.
func (v *attendanceView) frame(i int) ui.SheetProps {
	zh, of := v.Chinese(), len(v.Sheets)
	if len(v.Needs) > 0 {
		of++
	}
	return ui.SheetProps{
		Paper: "A4", Kind: zh.T("meeting.attendance.title"), Title: v.Meeting.Title, Community: v.Community.Name,
		Number: clockOf(zh, v.Meeting.CivicMeeting), Period: v.Meeting.Place,
		PageText: zh.T("notice.sheet.page", "n", i+1, "of", of), Foot: zh.T("meeting.attendance.foot"),
	}
}
