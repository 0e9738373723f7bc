package models

import "time"

// User is a login, global to the installation. The telephone is the login name.
type User struct {
	ID           ID `gorm:"primaryKey;autoIncrement:false"`
	PhoneSeal    []byte
	PhoneIndex   []byte // unique
	Name         string // as the person wants to be addressed; may be empty
	Lang         string // "" = follow the browser
	TOTPSeal     []byte // second factor of officers, sealed; nil until enrolled
	TOTPStep     int64  // the last 30-second step that was accepted: a code works once
	EnrolSeal    []byte // hash of the enrolment code handed over at the desk
	EnrolUntil   *time.Time
	ChannelInbox bool // notification channels the person chose
	ChannelSMS   bool
	ChannelMP    bool // WeChat official account template message
	MPOpenIDSeal []byte
	ClosedAt     *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Session is a login on one device. The cookie holds 256 random bits; only
// their SHA-256 is stored. Device is what the person may recognise it by.
type Session struct {
	Hash           []byte `gorm:"primaryKey"`
	UserID         ID     // 0: a visitor who asked for a code
	Device         string
	SecondFactorAt *time.Time
	CreatedAt      time.Time
	SeenAt         time.Time
	ExpiresAt      time.Time
}

// LoginCode is a six-digit code sent by SMS: ten minutes, once, for one
// purpose, bound to the device that asked.
type LoginCode struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	PhoneIndex []byte
	DeviceHash []byte
	Purpose    string // "login", "act", "phone"
	CodeHash   []byte // keyed hash
	Tries      int
	UsedAt     *time.Time
	CreatedAt  time.Time
	ExpiresAt  time.Time
}

// RecoveryCode replaces the second factor once.
type RecoveryCode struct {
	ID       ID `gorm:"primaryKey;autoIncrement:false"`
	UserID   ID
	CodeHash []byte
	UsedAt   *time.Time
}

// ResetState of a request to reset a second factor.
type ResetState string

const (
	ResetAsked   ResetState = "asked"
	ResetDone    ResetState = "done"
	ResetDropped ResetState = "dropped"
)

// SecondFactorReset is asked for by one officer and carried out by another, so
// that nobody alone can take an officer's place. OpenUser repeats the user
// while it waits: its UNIQUE key keeps one open request per person.
type SecondFactorReset struct {
	Tenant
	UserID      ID
	OpenUser    *ID
	State       ResetState
	Reason      string
	AskedBy     ID
	AskedKey    string // the person behind the login
	AskedName   string
	DecidedBy   ID
	DecidedName string
	CreatedAt   time.Time
	DecidedAt   *time.Time
}

// Role is a Casbin subject (domain.md G1).
type Role string

const (
	RoleVisitor         Role = "visitor"
	RoleResident        Role = "resident"
	RoleResidentRep     Role = "resident_rep"
	RoleGroupLeader     Role = "group_leader"
	RoleBuildingLead    Role = "building_lead"
	RoleGridWorker      Role = "grid_worker"
	RoleCommitteeMember Role = "committee_member"
	RoleViceDirector    Role = "vice_director"
	RoleDirector        Role = "director"
	RoleClerk           Role = "clerk"
	RoleSupervisor      Role = "supervisor"
	RoleMediator        Role = "mediator"
	RoleMediationHead   Role = "mediation_head" // of the people's mediation committee
	RolePartyBranch     Role = "party_branch"
	RoleStation         Role = "station"
	RoleStreet          Role = "street"
	RoleBookkeeper      Role = "street_bookkeeper"
	RoleDistrict        Role = "district"
	RolePropertyCo      Role = "property_co"
	RoleAdmin           Role = "admin"
)

// Appointment gives a role in a region from a day to a day, by a recorded
// decision. A street's appointment holds in all its communities. With
// DeputyFor it is the recorded deputy of that user for the role.
type Appointment struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	RegionID  ID
	UserID    ID
	Role      Role
	GridID    ID   // of a grid worker
	From      Date `gorm:"column:from_day"`
	Until     Date `gorm:"column:until_day"` // last day; "" = until ended
	Decision  string
	DeputyFor ID
	// Public profile of the post: shown on the home page.
	Name      string
	Portfolio string
	Hours     string
	Phone     string
	PhotoID   ID
	Rank      int // order on the page
	ByUserID  ID
	EndedAt   *time.Time
	CreatedAt time.Time
}

// Holds tells whether the appointment is in force on the day.
func (a Appointment) Holds(day Date) bool {
	return a.From <= day && (a.Until == "" || day <= a.Until) && (a.EndedAt == nil || day < DateOf(*a.EndedAt))
}

// Actor is who acts in a request: read once per request together with the
// session. The zero Actor is a visitor; System is a job.
type Actor struct {
	UserID       ID
	Name         string
	System       bool
	SessionHash  []byte
	SecondFactor bool
	Hall         ID             // the vote at whose polling place the device stands
	Appointments []Appointment  // of the user, also ended and future ones are left out
	Links        []ResidentLink // live links of the user to people on rolls
}

// Resident is the person the actor is in a community, and how well that is known.
func (a Actor) Resident(community ID) (ResidentLink, bool) {
	for _, l := range a.Links {
		if l.CommunityID == community && (l.State == LinkOrdinary || l.State == LinkConfirmed) {
			return l, true
		}
	}
	return ResidentLink{}, false
}
