package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"juwu/ballot"
)

// trustee makes keys. The steps of a threshold ceremony carry the numbers of
// the specification; the files are those of belenios-tool, so that each
// trustee may choose a program.
func (r *ballotRun) trustee(args []string) error {
	steps := map[string]func(*ballotRun, []string) error{
		"new": (*ballotRun).trusteeNew, "1": (*ballotRun).trusteeCert, "2": (*ballotRun).trusteeCerts,
		"3": (*ballotRun).trusteePolynomial, "4": (*ballotRun).trusteeInputs,
		"5": (*ballotRun).trusteeFinish, "6": (*ballotRun).trusteeAssemble,
	}
	if len(args) == 0 || steps[args[0]] == nil {
		return errBallotUsage
	}
	return steps[args[0]](r, args[1:])
}

func (r *ballotRun) trusteeNew(args []string) error {
	out := r.flags.String("out", "", "")
	if _, err := r.parse(args, 0); err != nil || *out == "" {
		return errBallotUsage
	}
	secret, key, err := ballot.NewTrusteeKey(rand.Reader)
	if err != nil {
		return err
	}
	return firstError(writeNew(*out+".privkey", secret.SecretBytes(), secretMode),
		writeNew(*out+".pubkey", key.Bytes(), publicMode))
}

// trusteeCert is step 1: the seed is the trustee's only secret and is copied
// to paper.
func (r *ballotRun) trusteeCert(args []string) error {
	index := r.flags.Int("index", 0, "")
	threshold := r.flags.Int("threshold", 0, "")
	size := r.flags.Int("size", 0, "")
	out := r.flags.String("out", "", "")
	if _, err := r.parse(args, 0); err != nil || *out == "" {
		return errBallotUsage
	}
	seed, err := ballot.NewChannelSeed(rand.Reader)
	if err != nil {
		return err
	}
	c, err := ballot.OpenChannel(seed)
	if err != nil {
		return err
	}
	cert, err := c.Cert(*size, *threshold, *index, rand.Reader)
	if err != nil {
		return err
	}
	return firstError(writeNew(*out+".key", []byte(seed+"\n"), secretMode),
		writeNew(*out+".cert", append(cert.Bytes(), '\n'), publicMode))
}

// lines reads a file with one object per line.
func (r *ballotRun) lines(name string) ([][]byte, error) {
	raw, err := r.read(name)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSpace(raw), []byte("\n")), nil
}

// each reads one object per line of a file with the parser of that object.
func each[T any](r *ballotRun, name string, parse func([]byte) (T, error)) ([]T, error) {
	lines, err := r.lines(name)
	if err != nil {
		return nil, err
	}
	var out []T
	for _, line := range lines {
		v, err := parse(line)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *ballotRun) trusteeCerts(args []string) error {
	file := r.flags.String("certs", "", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	certs, err := each(r, *file, ballot.ParseSignedMessage)
	if err != nil {
		return err
	}
	list, err := ballot.CheckCerts(certs)
	if err != nil {
		return err
	}
	for _, c := range list {
		_, _ = fmt.Fprintf(r.stdout, "%d/%d/%d %s\n", c.Index, c.Threshold, c.Size, c.Verification)
	}
	return nil
}

// channel opens the trustee's own seed.
func (r *ballotRun) channel(file string) (*ballot.Channel, error) {
	seed, err := r.read(file)
	if err != nil {
		return nil, err
	}
	return ballot.OpenChannel(strings.TrimSpace(string(seed)))
}

func (r *ballotRun) trusteePolynomial(args []string) error {
	key := r.flags.String("key", "", "")
	file := r.flags.String("certs", "", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	certs, err1 := each(r, *file, ballot.ParseSignedMessage)
	c, err2 := r.channel(*key)
	if err := firstError(err1, err2); err != nil {
		return err
	}
	p, err := c.MakePolynomial(certs, rand.Reader)
	if err == nil {
		_, _ = fmt.Fprintf(r.stdout, "%s\n", p.Bytes())
	}
	return err
}

func (r *ballotRun) trusteeInputs(args []string) error {
	certFile := r.flags.String("certs", "", "")
	polynomialFile := r.flags.String("polynomials", "", "")
	out := r.flags.String("out", "", "")
	if _, err := r.parse(args, 0); err != nil || *out == "" {
		return errBallotUsage
	}
	certs, err1 := each(r, *certFile, ballot.ParseSignedMessage)
	polynomials, err2 := each(r, *polynomialFile, ballot.ParsePolynomial)
	if err := firstError(err1, err2); err != nil {
		return err
	}
	inputs, err := ballot.CeremonyInputs(certs, polynomials)
	if err != nil {
		return err
	}
	for i, in := range inputs {
		if err := writeNew(*out+strconv.Itoa(i+1)+".vinput", append(in.Bytes(), '\n'), publicMode); err != nil {
			return err
		}
	}
	return nil
}

func (r *ballotRun) trusteeFinish(args []string) error {
	key := r.flags.String("key", "", "")
	certFile := r.flags.String("certs", "", "")
	file := r.flags.String("input", "", "")
	out := r.flags.String("out", "", "")
	if _, err := r.parse(args, 0); err != nil || *out == "" {
		return errBallotUsage
	}
	certs, err1 := each(r, *certFile, ballot.ParseSignedMessage)
	c, err2 := r.channel(*key)
	raw, err3 := r.read(*file)
	if err := firstError(err1, err2, err3); err != nil {
		return err
	}
	in, err := ballot.ParseCeremonyInput(raw)
	if err != nil {
		return err
	}
	made, err := c.Finish(certs, in, rand.Reader)
	if err != nil {
		return err
	}
	return firstError(writeNew(*out+".dkey", []byte(made.PrivateKey+"\n"), secretMode),
		writeNew(*out+".voutput", append(made.Bytes(), '\n'), publicMode))
}

func (r *ballotRun) trusteeAssemble(args []string) error {
	certFile := r.flags.String("certs", "", "")
	polynomialFile := r.flags.String("polynomials", "", "")
	outputFile := r.flags.String("outputs", "", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	certs, err1 := each(r, *certFile, ballot.ParseSignedMessage)
	polynomials, err2 := each(r, *polynomialFile, ballot.ParsePolynomial)
	outputs, err3 := each(r, *outputFile, ballot.ParseCeremonyOutput)
	if err := firstError(err1, err2, err3); err != nil {
		return err
	}
	t, err := ballot.AssembleThreshold(certs, polynomials, outputs)
	if err == nil {
		_, _ = fmt.Fprintf(r.stdout, "%s\n", t.Bytes())
	}
	return err
}
