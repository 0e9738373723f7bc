package models

import "time"

// HoursState of a record of service.
type HoursState string

const (
	HoursProposed HoursState = "proposed"
	HoursApproved HoursState = "approved"
	HoursRefused  HoursState = "refused"
	HoursReversed HoursState = "reversed" // approved once; a record of the opposite sign undoes it
)

// HoursSource is how a record came about; it is shown with every record.
type HoursSource string

const (
	HoursTimed    HoursSource = "timed"   // checked in and out by the leader's code
	HoursDevice   HoursSource = "device"  // by the leader's device without a line
	HoursEntered  HoursSource = "entered" // written down afterwards
	HoursClient   HoursSource = "client"  // confirmed by whoever was helped
	HoursImported HoursSource = "list"    // from a list of the office
	HoursTaken    HoursSource = "taken"   // taken over from another system
)

// Hours is a record of service (志愿服务条例 art. 19): a fact, never changed. A
// correction is a reversal: a record with the opposite minutes. LiveShift
// repeats the shift while the record is proposed or approved: one record per
// volunteer and shift.
type Hours struct {
	Tenant
	VolunteerID  ID
	ActivityID   ID
	ShiftID      ID
	LiveShift    *ID
	Day          Date
	BeginsAt     *time.Time
	EndsAt       *time.Time
	Minutes      int // negative in a reversal
	What         string
	Source       HoursSource
	State        HoursState
	Flags        string // codes of what is odd, joined by ","
	ByUserID     ID     // who proposed
	ByKey        string // the person behind the login
	ByName       string
	DecidedBy    ID
	DecidedKey   string
	DecidedName  string
	DecidedAt    *time.Time
	Reason       string
	ReversesID   *ID // unique: a record is reversed once
	ImportID     ID
	ImportLine   int
	VolunteerNo  string // as it was: certificates and exports read it
	ActivityName string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// TableName: GORM would make hours of it too, and of Hour.
func (Hours) TableName() string { return "service_hours" }

// VolunteerDay is what a volunteer has of approved minutes on a day; its
// conditional UPDATE keeps the cap.
type VolunteerDay struct {
	CommunityID ID   `gorm:"primaryKey;autoIncrement:false"`
	VolunteerID ID   `gorm:"primaryKey;autoIncrement:false"`
	Day         Date `gorm:"primaryKey"`
	Minutes     int
}

// VolunteerSum is what a volunteer served in a month: a year is twelve rows.
type VolunteerSum struct {
	CommunityID ID    `gorm:"primaryKey;autoIncrement:false"`
	VolunteerID ID    `gorm:"primaryKey;autoIncrement:false"`
	Month       Month `gorm:"primaryKey"`
	Minutes     int
	Times       int
}

// StarState of a star level of a volunteer.
type StarState string

const (
	StarProposed StarState = "proposed" // the hours are there
	StarPosted   StarState = "posted"   // on display, at least five working days
	StarGranted  StarState = "granted"
	StarRefused  StarState = "refused"
)

// StarAward is proposed by the system, posted and decided by people.
type StarAward struct {
	Tenant
	VolunteerID ID
	Stars       int
	Minutes     int
	State       StarState
	PostedOn    Date
	PostedUntil Date // last day of the display
	PostedBy    ID
	DecidedBy   ID
	DecidedName string
	Reason      string
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// CertificateState of a service certificate.
type CertificateState string

const (
	CertificateValid   CertificateState = "valid"
	CertificateRevoked CertificateState = "revoked"
)

// ServiceCertificate is a signed statement about approved hours (志愿服务条例
// art. 19: free and truthful). Payload is what was signed, byte for byte.
type ServiceCertificate struct {
	Tenant
	Number      string
	VolunteerID ID
	From        Date `gorm:"column:from_day"`
	Until       Date `gorm:"column:until_day"`
	Minutes     int
	Payload     []byte
	Signature   []byte
	KeyID       string
	State       CertificateState
	RevokedAt   *time.Time
	Reason      string
	ByUserID    ID // who asked
	IssuedName  string
	CreatedAt   time.Time
}

// CertifiedHours ties a certificate to the records it speaks of, so that a
// reversal finds it.
type CertifiedHours struct {
	CommunityID   ID `gorm:"primaryKey;autoIncrement:false"`
	CertificateID ID `gorm:"primaryKey;autoIncrement:false"`
	HoursID       ID `gorm:"primaryKey;autoIncrement:false"`
}

// PublicKey is a public key of the site, kept after the private one is gone:
// what was signed with it must stay checkable.
type PublicKey struct {
	ID        string `gorm:"primaryKey"` // first 16 hex digits of its SHA-256
	Purpose   string
	Key       []byte
	CreatedAt time.Time
}

// PointsEntry is one side of a transfer of points: two rows with one TransferID
// add up to zero. VolunteerID 0 is the community's pool. Rows are never changed.
type PointsEntry struct {
	Tenant
	TransferID  ID
	VolunteerID ID
	Amount      int
	Kind        string // "grant", "redeem", "return", "expire", "reverse"
	RefID       ID     // the hours, redemption or lot it is about
	CreatedAt   time.Time
}

// PointsAccount is what an account holds: Σ of its entries. The pool's is the
// negative of all others.
type PointsAccount struct {
	CommunityID ID `gorm:"primaryKey;autoIncrement:false"`
	VolunteerID ID `gorm:"primaryKey;autoIncrement:false"`
	Balance     int
}

// PointsLot is a grant with what is left of it; the oldest are used first, and
// each expires on its day.
type PointsLot struct {
	Tenant
	VolunteerID ID
	HoursID     ID // unique: hours earn once
	Amount      int
	Rest        int
	Day         Date
	ExpiresOn   Date // last day on which they can be used; "" never
	CreatedAt   time.Time
}

// Reward is a service or thing that the community offers for points.
type Reward struct {
	Tenant
	Title     string
	Note      string
	Price     int
	Stock     int // given out never exceeds it
	Given     int
	Active    bool
	CreatedAt time.Time
	UpdatedAt time.Time
}

// RedemptionState of a reward taken.
type RedemptionState string

const (
	RedemptionAsked  RedemptionState = "asked"
	RedemptionHanded RedemptionState = "handed"
	RedemptionUndone RedemptionState = "undone"
)

// Redemption is a reward asked for; the points are taken at once and come back
// if it is undone.
type Redemption struct {
	Tenant
	Number      string
	VolunteerID ID
	RewardID    ID
	Title       string
	Points      int
	State       RedemptionState
	DecidedBy   ID
	CreatedAt   time.Time
	UpdatedAt   time.Time
}
