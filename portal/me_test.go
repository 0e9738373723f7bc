package portal

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/xuri/excelize/v2"

	"juwu/internal/store/storetest"
	"juwu/models"
)

// Every page of a person's own things asks who one is, keeps nothing in any
// cache, and shows no whole number.
func TestMyPagesArePrivate(t *testing.T) {
	st := newSite(t)
	st.Community(t, "hemuli")
	v := st.visitor(t).login(phone)
	stranger := st.visitor(t)
	for _, r := range st.edge.Routes() {
		if r.Method != "GET" || r.Object != "self" {
			continue
		}
		path := strings.ReplaceAll(r.Path, ":community", "hemuli")
		if strings.HasPrefix(path, "/me/wechat") { // leads away, or needs to come back
			continue
		}
		stranger.send("GET", path, nil)
		if strings.HasSuffix(path, ".json") {
			if stranger.status != 401 { // a machine reads this: no login page
				t.Errorf("%s shows a stranger %d", path, stranger.status)
			}
		} else if stranger.status != 303 || !strings.HasPrefix(stranger.header.Get("Location"), "/login?next=") {
			t.Errorf("%s shows a stranger %d", path, stranger.status)
		}
		v.see(path).want(200)
		if got := v.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		if !strings.HasPrefix(path, "/me/data.") && strings.Contains(v.body, phone) {
			t.Errorf("%s shows the whole number", path)
		}
		for _, key := range []string{"me.", "login.", "secondfactor.", "privacy.", "correction."} {
			if strings.Contains(v.main(), ">"+key) {
				t.Errorf("%s shows a bare key", path)
			}
		}
	}
}

func TestProfileKeepsWhatWasTyped(t *testing.T) {
	st := newSite(t)
	v := st.visitor(t).login(phone)
	v.see("/me/profile").post("/me/profile", "name", strings.Repeat("x", 51), "lang", "en").want(422, `value="`+strings.Repeat("x", 51)+`"`)
	v.see("/me/profile").post("/me/profile", "name", "Ms Cheng", "lang", "en", "channels", "sms").want(200, "Saved", `value="Ms Cheng"`)
	v.see("/me/consents").want(200, "Notices by text message", "Turn off")
	v.post("/me/consents", "purpose", "sms", "given", "no").want(200, "Turn on")
	v.see("/me").want(200, "<h1>Ms Cheng</h1>")
}

func TestDevicesAreEnded(t *testing.T) {
	st := newSite(t)
	here, away := st.visitor(t).login(phone), st.visitor(t).login(phone)
	here.see("/me/devices").want(200, "iPhone \u00b7 WeChat", "This device")
	here.post("/me/devices/end-others").want(200)
	away.send("GET", "/me", nil).want(303)
	here.see("/me").want(200)
	here.see("/me/devices").post("/me/devices/end", "device", "0011223344556677").want(404)
	here.see("/me/devices").post("/me/devices/end-all").want(200, "You are logged out")
	if here.cookies["juwu"] != "" {
		t.Error("the browser keeps the session")
	}
}

func TestTelephoneIsChangedWithBothCodes(t *testing.T) {
	st := newSite(t)
	v := st.visitor(t).login(phone)
	v.see("/me/phone").post("/me/phone", "phone", "13900000000").want(200, "138****5678", "139****0000")
	codes := map[string]string{}
	parcels, err := st.LeaseOutbox(context.Background(), "t", []string{"sms"}, 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parcels {
		codes[p.Recipient], _ = p.Text.Args["code"].(string)
	}
	v.post("/me/phone/code", "old_code", codes[phone], "new_code", "x").want(422, "does not match")
	v.post("/me/phone/code", "old_code", codes[phone], "new_code", codes["13900000000"]).want(200, "139****0000")
}

func TestMyDataCanBeTakenAway(t *testing.T) {
	st := newSite(t)
	st.Community(t, "hemuli")
	v := st.visitor(t).login(phone)
	v.see("/me/correct/hemuli").post("/me/correct/hemuli", "wish", "").want(422)
	v.post("/me/correct/hemuli", "wish", "=1+1 wrong room").want(200, "Sent to the desk", "wrong room")
	v.see("/me/data.json").want(200)
	var d struct {
		Account  struct{ Phone string }
		Messages []any
	}
	if err := json.Unmarshal([]byte(v.body), &d); err != nil || d.Account.Phone != phone || d.Messages == nil {
		t.Errorf("%v: %s", err, v.body)
	}
	v.see("/me/data.xlsx").want(200)
	if got := v.header.Get("Content-Disposition"); got != `attachment; filename="my-data.xlsx"` {
		t.Errorf("disposition %q", got)
	}
	f, err := excelize.OpenReader(bytes.NewReader([]byte(v.body)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		all = append(all, strings.Join(r, "|"))
		for _, cell := range r {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if !strings.Contains(strings.Join(all, "\n"), phone) {
		t.Errorf("the sheet lacks the telephone: %q", all)
	}
}

func TestAccountIsClosedOnlyWhenSure(t *testing.T) {
	st := newSite(t)
	v := st.visitor(t).login(phone)
	v.see("/me/close").post("/me/close").want(422, "tick the box")
	v.post("/me/close", "sure", "1").want(200, "Your account is closed")
	v.send("GET", "/me", nil).want(303)
}

func TestRollFormListsAllErrors(t *testing.T) {
	st := newSite(t)
	st.Community(t, "hemuli")
	v := st.visitor(t).login(phone)
	v.see("/me/roll/hemuli").post("/me/roll/hemuli", "name", "", "digits", "12").want(422, `href="#name"`, `href="#building"`, `href="#room"`, `value="12"`)
	v.post("/me/roll/hemuli", "name", "A", "digits", "123456", "building", "3", "room", "1").want(200, "Waiting for the desk")
	v.send("GET", "/me/roll/nowhere", nil).want(404)
}

// A POST without the form's token changes nothing, whatever the address.
func TestEveryPostNeedsItsToken(t *testing.T) {
	st := newSite(t)
	st.Community(t, "hemuli")
	v := st.visitor(t).login(phone)
	for _, r := range st.edge.Routes() {
		if r.Method != "POST" || r.Tokenless {
			continue
		}
		path := strings.ReplaceAll(r.Path, ":community", "hemuli")
		if v.send("POST", path, url.Values{"sure": {"1"}, "name": {"x"}}); v.status != 403 {
			t.Errorf("%s without a token: %d", path, v.status)
		}
	}
	v.see("/me").want(200)
}

func TestOfficerSetsUpTheSecondStep(t *testing.T) {
	st := newSite(t)
	c := st.Community(t, "hemuli")
	ctx := context.Background()
	v := st.visitor(t).login(phone)
	v.see("/login/second").want(200, "do not need a second step")
	u, err := st.EnsureUser(ctx, storetest.System, phone, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = st.Appoint(ctx, storetest.System, models.Appointment{RegionID: c.DistrictID, UserID: u.ID, Role: models.RoleDistrict,
		From: "2026-01-01", Until: "2030-12-31", Decision: "founding", Name: "District"})
	if err != nil {
		t.Fatal(err)
	}
	code, err := st.IssueFounderEnrolment(ctx, storetest.System, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	v.see("/login/second?next=/privacy").want(200, "Set-up code")
	v.post("/login/second/begin", "code", "ABCDEFGH", "next", "/privacy").want(422, "does not match")
	v.post("/login/second/begin", "code", code, "next", "/privacy").want(200, "Scan", "<svg")
	pending := regexp.MustCompile(`name="pending" value="([^"]+)"`).FindStringSubmatch(v.body)[1]
	secret := regexp.MustCompile(`translate="no">([A-Z2-7 ]+)<`).FindStringSubmatch(v.body)[1]
	digits := func() string {
		d, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), st.Clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	v.post("/login/second/finish", "pending", pending, "digits", "000000").want(422, "do not match", "Scan")
	before := v.cookies["juwu"]
	v.post("/login/second/finish", "pending", pending, "digits", digits(), "next", "/privacy").want(200, "Recovery codes", `href="/privacy"`)
	if v.cookies["juwu"] == before {
		t.Error("the session id was not replaced")
	}
	recovery := regexp.MustCompile(`>([A-Z2-9]{5}-[A-Z2-9]{5})<`).FindAllStringSubmatch(v.body, -1)
	if len(recovery) != 10 {
		t.Fatalf("%d recovery codes", len(recovery))
	}
	v.see("/me/devices").want(200, "10 recovery codes left")

	// Another day: digits once, then a recovery code.
	later := st.visitor(t).login(phone)
	later.see("/login/second?next=/me").want(200, "6 digits from the app")
	later.post("/login/second", "digits", digits(), "next", "/me").want(200)
	if later.path != "/me" {
		t.Errorf("at %s", later.path)
	}
	st.Clock.Add(13 * time.Hour)
	third := st.visitor(t).login(phone)
	third.see("/login/second?way=recovery").post("/login/second/recovery", "recovery", recovery[0][1], "next", "/me").want(200)
	third.see("/me/devices").want(200, "9 recovery codes left").post("/me/recovery").want(200, "Keep your recovery codes")
}

func TestWeChatComesBackToTheSameDevice(t *testing.T) {
	st := newSite(t)
	v, other := st.visitor(t).login(phone), st.visitor(t).login("13900000000")
	v.see("/me/profile").want(200, "Link WeChat")
	v.send("GET", "/me/wechat", nil).want(303)
	to, err := url.Parse(v.header.Get("Location"))
	if err != nil || to.Host != "open.weixin.qq.com" || to.Query().Get("redirect_uri") != "http://juwu.test/me/wechat/back" {
		t.Fatalf("leads to %v, %v", to, err)
	}
	back := "/me/wechat/back?code=c0de&state=" + to.Query().Get("state")
	v.send("GET", "/me/wechat/back?code=c0de&state=guess", nil).want(409)
	other.send("GET", back, nil).want(409)
	v.see(back).want(200, `value="c0de"`)
	if n, err := st.OutboxCounts(context.Background()); err != nil || len(n) != 1 {
		t.Errorf("coming back has already written: %v, %v", n, err) // the two logins' messages alone
	}
	v.post("/me/wechat/bind", "code", "c0de").want(200, "works within a minute")
}
