package portal

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLoginOnTwoPages(t *testing.T) {
	st := newSite(t)
	v := st.visitor(t)
	v.see("/me").want(200, "<h1>Log in</h1>")
	v.post("/login", "phone", "1381234567", "next", "/me").want(422, "you typed 10", `value="1381234567"`, "tick the box")
	v.post("/login", "phone", "138 1234 5678", "agree", "1", "next", "/me").want(200, "Type the code", "138****5678")
	if strings.Contains(v.body+v.path, phone) {
		t.Error("the whole number stands on the page or in the address")
	}
	v.post("/login/code", "code", "000000x").want(422, "does not match", "4 more tries")
	before := v.cookies["juwu"]
	v.post("/login/code", "code", st.code(t, phone)).want(200)
	if v.path != "/me" || v.cookies["juwu"] == "" || v.cookies["juwu"] == before {
		t.Errorf("at %s with session %q", v.path, v.cookies["juwu"])
	}
	v.send("GET", "/login?next=/privacy", nil).want(303)
	for _, secret := range []string{phone, "138****5678", v.cookies["juwu"]} {
		if strings.Contains(st.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestLogoutEndsTheSession(t *testing.T) {
	st := newSite(t)
	v := st.visitor(t).login(phone)
	stolen := v.cookies["juwu"]
	v.see("/me").post("/logout").want(200, "You are logged out")
	v.cookies["juwu"] = stolen
	v.send("GET", "/me", nil).want(303)
}

func TestNextStaysOnTheSite(t *testing.T) {
	st := newSite(t)
	for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "https:evil.example", "/\t/evil.example", "javascript:alert(1)", ""} {
		v := st.visitor(t)
		v.see("/login?next=" + url.QueryEscape(next)).want(200)
		v.post("/login", "phone", phone, "agree", "1", "next", next).want(200)
		form := v.send("POST", "/login/code", url.Values{"csrf": {token.FindStringSubmatch(v.body)[1]}, "code": {st.code(t, phone)}})
		if to := form.header.Get("Location"); form.status != 303 || to != "/me" {
			t.Errorf("next %q led to %d %q", next, form.status, to)
		}
		st.Clock.Add(time.Hour)
	}
}

func TestKnownAndUnknownTelephonesLookTheSame(t *testing.T) {
	st := newSite(t)
	st.visitor(t).login(phone)
	pages := map[string]string{}
	for _, number := range []string{phone, "13812395678"} { // equal when masked
		v := st.visitor(t)
		v.see("/login").post("/login", "phone", number, "agree", "1").want(200)
		v.post("/login/code", "code", "x").want(422)
		pages[number] = token.ReplaceAllString(v.body, "")
	}
	if pages[phone] != pages["13812395678"] {
		t.Error("the pages differ")
	}
}

func TestCodeOfAnotherDeviceIsWorthNothing(t *testing.T) {
	st := newSite(t)
	victim, thief := st.visitor(t), st.visitor(t)
	victim.see("/login").post("/login", "phone", phone, "agree", "1").want(200)
	code := st.code(t, phone)
	thief.see("/login").post("/login", "phone", "13900000000", "agree", "1").want(200)
	thief.cookies["juwu-login"] = victim.cookies["juwu-login"]
	thief.post("/login/code", "code", code)
	if thief.cookies["juwu"] != "" {
		t.Error("a stolen pending cookie logged another device in")
	}
}

func TestDeviceName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari MicroMessenger/8": "iPhone \u00b7 WeChat",
		"Mozilla/5.0 (Windows NT 10.0) Chrome/120 Safari/537 Edg/120":                    "Windows \u00b7 Edge",
		"Mozilla/5.0 (Linux; Android 13) Chrome/120":                                     "Android \u00b7 Chrome",
		"curl/8": "",
		"":       "",
	} {
		if got := deviceName(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}
