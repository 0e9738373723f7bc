package ballot

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seeds gives a fuzz target every record of the samples that its parser
// accepts, so that it starts from whole objects.
func seeds(f *testing.F, accepts func([]byte) bool) {
	f.Helper()
	for _, name := range []string{"basic/election.bel.gz", "threshold/election.bel.gz", "mini/election.bel.gz"} {
		data, _, _ := records(f, sample(f, name))
		for _, raw := range data {
			if accepts(raw) {
				f.Add(raw)
			}
		}
	}
}

// fuzzCanonical demands that whatever a parser accepts is written back as the
// same bytes: what was hashed and what was understood cannot differ.
func fuzzCanonical[T any](f *testing.F, parse func([]byte) (T, error), encode func(T) []byte) {
	f.Helper()
	seeds(f, func(raw []byte) bool { _, err := parse(raw); return err == nil })
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := parse(raw)
		if err != nil {
			codeOf(t, err) // every error is a refusal
			return
		}
		if got := encode(v); !bytes.Equal(got, raw) {
			t.Fatalf("read %q, wrote %q", raw, got)
		}
	})
}

// fuzzStable is for what is read as ordinary JSON: writing and reading again
// must give the same value.
func fuzzStable[T any](f *testing.F, parse func([]byte) (T, error), encode func(T) []byte) {
	f.Helper()
	seeds(f, func(raw []byte) bool { _, err := parse(raw); return err == nil })
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := parse(raw)
		if err != nil {
			codeOf(t, err)
			return
		}
		again, err := parse(encode(v))
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, encode(v), err)
		}
		if diff := cmp.Diff(v, again, cmp.AllowUnexported()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzScalar(f *testing.F) {
	f.Add([]byte("0"))
	f.Add([]byte("7237005577332262213973186563042994240857116359379907606001950938285454250988"))
	fuzzCanonical(f, ParseScalar, func(s Scalar) []byte { return []byte(s.String()) })
}

func FuzzElement(f *testing.F) {
	f.Add([]byte(Generator.String()))
	fuzzCanonical(f, ParseElement, func(e Element) []byte { return []byte(e.String()) })
}

// FuzzDecode: an element that decodes encodes to itself, and the membership
// test agrees with the library.
func FuzzDecode(f *testing.F) {
	f.Add(Generator[:])
	f.Add(Identity[:])
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) != len(Element{}) {
			return
		}
		e := Element(raw)
		p, code := e.decode()
		if code != "" {
			return
		}
		if elementOf(p) != e {
			t.Fatalf("%s decodes and encodes as %s", e, elementOf(p))
		}
		l := power(p, smallScalar(1).neg()) // (l-1)*P
		inGroup := elementOf(l.Add(l, p)) == Identity
		if _, code := e.member(); (code == "") != inGroup {
			t.Fatalf("%s: member %q, library %v", e, code, inGroup)
		}
	})
}

func FuzzBallot(f *testing.F) { fuzzCanonical(f, ParseBallot, (*Ballot).Bytes) }

func FuzzEvent(f *testing.F) { fuzzCanonical(f, ParseEvent, Event.Bytes) }

func FuzzSetupData(f *testing.F) { fuzzCanonical(f, parseSetupData, setupData.bytes) }

func FuzzCredentials(f *testing.F) { fuzzCanonical(f, ParseCredentials, (*Credentials).Bytes) }

func FuzzEncryptedTally(f *testing.F) {
	fuzzCanonical(f, ParseEncryptedTally, EncryptedTally.Bytes)
}

func FuzzSizedTally(f *testing.F) { fuzzCanonical(f, ParseSizedTally, SizedTally.Bytes) }

func FuzzPartialDecryption(f *testing.F) {
	fuzzCanonical(f, ParsePartialDecryption, (*PartialDecryption).Bytes)
}

func FuzzOwned(f *testing.F) { fuzzCanonical(f, ParseOwned, Owned.Bytes) }

func FuzzResult(f *testing.F) { fuzzCanonical(f, ParseResult, Result.Bytes) }

func FuzzEvidence(f *testing.F) {
	f.Add([]byte(`{"evidence":[[{"challenge":"1","response":"2"}]]}`))
	fuzzCanonical(f, func(raw []byte) (Evidence, error) {
		if bytes.HasSuffix(raw, []byte("\n")) {
			return nil, refuse(CodeSyntax, "") // a file's last newline is not written back
		}
		return ParseEvidence(raw)
	}, Evidence.Bytes)
}

func FuzzOpening(f *testing.F) {
	f.Add([]byte(`{"votes":[[0,1]],"randomness":[["1","2"]]}`))
	fuzzCanonical(f, func(raw []byte) (*Opening, error) {
		if bytes.HasSuffix(raw, []byte("\n")) {
			return nil, refuse(CodeSyntax, "")
		}
		return ParseOpening(raw)
	}, (*Opening).Bytes)
}

func FuzzCert(f *testing.F) {
	m := must[SignedMessage](f)(ParseSignedMessage(sample(f, "threshold/T1.cert")))
	f.Add([]byte(m.Message))
	fuzzCanonical(f, func(b []byte) (Cert, error) { return parseCert(string(b)) },
		func(k Cert) []byte { return []byte(k.message()) })
}

func FuzzCoefexps(f *testing.F) {
	f.Add([]byte(`{"coefexps":["` + Generator.String() + `"]}`))
	fuzzCanonical(f, func(b []byte) ([]Element, error) { return parseCoefexps(string(b)) },
		func(list []Element) []byte { return []byte(coefexpsMessage(list)) })
}

func FuzzTrustees(f *testing.F) { fuzzStable(f, ParseTrustees, (*Trustees).Bytes) }

func FuzzTrusteeKey(f *testing.F) {
	f.Add(bytes.TrimSpace(sample(f, "basic/trustee1.pubkey")))
	fuzzStable(f, ParseTrusteeKey, (*TrusteeKey).Bytes)
}

func FuzzSignedMessage(f *testing.F) {
	f.Add(sample(f, "threshold/T1.cert"))
	fuzzStable(f, ParseSignedMessage, func(m SignedMessage) []byte { return m.Bytes() })
}

func FuzzPolynomial(f *testing.F) {
	f.Add(bytes.Split(sample(f, "threshold/polynomials.jsons.gz"), []byte("\n"))[0])
	fuzzStable(f, ParsePolynomial, (*Polynomial).Bytes)
}

func FuzzCeremonyInput(f *testing.F) {
	f.Add(sample(f, "threshold/T1.vinput.gz"))
	fuzzStable(f, ParseCeremonyInput, (*CeremonyInput).Bytes)
}

func FuzzCeremonyOutput(f *testing.F) {
	f.Add(sample(f, "threshold/T1.voutput"))
	fuzzStable(f, ParseCeremonyOutput, (*CeremonyOutput).Bytes)
}

// FuzzElection: the fingerprint is of the bytes that were read, so it is left
// out of the comparison.
func FuzzElection(f *testing.F) {
	parse := func(raw []byte) (Election, error) {
		e, err := ParseElection(raw)
		if err != nil {
			return Election{}, err
		}
		e.raw, e.Fingerprint = nil, ""
		return *e, nil
	}
	seeds(f, func(raw []byte) bool { _, err := parse(raw); return err == nil })
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := parse(raw)
		if err != nil {
			codeOf(t, err)
			return
		}
		again, err := parse(e.encode())
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, e.encode(), err)
		}
		if diff := cmp.Diff(e, again, cmp.AllowUnexported(Election{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzArchive: no bytes make the verifier panic, and what it accepts it accepts
// only whole: without its last byte it is refused.
func FuzzArchive(f *testing.F) {
	f.Add(sample(f, "mini/setup-only.bel.gz"))
	f.Add(sample(f, "negative/positive-python-ballot.bel.gz"))
	f.Add(forge(nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := verifyBytes(raw); err != nil {
			codeOf(t, err)
			return
		}
		if _, err := verifyBytes(raw[:len(raw)-1]); err == nil {
			t.Fatal("a truncated archive is accepted")
		}
	})
}

// FuzzPrivateMessage: nothing that a trustee is sent makes the software panic.
func FuzzPrivateMessage(f *testing.F) {
	c := must[*Channel](f)(OpenChannel(string(bytes.TrimSpace(sample(f, "threshold/T1.key")))))
	f.Add(string(bytes.TrimSpace(sample(f, "threshold/T1.dkey"))))
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := c.OpenDecryptionKey(text); err != nil {
			codeOf(t, err)
		}
	})
}

// FuzzDataRecords: a stored piece that was spoilt is refused or read, and never
// leads beyond itself.
func FuzzDataRecords(f *testing.F) {
	whole := sample(f, "mini/setup-only.bel.gz")
	f.Add(whole)
	f.Add(whole[2*blockSize:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, piece []byte) {
		records, err := DataRecords(piece)
		total := 0
		for _, r := range records {
			total += len(r)
		}
		if err == nil && total > len(piece) {
			t.Errorf("%d bytes of records in a piece of %d", total, len(piece))
		}
	})
}

func FuzzExclusionList(f *testing.F) {
	x := ExclusionList{UUID: "fjxRDg51Z4nDdu", Ballots: []Digest{{1}, {2}}, Voters: 1, Signers: []Signer{{"electoral", "甲", 1}, {"supervision", "乙", 2}}}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	x.Sign(key)
	f.Add(x.Bytes())
	x.Sign(key, NewSuccession(key, x.Key))
	f.Add(x.Bytes())
	fuzzCanonical(f, ParseExclusionList, (*ExclusionList).Bytes)
}
