package portal

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

type dataView struct {
	*web.Page
	Data  *store.MyData
	Asked []store.MyCorrection
}

func (p *Portal) data(c *fiber.Ctx) error {
	v := dataView{Page: mePage(c, web.PageOf(c).T("me.data.title"))}
	var err error
	if v.Data, err = p.Store.MyData(web.Context(c), v.Actor); err != nil {
		return err
	}
	v.Asked = v.Data.Corrections
	return web.Render(c, fiber.StatusOK, dataPage(v))
}

// letter is a message in the export, in words.
type letter struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

func letters(page *web.Page, d *store.MyData) []letter {
	out := make([]letter, len(d.Letters))
	for i, l := range d.Letters {
		out[i] = letter{page.Text(l.Text), l.At}
	}
	return out
}

func (p *Portal) dataJSON(c *fiber.Ctx) error {
	page := web.PageOf(c)
	d, err := p.Store.MyData(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(struct {
		*store.MyData
		Messages []letter `json:"messages"`
	}{d, letters(page, d)}, "", "  ")
	if err != nil {
		return err
	}
	return attach(c, "my-data.json", fiber.MIMEApplicationJSONCharsetUTF8, b)
}

func (p *Portal) dataXLSX(c *fiber.Ctx) error {
	page := web.PageOf(c)
	d, err := p.Store.MyData(web.Context(c), page.Actor)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = sheet.WriteTable(&b, sheet.XLSX, sheet.Table{
		Name:   page.T("me.data.title"),
		Header: []string{page.T("me.data.part"), page.T("me.data.item"), page.T("me.data.value"), page.T("me.data.when")},
		Rows:   sheet.Rows(dataRows(page, d)), Widths: []float64{18, 24, 60, 24},
	})
	if err != nil {
		return err
	}
	return attach(c, "my-data.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.Bytes())
}

func attach(c *fiber.Ctx, name, kind string, b []byte) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Send(b)
}

// dataRows is the export as a table: part, item, value, when.
func dataRows(p *web.Page, d *store.MyData) (rows [][]any) {
	add := func(part, item, value string, at time.Time) {
		when := ""
		if !at.IsZero() {
			when = at.In(models.Shanghai).Format(time.DateTime)
		}
		rows = append(rows, []any{p.T(part), item, value, when})
	}
	a := d.Account
	add("me.data.account", p.T("me.phone.title"), a.Phone, a.CreatedAt)
	add("me.data.account", p.T("me.profile.name"), a.Name, time.Time{})
	for _, x := range d.Devices {
		add("me.devices.title", x.Device, p.T("me.data.seen", "at", x.SeenAt), x.CreatedAt)
	}
	for _, x := range d.Consents {
		add("me.consents.title", p.T(consentNames.Key(x.Purpose)), yesNo(p, x.Given)+" "+x.Version, x.At)
	}
	for _, x := range d.Rolls {
		add("me.roll.title", x.Community, p.T(linkStates.Key(string(x.State))), x.Since)
		if x.Record != nil {
			for _, fact := range recordFacts(p, x.Record) {
				add("me.roll.title", fact.Label, fact.Value, x.Record.UpdatedAt)
			}
		}
	}
	for _, x := range d.Looks {
		add("me.looks.title", p.T(lookFields.Key(x.Field)), x.By+" "+p.T(roleNames.Key(x.Role))+": "+x.Reason, x.At)
	}
	for _, x := range d.Questions {
		add("me.data.questions", x.Community+" "+x.Number, x.Question+"\n"+x.Answer, x.At)
	}
	for _, x := range d.Visits {
		add("me.data.visits", x.Community, p.T(visitManners.Key(string(x.Manner)))+" "+x.By, x.Day.Time())
	}
	for _, x := range d.Claims {
		add("me.data.claims", x.Community+" "+x.Number, x.Total.String(), x.At)
	}
	for _, x := range d.Posts {
		add("me.data.posts", p.T(roleNames.Key(string(x.Role))), string(x.From)+" \u2013 "+string(x.Until), time.Time{})
	}
	for _, x := range d.Follows {
		add("me.data.follows", x.Community, x.Subject, time.Time{})
	}
	for _, x := range d.Corrections {
		add("me.correct.title", x.Community, x.Wish+"\n"+x.Answer, x.At)
	}
	assemblyRows(p, d, add)
	for _, x := range letters(p, d) {
		add("me.inbox.title", "", x.Text, x.At)
	}
	return rows
}

// assemblyRows are what a person brought before the assembly, and their seats.
func assemblyRows(p *web.Page, d *store.MyData, add func(part, item, value string, at time.Time)) {
	for _, x := range d.Sayings {
		add("me.data.assembly", p.T(sayingKinds.Key(string(x.Kind)))+" "+x.Number, strings.TrimSpace(strings.Join([]string{x.About, x.Text, x.Answer}, "\n")), x.At)
	}
	for _, x := range d.Mandates {
		add("me.data.mandates", x.Community+" "+x.Body, p.T(bodyPosts.Key(string(x.Post)))+" "+string(x.From)+" \u2013 "+string(x.Until), time.Time{})
	}
	for _, x := range d.Halls {
		add("me.data.halls", x.Community+" "+string(x.Day), x.Meeting, time.Time{})
	}
}

// recordFacts is the record with whole numbers: the person's own copy.
func recordFacts(p *web.Page, r *store.MyRecord) []ui.Answer {
	all := recordAnswers(p, r)
	for i, a := range all {
		switch a.Label {
		case p.T("me.record.document"):
			all[i].Value = r.Document
		case p.T("me.record.phone"):
			all[i].Value = r.Phone
		}
	}
	return all
}

func yesNo(p *web.Page, yes bool) string {
	if yes {
		return p.T("me.yes")
	}
	return p.T("me.no")
}

type correctView struct{ *web.Page }

func (p *Portal) correctForm(c *fiber.Ctx) error {
	v := correctView{mePage(c, web.PageOf(c).T("me.correct.title"))}
	return web.Render(c, fiber.StatusOK, correctPage(v))
}

func (p *Portal) correct(c *fiber.Ctx) error {
	v := correctView{mePage(c, web.PageOf(c).T("me.correct.title"))}
	f := web.FormOf(c)
	wish := f.Area("wish", 1000)
	err := f.Err()
	if err == nil {
		_, err = p.Store.In(v.Community).AskCorrection(web.Context(c), v.Actor, wish)
	}
	if err != nil {
		return web.Again(c, err, correctPage(v))
	}
	return web.Redirect(c, "/me/data?asked=1")
}

func accountAnswers(v dataView) []ui.Answer {
	a := v.Data.Account
	change := func(href string) ui.Link { return ui.Link{Text: v.T("me.change"), Href: href} }
	return []ui.Answer{
		{Label: v.T("me.phone.title"), Value: policy.MaskPhone(a.Phone), Change: change("/me/phone"), ChangeFor: v.T("me.phone.title")},
		{Label: v.T("me.profile.name"), Value: a.Name, Change: change("/me/profile"), ChangeFor: v.T("me.profile.name")},
		{Label: v.T("me.data.since"), Value: v.Moment(a.CreatedAt)},
	}
}
