package portal

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web"
	"juwu/models"
)

// geoSite is a community with a building, a key, and another community.
type geoSite struct {
	*storetest.DB
	t        testing.TB
	edge     *web.Server
	c, other *models.Community
	director models.Actor
	building models.ID
	key      string
}

func newGeoSite(t testing.TB) *geoSite {
	t.Helper()
	db := storetest.New(t)
	g := &geoSite{DB: db, t: t, c: db.Community(t, "hemuli"), other: db.Community(t, "beicheng")}
	ctx := context.Background()
	check(t, db.In(g.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		grid := tx.NewID()
		g.building = tx.NewID()
		if err := tx.Create(&models.Grid{Tenant: models.Tenant{ID: grid}, Name: "第1网格"}).Error; err != nil {
			return err
		}
		return tx.Create(&models.Building{Tenant: models.Tenant{ID: g.building}, GridID: grid, Name: "3幢"}).Error
	}))
	g.director = holder(t, db, g.c.ID, models.RoleDirector)
	g.edge = geoEdge(t, db.Store, db.Clock.Now)
	var err error
	g.key, err = db.In(g.c).MakeOpen311Key(ctx, g.director, "街道平台")
	check(t, err)
	return g
}

func geoEdge(t testing.TB, s *store.Store, now func() time.Time) *web.Server {
	t.Helper()
	words, err := i18n.Load()
	check(t, err)
	edge, err := web.New(web.Options{
		BaseURL: "http://juwu.test", Now: now, Log: slog.New(slog.DiscardHandler), Words: words, Key: s.Keys().Key, Session: s.SessionActor,
		Community: s.CommunityByCode, Stamp: s.Stamp, AuthzFresh: s.AuthzFresh,
		May: func(a models.Actor, c *models.Community, object, action string, at time.Time) error {
			return s.Guard().Allowed(a, c, object, action, models.DateOf(at))
		},
	})
	check(t, err)
	p := &Portal{Store: s}
	edge.Mount(p.open311Routes(), p.complaintRoutes())
	return edge
}

func holder(t testing.TB, db *storetest.DB, community models.ID, role models.Role) models.Actor {
	t.Helper()
	ctx := context.Background()
	u, err := db.EnsureUser(ctx, storetest.System, "1390000"+fmt.Sprintf("%04d", len(role)*7+int(role[0])), "某某")
	check(t, err)
	a := models.Appointment{ID: models.NewID(db.Now()), UserID: u.ID, Role: role, RegionID: community, Name: "某某", From: "2026-01-01", Until: "2030-12-31", Decision: "d", CreatedAt: db.Now()}
	check(t, db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error { return tx.Create(&a).Error }))
	check(t, db.Load(ctx))
	return models.Actor{UserID: u.ID, Name: "某某", SecondFactor: true, Appointments: []models.Appointment{a}}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask makes one request; form nil is a GET.
func (g *geoSite) ask(path string, form url.Values, header ...string) (int, string) {
	g.t.Helper()
	return askEdge(g.t, g.edge, path, form, header...)
}

func askEdge(t testing.TB, edge *web.Server, path string, form url.Values, header ...string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if form != nil {
		r = httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Host = "juwu.test"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := edge.App.Test(r, -1)
	check(t, err)
	b, err := io.ReadAll(res.Body)
	check(t, err)
	return res.StatusCode, string(b)
}

// dump are all rows of a table of the community.
func dump[T any](g *geoSite) string {
	g.t.Helper()
	var rows []T
	check(g.t, g.In(g.c).Write(context.Background(), storetest.System, func(tx *store.Tx) error { return tx.Find(&rows).Error }))
	var b strings.Builder
	for _, r := range rows {
		for _, verb := range []string{"%+v", "%s"} { // the second writes bytes as text
			fmt.Fprintf(&b, verb+"\n", r)
		}
	}
	return b.String()
}

func (g *geoSite) cases() int { return strings.Count(dump[models.Complaint](g), "OuterNumber:") }

func (g *geoSite) form(text string) url.Values {
	return url.Values{"jurisdiction_id": {"hemuli"}, "api_key": {g.key}, "service_code": {"repair"}, "description": {text}, "address_string": {"3幢2单元门口"},
		"attribute[object]": {"路灯"}, "last_name": {"张"}, "first_name": {"三丰"}, "phone": {"13812345678"}}
}

func (g *geoSite) file(form url.Values, header ...string) string {
	g.t.Helper()
	status, body := g.ask("/open311/v2/requests.json", form, header...)
	var got []geoReceipt
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 || len(got) != 1 || got[0].ID == "" {
		g.t.Fatalf("%d %s %v", status, body, err)
	}
	return got[0].ID
}

func wants(t testing.TB, status int, body string, code int, texts ...string) {
	t.Helper()
	if status != code {
		t.Fatalf("status %d, want %d: %s", status, code, body)
	}
	for _, s := range texts {
		if !strings.Contains(body, s) {
			t.Errorf("no %q in %s", s, body)
		}
	}
}

// A client finds the interface, the services, their questions; files; asks how
// it stands, in both formats.
func TestAClientFilesAndReads(t *testing.T) {
	g := newGeoSite(t)
	status, body := g.ask("/open311/discovery.json", nil)
	wants(t, status, body, 200, `"specification":"http://wiki.open311.org/GeoReport_v2"`, `"url":"http://juwu.test/open311/v2"`, `"formats":["text/xml","application/json"]`)
	status, body = g.ask("/open311/v2/services.xml?jurisdiction_id=hemuli", nil, "Accept-Language", "en")
	wants(t, status, body, 200, `<?xml version="1.0" encoding="UTF-8"?>`, "<services><service><service_code>repair</service_code>", "<metadata>true</metadata><type>realtime</type>", "119")
	if strings.Contains(body, ">conduct<") || strings.Contains(body, ">election<") {
		t.Error("what is about officials is filed by people")
	}
	status, body = g.ask("/open311/v2/services/repair.json?jurisdiction_id=hemuli", nil)
	wants(t, status, body, 200, `"service_code":"repair"`, `"code":"object"`, `"required":true`, `"datatype":"singlevaluelist"`, `{"key":"today"`)
	status, body = g.ask("/open311/v2/services/repair.xml?jurisdiction_id=hemuli", nil)
	wants(t, status, body, 200, "<service_definition><service_code>repair</service_code><attributes><attribute><variable>true</variable>", "<values><value><key>today</key>")

	id := g.file(g.form("3幢楼道灯坏了三天，我是2单元501的张三丰，电话13812345678"))
	status, body = g.ask("/open311/v2/requests/"+id+".json?jurisdiction_id=hemuli", nil)
	wants(t, status, body, 200, `"service_request_id":"`+id+`"`, `"status":"open"`, `"service_code":"repair"`, "楼道灯坏了", "3幢 · 2单元门口", `"requested_datetime":"2026-11-23T`)
	for _, secret := range []string{"13812345678", "501", "张三丰"} {
		if strings.Contains(body, secret) {
			t.Errorf("everybody reads %q: %s", secret, body)
		}
	}
	status, body = g.ask("/open311/v2/requests.xml?jurisdiction_id=hemuli&status=open&service_code=repair,noise", nil)
	wants(t, status, body, 200, "<service_requests><request><service_request_id>"+id+"</service_request_id><status>open</status>")
	status, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&status=closed", nil)
	wants(t, status, body, 200, "[]")
	status, body = g.ask("/open311/v2/tokens/"+id+".json?jurisdiction_id=hemuli", nil)
	wants(t, status, body, 200, `"service_request_id":"`+id+`"`, `"token":"`+id+`"`)
	if n := g.cases(); n != 1 {
		t.Errorf("%d cases", n)
	}
	if rows := dump[models.ComplaintReporter](g); strings.Contains(rows, "13812345678") || strings.Contains(rows, "张三丰") {
		t.Error("who reported stands in the open")
	}
}

// Between two days; pages; caps.
func TestAClientAsksForASpan(t *testing.T) {
	g := newGeoSite(t)
	var ids []string
	for i := range 3 {
		ids = append(ids, g.file(g.form(fmt.Sprintf("第%d盏路灯坏了好几天", i+1))))
		g.Clock.Add(24 * time.Hour)
	}
	_, body := g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&start_date=2026-11-24T00:00:00Z&end_date=2026-11-25T00:00:00Z", nil)
	if !strings.Contains(body, ids[1]) || strings.Contains(body, ids[0]) || strings.Contains(body, ids[2]) {
		t.Error(body)
	}
	_, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&page_size=1&page=2", nil)
	if !strings.Contains(body, ids[1]) || strings.Contains(body, ids[0]) || strings.Contains(body, ids[2]) {
		t.Error(body)
	}
	_, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&service_request_id="+ids[0]+","+ids[2], nil)
	if !strings.Contains(body, ids[0]) || strings.Contains(body, ids[1]) || !strings.Contains(body, ids[2]) {
		t.Error(body)
	}
	g.Clock.Add(100 * 24 * time.Hour)
	if _, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli", nil); body != "[]" {
		t.Errorf("older than ninety days: %s", body)
	}
	if _, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&start_date=2026-11-01T00:00:00Z", nil); !strings.Contains(body, ids[0]) {
		t.Errorf("a span begins where it was asked to: %s", body)
	}
}

// The errors of the specification, in its form.
func TestRefusalsOfTheInterface(t *testing.T) {
	g := newGeoSite(t)
	if _, err := g.In(g.other).MakeOpen311Key(context.Background(), holder(t, g.DB, g.other.ID, models.RoleViceDirector), "别的"); err == nil {
		t.Error("a vice director makes no keys")
	}
	street := holder(t, g.DB, g.other.StreetID, models.RoleStreet)
	foreign, err := g.In(g.other).MakeOpen311Key(context.Background(), street, "别的")
	check(t, err)
	with := func(name, value string) url.Values {
		f := g.form("楼道灯坏了好几天")
		if f.Set(name, value); value == "" {
			f.Del(name)
		}
		return f
	}
	for name, q := range map[string]struct {
		path string
		form url.Values
		code int
		says string
	}{
		"no jurisdiction":      {"/open311/v2/services.json", nil, 400, `[{"code":400,"description":"jurisdiction_id: `},
		"no such jurisdiction": {"/open311/v2/services.json?jurisdiction_id=nowhere", nil, 404, `"code":404`},
		"in XML":               {"/open311/v2/services.xml?jurisdiction_id=nowhere", nil, 404, "<errors><error><code>404</code><description>"},
		"no such service":      {"/open311/v2/services/nothing.json?jurisdiction_id=hemuli", nil, 404, `"code":404`},
		"no such list":         {"/open311/v2/people.json?jurisdiction_id=hemuli", nil, 404, `"code":404`},
		"no such request":      {"/open311/v2/requests/1.json?jurisdiction_id=hemuli", nil, 404, `"code":404`},
		"no number":            {"/open311/v2/requests/x.json?jurisdiction_id=hemuli", nil, 404, `"code":404`},
		"bad date":             {"/open311/v2/requests.json?jurisdiction_id=hemuli&start_date=yesterday", nil, 400, "start_date: "},
		"bad status":           {"/open311/v2/requests.json?jurisdiction_id=hemuli&status=maybe", nil, 400, "status: "},
		"no key":               {"/open311/v2/requests.json", with("api_key", ""), 403, `"code":403`},
		"wrong key":            {"/open311/v2/requests.json", with("api_key", "juwu_WRONG"), 403, `"code":403`},
		"another's key":        {"/open311/v2/requests.json", with("api_key", foreign), 403, `"code":403`},
		"no service":           {"/open311/v2/requests.json", with("service_code", ""), 400, "service_code: "},
		"officials":            {"/open311/v2/requests.json", with("service_code", "conduct"), 404, `"code":404`},
		"no text":              {"/open311/v2/requests.json", with("description", ""), 400, "description: "},
		"long text":            {"/open311/v2/requests.json", with("description", strings.Repeat("长", 4001)), 400, "description: "},
		"longer than the form": {"/open311/v2/requests.json", with("description", strings.Repeat("很长的话", 501)), 400, "description: "},
		"spam":                 {"/open311/v2/requests.json", with("description", strings.Repeat("哈哈", 50)), 400, "description: "},
		"no place":             {"/open311/v2/requests.json", with("address_string", ""), 400, "address_string: "},
		"no such building":     {"/open311/v2/requests.json", with("address_id", "7"), 400, "address_id: "},
		"off the earth":        {"/open311/v2/requests.json", with("lat", "NaN"), 400, "lat: "},
		"needed answer":        {"/open311/v2/requests.json", with("attribute[object]", ""), 400, "attribute[object]: "},
		"no such choice":       {"/open311/v2/requests.json", with("attribute[since]", "never"), 400, "attribute[since]: "},
		"filed elsewhere":      {"/open311/v2/services.json", g.form("楼道灯坏了好几天"), 404, `"code":404`},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := g.ask(q.path, q.form, "Accept-Language", "en")
			wants(t, status, body, q.code, q.says)
		})
	}
	status, body := g.ask("/open311/v2/requests.json", url.Values{}, "Content-Type", "application/json")
	if status != 415 && status != 400 {
		t.Errorf("a body that is no form: %d %s", status, body)
	}
	if n := g.cases(); n != 0 {
		t.Errorf("%d cases came of refusals", n)
	}
}

// A key that was ended files and reads nothing more, at once.
func TestAnEndedKeyIsNoKey(t *testing.T) {
	g := newGeoSite(t)
	ctx := context.Background()
	form := g.form("老人说楼上半夜吵闹，请来看看")
	form.Set("service_code", "neighbours")
	id := g.file(form)
	private := "/open311/v2/requests/" + id + ".json?jurisdiction_id=hemuli"
	status, body := g.ask(private, nil)
	wants(t, status, body, 404)
	status, body = g.ask(private+"&api_key="+g.key, nil)
	wants(t, status, body, 200, `"status":"open"`, `"description":""`, `"address":""`)
	if strings.Contains(body, "半夜") {
		t.Error("a private text leaves the community")
	}
	if _, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli&api_key="+g.key, nil); body != "[]" {
		t.Errorf("a list tells of it: %s", body)
	}
	keys, err := g.In(g.c).Open311Keys(ctx)
	check(t, err)
	if err := g.In(g.other).EndOpen311Key(ctx, g.director, keys[0].ID); err == nil {
		t.Error("ended in a community where the director is nobody")
	}
	check(t, g.In(g.c).EndOpen311Key(ctx, g.director, keys[0].ID))
	status, body = g.ask(private+"&api_key="+g.key, nil)
	wants(t, status, body, 404)
	status, body = g.ask("/open311/v2/requests.json", g.form("楼道灯坏了好几天"))
	wants(t, status, body, 403)
	if err := g.In(g.c).EndOpen311Key(ctx, g.director, keys[0].ID); err == nil {
		t.Error("ended twice")
	}
	if rows := dump[models.Open311Key](g); strings.Contains(rows, g.key) {
		t.Error("the key itself is kept")
	}
}

// Who tells no name gets a tracking code; nothing of it is public.
func TestAnonymousByKey(t *testing.T) {
	g := newGeoSite(t)
	form := g.form("楼上往下扔东西，砸坏了车棚")
	for _, name := range []string{"first_name", "last_name", "phone"} {
		form.Del(name)
	}
	status, body := g.ask("/open311/v2/requests.xml", form)
	wants(t, status, body, 200, "<service_requests><request><service_request_id>", "/hemuli/complaints/code")
	if _, body = g.ask("/open311/v2/requests.json?jurisdiction_id=hemuli", nil); body != "[]" {
		t.Error("anonymous text is public")
	}
}

// Sent twice, and by two processes at once, it is one case; another key cannot
// claim it; the limits of a key hold.
func TestAClientSendsTwice(t *testing.T) {
	g := newGeoSite(t)
	second := g.Second(t)
	check(t, second.Load(context.Background()))
	edges := []*web.Server{g.edge, geoEdge(t, second, g.Clock.Now)}
	form := g.form("楼道灯坏了好几天")
	done := make(chan string, 6)
	for i := range 6 {
		go func() {
			_, body := askEdge(t, edges[i%2], "/open311/v2/requests.json", form, "Idempotency-Key", "client-1")
			var got []geoReceipt
			if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 1 {
				done <- body
				return
			}
			done <- got[0].ID
		}()
	}
	first := <-done
	for range 5 {
		if next := <-done; next != first {
			t.Errorf("%s and %s", first, next)
		}
	}
	if n := g.cases(); n != 1 {
		t.Errorf("%d cases of one report", n)
	}
	other, err := g.In(g.c).MakeOpen311Key(context.Background(), g.director, "另一个")
	check(t, err)
	form.Set("api_key", other)
	if id := g.file(form, "Idempotency-Key", "client-1"); id == first {
		t.Error("another client's name for its request names ours")
	}
	form.Set("api_key", g.key)
	if id := g.file(form); id == first {
		t.Error("the same words under no name are a report of their own")
	}
	if a, b := g.file(form), g.file(form); a != b {
		t.Error("the same words on the same day are two cases")
	}
}

func TestLimitsOfAKey(t *testing.T) {
	g := newGeoSite(t)
	for i := range 11 {
		status, body := g.ask("/open311/v2/requests.json", g.form(fmt.Sprintf("第%d次说楼道灯坏了", i)))
		if i < 10 {
			wants(t, status, body, 200)
		} else {
			wants(t, status, body, 429)
		}
	}
}

// Nothing that a client sends makes an answer that is neither a receipt nor the
// specification's error, in well-formed JSON and XML.
func FuzzOpen311Form(f *testing.F) {
	g := newGeoSite(f)
	for _, s := range []string{"", "api_key=" + g.key, g.form("楼道灯坏了好几天").Encode(), "a=%zz", "attribute[object]=%00&description=\xff", strings.Repeat("a&", 600)} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, body string, asJSON bool) {
		path := "/open311/v2/requests.xml?jurisdiction_id=hemuli&api_key=" + g.key
		if asJSON {
			path = strings.Replace(path, ".xml", ".json", 1)
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := g.edge.App.Test(r, -1)
		check(t, err)
		b, err := io.ReadAll(res.Body)
		check(t, err)
		if res.StatusCode >= http.StatusInternalServerError {
			t.Fatalf("%d %s", res.StatusCode, b)
		}
		var v any
		if err := json.Unmarshal(b, &v); asJSON && err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		if err := xml.Unmarshal(b, new(geoList[geoError])); !asJSON && err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	})
}
