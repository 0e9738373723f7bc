package models

import "time"

// ComplaintUnit is a unit outside the committee that cases are dispatched to:
// a property company, a service firm. UserID is the login of its contact.
type ComplaintUnit struct {
	Tenant
	Name      string
	Phone     string
	UserID    ID
	EndedAt   *time.Time
	CreatedAt time.Time
}

// ComplaintCategory changes a category of the default catalogue for a
// community, or is one of its own (Own). Zero values mean the default.
type ComplaintCategory struct {
	Tenant
	Code       string
	Own        bool
	Name       string
	Questions  string // one a line; "" = those of the default
	StopText   string // shown before the form: this is for somebody else
	StopPhone  string
	Hidden     bool // of the public: the text is private
	Off        bool
	TriageDays int
	AssignDays int
	HandleDays int
	UnitID     ID // to whom it usually goes
	Rank       int
	UpdatedAt  time.Time
}

// ComplaintTemplate is a prepared reply.
type ComplaintTemplate struct {
	Tenant
	Category  string // "" for all
	Action    string // answer, refuse, ask
	Title     string
	Text      string
	Reason    string // of a refusal: the end of a catalogue key
	Where     string `gorm:"column:go_to"` // of a refusal: where to go instead
	Contact   string // of a refusal: its address and telephone number
	CreatedAt time.Time
}

// ComplaintSpot is where a building stands on the picture of the compound, in
// thousandths of its width and height.
type ComplaintSpot struct {
	Tenant
	BuildingID ID
	X, Y       int
}

// VisitManner is how a visit was made (A5-03).
type VisitManner string

const (
	VisitHome  VisitManner = "home"
	VisitPhone VisitManner = "phone"
	VisitNote  VisitManner = "note" // nobody was there: a note was left
)

// VisitPlan says how often the households of a grid, or of all, are visited.
type VisitPlan struct {
	Tenant
	GridID    ID // 0: every grid without a plan of its own
	EveryDays int
	UpdatedAt time.Time
}

// Visit (走访) is one visit to a household; what was said is sealed, what was
// asked for becomes a case.
type Visit struct {
	Tenant
	HouseholdID ID
	BuildingID  ID
	GridID      ID
	Day         Date
	Manner      VisitManner
	ByUserID    ID
	ByName      string
	NoteSeal    []byte
	CaseID      ID
	CreatedAt   time.Time
}

// HandoverKind is how another system is spoken to.
type HandoverKind string

const (
	HandoverOpen311 HandoverKind = "open311"
	HandoverWebhook HandoverKind = "webhook"
	HandoverFile    HandoverKind = "file" // .xlsx out and in
)

// HandoverTarget is a 12345 or street system that cases are handed over to.
type HandoverTarget struct {
	Tenant
	Kind         HandoverKind
	Name         string
	URL          string
	Jurisdiction string
	ServiceCode  string // the service of the other side that cases go to, unless Mapping names one
	Mapping      string // "category=service", one a line
	SecretSeal   []byte // API key, or key of the webhook's signature
	Officials    bool   // the street's own: what is about the committee goes here and nowhere else
	WithNames    bool   // named reporters go along
	Off          bool
	Services     string     // JSON of HandoverService: what the other side offered when it was asked last
	Questions    []byte     // JSON of the questions of each service: what the other side asks of those that cases go to
	CheckAt      *time.Time // somebody asked to try the connection; a job does
	CheckedAt    *time.Time
	CheckError   string // class of the failure; "" when it worked
	CreatedAt    time.Time
}

// HandoverService is a service that another system offers.
type HandoverService struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// HandoverQuestion is what another system asks about a case: an attribute of a
// service definition of GeoReport v2.
type HandoverQuestion struct {
	Code    string           `json:"code"`
	Text    string           `json:"text"`
	Needed  bool             `json:"needed,omitempty"`
	Choices []HandoverChoice `json:"choices,omitempty"`
}

// HandoverChoice is one of the answers to choose from.
type HandoverChoice struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// HandoverState of one case at one system.
type HandoverState string

const (
	HandoverWaiting HandoverState = "waiting" // on its way
	HandoverTokened HandoverState = "token"   // taken; its number comes later
	HandoverTaken   HandoverState = "taken"   // both numbers are known
	HandoverDone    HandoverState = "done"    // closed there
	HandoverFailed  HandoverState = "failed"
)

// ComplaintHandover is a case in another system: both numbers are kept.
type ComplaintHandover struct {
	Tenant
	CaseID      ID
	TargetID    ID
	State       HandoverState
	Token       string
	OuterNumber string
	TakenNumber *string // OuterNumber once it is known, for its UNIQUE key: one number is one case
	OuterState  string  // in the other system's own words
	OuterNote   string
	Attempts    int       // in a row that failed
	Error       string    // class of the last failure; "" when it worked
	NextAt      time.Time // of the next question about it; also its lease
	AnswersSeal []byte    // JSON: what the other side asks, answered
	ByUserID    ID
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Open311Key lets a client file and read by GeoReport v2; only a hash is kept.
type Open311Key struct {
	Tenant
	Name      string
	Hash      []byte
	ByUserID  ID
	EndedAt   *time.Time
	CreatedAt time.Time
}

// Open311Filing says by which key a case came in: its client may go on asking
// how it stands, whether everybody may read it or not.
type Open311Filing struct {
	Tenant
	CaseID    ID
	KeyID     ID
	CreatedAt time.Time
}
