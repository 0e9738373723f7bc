package admin

import (
	"context"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// caseShowView is one case for an officer.
type caseShowView struct {
	*web.Page
	Case  *store.CaseView
	Names map[string]string
	Done  bool               // something was done: the next case is offered
	Next  *store.DeskCase    // that waits for the reader
	Phone string             // of the reporter, after somebody asked for it
	Plan  *models.Attachment // of the compound, where the case has a pin on it

	Systems  []models.HandoverTarget // that the case may still be handed over to
	MayMeet  bool                    // call a meeting about it
	Meetings []models.CivicMeeting   // called ones that it can be joined to
}

func (a *Admin) caseShowView(c *fiber.Ctx) (*caseShowView, error) {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	one, err := t.OfficeCase(ctx, p.Actor, p.ParamID("id"))
	if err != nil {
		return nil, err
	}
	list, err := t.Categories(ctx)
	if err != nil {
		return nil, err
	}
	a.officePage(c, p.T("case.one", "number", one.Number))
	p.Wide = false
	p.Back = ui.Link{Text: p.T("case.desk.title"), Href: p.AdminURL("complaints")}
	v := &caseShowView{Page: p, Case: one, Names: p.CategoryNames(list)}
	if v.Systems, err = t.HandoverTargets(ctx, p.Actor); err != nil {
		return nil, err
	}
	v.Systems = slices.DeleteFunc(v.Systems, func(to models.HandoverTarget) bool {
		there := slices.ContainsFunc(one.Handovers, func(h store.Handover) bool { return h.TargetID == to.ID })
		return there || !policy.MayHandOver(one.About, to)
	})
	if v.Done = p.Query("done") != ""; v.Done {
		if v.Next, err = t.NextCase(ctx, p.Actor, one.ID); err != nil {
			return nil, err
		}
	}
	if one.PinX >= 0 {
		v.Plan, _, err = t.CompoundPlan(ctx)
	}
	if err == nil {
		err = a.caseMeetings(c, v)
	}
	return v, err
}

func (a *Admin) caseShow(c *fiber.Ctx) error {
	v, err := a.caseShowView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseShowPage(v))
}

// caseActOrder is the order in which acts are offered: what moves the case on
// comes first.
var caseActOrder = []string{
	"accept", "triage", "dispatch", "answer", "register", "call_back", "resume", "deliberate", "ask", "note", "assist", "assist_done", "return", "refuse",
	"merge", "split", "redact", "order", "escalate", "hand_over", "extend", "send_back", "reopen", "recuse", "reserve",
}

// acts are what the reader may do, the main one first.
func (v *caseShowView) acts() []string {
	var acts []string
	for _, act := range caseActOrder {
		if !slices.Contains(v.Case.Acts, act) || act == "reopen" && v.Case.CalledAt == nil || act == "reserve" && v.Case.About != models.AboutNobody || act == "hand_over" && len(v.Systems) == 0 {
			continue
		}
		acts = append(acts, act)
	}
	return acts
}

// caseActView is the form of one act.
type caseActView struct {
	*caseShowView
	Act        string
	Targets    []store.Target
	Categories []store.CaseCategory
	Grids      []store.GridView
	Officials  []store.Official
	Templates  []models.ComplaintTemplate
	Asked      []models.HandoverQuestion // by the system that the case goes to
	AskedBy    models.ID
}

func (a *Admin) caseActView(c *fiber.Ctx) (*caseActView, error) {
	show, err := a.caseShowView(c)
	if err != nil {
		return nil, err
	}
	p, v := show.Page, &caseActView{caseShowView: show, Act: show.Param("act")}
	if !slices.Contains(show.acts(), v.Act) {
		return nil, notThere()
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	p.Title, p.Back = p.T(caseActs.Key(v.Act)), ui.Link{Text: p.T("case.one", "number", show.Case.Number), Href: v.path()}
	p.Scripts = append(p.Scripts, "photo.js")
	switch v.Act {
	case "dispatch", "assist":
		v.Targets, err = t.Targets(ctx, show.Case.About)
	case "triage", "split":
		if v.Categories, err = t.Categories(ctx); err == nil {
			v.Grids, err = t.Grids(ctx)
		}
		p.Set("category", show.Case.Category)
		p.Set("kind", string(show.Case.Kind))
		p.Set("grid", show.Case.GridID.String())
		if show.Case.Urgent {
			p.Set("urgent", "1")
		}
	case "hand_over":
		if id, ok := models.ParseID(p.Query("target")); ok {
			v.ask(id)
		}
	case "reserve":
		v.Officials, err = t.Officials(ctx, p.Today())
	case "answer", "refuse", "ask":
		err = v.prepared(ctx, t)
	}
	return v, err
}

// prepared fills in the prepared reply that was chosen, then of a refusal what is
// still missing: where to go, as far as that is known.
func (v *caseActView) prepared(ctx context.Context, t *store.Tenant) (err error) {
	if v.Templates, err = t.Templates(ctx, v.Act); err != nil {
		return err
	}
	v.Templates = append(v.outerAnswers(), v.Templates...)
	for _, m := range v.Templates {
		if v.Query("template") != m.ID.String() {
			continue
		}
		for name, s := range map[string]string{"text": m.Text, "reason": m.Reason, "where": m.Where, "contact": m.Contact} {
			if s != "" {
				v.Set(name, s)
			}
		}
	}
	if v.Act == "refuse" {
		return v.elsewhere(ctx, t)
	}
	return nil
}

// outerAnswers are what other systems answered, to be taken over.
func (v *caseActView) outerAnswers() (list []models.ComplaintTemplate) {
	for _, h := range v.Case.Handovers {
		if h.OuterNote != "" && v.Act == "answer" {
			list = append(list, models.ComplaintTemplate{Tenant: h.Tenant, Title: h.Target.Name, Text: h.OuterNote})
		}
	}
	return list
}

func (v *caseShowView) path(more ...string) string {
	return v.AdminURL(append([]string{"complaints", v.Case.ID.String()}, more...)...)
}

func (a *Admin) caseActForm(c *fiber.Ctx) error {
	v, err := a.caseActView(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, caseActPage(v))
}

const (
	maxCaseText = 2000
	maxWhere    = 80
)

func (a *Admin) caseAct(c *fiber.Ctx) error {
	v, err := a.caseActView(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	if to := f.OptionalID("target"); v.Act == "hand_over" && to != v.AskedBy && v.ask(to) {
		return web.Redirect(c, v.path("act", "hand_over")+"?target="+to.String())
	}
	act, err := v.read(f)
	if err == nil {
		err = f.Err()
	}
	if err == nil {
		err = a.doCaseAct(c, v, f, act)
	}
	if err != nil {
		return web.Again(c, err, caseActPage(v))
	}
	if v.Act == "reserve" || v.Act == "recuse" || v.Act == "return" {
		return web.Redirect(c, v.AdminURL("complaints")) // it may be out of sight now
	}
	return web.Redirect(c, v.path()+"?done="+v.Act)
}

func (a *Admin) doCaseAct(c *fiber.Ctx, v *caseActView, f *web.Form, act store.Act) error {
	t, ctx := a.Store.In(v.Community), web.Context(c)
	switch v.Act {
	case "split":
		_, err := t.SplitCase(ctx, v.Actor, v.Case.ID, f.Raw("category"), act.Text)
		return err
	case "redact":
		return t.RedactCase(ctx, v.Actor, v.Case.ID, strings.Split(act.Text, "\n"), f.Bool("withdraw"))
	case "hand_over":
		_, err := t.HandOver(ctx, v.Actor, v.Case.ID, f.ID("target"), v.outer(f))
		return err
	case "merge":
		var err error
		if act.Other, err = t.CaseByNumber(ctx, v.Actor, f.Text("other", 60)); err != nil {
			return err
		}
	}
	_, err := t.CaseAct(ctx, v.Actor, v.Case.ID, v.Act, act)
	return err
}

// read reads the fields of the act.
func (v *caseActView) read(f *web.Form) (store.Act, error) {
	act := store.Act{Text: f.OptionalArea("text", maxCaseText)}
	switch v.Act {
	case "dispatch", "assist":
		act.To = targetOf(f.Raw("to"))
	case "triage":
		act.Triage = &store.Triage{Category: f.Raw("category"), Kind: web.Choice(f, "kind", caseKinds...), GridID: f.OptionalID("grid"), Urgent: f.Bool("urgent"), Hidden: f.Bool("hidden")}
	case "refuse":
		act.Reason = web.Choice(f, "reason", store.RefusalReasons...)
		act.Where, act.Contact = f.Text("where", maxWhere), f.Text("contact", maxWhere)
	case "call_back":
		solved, satisfied := web.Choice(f, "solved", "yes", "no"), web.Choice(f, "satisfied", "yes", "no")
		act.Rating = &store.Rating{Solved: solved == "yes", Satisfied: satisfied == "yes"}
	case "escalate":
		act.Escalate = web.Choice(f, "kind", policy.EscalationsFor(v.Case.Complaint)...)
	case "reserve":
		act.About = web.Choice(f, "about", models.AboutCommittee, models.AboutSupervisor, models.AboutStreet)
		for _, s := range f.Values("concerned") {
			if id, ok := models.ParseID(s); ok {
				act.Concerned = append(act.Concerned, id)
			}
		}
	case "answer", "note", "assist_done":
		for _, u := range f.Files("files", 0, store.MaxCasePhotos, photo.MaxBytes) {
			data, err := u.Bytes()
			if err != nil {
				return act, err
			}
			act.Photos = append(act.Photos, store.NewFile{Name: u.Name, Data: data})
		}
	}
	return act, nil
}

var (
	caseKinds      = []models.ComplaintKind{models.KindComplaint, models.KindHelp, models.KindQuestion, models.KindReport, models.KindSuggestion, models.KindPraise}
	caseKindNames  = i18n.Family("case.kind.")
	caseChannels   = i18n.Family("case.channel.")
	caseLevels     = i18n.Family("case.level.")
	caseAbouts     = i18n.Family("case.about.")
	caseRefusals   = i18n.Family("case.refusal.")
	emergencyNames = i18n.Family("case.emergency.")
	escalations    = i18n.Family("case.escalation.")
)
