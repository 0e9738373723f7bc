package models

import "time"

// Rhythm of a disclosure item.
type Rhythm string

const (
	RhythmMonthly   Rhythm = "monthly"
	RhythmQuarterly Rhythm = "quarterly"
	RhythmHalfYear  Rhythm = "halfyear"
	RhythmYearly    Rhythm = "yearly"
	RhythmOnEvent   Rhythm = "event"
)

// DisclosureItem is a row of the catalogue (居务公开目录): the seven categories
// D1–D7 of art. 34 and what the place adds.
type DisclosureItem struct {
	Tenant
	Code      string // unique in the community
	Category  string // "D1" … "D7"
	Title     string
	Content   string
	Basis     string
	Rhythm    Rhythm
	DueDays   int // days after the end of the period, or after the event
	Publisher Role
	Channel   string
	Source    string // "accounts": done by publishing the month; "notice": by a notice
	ActiveTo  Date   // "" = in force
	StartsOn  Date   // no period before this day is owed
	CreatedAt time.Time
}

// DisclosureDone records that an item was published for a period, or after an
// event. (item, period) is unique.
type DisclosureDone struct {
	Tenant
	ItemID    ID
	Period    string // "2026-07", "2026Q3", "2026H2", "2026" or the event's day
	NoticeID  ID
	AccountID ID
	At        time.Time
}

// CallKind says why something must be disclosed.
type CallKind string

const (
	CallEvent CallKind = "event" // something happened that an item on events waits for
	CallOrder CallKind = "order" // the street ordered it (art. 35)
)

// DisclosureCall says that an item is to be made public for a period, or for
// an event of a day. (item, period, kind) is unique.
type DisclosureCall struct {
	Tenant
	ItemID    ID
	Period    string
	Kind      CallKind
	Text      string // what happened, or what the street wants
	DueDay    Date   // of an order
	ByUserID  ID
	ByName    string
	CreatedAt time.Time
}

// NoticeKind: 居务, 政务, 事务, 财务.
type NoticeKind string

const (
	NoticeCommittee  NoticeKind = "committee"
	NoticeGovernment NoticeKind = "government"
	NoticeAffairs    NoticeKind = "affairs"
	NoticeFinance    NoticeKind = "finance"
)

// NoticeState of one version of a notice.
type NoticeState string

const (
	NoticeDraft      NoticeState = "draft"
	NoticeSubmitted  NoticeState = "submitted"
	NoticePublished  NoticeState = "published"
	NoticeSuperseded NoticeState = "superseded"
	NoticeWithdrawn  NoticeState = "withdrawn"
)

// NoticeIssuer is the body whose seal stands under a notice.
type NoticeIssuer string

const (
	IssuerCommittee NoticeIssuer = ""          // the residents' committee
	IssuerElectoral NoticeIssuer = "electoral" // the electoral committee: it runs the election (art. 15)
	IssuerStreet    NoticeIssuer = "street"    // what follows from an investigation (art. 22)
	IssuerDistrict  NoticeIssuer = "district"
)

// Notice is one version of a public notice. Published versions never change.
type Notice struct {
	Tenant
	ThreadID     ID // the same for all versions of a notice
	Version      int
	Kind         NoticeKind
	Category     string // "D1" … "D7"
	ItemID       ID     // catalogue item it fulfils
	Period       string
	Title        string
	Body         string
	Urgent       bool
	Personal     bool // names people: not for search engines, gone when its display ends
	State        NoticeState
	Reason       string // of a correction, a send-back or a withdrawal
	ByUserID     ID
	ByName       string
	SupervisorID ID // signed for the supervision committee (finance, D1, D2)
	Supervisor   string
	SupervisedAt *time.Time
	PublisherID  ID
	Publisher    string
	Issuer       NoticeIssuer
	Number       string
	PublishedAt  *time.Time
	DisplayUntil Date
	Salt         []byte
	TextHash     []byte // salted; keeps the fingerprint checkable after a withdrawal
	Fingerprint  []byte
	WithdrawnAt  *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Attachment is a file of a community, stored by its content's SHA-256 under
// the data folder. Photos are re-encoded without EXIF before they get here.
type Attachment struct {
	Tenant
	OwnerKind string // "entry", "claim_line", "notice", "photo"
	OwnerID   ID
	Name      string // for the download, cleaned
	MIME      string
	Size      int64
	Width     int
	Height    int
	Pages     int // of a document
	SHA256    []byte
	Public    bool // may be shown once its owner is published
	RedactsID ID   // the original that this one blacks out; originals stay inside
	ByUserID  ID
	RemovedAt *time.Time
	CreatedAt time.Time
}

// Picture tells a picture from a document.
func (a Attachment) Picture() bool { return a.MIME == "image/jpeg" }
