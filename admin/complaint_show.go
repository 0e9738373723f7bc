package admin

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (v *caseDeskView) href(show store.DeskShow) string {
	q := "?show=" + string(show)
	if v.Filter.GridID != 0 {
		q += "&grid=" + v.Filter.GridID.String()
	}
	if v.Filter.Category != "" {
		q += "&category=" + v.Filter.Category
	}
	return v.AdminURL("complaints") + q
}

func (v *caseDeskView) chips() []ui.Link {
	links := make([]ui.Link, len(store.DeskShows))
	for i, s := range store.DeskShows {
		links[i] = ui.Link{Text: v.T(deskShows.Key(string(s))), Href: v.href(s), Current: s == v.Filter.Show && v.Filter.Number == ""}
	}
	return links
}

func (v *caseDeskView) next() ui.Link {
	if v.Next == nil {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("case.desk.next"), Href: v.href(v.Filter.Show) + "&due=" + string(v.Next.Due) + "&after=" + v.Next.ID.String()}
}

func (v *caseDeskView) grids() []ui.Option {
	options := make([]ui.Option, len(v.Grids))
	for i, g := range v.Grids {
		options[i] = ui.Option{Value: g.ID.String(), Text: g.Name, Checked: g.ID == v.Filter.GridID}
	}
	return options
}

func (v *caseDeskView) categories() []ui.Option {
	var options []ui.Option
	for _, c := range v.Categories {
		options = append(options, ui.Option{Value: c.Code, Text: v.Names[c.Code], Checked: c.Code == v.Filter.Category})
	}
	return options
}

func (v *caseDeskView) ticked(d store.DeskCase) bool {
	return d.May || d.MayDispatch || d.MayHand && len(v.Systems) > 0
}

// systemOptions are other systems as a list to choose from.
func systemOptions(p *web.Page, field string, list []models.HandoverTarget) []ui.Option {
	options := make([]ui.Option, len(list))
	for i, t := range list {
		options[i] = p.Option(field, t.ID.String(), t.Name)
	}
	return options
}

// batch tells whether anything of the page can be done to several at once.
func (v *caseDeskView) batch() bool {
	return slices.ContainsFunc(v.List, v.ticked)
}

func (v *caseDeskView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.List))
	for i, d := range v.List {
		href := v.AdminURL("complaints", d.ID.String())
		tick := ui.TD{}
		if v.ticked(d) {
			tick.Body = caseTick(v, d)
		}
		tag, kind := v.CaseTag(d.Complaint)
		due := ui.TD{Tag: tag, TagFor: kind}
		if d.Open && d.DueDay != "" {
			due.Sub = v.Day(d.DueDay) + " \u00b7 " + v.Left(d.DueDay)
		}
		if call := policy.CallBackDue(d.Complaint); call != "" && v.Filter.Show == store.ShowCall {
			due.Sub = v.T("case.act.call_back") + " " + v.Day(call) + " \u00b7 " + v.Left(call)
		}
		what := ui.TD{Text: d.Text, Href: href, Sub: d.Number + " \u00b7 " + v.Names[d.Category]}
		if d.Urgent {
			what.Tag, what.TagFor = v.T("case.urgent"), ui.Danger
		}
		rows[i] = ui.TR{ID: "case-" + d.ID.String(), Href: href, Cells: []ui.TD{
			tick, what, {Text: v.CasePlace(d.Grid, d.Building, d.Spot)}, {Text: v.DeskName(d.Complaint.Owner(), d.Owner)}, due,
		}}
		if d.Late {
			rows[i].Kind = ui.Danger
		}
	}
	return rows
}

func (v *caseShowView) tag() string {
	text, _ := v.CaseTag(v.Case.Complaint)
	return text
}

func (v *caseShowView) tagKind() ui.Kind {
	_, kind := v.CaseTag(v.Case.Complaint)
	return kind
}

func (v *caseShowView) lead() string {
	if v.Case.DueDay == "" {
		return ""
	}
	return v.T("case.desk.until", "name", v.DeskName(v.Case.Owner(), v.Case.OwnerName), "date", v.Case.DueDay, "left", v.Left(v.Case.DueDay))
}

func (v *caseShowView) facts() []ui.Answer {
	c := v.Case
	out := []ui.Answer{{Label: v.T("case.text"), Value: c.Body.Text}}
	out = append(out, v.CaseAnswers(c.Body.Answers)...)
	for _, a := range []ui.Answer{
		{Label: v.T("case.place"), Value: v.CasePlace(c.Grid, c.Building, c.Spot)},
		{Label: v.T("case.kind"), Value: v.T(caseKindNames.Key(string(c.Kind)))},
		{Label: v.T("case.export.channel"), Value: v.T(caseChannels.Key(string(c.Channel)))},
		{Label: v.T("case.first"), Value: v.DeskName(c.First(), c.FirstName)},
		{Label: v.T("case.sent.promise"), Value: v.Day(c.PromiseDay)},
	} {
		if a.Value != "" {
			out = append(out, a)
		}
	}
	if c.Public {
		out = append(out, ui.Answer{Label: v.T("inquiry.desk.public"), Value: c.PublicText})
	}
	if c.Supporters > 0 {
		out = append(out, ui.Answer{Label: v.T("case.support"), Value: v.T("case.supporters", "n", c.Supporters)})
	}
	return out
}

// pinned is the picture with the case's pin.
func (v *caseShowView) pinned() ui.PlanProps {
	return ui.PlanProps{Image: v.URL("files", v.Plan.ID.String()), Alt: v.T("case.plan.alt"), Width: v.Plan.Width, Height: v.Plan.Height,
		X: v.Case.PinX, Y: v.Case.PinY, Label: v.CasePlace(v.Case.Grid, v.Case.Building, v.Case.Spot)}
}

// mayRelease tells whether a picture may become public, and by this reader.
func (v *caseShowView) mayRelease(s store.CaseStep) bool {
	return v.Case.Public && !s.Internal && slices.Contains(v.Case.Acts, "redact")
}

// fileState says who sees a picture of a public case.
func (v *caseShowView) fileState(s store.CaseStep, f models.Attachment) string {
	if !v.Case.Public {
		return ""
	}
	return " \u00b7 " + fileNote(v.Page, f, covered(s.Files, f))
}

func (v *caseShowView) hasFiles() bool {
	return slices.ContainsFunc(v.Case.Steps, func(s store.CaseStep) bool { return len(s.Files) > 0 })
}

func (v *caseShowView) assistTag(s store.CaseAssist) string {
	if s.DoneAt != nil {
		return v.T("inquiry.step.done")
	}
	return ""
}

// needsText are the acts that say something; of the others the text is a note.
var needsText = []string{"answer", "ask", "note", "return", "recuse", "deliberate", "resume", "register", "extend", "send_back", "order", "escalate", "split", "reopen", "assist_done", "redact"}

func (v *caseActView) textField() ui.Field {
	label := "case.act.text"
	switch v.Act {
	case "redact":
		label = "case.redact.passages"
	case "refuse":
		label = "case.refuse.text"
	}
	if slices.Contains(needsText, v.Act) {
		return v.Field("text", label)
	}
	return v.Optional("text", label)
}

func (v *caseActView) templates() []ui.Link {
	links := make([]ui.Link, 0, len(v.Templates))
	for _, m := range v.Templates {
		if m.Category == "" || m.Category == v.Case.Category {
			links = append(links, ui.Link{Text: m.Title, Href: v.Path + "?template=" + m.ID.String(), Current: v.Query("template") == m.ID.String()})
		}
	}
	return links
}

func (v *caseActView) categoryOptions() []ui.Option { return categoryOptions(v.Page, v.Categories) }

func categoryOptions(p *web.Page, list []store.CaseCategory) []ui.Option {
	options := make([]ui.Option, len(list))
	for i := range list {
		options[i] = p.Option("category", list[i].Code, p.CategoryName(&list[i]))
	}
	return options
}

func gridOptions(p *web.Page, grids []store.GridView) []ui.Option {
	options := make([]ui.Option, len(grids))
	for i, g := range grids {
		options[i] = p.Option("grid", g.ID.String(), g.Name)
	}
	return options
}

func (v *caseActView) kinds() []ui.Option {
	options := make([]ui.Option, len(caseKinds))
	for i, k := range caseKinds {
		options[i] = v.Option("kind", string(k), v.T(caseKindNames.Key(string(k))))
	}
	return options
}

// elsewhere fills in where to go instead, as far as it is known from the
// category: the unit it goes to, whom its stopper names, the one
// property company there is.
func (v *caseActView) elsewhere(ctx context.Context, t *store.Tenant) error {
	category, err := t.Category(ctx, v.Case.Category)
	if problem.Is(err, problem.NotFound) {
		return nil // switched off since
	}
	if err != nil {
		return err
	}
	units, err := t.Units(ctx)
	if err != nil {
		return err
	}
	for _, u := range units {
		if u.ID == category.UnitID {
			v.Set("where", u.Name)
			v.Set("contact", u.Phone)
			return nil
		}
	}
	switch {
	case slices.Contains([]string{"110", "119", "120", "122"}, category.StopPhone):
		v.Set("where", v.T(emergencyNames.Key(category.StopPhone)))
	case category.StopText != "" && len([]rune(category.StopText)) <= maxWhere:
		v.Set("where", category.StopText)
	case category.Stop == "property" && len(units) == 1:
		v.Set("where", units[0].Name)
		v.Set("contact", units[0].Phone)
	}
	if category.StopPhone != "" {
		v.Set("contact", category.StopPhone)
	}
	return nil
}

func (v *caseActView) escalations() []ui.Option {
	open := policy.EscalationsFor(v.Case.Complaint)
	options := make([]ui.Option, len(open))
	for i, k := range open {
		options[i] = v.Option("kind", string(k), v.T(escalations.Key(string(k))))
	}
	return options
}

func (v *caseActView) abouts() []ui.Option {
	var options []ui.Option
	for _, a := range []models.ComplaintAbout{models.AboutCommittee, models.AboutSupervisor, models.AboutStreet} {
		options = append(options, v.Option("about", string(a), v.T(caseAbouts.Key(string(a)))))
	}
	return options
}

func (v *caseActView) concerned() []ui.Option {
	options := make([]ui.Option, len(v.Officials))
	for i, o := range v.Officials {
		options[i] = v.Option("concerned", o.UserID.String(), o.Name+" \u00b7 "+v.T(inquiryRoles.Key(string(o.Role))))
	}
	return options
}

func (v *caseEntryView) categoryOptions() []ui.Option { return categoryOptions(v.Page, v.Categories) }

func (v *caseEntryView) abouts() []ui.Option {
	var options []ui.Option
	for _, a := range v.Abouts {
		options = append(options, v.Option("about", string(a), v.T(caseAbouts.Key(string(a)))))
	}
	for _, o := range v.Officials {
		options = append(options, v.Option("about", o.UserID.String(), o.Name+" \u00b7 "+v.T(inquiryRoles.Key(string(o.Role)))))
	}
	return options
}

func (v *caseEntryView) channels() []ui.Option {
	options := make([]ui.Option, len(models.EntryChannels))
	for i, c := range models.EntryChannels {
		options[i] = v.Option("channel", string(c), v.T(caseChannels.Key(string(c))))
	}
	return options
}

func (v *caseEntryView) buildings() []ui.Option {
	var options []ui.Option
	for _, g := range v.Grids {
		for _, b := range g.Buildings {
			options = append(options, v.Option("building", b.ID.String(), b.Name))
		}
	}
	return options
}

func (v *caseEntryView) levels() []ui.Option {
	options := make([]ui.Option, len(models.ComplaintLevels))
	for i, l := range models.ComplaintLevels {
		options[i] = v.Option("level", string(l), v.T(caseLevels.Key(string(l))))
	}
	return options
}

func (v *caseSheetsView) sheet(g store.GridView, building string, id models.ID) ui.SheetProps {
	address := v.Absolute(v.URL("complaints", "new")) + "?b=" + id.String()
	return ui.SheetProps{Kind: v.T("case.title"), Title: building, Community: v.Community.Name, Number: g.Name, QRAddress: address,
		QRLabel: v.T("case.sheets.scan"), Foot: v.Community.Phone}
}

// cases at the reader's desks, in the officer's day.
func (v *dayView) cases(ctx context.Context, t *store.Tenant) error {
	if !t.MayOfficer(v.Actor, v.Today()) {
		return nil
	}
	calls, _, err := t.Desk(ctx, v.Actor, store.DeskFilter{Show: store.ShowCall})
	if err != nil {
		return err
	}
	for _, d := range calls {
		if due := policy.CallBackDue(d.Complaint); d.Mine && due != "" {
			v.Tasks = append(v.Tasks, task{When: v.by(due), What: v.T("office.task.callback", "number", d.Number), About: d.Text, Due: due,
				Href: v.AdminURL("complaints", d.ID.String(), "act", "call_back"), Act: v.T("case.act.call_back")})
		}
	}
	list, _, err := t.Desk(ctx, v.Actor, store.DeskFilter{Show: store.ShowMine})
	for _, d := range list {
		v.Tasks = append(v.Tasks, task{When: v.by(d.DueDay), What: v.T("office.task.case", "number", d.Number), About: d.Text, Due: d.DueDay,
			Href: v.AdminURL("complaints", d.ID.String()), Act: v.T("office.act.look")})
	}
	return err
}
