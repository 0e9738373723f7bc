package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

var varies = regexp.MustCompile(`(name="(?:csrf|once)" value=")[^"]*|(nonce=")[^"]*|1[379]\d{9}|1\d{2}\*+\d+`)

// answer is a page without what differs from one asking to the next: tokens, and
// the words that were asked for.
func (r *reader) answer(asked string) string {
	body := html.UnescapeString(varies.ReplaceAllString(r.body, "$1$2"))
	body = strings.NewReplacer(asked, "", url.QueryEscape(asked), "", url.PathEscape(asked), "").Replace(body)
	return fmt.Sprint(r.status, " ", r.location, " ", body)
}

// Reliability number 60: who asks by telephone number, by name or by roll number
// whether somebody votes here is told the same about a voter and about nobody:
// at the login, on the public pages, in the forms of an election.
func TestNumber60NobodyIsToldWhoVotes(t *testing.T) {
	s := &story{script: newScript(t, storetest.New(t), 30), mode: models.ModeVoters}
	s.day = models.DateOf(s.Now()).AddDays(60)
	s.as("director").does("/admin/hemuli/elections/new", "/admin/hemuli/elections/new", "title", "第三届换届选举", "term", "3", "day", string(s.day), "mode", "voters",
		"director", "1", "deputy", "0", "woman", "0", "member", "4", "pack", policy.DefaultPack)
	id := s.as("director").sees("/admin/hemuli/elections").one(`/admin/hemuli/elections/(\d+)"`)
	s.office, s.public = "/admin/hemuli/elections/"+id, "/hemuli/elections/"+id
	s.byRoll(s.as("director"))
	voter := s.rows[1]
	name, stranger := s.adults[voter.adult].Name, "欧阳不在册"
	s.resident(voter.adult)
	login, phone := fmt.Sprintf("1771000%04d", voter.adult), "19900000001" // of a voter's own telephone, and of a household of the sample roll
	same := func(what string, ask func(who string) *reader, known, unknown string) {
		t.Helper()
		clear(s.sessions)
		one := ask(known).answer(known)
		clear(s.sessions)
		if two := ask(unknown).answer(unknown); one != two {
			t.Errorf("%s: somebody is answered otherwise than nobody:\n%.700s\n%.700s", what, differs(one, two), differs(two, one))
		}
	}
	same("the login", func(p string) *reader {
		r := s.as("nobody").sees("/login")
		if r.ask(http.MethodPost, "/login", url.Values{"csrf": {r.token}, "phone": {p}, "agree": {"1"}, "next": {s.public + "/me"}}); r.status != http.StatusSeeOther {
			t.Fatalf("%s asks for a code: %d", p, r.status)
		}
		return r.sees(r.location)
	}, login, "13911112222")
	for _, page := range []string{"", "/roll", "/objections", "/result", "/count"} {
		same("the public page "+page, func(q string) *reader {
			return s.as("nobody").ask(http.MethodGet, s.public+page+"?q="+url.QueryEscape(q)+"&name="+url.QueryEscape(q)+"&phone="+url.QueryEscape(q), nil)
		}, phone, "13911112222")
	}
	same("a nominee by telephone", func(p string) *reader {
		return s.resident(s.rows[0].adult).send(http.StatusUnprocessableEntity, s.public+"/me", s.public+"/me/nominate", "nominee", p, "post", "member", "text", "热心")
	}, phone, "13911112222")
	me := s.public + "/me"
	proxy := func(by string) *reader {
		return s.resident(s.rows[0].adult).send(http.StatusUnprocessableEntity, me, me+"/proxy", "proxy", by, "reason", "出差")
	}
	same("a proxy: the number of a voter with another name, and a number that nobody has", proxy, fmt.Sprint(voter.number, " ", stranger), "9999 "+stranger)
	same("a proxy: the name of a voter without the number, and a name that nobody has", proxy, name, stranger)
	s.at(1, "09:00") // the display of the roll is over
	same("the roll after its display", func(q string) *reader {
		return s.as("nobody").ask(http.MethodGet, s.public+"/roll?building="+url.QueryEscape(q), nil)
	}, s.buildingOf(voter.adult), "九十九幢")
}

// differs is where two pages part.
func differs(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-60):]
}

// buildingOf is the name of the house somebody lives in, as the roll has it.
func (s *story) buildingOf(adult int) string {
	e, _ := models.ParseID(strings.TrimPrefix(s.public, "/hemuli/elections/"))
	for _, r := range s.rows {
		if r.adult == adult {
			v, _ := models.ParseID(r.id)
			row, err := s.In(s.c).Voter(cctx, e, v)
			s.must(err)
			return row.Building
		}
	}
	return ""
}
