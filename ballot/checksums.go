package ballot

import "strconv"

// ToolChecksums is what belenios-tool 3.3 prints for `compute-checksums`
// (section 12), byte for byte, so that an auditor can lay both side by side.
func (r *Report) ToolChecksums() []byte {
	b := appendElement([]byte(`{"election":`), Element(r.Checksums.Election))
	b = append(b, `,"trustees":[`...)
	n := 0
	for _, item := range r.Setup.Trustees.Items {
		if item.Single != nil {
			b = append(sep(b, n), `{"checksum":`...)
			b = append(appendKeySum(b, item.Single.PublicKey), '}')
			n++
		}
	}
	b = append(b, `],"trustees_threshold":[`...)
	n = 0
	for _, item := range r.Setup.Trustees.Items {
		if item.Pedersen != nil {
			b = item.Pedersen.appendChecksums(sep(b, n))
			n++
		}
	}
	b = strconv.AppendInt(append(b, `],"num_voters":`...), int64(r.Voters), 10)
	if c := r.Setup.Credentials; c.Weighted {
		b = c.appendWeights(b)
	}
	b = appendElement(append(b, `,"public_credentials":`...), Element(r.Checksums.Credentials))
	if r.Tally != nil {
		b = appendElement(append(b, `,"encrypted_tally":`...), Element(DigestOf(r.Tally.Bytes())))
	}
	if r.Announced {
		b = appendElement(append(b, `,"final":`...), Element(r.Head))
	}
	return append(b, '}')
}

// appendKeySum hashes an element as the JSON string it is, with its quotes.
func appendKeySum(b []byte, key Element) []byte {
	return appendElement(b, Element(DigestOf(appendElement(nil, key))))
}

func (t *Threshold) appendChecksums(b []byte) []byte {
	b = append(b, `{"trustees":[`...)
	for i := range t.Keys {
		// The tool names the channel keys by the hash of the whole certificate.
		b = append(sep(b, i), `{"pki_key":`...)
		b = appendElement(b, Element(DigestOf([]byte(t.Certs[i].Message))))
		b = append(b, `,"verification_key":`...)
		b = append(appendKeySum(b, t.Keys[i].PublicKey), '}')
	}
	b = strconv.AppendInt(append(b, `],"threshold":`...), int64(t.Threshold), 10)
	return append(b, '}')
}

func (l *Credentials) appendWeights(b []byte) []byte {
	total, least, most := int64(0), int64(MaxWeight), int64(0)
	for _, x := range l.List {
		total, least, most = total+x.Weight, min(least, x.Weight), max(most, x.Weight)
	}
	b = appendCount(append(b, `,"weights":{"total":`...), total)
	b = appendCount(append(b, `,"min":`...), least)
	return append(appendCount(append(b, `,"max":`...), most), '}')
}
