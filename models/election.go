package models

import "time"

// ElectionKind says what is voted about. Every vote is an election of its own,
// with its candidates, stations and count; the run-off, the vote among tied
// ones and the recall take over the frozen rules and the roll of their parent.
type ElectionKind string

const (
	ElectionGeneral ElectionKind = "general" // 换届选举
	ElectionRunoff  ElectionKind = "runoff"  // 另行选举 (art. 19)
	ElectionTie     ElectionKind = "tie"     // 再次投票 among those with equal votes
	ElectionBy      ElectionKind = "by"      // 补选 (art. 24)
	ElectionRecall  ElectionKind = "recall"  // 罢免投票 (art. 20)
)

// ElectionMode says who votes (art. 14).
type ElectionMode string

const (
	ModeVoters     ElectionMode = "voters"     // 全体选民
	ModeHouseholds ElectionMode = "households" // 户代表
	ModeReps       ElectionMode = "reps"       // 居民代表
)

// ElectionModes in the order of the law.
var ElectionModes = []ElectionMode{ModeVoters, ModeHouseholds, ModeReps}

// ElectionState is where an election stands; policy.ElectionMoves says how it
// goes on.
type ElectionState string

const (
	ElectionPlanned    ElectionState = "planned"    // mode, day and posts are being prepared; nothing is public
	ElectionPreparing  ElectionState = "preparing"  // the first notice is out: the rules are frozen
	ElectionRoll       ElectionState = "roll"       // the roll is public, objections are open
	ElectionFrozen     ElectionState = "frozen"     // the roll is final and has its fingerprint
	ElectionCandidates ElectionState = "candidates" // the formal candidates are public
	ElectionVoting     ElectionState = "voting"     // ballots are issued
	ElectionCounting   ElectionState = "counting"   // the polls are closed: no voter is claimed any more
	ElectionSealed     ElectionState = "sealed"     // the result stands; only annulment is left
	ElectionVoid       ElectionState = "void"       // declared void with its grounds
	ElectionArchived   ElectionState = "archived"
	ElectionDropped    ElectionState = "dropped" // given up before its first notice
)

// Election (换届选举) is one vote of a community.
type Election struct {
	Tenant
	Kind     ElectionKind
	ParentID ID // of a run-off, a tie, a by-election, a recall
	RoundID  ID // of the street's round of many communities; 0 if alone
	Title    string
	Term     int // 届
	Mode     ElectionMode
	State    ElectionState
	Day      Date `gorm:"column:election_day"`

	Pack      string // rule pack
	Rules     []byte // JSON of every key with its source; frozen with the first notice
	RulesHash []byte
	FrozenAt  *time.Time

	DecisionID ID   // of the assembly, that formed the electoral committee; 0 if it was taken elsewhere
	Electronic bool // an electronic channel stands beside paper, by decision
	Notices    int  // numbered notices so far

	// The roll.
	LastNumber      int // highest roll number given
	Listed          int // rows on the roll, undeclared ones too
	Voters          int // declared rows
	Electors        int // those who vote in this mode: the denominator of turnout
	RollAt          *time.Time
	RollUntil       Date // last day of the display
	ObjectUntil     Date // last day to object
	RollFrozenAt    *time.Time
	RollFingerprint []byte

	// The vote.
	OpenedAt   *time.Time
	ClosedAt   *time.Time
	EVotes     int // voters who were claimed by the electronic channel
	EResult    []byte
	ECandidate []byte // hash of the published candidates the electronic ballot was made from

	SealedAt    *time.Time
	SealedBy    ID
	SealedName  string
	Result      []byte // JSON of policy.Result, as sealed
	Fingerprint []byte
	VoidAt      *time.Time
	VoidGround  string
	VoidReason  string
	VoidBy      string

	HandoverDay Date
	HandoverAt  *time.Time // confirmed by the street
	ArchivedAt  *time.Time
	ByUserID    ID
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Post of the residents' committee that is filled by vote.
type Post string

const (
	PostDirector       Post = "director"
	PostDeputyDirector Post = "deputy"
	PostMember         Post = "member"
	PostWoman          Post = "woman"  // 妇女委员, where she has a line of her own
	PostRecall         Post = "recall" // not a post: the question of a recall
)

// ElectionPost is a post with its seats. (election, post) is unique.
type ElectionPost struct {
	Tenant
	ElectionID ID
	Post       Post
	Seats      int
	WomanSeat  bool // one seat of it is kept for a woman (art. 8)
	Rank       int  // order on the ballot, highest post first
}

// ElectionStep is a step of the timetable that somebody has done. The dates
// are computed from day and rules; (election, key) is unique.
type ElectionStep struct {
	Tenant
	ElectionID ID
	Key        string
	Note       string
	DoneBy     ID
	DoneName   string
	DoneAt     time.Time
}

// ElectionNoticeState of a numbered notice (公告).
type ElectionNoticeState string

const (
	ElectionNoticeDraft     ElectionNoticeState = "draft"
	ElectionNoticePublished ElectionNoticeState = "published"
)

// ElectionNotice is a numbered notice of an election; its published text is a
// Notice of the community. (election, number) is unique once it has one.
type ElectionNotice struct {
	Tenant
	ElectionID ID
	Template   string
	Number     *int
	NoticeID   ID
	Title      string
	Body       string
	Personal   bool
	State      ElectionNoticeState
	DueDay     Date
	ByUserID   ID
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// NoticeDisplay is the proof that a printed notice hung at a place.
type NoticeDisplay struct {
	Tenant
	ElectionID ID
	NoticeID   ID // of the ElectionNotice
	Place      string
	Day        Date
	RemovedDay Date
	Witness    string
	ByUserID   ID
	ByName     string
	CreatedAt  time.Time
}

// ElectoralSeat is a place in the electoral committee (居民选举委员会).
type ElectoralSeat string

const (
	SeatChair      ElectoralSeat = "chair"
	SeatVice       ElectoralSeat = "vice"
	SeatMember     ElectoralSeat = "member"
	SeatSubstitute ElectoralSeat = "substitute" // moves up in the order of the result (art. 15)
)

// ElectoralState of a member.
type ElectoralState string

const (
	ElectoralServing ElectoralState = "serving"
	ElectoralWaiting ElectoralState = "waiting" // a substitute
	ElectoralLeft    ElectoralState = "left"
)

// ElectoralMember is somebody the assembly chose to run the election.
type ElectoralMember struct {
	Tenant
	ElectionID    ID
	ResidentID    ID
	UserID        ID
	AppointmentID ID // the ec_ post while it holds
	Name          string
	Seat          ElectoralSeat
	State         ElectoralState
	Votes         int // of the choice
	Rank          int // order of the result
	Reason        string
	ReplacesID    ID   // whom a substitute followed
	From          Date `gorm:"column:from_day"`
	Until         Date `gorm:"column:until_day"`
	CreatedAt     time.Time
}
