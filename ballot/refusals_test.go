package ballot

import (
	"bytes"
	"crypto/rand"
	"runtime"
	"strings"
	"testing"
)

// TestRefusals has the refusals that are not in the list of mutants because
// another would catch most of what they catch, or because they guard the maker
// of an object rather than its reader.
func TestRefusals(t *testing.T) {
	m := mutants{}
	m.makerInputs(t)
	m.sealedMessages(t)
	m.ceremonyInputs(t)
	for code, list := range m {
		for _, c := range list {
			same(t, c.name, codeOf(t, c.do()), code)
		}
	}
}

// outside moves an element out of the prime-order group.
func outside(t testing.TB, e Element) Element {
	p := mustPoint(t, e)
	return elementOf(p.Add(p, lowOrder(t)))
}

func (m mutants) makerInputs(t testing.TB) {
	b := newBoard(t, sampleQuestions[:1], 1)
	b.cast(0, Votes{{1, 0, 0}})
	b.close()
	m.add(CodeSyntax, "record without a kind", func() error {
		body := []byte("{}")
		_, err := verifyBytes(appendRecord(forge(nil), DigestOf(body).String(), 1795305030, body))
		return err
	})
	m.add(CodeTooLarge, "ballot", func() error { _, err := ParseBallot(make([]byte, maxBallot+1)); return err })
	m.add(CodeElectionForm, "uuid of a credential", func() error {
		_, err := DeriveCredential("short", b.private[0])
		return err
	})
	moved := EncryptedTally{append([]Ciphertext{{outside(t, b.tally[0][0].Alpha), b.tally[0][0].Beta}}, b.tally[0][1:]...)}
	m.add(CodeElementTorsion, "decrypting outside the group", func() error {
		_, err := b.setup.Decrypt(moved, 1, b.keys[0], rand.Reader)
		return err
	})
	c := must[*Channel](t)(OpenChannel("AAAAAAAAAAAAAAAAAAAAAA"))
	for name, n := range map[string][3]int{
		"n of n": {3, 3, 1}, "none needed": {3, 0, 1}, "trustee 0": {3, 2, 0}, "trustee 4 of 3": {3, 2, 4}, "too many": {65, 2, 1},
	} {
		m.add(CodeThresholdSize, name, func() error { _, err := c.Cert(n[0], n[1], n[2], rand.Reader); return err })
	}
}

func (m mutants) sealedMessages(t testing.TB) {
	a := must[*Channel](t)(OpenChannel("AAAAAAAAAAAAAAAAAAAAAA"))
	b := must[*Channel](t)(OpenChannel("BBBBBBBBBBBBBBBBBBBBBB"))
	sealed := must[string](t)(b.send(a.Encryption, "m", sourceOf(rand.Reader)))
	v := must[value](t)(parseJSON([]byte(sealed))).(object)
	m.add(CodeElementIdentity, "sealing to nobody", func() error {
		_, err := b.send(Identity, "m", sourceOf(rand.Reader))
		return err
	})
	for _, name := range []string{"alpha", "beta"} {
		text := v[name].(string)
		moved := strings.Replace(sealed, text, outside(t, element(t, text)).String(), 1)
		m.add(CodeElementTorsion, name, func() error { _, err := a.receive(moved, b.Verification); return err })
	}
	m.add(CodeElementIdentity, "from nobody", func() error { _, err := a.receive(sealed, Identity); return err })
	inner := signMessage(`{"recipient":"`+a.Encryption.String()+`"}`, b.sign, testScalar(t))
	empty := must[string](t)(seal(a.Encryption, inner.Bytes(), sourceOf(rand.Reader)))
	m.add(CodeThresholdPrivate, "no message", func() error { _, err := a.receive(empty, b.Verification); return err })
}

func (m mutants) ceremonyInputs(t testing.TB) {
	var c []*Channel
	var certs []SignedMessage
	var polynomials []*Polynomial
	for i := range 3 {
		c = append(c, must[*Channel](t)(OpenChannel(must[string](t)(NewChannelSeed(rand.Reader)))))
		certs = append(certs, must[SignedMessage](t)(c[i].Cert(3, 2, i+1, rand.Reader)))
	}
	for i := range c {
		polynomials = append(polynomials, must[*Polynomial](t)(c[i].MakePolynomial(certs, rand.Reader)))
	}
	inputs := must[[]*CeremonyInput](t)(CeremonyInputs(certs, polynomials))
	var outputs []*CeremonyOutput
	for i := range c {
		outputs = append(outputs, must[*CeremonyOutput](t)(c[i].Finish(certs, inputs[i], rand.Reader)))
	}
	forged := *polynomials[1]
	forged.Coefexps.Signature = forged.Signature
	m.add(CodeThresholdCoefexps, "step 4", func() error {
		_, err := CeremonyInputs(certs, []*Polynomial{polynomials[0], &forged, polynomials[2]})
		return err
	})
	m.add(CodeThresholdSignature, "step 5", func() error {
		in := *inputs[0]
		in.Signatures = []Proof{in.Signatures[0], in.Signatures[0], in.Signatures[2]}
		_, err := c[0].Finish(certs, &in, rand.Reader)
		return err
	})
	m.add(CodeThresholdKey, "step 6", func() error {
		_, err := AssembleThreshold(certs, polynomials, []*CeremonyOutput{outputs[1], outputs[1], outputs[2]})
		return err
	})
}

// TestTruncatedNeedsNoMemory: a header that promises 200 MB in a file of 2 kB
// must not make the verifier reserve them.
func TestTruncatedNeedsNoMemory(t *testing.T) {
	b := append(forge(nil), makeHeader(Digest{}.String()+dataSuffix, 1795305030, 200<<20)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Verify(bytes.NewReader(b), int64(len(b)), Options{})
	runtime.ReadMemStats(&after)
	same(t, "code", codeOf(t, err), CodeArchiveTruncated)
	if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 {
		t.Errorf("%d MB were reserved", used>>20)
	}
}

// TestUnverifiedInput: functions that rely on what was verified before still
// refuse what cannot be read.
func TestUnverifiedInput(t *testing.T) {
	b := newBoard(t, sampleQuestions[:1], 1)
	b.cast(0, Votes{{1, 0, 0}})
	b.close()
	b.decrypt(1, 2, 3)
	off := Element{31: 2} // on no curve
	bad := EncryptedTally{{{off, off}, b.tally[0][1], b.tally[0][2]}}
	same(t, "alpha", codeOf(t, b.setup.VerifyShare(bad, 1, b.shares[1])), CodeElementNotOnCurve)
	_, err := b.setup.Combine(bad, b.shares)
	same(t, "beta", codeOf(t, err), CodeElementNotOnCurve)
	p := *b.shares[1]
	p.Factors = [][]Element{{off, off, off}}
	_, err = b.setup.Combine(b.tally, Shares{1: &p, 2: b.shares[2], 3: b.shares[3]})
	same(t, "factor", codeOf(t, err), CodeElementNotOnCurve)
	_, err = ParseElection(make([]byte, maxElection+1))
	same(t, "election", codeOf(t, err), CodeTooLarge)
	_, err = ParseTrustees(make([]byte, maxTrusteesJSON+1))
	same(t, "trustees", codeOf(t, err), CodeTooLarge)
	wrong := PartialDecryption{b.shares[2].Factors, b.shares[1].Proofs}
	_, err = b.setup.ProveShare(b.tally, 1, b.keys[0], &wrong, rand.Reader)
	same(t, "evidence for a wrong share", codeOf(t, err), CodeShareProof)
	evidence := must[Evidence](t)(b.setup.ProveShare(b.tally, 1, b.keys[0], b.shares[1], rand.Reader))
	unproven := PartialDecryption{b.shares[1].Factors, b.shares[2].Proofs}
	same(t, "evidence without the proof", codeOf(t, b.setup.VerifyEvidence(b.tally, 1, &unproven, evidence)), CodeShareProof)
	b.setup.Trustees.Items[0].Single.PublicKey = off
	same(t, "key", codeOf(t, b.setup.VerifyShare(b.tally, 1, b.shares[1])), CodeElementNotOnCurve)
}

func TestOddKeys(t *testing.T) {
	x := testScalar(t)
	var list Trustees
	for _, secret := range []Scalar{x, x.neg()} {
		list.Items = append(list.Items, TrusteeItem{Single: must[*TrusteeKey](t)(proveKey(secret, rand.Reader))})
	}
	key := must[Element](t)(list.Verify())
	same(t, "product", key, Identity)
	e := must[*Election](t)(NewElection(Election{Name: "n", PublicKey: key, Questions: sampleQuestions,
		UUID: must[string](t)(NewUUID(rand.Reader))}))
	_, err := NewSetup(e.Bytes(), list.Bytes(), []byte("[]"))
	same(t, "an election key without a secret", codeOf(t, err), CodeElementIdentity)

	_, err = ParseElection(append(e.Bytes(), "{}"...))
	same(t, "something after the election", codeOf(t, err), CodeElectionForm)
	_, err = ParseSignedMessage([]byte(`{"message":"x"}`))
	same(t, "message without signature", codeOf(t, err), CodeTrusteeForm)
	_, err = ParseTrusteeKey([]byte(`{}`))
	same(t, "empty key", codeOf(t, err), CodeTrusteeForm)

	_, err = ParseTrustees([]byte(`[]`))
	same(t, "no trustee", codeOf(t, err), CodeTrusteeForm)
	_, err = ParseTrustees([]byte(`{}`))
	same(t, "no list", codeOf(t, err), CodeTrusteeForm)
	var many Trustees
	for range maxTrustees + 1 {
		many.Items = append(many.Items, list.Items[0])
	}
	_, err = ParseTrustees(many.Bytes())
	same(t, "too many trustees", codeOf(t, err), CodeTrusteeForm)

	group, _ := ceremony(t, 3, 2)
	group.Keys[1].Signature = nil
	_, err = group.verify()
	same(t, "unsigned key", codeOf(t, err), CodeThresholdKeySigned)

	b := newBoard(t, sampleQuestions[:1], 1)
	v := b.cast(0, Votes{{1, 0, 0}})
	v.Answers[0].Choices = v.Answers[0].Choices[:2]
	same(t, "tally of another shape", codeOf(t, b.setup.NewTally().Add(v)), CodeBallotShape)
}
