package models

// RollAction is what a staged row of a residents' roll will do.
type RollAction string

const (
	RollAdd    RollAction = "add"
	RollChange RollAction = "change"
	RollSame   RollAction = "same"
	RollBad    RollAction = "bad" // waits in the queue until a human has cleared it
)

// RollRow is one row of an imported roll between upload and confirmation; a
// bad one stays afterwards until it is cleared at the desk. The seals are
// already those of the resident it will be.
type RollRow struct {
	Tenant
	ImportID      ID
	Line          int // of the file
	Action        RollAction
	ResidentID    ID // of the roll, or new
	HouseholdID   ID
	GridID        ID
	BuildingID    ID
	GridName      string
	BuildingName  string
	GroupName     string
	Unit          string
	Room          string
	Number        string // 户号
	Name          string
	Relation      string
	Head          bool
	Sex           string
	Birth         Date
	DocumentKind  DocumentKind
	DocumentSeal  []byte
	DocumentIndex []byte
	PhoneSeal     []byte
	PhoneIndex    []byte
	Domicile      string
	Since         Date
	Politics      string
	Presence      Presence
	Changes       string // names of the fields that differ, joined by commas
	Errors        []byte // JSON of what is wrong, without the cells' content
}
