package models

import "time"

// Presence tells how a person's household registration and dwelling relate.
type Presence string

const (
	PresenceBoth       Presence = "both"       // 人户一致
	PresenceHereOnly   Presence = "here"       // 人在户不在: lives here, registered elsewhere
	PresenceRegistered Presence = "registered" // 户在人不在: registered here, lives elsewhere
)

// ResidentState is where a person on the roll stands today.
type ResidentState string

const (
	ResidentActive ResidentState = "active"
	ResidentMoved  ResidentState = "moved"
	ResidentDead   ResidentState = "dead"
	ResidentMerged ResidentState = "merged" // was the same person as MergedInto
)

// DocumentKind of the paper that identifies a person.
type DocumentKind string

const (
	DocumentNone     DocumentKind = ""
	DocumentID       DocumentKind = "id"       // 居民身份证
	DocumentPassport DocumentKind = "passport" // 护照
	DocumentPermit   DocumentKind = "permit"   // 港澳台居民居住证, 外国人永久居留身份证
	DocumentOther    DocumentKind = "other"
)

// Resident is a person on the roll, with or without a login. Document number
// and telephone are sealed (AEAD bound to table, column and row); the indexes
// are keyed hashes that allow an exact search and nothing else.
type Resident struct {
	Tenant
	HouseholdID   ID
	GridID        ID // copied from the building, because every list is by grid
	BuildingID    ID
	Name          string
	Relation      string // 与户主关系
	Sex           string // "f", "m" or ""
	Birth         Date
	DocumentKind  DocumentKind
	DocumentSeal  []byte
	DocumentIndex []byte // unique in the community when not NULL
	PhoneSeal     []byte
	PhoneIndex    []byte
	Domicile      string // 户籍 as the roll says
	Since         Date   // living here since
	Politics      string
	Presence      Presence
	State         ResidentState
	Source        string // "import", "desk"
	MergedInto    ID     // the record that took this one in; 0 for all others
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// LinkState of the tie between a login and a person on the roll.
type LinkState string

const (
	LinkPending   LinkState = "pending"   // waits in the conflict queue for a human
	LinkOrdinary  LinkState = "ordinary"  // name + document digits + household: ordinary matters
	LinkConfirmed LinkState = "confirmed" // the roll's phone or the desk: voting, signing, own record
	LinkRefused   LinkState = "refused"
)

// ResidentLink joins a User to a Resident. One live link per resident and one
// per user in a community.
type ResidentLink struct {
	Tenant
	UserID     ID
	ResidentID ID
	State      LinkState
	Method     string // "phone", "desk", "match"
	Claim      []byte // what the person typed, sealed, for the human who decides
	Reason     string // why refused, or why it waits (an i18n key)
	DecidedBy  ID
	// LiveUser and LiveResident repeat the ids while the link is ordinary or
	// confirmed and are NULL otherwise: their UNIQUE keys keep one live link
	// per login and per person.
	LiveUser     *ID
	LiveResident *ID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Unmasking is a look at something masked: who, whose, which field and why.
// The person concerned sees it at /me.
type Unmasking struct {
	Tenant
	ResidentID ID
	Field      string
	ByUserID   ID
	ByName     string
	ByRole     string
	Reason     string
	CreatedAt  time.Time
}

// CorrectionState of a wish to have one's own record corrected.
type CorrectionState string

const (
	CorrectionOpen    CorrectionState = "open"
	CorrectionDone    CorrectionState = "done"
	CorrectionRefused CorrectionState = "refused" // with the reason (PIPL art. 50)
)

// Correction is what a person asks the desk to put right in their record, or to
// explain or delete (PIPL art. 45 to 48). The wish is sealed.
type Correction struct {
	Tenant
	UserID      ID
	ResidentID  ID // 0 when the person is not on the roll
	State       CorrectionState
	Wish        []byte
	Answer      string
	DueDay      Date
	DecidedBy   ID
	DecidedName string
	CreatedAt   time.Time
	DecidedAt   *time.Time
}

// Merge tells that a record was taken in by another one of the same person,
// which fields of it were right, and why. The reason is read by the desk.
type Merge struct {
	Tenant
	KeptResidentID ID
	DroppedID      ID
	Taken          string // names of the fields, joined by commas
	Reason         string
	ByUserID       ID
	ByName         string
	CreatedAt      time.Time
}
