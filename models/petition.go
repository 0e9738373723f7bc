package models

import "time"

// PetitionKind is what signers demand.
type PetitionKind string

const (
	PetitionMeeting PetitionKind = "meeting" // a residents' meeting (art. 26)
	PetitionReps    PetitionKind = "reps"    // a representatives' meeting (art. 28)
	PetitionAudit   PetitionKind = "audit"   // an audit of further matters (art. 38)
)

// PetitionState of a demand.
type PetitionState string

const (
	PetitionOpen      PetitionState = "open"
	PetitionReached   PetitionState = "reached" // enough have signed: the committee must call
	PetitionCalled    PetitionState = "called"
	PetitionHanded    PetitionState = "handed"  // a demand for an audit, with the street that organises it (art. 38)
	PetitionAudited   PetitionState = "audited" // the street has published what the audit found
	PetitionExpired   PetitionState = "expired"
	PetitionWithdrawn PetitionState = "withdrawn"
)

// Petition is a demand with signatures. Who counts and how many are needed is
// frozen at its start.
type Petition struct {
	Tenant
	Number     string
	Kind       PetitionKind
	Unit       DecisionMode // adults, households or reps
	Title      string
	Text       string
	UserID     ID
	ResidentID ID
	Base       int // of how many
	Needed     int
	Signed     int // maintained
	Until      Date
	State      PetitionState
	ReachedAt  *time.Time
	SessionID  ID
	HandedAt   *time.Time // to the street
	HandedBy   string
	AuditText  string // what the street's audit found on it
	AuditBy    string
	AuditedAt  *time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// On is where a demand stands on a day: one that found too few signatures in
// its time has expired, whether or not anybody wrote that down.
func (p Petition) On(day Date) PetitionState {
	if p.State == PetitionOpen && p.Until < day {
		return PetitionExpired
	}
	return p.State
}

// PetitionSignature counts one resident, household or representative.
// (petition, unit) is unique.
type PetitionSignature struct {
	Tenant
	PetitionID ID
	UnitID     ID
	ResidentID ID
	Channel    string // "phone", "paper"
	Sheet      string // of paper: which sheet and line
	CheckedBy  ID     // who compared the paper with the roll
	CreatedAt  time.Time
}

// InitiativeState of a residents' proposal.
type InitiativeState string

const (
	InitiativeOpen      InitiativeState = "open"
	InitiativeReached   InitiativeState = "reached"  // on the way to the agenda
	InitiativeAnswered  InitiativeState = "answered" // the committee said why not, or that it is done
	InitiativeExpired   InitiativeState = "expired"
	InitiativeWithdrawn InitiativeState = "withdrawn"
)

// Initiative is a resident's proposal that comes onto the agenda when enough
// neighbours support it.
type Initiative struct {
	Tenant
	Number        string
	Title         string
	Text          string
	PublicText    string
	CostFen       Fen // what the proposer thinks it costs; 0 unknown
	UserID        ID
	ResidentID    ID
	Needed        int
	Supports      int // maintained
	Until         Date
	State         InitiativeState
	MatterID      ID
	Answer        string
	AnswerCostFen Fen
	Answerer      string
	AnsweredAt    *time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// On is where a proposal stands on a day.
func (in Initiative) On(day Date) InitiativeState {
	if in.State == InitiativeOpen && in.Until < day {
		return InitiativeExpired
	}
	return in.State
}

// InitiativeSupport is one resident's support. (initiative, resident) is unique.
type InitiativeSupport struct {
	Tenant
	InitiativeID ID
	ResidentID   ID
	CreatedAt    time.Time
}

// Interpellation (质询) is a representative's question to the committee, in
// writing or at the meeting, that must be answered.
type Interpellation struct {
	Tenant
	Number       string
	SessionID    ID // asked at this meeting
	MandateID    ID
	UserID       ID
	Name         string
	Question     string
	PublicText   string
	DueDay       Date
	Answer       string
	PublicAnswer string
	AnsweredBy   ID
	Answerer     string
	AnsweredAt   *time.Time
	CreatedAt    time.Time
}
