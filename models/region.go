package models

import "time"

// Level of a region in the tree district → street → community.
type Level string

const (
	LevelDistrict  Level = "district"
	LevelStreet    Level = "street"
	LevelCommunity Level = "community"
)

// Region is a node of the administrative tree. Regions are global.
type Region struct {
	ID        ID `gorm:"primaryKey;autoIncrement:false"`
	ParentID  ID
	Level     Level
	Name      string
	CreatedAt time.Time
}

// Community (社区) is the tenant. Its ID is that of its region; Code is its
// part of every address.
type Community struct {
	ID         ID `gorm:"primaryKey;autoIncrement:false"`
	StreetID   ID
	DistrictID ID
	Code       string
	Name       string
	StreetName string // shown beside the name; the street may be renamed without rewriting pages
	Address    string
	Phone      string // the committee's public telephone
	Hours      string // the committee's public office hours, free text
	StreetInfo string // where and how to reach the street office, free text

	// Counts are maintained by the roll import and the desk, never counted on a page.
	Households int
	Residents  int

	// Local settings; domain.md C2 and C4 say why none of them is law.
	ClaimThresholdFen Fen // the director approves lines up to this amount, the street above it
	// The committee's wish for another limit; it counts once the street agrees.
	ProposedThresholdFen Fen
	ProposedBy           ID

	InquiryDays int // days to answer a question about an account line
	DisplayDays int // how long a publication stays on the board, at least 15 (art. 34)

	// MediationESign: the street allows electronic signatures under mediation
	// agreements, where the law does (policy.MayESign).
	MediationESign bool `gorm:"column:mediation_esign"`
	CreatedAt      time.Time
}

// LeastDisplayDays is the shortest display period (art. 34: 不得少于十五日).
const LeastDisplayDays = 15

// ReservedCodes are first parts of addresses that no community may take.
var ReservedCodes = []string{"login", "logout", "me", "admin", "verify", "open311", "static", "files", "healthz", "demo", "privacy", "robots.txt", "metrics", "powers", "sw.js", "manifest.webmanifest", "lang", "look"}

// Grid (网格) is a part of a community with a grid worker.
type Grid struct {
	Tenant
	Name         string
	WorkerName   string // shown in public: residents must know whom to call
	WorkerPhone  string
	WorkerUserID ID
}

// Building (楼栋) stands in one grid.
type Building struct {
	Tenant
	GridID ID
	Name   string
}

// Household (户) is an entity of its own: votes and notices may go by household.
type Household struct {
	Tenant
	BuildingID ID
	GroupName  string // 居民小组
	Unit       string
	Room       string
	Number     string // 户号, unique in the community
	HeadID     ID     // the resident who is 户主; 0 if unknown
}
