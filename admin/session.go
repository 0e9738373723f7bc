package admin

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// sessionRoutes: a meeting from its draft to its signed minutes.
func (a *Admin) sessionRoutes() []web.Route {
	const all, one = "/admin/:community/assembly", "/admin/:community/assembly/:session"
	prepare := func(method, path string, h fiber.Handler) web.Route {
		return web.Route{Method: method, Path: path, Object: "assembly", Action: "prepare", Handle: h}
	}
	return []web.Route{
		prepare("GET", all+"/sessions/new", a.sessionForm),
		prepare("POST", all+"/sessions/new", a.saveSession),
		{Method: "GET", Path: one, Object: "office", Action: "enter", Handle: a.session},
		prepare("GET", one+"/edit", a.sessionForm),
		prepare("POST", one+"/edit", a.saveSession),
		prepare("POST", one+"/items", a.addItem),
		prepare("POST", one+"/remove", a.removeItem),
		{Method: "POST", Path: one + "/call", Object: "assembly", Action: "call", Handle: a.callSession},
		prepare("POST", one+"/cancel", a.cancelSession),
		prepare("POST", one+"/open", a.openSession),
		prepare("POST", one+"/find", a.findVoter),
		prepare("POST", one+"/arrive", a.arrive),
		prepare("GET", one+"/attendance", a.hallList),
		prepare("GET", one+"/papers/:item", a.ballotPapers),
		prepare("GET", one+"/slips", a.hallSlips),
		prepare("POST", one+"/guest", a.addGuest),
		prepare("POST", one+"/vote", a.openVote),
		prepare("POST", one+"/paper", a.givePaper),
		prepare("POST", one+"/count", a.countPaper),
		prepare("POST", one+"/closevote", a.closeVote),
		prepare("POST", one+"/close", a.closeSession),
		{Method: "POST", Path: one + "/sign", Object: "office", Action: "enter", Handle: a.signMinutes},
	}
}

// sessionView is one meeting with what the reader may do about it.
type sessionView struct {
	*web.Page
	S       *store.SessionView
	Open    []models.Matter // that can go onto the agenda
	Bodies  []models.Body
	Found   []models.SessionVoter
	Adults  map[models.ID][]models.Resident // who may come for a household
	Code    store.ShownCode
	May     bool
	MayCall bool
	Seats   []string // in which the reader may sign
	New     bool
}

func (a *Admin) sessionPage(c *fiber.Ctx) (*sessionView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	s, err := t.Session(ctx, p.ParamID("session"))
	if err != nil {
		return nil, err
	}
	a.officePage(c, s.Title)
	p.Wide, p.Back = false, ui.Link{Text: p.T("assembly.title"), Href: p.AdminURL("assembly")}
	v := &sessionView{Page: p, S: s, May: web.May(c, "assembly", "prepare"), MayCall: web.May(c, "assembly", "call")}
	if s.State == models.SessionDraft && v.May {
		if v.Open, _, err = t.Matters(ctx, store.MatterFilter{States: []models.MatterState{models.MatterOpen}, Limit: 50}); err != nil {
			return nil, err
		}
	}
	if s.State == models.SessionOpen && v.May {
		v.Code = t.CheckInCode("assembly", s.ID)
	}
	if s.State == models.SessionClosed && s.SignedAt == nil {
		for seat, action := range map[string]string{"chair": "call", "recorder": "prepare", "supervisor": "watch"} {
			if web.May(c, "assembly", action) && !signedSeat(s, seat) {
				v.Seats = append(v.Seats, seat)
			}
		}
	}
	return v, nil
}

func signedSeat(s *store.SessionView, seat string) bool {
	for _, x := range s.Signs {
		if x.Seat == seat {
			return true
		}
	}
	return false
}

func (a *Admin) session(c *fiber.Ctx) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, sessionMain(v))
}

func (a *Admin) sessionEdit(c *fiber.Ctx) (*sessionView, error) {
	p := web.PageOf(c)
	v := &sessionView{Page: p, New: true, S: &store.SessionView{}}
	title := p.T("session.new")
	if p.ParamID("session") != 0 {
		var err error
		if v, err = a.sessionPage(c); err != nil {
			return nil, err
		}
		title = p.T("session.edit")
	}
	a.officePage(c, title)
	v.Wide, v.Back = false, ui.Link{Text: p.T("assembly.title"), Href: p.AdminURL("assembly")}
	var err error
	v.Bodies, err = a.Store.In(p.Community).Bodies(web.Context(c), models.BodyCompound)
	return v, err
}

func (a *Admin) sessionForm(c *fiber.Ctx) error {
	v, err := a.sessionEdit(c)
	if err != nil {
		return err
	}
	v.fill()
	return web.Render(c, fiber.StatusOK, sessionFormMain(v))
}

func (a *Admin) saveSession(c *fiber.Ctx) error {
	v, err := a.sessionEdit(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := store.SessionDraft{
		Mode: web.Choice(f, "mode", sessionModes...), Title: f.Text("title", 80), Day: f.Date("day"), Clock: f.Text("clock", 5), Place: f.Text("place", 100),
		Urgent: f.Bool("urgent"), UrgentGround: f.OptionalArea("urgent_ground", 500), BodyID: f.OptionalID("body"), PetitionID: f.OptionalID("petition"),
	}
	id := v.S.ID
	if err = f.Err(); err == nil {
		id, err = a.Store.In(v.Community).SaveSession(web.Context(c), v.Actor, id, d)
	}
	if err != nil {
		return web.Again(c, err, sessionFormMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", id.String()))
}

// sessionAct runs an act on the meeting of the address.
func (a *Admin) sessionAct(c *fiber.Ctx, part string, do func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	if err := do(web.Context(c), a.Store.In(v.Community), v, web.FormOf(c)); err != nil {
		return web.Again(c, err, sessionMain(v))
	}
	return web.Redirect(c, v.AdminURL("assembly", v.S.ID.String())+part)
}

// withID is an act on one thing that the form names.
func (a *Admin) withID(c *fiber.Ctx, part, field string, do func(t *store.Tenant, ctx context.Context, v *sessionView, id models.ID) error) error {
	return a.sessionAct(c, part, func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		id := f.ID(field)
		if err := f.Err(); err != nil {
			return err
		}
		return do(t, ctx, v, id)
	})
}

func (a *Admin) addItem(c *fiber.Ctx) error {
	return a.withID(c, "#agenda", "matter", func(t *store.Tenant, ctx context.Context, v *sessionView, id models.ID) error {
		return t.AddItem(ctx, v.Actor, v.S.ID, id)
	})
}

func (a *Admin) removeItem(c *fiber.Ctx) error {
	return a.withID(c, "#agenda", "matter", func(t *store.Tenant, ctx context.Context, v *sessionView, id models.ID) error {
		return t.RemoveItem(ctx, v.Actor, v.S.ID, id)
	})
}

func (a *Admin) callSession(c *fiber.Ctx) error {
	return a.sessionAct(c, "", func(ctx context.Context, t *store.Tenant, v *sessionView, _ *web.Form) error {
		return t.CallSession(ctx, v.Actor, v.S.ID)
	})
}

func (a *Admin) cancelSession(c *fiber.Ctx) error {
	return a.sessionAct(c, "", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		reason := f.Area("reason", 500)
		if err := f.Err(); err != nil {
			return err
		}
		return t.CancelSession(ctx, v.Actor, v.S.ID, reason)
	})
}

func (a *Admin) openSession(c *fiber.Ctx) error {
	return a.sessionAct(c, "", func(ctx context.Context, t *store.Tenant, v *sessionView, _ *web.Form) error {
		return t.OpenSession(ctx, v.Actor, v.S.ID)
	})
}

func (a *Admin) findVoter(c *fiber.Ctx) error {
	v, err := a.sessionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	words := f.Optional("words", 60)
	if err = f.Err(); err == nil {
		t, ctx := a.Store.In(v.Community), web.Context(c)
		if v.Found, err = t.FindLines(ctx, v.Actor, v.S.ID, words); err == nil {
			v.Adults, err = t.StandIns(ctx, v.Actor, v.Found)
		}
	}
	if err != nil {
		return web.Again(c, err, sessionMain(v))
	}
	v.Set("words", words)
	return web.Render(c, fiber.StatusOK, sessionMain(v))
}

func (a *Admin) arrive(c *fiber.Ctx) error {
	return a.sessionAct(c, "#desk", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		id, standIn := f.ID("voter"), f.OptionalID("standin")
		if err := f.Err(); err != nil {
			return err
		}
		return t.CheckInAtDesk(ctx, v.Actor, v.S.ID, id, standIn)
	})
}

func (a *Admin) addGuest(c *fiber.Ctx) error {
	return a.sessionAct(c, "#guests", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		kind, name, note := web.Choice(f, "kind", "supervisor", "listener", "invited"), f.Text("name", 50), f.Optional("note", 400)
		if err := f.Err(); err != nil {
			return err
		}
		return t.AddGuest(ctx, v.Actor, v.S.ID, kind, name, note)
	})
}

func (a *Admin) openVote(c *fiber.Ctx) error {
	return a.withID(c, "#agenda", "item", func(t *store.Tenant, ctx context.Context, v *sessionView, id models.ID) error {
		return t.OpenVote(ctx, v.Actor, id)
	})
}

// givePaper notes that everybody who is present and has not voted does it on
// paper or by show of hands.
func (a *Admin) givePaper(c *fiber.Ctx) error {
	return a.sessionAct(c, "#agenda", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		id, channel := f.ID("item"), web.Choice(f, "channel", "paper", "hands")
		if err := f.Err(); err != nil {
			return err
		}
		_, err := t.GivePaper(ctx, v.Actor, id, nil, channel)
		return err
	})
}

func (a *Admin) countPaper(c *fiber.Ctx) error {
	return a.sessionAct(c, "#agenda", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		id, counts := f.ID("item"), map[string]int{}
		item := v.S.Voting()
		if item == nil {
			return t.CountPaper(ctx, v.Actor, id, counts) // it says what is wrong
		}
		for _, choice := range paperChoices(item) {
			field := "paper_" + choice
			if strings.TrimSpace(f.Raw(field)) == "" {
				continue
			}
			counts[choice] = f.Int(field, 0, 100000)
		}
		if err := f.Err(); err != nil {
			return err
		}
		return t.CountPaper(ctx, v.Actor, id, counts)
	})
}

func paperChoices(item *store.AgendaItem) []string {
	if item.Matter.Seats == 0 {
		return []string{store.ChoiceYes, store.ChoiceNo, store.ChoiceAbstain, store.ChoiceVoid}
	}
	var all []string
	for _, o := range item.Options {
		all = append(all, o.ID.String())
	}
	return append(all, store.ChoiceAbstain, store.ChoiceVoid)
}

func (a *Admin) closeVote(c *fiber.Ctx) error {
	return a.withID(c, "#agenda", "item", func(t *store.Tenant, ctx context.Context, v *sessionView, id models.ID) error {
		_, err := t.CloseVote(ctx, v.Actor, id)
		return err
	})
}

func (a *Admin) closeSession(c *fiber.Ctx) error {
	return a.sessionAct(c, "", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		minutes := f.Area("minutes", 20000)
		if err := f.Err(); err != nil {
			return err
		}
		return t.CloseSession(ctx, v.Actor, v.S.ID, minutes)
	})
}

func (a *Admin) signMinutes(c *fiber.Ctx) error {
	return a.sessionAct(c, "", func(ctx context.Context, t *store.Tenant, v *sessionView, f *web.Form) error {
		seat := web.Choice(f, "seat", store.SessionSeats...)
		if err := f.Err(); err != nil {
			return err
		}
		return t.SignMinutes(ctx, v.Actor, v.S.ID, seat)
	})
}
