package ballot

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"testing"
)

// TestToolsCeremony takes the files of a ceremony that belenios-tool 3.3 ran:
// what the server passes on and what it publishes must be the tool's bytes, and
// each trustee must find the same key with this package.
func TestToolsCeremony(t *testing.T) {
	lines := func(name string) [][]byte {
		return bytes.Split(bytes.TrimSpace(sample(t, "threshold/"+name)), []byte("\n"))
	}
	file := func(i int, suffix string) string {
		return string(bytes.TrimSpace(sample(t, "threshold/T"+strconv.Itoa(i+1)+suffix)))
	}
	var certs []SignedMessage
	var polynomials []*Polynomial
	var outputs []*CeremonyOutput
	for i, raw := range lines("certs.jsons") {
		certs = append(certs, must[SignedMessage](t)(ParseSignedMessage(raw)))
		same(t, "cert", string(certs[i].Bytes()), file(i, ".cert"))
	}
	for i, raw := range lines("polynomials.jsons.gz") {
		polynomials = append(polynomials, must[*Polynomial](t)(ParsePolynomial(raw)))
		same(t, "polynomial", string(polynomials[i].Bytes()), string(raw))
		outputs = append(outputs, must[*CeremonyOutput](t)(ParseCeremonyOutput([]byte(file(i, ".voutput")))))
		same(t, "output", string(outputs[i].Bytes()), file(i, ".voutput"))
	}
	for i, in := range must[[]*CeremonyInput](t)(CeremonyInputs(certs, polynomials)) {
		same(t, "input", string(in.Bytes()), file(i, ".vinput.gz"))
		c := must[*Channel](t)(OpenChannel(file(i, ".key")))
		out := must[*CeremonyOutput](t)(c.Finish(certs, in, rand.Reader))
		same(t, "key", out.PublicKey.PublicKey, outputs[i].PublicKey.PublicKey)
		mine := must[Scalar](t)(c.OpenDecryptionKey(out.PrivateKey))
		same(t, "decryption key", mine, must[Scalar](t)(c.OpenDecryptionKey(file(i, ".dkey"))))
	}
	group := must[*Threshold](t)(AssembleThreshold(certs, polynomials, outputs))
	same(t, "threshold.json", string(group.Bytes()), string(bytes.TrimSpace(sample(t, "threshold/threshold.json"))))
}

// TestThresholdSizes: any threshold below the number works, with any shares.
func TestThresholdSizes(t *testing.T) {
	for _, c := range []struct{ n, threshold int }{{2, 1}, {3, 2}, {5, 3}} {
		group, secrets := ceremony(t, c.n, c.threshold)
		key := must[Element](t)((&Trustees{Items: []TrusteeItem{{Pedersen: group}}}).Verify())
		var set []int
		for j := c.n; j > c.n-c.threshold; j-- { // the last ones
			set = append(set, j)
		}
		var secret Scalar
		for _, j := range set {
			secret = secret.add(lagrange(set, j).mul(secrets[j-1]))
		}
		same(t, "key", public(secret), key)
	}
}

// TestCeremonyStepsKnowTheirSeats: what one trustee hands in is checked for a
// seat of this group and no other.
func TestCeremonyStepsKnowTheirSeats(t *testing.T) {
	c := must[*Channel](t)(OpenChannel(must[string](t)(NewChannelSeed(rand.Reader))))
	var certs []SignedMessage
	var polynomials []*Polynomial
	for i := range 3 {
		certs = append(certs, must[SignedMessage](t)(c.Cert(3, 2, i+1, rand.Reader)))
	}
	for range certs {
		polynomials = append(polynomials, must[*Polynomial](t)(c.MakePolynomial(certs, rand.Reader)))
	}
	for _, x := range []struct{ size, threshold, index int }{{3, 0, 1}, {3, 3, 1}, {maxTrustees + 1, 2, 1}, {3, 2, 0}, {3, 2, 4}} {
		if err := CheckCert(certs[0], x.size, x.threshold, x.index); codeOf(t, err) != CodeThresholdSize {
			t.Errorf("seat %d of a group of %d with threshold %d: %v", x.index, x.size, x.threshold, err)
		}
	}
	for _, seat := range []int{0, 4} {
		if err := CheckPolynomial(certs, seat, polynomials[0]); codeOf(t, err) != CodeThresholdSize {
			t.Errorf("polynomial of seat %d: %v", seat, err)
		}
		if err := CheckOutput(certs, polynomials, seat, new(CeremonyOutput)); codeOf(t, err) != CodeThresholdSize {
			t.Errorf("output of seat %d: %v", seat, err)
		}
	}
	short := *polynomials[0]
	short.Secrets = short.Secrets[1:]
	if err := CheckPolynomial(certs, 1, &short); codeOf(t, err) != CodeThresholdSize {
		t.Errorf("a secret is missing: %v", err)
	}
	if err := CheckOutput(certs, polynomials[1:], 1, new(CeremonyOutput)); codeOf(t, err) != CodeThresholdSize {
		t.Errorf("a polynomial is missing: %v", err)
	}
}
