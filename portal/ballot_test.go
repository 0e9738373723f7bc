package portal

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"filippo.io/edwards25519"

	"juwu/ballot"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// polls is a site with an open poll and people who may vote in it.
type polls struct {
	*books
	*storetest.Vote
	path   string
	voters []*visitor
	rights []string
}

func newPolls(t *testing.T, people int) *polls {
	t.Helper()
	return newPollsOf(t, models.PerPerson, people, people)
}

// newPollsOf has so many people and slips; of households two people live in each.
func newPollsOf(t *testing.T, unit models.BallotUnit, people, slips int) *polls {
	t.Helper()
	ctx := context.Background()
	p := &polls{books: &books{site: newSite(t), people: map[models.Role]models.Actor{}}}
	p.edge.Mount((&Portal{Store: p.Store}).ballotRoutes())
	p.c = p.Community(t, "hemuli")
	office := storetest.Office{}
	for i, role := range []models.Role{models.RoleCommitteeMember, models.RoleDirector, models.RoleSupervisor, models.RoleClerk, models.RoleMediator, models.RoleStreet} {
		a := p.officer(t, role, i)
		if p.people[role] = a; i >= 3 {
			office.Trustees, office.Phones = append(office.Trustees, a), append(office.Phones, fmt.Sprintf("1390000%04d", i))
		}
	}
	office.Prepares, office.Opens, office.Registers = p.people[models.RoleCommitteeMember], p.people[models.RoleDirector], p.people[models.RoleSupervisor]
	for i := range people {
		p.voters = append(p.voters, p.adult(t, i, models.ID(1000+i/2)))
	}
	var err error
	p.Vote, err = storetest.OpenVote(ctx, p.In(p.c), office, store.BallotDraft{Kind: models.BallotPoll, Unit: unit, Title: "Lamps", Channel: models.ViaRemote,
		Questions: []models.BallotQuestion{{Text: "New lamps?", Answers: []string{"Yes", "No"}, Blank: true, Min: 1, Max: 1}, {Text: "Where first?", Answers: []string{"Gate", "Garden", "Shed"}, Min: 1, Max: 2}},
		OpensAt:   p.Now(), ClosesAt: p.Now().Add(24 * time.Hour), Threshold: 2, Size: 3}, slips)
	if err != nil {
		t.Fatal(err)
	}
	p.path = "/hemuli/elections/" + p.Board.ID.String()
	for _, v := range p.voters {
		var got struct{ Rights []struct{ ID string } }
		v.api("GET", p.path+"/rights", nil).json(&got)
		p.rights = append(p.rights, got.Rights[0].ID)
	}
	return p
}

// adult is somebody of the roll with a login that is confirmed.
func (p *polls) adult(t *testing.T, i int, household models.ID) *visitor {
	t.Helper()
	ctx := context.Background()
	u, err := p.EnsureUser(ctx, storetest.System, fmt.Sprintf("1370000%04d", i), fmt.Sprint("Voter ", i))
	if err != nil {
		t.Fatal(err)
	}
	err = p.In(p.c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, Name: u.Name, HouseholdID: household, Birth: "1950-05-05", State: models.ResidentActive, Presence: models.PresenceBoth, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		return tx.Create(&models.ResidentLink{Tenant: models.Tenant{ID: tx.NewID()}, UserID: u.ID, ResidentID: r.ID, State: models.LinkConfirmed,
			LiveUser: &u.ID, LiveResident: &r.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := p.DemoSession(ctx, u.ID, store.Device{Name: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	v := p.visitor(t)
	v.cookies["juwu"] = opened.Token
	return v
}

// api asks as the booth does: JSON, no page before it.
func (v *visitor) api(method, path string, form url.Values, headers ...string) *visitor {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Host = "juwu.test"
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := v.site.edge.App.Test(r, -1)
	if err != nil {
		v.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.body, v.header, v.path = res.StatusCode, string(b), res.Header, path
	return v
}

func (v *visitor) json(into any) {
	v.t.Helper()
	if err := json.Unmarshal([]byte(v.body), into); err != nil || v.status != http.StatusOK {
		v.t.Fatalf("%s: %d %s", v.path, v.status, v.body)
	}
}

func (p *polls) encrypt(t *testing.T, slip int, votes ballot.Votes) []byte {
	t.Helper()
	raw, err := storetest.Encrypt(p.Setup, p.Slips[slip], votes)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (p *polls) send(voter int, raw []byte, headers ...string) *visitor {
	return p.voters[voter].api("POST", p.path+"/ballots", url.Values{"voter": {p.rights[voter]}, "ballot": {string(raw)}}, headers...)
}

var plainVotes = ballot.Votes{{0, 1, 0}, {1, 1, 0}}

// refusedAs is the code that a refusal carries.
func (v *visitor) refusedAs() string {
	var answer struct{ Error string }
	_ = json.Unmarshal([]byte(v.body), &answer)
	return strings.TrimPrefix(answer.Error, "ballot.refused.")
}

// TestEveryFaultIsRefusedAtTheDoor sends the attacks of the list (reliability
// 1.4: numbers 1 to 8, 10 to 13, 17, 18, 23) through the endpoint, each signed
// again by a voter who is on the list.
func TestEveryFaultIsRefusedAtTheDoor(t *testing.T) {
	p := newPolls(t, 3)
	honest := p.encrypt(t, 0, plainVotes)
	other := parseForged(t, p.encrypt(t, 1, ballot.Votes{{1, 0, 0}, {0, 0, 1}}))
	secret := secretOf(p.Board.UUID, p.Slips[0])
	forge := func(change func(b *forgedBallot)) []byte {
		b := parseForged(t, honest)
		change(&b)
		return b.signed(t, secret)
	}
	if raw := forge(func(*forgedBallot) {}); p.send(0, raw).status != http.StatusOK {
		t.Fatalf("the forger's signature is not the protocol's: %s", p.voters[0].body)
	}
	text := string(honest)
	swap := func(old, now string) []byte { return []byte(strings.Replace(text, old, now, 1)) }
	alpha := parseForged(t, honest).Answers[0].Choices[0].Alpha
	challenge := parseForged(t, honest).Answers[0].Overall[0].Challenge
	torsion := pointHex(new(edwards25519.Point).Add(hexPoint(t, alpha), lowOrder(t)))
	one := edwards25519.NewGeneratorPoint()
	for _, c := range []struct {
		name, code string
		raw        []byte
	}{
		{"nothing", "syntax", nil},
		{"trailing bytes", "syntax", append(bytes.Clone(honest), ' ')},
		{"a field twice", "syntax", swap(`{"election_uuid"`, `{"election_uuid":"x","election_uuid"`)},
		{"an unknown field", "syntax", swap(`{"election_uuid"`, `{"x":1,"election_uuid"`)},
		{"a number in another form", "scalar.leading-zero", swap(`"challenge":"`, `"challenge":"0`)},
		{"a sign", "scalar.form", swap(`"challenge":"`, `"challenge":"+`)},
		{"deep nesting", "syntax", []byte(strings.Repeat(`{"election_uuid":[`, 1000))},
		{"upper case", "element.upper-case", forge(func(b *forgedBallot) { b.Answers[0].Choices[0].Alpha = strings.ToUpper(alpha) })},
		{"the same number, l later", "scalar.range", forge(func(b *forgedBallot) { b.Answers[0].Overall[0].Challenge = plus(challenge) })},
		{"another election's name", "ballot.election", forge(func(b *forgedBallot) { b.UUID = "fjxRDg51Z4nDdu" })},
		{"another election's fingerprint", "ballot.fingerprint", forge(func(b *forgedBallot) { b.Hash = "fyNyalAjkXKnpsWc33ChCpckg0UzRxTQg71h4zYwzNU" })},
		{"no slip of this vote", "ballot.credential", forge(func(b *forgedBallot) { b.Credential = alpha })},
		{"another's slip, own signature", "ballot.signature", forge(func(b *forgedBallot) { b.Credential = other.Credential })},
		{"changed after signing", "ballot.hash", swap(alpha, other.Answers[0].Choices[0].Alpha)},
		{"an answer too few", "ballot.shape", forge(func(b *forgedBallot) { b.Answers = b.Answers[:1] })},
		{"an answer too many", "ballot.shape", forge(func(b *forgedBallot) { b.Answers = append(b.Answers, b.Answers[0]) })},
		{"answers in another order", "ballot.shape", forge(func(b *forgedBallot) { b.Answers[0], b.Answers[1] = b.Answers[1], b.Answers[0] })},
		{"a choice too few", "ballot.shape", forge(func(b *forgedBallot) { b.Answers[1].Choices = b.Answers[1].Choices[:2] })},
		{"no overall proof", "ballot.shape", forge(func(b *forgedBallot) { b.Answers[1].Overall = b.Answers[1].Overall[:0] })},
		{"no blank proof", "ballot.shape", forge(func(b *forgedBallot) { b.Answers[0].Blank = nil })},
		{"two votes for one", "ballot.individual-proof", forge(func(b *forgedBallot) {
			x := &b.Answers[1].Choices[0]
			x.Beta = pointHex(new(edwards25519.Point).Add(hexPoint(t, x.Beta), one))
		})},
		{"choices exchanged", "ballot.individual-proof", forge(func(b *forgedBallot) {
			a := b.Answers[1].Choices
			a[0], a[2] = a[2], a[0]
		})},
		{"proofs of another choice", "ballot.individual-proof", forge(func(b *forgedBallot) { b.Answers[1].Individual[0] = b.Answers[1].Individual[1] })},
		{"another's answer copied", "ballot.individual-proof", forge(func(b *forgedBallot) { b.Answers[0] = other.Answers[0] })},
		{"one choice copied", "ballot.individual-proof", forge(func(b *forgedBallot) {
			b.Answers[1].Choices[2], b.Answers[1].Individual[2] = other.Answers[1].Choices[2], other.Answers[1].Individual[2]
		})},
		{"overall proof of another sum", "ballot.overall-proof", forge(func(b *forgedBallot) {
			o := b.Answers[1].Overall
			o[0], o[1] = o[1], o[0]
		})},
		{"blank proof exchanged", "ballot.blank-proof", forge(func(b *forgedBallot) { x := b.Answers[0].Blank; x[0], x[1] = x[1], x[0] })},
		{"an element outside the group", "element.torsion", forge(func(b *forgedBallot) { b.Answers[0].Choices[0].Alpha = torsion })},
		{"no encryption", "element.identity", forge(func(b *forgedBallot) { b.Answers[0].Choices[0].Alpha = ballot.Identity.String() })},
		{"not on the curve", "element.not-on-curve", forge(func(b *forgedBallot) { b.Answers[0].Choices[0].Alpha = strings.Repeat("0", 63) + "2" })},
		{"not canonical", "element.not-canonical", forge(func(b *forgedBallot) {
			b.Answers[0].Choices[0].Alpha = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
		})},
	} {
		v := p.send(0, c.raw)
		if v.status != http.StatusUnprocessableEntity || v.refusedAs() != c.code {
			t.Errorf("%s: %d %q, want %q", c.name, v.status, v.refusedAs(), c.code)
		}
	}
	if v := p.send(0, bytes.Repeat([]byte{'9'}, 10<<20)); v.status != http.StatusRequestEntityTooLarge {
		t.Errorf("ten megabytes: %d", v.status)
	}
	if b, err := p.In(p.c).Ballot(context.Background(), p.Board.ID); err != nil || b.Ballots != 1 {
		t.Errorf("%d ballots on the board, %v", b.Ballots, err)
	}
}

// TestEveryBitOfABallotCounts flips bytes of an honest ballot: none is taken.
func TestEveryBitOfABallotCounts(t *testing.T) {
	p := newPolls(t, 2)
	honest := p.encrypt(t, 0, plainVotes)
	step := 97
	for at := 0; at < len(honest); at += step {
		raw := bytes.Clone(honest)
		raw[at] ^= 1
		if v := p.send(0, raw); v.status == http.StatusOK {
			t.Errorf("byte %d changed and taken", at)
		}
	}
}

func TestWhoMayCastThroughTheDoor(t *testing.T) {
	p := newPolls(t, 3)
	raw := p.encrypt(t, 0, plainVotes)
	form := url.Values{"voter": {p.rights[0]}, "ballot": {string(raw)}}
	if v := p.visitor(t).api("POST", p.path+"/ballots", form); v.status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", v.status)
	}
	if v := p.voters[1].api("POST", p.path+"/ballots", form); v.status != http.StatusForbidden {
		t.Errorf("with another's right: %d", v.status)
	}
	if v := p.send(0, raw, "Sec-Fetch-Site", "cross-site"); v.status != http.StatusForbidden {
		t.Errorf("from another site: %d", v.status)
	}
	if v := p.voters[0].api("POST", "/hemuli/elections/12345/ballots", form); v.status < 400 {
		t.Errorf("an election that is not there: %d", v.status)
	}
	var first, again struct {
		Tracker string
		Height  int64
		Again   bool
	}
	p.send(0, raw).json(&first)
	p.send(0, raw).json(&again)
	if first.Tracker != ballot.Tracker(raw) || first.Again || !again.Again || again.Height != first.Height {
		t.Errorf("%+v, %+v", first, again)
	}
	p.Clock.Add(25 * time.Hour)
	if v := p.send(1, p.encrypt(t, 1, plainVotes)); v.status == http.StatusOK {
		t.Error("taken after the closing")
	}
}

// TestBoardIsForEverybody: found by words without a login, downloaded whole or
// from where it broke off, its head signed.
func TestBoardIsForEverybody(t *testing.T) {
	p := newPolls(t, 3)
	raw := p.encrypt(t, 0, plainVotes)
	v := p.visitor(t)
	v.see(p.path+"/board").want(200, "Fingerprint of the board", ballot.Digest(p.Board.Head).Short())
	v.see(p.path+"/board?q="+url.QueryEscape(ballot.Tracker(raw))).want(200, "This ballot is not on the board")
	p.send(0, raw)
	v.see(p.path+"/board?q="+url.QueryEscape(ballot.Tracker(raw))).want(200, "It is on the board and will count")
	p.send(0, p.encrypt(t, 0, plainVotes))
	v.see(p.path+"/board?q="+hex.EncodeToString(digest(raw))).want(200, "a later ballot replaced it")
	v.see(p.path+"/board?q=what").want(200, "Please enter the six words")
	whole := v.api("GET", p.path+"/board.bel", nil).body
	report, err := ballot.Verify(strings.NewReader(whole), int64(len(whole)), ballot.Options{})
	if err != nil || report.Ballots != 2 {
		t.Fatalf("%+v %v", report, err)
	}
	cut := len(whole) / 2
	rest := v.api("GET", p.path+"/board.bel", nil, "Range", fmt.Sprintf("bytes=%d-", cut))
	if rest.status != http.StatusPartialContent || rest.body != whole[cut:] {
		t.Errorf("%d, %d bytes", rest.status, len(rest.body))
	}
	for _, c := range []struct{ asked, want string }{{"bytes=0-99", whole[:100]}, {"bytes=-50", whole[len(whole)-50:]}, {"bytes=700-701", whole[700:702]}} {
		if got := v.api("GET", p.path+"/board.bel", nil, "Range", c.asked).body; got != c.want {
			t.Errorf("%s: %d bytes", c.asked, len(got))
		}
	}
	if v.api("GET", p.path+"/board.bel", nil, "Range", "bytes=99999999-"); v.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("behind the end: %d", v.status)
	}
	var head headJSON
	v.api("GET", p.path+"/board.json", nil).json(&head)
	sum, _ := hex.DecodeString(head.Head)
	if head.Head != report.Head.String() || !ed25519.Verify(head.Key, store.BallotHeadMessage(head.UUID, head.Height, head.Bytes, sum), head.Signature) {
		t.Errorf("%+v", head)
	}
	v.see(p.path+"/board/sheet").want(200, report.Fingerprint)
	v.see(p.path+"/trust").want(200, "What it does not protect from", "polling station")
	v.see("/hemuli/polls").want(200, "Lamps")
}

func digest(raw []byte) []byte { d := ballot.DigestOf(raw); return d[:] }

// TestBoothIsTheSameForEverybody: the page that encrypts cannot tell readers apart.
func TestBoothIsTheSameForEverybody(t *testing.T) {
	p := newPolls(t, 2)
	a := p.visitor(t).api("GET", p.path+"/booth", nil).body
	b := p.voters[0].api("GET", p.path+"/booth", nil).body
	if a != b || !strings.Contains(a, "data-worker") {
		t.Error("the booth differs for whoever is logged in")
	}
	if v := p.visitor(t).api("GET", p.path+"/election.json", nil); v.body != string(p.Setup.Election.Bytes()) {
		t.Error("election.json is not the bytes that the fingerprint is of")
	}
}

// TestBallotsOfOneCommunityStayThere: another community's address leads nowhere.
func TestBallotsOfOneCommunityStayThere(t *testing.T) {
	p := newPolls(t, 2)
	p.Community(t, "elsewhere")
	for _, end := range []string{"board", "board.bel", "booth", "election.json", "trust", "board.json"} {
		if v := p.visitor(t).api("GET", strings.Replace(p.path, "hemuli", "elsewhere", 1)+"/"+end, nil); v.status == http.StatusOK {
			t.Errorf("%s: %d", end, v.status)
		}
	}
}

func TestSecretsOfForgersAreTheProtocols(t *testing.T) {
	p := newPolls(t, 2)
	s, err := ballot.DeriveCredential(p.Board.UUID, p.Slips[0])
	if err != nil {
		t.Fatal(err)
	}
	if got := secretOf(p.Board.UUID, p.Slips[0]); s.String() != got.String() || got.Cmp(new(big.Int)) == 0 {
		t.Error(got)
	}
}
