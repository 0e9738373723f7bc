package models

import "time"

// HelpState of a request for help.
type HelpState string

const (
	HelpOpen      HelpState = "open"
	HelpOffered   HelpState = "offered"  // a volunteer was asked
	HelpAccepted  HelpState = "accepted" // and has said yes
	HelpDone      HelpState = "done"     // confirmed by whoever was helped, or the desk
	HelpWithdrawn HelpState = "withdrawn"
)

// HelpRequest is what an elder or disabled resident, the family or the desk
// asks volunteers for. Name, address, telephone and detail are sealed: only the
// volunteer who accepts and the desk read them (志愿服务条例 art. 21).
type HelpRequest struct {
	Tenant
	Number      string
	State       HelpState
	Kind        string // one of VolunteerSkills
	Target      string
	BuildingID  ID
	GridID      ID
	PersonSeal  []byte // JSON: name, address, telephone, detail
	Brief       string // masked, what volunteers see before they accept
	WantedAt    time.Time
	Minutes     int
	AskedBy     string // "self", "family", "desk"
	ByUserID    ID
	VolunteerID ID // asked or accepted
	ActivityID  ID
	ShiftID     ID
	Thanks      string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// HelpOffer is a volunteer who was asked, with the answer.
type HelpOffer struct {
	Tenant
	HelpID      ID
	VolunteerID ID
	State       string // "asked", "yes", "no"
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Pairing ties a volunteer to an elder with a rhythm of visits. Whether a visit
// is missed is computed when it is read; AlarmedOn remembers who was told.
type Pairing struct {
	Tenant
	VolunteerID ID
	ResidentID  ID
	GridID      ID
	Name        string // the elder's, for the pair and the desk
	Place       string
	EveryDays   int
	Since       Date
	LastVisit   Date
	AlarmedOn   Date
	FamilyUser  ID // who may see the visits; 0 nobody
	LivePair    *string
	EndedOn     Date
	Reason      string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// PairVisit is one visit of a pairing.
type PairVisit struct {
	Tenant
	PairingID   ID
	VolunteerID ID
	Day         Date
	Minutes     int
	Worry       bool   // something the desk should look at
	NoteSeal    []byte // what was seen
	ByUserID    ID
	CreatedAt   time.Time
}

// Thanks is what somebody wrote to a volunteer after being helped.
type Thanks struct {
	Tenant
	VolunteerID ID
	HelpID      ID
	Text        string
	From        string `gorm:"column:from_name"` // masked
	CreatedAt   time.Time
}
