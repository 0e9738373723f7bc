package static_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"juwu/ballot"
)

// The browser's half of the verifiable ballot, run in node: the vectors of an
// independent implementation, and every object made on one side read on the
// other.

// browserProtocol is static/testdata/ballot.ts as a running program.
type browserProtocol struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

func startProtocol(t *testing.T) *browserProtocol {
	t.Helper()
	node, err := exec.LookPath("node")
	esbuild := filepath.Join("..", "node_modules", ".bin", "esbuild")
	if _, missing := os.Stat(esbuild); err != nil || missing != nil {
		t.Skip("no node or node_modules: run npm ci")
	}
	bundle := filepath.Join(t.TempDir(), "ballot.mjs")
	out, err := exec.Command(esbuild, "testdata/ballot.ts", "--bundle", "--platform=node", "--format=esm", "--target=es2022", "--outfile="+bundle, "--log-level=warning").CombinedOutput()
	if err != nil {
		t.Fatalf("esbuild: %v\n%s", err, out)
	}
	cmd := exec.Command(node, bundle)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	p := &browserProtocol{t: t, in: in, out: bufio.NewScanner(stdout)}
	p.out.Buffer(nil, 16<<20)
	return p
}

type args map[string]any

// ask returns the answer, or the code of the refusal.
func (p *browserProtocol) ask(op string, a args) (json.RawMessage, string) {
	p.t.Helper()
	q := args{"op": op}
	for k, v := range a {
		q[k] = v
	}
	b, err := json.Marshal(q)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		p.t.Fatal(err)
	}
	if !p.out.Scan() {
		p.t.Fatal("the program ended", p.out.Err())
	}
	var answer struct {
		OK      json.RawMessage
		Refused string
	}
	if err := json.Unmarshal(p.out.Bytes(), &answer); err != nil {
		p.t.Fatal(err)
	}
	return bytes.Clone(answer.OK), answer.Refused
}

// get reads an answer that must not be a refusal.
func (p *browserProtocol) get(op string, a args, into any) {
	p.t.Helper()
	ok, refused := p.ask(op, a)
	if refused != "" {
		p.t.Fatalf("%s: refused: %s", op, refused)
	}
	if err := json.Unmarshal(ok, into); err != nil {
		p.t.Fatal(err)
	}
}

func (p *browserProtocol) text(op string, a args) (s string) {
	p.t.Helper()
	p.get(op, a, &s)
	return s
}

func sampleFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "ballot", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	b, err = io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verified(t *testing.T, archive []byte) *ballot.Report {
	t.Helper()
	r, err := ballot.Verify(bytes.NewReader(archive), int64(len(archive)), ballot.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

type browserVectors struct {
	Group        struct{ L, Generator, Identity, TwoG, MinusG string }
	HashToScalar struct {
		Prefix, Scalar string
		Elements       []string
	} `json:"hash_to_scalar"`
	Elections []struct {
		Sample, UUID string
		Fingerprint  string `json:"election_fingerprint"`
		Credentials  []struct{ Private, SK, Public string }
		Ballots      []struct{ SHA256, Credential string }
		Trustees     []struct {
			Trustees []struct {
				Seed, SK, DK string
				Key          string `json:"verification_key"`
			}
		}
	}
	Normal deterministic `json:"deterministic_ballot"`
	Blank  deterministic `json:"deterministic_ballot_blank"`
}

type deterministic struct {
	Credential, File, Tracker string
	Votes                     [][]int
	Randomness                [][2]string `json:"randomness_in_order_of_use"`
}

func vectors(t *testing.T) (v browserVectors) {
	t.Helper()
	raw := bytes.Replace(sampleFile(t, "vectors.json.gz"), []byte(`"2G"`), []byte(`"twoG"`), 1)
	raw = bytes.Replace(raw, []byte(`"minus_G"`), []byte(`"minusG"`), 1)
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestBrowserBallotVectors(t *testing.T) {
	p, v := startProtocol(t), vectors(t)
	var group struct{ Generator, Identity, TwoG, MinusG string }
	p.get("group", nil, &group)
	same(t, "generator", group.Generator, v.Group.Generator)
	same(t, "identity", group.Identity, v.Group.Identity)
	same(t, "2G", group.TwoG, v.Group.TwoG)
	same(t, "-G", group.MinusG, v.Group.MinusG)
	same(t, "hash", p.text("hash", args{"prefix": v.HashToScalar.Prefix, "elements": v.HashToScalar.Elements}), v.HashToScalar.Scalar)
	for _, e := range v.Elections {
		archive := sampleFile(t, e.Sample+"/election.bel.gz")
		r := verified(t, archive)
		election := string(r.Setup.Election.Bytes())
		same(t, "fingerprint", p.text("election", args{"election": election}), e.Fingerprint)
		for _, c := range e.Credentials {
			var got struct{ SK, Public string }
			p.get("credential", args{"uuid": e.UUID, "credential": c.Private}, &got)
			same(t, "sk", got.SK, c.SK)
			same(t, "public", got.Public, c.Public)
		}
		var board struct {
			Head            string
			Height, Ballots int
		}
		p.get("board", args{"board": archive}, &board)
		same(t, "head", board.Head, r.Head.String())
		same(t, "ballots", board.Ballots, r.Ballots)
		ok, refused := p.ask("recompute", args{"board": archive})
		same(t, "recompute", refused, "")
		same(t, "tally", string(ok), string(r.Tally.Bytes()))
		for _, group := range e.Trustees {
			for i, w := range group.Trustees {
				var c struct{ SK, DK string }
				p.get("channel", args{"seed": w.Seed}, &c)
				same(t, "sk", c.SK, w.SK)
				same(t, "dk", c.DK, w.DK)
				dkey := strings.TrimSpace(string(sampleFile(t, "threshold/T"+strconv.Itoa(i+1)+".dkey")))
				secret, err := ballot.ParseScalar([]byte(p.text("key", args{"seed": w.Seed, "private": dkey})))
				if err != nil {
					t.Fatal(err)
				}
				same(t, "decryption key", ballot.PublicCredential(secret).String(), w.Key)
			}
		}
	}
}

// TestBrowserMakesTheSameBallot makes the two ballots whose randomness the
// vectors list, byte for byte.
func TestBrowserMakesTheSameBallot(t *testing.T) {
	p, v := startProtocol(t), vectors(t)
	election := string(verified(t, sampleFile(t, "basic/setup-only.bel.gz")).Setup.Election.Bytes())
	for _, w := range []deterministic{v.Normal, v.Blank} {
		var random []string
		for _, x := range w.Randomness {
			random = append(random, x[1])
		}
		var got struct{ Raw, Tracker string }
		p.get("make", args{"election": election, "credential": w.Credential, "votes": w.Votes, "randomness": random}, &got)
		same(t, "ballot", got.Raw, strings.TrimSpace(string(sampleFile(t, w.File))))
		same(t, "tracker", got.Tracker, w.Tracker)
	}
}

func TestBrowserBallotIsTaken(t *testing.T) {
	p := startProtocol(t)
	s := verified(t, sampleFile(t, "basic/setup-only.bel.gz")).Setup
	election := string(s.Election.Bytes())
	credential := vectors(t).Normal.Credential
	for _, votes := range [][][]int{vectors(t).Normal.Votes, vectors(t).Blank.Votes} {
		var got struct {
			Raw     string
			Opening json.RawMessage
		}
		p.get("make", args{"election": election, "credential": credential, "votes": votes}, &got)
		b, err := s.VerifyBallot([]byte(got.Raw))
		if err != nil {
			t.Fatal(err)
		}
		o, err := ballot.ParseOpening(got.Opening)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CheckOpening(b, o); err != nil {
			t.Error(err)
		}
		if _, refused := p.ask("verify", args{"election": election, "ballot": got.Raw}); refused != "" {
			t.Error("the browser refuses its own ballot:", refused)
		}
		// What another device must notice: a phone that encrypted something else.
		lie := slicesOf(votes)
		from, to := slices.Index(lie[0], 1), slices.Index(lie[0], 0)
		lie[0][from], lie[0][to] = 0, 1
		var opening map[string]any
		_ = json.Unmarshal(got.Opening, &opening)
		if _, refused := p.ask("opening", args{"election": election, "ballot": got.Raw, "opening": opening}); refused != "" {
			t.Error("opening refused:", refused)
		}
		opening["votes"] = lie
		if _, refused := p.ask("opening", args{"election": election, "ballot": got.Raw, "opening": opening}); refused != "ballot.opening" && refused != "choice" {
			t.Errorf("a false opening: %q", refused)
		}
	}
}

func slicesOf(votes [][]int) (out [][]int) {
	for _, q := range votes {
		out = append(out, append([]int(nil), q...))
	}
	return out
}

// TestBrowserRefuses gives the browser's verifier, which a trustee trusts
// before decrypting, single faults in an honest ballot.
func TestBrowserRefuses(t *testing.T) {
	p := startProtocol(t)
	r := verified(t, sampleFile(t, "basic/setup-only.bel.gz"))
	election := string(r.Setup.Election.Bytes())
	honest := strings.TrimSpace(string(sampleFile(t, "deterministic-ballot.json")))
	var b map[string]any
	if err := json.Unmarshal([]byte(honest), &b); err != nil {
		t.Fatal(err)
	}
	first := strings.Split(honest, `"alpha":"`)[1][:64]
	second := strings.Split(honest, `"alpha":"`)[2][:64]
	challenge := strings.Split(strings.Split(honest, `"overall_proof":[{"challenge":"`)[1], `"`)[0]
	for _, c := range []struct{ name, ballot, want string }{
		{"white space", strings.Replace(honest, `,"answers"`, `, "answers"`, 1), "syntax"},
		{"an extra field", strings.Replace(honest, `{"election_uuid"`, `{"x":1,"election_uuid"`, 1), "syntax"},
		{"upper case", strings.Replace(honest, first, strings.ToUpper(first), 1), "ballot.hash"},
		{"swapped ciphertexts", strings.Replace(strings.Replace(strings.Replace(honest, first, "#", 1), second, first, 1), "#", second, 1), "ballot.hash"},
		{"another proof", strings.Replace(honest, challenge, "1"+challenge[1:], 1), "ballot.hash"},
		{"another election", strings.Replace(honest, `"election_uuid":"f`, `"election_uuid":"g`, 1), "ballot.election"},
	} {
		if c.ballot == honest {
			t.Fatal(c.name, "changes nothing")
		}
		if _, refused := p.ask("verify", args{"election": election, "ballot": c.ballot}); refused != c.want {
			t.Errorf("%s: %q, want %q", c.name, refused, c.want)
		}
	}
	for _, element := range []string{
		strings.Repeat("f", 64), ballot.Identity.String()[:63] + "3", "00" + strings.Repeat("ff", 31),
		"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec", // order 2
		strings.ToUpper(first), first[1:], "",
	} {
		if got, refused := p.ask("member", args{"element": element}); refused == "" {
			t.Errorf("%s is taken as %s", element, got)
		}
	}
}

// TestBrowserCeremony is a 2 of 3 ceremony: trustee 1 in the browser, 2 and 3
// in Go; the browser's trustee decrypts, and the result is right.
func TestBrowserCeremony(t *testing.T) {
	p := startProtocol(t)
	seed := p.text("seed", nil)
	var channels []*ballot.Channel
	for range 2 {
		s, err := ballot.NewChannelSeed(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ballot.OpenChannel(s)
		if err != nil {
			t.Fatal(err)
		}
		channels = append(channels, c)
	}
	certs := make([]json.RawMessage, 3)
	p.get("cert", args{"seed": seed, "size": 3, "threshold": 2, "index": 1}, &certs[0])
	var messages []ballot.SignedMessage
	for i, c := range channels {
		m, err := c.Cert(3, 2, i+2, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		certs[i+1] = m.Bytes()
	}
	for _, raw := range certs {
		m, err := ballot.ParseSignedMessage(raw)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	polynomials := make([]*ballot.Polynomial, 3)
	raw, refused := p.ask("polynomial", args{"seed": seed, "certs": certs, "threshold": 2})
	same(t, "polynomial", refused, "")
	var err error
	if polynomials[0], err = ballot.ParsePolynomial(raw); err != nil {
		t.Fatal(err)
	}
	for i, c := range channels {
		if polynomials[i+1], err = c.MakePolynomial(messages, rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	inputs, err := ballot.CeremonyInputs(messages, polynomials)
	if err != nil {
		t.Fatal(err)
	}
	outputs := make([]*ballot.CeremonyOutput, 3)
	input := json.RawMessage(inputs[0].Bytes())
	raw, refused = p.ask("finish", args{"seed": seed, "certs": certs, "threshold": 2, "input": input})
	same(t, "finish", refused, "")
	if outputs[0], err = ballot.ParseCeremonyOutput(raw); err != nil {
		t.Fatal(err)
	}
	for i, c := range channels {
		if outputs[i+1], err = c.Finish(messages, inputs[i+1], rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	threshold, err := ballot.AssembleThreshold(messages, polynomials, outputs)
	if err != nil {
		t.Fatal(err)
	}
	// A value meant for another trustee must be noticed on the device.
	wrong := *inputs[0]
	wrong.Secrets = []string{inputs[0].Secrets[1], inputs[0].Secrets[0], inputs[0].Secrets[2]}
	if _, refused := p.ask("finish", args{"seed": seed, "certs": certs, "threshold": 2, "input": json.RawMessage(wrong.Bytes())}); refused != "threshold.sender" {
		t.Errorf("shares of others' senders: %q", refused)
	}
	if _, refused := p.ask("finish", args{"seed": seed, "certs": certs, "threshold": 1, "input": input}); refused != "threshold.context" {
		t.Errorf("another threshold: %q", refused)
	}
	countWithBrowser(t, p, threshold, seed, outputs, channels)
}

// countWithBrowser holds an election with these trustees: a ballot from the
// browser and one from Go, shares of trustee 1 (browser) and 2 (Go).
func countWithBrowser(t *testing.T, p *browserProtocol, threshold *ballot.Threshold, seed string, outputs []*ballot.CeremonyOutput, channels []*ballot.Channel) {
	trustees := ballot.Trustees{Items: []ballot.TrusteeItem{{Pedersen: threshold}}}
	y, err := trustees.Verify()
	if err != nil {
		t.Fatal(err)
	}
	e, err := ballot.NewElection(ballot.Election{Name: "楼道灯 <b>&\"", Description: "征求意见", PublicKey: y, UUID: "fjxRDg51Z4nDdv",
		Questions: []ballot.Question{{Text: "换成感应灯吗？", Answers: []string{"换", "不换"}, Blank: true, Min: 1, Max: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	var slip struct{ Private, Public string }
	p.get("newCredential", args{"uuid": e.UUID}, &slip)
	list, private := &ballot.Credentials{}, []string{slip.Private}
	for range 2 {
		c := must[string](t)(ballot.NewCredential(rand.Reader))
		private = append(private, c)
	}
	for _, c := range private {
		secret := must[ballot.Scalar](t)(ballot.DeriveCredential(e.UUID, c))
		list.List = append(list.List, ballot.Credential{Public: ballot.PublicCredential(secret), Weight: 1})
	}
	same(t, "public credential", list.List[0].Public.String(), slip.Public)
	list.Sort()
	s := must[*ballot.Setup](t)(ballot.NewSetup(e.Bytes(), trustees.Bytes(), list.Bytes()))
	chain, archive, err := ballot.NewChain(1795305030)
	if err != nil {
		t.Fatal(err)
	}
	add := func(b []byte, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		archive = append(archive, b...)
	}
	add(chain.Setup(s))
	count := s.NewTally()
	cast := func(raw []byte) {
		t.Helper()
		if err := count.Add(must[*ballot.Ballot](t)(s.VerifyBallot(raw))); err != nil {
			t.Fatal(err)
		}
		add(chain.Ballot(raw))
	}
	var made struct{ Raw string }
	p.get("make", args{"election": string(e.Bytes()), "credential": slip.Private, "votes": [][]int{{0, 1, 0}}}, &made)
	cast([]byte(made.Raw))
	secret := must[ballot.Scalar](t)(ballot.DeriveCredential(e.UUID, private[1]))
	cast(must[*ballot.Ballot](t)(s.MakeBallot(secret, ballot.Votes{{1, 0, 0}}, rand.Reader)).Bytes())
	want := `{"result":[[1,1,0]]}`
	tool := toolIn(t)
	if tool != nil {
		tool.write("x.bel", archive)
		tool.write("cred", []byte(private[2]))
		tool.write("choice", []byte(`[[0,0,1]]`))
		cast(bytes.TrimSpace(tool.run("election", "generate-ballot", "--privcred", "cred", "--choice", "choice")))
		want = `{"result":[[1,1,1]]}`
	}
	add(chain.EndBallots())
	tally, size := count.Records()
	add(chain.EncryptedTally(tally, size))
	shares := ballot.Shares{}
	var answer struct{ Share, Evidence json.RawMessage }
	key := p.text("key", args{"seed": seed, "private": outputs[0].PrivateKey})
	p.get("decrypt", args{"election": string(e.Bytes()), "public": outputs[0].PublicKey.PublicKey.String(), "secret": key, "tally": json.RawMessage(tally.Bytes())}, &answer)
	shares[1] = must[*ballot.PartialDecryption](t)(ballot.ParsePartialDecryption(answer.Share))
	evidence := must[ballot.Evidence](t)(ballot.ParseEvidence(answer.Evidence))
	if err := s.VerifyEvidence(tally, 1, shares[1], evidence); err != nil {
		t.Fatal(err)
	}
	x := must[ballot.Scalar](t)(channels[0].OpenDecryptionKey(outputs[1].PrivateKey))
	shares[2] = must[*ballot.PartialDecryption](t)(s.Decrypt(tally, 2, x, rand.Reader))
	add(chain.PartialDecryption(1, shares[1]))
	add(chain.PartialDecryption(2, shares[2]))
	result := must[ballot.Result](t)(ballot.Decode(must[[][]ballot.Element](t)(s.Combine(tally, shares)), 3))
	same(t, "result", string(result.Bytes()), want)
	add(chain.Result(result))
	verified(t, archive)
	if ok, refused := p.ask("recompute", args{"board": archive}); string(ok) != string(tally.Bytes()) {
		t.Errorf("the browser counts %s %s", ok, refused)
	}
	if tool != nil {
		tool.write("x.bel", archive)
		tool.run("election", "verify")
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// belenios is the real belenios-tool in a folder of its own.
type belenios struct {
	t         *testing.T
	tool, dir string
}

// toolIn is nil where the tool is not there and not required.
func toolIn(t *testing.T) *belenios {
	tool := os.Getenv("JUWU_BELENIOS")
	if tool == "" {
		if os.Getenv("JUWU_REQUIRE_BELENIOS") != "" {
			t.Fatal("belenios-tool is required and not there")
		}
		return nil
	}
	return &belenios{t, tool, t.TempDir()}
}

func (b *belenios) write(name string, body []byte) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), body, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the tool synchronously: otherwise it often ends before it has looked
// at a single ballot.
func (b *belenios) run(arguments ...string) []byte {
	b.t.Helper()
	cmd := exec.Command(b.tool, arguments...)
	cmd.Dir, cmd.Env = b.dir, append(os.Environ(), "LWT_ASYNC_METHOD=none")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.t.Fatalf("belenios-tool %v: %v\n%s", arguments, err, stderr.Bytes())
	}
	return out
}

func TestCredentialsAsPeopleTypeThem(t *testing.T) {
	p := startProtocol(t)
	for typed, want := range map[string]string{
		"cY5Xr-RpMBgL-M28mB-NdyxK7":      "cY5Xr-RpMBgL-M28mB-NdyxK7",
		" cY5Xr RpMBgL M28mB NdyxK7 ":    "cY5Xr-RpMBgL-M28mB-NdyxK7",
		"cY5XrRpMBgLM28mBNdyxK7":         "cY5Xr-RpMBgL-M28mB-NdyxK7",
		"ｃY5Xr－RpMBgL—M28mB-NdyxK7":      "cY5Xr-RpMBgL-M28mB-NdyxK7",
		"cY5Xr-RpMBgL-M28mB-NdyxK":       "",
		"cY5Xr-RpMBgL-M28mB-NdyxKO":      "", // O is not in the alphabet
		"cY5Xr-RpMBgL-M28mB-NdyxK7-more": "",
	} {
		if got := p.text("readCredential", args{"typed": typed}); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
