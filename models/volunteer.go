package models

import "time"

// VolunteerState is where a volunteer's registration stands.
type VolunteerState string

const (
	VolunteerAwaiting VolunteerState = "awaiting" // 14 to 17: the guardian's consent is missing
	VolunteerActive   VolunteerState = "active"
	VolunteerLeft     VolunteerState = "left"
	VolunteerExcluded VolunteerState = "excluded" // for hours that were not true, until a day
	VolunteerRefused  VolunteerState = "refused"  // the guardian said no
)

// Skills, times and groups are kept as codes; their words are in the catalogue.
var (
	VolunteerSkills = []string{"company", "errand", "medical", "law", "repair", "teach", "sport", "art", "digital", "translate", "mediate", "drive", "cook", "green", "patrol", "emergency"}
	VolunteerTimes  = []string{"weekday_morning", "weekday_afternoon", "weekday_evening", "weekend_morning", "weekend_afternoon", "weekend_evening"}
	// VolunteerGroups are those of domain.md A11-04.
	VolunteerGroups = []string{"party", "league", "civil_servant", "professional", "teacher", "student", "retired", "other"}
	// Trainings and licences that a job may need and the office has seen.
	Trainings = []string{"first_aid", "fire", "driver", "medic", "teacher", "safeguard"}
	// ServiceTargets are those of domain.md A11-05.
	ServiceTargets = []string{"elders", "disabled", "veterans", "hardship", "minors", "migrants", "everyone"}
)

// Volunteer is a person who registered to serve without pay (志愿服务条例 art.
// 2, 7). Number is the volunteer's own number, used wherever an ID number is
// not needed. The login may be missing: people without a telephone, and those
// taken over from a list, are served at the desk.
type Volunteer struct {
	Tenant
	Number string // unique in the community
	State  VolunteerState
	UserID ID
	// LiveUser and LivePerson repeat the ids while the registration lives and are
	// NULL otherwise: their UNIQUE keys keep one per login and per person.
	LiveUser   *ID
	LivePerson *ID
	ResidentID ID // 0: not matched with the roll
	Name       string
	Birth      Date
	Sex        string // "f", "m" or ""
	Party      bool   // member of the Communist Party: the 80 % target
	Groups     string // codes, joined by ","
	Skills     string
	Times      string
	Languages  string // free text
	LimitsSeal []byte // what the person cannot or should not do; sealed
	GridID     ID     // where the person lives, copied from the roll
	BuildingID ID
	PhoneSeal  []byte
	PhoneIndex []byte
	// NationalSeal is the number in the national system, of those taken over.
	NationalSeal  []byte
	NationalIndex []byte // unique when not NULL

	// The guardian of somebody of 14 to 17 consents with the own telephone.
	GuardianName   string
	GuardianSeal   []byte // telephone
	GuardianIndex  []byte
	GuardianUserID ID
	GuardianAt     *time.Time

	Public        bool // consents to be named in public: lists of honour, thanks (art. 20)
	Source        string
	Minutes       int // Σ approved hours records, taken over ones included
	TakenOver     int // minutes of it that another system recorded
	LastServed    Month
	Stars         int
	Training      string // licences and trainings the office has seen: codes, joined by ","
	ExcludedUntil Date
	Version       int // counts up with every change: the first write of a change holds the row
	CreatedAt     time.Time
	UpdatedAt     time.Time
	LeftAt        *time.Time
}

// TeamKind tells the committee's own teams from residents' groups that are
// filed because they are below the threshold of registration (备案).
type TeamKind string

const (
	TeamOwn   TeamKind = "team"
	TeamGroup TeamKind = "group"
)

// TeamState of a team or group.
type TeamState string

const (
	TeamAsked    TeamState = "asked"    // a group asks to be filed
	TeamReviewed TeamState = "reviewed" // the committee has looked at it
	TeamFiled    TeamState = "filed"    // the street has filed it; own teams begin here
	TeamRefused  TeamState = "refused"
	TeamEnded    TeamState = "ended"
)

// Team of volunteers with a leader.
type Team struct {
	Tenant
	Kind      TeamKind
	State     TeamState
	Name      string // unique among living ones
	LiveName  *string
	Purpose   string
	Contact   string // how the public reaches it
	LeaderID  ID     // a volunteer
	Members   int    // volunteers who joined; maintained
	Roster    []byte `gorm:"column:roster_seal"` // whom a group was filed with, a name a line; gone when it is refused
	Number    string // of the filing
	FiledOn   Date
	Reason    string
	ByUserID  ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TeamMember is a volunteer in a team.
type TeamMember struct {
	Tenant
	TeamID      ID
	VolunteerID ID
	CreatedAt   time.Time
}

// VolunteerSettings is what a community decides about volunteers. Points are
// off until the community adopts rules for them.
type VolunteerSettings struct {
	CommunityID  ID `gorm:"primaryKey;autoIncrement:false"`
	DayCap       int
	ActivityCap  int
	CancelHours  int    // until how long before a shift one may cancel
	TargetTenths int    // tenths of a percent of residents to be registered: 80 or 100
	StarHours    string // "100,300,600,1000,1500"

	PointsOn        bool
	PointsDecision  string // by which decision they were adopted
	PointsPerHour   int
	PointsDayMost   int
	PointsMostHeld  int
	PointsMonths    int // after which they expire; 0 never
	PointsAdoptedOn Date
	UpdatedAt       time.Time
}

// VolunteerCount is a maintained figure of the gauge: how many volunteers of a
// dimension ("all", "grid", "building", "birth", "party") and key last served in
// a month ("" never). What is registered is the sum over the months.
type VolunteerCount struct {
	CommunityID ID     `gorm:"primaryKey;autoIncrement:false"`
	Dimension   string `gorm:"primaryKey"`
	Item        string `gorm:"primaryKey"`
	Month       Month  `gorm:"primaryKey"`
	N           int
}

// VolunteerMonth is what was served and who came and went in a month, for the
// trend.
type VolunteerMonth struct {
	CommunityID ID    `gorm:"primaryKey;autoIncrement:false"`
	Month       Month `gorm:"primaryKey"`
	Joined      int
	LeftN       int
	Minutes     int
	Times       int
}

// PartyCheckIn is a party member of a unit who reports to the community
// (双报到) and serves there; the community writes the unit a feedback letter.
type PartyCheckIn struct {
	Tenant
	Number      string
	VolunteerID ID
	LiveOne     *ID // the volunteer, while it runs: one at a time
	Name        string
	Unit        string
	Branch      string
	Contact     string
	ReportedOn  Date
	EndedOn     Date
	LetterText  string
	LetterFrom  Date
	LetterTo    Date
	LetterMin   int
	LetterTimes int
	LetterBy    string
	LetterAt    *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// ListRow is one row of a list about volunteers between upload and
// confirmation. What it says is personal data: sealed JSON.
type ListRow struct {
	Tenant
	ImportID ID
	Line     int
	Action   ListAction
	DataSeal []byte
}

// ListAction is what the row will do.
type ListAction string

const (
	ListAdd  ListAction = "add"  // a new registration, or a record of hours
	ListTie  ListAction = "tie"  // the number and hours go to a registration that is here
	ListSame ListAction = "same" // is here already
	ListBad  ListAction = "bad"
)
