package portal

import (
	"context"

	"juwu/internal/problem"
	"juwu/internal/web"
	"juwu/models"
)

// mattersShown bounds what a home page asks the database.
const mattersShown = 3

// ballotMatters are votes that wait for the reader: as a trustee whose turn it
// is, and as a voter who has not voted yet.
func (p *Portal) ballotMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	var all []matter
	seats, err := p.Store.MyTrusteeships(ctx, page.Actor)
	if err != nil {
		return nil, err
	}
	for _, b := range seats {
		if b.CommunityID == page.Community.ID {
			all = append(all, matter{Title: page.T("ballot.matter.trustee", "title", b.Title), Href: page.URL("elections", b.ID.String(), "trustee")})
		}
	}
	link, known := page.Actor.Resident(page.Community.ID)
	if !known || link.State != models.LinkConfirmed {
		return all, nil
	}
	t := p.Store.In(page.Community)
	running, err := t.RunningBallots(ctx, page.Now, mattersShown)
	if err != nil {
		return nil, err
	}
	for _, b := range running {
		rights, err := t.MyVotes(ctx, page.Actor, b.ID)
		if problem.Is(err, problem.Forbidden) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, r := range rights {
			if !r.Voted && !r.Paper {
				all = append(all, matter{Title: page.T("ballot.matter.vote", "title", b.Title), Href: page.URL("elections", b.ID.String(), "ballot")})
				break
			}
		}
	}
	return all, nil
}
