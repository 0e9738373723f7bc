package models

import "time"

// ProposalState of a name handed to the street.
type ProposalState string

const (
	ProposalOpen      ProposalState = "open"
	ProposalAccepted  ProposalState = "accepted"
	ProposalRefused   ProposalState = "refused"
	ProposalWithdrawn ProposalState = "withdrawn"
)

// Proposal is a name for a post that the community itself may not give: the
// committee reports who was elected, the street confirms.
type Proposal struct {
	Tenant
	State     ProposalState
	Role      Role
	Name      string
	PhoneSeal []byte // the login's telephone until the proposal is settled
	GridID    ID
	From      Date `gorm:"column:from_day"`
	Until     Date `gorm:"column:until_day"`
	Decision  string
	Portfolio string
	ByUserID  ID
	ByName    string
	Answer    string
	DecidedBy ID
	CreatedAt time.Time
	DecidedAt *time.Time
}
