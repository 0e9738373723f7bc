package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"juwu/ballot"
	"juwu/i18n"
	"juwu/internal/problem"
)

// `juwu ballot` works on files alone: no server, no database, no network. It
// shares nothing with the server but package ballot, so that whoever checks a
// board with it does not have to trust the server's code.

// Exit statuses of `juwu ballot`.
const (
	ballotDone    = 0
	ballotRefused = 1 // something does not check out, or could not be read or written
	ballotUsage   = 2
)

// ballotRun is one call of `juwu ballot`.
type ballotRun struct {
	words          *i18n.Words
	stdin          io.Reader
	stdout, stderr io.Writer
	flags          *flag.FlagSet
	lang           string
	signed         *ballot.ExclusionList // that was checked
}

var (
	ballotRefusals = i18n.Family("ballot.refused.")
	ballotStates   = i18n.Family("ballotcmd.state.")
	ballotSigners  = i18n.Family("ballot.body.")
)

// errBallotUsage means that the words of the command were not understood.
var errBallotUsage = errors.New("usage")

// ballotFault is a fault in the reader's words; it is not the archive's.
type ballotFault problem.Text

func (f ballotFault) Error() string { return f.Key }

var ballotCommands = map[string]func(*ballotRun, []string) error{
	"verify":      (*ballotRun).verify,
	"check":       (*ballotRun).check,
	"share":       (*ballotRun).share,
	"checksums":   (*ballotRun).checksums,
	"uuid":        (*ballotRun).uuid,
	"credentials": (*ballotRun).credentials,
	"trustee":     (*ballotRun).trustee,
	"trustees":    (*ballotRun).trustees,
	"election":    (*ballotRun).election,
	"start":       (*ballotRun).start,
	"cast":        (*ballotRun).cast,
	"add":         (*ballotRun).add,
	"close":       (*ballotRun).close,
	"end":         (*ballotRun).end,
	"without":     (*ballotRun).without,
	"decrypt":     (*ballotRun).decrypt,
	"result":      (*ballotRun).result,
}

// ballotCommand carries out `juwu ballot ARGS` and returns the exit status.
func ballotCommand(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	catalog, err := i18n.Load()
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return ballotRefused
	}
	r := &ballotRun{words: catalog.Lang(i18n.Tags[0]), stdin: stdin, stdout: stdout, stderr: stderr}
	name := "help"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	r.flags = flag.NewFlagSet(name, flag.ContinueOnError)
	r.flags.SetOutput(io.Discard)
	r.flags.StringVar(&r.lang, "lang", i18n.Tags[0], "")
	run := ballotCommands[name]
	if run == nil {
		_ = r.flags.Parse(args)
		r.words = catalog.Lang(r.lang)
		r.say(r.stdout, "ballotcmd.help", nil)
		if strings.TrimLeft(name, "-") == "help" || name == "-h" {
			return ballotDone
		}
		return ballotUsage
	}
	err = run(r, args)
	r.words = catalog.Lang(r.lang)
	return r.status(err)
}

func (r *ballotRun) status(err error) int {
	var refusal *ballot.Refusal
	var fault ballotFault
	var path *fs.PathError
	switch {
	case err == nil:
		return ballotDone
	case errors.Is(err, errBallotUsage), errors.Is(err, flag.ErrHelp):
		r.say(r.stderr, "ballotcmd.help", nil)
		return ballotUsage
	case errors.As(err, &refusal):
		r.refusal(refusal)
	case errors.As(err, &fault):
		r.say(r.stderr, fault.Key, fault.Args)
	case errors.As(err, &path):
		r.say(r.stderr, "ballotcmd.file", problem.Args{"file": path.Path, "why": path.Err.Error()})
	default:
		_, _ = fmt.Fprintln(r.stderr, err)
	}
	return ballotRefused
}

func (r *ballotRun) refusal(x *ballot.Refusal) {
	r.say(r.stderr, "ballotcmd.refused", problem.Args{"why": r.words.T(ballotRefusals.Key(string(x.Code)), nil)})
	if x.Event >= 0 {
		r.say(r.stderr, "ballotcmd.refused.event", problem.Args{"height": x.Event})
	}
	r.say(r.stderr, "ballotcmd.refused.place",
		problem.Args{"code": string(x.Code), "at": printable(strings.TrimSpace(x.At + " " + errorText(x.Err)))})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// say writes a line in the reader's language.
func (r *ballotRun) say(w io.Writer, key string, args problem.Args) {
	_, _ = fmt.Fprintln(w, r.words.T(key, args))
}

// parse reads the flags, before and after the other words, of which there must
// be n.
func (r *ballotRun) parse(args []string, n int) ([]string, error) {
	var words []string
	for {
		if err := r.flags.Parse(args); err != nil {
			return nil, errBallotUsage
		}
		rest := r.flags.Args()
		if len(rest) == 0 {
			break
		}
		words, args = append(words, rest[0]), rest[1:]
	}
	catalog, err := i18n.Load()
	if err != nil {
		return nil, err
	}
	r.words = catalog.Lang(r.lang)
	if len(words) != n {
		return nil, errBallotUsage
	}
	return words, nil
}

// read reads a small file; "-" is the standard input.
func (r *ballotRun) read(name string) ([]byte, error) {
	if name == "" {
		return nil, errBallotUsage
	}
	if name == "-" {
		return io.ReadAll(r.stdin)
	}
	return os.ReadFile(name)
}

// readAll reads several files.
func (r *ballotRun) readAll(names []string) ([][]byte, error) {
	out := make([][]byte, len(names))
	for i, name := range names {
		var err error
		if out[i], err = r.read(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writeNew writes a file that must not exist: an earlier key or board is never
// overwritten. Secrets are readable by their owner only.
func writeNew(name string, body []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Sync(), f.Close())
}

const (
	secretMode = 0o600
	publicMode = 0o644
)

// archive verifies the whole board; every command that builds on one does.
func (r *ballotRun) archive(name, previous string) (*ballot.Report, error) {
	f, size, err := openSized(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var o ballot.Options
	if previous != "" {
		old, oldSize, err := openSized(previous)
		if err != nil {
			return nil, err
		}
		defer func() { _ = old.Close() }()
		o.Previous, o.PreviousSize = old, oldSize
	}
	return ballot.Verify(f, size, o)
}

func openSized(name string) (*os.File, int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

func (r *ballotRun) verify(args []string) error {
	previous := r.flags.String("previous", "", "")
	board := r.flags.String("board", "", "")
	list := r.flags.String("exclusions", "", "")
	key := r.flags.String("key", "", "")
	asJSON := r.flags.Bool("json", false, "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	if *board == "" && *list+*key != "" {
		return errBallotUsage
	}
	report, err := r.archive(words[0], *previous)
	var excluded []string
	if err == nil && *board != "" {
		excluded, err = r.excluded(*board, words[0], *list, *key)
	}
	if *asJSON {
		return errors.Join(r.verdict(report, excluded, err), err)
	}
	if err == nil {
		r.report(report, excluded)
	}
	return err
}

// verdict is the answer for machines: one JSON object, whatever the outcome.
func (r *ballotRun) verdict(report *ballot.Report, excluded []string, err error) error {
	out := struct {
		Accepted bool           `json:"accepted"`
		Code     string         `json:"code,omitempty"`
		Event    *int           `json:"event,omitempty"`
		At       string         `json:"at,omitempty"`
		Excluded []string       `json:"excluded,omitempty"`
		Report   *ballot.Report `json:"report,omitempty"`
	}{Accepted: err == nil}
	if err == nil {
		out.Report, out.Excluded = report, excluded
	}
	var refusal *ballot.Refusal
	if errors.As(err, &refusal) {
		out.Code, out.At = string(refusal.Code), refusal.At
		if refusal.Event >= 0 {
			out.Event = &refusal.Event
		}
	} else if err != nil {
		return nil // not a verdict: the file could not be read
	}
	e := json.NewEncoder(r.stdout)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	return e.Encode(out)
}

// check verifies one ballot against a board that it may be cast on.
func (r *ballotRun) check(args []string) error {
	file := r.flags.String("ballot", "", "")
	opening := r.flags.String("opening", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	raw, err := r.read(*file)
	if err != nil {
		return err
	}
	report, err := r.archive(words[0], "")
	if err != nil {
		return err
	}
	raw = []byte(strings.TrimSuffix(string(raw), "\n"))
	b, err := report.Setup.VerifyBallot(raw)
	if err != nil {
		return err
	}
	r.say(r.stdout, "ballotcmd.check.fine", problem.Args{"tracker": ballot.Tracker(raw)})
	if *opening != "" {
		return r.opened(report.Setup, b, *opening)
	}
	return nil
}

// opened shows what a ballot encrypts, after checking that it does.
func (r *ballotRun) opened(s *ballot.Setup, b *ballot.Ballot, file string) error {
	raw, err := r.read(file)
	if err != nil {
		return err
	}
	o, err := ballot.ParseOpening(raw)
	if err != nil {
		return err
	}
	if err := s.CheckOpening(b, o); err != nil {
		return err
	}
	r.say(r.stdout, "ballotcmd.opened", nil)
	counts := make(ballot.Result, len(o.Votes))
	for i, slots := range o.Votes {
		for _, m := range slots {
			counts[i] = append(counts[i], int64(m))
		}
	}
	r.answers(s.Election, counts)
	return nil
}

// checksums prints what belenios-tool prints for the same archive.
func (r *ballotRun) checksums(args []string) error {
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	report, err := r.archive(words[0], "")
	if err == nil {
		_, _ = fmt.Fprintf(r.stdout, "%s\n", report.ToolChecksums())
	}
	return err
}

// firstError is the first of several errors that is not nil.
func firstError(errs ...error) error { return cmp.Or(errs...) }
