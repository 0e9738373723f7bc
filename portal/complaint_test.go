package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
)

// reportSite is a community with a building, and another one.
func reportSite(t testing.TB) (st *site, c *models.Community, building models.ID) {
	t.Helper()
	st = newSite(t)
	p := &Portal{Store: st.Store}
	st.edge.Mount(p.complaintRoutes(), p.confirmRoutes())
	c = st.Community(t, "hemuli")
	st.Community(t, "other")
	check(t, st.In(c).Write(context.Background(), storetest.System, func(tx *store.Tx) error {
		grid := models.Grid{Tenant: models.Tenant{ID: tx.NewID()}, Name: "第1网格"}
		if err := tx.Create(&grid).Error; err != nil {
			return err
		}
		building = tx.NewID()
		return tx.Create(&models.Building{Tenant: models.Tenant{ID: building}, GridID: grid.ID, Name: "3幢"}).Error
	}))
	return st, c, building
}

// The residents' side as stories: rong and bai have a login, nobody has none.
func TestReportStories(t *testing.T) {
	pictures(t)
	webtest.Dir(t, "testdata/complaint", func(t *testing.T) *webtest.Runner {
		st, _, _ := reportSite(t)
		cookies := map[string]string{}
		for i, who := range []string{"rong", "bai"} {
			u, err := st.EnsureUser(context.Background(), storetest.System, fmt.Sprintf("1370000%04d", i), "")
			check(t, err)
			opened, err := st.DemoSession(context.Background(), u.ID, store.Device{Name: "phone"})
			check(t, err)
			cookies[who] = opened.Token
		}
		return &webtest.Runner{App: st.edge.App, Login: func(t testing.TB, name string) string { return "juwu=" + cookies[name] }}
	})
}

// pictures are what the stories attach: a photograph, one that says it is
// 60,000 pixels wide, and words.
func pictures(t *testing.T) {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	var b bytes.Buffer
	check(t, jpeg.Encode(&b, m, nil))
	bomb := bytes.Clone(b.Bytes())
	at := bytes.Index(bomb, []byte{0xff, 0xc0})
	copy(bomb[at+5:], []byte{0xea, 0x60, 0xea, 0x60})
	dir := t.TempDir()
	for name, data := range map[string][]byte{"lamp.jpg": b.Bytes(), "bomb.jpg": bomb, "words.jpg": []byte("no picture at all")} {
		check(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	t.Setenv("JUWU_STORY_FILES", dir)
}

var (
	onceField = regexp.MustCompile(`name="once" value="([^"]+)"`)
	sentText  = regexp.MustCompile(`(?s)<dt[^>]*>What happened</dt>\s*<dd[^>]*><span>(.*?)</span>`)
)

// Whatever is typed into the form: it is refused beside its field or kept as it
// was typed, shown as text, and never as a page's own words; parse∘encode of the
// draft gives the same again, though it goes through a seal, a page and a case.
func FuzzReportForm(f *testing.F) {
	st, c, building := reportSite(f)
	for _, s := range []string{"三单元门口的路灯不亮", "<script>alert(1)</script>灯坏了", "𠮷家的灯坏了 👩‍👩‍👧", "灯", strings.Repeat("字", 10000), "=cmd|' /C calc'!A0 灯坏了", "a\r\nb\x00c\xff灯坏了", "{{.}}%s${x} 灯坏了\u202e"} {
		f.Add(s, "3单元", "500", "x", building.String())
		f.Add("楼道里的灯坏了", s, s, s, s)
	}
	f.Fuzz(func(t *testing.T, text, spot, pin, once, place string) {
		st.Clock.Add(25 * time.Hour) // the limits are another test's
		v := st.visitor(t)
		v.see("/hemuli/complaints/new/repair").want(200)
		if once == "" {
			once = onceField.FindStringSubmatch(v.body)[1]
		}
		v.post("/hemuli/complaints/new/repair", "text", text, "spot", spot, "pin_x", pin, "pin_y", pin, "once", once, "building", place, "q0", "路灯")
		whole(t, v)
		if v.status != 200 {
			if v.status != 422 {
				t.Fatalf("status %d", v.status)
			}
			return
		}
		v.post("/hemuli/complaints/check", "level", "anonymous")
		whole(t, v)
		if v.status != 200 {
			t.Fatalf("what was checked is refused: %d %s", v.status, v.main())
		}
		var cases []models.Complaint
		check(t, st.In(c).Write(context.Background(), storetest.System, func(tx *store.Tx) error {
			return tx.Order("id DESC").Limit(1).Find(&cases).Error
		}))
		want := cleaned(text)
		m := sentText.FindStringSubmatch(v.body)
		if m == nil {
			t.Fatalf("the end does not show what was sent: %s", v.main())
		}
		if got := html.UnescapeString(m[1]); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Fatalf("typed %q, kept %q", want, got)
		}
		if got := cases[0]; got.PinX < -1 || got.PinX > 1000 || got.Public || got.BuildingID != 0 && got.BuildingID != building || utf8.RuneCountInString(got.Spot) > maxSpot {
			t.Fatalf("%+v", got)
		}
	})
}

// cleaned is a text without what no text holds: control characters and those
// that turn the direction of a line. The rest stays as it was typed.
func cleaned(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r != '\n' && unicode.Is(unicode.Cc, r), strings.ContainsRune("\u202a\u202b\u202d\u202e\ufffd", r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(norm.NFC.String(s))
}

// whole tells whether a page is one: valid text, no script of somebody else's.
func whole(t *testing.T, v *visitor) {
	t.Helper()
	if v.status >= 500 || !utf8.ValidString(v.body) || strings.Contains(v.body, "<script>alert") || strings.ContainsRune(v.body, 0) {
		t.Fatalf("%d %.400q", v.status, v.main())
	}
}

// What GeoReport v2 writes is read back the same, from XML and from JSON.
func FuzzGeoWire(f *testing.F) {
	f.Add("楼道灯坏了", "<b>&\"'</b>", int64(1_790_000_000))
	f.Add("𠮷 👩‍👩‍👧\n\t]]>", "\u2028", int64(0))
	f.Fuzz(func(t *testing.T, a, b string, at int64) {
		if !written(a) || !written(b) {
			return // no text: XML has no way to write it
		}
		in := []geoRequest{{ID: a, Status: b, Description: a, Address: b, Requested: geoTime(time.Unix(at, 0))}, {ID: b, StatusNotes: a}}
		for _, format := range []string{geoJSON, geoXML} {
			out := readGeo(t, format, in)
			for i := range out {
				out[i].XMLName = in[i].XMLName
			}
			if d := cmp.Diff(in, out); d != "" {
				t.Fatalf("%s: %s", format, d)
			}
		}
		if moment, ok := readGeoTime(in[0].Requested); ok && !moment.Equal(time.Unix(at, 0)) {
			t.Fatalf("%s is %s", in[0].Requested, moment)
		}
	})
}

// readGeo writes a list as the interface does, and reads it as a client does.
func readGeo(t *testing.T, format string, in []geoRequest) (out []geoRequest) {
	t.Helper()
	if format == geoJSON {
		b, _, err := encodeGeo(format, in)
		check(t, err)
		check(t, json.Unmarshal(b, &out))
		return out
	}
	b, _, err := encodeGeo(format, geoList[geoRequest]{xml.Name{Local: "service_requests"}, in})
	check(t, err)
	var list struct {
		Items []geoRequest `xml:"request"`
	}
	check(t, xml.Unmarshal(b, &list))
	return list.Items
}

// written tells whether every character of a text is one of XML's.
func written(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' || r == 0xfffe || r == 0xffff || r == 0xfffd
	})
}

// Limits of a browser: so many reports, so many drafts with pictures; then it is
// told when to come back, and nothing is stored.
func TestABrowserReportsSoOften(t *testing.T) {
	st, _, _ := reportSite(t)
	v, filed := st.visitor(t), 0
	for i := range 8 {
		v.see("/hemuli/complaints/new/repair").want(200)
		v.post("/hemuli/complaints/new/repair", "text", fmt.Sprintf("第%d盏灯坏了三天", i), "once", fmt.Sprintf("once-of-browser-%d", i), "q0", "路灯").want(200)
		if v.post("/hemuli/complaints/check", "level", "anonymous"); v.status == 200 {
			filed++
		} else {
			v.want(429)
		}
	}
	if filed != 3 {
		t.Errorf("%d anonymous reports of one browser in a day", filed)
	}
	st.Clock.Add(25 * time.Hour)
	v.see("/hemuli/complaints/new/repair").want(200)
	v.post("/hemuli/complaints/new/repair", "text", "第九盏灯坏了三天", "once", "once-of-browser-9", "q0", "路灯").want(200)
	v.post("/hemuli/complaints/check", "level", "anonymous").want(200)
}

// A bomb, words and seven pictures are refused beside the field, and what was
// typed stays; a photograph is kept without its name.
func TestPicturesOfAReport(t *testing.T) {
	pictures(t)
	st, _, _ := reportSite(t)
	dir := os.Getenv("JUWU_STORY_FILES")
	for name, tc := range map[string]struct {
		files []string
		want  int
	}{
		"bomb": {[]string{"bomb.jpg"}, 422}, "words": {[]string{"words.jpg"}, 422}, "one": {[]string{"lamp.jpg"}, 303},
		"six": {strings.Fields(strings.Repeat("lamp.jpg ", 6)), 303}, "seven": {strings.Fields(strings.Repeat("lamp.jpg ", 7)), 422},
	} {
		v := st.visitor(t)
		v.see("/hemuli/complaints/new/repair").want(200)
		fields := url.Values{"csrf": {token.FindStringSubmatch(v.body)[1]}, "text": {"三单元门口的路灯不亮"}, "q0": {"路灯"}, "once": {"once-of-pictures-" + name}}
		status, body := upload(t, v, "/hemuli/complaints/new/repair", fields, dir, tc.files)
		if status != tc.want || status == 422 && !strings.Contains(body, "三单元门口的路灯不亮") {
			t.Errorf("%s: %d, want %d", name, status, tc.want)
		}
		st.Clock.Add(25 * time.Hour)
	}
}

// upload sends a form with files as a browser does.
func upload(t *testing.T, v *visitor, path string, fields url.Values, dir string, files []string) (int, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range fields {
		check(t, w.WriteField(name, values[0]))
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		check(t, err)
		part, err := w.CreateFormFile("photos", name)
		check(t, err)
		_, err = part.Write(data)
		check(t, err)
	}
	check(t, w.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Host = "juwu.test"
	r.Header.Set("Content-Type", w.FormDataContentType())
	return v.do(r)
}

// The pin stands on the picture of the compound where it was put, for the
// reporter and for everybody who may read the case; without one there is no
// picture; a pin beside it is none.
func TestThePinStandsOnThePicture(t *testing.T) {
	pictures(t)
	st, c, _ := reportSite(t)
	ctx := context.Background()
	plan, err := os.ReadFile(filepath.Join(os.Getenv("JUWU_STORY_FILES"), "lamp.jpg")) // 40 × 30
	check(t, err)
	check(t, st.In(c).SetPlan(ctx, holder(t, st.DB, c.ID, models.RoleDirector), store.NewFile{Name: "plan.jpg", Data: plan}))
	u, err := st.EnsureUser(ctx, storetest.System, "13700000001", "")
	check(t, err)
	for i, tc := range []struct {
		x, y int
		want string
	}{{250, 700, `cx="10" cy="21"`}, {0, 1000, `cx="0" cy="30"`}, {-1, -1, ""}, {1001, 5, ""}} {
		f, err := st.In(c).FileComplaint(ctx, models.Actor{UserID: u.ID}, store.Report{
			Once: fmt.Sprintf("once-of-a-pin-%04d", i), Category: "repair", Channel: models.ChannelWeb, Level: models.LevelNamed, Text: "路灯坏了三天", PinX: tc.x, PinY: tc.y,
			Answers: []models.ComplaintAnswer{{Question: "object", Answer: "路灯"}}})
		check(t, err)
		v := st.visitor(t).see("/hemuli/complaints/" + f.Case.ID.String()).want(200)
		if strings.Contains(v.body, "plan__pin") != (tc.want != "") || !strings.Contains(v.body, tc.want) {
			t.Errorf("%d,%d: %s", tc.x, tc.y, v.main())
		}
	}
}
