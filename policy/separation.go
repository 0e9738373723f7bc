package policy

// Separation says where each rule of domain.md G3 is kept. A rule whose
// capability is not built yet is kept here as far as roles can keep it; the
// rest is named, so that whoever builds it finds what is missing.
type Separation struct {
	N     int
	Basis string
	Here  []string // functions of this package and lines of roles.csv
	Later string   // what its capability adds; "" = complete
}

// Separations are the sixteen rules that hold even where a role would allow.
var Separations = []Separation{
	{1, "art. 36", []string{"MayAppoint", "MaySign", "MaySignNotice", "KeptApart", "NearRelative"}, ""},
	{2, "art. 15", []string{"roles.csv candidate election deny", "MustLeave", "NextSubstitute"}, ""},
	{3, "Zhejiang and Shanghai village election rules", []string{"roles.csv candidate tally deny", "MayStaffPolls"}, ""},
	{4, "art. 19", []string{"MayDelegate", "ProxyAllowed"}, ""},
	{5, "G3; volunteer ordinance", []string{"MayApproveLine", "NeedsStreet", "MaySign", "MayAnswer", "MayGradeWork", "MayLeadAppraisal", "MayKeepBody", "roles.csv appraisal manage deny"}, "volunteers, cases: own hours, own case"},
	{6, "art. 36 and practice", []string{"MaySign", "MayPublishMonth", "AccountMoves"}, ""},
	{7, "art. 19", []string{"roles.csv teller, poll_watcher, ec_chair on tally", "MayEnterTally", "MaySeal", "ElectionMoves"}, ""},
	{8, "petition ordinance 30", []string{"roles.csv committee_member case read_accuser deny"}, "cases: list of accusers kept apart from the case"},
	{9, "mediation law 15, 23", []string{"roles.csv mediator mediation"}, "mediation: stepping aside when party or relative"},
	{10, "PIPL 51", []string{"roles.csv admin deny", "MayAppoint", "ResidentView", "MayResetSecondFactor"}, ""},
	{11, "art. 34", []string{"MayRemovePublished", "MayCorrect", "MayWithdraw", "MayPublishMonth"}, ""},
	{12, "art. 25", []string{"EndAtHandover", "Guard.Roles"}, ""},
	{13, "art. 30", []string{"roles.csv party_branch assembly prestudy"}, "assembly: no vote on an important matter before the study is recorded"},
	{14, "art. 43", []string{"roles.csv admission"}, "admission list: no task without a line in it"},
	{15, "Shandong village rules 16, by analogy", []string{"MayAppoint", "MaySign", "KeptApart", "no director > clerk in roles.csv"}, ""},
	{16, "art. 37", []string{"LosesAllPosts", "FailedInARow", "MayAppoint"}, ""},
}
