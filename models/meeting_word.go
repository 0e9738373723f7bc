package models

import "time"

// OpinionPhase says when an opinion was given.
type OpinionPhase string

const (
	OpinionBefore OpinionPhase = "before"
	OpinionIn     OpinionPhase = "in"
)

// OpinionStance towards what is heard.
type OpinionStance string

const (
	StanceNone    OpinionStance = ""
	StanceFor     OpinionStance = "for"
	StanceAgainst OpinionStance = "against"
	StanceChange  OpinionStance = "change" // yes, with changes
)

// Adoption is what became of an opinion.
type Adoption string

const (
	AdoptionNone   Adoption = ""
	AdoptionYes    Adoption = "yes"
	AdoptionPartly Adoption = "partly"
	AdoptionNo     Adoption = "no" // with the reason
	AdoptionOther  Adoption = "other"
)

// MeetingOpinion is one opinion with its answer. The public reads the masked
// texts. Number is unique in the meeting.
type MeetingOpinion struct {
	Tenant
	MeetingID    ID
	Number       int
	Phase        OpinionPhase
	Stance       OpinionStance
	UserID       ID // 0 when taken down in the hall from somebody without a login
	Speaker      string
	Text         string
	PublicText   string
	ConfirmedAt  *time.Time // the speaker said: these were my words
	Correction   string     // the speaker's own; the words taken down stay beside it
	PublicFix    string
	CorrectedAt  *time.Time
	Adoption     Adoption
	Answer       string
	PublicAnswer string
	AnsweredBy   ID
	Answerer     string
	AnsweredAt   *time.Time
	Responsible  string // who carries it out
	DueDay       Date   // until when; "" when nothing is to be done
	DoneAt       *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// MeetingStep is a report on the carrying-out of an answer.
type MeetingStep struct {
	Tenant
	MeetingID ID
	OpinionID ID
	Text      string
	Done      bool
	ByUserID  ID
	ByName    string
	CreatedAt time.Time
}

// Minutes is one version of the record of a meeting; of a hearing it is the
// 听证会议纪要 with the preferred option. Published versions never change.
type Minutes struct {
	Tenant
	MeetingID   ID
	Version     int
	Basics      string // who was there, how it went
	Summary     string // the chair's
	Preferred   string // 倾向性方案 of a hearing
	UnitAnswer  string // what the responsible unit answered in writing
	Reason      string // of a correction
	Present     int    // frozen at publication
	NoticeID    ID     // on the board
	Number      string
	PublishedAt *time.Time
	FiledAt     *time.Time // handed to the street
	ReceivedAt  *time.Time // the street took it in
	ReceivedBy  string
	ByUserID    ID
	ByName      string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// FilingState is how the sending of minutes to a system of the street stands.
type FilingState string

const (
	FilingWaiting FilingState = "waiting" // goes out by itself, again and again
	FilingSent    FilingState = "sent"    // the system took it
	FilingFailed  FilingState = "failed"  // refused, or away for too long: somebody has to act
	FilingByHand  FilingState = "byhand"  // brought there some other way
	// FilingReplaced is one that failed before a newer version was published.
	FilingReplaced FilingState = "replaced"
)

// MinutesFiling is one version of minutes on its way to one system of the street.
type MinutesFiling struct {
	Tenant
	MeetingID  ID
	MinutesID  ID
	TargetID   ID
	TargetName string
	OutboxID   ID // the message that carries it
	State      FilingState
	Tries      int
	TriedAt    *time.Time
	Error      string // class of the last failure
	Note       string // how it was brought there by hand
	ByName     string // who says so
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// FilingLife is how long a street's system may be away before what was filed no
// longer goes there by itself; the street reads it in Juwu all the same.
const FilingLife = 7 * 24 * time.Hour

// UntilAt is until when a waiting filing goes out by itself.
func (f MinutesFiling) UntilAt() time.Time { return f.OutboxID.Time().Add(FilingLife) }

// TopicState of a topic that residents propose.
type TopicState string

const (
	TopicOpen     TopicState = "open"
	TopicAdopted  TopicState = "adopted"
	TopicDeclined TopicState = "declined"
)

// MeetingTopic is what residents want a meeting to talk about.
type MeetingTopic struct {
	Tenant
	State      TopicState
	UserID     ID
	Text       string
	PublicText string
	Support    int
	MeetingID  ID     // where it stands on the agenda
	Answer     string // why not
	DecidedBy  ID
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TopicSupport is one person behind a topic; (topic, person) is unique.
type TopicSupport struct {
	Tenant
	TopicID   ID
	UserID    ID
	PersonKey string
	CreatedAt time.Time
}

// MeetingPosting records that a sheet hangs at an entrance.
type MeetingPosting struct {
	Tenant
	MeetingID  ID
	BuildingID ID
	Unit       string
	Revision   int // of the notice that hangs there
	ByUserID   ID
	ByName     string
	CreatedAt  time.Time
}
