package ballot

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// belenios runs the real belenios-tool in a folder of its own. It is found by
// the variable JUWU_BELENIOS or the path. Without it the tests are skipped,
// unless JUWU_REQUIRE_BELENIOS is set, as it is where changes are accepted.
type belenios struct {
	t    testing.TB
	tool string
	dir  string
}

func newBelenios(t testing.TB) *belenios {
	t.Helper()
	tool := os.Getenv("JUWU_BELENIOS")
	if tool == "" {
		tool, _ = exec.LookPath("belenios-tool")
	}
	if tool == "" {
		if os.Getenv("JUWU_REQUIRE_BELENIOS") != "" {
			t.Fatal("belenios-tool is required and not there")
		}
		t.Skip("belenios-tool is not there")
	}
	return &belenios{t, tool, t.TempDir()}
}

func (b *belenios) file(name string, body []byte) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *belenios) read(pattern string) []byte {
	b.t.Helper()
	names, _ := filepath.Glob(filepath.Join(b.dir, pattern))
	if len(names) != 1 {
		b.t.Fatalf("%s: %v", pattern, names)
	}
	raw, err := os.ReadFile(names[0])
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

// try runs the tool synchronously: without that variable it often ends before
// it has looked at a single ballot.
func (b *belenios) try(stdin []byte, args ...string) ([]byte, error) {
	b.t.Helper()
	cmd := exec.Command(b.tool, args...)
	cmd.Dir, cmd.Stdin = b.dir, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "LWT_ASYNC_METHOD=none")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.t.Logf("belenios-tool %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out, err
}

func (b *belenios) run(stdin []byte, args ...string) []byte {
	b.t.Helper()
	out, err := b.try(stdin, args...)
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// TestBeleniosVerifiesOurs: the tool accepts an archive that we made, and every
// single ballot of it.
func TestBeleniosVerifiesOurs(t *testing.T) {
	tool := newBelenios(t)
	b := filledBoard(t)
	tool.file("x.bel", b.archive)
	tool.run(nil, "election", "verify")
	r := must[*Report](t)(verifyBytes(b.archive))
	final := `,"final":"` + r.Head.String() + `"` // new in 3.1
	theirs := strings.TrimSpace(string(tool.run(nil, "election", "compute-checksums")))
	same(t, "checksums", strings.Replace(string(r.ToolChecksums()), final, "", 1), strings.Replace(theirs, final, "", 1))

	data, events, _ := records(t, b.archive)
	open := newBelenios(t)
	chain, archive, err := NewChain(b.chain.Time)
	if err != nil {
		t.Fatal(err)
	}
	open.file("x.bel", append(archive, must[[]byte](t)(chain.Setup(b.setup))...))
	for i, e := range events {
		if e.Type == EventBallot {
			name := open.file(strconv.Itoa(i)+".json", append(data[e.Payload.String()], '\n'))
			open.run(nil, "election", "verify-ballot", "--ballot", name)
		}
	}
}

// TestBeleniosMixed: our setup; ballots from us and from the tool; one share
// from the tool, the rest from us; the result from the tool. Both verify it.
func TestBeleniosMixed(t *testing.T) {
	tool := newBelenios(t)
	b := newBoard(t, sampleQuestions, 1, 1, 4)
	tool.file("x.bel", b.archive)
	cred := tool.file("cred", []byte(b.private[0]))
	choice := tool.file("choice", []byte(`[[0,1,0],[1,0,1,0,0,0,0,0,1],[1,0,0],[0,1]]`))
	raw := bytes.TrimSpace(tool.run(nil, "election", "generate-ballot", "--privcred", cred, "--choice", choice))
	x := must[*Ballot](t)(b.setup.VerifyBallot(raw))
	b.latest[x.Credential] = x
	b.add(b.chain.Ballot(raw))
	b.cast(1, Votes{{1, 0, 0}, {1, 1, 1, 1, 1, 0, 0, 0, 0}, {0, 0, 1}, {1, 1}})
	b.cast(2, Votes{{0, 0, 1}, {0, 1, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 1}, {0, 0}})
	b.close()
	tool.file("x.bel", b.archive)
	key := tool.file("trustee.privkey", b.keys[0].SecretBytes())
	out := bytes.Split(bytes.TrimSpace(tool.run(nil, "election", "decrypt", "--privkey", key, "--trustee-id", "1")), []byte("\n"))
	p := must[*PartialDecryption](t)(ParsePartialDecryption(out[0]))
	if err := b.setup.VerifyShare(b.tally, 1, p); err != nil {
		t.Fatal(err)
	}
	b.add(b.chain.PartialDecryption(1, p))
	b.shares[1] = p
	b.decrypt(2, 4)
	tool.file("x.bel", b.archive)
	theirs := bytes.TrimSpace(tool.run(nil, "election", "compute-result"))
	same(t, "result", string(b.result().Bytes()), string(theirs))
	tool.file("x.bel", b.archive)
	tool.run(nil, "election", "verify")
	must[*Report](t)(verifyBytes(b.archive))
}

// TestBeleniosElection: an election set up, counted and announced by the tool,
// with ballots and a share of ours in between.
func TestBeleniosElection(t *testing.T) {
	tool := newBelenios(t)
	uuid := strings.TrimSpace(string(tool.run(nil, "setup", "generate-token")))
	group := []string{"--uuid", uuid, "--group", "Ed25519"}
	tool.run(nil, append([]string{"setup", "generate-credentials", "--count", "3"}, group...)...)
	private := map[string]string{}
	if err := json.Unmarshal(tool.read("*.privcreds"), &private); err != nil {
		t.Fatal(err)
	}
	tool.file("public_creds.json", tool.read("*.pubcreds"))
	tool.run(nil, "setup", "generate-trustee-key", "--group", "Ed25519")
	secret, key, err := NewTrusteeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tool.file("public_keys.jsons", append(append(bytes.TrimSpace(tool.read("*.pubkey")), '\n'), append(key.Bytes(), '\n')...))
	tool.run(nil, "setup", "make-trustees")
	template := tool.file("template.json", []byte(`{"description":"d","name":"n","questions":[`+
		`{"answers":["甲","乙"],"blank":true,"min":1,"max":1,"question":"q"}],"administrator":"a","credential_authority":"c"}`))
	tool.run(nil, append([]string{"setup", "make-election", "--template", template}, group...)...)
	tool.run(nil, "archive", "init")
	for _, name := range []string{"election.json", "trustees.json", "public_creds.json"} {
		if err := os.Remove(filepath.Join(tool.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r := must[*Report](t)(verifyBytes(tool.read("*.bel")))
	for _, c := range private {
		s := must[Scalar](t)(DeriveCredential(uuid, c))
		x := must[*Ballot](t)(r.Setup.MakeBallot(s, Votes{{0, 1, 0}}, rand.Reader))
		ballot := tool.file("ballot.json", append(x.Bytes(), '\n'))
		tool.run(nil, "election", "verify-ballot", "--ballot", ballot)
		tool.run(append(x.Bytes(), '\n'), "archive", "add-event", "--type=Ballot")
	}
	tool.run(nil, "archive", "add-event", "--type=EndBallots")
	tool.run(tool.run(nil, "election", "compute-encrypted-tally"), "archive", "add-event", "--type=EncryptedTally")
	names, _ := filepath.Glob(filepath.Join(tool.dir, "*.privkey"))
	share := tool.run(nil, "election", "decrypt", "--privkey", names[0], "--trustee-id", "1")
	tool.run(share, "archive", "add-event", "--type=PartialDecryption")
	r = must[*Report](t)(verifyBytes(tool.read("*.bel")))
	p := must[*PartialDecryption](t)(r.Setup.Decrypt(r.Tally, 2, secret, rand.Reader))
	ours := append(append(p.Bytes(), '\n'), append(Owned{2, DigestOf(p.Bytes())}.Bytes(), '\n')...)
	tool.run(ours, "archive", "add-event", "--type=PartialDecryption")
	tool.run(tool.run(nil, "election", "compute-result"), "archive", "add-event", "--type=Result")
	tool.run(nil, "election", "verify")
	r = must[*Report](t)(verifyBytes(tool.read("*.bel")))
	same(t, "result", string(r.Result.Bytes()), `{"result":[[0,3,0]]}`)
}
