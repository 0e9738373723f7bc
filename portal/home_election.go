package portal

import (
	"context"

	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// electionDoor leads to the elections; its figure is the day of the one that
// runs.
func (v homeView) electionDoor() ui.Door {
	d := ui.Door{Title: v.T("home.door.elections"), Icon: ui.IconBallot, Href: v.URL("elections"), Note: v.T("election.none")}
	if v.Election != nil {
		d.Figure, d.Note = v.Day(v.Election.Day), v.T(electionStates.Key(string(v.Election.State)))
	}
	return d
}

// electionMatters are what waits for the reader in an election that runs: to
// register, or to answer a nomination.
func (p *Portal) electionMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	link, known := page.Actor.Resident(page.Community.ID)
	if !known || link.State != models.LinkConfirmed {
		return nil, nil
	}
	t := p.Store.In(page.Community)
	e, err := t.RunningElection(ctx)
	if err != nil || e == nil {
		return nil, err
	}
	var all []matter
	v, err := t.MyVoter(ctx, page.Actor, e.ID)
	if err != nil {
		return nil, err
	}
	if v != nil && v.State == models.VoterUndeclared && e.State == models.ElectionPreparing {
		all = append(all, matter{Title: page.T("election.declare.mine"), Desc: e.Title, Href: page.URL("elections", e.ID.String(), "me")})
	}
	if policy.MayNominate(e) != nil {
		return all, nil
	}
	n, err := t.AskedNomination(ctx, e.ID, link.ResidentID)
	if n != nil {
		all = append(all, matter{Title: page.T("election.tell.nominated", "number", n.Number), Desc: e.Title, Href: page.URL("elections", e.ID.String(), "nominations", n.ID.String())})
	}
	return all, err
}
