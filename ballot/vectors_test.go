package ballot

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// The vectors come from an independent implementation (Python, integers).

type vectorProof struct {
	Prefix       string   `json:"prefix"`
	Commitments  []string `json:"commitments"`
	SHA256       string   `json:"sha256"`
	ChallengeSum string   `json:"challenge_sum_mod_l"`
}

type vectorAnswer struct {
	Individual []vectorProof `json:"individual"`
	Sum        struct{ Alpha, Beta string }
	Overall    vectorProof
	Blank      *vectorProof
}

type vectorSignature struct {
	Commitment string `json:"commitment"`
	Prefix     string `json:"hashed_prefix_sha256"`
}

type vectorTrustee struct {
	Kind        string `json:"kind"`
	PublicKey   string `json:"public_key"`
	PokPrefix   string `json:"pok_prefix"`
	Commitment  string `json:"commitment"`
	CombinedKey string `json:"combined_key"`
	Trustees    []struct {
		Index                 int
		Seed, SK, DK          string
		Cert, Coefexps        vectorSignature
		CertsSigMessage       string          `json:"certs_sig_message_sha256"`
		CertsSig              vectorSignature `json:"certs_sig"`
		VerificationKey       string          `json:"verification_key"`
		VerificationSignature vectorSignature `json:"verification_key_signature"`
		DkeyChannel           struct {
			SharedElement string `json:"shared_element"`
			AESKey        string `json:"aes_key"`
			IV            string `json:"gcm_iv_32_bytes"`
		} `json:"dkey_channel"`
	} `json:"trustees"`
}

type vectorElection struct {
	Sample, UUID           string
	ElectionSHA256         string `json:"election_sha256"`
	ElectionFingerprint    string `json:"election_fingerprint"`
	TrusteesSHA256         string `json:"trustees_sha256"`
	CredentialsSHA256      string `json:"public_credentials_sha256"`
	CredentialsFingerprint string `json:"public_credentials_fingerprint"`
	Events                 []struct {
		Height      int
		Type        EventType
		EventSHA256 string `json:"event_sha256"`
		Payload     string
	}
	Credentials []struct {
		Login, Private, SK, Public string
	}
	Ballots []struct {
		Height          int
		Tracker, SHA256 string
		Credential      string
		Signature       struct{ Hash, Prefix, Commitment, Challenge, Response string }
		Answers         []vectorAnswer `json:"answers (first individual proof of each question only)"`
	}
	Trustees []vectorTrustee
	Sized    json.RawMessage `json:"sized_encrypted_tally"`
	Shares   []struct {
		Owner       int
		Prefix      string
		Commitments []string `json:"first_slot_commitments"`
		Challenge   string   `json:"first_slot_challenge"`
	} `json:"partial_decryptions"`
	Lagrange map[string]string
}

type vectorBallot struct {
	Credential, File, Tracker string
	Votes                     Votes
	Randomness                [][2]string `json:"randomness_in_order_of_use"`
}

type vectors struct {
	Group struct {
		L, Generator, Identity string
		TwoG                   string `json:"2G"`
		MinusG                 string `json:"minus_G"`
	}
	HashToScalar struct {
		Prefix   string
		Elements []string
		Scalar   string
	} `json:"hash_to_scalar"`
	Elections []vectorElection
	Normal    vectorBallot `json:"deterministic_ballot"`
	Blank     vectorBallot `json:"deterministic_ballot_blank"`
}

func loadVectors(t *testing.T) (v vectors) {
	sampleJSON(t, "vectors.json.gz", &v)
	return v
}

func element(t testing.TB, text string) Element {
	t.Helper()
	e, err := ParseElement([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return e
}

func scalar(t testing.TB, text string) Scalar {
	t.Helper()
	s, err := ParseScalar([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return s
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestVectorsGroup(t *testing.T) {
	v := loadVectors(t)
	same(t, "generator", Generator.String(), v.Group.Generator)
	same(t, "identity", Identity.String(), v.Group.Identity)
	same(t, "2G", public(smallScalar(2)).String(), v.Group.TwoG)
	same(t, "-G", public(smallScalar(1).neg()).String(), v.Group.MinusG)
	_, err := ParseScalar([]byte(v.Group.L))
	same(t, "l is not a scalar", codeOf(t, err), CodeScalarRange)
	var elements []Element
	for _, e := range v.HashToScalar.Elements {
		elements = append(elements, element(t, e))
	}
	same(t, "hash", hashToScalar([]byte(v.HashToScalar.Prefix), elements...).String(), v.HashToScalar.Scalar)
}

// records reads all records of an archive by digest, and the events in order.
func records(t testing.TB, archive []byte) (map[string][]byte, []Event, []Digest) {
	t.Helper()
	data := map[string][]byte{}
	var events []Event
	var digests []Digest
	a := newArchiveReader(strings.NewReader(string(archive)), int64(len(archive)))
	for {
		r, err := a.next()
		if err != nil {
			return data, events, digests
		}
		if r.name == headerName {
			continue
		}
		data[r.digest.String()] = r.body
		if r.isEvent() {
			e, err := ParseEvent(r.body)
			if err != nil {
				t.Fatal(err)
			}
			events, digests = append(events, e), append(digests, r.digest)
		}
	}
}

func TestVectorsElections(t *testing.T) {
	for _, v := range loadVectors(t).Elections {
		t.Run(v.Sample, func(t *testing.T) {
			archive := sample(t, v.Sample+"/election.bel.gz")
			r, err := verifyBytes(archive)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "uuid", r.UUID, v.UUID)
			same(t, "fingerprint", r.Fingerprint, v.ElectionFingerprint)
			same(t, "election", r.Checksums.Election.String(), v.ElectionSHA256)
			same(t, "trustees", r.Checksums.Trustees.String(), v.TrusteesSHA256)
			same(t, "credentials", r.Checksums.Credentials.String(), v.CredentialsSHA256)
			same(t, "credentials fingerprint", r.CredentialsFP, v.CredentialsFingerprint)
			data, events, digests := records(t, archive)
			for i, e := range v.Events {
				same(t, "event", digests[i].String(), e.EventSHA256)
				same(t, "type", events[i].Type, e.Type)
				same(t, "event bytes", string(events[i].Bytes()), string(data[e.EventSHA256]))
			}
			for _, c := range v.Credentials {
				secret, err := DeriveCredential(v.UUID, c.Private)
				if err != nil {
					t.Fatal(err)
				}
				same(t, "credential secret", secret.String(), c.SK)
				same(t, "credential", PublicCredential(secret).String(), c.Public)
			}
			vectorBallots(t, r.Setup, v, data)
			vectorTrustees(t, r.Setup, v)
			vectorShares(t, r.Setup, v, data, events)
		})
	}
}

func vectorBallots(t *testing.T, s *Setup, v vectorElection, data map[string][]byte) {
	for _, w := range v.Ballots {
		raw := data[w.SHA256]
		same(t, "tracker", Tracker(raw), w.Tracker)
		b, points, err := s.verifyBallot(raw)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "ballot bytes", string(b.Bytes()), string(raw))
		same(t, "credential", b.Credential.String(), w.Credential)
		same(t, "signature prefix", string(signaturePrefix(b.Signature.Hash)), w.Signature.Prefix)
		key, _ := b.Credential.decode()
		same(t, "commitment", b.Signature.Proof.commitment(key).String(), w.Signature.Commitment)
		same(t, "response", b.Signature.Proof.Response.String(), w.Signature.Response)
		at := 0
		for i, want := range w.Answers {
			q := &s.Election.Questions[i]
			var c scratch
			c.collect(&b.Answers[i], q, appendS0(nil, s.Election.Fingerprint, b.Credential), points[at:at+2*q.Slots()])
			at += 2 * q.Slots()
			c.commit(s)
			same(t, "claims", c.check(), "")
			vectorClaims(t, &c, q, want)
		}
	}
}

func vectorClaims(t *testing.T, c *scratch, q *Question, want vectorAnswer) {
	check := func(got claim, w vectorProof) {
		t.Helper()
		same(t, "prefix", string(got.prefix), w.Prefix)
		for k, e := range w.Commitments {
			same(t, "commitment", c.encoded[got.from+k].String(), e)
		}
		same(t, "number of commitments", 2*len(got.proofs), len(w.Commitments))
		h := hashToScalar(got.prefix, c.encoded[got.from:got.from+2*len(got.proofs)]...)
		same(t, "challenge", h.String(), w.ChallengeSum)
	}
	check(c.claims[0], want.Individual[0])
	rest := c.claims[q.Slots():]
	if want.Blank != nil {
		check(rest[0], *want.Blank)
		rest = rest[1:]
	}
	check(rest[0], want.Overall)
	sum := c.bases[len(c.bases)-1]
	both := encodeAll(nil, []point{sum.a, sum.b})
	same(t, "sum alpha", both[0].String(), want.Sum.Alpha)
	same(t, "sum beta", both[1].String(), want.Sum.Beta)
}

func vectorTrustees(t *testing.T, s *Setup, v vectorElection) {
	same(t, "trustees bytes", string(s.Trustees.Bytes()), string(s.rawTrustees))
	for i, w := range v.Trustees {
		item := s.Trustees.Items[i]
		if w.Kind == "Single" {
			x, _ := item.Single.PublicKey.decode()
			same(t, "key", item.Single.PublicKey.String(), w.PublicKey)
			same(t, "pok prefix", string(pokPrefix(item.Single.PublicKey)), w.PokPrefix)
			same(t, "pok", item.Single.PoK.commitment(x).String(), w.Commitment)
			continue
		}
		combined, err := item.Pedersen.verify()
		if err != nil {
			t.Fatal(err)
		}
		same(t, "combined key", elementOf(combined).String(), w.CombinedKey)
		for k, p := range w.Trustees {
			c, err := OpenChannel(p.Seed)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "sk", c.sign.String(), p.SK)
			same(t, "dk", c.open.String(), p.DK)
			vk, _ := c.Verification.decode()
			same(t, "cert", item.Pedersen.Certs[k].Signature.commitment(vk).String(), p.Cert.Commitment)
			list, err := parseCoefexps(item.Pedersen.Coefexps[k].Message)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "coefexps", coefexpsMessage(list), item.Pedersen.Coefexps[k].Message)
			same(t, "certs message", DigestOf([]byte(certsMessage(item.Pedersen.Certs, list))).String(), p.CertsSigMessage)
			same(t, "key", item.Pedersen.Keys[k].PublicKey.String(), p.VerificationKey)
			secret, err := c.OpenDecryptionKey(string(sample(t, "threshold/T"+strconv.Itoa(k+1)+".dkey")))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "decryption key", public(secret).String(), p.VerificationKey)
		}
	}
}

func vectorShares(t *testing.T, s *Setup, v vectorElection, data map[string][]byte, events []Event) {
	var tally EncryptedTally
	var owners []int
	next := 0
	for _, e := range events {
		switch e.Type {
		case EventEncryptedTally:
			sized, err := ParseSizedTally(data[e.Payload.String()])
			if err != nil {
				t.Fatal(err)
			}
			same(t, "sized", string(sized.Bytes()), string(data[e.Payload.String()]))
			raw := data[sized.EncryptedTally.String()]
			if tally, err = ParseEncryptedTally(raw); err != nil {
				t.Fatal(err)
			}
			same(t, "tally", string(tally.Bytes()), string(raw))
		case EventPartialDecryption:
			o, err := ParseOwned(data[e.Payload.String()])
			if err != nil {
				t.Fatal(err)
			}
			w := v.Shares[next]
			next++
			owners = append(owners, o.Owner)
			same(t, "owner", o.Owner, w.Owner)
			raw := data[o.Payload.String()]
			p, err := ParsePartialDecryption(raw)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "share", string(p.Bytes()), string(raw))
			same(t, "prefix", string(decryptPrefix(s.Election.Fingerprint, s.Trustees.Keys()[o.Owner-1])), w.Prefix)
			same(t, "challenge", p.Proofs[0][0].Challenge.String(), w.Challenge)
		}
	}
	for j, want := range v.Lagrange {
		n, _ := strconv.Atoi(j)
		same(t, "lagrange", lagrange(owners, n).String(), want)
	}
}

// TestDeterministicBallots makes the two ballots whose randomness the vectors
// list, byte for byte.
func TestDeterministicBallots(t *testing.T) {
	v := loadVectors(t)
	r, err := verifyBytes(sample(t, "basic/setup-only.bel.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []vectorBallot{v.Normal, v.Blank} {
		secret, err := DeriveCredential(r.UUID, w.Credential)
		if err != nil {
			t.Fatal(err)
		}
		i := -1
		src := &source{next: func() (Scalar, error) { i++; return scalar(t, w.Randomness[i][1]), nil }}
		b, _, err := r.Setup.makeBallot(secret, w.Votes, src)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.TrimSuffix(string(sample(t, w.File)), "\n")
		same(t, "ballot", string(b.Bytes()), want)
		same(t, "tracker", Tracker(b.Bytes()), w.Tracker)
		same(t, "randomness used", i+1, len(w.Randomness))
		if _, err := r.Setup.VerifyBallot(b.Bytes()); err != nil {
			t.Error(err)
		}
	}
}
