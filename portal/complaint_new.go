package portal

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"juwu/i18n"
	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Reporting: choose what it is about; write what happened, where, with
// pictures; check it, and say who you are or that you will not.

const (
	draftReport = "report" // kind of the stored draft, and of the cookie that names it
	pendingCode = "code"   // an anonymous case's code, and the case a code has opened

	maxText = 2000
	maxSpot = 60
)

// newView is the first choice.
type newView struct {
	*web.Page
	Categories []store.CaseCategory
	Building   string // its id, from the code on its door
	Name       string
}

func (p *Portal) chooseCategory(ctx context.Context, page *web.Page) (templ.Component, error) {
	t := p.Store.In(page.Community)
	v := newView{Page: page, Building: page.Query("b")}
	list, err := t.Categories(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if !c.Off {
			v.Categories = append(v.Categories, c)
		}
	}
	if id, ok := models.ParseID(v.Building); ok {
		names, err := t.BuildingNames(ctx)
		if err != nil {
			return nil, err
		}
		v.Name = names[id]
	}
	if v.Name == "" {
		v.Building = ""
	}
	page.Title, page.Place = page.T("case.new.title"), "together"
	page.Back = ui.Link{Text: page.T("case.title"), Href: page.URL("complaints")}
	return newPage(v), nil
}

// reportDraft is what waits between the screens.
type reportDraft struct {
	Once     string                   `json:"once"`
	Category string                   `json:"category"`
	Text     string                   `json:"text"`
	Answers  []models.ComplaintAnswer `json:"answers,omitempty"`
	Building models.ID                `json:"building,omitempty"`
	Spot     string                   `json:"spot,omitempty"`
	PinX     int                      `json:"x"`
	PinY     int                      `json:"y"`
	About    models.ComplaintAbout    `json:"about,omitempty"`
	Who      []models.ID              `json:"who,omitempty"`
	Private  bool                     `json:"private,omitempty"`
	QR       bool                     `json:"qr,omitempty"`
}

func (d reportDraft) report() store.Report {
	r := store.Report{
		Once: d.Once, Category: d.Category, Channel: models.ChannelWeb, Text: d.Text, Answers: d.Answers, BuildingID: d.Building,
		Spot: d.Spot, PinX: d.PinX, PinY: d.PinY, About: d.About, Concerned: d.Who, Private: d.Private,
	}
	if d.QR {
		r.Channel = models.ChannelQR
	}
	return r
}

// reportView is the form.
type reportView struct {
	*web.Page
	Category  *store.CaseCategory
	Buildings []ui.Option
	Plan      *models.Attachment
	Spots     []models.ComplaintSpot
	Officials []store.Official
	Once      string
	Kept      int  // pictures of the draft that is being changed
	QR        bool // came by the code on a door
}

func (p *Portal) reportPageOf(c *fiber.Ctx) (*reportView, error) {
	page, ctx := web.PageOf(c), web.Context(c)
	t := p.Store.In(page.Community)
	v := &reportView{Page: page, Once: rand.Text()}
	var err error
	if v.Category, err = t.Category(ctx, page.Param("category")); err != nil {
		return nil, err
	}
	grids, err := t.Grids(ctx)
	if err != nil {
		return nil, err
	}
	if v.QR = page.Query("b") != ""; v.QR {
		page.Set("building", page.Query("b"))
	}
	for _, g := range grids {
		for _, b := range g.Buildings {
			v.Buildings = append(v.Buildings, page.Option("building", b.ID.String(), b.Name))
		}
	}
	if v.Plan, v.Spots, err = t.CompoundPlan(ctx); err != nil {
		return nil, err
	}
	if v.Category.Officials {
		if v.Officials, err = t.Officials(ctx, page.Today()); err != nil {
			return nil, err
		}
	}
	page.Title, page.Place, page.NoIndex = page.T("case.form.title"), "together", true
	page.Back = ui.Link{Text: page.T("case.new.title"), Href: page.URL("complaints", "new")}
	page.Scripts = append(page.Scripts, "photo.js", "report.js")
	return v, nil
}

func (p *Portal) reportComplaintForm(c *fiber.Ctx) error {
	v, err := p.reportPageOf(c)
	if err != nil {
		return err
	}
	p.fillIn(c, v)
	return web.Render(c, fiber.StatusOK, reportFormPage(v))
}

// fillIn puts back what the browser wrote before, when it comes back to change
// it.
func (p *Portal) fillIn(c *fiber.Ctx, v *reportView) {
	var id models.ID
	var d reportDraft
	if !p.kept(c, draftReport, &id) {
		return
	}
	files, err := p.Store.In(v.Community).OpenDraft(web.Context(c), web.DeviceHash(c), id, draftReport, &d)
	if err != nil || d.Category != v.Category.Code {
		return // sent, old, or about something else
	}
	v.Once, v.Kept = d.Once, len(files)
	v.Set("text", d.Text)
	v.Set("spot", d.Spot)
	if d.Building != 0 && !v.QR { // who scans a code stands at that door now
		v.Set("building", d.Building.String())
		for i := range v.Buildings {
			v.Buildings[i].Checked = v.Buildings[i].Value == d.Building.String()
		}
	}
	if d.Private {
		v.Set("private", "1")
	}
	if v.QR = v.QR || d.QR; len(d.Who) > 0 {
		v.Set("about", d.Who[0].String())
	} else if d.About != models.AboutNobody {
		v.Set("about", string(d.About))
	}
	if d.PinX >= 0 {
		v.Set("pin_x", strconv.Itoa(d.PinX))
		v.Set("pin_y", strconv.Itoa(d.PinY))
	}
	for i, q := range v.Category.Questions {
		for _, a := range d.Answers {
			if a.Question == q.Text {
				v.Set("q"+strconv.Itoa(i), a.Answer)
			}
		}
	}
}

// reportComplaint takes the form into a stored draft and goes on to checking.
func (p *Portal) reportComplaint(c *fiber.Ctx) error {
	v, err := p.reportPageOf(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	d := v.read(f)
	photos, err := readPhotos(f, "photos", store.MaxCasePhotos)
	if err == nil {
		r := d.report()
		err = store.CheckReport(&r, v.Category)
		d.Answers = r.Answers
	}
	if err = firstOf(f.Err(), err); err == nil {
		err = p.keepDraft(c, draftReport, d, photos)
	}
	if err != nil {
		return web.Again(c, atPhotos(err), reportFormPage(v))
	}
	return web.Redirect(c, v.URL("complaints", "check"))
}

// read reads the form; the category's own questions are checked by the store.
func (v *reportView) read(f *web.Form) reportDraft {
	d := reportDraft{
		Once: f.Raw("once"), Category: v.Category.Code, Text: f.Area("text", maxText), Building: f.OptionalID("building"),
		Spot: f.Optional("spot", maxSpot), PinX: pinOf(f, "pin_x"), PinY: pinOf(f, "pin_y"), Private: f.Bool("private"),
		QR: v.QR,
	}
	if len(d.Once) < 16 || strings.ContainsFunc(d.Once, func(r rune) bool { return r < '!' || r > '~' }) {
		d.Once = v.Once
	}
	v.Once = d.Once
	if at := d.Building.String(); d.Building != 0 && !slices.ContainsFunc(v.Buildings, func(o ui.Option) bool { return o.Value == at }) {
		f.Add("building", "form.choose", nil) // here, and not on the screen after, which has no such field
	}
	for i, q := range v.Category.Questions {
		if a := f.Optional("q"+strconv.Itoa(i), 200); a != "" {
			d.Answers = append(d.Answers, models.ComplaintAnswer{Question: q.Text, Answer: a})
		}
	}
	if v.Category.Officials {
		d.About, d.Who = v.about(f)
	}
	return d
}

// about is whose acts it is about: nobody's, a body's, or a member's.
func (v *reportView) about(f *web.Form) (models.ComplaintAbout, []models.ID) {
	s := f.Raw("about")
	for _, o := range v.Officials {
		if s == o.UserID.String() {
			return o.About, []models.ID{o.UserID}
		}
	}
	return web.Choice(f, "about", models.AboutNobody, models.AboutCommittee, models.AboutSupervisor, models.AboutStreet), nil
}

func pinOf(f *web.Form, name string) int {
	n, err := strconv.Atoi(f.Raw(name))
	if err != nil || n < 0 || n > 1000 {
		return -1
	}
	return n
}

// readPhotos are the pictures of a field as they were sent.
func readPhotos(f *web.Form, field string, most int) ([]store.NewFile, error) {
	var files []store.NewFile
	for _, u := range f.Files(field, 0, most, photo.MaxBytes) {
		data, err := u.Bytes()
		if err != nil {
			return nil, err
		}
		files = append(files, store.NewFile{Name: u.Name, Data: data})
	}
	return files, nil
}

var (
	caseKinds  = i18n.Family("case.kind.")
	caseLevels = i18n.Family("case.level.")
	levelHints = i18n.Family("case.level.hint.")
	caseStops  = i18n.Family("case.stop.")
	caseAbouts = i18n.Family("case.about.")
	caseDone   = i18n.Family("case.done.")

	emergencyNames = i18n.Family("case.emergency.")
	categoryHints  = i18n.Family("case.category.hint.")
)
