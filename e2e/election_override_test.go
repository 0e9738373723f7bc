package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/policy"
)

var looks = []Look{{"zh", nil}, {"en care", []Option{Language("en"), Care()}}, {"desktop dark", []Option{Desktop(), Dark()}}}

// everyLook looks at a page as everybody sees it: in the quick run in one look,
// the next page in the next, in the long one in all. Each browser is closed again.
func (p *polls) everyLook(name string, open func(...Option) *Page, path string, keys ...string) {
	whole := p.t.(*testing.T)
	of := looks[p.turn%len(looks)]
	p.turn++
	for _, look := range looks {
		if !long() && look.Name != of.Name {
			continue
		}
		whole.Run(name+" "+look.Name, func(t *testing.T) {
			p.t = t
			q := open(look.Options...)
			q.Lenient()
			q.Visit(path)
			for _, k := range keys {
				q.See(q.T(k))
			}
			q.Screenshot("override " + name + " " + look.Name)
			q.Axe()
			q.FitsWidth()
		})
	}
	p.t = whole
}

func (p *polls) stranger(opts ...Option) *Page { return OpenURL(p.t, p.server.URL, opts...) }

// TestPaperOverridesWhileTheBoardRuns: the voter is told beforehand, takes paper
// at the table, and the telephone then gets nothing more.
func TestPaperOverridesWhileTheBoardRuns(t *testing.T) {
	browser(t)
	now := time.Now()
	p := votingPolls(t, now, now.Add(3*time.Hour), policy.RulePaperOverrides, "true")
	voter := p.adult(0)
	p.clock.Set(now)
	p.casts(0)
	p.serve(0, voter, watcher)
	p.everyLook("ballot page", p.stranger, p.ballot("ballot"), "ballot.more")
	p.everyLook("trust page", p.stranger, p.ballot("trust"), "ballot.over.title", "ballot.over.text")
	p.everyLook("booth", func(o ...Option) *Page { return p.page(voter, o...) }, p.ballot("booth"), "ballot.over.short")
	p.everyLook("own page", func(o ...Option) *Page { return p.page(voter, o...) }, p.public("me"))
	at := p.office("stations", p.main.String()) + "?q=" + strconv.Itoa(p.voters[0].Number)
	p.everyLook("table", func(o ...Option) *Page { return p.page(watcher, o...) }, at, "ballot.override.table")
	p.everyLook("board running", p.stranger, p.ballot("board"), "ballot.count.rule")
	table := p.page(watcher)
	table.Visit(at)
	table.Follow(table.T("election.issue.send"))
	phone := p.page(voter)
	phone.Lenient()
	phone.Visit(p.ballot("booth"))
	phone.SeeElement("#booth[data-ready]")
	p.upToSending(phone, 0)
	phone.See(phone.T("ballot.voter.paper"))
	phone.Screenshot("override phone after paper")
	p.everyLook("own page after", func(o ...Option) *Page { return p.page(voter, o...) }, p.public("me"))
}

// upToSending marks the ballot and sends it, whatever comes of it.
func (p *polls) upToSending(q *Page, slip int) {
	q.t.Helper()
	q.Tap(q.T("ballot.booth.begin"))
	q.Fill(q.T("ballot.slip.label"), p.board.Slips[slip])
	q.Tap(q.T("ballot.booth.next"))
	q.screen("q0")
	q.Tap(p.adults[10].Name)
	q.Tap(q.T("ballot.booth.next"))
	q.screen("q1")
	q.Tap(p.adults[12].Name)
	q.Tap(q.T("ballot.booth.next"))
	q.Tap(q.T("ballot.booth.seal"))
	q.screen("sealed")
	q.Tap(q.T("ballot.booth.send"))
}

// TestPaperOverridesAtTheCount: the board has closed, somebody still takes
// paper; the polls close; two people of two bodies sign on their pages, and a
// stranger downloads board, count and list and checks them with the command.
func TestPaperOverridesAtTheCount(t *testing.T) {
	browser(t)
	now := time.Now()
	p := votingPolls(t, now.Add(-4*time.Minute), now.Add(-2*time.Minute), policy.RulePaperOverrides, "true")
	chair := p.as(0)
	p.clock.Set(now.Add(-3 * time.Minute))
	var trackers []string
	for i := range pollBoard {
		trackers = append(trackers, p.casts(i))
	}
	p.clock.Set(now.Add(-time.Minute))
	p.must(p.in().EndBallot(pctx, p.board.Board.ID))
	for _, v := range append(p.voters[pollBoard:], p.voters[0]) {
		_, err := p.in().Issue(pctx, chair, p.e.ID, p.main, store.CheckIn{VoterID: v.ID, Key: "t." + strconv.Itoa(v.Number)})
		p.must(err)
	}
	p.must(p.in().RecordAct(pctx, chair, p.e.ID, p.main, store.StationAct{Kind: "seal", Note: "0017"}))
	p.must(p.in().ClosePolls(pctx, chair, p.e.ID))
	supervisor := p.desks.Registers
	p.enters(supervisor)
	p.serve(0, -1)
	desk := "/admin/hemuli/ballots/" + p.board.Board.ID.String()
	asSupervisor := func(o ...Option) *Page { return p.pageOf(supervisor, o...) }
	first := asSupervisor()
	first.Lenient()
	first.Visit(desk)
	first.await("the list", `document.querySelector("#count") !== null || (location.reload(), false)`)
	p.everyLook("desk unsigned", asSupervisor, desk, "ballot.count.title", "ballot.count.sign")
	p.everyLook("day", asSupervisor, "/admin/hemuli", "ballot.day.exclusions")
	p.everyLook("board unsigned", p.stranger, p.ballot("board"), "ballot.count.unsigned")
	p.everyLook("trustee waits", func(o ...Option) *Page { return p.page(-1, o...) }, p.ballot("trustee"))
	first.Visit(desk)
	first.Follow(first.T("ballot.count.sign"))
	first.NotSee(first.T("ballot.count.sign"))
	second := p.page(0, Desktop())
	second.Visit(desk)
	second.Follow(second.T("ballot.count.sign"))
	p.everyLook("desk signed", asSupervisor, desk, "ballot.count.title")
	p.everyLook("board signed", p.stranger, p.ballot("board"), "ballot.count.download", "ballot.count.list")
	p.everyLook("tracker gone", p.stranger, p.ballot("board")+"?q="+strings.ReplaceAll(trackers[0], "+", "%2B"), "ballot.find.gone")
	p.everyLook("tracker counts", p.stranger, p.ballot("board")+"?q="+strings.ReplaceAll(trackers[1], "+", "%2B"), "ballot.find.there")
	p.everyLook("trustee decrypts", func(o ...Option) *Page { return p.page(-1, o...) }, p.ballot("trustee"))
	p.checksTheCount()
}

// checksTheCount is a stranger with the three files and the key of the notice.
func (p *polls) checksTheCount() {
	t, dir := p.t, p.t.(*testing.T).TempDir()
	files := map[string]string{}
	for _, name := range []string{"board.bel", "count.bel", "exclusions.json", "board.json"} {
		res, err := http.Get(p.server.URL + p.ballot(name))
		p.must(err)
		raw, err := io.ReadAll(res.Body)
		p.must(err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", name, res.StatusCode)
		}
		files[name] = filepath.Join(dir, name)
		p.must(os.WriteFile(files[name], raw, 0o600))
	}
	raw, err := os.ReadFile(files["board.json"])
	p.must(err)
	var head struct{ Key string }
	p.must(json.Unmarshal(raw, &head))
	binary, err := program()
	p.must(err)
	args := []string{"ballot", "verify", files["count.bel"], "--board", files["board.bel"], "--exclusions", files["exclusions.json"], "--key"}
	out, err := exec.Command(binary, append(args, head.Key)...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), p.as(0).Name) {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	other := sha256.Sum256([]byte(head.Key))
	if exec.Command(binary, append(args, string(other[:]))...).Run() == nil {
		t.Error("the command takes the list under another key")
	}
}
