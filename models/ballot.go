package models

import "time"

// BallotKind is what a verifiable vote is for; which channels are lawful hangs
// on it (policy.Channels).
type BallotKind string

const (
	BallotPoll         BallotKind = "poll"         // 民意: asks for opinions, binds nobody
	BallotConsultation BallotKind = "consultation" // 居民公决 as a consultation
	BallotElection     BallotKind = "election"     // a statutory election (art. 14 to 25)
)

// BallotState is where a verifiable vote stands.
type BallotState string

const (
	BallotDraft     BallotState = "draft"     // questions and trustees may change
	BallotKeys      BallotState = "keys"      // fixed; the trustees make their keys
	BallotRehearsal BallotState = "rehearsal" // the trustees decrypt a test from their paper
	BallotReady     BallotState = "ready"     // everything was tried; may be opened
	BallotOpen      BallotState = "open"      // on the board; counts from OpensAt to ClosesAt
	BallotEnded     BallotState = "ended"     // EndBallots stands on the board
	BallotTallied   BallotState = "tallied"   // the encrypted tally stands there; the trustees decrypt
	BallotAnnounced BallotState = "announced" // the result stands there
	BallotFew       BallotState = "few"       // too few voted: nothing may be decrypted
	BallotDropped   BallotState = "dropped"   // given up before it was opened
)

// BallotChannel is how a vote reaches the board.
type BallotChannel string

const (
	ViaPaper  BallotChannel = "paper"
	ViaOnsite BallotChannel = "onsite" // a tablet at the polling place
	ViaRemote BallotChannel = "remote" // one's own phone, anywhere
)

// BallotUnit is who has one vote.
type BallotUnit string

const (
	PerPerson    BallotUnit = "person"    // every adult on the list
	PerHousehold BallotUnit = "household" // every household, by one of its adults
	PerRep       BallotUnit = "rep"       // every residents' representative in office
)

// BallotBoard is one verifiable vote and the state of its public board. What is
// on the board stands in BallotEvent; Height, Head, Last and Size repeat its end,
// because the next event hangs on it.
type BallotBoard struct {
	Tenant
	UUID        string // names it in the format; base58
	Kind        BallotKind
	Unit        BallotUnit
	ElectionID  ID // of the electoral office; 0 for polls and consultations
	Title       string
	Description string
	Questions   []byte        // JSON of []BallotQuestion
	Channel     BallotChannel // the one it is lawful to open
	Basis       string        // the provision that allows the channel
	Demo        bool          // by the demonstration pack: 示范 stands on every page
	State       BallotState
	Threshold   int // so many of Size trustees decrypt
	Size        int
	OpensAt     time.Time
	ClosesAt    time.Time

	Trustees    []byte // trustees.json, once the keys are made
	Rehearsal   []byte // JSON of the test; only until it has passed
	Credentials []byte // the public list as it will be published
	Registrar   ID     // who handed in the list

	BoardEnd
	Voters     int    // on the list
	Slips      int    // public credentials
	MarkKey    []byte // sealed; see BallotVoter.Mark. Wiped when no ballot can be taken out any more
	PaperOver  bool   // the adopted rules let a paper ballot take the place of an electronic one
	Overridden int    // voters who did so
	Result     []byte // JSON of the counts, once announced
	CreatedBy  ID
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// BoardEnd is where an archive of events stands: the next event hangs on it.
type BoardEnd struct {
	Clock     int64 // the archive's timestamp, Unix seconds
	Height    int64 // events so far
	Head      []byte
	Last      string
	Bytes     int64 // length of the archive
	Signature []byte
	Ballots   int // in it
	Counted   int // credentials that voted
}

// BallotCount is the second archive of a vote in which paper overrides: the
// board stays as everybody saw it, and the count is made from its ballots but
// for those whose voters came to the polling place. Its ID names its events as
// that of a board does. What is left out is signed by two people of two bodies.
type BallotCount struct {
	Tenant
	BoardID ID
	BoardEnd
	Copied   int64  // events of the board that were looked at so far
	Excluded []byte // digests of the ballots that are left out, 32 bytes each, in the order of the board
	LeftOut  int    // voters who are left out

	ElectoralID     ID // who signed for the electoral committee; 0: nobody yet
	ElectoralName   string
	ElectoralAt     *time.Time
	SupervisionID   ID // and for the residents' affairs supervision committee
	SupervisionName string
	SupervisionAt   *time.Time
	CreatedAt       time.Time
}

// Signed tells whether both bodies answer for what is left out.
func (c *BallotCount) Signed() bool { return c.ElectoralID != 0 && c.SupervisionID != 0 }

// BallotQuestion is a question of a draft: one post, or one matter.
type BallotQuestion struct {
	Text    string   `json:"text"`
	Answers []string `json:"answers"`
	Blank   bool     `json:"blank,omitempty"`
	Min     int      `json:"min"`
	Max     int      `json:"max"`
}

// Limits of a draft. The booth shows one question a screen; a phone encrypts
// this many slots in the time that the figures allow.
const (
	MaxBallotTitle     = 60
	MaxBallotText      = 1000
	MaxBallotQuestions = 10
	MaxBallotAnswers   = 20
	MaxBallotAnswer    = 60
	MaxBallotSlots     = 100 // choices of all questions: such a ballot still fits a form
	MaxBallotTrustees  = 7
)

// BallotEvent is one event of a board as it stands in the archive: its data
// records and the event's own. Nothing in it says who or when.
type BallotEvent struct {
	CommunityID ID    `gorm:"primaryKey;autoIncrement:false"`
	BoardID     ID    `gorm:"primaryKey;autoIncrement:false"`
	Height      int64 `gorm:"primaryKey;autoIncrement:false"`
	Type        string
	Payload     []byte // SHA-256 of the last data record; NULL for EndBallots
	Credential  []byte // of a ballot
	At          int64  // offset in the archive
	Size        int64
	Body        []byte
}

// BallotVoter is the right of one person or household to one vote. It holds no
// time, and nothing from which a ballot could be found once the vote has ended:
// Mark is an HMAC over the credential under a key that is wiped then.
type BallotVoter struct {
	Tenant
	BoardID ID
	UnitID  ID // resident or household
	ProxyID ID // resident who votes for an absent one; 0: nobody
	Voted   bool
	Paper   bool // votes at the polling place: no electronic ballot is taken
	Mark    []byte
}

// BallotTrustee holds a part of the key. What stands here is public or sealed
// to the trustee's own device.
type BallotTrustee struct {
	CommunityID ID  `gorm:"primaryKey;autoIncrement:false"`
	BoardID     ID  `gorm:"primaryKey;autoIncrement:false"`
	Seat        int `gorm:"primaryKey;autoIncrement:false"` // from 1
	UserID      ID
	Name        string
	Body        string // where the trustee comes from: a key of the catalogue
	Cert        []byte
	Polynomial  []byte
	Output      []byte
	Rehearsed   []byte // share of the test
	Share       []byte // share of the tally
	UpdatedAt   time.Time
}

// BallotHead is the end of a board at an hour that people compare: at opening,
// every evening, at closing.
type BallotHead struct {
	CommunityID ID     `gorm:"primaryKey;autoIncrement:false"`
	BoardID     ID     `gorm:"primaryKey;autoIncrement:false"`
	Height      int64  `gorm:"primaryKey;autoIncrement:false"`
	Kind        string // "open", "evening", "close"
	Head        []byte
	Bytes       int64
	Ballots     int
	Signature   []byte
	At          time.Time
}

// BallotShelf holds a spoiled ballot between two devices of a voter for an
// hour, sealed with a key that the server never sees.
type BallotShelf struct {
	Tenant
	BoardID   ID
	Sealed    []byte
	ExpiresAt time.Time
}

// BallotKey is a public key that signed heads of boards before the keys of the
// server were changed. It has signed Next, the one that followed it.
type BallotKey struct {
	ID        string `gorm:"primaryKey"` // the key in hex
	Next      []byte
	Signature []byte
}
