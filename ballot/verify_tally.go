package ballot

import "slices"

// readTally compares the tally, and what is said about its size, with the
// ballots: the tool of 3.0 compares nothing and 3.3 only the tally.
func (v *verifier) readTally(tally, sized *record) error {
	if err := v.flush(); err != nil {
		return err
	}
	t, err := ParseEncryptedTally(tally.body)
	if err != nil {
		return err
	}
	s, err := ParseSizedTally(sized.body)
	if err != nil {
		return err
	}
	if s.EncryptedTally != tally.digest && on(CodeEventReference) {
		return refuse(CodeEventReference, "encrypted_tally")
	}
	want, size := v.tally.Records()
	if !slices.EqualFunc(t, want, slices.Equal) {
		if on(CodeTallyDiffers) || !sameShape(t, want) {
			return refuse(CodeTallyDiffers, "")
		}
	}
	if s.NumTallied != size.NumTallied && on(CodeTallyCount) {
		return refuse(CodeTallyCount, "num_tallied")
	}
	if s.TotalWeight != size.TotalWeight && on(CodeTallyWeight) {
		return refuse(CodeTallyWeight, "total_weight")
	}
	v.closed = t
	return nil
}

func sameShape(a, b EncryptedTally) bool {
	return slices.EqualFunc(a, b, func(x, y []Ciphertext) bool { return len(x) == len(y) })
}

func (v *verifier) readShare(share, owned *record) error {
	p, err := ParsePartialDecryption(share.body)
	if err != nil {
		return err
	}
	o, err := ParseOwned(owned.body)
	if err != nil {
		return err
	}
	if o.Payload != share.digest && on(CodeEventReference) {
		return refuse(CodeEventReference, "owned")
	}
	if v.shares[o.Owner] != nil && on(CodeShareRepeated) {
		return refuse(CodeShareRepeated, "owner")
	}
	if err := v.setup.VerifyShare(v.closed, o.Owner, p); err != nil {
		return err
	}
	v.shares[o.Owner] = p
	v.report.Shares = append(v.report.Shares, o.Owner)
	return nil
}

func (v *verifier) readResult(r *record) error {
	result, err := ParseResult(r.body)
	if err != nil {
		return err
	}
	combined, err := v.setup.Combine(v.closed, v.shares) // refuses when shares are missing
	if err != nil {
		return err
	}
	if err := verifyResult(result, combined); err != nil {
		return err
	}
	v.report.Result, v.report.Announced = result, true
	return nil
}

// finish checks that nothing is left over, and completes the report. When
// enough shares are there but no result, it is computed: a trustee can make it
// undecodable with valid proofs, and that must not wait for the announcement.
func (v *verifier) finish() error {
	if len(v.pending) > 0 && on(CodeUnreferenced) {
		return v.locate(refuse(CodeUnreferenced, ""))
	}
	if v.setup == nil {
		return refuse(CodeArchiveEmpty, "")
	}
	r := v.report
	r.State, r.Height, r.Head = v.last, v.height, v.head
	r.Counted, r.CountedWeight = v.tally.count, v.tally.weight
	r.Counting, r.Tally, r.Posted = v.tally, v.closed, v.shares
	if r.Announced || v.closed == nil || !v.setup.Enough(v.shares) {
		return nil
	}
	combined, err := v.setup.Combine(v.closed, v.shares)
	if err != nil {
		return err
	}
	r.Result, err = Decode(combined, v.tally.weight)
	return atEvent(err, v.height)
}
