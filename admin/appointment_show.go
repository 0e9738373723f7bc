package admin

import (
	"slices"
	"strconv"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// postTerm tells from when until when a post is held.
func postTerm(p *web.Page, a models.Appointment) string {
	if a.EndedAt != nil {
		return p.T("appointment.ended", "from", a.From, "at", *a.EndedAt)
	}
	return termText(p, a.From, a.Until)
}

func termText(p *web.Page, from, until models.Date) string {
	if until == "" {
		return p.T("appointment.since", "from", from)
	}
	return p.T("appointment.between", "from", from, "until", until)
}

func (v *postsView) term(from, until models.Date) string { return termText(v.Page, from, until) }

func (v *postsView) cols() []ui.Col {
	return []ui.Col{{Title: v.T("appointment.name")}, {Title: v.T("appointment.role")}, {Title: v.T("appointment.term")}, {Title: v.T("appointment.decision")}}
}

func (v *postsView) rows(posts []store.Post) []ui.TR {
	rows := make([]ui.TR, len(posts))
	for i, p := range posts {
		name := ui.TD{Text: p.Name, Href: v.AdminURL("appointments", p.ID.String()), Sub: p.Portfolio}
		if !p.Enrolled && p.Holds && v.office(p.Role) {
			name.Tag, name.TagFor = v.T("appointment.unenrolled"), ui.Attention
		}
		role := ui.TD{Text: v.T(postNames.Key(string(p.Role)))}
		if p.DeputyFor != 0 {
			role.Sub = v.T("appointment.deputy.for", "name", p.Principal)
		}
		term := ui.TD{Text: v.term(p.From, p.Until)}
		if !p.Holds {
			term.Tag, term.TagFor = v.T("appointment.notyet"), ui.Attention
		}
		rows[i] = ui.TR{Href: name.Href, Cells: []ui.TD{name, role, term, {Text: p.Decision}}}
	}
	return rows
}

// unenrolled tells whether somebody still lacks the code to set up their phone.
func (v *postsView) unenrolled() bool {
	return slices.ContainsFunc(v.Posts, func(p store.Post) bool { return !p.Enrolled && p.Holds && v.office(p.Role) })
}

func (v *postsView) pastRows() []ui.TR {
	rows := make([]ui.TR, len(v.Past))
	for i, a := range v.Past {
		rows[i] = ui.TR{Cells: []ui.TD{{Text: a.Name}, {Text: v.T(postNames.Key(string(a.Role)))}, {Text: postTerm(v.Page, a)}, {Text: a.Decision}}}
	}
	return rows
}

func proposalKind(s models.ProposalState) ui.Kind {
	switch s {
	case models.ProposalOpen:
		return ui.Attention
	case models.ProposalAccepted:
		return ui.Good
	}
	return ui.Plain
}

// mayDecide tells whether to show the buttons; the use case asks again.
func (v *postsView) mayDecide(p models.Proposal) bool {
	for _, r := range v.decides {
		if r == p.Role {
			return true
		}
	}
	return false
}

// refusal is the field for the reason of one proposal; several stand on a page.
func (v *postsView) refusal(p models.Proposal) ui.Field {
	f := v.Field("reason", "link.reason", "link.reason.hint")
	if p.ID != v.At {
		f.ID, f.Value, f.Error = "reason-"+p.ID.String(), "", ""
	}
	return f
}

func (v *appointView) roles() []ui.Option {
	options := make([]ui.Option, len(v.Roles))
	for i, r := range v.Roles {
		options[i] = v.Option("role", string(r), v.T(postNames.Key(string(r))))
	}
	return options
}

func (v *appointView) grids() []ui.Option {
	options := make([]ui.Option, len(v.Grids))
	for i, g := range v.Grids {
		options[i] = v.Option("grid", g.ID.String(), g.Name)
	}
	return options
}

// facts of a post.
func (v *postView) facts() []ui.Answer {
	p := v.Post
	out := []ui.Answer{{Label: v.T("appointment.decision"), Value: p.Decision}}
	add := func(key, value string) {
		if value != "" {
			out = append(out, ui.Answer{Label: v.T(key), Value: value})
		}
	}
	if p.DeputyFor != 0 {
		add("appointment.deputy", v.T("appointment.deputy.for", "name", p.Principal))
	}
	if !v.MayChange {
		add("appointment.portfolio", p.Portfolio)
		add("appointment.hours", p.Hours)
		add("appointment.phone", p.Phone)
		add("appointment.rank", strconv.Itoa(p.Rank))
	}
	return out
}
