package models

import "time"

// MediationState is where a mediation (人民调解, the 事务协调会) stands. It is
// private from end to end: no page, feed, search or count shows that it exists.
type MediationState string

const (
	MediationSuggested MediationState = "suggested" // offered to the reporter of a case; nobody else knows
	MediationRequested MediationState = "requested" // before the mediation committee; the other side knows nothing
	MediationInvited   MediationState = "invited"   // the other side is asked
	MediationChoosing  MediationState = "choosing"  // all agree to mediate; a mediator all accept is sought
	MediationOpen      MediationState = "open"
	MediationDrafted   MediationState = "drafted" // the words of an agreement lie before the parties
	MediationEffective MediationState = "effective"
	MediationFulfilled MediationState = "fulfilled"
	MediationBroken    MediationState = "broken"    // agreed and not kept: the way to court is told (art. 32, 33)
	MediationFailed    MediationState = "failed"    // no agreement (art. 26)
	MediationStopped   MediationState = "stopped"   // a party ended it (art. 23)
	MediationRefused   MediationState = "refused"   // a party will not mediate (art. 17)
	MediationDeclined  MediationState = "declined"  // nothing that people's mediation may take
	MediationWithdrawn MediationState = "withdrawn" // before the other side was asked
)

// MediationStates in the order of the way.
var MediationStates = []MediationState{
	MediationSuggested, MediationRequested, MediationInvited, MediationChoosing, MediationOpen, MediationDrafted, MediationEffective,
	MediationFulfilled, MediationBroken, MediationFailed, MediationStopped, MediationRefused, MediationDeclined, MediationWithdrawn,
}

// Live tells whether somebody still has to do something.
func (s MediationState) Live() bool {
	switch s {
	case MediationFulfilled, MediationBroken, MediationFailed, MediationStopped, MediationRefused, MediationDeclined, MediationWithdrawn, "":
		return false
	}
	return true
}

// MediationOrigin is how it came in.
type MediationOrigin string

const (
	MediationByPhone MediationOrigin = "phone"
	MediationByDesk  MediationOrigin = "desk"
	MediationByCase  MediationOrigin = "case"
)

// MediationForm is how an agreement is made (Mediation Law art. 28).
type MediationForm string

const (
	AgreementWritten MediationForm = "written"
	AgreementOral    MediationForm = "oral"
)

// CourtState is what became of the way to judicial confirmation (司法确认).
type CourtState string

const (
	CourtNone      CourtState = ""
	CourtApplied   CourtState = "applied"
	CourtConfirmed CourtState = "confirmed"
	CourtRejected  CourtState = "rejected" // declared invalid: mediate again, or sue (art. 33)
)

// Mediation is one case of people's mediation. What it is about is sealed. The
// row outlives its words: of an old one only figures are left.
type Mediation struct {
	Tenant
	Number    string // drawn by lot: a series would tell how many there are
	OnceHash  []byte // of the key that makes sending twice one request
	Origin    MediationOrigin
	CaseID    ID
	EnteredBy ID // at the desk: may print the request on that day, and never opens it again
	Category  string
	State     MediationState
	Round     int // counts how often it was tried
	Seq       int // of the last event
	Year      int

	RequestSeal []byte // JSON of MediationRequest
	AnswerBy    Date   // the other side is asked to answer until then
	TargetDay   Date   // as a rule it is over by then

	Form          MediationForm
	Version       int    // of the agreement's words; 0 while there are none
	AgreementSeal []byte // JSON of MediationAgreement
	AgreementHash []byte // what is approved and signed
	ESign         bool   `gorm:"column:esign"` // electronic signatures were allowed when the words were laid before the parties
	EffectiveDay  Date
	CourtDay      Date // last day to ask the court together (art. 33)
	CourtState    CourtState
	CourtOn       Date
	CourtTold     int // reminders sent
	AnswerTold    bool

	PaperKeySeal []byte // opens its papers; without it they are noise
	EndedDay     Date
	KeepUntil    Date // afterwards the words are destroyed
	Erased       bool
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// MediationRequest is what is asked for, as it was written.
type MediationRequest struct {
	About string `json:"about"`
	Facts string `json:"facts"`
	Wish  string `json:"wish"`
}

// MediationAgreement are the words of an agreement besides what each promises
// (art. 29).
type MediationAgreement struct {
	Facts   string `json:"facts"`
	Dispute string `json:"dispute"`
	Duties  string `json:"duties"` // responsibility of each party
	Other   string `json:"other"`
}

// MediationSide is one of the two sides; each may be several parties.
type MediationSide string

const (
	SideAsker MediationSide = "asker"
	SideOther MediationSide = "other"
)

// MediationConsent is whether a party was asked, and what it said.
type MediationConsent string

const (
	ConsentNone    MediationConsent = "" // not asked: for this party nothing exists
	ConsentAsked   MediationConsent = "asked"
	ConsentGiven   MediationConsent = "yes"
	ConsentRefused MediationConsent = "no"
)

// MediationParty is somebody who quarrels. Name, telephone and address are
// sealed; known by login, by the roll, or by neither.
type MediationParty struct {
	Tenant
	MediationID ID
	Side        MediationSide
	Place       int // order in the papers
	UserID      ID
	ResidentID  ID
	NameSeal    []byte
	PhoneSeal   []byte
	PhoneIndex  []byte
	PhoneSure   bool // told by the person or checked by the mediator: who proves it is this party
	AddressSeal []byte
	Consent     MediationConsent
	ConsentBy   ID // whoever recorded it at the desk; 0: the party on the phone
	ConsentAt   *time.Time
	AcceptedAt  *time.Time // the mediators as they are now
	AcceptedBy  ID
	Approved    int // version of the agreement's words that this party agreed to
	ApprovedBy  ID
	ApprovedAt  *time.Time
	CourtAt     *time.Time // wants to ask the court
	CreatedAt   time.Time
}

// MediatorState is what a mediator is to one mediation.
type MediatorState string

const (
	MediatorServes  MediatorState = "serves"  // proposed or accepted: MediationParty.AcceptedAt tells
	MediatorAside   MediatorState = "aside"   // stepped aside
	MediatorRefused MediatorState = "refused" // by a party (art. 23)
)

// MediationMediator is one mediator of one mediation.
type MediationMediator struct {
	Tenant
	MediationID ID
	UserID      ID
	Name        string
	State       MediatorState
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// MediationAudience says who reads a step.
type MediationAudience string

const (
	ForAll       MediationAudience = "all"      // parties and mediators
	ForAsker     MediationAudience = "asker"    // in confidence: this side and the mediators
	ForOther     MediationAudience = "other"    // in confidence: the other side and the mediators
	ForMediators MediationAudience = "mediator" // their own notes
)

// MediationEvent is one step; Seq counts from 1 without gaps and is shown to
// nobody: a gap would tell of what is not for the reader.
type MediationEvent struct {
	Tenant
	MediationID ID
	Seq         int
	Action      string
	Was         MediationState
	State       MediationState
	Audience    MediationAudience
	PartyID     ID // whose act, or whom it was recorded for
	ByUserID    ID
	ByParty     bool
	TextSeal    []byte
	CreatedAt   time.Time
}

// MediationSessionState is what became of a meeting of the parties.
type MediationSessionState string

const (
	SittingPlanned   MediationSessionState = "planned"
	SittingHeld      MediationSessionState = "held"
	SittingCancelled MediationSessionState = "cancelled"
)

// MediationSession is a meeting of the parties.
type MediationSession struct {
	Tenant
	MediationID ID
	State       MediationSessionState
	BeginsAt    time.Time
	EndsAt      time.Time
	PlaceSeal   []byte
	GuestsSeal  []byte // invited besides, with the consent of the parties (art. 20)
	Waived      bool   // all waived the three days of notice
	Open        bool   // a party asked for it and none objects (art. 23); closed otherwise
	Revision    int
	Reminded    bool
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// PromiseState is what became of what was promised.
type PromiseState string

const (
	PromiseOpen     PromiseState = "open"
	PromiseReported PromiseState = "reported" // by whoever promised; the other side or the mediator confirms
	PromiseKept     PromiseState = "kept"
	PromiseUnkept   PromiseState = "unkept"
)

// MediationPromise is one thing that a party promises in an agreement.
type MediationPromise struct {
	Tenant
	MediationID ID
	PartyID     ID
	Place       int
	DueDay      Date
	WhatSeal    []byte // JSON of MediationTerm
	State       PromiseState
	Reminded    int // how far the reminders have come: policy.PromiseStage
	SettledAt   *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// MediationTerm is what is promised, and how it is carried out.
type MediationTerm struct {
	What string `json:"what"`
	How  string `json:"how"`
}

// MediationSigner says whose signature it is.
type MediationSigner string

const (
	SignedByParty    MediationSigner = "party"
	SignedByMediator MediationSigner = "mediator"
	SignedBySeal     MediationSigner = "seal" // of the mediation committee
)

// SignatureMethod is how somebody signed.
type SignatureMethod string

const (
	SignedOnPaper    SignatureMethod = "paper"      // signature, seal or fingerprint on the sheet
	SignedOnPhone    SignatureMethod = "electronic" // where the rule allows it
	SignedByAgreeing SignatureMethod = "oral"
)

// MediationSignature is one signature under one version of an agreement.
type MediationSignature struct {
	Tenant
	MediationID ID
	Version     int
	Signer      MediationSigner
	RefID       ID // the party, the mediator's login; 0 for the seal
	Method      SignatureMethod
	Day         Date
	ByUserID    ID
	Hash        []byte // of the words that were signed
	CreatedAt   time.Time
}
