package models

import "time"

// AuditRow is a link of a community's audit chain (chain 0: global matters).
// It holds ids and salted hashes, never personal data.
type AuditRow struct {
	CommunityID ID    `gorm:"primaryKey;autoIncrement:false"`
	Seq         int64 `gorm:"primaryKey;autoIncrement:false"`
	At          time.Time
	ActorID     ID // 0: a job, a visitor, or deliberately not recorded
	Role        Role
	Action      string // "account.publish"
	ObjectID    ID
	Detail      []byte // SHA-256 of what was written, or short JSON of ids
	Previous    []byte
	Hash        []byte
}

// AuditHead is the end of a chain; taken last in each transaction by a
// conditional UPDATE on Seq.
type AuditHead struct {
	CommunityID ID `gorm:"primaryKey;autoIncrement:false"`
	Seq         int64
	Hash        []byte
	Signature   []byte // Ed25519 over chain, seq and hash; shown on public pages
	SignedSeq   int64
}

// OutboxState of a message to the outside.
type OutboxState string

const (
	OutboxWaiting OutboxState = "waiting"
	OutboxSent    OutboxState = "sent"
	OutboxFailed  OutboxState = "failed"
	OutboxExpired OutboxState = "expired"
)

// OutboxMessage leaves the house after the transaction that wrote it. A job
// leases it, sends it and records the outcome; sending at least once.
type OutboxMessage struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	CommunityID ID
	UserID      ID
	Channel     string // "sms", "mp", "street"
	Recipient   []byte // sealed
	Template    string // catalogue key
	Args        []byte // sealed JSON; wiped after sending
	State       OutboxState
	Attempts    int
	NextAt      time.Time
	LeaseBy     string
	LeaseUntil  *time.Time
	ExpiresAt   time.Time
	SentAt      *time.Time
	Error       string // class of the failure, never the message
	CreatedAt   time.Time
}

// InboxMessage is a message inside the portal.
type InboxMessage struct {
	ID          ID `gorm:"primaryKey;autoIncrement:false"`
	UserID      ID
	CommunityID ID
	Key         string // catalogue key
	Args        []byte // JSON of the arguments
	Link        string // path
	ReadAt      *time.Time
	CreatedAt   time.Time
}

// Stamp counts the changes of a subject of a community; rendered pages hang on it.
type Stamp struct {
	CommunityID ID     `gorm:"primaryKey;autoIncrement:false"`
	Subject     string `gorm:"primaryKey"`
	N           int64
}

// Consent is one decision about one purpose; the newest row counts.
type Consent struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	UserID    ID
	Purpose   string
	Version   string
	Given     bool
	CreatedAt time.Time
}

// Limit counts acts in a window (codes per phone, questions per day).
type Limit struct {
	Bucket string `gorm:"primaryKey"`
	N      int
	Until  time.Time
}

// Counter numbers things without gaps: "account.2026", "inquiry.2026".
type Counter struct {
	CommunityID ID     `gorm:"primaryKey;autoIncrement:false"`
	Name        string `gorm:"primaryKey"`
	N           int64
}

// Lease lets one process of several do a job.
type Lease struct {
	Name  string `gorm:"primaryKey"`
	Owner string
	Until time.Time
	Fence int64
}
