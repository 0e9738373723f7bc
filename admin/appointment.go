package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) appointmentRoutes() []web.Route {
	const posts = "/admin/:community/appointments"
	return []web.Route{
		{Method: "GET", Path: posts, Object: "office", Action: "enter", Handle: a.posts},
		{Method: "GET", Path: posts + "/new", Object: "appointment", Action: "appoint", Handle: a.appointForm(models.LevelCommunity)},
		{Method: "POST", Path: posts + "/new", Object: "appointment", Action: "appoint", Handle: a.appoint(models.LevelCommunity)},
		{Method: "GET", Path: posts + "/street", Object: "appointment", Action: "appoint", Handle: a.appointForm(models.LevelStreet)},
		{Method: "POST", Path: posts + "/street", Object: "appointment", Action: "appoint", Handle: a.appoint(models.LevelStreet)},
		{Method: "GET", Path: posts + "/propose", Object: "appointment", Action: "propose", Handle: a.proposeForm},
		{Method: "POST", Path: posts + "/propose", Object: "appointment", Action: "propose", Handle: a.propose},
		{Method: "POST", Path: posts + "/proposals/:id/accept", Object: "appointment", Action: "appoint", Handle: a.proposalAccept},
		{Method: "POST", Path: posts + "/proposals/:id/refuse", Object: "appointment", Action: "appoint", Handle: a.proposalRefuse},
		{Method: "POST", Path: posts + "/proposals/:id/withdraw", Object: "appointment", Action: "propose", Handle: a.proposalRefuse},
		{Method: "GET", Path: posts + "/:id", Object: "office", Action: "enter", Handle: a.post},
		{Method: "POST", Path: posts + "/:id/profile", Object: "office", Action: "enter", Handle: a.postProfile},
		{Method: "POST", Path: posts + "/:id/photo", Object: "office", Action: "enter", Upload: true, Handle: a.postPhoto},
		{Method: "POST", Path: posts + "/:id/photo/remove", Object: "office", Action: "enter", Handle: a.postPhotoRemove},
		{Method: "POST", Path: posts + "/:id/end", Object: "appointment", Action: "end", Handle: a.postEnd},
		{Method: "GET", Path: posts + "/:id/deputy", Object: "appointment", Action: "deputy", Handle: a.deputyForm},
		{Method: "POST", Path: posts + "/:id/deputy", Object: "appointment", Action: "deputy", Handle: a.deputy},
	}
}

var (
	postNames      = i18n.Family("role.")
	proposalStates = i18n.Family("appointment.proposal.")
)

// postsView is who holds what, what was proposed, and what has been.
type postsView struct {
	*web.Page
	Posts      []store.Post
	Above      []store.Post
	Past       []models.Appointment
	Proposals  []models.Proposal
	MayAppoint bool
	MayStreet  bool
	MayPropose bool
	MayCode    bool
	office     func(models.Role) bool // does the post lead into the office, and so need a second factor
	decides    []models.Role
	At         models.ID // proposal whose answer has to be put right
}

func (a *Admin) postsView(c *fiber.Ctx) (*postsView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("appointment.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &postsView{Page: p, decides: t.Appointable(p.Actor, models.LevelCommunity), MayStreet: len(t.Appointable(p.Actor, models.LevelStreet)) > 0, MayPropose: web.May(c, "appointment", "propose"), MayCode: web.May(c, "second_factor", "issue_code")}
	v.MayAppoint = len(v.decides) > 0
	v.office = func(r models.Role) bool { return a.Store.Guard().NeedsSecondFactor(policy.SetOf(r)) }
	var err error
	if v.Posts, err = t.Posts(ctx, p.Actor); err != nil {
		return nil, err
	}
	if v.Above, err = t.PostsAbove(ctx, p.Actor); err != nil {
		return nil, err
	}
	if v.Proposals, err = t.Proposals(ctx); err != nil {
		return nil, err
	}
	v.Past, err = t.PastPosts(ctx, 20)
	return v, err
}

func (a *Admin) posts(c *fiber.Ctx) error {
	v, err := a.postsView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, postsMain(v))
}

// appointView is a post being given or proposed.
type appointView struct {
	*web.Page
	Roles   []models.Role
	Grids   []store.GridView
	Propose bool
	Action  string
	Lead    string
}

func (a *Admin) appointView(c *fiber.Ctx, level models.Level) (*appointView, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T("appointment.new"))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("appointment.title"), Href: p.AdminURL("appointments")}
	t := a.Store.In(p.Community)
	v := &appointView{Page: p, Roles: t.Appointable(p.Actor, level), Action: p.AdminURL("appointments", "new"), Lead: p.T("appointment.new.lead")}
	if level == models.LevelStreet {
		v.Action, p.Title = p.AdminURL("appointments", "street"), p.T("appointment.street")
		return v, nil
	}
	var err error
	v.Grids, err = t.Grids(web.Context(c))
	p.Set("from", string(p.Today()))
	return v, err
}

func (a *Admin) appointForm(level models.Level) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.appointView(c, level)
		if err != nil {
			return err
		}
		if len(v.Roles) == 0 {
			return problem.New(problem.Forbidden, "policy.appointment.office", nil)
		}
		return web.Render(c, fiber.StatusOK, appointMain(v))
	}
}

// nominee reads the form of a post.
func nominee(f *web.Form, roles []models.Role) store.Nominee {
	return store.Nominee{LoginPhone: f.Phone("login_phone"), Appointment: models.Appointment{
		Role: web.Choice(f, "role", roles...), Name: f.Text("name", 50), GridID: f.OptionalID("grid"), From: f.Date("from"), Until: f.OptionalDate("until"),
		Decision: f.Text("decision", 100), Portfolio: f.Optional("portfolio", 100), Hours: f.Optional("hours", 100), Phone: f.Optional("phone", 30),
		Rank: rank(f)}}
}

// rank is the order on the page, a small number; empty stands last.
func rank(f *web.Form) int {
	if f.Raw("rank") == "" {
		return 50
	}
	return f.Int("rank", 0, 99)
}

func (a *Admin) appoint(level models.Level) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.appointView(c, level)
		if err != nil {
			return err
		}
		f := web.FormOf(c)
		n := nominee(f, v.Roles)
		n.RegionID = v.Community.ID
		if level == models.LevelStreet {
			n.RegionID = v.Community.StreetID
		}
		if err = f.Err(); err == nil {
			_, err = a.Store.AppointPerson(web.Context(c), v.Actor, n)
		}
		if err != nil {
			return web.Again(c, err, appointMain(v))
		}
		return web.Redirect(c, v.AdminURL("appointments"))
	}
}

func (a *Admin) proposeView(c *fiber.Ctx) (*appointView, error) {
	v, err := a.appointView(c, models.LevelCommunity)
	if err != nil {
		return nil, err
	}
	v.Title, v.Lead, v.Action, v.Propose = v.T("appointment.propose"), v.T("appointment.propose.lead"), v.AdminURL("appointments", "propose"), true
	v.Roles = nil
	for _, o := range policy.Offices {
		if policy.HeldAt(o.Role, models.LevelCommunity) {
			v.Roles = append(v.Roles, o.Role)
		}
	}
	return v, nil
}

func (a *Admin) proposeForm(c *fiber.Ctx) error {
	v, err := a.proposeView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, appointMain(v))
}

func (a *Admin) propose(c *fiber.Ctx) error {
	v, err := a.proposeView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	n := nominee(f, v.Roles)
	if err = f.Err(); err == nil {
		_, err = a.Store.In(v.Community).Propose(web.Context(c), v.Actor, n)
	}
	if err != nil {
		return web.Again(c, err, appointMain(v))
	}
	return web.Redirect(c, v.AdminURL("appointments"))
}

func (a *Admin) proposalAccept(c *fiber.Ctx) error {
	p := web.PageOf(c)
	return a.proposalDone(c, a.Store.In(p.Community).AcceptProposal(web.Context(c), p.Actor, p.ParamID("id")))
}

func (a *Admin) proposalRefuse(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	reason := f.Optional("reason", 200)
	err := f.Err()
	if err == nil {
		err = a.Store.In(p.Community).RefuseProposal(web.Context(c), p.Actor, p.ParamID("id"), reason)
	}
	return a.proposalDone(c, err)
}

func (a *Admin) proposalDone(c *fiber.Ctx, err error) error {
	p := web.PageOf(c)
	if err == nil {
		return web.Redirect(c, p.AdminURL("appointments"))
	}
	v, broken := a.postsView(c)
	if broken != nil {
		return broken
	}
	v.At = p.ParamID("id")
	return web.Again(c, err, postsMain(v))
}

// postView is one post: what the public reads of it, and its end.
type postView struct {
	*web.Page
	Post      store.Post
	MayChange bool
	MayDeputy bool
	MayPhoto  bool
	Street    bool
}

func (a *Admin) postView(c *fiber.Ctx) (*postView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	one, err := t.PostByID(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	list := t.Posts
	if one.RegionID != p.Community.ID {
		list = t.PostsAbove
	}
	posts, err := list(ctx, p.Actor)
	if err != nil {
		return nil, err
	}
	a.officePage(c, one.Name)
	p.Wide = false
	p.Back = ui.Link{Text: p.T("appointment.title"), Href: p.AdminURL("appointments")}
	for _, post := range posts {
		if post.ID == one.ID {
			v := &postView{Page: p, Post: post, Street: one.RegionID != p.Community.ID}
			v.MayChange = post.MayEnd || !v.Street && web.May(c, "settings", "change")
			v.MayDeputy = post.DeputyFor == 0 && !v.Street && web.May(c, "appointment", "deputy")
			v.MayPhoto = !v.Street && post.EndedAt == nil && (v.MayChange || post.UserID == p.Actor.UserID)
			if v.MayPhoto {
				p.Scripts = append(p.Scripts, "photo.js")
			}
			return v, nil
		}
	}
	return &postView{Page: p, Post: store.Post{Appointment: *one}}, nil
}

func (a *Admin) post(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"name": v.Post.Name, "portfolio": v.Post.Portfolio, "hours": v.Post.Hours, "phone": v.Post.Phone, "rank": strconv.Itoa(v.Post.Rank)} {
		v.Set(name, value)
	}
	return web.Render(c, fiber.StatusOK, postMain(v))
}

func (a *Admin) postProfile(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	profile := store.PostProfile{Name: f.Text("name", 50), Portfolio: f.Optional("portfolio", 100), Hours: f.Optional("hours", 100),
		Phone: f.Optional("phone", 30), Rank: rank(f)}
	if err = f.Err(); err == nil {
		err = a.Store.SetPostProfile(web.Context(c), v.Actor, v.Post.ID, profile)
	}
	if err != nil {
		return web.Again(c, err, postMain(v))
	}
	return web.Redirect(c, v.AdminURL("appointments"))
}

// postPhoto puts a face beside a post, or another one.
func (a *Admin) postPhoto(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	var data []byte
	uploads := f.Files("files", 1, 1, photo.MaxBytes)
	if err = f.Err(); err == nil {
		data, err = uploads[0].Bytes()
	}
	if err == nil {
		err = a.Store.In(v.Community).SetPostPhoto(web.Context(c), v.Actor, v.Post.ID, &store.NewFile{Name: uploads[0].Name, Data: data})
	}
	if err != nil {
		return web.Again(c, err, postMain(v))
	}
	return web.Redirect(c, v.AdminURL("appointments", v.Post.ID.String()))
}

func (a *Admin) postPhotoRemove(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).SetPostPhoto(web.Context(c), p.Actor, p.ParamID("id"), nil); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("appointments", p.Param("id")))
}

func (a *Admin) postEnd(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if f.Raw("sure") == "" {
		f.Add("sure", "appointment.end.sure", nil)
	}
	if err = f.Err(); err == nil {
		err = a.Store.EndAppointment(web.Context(c), v.Actor, v.Post.ID)
	}
	if err != nil {
		return web.Again(c, err, postMain(v))
	}
	return web.Redirect(c, v.AdminURL("appointments"))
}

func (a *Admin) deputyForm(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	v.Set("from", string(v.Today()))
	return web.Render(c, fiber.StatusOK, deputyMain(v))
}

// deputy records who stands in for the holder of a post, for a time.
func (a *Admin) deputy(c *fiber.Ctx) error {
	v, err := a.postView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	n := store.Nominee{LoginPhone: f.Phone("login_phone"), Appointment: models.Appointment{RegionID: v.Post.RegionID, Role: v.Post.Role,
		DeputyFor: v.Post.UserID, Name: f.Text("name", 50), From: f.Date("from"), Until: f.Date("until"), Decision: f.Text("decision", 100), Rank: v.Post.Rank}}
	if err = f.Err(); err == nil {
		_, err = a.Store.AppointPerson(web.Context(c), v.Actor, n)
	}
	if err != nil {
		return web.Again(c, err, deputyMain(v))
	}
	return web.Redirect(c, v.AdminURL("appointments"))
}
