package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// topicRoutes are what residents want a meeting to talk about.
func (p *Portal) topicRoutes() []web.Route {
	const path = "/:community/meetings/topics"
	return []web.Route{
		{Method: "GET", Path: path, Object: web.Public, Handle: p.topics},
		{Method: "POST", Path: path, Object: web.Public, Handle: p.proposeTopic},
		{Method: "POST", Path: path + "/:topic/support", Object: web.Public, Handle: p.supportTopic},
	}
}

const (
	maxOpinion = 500
	maxTopic   = 200
)

var stances = []models.OpinionStance{models.StanceNone, models.StanceFor, models.StanceAgainst, models.StanceChange}

func (p *Portal) meetingOpinionPage(c *fiber.Ctx) (*meetingView, error) {
	v, err := p.meetingView(web.Context(c), web.PageOf(c))
	if err != nil {
		return nil, err
	}
	v.back()
	v.Page.Title = v.T("meeting.opinion.title")
	return v, nil
}

func (p *Portal) meetingOpinionForm(c *fiber.Ctx) error {
	v, err := p.meetingOpinionPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingOpinionPage(v))
}

// opinion hands an opinion in before the meeting.
func (p *Portal) meetingOpinion(c *fiber.Ctx) error {
	v, err := p.meetingOpinionPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	a := act{Kind: actOpinion, Thing: v.ID, Back: v.Path, Text: f.Area("opinion", maxOpinion)}
	if f.Has("stance") {
		a.Subject = string(web.Choice(f, "stance", stances...))
	}
	if err = f.Err(); err == nil {
		err = store.CheckOpinion(a.Text)
	}
	return p.actOrAgain(c, err, a, meetingOpinionPage(v))
}

// wordsView asks a speaker whether these were their words.
type wordsView struct {
	meetingView
	Opinion models.MeetingOpinion
}

func (p *Portal) meetingWordsPage(c *fiber.Ctx) (*wordsView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	m, err := p.meetingView(ctx, page)
	if err != nil {
		return nil, err
	}
	all, err := p.Store.In(page.Community).MeetingOpinions(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if o.ID == page.ParamID("opinion") && o.UserID == page.Actor.UserID {
			m.back()
			page.Title = page.T("meeting.words.title")
			return &wordsView{*m, o}, nil
		}
	}
	return nil, errNotFound()
}

func (p *Portal) meetingWordsForm(c *fiber.Ctx) error {
	v, err := p.meetingWordsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingWordsPage(v))
}

func (p *Portal) meetingWords(c *fiber.Ctx) error {
	v, err := p.meetingWordsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	correction := ""
	if !f.Has("right") {
		correction = f.Area("correction", maxOpinion)
	}
	if err = f.Err(); err == nil {
		err = p.Store.In(v.Community).ConfirmWords(web.Context(c), v.Actor, v.ID, v.Opinion.ID, correction)
	}
	if err != nil {
		return web.Again(c, err, meetingWordsPage(v))
	}
	return web.Redirect(c, v.here()+"#opinion-"+v.Opinion.ID.String())
}

// meetingTopicsView is the list of topics with a form to propose one.
type meetingTopicsView struct {
	*web.Page
	List []models.MeetingTopic
	Done bool
}

func (p *Portal) meetingTopicsPage(c *fiber.Ctx) (*meetingTopicsView, error) {
	page := web.PageOf(c)
	page.Title, page.Place = page.T("meeting.topics.title"), "together"
	page.Back = ui.Link{Text: page.T("meeting.list.title"), Href: page.URL("meetings")}
	list, err := p.Store.In(page.Community).Topics(web.Context(c))
	return &meetingTopicsView{page, list, page.Query("done") != ""}, err
}

func (p *Portal) topics(c *fiber.Ctx) error {
	v, err := p.meetingTopicsPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, meetingTopicsPage(v))
}

func (p *Portal) proposeTopic(c *fiber.Ctx) error {
	v, err := p.meetingTopicsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	a := act{Kind: actTopic, Back: v.Path, Text: f.Area("topic", maxTopic)}
	if err = f.Err(); err == nil {
		err = store.CheckTopic(a.Text)
	}
	return p.actOrAgain(c, err, a, meetingTopicsPage(v))
}

func (p *Portal) supportTopic(c *fiber.Ctx) error {
	v, err := p.meetingTopicsPage(c)
	if err != nil {
		return err
	}
	a := act{Kind: actBehind, Back: v.URL("meetings", "topics"), Thing: v.ParamID("topic")}
	return p.actOrAgain(c, nil, a, meetingTopicsPage(v))
}
