package admin

import (
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// appraisalRoutes: the appraisal of work by a panel, and the yearly review of
// the committee's members.
func (a *Admin) appraisalRoutes() []web.Route {
	const work, review = "/admin/:community/meetings/:id/appraisal", "/admin/:community/meetings/:id/review"
	manage := func(path string, h fiber.Handler) web.Route {
		return web.Route{Method: "POST", Path: path, Object: "appraisal", Action: "manage", Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: work, Object: "meeting", Action: "minutes", Handle: a.appraisal},
		{Method: "POST", Path: work + "/summary", Object: "appraisal", Action: "submit", Handle: a.summary},
		manage(work+"/examine", a.examine),
		{Method: "POST", Path: work + "/paper", Object: "appraisal", Action: "manage", Upload: true, Handle: a.gradePaper},
		manage(work+"/settle", a.settle),
		{Method: "GET", Path: review, Object: "meeting", Action: "minutes", Handle: a.review},
		manage(review+"/open", a.openReview),
		manage(review+"/find", a.findReviewLine),
		manage(review+"/paper/:line", a.handOutPaper),
		{Method: "POST", Path: review + "/count", Object: "appraisal", Action: "count", Handle: a.countPapers},
		manage(review+"/close", a.closeReview),
		{Method: "POST", Path: review + "/end/:member", Object: "appraisal", Action: "end", Handle: a.endReviewed},
	}
}

var (
	appraisalGrades  = i18n.Family("appraisal.grade.")
	appraisalTargets = i18n.Family("appraisal.target.")
	reviewModes      = i18n.Family("review.mode.")
	reviewStates     = i18n.Family("review.state.")
	appraisalRoles   = i18n.Family("role.")
)

// appraisalView is an appraisal with what the reader may do about it.
type appraisalView struct {
	*web.Page
	Meeting *store.MeetingView
	A       *store.AppraisalView

	MaySubmit, MayExamine, MayPaper, MaySettle bool
}

func (a *Admin) appraisalPage(c *fiber.Ctx) (*appraisalView, error) {
	p, ctx := web.PageOf(c), web.Context(c)
	t := a.Store.In(p.Community)
	m, err := t.Meeting(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &appraisalView{Page: p, Meeting: m}
	if v.A, err = t.Appraisal(ctx, m.ID); err != nil {
		return nil, err
	}
	if m.State == models.MeetingDraft || m.State == models.MeetingDropped {
		return nil, noMeeting()
	}
	a.officePage(c, p.T("appraisal.title"))
	p.Wide, p.Back = false, ui.Link{Text: m.Title, Href: p.AdminURL("meetings", m.ID.String())}
	roles := a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())
	open := (m.State == models.MeetingCalled || m.State == models.MeetingHeld) && v.A.ResultAt == nil
	leads := open && web.May(c, "appraisal", "manage") && policy.MayLeadAppraisal(v.A.Target, roles) == nil
	v.MaySubmit = open && v.A.SubmittedAt == nil && policy.MayHandIn(v.A.Target, roles) == nil && web.May(c, "appraisal", "submit")
	v.MayExamine = leads && v.A.SubmittedAt != nil && v.A.ExaminedAt == nil
	v.MayPaper = leads && !p.Now.Before(m.StartAt) && len(v.unsigned()) > 0
	v.MaySettle = leads && m.State == models.MeetingHeld
	return v, nil
}

func (v *appraisalView) path(parts ...string) string {
	return v.AdminURL(append([]string{"meetings", v.Meeting.ID.String(), "appraisal"}, parts...)...)
}

// done leads back to the appraisal, or shows it once more with what is wrong.
func (v *appraisalView) done(c *fiber.Ctx, err error) error {
	if err != nil {
		return web.Again(c, err, appraisalPage(v))
	}
	return web.Redirect(c, v.path())
}

func (a *Admin) appraisal(c *fiber.Ctx) error {
	v, err := a.appraisalPage(c)
	if err != nil {
		return err
	}
	if v.Query("print") != "" && v.A.ResultAt != nil {
		return web.Render(c, fiber.StatusOK, appraisalSheet(v))
	}
	return web.Render(c, fiber.StatusOK, appraisalPage(v))
}

func (a *Admin) summary(c *fiber.Ctx) error {
	v, err := a.appraisalPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.Area("summary", 8000)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).SubmitSummary(web.Context(c), v.Actor, v.Meeting.ID, text)
	}
	return v.done(c, err)
}

func (a *Admin) examine(c *fiber.Ctx) error {
	v, err := a.appraisalPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	text := f.Area("examination", 8000)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).ExamineSummary(web.Context(c), v.Actor, v.Meeting.ID, text)
	}
	return v.done(c, err)
}

// gradePaper takes in what a member without a phone signed.
func (a *Admin) gradePaper(c *fiber.Ctx) error {
	v, err := a.appraisalPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	mandate, grade, remark := f.ID("mandate"), web.Choice(f, "grade", policy.WorkGrades...), f.OptionalArea("remark", 500)
	var photos []store.NewFile
	for _, u := range f.Files("files", 1, 3, photo.MaxBytes) {
		data, err := u.Bytes()
		if err != nil {
			return err
		}
		photos = append(photos, store.NewFile{Name: u.Name, Data: data})
	}
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).GradeOnPaper(web.Context(c), v.Actor, v.Meeting.ID, mandate, grade, remark, photos)
	}
	return v.done(c, err)
}

func (a *Admin) settle(c *fiber.Ctx) error {
	v, err := a.appraisalPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	why := f.OptionalArea("why", 500)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).SettleAppraisal(web.Context(c), v.Actor, v.Meeting.ID, why)
	}
	return v.done(c, err)
}

// unsigned are those of the panel who may grade and have not.
func (v *appraisalView) unsigned() []ui.Option {
	var out []ui.Option
	for _, m := range v.A.Panel {
		if m.Grade == nil && m.Barred == nil {
			out = append(out, v.Option("mandate", m.ID.String(), m.Name))
		}
	}
	return out
}

func (v *appraisalView) grades() []ui.Option {
	var out []ui.Option
	for _, g := range policy.WorkGrades {
		out = append(out, v.Option("grade", string(g), v.T(appraisalGrades.Key(string(g)))))
	}
	return out
}

// plan are the days of the appraisal, each with what was done.
func (v *appraisalView) plan() []ui.Answer {
	day := func(due models.Date, done bool) string {
		if done || due == "" {
			return v.Day(due)
		}
		return v.Day(due) + " \u00b7 " + v.Left(due)
	}
	out := []ui.Answer{
		{Label: v.T("appraisal.target"), Value: v.T(appraisalTargets.Key(string(v.A.Target)))},
		{Label: v.T("appraisal.submit.by"), Value: day(v.A.SubmitBy, v.A.SubmittedAt != nil)},
	}
	if v.A.SubmittedAt != nil {
		out[1].Lines = []string{v.T("appraisal.submitted", "name", v.A.Submitter, "time", *v.A.SubmittedAt)}
		if models.DateOf(*v.A.SubmittedAt) > v.A.SubmitBy {
			out[1].Lines = append(out[1].Lines, v.T("appraisal.late"))
		}
		e := ui.Answer{Label: v.T("appraisal.examine.by"), Value: day(v.A.ExamineBy, v.A.ExaminedAt != nil)}
		if v.A.ExaminedAt != nil {
			e.Lines = []string{v.T("appraisal.examined", "name", v.A.Examiner, "time", *v.A.ExaminedAt)}
		}
		out = append(out, e)
	}
	if due := v.Meeting.MinutesDue; due != "" {
		r := ui.Answer{Label: v.T("appraisal.result.by"), Value: day(due, v.A.ResultAt != nil)}
		if v.A.ResultAt != nil {
			r.Lines = []string{v.T("appraisal.settled", "name", v.A.ResultBy, "time", *v.A.ResultAt)}
		}
		out = append(out, r)
	}
	return out
}

func (v *appraisalView) panelRows() []ui.TR {
	rows := make([]ui.TR, len(v.A.Panel))
	for i, m := range v.A.Panel {
		state := ui.TD{Tag: v.T("appraisal.unsigned"), TagFor: ui.Attention}
		switch {
		case m.Grade != nil:
			state = ui.TD{Tag: v.T("appraisal.signed.at", "time", m.Grade.CreatedAt), TagFor: ui.Good}
			if m.Grade.Channel == store.SignedOnPaper {
				state.Sub = v.T("appraisal.onpaper", "name", m.Grade.ByName)
			}
		case m.Barred != nil:
			state = ui.TD{Tag: v.T("appraisal.barred"), TagFor: ui.Plain}
		}
		rows[i] = ui.TR{Cells: []ui.TD{{Text: m.Name, Sub: v.T(bodyPosts.Key(string(m.Post)))}, state}}
	}
	return rows
}

// resultText puts the result of an appraisal or of a review into the words of
// the board; "" before there is one.
func (v *meetingView) resultText(zh *web.Page) string {
	switch {
	case v.Appraisal != nil && v.Appraisal.ResultAt != nil:
		a := v.Appraisal
		text := zh.T("appraisal.board", "target", zh.T(appraisalTargets.Key(string(a.Target))), "result", zh.T(appraisalGrades.Key(string(a.Result))), "of", a.Members, "n", a.Signed(),
			"a", a.Excellent, "b", a.Qualified, "c", a.Basic, "d", a.Unqualified)
		if a.UnsignedWhy != "" {
			text += "\n\n" + zh.T("appraisal.unsigned.board", "why", a.UnsignedWhy)
		}
		return text
	case v.Review != nil && v.Review.State == models.ReviewClosed:
		r := v.Review
		text := zh.T("review.board", "mode", zh.T(reviewModes.Key(string(r.Mode))), "of", r.Entitled, "n", r.TookPart())
		if !r.Valid {
			return text + "\n\n" + zh.T("review.invalid")
		}
		for _, m := range r.Members {
			text += "\n\n" + zh.T("review.board.member", "name", m.Name, "result", zh.T(appraisalGrades.Key(string(m.Verdict))),
				"a", m.Excellent, "b", m.Competent, "c", m.Barely, "d", m.Incompetent, "v", m.Void)
			if policy.LosesAllPosts(m.InARow) {
				text += zh.T("review.ends")
			}
		}
		return text
	}
	return ""
}

// fillAppraisal shows whose work a draft appraises, or who reviews.
func (a *Admin) fillAppraisal(c *fiber.Ctx, v *meetingForm) error {
	t, ctx := a.Store.In(v.Community), web.Context(c)
	switch v.Rule.Kind {
	case models.MeetingAppraisal:
		d, err := t.Appraisal(ctx, v.Meeting.ID)
		if err != nil {
			return err
		}
		v.Set("target", string(d.Target))
		v.Set("panel", d.PanelID.String())
	case models.MeetingReview:
		r, err := t.Review(ctx, v.Meeting.ID)
		if err != nil {
			return err
		}
		v.Set("mode", string(r.Mode))
	}
	return nil
}

func (v *meetingForm) targets() []ui.Option {
	var out []ui.Option
	for _, t := range []models.AppraisalTarget{models.TargetCommittee, models.TargetGovernment} {
		out = append(out, v.Option("target", string(t), v.T(appraisalTargets.Key(string(t)))))
	}
	return out
}

func (v *meetingForm) panels() []ui.Option {
	out := make([]ui.Option, len(v.Panels))
	for i, b := range v.Panels {
		out[i] = v.Option("panel", b.ID.String(), b.Name)
	}
	return out
}

func (v *meetingForm) modes() []ui.Option {
	var out []ui.Option
	for _, m := range []models.DecisionMode{models.ByReps, models.ByHouseholds, models.ByAdults} {
		out = append(out, v.Option("mode", string(m), v.T(reviewModes.Key(string(m)))))
	}
	return out
}
