package portal

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): programs file cases
// with a key of the community, and read what everybody may read. The
// jurisdiction is the community's code.

const (
	geoSpec    = "http://wiki.open311.org/GeoReport_v2"
	geoVersion = "2026-11-27T00:00:00Z" // of this interface
	geoBase    = "/open311/v2"
	geoText    = 4000 // characters of a description by the specification; the form takes fewer
)

func (p *Portal) open311Routes() []web.Route {
	get := func(path string, h func(*geoCall) error) web.Route {
		return web.Route{Method: "GET", Path: path, Object: web.Public, Handle: p.geo(h)}
	}
	routes := []web.Route{
		get("/open311/:file", (*geoCall).discovery),
		get(geoBase+"/:file", (*geoCall).lists),
		get(geoBase+"/services/:file", (*geoCall).definition),
		get(geoBase+"/requests/:file", (*geoCall).request),
		get(geoBase+"/tokens/:file", (*geoCall).token),
	}
	return append(routes, web.Route{Method: "POST", Path: geoBase + "/:file", Object: web.Public, Machine: true, Handle: p.geo((*geoCall).file)})
}

// geoCall is one question of a client.
type geoCall struct {
	*web.Page
	p      *Portal
	c      *fiber.Ctx
	name   string // of what is asked for: services, requests, an id
	format string
	t      *store.Tenant
	list   []store.CaseCategory
}

// geo answers in the client's format, refusals too.
func (p *Portal) geo(h func(*geoCall) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		g := &geoCall{Page: web.PageOf(c), p: p, c: c}
		g.name, g.format = formatOf(g.Param("file"))
		err := h(g)
		if err == nil {
			return nil
		}
		status, texts := g.refusal(err)
		if status == http.StatusInternalServerError {
			return err // logged, and shown without a word of what it was
		}
		list := make([]geoError, len(texts))
		for i, text := range texts {
			list[i] = geoError{Code: status, Description: text}
		}
		return sendGeoList(c, g.format, "errors", status, list)
	}
}

// geoStatus are the statuses that the specification gives, or HTTP.
var geoStatus = map[problem.Kind]int{
	problem.Invalid: 400, problem.Unauthorized: 403, problem.Forbidden: 403, problem.NotFound: 404, problem.Conflict: 409, problem.TooEarly: 409,
	problem.TooLate: 409, problem.TooMany: 429, problem.TooLarge: 413, problem.Unavailable: 503,
}

func (g *geoCall) refusal(err error) (int, []string) {
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		return e.Code, []string{g.T("error.form")}
	}
	pr := problem.As(err)
	if pr == nil {
		return http.StatusInternalServerError, nil
	}
	var texts []string
	for _, field := range slices.Sorted(keysOf(pr.Fields)) {
		texts = append(texts, field+": "+g.Text(pr.Fields[field]))
	}
	if len(texts) == 0 {
		texts = []string{g.Text(problem.Text{Key: pr.Key, Args: pr.Args})}
	}
	if until, ok := pr.Args["until"].(time.Time); ok {
		g.c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(until.Sub(g.Now).Seconds())+1))
	}
	status := geoStatus[pr.Kind]
	if status == 0 {
		return http.StatusInternalServerError, nil
	}
	return status, texts
}

func geoWrong(field, key string) error {
	var f problem.Form
	f.Add(field, key, nil)
	return f.Err()
}

func errGeoNotFound() error { return problem.New(problem.NotFound, "error.notfound", nil) }

// place finds the community of jurisdiction_id. Where there is only one it need
// not be named.
func (g *geoCall) place(code string) error {
	all := g.p.Store.Communities()
	if code == "" && len(all) == 1 {
		code = all[0].Code
	}
	if code == "" {
		return geoWrong("jurisdiction_id", "form.needed")
	}
	c, err := g.p.Store.CommunityByCode(web.Context(g.c), code)
	if err != nil {
		return err
	}
	g.Community, g.t = c, g.p.Store.In(c)
	list, err := g.t.Categories(web.Context(g.c))
	// What is private and about officials is filed by people, on the page that
	// asks whom it is about.
	g.list = slices.DeleteFunc(list, func(k store.CaseCategory) bool { return k.Off || k.Hidden && k.Officials })
	return err
}

func (g *geoCall) discovery() error {
	if g.name != "discovery" {
		return errGeoNotFound()
	}
	return sendGeo(g.c, g.format, 200, geoDiscovery{
		Changeset: geoVersion, Contact: g.T("open311.contact"), KeyPage: g.T("open311.keypage"),
		Endpoints: []geoEndpoint{{geoSpec, g.Absolute(geoBase), geoVersion, "production", []string{"text/xml", "application/json"}}},
	})
}

func (g *geoCall) lists() error {
	switch g.name {
	case "discovery":
		return g.discovery()
	case "services":
		return g.services()
	case "requests":
		return g.requests()
	}
	return errGeoNotFound()
}

func (g *geoCall) services() error {
	if err := g.place(g.Query("jurisdiction_id")); err != nil {
		return err
	}
	list := make([]geoService, len(g.list))
	for i := range g.list {
		k := &g.list[i]
		list[i] = geoService{
			Code: k.Code, Name: g.CategoryName(k), Description: strings.TrimSpace(g.hint(k) + " " + g.stop(k)), Metadata: len(k.Questions) > 0,
			Type: "realtime", Group: g.T(caseKinds.Key(string(k.Kind))),
		}
	}
	return sendGeoList(g.c, g.format, "services", 200, list)
}

func (g *geoCall) hint(k *store.CaseCategory) string {
	if key := categoryHints.Key(k.Code); !k.Own && g.Says(key) {
		return g.T(key)
	}
	return ""
}

// stop is the stopper: this is for somebody else, call there.
func (g *geoCall) stop(k *store.CaseCategory) string {
	text := k.StopText
	if text == "" && k.Stop != "" {
		text = g.T(caseStops.Key(k.Stop))
	}
	if text != "" && k.StopPhone != "" {
		text += " " + g.T("case.stop.call", "phone", k.StopPhone)
	}
	return text
}

// category is one that can be filed under, by its code.
func (g *geoCall) category(code string) *store.CaseCategory {
	for i := range g.list {
		if g.list[i].Code == code {
			return &g.list[i]
		}
	}
	return nil
}

func (g *geoCall) definition() error {
	if err := g.place(g.Query("jurisdiction_id")); err != nil {
		return err
	}
	k := g.category(g.name)
	if k == nil {
		return errGeoNotFound()
	}
	d := geoDefinition{Code: k.Code, Attributes: []geoAttribute{}}
	for i, q := range k.Questions {
		a := geoAttribute{Variable: true, Code: attributeCode(i, q), Datatype: "string", Required: q.Needed, Order: i + 1, Description: g.QuestionText(q)}
		for _, choice := range q.Choices {
			a.Datatype = "singlevaluelist"
			a.Values = append(a.Values, geoValue{choice, g.ChoiceText(choice)})
		}
		d.Attributes = append(d.Attributes, a)
	}
	return sendGeo(g.c, g.format, 200, d)
}

// attributeCode is what a question is called in attribute[code].
func attributeCode(i int, q store.CaseQuestion) string {
	if q.Own {
		return "q" + strconv.Itoa(i)
	}
	return q.Text
}

func (g *geoCall) requests() error {
	if err := g.place(g.Query("jurisdiction_id")); err != nil {
		return err
	}
	f, err := g.filter()
	if err != nil {
		return err
	}
	list, err := g.t.Open311Cases(web.Context(g.c), f)
	if err != nil {
		return err
	}
	out := make([]geoRequest, len(list))
	for i := range list {
		out[i] = g.show(&list[i])
	}
	return sendGeoList(g.c, g.format, "service_requests", 200, out)
}

func (g *geoCall) filter() (store.Open311Filter, error) {
	var f store.Open311Filter
	var wrong problem.Form
	if ids := g.c.Query("service_request_id"); ids != "" { // hundreds of them are longer than other values may be
		for s := range strings.SplitSeq(ids, ",") {
			id, ok := models.ParseID(strings.TrimSpace(s))
			if !ok || len(f.IDs) >= store.Open311Most {
				wrong.Add("service_request_id", "form.choose", nil)
				break
			}
			f.IDs = append(f.IDs, id)
		}
	}
	for code := range strings.SplitSeq(g.Query("service_code"), ",") {
		if code = strings.TrimSpace(code); code == "" {
			continue
		}
		if g.category(code) == nil {
			return f, errGeoNotFound()
		}
		f.Categories = append(f.Categories, code)
	}
	for name, at := range map[string]*time.Time{"start_date": &f.From, "end_date": &f.To} {
		ok := false
		if *at, ok = readGeoTime(g.Query(name)); !ok {
			wrong.Add(name, "open311.time", nil)
		}
	}
	if f.To.IsZero() && !f.From.IsZero() { // the span runs from where it was asked to begin
		f.To = f.From.AddDate(0, 0, store.Open311Days)
	}
	switch status := g.Query("status"); status {
	case "", "open,closed", "closed,open":
	case "open", "closed":
		open := status == "open"
		f.Open = &open
	default:
		wrong.Add("status", "form.choose", nil)
	}
	f.Page, _ = strconv.Atoi(g.Query("page"))
	f.Size, _ = strconv.Atoi(g.Query("page_size"))
	return f, wrong.Err()
}

func (g *geoCall) request() error {
	if err := g.place(g.Query("jurisdiction_id")); err != nil {
		return err
	}
	id, ok := models.ParseID(g.name)
	if !ok {
		return errGeoNotFound()
	}
	key, err := g.t.Open311Key(web.Context(g.c), g.Query("api_key"))
	if err != nil {
		return err
	}
	one, err := g.t.Open311Request(web.Context(g.c), id, key)
	if err != nil {
		return err
	}
	return sendGeoList(g.c, g.format, "service_requests", 200, []geoRequest{g.show(one)})
}

// token answers clients that always ask: every request gets its id at once, and
// that is its token.
func (g *geoCall) token() error {
	if err := g.place(g.Query("jurisdiction_id")); err != nil {
		return err
	}
	id, ok := models.ParseID(g.name)
	if !ok {
		return errGeoNotFound()
	}
	key, err := g.t.Open311Key(web.Context(g.c), g.Query("api_key"))
	if err != nil {
		return err
	}
	if _, err := g.t.Open311Request(web.Context(g.c), id, key); err != nil {
		return err
	}
	return sendGeoList(g.c, g.format, "service_requests", 200, []geoReceipt{{ID: g.name, Token: g.name}})
}

// show is a case as the public page shows it.
func (g *geoCall) show(one *store.Open311Case) geoRequest {
	state, _ := g.CaseTag(one.Complaint)
	r := geoRequest{
		ID: one.ID.String(), Status: "closed", StatusNotes: state, Code: one.Category, Name: g.nameOf(one.Category),
		Agency: g.DeskName(one.Owner(), one.Desk), Requested: geoTime(one.ReceivedAt), Updated: geoTime(one.UpdatedAt),
	}
	if store.Open311Open(one.Complaint, g.Today()) {
		r.Status = "open"
	}
	if one.PromiseDay != "" {
		r.Expected = geoTime(one.PromiseDay.Time().AddDate(0, 0, 1).Add(-time.Second))
	}
	if one.Private {
		return r
	}
	if one.Answer != "" {
		r.StatusNotes += " " + one.Answer
	}
	r.Description, r.Address = one.PublicText, g.CasePlace("", one.Building, one.Spot)
	if one.BuildingID != 0 {
		r.AddressID = one.BuildingID.String()
	}
	if one.Photo != 0 {
		r.Media = g.Absolute(g.URL("complaints", one.ID.String(), "files", one.Photo.String()))
	}
	return r
}

func (g *geoCall) nameOf(code string) string {
	if k := g.category(code); k != nil {
		return g.CategoryName(k)
	}
	if slices.ContainsFunc(policy.CaseCategories(), func(c policy.CaseCategory) bool { return c.Code == code }) {
		return g.CategoryName(&store.CaseCategory{Code: code})
	}
	return code
}
