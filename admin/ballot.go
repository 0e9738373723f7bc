package admin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// ballotRoutes are the office's side of verifiable votes: drafts, trustees,
// slips, opening.
func (a *Admin) ballotRoutes() []web.Route {
	const all = "/admin/:community/ballots"
	return []web.Route{
		{Method: "GET", Path: all, Object: "office", Action: "enter", Handle: a.ballots},
		{Method: "GET", Path: all + "/new", Object: "ballot", Action: "prepare", Handle: a.newBallot},
		{Method: "POST", Path: all + "/new", Object: "ballot", Action: "prepare", Handle: a.createBallot},
		{Method: "GET", Path: all + "/:id", Object: "office", Action: "enter", Handle: a.ballot},
		{Method: "GET", Path: all + "/:id/edit", Object: "ballot", Action: "prepare", Handle: a.editBallot},
		{Method: "POST", Path: all + "/:id/edit", Object: "ballot", Action: "prepare", Handle: a.saveBallot},
		{Method: "POST", Path: all + "/:id/trustee", Object: "ballot", Action: "prepare", Handle: a.nameTrustee},
		{Method: "POST", Path: all + "/:id/fix", Object: "ballot", Action: "prepare", Handle: a.ballotAct((*store.Tenant).FixBallot)},
		{Method: "POST", Path: all + "/:id/restart", Object: "ballot", Action: "prepare", Handle: a.ballotAct((*store.Tenant).RestartBallot)},
		{Method: "POST", Path: all + "/:id/drop", Object: "ballot", Action: "prepare", Handle: a.ballotAct((*store.Tenant).DropBallot)},
		{Method: "POST", Path: all + "/:id/hall", Object: "ballot", Action: "prepare", Handle: a.openHall},
		{Method: "POST", Path: all + "/:id/open", Object: "ballot", Action: "open", Handle: a.ballotAct((*store.Tenant).OpenBallot)},
		{Method: "GET", Path: all + "/:id/slips", Object: "ballot", Action: "register", Handle: a.slips},
		{Method: "POST", Path: all + "/:id/slips", Object: "ballot", Action: "register", Upload: true, Handle: a.takeSlips},
		{Method: "POST", Path: all + "/:id/replace", Object: "ballot", Action: "register", Handle: a.replaceSlip},
		{Method: "POST", Path: all + "/:id/exclusions", Object: "ballot", Action: "register", Handle: a.ballotAct((*store.Tenant).SignExclusions)},
	}
}

var (
	ballotStates = i18n.Family("ballot.state.")
	ballotKinds  = i18n.Family("ballot.kind.")
	ballotUnits  = i18n.Family("ballot.unit.")
	ballotBodies = i18n.Family("ballot.body.")
	ballotWays   = i18n.Family("ballot.channel.")
	ballotNexts  = i18n.Family("ballot.desk.next.")
)

type ballotsView struct {
	*web.Page
	List []models.BallotBoard
}

func (a *Admin) ballots(c *fiber.Ctx) error {
	p := a.officePage(c, web.PageOf(c).T("ballot.desk.title"))
	list, err := a.Store.In(p.Community).Ballots(web.Context(c), true)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, ballotsPage(ballotsView{p, list}))
}

// ballotView is one vote at the desk.
type ballotView struct {
	*web.Page
	B         *models.BallotBoard
	Questions []models.BallotQuestion
	Seats     []store.TrusteeSeat
	May       map[string]bool
	Count     *models.BallotCount // where paper overrides, once what it leaves out is listed
}

func (v *ballotView) at(parts ...string) string {
	return v.AdminURL(append([]string{"ballots", v.B.ID.String()}, parts...)...)
}

func (v *ballotView) next() string {
	switch {
	case v.B.State != models.BallotEnded || !v.B.PaperOver:
		return v.T(ballotNexts.Key(string(v.B.State)))
	case v.Count == nil:
		return v.T("ballot.count.waits")
	}
	return v.T("ballot.count.sign.lead")
}

// questions are what is voted on, as people read it.
func (v *ballotView) questions() (list []ui.Answer) {
	for _, q := range v.Questions {
		rule := v.T("ballot.rule.between", "min", q.Min, "max", q.Max)
		if q.Min == 1 && q.Max == 1 {
			rule = v.T("ballot.rule.one")
		}
		lines := append([]string{rule}, q.Answers...)
		if q.Blank {
			lines = append(lines, v.T("ballot.blank"))
		}
		list = append(list, ui.Answer{Label: q.Text, Lines: lines})
	}
	return list
}

// maySign tells whether this officer's signature under what the count leaves out
// is missing.
func (v *ballotView) maySign() bool { return v.May["register"] && waitsFor(v.Count, v.Actor.UserID) }

func waitsFor(c *models.BallotCount, user models.ID) bool {
	return c != nil && !c.Signed() && c.ElectoralID != user && c.SupervisionID != user
}

func (v *ballotView) signers() (list []ui.Answer) {
	for _, s := range [][2]string{{"electoral", v.Count.ElectoralName}, {"supervision", v.Count.SupervisionName}} {
		if s[1] == "" {
			s[1] = v.T("ballot.count.unsigned")
		}
		list = append(list, ui.Answer{Label: v.T(ballotBodies.Key(s[0])), Value: s[1]})
	}
	return list
}

func (a *Admin) ballotView(c *fiber.Ctx) (*ballotView, error) {
	p := a.officePage(c, web.PageOf(c).T("ballot.desk.title"))
	p.Back = ui.Link{Text: p.T("ballot.desk.title"), Href: p.AdminURL("ballots")}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	b, err := t.Ballot(ctx, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	p.Title = b.Title
	v := &ballotView{Page: p, B: b, Questions: store.Questions(b), May: map[string]bool{}}
	for _, act := range []string{"prepare", "register", "open"} {
		v.May[act] = web.May(c, "ballot", act)
	}
	if b.PaperOver {
		if v.Count, err = t.BallotCount(ctx, b.ID); err != nil {
			return nil, err
		}
	}
	v.Seats, err = t.Seats(ctx, b.ID)
	return v, err
}

func (a *Admin) ballot(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, ballotPage(v))
}

// ballotAct does an act that needs nothing but the vote, and shows it again.
func (a *Admin) ballotAct(act func(*store.Tenant, context.Context, models.Actor, models.ID) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v, err := a.ballotView(c)
		if err != nil {
			return err
		}
		if err := act(a.Store.In(v.Community), web.Context(c), v.Actor, v.B.ID); err != nil {
			return web.Again(c, err, ballotPage(v))
		}
		return web.Redirect(c, v.at())
	}
}

func (a *Admin) nameTrustee(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	seat, _ := strconv.Atoi(f.Raw("seat"))
	phone, body := f.Text("phone", 20), web.Choice(f, "body", store.TrusteeBodies...)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).NameTrustee(web.Context(c), v.Actor, v.B.ID, seat, phone, body)
	}
	if err != nil {
		return web.Again(c, err, ballotPage(v))
	}
	return web.Redirect(c, v.at())
}

// ballotForm is the form of a draft.
type ballotForm struct {
	*web.Page
	Action string
}

func (a *Admin) ballotForm(c *fiber.Ctx, action string) *ballotForm {
	p := a.officePage(c, web.PageOf(c).T("ballot.desk.new"))
	p.Back = ui.Link{Text: p.T("ballot.desk.title"), Href: p.AdminURL("ballots")}
	return &ballotForm{Page: p, Action: action}
}

func (a *Admin) newBallot(c *fiber.Ctx) error {
	p := web.PageOf(c)
	v := a.ballotForm(c, p.AdminURL("ballots", "new"))
	v.Set("kind", string(models.BallotPoll))
	v.Set("unit", string(models.PerPerson))
	v.Set("channel", string(models.ViaRemote))
	v.Set("group", "2/3")
	v.Set("opens", string(v.Today().AddDays(3)))
	v.Set("closes", string(v.Today().AddDays(10)))
	return web.Render(c, fiber.StatusOK, ballotFormPage(v))
}

func (a *Admin) createBallot(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := ballotDraft(p, f)
	err := f.Err()
	var b *models.BallotBoard
	if err == nil {
		b, err = a.Store.In(p.Community).CreateBallot(web.Context(c), p.Actor, d)
	}
	if err != nil {
		return web.Again(c, err, ballotFormPage(a.ballotForm(c, p.AdminURL("ballots", "new"))))
	}
	return web.Redirect(c, p.AdminURL("ballots", b.ID.String()))
}

func (a *Admin) editBallot(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	form := a.ballotForm(c, v.at("edit"))
	b := v.B
	for name, value := range map[string]string{"kind": string(b.Kind), "unit": string(b.Unit), "channel": string(b.Channel), "title": b.Title,
		"description": b.Description, "questions": questionText(v.Questions), "group": strconv.Itoa(b.Threshold) + "/" + strconv.Itoa(b.Size),
		"opens": string(models.DateOf(b.OpensAt)), "closes": string(models.DateOf(b.ClosesAt))} {
		form.Set(name, value)
	}
	return web.Render(c, fiber.StatusOK, ballotFormPage(form))
}

func (a *Admin) saveBallot(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := ballotDraft(v.Page, f)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).EditBallot(web.Context(c), v.Actor, v.B.ID, d)
	}
	if err != nil {
		return web.Again(c, err, ballotFormPage(a.ballotForm(c, v.at("edit"))))
	}
	return web.Redirect(c, v.at())
}

// openHour and closeHour are when votes begin and end: people read the day.
const (
	openHour  = 8 * time.Hour
	closeHour = 18 * time.Hour
)

var ballotGroups = []string{"2/3", "3/5"}

// ballotDraft reads the form.
func ballotDraft(p *web.Page, f *web.Form) store.BallotDraft {
	d := store.BallotDraft{
		Kind: web.Choice(f, "kind", models.BallotPoll, models.BallotConsultation), Unit: web.Choice(f, "unit", models.PerPerson, models.PerHousehold, models.PerRep),
		Channel: web.Choice(f, "channel", models.ViaRemote, models.ViaOnsite), Title: f.Text("title", models.MaxBallotTitle),
		Description: f.OptionalArea("description", models.MaxBallotText), OpensAt: f.Date("opens").Time().Add(openHour), ClosesAt: f.Date("closes").Time().Add(closeHour),
	}
	t, n, _ := strings.Cut(web.Choice(f, "group", ballotGroups...), "/")
	d.Threshold, _ = strconv.Atoi(t)
	d.Size, _ = strconv.Atoi(n)
	var bad string
	if d.Questions, bad = readQuestions(f.Area("questions", 8000), p.T("ballot.desk.blank")); bad != "" {
		f.Add("questions", "ballot.desk.questions.form", problem.Args{"line": bad})
	}
	return d
}

// readQuestions reads a question in a line, its choices in the lines below, each
// after a dash. "[1-2]" behind a question says how many may be chosen, "[1 blank]"
// that one may choose nobody.
func readQuestions(text, blank string) (list []models.BallotQuestion, bad string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if answer, ok := strings.CutPrefix(line, "-"); ok && len(list) > 0 {
			q := &list[len(list)-1]
			q.Answers = append(q.Answers, strings.TrimSpace(answer))
			continue
		}
		if line == "" {
			continue
		}
		q := models.BallotQuestion{Text: line, Min: 1, Max: 1}
		if head, rule, ok := strings.Cut(line, "["); ok {
			q.Text = strings.TrimSpace(head)
			if !readRule(&q, strings.TrimSuffix(strings.TrimSpace(rule), "]"), blank) {
				return nil, line
			}
		}
		list = append(list, q)
	}
	return list, ""
}

func readRule(q *models.BallotQuestion, rule, blank string) bool {
	for _, word := range strings.Fields(rule) {
		if word == "blank" || word == blank {
			q.Blank = true
			continue
		}
		low, high, ok := strings.Cut(word, "-")
		if !ok {
			high = low
		}
		a, err1 := strconv.Atoi(low)
		b, err2 := strconv.Atoi(high)
		if err1 != nil || err2 != nil {
			return false
		}
		q.Min, q.Max = a, b
	}
	return true
}

// questionText writes what readQuestions reads.
func questionText(list []models.BallotQuestion) string {
	var b strings.Builder
	for _, q := range list {
		b.WriteString(q.Text + " [" + strconv.Itoa(q.Min) + "-" + strconv.Itoa(q.Max))
		if q.Blank {
			b.WriteString(" blank")
		}
		b.WriteString("]\n")
		for _, x := range q.Answers {
			b.WriteString("- " + x + "\n")
		}
	}
	return b.String()
}

func (a *Admin) slips(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	v.Scripts = []string{"registrar.js"}
	return web.Render(c, fiber.StatusOK, slipsPage(v))
}

func (a *Admin) takeSlips(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	v.Scripts = []string{"registrar.js"}
	if err := a.Store.In(v.Community).TakeCredentials(web.Context(c), v.Actor, v.B.ID, []byte(web.FormOf(c).Raw("list"))); err != nil {
		return web.Again(c, err, slipsPage(v))
	}
	return web.Redirect(c, v.at())
}

func (a *Admin) replaceSlip(c *fiber.Ctx) error {
	v, err := a.ballotView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if err := a.Store.In(v.Community).ReplaceCredential(web.Context(c), v.Actor, v.B.ID, f.Raw("gone"), f.Raw("fresh")); err != nil {
		return web.Again(c, err, slipsPage(v))
	}
	return web.Redirect(c, v.at())
}

// listOpen tells whether slips may still be made or replaced.
func (v *ballotView) listOpen() bool {
	switch v.B.State {
	case models.BallotKeys, models.BallotRehearsal, models.BallotReady:
		return v.May["register"]
	}
	return false
}

func (v *ballotView) undoable() bool {
	return v.May["prepare"] && !policy.BallotPublic(v.B.State) && v.B.State != models.BallotDropped
}
