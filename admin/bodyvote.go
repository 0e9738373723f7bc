package admin

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// bodyVoteForm asks what kind of election is to be recorded.
func (a *Admin) bodyVoteForm(c *fiber.Ctx) error {
	v, err := a.bodyVoteOpen(c)
	if err != nil {
		return err
	}
	v.Set("day", string(v.Today()))
	v.Set("from", string(v.Today()))
	v.Set("until", string(policy.LastTermDay(v.Today())))
	v.Set("seats", v.Int(max(v.B.Seats, 1)))
	if len(v.Rule.Units) > 0 {
		v.Set("unit", string(v.Rule.Units[0]))
		v.Set("post", string(v.Rule.Posts[0]))
	}
	return web.Render(c, fiber.StatusOK, bodyVoteFormMain(v))
}

func (a *Admin) bodyVoteOpen(c *fiber.Ctx) (*bodyView, error) {
	v, err := a.bodyPage(c)
	if err != nil {
		return nil, err
	}
	v.Title, v.Wide = v.T("body.vote.new"), false
	v.Back = ui.Link{Text: v.B.Name, Href: v.AdminURL("bodies", v.B.ID.String())}
	return v, nil
}

func (a *Admin) openBodyVote(c *fiber.Ctx) error {
	v, err := a.bodyVoteOpen(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.BodyVoteDraft{
		Body: v.B.ID, Post: web.Choice(f, "post", v.Rule.Posts...), Unit: web.Choice(f, "unit", v.Rule.Units...),
		Method: web.Choice(f, "method", models.MethodHands, models.MethodPaper, models.MethodPhone), Day: f.Date("day"), Place: f.Text("place", 100),
		Witness: f.Text("witness", 50), Seats: f.Int("seats", 1, 200), From: f.Date("from"), Until: f.Date("until"),
	}
	var vote *models.BodyVote
	if err = f.Err(); err == nil {
		vote, err = a.Store.In(v.Community).OpenBodyVote(web.Context(c), v.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, bodyVoteFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", "votes", vote.ID.String()))
}

// bodyVoteView is a recorded election with what the reader may do about it.
type bodyVoteView struct {
	*web.Page
	V          *store.BodyVoteView
	Found      []store.Person
	Searched   bool
	MayRecord  bool
	MayConfirm bool
	MayVoid    bool
}

func (a *Admin) bodyVotePage(c *fiber.Ctx) (*bodyVoteView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	vote, err := t.BodyVote(ctx, p.ParamID("vote"))
	if err != nil {
		return nil, err
	}
	v := &bodyVoteView{Page: p, V: vote}
	a.officePage(c, p.T("body.vote.title"))
	p.Wide, p.Back = false, ui.Link{Text: vote.Body.Name, Href: p.AdminURL("bodies", vote.Body.ID.String())}
	roles := a.Store.Guard().RolesOf(p.Actor, p.Community, p.Today())
	records := a.keeps(c, vote.Body.Kind)
	confirms := web.May(c, "body", "review") && policy.MayCheckBodyVote(vote.Body.Kind, roles) == nil
	v.MayRecord = records && vote.State == models.BodyVoteOpen
	v.MayConfirm = confirms && vote.State == models.BodyVoteCounted
	v.MayVoid = v.MayRecord || v.MayConfirm
	return v, nil
}

func (a *Admin) bodyVote(c *fiber.Ctx) error {
	v, err := a.bodyVotePage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, bodyVoteMain(v))
}

// findCandidate looks for people on the roll without their names in an address.
func (a *Admin) findCandidate(c *fiber.Ctx) error {
	v, err := a.bodyVotePage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Text("words", 60)
	if err = f.Err(); err == nil {
		v.Found, err = a.Store.In(v.Community).FindCandidates(web.Context(c), v.Actor, v.V.Body.Kind, words)
	}
	if err != nil {
		return web.Again(c, err, bodyVoteMain(v))
	}
	v.Searched = true
	v.Set("words", words)
	return web.Render(c, fiber.StatusOK, bodyVoteMain(v))
}

// voteAct runs an act on the recorded election of the address.
func (a *Admin) voteAct(c *fiber.Ctx, part string, do func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error) error {
	v, err := a.bodyVotePage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, bodyVoteMain(v))
	}
	return web.Redirect(c, v.AdminURL("bodies", "votes", v.V.ID.String())+part)
}

func (a *Admin) addCandidate(c *fiber.Ctx) error {
	return a.voteAct(c, "#candidates", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error {
		id := f.ID("resident")
		if err := f.Err(); err != nil {
			return err
		}
		return t.AddBodyCandidate(ctx, v.Actor, v.V.ID, id)
	})
}

func (a *Admin) dropCandidate(c *fiber.Ctx) error {
	return a.voteAct(c, "#candidates", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error {
		id := f.ID("candidate")
		if err := f.Err(); err != nil {
			return err
		}
		return t.DropBodyCandidate(ctx, v.Actor, v.V.ID, id)
	})
}

func (a *Admin) markVoters(c *fiber.Ctx) error {
	return a.voteAct(c, "#count", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error {
		var took []models.ID
		known := make([]string, len(v.V.Voters))
		for i, voter := range v.V.Voters {
			known[i] = voter.ID.String()
		}
		for _, s := range web.Choices(f, "voter", false, known...) {
			id, _ := models.ParseID(s) // one of the known
			took = append(took, id)
		}
		return t.MarkBodyVoters(ctx, v.Actor, v.V.ID, took)
	})
}

func (a *Admin) countBodyVote(c *fiber.Ctx) error {
	return a.voteAct(c, "", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error {
		votes := map[models.ID]int{}
		for i, cand := range v.V.Candidates {
			votes[cand.ID] = f.Int(policy.CandidateField(i), 0, 1_000_000)
		}
		void := f.Int("void", 0, 1_000_000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.CountBodyVote(ctx, v.Actor, v.V.ID, votes, void)
	})
}

func (a *Admin) confirmBodyVote(c *fiber.Ctx) error {
	return a.voteAct(c, "", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, _ *web.Form) error {
		_, err := t.ConfirmBodyVote(ctx, v.Actor, v.V.ID)
		return err
	})
}

func (a *Admin) recountBodyVote(c *fiber.Ctx) error {
	return a.voteAct(c, "", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, _ *web.Form) error {
		return t.RecountBodyVote(ctx, v.Actor, v.V.ID)
	})
}

func (a *Admin) voidBodyVote(c *fiber.Ctx) error {
	return a.voteAct(c, "", func(ctx context.Context, t *store.Tenant, v *bodyVoteView, f *web.Form) error {
		reason := f.Area("reason", 200)
		if err := f.Err(); err != nil {
			return err
		}
		return t.VoidBodyVote(ctx, v.Actor, v.V.ID, reason)
	})
}
