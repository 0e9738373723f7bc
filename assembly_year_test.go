package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// year is 和睦里 over a year: forty households in two groups, a committee, a
// street. Everything is done through the pages, each person with a session of
// their own.
type year struct {
	*canaryWorld
	rooms map[string]string // of residents, by their name
}

func newYear(t testing.TB) *year {
	y := &year{canaryWorld: newCanaryWorld(t), rooms: map[string]string{}}
	for i := range 40 {
		group, name := fmt.Sprintf("第%d组", i/20+1), fmt.Sprintf("居民%02d", i)
		phone, room := fmt.Sprintf("1990000%04d", i), fmt.Sprintf("%d%02d", i/4+1, i%4+1)
		_, err := y.In(y.c).AddResident(cctx, y.people["director"], store.ResidentDraft{Name: name, Relation: "户主", Birth: "1980-05-01", GroupName: group, NoDocument: true,
			BuildingID: y.building, Unit: "1单元", Room: room, Phone: phone})
		y.must(err)
		u, err := y.EnsureUser(cctx, storetest.System, phone, name)
		y.must(err)
		y.people[name], y.rooms[name] = models.Actor{UserID: u.ID, Name: name}, room
	}
	return y
}

// wait lets days pass; everybody logs in again.
func (y *year) wait(days int) {
	y.Clock.Add(time.Duration(days) * 24 * time.Hour)
	clear(y.cookies)
	y.must(y.Load(cctx)) // as the program does every second
}

func (y *year) day(in int) string { return string(models.DateOf(y.Now()).AddDays(in)) }

// ask sends one request as somebody.
func (y *year) ask(who, method, path string, form url.Values) (status int, body, location string) {
	y.t.Helper()
	if y.cookies[who] == "" && who != "nobody" {
		opened, err := y.DemoSession(cctx, y.people[who].UserID, store.Device{Name: "test"})
		y.must(err)
		y.cookies[who] = "juwu=" + opened.Token
	}
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Host = "127.0.0.1:8080"
	req.Header.Set("Origin", "http://127.0.0.1:8080")
	req.Header.Set("Accept-Language", "zh-CN")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Cookie", y.cookies[who])
	res, err := y.edge.App.Test(req, -1)
	y.must(err)
	b, err := io.ReadAll(res.Body)
	y.must(err)
	return res.StatusCode, string(b), res.Header.Get("Location")
}

var markup = regexp.MustCompile(`(?s)<(script|style|svg|head)[^>]*>.*?</(script|style|svg|head)>|<[^>]*>|\s+`)

// plain is what can be read on a page.
func plain(body string) string {
	_, main, ok := strings.Cut(body, "<main")
	if !ok {
		main = body
	}
	return strings.Join(strings.Fields(markup.ReplaceAllString(main, " ")), " ")
}

// page is what somebody sees; it must be there.
func (y *year) page(who, path string) string {
	y.t.Helper()
	status, body, _ := y.ask(who, http.MethodGet, path, nil)
	if status != http.StatusOK {
		y.t.Fatalf("%s at %s: %d %.400s", who, path, status, plain(body))
	}
	return body
}

var (
	formPattern   = regexp.MustCompile(`(?s)<form[^>]*action="([^"#?]*)[^"]*"[^>]*>(.*?)</form>`)
	hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// try fills the form of a page that goes to an address and sends it. A form that
// the page does not have is sent all the same, as somebody hostile would.
func (y *year) try(who, page, action string, pairs ...string) (status int, body, location string) {
	y.t.Helper()
	form := url.Values{}
	_, seen, _ := y.ask(who, http.MethodGet, page, nil)
	for _, f := range formPattern.FindAllStringSubmatch(seen, -1) {
		if f[1] != action {
			continue
		}
		hidden := url.Values{}
		for _, h := range hiddenPattern.FindAllStringSubmatch(f[2], -1) {
			hidden.Add(h[1], html.UnescapeString(h[2]))
		}
		if form.Get("csrf") == "" || len(pairs) > 1 && slices.Contains(hidden[pairs[0]], pairs[1]) {
			form = hidden
		}
	}
	for i := 0; i < len(pairs); i += 2 { // what is typed stands in place of what the page hid
		form.Del(pairs[i])
	}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	if form.Get("csrf") == "" {
		_, me, _ := y.ask(who, http.MethodGet, "/me", nil)
		if m := csrfToken.FindStringSubmatch(me); m != nil {
			form.Set("csrf", m[1])
		}
	}
	return y.ask(who, http.MethodPost, action, form)
}

// do is try that must go well; it tells where it leads.
func (y *year) do(who, page, action string, pairs ...string) string {
	y.t.Helper()
	status, body, location := y.try(who, page, action, pairs...)
	if status != http.StatusSeeOther {
		y.t.Fatalf("%s sends %s: %d %.1500s", who, action, status, plain(body))
	}
	return strings.Split(location, "#")[0]
}

func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// found are all matches of a pattern's group, each once.
func found(pattern, text string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}

func (y *year) has(text string, words ...string) {
	y.t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			y.t.Errorf("no %q in %.1500s", w, plain(text))
		}
	}
}

const (
	hemuli = "/hemuli"
	office = "/admin/hemuli"
)

// known matches a resident with the roll, by the page.
func (y *year) known(names ...string) {
	y.t.Helper()
	for _, name := range names {
		if !strings.Contains(y.page(name, "/me/roll/hemuli"), "已核对") {
			y.do(name, "/me/roll/hemuli", "/me/roll/hemuli", "name", name, "digits", "000000", "building", "7幢", "room", y.rooms[name])
		}
	}
}

func TestAYearInTheLifeOfHemuli(t *testing.T) {
	if testing.Short() {
		t.Skip("a year takes some seconds")
	}
	y := newYear(t)
	y.electRepresentatives()
	y.voteTheBudget()
	y.petitions()
	y.aVacancy()
	y.representativesMeet()
	for _, path := range []string{"/assembly", "/decisions", "/bodies", "/covenants", "/assembly/petitions", "/assembly/proposals", "/assembly/questions", "/joint", "/fundraising", "/meetings.ics"} {
		y.page("nobody", hemuli+path)
	}
	if text := y.page("nobody", hemuli+"/assembly"); strings.Contains(text, "上个半年没有开过居民代表会议") {
		t.Error("the half year was missed")
	}
	y.must(y.Verify(cctx, func(f store.Finding) { t.Errorf("%s: %s", f.Check, f.What) }))
}

// electRepresentatives: each group elects eight by show of hands; the ninth
// stands by. The member records, the director confirms.
func (y *year) electRepresentatives() {
	y.do("member", office+"/bodies", office+"/bodies/adopt")
	groups := found(`href="/admin/hemuli/bodies/([0-9]+)"`, y.page("member", office+"/bodies"))
	if len(groups) != 2 {
		y.t.Fatalf("%d groups", len(groups))
	}
	for g, id := range groups {
		vote := y.do("member", office+"/bodies/"+id+"/vote", office+"/bodies/"+id+"/vote", "post", "rep", "unit", "household", "method", "hands",
			"day", y.day(0), "place", "活动室", "witness", "王五", "seats", "8", "from", y.day(0), "until", y.day(4*365))
		for i := range 9 {
			shown := y.findCandidate(vote, fmt.Sprintf("居民%02d", g*20+i))
			y.do("member", vote, vote+"/candidates", "resident", shown)
		}
		var took []string
		for _, v := range found(`name="voter"[^>]*value="([0-9]+)"`, y.page("member", vote))[:18] {
			took = append(took, "voter", v)
		}
		y.do("member", vote, vote+"/marks", took...)
		counts := []string{"void", "0"}
		for i := range 9 {
			counts = append(counts, "votes_a"+string(rune('a'+i)), fmt.Sprint(18-i))
		}
		y.do("member", vote, vote+"/count", counts...)
		if status, _, _ := y.try("member", vote, vote+"/confirm"); status != http.StatusForbidden {
			y.t.Errorf("who counted confirms: %d", status)
		}
		y.do("director", vote, vote+"/confirm")
		if status, _, _ := y.try("director", vote, vote+"/confirm"); status == http.StatusSeeOther {
			y.t.Error("confirmed twice")
		}
	}
	y.known("居民00", "居民01", "居民02", "居民03", "居民04", "居民20")
	y.has(y.page("nobody", hemuli+"/bodies"), "居民00", "居民20")
}

func (y *year) findCandidate(vote, name string) string {
	y.t.Helper()
	_, body, _ := y.try("member", vote, vote+"/find", "words", name)
	ids := found(`name="resident" value="([0-9]+)"`, body)
	if len(ids) != 1 {
		y.t.Fatalf("%d called %s", len(ids), name)
	}
	return ids[0]
}

// matter is written, studied, published, commented on and answered.
func (y *year) matter(class, title, money string) string {
	y.t.Helper()
	path := y.do("member", office+"/assembly/matters/new", office+"/assembly/matters/new", "class", class, "title", title, "text", "具体做法和预算写在这里，请审议。", "money", money, "secret", "0")
	return y.onward(path)
}

func (y *year) onward(path string) string {
	y.t.Helper()
	y.do("party", path, path+"/study", "study", "研究同意提交会议")
	public := hemuli + "/assembly/matters/" + last(path)
	if status, _, _ := y.ask("nobody", http.MethodGet, public, nil); status != http.StatusNotFound {
		y.t.Errorf("a draft is public: %d", status)
	}
	y.do("director", path, path+"/publish", "comment_until", y.day(5))
	y.do("居民04", public+"/comment", public+"/comment", "comment", "请写明什么时候完工")
	y.has(y.page("nobody", public), "请写明什么时候完工")
	comment := found(`name="comment" value="([0-9]+)"`, y.page("member", path))
	y.do("member", path, path+"/answer", "comment", comment[0], "answer", "年底以前完工")
	y.has(y.page("nobody", public), "年底以前完工")
	return last(path)
}

// meets calls a meeting for the matters, waits for its day, and lets people in:
// some by phone, the others at the desk.
func (y *year) meets(mode, petition string, desk int, phones []string, matters ...string) string {
	y.t.Helper()
	pairs := []string{"mode", mode, "title", "第三次会议", "day", y.day(11), "clock", "19:00", "place", "活动室"}
	from := office + "/assembly/sessions/new"
	if petition != "" {
		from += "?petition=" + petition
	}
	s := y.do("member", from, office+"/assembly/sessions/new", pairs...)
	for _, m := range matters {
		y.do("member", s, s+"/items", "matter", m)
	}
	if status, _, _ := y.try("member", s, s+"/call"); status != http.StatusForbidden {
		y.t.Errorf("a member calls: %d", status)
	}
	y.do("director", s, s+"/call")
	public := hemuli + "/assembly/" + last(s)
	y.has(y.page("nobody", public), "活动室")
	y.has(y.page("nobody", public+"/sheet"), "会议通知")
	y.has(y.page("nobody", public+"/calendar"), "BEGIN:VEVENT", "assembly-"+last(s))
	if status, _, _ := y.try("member", s, s+"/open"); status == http.StatusSeeOther {
		y.t.Error("it was opened before its day")
	}
	y.wait(11)
	y.do("member", s, s+"/open")
	code := y.In(y.c).CheckInCode("assembly", mustID(last(s))).Code
	for _, who := range phones {
		y.do(who, public+"/vote", public+"/arrive", "code", code)
	}
	_, list, _ := y.try("member", s, s+"/find", "words", "")
	for _, line := range found(`name="voter" value="([0-9]+)"`, list) {
		if desk == 0 {
			break
		}
		desk--
		y.do("member", s, s+"/arrive", "voter", line)
	}
	y.page("member", s+"/attendance")
	return s
}

func mustID(s string) models.ID { id, _ := models.ParseID(s); return id }

// votes opens an item, has phones vote for it, and everybody else on paper.
func (y *year) votes(s, item string, phones []string, paper map[string]int) string {
	y.t.Helper()
	public := hemuli + "/assembly/" + last(s)
	y.do("member", s, s+"/vote", "item", item)
	for _, who := range phones {
		y.do(who, public+"/vote", public+"/cast", "item", item, "choice", "yes")
		if status, _, _ := y.try(who, public+"/vote", public+"/cast", "item", item, "choice", "no"); status == http.StatusSeeOther {
			y.t.Errorf("%s voted twice", who)
		}
	}
	y.has(y.page("nobody", public+"/screen"), "已投票")
	y.page("member", s+"/papers/"+item)
	y.do("member", s, s+"/paper", "item", item, "channel", "paper")
	counts := []string{"item", item}
	for _, k := range []string{"yes", "no", "abstain", "void"} {
		counts = append(counts, "paper_"+k, fmt.Sprint(paper[k]))
	}
	y.do("member", s, s+"/count", counts...)
	y.do("member", s, s+"/closevote", "item", item)
	decisions := found(`href="/admin/hemuli/decisions/([0-9]+)"`, y.page("member", office+"/decisions"))
	return decisions[0]
}

// over closes a meeting, has its minutes signed by three, and the decision put
// on the board.
func (y *year) over(s string, decisions ...string) {
	y.t.Helper()
	y.do("member", s, s+"/close", "minutes", "会议由钟梅主持，审议并表决了议程上的事项。")
	for _, x := range [][2]string{{"director", "chair"}, {"member", "recorder"}, {"supervisor", "supervisor"}} {
		y.do(x[0], s, s+"/sign", "seat", x[1])
	}
	y.has(y.page("nobody", hemuli+"/assembly/"+last(s)+"/minutes"), "会议由钟梅主持")
	for _, d := range decisions {
		notice := found(`href="(/admin/hemuli/notices/[0-9]+)"`, y.page("director", office+"/decisions/"+d))[0]
		if status, _, _ := y.ask("nobody", http.MethodGet, hemuli+"/decisions/"+d, nil); status != http.StatusNotFound {
			y.t.Errorf("a decision is public before its notice: %d", status)
		}
		y.do("supervisor", notice, notice+"/sign")
		y.do("director", notice, notice+"/publish")
		y.has(y.page("nobody", hemuli+"/decisions/"+d), "居组法")
		y.page("nobody", hemuli+"/decisions/"+d+"/sheet")
	}
}

func (y *year) items(s string) []string {
	return found(`id="item-([0-9]+)"`, y.page("member", s))
}

// voteTheBudget: a residents' meeting of household representatives, 21 of 40
// the least quorum; carried by 11 of 21 and carried out to its result.
func (y *year) voteTheBudget() {
	phones := []string{"居民00", "居民01", "居民20"}
	m := y.matter("plan", "明年公益事业经费预算", "60000.00")
	s := y.meets("households", "", 17, phones, m)
	item := y.items(s)[0]
	if status, body, _ := y.try("member", s, s+"/vote", "item", item); status == http.StatusSeeOther || !strings.Contains(body, "21") {
		y.t.Errorf("voted with 20 of 40: %d", status)
	}
	_, list, _ := y.try("member", s, s+"/find", "words", "")
	y.do("member", s, s+"/arrive", "voter", found(`name="voter" value="([0-9]+)"`, list)[0])
	d := y.votes(s, item, phones, map[string]int{"yes": 8, "no": 6, "abstain": 3, "void": 1})
	y.over(s, d)
	desk := office + "/decisions/" + d
	if status, _, _ := y.try("member", desk, desk+"/tasks", "title", "装路灯", "person", "林梅庆", "due", y.day(60), "budget", "60000.01"); status == http.StatusSeeOther {
		y.t.Error("more was given out than was decided")
	}
	y.do("member", desk, desk+"/tasks", "title", "装路灯", "person", "林梅庆", "due", y.day(60), "budget", "60000.00")
	task := found(`name="task" value="([0-9]+)"`, y.page("member", desk))[0]
	y.do("member", desk, desk+"/report", "task", task, "progress", "100", "text", "四盏路灯都亮了")
	y.do("member", desk, desk+"/finish", "result", "路灯装好，结余转下年。")
	y.has(y.page("nobody", hemuli+"/decisions/"+d), "路灯装好", "装路灯", "林梅庆")
	y.moneyOfIt(d)
}

// moneyOfIt: money of that class stands in the books beside the number of its
// decision, or the clerk cannot sign; everybody reads the number at the line.
func (y *year) moneyOfIt(decision string) {
	t := y.t
	number := found(`(Community hemuli\S+〔20[0-9]+〕[0-9]+号)`, plain(y.page("nobody", hemuli+"/decisions/"+decision)))[0]
	y.do("director", office+"/assembly/money", office+"/assembly/money/rules", "word", "公益事业", "rule_class", "funds", "from_fen", "100", "from_day", y.day(-60))
	month := models.Month(y.day(0)[:7])
	csv := strings.Join([]string{string(month[:4]) + "年" + string(month[5:]) + "月财务收支明细表", "日期,凭证号,摘要,科目,资金来源,收入,支出,备注,结余", ",,上月结转,,,,,,10000.00",
		string(month) + "-02,记-1,四盏路灯,公益事业,工作经费,,6000.00,,"}, "\n")
	im, _, err := y.In(y.c).ImportLedgerFile(cctx, y.people["clerk"], "book.csv", []byte(csv), sheet.LedgerOptions{})
	y.must(err)
	drafts, err := y.In(y.c).ConfirmLedger(cctx, y.people["clerk"], im.ID, "")
	y.must(err)
	m := drafts[0]
	sign := func(who string, step models.SignStep) error {
		_, err := y.In(y.c).SignAccount(cctx, y.people[who], m.ID, m.Round, step)
		return err
	}
	y.wait(35) // the month is over
	if p := problem.As(sign("clerk", models.StepClerk)); p == nil || p.Key != "ledger.decision.missing" {
		t.Errorf("money of a major matter is signed without its decision: %v", p)
	}
	desk := office + "/accounts/" + m.ID.String()
	open, err := y.In(y.c).UndecidedEntries(cctx, m.ID)
	y.must(err)
	if status, _, _ := y.try("clerk", desk, desk+"/decision", "entry", open[0].ID.String(), "decision", "没有这一号"); status == http.StatusSeeOther {
		t.Error("a number that is none was taken")
	}
	y.do("clerk", desk, desk+"/decision", "entry", open[0].ID.String(), "decision", number)
	y.must(sign("clerk", models.StepClerk))
	y.must(sign("director", models.StepDirector))
	y.must(sign("supervisor", models.StepSupervisor))
	y.has(y.page("nobody", hemuli+"/accounts/"+string(month)+"/1"), "依据的决定", number)
}

// petitions: one reaches a tenth of forty adults and the committee calls; one
// has three signatures and obliges to nothing. The meeting that was demanded
// gives the residents their covenant.
func (y *year) petitions() {
	start := func(title string, signers ...string) string {
		path := y.do(signers[0], hemuli+"/assembly/petitions/new", hemuli+"/assembly/petitions/new", "kind", "meeting", "unit", "adults", "title", title, "text", "请开会商量夜间停车的办法。")
		for _, who := range signers[1:] {
			y.do(who, path, path+"/sign")
		}
		return path
	}
	short := start("要求开会谈养犬", "居民02", "居民03", "居民04")
	y.has(y.page("nobody", short), "3 / 4")
	if status, _, _ := y.try("member", office+"/assembly/sessions/new?petition="+last(short), office+"/assembly/sessions/new", "mode", "households", "title", "居民会议", "day", y.day(11), "clock", "19:00", "place", "活动室"); status == http.StatusSeeOther {
		y.t.Error("a meeting is owed to three of forty")
	}
	reached := start("要求开会定公约", "居民00", "居民01", "居民02")
	if status, _, _ := y.try("居民01", reached, reached+"/sign"); status == http.StatusSeeOther {
		y.t.Error("signed twice")
	}
	desk := office + "/assembly/petitions/" + last(reached)
	_, list, _ := y.try("member", desk, desk+"/find", "words", "居民35", "sheet", "1-1")
	y.do("member", desk, desk+"/paper", "resident", found(`name="resident" value="([0-9]+)"`, list)[0], "sheet", "1-1")
	y.has(y.page("nobody", reached), "居委会应当召集会议")
	y.has(y.page("director", office), "要求开会定公约")

	covenant := y.do("member", office+"/assembly/covenants", office+"/assembly/covenants", "kind", "community", "title", "和睦里居民公约", "text", "一、垃圾分类。二、晚上十点后不装修。")
	m := y.onward(covenant)
	phones := []string{"居民00", "居民01", "居民20"}
	s := y.meets("households", last(reached), 20, phones, m)
	y.has(y.page("nobody", reached), "会议已经通知")
	y.over(s, y.votes(s, y.items(s)[0], phones, map[string]int{"yes": 20}))
	public := found(`href="(/hemuli/covenants/[0-9]+)"`, y.page("nobody", hemuli+"/covenants"))[0]
	y.has(y.page("nobody", public), "晚上十点后不装修", "等街道备案")
	y.do("street", office+"/assembly/covenants", office+"/assembly/covenants/"+last(public)+"/file", "version", "1", "note", "予以备案")
	if text := y.page("nobody", public); strings.Contains(text, "等街道备案") {
		y.t.Error("it is not on file")
	}
	y.wait(91)
	y.has(y.page("nobody", short), "已过期")
	if status, _, _ := y.try("居民00", short, short+"/sign"); status == http.StatusSeeOther {
		y.t.Error("signed after its time")
	}
}

// aVacancy: a representative moves away, the first substitute takes the seat.
func (y *year) aVacancy() {
	group := found(`href="/admin/hemuli/bodies/([0-9]+)"`, y.page("member", office+"/bodies"))[0]
	body := office + "/bodies/" + group
	mandates := found(`href="(/admin/hemuli/bodies/mandates/[0-9]+)/end"`, y.page("member", body))
	if len(mandates) == 0 {
		mandates = found(`(/admin/hemuli/[a-z/]*mandates/[0-9]+)/end`, y.page("member", body))
	}
	path := mandates[len(mandates)-1]
	y.do("member", path+"/end", path+"/end", "reason", "迁出本社区", "day", y.day(0))
	if status, _, _ := y.try("member", path+"/end", path+"/end", "reason", "迁出本社区", "day", y.day(0)); status == http.StatusSeeOther {
		y.t.Error("ended twice")
	}
	y.do("member", body, path+"/fill")
	if status, _, _ := y.try("member", body, path+"/fill"); status == http.StatusSeeOther {
		y.t.Error("filled twice")
	}
	y.has(y.page("nobody", hemuli+"/bodies/"+group), "居民08")
}

// representativesMeet: they demand their meeting, ask the committee, and vote in
// secret.
func (y *year) representativesMeet() {
	path := y.do("居民00", hemuli+"/assembly/petitions/new", hemuli+"/assembly/petitions/new", "kind", "reps", "unit", "reps", "title", "要求开代表会议", "text", "请开会听取半年工作的报告。")
	for _, who := range []string{"居民01", "居民02", "居民03"} {
		y.do(who, path, path+"/sign")
	}
	m := y.do("member", office+"/assembly/matters/new", office+"/assembly/matters/new", "class", "resignation", "title", "审议委员辞职", "text", "委员因身体原因辞去职务，请审议。", "secret", "1")
	id := y.onward(m)
	phones := []string{"居民00", "居民01", "居民02", "居民03", "居民20"}
	s := y.meets("reps", last(path), 9, phones, id)
	public := hemuli + "/assembly/" + last(s)
	y.has(y.page("居民00", public+"/vote"), "质询")
	y.do("居民00", hemuli+"/assembly/questions/new?session="+last(s), hemuli+"/assembly/questions/new", "question", "请说明路灯的维护由谁负责")
	y.has(y.page("nobody", public), "请说明路灯的维护由谁负责")
	q := found(`/assembly/questions/([0-9]+)/answer`, y.page("member", office+"/assembly/questions"))[0]
	y.do("member", office+"/assembly/questions", office+"/assembly/questions/"+q+"/answer", "answer", "由居委会和电力公司签维护协议")
	d := y.votes(s, y.items(s)[0], phones, map[string]int{"yes": 8, "no": 1})
	y.over(s, d)
	y.has(y.page("nobody", hemuli+"/decisions/"+d), "第二十九条")
}
