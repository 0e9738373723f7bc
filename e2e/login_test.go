package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// logIn goes through the two pages of the login: telephone, code.
func logIn(s *Server, p *Page, phone string) {
	p.t.Helper()
	p.Visit("/login")
	p.Fill(p.T("login.phone.label"), phone)
	look(p, "login")
	if strings.Contains(p.Text(), p.T("login.agree.text")) {
		p.Choose(p.T("login.agree.text"))
	}
	code := s.Code(p.t, phone, func() { p.Follow(p.T("login.send")) })
	p.Fill(p.T("login.code.label"), code)
	look(p, "login code")
	p.Follow(p.T("login.enter"))
}

func logOut(p *Page) {
	p.t.Helper()
	p.Visit("/me")
	p.Follow(p.T("me.logout"))
	p.See(p.T("login.out"))
}

func TestPersonLogsInByPhoneSeesDevicesAndLogsOut(t *testing.T) {
	const phone = "13800138000"
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			p := Open(t, s, Language(lang))
			p.Visit("/login")
			p.Fill(p.T("login.phone.label"), "1380013800")
			p.Follow(p.T("login.send"))
			p.See(p.T("form.phone.length", "n", 10), p.T("login.agree.needed"))
			if got := p.Value(p.T("login.phone.label")); got != "1380013800" {
				t.Errorf("what was typed is gone: %q", got)
			}
			look(p, "login refused")
			logIn(s, p, phone)
			p.See(p.T("me.logout"))
			look(p, "me")

			other := Open(t, s, Language(lang), Desktop())
			logIn(s, other, phone)
			other.Visit("/me/devices")
			other.See(other.T("me.devices.here"))
			look(other, "devices")
			other.Follow(other.T("me.devices.end.others"))
			p.Visit("/me")
			p.See(p.T("login.title"))
			logOut(other)
			other.Visit("/me")
			other.See(other.T("login.title"))
		})
	}
}

func TestCodeThatIsWrongOrUsedAgainOpensNothing(t *testing.T) {
	const phone = "13800138001"
	browser(t)
	s := Fresh(t, "demo")
	p := Open(t, s)
	p.Visit("/login")
	p.Fill(p.T("login.phone.label"), phone)
	p.Choose(p.T("login.agree.text"))
	code := s.Code(t, phone, func() { p.Follow(p.T("login.send")) })
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	p.Fill(p.T("login.code.label"), wrong)
	p.Follow(p.T("login.enter"))
	if p.Status() != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: status %d", p.Status())
	}
	look(p, "wrong code")
	second := p.Another()
	second.Visit("/login/code")
	p.Fill(p.T("login.code.label"), code)
	p.Follow(p.T("login.enter"))
	p.See(p.T("me.logout"))
	second.Fill(p.T("login.code.label"), code)
	second.Follow(p.T("login.enter"))
	second.NotSee(p.T("me.logout"))
}

// A new officer gets a code at the desk, connects an app, prints recovery
// codes; later the app's digits or a recovery code open the office.
func TestNewOfficerSetsUpTheSecondStep(t *testing.T) {
	for _, lang := range []string{"zh-CN", "en"} {
		t.Run(lang, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			director := Open(t, s, Language(lang))
			director.EnterAs(Director)
			director.Visit("/admin/hemuli/second-factor")
			look(director, "second factor")
			director.Follow(director.T("secondfactor.office.issue") + " 方小云")
			look(director, "hand over")
			handed := director.Read("main [translate=no]")

			p := Open(t, s, Language(lang))
			logIn(s, p, "19800000006")
			p.Visit("/admin/hemuli")
			p.See(p.T("secondfactor.begin.title"))
			look(p, "begin")
			p.Fill(p.T("secondfactor.begin.label"), handed)
			p.Follow(p.T("secondfactor.begin.send"))
			secret := strings.Join(strings.Fields(p.Read("main [translate=no]")), "")
			look(p, "enrol")
			p.Fill(p.T("secondfactor.digits.label"), digits(t, secret, time.Now()))
			p.Follow(p.T("secondfactor.enrol.send"))
			p.See(p.T("secondfactor.codes.title"))
			recovery := p.Read("ol li .big")
			look(p, "recovery codes")
			p.Follow(p.T("secondfactor.codes.done"))
			p.See(p.T("office.day.title"))

			logOut(p)
			p = Open(t, s, Language(lang)) // a code goes out once a minute and device
			logIn(s, p, "19800000006")
			p.Visit("/admin/hemuli")
			look(p, "second step")
			// The digits that enrolled are used; the app's next ones are not.
			p.Fill(p.T("secondfactor.digits.label"), digits(t, secret, time.Now().Add(30*time.Second)))
			p.Follow(p.T("secondfactor.send"))
			p.See(p.T("office.day.title"))

			p = Open(t, s, Language(lang), Care())
			logIn(s, p, "19800000006")
			p.Visit("/admin/hemuli")
			p.Follow(p.T("secondfactor.userecovery"))
			look(p, "recovery")
			p.Fill(p.T("secondfactor.recovery.label"), recovery)
			p.Follow(p.T("secondfactor.recovery.send"))
			p.See(p.T("office.day.title"))
		})
	}
}

func digits(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
