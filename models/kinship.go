package models

import "time"

// Kin is what the other person is to the first one of a Kinship.
type Kin string

const (
	KinSpouse      Kin = "spouse"
	KinParent      Kin = "parent"
	KinChild       Kin = "child"
	KinSibling     Kin = "sibling"
	KinGrandparent Kin = "grandparent" // of either side
	KinGrandchild  Kin = "grandchild"
	KinOther       Kin = "other" // by marriage, or further off: steps aside, bars from no post
)

// Someone is a person as far as the program knows them: by login, by the roll,
// or by both. One of the two is not 0.
type Someone struct {
	UserID     ID
	ResidentID ID
}

// Same tells whether two of them are surely one person.
func (s Someone) Same(o Someone) bool {
	return s.UserID != 0 && s.UserID == o.UserID || s.ResidentID != 0 && s.ResidentID == o.ResidentID
}

// KinshipSource is where the knowledge comes from.
type KinshipSource string

const (
	KinshipDeclared KinshipSource = "declared" // by one of the two
	KinshipRecorded KinshipSource = "recorded" // by an officer, from a paper
)

// Kinship says that two people are relatives. It is kept because the law keeps
// near relatives apart in some posts, and for nothing else; those two, the
// supervision committee and whoever appoints may read it.
type Kinship struct {
	Tenant
	UserID          ID
	ResidentID      ID
	OtherUserID     ID
	OtherResidentID ID
	Kin             Kin // what the other one is to the first
	// Pair names the two while it stands and is NULL afterwards: its UNIQUE key
	// keeps one relation per pair.
	Pair      *string
	Source    KinshipSource
	Evidence  string // which paper, for a recorded one
	From      Date   `gorm:"column:from_day"` // "" = always
	Until     Date   `gorm:"column:until_day"`
	ByUserID  ID
	ByName    string
	EndReason string
	EndedBy   ID
	EndedName string
	CreatedAt time.Time
	EndedAt   *time.Time
}

// First and Other are the two people.
func (k Kinship) First() Someone { return Someone{k.UserID, k.ResidentID} }

// Other is who is Kin to the first.
func (k Kinship) Other() Someone { return Someone{k.OtherUserID, k.OtherResidentID} }
