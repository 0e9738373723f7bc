package ballot

import "filippo.io/edwards25519"

// Setup is the part of an archive that is fixed before the first ballot, fully
// verified, with the tables that make verifying ballots fast. It is safe for
// use by many goroutines.
type Setup struct {
	Election    *Election
	Trustees    *Trustees
	Credentials *Credentials

	rawTrustees    []byte
	rawCredentials []byte
	weights        map[Element]int64
	publicKey      *edwards25519.Point
	keyTable       *fixedBase
}

// NewSetup verifies the three documents and that they belong together.
func NewSetup(election, trustees, credentials []byte) (*Setup, error) {
	e, err := ParseElection(election)
	if err != nil {
		return nil, err
	}
	t, err := ParseTrustees(trustees)
	if err != nil {
		return nil, err
	}
	key, err := t.Verify()
	if err != nil {
		return nil, err
	}
	if key != e.PublicKey && on(CodeElectionKey) {
		return nil, refuse(CodeElectionKey, "public_key")
	}
	y, code := e.PublicKey.key()
	if code != "" {
		return nil, refuse(code, "public_key")
	}
	c, err := ParseCredentials(credentials)
	if err != nil {
		return nil, err
	}
	s := &Setup{Election: e, Trustees: t, Credentials: c, rawTrustees: trustees, rawCredentials: credentials,
		weights: make(map[Element]int64, len(c.List)), publicKey: y, keyTable: newFixedBase(y)}
	for _, x := range c.List {
		s.weights[x.Public] = x.Weight
	}
	return s, nil
}

// Weight returns the weight of a public credential and whether it is listed.
func (s *Setup) Weight(credential Element) (int64, bool) {
	w, ok := s.weights[credential]
	return w, ok
}

// Checksums are the values that the public page and the notice show, so that
// people can compare what they see (section 12).
type Checksums struct {
	Election    Digest `json:"election"`
	Trustees    Digest `json:"trustees"`
	Credentials Digest `json:"credentials"`
}

// Checksums hashes the three documents.
func (s *Setup) Checksums() Checksums {
	return Checksums{DigestOf(s.Election.raw), DigestOf(s.rawTrustees), DigestOf(s.rawCredentials)}
}
