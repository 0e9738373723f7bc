package portal

import (
	"context"

	"juwu/internal/web"
	"juwu/models"
)

// calledDays is how many days before a meeting it stands under what waits.
const calledDays = 10

// assemblyMatters are a vote or a check-in that waits, the meeting to come to,
// and matters on which the reader has not said anything.
func (p *Portal) assemblyMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	w, err := p.Store.In(page.Community).AssemblyWaiting(ctx, page.Actor, page.Today(), mattersShown)
	if err != nil {
		return nil, err
	}
	var all []matter
	if s := w.Session; s != nil {
		hall := page.URL("assembly", s.ID.String(), "vote")
		switch {
		case s.State == models.SessionCalled && s.Day <= page.Today().AddDays(calledDays):
			all = append(all, matter{Title: page.T("home.mine.assembly.on", "title", s.Title), Desc: page.Day(s.Day) + " " + s.Clock + " \u00b7 " + s.Place, Href: page.URL("assembly", s.ID.String())})
		case s.State == models.SessionOpen && w.Line.PresentAt == nil:
			all = append(all, matter{Title: page.T("home.mine.assembly.in"), Desc: s.Title, Href: hall, Late: true})
		case w.Voting != nil:
			all = append(all, matter{Title: page.T("home.mine.assembly.vote", "title", w.Title), Desc: s.Title, Href: hall, Late: true})
		}
	}
	for _, m := range w.Comment {
		all = append(all, matter{Title: page.T("home.mine.assembly.say", "title", m.Title), Desc: page.T("home.mine.assembly.until", "date", m.CommentUntil), Href: page.URL("assembly", "matters", m.ID.String(), "comment")})
	}
	return all, nil
}
