package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"juwu/ballot"
	"juwu/i18n"
)

// desk is a folder in which `juwu ballot` is used as people use it.
type desk struct {
	t   *testing.T
	dir string
}

// try carries out a command; words that name files of the desk start with "/".
func (d *desk) try(words ...string) (status int, stdout, stderr string) {
	d.t.Helper()
	args := make([]string, len(words))
	for i, w := range words {
		if args[i] = w; strings.HasPrefix(w, "/") {
			args[i] = filepath.Join(d.dir, w)
		}
	}
	var out, fault bytes.Buffer
	status = ballotCommand(args, strings.NewReader(""), &out, &fault)
	return status, out.String(), fault.String()
}

func (d *desk) run(words ...string) string {
	d.t.Helper()
	status, out, fault := d.try(words...)
	if status != ballotDone {
		d.t.Fatalf("%v: status %d\n%s%s", words, status, out, fault)
	}
	return out
}

func (d *desk) write(name, text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) read(name string) string {
	d.t.Helper()
	raw, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(raw)
}

// TestBallotOffline is a whole election without a server: two single trustees,
// a group of three of whom two decrypt, two voters of whom one is absent.
func TestBallotOffline(t *testing.T) {
	d := &desk{t, t.TempDir()}
	uuid := strings.TrimSpace(d.run("uuid"))
	d.write("voters", "a@example.com,anna,2\nb@example.com,,1\n")
	d.run("credentials", "--uuid", uuid, "--voters", "/voters", "--out", "/")
	d.run("trustee", "new", "--out", "/one")
	d.group()
	d.write("trustees.json", d.run("trustees", "--single", "/one.pubkey", "--group", "/group"))
	d.write("template", `{"description":"d","name":"n\u001b[2J","questions":[{"answers":["x","y"],"blank":true,"min":1,"max":2,"question":"q"}]}`)
	d.write("election.json", d.run("election", "--template", "/template", "--trustees", "/trustees.json", "--uuid", uuid))
	d.run("start", "/open.bel", "--election", "/election.json", "--trustees", "/trustees.json", "--credentials", "/public_credentials.json")

	private := map[string]string{}
	if err := json.Unmarshal([]byte(d.read("private_credentials.json")), &private); err != nil {
		t.Fatal(err)
	}
	d.write("credential", private["anna"]+"\n")
	d.write("choice", "[[0,1,1]]")
	d.write("vote", d.run("cast", "/open.bel", "--credential", "/credential", "--choice", "/choice"))
	d.run("check", "/open.bel", "--ballot", "/vote")
	d.write("spoiled", d.run("cast", "/open.bel", "--credential", "/credential", "--choice", "/choice", "--opening", "/o"))
	if out := d.run("check", "/open.bel", "--ballot", "/spoiled", "--opening", "/o", "--lang", "en"); !strings.Contains(out, "y: 1") {
		t.Errorf("opened ballot:\n%s", out)
	}
	if status, _, _ := d.try("check", "/open.bel", "--ballot", "/vote", "--opening", "/o"); status != ballotRefused {
		t.Error("the opening of another ballot")
	}
	if status, _, fault := d.try("decrypt", "/open.bel", "--owner", "1", "--key", "/one.privkey"); status != ballotRefused || fault == "" {
		t.Errorf("decrypting an open board: %d %q", status, fault)
	}
	d.run("add", "/open.bel", "--ballot", "/vote", "--out", "/one.bel")
	d.run("close", "/one.bel", "--out", "/closed.bel")
	d.write("s1", d.run("decrypt", "/closed.bel", "--owner", "1", "--key", "/one.privkey"))
	d.write("s2", d.run("decrypt", "/closed.bel", "--owner", "2", "--key", "/t1.key", "--dkey", "/o1.dkey"))
	d.write("s4", d.run("decrypt", "/closed.bel", "--owner", "4", "--key", "/t3.key", "--dkey", "/o3.dkey"))
	if status, _, _ := d.try("result", "/closed.bel", "--share", "/s1", "--share", "/s4"); status != ballotRefused {
		t.Error("a result with one share too few")
	}
	if status, _, _ := d.try("decrypt", "/closed.bel", "--owner", "3", "--key", "/t3.key", "--dkey", "/o3.dkey"); status != ballotRefused {
		t.Error("a share under another's number")
	}
	d.write("s5", d.run("decrypt", "/closed.bel", "--owner", "3", "--key", "/t2.key", "--dkey", "/o2.dkey", "--evidence", "/e5"))
	d.run("share", "/closed.bel", "--share", "/s5", "--evidence", "/e5")
	d.run("share", "/closed.bel", "--share", "/s1")
	if status, _, _ := d.try("share", "/closed.bel", "--share", "/s1", "--evidence", "/e5"); status != ballotRefused {
		t.Error("the evidence of another share")
	}
	out := d.run("result", "/closed.bel", "--share", "/s4", "--share", "/s1", "--share", "/s2", "--out", "/final.bel")
	if out != `{"result":[[0,2,2]]}`+"\n" {
		t.Errorf("result %s", out)
	}
	report := d.run("verify", "/final.bel", "--previous", "/open.bel", "--lang", "en")
	if !strings.Contains(report, "Everything checks out.") || strings.Contains(report, "\x1b") {
		t.Errorf("report:\n%s", report)
	}
	if sums := d.run("checksums", "/final.bel"); !strings.Contains(sums, `"num_voters":2`) {
		t.Errorf("checksums %s", sums)
	}
	if status, _, _ := d.try("verify", "/open.bel", "--previous", "/final.bel"); status != ballotRefused {
		t.Error("a board that lost its end passes")
	}
	d.paperOverrides()
	d.run("close", "/open.bel", "--out", "/without.bel")
	status, _, fault := d.try("verify", "/without.bel", "--board", "/closed.bel", "--lang", "en")
	if status != ballotRefused || !strings.Contains(fault, "has not ended") {
		t.Errorf("compared with a board that is tallied: %d %s", status, fault)
	}
	if status, _, _ := d.try("close", "/closed.bel", "--out", "/again.bel"); status != ballotRefused {
		t.Error("a board was closed twice")
	}
	if status, _, _ := d.try("trustee", "new", "--out", "/one"); status != ballotRefused {
		t.Error("a key was overwritten")
	}
}

// paperOverrides: the board holds one ballot, the count none.
func (d *desk) paperOverrides() {
	d.t.Helper()
	one := ballot.Tracker([]byte(strings.TrimSpace(d.read("vote"))))
	d.run("add", "/open.bel", "--ballot", "/vote", "--out", "/full.bel")
	d.run("end", "/full.bel", "--out", "/board.bel")
	d.write("list", one+"\n")
	d.run("without", "/board.bel", "--list", "/list", "--out", "/rest.bel")
	d.run("close", "/rest.bel", "--out", "/count.bel")
	if out := d.run("verify", "/count.bel", "--board", "/board.bel"); !strings.Contains(out, one) {
		d.t.Errorf("the excluded ballot is not named:\n%s", out)
	}
	d.write("list", "nonsense")
	if status, _, _ := d.try("without", "/board.bel", "--list", "/list", "--out", "/none.bel"); status != ballotRefused {
		d.t.Error("a ballot that is not on the board was left out")
	}
}

// group runs the ceremony of a 2-of-3 group through files.
func (d *desk) group() {
	d.t.Helper()
	certs, polynomials, outputs := "", "", ""
	for i := range 3 {
		n := strconv.Itoa(i + 1)
		d.run("trustee", "1", "--index", n, "--threshold", "2", "--size", "3", "--out", "/t"+n)
		certs += d.read("t" + n + ".cert")
	}
	d.write("certs", certs)
	d.run("trustee", "2", "--certs", "/certs")
	for i := range 3 {
		polynomials += d.run("trustee", "3", "--key", "/t"+strconv.Itoa(i+1)+".key", "--certs", "/certs")
	}
	d.write("polynomials", polynomials)
	d.run("trustee", "4", "--certs", "/certs", "--polynomials", "/polynomials", "--out", "/in")
	for i := range 3 {
		n := strconv.Itoa(i + 1)
		d.run("trustee", "5", "--key", "/t"+n+".key", "--certs", "/certs", "--input", "/in"+n+".vinput", "--out", "/o"+n)
		outputs += d.read("o" + n + ".voutput")
	}
	d.write("outputs", outputs)
	d.write("group", d.run("trustee", "6", "--certs", "/certs", "--polynomials", "/polynomials", "--outputs", "/outputs"))
}

// TestBallotVerifyRefuses puts every negative archive to the command.
func TestBallotVerifyRefuses(t *testing.T) {
	raw, err := os.ReadFile("ballot/testdata/negative/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var index []struct{ File, Expected string }
	if err := json.Unmarshal(raw, &index); err != nil {
		t.Fatal(err)
	}
	d := &desk{t, t.TempDir()}
	for _, c := range index {
		d.write("x.bel", string(unpacked(t, "ballot/testdata/negative/"+c.File+".gz")))
		status, out, fault := d.try("verify", "/x.bel", "--json")
		var verdict struct {
			Accepted bool
			Code     string
		}
		if err := json.Unmarshal([]byte(out), &verdict); err != nil {
			t.Fatal(c.File, err)
		}
		accept := c.Expected == "accept"
		if verdict.Accepted != accept || (status == ballotDone) != accept || (verdict.Code == "") != accept {
			t.Errorf("%s: %d %+v %s", c.File, status, verdict, fault)
		}
	}
}

func unpacked(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestBallotWords: every check of package ballot has words in every language.
func TestBallotWords(t *testing.T) {
	catalog, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range catalog.All() {
		for _, code := range ballot.Codes() {
			if !w.Has(ballotRefusals.Key(string(code))) {
				t.Errorf("%s: no words for %s", w.Tag, code)
			}
		}
	}
}

func TestBallotUsage(t *testing.T) {
	d := &desk{t, t.TempDir()}
	for _, words := range [][]string{
		{"verify"}, {"verify", "a", "b"}, {"verify", "--nonsense", "a"}, {"nonsense"}, {"trustee"}, {"trustee", "9"},
		{"credentials", "--uuid", "x"}, {"close", "/x.bel"},
	} {
		if status, out, fault := d.try(words...); status != ballotUsage || out+fault == "" {
			t.Errorf("%v: status %d", words, status)
		}
	}
	if status, out, _ := d.try("help", "--lang", "en"); status != ballotDone || !strings.Contains(out, "juwu ballot verify") {
		t.Errorf("help: %d %s", status, out)
	}
	if status, _, fault := d.try("verify", "/none.bel"); status != ballotRefused || fault == "" {
		t.Errorf("a file that is not there: %d %q", status, fault)
	}
}
