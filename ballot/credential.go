package ballot

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// base58 leaves out 0, O, I and l: people copy credentials from paper.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

const (
	minUUID          = 14
	maxUUID          = 64
	credentialDigits = 22
	maxCredentials   = 1 << 21
)

func isBase58(s string) bool { return strings.Trim(s, base58) == "" }

func validUUID(s string) bool {
	return len(s) >= minUUID && len(s) <= maxUUID && isBase58(s)
}

// NewUUID draws an election's uuid.
func NewUUID(random io.Reader) (string, error) { return randomBase58(random, minUUID) }

// randomBase58 draws n characters without bias: 4*58 of the 256 bytes are used.
func randomBase58(random io.Reader, n int) (string, error) {
	s := make([]byte, 0, n)
	var b [1]byte
	for len(s) < n {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("ballot: reading randomness: %w", err)
		}
		if b[0] < 4*58 {
			s = append(s, base58[b[0]%58])
		}
	}
	return string(s), nil
}

// NewCredential draws a private credential (section 6): 128 bits in the form
// XXXXX-XXXXXX-XXXXX-XXXXXX. It has no check digit; only DeriveCredential and
// the list of public credentials tell a typing error.
func NewCredential(random io.Reader) (string, error) {
	s, err := randomBase58(random, credentialDigits)
	if err != nil {
		return "", err
	}
	return s[:5] + "-" + s[5:11] + "-" + s[11:16] + "-" + s[16:], nil
}

// DeriveCredential returns the signing secret of a private credential.
func DeriveCredential(uuid, private string) (Scalar, error) {
	p := strings.Split(private, "-")
	if len(p) != 4 || len(p[0]) != 5 || len(p[1]) != 6 || len(p[2]) != 5 || len(p[3]) != 6 ||
		!isBase58(strings.Join(p, "")) {
		return Scalar{}, refuse(CodeCredentialForm, "")
	}
	if !validUUID(uuid) {
		return Scalar{}, refuse(CodeElectionForm, "uuid")
	}
	var wide [64]byte
	for i := range 2 {
		d := sha256.Sum256([]byte("derive_credential|" + uuid + "|" + strconv.Itoa(i) + "|" + private))
		copy(wide[32*i:], d[:])
	}
	return scalarOfBigEndian(wide[:]), nil
}

// PublicCredential is g^secret.
func PublicCredential(secret Scalar) Element { return public(secret) }

// Credential is one entry of the public list.
type Credential struct {
	Public Element
	Weight int64 // 1 unless the list is weighted
}

// Credentials is the public credentials record.
type Credentials struct {
	List     []Credential
	Weighted bool // every entry carries its weight
}

// ParseCredentials reads the record strictly: canonical elements, no logins
// (they would publish who is who), weights for all or for none, none twice.
func ParseCredentials(raw []byte) (*Credentials, error) {
	c := &cursor{b: raw}
	list := &Credentials{}
	weights := 0
	c.list(func() {
		from := c.at
		x, weighted, code := parseCredential(c.quoted())
		if weighted {
			weights++
		}
		if list.List = append(list.List, x); code != "" || len(list.List) > maxCredentials {
			c.at = from
			c.fail(code)
		}
	})
	if err := c.end(); err != nil {
		return nil, err
	}
	list.Weighted = weights > 0
	if weights > 0 && weights != len(list.List) && on(CodeCredentialWeights) {
		return nil, refuse(CodeCredentialWeights, "")
	}
	return list, list.check()
}

func parseCredential(b []byte) (x Credential, weighted bool, code Code) {
	x.Weight = 1
	hexPart, rest, weighted := strings.Cut(string(b), ",")
	if code := decodeHex(&x.Public, []byte(hexPart)); code != "" {
		return x, weighted, code
	}
	if !weighted {
		return x, false, ""
	}
	weight, _, login := strings.Cut(rest, ",")
	if login {
		if on(CodeCredentialLogin) {
			return x, weight != "", CodeCredentialLogin
		}
		if weight == "" {
			return x, false, ""
		}
	}
	n, ok := parseCount(weight)
	if !ok || n > MaxWeight {
		return x, true, CodeCredentialWeightForm
	}
	x.Weight = n
	return x, true, ""
}

func (l *Credentials) check() error {
	seen := make(map[Element]bool, len(l.List))
	total := int64(0)
	for i, x := range l.List {
		at := "credentials[" + strconv.Itoa(i) + "]"
		if seen[x.Public] && on(CodeCredentialRepeated) {
			return refuse(CodeCredentialRepeated, at)
		}
		seen[x.Public] = true
		if total += x.Weight; total > MaxTotalWeight {
			return refuse(CodeCredentialWeightForm, at)
		}
	}
	bad := make([]Code, len(l.List))
	inParallel(len(l.List), func(i int) { _, bad[i] = l.List[i].Public.key() })
	for i, code := range bad {
		if code != "" {
			return refuse(code, "credentials["+strconv.Itoa(i)+"]")
		}
	}
	return nil
}

// Bytes writes the record as it is published.
func (l *Credentials) Bytes() []byte {
	b := []byte{'['}
	for i, x := range l.List {
		b = x.Public.appendHex(append(sep(b, i), '"'))
		if l.Weighted {
			b = strconv.AppendInt(append(b, ','), x.Weight, 10)
		}
		b = append(b, '"')
	}
	return append(b, ']')
}

// Sort puts the list in the order of the elements, which hides the order of
// the voters. It must be done before the list is published.
func (l *Credentials) Sort() {
	slices.SortFunc(l.List, func(a, b Credential) int {
		return slices.Compare(a.Public[:], b.Public[:])
	})
}
