package admin_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
	"juwu/policy"
)

// pollWorld is the office with a part of the sample roll and people who play
// the posts of an election, each tied to a resident.
type pollWorld struct {
	*booksWorld
	t      *testing.T
	run    *webtest.Runner
	adults []models.Resident
	e      *models.Election
}

func newPollWorld(t *testing.T) *pollWorld {
	t.Helper()
	w := &pollWorld{booksWorld: newBooksWorld(t), t: t}
	ctx := context.Background()
	packed, err := os.ReadFile("../internal/demo/data/residents.csv.gz")
	w.must(err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	w.must(err)
	all, err := io.ReadAll(z)
	w.must(err)
	lines := bytes.SplitAfter(all, []byte("\n"))
	im, _, err := w.In(w.c).ImportRoll(ctx, storetest.System, "roll.csv", bytes.Join(lines[:61], nil), store.RollOptions{})
	w.must(err)
	_, err = w.In(w.c).ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{QueueBad: true})
	w.must(err)
	w.must(w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Where("birth < ?", "2008-01-01").Order("id").Find(&w.adults).Error
	}))
	for i, name := range []string{"chair", "teller1", "teller2", "watcher"} {
		w.people[name] = w.tied(w.adults[i], name)
	}
	w.people["party"] = w.officer(t, models.RolePartyBranch, w.c.ID, "党支部")
	w.people["far"] = w.officer(t, models.RoleDirector, w.Community(t, "far").ID, "远方主任")
	w.serve(t)
	w.run = &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
	return w
}

func (w *pollWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *pollWorld) tied(r models.Resident, name string) models.Actor {
	ctx := context.Background()
	u, err := w.EnsureUser(ctx, storetest.System, fmt.Sprintf("178%08d", bookPhones.Add(1)), r.Name)
	w.must(err)
	l := models.ResidentLink{UserID: u.ID, ResidentID: r.ID, State: models.LinkConfirmed, LiveUser: &u.ID, LiveResident: &r.ID, CreatedAt: w.Now(), UpdatedAt: w.Now()}
	w.must(w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		l.ID = tx.NewID()
		return tx.Create(&l).Error
	}))
	l.CommunityID = w.c.ID
	return models.Actor{UserID: u.ID, Name: r.Name, SecondFactor: true, Links: []models.ResidentLink{l}}
}

func (w *pollWorld) day(n int) { w.Clock.Set(w.e.Day.AddDays(n).Time().Add(9 * time.Hour)) }

// does opens a page of the election as somebody and sends one of its forms.
func (w *pollWorld) does(who, page, act string, fields ...string) {
	w.t.Helper()
	w.answers("303", who, page, act, fields...)
}

func (w *pollWorld) answers(code, who, page, act string, fields ...string) {
	w.t.Helper()
	base := "/admin/hemuli/elections/" + w.e.ID.String()
	text := "as " + who + "\nGET " + base + page + "\ncode 200\nPOST " + base + act + "\n"
	for i := 0; i+1 < len(fields); i += 2 {
		text += "field " + fields[i] + " = " + fields[i+1] + "\n"
	}
	w.run.Run(w.t, who+" "+act, text+"code "+code+"\n")
}

func (w *pollWorld) sees(who, page, words string) {
	w.t.Helper()
	w.run.Run(w.t, who+" "+page, "as "+who+"\nGET /admin/hemuli/elections/"+w.e.ID.String()+page+"\ncode 200\nbody contains "+words+"\n")
}

func (w *pollWorld) named(i int) string { return w.adults[i].Name + " " + string(w.adults[i].Birth) }

// An election through the real pages of the office, from the plan to the
// handover.
func TestElectionThroughThePages(t *testing.T) {
	w := newPollWorld(t)
	ctx, tenant := context.Background(), w.In(w.c)
	day := models.DateOf(w.Now()).AddDays(60)
	w.run.Run(t, "plan", fmt.Sprintf(`as director
GET /admin/hemuli/elections/new
code 200
POST /admin/hemuli/elections/new
field title = 第三届换届选举
field term = 3
field day = %s
field mode = voters
field director = 1
field deputy = 0
field woman = 0
field member = 3
field pack = urban2025
code 422
body contains 5
POST /admin/hemuli/elections/new
field title = 第三届换届选举
field term = 3
field day = %s
field mode = voters
field director = 1
field deputy = 0
field woman = 0
field member = 4
field pack = urban2025
field electronic = 1
code 303
`, day, day))
	rows, err := tenant.Elections(ctx, false)
	w.must(err)
	w.e = &rows[0]
	w.does("director", "/rules", "/rules/adopt", "key", "proxy.days", "value", "4", "decision", "居民代表会议第5号决定")
	w.answers("403", "director", "/rules", "/rules/adopt", "key", "roll.publish_days", "value", "30", "decision", "居民代表会议第5号决定")
	w.does("director", "/committee", "/committee/form", "chair", w.named(0), "m1", w.named(4), "m2", w.named(5), "m3", w.named(6), "m4", w.named(7), "s1", w.named(8), "decision", "居民代表会议推选")
	w.day(-34)
	w.does("chair", "/notices", "/notices/draft", "template", "day")
	notices, err := tenant.ElectionNotices(ctx, w.e.ID, false)
	w.must(err)
	one := "/notices/" + notices[0].ID.String()
	w.answers("403", "director", one, one+"/publish")
	w.does("chair", one, one+"/publish")
	w.answers("409", "director", "", "/rules/adopt", "key", "proxy.days", "value", "5", "decision", "居民代表会议第5号决定")
	w.does("chair", one, one+"/display", "place", "3号楼公告栏", "day", string(models.DateOf(w.Now())), "witness", "石嘉")
	w.does("chair", "/roll", "/roll/fill")
	w.pagesOfTheRoll(ctx, tenant)
	w.pagesOfCandidates(ctx, tenant)
	w.pagesOfTheDay(ctx, tenant)
	w.pagesAfter(ctx, tenant)
}

func (w *pollWorld) pagesOfTheRoll(ctx context.Context, tenant *store.Tenant) {
	voters, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{Limit: 500})
	w.must(err)
	for i, v := range voters {
		row := "/roll/" + v.ID.String()
		if i < 2 {
			w.does("chair", row, row+"/declare", "way", "door", "basis", "domicile")
			continue
		}
		_, err := tenant.DeclareVoter(ctx, w.people["chair"], w.e.ID, store.Declaration{VoterID: v.ID, Way: models.WayDesk, Basis: models.BasisDomicile})
		w.must(err)
	}
	w.sees("chair", "/roll?q="+"1", voters[0].Name)
	w.day(-28)
	w.does("chair", "/roll", "/roll/publish")
	w.answers("409", "chair", "/roll", "/roll/freeze")
	w.does("member", "/objections", "/objections/new", "kind", "error", "number", "1", "text", "名字写错了一个字")
	open, err := tenant.OpenObjections(ctx, w.e.ID)
	w.must(err)
	w.does("chair", "/objections", "/objections/decide", "objection", open[0].ID.String(), "uphold", "1", "decision", "核对身份证，更正姓名")
	w.day(-18)
	w.does("chair", "/roll", "/roll/freeze")
	row := "/roll/" + voters[1].ID.String()
	w.answers("403", "member", row, row+"/channel", "channel", "electronic")
	w.answers("422", "chair", row, row+"/channel", "channel", "telephone")
	w.does("chair", row, row+"/channel", "channel", "electronic")
	w.sees("chair", "/electronic", "电子投票")
	w.answers("409", "chair", row, "/electronic/new", "channel", "onsite", "approval", "街道〔2026〕18号", "opens", "08:00", "closes", "16:00", "group", "2/3")
	w.does("chair", row, row+"/channel", "channel", "paper")
}

// electronicPages make the electronic ballot from the candidates.
func (w *pollWorld) electronicPages(ctx context.Context, tenant *store.Tenant) {
	const page, act = "/electronic", "/electronic/new"
	w.does("chair", page, "/electronic/other", "post", "member", "write_in", w.adults[22].Name)
	w.sees("chair", page, w.adults[22].Name)
	w.answers("403", "chair", page, act, "channel", "remote", "opens", "08:00", "closes", "16:00", "group", "2/3")
	w.answers("403", "chair", page, act, "channel", "onsite", "opens", "08:00", "closes", "16:00", "group", "2/3")
	w.answers("422", "chair", page, act, "channel", "onsite", "approval", "街道〔2026〕18号", "opens", "eight", "closes", "16:00", "group", "2/3")
	w.answers("422", "chair", page, act, "channel", "onsite", "approval", "街道〔2026〕18号", "opens", "16:00", "closes", "08:00", "group", "2/3")
	w.does("chair", page, act, "channel", "onsite", "approval", "街道〔2026〕18号", "opens", "08:00", "closes", "16:00", "group", "2/3")
	w.answers("409", "chair", "/stations", act, "channel", "onsite", "approval", "街道〔2026〕18号", "opens", "08:00", "closes", "16:00", "group", "2/3")
	b, err := tenant.ElectionBoard(ctx, w.e.ID)
	w.must(err)
	if q := store.Questions(b); len(q) != 2 || len(q[1].Answers) != 6 || q[1].Max != 4 || q[0].Text != "主任（最多选1人）" {
		w.t.Errorf("%+v", q)
	}
	w.run.Run(w.t, "the ballot at its desk", "as chair\nGET /admin/hemuli/ballots/"+b.ID.String()+"\ncode 200\nPOST /admin/hemuli/ballots/"+b.ID.String()+"/drop\ncode 303\n")
}

func (w *pollWorld) pagesOfCandidates(ctx context.Context, tenant *store.Tenant) {
	w.day(-14)
	posts := []models.Post{"director", "director", "member", "member", "member", "member", "member"}
	for i, post := range posts {
		w.does("party", "/nominations", "/nominations/party", "nominee", w.named(12+i), "post", string(post), "text", "热心公益")
	}
	nominated, err := tenant.Nominations(ctx, w.e.ID, false)
	w.must(err)
	for _, n := range nominated {
		at := "/nominations/" + n.ID.String()
		w.does("chair", at, at+"/answer", "accept", "1")
	}
	candidates, err := tenant.Candidates(ctx, w.e.ID)
	w.must(err)
	for i, c := range candidates {
		at := "/candidates/" + c.ID.String()
		if i == 0 {
			w.answers("422", "chair", at, at+"/review", "exclude", "1", "ground", "convicted")
		}
		w.does("chair", at, at+"/review", "pass", "1", "decision", "符合条件")
	}
	w.day(-6)
	w.does("chair", "/candidates", "/candidates/publish")
	at := "/candidates/" + candidates[2].ID.String()
	w.does("chair", at, at+"/asked", "question", "电梯什么时候装？", "answer", "第一年就办")
	w.does("chair", "/stations", "/stations/put", "kind", "main", "name", "中心会场", "place", "活动室", "hours", "8:00—17:00")
	stations, err := tenant.Stations(ctx, w.e.ID)
	w.must(err)
	w.does("chair", "/stations", "/stations/assign", "station", stations[0].ID.String())
	for i, duty := range []string{"teller", "teller", "watcher"} {
		w.does("chair", "/stations", "/stations/staff", "person", w.named(1+i), "duty", duty)
	}
	w.answers("403", "chair", "/stations", "/stations/staff", "person", w.named(12), "duty", "teller")
	w.answers("409", "chair", "/stations", "/stations/open")
	w.sees("chair", "/cards", "votercard")
	w.electronicPages(ctx, tenant)
}

func (w *pollWorld) pagesOfTheDay(ctx context.Context, tenant *store.Tenant) {
	w.day(0)
	w.does("chair", "/stations", "/stations/open")
	stations, err := tenant.Stations(ctx, w.e.ID)
	w.must(err)
	voters, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{State: models.VoterDeclared, Limit: 500})
	w.must(err)
	s := "/stations/" + stations[0].ID.String()
	cast := len(voters)*3/4 + 1
	w.does("watcher", s, s+"/papers", "kind", "received", "n", fmt.Sprint(len(voters)))
	for i, v := range voters[:cast] {
		if i < 3 {
			w.sees("watcher", s+fmt.Sprintf("?q=%d", v.Number), v.Name)
		}
		w.does("watcher", s, s+"/issue", "voter", v.ID.String(), "key", "t.1")
	}
	w.answers("409", "watcher", s, s+"/issue", "voter", voters[0].ID.String())
	w.answers("409", "chair", "/stations", "/stations/close")
	w.does("watcher", s, s+"/papers", "kind", "seal", "note", "0017")
	w.does("chair", "/stations", "/stations/close")
	w.does("chair", "/count", "/count/box", "station", stations[0].ID.String(), "in_box", fmt.Sprint(cast))
	w.counts(ctx, tenant, stations[0].ID, cast)
	w.sees("chair", "/result", "城市居民委员会组织法第19条")
	w.does("chair", "/result", "/result/seal")
	w.answers("409", "chair", "/handover", "/result/seal")
}

func (w *pollWorld) counts(ctx context.Context, tenant *store.Tenant, station models.ID, cast int) {
	contenders, err := tenant.Contenders(ctx, w.e.ID)
	w.must(err)
	fields := []string{"valid", fmt.Sprint(cast), "invalid", "0", "blank", "0"}
	for i, c := range contenders {
		n := []int{cast - 1, 0, cast, cast - 1, cast - 2, cast - 3, 1, 0}[i]
		fields = append(fields, policy.TallyKey(policy.MarkFor, c.ID), fmt.Sprint(n), policy.TallyKey(policy.MarkAgainst, c.ID), "0", policy.TallyKey(policy.MarkAbstain, c.ID), "0")
	}
	heap := "/count/" + station.String()
	for i, teller := range []string{"teller1", "teller2"} {
		w.does(teller, heap, heap+"/begin", "teller", fmt.Sprint(i+1), "way", "sheet")
		heaps, err := tenant.Heaps(ctx, w.e.ID)
		w.must(err)
		sheet := heaps[0].Sheets[len(heaps[0].Sheets)-1].ID.String()
		wrong := append([]string{"sheet", sheet}, fields...)
		if i == 1 {
			wrong[3] = fmt.Sprint(cast - 1) // one ballot too few
			wrong[5] = "1"
			for j := 8; j+1 < len(wrong); j += 2 {
				if wrong[j+1] == fmt.Sprint(cast) {
					wrong[j+1] = fmt.Sprint(cast - 1)
				}
			}
		}
		w.does(teller, heap, heap+"/sheet", wrong...)
	}
	w.answers("422", "watcher", heap, heap+"/confirm")
	settle := []string{"note", "当面重新数过这一张"}
	for i := 0; i+1 < len(fields); i += 2 {
		settle = append(settle, fields[i], fields[i+1])
	}
	w.answers("403", "teller1", heap, heap+"/confirm", settle...)
	w.does("watcher", heap, heap+"/confirm", settle...)
}

func (w *pollWorld) pagesAfter(ctx context.Context, tenant *store.Tenant) {
	won, err := tenant.Elected(ctx, w.e.ID)
	w.must(err)
	if len(won) != 5 || won[0].Post != models.PostDirector {
		w.t.Fatalf("%d elected", len(won))
	}
	w.sees("street", "/certificates", won[0].Certificate)
	w.does("chair", "/handover", "/handover/line", "kind", "seal", "text", "公章一枚")
	lines, err := tenant.HandoverLines(ctx, w.e.ID)
	w.must(err)
	w.answers("422", "chair", "/handover", "/handover/day", "day", string(w.e.Day))
	w.does("chair", "/handover", "/handover/line", "line", lines[0].ID.String())
	w.does("chair", "/handover", "/handover/day", "day", string(w.e.Day))
	w.does("street", "/handover", "/handover/confirm")
	// The old director's powers ended with the handover, those of the electoral committee too.
	for _, who := range []string{"director", "chair"} {
		w.run.Run(w.t, who, "as "+who+"\nGET /admin/hemuli/elections/"+w.e.ID.String()+"\ncode 403\n")
	}
	w.does("street", "/result", "/result/member", "member", won[4].ID.String(), "ground", "bribery", "reason", "查实给选民送礼")
}

// Who may not: nobody, another community's director, another role, a wrong id,
// broken forms.
func TestElectionPagesRefuse(t *testing.T) {
	w := newPollWorld(t)
	e, err := w.In(w.c).PlanElection(context.Background(), w.people["director"], store.ElectionDraft{Title: "换届", Term: 3, Mode: models.ModeVoters,
		Day: models.DateOf(w.Now()).AddDays(60), Pack: policy.DefaultPack, Seats: map[models.Post]int{models.PostDirector: 1, models.PostMember: 4}})
	w.must(err)
	at := "/admin/hemuli/elections/" + e.ID.String()
	var story strings.Builder
	for _, c := range [][3]string{
		{"nobody", at, "303"}, {"resident", at, "403"}, {"far", at, "403"}, {"director", "/admin/hemuli/elections/1", "404"}, {"director", "/admin/hemuli/elections/x", "404"},
		{"far", "/admin/far/elections/" + e.ID.String(), "404"}, {"clerk", at, "403"}, {"director", at + "/complaints", "403"}, {"supervisor", at, "200"}, {"member", at + "/roll", "200"},
		{"supervisor", at + "/roll", "403"}, {"director", at + "/cards", "403"}, {"director", at + "/archive.zip", "409"}, {"street", at + "/complaints", "200"},
	} {
		fmt.Fprintf(&story, "as %s\nGET %s\ncode %s\n", c[0], c[1], c[2])
	}
	for _, c := range [][3]string{{"clerk", "/drop", "403"}, {"supervisor", "/rules/adopt", "403"}, {"clerk", "/electronic/new", "403"}, {"supervisor", "/electronic/other", "403"}, {"director", "/roll/fill", "403"}, {"director", "/result/seal", "403"}, {"street", "/count/1/confirm", "403"}} {
		fmt.Fprintf(&story, "as %s\nGET /admin/hemuli\nPOST %s\ncode %s\n", c[0], at+c[1], c[2])
	}
	fmt.Fprintf(&story, "as director\nGET %s\nPOST %s\nwithout token\ncode 403\nPOST %s\norigin other\ncode 403\n", at, at+"/drop", at+"/drop")
	fmt.Fprintf(&story, "POST %s\nfield key = nothing\nfield value = 1\nfield decision = 某次会议的决定\ncode 404\nPOST %s\nfield key = proxy.days\nfield value = 99\nfield decision = x\ncode 422\n", at+"/rules/adopt", at+"/rules/adopt")
	w.run.Run(t, "refused", story.String())
}
