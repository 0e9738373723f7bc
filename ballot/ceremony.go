package ballot

import (
	"io"
	"strconv"

	"filippo.io/edwards25519"
)

// The key ceremony of section 5. Steps 1, 3 and 5 are done by each trustee on a
// device of their own; 2, 4 and 6 by the server, which only collects and checks
// public objects and passes sealed messages on.

// Cert is step 1: the trustee's promise to take part. The index, the size and
// the threshold are agreed beforehand.
func (c *Channel) Cert(size, threshold, index int, random io.Reader) (SignedMessage, error) {
	if threshold < 1 || threshold >= size || index < 1 || index > size || size > maxTrustees {
		return SignedMessage{}, refuse(CodeThresholdSize, "")
	}
	w, err := randomScalar(random)
	k := Cert{size, threshold, index, c.Verification, c.Encryption}
	return signMessage(k.message(), c.sign, w), err
}

// Polynomial is what a trustee hands in at step 3: a secret polynomial, sealed
// to its owner, its values sealed to the others, and public commitments.
type Polynomial struct {
	Polynomial string
	Secrets    []string
	Coefexps   SignedMessage
	Signature  Proof
}

// index finds the trustee's own place among the certs.
func (c *Channel) index(certs []Cert) (int, error) {
	for i, k := range certs {
		if k.Verification == c.Verification && k.Encryption == c.Encryption {
			return i, nil
		}
	}
	return 0, refuse(CodeThresholdCert, "")
}

// MakePolynomial is step 3. The certs are checked first (step 2 for this trustee).
func (c *Channel) MakePolynomial(certs []SignedMessage, random io.Reader) (*Polynomial, error) {
	list, err := CheckCerts(certs)
	if err != nil {
		return nil, err
	}
	if _, err := c.index(list); err != nil {
		return nil, err
	}
	src := sourceOf(random)
	a := make([]Scalar, list[0].Threshold)
	coefexps := make([]Element, len(a))
	text := []byte(`{"polynomial":[`)
	for k := range a {
		a[k] = src.draw()
		coefexps[k] = public(a[k])
		text = appendScalar(sep(text, k), a[k])
	}
	p := &Polynomial{Coefexps: signMessage(coefexpsMessage(coefexps), c.sign, src.draw())}
	p.Signature = signMessage(certsMessage(certs, coefexps), c.sign, src.draw()).Signature
	if p.Polynomial, err = c.send(c.Encryption, string(append(text, `]}`...)), src); err != nil {
		return nil, err
	}
	for j, k := range list {
		value := append(appendScalar([]byte(`{"secret":`), evaluate(a, j+1)), '}')
		sealed, err := c.send(k.Encryption, string(value), src)
		if err != nil {
			return nil, err
		}
		p.Secrets = append(p.Secrets, sealed)
	}
	return p, src.err
}

// evaluate is f(j) for the polynomial with coefficients a.
func evaluate(a []Scalar, j int) Scalar {
	var v Scalar
	for k := len(a) - 1; k >= 0; k-- {
		v = v.mul(smallScalar(uint64(j))).add(a[k])
	}
	return v
}

// CeremonyInput is what the server gives to one trustee at step 4.
type CeremonyInput struct {
	Polynomial string
	Secrets    []string
	Coefexps   []SignedMessage
	Signatures []Proof
}

// CeremonyInputs is step 4: it checks what the trustees handed in and sorts it
// by recipient.
func CeremonyInputs(certs []SignedMessage, polynomials []*Polynomial) ([]*CeremonyInput, error) {
	list, channel, err := checkCerts(certs, 0)
	if err != nil {
		return nil, err
	}
	if len(polynomials) != len(certs) {
		return nil, refuse(CodeThresholdSize, "polynomials")
	}
	var coefexps []SignedMessage
	var signatures []Proof
	for i, p := range polynomials {
		if len(p.Secrets) != len(certs) {
			return nil, refuse(CodeThresholdSize, "polynomials["+strconv.Itoa(i)+"]")
		}
		coefexps, signatures = append(coefexps, p.Coefexps), append(signatures, p.Signature)
	}
	if _, err := checkCoefexps(certs, channel, list[0].Threshold, coefexps, signatures); err != nil {
		return nil, err
	}
	out := make([]*CeremonyInput, len(certs))
	for j := range out {
		in := &CeremonyInput{Polynomial: polynomials[j].Polynomial, Coefexps: coefexps, Signatures: signatures}
		for _, p := range polynomials {
			in.Secrets = append(in.Secrets, p.Secrets[j])
		}
		out[j] = in
	}
	return out, nil
}

// CeremonyOutput is what a trustee hands in at step 5. PrivateKey is sealed to
// the trustee and may be kept anywhere.
type CeremonyOutput struct {
	PrivateKey string
	PublicKey  TrusteeKey
}

// Finish is step 5: the trustee checks that all were shown the same certs, that
// every received value fits the public commitments, and adds them up.
func (c *Channel) Finish(certs []SignedMessage, in *CeremonyInput, random io.Reader) (*CeremonyOutput, error) {
	list, channel, err := checkCerts(certs, 0)
	if err != nil {
		return nil, err
	}
	own, err := c.index(list)
	if err != nil {
		return nil, err
	}
	n := len(certs)
	if len(in.Secrets) != n || len(in.Coefexps) != n || len(in.Signatures) != n {
		return nil, refuse(CodeThresholdSize, "")
	}
	commitments, err := checkCoefexps(certs, channel, list[0].Threshold, in.Coefexps, in.Signatures)
	if err != nil {
		return nil, err
	}
	sum, err := c.sumShares(list, own, commitments, in.Secrets)
	if err != nil {
		return nil, err
	}
	key, err := proveKey(sum, random)
	if err != nil {
		return nil, err
	}
	src := sourceOf(random)
	signed := signMessage(key.PublicKey.String(), c.sign, src.draw())
	key.Signature = &signed.Signature
	text := append(appendScalar([]byte(`{"decryption_key":`), sum), '}')
	sealed, err := c.send(c.Encryption, string(text), src)
	return &CeremonyOutput{sealed, *key}, err
}

func (c *Channel) sumShares(list []Cert, own int, commitments [][]*edwards25519.Point, secrets []string) (sum Scalar, err error) {
	for i, sealed := range secrets {
		at := "secrets[" + strconv.Itoa(i) + "]"
		m, err := c.receive(sealed, list[i].Verification)
		if err != nil {
			r := *err.(*Refusal)
			r.At = at
			return Scalar{}, &r
		}
		s, err := secretIn(m, "secret")
		if err != nil {
			return Scalar{}, err
		}
		if public(s) != elementOf(committedShare(commitments[i], own+1)) && on(CodeThresholdShare) {
			return Scalar{}, refuse(CodeThresholdShare, at)
		}
		sum = sum.add(s)
	}
	return sum, nil
}

// AssembleThreshold is step 6: the group's public entry for trustees.json,
// fully verified.
func AssembleThreshold(certs []SignedMessage, polynomials []*Polynomial, outputs []*CeremonyOutput) (*Threshold, error) {
	list, err := CheckCerts(certs)
	if err != nil {
		return nil, err
	}
	if len(polynomials) != len(certs) || len(outputs) != len(certs) {
		return nil, refuse(CodeThresholdSize, "")
	}
	t := &Threshold{Threshold: list[0].Threshold, Certs: certs}
	for i := range certs {
		t.Coefexps = append(t.Coefexps, polynomials[i].Coefexps)
		t.Signatures = append(t.Signatures, polynomials[i].Signature)
		t.Keys = append(t.Keys, outputs[i].PublicKey)
	}
	if _, err := t.verify(); err != nil {
		return nil, err
	}
	return t, nil
}
