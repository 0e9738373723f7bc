package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/models"
)

// The recount: nothing here uses the program's sums.

var (
	tags     = regexp.MustCompile(`<[^>]+>`)
	digitsIn = regexp.MustCompile(`\d+`)
)

// table reads a table of the page just read, without its head: the text of each
// cell.
func (r *reader) table(id string) (rows [][]string) {
	r.s.t.Helper()
	_, after, ok := strings.Cut(r.body, `id="`+id+`"`)
	if !ok {
		r.s.t.Fatalf("%s reads no table %s", r.who, id)
	}
	body, _, _ := strings.Cut(after, "</table>")
	_, body, _ = strings.Cut(body, "<tbody")
	for _, tr := range strings.Split(body, "<tr")[1:] {
		var cells []string
		for _, td := range regexp.MustCompile(`(?s)<t[dh][^>]*>(.*?)</t[dh]>`).FindAllStringSubmatch(tr, -1) {
			cells = append(cells, strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(td[1], " "))), " "))
		}
		rows = append(rows, cells)
	}
	return rows
}

// figures are the big numbers of the page just read.
func (r *reader) figures() (out []int) {
	for _, f := range regexp.MustCompile(`(?s)<dd class="figure__value num">(.*?)</dd>`).FindAllStringSubmatch(r.body, -1) {
		n, err := strconv.Atoi(strings.TrimSpace(tags.ReplaceAllString(f[1], "")))
		r.s.must(err)
		out = append(out, n)
	}
	return out
}

// check adds the entries up by itself and compares every number of the public
// result page.
func (s *story) check() {
	t := s.t
	paper, board := map[string]int{}, map[string]int{}
	invalid := 0
	for _, p := range s.papers {
		if p.damaged {
			invalid++
			continue
		}
		for _, n := range p.marks {
			paper[n]++
		}
	}
	for _, names := range s.online {
		for _, n := range names {
			board[n]++
		}
	}
	voted := len(s.papers) + len(s.online)
	page := s.as("nobody").sees(s.public + "/result")
	if got := page.figures(); !slices.Equal(got, []int{voted, voted - invalid, invalid, 0}) {
		t.Errorf("figures %v, want %d who voted and %d void", got, voted, invalid)
	}
	seen := 0
	for _, row := range page.table("channels") {
		name := strings.Fields(row[0])[0]
		want := fmt.Sprintf("%d %d %d", paper[name], board[name], paper[name]+board[name])
		if got := strings.Join(row[1:4], " "); got != want {
			t.Errorf("%s: %s on paper, on the board and together; the entries say %s", name, got, want)
		}
		seen++
	}
	elected := map[string]bool{}
	for _, row := range page.table("scores") {
		name := strings.Fields(row[0])[0]
		if want := fmt.Sprintf("%d 0 0", paper[name]+board[name]); strings.Join(row[1:4], " ") != want {
			t.Errorf("%s: %v, the entries say %s", name, row[1:4], want)
		}
		elected[name] = strings.Contains(row[4], "当选") && !strings.Contains(row[4], "未")
		seen++
	}
	if seen != 2*len(s.order) {
		t.Errorf("%d lines of %d contenders", seen, len(s.order))
	}
	s.checkLines(page, voted, paper, board)
	for i, name := range s.order {
		sum := paper[name] + board[name]
		want := i >= 2 && i <= 4 // three members; two tie for the fourth seat, no director has half
		if elected[name] != want {
			t.Errorf("%s with %d of %d: elected %v", name, sum, voted, elected[name])
		}
		if want && sum*2 <= voted || i < 2 && sum*2 > voted {
			t.Errorf("the story's own votes are wrong: %s has %d of %d", name, sum, voted)
		}
	}
}

// checkLines compares the numbers in the sentences of the result: each test of
// the law names what it compares.
func (s *story) checkLines(page *reader, voted int, paper, board map[string]int) {
	lines := page.table("tests")
	turnout := digitsIn.FindAllString(lines[0][0], -1)
	if !slices.Contains(turnout, strconv.Itoa(voted)) || !slices.Contains(turnout, strconv.Itoa(len(s.rows))) {
		s.t.Errorf("turnout: %q, want %d of %d", lines[0][0], voted, len(s.rows))
	}
	enough, tied := 0, s.order[5]
	for _, l := range lines {
		for _, name := range s.order {
			if !strings.Contains(l[0], name) || !digitsIn.MatchString(l[0]) {
				continue // the line about the woman among them names somebody and no number
			}
			enough++
			if sum := strconv.Itoa(paper[name] + board[name]); !slices.Contains(digitsIn.FindAllString(l[0], -1), sum) {
				s.t.Errorf("%q does not say %s", l[0], sum)
			}
		}
	}
	if enough < 5 || paper[tied]+board[tied] != paper[s.order[6]]+board[s.order[6]] {
		s.t.Errorf("%d lines name somebody; %d and %d votes of the tied", enough, paper[tied]+board[tied], paper[s.order[6]]+board[s.order[6]])
	}
}

// again holds the vote among the tied, or the run-off: everybody on paper; the
// second of the two gets so many votes.
func (s *story) again(kind string, second int) {
	t := s.t
	parent := s.office
	s.resident(0).does(parent+"/result", parent+"/result/again", "kind", kind, "tie", "0", "title", "再次投票", "day", string(s.day.AddDays(3)))
	id := s.further(parent)
	office, public := "/admin/hemuli/elections/"+id, "/hemuli/elections/"+id
	day := s.day
	s.day = day.AddDays(3)
	s.at(0, "09:00")
	chair := s.resident(0)
	chair.send(http.StatusConflict, office+"/stations", office+"/stations/open") // seven of them have chosen the board
	chair.does(office+"/electronic", office+"/electronic/paper")
	e, _ := models.ParseID(id)
	both, err := s.In(s.c).Contenders(cctx, e)
	s.must(err)
	if len(both) != 2 {
		t.Errorf("%s among %d", kind, len(both)) // the seat that the tied vote about is no open one
	}
	s.won = both[0].Name
	total := s.hold(office, []models.ID{both[0].ID, both[1].ID}, func(n int) []int { return []int{n - min(n, second), min(n, second)} })
	scores := s.as("nobody").sees(public + "/result").table("scores")
	first := total[both[0].ID]
	if scores[0][1] != strconv.Itoa(first) || scores[1][1] != strconv.Itoa(total[both[1].ID]) || !strings.Contains(scores[0][4], "当选") || strings.Contains(scores[1][4], "当选") {
		t.Errorf("%s: %v, want %d for the first of %v", kind, scores, first, total)
	}
	s.day = day
}

// hold is a whole day of paper at the stations of an election whose names are
// fixed: everybody comes, each box is counted twice, the chair seals. share says
// how many of a box's ballots are for each of the names; it returns their sums.
func (s *story) hold(office string, names []models.ID, share func(n int) []int) map[models.ID]int {
	chair := s.resident(0)
	for i, duty := range []string{"teller", "teller", "watcher"} {
		chair.does(office+"/stations", office+"/stations/staff", "person", s.named(1+i), "duty", duty)
	}
	chair.does(office+"/stations", office+"/stations/open")
	stations := chair.sees(office + "/stations").all(`/stations/(\d+)"`)
	inBox := map[string]int{}
	for _, st := range stations {
		at := office + "/stations/" + st
		for _, v := range s.resident(3).sees(at + "/roll.json").all(`"id":"(\d+)"`) {
			s.resident(3).does(at, at+"/issue", "voter", v)
			inBox[st]++
		}
		s.resident(3).does(at, at+"/papers", "kind", "seal", "note", "0018")
	}
	chair.does(office+"/stations", office+"/stations/close")
	for _, st := range stations {
		chair.does(office+"/count", office+"/count/box", "station", st, "in_box", strconv.Itoa(inBox[st]))
	}
	total := map[models.ID]int{}
	for _, st := range stations {
		heap, votes := office+"/count/"+st, share(inBox[st])
		for i, id := range names {
			total[id] += votes[i]
		}
		for _, teller := range []int{1, 2} {
			r := s.resident(teller).does(heap, heap+"/begin", "teller", strconv.Itoa(teller), "way", "sheet")
			form := []string{"sheet", r.sees(heap).all(`name="sheet" value="(\d+)"`)[0], "valid", strconv.Itoa(inBox[st]), "invalid", "0", "blank", "0"}
			for i, id := range names {
				form = append(form, "for:"+id.String(), strconv.Itoa(votes[i]), "against:"+id.String(), "0", "abstain:"+id.String(), "0")
			}
			r.does(heap, heap+"/sheet", form...)
		}
		s.resident(3).does(heap, heap+"/confirm")
	}
	chair.does(office+"/result", office+"/result/seal")
	return total
}

// further is the further vote of an election whose polls were not opened yet.
func (s *story) further(parent string) (id string) {
	chair := s.resident(0)
	for _, c := range chair.sees(parent).all(`/elections/(\d+)"`) {
		if !strings.HasSuffix(parent, c) && len(chair.sees("/admin/hemuli/elections/"+c+"/stations").all(`(stations/open)`)) > 0 {
			id = c
		}
	}
	return id
}

// archive downloads the election's file and lets strangers' programs count it.
func (s *story) archive() {
	t := s.t
	s.resident(0).sees(s.office + "/archive.zip")
	body := []byte(s.resident(0).body)
	bad, err := store.CheckArchive(bytes.NewReader(body), int64(len(body)))
	s.must(err)
	if len(bad) > 0 {
		t.Errorf("the archive: %v", bad)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	s.must(err)
	f, err := z.Open("board.bel")
	s.must(err)
	board, err := io.ReadAll(f)
	s.must(err)
	s.as("nobody").sees("/hemuli/elections/" + s.board + "/board.bel")
	if s.as("nobody").body != string(board) {
		t.Error("the archive's board is not the public one")
	}
	if s.overrides() {
		board = s.recounted(board)
	}
	report, err := ballot.Verify(bytes.NewReader(board), int64(len(board)), ballot.Options{})
	s.must(err)
	result, err := json.Marshal(report.Result)
	s.must(err)
	want := s.expected()
	if string(result) != want || int(report.Counted) != len(s.online) {
		t.Errorf("the board counts %s of %d, the voters marked %s", result, report.Counted, want)
	}
	for _, forge := range []func(string, []byte) []byte{
		func(name string, b []byte) []byte {
			if name == "board.bel" || name == "count.bel" {
				b = bytes.Clone(b)
				b[len(b)/2] ^= 1
			}
			return b
		},
		func(name string, b []byte) []byte {
			if name == "election.json" {
				return bytes.Replace(b, []byte(`"valid": `), []byte(`"valid": 1`), 1)
			}
			return b
		},
	} {
		again := rewritten(t, z, forge)
		if bad, err := store.CheckArchive(bytes.NewReader(again), int64(len(again))); err == nil && len(bad) == 0 {
			t.Error("a changed archive passes")
		}
	}
	beleniosCounts(t, board, want)
}

// recounted downloads the count and the signed list, as a stranger who has the
// board, and checks them with the command: with the list as it is, with one that
// lacks a line, and under another key.
func (s *story) recounted(board []byte) []byte {
	t := s.t
	at := "/hemuli/elections/" + s.board
	count := []byte(s.as("nobody").sees(at + "/count.bel").body)
	list := s.as("nobody").sees(at + "/exclusions.json").body
	key := base64.StdEncoding.EncodeToString(s.BallotKey())
	d := &desk{t, t.TempDir()}
	d.write("board.bel", string(board))
	d.write("count.bel", string(count))
	d.write("list.json", list)
	out := d.run("verify", "/count.bel", "--board", "/board.bel", "--exclusions", "/list.json", "--key="+key)
	if !strings.Contains(out, s.users["supervisor"].Name) || !strings.Contains(out, key) {
		t.Errorf("the report does not name who signed:\n%s", out)
	}
	first := regexp.MustCompile(`"ballots":\["([^"]+)"`).FindStringSubmatch(list)[1]
	s.as("nobody").sees(at+"/board?q="+url.QueryEscape(first), "不计入")
	d.write("short.json", strings.Replace(list, `"`+first+`",`, "", 1))
	if status, _, _ := d.try("verify", "/count.bel", "--board", "/board.bel", "--exclusions", "/short.json"); status != ballotRefused {
		t.Error("a list that lacks a ballot passes")
	}
	other := base64.StdEncoding.EncodeToString(make([]byte, 32))
	if status, _, _ := d.try("verify", "/count.bel", "--board", "/board.bel", "--exclusions", "/list.json", "--key="+other); status != ballotRefused {
		t.Error("a list passes that another key has signed")
	}
	if status, _, _ := d.try("verify", "/board.bel", "--board", "/count.bel", "--exclusions", "/list.json"); status != ballotRefused {
		t.Error("a count passes as a board")
	}
	return count
}

// expected is the result of the board as FORMAT.md writes it, from what the
// voters marked.
func (s *story) expected() string {
	var counts [][]int
	for _, q := range s.setup.Election.Questions {
		row := make([]int, len(q.Answers)+1)
		for _, names := range s.online {
			marked := false
			for j, a := range q.Answers {
				if slices.Contains(names, a) {
					row[j+1]++
					marked = true
				}
			}
			if !marked {
				row[0]++
			}
		}
		counts = append(counts, row)
	}
	b, err := json.Marshal(counts)
	s.must(err)
	return string(b)
}

// rewritten is an archive with changed members and no new fingerprints but those
// that a forger can make.
func rewritten(t *testing.T, z *zip.Reader, change func(string, []byte) []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method})
		if err == nil {
			_, err = m.Write(change(f.Name, b))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// beleniosCounts is the last step: people who trust nobody here count with a
// program of others.
func beleniosCounts(t *testing.T, board []byte, want string) {
	t.Helper()
	tool := os.Getenv("JUWU_BELENIOS")
	if tool == "" {
		if os.Getenv("JUWU_REQUIRE_BELENIOS") != "" {
			t.Fatal("belenios-tool is required and not there")
		}
		t.Log("belenios-tool is not there: not counted by it")
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.bel"), board, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		cmd := exec.Command(tool, args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "LWT_ASYNC_METHOD=none")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("belenios-tool %v: %v %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("election", "verify")
	if got := run("election", "compute-result"); got != `{"result":`+want+`}` {
		t.Errorf("belenios-tool counts %s, the voters marked %s", got, want)
	}
	everyBallot(t, board, dir, run)
}

// everyBallot has the tool verify each ballot by itself: `election verify` alone
// does not look at them all.
func everyBallot(t *testing.T, board []byte, dir string, run func(...string) string) {
	t.Helper()
	report, err := ballot.Verify(bytes.NewReader(board), int64(len(board)), ballot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chain, setup, err := ballot.NewChain(report.Timestamp) // it takes a ballot that could still be cast
	if err != nil {
		t.Fatal(err)
	}
	begun, err := chain.Setup(report.Setup)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "x.bel"), append(setup, begun...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for raw := range strings.SplitSeq(string(board), "\x00") {
		if !strings.HasPrefix(raw, `{"election_uuid":`) {
			continue
		}
		n++
		if err := os.WriteFile(filepath.Join(dir, "ballot.json"), []byte(raw+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run("election", "verify-ballot", "--ballot", "ballot.json")
	}
	if n != report.Ballots || n == 0 {
		t.Errorf("belenios-tool verified %d ballots of %d", n, report.Ballots)
	}
}
