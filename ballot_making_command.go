package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"juwu/ballot"
	"juwu/internal/problem"
)

// What is made before the first ballot: credentials, trustee keys, the
// election and the empty board. Every key is made on the device it belongs to.

func (r *ballotRun) uuid(args []string) error {
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	uuid, err := ballot.NewUUID(rand.Reader)
	if err == nil {
		_, _ = fmt.Fprintln(r.stdout, uuid)
	}
	return err
}

// voter is a line of the voters' list: the address stays with its keeper.
type voter struct {
	login  string
	weight int64
}

// credentials makes the private credentials, which are printed and sealed, and
// the public list, which is published in an order that tells nothing.
func (r *ballotRun) credentials(args []string) error {
	uuid := r.flags.String("uuid", "", "")
	count := r.flags.Int("count", 0, "")
	file := r.flags.String("voters", "", "")
	out := r.flags.String("out", ".", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	voters, weighted, err := r.voters(*count, *file)
	if err != nil {
		return err
	}
	list := &ballot.Credentials{Weighted: weighted}
	private := make([]string, len(voters))
	for i, v := range voters {
		if private[i], err = ballot.NewCredential(rand.Reader); err != nil {
			return err
		}
		secret, err := ballot.DeriveCredential(*uuid, private[i])
		if err != nil {
			return err
		}
		list.List = append(list.List, ballot.Credential{Public: ballot.PublicCredential(secret), Weight: v.weight})
	}
	list.Sort()
	public := list.Bytes()
	if _, err := ballot.ParseCredentials(public); err != nil {
		return err
	}
	err = firstError(
		writeNew(filepath.Join(*out, "private_credentials.json"), privateList(voters, private), secretMode),
		writeNew(filepath.Join(*out, "public_credentials.json"), public, publicMode))
	if err != nil {
		return err
	}
	r.say(r.stdout, "ballotcmd.credentials.made",
		problem.Args{"n": len(voters), "dir": *out, "fingerprint": ballot.DigestOf(public).Short()})
	return nil
}

// privateList is one JSON object, login to credential, as the tool has it.
func privateList(voters []voter, private []string) []byte {
	var b bytes.Buffer
	b.WriteString("{\n")
	for i, v := range voters {
		login, _ := json.Marshal(v.login) // a string can always be marshalled
		end := ",\n"
		if i == len(voters)-1 {
			end = "\n"
		}
		_, _ = fmt.Fprintf(&b, "%s:%q%s", login, private[i], end)
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// voters reads address[,login[,weight]] per line, or numbers count voters.
func (r *ballotRun) voters(count int, file string) ([]voter, bool, error) {
	if (count > 0) == (file != "") {
		return nil, false, errBallotUsage
	}
	var out []voter
	for i := range count {
		out = append(out, voter{strconv.Itoa(i + 1), 1})
	}
	if file == "" {
		return out, false, nil
	}
	raw, err := r.read(file)
	if err != nil {
		return nil, false, err
	}
	weighted := false
	seen := map[string]bool{}
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		part := strings.Split(strings.TrimSpace(line), ",")
		v := voter{part[0], 1}
		if len(part) > 1 && part[1] != "" {
			v.login = part[1]
		}
		if len(part) > 2 {
			weighted = true
			v.weight, err = strconv.ParseInt(part[2], 10, 64)
		}
		if err != nil || len(part) > 3 || v.login == "" || seen[v.login] || v.weight < 0 || v.weight > ballot.MaxWeight {
			return nil, false, ballotFault{Key: "ballotcmd.voters.line", Args: problem.Args{"file": file, "line": i + 1}}
		}
		seen[v.login] = true
		out = append(out, v)
	}
	return out, weighted, nil
}

// trustees puts single keys and threshold groups together; the singles come
// first, and that order numbers the trustees from 1.
func (r *ballotRun) trustees(args []string) error {
	var singles, groups files
	r.flags.Var(&singles, "single", "")
	r.flags.Var(&groups, "group", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	list := &ballot.Trustees{}
	raws, err := r.readAll(singles)
	if err != nil {
		return err
	}
	for _, raw := range raws {
		k, err := ballot.ParseTrusteeKey(raw)
		if err != nil {
			return err
		}
		list.Items = append(list.Items, ballot.TrusteeItem{Single: k})
	}
	if raws, err = r.readAll(groups); err != nil {
		return err
	}
	for _, raw := range raws {
		t, err := ballot.ParseTrustees(bytes.Join([][]byte{[]byte(`[["Pedersen",`), raw, []byte(`]]`)}, nil))
		if err != nil {
			return err
		}
		list.Items = append(list.Items, t.Items...)
	}
	if len(list.Items) == 0 {
		return errBallotUsage
	}
	if _, err := list.Verify(); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(r.stdout, "%s\n", list.Bytes())
	return nil
}

// files is a flag that may be given several times.
type files []string

func (f *files) String() string     { return strings.Join(*f, " ") }
func (f *files) Set(s string) error { *f = append(*f, s); return nil }

// template is what people write: the texts and the rules of the questions.
type template struct {
	Description, Name   string
	Administrator       string `json:"administrator"`
	CredentialAuthority string `json:"credential_authority"`
	Questions           []struct {
		Answers  []string
		Blank    bool
		Min, Max int
		Question string
	}
}

func (r *ballotRun) election(args []string) error {
	file := r.flags.String("template", "", "")
	trustees := r.flags.String("trustees", "", "")
	uuid := r.flags.String("uuid", "", "")
	if _, err := r.parse(args, 0); err != nil {
		return err
	}
	raw, err := r.read(*file)
	if err != nil {
		return err
	}
	var t template
	if err := json.Unmarshal(raw, &t); err != nil {
		return ballotFault{Key: "ballotcmd.template", Args: problem.Args{"file": *file, "why": err.Error()}}
	}
	if raw, err = r.read(*trustees); err != nil {
		return err
	}
	list, err := ballot.ParseTrustees(raw)
	if err != nil {
		return err
	}
	key, err := list.Verify()
	if err != nil {
		return err
	}
	e := ballot.Election{Description: t.Description, Name: t.Name, PublicKey: key, UUID: *uuid,
		Administrator: t.Administrator, CredentialAuthority: t.CredentialAuthority}
	for _, q := range t.Questions {
		e.Questions = append(e.Questions,
			ballot.Question{Text: q.Question, Answers: q.Answers, Blank: q.Blank, Min: q.Min, Max: q.Max})
	}
	made, err := ballot.NewElection(e)
	if err == nil {
		_, _ = fmt.Fprintf(r.stdout, "%s\n", made.Bytes())
	}
	return err
}

// start opens a board from the three documents.
func (r *ballotRun) start(args []string) error {
	election := r.flags.String("election", "", "")
	trustees := r.flags.String("trustees", "", "")
	credentials := r.flags.String("credentials", "", "")
	words, err := r.parse(args, 1)
	if err != nil {
		return err
	}
	docs, err := r.readAll([]string{*election, *trustees, *credentials})
	if err != nil {
		return err
	}
	for i := range docs {
		docs[i] = bytes.TrimSuffix(docs[i], []byte("\n")) // an editor's last newline is not hashed
	}
	s, err := ballot.NewSetup(docs[0], docs[1], docs[2])
	if err != nil {
		return err
	}
	chain, board, err := ballot.NewChain(now().Unix())
	if err != nil {
		return err
	}
	setup, err := chain.Setup(s)
	if err != nil {
		return err
	}
	return writeNew(words[0], append(board, setup...), publicMode)
}
