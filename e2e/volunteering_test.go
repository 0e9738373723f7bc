package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"juwu/internal/sheet"
	"juwu/models"
	"juwu/policy"
)

// inDatabase does what no test can wait for: hours and days pass.
func inDatabase(t testing.TB, s *Server, do func(db *sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Data, "juwu.db")+"?_pragma=busy_timeout(10000)")
	if err == nil {
		err = do(db)
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// pass moves instants of a table into the past: by is as SQLite writes it, such
// as "-1 hours".
func pass(t testing.TB, s *Server, by string, columns map[string][]string) {
	t.Helper()
	inDatabase(t, s, func(db *sql.DB) error {
		for table, names := range columns {
			for _, name := range names {
				q := fmt.Sprintf("UPDATE %s SET %s = strftime('%%Y-%%m-%%d %%H:%%M:%%f', %s, '%s') || '+00:00' WHERE %s IS NOT NULL", table, name, name, by, name)
				if len(name) > 3 && strings.HasSuffix(name, "_on") || strings.HasSuffix(name, "_until") || name == "since" || name == "last_visit" {
					q = fmt.Sprintf("UPDATE %s SET %s = date(%s, '%s') WHERE %s <> ''", table, name, name, by, name)
				}
				if _, err := db.Exec(q); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// volunteer is somebody with a telephone who registers on it.
func volunteer(s *Server, p *Page, phone, name string) (number string) {
	p.t.Helper()
	logIn(s, p, phone)
	p.Visit("/hemuli/volunteers/join")
	p.Fill(p.T("volunteer.name"), name)
	p.Fill(p.T("volunteer.birth"), "1990-05-20")
	p.Choose(p.T("volunteer.skill.company"))
	p.Choose(p.T("volunteer.public.yes"))
	p.Choose(p.T("volunteer.agree.yes"))
	p.Follow(p.T("volunteer.join.send"))
	p.See(p.T("volunteer.joined.title"))
	p.eval(`document.querySelector("main").innerText.match(/20\d{8}/)[0]`, &number)
	return number
}

// hrefs are where the links on the page lead that match.
func (p *Page) href(selector string) string {
	p.t.Helper()
	p.SeeElement(selector)
	var s string
	p.eval(fmt.Sprintf("document.querySelector(%s).getAttribute('href')", quote(selector)), &s)
	return s
}

// sheetOf is an .xlsx of hours for one person: so many days of eight hours.
func sheetOf(t *testing.T, number, name string, days int) string {
	t.Helper()
	var b bytes.Buffer
	today := models.DateOf(time.Now())
	rows := func(yield func([]any, error) bool) {
		for i := range days {
			if !yield([]any{number, name, string(today.AddDays(-20 - i)), "", "", 8, "夜间巡逻"}, nil) {
				return
			}
		}
	}
	if err := sheet.WriteTable(&b, sheet.XLSX, sheet.Table{Name: "时长", Header: sheet.ServedHeader, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "时长.xlsx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// From the first tap to a certificate that anybody can check: register, take a
// colleague's shift, check in and out by the leader's code, hours approved by
// another person, a star after its display, a certificate, and its end when
// hours are reversed.
func TestVolunteerFromFirstTapToCertificate(t *testing.T) {
	for name, opts := range oneOf("zh-CN", map[string][]Option{"zh-CN": nil, "en": {Language("en"), Dark()}}) {
		t.Run(name, func(t *testing.T) {
			browser(t)
			s := FilledNow(t)
			st := &volunteering{t: t, s: s, opts: opts, v: Open(t, s, opts...), leader: Open(t, s, opts...), member: Open(t, s, opts...), director: Open(t, s, opts...)}
			st.leader.EnterAs(Resident)
			st.member.EnterAs(Member)
			st.director.EnterAs(Director)
			st.register()
			st.takeShift()
			st.serve()
			st.approve()
			st.star()
			st.certify()
			st.reverse()
		})
	}
}

type volunteering struct {
	t                           *testing.T
	s                           *Server
	opts                        []Option
	v, leader, member, director *Page
	number                      string
	activity                    string // address
	token                       string
}

const serving = "宋知远"

func (st *volunteering) register() {
	v := st.v
	logIn(st.s, v, "13700000001")
	v.Visit("/hemuli/volunteers")
	look(v, "gauge")
	v.Visit("/hemuli/volunteers/join")
	look(v, "register")
	v.Follow(v.T("volunteer.join.send"))
	v.See(v.T("volunteer.skills.needed"), v.T("volunteer.agree.needed"))
	look(v, "register refused")
	v.Fill(v.T("volunteer.name"), "沈小苗")
	v.Fill(v.T("volunteer.birth"), "2014-05-20")
	v.Choose(v.T("volunteer.skill.company"))
	v.Choose(v.T("volunteer.agree.yes"))
	v.Follow(v.T("volunteer.join.send"))
	v.See(v.T("volunteer.birth.parent", "n", policy.TeenAge))
	v = Open(st.t, st.s, st.opts...)
	st.v = v
	st.number = volunteer(st.s, v, "13700000002", serving)
	look(v, "registered")
}

// takeShift: a colleague has the place and cannot come.
func (st *volunteering) takeShift() {
	w := Open(st.t, st.s, st.opts...)
	volunteer(st.s, w, "13700000003", "方小雨")
	w.Visit("/hemuli/activities")
	st.activity = w.href(`main a[href^="/hemuli/activities/9"]`)
	w.Visit(st.activity)
	look(w, "activity")
	w.Visit(w.href(`a[href*="/shifts/"]`))
	look(w, "sign up")
	w.Follow(w.T("activity.signup.send"))
	w.See(w.T("activity.place.title"))
	look(w, "place")
	w.Fill(w.T("activity.swap.number"), st.number)
	w.Follow(w.T("activity.swap.send"))
	v := st.v
	v.Visit("/hemuli/volunteers/mine")
	v.See(v.T("activity.swap.asked", "name", "方小雨"))
	look(v, "asked to swap")
	v.Follow(v.T("activity.swap.take"))
	v.Visit("/hemuli/volunteers/mine")
	v.See(v.T("volunteer.next"))
	w.Visit("/hemuli/volunteers/mine")
	w.See(w.T("volunteer.next.none"))
}

// code is what the leader's screen shows.
func (st *volunteering) code() string {
	st.leader.Visit(st.activity + "/lead/code")
	return strings.ReplaceAll(st.leader.Read(".checkin-code"), " ", "")
}

func (st *volunteering) here(way string) {
	v := st.v
	v.Visit("/hemuli/volunteers/mine")
	v.Follow(v.T("activity.here." + way))
	v.Fill(v.T("activity.code"), st.code())
	look(v, "check "+way)
	v.Follow(v.T("activity.here." + way))
	v.See(v.T("activity.here.done." + way))
}

func (st *volunteering) serve() {
	st.here("in")
	pass(st.t, st.s, "-1 hours", map[string][]string{"attendances": {"in_at"}, "shifts": {"begins_at", "ends_at"}, "signups": {"begins_at", "ends_at"}})
	st.here("out")
	l := st.leader
	l.Visit(st.activity + "/lead")
	l.Follow(l.T("lead.propose.send"))
	l.See(l.T("lead.proposed", "n", 1))
	look(l, "proposed")
	st.v.Visit("/hemuli/volunteers/mine")
	st.v.See(st.v.T("hours.waiting"))
}

// approve: what the leader proposed, and old hours from a sheet that the
// director brought in and another person decides at once.
func (st *volunteering) approve() {
	m, d := st.member, st.director
	m.Visit("/admin/hemuli/volunteers/hours")
	m.See(serving)
	look(m, "approve") // a clean record is ticked already
	m.Follow(m.T("hours.approve"))
	m.See(m.T("hours.desk.done", "n", 1))
	d.Visit("/admin/hemuli/volunteers/hours/import")
	d.Attach(d.T("list.file"), sheetOf(st.t, st.number, serving, 14))
	d.Follow(d.T("roll.upload"))
	look(d, "sheet of hours")
	d.Follow(d.T("list.hours.confirm", "n", 14))
	d.See(d.T("list.waits.own"))
	here := d.Address()
	m.Visit(here)
	m.Follow(m.T("list.approve", "n", 14))
	m.See(m.T("hours.desk.done", "n", 14))
	st.v.Visit("/hemuli/volunteers/mine/hours")
	st.v.See("夜间巡逻")
	look(st.v, "my hours")
}

// star: proposed by the hours, posted, and decided by another person when five
// working days are over.
func (st *volunteering) star() {
	m, d := st.member, st.director
	m.Visit("/admin/hemuli/volunteers/stars")
	m.See(serving)
	look(m, "stars")
	m.Follow(m.T("volunteer.stars.post"))
	m.Visit("/admin/hemuli/volunteers/stars")
	m.See(m.T("volunteer.stars.refuse"))
	var early bool
	m.eval(`document.querySelector("button[value=yes]") !== null`, &early)
	if early {
		st.t.Error("a star can be granted while it is on display")
	}
	guest := Open(st.t, st.s, st.opts...)
	guest.Visit("/hemuli/volunteers")
	guest.See(guest.T("volunteer.stars.display"), serving)
	pass(st.t, st.s, "-15 days", map[string][]string{"star_awards": {"posted_on", "posted_until"}})
	d.Visit("/admin/hemuli/volunteers/stars")
	d.Follow(d.T("volunteer.stars.grant"))
	st.v.Visit("/hemuli/volunteers/mine")
	st.v.See(st.v.T("volunteer.stars.n", "n", 1))
	look(st.v, "one star")
}

func (st *volunteering) certify() {
	v, t := st.v, st.t
	v.Visit("/hemuli/volunteers/mine/certificates")
	look(v, "certificates")
	v.Fill(v.T("certify.remarks"), "用于入学")
	v.Follow(v.T("certify.send"))
	look(v, "certificate")
	paper := printed(t, v)
	for _, want := range []string{st.number, serving, "夜间巡逻", "用于入学"} {
		if papers(paper) != 1 || !strings.Contains(paper, want) {
			t.Errorf("%d papers, without %s:\n%s", papers(paper), want, paper)
		}
	}
	st.token = tokenOf(t, st.s)
	anybody := Open(t, st.s, st.opts...)
	anybody.Visit("/verify")
	look(anybody, "verify")
	anybody.Fill(anybody.T("verify.token"), st.token)
	anybody.Follow(anybody.T("verify.send"))
	anybody.See(anybody.T("verify.valid"), serving, st.number)
	look(anybody, "verified")
	other := "A"
	if st.token[40] == 'A' {
		other = "B"
	}
	flipped := st.token[:40] + other + st.token[41:]
	anybody.Visit("/verify/" + flipped)
	anybody.See(anybody.T("certify.token.wrong"))
	if anybody.Status() != http.StatusUnprocessableEntity {
		t.Errorf("a flipped certificate: %d", anybody.Status())
	}
	look(anybody, "not genuine")
	if out, err := checkAlone(t, st.s, st.token); err != nil || !strings.Contains(out, st.number) {
		t.Errorf("the script of a stranger: %v\n%s", err, out)
	}
	if out, err := checkAlone(t, st.s, flipped); err == nil {
		t.Errorf("the script of a stranger believes a flipped one:\n%s", out)
	}
}

// tokenOf is what the QR code of the only certificate says.
func tokenOf(t *testing.T, s *Server) (token string) {
	t.Helper()
	inDatabase(t, s, func(db *sql.DB) error {
		var payload, signature []byte
		err := db.QueryRow("SELECT payload, signature FROM service_certificates ORDER BY id DESC LIMIT 1").Scan(&payload, &signature)
		token = policy.CertificateToken(payload, signature)
		return err
	})
	return token
}

// checkAlone checks with the script of the docs, which knows the published keys
// and nothing else of the server.
func checkAlone(t *testing.T, s *Server, token string) (string, error) {
	t.Helper()
	res, err := http.Get(s.URL + "/verify/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	_, keys := read(t, res)
	if !json.Valid([]byte(keys)) {
		t.Fatalf("keys: %s", keys)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("node", "../docs/check-certificate.mjs", token, file).CombinedOutput()
	return string(out), err
}

// reverse: hours were wrong; whoever asks about the certificate learns it at
// once.
func (st *volunteering) reverse() {
	d := st.director
	d.Visit("/admin/hemuli/volunteers/list?q=" + st.number)
	d.Follow(serving)
	look(d, "volunteer at the desk")
	d.Visit(d.href(`a[href$="/reverse"]`))
	d.Fill(d.T("hours.reason"), "当天没有来，记错了")
	look(d, "reverse")
	d.Follow(d.T("hours.reverse.yes"))
	anybody := Open(st.t, st.s, st.opts...)
	anybody.Visit("/verify/" + st.token)
	anybody.See(anybody.T("verify.bad"), anybody.T("verify.revoked"))
	anybody.NotSee("记错了") // why is nobody's business
	look(anybody, "revoked")
	st.v.Visit("/hemuli/volunteers/mine/hours")
	st.v.See(st.v.T("hours.state.reversed"))
	st.v.Visit("/hemuli/volunteers/mine/certificates")
	st.v.See(st.v.T("verify.revoked"))
}
