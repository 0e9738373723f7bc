package portal

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// mineView is a volunteer's own page.
type mineView struct {
	*web.Page
	V    models.Volunteer
	Mine store.MyService
}

func (p *Portal) minePage(c *fiber.Ctx) (*mineView, error) {
	page := web.PageOf(c)
	page.Title, page.Place, page.NoIndex = page.T("volunteer.mine.title"), "me", true
	page.Back = ui.Link{Text: page.T("me.title"), Href: "/me"}
	v, err := p.Store.In(page.Community).Volunteer(web.Context(c), page.Actor)
	if err != nil {
		return nil, err
	}
	return &mineView{Page: page, V: *v}, nil
}

func (p *Portal) mine(c *fiber.Ctx) error {
	v, err := p.minePage(c)
	if problem.Is(err, problem.NotFound) { // not registered: the door to it, not a wall
		return web.Redirect(c, web.PageOf(c).URL("volunteers", "join"))
	}
	if err != nil {
		return err
	}
	m, err := p.Store.In(v.Community).MyService(web.Context(c), &v.V, v.Now)
	if err != nil {
		return err
	}
	v.Mine = *m
	return web.Render(c, fiber.StatusOK, minePage(v))
}

// myHoursView lists a volunteer's records.
type myHoursView struct {
	*web.Page
	V     models.Volunteer
	List  []models.Hours
	Older models.ID
}

func (p *Portal) myHours(c *fiber.Ctx) error {
	m, err := p.minePage(c)
	if err != nil {
		return err
	}
	m.Title = m.T("hours.mine")
	m.Back = ui.Link{Text: m.T("volunteer.mine.title"), Href: m.URL("volunteers", "mine")}
	before, _ := models.ParseID(m.Query("before"))
	v := myHoursView{Page: m.Page, V: m.V}
	var more bool
	if v.List, more, err = p.Store.In(m.Community).MyHours(web.Context(c), &m.V, before); err != nil {
		return err
	}
	if more {
		v.Older = v.List[len(v.List)-1].ID
	}
	return web.Render(c, fiber.StatusOK, myHoursPage(v))
}

// year are the twelve bars of the last twelve months.
func (v *mineView) year() []ui.YearBar {
	var bars []ui.YearBar
	for i := 11; i >= 0; i-- {
		m := v.Today().Month().Add(-i)
		n := v.Mine.Months[m]
		bars = append(bars, ui.YearBar{Label: v.Month(m), Short: strconv.Itoa(int(m.First().Time().Month())), Amount: int64(n), Value: hoursText(n)})
	}
	return bars
}

func (v *mineView) yearMinutes() int {
	sum := 0
	for i := range 12 {
		sum += v.Mine.Months[v.Today().Month().Add(-i)]
	}
	return sum
}

// when says a shift's time: day, from, to.
func when(p *web.Page, from, to time.Time) string {
	return p.Moment(from) + " – " + to.In(models.Shanghai).Format("15:04")
}

// checkInHref is where the next shift is checked in to, when that can be done
// now; "" otherwise: a button that cannot be used is not there.
func (v *mineView) checkInHref(s store.MyShift) string {
	if s.State != models.SignupIn {
		return ""
	}
	shift := models.Shift{State: models.ShiftOpen, BeginsAt: s.BeginsAt, EndsAt: s.EndsAt}
	came := s.Came
	switch {
	case came == nil && policy.MayCheckIn(shift, v.Now) == nil:
	case came != nil && came.OutAt == nil && policy.MayCheckOut(shift, came.InAt, v.Now) == nil:
	default:
		return ""
	}
	return v.URL("activities", s.ActivityID.String(), "here")
}
