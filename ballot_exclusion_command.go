package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"os"
	"strings"

	"juwu/ballot"
	"juwu/internal/problem"
)

// Where a paper vote overrides an electronic one: the board is ended and left
// as everybody saw it; the count is made on a second archive without the
// ballots of those who voted on paper; `verify --board` compares the two.

// end ends voting on a board without tallying it.
func (r *ballotRun) end(args []string) error {
	out := r.flags.String("out", "", "")
	words, err := r.parse(args, 1)
	if err != nil || *out == "" {
		return errBallotUsage
	}
	b, err := r.board(words[0])
	if err != nil {
		return err
	}
	defer func() { _ = b.file.Close() }()
	if err := b.add(b.chain.EndBallots()); err != nil {
		return err
	}
	return b.save(*out)
}

// without writes the second archive. The list holds one tracker per line; all
// ballots of the same credential go, so that no replaced vote comes back.
func (r *ballotRun) without(args []string) error {
	list := r.flags.String("list", "", "")
	out := r.flags.String("out", "", "")
	words, err := r.parse(args, 1)
	if err != nil || *out == "" {
		return errBallotUsage
	}
	raw, err := r.read(*list)
	if err != nil {
		return err
	}
	if _, err := r.archive(words[0], ""); err != nil {
		return err
	}
	f, size, err := openSized(words[0])
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	credentials, err := r.credentialsOf(f, size, strings.Fields(string(raw)))
	if err != nil {
		return err
	}
	w, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, publicMode)
	if err != nil {
		return err
	}
	_, err = ballot.Remaining(w, f, size, func(x ballot.Exclusion) bool { return credentials[x.Credential] })
	return errors.Join(err, w.Sync(), w.Close())
}

// credentialsOf finds whose the listed ballots are; each must be on the board.
func (r *ballotRun) credentialsOf(f *os.File, size int64, trackers []string) (map[ballot.Element]bool, error) {
	owner := map[string]ballot.Element{}
	_, err := ballot.Remaining(new(bytes.Buffer), f, size, func(x ballot.Exclusion) bool {
		owner[x.Ballot.Short()] = x.Credential
		return true
	})
	if err != nil {
		return nil, err
	}
	out := map[ballot.Element]bool{}
	for _, tracker := range trackers {
		credential, found := owner[tracker]
		if !found {
			return nil, ballotFault{Key: "ballotcmd.notonboard", Args: problem.Args{"tracker": printable(tracker)}}
		}
		out[credential] = true
	}
	return out, nil
}

// excluded are the trackers of the ballots that the count leaves out, compared
// with the signed list if there is one.
func (r *ballotRun) excluded(board, tally, list, key string) ([]string, error) {
	b, boardSize, err := openSized(board)
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.Close() }()
	c, tallySize, err := openSized(tally)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	found, err := ballot.Excluded(b, boardSize, c, tallySize)
	if err != nil {
		return nil, err
	}
	trackers := []string{}
	for _, x := range found.Excluded {
		trackers = append(trackers, x.Ballot.Short())
	}
	if list != "" {
		err = r.checkList(found, list, key)
	}
	return trackers, err
}

// checkList checks who signed the list and that it says what was left out. key
// is that of the printed notice, in base64.
func (r *ballotRun) checkList(found *ballot.Compared, file, key string) error {
	raw, err := r.read(file)
	if err != nil {
		return err
	}
	x, err := ballot.ParseExclusionList(bytes.TrimSuffix(raw, []byte("\n")))
	if err != nil {
		return err
	}
	var public ed25519.PublicKey
	if key != "" {
		if public, err = base64.StdEncoding.DecodeString(key); err != nil {
			return errBallotUsage
		}
	}
	if err := x.Check(found, public); err != nil {
		return err
	}
	r.signed = x
	return nil
}
