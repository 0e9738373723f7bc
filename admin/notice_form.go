package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// noticeForm is the form of a draft or of a correction.
type noticeForm struct {
	*web.Page
	Action  string
	Owed    []ui.Option // items of the catalogue with their periods
	Reason  bool        // a correction tells why
	Cancel  string
	Heading string
}

func (a *Admin) noticeForm(c *fiber.Ctx, titleKey, action, cancel string) (*noticeForm, error) {
	p := a.officePage(c, web.PageOf(c).T(titleKey))
	p.Back = ui.Link{Text: p.T("notice.desk.title"), Href: p.AdminURL("notices")}
	v := &noticeForm{Page: p, Action: action, Cancel: cancel, Heading: p.T(titleKey)}
	rows, err := a.Store.In(p.Community).DisclosureCalendar(web.Context(c), p.Today())
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Item.Source == "notice" {
			v.Owed = append(v.Owed, v.options(r)...)
		}
	}
	return v, nil
}

// options are the periods of an item that a notice can fulfil.
func (v *noticeForm) options(r store.DisclosureRow) []ui.Option {
	title := v.ItemTitle(&r.Item)
	var out []ui.Option
	if r.Item.Rhythm == models.RhythmOnEvent {
		out = append(out, ui.Option{Value: r.Item.ID.String() + ":event", Text: title + " · " + v.T("disclosure.rhythm.event")})
	}
	for _, o := range r.Owed {
		if o.State != policy.DisclosureDone {
			out = append(out, ui.Option{Value: r.Item.ID.String() + ":" + o.Period.Name, Text: title + " · " + v.PeriodName(o.Period.Name) + " · " + v.T(disclosureStates.Key(string(o.State)))})
		}
	}
	return out
}

// draftOf reads the form.
func draftOf(p *web.Page, f *web.Form) store.NoticeDraft {
	d := store.NoticeDraft{
		Kind: web.Choice(f, "kind", policy.NoticeKinds...), Title: f.Text("title", 80), Body: f.Area("body", 20000),
		Category: f.Raw("category"), Personal: f.Bool("personal"), Reason: f.OptionalArea("reason", 1000),
	}
	item, period, _ := strings.Cut(f.Raw("item_id"), ":")
	if item != "" {
		var ok bool
		if d.ItemID, ok = models.ParseID(item); !ok {
			f.Add("item_id", "form.choose", nil)
		}
		if d.Period = period; period == "event" {
			d.Period = string(f.OptionalDate("period"))
			if d.Period == "" {
				d.Period = string(p.Today())
			}
		}
	}
	return d
}

func (a *Admin) newNotice(c *fiber.Ctx) error {
	v, err := a.newNoticeForm(c)
	if err != nil {
		return err
	}
	v.Set("kind", string(models.NoticeCommittee))
	v.Set("item_id", v.Query("item"))
	return web.Render(c, fiber.StatusOK, noticeFormPage(v))
}

func (a *Admin) newNoticeForm(c *fiber.Ctx) (*noticeForm, error) {
	p := web.PageOf(c)
	return a.noticeForm(c, "notice.new.title", p.AdminURL("notices", "new"), p.AdminURL("notices"))
}

func (a *Admin) createNotice(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := draftOf(p, f)
	err := f.Err()
	var n *models.Notice
	if err == nil {
		n, err = a.Store.In(p.Community).CreateNotice(web.Context(c), p.Actor, d)
	}
	if err == nil {
		return web.Redirect(c, p.AdminURL("notices", n.ID.String()))
	}
	v, broken := a.newNoticeForm(c)
	if broken != nil {
		return broken
	}
	return web.Again(c, err, noticeFormPage(v))
}

func (a *Admin) editNotice(c *fiber.Ctx) error {
	v, n, err := a.oldNoticeForm(c, "edit", "notice.edit.title")
	if err != nil {
		return err
	}
	v.Reason = n.Version > 1
	v.Set("reason", n.Reason)
	return web.Render(c, fiber.StatusOK, noticeFormPage(v))
}

// oldNoticeForm begins with the words of a notice there is.
func (a *Admin) oldNoticeForm(c *fiber.Ctx, act, titleKey string) (*noticeForm, *models.Notice, error) {
	p := web.PageOf(c)
	id := p.Param("id")
	v, err := a.noticeForm(c, titleKey, p.AdminURL("notices", id, act), p.AdminURL("notices", id))
	if err != nil {
		return nil, nil, err
	}
	t, ctx := a.Store.In(p.Community), web.Context(c)
	n, err := t.Notice(ctx, p.ParamID("id"))
	if err != nil {
		return nil, nil, err
	}
	v.Set("kind", string(n.Kind))
	v.Set("category", n.Category)
	v.Set("title", n.Title)
	v.Set("body", n.Body)
	if n.Personal {
		v.Set("personal", "1")
	}
	if n.ItemID != 0 {
		item, err := t.DisclosureItem(ctx, n.ItemID)
		if err != nil {
			return nil, nil, err
		}
		value := n.ItemID.String() + ":" + n.Period
		v.Owed = append([]ui.Option{{Value: value, Text: p.ItemTitle(item) + " · " + p.PeriodName(n.Period)}}, v.Owed...)
		v.Set("item_id", value)
	}
	return v, n, nil
}

func (a *Admin) saveNotice(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := draftOf(p, f)
	err := f.Err()
	if err == nil {
		_, err = a.Store.In(p.Community).EditNotice(web.Context(c), p.Actor, p.ParamID("id"), d)
	}
	if err == nil {
		return web.Redirect(c, here(c))
	}
	v, n, broken := a.oldNoticeForm(c, "edit", "notice.edit.title")
	if broken != nil {
		return broken
	}
	v.Reason = n.Version > 1
	return web.Again(c, err, noticeFormPage(v))
}

func (a *Admin) correctNoticeForm(c *fiber.Ctx) error {
	v, _, err := a.oldNoticeForm(c, "correct", "notice.correct.title")
	if err != nil {
		return err
	}
	v.Reason = true
	return web.Render(c, fiber.StatusOK, noticeFormPage(v))
}

func (a *Admin) correctNotice(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	d := draftOf(p, f)
	err := f.Err()
	var n *models.Notice
	if err == nil {
		n, err = a.Store.In(p.Community).CorrectNotice(web.Context(c), p.Actor, p.ParamID("id"), d)
	}
	if err == nil {
		return web.Redirect(c, p.AdminURL("notices", n.ID.String()))
	}
	v, _, broken := a.oldNoticeForm(c, "correct", "notice.correct.title")
	if broken != nil {
		return broken
	}
	v.Reason = true
	return web.Again(c, err, noticeFormPage(v))
}

// lines are the paragraphs of a text.
func lines(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, "\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
