package portal

import (
	"slices"
	"strconv"
	"strings"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// emergencies are the numbers that come before any form (京接诉即办 11).
var emergencies = []string{"110", "119", "120", "122"}

func (v *complaintsView) href(category, show string, before models.ID) string {
	q, sep := "", "?"
	for _, kv := range [][2]string{{"category", category}, {"show", show}} {
		if kv[1] != "" {
			q, sep = q+sep+kv[0]+"="+kv[1], "&"
		}
	}
	if before != 0 {
		q += sep + "before=" + before.String()
	}
	return v.URL("complaints") + q
}

func (v *complaintsView) shows() []ui.Link {
	return []ui.Link{
		{Text: v.T("case.show.all"), Href: v.href(v.Category, "", 0), Current: v.Show == ""},
		{Text: v.T("case.show.open"), Href: v.href(v.Category, "open", 0), Current: v.Show == "open"},
	}
}

func (v *complaintsView) older() ui.Link {
	if v.Older == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("case.older"), Href: v.href(v.Category, v.Show, v.Older)}
}

func (v *complaintsView) options() []ui.Option {
	var options []ui.Option
	for i := range v.Categories {
		c := &v.Categories[i]
		if !c.Hidden {
			options = append(options, ui.Option{Value: c.Code, Text: v.CategoryName(c), Checked: c.Code == v.Category})
		}
	}
	return options
}

// caseCell is a public case as a row of a list.
func caseCell(page *web.Page, c models.Complaint, category, place string) ui.CellProps {
	facts := []string{category, place, page.Moment(c.ReceivedAt)}
	if c.Supporters > 0 {
		facts = append(facts, page.T("case.supporters", "n", c.Supporters))
	}
	facts = slices.DeleteFunc(facts, func(s string) bool { return s == "" })
	cell := ui.CellProps{Title: shorten(c.PublicText), Desc: strings.Join(facts, " \u00b7 "), Href: page.URL("complaints", c.ID.String())}
	cell.Tag, cell.TagFor = page.CaseTag(c)
	if cell.TagFor == ui.Danger {
		cell.Kind = ui.Danger
	}
	return cell
}

// rate is a share in per cent; "–" of nothing.
func rate(page *web.Page, part, whole int) string {
	if whole == 0 {
		return "\u2013"
	}
	return strconv.Itoa((part*1000/whole+5)/10) + "%"
}

func (v *caseView) tag() string {
	text, _ := v.CaseTag(v.Case.Complaint)
	return text
}

func (v *caseView) tagKind() ui.Kind {
	_, kind := v.CaseTag(v.Case.Complaint)
	return kind
}

func (v *caseView) place() string {
	spot := v.Case.Spot
	if !v.Own {
		spot = policy.MaskText(spot)
	}
	return v.CasePlace(v.Case.Grid, v.Case.Building, spot)
}

// facts are what was reported.
func (v *caseView) facts() []ui.Answer {
	text := v.Case.PublicText
	if v.Own {
		text = v.Case.Body.Text
	}
	out := []ui.Answer{{Label: v.T("case.text"), Value: text}}
	out = append(out, v.CaseAnswers(v.Case.Body.Answers)...)
	if place := v.place(); place != "" {
		out = append(out, ui.Answer{Label: v.T("case.place"), Value: place})
	}
	if v.Own {
		out = append(out, ui.Answer{Label: v.T("case.who"), Value: v.T(caseLevels.Key(string(v.Case.Level)))})
	}
	return out
}

// fileHref is where this reader finds a picture of the case.
func (v *caseView) fileHref(id models.ID) string {
	if v.Own && v.Case.Level == models.LevelAnonymous {
		return v.URL("complaints", "code", "files", id.String())
	}
	return v.URL("complaints", v.Case.ID.String(), "files", id.String())
}

// photos of before (the report) or after (what the office did).
func (v *caseView) photos(after bool) []ui.FileItem {
	var items []ui.FileItem
	for _, s := range v.Case.Steps {
		if (s.ByRole != policy.RoleReporter && s.Seq > 1) != after {
			continue
		}
		for _, f := range s.Files {
			href := v.fileHref(f.ID)
			items = append(items, ui.FileItem{Name: f.Name, Href: href, Thumb: href, Note: v.Moment(s.CreatedAt)})
		}
	}
	return items
}

// rateText says until when to rate, and what the reporter can do who is not
// content.
func rateText(page *web.Page, c *models.Complaint) string {
	if c.Reopened > 0 || c.EscalatedAt != nil {
		return page.T("case.rate.until.up", "date", c.DueDay)
	}
	return page.T("case.rate.until", "date", c.DueDay)
}

// mergedText says to whoever waits that nothing is lost.
func (v *caseView) mergedText() string {
	if v.Own && v.Case.Outcome == nil {
		return v.T("case.merged.text")
	}
	return ""
}

func (v *caseView) mergedLink() ui.Link {
	if !v.Case.IntoOpen {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("case.merged.link"), Href: v.URL("complaints", v.Case.Into.ID.String())}
}

// partCell leads to what was split from this case, or to the whole.
func (v *caseView) partCell(part models.Complaint) ui.CellProps {
	cell := ui.CellProps{Title: v.T("case.one", "number", part.Number), Href: v.URL("complaints", part.ID.String())}
	if v.Case.Level == models.LevelAnonymous {
		cell.Href = v.URL("complaints", "code", "part", part.ID.String())
	}
	cell.Tag, cell.TagFor = v.CaseTag(part)
	return cell
}

// actHref is the page of an own act.
func (v *caseView) actHref(act string) string {
	if v.Case.Level == models.LevelAnonymous {
		return v.Base + "/" + act
	}
	return v.Base + "/act/" + act
}

// may tells whether to offer an act now; the use case asks again.
func (v *caseView) may(act string) bool {
	if !v.Own || !slices.Contains(v.Case.Acts, act) {
		return false
	}
	c, day := v.Case.Complaint, v.Today()
	switch act {
	case "rate":
		return !v.Case.Settled(day)
	case "reopen":
		return policy.MayReopen(c, day, v.T("case.own.title.reopen")) == nil
	case "escalate":
		open := policy.EscalationsFor(c)
		return len(open) > 0 && policy.MayEscalateTo(c, open[0], day) == nil
	}
	return true
}

func (v *caseView) asked() bool {
	for _, s := range slices.Backward(v.Case.Steps) {
		if s.Action == "ask" {
			return true
		}
		if s.Action == "reply" {
			return false
		}
	}
	return false
}

// supports tells whether "me too" can be said.
func (v *caseView) supports() bool {
	return !v.Own && v.Case.Open && v.Case.Public && !v.Case.Settled(v.Today()) && v.Said != "support"
}

// nextSteps: who has it, until when, whom to call.
func (v *caseView) nextSteps(code string) []ui.Answer {
	steps := []ui.Answer{
		{Label: v.T("case.sent.who"), Value: v.T("case.sent.next", "name", v.DeskName(v.Case.Owner(), v.Case.OwnerName), "date", v.Case.DueDay)},
		{Label: v.T("case.sent.promise"), Value: v.T("case.promise", "date", v.Case.PromiseDay)},
	}
	if code == "" {
		steps = append(steps, ui.Answer{Label: v.T("case.sent.told"), Value: v.T("case.sent.inbox")})
	}
	if v.Community.Phone != "" && v.Case.About == models.AboutNobody {
		steps = append(steps, ui.Answer{Label: v.T("inquiry.sent.call"), Value: v.Community.Phone})
	}
	return steps
}

// choices of a question as options.
func (v *reportView) choices(field string, q store.CaseQuestion) []ui.Option {
	options := make([]ui.Option, len(q.Choices))
	for i, c := range q.Choices {
		options[i] = v.Option(field, c, v.ChoiceText(c))
	}
	return options
}

func (v *reportView) question(i int, q store.CaseQuestion) ui.Field {
	name := "q" + strconv.Itoa(i)
	f := ui.Field{Name: name, Label: v.QuestionText(q), Value: v.Value(name), Error: v.Error(name), ErrorPrefix: v.T("form.error.prefix")}
	if !q.Needed {
		f.Optional = v.T("form.optional")
	}
	return f
}

func (v *reportView) officials() []ui.Option {
	options := []ui.Option{
		v.Option("about", "", v.T("case.about.nobody")),
		v.Option("about", string(models.AboutCommittee), v.T("case.about.committee")),
		v.Option("about", string(models.AboutSupervisor), v.T("case.about.supervisor")),
		v.Option("about", string(models.AboutStreet), v.T("case.about.street")),
	}
	for _, o := range v.Officials {
		options = append(options, v.Option("about", o.UserID.String(), o.Name+" \u00b7 "+v.T(roleNames.Key(string(o.Role)))))
	}
	return options
}

func (v *reportView) pin() ui.PinProps {
	p := ui.PinProps{ID: "pin", Title: v.T("case.pin"), Hint: v.T("case.pin.hint"), Put: v.T("case.pin.put"), Clear: v.T("case.pin.clear"), Select: "building"}
	p.PlanProps = planOf(v.Page, v.Plan)
	p.X, p.Y = -1, -1
	if n, err := strconv.Atoi(v.Value("pin_x")); err == nil {
		p.X = n
	}
	if n, err := strconv.Atoi(v.Value("pin_y")); err == nil {
		p.Y = n
	}
	for _, s := range v.Spots {
		p.Spots = append(p.Spots, ui.PlanSpot{ID: s.BuildingID.String(), X: s.X, Y: s.Y})
	}
	return p
}

func planOf(page *web.Page, plan *models.Attachment) ui.PlanProps {
	return ui.PlanProps{Image: page.URL("files", plan.ID.String()), Alt: page.T("case.plan.alt"), Width: plan.Width, Height: plan.Height, X: -1, Y: -1}
}

// action keeps in mind that the reporter came by the code on a door, also when
// they come back to change what they wrote.
func (v *reportView) action() string {
	b := v.Query("b")
	if b == "" && v.QR {
		b = v.Value("building")
	}
	if b == "" {
		return v.Path
	}
	return v.Path + "?b=" + b
}

// pinned is the picture with the case's pin.
func (v *caseView) pinned() ui.PlanProps {
	p := planOf(v.Page, v.Plan)
	p.X, p.Y, p.Label = v.Case.PinX, v.Case.PinY, v.place()
	return p
}

// stopText is the category's stopper: this is for somebody else.
func (v *reportView) stopText() string {
	if v.Category.StopText != "" {
		return v.Category.StopText
	}
	if v.Category.Stop == "" {
		return ""
	}
	return v.T(caseStops.Key(v.Category.Stop))
}

// answers are the draft as the check page shows it.
func (v *checkView) answers() []ui.Answer {
	out := []ui.Answer{
		{Label: v.T("case.category"), Value: v.CategoryName(v.Category)},
		{Label: v.T("case.text"), Value: v.Draft.Text},
	}
	out = append(out, v.CaseAnswers(v.Draft.Answers)...)
	if v.Place != "" {
		out = append(out, ui.Answer{Label: v.T("case.place"), Value: v.Place})
	}
	if v.Draft.Private {
		out = append(out, ui.Answer{Label: v.T("case.public"), Value: v.T("case.private")})
	}
	if v.Draft.About != models.AboutNobody {
		about := v.About
		if about == "" {
			about = v.T(caseAbouts.Key(string(v.Draft.About)))
		}
		out = append(out, ui.Answer{Label: v.T("case.about"), Value: about})
	}
	return out
}

func (v *checkView) files() []ui.FileItem {
	items := make([]ui.FileItem, len(v.Files))
	for i, f := range v.Files {
		href := v.URL("complaints", "check", "files", f.ID.String())
		items[i] = ui.FileItem{Name: f.Name, Href: href, Thumb: href, Note: v.T("attachment.size", "kib", max(1, int(f.Size>>10)))}
	}
	return items
}

// levels are the three ways of saying who one is.
func (v *checkView) levels() []ui.Option {
	options := make([]ui.Option, len(models.ComplaintLevels))
	for i, l := range models.ComplaintLevels {
		options[i] = v.Option("level", string(l), v.T(caseLevels.Key(string(l))))
		options[i].Hint = v.T(levelHints.Key(string(l)))
	}
	return options
}
