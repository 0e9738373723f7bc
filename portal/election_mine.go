package portal

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// electionMine is what the reader can do in an election.
func (p *Portal) electionMine(c *fiber.Ctx) (*electionView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.electionFrame(ctx, page, "election.public.me")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	v.may = func(object, action string) bool { return web.May(c, object, action) }
	t := p.Store.In(page.Community)
	if v.Mine, err = t.MyVoter(ctx, page.Actor, v.E.ID); err != nil {
		return nil, err
	}
	if v.Nominated, err = t.Nominations(ctx, v.E.ID, true); err != nil {
		return nil, err
	}
	if v.Standing, err = t.MyCandidacy(ctx, page.Actor, v.E.ID); err != nil {
		return nil, err
	}
	if v.Standing != nil {
		page.Set("plan", v.Standing.Plan)
	}
	if v.Mine == nil {
		return v, nil
	}
	if v.E.Electronic {
		page.Set("channel", string(v.Mine.Channel))
		if v.Board, err = t.ElectionBoard(ctx, v.E.ID); err != nil {
			return nil, err
		}
	}
	if v.Mine.StationID != 0 {
		if v.Station, err = t.Station(ctx, v.E.ID, v.Mine.StationID); err != nil {
			return nil, err
		}
	}
	all, err := t.Proxies(ctx, v.E.ID)
	for _, x := range all {
		if x.VoterID == v.Mine.ID {
			v.MyProxies = append(v.MyProxies, x)
		}
	}
	return v, err
}

// nominationLink leads to a nomination who may sign it.
func (v *electionView) nominationLink(n models.Nomination) string {
	if !v.may("nomination", "create") {
		return ""
	}
	return v.at("nominations", n.ID.String())
}

func (p *Portal) myElection(c *fiber.Ctx) error {
	v, err := p.electionMine(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, myElectionPage(v))
}

func declareSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	d := store.Declaration{Evidence: f.Optional("evidence", 200)}
	if err := f.Err(); err != nil {
		return "", err
	}
	_, err := t.DeclareSelf(ctx, v.Actor, v.E.ID, d)
	return "", err
}

func chooseChannel(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	channel := web.Choice(f, "channel", models.ChannelPaper, models.ChannelElectronic)
	if err := f.Err(); err != nil || v.Mine == nil {
		return "", err
	}
	return "", t.ChooseChannel(ctx, v.Actor, v.E.ID, v.Mine.ID, channel)
}

// boardFixed tells whether the list of the electronic ballot is fixed.
func (v *electionView) boardFixed() bool {
	return v.Board != nil && v.Board.State != models.BallotDraft
}

func objectSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	d := store.ObjectionDraft{Kind: web.Choice(f, "kind", models.ObjectionMissing, models.ObjectionWrong, models.ObjectionError), Name: f.Optional("name", 50), Text: f.Area("text", 1000)}
	d.Number, _ = strconv.Atoi(f.Optional("number", 8)) // what is no number names no row
	if err := f.Err(); err != nil {
		return "", err
	}
	o, err := t.ObjectToRoll(ctx, v.Actor, v.E.ID, d)
	if err != nil {
		return "", err
	}
	return v.at("me") + "?sent=" + o.Number, nil
}

func nominateSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	d := store.NominationDraft{Kind: models.NominationJoint, Nominee: f.Optional("nominee", 60), Post: web.Choice(f, "post", v.posts()...), Text: f.OptionalArea("text", 500)}
	if f.Bool("self") {
		d.Kind = models.NominationSelf
	}
	if err := f.Err(); err != nil {
		return "", err
	}
	n, err := t.Nominate(ctx, v.Actor, v.E.ID, d)
	if err != nil {
		return "", err
	}
	return v.at("nominations", n.ID.String()), nil
}

func proxySelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	d := store.ProxyDraft{Reason: f.Text("reason", 100)}
	d.Proxy, d.ProxyName = numberAnd(f.Text("proxy", 60))
	if err := f.Err(); err != nil {
		return "", err
	}
	return "", t.AskProxy(ctx, v.Actor, v.E.ID, d)
}

func revokeSelf(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) (string, error) {
	id := f.ID("proxy")
	if err := f.Err(); err != nil {
		return "", err
	}
	return "", t.RevokeProxy(ctx, v.Actor, v.E.ID, id)
}

func (v *electionView) posts() []models.Post {
	posts := make([]models.Post, len(v.Posts))
	for i, p := range v.Posts {
		posts[i] = p.Post
	}
	return posts
}

func (p *Portal) complaintView(c *fiber.Ctx) (*electionView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.electionFrame(ctx, page, "election.complain.title")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	v.Complaints, err = p.Store.In(page.Community).ElectionComplaints(ctx, v.E.ID, page.Actor.UserID)
	return v, err
}

func (p *Portal) electionComplaint(c *fiber.Ctx) error {
	v, err := p.complaintView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, complaintPage(v))
}

func (p *Portal) complain(c *fiber.Ctx) error {
	v, err := p.complaintView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	to, text := web.Choice(f, "to", models.RoleStreet, models.RoleDistrict), f.Area("text", 2000)
	if err = f.Err(); err == nil {
		_, err = p.Store.In(v.Community).ComplainElection(web.Context(c), v.Actor, v.E.ID, to, text)
	}
	if err != nil {
		return web.Again(c, err, complaintPage(v))
	}
	return web.Redirect(c, v.at("complaint"))
}

func (p *Portal) nominationView(c *fiber.Ctx) (*electionView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	v, err := p.electionFrame(ctx, page, "election.page.nominations")
	if err != nil {
		return nil, err
	}
	page.NoIndex = true
	page.Back = ui.Link{Text: page.T("election.public.me"), Href: v.at("me")}
	t := p.Store.In(page.Community)
	if v.Mine, err = t.MyVoter(ctx, page.Actor, v.E.ID); err != nil {
		return nil, err
	}
	var row models.ID
	if v.Mine != nil {
		row = v.Mine.ID
	}
	if v.Nomination, v.Signed, err = t.Nomination(ctx, v.E.ID, page.ParamID("nomination"), row); err != nil {
		return nil, err
	}
	link, ok := page.Actor.Resident(page.Community.ID)
	v.Asked = ok && link.ResidentID == v.Nomination.ResidentID && link.State == models.LinkConfirmed
	return v, nil
}

func (p *Portal) nomination(c *fiber.Ctx) error {
	v, err := p.nominationView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, nominationPage(v))
}

func (p *Portal) nominationAct(c *fiber.Ctx) error {
	v, err := p.nominationView(c)
	if err != nil {
		return err
	}
	t, ctx, f := p.Store.In(v.Community), web.Context(c), web.FormOf(c)
	switch {
	case f.Has("sign"):
		err = t.Cosign(ctx, v.Actor, v.E.ID, v.Nomination.ID)
	case f.Has("submit"):
		err = t.SubmitNomination(ctx, v.Actor, v.E.ID, v.Nomination.ID)
	default:
		err = t.AnswerNomination(ctx, v.Actor, v.E.ID, v.Nomination.ID, f.Has("accept"))
	}
	if err != nil {
		return web.Again(c, err, nominationPage(v))
	}
	return web.Redirect(c, v.at("nominations", v.Nomination.ID.String()))
}

// recallsView is demands to remove a member, for those who may sign.
type recallsView struct {
	*web.Page
	Members []models.ElectedMember
	Recalls []models.Recall
}

func (p *Portal) recallsView(c *fiber.Ctx) (*recallsView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	page.Title, page.Place, page.NoIndex = page.T("election.recall.title"), "together", true
	page.Back = ui.Link{Text: page.T("office.section.elections"), Href: page.URL("elections")}
	t := p.Store.In(page.Community)
	v := &recallsView{Page: page}
	var err error
	if v.Members, err = t.Members(ctx); err != nil {
		return nil, err
	}
	v.Recalls, err = t.Recalls(ctx)
	return v, err
}

func (p *Portal) recalls(c *fiber.Ctx) error {
	v, err := p.recallsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, recallsPage(v))
}

func (p *Portal) recallAct(c *fiber.Ctx) error {
	v, err := p.recallsView(c)
	if err != nil {
		return err
	}
	t, ctx, f := p.Store.In(v.Community), web.Context(c), web.FormOf(c)
	switch f.Raw("act") {
	case "sign":
		err = t.SignRecall(ctx, v.Actor, f.ID("recall"), 0, "")
	case "defend":
		err = t.DefendRecall(ctx, v.Actor, f.ID("recall"), f.Area("defence", 2000))
	case "resign":
		err = t.Resign(ctx, v.Actor, f.ID("member"), f.Area("text", 1000))
	default:
		member, reason := f.ID("member"), f.Area("reason", 1000)
		if err = f.Err(); err == nil {
			_, err = t.DemandRecall(ctx, v.Actor, member, reason)
		}
	}
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		return web.Again(c, err, recallsPage(v))
	}
	return web.Redirect(c, v.URL("recalls"))
}

// myPosts are the reader's own seats: for an answer or a resignation.
func (v *recallsView) myPosts() (out []models.ElectedMember) {
	for _, m := range v.Members {
		if m.UserID != 0 && m.UserID == v.Actor.UserID {
			out = append(out, m)
		}
	}
	return out
}

func (v *electionView) maySelf() bool { return policy.MayNominate(v.E) == nil }
