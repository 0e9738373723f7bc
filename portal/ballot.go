package portal

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/ballot"
	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/static"
)

// ballotRoutes are the verifiable vote as voters and strangers see it: the
// booth, the public board, and what both rest on.
func (p *Portal) ballotRoutes() []web.Route {
	const one = "/:community/elections/:id"
	subjects := []string{"ballots"}
	return []web.Route{
		{Method: "GET", Path: "/:community/polls", Object: web.Public, Handle: web.Cached(subjects, nil, p.polls)},
		{Method: "GET", Path: one + "/ballot", Object: web.Public, Handle: web.Cached(subjects, nil, p.ballotPage)},
		{Method: "GET", Path: one + "/trust", Object: web.Public, Handle: web.Cached(subjects, nil, p.trust)},
		{Method: "GET", Path: one + "/booth", Object: web.Public, Handle: web.Cached(subjects, nil, p.booth)},
		{Method: "GET", Path: one + "/hall", Object: web.Public, Handle: p.hallBooth},
		{Method: "POST", Path: one + "/hall/next", Object: web.Public, Tokenless: true, Handle: p.hallNext},
		{Method: "GET", Path: one + "/election.json", Object: web.Public, Handle: p.electionJSON},
		{Method: "GET", Path: one + "/rights", Object: web.Self, Handle: p.rights},
		{Method: "POST", Path: one + "/ballots", Object: "ballot", Action: "cast", Tokenless: true, Handle: p.castBallot},
		{Method: "GET", Path: one + "/audit", Object: web.Public, Handle: web.Cached(subjects, nil, p.auditBallot)},
		{Method: "POST", Path: one + "/shelf", Object: web.Public, Tokenless: true, Handle: p.shelve},
		{Method: "GET", Path: one + "/shelf/:key", Object: web.Public, Handle: p.fromShelf},
		{Method: "GET", Path: one + "/board", Object: web.Public, Handle: p.board},
		{Method: "GET", Path: one + "/board.json", Object: web.Public, Handle: p.boardJSON},
		{Method: "GET", Path: one + "/board.bel", Object: web.Public, Handle: p.boardFile},
		{Method: "GET", Path: one + "/count.bel", Object: web.Public, Handle: p.countFile},
		{Method: "GET", Path: one + "/exclusions.json", Object: web.Public, Handle: p.exclusions},
		{Method: "GET", Path: one + "/board/sheet", Object: web.Public, Handle: p.boardSheet},
		{Method: "GET", Path: one + "/trustee", Object: web.Self, Handle: p.trustee},
		{Method: "POST", Path: one + "/trustee", Object: web.Self, Upload: true, Handle: p.trusteeSubmit},
	}
}

var (
	ballotKinds    = i18n.Family("ballot.kind.")
	ballotStates   = i18n.Family("ballot.state.")
	ballotUnits    = i18n.Family("ballot.unit.")
	ballotBodies   = i18n.Family("ballot.body.")
	ballotChannels = i18n.Family("ballot.channel.")
	ballotEvents   = i18n.Family("ballot.event.")
	headKinds      = i18n.Family("ballot.head.")
)

// ballotView is one vote on a page.
type ballotView struct {
	*web.Page
	B         *models.BallotBoard
	Questions []models.BallotQuestion
	Seats     []store.TrusteeSeat
	Result    [][]int64
	Faces     [][]models.ID       // of the answers, where an election shows them
	Count     *models.BallotCount // where paper overrides, once what it leaves out is listed
	Hall      bool                // the page of a tablet at the polling place
}

// counted is how many voters the result is of.
func (v *ballotView) counted() int {
	if v.Count != nil {
		return v.Count.Counted
	}
	return v.B.Counted
}

func (v *ballotView) at(parts ...string) string {
	return v.URL(append([]string{"elections", v.B.ID.String()}, parts...)...)
}

// face is the address of the portrait beside an answer; "" without one.
func (v *ballotView) face(question, answer int) string {
	if question >= len(v.Faces) || answer >= len(v.Faces[question]) || v.Faces[question][answer] == 0 {
		return ""
	}
	return v.URL("files", v.Faces[question][answer].String())
}

// running tells whether ballots are taken at this hour.
func (v *ballotView) running() bool {
	return v.B.State == models.BallotOpen && !v.Now.Before(v.B.OpensAt) && v.Now.Before(v.B.ClosesAt)
}

func (v *ballotView) state() (string, ui.Kind) {
	switch {
	case v.running():
		return v.T("ballot.now.open"), ui.Good
	case v.B.State == models.BallotOpen && v.Now.Before(v.B.OpensAt):
		return v.T("ballot.now.soon"), ui.Attention
	case v.B.State == models.BallotOpen:
		return v.T("ballot.now.closed"), ui.Plain
	}
	return v.T(ballotStates.Key(string(v.B.State))), ui.Plain
}

func (v *ballotView) stateText() string  { s, _ := v.state(); return s }
func (v *ballotView) stateKind() ui.Kind { _, k := v.state(); return k }

func (v *ballotView) basis() string { return v.T(v.B.Basis) }

// channel is how to vote, and whether paper takes its place.
func (v *ballotView) channel() string {
	if v.B.PaperOver {
		return v.T("ballot.facts.over", "channel", v.T(ballotChannels.Key(string(v.B.Channel))))
	}
	return v.T(ballotChannels.Key(string(v.B.Channel)))
}

// pins are the hashes of the programs that encrypt: the notice prints the same.
func pins() (list []ui.Answer) {
	for _, name := range []string{"booth.js", "ballot-worker.js", "audit.js"} {
		if body, _, _, _, ok := static.File(static.URL(name)[len(static.Prefix):]); ok {
			sum := sha256.Sum256(body)
			list = append(list, ui.Answer{Label: name, Value: base64.StdEncoding.EncodeToString(sum[:])})
		}
	}
	return list
}

func (p *Portal) publicBallot(ctx context.Context, page *web.Page, titleKey string) (*ballotView, error) {
	t := p.Store.In(page.Community)
	b, err := t.PublicBallot(ctx, page.ParamID("id"))
	if err != nil {
		return nil, err
	}
	v := &ballotView{Page: page, B: b, Questions: store.Questions(b), Result: store.BallotResult(b)}
	page.Title, page.Place = page.T(titleKey, "title", b.Title), "together"
	if b.Demo {
		page.Band = page.T("ballot.demo")
	}
	if titleKey != "ballot.page.title" {
		page.Back = ui.Link{Text: b.Title, Href: v.at("ballot")}
	} else {
		page.Back = ui.Link{Text: page.T("ballot.list.title"), Href: page.URL("polls")}
	}
	if b.PaperOver {
		if v.Count, err = t.BallotCount(ctx, b.ID); err != nil {
			return nil, err
		}
	}
	v.Seats, err = t.Seats(ctx, b.ID)
	return v, err
}

// pollsView lists the votes of a community.
type pollsView struct {
	*web.Page
	List []*ballotView
}

func (p *Portal) polls(ctx context.Context, page *web.Page) (templ.Component, error) {
	page.Title, page.Place = page.T("ballot.list.title"), "together"
	page.Description = page.T("ballot.list.lead")
	list, err := p.Store.In(page.Community).Ballots(ctx, false)
	v := pollsView{Page: page}
	for i := range list {
		v.List = append(v.List, &ballotView{Page: page, B: &list[i]})
	}
	return pollsPage(v), err
}

func (p *Portal) ballotPage(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.publicBallot(ctx, page, "ballot.page.title")
	if err != nil {
		return nil, err
	}
	return ballotPage(v), nil
}

func (p *Portal) trust(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.publicBallot(ctx, page, "ballot.trust.title")
	if err != nil {
		return nil, err
	}
	return trustPage(v), nil
}

// booth is the same page for everybody: who votes shows only when sending.
func (p *Portal) booth(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.publicBallot(ctx, page, "ballot.booth.title")
	if err != nil {
		return nil, err
	}
	page.Scripts = []string{"booth.js", "scan.js"}
	v.Faces, err = p.Store.In(page.Community).ElectionFaces(ctx, v.B)
	return boothPage(v), err
}

func (p *Portal) auditBallot(ctx context.Context, page *web.Page) (templ.Component, error) {
	v, err := p.publicBallot(ctx, page, "ballot.audit.title")
	if err != nil {
		return nil, err
	}
	page.Scripts = []string{"audit.js"}
	return auditPage(v), nil
}

// electionJSON are the exact bytes whose hash is the fingerprint; they never change.
func (p *Portal) electionJSON(c *fiber.Ctx) error {
	page := web.PageOf(c)
	s, err := p.Store.In(page.Community).BallotSetup(web.Context(c), page.ParamID("id"))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, static.CacheForever)
	c.Type("json", "utf-8")
	return c.Send(s.Election.Bytes())
}

// rightJSON is a right to vote as the booth reads it.
type rightJSON struct {
	ID    models.ID `json:"id"`
	For   string    `json:"for"` // "" is the reader's own
	Voted bool      `json:"voted"`
	Paper bool      `json:"paper"`
}

func (p *Portal) rights(c *fiber.Ctx) error {
	page := web.PageOf(c)
	t, ctx := p.Store.In(page.Community), web.Context(c)
	if _, err := t.PublicBallot(ctx, page.ParamID("id")); err != nil {
		return err
	}
	votes, err := t.MyVotes(ctx, page.Actor, page.ParamID("id"))
	if err != nil {
		return err
	}
	list := []rightJSON{}
	for _, v := range votes {
		list = append(list, rightJSON{v.VoterID, v.For, v.Voted, v.Paper})
	}
	return noStore(c, fiber.Map{"rights": list})
}

func noStore(c *fiber.Ctx, v any) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(v)
}

// castBallot takes an encrypted ballot. The answer is the receipt, whose tracker
// the voter's page has computed before.
func (p *Portal) castBallot(c *fiber.Ctx) error {
	page, f := web.PageOf(c), web.FormOf(c)
	voter, ok := models.ParseID(f.Raw("voter"))
	if !ok {
		return problem.New(problem.Forbidden, "ballot.voter.none", nil)
	}
	who := page.Actor
	who.Hall = p.Store.HallOf(web.Hall(c))
	r, err := p.Store.In(page.Community).CastBallot(web.Context(c), who, page.ParamID("id"), voter, []byte(f.Raw("ballot")))
	if err != nil {
		return err
	}
	return noStore(c, r)
}

func (p *Portal) shelve(c *fiber.Ctx) error {
	page := web.PageOf(c)
	sealed, err := base64.StdEncoding.DecodeString(web.FormOf(c).Raw("sealed"))
	if err != nil {
		return problem.New(problem.Invalid, "form.needed", nil)
	}
	key, err := p.Store.In(page.Community).Shelve(web.Context(c), page.ParamID("id"), sealed, web.DeviceHash(c))
	if err != nil {
		return err
	}
	return noStore(c, fiber.Map{"key": key})
}

func (p *Portal) fromShelf(c *fiber.Ctx) error {
	page := web.PageOf(c)
	sealed, err := p.Store.In(page.Community).FromShelf(web.Context(c), page.ParamID("id"), page.ParamID("key"))
	if err != nil {
		return err
	}
	return noStore(c, fiber.Map{"sealed": sealed})
}

// hours are the times of a vote in words.
func (v *ballotView) hours() string {
	return v.T("ballot.hours", "from", v.Moment(v.B.OpensAt), "to", v.Moment(v.B.ClosesAt))
}

// rule says how many may be chosen.
func (v *ballotView) rule(q models.BallotQuestion) string {
	switch {
	case q.Max == 1 && q.Min == 1:
		return v.T("ballot.rule.one")
	case q.Min == q.Max:
		return v.T("ballot.rule.exactly", "n", q.Max)
	case q.Min == 0:
		return v.T("ballot.rule.upto", "n", q.Max)
	}
	return v.T("ballot.rule.between", "min", q.Min, "max", q.Max)
}

func (v *ballotView) head() string {
	if len(v.B.Head) != len(ballot.Digest{}) {
		return ""
	}
	return ballot.Digest(v.B.Head).String()
}

func number(n int) string { return strconv.Itoa(n) }

var (
	trustTitles  = i18n.Family("ballot.why.title.")
	trustTexts   = i18n.Family("ballot.why.text.")
	trusteeLeads = i18n.Family("ballot.trustee.lead.")
	trusteeDos   = i18n.Family("ballot.trustee.do.")
)

func (v *ballotView) resultRows(i int) (rows []ui.TR) {
	q := v.Questions[i]
	names := q.Answers
	if q.Blank {
		names = append([]string{v.T("ballot.blank")}, names...)
	}
	for j, name := range names {
		if i < len(v.Result) && j < len(v.Result[i]) {
			rows = append(rows, ui.TR{Cells: []ui.TD{{Text: name}, {Text: v.Int(int(v.Result[i][j]))}}})
		}
	}
	return rows
}
