package portal

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// gradeRoutes: the members of an appraisal's panel grade work and sign; those on
// the list of a yearly review grade the committee's members in secret.
func (p *Portal) gradeRoutes() []web.Route {
	const one = "/:community/meetings/:id/grade"
	return []web.Route{
		{Method: "GET", Path: one, Object: "appraisal", Action: "grade", Handle: p.gradeForm},
		{Method: "POST", Path: one, Object: "appraisal", Action: "grade", Handle: p.grade},
		{Method: "POST", Path: one + "/examine", Object: "appraisal", Action: "grade", Handle: p.gradeExamine},
	}
}

var (
	workGrades       = i18n.Family("appraisal.grade.")
	appraisalTargets = i18n.Family("appraisal.target.")
	reviewModes      = i18n.Family("review.mode.")
)

// gradeView is the page of one who grades: a panel member's or a line's.
type gradeView struct {
	meetingView
	Seat   *store.PanelMember
	Line   *models.ReviewVoter
	Marked bool
	Done   bool
}

// gradePage is there for who may grade and for nobody else.
func (p *Portal) gradePage(c *fiber.Ctx) (*gradeView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	m, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	m.back()
	page.Scripts = []string{"scan.js"}
	v := &gradeView{meetingView: *m, Done: page.Query("done") != ""}
	if err := p.withAppraisal(ctx, &v.meetingView); err != nil {
		return nil, err
	}
	switch {
	case v.Appraisal != nil:
		page.Title, v.Seat = page.T("appraisal.title"), v.Appraisal.MySeat(page.Actor)
	case v.Review != nil:
		page.Title = page.T("review.title")
		v.Line, v.Marked, err = p.Store.In(page.Community).ReviewLine(ctx, page.Actor, &v.Review.MemberReview)
	}
	if err == nil && v.Seat == nil && v.Line == nil {
		err = errNotFound()
	}
	return v, err
}

// withAppraisal reads what an appraisal or a review has besides its meeting.
func (p *Portal) withAppraisal(ctx context.Context, v *meetingView) (err error) {
	t := p.Store.In(v.Community)
	switch v.Kind {
	case models.MeetingAppraisal:
		v.Appraisal, err = t.Appraisal(ctx, v.ID)
	case models.MeetingReview:
		v.Review, err = t.Review(ctx, v.ID)
	}
	return err
}

func (p *Portal) gradeForm(c *fiber.Ctx) error {
	v, err := p.gradePage(c)
	if problem.Is(err, problem.NotFound) && v != nil && (v.Appraisal != nil || v.Review != nil) {
		return web.Render(c, fiber.StatusOK, gradeOthersPage(v)) // the meeting's page leads everybody here
	}
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, gradePage(v))
}

func (p *Portal) grade(c *fiber.Ctx) error {
	v, err := p.gradePage(c)
	if err != nil {
		return err
	}
	f, t, ctx := web.FormOf(c), p.Store.In(v.Community), web.Context(c)
	if v.Seat != nil {
		grade, remark := web.Choice(f, "grade", policy.WorkGrades...), f.OptionalArea("remark", 500)
		if err = f.Err(); err == nil {
			err = t.GradeWork(ctx, v.Actor, v.ID, grade, remark)
		}
	} else {
		grades := map[models.ID]models.Grade{}
		for _, m := range v.Review.Members {
			grades[m.ID] = models.Grade(f.Optional("m"+m.ID.String(), 16))
		}
		code := f.Text("code", 12)
		if err = f.Err(); err == nil {
			err = t.GradeMembers(ctx, v.Actor, v.ID, grades, code)
		}
	}
	if err != nil {
		return web.Again(c, err, gradePage(v))
	}
	return web.Redirect(c, v.here("grade")+"?done=1")
}

// gradeExamine is the head's: what the panel found in the summary.
func (p *Portal) gradeExamine(c *fiber.Ctx) error {
	v, err := p.gradePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.Area("examination", 8000)
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ExamineSummary(web.Context(c), v.Actor, v.ID, text)
	}
	if err != nil {
		return web.Again(c, err, gradePage(v))
	}
	return web.Redirect(c, v.here("grade"))
}

func (v *gradeView) examines() bool {
	a := v.Appraisal
	return v.Seat.Post == models.SitsHead && v.Seat.Barred == nil && a.SubmittedAt != nil && a.ExaminedAt == nil && a.ResultAt == nil
}

func (v *gradeView) grades() bool {
	return v.Seat.Grade == nil && v.Seat.Barred == nil && v.Appraisal.ResultAt == nil && v.running()
}

func (v *gradeView) running() bool {
	return (v.CivicMeeting.State == models.MeetingCalled || v.CivicMeeting.State == models.MeetingHeld) && !v.Now.Before(v.StartAt)
}

func (v *gradeView) workOptions() []ui.Option {
	var out []ui.Option
	for _, g := range policy.WorkGrades {
		out = append(out, v.Option("grade", string(g), v.T(workGrades.Key(string(g)))))
	}
	return out
}

// memberField is the question about one member.
func (v *gradeView) memberField(m models.ReviewedMember) ui.Field {
	f := v.Optional("m"+m.ID.String(), "review.verdict")
	f.Label, f.Optional = m.Name+" \u00b7 "+v.T(roleNames.Key(string(m.Role))), ""
	return f
}

func (v *gradeView) memberOptions(m models.ReviewedMember) []ui.Option {
	name := "m" + m.ID.String()
	var out []ui.Option
	for _, g := range policy.MemberGrades {
		out = append(out, v.Option(name, string(g), v.T(workGrades.Key(string(g)))))
	}
	return append(out, v.Option(name, "", v.T("review.abstain")))
}

// state says why there is nothing to do on the page.
func (v *gradeView) state() (string, ui.Kind) {
	switch {
	case v.Seat != nil && v.Seat.Grade != nil:
		return v.T("appraisal.signed.you", "grade", v.T(workGrades.Key(string(v.Seat.Grade.Grade))), "time", v.Seat.Grade.CreatedAt), ui.Good
	case v.Seat != nil && v.Seat.Barred != nil:
		return v.T("appraisal.barred.you"), ui.Attention
	case v.Seat != nil && v.Appraisal.ResultAt != nil:
		return v.T("appraisal.over"), ui.Info
	case v.Line != nil && v.Marked:
		return v.T("review.done"), ui.Good
	case v.Line != nil && v.Review.State == models.ReviewClosed:
		return v.T("appraisal.over"), ui.Info
	}
	return v.T("appraisal.grade.early", "time", v.StartAt), ui.Info
}

// appraisalFacts are the days and the panel, for everybody.
func (v meetingView) appraisalFacts() []ui.Answer {
	a := v.Appraisal
	names := make([]string, len(a.Panel))
	for i, m := range a.Panel {
		names[i] = m.Name
		if m.Post == models.SitsHead {
			names[i] += v.T("appraisal.head")
		}
		if a.ResultAt != nil && m.Grade == nil {
			names[i] += v.T("appraisal.notsigned")
		}
	}
	out := []ui.Answer{
		{Label: v.T("appraisal.target"), Value: v.T(appraisalTargets.Key(string(a.Target)))},
		{Label: v.T("appraisal.panel"), Lines: names},
		{Label: v.T("appraisal.submit.by"), Value: v.Day(a.SubmitBy)},
	}
	if a.SubmittedAt != nil {
		out[2].Lines = []string{v.T("appraisal.submitted", "name", a.Submitter, "time", *a.SubmittedAt)}
		if models.DateOf(*a.SubmittedAt) > a.SubmitBy {
			out[2].Lines = append(out[2].Lines, v.T("appraisal.late"))
		}
	} else if a.SubmitBy < v.Today() {
		out[2].Lines = []string{v.T("appraisal.missing")}
	}
	if a.UnsignedWhy != "" {
		out = append(out, ui.Answer{Label: v.T("appraisal.unsigned.label"), Value: a.UnsignedWhy})
	}
	if a.ExaminedAt != nil {
		out = append(out, ui.Answer{Label: v.T("appraisal.examine.by"), Value: v.Day(a.ExamineBy), Lines: []string{v.T("appraisal.examined", "name", a.Examiner, "time", *a.ExaminedAt)}})
	}
	return out
}

// published tells whether the result of a review is out.
func (v meetingView) published() bool {
	return v.Review != nil && v.Review.State == models.ReviewClosed && len(v.Minutes) > 0
}

func (v meetingView) reviewCols() []ui.Col {
	cols := []ui.Col{{Title: v.T("body.person")}}
	if !v.published() {
		return cols
	}
	for _, g := range policy.MemberGrades {
		cols = append(cols, ui.Col{Title: v.T(workGrades.Key(string(g))), Num: true})
	}
	return append(cols, ui.Col{Title: v.T("review.void"), Num: true}, ui.Col{Title: v.T("review.verdict")})
}

func (v meetingView) reviewRows() []ui.TR {
	rows := make([]ui.TR, len(v.Review.Members))
	for i, m := range v.Review.Members {
		cells := []ui.TD{{Text: m.Name, Sub: v.T(roleNames.Key(string(m.Role)))}}
		if v.published() {
			for _, n := range []int{m.Excellent, m.Competent, m.Barely, m.Incompetent, m.Void} {
				cells = append(cells, ui.TD{Text: v.Int(n)})
			}
			verdict := ui.TD{Text: v.T("review.noverdict")}
			if m.Verdict != "" {
				verdict = ui.TD{Tag: v.T(workGrades.Key(string(m.Verdict))), TagFor: ui.Good}
				if m.Verdict == models.GradeIncompetent {
					verdict.TagFor = ui.Danger
				}
			}
			cells = append(cells, verdict)
		}
		rows[i] = ui.TR{Cells: cells}
	}
	return rows
}

// ended names those whose post ended by law.
func (v meetingView) ended() []models.ReviewedMember {
	var out []models.ReviewedMember
	if v.published() {
		for _, m := range v.Review.Members {
			if policy.LosesAllPosts(m.InARow) {
				out = append(out, m)
			}
		}
	}
	return out
}

// gradeMatters are the appraisals and reviews that wait for the reader.
func (p *Portal) gradeMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	waits, err := p.Store.In(page.Community).GradesWaiting(ctx, page.Actor)
	all := make([]matter, len(waits))
	for i, m := range waits {
		all[i] = matter{Title: page.T("appraisal.matter"), Desc: m.Title + " \u00b7 " + clock(page, m), Href: page.URL("meetings", m.ID.String(), "grade")}
	}
	return all, err
}
