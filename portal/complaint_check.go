package portal

import (
	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// checkView is the last screen before sending.
type checkView struct {
	*web.Page
	Draft    reportDraft
	ID       models.ID
	Category *store.CaseCategory
	Place    string
	Places   map[models.ID]string
	Files    []models.Attachment
	Similar  []models.Complaint
	About    string
}

func (p *Portal) checkPageOf(c *fiber.Ctx) (*checkView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	v := &checkView{Page: page}
	if !p.kept(c, draftReport, &v.ID) {
		return nil, nil
	}
	var err error
	if v.Files, err = t.OpenDraft(ctx, web.DeviceHash(c), v.ID, draftReport, &v.Draft); err != nil {
		return nil, nil // sent, or too old: the page leads back
	}
	if v.Category, err = t.Category(ctx, v.Draft.Category); err != nil {
		return nil, err
	}
	if v.Places, err = t.BuildingNames(ctx); err != nil {
		return nil, err
	}
	v.Place = page.CasePlace("", v.Places[v.Draft.Building], v.Draft.Spot)
	if v.Draft.About == models.AboutNobody {
		if v.Similar, err = t.SimilarCases(ctx, v.Draft.Category, 0, v.Draft.Building); err != nil {
			return nil, err
		}
	}
	if len(v.Draft.Who) > 0 {
		officials, err := t.Officials(ctx, page.Today())
		if err != nil {
			return nil, err
		}
		for _, o := range officials {
			if o.UserID == v.Draft.Who[0] {
				v.About = o.Name
			}
		}
	}
	page.Title, page.Place, page.NoIndex = page.T("case.check.title"), "together", true
	page.Back = ui.Link{Text: page.T("case.check.back"), Href: page.URL("complaints", "new", v.Draft.Category)}
	page.Scripts = append(page.Scripts, "report.js")
	return v, nil
}

func (p *Portal) checkReportForm(c *fiber.Ctx) error {
	v, err := p.checkPageOf(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("complaints", "new"))
	}
	v.Set("level", string(models.LevelNamed))
	return web.Render(c, fiber.StatusOK, checkReportPage(v))
}

// checkReport sends at once what is anonymous or comes from somebody who is
// logged in; of everybody else it asks for a code first.
func (p *Portal) checkReport(c *fiber.Ctx) error {
	v, err := p.checkPageOf(c)
	if err != nil {
		return err
	}
	if v == nil {
		return web.Redirect(c, web.PageOf(c).URL("complaints", "new"))
	}
	f := web.FormOf(c)
	level := web.Choice(f, "level", models.ComplaintLevels...)
	a := act{Kind: actReport, Community: v.Community.ID, Draft: v.ID, Subject: string(level), Back: v.Path}
	var to string
	switch {
	case level == models.LevelAnonymous:
		to, err = p.sendAnonymous(c, v)
	case v.LoggedIn():
		if err = f.Err(); err == nil {
			to, err = p.doReport(c, v.Actor, a)
		}
	default:
		to = v.URL("confirm")
		a.Phone = f.Phone("phone")
		if err = f.Err(); err == nil {
			err = p.Store.RequestCode(web.Context(c), a.Phone, deviceOf(c), store.PurposeAct)
		}
		if err == nil {
			err = p.keep(c, pendingAct, a)
		}
	}
	if err != nil {
		return web.Again(c, err, checkReportPage(v))
	}
	return web.Redirect(c, to)
}

// doReport files what waits in the draft under the actor's telephone.
func (p *Portal) doReport(c *fiber.Ctx, actor models.Actor, a act) (string, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	var d reportDraft
	if _, err := t.OpenDraft(ctx, web.DeviceHash(c), a.Draft, draftReport, &d); err != nil {
		return "", err
	}
	r := d.report()
	r.Draft, r.From, r.Level = a.Draft, senderOf(c), models.ComplaintLevel(a.Subject)
	if r.Level != models.LevelConfidential {
		r.Level = models.LevelNamed
	}
	filed, err := t.FileComplaint(ctx, actor, r)
	if err != nil {
		return "", err
	}
	p.drop(c, draftReport)
	return page.URL("complaints", filed.Case.ID.String(), "sent"), nil
}

// codeCookie is what the browser of an anonymous reporter keeps for a while.
type codeCookie struct {
	ID   models.ID `json:"id"`
	Code string    `json:"code"`
	New  bool      `json:"new,omitempty"` // the page shows the code itself
}

func (p *Portal) sendAnonymous(c *fiber.Ctx, v *checkView) (string, error) {
	r := v.Draft.report()
	r.Draft, r.From, r.Level = v.ID, senderOf(c), models.LevelAnonymous
	filed, err := p.Store.In(v.Community).FileComplaint(web.Context(c), models.Actor{}, r)
	if err != nil {
		return "", err
	}
	p.drop(c, draftReport)
	return v.URL("complaints", "sent"), p.keep(c, pendingCode, codeCookie{filed.Case.ID, filed.Code, true})
}

// draftFile shows a picture of the draft to the browser that sent it.
func (p *Portal) draftFile(c *fiber.Ctx) error {
	page := web.PageOf(c)
	t := p.Store.In(page.Community)
	var id models.ID
	if !p.kept(c, draftReport, &id) {
		return errNotFound()
	}
	a, err := t.DraftFile(web.Context(c), web.DeviceHash(c), id, page.ParamID("file"))
	if err != nil {
		return err
	}
	return sendAttachment(c, t, a)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
