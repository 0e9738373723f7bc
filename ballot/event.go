package ballot

import "strconv"

// EventType is the kind of an event in the chain.
type EventType string

const (
	EventSetup             EventType = "Setup"
	EventBallot            EventType = "Ballot"
	EventEndBallots        EventType = "EndBallots"
	EventEncryptedTally    EventType = "EncryptedTally"
	EventPartialDecryption EventType = "PartialDecryption"
	EventResult            EventType = "Result"
)

// Event is a link of the chain: each names the hash of the one before.
type Event struct {
	Parent  Digest // zero in the first event
	Height  int
	Type    EventType
	Payload Digest // hash of the last data record; zero in EndBallots
}

// eventRule says what each type carries and after which types it may come.
type eventRule struct {
	data  int // data records directly before the event
	after []EventType
}

// eventRules is the grammar Setup Ballot* [EndBallots [EncryptedTally
// PartialDecryption* [Result]]]. The tool enforces none of it: an EndBallots
// between ballots makes the earlier votes vanish and still verifies there.
var eventRules = map[EventType]eventRule{
	EventSetup:             {4, []EventType{""}},
	EventBallot:            {1, []EventType{EventSetup, EventBallot}},
	EventEndBallots:        {0, []EventType{EventSetup, EventBallot}},
	EventEncryptedTally:    {2, []EventType{EventEndBallots}},
	EventPartialDecryption: {2, []EventType{EventEncryptedTally, EventPartialDecryption}},
	EventResult:            {1, []EventType{EventEncryptedTally, EventPartialDecryption}},
}

// ParseEvent reads the only form of an event.
func ParseEvent(raw []byte) (e Event, err error) {
	c := &cursor{b: raw}
	c.lit(`{`)
	first := !c.accept(`"parent":`)
	if !first {
		e.Parent = c.digest()
		c.lit(`,`)
	}
	c.lit(`"height":`)
	e.Height = c.number()
	c.lit(`,"type":`)
	e.Type = EventType(c.quoted())
	if c.accept(`,"payload":`) {
		if e.Payload = c.digest(); e.Payload == (Digest{}) {
			c.fail(CodeSyntax)
		}
	}
	c.lit(`}`)
	if !first && e.Parent == (Digest{}) {
		c.fail(CodeSyntax)
	}
	return e, c.end()
}

// Bytes writes the event.
func (e Event) Bytes() []byte {
	b := []byte{'{'}
	if e.Parent != (Digest{}) {
		b = appendElement(append(b, `"parent":`...), Element(e.Parent))
		b = append(b, ',')
	}
	b = strconv.AppendInt(append(b, `"height":`...), int64(e.Height), 10)
	b = append(append(append(b, `,"type":"`...), e.Type...), '"')
	if e.Payload != (Digest{}) {
		b = appendElement(append(b, `,"payload":`...), Element(e.Payload))
	}
	return append(b, '}')
}

// setupData is the payload of the Setup event.
type setupData struct{ election, trustees, credentials Digest }

func parseSetupData(raw []byte) (d setupData, err error) {
	c := &cursor{b: raw}
	c.lit(`{"election":`)
	d.election = c.digest()
	c.lit(`,"trustees":`)
	d.trustees = c.digest()
	c.lit(`,"credentials":`)
	d.credentials = c.digest()
	c.lit(`}`)
	return d, c.end()
}

func (d setupData) bytes() []byte {
	b := appendElement([]byte(`{"election":`), Element(d.election))
	b = appendElement(append(b, `,"trustees":`...), Element(d.trustees))
	b = appendElement(append(b, `,"credentials":`...), Element(d.credentials))
	return append(b, '}')
}
