package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// reviewView is the yearly review with what the reader may do about it.
type reviewView struct {
	*web.Page
	Meeting *store.MeetingView
	R       *store.ReviewView
	Lines   []models.ReviewVoter
	Marked  map[models.ID]bool

	MayOpen, MayHand, MayCount, MayEnd bool
}

func (a *Admin) reviewPage(c *fiber.Ctx) (*reviewView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &reviewView{Page: p, Meeting: m}
	if v.R, err = t.Review(ctx, m.ID); err != nil {
		return nil, err
	}
	if v.R.State == models.ReviewDraft {
		return nil, noMeeting()
	}
	a.officePage(c, p.T("review.title"))
	p.Wide, p.Back = false, ui.Link{Text: m.Title, Href: p.AdminURL("meetings", m.ID.String())}
	manage := web.May(c, "appraisal", "manage")
	alive := m.State == models.MeetingCalled || m.State == models.MeetingHeld
	v.MayOpen = manage && alive && v.R.State == models.ReviewCalled && !p.Now.Before(m.StartAt)
	v.MayHand = manage && v.R.State == models.ReviewOpen
	v.MayCount = web.May(c, "appraisal", "count") && v.R.State == models.ReviewOpen && v.R.Paper > 0
	v.MayEnd = web.May(c, "appraisal", "end")
	return v, nil
}

func (v *reviewView) path(parts ...string) string {
	return v.AdminURL(append([]string{"meetings", v.Meeting.ID.String(), "review"}, parts...)...)
}

func (v *reviewView) done(c *fiber.Ctx, err error) error {
	if err != nil {
		return web.Again(c, err, reviewPage(v))
	}
	return web.Redirect(c, v.path())
}

func (a *Admin) review(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	if v.Query("print") != "" {
		return web.Render(c, fiber.StatusOK, reviewBallotSheet(v))
	}
	return web.Render(c, fiber.StatusOK, reviewPage(v))
}

func (a *Admin) openReview(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).OpenReview(web.Context(c), v.Actor, v.Meeting.ID))
}

// findReviewLine looks somebody up without their name in an address.
func (a *Admin) findReviewLine(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Optional("words", 40)
	if err = f.Err(); err == nil {
		v.Lines, v.Marked, err = a.Store.In(v.Community).FindReviewLines(web.Context(c), v.Actor, v.R.ID, words)
	}
	if err != nil {
		return v.done(c, err)
	}
	v.Set("words", words)
	return web.Render(c, fiber.StatusOK, reviewPage(v))
}

func (a *Admin) handOutPaper(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).HandOutPaper(web.Context(c), v.Actor, v.Meeting.ID, v.ParamID("line")))
}

func (a *Admin) countPapers(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	papers := f.Int("papers", 0, 99999)
	sheets := make([]models.ReviewSheet, len(v.R.Members))
	for i, m := range v.R.Members {
		n := func(name string) int {
			field := countName(name, m)
			if f.Raw(field) == "" {
				return 0
			}
			return f.Int(field, 0, 99999)
		}
		sheets[i] = models.ReviewSheet{MemberID: m.ID, Excellent: n("g0"), Competent: n("g1"), Barely: n("g2"), Incompetent: n("g3"), Void: n("void")}
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).CountReviewPapers(web.Context(c), v.Actor, v.Meeting.ID, papers, sheets)
	}
	return v.done(c, err)
}

func (a *Admin) closeReview(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).CloseReview(web.Context(c), v.Actor, v.Meeting.ID))
}

func (a *Admin) endReviewed(c *fiber.Ctx) error {
	v, err := a.reviewPage(c)
	if err != nil {
		return err
	}
	return v.done(c, a.Store.In(v.Community).EndReviewed(web.Context(c), v.Actor, v.Meeting.ID, v.ParamID("member")))
}

func (v *reviewView) closed() bool     { return v.R.State == models.ReviewClosed }
func (v *reviewView) day() models.Date { return models.DateOf(v.Meeting.StartAt) }

// countName is the form's field for one grade of one member.
func countName(grade string, m models.ReviewedMember) string { return grade + "-" + m.ID.String() }

func (v *reviewView) countField(m models.ReviewedMember, name, label string) ui.Field {
	f := v.Optional(countName(name, m), "review.void")
	f.Label, f.Optional = label, ""
	return f
}

func (v *reviewView) memberCols() []ui.Col {
	cols := []ui.Col{{Title: v.T("body.person")}}
	if !v.closed() {
		return cols
	}
	for _, g := range policy.MemberGrades {
		cols = append(cols, ui.Col{Title: v.T(appraisalGrades.Key(string(g))), Num: true})
	}
	return append(cols, ui.Col{Title: v.T("review.void"), Num: true}, ui.Col{Title: v.T("review.verdict")})
}

func (v *reviewView) memberRows() []ui.TR {
	rows := make([]ui.TR, len(v.R.Members))
	for i, m := range v.R.Members {
		rows[i] = ui.TR{Cells: []ui.TD{{Text: m.Name, Sub: v.T(appraisalRoles.Key(string(m.Role)))}}}
		if v.closed() {
			rows[i].Cells = append(rows[i].Cells, reviewCells(v.Page, m)...)
		}
	}
	return rows
}

// reviewCells are what a member got.
func reviewCells(p *web.Page, m models.ReviewedMember) []ui.TD {
	var cells []ui.TD
	for _, n := range []int{m.Excellent, m.Competent, m.Barely, m.Incompetent, m.Void} {
		cells = append(cells, ui.TD{Text: strconv.Itoa(n)})
	}
	verdict := ui.TD{Text: p.T("review.noverdict")}
	if m.Verdict != "" {
		verdict = ui.TD{Tag: p.T(appraisalGrades.Key(string(m.Verdict))), TagFor: ui.Good}
		if m.Verdict == models.GradeIncompetent {
			verdict.TagFor = ui.Danger
		}
	}
	return append(cells, verdict)
}

func (v *reviewView) endText(m models.ReviewedMember) string {
	if m.EndedAt != nil {
		return v.T("review.end.recorded", "name", m.EndedName, "time", *m.EndedAt)
	}
	return v.T("review.end.text")
}

func (v *reviewView) lineCell(l models.ReviewVoter) ui.CellProps {
	cell := ui.CellProps{Title: l.Name, Desc: l.Place}
	if v.Marked[l.ID] {
		cell.Tag, cell.TagFor = v.T("review.marked"), ui.Good
	}
	return cell
}
