package e2e

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"juwu/internal/sheet"
	"juwu/models"
)

const elder = "高奶奶"

// oneOf is the manner in which a long story is lived in make test; make soak
// lives it in all.
func oneOf(name string, all map[string][]Option) map[string][]Option {
	if long() {
		return all
	}
	return map[string][]Option{name: all[name]}
}

// An elder's family asks for help, a neighbour comes, is thanked, and visits
// from then on; a visit that is missed alarms everybody.
func TestFamilyOfAnElderFindsHelp(t *testing.T) {
	for name, opts := range oneOf("zh-CN", map[string][]Option{"zh-CN": {Care()}, "en": {Language("en")}}) {
		t.Run(name, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			family, desk, helper := Open(t, s, opts...), Open(t, s, opts...), Open(t, s, opts...)
			desk.EnterAs(Member)
			helper.EnterAs(Resident)
			askHelp(s, family)
			matched(family, desk, helper)
			pass(t, s, "-2 days", map[string][]string{"help_requests": {"wanted_at"}})
			family.Visit(family.Address())
			family.Fill(family.T("help.took"), "60")
			family.Fill(family.T("help.thanks"), "妈妈说您真细心")
			look(family, "confirm help")
			family.Follow(family.T("help.confirm.send"))
			family.See(family.T("help.state.done"))
			helper.Visit("/hemuli/volunteers/mine")
			helper.See("妈妈说您真细心")
			paired(s, family, desk, helper)
		})
	}
}

func askHelp(s *Server, p *Page) {
	logIn(s, p, "13700000011")
	p.Visit("/hemuli/volunteers/help")
	look(p, "ask for help")
	p.Follow(p.T("help.send"))
	look(p, "ask for help refused")
	p.Choose(p.T("help.for.family"))
	p.Select(p.T("help.kind"), p.T("volunteer.skill.company"))
	p.Select(p.T("help.target"), p.T("volunteer.target.elders"))
	p.Fill(p.T("help.detail"), "腿脚不便，想有人陪高奶奶去医院")
	p.Fill(p.T("activity.form.day"), string(models.DateOf(time.Now()).AddDays(1)))
	p.Fill(p.T("activity.form.begins"), "10:00")
	p.Fill(p.T("help.name"), elder)
	p.Fill(p.T("volunteer.phone"), "13700000012")
	p.Fill(p.T("help.address"), "3幢1单元201")
	p.Follow(p.T("help.send"))
	p.See(p.T("help.state.open"))
	look(p, "asked for help")
}

func matched(family, desk, helper *Page) {
	desk.Visit("/admin/hemuli/volunteers/help")
	look(desk, "requests")
	desk.Follow(desk.T("volunteer.skill.company"))
	look(desk, "matches")
	desk.Follow(Resident)
	helper.Visit("/hemuli/volunteers/mine")
	helper.See(helper.T("help.asked"))
	helper.Follow(helper.T("volunteer.skill.company"))
	helper.NotSee("3幢1单元201", elder)
	look(helper, "asked to help")
	helper.Follow(helper.T("help.yes"))
	helper.See("3幢1单元201", elder)
	family.Visit(family.Address())
	family.See(family.T("help.state.accepted"), Resident)
}

func paired(s *Server, family, desk, helper *Page) {
	var number string
	helper.eval(`document.querySelector("main").innerText.match(/20\d{8}/)[0]`, &number)
	desk.Visit("/admin/hemuli/volunteers/pairings")
	desk.Fill(desk.T("volunteer.number"), number)
	desk.Fill(desk.T("pairing.elder"), elder)
	desk.Fill(desk.T("help.address"), "3幢1单元201")
	desk.Fill(desk.T("pairing.every"), "7")
	desk.Fill(desk.T("pairing.family"), "13700000011")
	look(desk, "pairings")
	desk.Follow(desk.T("pairing.new"))
	desk.See(elder)
	helper.Visit("/hemuli/volunteers/mine")
	helper.Follow(elder)
	helper.Fill(helper.T("help.took"), "45")
	helper.Fill(helper.T("pairing.note"), "血压有点高")
	look(helper, "visit")
	helper.Follow(helper.T("pairing.send"))
	helper.See("血压有点高")
	family.Visit("/hemuli/volunteers/help")
	family.See(family.T("pairing.family.mine"))
	family.Follow(elder)
	family.See(family.T("pairing.visits"))
	family.NotSee("血压有点高")
	pass(family.t, s, "-9 days", map[string][]string{"pairings": {"since", "last_visit"}, "pair_visits": {}})
	family.Visit(strings.TrimSuffix(family.Address(), "?thanked=1"))
	family.See(family.T("pairing.missed"))
	look(family, "missed visit")
	family.Fill(family.T("help.thanks"), "谢谢您常来看妈妈")
	family.Follow(family.T("pairing.thank"))
	family.See(family.T("pairing.thanked"))
	desk.Visit("/admin/hemuli/volunteers")
	desk.See(desk.T("volunteer.desk.waiting", "n", 1))
	desk.Visit("/admin/hemuli/volunteers/pairings")
	look(desk, "missed visit at the desk")
	helper.Visit("/hemuli/volunteers/mine")
	helper.See("谢谢您常来看妈妈")
	look(helper, "thanked")
}

// Somebody of fifteen registers; the guardian consents on the own telephone, and
// only there.
func TestMinorServesWhenTheGuardianConsents(t *testing.T) {
	for name, opts := range oneOf("en", map[string][]Option{"zh-CN": nil, "en": {Language("en")}}) {
		t.Run(name, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			minor, guardian, stranger := Open(t, s, opts...), Open(t, s, opts...), Open(t, s, opts...)
			logIn(s, minor, "13700000021")
			minor.Visit("/hemuli/volunteers/join")
			minor.Fill(minor.T("volunteer.name"), "沈小禾")
			minor.Fill(minor.T("volunteer.birth"), string(models.DateOf(time.Now()).AddDays(-15*366)))
			minor.Choose(minor.T("volunteer.skill.teach"))
			minor.Choose(minor.T("volunteer.agree.yes"))
			minor.Follow(minor.T("volunteer.join.send"))
			look(minor, "guardian missing")
			minor.Fill(minor.T("volunteer.guardian.name"), "沈建国")
			minor.Fill(minor.T("volunteer.guardian.phone.label"), "13700000022")
			minor.Follow(minor.T("volunteer.join.send"))
			minor.See(minor.T("volunteer.joined.awaiting"))
			look(minor, "awaiting")
			minor.Visit("/hemuli/activities")
			minor.Visit(minor.href(`main a[href^="/hemuli/activities/9"]`))
			minor.Visit(minor.href(`a[href*="/shifts/"]`))
			shift := minor.Address()
			minor.Follow(minor.T("activity.signup.send"))
			minor.See(minor.T("volunteer.serve.awaiting"))

			logIn(s, guardian, "13700000022")
			guardian.Visit("/me/inbox")
			guardian.Follow(guardian.T("me.inbox.open"))
			guardian.See(guardian.T("volunteer.guardian.title"), "沈小禾")
			look(guardian, "guardian")
			consent := guardian.Address()
			logIn(s, stranger, "13700000023")
			stranger.Visit(consent)
			if stranger.Status() != http.StatusNotFound {
				t.Errorf("a stranger at the guardian's page: %d", stranger.Status())
			}
			guardian.Follow(guardian.T("volunteer.guardian.yes"))
			guardian.See(guardian.T("volunteer.guardian.done"))
			minor.Visit(shift)
			minor.Follow(minor.T("activity.signup.send"))
			minor.See(minor.T("activity.place.title"))
		})
	}
}

// The committee's month: hours on paper come in from a sheet, what is odd is
// shown beside them, most are approved at once and one is refused with a reason,
// and the gauge moves.
func TestCommitteeDecidesHoursInBatches(t *testing.T) {
	for name, opts := range oneOf("en", map[string][]Option{"zh-CN": nil, "en": {Language("en"), Dark()}}) {
		t.Run(name, func(t *testing.T) {
			browser(t)
			s := Fresh(t, "demo")
			director, member, v := Open(t, s, opts...), Open(t, s, opts...), Open(t, s, opts...)
			number := volunteer(s, v, "13700000031", serving)
			director.EnterAs(Director)
			member.EnterAs(Member)
			director.Visit("/admin/hemuli/volunteers/hours/import")
			director.Attach(director.T("list.file"), oddSheet(t, number))
			director.Follow(director.T("roll.upload"))
			director.Follow(director.T("list.hours.confirm", "n", 3))
			before := activeShown(member)
			member.Visit("/admin/hemuli/volunteers/hours?odd=1")
			member.See(member.T("hours.flag.late"), serving)
			look(member, "odd hours")
			member.Visit("/admin/hemuli/volunteers/hours")
			look(member, "queue")
			member.eval(`[...document.querySelectorAll("tbody tr")].filter(r => r.innerText.includes("`+serving+`")).slice(0, 2).forEach(r => r.querySelector("input[type=checkbox]").click())`, nil)
			member.Follow(member.T("hours.approve"))
			member.See(member.T("hours.desk.done", "n", 2))
			member.Choose(member.T("hours.tick", "name", serving))
			member.Follow(member.T("hours.refuse"))
			member.See(member.T("policy.reason", "n", 4))
			look(member, "refusal without a reason")
			member.Fill(member.T("hours.reason"), "那天图书室没有开门")
			member.Follow(member.T("hours.refuse"))
			member.See(member.T("hours.desk.done", "n", 1))
			if after := activeShown(member); after == before {
				t.Errorf("the gauge still says %s", after)
			}
			v.Visit("/hemuli/volunteers/mine/hours")
			v.See(v.T("hours.state.refused"), v.T("hours.state.approved"))
			member.Visit("/hemuli")
			look(member, "home with the gauge")
		})
	}
}

// activeShown is the figure of who served within a year, on the office's gauge.
func activeShown(p *Page) string {
	p.Visit("/admin/hemuli/volunteers")
	return p.Read("#gauge")
}

func oddSheet(t *testing.T, number string) string {
	t.Helper()
	rows := func(yield func([]any, error) bool) {
		for i := range 3 { // so long ago that somebody should look twice
			if !yield([]any{number, serving, string(models.DateOf(time.Now()).AddDays(-10 - i)), "09:00", "11:00", "", "图书室值班"}, nil) {
				return
			}
		}
	}
	var b bytes.Buffer
	if err := sheet.WriteTable(&b, sheet.XLSX, sheet.Table{Name: "时长", Header: sheet.ServedHeader, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "时长.xlsx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
