package models

import "time"

// NominationKind says who nominates (art. 18).
type NominationKind string

const (
	NominationParty NominationKind = "party" // 社区党组织
	NominationJoint NominationKind = "joint" // ten voters or more
	NominationSelf  NominationKind = "self"  // 自荐: only gathers signatures
)

// NominationState of a nomination.
type NominationState string

const (
	NominationGathering NominationState = "gathering" // collects signatures
	NominationSubmitted NominationState = "submitted" // handed in; the nominee is asked
	NominationAccepted  NominationState = "accepted"  // by the nominee
	NominationDeclined  NominationState = "declined"
	NominationRefused   NominationState = "refused" // by the electoral committee, with reasons
	NominationDropped   NominationState = "dropped"
)

// Nomination proposes one person for one post.
type Nomination struct {
	Tenant
	ElectionID ID
	Number     string
	Kind       NominationKind
	ResidentID ID // the nominee
	Name       string
	Post       Post
	State      NominationState
	Text       string
	Signatures int // valid ones, maintained
	ByUserID   ID
	ByName     string
	Reason     string
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Cosignature of a voter under a nomination or a recall. (subject, voter) is
// unique.
type Cosignature struct {
	Tenant
	ElectionID ID
	SubjectID  ID // the nomination or the recall
	VoterID    ID
	Way        VoterWay // phone, or paper typed in and checked against the roll
	UserID     ID
	CreatedAt  time.Time
}

// CandidateState of somebody who stands.
type CandidateState string

const (
	CandidateProposed  CandidateState = "proposed"  // accepted the nomination; to be reviewed
	CandidateEligible  CandidateState = "eligible"  // reviewed
	CandidateExcluded  CandidateState = "excluded"  // one of the four grounds, with evidence
	CandidateFormal    CandidateState = "formal"    // on the ballot
	CandidateReserve   CandidateState = "reserve"   // eligible, not among the formal ones: moves up
	CandidateWithdrawn CandidateState = "withdrawn" // in writing
)

// Candidate (候选人). (election, resident) is unique: nobody stands for two posts.
type Candidate struct {
	Tenant
	ElectionID   ID
	ResidentID   ID
	VoterID      ID // the own row on the roll, if registered
	NominationID ID
	Kind         NominationKind
	Name         string
	Sex          string
	Birth        Date
	Politics     string
	Post         Post
	State        CandidateState
	Support      int // votes of the preselection, or signatures: the order
	Place        int // on the ballot, from 1 within the post
	PhotoID      ID
	Plan         string // 履行职责的设想
	Ground       string // of an exclusion
	Evidence     string
	Decision     string
	ReviewedBy   ID
	ReviewedName string
	ReviewedAt   *time.Time
	UserID       ID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// CandidateAnswer is a question of a resident at the meeting with the voters
// and what the candidate answered (art. 18).
type CandidateAnswer struct {
	Tenant
	ElectionID  ID
	CandidateID ID
	Question    string
	Answer      string
	CreatedAt   time.Time
}
