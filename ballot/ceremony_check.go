package ballot

import "strconv"

// What one trustee hands in can be checked when it comes, so that nobody waits
// for a ceremony that cannot end. These are the checks of the whole, for one.

// CheckCert is step 2 for one trustee; index counts from 1.
func CheckCert(m SignedMessage, size, threshold, index int) error {
	if threshold < 1 || threshold >= size || size > maxTrustees || index < 1 || index > size {
		return refuse(CodeThresholdSize, "")
	}
	_, _, err := checkCert(m, size, threshold, index-1)
	return err
}

// CheckPolynomial checks the public part of what a trustee hands in at step 3.
// Only its recipients can open the sealed values (Finish).
func CheckPolynomial(certs []SignedMessage, index int, p *Polynomial) error {
	list, channel, err := checkCerts(certs, 0)
	if err != nil {
		return err
	}
	if index < 1 || index > len(list) || len(p.Secrets) != len(list) {
		return refuse(CodeThresholdSize, "polynomials["+strconv.Itoa(index-1)+"]")
	}
	_, err = checkCommitments(certs, channel[index-1], list[0].Threshold, index-1, p.Coefexps, p.Signature)
	return err
}

// CheckOutput checks the public key that a trustee hands in at step 5.
func CheckOutput(certs []SignedMessage, polynomials []*Polynomial, index int, o *CeremonyOutput) error {
	list, channel, err := checkCerts(certs, 0)
	if err != nil {
		return err
	}
	if index < 1 || index > len(list) || len(polynomials) != len(list) {
		return refuse(CodeThresholdSize, "polynomials")
	}
	var coefexps []SignedMessage
	var signatures []Proof
	for _, p := range polynomials {
		coefexps, signatures = append(coefexps, p.Coefexps), append(signatures, p.Signature)
	}
	commitments, err := checkCoefexps(certs, channel, list[0].Threshold, coefexps, signatures)
	if err != nil {
		return err
	}
	t := &Threshold{Keys: make([]TrusteeKey, len(list))}
	t.Keys[index-1] = o.PublicKey
	return t.checkKey(index-1, channel[index-1], commitments)
}
