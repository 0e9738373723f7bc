package models

import "time"

// Grade is what an appraisal says of a body's work, or of a member of the
// residents' committee.
type Grade string

const (
	GradeExcellent Grade = "excellent" // 优秀

	GradeQualified   Grade = "qualified"   // 合格, of work
	GradeBasic       Grade = "basic"       // 基本合格
	GradeUnqualified Grade = "unqualified" // 不合格

	GradeCompetent   Grade = "competent"   // 称职, of a member
	GradeBarely      Grade = "barely"      // 基本称职
	GradeIncompetent Grade = "incompetent" // 不称职: two in a row end the post (art. 37)
)

// AppraisalTarget is whose work a 成效评议会 appraises.
type AppraisalTarget string

const (
	TargetCommittee  AppraisalTarget = "committee"  // 居委会
	TargetGovernment AppraisalTarget = "government" // the street's and its station's work in the community
)

// Appraisal is what a 成效评议会 has besides its meeting: the summary that the
// appraised hand in, its examination by the panel, the result.
type Appraisal struct {
	Tenant
	MeetingID   ID // unique
	Target      AppraisalTarget
	PanelID     ID   // the body of kind panel whose members grade
	SubmitBy    Date // set when the notice went out
	Summary     string
	SubmittedAt *time.Time
	Submitter   string
	ExamineBy   Date // set when the summary came in
	Examination string
	ExaminedAt  *time.Time
	Examiner    string
	// Frozen with the result.
	Members     int
	Excellent   int
	Qualified   int
	Basic       int
	Unqualified int
	UnsignedWhy string // why somebody of the panel has not signed; "" when all have
	Result      Grade
	ResultAt    *time.Time
	ResultBy    string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Signed is how many of the panel have graded and signed.
func (a Appraisal) Signed() int { return a.Excellent + a.Qualified + a.Basic + a.Unqualified }

// AppraisalGrade is one panel member's grade with the signature: by the own
// login, or on paper that was photographed at the desk. (meeting, person) is
// unique.
type AppraisalGrade struct {
	Tenant
	MeetingID ID
	MandateID ID
	PersonKey string
	UserID    ID
	Name      string
	Grade     Grade
	Remark    string
	Channel   string // "login", "paper"
	ByUserID  ID     // who took the paper in; the member themself otherwise
	ByName    string
	CreatedAt time.Time
}

// ReviewState of a yearly review.
type ReviewState string

const (
	ReviewDraft  ReviewState = "draft"  // nobody is on its list yet
	ReviewCalled ReviewState = "called" // lists are frozen
	ReviewOpen   ReviewState = "open"   // being graded
	ReviewClosed ReviewState = "closed" // counted
)

// MemberReview is the yearly 民主评议 (art. 37) of the members of the residents'
// committee by the residents' or the representatives' meeting.
type MemberReview struct {
	Tenant
	MeetingID ID           // unique
	Mode      DecisionMode // who grades: ByReps, ByHouseholds, ByAdults
	State     ReviewState
	Entitled  int // frozen when the meeting was called
	Phone     int // maintained: lines that graded by phone
	Paper     int // maintained: lines that got a paper
	Sheets    int // papers that came out of the box
	Valid     bool
	OpenedAt  *time.Time
	ClosedAt  *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TookPart is how many of the list graded.
func (r MemberReview) TookPart() int { return r.Phone + r.Sheets }

// ReviewedMember is a member who is reviewed, with what came of it.
type ReviewedMember struct {
	Tenant
	ReviewID      ID
	UserID        ID // (review, user) is unique
	AppointmentID ID
	Name          string
	Role          Role
	Until         Date `gorm:"column:until_day"` // last day of the term
	Ordinal       int
	Excellent     int
	Competent     int
	Barely        int
	Incompetent   int
	Void          int
	Verdict       Grade // "" before the count, and of a review that is not valid
	InARow        int   // verdicts 不称职 in a row in this term, this one counted
	EndedAt       *time.Time
	EndedBy       ID
	EndedName     string // the street's officer who recorded the end
}

// ReviewVoter is one line of the frozen list. (review, key) is unique.
type ReviewVoter struct {
	Tenant
	ReviewID    ID
	KeyID       ID
	Kind        string // "resident", "household", "rep"
	ResidentID  ID
	HouseholdID ID
	UserID      ID
	Name        string
	Place       string
}

// ReviewMark says that a line has graded. It holds no grade and no time, and
// its id is made of the line: (review, voter) is unique.
type ReviewMark struct {
	Tenant
	ReviewID ID
	VoterID  ID
	Channel  string // "phone", "paper"
}

// ReviewBallot is a grade without a voter: its id is random, it has no time,
// and the grades of one paper are rows that know nothing of each other.
type ReviewBallot struct {
	Tenant
	ReviewID ID
	MemberID ID
	Grade    Grade
}

// ReviewSheet is what one person counted on the papers for one member. Two
// people count; (review, member, entry) is unique.
type ReviewSheet struct {
	Tenant
	ReviewID    ID
	MemberID    ID
	Entry       int // 1 or 2
	Excellent   int
	Competent   int
	Barely      int
	Incompetent int
	Void        int
	ByUserID    ID
	PersonKey   string
	ByName      string
	CreatedAt   time.Time
}

// Papers is how many papers the figures of the sheet stand for.
func (s ReviewSheet) Papers() int {
	return s.Excellent + s.Competent + s.Barely + s.Incompetent + s.Void
}
