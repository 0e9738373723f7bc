package models

import "time"

// MatterClass is a class of matters that only the assembly decides: the six of
// the place's own rules and those that the law names.
type MatterClass string

const (
	MatterPlan    MatterClass = "plan"    // 1 发展规划、财务预算和决算
	MatterMembers MatterClass = "members" // 2 撤换、补选、罢免成员
	MatterFunds   MatterClass = "funds"   // 3 公益事业经费的筹集和使用
	MatterEconomy MatterClass = "economy" // 4 集体经济收益的使用
	MatterProject MatterClass = "project" // 5 集体经济、公益事业的立项和承包
	MatterOther   MatterClass = "other"   // 6 会议认为应当由其决定的其他事项

	MatterCharter     MatterClass = "charter"     // 居民自治章程 (art. 30)
	MatterCovenant    MatterClass = "covenant"    // 居民公约 (art. 30)
	MatterReport      MatterClass = "report"      // 年度工作报告 (art. 30)
	MatterAppraisal   MatterClass = "appraisal"   // 民主评议 (art. 30, 37)
	MatterImportant   MatterClass = "important"   // 其他涉及全体居民利益的重要事项 (art. 30)
	MatterDelegate    MatterClass = "delegate"    // 授权居民代表会议 (art. 30)
	MatterRevoke      MatterClass = "revoke"      // 撤销或者变更不适当的决定 (art. 30)
	MatterElectoral   MatterClass = "electoral"   // 推选居民选举委员会 (art. 15)
	MatterSupervision MatterClass = "supervision" // 推选居务监督委员会 (art. 36)
	MatterResignation MatterClass = "resignation" // 审议辞职 (art. 21)
	MatterAudit       MatterClass = "audit"       // 要求审计的其他事项 (art. 38)
	MatterAdmission   MatterClass = "admission"   // 准入事项

	MatterCompound MatterClass = "compound" // a compound group's own matter
	MatterElect    MatterClass = "elect"    // a small body's election (art. 13)
	MatterJoint    MatterClass = "joint"    // what a joint meeting agreed
)

// DecisionMode is who decided.
type DecisionMode string

const (
	ByAdults     DecisionMode = "adults"     // 居民会议 of all residents of 18 and more (art. 26)
	ByHouseholds DecisionMode = "households" // 居民会议 of household representatives (art. 27)
	ByReps       DecisionMode = "reps"       // 居民代表会议 (art. 28)
	ByGroup      DecisionMode = "group"      // the households of a group or compound
	ByMembers    DecisionMode = "members"    // the members of a body
	ByJoint      DecisionMode = "joint"      // the parties of a joint meeting
)

// Decision is what was decided, with its number, its words, the figures and
// the articles by which they are enough. It is never edited: what follows
// (publication, notes, tasks) stands beside it, and the fingerprint covers
// every word and figure.
type Decision struct {
	Tenant
	Number     string
	Seq        int64 // place in the community's chain of decisions, from 1; unique
	Class      MatterClass
	Mode       DecisionMode
	BodyID     ID // 0: the community's assembly
	SessionID  ID
	ItemID     ID
	MatterID   ID
	BodyVoteID ID
	Title      string
	Text       string
	Covers     string // of an authorisation: the classes it gives to the representatives, by spaces
	MoneyFen   Fen    // what it allows to be spent or raised; 0 = not about money
	Day        Date

	Entitled int
	Present  int
	Yes      int
	No       int
	Abstain  int
	Void     int
	Options  string // of a choice: lines "text<TAB>votes<TAB>chosen", in the order of votes
	// Articles beside the figures, by their keys: "art29_quorum".
	QuorumArticle   string
	MajorityArticle string

	Previous     []byte // fingerprint of the decision before (Seq-1)
	Fingerprint  []byte
	NoticeID     ID // by which it is made public (D1)
	PublishedAt  *time.Time
	DisplayUntil Date
	RevokedByID  ID // a later decision that takes it back (art. 30)
	ResultText   string
	ResultAt     *time.Time
	ByUserID     ID
	CreatedAt    time.Time
}

// DecisionNoteKind says what became of a decision from outside.
type DecisionNoteKind string

const (
	NoteChallenged DecisionNoteKind = "challenged" // somebody went to court (art. 40)
	NoteCourt      DecisionNoteKind = "court"      // what the court said
	NoteOrdered    DecisionNoteKind = "ordered"    // the street ordered correction (art. 31)
)

// DecisionNote stands beside a decision; it is never edited either.
type DecisionNote struct {
	Tenant
	DecisionID ID
	Kind       DecisionNoteKind
	Text       string
	ByUserID   ID
	ByName     string
	ByRole     Role
	CreatedAt  time.Time
}
