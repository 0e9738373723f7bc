package ballot

import (
	"bytes"
	"crypto/rand"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every check of this package has at least one case that only it refuses. The
// test first sees the case refused with the check's code; then it takes the
// check away and must see something else. What it lists is the list of mutants.

// item is an event or a data record of an archive being forged.
type item struct {
	data []byte
	kind EventType // of an event
	body []byte    // whose hash is the payload; nil for none
	link func(*Event)
}

// dissect lists what is in an archive; forge writes such a list as an archive
// whose hashes, heights and parents fit.
func dissect(t testing.TB, archive []byte) []item {
	t.Helper()
	data, _, _ := records(t, archive)
	var items []item
	a := newArchiveReader(bytes.NewReader(archive), int64(len(archive)))
	for {
		r, err := a.next()
		if err != nil {
			return items
		}
		switch {
		case r.name == headerName:
		case r.isEvent():
			e := must[Event](t)(ParseEvent(r.body))
			items = append(items, item{kind: e.Type, body: data[e.Payload.String()]})
		default:
			items = append(items, item{data: r.body})
		}
	}
}

func forge(items []item) []byte {
	const time = 1795305030
	b := appendRecord(nil, headerName, time, headerBody(time))
	var head Digest
	height := 0
	for _, x := range items {
		if x.data != nil {
			b = appendRecord(b, DigestOf(x.data).String()+dataSuffix, time, x.data)
			continue
		}
		e := Event{Parent: head, Height: height, Type: x.kind}
		if x.body != nil {
			e.Payload = DigestOf(x.body)
		}
		if x.link != nil {
			x.link(&e)
		}
		body := e.Bytes()
		head, height = DigestOf(body), height+1
		b = appendRecord(b, head.String()+eventSuffix, time, body)
	}
	return b
}

// at is the index of the first event of a kind.
func at(items []item, kind EventType) int {
	return slices.IndexFunc(items, func(x item) bool { return x.kind == kind })
}

// swapData replaces the data record k places before the first event of a kind,
// and the event's payload if it named it.
func swapData(items []item, kind EventType, k int, change func([]byte) []byte) []item {
	out := slices.Clone(items)
	e := at(out, kind)
	old := out[e-k].data
	out[e-k].data = change(slices.Clone(old))
	if k == 1 {
		out[e].body = out[e-k].data
	}
	return out
}

// replaced changes the first occurrence of a text.
func replaced(old, new string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
}

// mutant is one forged object; do hands it to the package. It is fixed if it is
// refused even without the check: the code has a place that cannot be left out.
type mutant struct {
	name  string
	do    func() error
	fixed bool
}

type mutants map[Code][]mutant

func (m mutants) add(code Code, name string, do func() error) {
	m[code] = append(m[code], mutant{name, do, slices.Contains(byConstruction, code)})
}

func (m mutants) fixed(code Code, name string, do func() error) {
	m[code] = append(m[code], mutant{name, do, true})
}

func (m mutants) archive(code Code, name string, archive []byte) {
	m.add(code, name, func() error { _, err := verifyBytes(archive); return err })
}

func allMutants(t testing.TB) mutants {
	t.Helper()
	m := mutants{}
	for name, code := range negatives {
		if code != "" {
			m.archive(code, name, sample(t, "negative/"+name+".bel.gz"))
		}
		if code == CodeArchiveHeader { // no header can be read there at all
			m[code][len(m[code])-1].fixed = true
		}
	}
	m.encodings()
	m.archives(t)
	m.documents(t)
	m.ceremonies(t)
	m.makers(t)
	m.boards(t)
	return m
}

func (m mutants) encodings() {
	parse := func(text string) func() error {
		return func() error { _, err := ParseScalar([]byte(text)); return err }
	}
	m.add(CodeScalarForm, "letters", parse("12a"))
	m.add(CodeScalarForm, "empty", parse(""))
	m.add(CodeScalarForm, "80 digits", parse(strings.Repeat("9", 80)))
	m.add(CodeScalarForm, "more than 256 bits", parse(strings.Repeat("9", 77)+"9"))
	m.add(CodeElementForm, "short", func() error { _, err := ParseElement([]byte("00")); return err })
	m.add(CodeElementForm, "no digit", func() error {
		_, err := ParseElement([]byte(strings.Repeat("0", 63) + "g"))
		return err
	})
	m.add(CodeElementNotOnCurve, "y = 2", func() error {
		return (&TrusteeKey{PublicKey: Element{31: 2}}).Verify()
	})
	m.add(CodeElementIdentity, "key", func() error { return (&TrusteeKey{PublicKey: Identity}).Verify() })
}

func (m mutants) archives(t testing.TB) {
	whole := sample(t, "mini/election.bel.gz")
	items := dissect(t, whole)
	if !bytes.Equal(forge(items)[blockSize*2:], whole[blockSize*2:]) {
		// The sample has another time; only the headers may differ.
		t.Log("forged archives carry their own time")
	}
	m.archive(CodeArchiveTruncated, "inside a record", whole[:len(whole)-100])
	m.archive(CodeArchiveTruncated, "inside a header", whole[:len(whole)-1000])
	m.archive(CodeArchiveTruncated, "nothing", nil)
	padded := bytes.Clone(whole)
	padded[2*blockSize-1] = 'x'
	m.archive(CodeArchivePadding, "after the first record", padded)
	magic := bytes.Clone(whole)
	copy(magic[257:], "ustar")
	m.archive(CodeArchiveHeader, "as today's tar writes it", magic)
	m.archive(CodeArchiveDigest, "a name of another body", misnamed(items))
	m.archive(CodeArchiveEmpty, "header only", whole[:2*blockSize])
	m.archive(CodeArchiveEmpty, "no event", forge(nil))
	last := slices.Clone(items)
	last[len(last)-1].body = []byte("another")
	m.archive(CodeEventPayload, "the result event", forge(last))
	m.archive(CodeUnreferenced, "after the result", forge(append(slices.Clone(items), item{data: []byte("{}")})))
	m.fixed(CodeEventData, "five records", func() error {
		_, err := verifyBytes(forge(append([]item{{data: []byte("{}")}}, items...)))
		return err
	})
	other := strings.Repeat("0123456789abcdef", 4)
	m.archive(CodeEventReference, "sized tally", forge(swapData(items, EventEncryptedTally, 1, func(b []byte) []byte {
		return append(b[:bytes.Index(b, []byte(`_tally":"`))+9], other+`"}`...)
	})))
	m.archive(CodeEventReference, "owned share", forge(swapData(items, EventPartialDecryption, 1, func([]byte) []byte {
		return []byte(`{"owner":1,"payload":"` + other + `"}`)
	})))
	m.archive(CodeShareOwner, "trustee 3 of 2", forge(swapData(items, EventPartialDecryption, 1, replaced(`"owner":1`, `"owner":3`))))
	m.archive(CodeResultShape, "a question less", forge(swapData(items, EventResult, 1, func([]byte) []byte {
		return []byte(`{"result":[[1,1,1]]}`)
	})))
	m.archive(CodeResultShape, "an answer less", forge(swapData(items, EventResult, 1, func([]byte) []byte {
		return []byte(`{"result":[[1,1],[1,1,1]]}`)
	})))
	m.archive(CodeTooLarge, "a huge record", makeTooLarge())
	changed := bytes.Clone(whole)
	changed[len(changed)-1] = 'x'
	m.add(CodePreviousNotPrefix, "one byte changed", func() error {
		_, err := Verify(bytes.NewReader(whole), int64(len(whole)), Options{Previous: bytes.NewReader(changed), PreviousSize: int64(len(whole))})
		return err
	})
	m.fixed(CodePreviousNotPrefix, "shorter than before", func() error {
		setup := whole[:len(sample(t, "mini/setup-only.bel.gz"))]
		_, err := Verify(bytes.NewReader(setup), int64(len(setup)), Options{Previous: bytes.NewReader(whole), PreviousSize: int64(len(whole))})
		return err
	})
}

// misnamed gives the last data record the name of another body.
func misnamed(items []item) []byte {
	b := forge(items)
	name := []byte(DigestOf(items[len(items)-2].data).String() + dataSuffix)
	i := bytes.LastIndex(b, name)
	copy(b[i:], makeHeader(Digest{}.String()+dataSuffix, 1795305030, int64(len(items[len(items)-2].data))))
	return b
}

func makeTooLarge() []byte {
	b := forge(nil)
	return append(b, makeHeader(Digest{}.String()+dataSuffix, 1795305030, maxSetupRecord+1)...)
}

// byConstruction are refusals without which there would be nothing to go on
// with: a parser that stops, a list that is too short. They have cases, but
// cannot be taken away.
var byConstruction = []Code{
	CodeSyntax, CodeTooLarge, CodeScalarForm, CodeElementForm, CodeElementNotOnCurve, CodeArchiveTruncated,
	CodeArchiveEmpty, CodeElectionForm, CodeElectionQuestion, CodeTrusteeForm, CodeThresholdPrivate, CodeCredentialForm,
	CodeCredentialWeightForm, CodeBallotShape, CodeChoice, CodeShareOwner, CodeShareShape, CodeSharesMissing,
	CodeUndecodable, CodeResultShape, CodeTrusteeSecret, CodeCredentialSecret, CodeExclusionForm,
}

func TestMutants(t *testing.T) {
	defer func() { switchedOff = "" }()
	all := allMutants(t)
	for _, code := range Codes() {
		if len(all[code]) == 0 {
			t.Errorf("%s: no case", code)
		}
		for _, c := range all[code] {
			switchedOff = ""
			if got := codeOf(t, c.do()); got != code {
				t.Errorf("%s (%s): refused as %q", code, c.name, got)
				continue
			}
			switchedOff = code
			got := codeOf(t, c.do())
			if (got == code) != c.fixed {
				t.Errorf("%s (%s): without the check it is refused as %q", code, c.name, got)
			}
			if !c.fixed {
				t.Logf("mutant without %s: noticed by %s (then %q)", code, c.name, got)
			}
		}
	}
}

// TestMutantsComplete reads the source: every check that asks on(code) must be
// a mutant, and every mutant must be asked for somewhere.
func TestMutantsComplete(t *testing.T) {
	asked := map[string]bool{}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]Code{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file := must[*ast.File](t)(parser.ParseFile(token.NewFileSet(), path, nil, 0))
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "on" {
					if arg, ok := n.Args[0].(*ast.Ident); ok {
						asked[arg.Name] = true
					}
				}
			case *ast.ValueSpec:
				if lit, ok := first(n.Values).(*ast.BasicLit); ok && strings.HasPrefix(n.Names[0].Name, "Code") {
					names[n.Names[0].Name] = Code(strings.Trim(lit.Value, `"`))
				}
			}
			return true
		})
	}
	for name, code := range names {
		inOr := slices.Contains([]Code{CodeBallotIndividual, CodeBallotOverall, CodeBallotBlank}, code) // asked by claim
		if asked[name] == slices.Contains(byConstruction, code) && !inOr {
			t.Errorf("%s: asked for %v", name, asked[name])
		}
		if !slices.Contains(Codes(), code) {
			t.Errorf("%s is not in Codes", name)
		}
	}
}

func first(list []ast.Expr) ast.Expr {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func (m mutants) makers(t testing.TB) {
	b := newBoard(t, sampleQuestions[:1], 1)
	b.cast(0, Votes{{1, 0, 0}})
	b.close()
	m.add(CodeChoice, "two of one", func() error {
		_, err := b.setup.MakeBallot(b.secrets[0], Votes{{1, 1, 0}}, rand.Reader)
		return err
	})
	m.add(CodeCredentialSecret, "a stranger", func() error {
		_, err := b.setup.MakeBallot(b.keys[0], Votes{{1, 0, 0}}, rand.Reader)
		return err
	})
	m.add(CodeTrusteeSecret, "another's", func() error {
		_, err := b.setup.Decrypt(b.tally, 1, b.keys[1], rand.Reader)
		return err
	})
	m.add(CodeShareOwner, "trustee 5 of 4", func() error {
		_, err := b.setup.Decrypt(b.tally, 5, b.keys[0], rand.Reader)
		return err
	})
	voted, opening, err := b.setup.MakeOpenable(b.secrets[0], Votes{{0, 1, 0}}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.setup.CheckOpening(voted, must[*Opening](t)(ParseOpening(opening.Bytes()))); err != nil {
		t.Fatal(err)
	}
	m.add(CodeOpening, "another vote", func() error {
		return b.setup.CheckOpening(voted, &Opening{Votes{{1, 0, 0}}, opening.Randomness})
	})
	m.add(CodeChoice, "opening", func() error { return b.setup.CheckOpening(voted, &Opening{Votes{{1, 1, 0}}, nil}) })
	m.add(CodeBallotShape, "no randomness", func() error { return b.setup.CheckOpening(voted, &Opening{opening.Votes, nil}) })
	m.add(CodeBallotShape, "less randomness", func() error {
		return b.setup.CheckOpening(voted, &Opening{opening.Votes, [][]Scalar{opening.Randomness[0][:2]}})
	})
	m.add(CodeBallotShape, "another election's", func() error { return b.setup.CheckOpening(&Ballot{}, opening) })
	m.add(CodeSharesMissing, "none", func() error { _, err := b.setup.Combine(b.tally, nil); return err })
	m.add(CodeTooLarge, "ballot", func() error { _, err := b.setup.VerifyBallot(make([]byte, maxBallot+1)); return err })
	share := must[*PartialDecryption](t)(b.setup.Decrypt(b.tally, 1, b.keys[0], rand.Reader))
	m.add(CodeShareShape, "a question too few", func() error {
		return b.setup.VerifyShare(b.tally, 1, &PartialDecryption{share.Factors[:0], share.Proofs})
	})
	m.add(CodeShareShape, "a factor too few", func() error {
		return b.setup.VerifyShare(b.tally, 1, &PartialDecryption{[][]Element{share.Factors[0][:1]}, share.Proofs})
	})
	evidence := must[Evidence](t)(b.setup.ProveShare(b.tally, 1, b.keys[0], share, rand.Reader))
	if err := b.setup.VerifyEvidence(b.tally, 1, share, evidence); err != nil {
		t.Fatal(err)
	}
	m.add(CodeShareEvidence, "factors of the weak proof", func() error {
		return b.setup.VerifyEvidence(b.tally, 1, weakShare(t, b, 1), evidence)
	})
	m.add(CodeShareShape, "no evidence", func() error { return b.setup.VerifyEvidence(b.tally, 1, share, nil) })
	m.add(CodeShareShape, "a proof too few", func() error { return b.setup.VerifyEvidence(b.tally, 1, share, Evidence{nil}) })
	m.add(CodeTrusteeSecret, "evidence with another's", func() error {
		_, err := b.setup.ProveShare(b.tally, 1, b.keys[1], share, rand.Reader)
		return err
	})
	m.add(CodeElementTorsion, "decryption factor", func() error {
		p := &PartialDecryption{[][]Element{slices.Clone(share.Factors[0])}, [][]Proof{slices.Clone(share.Proofs[0])}}
		f := mustPoint(t, p.Factors[0][0])
		p.Factors[0][0] = elementOf(f.Add(f, lowOrder(t)))
		return b.setup.VerifyShare(b.tally, 1, p)
	})
	m.fixed(CodeArchiveTime, "before 1970", func() error { _, _, err := NewChain(-1); return err })
	m.fixed(CodeEventOrder, "writer", func() error { _, err := b.chain.EndBallots(); return err })
}
