package main

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
	"unicode"

	"juwu/ballot"
	"juwu/internal/problem"
)

// report tells a person what was checked and found.
func (r *ballotRun) report(x *ballot.Report, excluded []string) {
	line := func(key string, args problem.Args) { r.say(r.stdout, key, args) }
	line("ballotcmd.report.title", problem.Args{"name": printable(x.Name)})
	line("ballotcmd.report.uuid", problem.Args{"uuid": x.UUID, "time": time.Unix(x.Timestamp, 0).UTC().Format(time.RFC3339)})
	line("ballotcmd.report.fingerprint", problem.Args{"fingerprint": x.Fingerprint})
	line("ballotcmd.report.credentials", problem.Args{"n": x.Voters, "fingerprint": x.CredentialsFP})
	line("ballotcmd.report.trustees", problem.Args{"n": x.Trustees, "hash": x.Checksums.Trustees.String()})
	line("ballotcmd.report.state", problem.Args{"state": r.words.T(ballotStates.Key(string(x.State)), nil)})
	line("ballotcmd.report.head", problem.Args{"height": x.Height, "head": x.Head.String() + " = " + x.Head.Short()})
	line("ballotcmd.report.ballots", problem.Args{"n": x.Ballots, "counted": x.Counted})
	if x.Setup.Credentials.Weighted {
		line("ballotcmd.report.weight", problem.Args{"weight": x.CountedWeight})
	}
	if len(x.Shares) > 0 {
		line("ballotcmd.report.shares", problem.Args{"owners": numbers(x.Shares)})
	}
	if x.PreviousHeight != nil {
		line("ballotcmd.report.previous", problem.Args{"height": *x.PreviousHeight, "head": x.PreviousHead.String()})
	}
	if excluded != nil {
		line("ballotcmd.report.excluded", problem.Args{"n": len(excluded)})
		for _, tracker := range excluded {
			line("ballotcmd.report.tracker", problem.Args{"tracker": tracker})
		}
		r.signers()
	}
	if x.Result != nil {
		r.counts(x)
	}
	line("ballotcmd.report.accepted", nil)
}

// signers names who answers for what was left out, and the key that signed it.
func (r *ballotRun) signers() {
	if r.signed == nil {
		r.say(r.stdout, "ballotcmd.report.nolist", nil)
		return
	}
	for _, s := range r.signed.Signers {
		r.say(r.stdout, "ballotcmd.report.signer", problem.Args{"body": r.words.T(ballotSigners.Key(printable(s.Body)), nil), "name": printable(s.Name), "time": time.Unix(s.At, 0).UTC().Format(time.RFC3339)})
	}
	r.say(r.stdout, "ballotcmd.report.signedby", problem.Args{"key": base64.StdEncoding.EncodeToString(r.signed.Key)})
}

// printable takes control characters out of an archive's texts: what strangers
// wrote must not steer the reader's terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, text)
}

func numbers(list []int) string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = strconv.Itoa(n)
	}
	return strings.Join(text, ", ")
}

func (r *ballotRun) counts(x *ballot.Report) {
	key := "ballotcmd.report.computed"
	if x.Announced {
		key = "ballotcmd.report.announced"
	}
	r.say(r.stdout, key, nil)
	r.answers(x.Setup.Election, x.Result)
}

// answers prints a number per answer.
func (r *ballotRun) answers(e *ballot.Election, result ballot.Result) {
	for i, counts := range result {
		q := &e.Questions[i]
		r.say(r.stdout, "ballotcmd.report.question", problem.Args{"question": printable(q.Text)})
		answers := q.Answers
		if q.Blank {
			answers = append([]string{r.words.T("ballotcmd.report.blank", nil)}, answers...)
		}
		for j, n := range counts {
			r.say(r.stdout, "ballotcmd.report.count", problem.Args{"answer": printable(answers[j]), "n": n})
		}
	}
}
