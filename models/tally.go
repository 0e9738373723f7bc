package models

import "time"

// Teller places: two enter the same heap without seeing each other; 0 is what
// was agreed on in front of the watcher.
const (
	TellerAgreed = 0
	TellerOne    = 1
	TellerTwo    = 2
)

// TallySheetState of one teller's entry for one heap.
type TallySheetState string

const (
	SheetOpen TallySheetState = "open"
	SheetDone TallySheetState = "done"
)

// TallySheet is one teller's entry for the ballots of one heap (a station with
// those mixed into it). (heap, teller) and (heap, user) are unique: two
// different people.
type TallySheet struct {
	Tenant
	ElectionID ID
	StationID  ID // the heap
	Teller     int
	UserID     ID
	PersonKey  string
	Name       string
	Way        string // "sheet" or "ballots"
	State      TallySheetState
	Ballots    int // entered one by one
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TallyLine is one number of a sheet. (sheet, key) is unique.
type TallyLine struct {
	Tenant
	ElectionID ID
	SheetID    ID
	Key        string // "valid", "invalid", "blank", "for:ID", "against:ID", "abstain:ID"
	N          int
}

// PaperBallot is one ballot as a teller typed it: marks only, in the order of
// the heap, which says nothing about who cast it.
type PaperBallot struct {
	Tenant
	ElectionID ID
	SheetID    ID
	Seq        int
	Marks      string // JSON of policy.Marks
	Verdict    string // "valid", "invalid", "blank"
}

// TallyConfirm says that the watcher saw the heap's numbers agree.
type TallyConfirm struct {
	Tenant
	ElectionID ID
	StationID  ID
	UserID     ID
	Name       string
	Note       string // how differences were settled
	CreatedAt  time.Time
}

// WriteIn (另选他人) is somebody named on a ballot who is not a candidate.
// (election, post, voter) is unique.
type WriteIn struct {
	Tenant
	ElectionID ID
	Post       Post
	VoterID    ID
	ResidentID ID
	Name       string
	Sex        string
	CreatedAt  time.Time
}

// ElectedMember is somebody who won a seat.
type ElectedMember struct {
	Tenant
	ElectionID    ID
	ResidentID    ID
	UserID        ID
	Name          string
	Sex           string
	Post          Post
	Votes         int
	Rank          int
	Certificate   string // number of 当选证书
	AppointmentID ID
	VoidAt        *time.Time // 当选无效 (art. 22)
	VoidGround    string
	VoidReason    string
	VoidBy        string
	EndedAt       *time.Time // resigned, recalled, lost by law
	CreatedAt     time.Time
}

// ElectionComplaint is a complaint against the conduct of an election (art. 22):
// the street and the district investigate.
type ElectionComplaint struct {
	Tenant
	ElectionID   ID
	Number       string
	UserID       ID
	Text         string // for the office only
	State        InquiryState
	To           Role `gorm:"column:to_role"` // street or district
	DueDay       Date
	Answer       string
	AnsweredBy   ID
	AnsweredName string
	AnsweredAt   *time.Time
	CreatedAt    time.Time
}

// HandoverItem is a line of the handover list: seal, rooms, books, archives.
type HandoverItem struct {
	Tenant
	ElectionID ID
	Kind       string
	Text       string
	Done       bool
	ByName     string
	CreatedAt  time.Time
}

// RecallState of a demand to remove a member (罢免, art. 20).
type RecallState string

const (
	RecallGathering RecallState = "gathering"
	RecallValid     RecallState = "valid"   // enough signatures: a vote must be held
	RecallVote      RecallState = "vote"    // its election stands
	RecallRemoved   RecallState = "removed" // carried
	RecallKept      RecallState = "kept"    // failed
	RecallEnded     RecallState = "ended"   // resigned before, or taken back
)

// Recall is a demand with its reasons and the member's answer.
type Recall struct {
	Tenant
	ElectionID ID // of the member's own election: its roll decides who may sign
	VoteID     ID // the recall's own election
	MemberID   ID // ElectedMember
	Number     string
	Name       string
	Reason     string
	Defence    string
	State      RecallState
	Signatures int
	HouseSigns int // of them household representatives
	RepSigns   int // of them 居民代表
	// What makes the demand, fixed when it began; 0 where there is nobody of the kind.
	Needed       int
	NeededHouses int
	NeededReps   int
	DueDay       Date // last day to hold the vote
	UserID       ID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// ResignationState of a resignation (art. 21).
type ResignationState string

const (
	ResignationAsked    ResignationState = "asked"
	ResignationAccepted ResignationState = "accepted"
	ResignationRefused  ResignationState = "refused"
	ResignationTaken    ResignationState = "withdrawn"
)

// Resignation of a member; the post ends on the day the assembly accepts it.
type Resignation struct {
	Tenant
	MemberID  ID
	UserID    ID
	Name      string
	Text      string
	State     ResignationState
	Decision  string
	EndDay    Date
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ElectionRound is a round of many communities under one street (统一换届).
// It is global: the street's, not a community's.
type ElectionRound struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	StreetID  ID
	Name      string
	Day       Date `gorm:"column:election_day"`
	ByUserID  ID
	CreatedAt time.Time
}
