package policy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/models"
)

func TestCatalogue(t *testing.T) {
	seen, categories := map[string]bool{}, map[string]bool{}
	for _, row := range Catalogue() {
		if seen[row.Code] {
			t.Errorf("%s stands twice", row.Code)
		}
		seen[row.Code], categories[row.Category] = true, true
		if (row.Category == "D1" || row.Category == "D2") && !slices.Contains(row.Signers, models.RoleSupervisor) && row.Code != "" {
			t.Errorf("%s: D1 and D2 are signed by the supervision committee", row.Code)
		}
		if row.Source != "accounts" && row.Source != "notice" || len(row.Basis) == 0 || len(row.Channels) == 0 {
			t.Errorf("%+v", row)
		}
	}
	if len(categories) != 7 {
		t.Errorf("categories %v", categories)
	}
	for _, bad := range []string{"x,D8,art34_1,monthly,5,director,,board,notice", "x,D1,art34_1,weekly,5,director,,board,notice",
		"x,D1,art34_1,monthly,soon,director,,board,notice", "x,D1,art34_1,monthly,5,boss,,board,notice", "x,D1"} {
		if _, err := readCatalogue("code,category,basis,rhythm,days,publisher,signers,channel,source\n" + bad); err == nil {
			t.Errorf("%q is understood", bad)
		}
	}
}

func TestPeriodOf(t *testing.T) {
	for _, c := range []struct {
		rhythm models.Rhythm
		day    models.Date
		want   Period
	}{
		{models.RhythmMonthly, "2026-02-28", Period{"2026-02", "2026-02-01", "2026-02-28"}},
		{models.RhythmMonthly, "2028-02-01", Period{"2028-02", "2028-02-01", "2028-02-29"}},
		{models.RhythmQuarterly, "2026-09-30", Period{"2026Q3", "2026-07-01", "2026-09-30"}},
		{models.RhythmQuarterly, "2026-10-01", Period{"2026Q4", "2026-10-01", "2026-12-31"}},
		{models.RhythmHalfYear, "2026-06-30", Period{"2026H1", "2026-01-01", "2026-06-30"}},
		{models.RhythmHalfYear, "2026-07-01", Period{"2026H2", "2026-07-01", "2026-12-31"}},
		{models.RhythmYearly, "2026-12-31", Period{"2026", "2026-01-01", "2026-12-31"}},
		{models.RhythmOnEvent, "2026-08-15", Period{"2026-08-15", "2026-08-15", "2026-08-15"}},
	} {
		if got := PeriodOf(c.rhythm, c.day); got != c.want {
			t.Errorf("%s %s: %+v", c.rhythm, c.day, got)
		}
	}
}

func TestOwing(t *testing.T) {
	item := models.DisclosureItem{Tenant: models.Tenant{ID: 1}, Rhythm: models.RhythmMonthly, DueDays: 15, StartsOn: "2026-05-01"}
	on := func(period string, day models.Date) models.DisclosureDone {
		return models.DisclosureDone{ItemID: 1, Period: period, At: day.Time().Add(23 * time.Hour)}
	}
	// May: due 15 June; June: due 15 July; July ends on a Saturday, so 17 August.
	done := []models.DisclosureDone{on("2026-05", "2026-06-15"), on("2026-06", "2026-07-16"), {ItemID: 2, Period: "2026-07"}}
	show := func(owed []Owed) (lines []string) {
		for _, o := range owed {
			line := o.Period.Name + " " + string(o.Due) + " " + string(o.State)
			if o.Late {
				line += " late"
			}
			lines = append(lines, line)
		}
		return lines
	}
	past := []string{"2026-06 2026-07-15 done late", "2026-05 2026-06-15 done"}
	for day, want := range map[models.Date][]string{
		"2026-07-31": append([]string{"2026-07 2026-08-17 running"}, past...),
		"2026-08-01": append([]string{"2026-08 2026-09-15 running", "2026-07 2026-08-17 due"}, past...),
		"2026-08-17": append([]string{"2026-08 2026-09-15 running", "2026-07 2026-08-17 due"}, past...),
		"2026-08-18": append([]string{"2026-08 2026-09-15 running", "2026-07 2026-08-17 overdue"}, past...),
	} {
		if diff := cmp.Diff(want, show(Owing(item, done, nil, day, 12, China()))); diff != "" {
			t.Errorf("%s: %s", day, diff)
		}
	}
	if got := Owing(item, done, nil, "2026-08-18", 2, China()); len(got) != 2 {
		t.Errorf("limit: %v", show(got))
	}
	item.ActiveTo = "2026-06-30"
	if diff := cmp.Diff(past, show(Owing(item, done, nil, "2026-08-18", 12, China()))); diff != "" {
		t.Error("ended: " + diff)
	}
	item.StartsOn = ""
	if got := Owing(item, done, nil, today, 12, China()); got != nil {
		t.Errorf("owed without a start: %v", show(got))
	}
	event := models.DisclosureItem{Tenant: models.Tenant{ID: 1}, Rhythm: models.RhythmOnEvent, DueDays: 5}
	events := []models.Date{"2026-08-10", "2026-08-03", "2026-08-20"}
	if diff := cmp.Diff([]string{"2026-08-10 2026-08-17 due", "2026-08-03 2026-08-10 done late"},
		show(Owing(event, []models.DisclosureDone{on("2026-08-03", "2026-08-11")}, events, today, 12, China()))); diff != "" {
		t.Error("events: " + diff)
	}
	if got := Owing(event, nil, nil, today, 12, China()); got != nil {
		t.Errorf("owed without an event: %v", show(got))
	}
}

func TestMayManageItem(t *testing.T) {
	good := models.DisclosureItem{Title: "x", Category: "D1", Rhythm: models.RhythmMonthly, DueDays: MostDueDays}
	if err := MayManageItem(good); err != nil {
		t.Error(err)
	}
	good.DueDays++
	if key(MayManageItem(good)) != "policy.disclosure.days" {
		t.Error("too many days")
	}
	if p := problem.As(MayManageItem(models.DisclosureItem{DueDays: -1})); p == nil || len(p.Fields) != 4 {
		t.Errorf("%+v", p)
	}
}

func TestNotices(t *testing.T) {
	for _, c := range []struct {
		kind     models.NoticeKind
		category string
		want     bool
	}{
		{models.NoticeFinance, "D7", true}, {models.NoticeCommittee, "D1", true}, {models.NoticeGovernment, "D2", true},
		{models.NoticeCommittee, "D3", false}, {models.NoticeAffairs, "", false},
	} {
		if NeedsSupervisor(c.kind, c.category) != c.want {
			t.Errorf("%+v", c)
		}
	}
	plain := models.Notice{Kind: models.NoticeAffairs, Category: "D7", State: models.NoticeSubmitted, ByUserID: 6}
	finance := plain
	finance.Kind = models.NoticeFinance
	with := func(n models.Notice, supervisor models.ID) models.Notice { n.SupervisorID = supervisor; return n }
	state := func(n models.Notice, s models.NoticeState) models.Notice { n.State = s; return n }
	director, super, member := signer(2, models.RoleDirector), signer(3, models.RoleSupervisor), signer(6, models.RoleCommitteeMember)
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"director publishes":          {MayPublishNotice(plain, director), ""},
		"vice director":               {MayPublishNotice(plain, signer(2, models.RoleViceDirector)), "policy.notice.director"},
		"draft":                       {MayPublishNotice(state(plain, models.NoticeDraft), director), "policy.notice.state"},
		"twice":                       {MayPublishNotice(state(plain, models.NoticePublished), director), "policy.notice.state"},
		"finance unsigned":            {MayPublishNotice(finance, director), "policy.notice.unsigned"},
		"finance signed":              {MayPublishNotice(with(finance, 3), director), ""},
		"finance signed by oneself":   {MayPublishNotice(with(finance, 2), director), "policy.sign.same"},
		"supervisor signs":            {MaySignNotice(finance, super), ""},
		"signs what needs none":       {MaySignNotice(plain, super), "policy.notice.state"},
		"signs twice":                 {MaySignNotice(with(finance, 9), super), "policy.notice.signed"},
		"director signs":              {MaySignNotice(finance, director), "policy.sign.post"},
		"member in both committees":   {MaySignNotice(finance, signer(3, models.RoleSupervisor, models.RoleCommitteeMember)), "policy.sign.committee"},
		"author signs":                {MaySignNotice(finance, signer(6, models.RoleSupervisor)), "policy.notice.author"},
		"urgent by a member":          {MayPublishUrgent(state(plain, models.NoticeDraft), member), ""},
		"urgent by the clerk":         {MayPublishUrgent(plain, signer(1, models.RoleClerk)), "policy.notice.director"},
		"urgent finance":              {MayPublishUrgent(finance, member), "policy.notice.not_urgent"},
		"urgent after publication":    {MayPublishUrgent(state(plain, models.NoticePublished), member), "policy.notice.state"},
		"withdrawn for personal data": {MayWithdrawNotice(state(plain, models.NoticePublished), true, "A name"), ""},
		"withdrawn for shame":         {MayWithdrawNotice(state(plain, models.NoticePublished), false, "A name"), "policy.withdraw.figures"},
		"withdrawn draft":             {MayWithdrawNotice(plain, true, "A name"), "policy.account.not_published"},
		"corrected":                   {MayCorrectNotice(state(plain, models.NoticePublished), "Wrong day"), ""},
		"corrected twice":             {MayCorrectNotice(state(plain, models.NoticeSuperseded), "Wrong day"), "policy.account.not_standing"},
		"kind":                        {CheckNotice(models.Notice{Kind: "rumour"}), "policy.notice.kind"},
		"category":                    {CheckNotice(models.Notice{Kind: models.NoticeAffairs, Category: "D8"}), "policy.disclosure.category"},
		"good":                        {CheckNotice(plain), ""},
	} {
		if got := key(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	director, street, super := signer(2, models.RoleDirector), signer(4, models.RoleStreet), signer(3, models.RoleSupervisor)
	district, admin, member := signer(8, models.RoleDistrict), signer(9, models.RoleAdmin, models.RoleStreet), signer(6, models.RoleCommitteeMember)
	roles := func(r ...models.Role) RoleSet { return SetOf(r...) }
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"member by director":     {MayIssueCode(director, 5, roles(models.RoleCommitteeMember)), ""},
		"clerk by director":      {MayIssueCode(director, 5, roles(models.RoleClerk)), "policy.second_factor.above"},
		"supervisor by director": {MayIssueCode(director, 5, roles(models.RoleSupervisor)), "policy.second_factor.above"},
		"supervisor by street":   {MayIssueCode(street, 5, roles(models.RoleSupervisor)), ""},
		"street by street":       {MayIssueCode(street, 5, roles(models.RoleStreet)), "policy.second_factor.above"},
		"street by district":     {MayIssueCode(district, 5, roles(models.RoleStreet)), ""},
		"oneself":                {MayIssueCode(street, 4, roles(models.RoleClerk)), "policy.second_factor.self"},
		"by a member":            {MayIssueCode(member, 5, roles(models.RoleGridWorker)), "policy.second_factor.above"},
		"founding":               {MayIssueCode(Signer{Roles: roles(RoleJob)}, 5, roles(models.RoleAdmin)), ""},
		"reset by two":           {MayResetSecondFactor(director, super, 5, "p5", roles(models.RoleCommitteeMember)), ""},
		"reset by one":           {MayResetSecondFactor(director, director, 5, "p5", roles(models.RoleCommitteeMember)), "policy.second_factor.two"},
		"reset of oneself":       {MayResetSecondFactor(director, street, 2, "person 2", roles(models.RoleDirector)), "policy.second_factor.self"},
		"reset with another own": {MayResetSecondFactor(director, street, 22, "person 4", roles(models.RoleClerk)), "policy.second_factor.self"},
		"supervisor, from below": {MayResetSecondFactor(director, super, 5, "p5", roles(models.RoleSupervisor)), "policy.second_factor.above"},
		"supervisor, from above": {MayResetSecondFactor(director, street, 5, "p5", roles(models.RoleSupervisor)), ""},
		"with admin":             {MayResetSecondFactor(director, admin, 5, "p5", roles(models.RoleCommitteeMember)), "policy.second_factor.above"},
		"with a member":          {MayResetSecondFactor(director, member, 5, "p5", roles(models.RoleCommitteeMember)), "policy.second_factor.above"},
	} {
		if got := key(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	g := guard(t)
	for role, want := range map[models.Role]bool{models.RoleAdmin: true, models.RoleClerk: true, models.RoleGridWorker: true, models.RoleResident: false, models.RoleVisitor: false} {
		if g.NeedsSecondFactor(SetOf(role)) != want {
			t.Errorf("%s: %v", role, !want)
		}
	}
}

func TestCertificates(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Certificates {
		if seen[c.Key] || c.Where == "" || strings.ToLower(c.Key) != c.Key {
			t.Errorf("%+v", c)
		}
		seen[c.Key] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d certificates, the list has 20", len(seen))
	}
}
