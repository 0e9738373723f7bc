package models

import "time"

// ActivityState of a volunteers' activity.
type ActivityState string

const (
	ActivityDraft     ActivityState = "draft"
	ActivityAsked     ActivityState = "asked" // a team leader asks the committee
	ActivityOpen      ActivityState = "open"
	ActivityCancelled ActivityState = "cancelled"
	ActivityRefused   ActivityState = "refused"
)

// Activity is what volunteers are called to. The recruitment says truly what is
// to be done and what the risks are (志愿服务条例 art. 12). Kind is a service
// area, Target whom it serves.
type Activity struct {
	Tenant
	State     ActivityState
	Title     string
	Body      string
	Kind      string // one of VolunteerSkills, or "other"
	Target    string
	Place     string
	TeamID    ID
	LeaderID  ID // a volunteer; the code is shown and the hours are proposed by the leader
	HelpID    ID // of a request for help: not in public
	Risk      bool
	RiskText  string
	Safeguard string // protective measures
	Insurer   string
	PolicyNo  string
	InsuredTo Date // last day of the insurance
	MinAge    int
	NeedsWhat string // training or licence code, one of those the office ticks; "" for none
	Agreement bool   // a written agreement is to be signed before
	CancelH   int    // hours before a shift until which one may cancel
	NextAt    *time.Time
	LastAt    *time.Time // end of the last shift
	Places    int        // maintained sums over the shifts
	Taken     int
	ByUserID  ID
	ByName    string
	ByKey     string
	Reason    string
	OpenedAt  *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ActivityJob is one kind of work in an activity.
type ActivityJob struct {
	Tenant
	ActivityID ID
	Title      string
	Note       string
	MinAge     int
	NeedsWhat  string
}

// ShiftState of a shift.
type ShiftState string

const (
	ShiftOpen      ShiftState = "open"
	ShiftCancelled ShiftState = "cancelled"
)

// Shift is a time in which a job is done, with places. Begin and end lie on
// quarters of an hour.
type Shift struct {
	Tenant
	ActivityID ID
	JobID      ID
	State      ShiftState
	BeginsAt   time.Time
	EndsAt     time.Time
	Places     int
	Taken      int // maintained; never above Places
	Waiting    int
	RemindedAt *time.Time
	CreatedAt  time.Time
}

// SignupState of a volunteer's place in a shift.
type SignupState string

const (
	SignupIn        SignupState = "in"
	SignupWaiting   SignupState = "waiting"
	SignupCancelled SignupState = "cancelled"
)

// Signup is a volunteer's place in a shift, or on its waiting list. There is one
// row per volunteer and shift.
type Signup struct {
	Tenant
	ShiftID     ID
	ActivityID  ID
	VolunteerID ID
	State       SignupState
	WaitSeq     int64 // place in the waiting list, growing
	Minor       bool  // comes with a parent
	AgreedAt    *time.Time
	BeginsAt    time.Time // as the shift's, for the person's own list
	EndsAt      time.Time
	RemindedAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// VolunteerSlot is a quarter of an hour that a volunteer has promised: its
// primary key makes two promises for the same quarter impossible.
type VolunteerSlot struct {
	CommunityID ID    `gorm:"primaryKey;autoIncrement:false"`
	VolunteerID ID    `gorm:"primaryKey;autoIncrement:false"`
	Slot        int64 `gorm:"primaryKey;autoIncrement:false"` // quarters since 1970
	SignupID    ID
}

// SwapState of a wish to give one's place to a colleague.
type SwapState string

const (
	SwapAsked   SwapState = "asked"
	SwapDone    SwapState = "done"
	SwapRefused SwapState = "refused"
	SwapDropped SwapState = "dropped"
)

// Swap asks a colleague to take a place. OpenSignup repeats the signup while it
// waits: its UNIQUE key keeps one open wish per place.
type Swap struct {
	Tenant
	SignupID   ID
	OpenSignup *ID
	ShiftID    ID
	FromID     ID // volunteers
	ToID       ID
	State      SwapState
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Attendance is a volunteer's coming and going at a shift. How tells by which
// proof: "code" the leader's rotating code, "device" the leader's device
// without a line, "desk" entered by hand.
type Attendance struct {
	Tenant
	ShiftID     ID
	ActivityID  ID
	VolunteerID ID
	InAt        time.Time
	InHow       string
	OutAt       *time.Time
	OutHow      string
	Doubt       string // code of what is odd: "clock", "bounds"; "" nothing
	ByUserID    ID     // the leader whose device or hand it was
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// LeaderDevice is a leader's device that may check people in without a line: it
// holds a key for one activity, and the server checks what it signed.
type LeaderDevice struct {
	Tenant
	ActivityID ID
	UserID     ID
	KeySeal    []byte
	IssuedAt   time.Time
	OffsetMS   int64 // the server's clock minus the device's, when the key was issued
	ExpiresAt  time.Time
	SentAt     *time.Time
	CreatedAt  time.Time
}
