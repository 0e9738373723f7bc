package ballot

import (
	"encoding/json"
	"strconv"
)

// Question is one homomorphic question. With Blank, a ballot has one more slot,
// in front, that stands for a blank vote.
type Question struct {
	Text     string
	Answers  []string
	Blank    bool
	Min, Max int
}

// Slots is the number of ciphertexts of an answer, the blank slot included.
func (q *Question) Slots() int {
	if q.Blank {
		return len(q.Answers) + 1
	}
	return len(q.Answers)
}

// first is the index of the first candidate's slot.
func (q *Question) first() int { return q.Slots() - len(q.Answers) }

// overallProofs is the number of statements of the overall proof.
func (q *Question) overallProofs() int { return q.Max - q.Min + 1 + q.first() }

// Election is election.json. Its raw bytes are fixed for ever: Fingerprint is
// their hash, and everything that is signed or proven names it.
type Election struct {
	Description         string
	Name                string
	PublicKey           Element
	Questions           []Question
	UUID                string
	Administrator       string // optional
	CredentialAuthority string // optional
	Fingerprint         string // set by ParseElection

	raw []byte
}

const (
	groupName     = "Ed25519"
	formatVersion = 1
	maxQuestions  = 64
	maxAnswers    = 256
	maxElection   = 1 << 20
)

// ParseElection reads election.json (section 3). Fields it does not know are
// ignored, as the tool does: other data can be bound into the fingerprint.
func ParseElection(raw []byte) (*Election, error) {
	if len(raw) > maxElection {
		return nil, refuse(CodeTooLarge, "")
	}
	v, err := parseJSON(raw)
	if err != nil {
		return nil, &Refusal{Code: CodeElectionForm, Event: -1, Err: err}
	}
	f := fieldsOf(v)
	if v, ok := f.o["version"].(json.Number); (!ok || v != "1") && on(CodeElectionVersion) {
		return nil, refuse(CodeElectionVersion, "version")
	}
	if f.text("group") != groupName && on(CodeElectionGroup) {
		return nil, refuse(CodeElectionGroup, "group")
	}
	e := &Election{
		Description: f.text("description"), Name: f.text("name"), PublicKey: f.element("public_key"),
		UUID: f.text("uuid"), Administrator: f.optional("administrator"),
		CredentialAuthority: f.optional("credential_authority"),
		Fingerprint:         DigestOf(raw).Short(), raw: raw,
	}
	questions := f.list("questions")
	if f.bad != "" {
		return nil, refuse(CodeElectionForm, f.bad)
	}
	if !validUUID(e.UUID) {
		return nil, refuse(CodeElectionForm, "uuid")
	}
	if len(questions) == 0 || len(questions) > maxQuestions {
		return nil, refuse(CodeElectionQuestion, "questions")
	}
	for i, v := range questions {
		q, bad := parseQuestion(v)
		if bad != "" {
			return nil, refuse(CodeElectionQuestion, "questions["+strconv.Itoa(i)+"]."+bad)
		}
		e.Questions = append(e.Questions, q)
	}
	return e, nil
}

func parseQuestion(v value) (Question, string) {
	f := fieldsOf(v)
	q := Question{Text: f.text("question"), Min: f.number("min"), Max: f.number("max")}
	for _, a := range f.list("answers") {
		s, ok := a.(string)
		if !ok {
			f.miss("answers")
		}
		q.Answers = append(q.Answers, s)
	}
	if b, given := f.o["blank"]; given {
		blank, ok := b.(bool)
		if !ok {
			f.miss("blank")
		}
		q.Blank = blank
	}
	// "type" selects the kinds of question that are counted by mixing: other
	// ballots, other proofs. An election that has one is not ours.
	if _, given := f.o["type"]; given {
		f.miss("type")
	}
	if f.bad == "" {
		f.bad = q.fault()
	}
	return q, f.bad
}

func (q *Question) fault() string {
	switch {
	case len(q.Answers) == 0 || len(q.Answers) > maxAnswers:
		return "answers"
	case q.Min < 0 || q.Min > q.Max:
		return "min"
	case q.Max < 1 || q.Max > len(q.Answers):
		return "max"
	}
	return ""
}

// NewElection checks an election and fixes its bytes.
func NewElection(e Election) (*Election, error) {
	raw := e.encode()
	return ParseElection(raw)
}

// Bytes returns the raw bytes, which must not be changed.
func (e *Election) Bytes() []byte { return e.raw }

// encode writes the fields in the order the tool does.
func (e *Election) encode() []byte {
	b := appendString([]byte(`{"version":1,"description":`), e.Description)
	b = appendString(append(b, `,"name":`...), e.Name)
	b = append(b, `,"group":"Ed25519","public_key":`...)
	b = append(appendElement(b, e.PublicKey), `,"questions":[`...)
	for i := range e.Questions {
		b = e.Questions[i].append(sep(b, i))
	}
	b = appendString(append(b, `],"uuid":`...), e.UUID)
	if e.Administrator != "" {
		b = appendString(append(b, `,"administrator":`...), e.Administrator)
	}
	if e.CredentialAuthority != "" {
		b = appendString(append(b, `,"credential_authority":`...), e.CredentialAuthority)
	}
	return append(b, '}')
}

func (q *Question) append(b []byte) []byte {
	b = append(b, `{"answers":[`...)
	for i, a := range q.Answers {
		b = appendString(sep(b, i), a)
	}
	b = append(b, ']')
	if q.Blank {
		b = append(b, `,"blank":true`...)
	}
	b = strconv.AppendInt(append(b, `,"min":`...), int64(q.Min), 10)
	b = strconv.AppendInt(append(b, `,"max":`...), int64(q.Max), 10)
	return append(appendString(append(b, `,"question":`...), q.Text), '}')
}

// slots is the number of ciphertexts of one ballot.
func (e *Election) slots() int {
	n := 0
	for i := range e.Questions {
		n += e.Questions[i].Slots()
	}
	return n
}
