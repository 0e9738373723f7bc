package models

import "time"

// VoterState of a row of the roll (选民名单). Only declared rows are voters:
// the law registers those who say that they take part (art. 16).
type VoterState string

const (
	VoterUndeclared VoterState = "undeclared"
	VoterApplied    VoterState = "applied"  // waits for the electoral committee: evidence to look at
	VoterDeclared   VoterState = "declared" // registered
	VoterStruck     VoterState = "struck"   // taken off with a reason
)

// VoterBasis is why somebody may be registered (art. 16).
type VoterBasis string

const (
	BasisDomicile VoterBasis = "domicile" // 户籍 here
	BasisHabitual VoterBasis = "habitual" // 户籍 elsewhere, 常住 here
	BasisWorker   VoterBasis = "worker"   // 社区工作者, six months of work here
)

// VoterWay is how a declaration came in.
type VoterWay string

const (
	WayPhone VoterWay = "phone"
	WayDesk  VoterWay = "desk"
	WayDoor  VoterWay = "door" // at a visit
	WayPaper VoterWay = "paper"
)

// Channel by which one ballot is given.
type Channel string

const (
	ChannelNone       Channel = ""
	ChannelPaper      Channel = "paper"
	ChannelElectronic Channel = "electronic"
)

// Voter (选民) is one row of an election's roll. (election, number) and
// (election, resident) are unique. The row says that somebody voted and by
// which channel, never when: an hour beside the order of a board would tell
// how.
type Voter struct {
	Tenant
	ElectionID  ID
	Number      int // roll number, printed on the voter card
	ResidentID  *ID // nil: a community worker who lives elsewhere
	HouseholdID ID
	PersonIndex []byte // blind index of the document: the same person on another roll
	Name        string
	Sex         string
	Birth       Date
	GroupName   string
	Building    string
	Room        string // for cards and door visits, never public
	Basis       VoterBasis
	State       VoterState
	Way         VoterWay
	Evidence    string
	Reason      string // why struck or refused
	Late        bool   // came after the freeze, as the pack allows
	Elector     bool   // votes in the election's mode
	DeclaredAt  *time.Time
	DeclaredBy  ID

	// Where one ballot waits for this voter.
	StationID    ID
	Channel      Channel
	MobileReason string
	ProxyID      ID // the voter who votes for this one
	Proxies      int

	// Set once, by claimChannel.
	UsedChannel Channel
	UsedStation ID
	UsedKey     string // the tablet that gave it out: the same sending again is no second voter
	CreatedAt   time.Time
}

// ObjectionKind says what is held against the roll (art. 17).
type ObjectionKind string

const (
	ObjectionMissing ObjectionKind = "missing" // somebody who should be on it is not
	ObjectionWrong   ObjectionKind = "wrong"   // somebody is on it who should not be
	ObjectionError   ObjectionKind = "error"   // a name or place is wrong
)

// ObjectionState of an objection.
type ObjectionState string

const (
	ObjectionOpen     ObjectionState = "open"
	ObjectionUpheld   ObjectionState = "upheld"
	ObjectionRejected ObjectionState = "rejected"
)

// RollObjection (申诉) against the roll; decided in three days and published.
type RollObjection struct {
	Tenant
	ElectionID  ID
	Number      string
	Kind        ObjectionKind
	VoterID     ID // the row it is about; 0 for a missing one
	ResidentID  ID // the missing person
	UserID      ID
	Name        string
	Text        string
	State       ObjectionState
	DueDay      Date
	Decision    string
	DecidedBy   ID
	DecidedName string
	DecidedAt   *time.Time
	CreatedAt   time.Time
}

// RollCorrection is a published change of a public roll: added, struck, changed.
type RollCorrection struct {
	Tenant
	ElectionID  ID
	ObjectionID ID
	VoterID     ID
	Kind        string // "added", "struck", "changed"
	Text        string // public words
	CreatedAt   time.Time
}

// ProxyState of a mandate to vote for another (委托投票).
type ProxyState string

const (
	ProxyAsked    ProxyState = "asked"
	ProxyApproved ProxyState = "approved"
	ProxyRefused  ProxyState = "refused"
	ProxyRevoked  ProxyState = "revoked"
)

// Proxy is one mandate. LiveVoter repeats the voter while it is asked or
// approved: UNIQUE keeps one per voter.
type Proxy struct {
	Tenant
	ElectionID  ID
	VoterID     ID
	LiveVoter   *ID
	ProxyID     ID // the voter who acts
	Way         VoterWay
	Reason      string // why absent in the election period
	State       ProxyState
	Decision    string
	UserID      ID
	DecidedBy   ID
	DecidedName string
	CreatedAt   time.Time
	DecidedAt   *time.Time
}
