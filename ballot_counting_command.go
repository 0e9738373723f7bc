package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"juwu/ballot"
	"juwu/internal/problem"
)

// Voting, closing, decrypting and counting with files alone. A board is never
// changed in place: each step writes a new file, and `verify --previous` tells
// whether the old one is still its beginning.

// cast makes a ballot and prints it.
func (r *ballotRun) cast(args []string) error {
	credential := r.flags.String("credential", "", "")
	choice := r.flags.String("choice", "", "")
	opening := r.flags.String("opening", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	private, err1 := r.read(*credential)
	raw, err2 := r.read(*choice)
	if err := firstError(err1, err2); err != nil {
		return err
	}
	var votes ballot.Votes
	if err := json.Unmarshal(raw, &votes); err != nil {
		return ballotFault{Key: "ballotcmd.template", Args: problem.Args{"file": *choice, "why": err.Error()}}
	}
	report, err := r.archive(words[0], "")
	if err != nil {
		return err
	}
	secret, err := ballot.DeriveCredential(report.UUID, strings.TrimSpace(string(private)))
	if err != nil {
		return err
	}
	b, open, err := report.Setup.MakeOpenable(secret, votes, rand.Reader)
	if err != nil {
		return err
	}
	if *opening != "" {
		if err := writeNew(*opening, append(open.Bytes(), '\n'), secretMode); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(r.stdout, "%s\n", b.Bytes())
	r.say(r.stderr, "ballotcmd.tracker", problem.Args{"tracker": ballot.Tracker(b.Bytes())})
	return nil
}

// board is an archive that is being continued into a new file: the old file,
// which may be large, and the events that follow it.
type board struct {
	file   *os.File
	size   int64
	tail   []byte
	report *ballot.Report
	chain  ballot.Chain
}

func (r *ballotRun) board(name string) (*board, error) {
	report, err := r.archive(name, "")
	if err != nil {
		return nil, err
	}
	f, size, err := openSized(name)
	return &board{file: f, size: size, report: report, chain: report.Chain()}, err
}

func (b *board) add(event []byte, err error) error {
	if err == nil {
		b.tail = append(b.tail, event...)
	}
	return err
}

// ReadAt reads the old file and what follows as one.
func (b *board) ReadAt(p []byte, at int64) (n int, err error) {
	if at < b.size {
		n, err = b.file.ReadAt(p[:min(int64(len(p)), b.size-at)], at)
		if err != nil && err != io.EOF {
			return n, err
		}
	}
	if n == len(p) {
		return n, nil
	}
	m, err := bytes.NewReader(b.tail).ReadAt(p[n:], at+int64(n)-b.size)
	return n + m, err
}

func (b *board) verify() (*ballot.Report, error) {
	return ballot.Verify(b, b.size+int64(len(b.tail)), ballot.Options{})
}

// save verifies what it writes, as anyone else will.
func (b *board) save(name string) error {
	if _, err := b.verify(); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, publicMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(b, 0, b.size+int64(len(b.tail))))
	return errors.Join(err, f.Sync(), f.Close())
}

// add puts ballots from files on the board, in their order.
func (r *ballotRun) add(args []string) error {
	var ballots files
	r.flags.Var(&ballots, "ballot", "")
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
	raws, err := r.readAll(ballots)
	if err != nil {
		return err
	}
	for _, raw := range raws {
		if err := b.add(b.chain.Ballot(bytes.TrimSuffix(raw, []byte("\n")))); err != nil {
			return err
		}
	}
	return b.save(*out)
}

// close ends the board, if that was not done, and publishes the encrypted tally.
func (r *ballotRun) close(args []string) error {
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
	if b.chain.Last != ballot.EventEndBallots {
		if err := b.add(b.chain.EndBallots()); err != nil {
			return err
		}
	}
	// Verifying the board has counted the ballots.
	if err := b.add(b.chain.EncryptedTally(b.report.Counting.Records())); err != nil {
		return err
	}
	return b.save(*out)
}

// decrypt makes a trustee's share and prints it with its owner, in the tool's
// two lines.
func (r *ballotRun) decrypt(args []string) error {
	owner := r.flags.Int("owner", 0, "")
	key := r.flags.String("key", "", "")
	dkey := r.flags.String("dkey", "", "")
	evidence := r.flags.String("evidence", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	secret, err := r.trusteeSecret(*key, *dkey)
	if err != nil {
		return err
	}
	report, err := r.archive(words[0], "")
	if err != nil {
		return err
	}
	if report.Tally == nil {
		return ballotFault{Key: "ballotcmd.notclosed"}
	}
	share, err := report.Setup.Decrypt(report.Tally, *owner, secret, rand.Reader)
	if err != nil {
		return err
	}
	proof, err := report.Setup.ProveShare(report.Tally, *owner, secret, share, rand.Reader)
	if err != nil {
		return err
	}
	if *evidence != "" {
		if err := writeNew(*evidence, append(proof.Bytes(), '\n'), publicMode); err != nil {
			return err
		}
	}
	body := share.Bytes()
	_, _ = fmt.Fprintf(r.stdout, "%s\n%s\n", body, ballot.Owned{Owner: *owner, Payload: ballot.DigestOf(body)}.Bytes())
	return nil
}

// trusteeSecret reads a single trustee's key, or the seed and the sealed key
// of a ceremony.
func (r *ballotRun) trusteeSecret(key, dkey string) (ballot.Scalar, error) {
	if dkey == "" {
		raw, err := r.read(key)
		if err != nil {
			return ballot.Scalar{}, err
		}
		return ballot.ParseSecret(raw)
	}
	c, err := r.channel(key)
	if err != nil {
		return ballot.Scalar{}, err
	}
	sealed, err := r.read(dkey)
	if err != nil {
		return ballot.Scalar{}, err
	}
	return c.OpenDecryptionKey(string(sealed))
}

// result adds shares from files, computes the counts and prints them; with
// --out it writes the finished board.
func (r *ballotRun) result(args []string) error {
	var shares files
	r.flags.Var(&shares, "share", "")
	out := r.flags.String("out", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	b, err := r.board(words[0])
	if err != nil {
		return err
	}
	defer func() { _ = b.file.Close() }()
	if b.report.Tally == nil {
		return ballotFault{Key: "ballotcmd.notclosed"}
	}
	for _, name := range shares {
		if err := r.addShare(b, name); err != nil {
			return err
		}
	}
	setup, tally, posted := b.report.Setup, b.report.Tally, b.report.Posted
	combined, err := setup.Combine(tally, posted)
	if err != nil {
		return err
	}
	counts, err := ballot.Decode(combined, b.report.CountedWeight)
	if err != nil {
		if owners := setup.Suspects(tally, posted, b.report.CountedWeight); len(owners) > 0 {
			r.say(r.stderr, "ballotcmd.suspects", problem.Args{"owners": numbers(owners)})
		}
		return err
	}
	_, _ = fmt.Fprintf(r.stdout, "%s\n", counts.Bytes())
	if *out == "" {
		return nil
	}
	if !b.report.Announced {
		if err := b.add(b.chain.Result(counts)); err != nil {
			return err
		}
	}
	return b.save(*out)
}

// shareFile reads the two lines of a share.
func (r *ballotRun) shareFile(name string) (*ballot.PartialDecryption, int, error) {
	lines, err := r.lines(name)
	if err != nil {
		return nil, 0, err
	}
	if len(lines) != 2 {
		return nil, 0, ballotFault{Key: "ballotcmd.sharefile", Args: problem.Args{"file": name}}
	}
	share, err1 := ballot.ParsePartialDecryption(lines[0])
	owned, err2 := ballot.ParseOwned(lines[1])
	if err := firstError(err1, err2); err != nil {
		return nil, 0, err
	}
	if owned.Payload != ballot.DigestOf(lines[0]) {
		return nil, 0, ballotFault{Key: "ballotcmd.sharefile", Args: problem.Args{"file": name}}
	}
	return share, owned.Owner, nil
}

// addShare checks a share on arrival and puts it on the board.
func (r *ballotRun) addShare(b *board, name string) error {
	share, owner, err := r.shareFile(name)
	if err != nil {
		return err
	}
	if err := b.report.Setup.VerifyShare(b.report.Tally, owner, share); err != nil {
		return err
	}
	if b.report.Posted[owner] != nil {
		return ballotFault{Key: "ballotcmd.sharetwice", Args: problem.Args{"owner": owner}}
	}
	b.report.Posted[owner] = share
	return b.add(b.chain.PartialDecryption(owner, share))
}

// share checks a share against a closed board; with its evidence the check is
// complete, without it only that of the format.
func (r *ballotRun) share(args []string) error {
	file := r.flags.String("share", "", "")
	evidence := r.flags.String("evidence", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	share, owner, err := r.shareFile(*file)
	if err != nil {
		return err
	}
	report, err := r.archive(words[0], "")
	if err != nil {
		return err
	}
	if report.Tally == nil {
		return ballotFault{Key: "ballotcmd.notclosed"}
	}
	if *evidence == "" {
		err = report.Setup.VerifyShare(report.Tally, owner, share)
	} else {
		var raw []byte
		if raw, err = r.read(*evidence); err != nil {
			return err
		}
		proof, err := ballot.ParseEvidence(raw)
		if err != nil {
			return err
		}
		if err := report.Setup.VerifyEvidence(report.Tally, owner, share, proof); err != nil {
			return err
		}
	}
	if err == nil {
		r.say(r.stdout, "ballotcmd.share.fine", problem.Args{"owner": owner})
	}
	return err
}
