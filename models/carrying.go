package models

import "time"

// TaskState of carrying a decision out.
type TaskState string

const (
	TaskOpen    TaskState = "open"
	TaskDone    TaskState = "done"
	TaskDropped TaskState = "dropped"
)

// DecisionTask is a part of carrying a decision out: who, until when, with
// which money, how far.
type DecisionTask struct {
	Tenant
	DecisionID ID
	Title      string
	Person     string
	UserID     ID
	DueDay     Date
	BudgetFen  Fen
	Progress   int // per cent
	State      TaskState
	Report     string // the last word
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TaskReport is one line of a task's history.
type TaskReport struct {
	Tenant
	TaskID    ID
	Text      string
	Progress  int
	ByUserID  ID
	ByName    string
	CreatedAt time.Time
}

// MoneyRule says which lines of the books are of a class that asks for a
// decision: lines of a category or fund, from an amount and a day on.
type MoneyRule struct {
	Tenant
	Word      string // of a category or a fund
	Class     MatterClass
	FromFen   Fen
	FromDay   Date
	EndedOn   Date
	CreatedAt time.Time
}

// Contract is one that the community entered by a decision.
type Contract struct {
	Tenant
	Class      MatterClass
	DecisionID ID
	Title      string
	Party      string
	AmountFen  Fen
	From       Date `gorm:"column:from_day"`
	Until      Date `gorm:"column:until_day"`
	ByUserID   ID
	CreatedAt  time.Time
}

// Fundraising is money raised in the community by a decision, voluntarily
// (art. 42). Nothing is paid online: gifts are recorded where they are given.
type Fundraising struct {
	Tenant
	DecisionID ID
	Title      string // also the fund's name in the books
	Purpose    string
	TargetFen  Fen
	From       Date `gorm:"column:from_day"`
	Until      Date `gorm:"column:until_day"`
	RaisedFen  Fen  // maintained
	Gifts      int  // maintained
	ClosedAt   *time.Time
	Account    string // how the rest is used, at the end
	ByUserID   ID
	CreatedAt  time.Time
}

// Gift is one voluntary contribution with its receipt.
type Gift struct {
	Tenant
	FundraisingID ID
	Receipt       string // number of the paper receipt; unique
	Name          string // "" = does not want to be named
	Unit          bool   // an organisation, not a person
	AmountFen     Fen
	Day           Date
	ByUserID      ID
	CreatedAt     time.Time
}

// CovenantKind is what residents bind themselves to.
type CovenantKind string

const (
	CovenantCharter   CovenantKind = "charter"   // 居民自治章程
	CovenantCommunity CovenantKind = "community" // 居民公约
	CovenantCompound  CovenantKind = "compound"  // 楼院公约
)

// Covenant is a set of rules that residents give themselves; its versions
// follow one another.
type Covenant struct {
	Tenant
	Kind      CovenantKind
	BodyID    ID // the compound whose it is
	Title     string
	InForce   int // version; 0 none yet
	CreatedAt time.Time
}

// CovenantState of one version.
type CovenantState string

const (
	CovenantDraft      CovenantState = "draft"
	CovenantVoting     CovenantState = "voting" // its matter is on the way
	CovenantInForce    CovenantState = "force"
	CovenantSuperseded CovenantState = "superseded"
	CovenantFailed     CovenantState = "failed"
)

// CovenantVersion is the text of a covenant. (covenant, version) is unique.
type CovenantVersion struct {
	Tenant
	CovenantID ID
	Version    int
	Text       string
	State      CovenantState
	MatterID   ID
	DecisionID ID
	ForceOn    Date
	FiledAt    *time.Time // with the street (art. 31)
	FiledName  string
	FilingNote string
	CreatedAt  time.Time
}

// JointMeeting (联席会议) is one of the parties of an estate; what all agree
// becomes a decision on the estate's board.
type JointMeeting struct {
	Tenant
	BodyID     ID // the estate on whose board it stands
	Title      string
	Day        Date
	Place      string
	Agenda     string
	Outcome    string
	DecisionID ID
	ByUserID   ID
	CreatedAt  time.Time
}

// JointParty took part in a joint meeting. (meeting, body) is unique.
type JointParty struct {
	Tenant
	MeetingID ID
	BodyID    ID // 0: the residents' committee
	Name      string
	Delegate  string
	Agreed    bool
}

// CobuildState of a pledge.
type CobuildState string

const (
	CobuildPromised CobuildState = "promised"
	CobuildDoing    CobuildState = "doing"
	CobuildDone     CobuildState = "done"
	CobuildDropped  CobuildState = "dropped"
)

// CobuildPledge is something real that a unit promises to do for the residents
// in a year (共建承诺, one or two a year).
type CobuildPledge struct {
	Tenant
	BodyID    ID
	Year      int
	Title     string
	DueDay    Date
	State     CobuildState
	Note      string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// OwnersNotice tells the residents' committee of an owners' meeting before it
// is held, and keeps the committee's opinion.
type OwnersNotice struct {
	Tenant
	BodyID     ID
	MeetingDay Date
	Place      string
	Agenda     string
	UserID     ID
	Name       string
	Opinion    string
	OpinionBy  ID
	Opiner     string
	OpinionAt  *time.Time
	CreatedAt  time.Time
}
