package models

import "time"

// MatterState is where a matter stands on its way to a decision.
type MatterState string

const (
	MatterDraft    MatterState = "draft"
	MatterOpen     MatterState = "open"     // published: everybody may comment
	MatterListed   MatterState = "listed"   // on the agenda of a meeting that was called
	MatterDecided  MatterState = "decided"  // a decision was made
	MatterRejected MatterState = "rejected" // the meeting said no
	MatterDropped  MatterState = "dropped"  // given up before a vote
)

// Matter is what a meeting is to decide: its words and money, where it came
// from, the party branch's study, the comments. Published words never change:
// an amended matter is the next version and the old words stay beside it.
type Matter struct {
	Tenant
	Class        MatterClass
	BodyID       ID // whose matter it is, or which body is elected; 0: the community's
	Title        string
	Text         string
	MoneyFen     Fen
	Fund         string // from which money
	Covers       string // of an authorisation: the classes, by spaces
	RevokesID    ID     // of taking back: the decision
	Secret       bool   // how it is voted
	Seats        int    // >0: a choice among options, so many of them
	Origin       MatterOrigin
	OriginID     ID
	MeetingID    ID // the hearing or talk that came before
	State        MatterState
	Version      int
	StudyText    string // the party branch's opinion (art. 30)
	StudyName    string
	StudyBy      ID
	StudyAt      *time.Time
	PublishedAt  *time.Time
	CommentUntil Date
	Comments     int // maintained
	Answered     int // maintained
	DecisionID   ID
	Reason       string // why it was dropped, or changed
	ByUserID     ID
	ByName       string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// MatterOrigin says who brought a matter.
type MatterOrigin string

const (
	OriginCommittee  MatterOrigin = "committee"
	OriginInitiative MatterOrigin = "initiative" // a residents' proposal that found support
	OriginPetition   MatterOrigin = "petition"
	OriginCovenant   MatterOrigin = "covenant"
)

// MatterText is a published version of a matter's words.
type MatterText struct {
	Tenant
	MatterID  ID
	Version   int
	Title     string
	Text      string
	MoneyFen  Fen
	Reason    string // why it was changed
	CreatedAt time.Time
}

// MatterOption is one of the things, or people, to choose among.
type MatterOption struct {
	Tenant
	MatterID   ID
	Ordinal    int
	Text       string
	CostFen    Fen
	ResidentID ID // of a person
}

// MatterComment is what a resident says of a published matter, and the answer.
type MatterComment struct {
	Tenant
	MatterID     ID
	UserID       ID
	Text         string
	PublicText   string // masked
	Answer       string
	PublicAnswer string
	AnsweredBy   ID
	Answerer     string
	AnsweredAt   *time.Time
	CreatedAt    time.Time
}

// SessionState of a meeting of the assembly.
type SessionState string

const (
	SessionDraft     SessionState = "draft"
	SessionCalled    SessionState = "called" // notice is out, with the agenda
	SessionOpen      SessionState = "open"   // the list is frozen; people come in and vote
	SessionClosed    SessionState = "closed"
	SessionCancelled SessionState = "cancelled"
)

// AssemblySession is a residents' meeting or a representatives' meeting, or a
// meeting of a compound's households.
type AssemblySession struct {
	Tenant
	Mode         DecisionMode
	BodyID       ID // a compound's meeting
	Title        string
	Day          Date
	Clock        string // "19:00"
	Place        string
	State        SessionState
	PetitionID   ID // on whose demand
	Urgent       bool
	UrgentGround string
	CalledAt     *time.Time
	CalledBy     ID
	Caller       string
	// Frozen with the list, at the opening.
	OpenedAt  *time.Time
	Entitled  int
	Reps      int // of those, representatives
	Members   int // of those, members of the committee
	Present   int // maintained with the check-in
	Minutes   string
	ClosedAt  *time.Time
	SignedAt  *time.Time // by chair, recorder and supervision committee
	Reason    string     // of a cancellation
	ByUserID  ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// SessionVoter is one line of a meeting's frozen list. (session, key) is
// unique: the resident, the household, the representative, the member.
type SessionVoter struct {
	Tenant
	SessionID   ID
	KeyID       ID
	Kind        string // "resident", "household", "rep", "member"
	ResidentID  ID     // who it is, or who represents the household
	HouseholdID ID
	UserID      ID
	Name        string
	Place       string // to find somebody at the desk
	PresentAt   *time.Time
	Channel     string // "phone", "desk"
	StandIn     ID     // another adult of the household who came for it
}

// ItemState of a line of the agenda.
type ItemState string

const (
	ItemWaiting ItemState = "waiting"
	ItemOpen    ItemState = "open" // being voted
	ItemClosed  ItemState = "closed"
)

// SessionItem is a matter on a meeting's agenda, with the figures of its vote.
type SessionItem struct {
	Tenant
	SessionID  ID
	MatterID   ID
	Ordinal    int
	State      ItemState
	Secret     bool
	Cast       int // maintained: marks
	Paper      int // of those, on paper or by hands
	Entitled   int // frozen when the vote closes
	Present    int
	Yes        int
	No         int
	Abstain    int
	Void       int
	Passed     bool
	DecisionID ID
	OpenedAt   *time.Time
	ClosedAt   *time.Time
	CounterID  ID // who entered the paper votes
	Counter    string
}

// VoteMark says that somebody on the list has voted on an item. (item, voter)
// is unique: one vote, by whatever channel. Of a secret vote it holds no
// choice and no time; the ballot is a row elsewhere that knows no voter.
type VoteMark struct {
	Tenant
	ItemID  ID
	VoterID ID
	Channel string // "phone", "tablet", "paper", "hands"
	Choice  string // of an open vote by phone or tablet: "yes", "no", "abstain", or ids of options
}

// SecretBallot is a vote without a voter. Its id is random and says nothing of
// when it was cast; the table is ordered by it.
type SecretBallot struct {
	Tenant
	ItemID ID
	Choice string
}

// ItemCount are the votes for one choice of an item, by where they came from.
// (item, choice) is unique.
type ItemCount struct {
	Tenant
	ItemID     ID
	Choice     string // "yes", "no", "abstain", "void", or the id of an option
	Electronic int
	Paper      int
}

// SessionGuest is somebody in the hall without a vote.
type SessionGuest struct {
	Tenant
	SessionID ID
	Kind      string // "supervisor", "listener", "invited"
	UserID    ID     // of a listener who signed up by phone
	Name      string
	Note      string // what they said, for the minutes
	CreatedAt time.Time
}

// SessionSign is a signature under the minutes. (session, seat) and (session,
// person) are unique: three seats, three people.
type SessionSign struct {
	Tenant
	SessionID ID
	Seat      string // "chair", "recorder", "supervisor"
	UserID    ID
	PersonKey string
	Name      string
	CreatedAt time.Time
}
