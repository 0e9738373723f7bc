package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/models"
)

// refusedTo tells whether an answer let nothing happen: an error, or the way to
// the login.
func refusedTo(status int, location string) bool {
	return status >= 400 || status == http.StatusSeeOther && strings.Contains(location, "/login")
}

// Every write of the assembly, office and portal: refused to officers of
// another community, to other roles, to residents, to nobody, without a token,
// too late and twice; and nothing has changed then.
func TestTheAssemblyRefusesWhoeverMayNot(t *testing.T) {
	if testing.Short() {
		t.Skip("as long as a year")
	}
	y := newYear(t)
	y.electRepresentatives()
	m := y.matter("plan", "明年公益事业经费预算", "60000.00")
	s := y.meets("households", "", 24, []string{"居民00"}, m)
	item := y.items(s)[0]
	y.do("member", s, s+"/vote", "item", item)
	mid, public := office+"/assembly/matters/"+m, hemuli+"/assembly/"+last(s)
	petition := y.do("居民00", hemuli+"/assembly/petitions/new", hemuli+"/assembly/petitions/new", "kind", "meeting", "unit", "adults", "title", "要求开会谈停车", "text", "夜里消防通道被占，请开会商量办法。")
	proposal := y.do("居民00", hemuli+"/assembly/proposals/new", hemuli+"/assembly/proposals/new", "title", "给小路装路灯", "text", "晚上走路看不清，请装四盏路灯。")
	y.do("居民00", hemuli+"/assembly/questions/new", hemuli+"/assembly/questions/new", "question", "请说明路灯的维护由谁负责")
	qid := found(`/assembly/questions/([0-9]+)/answer`, y.page("member", office+"/assembly/questions"))[0]
	before := y.state(s)
	outsiders := []string{"foreign", "foreignstreet", "stranger", "admin", "nobody"}
	residents := []string{"居民05", "clerk", "supervisor", "party", "station", "property", "worker"}
	for _, w := range []struct {
		path string
		also string // of the insiders who may
		form []string
	}{
		{office + "/bodies/adopt", "clerk", nil}, {office + "/assembly/matters/new", "", []string{"class", "other", "title", "随便写的事", "text", "不该有的事项，十个字以上。", "secret", "0"}},
		{mid + "/study", "party", []string{"study", "研究同意提交会议"}}, {mid + "/publish", "", []string{"comment_until", y.day(9)}}, {mid + "/drop", "", []string{"reason", "不办了吧"}},
		{office + "/assembly/sessions/new", "", []string{"mode", "reps", "title", "不该开的会", "day", y.day(11), "clock", "19:00", "place", "活动室"}},
		{s + "/call", "", nil}, {s + "/cancel", "", []string{"reason", "不开了吧"}}, {s + "/arrive", "", []string{"voter", "1"}}, {s + "/vote", "", []string{"item", item}},
		{s + "/paper", "", []string{"item", item, "channel", "paper"}}, {s + "/count", "", []string{"item", item, "paper_yes", "1"}}, {s + "/closevote", "", []string{"item", item}},
		{s + "/close", "", []string{"minutes", "会议记录，已经写好了。"}}, {s + "/guest", "", []string{"kind", "listener", "name", "某人"}}, {s + "/sign", "", []string{"seat", "chair"}},
		{office + "/assembly/petitions/" + last(petition) + "/paper", "", []string{"resident", "1", "sheet", "1-1"}}, {office + "/assembly/petitions/" + last(petition) + "/hand", "", nil},
		{office + "/assembly/petitions/" + last(petition) + "/audit", "street", []string{"audit", "经审计，没有发现问题。"}},
		{office + "/assembly/proposals/" + last(proposal) + "/answer", "", []string{"answer", "不同意办理"}}, {office + "/assembly/questions/" + qid + "/answer", "", []string{"answer", "不用答复了"}},
		{office + "/assembly/money/rules", "", []string{"word", "办公费", "class", "funds", "from", "0", "from_day", y.day(0)}}, {office + "/assembly/money/contracts", "", []string{"class", "funds", "title", "合同"}},
		{office + "/assembly/money/fundraisings", "", []string{"title", "捐款"}}, {office + "/assembly/covenants", "", []string{"kind", "community", "title", "不该有的公约", "text", "不该有的公约正文十字。"}},
		{office + "/assembly/joint", "", []string{"title", "联席"}}, {office + "/assembly/joint/pledges", "", []string{"title", "实事"}},
	} {
		for _, who := range append(append([]string{}, outsiders...), residents...) {
			if who == w.also {
				continue
			}
			status, _, location := y.try(who, s, w.path, w.form...)
			if !refusedTo(status, location) {
				t.Errorf("%s sends %s: %d to %s", who, w.path, status, location)
			}
		}
	}
	for _, path := range []string{s + "/attendance", s + "/slips", s + "/papers/" + item, mid + "/edit", office + "/assembly/sessions/new"} {
		for _, who := range append(append([]string{}, outsiders...), residents...) {
			status, _, location := y.ask(who, http.MethodGet, path, nil)
			if !refusedTo(status, location) {
				t.Errorf("%s reads %s: %d", who, path, status)
			}
		}
	}
	y.residentsWrites(public, item, petition, proposal)
	if after := y.state(s); after != before {
		t.Errorf("something has changed: %+v, before %+v", after, before)
	}
}

// residentsWrites: what residents do is refused to those who are not of the roll
// and not here, with forged choices, and without a token.
func (y *year) residentsWrites(public, item, petition, proposal string) {
	t := y.t
	for _, w := range []struct {
		path string
		form []string
	}{
		{public + "/cast", []string{"item", item, "choice", "yes"}}, {public + "/arrive", []string{"code", "000000"}}, {public + "/tablet", []string{"item", item, "slip", "AAAABBBB", "choice", "yes"}},
		{petition + "/sign", nil}, {petition + "/unsign", nil}, {proposal + "/support", nil}, {hemuli + "/assembly/petitions/new", []string{"kind", "meeting", "unit", "adults", "title", "某件事情", "text", "不该有的联名，十个字。"}},
		{hemuli + "/assembly/questions/new", []string{"question", "我不是代表也要问"}},
	} {
		for _, who := range []string{"foreign", "stranger", "nobody", "居民30", "street"} { // 居民30 has not been matched with the roll
			if status, _, location := y.try(who, public, w.path, w.form...); !refusedTo(status, location) {
				t.Errorf("%s sends %s: %d to %s", who, w.path, status, location)
			}
		}
	}
	form := url.Values{"item": {item}, "choice": {"yes"}}
	if status, _, _ := y.ask("居民00", http.MethodPost, public+"/cast", form); status != http.StatusForbidden {
		t.Errorf("a vote without a token: %d", status)
	}
	for _, choice := range []string{"void", "perhaps", "' OR 1=1", strings.Repeat("x", 3000)} {
		if status, _, _ := y.try("居民00", public+"/vote", public+"/cast", "item", item, "choice", choice); status == http.StatusSeeOther {
			t.Errorf("a vote for %.20q", choice)
		}
	}
	for _, other := range []string{"1", "-1", "9223372036854775807", "x"} { // an item of nobody's meeting
		if status, _, _ := y.try("居民00", public+"/vote", public+"/cast", "item", other, "choice", "yes"); status == http.StatusSeeOther {
			t.Errorf("a vote on item %s", other)
		}
	}
	y.known("居民33") // on the list, and not here
	if status, _, _ := y.try("居民33", public+"/vote", public+"/cast", "item", item, "choice", "yes"); status == http.StatusSeeOther {
		t.Error("somebody who is not here voted")
	}
}

// assemblyState is what hostile requests must not change.
type assemblyState struct {
	present, cast, paper, items, matters, petitions, proposals, bodies, covenants int
	signed                                                                        int
	state                                                                         models.SessionState
}

func (y *year) state(s string) assemblyState {
	t := y.In(y.c)
	v, err := t.Session(cctx, mustID(last(s)))
	y.must(err)
	st := assemblyState{present: v.Present, items: len(v.Items), cast: v.Items[0].Cast, paper: v.Items[0].Paper, state: v.State}
	matters, _, err := t.Matters(cctx, store.MatterFilter{States: []models.MatterState{models.MatterDraft, models.MatterOpen, models.MatterListed, models.MatterDropped, models.MatterDecided}, Limit: 99})
	y.must(err)
	petitions, err := t.Petitions(cctx, 99)
	y.must(err)
	proposals, _, err := t.Initiatives(cctx, 0, 99)
	y.must(err)
	bodies, err := t.Bodies(cctx, "")
	y.must(err)
	covenants, err := t.Covenants(cctx)
	y.must(err)
	st.matters, st.petitions, st.proposals, st.bodies, st.covenants = len(matters), len(petitions), len(proposals), len(bodies), len(covenants)
	for _, p := range petitions {
		st.signed += p.Signed
	}
	return st
}
