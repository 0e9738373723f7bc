package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

func (a *Admin) disclosureRoutes() []web.Route {
	const desk = "/admin/:community/disclosures"
	const item = desk + "/:id"
	return []web.Route{
		{Method: "GET", Path: desk, Object: "office", Action: "enter", Handle: a.disclosures},
		{Method: "POST", Path: desk + "/adopt", Object: "disclosure", Action: "manage", Handle: a.adoptCatalogue},
		{Method: "GET", Path: desk + "/new", Object: "disclosure", Action: "manage", Handle: a.itemForm},
		{Method: "POST", Path: desk + "/new", Object: "disclosure", Action: "manage", Handle: a.saveItem},
		{Method: "GET", Path: item, Object: "disclosure", Action: "manage", Handle: a.itemForm},
		{Method: "POST", Path: item, Object: "disclosure", Action: "manage", Handle: a.saveItem},
		{Method: "GET", Path: item + "/end", Object: "disclosure", Action: "manage", Handle: a.endItemForm},
		{Method: "POST", Path: item + "/end", Object: "disclosure", Action: "manage", Handle: a.endItem},
		{Method: "GET", Path: item + "/event", Object: "disclosure", Action: "manage", Handle: a.callForm("event")},
		{Method: "POST", Path: item + "/event", Object: "disclosure", Action: "manage", Handle: a.call("event")},
		{Method: "GET", Path: item + "/order", Object: "disclosure", Action: "order", Handle: a.callForm("order")},
		{Method: "POST", Path: item + "/order", Object: "disclosure", Action: "order", Handle: a.call("order")},
	}
}

var (
	disclosureStates = i18n.Family("disclosure.state.")
	rhythmNames      = i18n.Family("disclosure.rhythm.")
	publisherNames   = i18n.Family("role.")
	channelNames     = i18n.Family("disclosure.channel.")
)

// disclosureDesk is the catalogue in the office.
type disclosureDesk struct {
	*web.Page
	Rows   []store.DisclosureRow
	Manage bool
	Order  bool
}

func (a *Admin) disclosures(c *fiber.Ctx) error {
	v := disclosureDesk{Page: a.officePage(c, web.PageOf(c).T("disclosure.desk.title")), Manage: web.May(c, "disclosure", "manage"), Order: web.May(c, "disclosure", "order")}
	var err error
	if v.Rows, err = a.Store.In(v.Community).DisclosureCalendar(web.Context(c), v.Today()); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, disclosureDeskPage(v))
}

func (a *Admin) adoptCatalogue(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if _, err := a.Store.In(p.Community).AdoptCatalogue(web.Context(c), p.Actor, ""); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("disclosures"))
}

// itemView is the form of one item of the catalogue.
type itemView struct {
	*web.Page
	Item models.DisclosureItem // ID 0 for a new one
}

var rhythms = []models.Rhythm{models.RhythmMonthly, models.RhythmQuarterly, models.RhythmHalfYear, models.RhythmYearly, models.RhythmOnEvent}

var publishers = []models.Role{models.RoleDirector, models.RoleSupervisor, models.RoleClerk, models.RoleStation}

var channels = []string{"board", "portal"}

func (a *Admin) itemView(c *fiber.Ctx) (*itemView, error) {
	p := a.officePage(c, web.PageOf(c).T("disclosure.item.new"))
	p.Back = ui.Link{Text: p.T("disclosure.desk.title"), Href: p.AdminURL("disclosures")}
	v := &itemView{Page: p, Item: models.DisclosureItem{Rhythm: models.RhythmQuarterly, DueDays: 20, Publisher: models.RoleDirector, Channel: "board portal", Category: "D7"}}
	if p.Param("id") != "" {
		item, err := a.Store.In(p.Community).DisclosureItem(web.Context(c), p.ParamID("id"))
		if err != nil {
			return nil, err
		}
		v.Item, p.Title = *item, p.ItemTitle(item)
		p.Set("title", p.ItemTitle(item))
		p.Set("content", p.ItemContent(item))
		p.Set("basis", p.ItemBasis(item))
	}
	p.Set("category", v.Item.Category)
	p.Set("rhythm", string(v.Item.Rhythm))
	p.Set("due_days", p.Int(v.Item.DueDays))
	p.Set("publisher", string(v.Item.Publisher))
	return v, nil
}

func (a *Admin) itemForm(c *fiber.Ctx) error {
	v, err := a.itemView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, itemPage(v))
}

func (a *Admin) saveItem(c *fiber.Ctx) error {
	v, err := a.itemView(c)
	if err != nil {
		return err
	}
	f, item := web.FormOf(c), v.Item
	item.Title, item.Content, item.Basis = f.Text("title", 60), f.OptionalArea("content", 400), f.Optional("basis", 200)
	item.Category, item.Rhythm = web.Choice(f, "category", policy.Categories...), web.Choice(f, "rhythm", rhythms...)
	item.DueDays, item.Publisher = f.Int("due_days", 0, policy.MostDueDays), web.Choice(f, "publisher", publishers...)
	item.Channel = strings.Join(web.Choices(f, "channel", true, channels...), " ")
	v.keepWords(&item)
	if err = f.Err(); err == nil {
		_, err = a.Store.In(v.Community).SaveItem(web.Context(c), v.Actor, item)
	}
	if err != nil {
		return web.Again(c, err, itemPage(v))
	}
	return web.Redirect(c, v.AdminURL("disclosures"))
}

// keepWords leaves texts that nobody changed to the default catalogue, so that
// they stay in both languages.
func (v *itemView) keepWords(item *models.DisclosureItem) {
	old := v.Item
	if old.ID == 0 {
		return
	}
	if item.Title == v.ItemTitle(&old) && (item.Content == v.ItemContent(&old)) {
		item.Title, item.Content = old.Title, old.Content
	}
	if item.Basis == v.ItemBasis(&old) {
		item.Basis = old.Basis
	}
}

func (a *Admin) endItemForm(c *fiber.Ctx) error {
	v, err := a.itemView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, endItemPage(v))
}

func (a *Admin) endItem(c *fiber.Ctx) error {
	p := web.PageOf(c)
	if err := a.Store.In(p.Community).EndItem(web.Context(c), p.Actor, p.ParamID("id")); err != nil {
		return err
	}
	return web.Redirect(c, p.AdminURL("disclosures"))
}

// callView is the form of an event or of the street's order.
type callView struct {
	*itemView
	Kind    string
	Periods []ui.Option
}

func (a *Admin) callView(c *fiber.Ctx, kind string) (*callView, error) {
	v, err := a.itemView(c)
	if err != nil {
		return nil, err
	}
	day := policy.PeriodOf(v.Item.Rhythm, v.Today())
	call := &callView{itemView: v, Kind: kind}
	for range 6 {
		call.Periods = append(call.Periods, v.Option("period", day.Name, v.PeriodName(day.Name)))
		day = policy.PeriodOf(v.Item.Rhythm, day.First.AddDays(-1))
	}
	return call, nil
}

func (a *Admin) callForm(kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.callView(c, kind)
		if err != nil {
			return err
		}
		if v.Item.Rhythm == models.RhythmOnEvent {
			v.Set("period", string(v.Today()))
		}
		return web.Render(c, fiber.StatusOK, callPage(v))
	}
}

func (a *Admin) call(kind string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.callView(c, kind)
		if err != nil {
			return err
		}
		f, t, ctx := web.FormOf(c), a.Store.In(v.Community), web.Context(c)
		call := store.Call{ItemID: v.Item.ID, Period: f.Raw("period"), Text: f.Area("text", 400)}
		if v.Item.Rhythm == models.RhythmOnEvent {
			call.Period = string(f.Date("period"))
		}
		do := t.RecordEvent
		if kind == "order" {
			call.Due, do = f.Date("due"), t.OrderDisclosure
		}
		if err = f.Err(); err == nil {
			err = do(ctx, v.Actor, call)
		}
		if err != nil {
			return web.Again(c, err, callPage(v))
		}
		return web.Redirect(c, v.AdminURL("disclosures"))
	}
}
