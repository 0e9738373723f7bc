package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// The vote of the story and its count.

func (s *story) prepare() {
	s.at(-6, "09:00")
	chair := s.resident(0)
	chair.does(s.office+"/candidates", s.office+"/candidates/publish")
	s.as("nobody").sees(s.public+"/sheet", s.adults[12].Name)
	s.portraits()
	at := s.office + "/stations"
	chair.does(at, at+"/put", "kind", "main", "name", "中心会场", "place", "活动室", "hours", "8:00—17:00")
	s.main = chair.sees(at).one(`/stations/(\d+)"`)
	chair.does(at, at+"/put", "kind", "branch", "name", "二号站", "place", "东门", "hours", "8:00—17:00")
	for _, id := range chair.sees(at).all(`/stations/(\d+)"`) {
		if id != s.main {
			s.branch = id
		}
	}
	chair.does(at, at+"/assign", "station", s.main)
	for i := range s.rows {
		v := &s.rows[i]
		if v.station = s.main; !v.board && i%8 == 7 {
			v.station = s.branch
			row := s.office + "/roll/" + v.id
			chair.does(row, row+"/station", "station", s.branch)
		}
	}
	for _, n := range []int{1, 2, 3} {
		s.resident(n)
	}
	for i, duty := range []string{"teller", "teller", "watcher"} {
		chair.does(at, at+"/staff", "person", s.named(1+i), "duty", duty)
	}
	chair.send(http.StatusForbidden, at, at+"/staff", "person", s.named(4), "duty", "teller")
	chair.does(s.office+"/electronic", s.office+"/electronic/other", "post", "member", "write_in", s.adults[22].Name)
	chair.does(s.office+"/electronic", s.office+"/electronic/new", "channel", "remote", "opens", "08:00", "closes", "16:00", "group", "2/3")
	s.board = chair.sees(s.office + "/electronic").one(`/ballots/(\d+)"`)
	chair.send(http.StatusConflict, at, s.office+"/electronic/paper") // the ballot that was made stands against it
}

// ceremony: three trustees on devices of their own, the supervision committee
// makes the slips, the chair opens.
func (s *story) ceremony() {
	desk, seat := "/admin/hemuli/ballots/"+s.board, "/hemuli/elections/"+s.board+"/trustee"
	chair := s.resident(0)
	trustees := []int{32, 33, 34}
	var actors []models.Actor
	for i, n := range trustees {
		s.resident(n)
		chair.does(desk, desk+"/trustee", "seat", strconv.Itoa(i+1), "phone", fmt.Sprintf("1771000%04d", n), "body", "outside")
		actors = append(actors, s.users["resident"+strconv.Itoa(n)])
	}
	chair.does(desk, desk+"/fix")
	var err error
	s.devices, err = storetest.NewDevices(actors...)
	s.must(err)
	for range 4 {
		for i, n := range trustees {
			s.trustee(n, s.devices[i], seat)
		}
	}
	board, _ := models.ParseID(s.board)
	b, err := s.In(s.c).Ballot(cctx, board)
	s.must(err)
	voters := len(slices.DeleteFunc(slices.Clone(s.rows), func(r row) bool { return !r.board }))
	if b.Voters != voters {
		s.t.Fatalf("%d voters on the board, want %d", b.Voters, voters)
	}
	var list []byte
	s.slips, list, err = storetest.Slips(b.UUID, voters)
	s.must(err)
	s.as("supervisor").does(desk+"/slips", desk+"/slips", "list", string(list))
	chair.does(desk, desk+"/open")
	s.setup, err = s.In(s.c).BallotSetup(cctx, board)
	s.must(err)
}

// trustee does what the page asks for, with what the page gave.
func (s *story) trustee(n int, d *storetest.Device, seat string) {
	s.t.Helper()
	r := s.resident(n).sees(seat)
	step := r.one(`id="trustee"[^>]* data-step="(\w*)"`)
	board, _ := models.ParseID(s.board)
	desk, err := s.In(s.c).TrusteeDesk(cctx, s.actor(n), board)
	s.must(err)
	if string(desk.Step) != step {
		s.t.Fatalf("the page says %q, the desk %q", step, desk.Step)
	}
	message, evidence, err := d.Make(desk)
	s.must(err)
	r.does(seat, seat, "step", step, "message", string(message), "evidence", string(evidence))
}

func (s *story) actor(n int) models.Actor {
	u := s.users["resident"+strconv.Itoa(n)]
	r := s.adults[n]
	return models.Actor{UserID: u.UserID, Name: u.Name, Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: s.c.ID}, UserID: u.UserID, ResidentID: r.ID, State: models.LinkConfirmed}}}
}

// marks are what the n-th voter wants: two directors share the votes, of the
// members two come out equal for the last seat, and a name is written in.
func (s *story) marks(n int) (names []string) {
	if n%5 != 0 {
		names = append(names, s.order[n%2])
	}
	sets := [][]int{{2, 3, 5, 6}, {2, 4, 5, 6}, {3, 4, 5, 6}, {2, 3, 4}, {2, 3, 4, 7}}
	for _, i := range sets[n%5] {
		if i == 7 && n%10 == 4 {
			i = 8 // the one who was written in
		}
		names = append(names, s.order[i])
	}
	return names
}

func (s *story) vote() {
	s.at(0, "09:00")
	s.contenders()
	chair, table := s.resident(0), s.resident(3)
	chair.does(s.office+"/stations", s.office+"/stations/open")
	rights := "/hemuli/elections/" + s.board + "/rights"
	for i, v := range s.rows {
		if !v.board || i >= boardVoters {
			continue
		}
		who := s.resident(v.adult).sees(rights)
		mine := who.all(`"id":"(\d+)","for":""`)[0]
		s.cast(http.StatusOK, who, mine, i, s.marks(i+3)...)
		if i%3 == 0 {
			s.cast(http.StatusOK, who, mine, i, s.marks(i)...) // thought better of it
		}
	}
	if proxy := s.resident(s.rows[0].adult).sees(rights); s.mode != models.ModeReps {
		other := proxy.one(`"id":"(\d+)","for":"[^"]+"`)
		s.cast(http.StatusConflict, proxy, other, 0, s.marks(1)...) // the own slip
		s.cast(http.StatusOK, proxy, other, boardVoters, s.marks(boardVoters)...)
		s.cast(http.StatusForbidden, s.resident(s.rows[1].adult), other, boardVoters, s.marks(1)...)
	}
	issue := s.office + "/stations/" + s.main
	if s.overrides() {
		s.override(table, issue)
	} else {
		table.send(http.StatusConflict, issue+"?q="+strconv.Itoa(s.rows[0].number), issue+"/issue", "voter", s.rows[0].id)
	}
	s.onPaper(table)
	table.does(issue, issue+"/papers", "kind", "spoiled", "n", "1")
	for _, id := range []string{s.main, s.branch} {
		at := s.office + "/stations/" + id
		table.does(at, at+"/envelope", "name", fmt.Sprintf("%d %s", s.rows[0].number, s.adults[s.rows[0].adult].Name), "reason", "说没有投过票")
		table.does(at, at+"/papers", "kind", "seal", "note", "0017")
	}
	chair.send(http.StatusConflict, s.office+"/stations", s.office+"/stations/close") // the board is open until four
	s.at(0, "16:01")
	late := s.resident(s.rows[1].adult).sees(rights)
	s.cast(http.StatusConflict, late, late.all(`"id":"(\d+)","for":""`)[0], 1, s.marks(1)...)
	s.resident(0).does(s.office+"/stations", s.office+"/stations/close")
}

// override: the second and third of the electronic channel come to the table and
// get paper; their telephones then get nothing more.
func (s *story) override(table *reader, issue string) {
	for _, i := range []int{1, 2} {
		v := s.rows[i]
		table.sees(issue+"?q="+strconv.Itoa(v.number), "可以改领纸质票")
		table.does(issue+"?q="+strconv.Itoa(v.number), issue+"/issue", "voter", v.id)
		table.send(http.StatusConflict, issue+"?q="+strconv.Itoa(v.number), issue+"/issue", "voter", v.id)
		who := s.resident(v.adult).sees("/hemuli/elections/" + s.board + "/rights")
		s.cast(http.StatusConflict, who, who.all(`"id":"(\d+)","for":""`)[0], i, s.marks(i)...)
		delete(s.online, s.slips[i])
		s.papers = append(s.papers, paper{marks: s.marks(i + 3)}) // what they had chosen before: the story's sums stay
	}
}

// settles: nobody decrypts before the list of those who took paper is signed by
// the electoral and the supervision committee.
func (s *story) settles() {
	if !s.overrides() {
		return
	}
	desk, board := "/admin/hemuli/ballots/"+s.board, "/hemuli/elections/"+s.board
	s.as("nobody").sees(board+"/board", "2 位选民", "还没有签名").lacks("下载计票文件")
	if s.as("nobody").ask(http.MethodGet, board+"/exclusions.json", nil).status != http.StatusNotFound {
		s.t.Error("the list is out before it is signed")
	}
	s.resident(32).sees(board + "/trustee").lacks(`data-step="decrypt"`)
	s.as("supervisor").sees("/admin/hemuli", "核对改投纸质票的名单并签名")
	s.as("supervisor").does(desk, desk+"/exclusions")
	s.as("supervisor").send(http.StatusConflict, desk, desk+"/exclusions")
	s.as("director").send(http.StatusForbidden, desk, desk+"/exclusions")
	s.resident(0).does(desk, desk+"/exclusions")
	s.as("nobody").sees(board+"/board", "下载计票文件", s.users["supervisor"].Name)
}

// onPaper gives out ballots: at the main station every second one from a tablet
// without a line, which sends twice.
func (s *story) onPaper(table *reader) {
	var sent []map[string]string
	n := 0
	for _, v := range s.rows {
		if v.board {
			continue
		}
		at := s.office + "/stations/" + v.station
		n++
		switch {
		case v.station == s.branch:
			s.refused++
			fallthrough
		case n%2 == 0:
			table.does(at+"?q="+strconv.Itoa(v.number), at+"/issue", "voter", v.id)
			table.send(http.StatusConflict, at, at+"/issue", "voter", v.id)
		default:
			sent = append(sent, map[string]string{"voter": v.id, "key": "tablet." + v.id[len(v.id)-8:]})
		}
		if v.station == s.main {
			s.papers = append(s.papers, paper{marks: s.marks(n), damaged: n == 9})
		}
	}
	at := s.office + "/stations/" + s.main
	for range 2 {
		body, err := json.Marshal(sent)
		s.must(err)
		table.sees(at).ask(http.MethodPost, at+"/sync", url.Values{"csrf": {table.token}, "sent": {string(body)}})
		if table.status != http.StatusOK || strings.Contains(table.body, "领") {
			s.t.Fatalf("the tablet's sending: %d %s", table.status, table.body)
		}
	}
}

// contenders reads names and ids from the page of the electronic ballot's names
// and of the candidates.
func (s *story) contenders() {
	e, _ := models.ParseID(strings.TrimPrefix(s.public, "/hemuli/elections/"))
	all, err := s.In(s.c).Contenders(cctx, e)
	s.must(err)
	for _, c := range all {
		s.order = append(s.order, c.Name)
		s.standing[c.Name] = c.ID.String()
		s.as("nobody").sees("/hemuli/elections/"+s.board+"/booth", c.Name)
	}
	if len(s.order) != 9 || all[1].Post != models.PostDirector || all[2].Post != models.PostMember || !all[8].WriteIn {
		s.t.Fatalf("contenders: %v", s.order)
	}
}

// tally adds up papers as a teller's sheet has them.
func (s *story) tally(papers []paper) map[string]int {
	sum := map[string]int{"valid": 0, "invalid": 0, "blank": 0}
	for _, id := range s.standing {
		for _, mark := range []policy.Mark{policy.MarkFor, policy.MarkAgainst, policy.MarkAbstain} {
			sum[string(mark)+":"+id] = 0
		}
	}
	for _, p := range papers {
		switch {
		case p.damaged:
			sum["invalid"]++
			continue
		case len(p.marks) == 0:
			sum["blank"]++
			continue
		}
		sum["valid"]++
		for _, name := range p.marks {
			sum["for:"+s.standing[name]]++
		}
	}
	return sum
}

func fieldsOf(tally map[string]int) (fields []string) {
	for k, n := range tally {
		fields = append(fields, k, strconv.Itoa(n))
	}
	return fields
}

// count: one teller by sheet, the other ballot by ballot; the second box is
// refused; the trustees decrypt; the chair seals.
func (s *story) count() {
	s.settles()
	chair := s.resident(0)
	page := s.office + "/count"
	for _, id := range chair.sees(page).all(`name="envelope" value="(\d+)"`) {
		chair.send(http.StatusConflict, page, page+"/envelope", "envelope", id, "accept", "1", "decision", "核对过身份证")
		chair.does(page, page+"/envelope", "envelope", id, "refuse", "1", "decision", "已经投过电子票")
	}
	chair.does(page, page+"/box", "station", s.main, "in_box", strconv.Itoa(len(s.papers)))
	chair.does(page, page+"/box", "station", s.branch, "in_box", strconv.Itoa(s.refused), "reject", "封条破损，居民选举委员会决定不计入")
	for station, papers := range map[string][]paper{s.main: s.papers, s.branch: nil} {
		heap := page + "/" + station
		s.resident(1).does(heap, heap+"/begin", "teller", "1", "way", "sheet")
		sheet := s.resident(1).sees(heap).all(`name="sheet" value="(\d+)"`)[0]
		s.resident(1).does(heap, heap+"/sheet", append(fieldsOf(s.tally(papers)), "sheet", sheet)...)
		s.resident(1).send(http.StatusForbidden, heap, heap+"/begin", "teller", "2", "way", "sheet")
		s.resident(2).does(heap, heap+"/begin", "teller", "2", "way", "ballots")
		sheet = s.resident(2).sees(heap).all(`name="sheet" value="(\d+)"`)[0]
		for i, p := range papers {
			form := []string{"sheet", sheet, "after", strconv.Itoa(i)}
			for _, name := range p.marks {
				form = append(form, "mark."+s.standing[name], "for")
			}
			if p.damaged {
				form = append(form, "damaged", "1")
			}
			s.resident(2).does(heap, heap+"/ballot", form...)
		}
		s.resident(2).does(heap, heap+"/finish", "sheet", sheet)
		s.resident(2).send(http.StatusForbidden, heap, heap+"/confirm")
		s.resident(3).does(heap, heap+"/confirm")
	}
	chair.send(http.StatusConflict, s.office+"/result", s.office+"/result/seal") // the board is not counted
	for i, n := range []int{32, 33} {
		s.trustee(n, s.devices[i], "/hemuli/elections/"+s.board+"/trustee")
	}
	s.as("nobody").sees(s.public+"/count", strconv.Itoa(len(s.papers)))
	chair.does(s.office+"/result", s.office+"/result/seal")
}
