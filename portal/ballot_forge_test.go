package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"filippo.io/edwards25519"
)

// A forger has a real slip and knows the protocol: every fault below is signed
// again, so that only the check it is about can refuse it.

type forgedProof struct {
	Challenge string `json:"challenge"`
	Response  string `json:"response"`
}

type forgedPair struct {
	Alpha string `json:"alpha"`
	Beta  string `json:"beta"`
}

type forgedAnswer struct {
	Choices    []forgedPair     `json:"choices"`
	Individual [][2]forgedProof `json:"individual_proofs"`
	Overall    []forgedProof    `json:"overall_proof"`
	Blank      []forgedProof    `json:"blank_proof,omitempty"`
}

type forgedSigned struct {
	UUID       string         `json:"election_uuid"`
	Hash       string         `json:"election_hash"`
	Credential string         `json:"credential"`
	Answers    []forgedAnswer `json:"answers"`
}

type forgedBallot struct {
	forgedSigned
	Signature struct {
		Hash  string      `json:"hash"`
		Proof forgedProof `json:"proof"`
	} `json:"signature"`
}

var order, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

func reversed(b []byte) []byte { b = slices.Clone(b); slices.Reverse(b); return b }

func libScalar(n *big.Int) *edwards25519.Scalar {
	b := new(big.Int).Mod(n, order).FillBytes(make([]byte, 32))
	s, err := edwards25519.NewScalar().SetCanonicalBytes(reversed(b))
	if err != nil {
		panic(err)
	}
	return s
}

func pointHex(p *edwards25519.Point) string { return hex.EncodeToString(reversed(p.Bytes())) }

func hexPoint(t *testing.T, s string) *edwards25519.Point {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := new(edwards25519.Point).SetBytes(reversed(b))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lowOrder has order 2: y = -1.
func lowOrder(t *testing.T) *edwards25519.Point {
	return hexPoint(t, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec")
}

func parseForged(t *testing.T, raw []byte) (b forgedBallot) {
	t.Helper()
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// secretOf is the signing secret of a slip (section 6).
func secretOf(uuid, slip string) *big.Int {
	var wide []byte
	for _, i := range []string{"0", "1"} {
		d := sha256.Sum256([]byte("derive_credential|" + uuid + "|" + i + "|" + slip))
		wide = append(wide, d[:]...)
	}
	return new(big.Int).Mod(new(big.Int).SetBytes(wide), order)
}

// signed signs a changed ballot with the slip's secret.
func (b forgedBallot) signed(t *testing.T, secret *big.Int) []byte {
	t.Helper()
	body, err := json.Marshal(b.forgedSigned)
	if err != nil {
		t.Fatal(err)
	}
	d := sha256.Sum256(body)
	hash := base64.RawStdEncoding.EncodeToString(d[:])
	w, err := rand.Int(rand.Reader, order)
	if err != nil {
		t.Fatal(err)
	}
	commitment := pointHex(new(edwards25519.Point).ScalarBaseMult(libScalar(w)))
	h := sha256.Sum256([]byte("sig|" + hash + "|" + commitment))
	c := new(big.Int).Mod(new(big.Int).SetBytes(h[:]), order)
	r := new(big.Int).Mod(new(big.Int).Sub(w, new(big.Int).Mul(secret, c)), order)
	proof := `{"challenge":"` + c.String() + `","response":"` + r.String() + `"}`
	return []byte(strings.TrimSuffix(string(body), "}") + `,"signature":{"hash":"` + hash + `","proof":` + proof + `}}`)
}

// plus adds l: a second way to write the same number.
func plus(s string) string {
	n, _ := new(big.Int).SetString(s, 10)
	return n.Add(n, order).String()
}
