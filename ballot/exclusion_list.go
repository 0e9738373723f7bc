package ballot

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
)

// ExclusionList says which ballots of an ended board the count leaves out,
// because their voters came to the polling place afterwards, and who answers for
// it. It names ballots in the order of the board, so that nothing shows who came
// when.
type ExclusionList struct {
	UUID      string
	Board     Digest   // head of the ended board
	Ballots   []Digest // all ballots of every credential that is left out
	Voters    int      // credentials that are left out
	Signers   []Signer
	Before    []Succession      // keys of the server that Key has followed, the oldest first
	Key       ed25519.PublicKey // of the server, as on the printed notice
	Signature []byte
}

// Succession is a key of the server that is not used any more, and its signature
// under the key that follows it: whoever has the older key on a printed notice
// can go on trusting what the newer one signs.
type Succession struct {
	Key       ed25519.PublicKey
	Signature []byte
}

// successionMessage is what the older key signs.
func successionMessage(next ed25519.PublicKey) []byte {
	return append([]byte("juwu ballot key 1\n"), next...)
}

// NewSuccession lets a key name the one that follows it.
func NewSuccession(old ed25519.PrivateKey, next ed25519.PublicKey) Succession {
	return Succession{old.Public().(ed25519.PublicKey), ed25519.Sign(old, successionMessage(next))}
}

// Signer is a person who has signed the list for a body.
type Signer struct {
	Body string
	Name string
	At   int64 // Unix seconds
}

// listJSON is the one form of a list: what was signed and what was read cannot
// differ.
type listJSON struct {
	Format    string       `json:"format"`
	UUID      string       `json:"uuid"`
	Board     string       `json:"board"`
	Voters    int          `json:"voters"`
	Ballots   []string     `json:"ballots"`
	Signers   []signerJSON `json:"signers"`
	Before    []keyJSON    `json:"before,omitempty"`
	Key       string       `json:"key"`
	Signature string       `json:"signature,omitempty"`
}

type keyJSON struct {
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

type signerJSON struct {
	Body string `json:"body"`
	Name string `json:"name"`
	At   int64  `json:"at"`
}

const listFormat = "juwu exclusions 1"

// leastSigners: nobody alone takes ballots out of a count.
const leastSigners = 2

func (x *ExclusionList) encode(signature []byte) []byte {
	out := listJSON{Format: listFormat, UUID: x.UUID, Board: x.Board.String(), Voters: x.Voters, Ballots: []string{}, Signers: []signerJSON{},
		Key: base64.StdEncoding.EncodeToString(x.Key)}
	for _, d := range x.Ballots {
		out.Ballots = append(out.Ballots, d.Short())
	}
	for _, s := range x.Signers {
		out.Signers = append(out.Signers, signerJSON(s))
	}
	for _, b := range x.Before {
		out.Before = append(out.Before, keyJSON{base64.StdEncoding.EncodeToString(b.Key), base64.StdEncoding.EncodeToString(b.Signature)})
	}
	if signature != nil {
		out.Signature = base64.StdEncoding.EncodeToString(signature)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(out) // strings and numbers
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Sign signs the list with the key that signs the heads of boards; before are
// the keys it has followed, the oldest first.
func (x *ExclusionList) Sign(key ed25519.PrivateKey, before ...Succession) {
	x.Key, x.Before = key.Public().(ed25519.PublicKey), before
	x.Signature = ed25519.Sign(key, x.encode(nil))
}

// Bytes writes the list.
func (x *ExclusionList) Bytes() []byte { return x.encode(x.Signature) }

// ParseExclusionList reads a list; only the bytes that Bytes writes are accepted.
func ParseExclusionList(raw []byte) (*ExclusionList, error) {
	var in listJSON
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, refuse(CodeExclusionForm, "")
	}
	x := &ExclusionList{UUID: in.UUID, Voters: in.Voters}
	bad := decodeHex((*Element)(&x.Board), []byte(in.Board)) != ""
	for _, text := range in.Ballots {
		b, err := base64.RawStdEncoding.Strict().DecodeString(text)
		if err != nil || len(b) != len(Digest{}) {
			return nil, refuse(CodeExclusionForm, "ballots")
		}
		x.Ballots = append(x.Ballots, Digest(b))
	}
	for _, s := range in.Signers {
		x.Signers = append(x.Signers, Signer(s))
	}
	for _, b := range in.Before {
		key, err1 := base64.StdEncoding.Strict().DecodeString(b.Key)
		signature, err2 := base64.StdEncoding.Strict().DecodeString(b.Signature)
		if err1 != nil || err2 != nil {
			return nil, refuse(CodeExclusionForm, "before")
		}
		x.Before = append(x.Before, Succession{key, signature})
	}
	var err1, err2 error
	x.Key, err1 = base64.StdEncoding.Strict().DecodeString(in.Key)
	x.Signature, err2 = base64.StdEncoding.Strict().DecodeString(in.Signature)
	if bad || err1 != nil || err2 != nil || !bytes.Equal(x.Bytes(), raw) {
		return nil, refuse(CodeExclusionForm, "")
	}
	return x, nil
}

// follows tells whether the list's key is this one, or follows it: each key in
// between was signed by the one before.
func (x *ExclusionList) follows(key ed25519.PublicKey) bool {
	at := x.Key
	for _, b := range slices.Backward(x.Before) {
		if key.Equal(at) {
			return true
		}
		if !verifies(b.Key, successionMessage(at), b.Signature) {
			return false
		}
		at = b.Key
	}
	return key.Equal(at)
}

// verifies is ed25519.Verify for keys that came from outside.
func verifies(key ed25519.PublicKey, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
}

// Check compares the list with what two verified archives say. key is the
// server's, from a printed notice, perhaps of before a change of keys; nil takes
// the one in the list.
func (x *ExclusionList) Check(c *Compared, key ed25519.PublicKey) error {
	if (!verifies(x.Key, x.encode(nil), x.Signature) || key != nil && !x.follows(key)) && on(CodeExclusionSignature) {
		return refuse(CodeExclusionSignature, "")
	}
	bodies := map[string]bool{}
	for _, s := range x.Signers {
		bodies[s.Body] = true
	}
	if len(bodies) < leastSigners && on(CodeExclusionSigners) {
		return refuse(CodeExclusionSigners, "")
	}
	if (x.UUID != c.Board.UUID || x.Board != c.Board.Head) && on(CodeExclusionBoard) {
		return refuse(CodeExclusionBoard, "")
	}
	ballots, voters := []Digest{}, map[Element]bool{}
	for _, e := range c.Excluded {
		ballots = append(ballots, e.Ballot)
		voters[e.Credential] = true
	}
	if (!slices.Equal(ballots, x.Ballots) || len(voters) != x.Voters) && on(CodeExclusionList) {
		return refuse(CodeExclusionList, strconv.Itoa(len(ballots))+" ballots are left out, "+strconv.Itoa(len(x.Ballots))+" are on the list")
	}
	return nil
}
