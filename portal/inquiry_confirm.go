package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// Verify and act once: what a person wants to do waits while a telephone code
// proves them; then it is done, without an account having been asked for. What
// is short waits in the sealed cookie; what is long or has pictures waits as a
// stored draft (keepDraft), and the cookie names it.
//
// A subject adds its act by a line in actKinds, and sends the person to
// p.actOrConfirm.

const pendingAct = "act"

// Kinds of acts.
const (
	actAsk     = "ask"
	actFollow  = "follow"
	actReport  = "report"
	actSupport = "support"
	actJoin    = "join"
	actOpinion = "opinion"
	actTopic   = "topic"
	actBehind  = "behind"
	actMediate = "mediate"
)

// actKind is how one kind of act is carried out, and what its button says.
type actKind struct {
	do   func(p *Portal, c *fiber.Ctx, actor models.Actor, a act) (to string, err error)
	send string // key of the button under the code
}

var actKinds = map[string]actKind{
	actAsk:     {(*Portal).doAsk, "inquiry.ask.send"},
	actFollow:  {(*Portal).doFollow, "follow.begin"},
	actReport:  {(*Portal).doReport, "case.send"},
	actSupport: {(*Portal).doSupport, "case.support"},
	actJoin:    {(*Portal).doJoin, "meeting.join.send"},
	actOpinion: {(*Portal).doOpinion, "meeting.opinion.send"},
	actTopic:   {(*Portal).doTopic, "meeting.topic.send"},
	actBehind:  {(*Portal).doBehind, "meeting.topic.support"},
	actMediate: {(*Portal).doMediate, "mediation.send"},
}

// act is what waits for the code.
type act struct {
	Kind      string             `json:"kind"`
	Community models.ID          `json:"community"`
	Account   models.ID          `json:"account,omitempty"`
	Entry     models.ID          `json:"entry,omitempty"`
	Text      string             `json:"text,omitempty"`
	Subject   string             `json:"subject,omitempty"`
	Thing     models.ID          `json:"thing,omitempty"` // what it is done to
	Draft     models.ID          `json:"draft,omitempty"` // where the rest waits
	Part      models.MeetingPart `json:"part,omitempty"`
	Remote    bool               `json:"remote,omitempty"`
	Name      string             `json:"name,omitempty"`
	Back      string             `json:"back"` // where the person came from
	Phone     string             `json:"phone,omitempty"`
}

func (p *Portal) confirmRoutes() []web.Route {
	const path = "/:community/confirm"
	return []web.Route{
		{Method: "GET", Path: path, Object: web.Public, Handle: p.confirmForm},
		{Method: "POST", Path: path, Object: web.Public, Handle: p.confirmPhone},
		{Method: "POST", Path: path + "/code", Object: web.Public, Handle: p.confirmCode},
		{Method: "POST", Path: path + "/again", Object: web.Public, Handle: p.confirmAgain},
	}
}

// confirmView is the second screen: telephone, then code.
type confirmView struct {
	*web.Page
	Act   act
	Phone string // masked; "" while no code was sent
	Again bool
}

// confirmPage is what waits; false when nothing does, or in another community.
func (p *Portal) confirmPage(c *fiber.Ctx) (*confirmView, bool) {
	page := web.PageOf(c)
	v := &confirmView{Page: page}
	if !p.kept(c, pendingAct, &v.Act) || v.Act.Community != page.Community.ID {
		return nil, false
	}
	page.Title, page.Place, page.NoIndex = page.T("inquiry.confirm.title"), "open", true
	page.Back = ui.Link{Text: page.T("inquiry.confirm.back"), Href: v.Act.Back}
	v.Phone, v.Again = policy.MaskPhone(v.Act.Phone), page.Query("sent") != ""
	if page.Query("phone") != "" { // another telephone
		v.Phone = ""
	}
	return v, true
}

// nothingWaits leads back to what there is to act upon.
func nothingWaits(c *fiber.Ctx) error { return web.Redirect(c, web.PageOf(c).URL("accounts")) }

// send is the key of the button under the code.
func (v *confirmView) send() string { return actKinds[v.Act.Kind].send }

func (p *Portal) confirmForm(c *fiber.Ctx) error {
	v, ok := p.confirmPage(c)
	if !ok {
		return nothingWaits(c)
	}
	return web.Render(c, fiber.StatusOK, confirmPage(v))
}

func (p *Portal) confirmPhone(c *fiber.Ctx) error {
	v, ok := p.confirmPage(c)
	if !ok {
		return nothingWaits(c)
	}
	v.Phone = ""
	f := web.FormOf(c)
	a := v.Act
	a.Phone = f.Phone("phone")
	err := f.Err()
	if err == nil {
		err = p.Store.RequestCode(web.Context(c), a.Phone, deviceOf(c), store.PurposeAct)
	}
	if err == nil {
		err = p.keep(c, pendingAct, a)
	}
	if err != nil {
		return web.Again(c, err, confirmPage(v))
	}
	return web.Redirect(c, v.URL("confirm"))
}

func (p *Portal) confirmAgain(c *fiber.Ctx) error {
	v, ok := p.confirmPage(c)
	if !ok || v.Act.Phone == "" {
		return nothingWaits(c)
	}
	err := p.Store.RequestCode(web.Context(c), v.Act.Phone, deviceOf(c), store.PurposeAct)
	if err == nil {
		err = p.keep(c, pendingAct, v.Act) // the new code lives from now
	}
	if err != nil {
		return web.Again(c, err, confirmPage(v))
	}
	return web.Redirect(c, v.URL("confirm")+"?sent=1")
}

// confirmCode proves the telephone and does what waited. The browser is logged
// in then: whoever asked can follow the answer.
func (p *Portal) confirmCode(c *fiber.Ctx) error {
	v, ok := p.confirmPage(c)
	if !ok || v.Act.Phone == "" {
		return nothingWaits(c)
	}
	f := web.FormOf(c)
	code := f.Text("code", 12)
	err := f.Err()
	var opened store.Opened
	if err == nil {
		opened, err = p.Store.UseCode(web.Context(c), v.Act.Phone, deviceOf(c), store.PurposeAct, code)
	}
	if err != nil {
		return web.Again(c, err, confirmPage(v))
	}
	p.enter(c, opened)
	p.drop(c, pendingAct)
	to, err := p.carryOut(c, models.Actor{UserID: opened.User.ID, Name: opened.User.Name}, v.Act)
	if err != nil {
		return err
	}
	return web.Redirect(c, to)
}

// actOrConfirm does the act of whoever is logged in, and sends everybody else
// to telephone and code; it says where to go on.
func (p *Portal) actOrConfirm(c *fiber.Ctx, a act) (to string, err error) {
	page := web.PageOf(c)
	a.Community = page.Community.ID
	if page.LoggedIn() {
		return p.carryOut(c, page.Actor, a)
	}
	return page.URL("confirm"), p.keep(c, pendingAct, a)
}

// carryOut does the act and says where it ends.
func (p *Portal) carryOut(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	kind, known := actKinds[a.Kind]
	if !known {
		return "", problem.New(problem.NotFound, "error.notfound", nil)
	}
	return kind.do(p, c, actor, a)
}

func (p *Portal) doAsk(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	in, err := p.Store.In(page.Community).Ask(web.Context(c), actor, store.Question{Account: a.Account, Entry: a.Entry, Text: a.Text, Device: web.DeviceHash(c)})
	if err != nil {
		return "", err
	}
	return page.URL("inquiries", in.ID.String(), "sent"), nil
}

func (p *Portal) doFollow(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page := web.PageOf(c)
	return page.URL("follow", a.Subject) + "?done=1", p.Store.In(page.Community).SetFollow(web.Context(c), actor, a.Subject, true)
}

// senderOf is the browser for limits and drafts.
func senderOf(c *fiber.Ctx) store.Sender {
	return store.Sender{Device: web.DeviceHash(c), IP: c.IP()}
}

// keepDraft stores what is too long for a cookie, or has pictures. It takes the
// place of the draft of the kind that the browser had before.
func (p *Portal) keepDraft(c *fiber.Ctx, kind string, v any, photos []store.NewFile) error {
	var before models.ID
	p.kept(c, kind, &before)
	id, err := p.Store.In(web.PageOf(c).Community).KeepDraft(web.Context(c), senderOf(c), kind, v, photos, before)
	if err != nil {
		return err
	}
	return p.keepFor(c, kind, id, store.DraftLife)
}
