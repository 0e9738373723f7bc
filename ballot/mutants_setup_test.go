package ballot

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
)

// documents forges election, trustees and credentials.
func (m mutants) documents(t testing.TB) {
	b := newBoard(t, sampleQuestions[:1], 1, 2)
	docs := [3]string{string(b.setup.Election.raw), string(b.setup.rawTrustees), string(b.setup.rawCredentials)}
	forged := func(code Code, name string, doc int, old, new string) {
		d := docs
		if d[doc] = strings.Replace(d[doc], old, new, 1); d[doc] == docs[doc] {
			t.Fatalf("%s: nothing was changed", name)
		}
		m.add(code, name, func() error { _, err := NewSetup([]byte(d[0]), []byte(d[1]), []byte(d[2])); return err })
	}
	forged(CodeElectionVersion, "version 2", 0, `"version":1`, `"version":2`)
	forged(CodeElectionGroup, "another group", 0, `"Ed25519"`, `"Ed25518"`)
	forged(CodeElectionForm, "name missing", 0, `"name"`, `"nam"`)
	forged(CodeElectionForm, "a field twice", 0, `"name":`, `"name":"x","name":`)
	forged(CodeElectionForm, "not UTF-8", 0, `"name":"`, "\"name\":\"\xff")
	forged(CodeElectionForm, "something after it", 0, "}]", "}]} {")
	forged(CodeElectionForm, "too deep", 0, `"name"`, `"x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`,"name"`)
	forged(CodeElectionForm, "uuid", 0, b.setup.Election.UUID, "0OIl0OIl0OIl0OIl")
	forged(CodeElectionQuestion, "more than there are", 0, `"max":1`, `"max":4`)
	forged(CodeElectionQuestion, "min above max", 0, `"min":1`, `"min":2`)
	forged(CodeElectionQuestion, "none", 0, `"questions":[{`, `"questions":[],"q":[{`)
	forged(CodeElectionQuestion, "counted by mixing", 0, `{"answers"`, `{"type":"Lists","answers"`)
	forged(CodeElectionQuestion, "blank is no truth value", 0, `{"answers"`, `{"blank":1,"answers"`)
	forged(CodeElectionQuestion, "no answers", 0, `"answers":[`, `"answers":[],"a":[`)
	forged(CodeElectionKey, "another key", 0, b.setup.Election.PublicKey.String(), Generator.String())
	forged(CodeTrusteeForm, "no list", 1, `[`, `"x`)
	forged(CodeTrusteeForm, "kind", 1, `"Single"`, `"Double"`)
	forged(CodeTrusteeForm, "unknown field", 1, `{"pok"`, `{"x":1,"pok"`)
	forged(CodeTrusteeForm, "signed single", 1, `{"pok"`, `{"signature":{"challenge":"1","response":"1"},"pok"`)
	forged(CodeTrusteeForm, "an unknown field in a group", 1, `"certs":[{`, `"certs":[],"x":[{`)
	list := b.setup.Credentials.List
	second := list[1].Public.String()
	one := list[0].Public.String()
	parse := func(text string) func() error {
		return func() error { _, err := ParseCredentials([]byte(text)); return err }
	}
	m.add(CodeCredentialWeights, "one without", parse(`["`+one+`,1","`+second+`"]`))
	m.add(CodeCredentialWeightForm, "zeros", parse(`["`+one+`,01"]`))
	m.add(CodeCredentialWeightForm, "too heavy", parse(`["`+one+`,99999999999999"]`))
	m.add(CodeCredentialWeightForm, "sum", func() error {
		var list []string
		for range 20 {
			list = append(list, `"`+public(testScalar(t)).String()+`,68719476736"`)
		}
		return parse("[" + strings.Join(list, ",") + "]")()
	})
	m.add(CodeCredentialLogin, "with weight", parse(`["`+one+`,1,anna"]`))
	m.add(CodeElementIdentity, "credential", parse(`["`+Identity.String()+`"]`))
	m.add(CodeElementForm, "credential", parse(`["12"]`))
	m.add(CodeCredentialForm, "private", func() error { _, err := DeriveCredential(b.setup.Election.UUID, "abc"); return err })
	m.add(CodeCredentialForm, "digit left out of base58", func() error {
		_, err := DeriveCredential(b.setup.Election.UUID, "AAAAA-AAAAAA-AAAAA-AAAAA0")
		return err
	})
	m.add(CodeCredentialForm, "seed", func() error { _, err := OpenChannel("short"); return err })
}

// ceremonies forges what trustees send each other and what they publish.
func (m mutants) ceremonies(t testing.TB) {
	c := make([]*Channel, 3)
	certs := make([]SignedMessage, 3)
	for i := range c {
		c[i] = must[*Channel](t)(OpenChannel(must[string](t)(NewChannelSeed(rand.Reader))))
		certs[i] = must[SignedMessage](t)(c[i].Cert(3, 2, i+1, rand.Reader))
	}
	var polynomials []*Polynomial
	for i := range c {
		polynomials = append(polynomials, must[*Polynomial](t)(c[i].MakePolynomial(certs, rand.Reader)))
	}
	inputs := must[[]*CeremonyInput](t)(CeremonyInputs(certs, polynomials))
	var outputs []*CeremonyOutput
	for i := range c {
		outputs = append(outputs, must[*CeremonyOutput](t)(c[i].Finish(certs, inputs[i], rand.Reader)))
	}
	m.certs(t, c, certs)
	m.publicParts(t, c, must[*Threshold](t)(AssembleThreshold(certs, polynomials, outputs)))
	m.privateParts(t, c, certs, inputs[0])
	m.fixed(CodeThresholdSize, "a polynomial missing", func() error {
		_, err := CeremonyInputs(certs, polynomials[:2])
		return err
	})
	m.fixed(CodeThresholdSize, "an output missing", func() error {
		_, err := AssembleThreshold(certs, polynomials, outputs[:2])
		return err
	})
	m.fixed(CodeThresholdSize, "a secret missing", func() error {
		p := *polynomials[0]
		p.Secrets = p.Secrets[:2]
		_, err := CeremonyInputs(certs, []*Polynomial{&p, polynomials[1], polynomials[2]})
		return err
	})
	m.fixed(CodeThresholdCert, "a stranger's polynomial", func() error {
		stranger := must[*Channel](t)(OpenChannel(must[string](t)(NewChannelSeed(rand.Reader))))
		_, err := stranger.MakePolynomial(certs, rand.Reader)
		return err
	})
}

func (m mutants) certs(t testing.TB, c []*Channel, certs []SignedMessage) {
	check := func(list []SignedMessage) func() error {
		return func() error { _, err := CheckCerts(list); return err }
	}
	forged := slices.Clone(certs)
	forged[1].Signature.Response = forged[1].Signature.Response.add(smallScalar(1))
	m.add(CodeThresholdCert, "signature", check(forged))
	elsewhere := slices.Clone(certs)
	elsewhere[1] = must[SignedMessage](t)(c[1].Cert(3, 2, 3, rand.Reader))
	m.add(CodeThresholdContext, "another place", check(elsewhere))
	another := slices.Clone(certs)
	another[1] = must[SignedMessage](t)(c[1].Cert(3, 1, 2, rand.Reader))
	m.add(CodeThresholdContext, "another threshold", check(another))
	all := make([]SignedMessage, len(certs))
	for i := range all {
		k := Cert{3, 3, i + 1, c[i].Verification, c[i].Encryption}
		all[i] = signMessage(k.message(), c[i].sign, testScalar(t))
	}
	m.add(CodeThresholdSize, "three of three", check(all))
	small := slices.Clone(certs)
	k := Cert{3, 2, 2, c[1].Verification, elementOf(lowOrder(t))}
	small[1] = signMessage(k.message(), c[1].sign, testScalar(t))
	m.add(CodeElementTorsion, "encryption key", check(small))
}

func (m mutants) publicParts(t testing.TB, c []*Channel, good *Threshold) {
	forged := func(code Code, name string, change func(*Threshold)) {
		x := *good
		x.Coefexps, x.Signatures, x.Keys = slices.Clone(x.Coefexps), slices.Clone(x.Signatures), slices.Clone(x.Keys)
		change(&x)
		do := func() error { _, err := x.verify(); return err }
		if code == CodeThresholdSize {
			m.fixed(code, name, do)
			return
		}
		m.add(code, name, do)
	}
	one := smallScalar(1)
	forged(CodeThresholdCoefexps, "signature", func(x *Threshold) {
		x.Coefexps[1].Signature.Response = x.Coefexps[1].Signature.Response.add(one)
	})
	forged(CodeThresholdSignature, "other certs were shown", func(x *Threshold) { x.Signatures[1] = x.Signatures[0] })
	forged(CodeThresholdKey, "the key of another", func(x *Threshold) { x.Keys[1] = x.Keys[0] })
	forged(CodeThresholdKeySigned, "signed by another", func(x *Threshold) { x.Keys[1].Signature = x.Keys[0].Signature })
	forged(CodeTrusteeProof, "verification key", func(x *Threshold) { x.Keys[1].PoK.Response = x.Keys[1].PoK.Response.add(one) })
	forged(CodeElementTorsion, "coefexps", func(x *Threshold) {
		list := must[[]Element](t)(parseCoefexps(x.Coefexps[1].Message))
		p := mustPoint(t, list[1])
		list[1] = elementOf(p.Add(p, lowOrder(t)))
		x.Coefexps[1] = signMessage(coefexpsMessage(list), c[1].sign, testScalar(t))
	})
	forged(CodeThresholdSize, "a key less", func(x *Threshold) { x.Keys = x.Keys[:2] })
	forged(CodeThresholdSize, "a coefficient less", func(x *Threshold) {
		list := must[[]Element](t)(parseCoefexps(x.Coefexps[1].Message))
		x.Coefexps[1] = signMessage(coefexpsMessage(list[:1]), c[1].sign, testScalar(t))
	})
}

func (m mutants) privateParts(t testing.TB, c []*Channel, certs []SignedMessage, in *CeremonyInput) {
	receive := func(text string) func() error {
		return func() error { _, err := c[0].receive(text, c[1].Verification); return err }
	}
	sealed := func(s string, err error) string { return must[string](t)(s, err) }
	src := func() *source { return sourceOf(rand.Reader) }
	m.add(CodeThresholdPrivate, "no object", receive("x"))
	m.add(CodeThresholdPrivate, "for another key", receive(sealed(c[1].send(c[2].Encryption, "m", src()))))
	m.add(CodeThresholdPrivate, "other algorithm", receive(strings.Replace(sealed(c[1].send(c[0].Encryption, "m", src())), "AES-GCM", "AES-CCM", 1)))
	m.add(CodeThresholdPrivate, "no decryption key inside", func() error {
		_, err := c[0].OpenDecryptionKey(sealed(c[0].send(c[0].Encryption, `{"x":"1"}`, src())))
		return err
	})
	m.add(CodeThresholdSender, "signed by another", receive(sealed(c[2].send(c[0].Encryption, "m", src()))))
	passedOn := signMessage(`{"recipient":"`+c[2].Encryption.String()+`","message":"m"}`, c[1].sign, testScalar(t))
	m.add(CodeThresholdRecipient, "passed on", receive(sealed(seal(c[0].Encryption, passedOn.Bytes(), src()))))
	m.add(CodeThresholdShare, "a wrong value", func() error {
		x := *in
		x.Secrets = slices.Clone(x.Secrets)
		x.Secrets[1] = sealed(c[1].send(c[0].Encryption, `{"secret":"5"}`, src()))
		_, err := c[0].Finish(certs, &x, rand.Reader)
		return err
	})
	m.fixed(CodeThresholdSize, "a received secret missing", func() error {
		x := *in
		x.Secrets = x.Secrets[:2]
		_, err := c[0].Finish(certs, &x, rand.Reader)
		return err
	})
}
