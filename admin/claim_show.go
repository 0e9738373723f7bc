package admin

import (
	"time"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// How claims look: rows, filters and what became of a line.

// rows of the list of claims.
func (v *claimsView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Claims))
	for i, c := range v.Claims {
		href := v.AdminURL("claims", c.ID.String())
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{
			{Text: c.Number, Href: href}, {Text: c.Name}, {Text: v.Money(c.TotalFen)},
			{Tag: v.T(claimStates.Key(string(c.State))), TagFor: claimKind(c.State)},
			{Text: v.Moment(c.CreatedAt)},
		}}
	}
	return rows
}

func (v *claimsView) waitingRows() []ui.TR {
	rows := make([]ui.TR, len(v.Waiting))
	for i, l := range v.Waiting {
		href := v.AdminURL("claims", l.ClaimID.String())
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{
			{Text: l.Purpose, Sub: l.Category, Href: href}, {Text: v.Money(l.AmountFen)},
			{Text: l.Claim.Name, Sub: l.Claim.Number}, {Text: shortDay(l.Day)}, {Body: decideButton(v, l)},
		}}
	}
	return rows
}

func (v *claimsView) filters() []ui.Link {
	links := []ui.Link{{Text: v.T("claim.all"), Href: v.AdminURL("claims"), Current: v.State == ""}}
	for _, s := range []models.ClaimState{models.ClaimOpen, models.ClaimApproved, models.ClaimPosted, models.ClaimRefused} {
		links = append(links, ui.Link{Text: v.T(claimStates.Key(string(s))), Href: v.AdminURL("claims") + "?state=" + string(s), Current: v.State == s})
	}
	return links
}

func (v *claimsView) next() ui.Link {
	if !v.More {
		return ui.Link{}
	}
	href := v.AdminURL("claims") + "?after=" + v.Claims[len(v.Claims)-1].ID.String()
	if v.State != "" {
		href += "&state=" + string(v.State)
	}
	return ui.Link{Text: v.T("claim.older"), Href: href}
}

func decidePath(p *web.Page, l models.ClaimLine) string {
	last := "decide"
	if l.Street {
		last = "decide-above"
	}
	return p.AdminURL("claims", "line", l.ID.String(), last)
}

// decided tells what became of a line.
func (v *claimView) decided(l models.ClaimLine) ui.Event {
	e := ui.Event{Title: v.T(claimStates.Key(string(l.State))), State: ui.StepDone, Who: l.Decider, Text: l.Reason}
	switch {
	case l.State == models.ClaimOpen && l.Street:
		e = ui.Event{Title: v.T("claim.waits.street"), State: ui.StepNow}
	case l.State == models.ClaimOpen:
		e = ui.Event{Title: v.T("claim.waits.director"), State: ui.StepNow}
	case l.State == models.ClaimRefused:
		e.State = ui.StepEnded
	}
	if l.DecidedAt != nil {
		e.Time, e.DateTime = v.Moment(*l.DecidedAt), l.DecidedAt.Format(time.RFC3339)
	}
	return e
}

// refusal is the field for the reason of one line; several stand on a page.
func (v *claimView) refusal(l models.ClaimLine) ui.Field {
	f := v.Field("reason", "claim.reason", "claim.reason.hint")
	if l.ID != v.At {
		f.ID, f.Value, f.Error = "reason-"+l.ID.String(), "", ""
	}
	return f
}
