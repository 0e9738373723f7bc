package models

import "time"

// MeetingKind is one of the four kinds of meetings (四会) or the yearly review
// of the committee's members, which the law adds to them.
type MeetingKind string

const (
	MeetingHeartTalk    MeetingKind = "heart_talk"   // 民情恳谈会
	MeetingCoordination MeetingKind = "coordination" // 事务协调会; private: a Mediation, never a CivicMeeting row
	MeetingHearing      MeetingKind = "hearing"      // 工作听证会
	MeetingAppraisal    MeetingKind = "appraisal"    // 成效评议会
	MeetingReview       MeetingKind = "review"       // 民主评议 of members (art. 37)
)

// MeetingState of a meeting.
type MeetingState string

const (
	MeetingDraft     MeetingState = "draft"
	MeetingCalled    MeetingState = "called" // the notice is out
	MeetingHeld      MeetingState = "held"
	MeetingClosed    MeetingState = "closed" // everything that had to follow is out
	MeetingCancelled MeetingState = "cancelled"
	MeetingDropped   MeetingState = "dropped" // a draft that was given up
)

// Allotment says how open seats are given.
type Allotment string

const (
	AllotFirst   Allotment = "first"   // by first come
	AllotLottery Allotment = "lottery" // by public lottery when signing up has ended
)

// CivicMeeting (四会) is a meeting to which a community is called.
type CivicMeeting struct {
	Tenant
	Kind      MeetingKind
	State     MeetingState
	Title     string
	Summary   string // what it is about, in a few sentences
	Place     string
	StartAt   time.Time
	EndAt     time.Time
	Quarterly bool   // the talk of its quarter, not one besides it
	Unit      string // who answers at a hearing, who is appraised
	Chair     string
	Recorder  string
	LinkSeal  []byte // address for those who join from home; shown to those admitted only
	Allotment Allotment

	SignupUntil time.Time
	ChangeUntil time.Time

	NoticeID    ID // the version of the notice that stands on the board
	Number      string
	Revision    int // counts changes after the notice, for calendars
	PublishedAt *time.Time
	HeldAt      *time.Time
	ClosedAt    *time.Time
	Reason      string // why it was changed or called off
	FeedbackDue Date   // set when it was held; "" where the kind asks for none
	MinutesDue  Date
	MinutesAt   *time.Time // its minutes came out

	// The lottery: the secret half of the seed is bound before anybody signs up.
	SeedSeal []byte
	SeedHash string
	SeedText string // the words said in the open when it was drawn
	Seed     string // hex; "" until drawn
	DrawnAt  *time.Time
	// DrawnList is what was drawn, as JSON, ticket by ticket.
	DrawnList []byte

	Waits     int // last place given on the waiting list
	Tickets   int // sign-ups that stand
	Opinions  int // last number given to an opinion
	Answered  int // opinions that have an answer
	Present   int // checked in
	CaseID    ID  // the case that led here; 0 for none
	CreatedBy ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Late is the day that has passed without what was due on it; "" when none has.
func (m CivicMeeting) Late(today Date) Date {
	switch {
	case m.State != MeetingHeld:
	case m.MinutesDue != "" && m.MinutesDue < today && m.MinutesAt == nil:
		return m.MinutesDue
	case m.FeedbackDue != "" && m.FeedbackDue < today && m.Answered < m.Opinions:
		return m.FeedbackDue
	}
	return ""
}

// MeetingItem is one timed item of the agenda.
type MeetingItem struct {
	Tenant
	MeetingID ID
	Place     int // in the order of the agenda, from 1
	Minutes   int
	Title     string
	Who       string
}

// MeetingBody names who must or may be invited.
type MeetingBody string

const (
	InviteCommittee MeetingBody = "committee" // 居委会成员
	InviteParty     MeetingBody = "party"     // 社区党组织
	InviteReps      MeetingBody = "reps"      // 居民代表 / 社区成员代表
	InviteCouncil   MeetingBody = "council"   // 议事协商委员会
	InviteUnits     MeetingBody = "units"     // 辖区单位
	InviteStreet    MeetingBody = "street"    // 街道
	InviteUnit      MeetingBody = "unit"      // the responsible unit, or the body appraised
	InviteDeputies  MeetingBody = "deputies"  // 人大代表, 政协委员
	InviteResidents MeetingBody = "residents" // other residents
	InviteMembers   MeetingBody = "members"   // 党员
	InvitePolice    MeetingBody = "police"    // 社区民警
	InviteJustice   MeetingBody = "justice"   // 街道司法人员
)

// MeetingInvite is a body or a person invited by the office.
type MeetingInvite struct {
	Tenant
	MeetingID  ID
	Body       MeetingBody
	Name       string
	PhoneSeal  []byte
	PhoneIndex []byte
	ComesAt    *time.Time
	CreatedAt  time.Time
}

// MeetingPart is how somebody takes part.
type MeetingPart string

const (
	PartDelegate MeetingPart = "delegate"
	PartSpeaker  MeetingPart = "speaker"
	PartListener MeetingPart = "listener"
)

// MeetingPool is whom a seat is kept for.
type MeetingPool string

const (
	PoolOpen    MeetingPool = "open"
	PoolReps    MeetingPool = "reps"
	PoolParty   MeetingPool = "party"
	PoolCouncil MeetingPool = "council"
	PoolUnits   MeetingPool = "units"
)

// MeetingSeats is a number of seats of one part for one pool. (meeting, part,
// pool) is unique; Taken never exceeds Total.
type MeetingSeats struct {
	Tenant
	MeetingID ID
	Part      MeetingPart
	Pool      MeetingPool
	Total     int
	Taken     int
}

// PlaceState of somebody who wants to come.
type PlaceState string

const (
	PlaceEntered PlaceState = "entered" // in the lottery, not drawn yet
	PlaceSeated  PlaceState = "seated"
	PlaceWaiting PlaceState = "waiting"
	PlaceOffered PlaceState = "offered" // a seat was kept until OfferUntil
	PlaceLeft    PlaceState = "left"
	PlaceLapsed  PlaceState = "lapsed" // did not take the seat in time
)

// MeetingSignup is one person's place. (meeting, person) is unique while it
// stands: LivePerson repeats PersonKey until the person leaves.
type MeetingSignup struct {
	Tenant
	MeetingID  ID
	UserID     ID // who is told; 0 when signed up at the desk without a telephone
	ResidentID ID
	PersonKey  string
	LivePerson *string
	Name       string
	PhoneSeal  []byte // of somebody signed up at the desk
	ForOther   bool   // signed up by a relative
	ForUser    ID     // the login of whom a relative of another household signed up; 0 for none
	ByDesk     ID     // the officer who signed them up
	Part       MeetingPart
	Wanted     MeetingPool // the pool of the group the person belongs to
	Pool       MeetingPool // where the seat is from; "" without one
	State      PlaceState
	Wait       int // place on the waiting list; 0 for none
	Rank       int `gorm:"column:rank_no"` // place in the lottery's order, from 1; 0 before
	Ticket     string
	OfferUntil *time.Time
	Remote     bool
	NeedsSeal  []byte // what helps them take part; sensitive, sealed, wiped after the meeting
	RemindedAt *time.Time
	PresentAt  *time.Time
	PresentBy  string // "code", "door", "name", "remote"
	CreatedAt  time.Time
	UpdatedAt  time.Time
}
