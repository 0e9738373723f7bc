package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Papers of the hall: the list to sign on, ballot papers, slips for the tablet.

const (
	// hallListPage is how many lines of the list one page of the browser holds:
	// twelve sheets of paper.
	hallListPage = 14 * hallListRows
	// hallListRows are on one sheet, high enough to sign in.
	hallListRows   = 14
	papersPerSheet = 4
)

// hallListView is the frozen list to sign on.
type hallListView struct {
	*sessionView
	Sheets [][]models.SessionVoter
	Before int // sheets that the pages before this one hold
	Next   models.ID
}

func (a *Admin) hallList(c *fiber.Ctx) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	if v.S.OpenedAt == nil {
		return problem.New(problem.NotFound, "page.notfound", nil).Because("no list is frozen")
	}
	after, _ := models.ParseID(v.Query("after")) // anything else: from the first line
	rows, more, err := a.Store.In(v.Community).ListOf(web.Context(c), v.Actor, v.S.ID, after, hallListPage)
	if err != nil {
		return err
	}
	v.Bare, v.NoIndex, v.Back = true, true, ui.Link{}
	w := &hallListView{sessionView: v}
	if n, err := strconv.Atoi(v.Query("before")); err == nil && n > 0 && n <= v.S.Entitled/hallListRows {
		w.Before = n
	}
	if more {
		w.Next = rows[len(rows)-1].ID
	}
	for len(rows) > 0 {
		n := min(hallListRows, len(rows))
		w.Sheets, rows = append(w.Sheets, rows[:n]), rows[n:]
	}
	return web.Render(c, fiber.StatusOK, hallListMain(w))
}

// ballotPapersView are the ballot papers of an item.
type ballotPapersView struct {
	*sessionView
	Item *store.AgendaItem
}

func (a *Admin) ballotPapers(c *fiber.Ctx) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	w := &ballotPapersView{sessionView: v}
	for i := range v.S.Items {
		if v.S.Items[i].ID == v.ParamID("item") {
			w.Item = &v.S.Items[i]
		}
	}
	if w.Item == nil {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	v.Bare, v.NoIndex, v.Back = true, true, ui.Link{}
	return web.Render(c, fiber.StatusOK, ballotPapersMain(w))
}

// hallSlipsView are the slips for the hall's tablet.
type hallSlipsView struct {
	*sessionView
	List []store.Slip
}

func (a *Admin) hallSlips(c *fiber.Ctx) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	line, _ := models.ParseID(v.Query("line")) // anything else: all of them
	w := &hallSlipsView{sessionView: v}
	if w.List, err = a.Store.In(v.Community).Slips(web.Context(c), v.Actor, v.S.ID, line); err != nil {
		return err
	}
	v.Bare, v.NoIndex, v.Back = true, true, ui.Link{}
	return web.Render(c, fiber.StatusOK, hallSlipsMain(w))
}
