package ballot

// The ceremony's messages in the tool's form, so that a trustee may use either
// program. They are not part of the archive and are read as ordinary JSON.

func ceremonyFields(raw []byte) (*fields, error) {
	v, err := parseJSON(raw)
	if err != nil {
		return nil, &Refusal{Code: CodeTrusteeForm, Event: -1, Err: err}
	}
	return fieldsOf(v), nil
}

func (f *fields) texts(name string) (out []string) {
	for _, v := range f.list(name) {
		s, ok := v.(string)
		if !ok {
			f.miss(name)
		}
		out = append(out, s)
	}
	return out
}

func (f *fields) message(name string) SignedMessage {
	m, bad := signedMessageOf(f.o[name])
	if bad != "" {
		f.miss(name + "." + bad)
	}
	return m
}

func (f *fields) refusal() error {
	if f.bad == "" {
		return nil
	}
	return refuse(CodeTrusteeForm, f.bad)
}

func appendTexts(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		dst = appendString(sep(dst, i), s)
	}
	return append(dst, ']')
}

// Bytes writes the message of step 3.
func (p *Polynomial) Bytes() []byte {
	b := appendString([]byte(`{"polynomial":`), p.Polynomial)
	b = appendTexts(append(b, `,"secrets":`...), p.Secrets)
	b = p.Coefexps.append(append(b, `,"coefexps":`...))
	return append(p.Signature.append(append(b, `,"signature":`...)), '}')
}

// ParsePolynomial reads the message of step 3; CeremonyInputs checks it.
func ParsePolynomial(raw []byte) (*Polynomial, error) {
	f, err := ceremonyFields(raw)
	if err != nil {
		return nil, err
	}
	p := &Polynomial{f.text("polynomial"), f.texts("secrets"), f.message("coefexps"), f.proof("signature")}
	f.only("polynomial", "secrets", "coefexps", "signature")
	return p, f.refusal()
}

// Bytes writes the message of step 4.
func (in *CeremonyInput) Bytes() []byte {
	b := appendString([]byte(`{"polynomial":`), in.Polynomial)
	b = appendTexts(append(b, `,"secrets":`...), in.Secrets)
	b = appendMessages(append(b, `,"coefexps":`...), in.Coefexps)
	return append(appendProofs(append(b, `,"signatures":`...), in.Signatures), '}')
}

// ParseCeremonyInput reads the message of step 4; Finish checks it.
func ParseCeremonyInput(raw []byte) (*CeremonyInput, error) {
	f, err := ceremonyFields(raw)
	if err != nil {
		return nil, err
	}
	in := &CeremonyInput{Polynomial: f.text("polynomial"), Secrets: f.texts("secrets")}
	for _, v := range f.list("coefexps") {
		m, bad := signedMessageOf(v)
		if bad != "" {
			f.miss("coefexps." + bad)
		}
		in.Coefexps = append(in.Coefexps, m)
	}
	for _, v := range f.list("signatures") {
		one := &fields{o: object{"p": v}}
		in.Signatures = append(in.Signatures, one.proof("p"))
		if one.bad != "" {
			f.miss("signatures")
		}
	}
	f.only("polynomial", "secrets", "coefexps", "signatures")
	return in, f.refusal()
}

// Bytes writes the message of step 5.
func (o *CeremonyOutput) Bytes() []byte {
	b := appendString([]byte(`{"private_key":`), o.PrivateKey)
	return append(o.PublicKey.append(append(b, `,"public_key":`...)), '}')
}

// ParseCeremonyOutput reads the message of step 5; AssembleThreshold checks it.
func ParseCeremonyOutput(raw []byte) (*CeremonyOutput, error) {
	f, err := ceremonyFields(raw)
	if err != nil {
		return nil, err
	}
	k, bad := trusteeKeyOf(f.o["public_key"])
	if bad != "" {
		f.miss("public_key." + bad)
	}
	f.only("private_key", "public_key")
	return &CeremonyOutput{f.text("private_key"), *k}, f.refusal()
}
