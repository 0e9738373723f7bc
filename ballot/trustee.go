package ballot

import (
	"io"
	"strconv"

	"filippo.io/edwards25519"
)

// TrusteeKey is a trustee's public key with the proof that the trustee knows
// its secret. In a threshold group it is signed by the trustee too.
type TrusteeKey struct {
	PoK       Proof
	PublicKey Element
	Signature *Proof // only in a threshold group
	Name      string // optional
}

// TrusteeItem is one entry of trustees.json: exactly one of the two is set.
type TrusteeItem struct {
	Single   *TrusteeKey // whose share is always needed
	Pedersen *Threshold  // of which enough shares are needed
}

// Trustees is trustees.json (sections 4 and 5).
type Trustees struct{ Items []TrusteeItem }

const (
	maxTrustees     = 64
	maxTrusteesJSON = 4 << 20
)

func pokPrefix(x Element) []byte { return []byte("pok|" + groupName + "|" + x.String() + "|") }

// NewTrusteeKey makes a single trustee's key. The secret stays with the trustee.
func NewTrusteeKey(random io.Reader) (Scalar, *TrusteeKey, error) {
	secret, err := randomScalar(random)
	if err != nil {
		return Scalar{}, nil, err
	}
	key, err := proveKey(secret, random)
	return secret, key, err
}

func proveKey(secret Scalar, random io.Reader) (*TrusteeKey, error) {
	w, err := randomScalar(random)
	if err != nil {
		return nil, err
	}
	x := public(secret)
	return &TrusteeKey{PublicKey: x, PoK: proveKnowledge(secret, w, pokPrefix(x))}, nil
}

// Verify checks that the key is a member and that its secret is known.
func (k *TrusteeKey) Verify() error {
	_, err := k.verify()
	return err
}

func (k *TrusteeKey) verify() (*edwards25519.Point, error) {
	p, code := k.PublicKey.key()
	if code != "" {
		return nil, refuse(code, "public_key")
	}
	if !k.PoK.knows(p, pokPrefix(k.PublicKey)) && on(CodeTrusteeProof) {
		return nil, refuse(CodeTrusteeProof, "pok")
	}
	return p, nil
}

// ParseTrusteeKey reads one public key, as a trustee hands it in.
func ParseTrusteeKey(raw []byte) (*TrusteeKey, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, &Refusal{Code: CodeTrusteeForm, Event: -1, Err: err}
	}
	k, bad := trusteeKeyOf(v)
	if bad != "" {
		return nil, refuse(CodeTrusteeForm, bad)
	}
	return k, k.Verify()
}

func trusteeKeyOf(v value) (*TrusteeKey, string) {
	f := fieldsOf(v)
	k := &TrusteeKey{PoK: f.proof("pok"), PublicKey: f.element("public_key"), Name: f.optional("name")}
	if _, given := f.o["signature"]; given {
		s := f.proof("signature")
		k.Signature = &s
	}
	f.only("pok", "public_key", "signature", "name")
	return k, f.bad
}

func (k *TrusteeKey) append(dst []byte) []byte {
	dst = k.PoK.append(append(dst, `{"pok":`...))
	dst = appendElement(append(dst, `,"public_key":`...), k.PublicKey)
	if k.Signature != nil {
		dst = k.Signature.append(append(dst, `,"signature":`...))
	}
	if k.Name != "" {
		dst = appendString(append(dst, `,"name":`...), k.Name)
	}
	return append(dst, '}')
}

// Bytes writes the key as it is handed in.
func (k *TrusteeKey) Bytes() []byte { return k.append(nil) }

// ParseTrustees reads trustees.json. White space is harmless: its raw bytes
// are hashed. Verify checks the proofs.
func ParseTrustees(raw []byte) (*Trustees, error) {
	if len(raw) > maxTrusteesJSON {
		return nil, refuse(CodeTooLarge, "")
	}
	v, err := parseJSON(raw)
	if err != nil {
		return nil, &Refusal{Code: CodeTrusteeForm, Event: -1, Err: err}
	}
	list, ok := v.([]value)
	if !ok || len(list) == 0 {
		return nil, refuse(CodeTrusteeForm, "")
	}
	t := new(Trustees)
	for i, v := range list {
		item, bad := trusteeItemOf(v)
		if bad != "" {
			return nil, refuse(CodeTrusteeForm, "trustees["+strconv.Itoa(i)+"]."+bad)
		}
		t.Items = append(t.Items, item)
	}
	if len(t.Keys()) > maxTrustees {
		return nil, refuse(CodeTrusteeForm, "")
	}
	return t, nil
}

func trusteeItemOf(v value) (item TrusteeItem, bad string) {
	pair, ok := v.([]value)
	if !ok || len(pair) != 2 {
		return item, "item"
	}
	switch pair[0] {
	case "Single":
		item.Single, bad = trusteeKeyOf(pair[1])
		if bad == "" && item.Single.Signature != nil {
			bad = "signature"
		}
	case "Pedersen":
		item.Pedersen, bad = thresholdOf(pair[1])
	default:
		bad = "kind"
	}
	return item, bad
}

// Bytes writes trustees.json.
func (t *Trustees) Bytes() []byte {
	b := []byte{'['}
	for i, item := range t.Items {
		b = sep(b, i)
		if item.Single != nil {
			b = item.Single.append(append(b, `["Single",`...))
		} else {
			b = item.Pedersen.append(append(b, `["Pedersen",`...))
		}
		b = append(b, ']')
	}
	return append(b, ']')
}

// Keys lists the public keys of all trustees: trustee number i is at i-1.
func (t *Trustees) Keys() []Element {
	var keys []Element
	for _, item := range t.Items {
		if item.Single != nil {
			keys = append(keys, item.Single.PublicKey)
			continue
		}
		for _, k := range item.Pedersen.Keys {
			keys = append(keys, k.PublicKey)
		}
	}
	return keys
}

// Verify checks every proof and returns the election key, which is the product
// of the items' keys.
func (t *Trustees) Verify() (Element, error) {
	product := edwards25519.NewIdentityPoint()
	for i, item := range t.Items {
		var p *edwards25519.Point
		var err error
		if item.Single != nil {
			p, err = item.Single.verify()
		} else {
			p, err = item.Pedersen.verify()
		}
		if err != nil {
			r := *err.(*Refusal)
			r.At = "trustees[" + strconv.Itoa(i) + "]." + r.At
			return Element{}, &r
		}
		product.Add(product, p)
	}
	return elementOf(product), nil
}

// SecretBytes writes a trustee's secret as the tool's *.privkey has it.
func (s Scalar) SecretBytes() []byte { return appendScalar(nil, s) }

// ParseSecret reads a *.privkey; a final newline is allowed.
func ParseSecret(raw []byte) (Scalar, error) {
	c := &cursor{b: raw}
	s := c.scalar()
	c.accept("\n")
	return s, c.end()
}
