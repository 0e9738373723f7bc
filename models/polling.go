package models

import "time"

// StationKind of a place where ballots are cast.
type StationKind string

const (
	StationMain   StationKind = "main"   // 中心会场
	StationBranch StationKind = "branch" // 投票站
	StationMobile StationKind = "mobile" // 流动票箱
)

// StationState of a polling station and its box.
type StationState string

const (
	StationPrepared StationState = "prepared"
	StationOpen     StationState = "open"
	StationClosed   StationState = "closed"   // the box is sealed
	StationAccepted StationState = "accepted" // box test passed
	StationRejected StationState = "rejected" // its ballots do not count; Reason says why
)

// PollingStation is a place with a box. Small boxes are mixed with the one
// they are counted with, so that they tell nothing about few people.
type PollingStation struct {
	Tenant
	ElectionID ID
	Kind       StationKind
	Name       string
	Place      string
	Hours      string
	State      StationState
	CountWith  ID     // the station with whose ballots these are mixed; 0: counted by itself
	Approval   string // of the street, for mobile boxes
	Leased     int    // voters who vote here
	Received   int    // ballot papers handed to the station
	Issued     int    // to voters, proxies' papers included; maintained by check-in
	Spoiled    int    // given back spoiled and replaced
	Unused     int    // left over
	InBox      int    // found in the box
	Seal       string // number of the seal
	Reason     string
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// StaffDuty of somebody who works at the polls.
type StaffDuty string

const (
	DutyWatcher StaffDuty = "watcher" // 监票人
	DutyTeller  StaffDuty = "teller"  // 计票人
	DutyCaller  StaffDuty = "caller"  // 唱票人
	DutyWriter  StaffDuty = "writer"  // 代写人
	DutyIssuer  StaffDuty = "issuer"  // 发票、登记
	DutyGuide   StaffDuty = "guide"   // 秩序、引导
)

// PollStaff is somebody's duty. (election, resident, duty, station) is unique.
type PollStaff struct {
	Tenant
	ElectionID    ID
	StationID     ID // 0: the count
	ResidentID    ID
	UserID        ID
	AppointmentID ID
	Name          string
	Duty          StaffDuty
	CreatedAt     time.Time
	EndedAt       *time.Time
}

// ProvisionalState of a sealed envelope.
type ProvisionalState string

const (
	ProvisionalSealed   ProvisionalState = "sealed"
	ProvisionalAccepted ProvisionalState = "accepted" // opened into the box, unread
	ProvisionalRefused  ProvisionalState = "refused"
)

// ProvisionalBallot is a ballot in a sealed envelope of somebody who could not
// be issued one: decided before the count.
type ProvisionalBallot struct {
	Tenant
	ElectionID  ID
	StationID   ID
	Envelope    int // number at the station
	VoterID     ID  // 0: not found on the roll
	Name        string
	Reason      string
	State       ProvisionalState
	Decision    string
	DecidedBy   ID
	DecidedName string
	CreatedAt   time.Time
}

// StationEvent is a happening at a station: opened, papers handed over, a
// spoiled paper replaced, the box sealed. (station, key) is unique, so that a
// tablet may send again what it is not sure of.
type StationEvent struct {
	Tenant
	ElectionID ID
	StationID  ID
	Key        string
	Kind       string
	N          int
	Note       string
	ByUserID   ID
	ByName     string
	CreatedAt  time.Time
}
