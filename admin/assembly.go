package admin

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// assemblyRoutes: the office of the residents' and the representatives' meeting.
func (a *Admin) assemblyRoutes() []web.Route {
	const all = "/admin/:community/assembly"
	const matter = all + "/matters/:matter"
	prepare := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "assembly", Action: "prepare", Handle: h}
	}
	return []web.Route{
		{Method: "GET", Path: all, Object: "office", Action: "enter", Handle: a.assembly},
		prepare("GET", all+"/matters/new", a.matterForm),
		prepare("POST", all+"/matters/new", a.saveMatter),
		{Method: "GET", Path: matter, Object: "office", Action: "enter", Handle: a.matter},
		prepare("GET", matter+"/edit", a.matterForm),
		prepare("POST", matter+"/edit", a.saveMatter),
		prepare("POST", matter+"/find", a.findPerson),
		prepare("POST", matter+"/people", a.addPerson),
		{Method: "POST", Path: matter + "/study", Object: "assembly", Action: "prestudy", Handle: a.studyMatter},
		{Method: "POST", Path: matter + "/publish", Object: "assembly", Action: "call", Handle: a.publishMatter},
		prepare("POST", matter+"/drop", a.dropMatter),
		prepare("POST", matter+"/answer", a.answerComment),
	}
}

var (
	matterStates  = i18n.Family("matter.state.")
	sessionStates = i18n.Family("session.state.")
	matterOrigins = i18n.Family("matter.origin.")
)

// liveMatters are the states of matters on their way.
var liveMatters = []models.MatterState{models.MatterDraft, models.MatterOpen, models.MatterListed}

// assemblyView is the desk of the assembly.
type assemblyView struct {
	*web.Page
	Sessions []models.AssemblySession
	Matters  []models.Matter
	Reached  []models.Petition
	Due      models.Date
	Missed   bool
	May      bool
}

func (a *Admin) assembly(c *fiber.Ctx) error {
	p := web.PageOf(c)
	a.officePage(c, p.T("assembly.title"))
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &assemblyView{Page: p, May: web.May(c, "assembly", "prepare")}
	var err error
	if v.Sessions, _, err = t.Sessions(ctx, store.SessionFilter{Limit: 20}); err != nil {
		return err
	}
	if v.Matters, _, err = t.Matters(ctx, store.MatterFilter{States: liveMatters, Limit: 50}); err != nil {
		return err
	}
	if v.Reached, err = t.ReachedPetitions(ctx); err != nil {
		return err
	}
	if v.Due, v.Missed, err = t.HalfYear(ctx, p.Today()); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, assemblyMain(v))
}

// matterView is one matter with what the reader may do about it.
type matterView struct {
	*web.Page
	M          *store.MatterView
	Bodies     []models.Body
	Meetings   []models.CivicMeeting // at which it may have been prepared
	May        bool                  // prepare
	MayStudy   bool
	MayChoose  bool // people of the roll among whom a meeting chooses
	Found      []store.Person
	Searched   bool
	MayPublish bool
	New        bool
}

func (a *Admin) matterPage(c *fiber.Ctx) (*matterView, error) {
	p := web.PageOf(c)
	m, err := a.Store.In(p.Community).Matter(web.Context(c), p.ParamID("matter"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, m.Title)
	p.Wide, p.Back = false, ui.Link{Text: p.T("assembly.title"), Href: p.AdminURL("assembly")}
	v := &matterView{Page: p, M: m, May: web.May(c, "assembly", "prepare")}
	live := m.State == models.MatterDraft || m.State == models.MatterOpen || m.State == models.MatterListed
	v.MayStudy = live && m.StudyAt == nil && web.May(c, "assembly", "prestudy")
	v.MayChoose = v.May && m.State == models.MatterDraft && m.Body != nil && slices.Contains(policy.BodyRuleOf(m.Body.Kind).Posts, models.SitsMember)
	v.MayPublish = m.State == models.MatterDraft && web.May(c, "assembly", "call")
	return v, nil
}

func (a *Admin) matter(c *fiber.Ctx) error {
	v, err := a.matterPage(c)
	if err != nil {
		return err
	}
	v.Set("comment_until", string(v.Today().AddDays(10)))
	return web.Render(c, fiber.StatusOK, matterMain(v))
}

// matterAct runs an act on the matter of the address.
func (a *Admin) matterAct(c *fiber.Ctx, part string, do func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error) error {
	v, err := a.matterPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, matterMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "matters", v.M.ID.String())+part)
}

// findPerson looks for people on the roll without their names in an address.
func (a *Admin) findPerson(c *fiber.Ctx) error {
	v, err := a.matterPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Text("words", 60)
	if err = f.Err(); err == nil && v.M.Body != nil {
		v.Found, err = a.Store.In(v.Community).FindCandidates(web.Context(c), v.Actor, v.M.Body.Kind, words)
	}
	if err != nil {
		return web.Again(c, err, matterMain(v))
	}
	v.Searched = true
	v.Set("words", words)
	return web.Render(c, fiber.StatusOK, matterMain(v))
}

func (a *Admin) addPerson(c *fiber.Ctx) error {
	return a.matterAct(c, "#people", func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error {
		id := f.ID("resident")
		if err := f.Err(); err != nil {
			return err
		}
		return t.AddPersonOption(ctx, v.Actor, v.M.ID, id)
	})
}

func (a *Admin) studyMatter(c *fiber.Ctx) error {
	return a.matterAct(c, "", func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error {
		text := f.Area("study", 2000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.StudyMatter(ctx, v.Actor, v.M.ID, text)
	})
}

func (a *Admin) publishMatter(c *fiber.Ctx) error {
	return a.matterAct(c, "", func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error {
		until := f.Date("comment_until")
		if err := f.Err(); err != nil {
			return err
		}
		return t.PublishMatter(ctx, v.Actor, v.M.ID, until)
	})
}

func (a *Admin) dropMatter(c *fiber.Ctx) error {
	return a.matterAct(c, "", func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error {
		reason := f.Area("reason", 500)
		if err := f.Err(); err != nil {
			return err
		}
		return t.DropMatter(ctx, v.Actor, v.M.ID, reason)
	})
}

func (a *Admin) answerComment(c *fiber.Ctx) error {
	return a.matterAct(c, "#comments", func(ctx context.Context, t *store.Tenant, v *matterView, f *web.Form) error {
		id := f.ID("comment")
		answer := f.Area("answer", 1000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.AnswerComment(ctx, v.Actor, id, answer)
	})
}

// matterPapers is the page of a matter's papers: they are public with it.
func (a *Admin) matterPapers(c *fiber.Ctx, v *receiptsView) error {
	if err := a.Store.Guard().Allowed(v.Actor, v.Community, "assembly", "prepare", v.Today()); err != nil {
		return err
	}
	m, err := a.Store.In(v.Community).Matter(web.Context(c), v.Owner.ID)
	if err != nil {
		return err
	}
	v.About, v.Edit = m.Title, m.State == models.MatterDraft
	v.Page.Title = v.T("matter.papers")
	v.Back = ui.Link{Text: m.Title, Href: v.AdminURL("assembly", "matters", m.ID.String())}
	return nil
}

// matterEdit begins the form: a new matter, a draft, or the next version of one
// that is published.
func (a *Admin) matterEdit(c *fiber.Ctx) (*matterView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	v := &matterView{Page: p, New: true, May: true, M: &store.MatterView{}}
	title := p.T("matter.new")
	if p.ParamID("matter") != 0 {
		var err error
		if v, err = a.matterPage(c); err != nil {
			return nil, err
		}
		title = p.T("matter.edit")
	}
	a.officePage(c, title)
	v.Wide, v.Back = false, ui.Link{Text: p.T("assembly.title"), Href: p.AdminURL("assembly")}
	var err error
	if v.Bodies, err = t.Bodies(ctx, ""); err != nil {
		return nil, err
	}
	v.Meetings, _, err = t.PastMeetings(ctx, time.Time{})
	if m := v.M.Meeting; m != nil && !slices.ContainsFunc(v.Meetings, func(x models.CivicMeeting) bool { return x.ID == m.ID }) {
		v.Meetings = append(v.Meetings, *m)
	}
	return v, err
}

func (a *Admin) matterForm(c *fiber.Ctx) error {
	v, err := a.matterEdit(c)
	if err != nil {
		return err
	}
	v.fill()
	return web.Render(c, fiber.StatusOK, matterFormMain(v))
}

func (a *Admin) saveMatter(c *fiber.Ctx) error {
	v, err := a.matterEdit(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	t, ctx, id := a.Store.In(v.Community), web.Context(c), v.M.ID
	d := matterDraft(f)
	if err = f.Err(); err == nil {
		if v.New || v.M.State == models.MatterDraft {
			id, err = t.SaveMatter(ctx, v.Actor, id, d)
		} else {
			err = t.ChangeMatter(ctx, v.Actor, id, d)
		}
	}
	if err != nil {
		return web.Again(c, err, matterFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", "matters", id.String()))
}
