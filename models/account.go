package models

import "time"

// AccountState is where one version of a month's account stands.
type AccountState string

const (
	AccountDraft      AccountState = "draft"      // imported and confirmed, not yet signed; also after a send-back
	AccountSigning    AccountState = "signing"    // at least one signature of the current round
	AccountPublished  AccountState = "published"  // all three signed; immutable
	AccountSuperseded AccountState = "superseded" // a corrected version stands beside it
	AccountWithdrawn  AccountState = "withdrawn"  // tombstone: personal data had been published by mistake
	AccountDropped    AccountState = "dropped"    // given up before publication
)

// SignStep of the publication of a month, in this order.
type SignStep string

const (
	StepClerk      SignStep = "clerk"
	StepDirector   SignStep = "director"
	StepSupervisor SignStep = "supervisor"
)

// SignSteps in the order in which they are taken.
var SignSteps = []SignStep{StepClerk, StepDirector, StepSupervisor}

// AccountMonth is one version of the account of one civil month. Version 1 is
// the first publication; a correction is the next version, with its reason,
// and the old one stays readable.
type AccountMonth struct {
	Tenant
	Month      Month
	Version    int
	State      AccountState
	Round      int // signing round; a send-back starts the next one
	OpeningFen Fen
	IncomeFen  Fen
	ExpenseFen Fen
	ClosingFen Fen
	Entries    int
	ImportID   ID
	CreatedBy  ID
	Reason     string // why the version before was corrected

	// Set at publication, once.
	Seq          *int64 // place in the community's chain of publications, from 1; unique
	Number       string
	PublishedAt  *time.Time
	DisplayUntil Date
	Salt         []byte // salts the per-field hashes, so that a withdrawn text cannot be guessed from them
	Previous     []byte // fingerprint of the publication before (Seq-1)
	Fingerprint  []byte
	WithdrawnAt  *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Change of an entry against the version before.
type Change string

const (
	ChangeNone    Change = ""
	ChangeAdded   Change = "added"
	ChangeEdited  Change = "edited"
	ChangeRemoved Change = "removed" // listed with the new version, not counted in it
)

// AccountEntry is one line of a month's account.
type AccountEntry struct {
	Tenant
	AccountID   ID
	Line        int // from 1, in the order of the sheet
	Day         Date
	Voucher     string
	Purpose     string
	Category    string
	Fund        string
	IncomeFen   Fen
	ExpenseFen  Fen
	Handler     string // names stay inside; the public sees roles
	Witness     string
	Approver    string
	Receipts    int // sheets of paper attached, as the book says
	Note        string
	DecisionID  ID // by which money of its class may be used
	Change      Change
	ReplacesID  ID // the line of the version before that this one edits or removes
	WithdrawnAt *time.Time
	PurposeHash []byte // salted; keeps the fingerprint checkable after a withdrawal
	NoteHash    []byte
	NamesHash   []byte
}

// AccountSignature is one step taken. (account, round, step) and
// (account, round, person) are unique: three steps, three different people.
type AccountSignature struct {
	Tenant
	AccountID ID
	Round     int
	Step      SignStep
	UserID    ID
	PersonKey string // the resident behind the login where known, else the login: one person with two posts signs once
	Name      string
	Role      Role
	DeputyFor ID // the ill signer, when a recorded deputy signed
	CreatedAt time.Time
}

// AccountEvent is what happened to a month besides signatures: imported, sent
// back, published, corrected, withdrawn, ordered. Shown as its history.
type AccountEvent struct {
	Tenant
	AccountID ID
	Kind      string
	ByUserID  ID
	ByName    string
	ByRole    Role
	Reason    string
	CreatedAt time.Time
}

// ImportKind says what a staged file holds.
type ImportKind string

const (
	ImportLedger ImportKind = "ledger"
	ImportRoll   ImportKind = "roll"
	ImportBudget ImportKind = "budget"

	ImportVolunteers ImportKind = "volunteers" // of another system, taken over
	ImportHours      ImportKind = "hours"      // written down on paper
	// ImportHandover is an answered workbook of another system; its file is not kept.
	ImportHandover ImportKind = "handover"
)

// ImportState of a staged file. Nothing of it is in the books or on the roll
// before it is confirmed.
type ImportState string

const (
	ImportStaged    ImportState = "staged"
	ImportRunning   ImportState = "running"
	ImportConfirmed ImportState = "confirmed"
	ImportDropped   ImportState = "dropped"
)

// Import is an uploaded file with what was understood of it.
type Import struct {
	Tenant
	Kind      ImportKind
	State     ImportState
	FileName  string
	SHA256    []byte // of the bytes: the same file twice is recognised
	Size      int64
	Report    []byte // JSON for the preview page
	Done      int    // rows committed so far
	Total     int
	ByUserID  ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// BudgetLine is the plan of a year for one category.
type BudgetLine struct {
	Tenant
	Year        int
	Side        string // "income" or "expense"
	Category    string
	PlanFen     Fen
	AdjustedFen Fen
	Note        string
}

// ClaimState of a reimbursement claim or of one line of it.
type ClaimState string

const (
	ClaimOpen     ClaimState = "open"
	ClaimApproved ClaimState = "approved"
	ClaimRefused  ClaimState = "refused"
	ClaimPosted   ClaimState = "posted" // stands in a published month
)

// Claim (报账单) asks for money back; it is decided line by line.
type Claim struct {
	Tenant
	Number    string
	UserID    ID
	PersonKey string
	Name      string
	State     ClaimState
	TotalFen  Fen
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ClaimLine is one expense with its receipt. Street says that it is above the
// threshold that held when it was handed in.
type ClaimLine struct {
	Tenant
	ClaimID    ID
	Line       int
	Day        Date
	Purpose    string
	Category   string
	Fund       string
	AmountFen  Fen
	State      ClaimState
	Street     bool
	DecidedBy  ID
	Decider    string
	DecidedAt  *time.Time
	Reason     string
	DecisionID ID // by which money of its class may be used
}

// InquiryState of a question about an account line.
type InquiryState string

const (
	InquiryOpen      InquiryState = "open"
	InquiryForwarded InquiryState = "forwarded" // to the supervision committee: overdue or by its own decision
	InquiryAnswered  InquiryState = "answered"
	InquiryReported  InquiryState = "reported" // to the street (art. 35)
	InquiryClosed    InquiryState = "closed"
)

// Inquiry (查询) is a resident's question about a published line. The public
// sees the masked texts only.
type Inquiry struct {
	Tenant
	Number       string
	AccountID    ID
	EntryID      ID // 0: about the month as a whole
	Month        Month
	State        InquiryState
	UserID       ID
	Question     string // sealed text is not needed: masked before it is public, full only for the office
	PublicText   string
	DueDay       Date
	Answer       string
	PublicAnswer string
	AnsweredBy   ID
	AnswererName string
	AnswererRole Role
	AnsweredAt   *time.Time
	ForwardedAt  *time.Time
	ReportedAt   *time.Time
	ReportText   string
	OrderedAt    *time.Time // the street ordered publication or correction
	OrderText    string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Follow asks to be told when a subject changes: "accounts", "notices", …
type Follow struct {
	Tenant
	UserID    ID
	Subject   string
	CreatedAt time.Time
}
