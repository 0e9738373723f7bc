package models

import "time"

// ComplaintState is where a case (诉求, 工单) of 民情快递 stands.
type ComplaintState string

const (
	ComplaintReceived     ComplaintState = "received"
	ComplaintTriaged      ComplaintState = "triaged"      // category, grid and urgency are settled
	ComplaintAssigned     ComplaintState = "assigned"     // dispatched, not yet taken up
	ComplaintProcessing   ComplaintState = "processing"   // taken up
	ComplaintDeliberating ComplaintState = "deliberating" // of common interest: before a meeting (议事听证)
	ComplaintAnswered     ComplaintState = "answered"     // 民情反馈
	ComplaintRated        ComplaintState = "rated"        // the reporter is not content
	ComplaintReopened     ComplaintState = "reopened"     // once
	ComplaintEscalated    ComplaintState = "escalated"    // to street, 12345 or 信访, with the legal clock
	ComplaintClosed       ComplaintState = "closed"
	ComplaintRefused      ComplaintState = "refused" // not accepted; says why and where to go
	ComplaintWithdrawn    ComplaintState = "withdrawn"
	ComplaintMerged       ComplaintState = "merged"
)

// ComplaintStates in the order of a case's way.
var ComplaintStates = []ComplaintState{
	ComplaintReceived, ComplaintTriaged, ComplaintAssigned, ComplaintProcessing, ComplaintDeliberating, ComplaintAnswered,
	ComplaintRated, ComplaintReopened, ComplaintEscalated, ComplaintClosed, ComplaintRefused, ComplaintWithdrawn, ComplaintMerged,
}

// Open tells whether somebody still has to do something.
func (s ComplaintState) Open() bool {
	switch s {
	case ComplaintClosed, ComplaintRefused, ComplaintWithdrawn, ComplaintMerged, "":
		return false
	}
	return true
}

// ComplaintLevel says who learns who reported (domain.md E3).
type ComplaintLevel string

const (
	LevelNamed        ComplaintLevel = "named"        // whoever handles it
	LevelConfidential ComplaintLevel = "confidential" // the intake officer and the supervision committee
	LevelAnonymous    ComplaintLevel = "anonymous"    // nobody: a tracking code, no account
)

// ComplaintLevels in the order of the form.
var ComplaintLevels = []ComplaintLevel{LevelNamed, LevelConfidential, LevelAnonymous}

// ComplaintAbout says whose acts a case is about, when it must not reach them.
type ComplaintAbout string

const (
	AboutNobody     ComplaintAbout = ""
	AboutCommittee  ComplaintAbout = "committee"  // the committee or a member: supervision committee and street
	AboutSupervisor ComplaintAbout = "supervisor" // the supervision committee: street
	AboutStreet     ComplaintAbout = "street"     // the street office: supervision committee
)

// ComplaintKinds of the hotline ordinances (京接诉即办 art. 2) and praise.
type ComplaintKind string

const (
	KindComplaint  ComplaintKind = "complaint"  // 投诉
	KindHelp       ComplaintKind = "help"       // 求助
	KindQuestion   ComplaintKind = "question"   // 咨询
	KindReport     ComplaintKind = "report"     // 举报
	KindSuggestion ComplaintKind = "suggestion" // 建议
	KindPraise     ComplaintKind = "praise"     // 表扬
)

// ComplaintChannel is how a case came in (domain.md A5-02).
type ComplaintChannel string

const (
	ChannelWeb     ComplaintChannel = "web"
	ChannelQR      ComplaintChannel = "qr"
	ChannelDesk    ComplaintChannel = "desk"
	ChannelPhone   ComplaintChannel = "phone"
	ChannelVisit   ComplaintChannel = "visit"         // 走访
	ChannelMailbox ComplaintChannel = "mailbox"       // 民意信箱
	ChannelDay     ComplaintChannel = "democracy_day" // 社区民主日
	ChannelMeeting ComplaintChannel = "meeting"
	ChannelOpen311 ComplaintChannel = "open311"
	ChannelHotline ComplaintChannel = "hotline" // sent down by 12345 or the street
)

// EntryChannels are those an officer enters a case for.
var EntryChannels = []ComplaintChannel{ChannelDesk, ChannelPhone, ChannelVisit, ChannelMailbox, ChannelDay, ChannelMeeting, ChannelHotline}

// AssigneeKind is who has a case.
type AssigneeKind string

const (
	AssigneeDuty       AssigneeKind = "duty"       // the director's desk
	AssigneeGrid       AssigneeKind = "grid"       // the worker of a grid
	AssigneeMember     AssigneeKind = "member"     // one officer by login
	AssigneeStation    AssigneeKind = "station"    // the service station
	AssigneeUnit       AssigneeKind = "unit"       // a property company or another unit
	AssigneeSupervisor AssigneeKind = "supervisor" // the supervision committee
	AssigneeStreet     AssigneeKind = "street"     // the street office
)

// Assignee is who has a case: a kind, and which one of it.
type Assignee struct {
	Kind AssigneeKind
	ID   ID // grid, login or unit; 0 where there is only one of the kind
}

// EscalationKind is where a case was escalated to; each has its legal clock.
type EscalationKind string

const (
	EscalatedStreet   EscalationKind = "street"
	EscalatedHotline  EscalationKind = "hotline"  // 12345
	EscalatedPetition EscalationKind = "petition" // 信访
	EscalatedReview   EscalationKind = "review"   // 复查, of the decision on a petition
	EscalatedRecheck  EscalationKind = "recheck"  // 复核, of the decision on a review: the last
)

// EscalationKinds in the order of the form.
var EscalationKinds = []EscalationKind{EscalatedStreet, EscalatedHotline, EscalatedPetition, EscalatedReview, EscalatedRecheck}

// Complaint is one case of 民情快递. What the reporter wrote is sealed; who
// they are stands apart (ComplaintReporter), and for an anonymous case nowhere.
type Complaint struct {
	Tenant
	Number   string
	OnceHash []byte // of the key that makes sending twice one case
	CodeHash []byte // of an anonymous reporter's tracking code
	Kind     ComplaintKind
	Category string
	Channel  ComplaintChannel
	Level    ComplaintLevel
	About    ComplaintAbout
	Urgent   bool
	State    ComplaintState
	Open     bool // repeats State, for the index of what waits
	Seq      int  // of the last event

	BodySeal   []byte // JSON of ComplaintBody
	Public     bool   // everybody may read the masked text
	PublicText string

	GridID     ID
	BuildingID ID
	Spot       string
	PinX, PinY int // thousandths of the picture of the compound; −1 without a pin

	FirstKind AssigneeKind // first receiver (首接负责)
	FirstID   ID
	OwnerKind AssigneeKind
	OwnerID   ID

	StageDay   Date // when the present stage began
	DueDay     Date // last day of the present stage: policy.ComplaintDue
	PromiseDay Date // what the reporter was promised; moves only with reopening, escalation or deliberation
	TriageDays int
	AssignDays int
	HandleDays int

	ReceivedAt  time.Time
	Month       Month
	RespondedAt *time.Time
	AnsweredAt  *time.Time
	AnsweredBy  AssigneeKind
	ClosedAt    *time.Time
	Late        bool // a stage ended after its last day
	Answer      string
	Returned    int  // a handler may return a case once
	Rated       bool // by the reporter, or told in a call-back
	Solved      bool
	Satisfied   bool
	CalledAt    *time.Time
	Reopened    int

	EscalatedTo EscalationKind
	EscalatedAt *time.Time
	Registered  Date // the street has registered and told the reporter (信访 22, 23)
	Extended    bool // by up to 30 days, with approval and notice (信访 34)
	Watched     bool // 督办
	Reminded    Date // the last day that somebody was reminded of
	MergedInto  ID
	SplitFrom   ID
	Supporters  int
	OuterNumber string // of a 12345 or street system
	OuterState  string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Owner and First are who has the case and who received it.
func (c *Complaint) Owner() Assignee { return Assignee{c.OwnerKind, c.OwnerID} }
func (c *Complaint) First() Assignee { return Assignee{c.FirstKind, c.FirstID} }

// ComplaintBody is what was reported.
type ComplaintBody struct {
	Text    string            `json:"text"`
	Answers []ComplaintAnswer `json:"answers,omitempty"`
}

// ComplaintAnswer is an answer to a category's own question. Question is a
// catalogue key of the default catalogue, or the community's own words.
type ComplaintAnswer struct {
	Question string `json:"q"`
	Answer   string `json:"a"`
}

// ComplaintEvent is one step of a case's timeline; Seq counts from 1 without
// gaps, Was is the state of the step before.
type ComplaintEvent struct {
	Tenant
	CaseID     ID
	Seq        int
	Action     string
	Was        ComplaintState
	State      ComplaintState
	OwnerKind  AssigneeKind
	OwnerID    ID
	DueDay     Date
	ByUserID   ID // 0: the reporter, a job, or nobody who may be named
	ByRole     Role
	Internal   bool // for the office only
	TextSeal   []byte
	PublicText string // masked; what the reporter and, of a public case, everybody reads
	CreatedAt  time.Time
}

// ReporterKind tells whose case it is from who said "me too".
type ReporterKind string

const (
	ReporterSelf      ReporterKind = "reporter"
	ReporterSupporter ReporterKind = "supporter"
)

// ComplaintReporter is who reported or supports a case, kept apart from it
// (G3 rule 8). An anonymous case has no row.
type ComplaintReporter struct {
	Tenant
	CaseID    ID
	UserID    *ID // nil: served at the desk without a telephone
	Kind      ReporterKind
	NameSeal  []byte
	PhoneSeal []byte
	CreatedAt time.Time
}

// PartyKind says why somebody may not know of a case or not handle it.
type PartyKind string

const (
	PartyConcerned PartyKind = "concerned" // the case is about them: it does not exist for them
	PartyRecused   PartyKind = "recused"   // stepped back for a conflict of interest (信访 28)
)

// ComplaintParty keeps somebody away from a case.
type ComplaintParty struct {
	Tenant
	CaseID    ID
	UserID    ID
	PersonKey string
	Kind      PartyKind
	CreatedAt time.Time
}

// ComplaintAssist is a unit that helps the one in the lead (主办, 协办).
type ComplaintAssist struct {
	Tenant
	CaseID    ID
	Kind      AssigneeKind
	RefID     ID
	DoneAt    *time.Time
	CreatedAt time.Time
}

// ComplaintLink joins a case to a meeting, hearing, mediation or notice. Both
// sides show it: the case by this row, the other by asking for its cases.
type ComplaintLink struct {
	Tenant
	CaseID    ID
	Kind      string // "meeting", "mediation", …
	RefID     ID
	Title     string
	Href      string
	CreatedAt time.Time
}

// Draft is what a person wants to do and has not proved yet who they are for:
// sealed, for a while, then swept. Its pictures are attachments of kind "draft".
type Draft struct {
	Tenant
	Kind       string
	DeviceHash []byte
	BodySeal   []byte
	CreatedAt  time.Time
	ExpiresAt  time.Time
}
