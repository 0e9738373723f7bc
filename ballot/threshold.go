package ballot

import (
	"strconv"

	"filippo.io/edwards25519"
)

// SignedMessage is a text with a Schnorr signature by a trustee's channel key.
type SignedMessage struct {
	Message   string
	Signature Proof
}

// Threshold is the public outcome of a Pedersen key ceremony (section 5): any
// Threshold of the trustees can decrypt together, fewer cannot.
type Threshold struct {
	Threshold  int
	Certs      []SignedMessage
	Coefexps   []SignedMessage
	Signatures []Proof // by each trustee over all certs and the own coefexps
	Keys       []TrusteeKey
}

// Cert is what a trustee promises first: the two channel keys, in a context
// that fixes the size, the threshold and the trustee's place.
type Cert struct {
	Size, Threshold, Index   int
	Verification, Encryption Element
}

func signedPrefix(message string) []byte { return []byte("sigmsg|" + message + "|") }

func signMessage(message string, secret, w Scalar) SignedMessage {
	return SignedMessage{message, proveKnowledge(secret, w, signedPrefix(message))}
}

func (m *SignedMessage) signedBy(key *edwards25519.Point) bool {
	return m.Signature.knows(key, signedPrefix(m.Message))
}

func (m *SignedMessage) append(dst []byte) []byte {
	dst = appendString(append(dst, `{"message":`...), m.Message)
	return append(m.Signature.append(append(dst, `,"signature":`...)), '}')
}

func signedMessageOf(v value) (m SignedMessage, bad string) {
	f := fieldsOf(v)
	m = SignedMessage{f.text("message"), f.proof("signature")}
	f.only("message", "signature")
	return m, f.bad
}

// Bytes writes the message as it is handed in.
func (m *SignedMessage) Bytes() []byte { return m.append(nil) }

// ParseSignedMessage reads one; it verifies nothing.
func ParseSignedMessage(raw []byte) (SignedMessage, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return SignedMessage{}, &Refusal{Code: CodeTrusteeForm, Event: -1, Err: err}
	}
	m, bad := signedMessageOf(v)
	if bad != "" {
		return m, refuse(CodeTrusteeForm, bad)
	}
	return m, nil
}

func thresholdOf(v value) (*Threshold, string) {
	f := fieldsOf(v)
	t := &Threshold{Threshold: f.number("threshold")}
	for _, v := range f.list("certs") {
		m, bad := signedMessageOf(v)
		if bad != "" {
			f.miss("certs." + bad)
		}
		t.Certs = append(t.Certs, m)
	}
	for _, v := range f.list("coefexps") {
		m, bad := signedMessageOf(v)
		if bad != "" {
			f.miss("coefexps." + bad)
		}
		t.Coefexps = append(t.Coefexps, m)
	}
	for _, v := range f.list("signatures") {
		one := &fields{o: object{"p": v}}
		t.Signatures = append(t.Signatures, one.proof("p"))
		if one.bad != "" {
			f.miss("signatures")
		}
	}
	for _, v := range f.list("verification_keys") {
		k, bad := trusteeKeyOf(v)
		if bad != "" {
			f.miss("verification_keys." + bad)
		}
		t.Keys = append(t.Keys, *k)
	}
	f.only("threshold", "certs", "coefexps", "signatures", "verification_keys")
	return t, f.bad
}

func (t *Threshold) append(dst []byte) []byte {
	dst = strconv.AppendInt(append(dst, `{"threshold":`...), int64(t.Threshold), 10)
	dst = appendMessages(append(dst, `,"certs":`...), t.Certs)
	dst = appendMessages(append(dst, `,"coefexps":`...), t.Coefexps)
	dst = appendProofs(append(dst, `,"signatures":`...), t.Signatures)
	dst = append(dst, `,"verification_keys":[`...)
	for i := range t.Keys {
		dst = t.Keys[i].append(sep(dst, i))
	}
	return append(dst, `]}`...)
}

// Bytes writes the group's part of trustees.json.
func (t *Threshold) Bytes() []byte { return t.append(nil) }

func appendMessages(dst []byte, list []SignedMessage) []byte {
	dst = append(dst, '[')
	for i := range list {
		dst = list[i].append(sep(dst, i))
	}
	return append(dst, ']')
}

// parseCert reads the message of a cert, which has one form.
func parseCert(message string) (k Cert, err error) {
	c := &cursor{b: []byte(message)}
	c.lit(`{"context":{"group":"` + groupName + `","size":`)
	k.Size = c.number()
	c.lit(`,"threshold":`)
	k.Threshold = c.number()
	c.lit(`,"index":`)
	k.Index = c.number()
	c.lit(`},"verification":`)
	k.Verification = c.element()
	c.lit(`,"encryption":`)
	k.Encryption = c.element()
	c.lit(`}`)
	return k, c.end()
}

func (k *Cert) message() string {
	b := []byte(`{"context":{"group":"` + groupName + `","size":`)
	b = strconv.AppendInt(b, int64(k.Size), 10)
	b = strconv.AppendInt(append(b, `,"threshold":`...), int64(k.Threshold), 10)
	b = strconv.AppendInt(append(b, `,"index":`...), int64(k.Index), 10)
	b = appendElement(append(b, `},"verification":`...), k.Verification)
	b = appendElement(append(b, `,"encryption":`...), k.Encryption)
	return string(append(b, '}'))
}

func parseCoefexps(message string) (list []Element, err error) {
	c := &cursor{b: []byte(message)}
	c.lit(`{"coefexps":`)
	c.list(func() { list = append(list, c.element()) })
	c.lit(`}`)
	return list, c.end()
}

func appendCoefexps(dst []byte, list []Element) []byte {
	dst = append(dst, `"coefexps":[`...)
	for i, e := range list {
		dst = appendElement(sep(dst, i), e)
	}
	return append(dst, ']')
}

func coefexpsMessage(list []Element) string {
	return string(append(appendCoefexps([]byte{'{'}, list), '}'))
}

// certsMessage is what each trustee signs in step 3, so that all have seen the
// same certs.
func certsMessage(certs []SignedMessage, coefexps []Element) string {
	b := appendMessages([]byte(`certs_sig|{"certs":`), certs)
	return string(append(appendCoefexps(append(b, ','), coefexps), '}'))
}

// CheckCerts verifies the certs of all trustees, in order of their index. The
// threshold is taken from the first and must be the same in all.
func CheckCerts(certs []SignedMessage) ([]Cert, error) {
	list, _, err := checkCerts(certs, 0)
	return list, err
}

func checkCerts(certs []SignedMessage, threshold int) ([]Cert, []*edwards25519.Point, error) {
	n := len(certs)
	var list []Cert
	var keys []*edwards25519.Point
	for i := range certs {
		if threshold == 0 {
			first, err := parseCert(certs[i].Message)
			if err == nil {
				threshold = first.Threshold
			}
		}
		k, key, err := checkCert(certs[i], n, threshold, i)
		if err != nil {
			return nil, nil, err
		}
		list, keys = append(list, k), append(keys, key)
	}
	if (threshold < 1 || threshold >= n) && on(CodeThresholdSize) {
		return nil, nil, refuse(CodeThresholdSize, "")
	}
	return list, keys, nil
}

// checkCert is step 2 for the cert of the trustee with index i+1.
func checkCert(m SignedMessage, n, threshold, i int) (k Cert, key *edwards25519.Point, err error) {
	at := "certs[" + strconv.Itoa(i) + "]"
	if k, err = parseCert(m.Message); err != nil {
		return k, nil, &Refusal{Code: CodeThresholdCert, Event: -1, At: at, Err: err}
	}
	bad := k.Size != n || k.Threshold != threshold || k.Index != i+1
	if bad && on(CodeThresholdContext) {
		return k, nil, refuse(CodeThresholdContext, at)
	}
	key, code := k.Verification.key()
	if code == "" {
		_, code = k.Encryption.key()
	}
	if code != "" {
		return k, nil, refuse(code, at)
	}
	if !m.signedBy(key) && on(CodeThresholdCert) {
		return k, nil, refuse(CodeThresholdCert, at)
	}
	return k, key, nil
}

// verify checks everything public of the ceremony and returns the group's part
// of the election key.
func (t *Threshold) verify() (*edwards25519.Point, error) {
	n := len(t.Certs)
	if len(t.Coefexps) != n || len(t.Signatures) != n || len(t.Keys) != n || n > maxTrustees || t.Threshold == 0 {
		return nil, refuse(CodeThresholdSize, "")
	}
	_, channel, err := checkCerts(t.Certs, t.Threshold)
	if err != nil {
		return nil, err
	}
	commitments, err := checkCoefexps(t.Certs, channel, t.Threshold, t.Coefexps, t.Signatures)
	if err != nil {
		return nil, err
	}
	for i := range t.Keys {
		if err := t.checkKey(i, channel[i], commitments); err != nil {
			return nil, err
		}
	}
	key := edwards25519.NewIdentityPoint()
	for _, c := range commitments {
		key.Add(key, c[0])
	}
	return key, nil
}

// checkCoefexps verifies both signatures of step 3 of each trustee and returns
// the commitments to the polynomials.
func checkCoefexps(certs []SignedMessage, channel []*edwards25519.Point, threshold int,
	coefexps []SignedMessage, signatures []Proof) ([][]*edwards25519.Point, error) {
	all := make([][]*edwards25519.Point, len(certs))
	for i := range certs {
		list, err := checkCommitments(certs, channel[i], threshold, i, coefexps[i], signatures[i])
		if err != nil {
			return nil, err
		}
		all[i] = list
	}
	return all, nil
}

// checkCommitments is checkCoefexps for the trustee with index i+1.
func checkCommitments(certs []SignedMessage, channel *edwards25519.Point, threshold, i int,
	coefexps SignedMessage, signature Proof) (points []*edwards25519.Point, err error) {
	at := "coefexps[" + strconv.Itoa(i) + "]"
	list, err := parseCoefexps(coefexps.Message)
	if err != nil || len(list) != threshold {
		return nil, &Refusal{Code: CodeThresholdSize, Event: -1, At: at, Err: err}
	}
	for _, e := range list {
		p, code := e.key() // the tool does not test these for membership
		if code != "" {
			return nil, refuse(code, at)
		}
		points = append(points, p)
	}
	if !coefexps.signedBy(channel) && on(CodeThresholdCoefexps) {
		return nil, refuse(CodeThresholdCoefexps, at)
	}
	m := SignedMessage{certsMessage(certs, list), signature}
	if !m.signedBy(channel) && on(CodeThresholdSignature) {
		return nil, refuse(CodeThresholdSignature, "signatures["+strconv.Itoa(i)+"]")
	}
	return points, nil
}

func (t *Threshold) checkKey(i int, channel *edwards25519.Point, commitments [][]*edwards25519.Point) error {
	at := "verification_keys[" + strconv.Itoa(i) + "]"
	k := &t.Keys[i]
	if err := k.Verify(); err != nil {
		r := *err.(*Refusal)
		r.At = at + "." + r.At
		return &r
	}
	expected := edwards25519.NewIdentityPoint()
	for _, c := range commitments {
		expected.Add(expected, committedShare(c, i+1))
	}
	if k.PublicKey != elementOf(expected) && on(CodeThresholdKey) {
		return refuse(CodeThresholdKey, at)
	}
	if k.Signature == nil {
		return refuse(CodeThresholdKeySigned, at)
	}
	m := SignedMessage{k.PublicKey.String(), *k.Signature}
	if !m.signedBy(channel) && on(CodeThresholdKeySigned) {
		return refuse(CodeThresholdKeySigned, at)
	}
	return nil
}

// committedShare is g^f(j) as the commitments to f have it: the product of
// A_k^(j^k).
func committedShare(commitments []*edwards25519.Point, j int) *edwards25519.Point {
	scalars := make([]*edwards25519.Scalar, len(commitments))
	x := smallScalar(1)
	for k := range commitments {
		scalars[k] = x.lib()
		x = x.mul(smallScalar(uint64(j)))
	}
	return new(edwards25519.Point).VarTimeMultiScalarMult(scalars, commitments)
}
