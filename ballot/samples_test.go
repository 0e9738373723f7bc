package ballot

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample reads a file of testdata, unpacking .gz.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return raw
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return raw
}

func sampleJSON(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(sample(t, name), into); err != nil {
		t.Fatal(name, err)
	}
}

func verifyBytes(archive []byte) (*Report, error) {
	return Verify(bytes.NewReader(archive), int64(len(archive)), Options{})
}

// codeOf is the code of a refusal, "" for none.
func codeOf(t testing.TB, err error) Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	return r.Code
}

// negatives is every archive of the samples with the check that must refuse
// it; "" must be accepted.
var negatives = map[string]Code{
	"positive-unchanged": "", "positive-open": "", "positive-setup-only": "", "positive-python-finish": "",
	"positive-credentials-not-sorted": "", "positive-python-ballot": "",
	"two-zero-blocks":                   "archive.header",
	"trailing-garbage":                  "archive.header",
	"mtime-differs":                     "archive.time",
	"timestamp-number":                  "syntax",
	"height-wrong":                      "event.height",
	"parent-wrong":                      "event.parent",
	"unknown-event-type":                "event.unknown",
	"unreferenced-data":                 "event.data",
	"data-order-swapped":                "event.reference",
	"endballots-between-ballots":        "event.order",
	"setup-between-ballots":             "event.order",
	"ballot-after-endballots":           "event.order",
	"ballot-after-result":               "event.order",
	"endballots-omitted":                "event.order",
	"encryptedtally-omitted":            "event.order",
	"encryptedtally-swapped-consistent": "tally.differs",
	"ballot-dropped":                    "tally.differs",
	"num-tallied-altered":               "tally.count",
	"total-weight-altered":              "tally.weight",
	"second-setup":                      "event.order",
	"duplicate-credential":              "credential.repeated",
	"credentials-with-login":            "credential.login",
	"credential-not-in-list":            "ballot.credential",
	"credential-with-torsion":           "element.torsion",
	"credential-uppercase":              "element.upper-case",
	"replayed-ballot":                   "ballot.repeated",
	"pd-owner-wrong":                    "share.proof",
	"pd-missing":                        "share.missing",
	"pd-twice":                          "share.repeated",
	"pd-proof-wrong":                    "share.proof",
	"result-altered":                    "result.differs",
	"result-as-strings":                 "syntax",
	"result-extra-field":                "syntax",
	"result-twice":                      "event.order",
	"result-before-shares":              "share.missing",
	"trustee-pok-wrong":                 "trustee.proof",
	"trustee-missing":                   "election.key",
	"closed-vote-of-100":                "ballot.individual-proof",
	"ballot-individual-proof":           "ballot.individual-proof",
	"ballot-overall-proof":              "ballot.overall-proof",
	"ballot-blank-proof":                "ballot.blank-proof",
	"ballot-blank-overall-proof":        "ballot.overall-proof",
	"ballot-two-choices":                "ballot.overall-proof",
	"ballot-vote-of-two":                "ballot.individual-proof",
	"ballot-vote-of-minus-one":          "ballot.individual-proof",
	"ballot-none-chosen":                "ballot.overall-proof",
	"ballot-blank-plus-choice":          "ballot.blank-proof",
	"ballot-other-signer":               "ballot.signature",
	"ballot-torsion-alpha-order2":       "element.torsion",
	"ballot-torsion-beta-order2":        "element.torsion",
	"ballot-alias-identity":             "element.not-canonical",
	"ballot-alias-negative-zero":        "element.not-canonical",
	"ballot-identity":                   "element.identity",
	"ballot-uppercase":                  "element.upper-case",
	"ballot-scalar-plus-l":              "scalar.range",
	"ballot-scalar-leading-zero":        "scalar.leading-zero",
	"ballot-extra-field":                "syntax",
	"ballot-question-missing":           "ballot.shape",
	"ballot-proof-list-short":           "ballot.shape",
	"ballot-blank-proof-missing":        "ballot.shape",
	"ballot-blank-proof-extra":          "ballot.shape",
	"ballot-uuid":                       "ballot.election",
	"ballot-election-hash":              "ballot.fingerprint",
	"ballot-unsigned":                   "syntax",
	"ballot-edited-after-signing":       "ballot.hash",
	"ballot-pretty-printed":             "syntax",
	"ballot-field-order":                "syntax",
	"pd-weak-fiat-shamir":               "tally.undecodable",
}

func TestSamples(t *testing.T) {
	var index []struct{ File, Expected, Reason string }
	sampleJSON(t, "negative/index.json", &index)
	for _, c := range index {
		name := strings.TrimSuffix(c.File, ".bel")
		t.Run(name, func(t *testing.T) {
			_, err := verifyBytes(sample(t, "negative/"+c.File+".gz"))
			t.Log(c.Expected, c.Reason, err)
			code := codeOf(t, err)
			if (c.Expected == "accept") != (code == "") {
				t.Errorf("expected %s (%s), got %q", c.Expected, c.Reason, code)
			}
			if want, known := negatives[name]; !known || want != code {
				t.Errorf("%q: %q,", name, code)
			}
		})
	}
	if len(index) != len(negatives) {
		t.Errorf("%d archives in the index, %d here", len(index), len(negatives))
	}
}

func TestElections(t *testing.T) {
	for _, name := range []string{"basic", "threshold", "mini"} {
		t.Run(name, func(t *testing.T) {
			archive := sample(t, name+"/election.bel.gz")
			r, err := verifyBytes(archive)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSpace(string(sample(t, name+"/result.json")))
			if got := string(r.Result.Bytes()); got != want {
				t.Errorf("result %s, want %s", got, want)
			}
			if !r.Announced || r.State != EventResult {
				t.Errorf("state %s, announced %v", r.State, r.Announced)
			}
			setup := sample(t, name+"/setup-only.bel.gz")
			before, err := Verify(bytes.NewReader(archive), int64(len(archive)),
				Options{Previous: bytes.NewReader(setup), PreviousSize: int64(len(setup))})
			if err != nil || before.PreviousHeight == nil || *before.PreviousHeight != 0 {
				t.Errorf("the setup is not found in the final archive: %+v %v", before, err)
			}
		})
	}
}

// TestResultComputed removes the Result event: the verifier must find the same
// counts itself, two thousand million votes included.
func TestResultComputed(t *testing.T) {
	archive := sample(t, "threshold/election.bel.gz")
	cut := len(archive) - 3*blockSize // event: header and body
	for r := archive[cut:]; !bytes.Contains(r[:100], []byte(dataSuffix)); r = archive[cut:] {
		cut -= blockSize
	}
	r, err := verifyBytes(archive[:cut])
	if err != nil {
		t.Fatal(err)
	}
	if got := string(r.Result.Bytes()); r.Announced || got != strings.TrimSpace(string(sample(t, "threshold/result.json"))) {
		t.Errorf("computed %s", got)
	}
}

func TestPrevious(t *testing.T) {
	archive := sample(t, "mini/election.bel.gz")
	edited := bytes.Clone(archive)
	edited[len(edited)-600] ^= 1
	for name, c := range map[string]struct {
		old  []byte
		want Code
	}{
		"the same":      {archive, ""},
		"not an event":  {archive[:blockSize], CodePreviousNotPrefix},
		"longer":        {append(bytes.Clone(archive), make([]byte, blockSize)...), CodePreviousNotPrefix},
		"changed":       {edited, CodePreviousNotPrefix},
		"another board": {sample(t, "basic/election.bel.gz")[:7168], CodePreviousNotPrefix},
	} {
		_, err := Verify(bytes.NewReader(archive), int64(len(archive)),
			Options{Previous: bytes.NewReader(c.old), PreviousSize: int64(len(c.old))})
		if code := codeOf(t, err); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
}

func TestToolChecksums(t *testing.T) {
	for name, final := range map[string]bool{"basic": false, "threshold": true} { // 3.0 prints no "final"
		r, err := verifyBytes(sample(t, name+"/election.bel.gz"))
		if err != nil {
			t.Fatal(err)
		}
		got := string(r.ToolChecksums())
		if !final {
			got = strings.Replace(got, `,"final":"`+r.Head.String()+`"`, "", 1)
		}
		same(t, name, got, strings.TrimSpace(string(sample(t, name+"/checksums.json"))))
	}
}
