package portal

import (
	"iter"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// Filing by GeoReport v2: the same use case as the form on the page. A client
// has its own key for a request (Idempotency-Key), or the same words on the
// same day are the same case.

func keysOf[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

func (g *geoCall) file() error {
	if g.name != "requests" {
		return errGeoNotFound()
	}
	f, err := web.MachineForm(g.c)
	if err != nil {
		return err
	}
	if err := g.place(orRaw(f, "jurisdiction_id", g)); err != nil {
		return err
	}
	key, err := g.t.Open311Key(web.Context(g.c), orRaw(f, "api_key", g))
	if err != nil {
		return err
	}
	if key == 0 {
		return problem.New(problem.Forbidden, "open311.key.wrong", nil).Because("open311: key")
	}
	k := g.category(f.Raw("service_code"))
	if k == nil {
		if f.Raw("service_code") == "" {
			return geoWrong("service_code", "form.needed")
		}
		return errGeoNotFound()
	}
	r, err := g.report(f, k)
	if err != nil {
		return err
	}
	r.ByKey = key
	r.Once = g.t.OnceOfClient(key, cutText(g.c.Get("Idempotency-Key"), 120), k.Code, r.Text, r.BuildingID.String(), r.Spot, r.Name, r.Phone)
	filed, err := g.t.FileComplaint(web.Context(g.c), models.Actor{}, r)
	if err != nil {
		return asGeoFields(err, k)
	}
	return sendGeoList(g.c, g.format, "service_requests", 200, []geoReceipt{{ID: filed.Case.ID.String(), Notice: g.notice(k, filed)}})
}

// orRaw is a value of the body or of the address: clients do either.
func orRaw(f *web.Form, name string, g *geoCall) string { return or(f.Raw(name), g.Query(name)) }

// notice tells the person in front of the client's screen what the page tells.
func (g *geoCall) notice(k *store.CaseCategory, filed *store.Filed) string {
	parts := []string{g.T("inquiry.number") + " " + filed.Case.Number}
	if s := g.stop(k); s != "" {
		parts = append(parts, g.T("case.danger")+" 110 119 120. "+s)
	}
	if filed.Code != "" {
		parts = append(parts, g.T("open311.code", "code", filed.Code, "address", g.Absolute(g.URL("complaints", "code"))))
	}
	return strings.Join(parts, " \u00b7 ")
}

// report reads what the specification names. Who tells neither name nor
// telephone is anonymous, and gets the tracking code.
func (g *geoCall) report(f *web.Form, k *store.CaseCategory) (store.Report, error) {
	r := store.Report{Category: k.Code, Channel: models.ChannelOpen311, Level: models.LevelNamed, PinX: -1, PinY: -1}
	var wrong problem.Form
	if r.Text = strings.TrimSpace(strings.ReplaceAll(f.Raw("description"), "\r\n", "\n")); r.Text == "" {
		wrong.Add("description", "form.needed", nil)
	}
	for _, name := range []string{"description", "address_string", "first_name", "last_name", "phone", "email", "media_url"} {
		if s := f.Raw(name); !utf8.ValidString(s) || utf8.RuneCountInString(s) > geoText || strings.ContainsRune(s, 0) {
			wrong.Add(name, "error.form", nil)
		}
	}
	r.Name = cutText(strings.TrimSpace(f.Raw("last_name")+f.Raw("first_name")), 40)
	if s := f.Raw("phone"); s != "" {
		if r.Phone, _ = models.Phone(s); r.Phone == "" {
			r.Phone = cutText(strings.TrimSpace(s), 40)
		}
	}
	if r.Phone == "" {
		r.Phone = cutText(strings.TrimSpace(f.Raw("email")), 40) // how to reach them
	}
	if r.Name == "" && r.Phone == "" {
		r.Level = models.LevelAnonymous
	}
	if u, err := url.Parse(f.Raw("media_url")); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		r.Text += "\n" + u.String() // nothing is fetched: an officer decides whether to look
	}
	for i, q := range k.Questions {
		name := "attribute[" + attributeCode(i, q) + "]"
		several := name + "[]"
		if a := or(f.Raw(name), f.Raw(several)); a != "" {
			r.Answers = append(r.Answers, models.ComplaintAnswer{Question: q.Text, Answer: a})
		}
	}
	return r, firstOf(g.where(f, &r, &wrong), wrong.Err())
}

// where reads the place: an id of ours, words, or coordinates. One is needed.
func (g *geoCall) where(f *web.Form, r *store.Report, wrong *problem.Form) error {
	names, err := g.t.BuildingNames(web.Context(g.c))
	if err != nil {
		return err
	}
	lat, long := f.Raw("lat"), f.Raw("long")
	switch {
	case f.Raw("address_id") != "":
		id, _ := models.ParseID(f.Raw("address_id"))
		if names[id] == "" {
			wrong.Add("address_id", "form.choose", nil)
			return nil
		}
		r.BuildingID = id
	case f.Raw("address_string") == "" && lat == "" && long == "":
		wrong.Add("address_string", "form.needed", nil)
		return nil
	}
	r.Spot = cutText(strings.TrimSpace(f.Raw("address_string")), maxSpot)
	if r.BuildingID == 0 {
		r.BuildingID, r.Spot = findBuilding(names, r.Spot)
	}
	if lat == "" && long == "" {
		return nil
	}
	y, errY := strconv.ParseFloat(lat, 64)
	x, errX := strconv.ParseFloat(long, 64)
	if errX != nil || errY != nil || !(y >= -90 && y <= 90) || !(x >= -180 && x <= 180) {
		wrong.Add("lat", "form.choose", nil)
		return nil
	}
	if at := strconv.FormatFloat(y, 'f', 5, 64) + "," + strconv.FormatFloat(x, 'f', 5, 64); r.Spot == "" && r.BuildingID == 0 {
		r.Spot = at
	}
	return nil
}

// findBuilding takes the longest name of a building that the address begins
// with or is; the rest stays as the spot.
func findBuilding(names map[models.ID]string, address string) (id models.ID, rest string) {
	plain := models.Key(address)
	best := ""
	for one, name := range names {
		rest, ok := strings.CutPrefix(plain, name)
		if !ok || len(name) <= len(best) || rest != "" && digit(rest[0]) && digit(name[len(name)-1]) { // 3 is not 30
			continue
		}
		id, best = one, name
	}
	if best == "" {
		return 0, address
	}
	return id, strings.TrimSpace(strings.TrimPrefix(plain, best))
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// asGeoFields calls the fields of the form what the specification calls them.
func asGeoFields(err error, k *store.CaseCategory) error {
	p := problem.As(err)
	if p == nil || p.Fields == nil {
		return err
	}
	fields := map[string]problem.Text{}
	for name, text := range p.Fields {
		switch {
		case name == "text":
			name = "description"
		case name == "spot":
			name = "address_string"
		case strings.HasPrefix(name, "q"):
			if i, err := strconv.Atoi(name[1:]); err == nil && i < len(k.Questions) {
				name = "attribute[" + attributeCode(i, k.Questions[i]) + "]"
			}
		}
		fields[name] = text
	}
	p.Fields = fields
	return p
}

// cutText is at most n characters of a text.
func cutText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
