package models

import "time"

// BodyKind says what an organisation of the community is.
type BodyKind string

const (
	BodyGroup        BodyKind = "group"        // 居民小组 (art. 13)
	BodySupervision  BodyKind = "supervision"  // 居务监督委员会 (art. 36)
	BodyDeliberation BodyKind = "deliberation" // 议事协商委员会
	BodySub          BodyKind = "sub"          // 下属委员会 (art. 9)
	BodyElectoral    BodyKind = "electoral"    // 居民选举委员会 (art. 15)
	BodyCompound     BodyKind = "compound"     // 楼院协商管理会, with a board of its own
	BodyOwners       BodyKind = "owners"       // 业主委员会
	BodyProperty     BodyKind = "property"     // 物业服务企业
	BodyUnit         BodyKind = "unit"         // 驻社区单位 (art. 46)
	BodySocial       BodyKind = "social"       // 社区社会组织
	BodyPanel        BodyKind = "panel"        // 考核评议小组 of a 成效评议会
)

// Body is an organisation that takes part in the community's affairs: one the
// residents elect, or a registered party with whom to talk.
type Body struct {
	Tenant
	Kind       BodyKind
	Name       string // unique among the bodies of a kind that exist
	GroupName  string // of a residents' group: the 居民小组 of its households on the roll
	Seats      int    // how many it has, or how many representatives the group sends
	Duties     string // what it is for, in public
	Contact    string // whom to ask; shown to everybody
	Phone      string
	Address    string
	CreditCode string // 统一社会信用代码 of a registered party
	Rank       int    // order on the page
	EndedOn    Date   // "" while it exists
	LiveName   *string
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// BodyPlace is a building of a compound, an estate or a property company.
type BodyPlace struct {
	Tenant
	BodyID     ID
	BuildingID ID
}

// Seat is what somebody is in a body.
type Seat string

const (
	SitsRep     Seat = "rep"     // 居民代表, sent by a residents' group (art. 13)
	SitsHead    Seat = "head"    // 小组长, 主任, 会长
	SitsDeputy  Seat = "deputy"  // 副主任
	SitsMember  Seat = "member"  // 委员
	SitsContact Seat = "contact" // whom a registered party sends
)

// MandateState of one mandate.
type MandateState string

const (
	MandateServing    MandateState = "serving"
	MandateSubstitute MandateState = "substitute" // stands in order for a vacancy
	MandateEnded      MandateState = "ended"
)

// Mandate says who sits in which body, from when to when, by which recorded
// decision. A mandate is never deleted: a vacancy ends it, a substitute gets
// one of their own that names whom they replace.
type Mandate struct {
	Tenant
	BodyID        ID
	Post          Seat
	ResidentID    ID // 0: sent by a registered party and not on the roll
	UserID        ID // the login, where one is known
	Name          string
	From          Date   `gorm:"column:from_day"`
	Until         Date   `gorm:"column:until_day"` // last day of the term
	DecisionID    ID     // by which it was given
	Basis         string // the letter by which a registered party sends somebody
	Votes         int
	Rank          int // in the order of votes, from 1; the order of substitutes
	State         MandateState
	ReplacesID    ID
	EndedOn       Date // first day without it
	EndReason     string
	EndDecisionID ID
	AppointmentID ID // the role that followed from it
	// LiveResident repeats the person while the mandate stands: its UNIQUE key
	// with body and post keeps one mandate per person.
	LiveResident *ID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// InOffice tells whether the mandate gives its rights on the day.
func (m Mandate) InOffice(day Date) bool {
	return m.State != MandateSubstitute && m.From <= day && (m.Until == "" || day <= m.Until) && (m.EndedOn == "" || day < m.EndedOn)
}

// VoteMethod says how a small body was elected.
type VoteMethod string

const (
	MethodHands VoteMethod = "hands" // show of hands
	MethodPaper VoteMethod = "paper"
	MethodPhone VoteMethod = "phone" // households were called one by one
)

// VoteUnit is who had a vote.
type VoteUnit string

const (
	UnitHousehold VoteUnit = "household" // the households of the group or compound
	UnitAssembly  VoteUnit = "assembly"  // the representatives' meeting
	UnitCommittee VoteUnit = "committee" // members of the residents' committee
	UnitDelegates VoteUnit = "delegates" // residents' representatives, council, units, party branch: whoever sends an appraisal's panel
)

// BodyVoteState of a recorded election.
type BodyVoteState string

const (
	BodyVoteOpen      BodyVoteState = "open"      // candidates, participants and counts are being recorded
	BodyVoteCounted   BodyVoteState = "counted"   // figures are in; a second person checks them
	BodyVoteConfirmed BodyVoteState = "confirmed" // decided; mandates and roles have followed
	BodyVoteVoid      BodyVoteState = "void"      // too few took part, nobody elected, or given up
)

// BodyVote is the recorded election of a small body: who could vote, who took
// part and how, what each candidate got, who recorded and who checked it.
type BodyVote struct {
	Tenant
	BodyID      ID
	Post        Seat
	Method      VoteMethod
	Unit        VoteUnit
	Day         Date
	Place       string
	Seats       int
	Entitled    int // frozen when the vote was opened
	TookPart    int // maintained with the marks
	Void        int // blank or spoilt
	State       BodyVoteState
	Reason      string // of a void one
	RecorderID  ID
	RecorderKey string
	Recorder    string
	Witness     string // who counted with the recorder, as on the paper record
	ConfirmerID ID
	Confirmer   string
	ConfirmedAt *time.Time
	DecisionID  ID
	From        Date `gorm:"column:from_day"`
	Until       Date `gorm:"column:until_day"`
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// BodyCandidate of a recorded election. (vote, resident) is unique.
type BodyCandidate struct {
	Tenant
	VoteID     ID
	ResidentID ID
	Name       string
	Votes      int
	Place      int // in the order of votes, from 1; 0 before the count
	Elected    bool
}

// BodyVoteMark is one household, representative or member that took part.
// (vote, voter) is unique: nobody votes twice, by whatever channel.
type BodyVoteMark struct {
	Tenant
	VoteID  ID
	VoterID ID // household, or mandate, or user
	Channel VoteMethod
}
