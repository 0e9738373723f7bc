package policy

import (
	"math"
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

// key of the problem; a form's is that of its only field; "" if there is none.
func key(err error) string {
	p := problem.As(err)
	if p == nil {
		if err != nil {
			return "internal: " + err.Error()
		}
		return ""
	}
	for _, f := range p.Fields {
		return f.Key
	}
	return p.Key
}

func signer(id models.ID, roles ...models.Role) Signer {
	return Signer{UserID: id, PersonKey: "person " + id.String(), Roles: SetOf(roles...)}
}

func signed(step models.SignStep, id models.ID) models.AccountSignature {
	return models.AccountSignature{AccountID: 50, Round: 1, Step: step, UserID: id, PersonKey: "person " + id.String(), Role: stepRole[step]}
}

var (
	draft   = models.AccountMonth{Tenant: models.Tenant{CommunityID: 100, ID: 50}, Month: "2026-07", Version: 1, Round: 1, State: models.AccountDraft}
	signing = func() models.AccountMonth { m := draft; m.State = models.AccountSigning; return m }()
	clerk1  = signed(models.StepClerk, 1)
	direct2 = signed(models.StepDirector, 2)
	super3  = signed(models.StepSupervisor, 3)
)

func TestMaySign(t *testing.T) {
	list := func(s ...models.AccountSignature) []models.AccountSignature { return s }
	relative := signer(3, models.RoleSupervisor)
	relative.Relatives = []string{"person 2"}
	wife := signer(2, models.RoleDirector)
	wife.Relatives = []string{"person 1"}
	twoPosts := signer(9, models.RoleDirector)
	twoPosts.PersonKey = "person 1" // another login of the clerk
	oldRound := clerk1
	oldRound.Round = 0
	for name, c := range map[string]struct {
		s    Signing
		want string
	}{
		"clerk first":                {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk)}, ""},
		"director second":            {Signing{Account: signing, Step: models.StepDirector, By: signer(2, models.RoleDirector), Earlier: list(clerk1)}, ""},
		"supervisor third":           {Signing{Account: signing, Step: models.StepSupervisor, By: signer(3, models.RoleSupervisor), Earlier: list(clerk1, direct2)}, ""},
		"director before clerk":      {Signing{Account: draft, Step: models.StepDirector, By: signer(2, models.RoleDirector)}, "policy.sign.order"},
		"supervisor before director": {Signing{Account: signing, Step: models.StepSupervisor, By: signer(3, models.RoleSupervisor), Earlier: list(clerk1)}, "policy.sign.order"},
		"clerk twice":                {Signing{Account: signing, Step: models.StepClerk, By: signer(4, models.RoleClerk), Earlier: list(clerk1)}, "policy.sign.order"},
		"fourth signature":           {Signing{Account: signing, Step: models.StepSupervisor, By: signer(4, models.RoleSupervisor), Earlier: list(clerk1, direct2, super3)}, "policy.sign.order"},
		"unknown step":               {Signing{Account: draft, Step: "mayor", By: signer(1, models.RoleClerk)}, "policy.sign.state"},
		"published":                  {Signing{Account: models.AccountMonth{State: models.AccountPublished}, Step: models.StepClerk, By: signer(1, models.RoleClerk)}, "policy.sign.state"},
		"without the post":           {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleCommitteeMember)}, "policy.sign.post"},
		"vice without deputy post":   {Signing{Account: signing, Step: models.StepDirector, By: signer(2, models.RoleViceDirector), Earlier: list(clerk1)}, "policy.sign.post"},
		"same login twice":           {Signing{Account: signing, Step: models.StepDirector, By: signer(1, models.RoleDirector), Earlier: list(clerk1)}, "policy.sign.same"},
		"same person, two logins":    {Signing{Account: signing, Step: models.StepDirector, By: twoPosts, Earlier: list(clerk1)}, "policy.sign.same"},
		"signature of another round": {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk), Earlier: list(oldRound)}, ""},
		"supervisor of committee":    {Signing{Account: signing, Step: models.StepSupervisor, By: signer(3, models.RoleSupervisor, models.RoleCommitteeMember), Earlier: list(clerk1, direct2)}, "policy.sign.committee"},
		"director who is clerk":      {Signing{Account: signing, Step: models.StepDirector, By: signer(2, models.RoleDirector, models.RoleClerk), Earlier: list(clerk1)}, "policy.sign.director_clerk"},
		"clerk who is director":      {Signing{Account: draft, Step: models.StepClerk, By: signer(2, models.RoleDirector, models.RoleClerk)}, "policy.sign.director_clerk"},
		"relative of the director":   {Signing{Account: signing, Step: models.StepSupervisor, By: relative, Earlier: list(clerk1, direct2)}, "policy.sign.relative"},
		"relative of the clerk":      {Signing{Account: signing, Step: models.StepDirector, By: wife, Earlier: list(clerk1)}, "policy.sign.relative"},
		"open claim":                 {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk), Claims: []PaidClaim{{UserID: 5, State: models.ClaimOpen}}}, "policy.sign.claim_open"},
		"refused claim":              {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk), Claims: []PaidClaim{{UserID: 5, DecidedBy: 2, State: models.ClaimRefused}}}, "policy.sign.claim_open"},
		"claim decided by claimant":  {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk), Claims: []PaidClaim{{UserID: 2, DecidedBy: 2, State: models.ClaimApproved}}}, "policy.sign.claim_own"},
		"claim decided by another":   {Signing{Account: draft, Step: models.StepClerk, By: signer(1, models.RoleClerk), Claims: []PaidClaim{{UserID: 2, DecidedBy: 8, State: models.ClaimApproved}}}, ""},
	} {
		if c.s.Day == "" {
			c.s.Day = today
		}
		if got := key(MaySign(c.s)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDeputySigns(t *testing.T) {
	deputy := signer(7, models.RoleDirector)
	deputy.DeputyFor = 2
	post := models.Appointment{UserID: 7, Role: models.RoleDirector, DeputyFor: 2, From: "2026-08-10", Until: "2026-08-15"}
	byDeputy := clerk1
	byDeputy.DeputyFor = 8
	principal := clerk1
	principal.UserID, principal.PersonKey = 2, "person 2"
	endless := post
	endless.Until = ""
	other := post
	other.Role = models.RoleClerk
	for name, c := range map[string]struct {
		day     models.Date
		post    models.Appointment
		earlier models.AccountSignature
		want    string
	}{
		"day before":        {"2026-08-09", post, clerk1, "policy.deputy.unrecorded"},
		"first day":         {"2026-08-10", post, clerk1, ""},
		"last day":          {"2026-08-15", post, clerk1, ""},
		"day after":         {"2026-08-16", post, clerk1, "policy.deputy.unrecorded"},
		"no recorded end":   {"2026-08-12", endless, clerk1, "policy.deputy.unrecorded"},
		"another post":      {"2026-08-12", other, clerk1, "policy.deputy.unrecorded"},
		"second deputy":     {"2026-08-12", post, byDeputy, "policy.deputy.twice"},
		"principal is here": {"2026-08-12", post, principal, "policy.deputy.twice"},
	} {
		err := MaySign(Signing{Account: signing, Step: models.StepDirector, By: deputy, Day: c.day,
			Earlier: []models.AccountSignature{c.earlier}, Deputies: []models.Appointment{c.post}})
		if got := key(err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestThreshold(t *testing.T) {
	const limit = models.Fen(200_000)
	for _, c := range []struct {
		amount   models.Fen
		claimant RoleSet
		want     bool
	}{
		{limit - 1, 0, false}, {limit, 0, false}, {limit + 1, 0, true},
		{1, SetOf(models.RoleDirector), true}, {limit, SetOf(models.RoleViceDirector), false},
	} {
		if got := NeedsStreet(c.amount, limit, c.claimant); got != c.want {
			t.Errorf("%v %v: %v", c.amount, c.claimant.Roles(), got)
		}
	}
}

func TestMayApproveLine(t *testing.T) {
	claim := models.Claim{UserID: 5, PersonKey: "person 5"}
	line := models.ClaimLine{AmountFen: 100, State: models.ClaimOpen}
	street, zero, decided := line, line, line
	street.Street, zero.AmountFen, decided.State = true, 0, models.ClaimApproved
	otherLogin := signer(2, models.RoleDirector)
	otherLogin.PersonKey = "person 5"
	for name, c := range map[string]struct {
		line models.ClaimLine
		by   Signer
		want string
	}{
		"director":            {line, signer(2, models.RoleDirector), ""},
		"vice director":       {line, signer(2, models.RoleViceDirector), "policy.claim.director"},
		"street below":        {line, signer(4, models.RoleStreet), "policy.claim.director"},
		"street above":        {street, signer(4, models.RoleStreet), ""},
		"director above":      {street, signer(2, models.RoleDirector), "policy.claim.street"},
		"own":                 {line, signer(5, models.RoleDirector), "policy.claim.own"},
		"own, other login":    {line, otherLogin, "policy.claim.own"},
		"own, as the street":  {street, signer(5, models.RoleStreet), "policy.claim.own"},
		"decided already":     {decided, signer(2, models.RoleDirector), "policy.claim.decided"},
		"nothing to be given": {zero, signer(2, models.RoleDirector), "policy.claim.amount"},
	} {
		if got := key(MayApproveLine(claim, c.line, c.by)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestMonthBalances(t *testing.T) {
	entries := []models.AccountEntry{{IncomeFen: 500}, {ExpenseFen: 300}, {ExpenseFen: -100}, {ExpenseFen: 77, Change: models.ChangeRemoved}}
	month := func(opening, income, expense, closing models.Fen) models.AccountMonth {
		return models.AccountMonth{Month: "2026-07", OpeningFen: opening, IncomeFen: income, ExpenseFen: expense, ClosingFen: closing}
	}
	for name, c := range map[string]struct {
		m    models.AccountMonth
		want string
	}{
		"balances":         {month(1000, 500, 200, 1300), ""},
		"one fen too much": {month(1000, 500, 200, 1301), "policy.account.balance"},
		"one fen less":     {month(1000, 500, 200, 1299), "policy.account.balance"},
		"sum of income":    {month(1000, 501, 200, 1301), "policy.account.sum"},
		"sum of expense":   {month(1000, 500, 201, 1299), "policy.account.sum"},
		"overdrawn":        {month(-1000, 500, 200, -700), ""},
		"beyond numbers":   {month(math.MaxInt64, 500, 200, math.MinInt64+299), "policy.account.balance"},
	} {
		if got := key(MonthBalances(c.m, entries)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	huge := []models.AccountEntry{{IncomeFen: math.MaxInt64}, {IncomeFen: 1}}
	if got := key(MonthBalances(month(0, math.MinInt64, 0, math.MinInt64), huge)); got != "policy.account.sum" {
		t.Errorf("overflow: %q", got)
	}
}

func TestMayPublishMonth(t *testing.T) {
	m := signing
	m.OpeningFen = 700
	before := models.AccountMonth{Month: "2026-06", ClosingFen: 700, State: models.AccountPublished}
	wrong := before
	wrong.ClosingFen = 701
	standing := m
	standing.State = models.AccountPublished
	second := m
	second.Version, second.Reason = 2, "Line 14 was entered twice"
	silent := second
	silent.Reason = " "
	third := second
	third.Version = 3
	all := []models.AccountSignature{clerk1, direct2, super3}
	twice := super3
	twice.UserID, twice.PersonKey = 2, "person 2"
	old := super3
	old.Round = 0
	foreign := super3
	foreign.AccountID = 51
	for name, c := range map[string]struct {
		p    Publication
		want string
	}{
		"last day of the month":   {Publication{Account: m, First: true, Signatures: all, Day: "2026-07-31"}, "policy.account.month_running"},
		"first day after":         {Publication{Account: m, First: true, Signatures: all, Day: "2026-08-01"}, ""},
		"follows":                 {Publication{Account: m, Before: &before, Signatures: all, Day: today}, ""},
		"does not follow":         {Publication{Account: m, Before: &wrong, Signatures: all, Day: today}, "policy.account.carried"},
		"month before is missing": {Publication{Account: m, Signatures: all, Day: today}, "policy.account.before"},
		"a second time":           {Publication{Account: m, Before: &before, Standing: &standing, Signatures: all, Day: today}, "policy.account.once"},
		"corrected":               {Publication{Account: second, Before: &before, Standing: &standing, Signatures: all, Day: today}, ""},
		"corrected in silence":    {Publication{Account: silent, Before: &before, Standing: &standing, Signatures: all, Day: today}, "policy.reason"},
		"a version left out":      {Publication{Account: third, Before: &before, Standing: &standing, Signatures: all, Day: today}, "policy.account.once"},
		"second without first":    {Publication{Account: second, Before: &before, Signatures: all, Day: today}, "policy.account.state"},
		"two signatures":          {Publication{Account: m, First: true, Signatures: all[:2], Day: today}, "policy.account.unsigned"},
		"no signature":            {Publication{Account: m, First: true, Day: today}, "policy.account.unsigned"},
		"two people sign thrice":  {Publication{Account: m, First: true, Signatures: []models.AccountSignature{clerk1, direct2, twice}, Day: today}, "policy.sign.same"},
		"signed in another round": {Publication{Account: m, First: true, Signatures: []models.AccountSignature{clerk1, direct2, old}, Day: today}, "policy.account.unsigned"},
		"signed for another":      {Publication{Account: m, First: true, Signatures: []models.AccountSignature{clerk1, direct2, foreign}, Day: today}, "policy.account.unsigned"},
		"a draft":                 {Publication{Account: draft, First: true, Signatures: all, Day: today}, "policy.account.state"},
	} {
		if got := key(MayPublishMonth(c.p)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Art. 34: at least fifteen days, the day of publication not counted.
func TestDisplay(t *testing.T) {
	for days, want := range map[int]models.Date{0: "2026-08-16", 14: "2026-08-16", 15: "2026-08-16", 16: "2026-08-17", 30: "2026-08-31"} {
		if got := DisplayUntil("2026-08-01", days); got != want {
			t.Errorf("%d days: %s", days, got)
		}
	}
	for day, want := range map[models.Date]string{"2026-08-15": "policy.published.display", "2026-08-16": "policy.published.display", "2026-08-17": ""} {
		if got := key(MayRemovePublished("2026-08-16", day)); got != want {
			t.Errorf("%s: %q", day, got)
		}
	}
}

func TestWithdrawAndCorrect(t *testing.T) {
	published, superseded := models.AccountMonth{State: models.AccountPublished}, models.AccountMonth{State: models.AccountSuperseded}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"personal data":        {MayWithdraw(published, []string{"purpose", "names"}, "A telephone number"), ""},
		"of an old version":    {MayWithdraw(superseded, []string{"note"}, "A telephone number"), ""},
		"an amount":            {MayWithdraw(published, []string{"purpose", "amount"}, "A telephone number"), "policy.withdraw.figures"},
		"nothing":              {MayWithdraw(published, nil, "A telephone number"), "policy.withdraw.fields"},
		"a draft":              {MayWithdraw(draft, []string{"note"}, "A telephone number"), "policy.account.not_published"},
		"reason of three":      {MayWithdraw(published, []string{"note"}, " abc "), "policy.reason"},
		"reason of four":       {MayWithdraw(published, []string{"note"}, "abcd"), ""},
		"correct":              {MayCorrect(published, "abcd"), ""},
		"correct a correction": {MayCorrect(superseded, "abcd"), "policy.account.not_standing"},
	} {
		if got := key(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestStateTables(t *testing.T) {
	if to, err := Next(AccountMoves, models.AccountSigning, "sign_supervisor", SetOf(models.RoleSupervisor)); to != models.AccountPublished || err != nil {
		t.Errorf("last signature: %v %v", to, err)
	}
	for name, c := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"by another":          {second(Next(AccountMoves, models.AccountSigning, "sign_supervisor", SetOf(models.RoleDirector))), problem.Forbidden},
		"in another state":    {second(Next(AccountMoves, models.AccountPublished, "sign_supervisor", SetOf(models.RoleSupervisor))), problem.Conflict},
		"nothing undoes it":   {second(Next(AccountMoves, models.AccountPublished, "send_back", ^RoleSet(0))), problem.Conflict},
		"a claim twice":       {second(Next(ClaimMoves, models.ClaimApproved, "approve", ^RoleSet(0))), problem.Conflict},
		"a closed question":   {second(Next(InquiryMoves, models.InquiryClosed, "answer", ^RoleSet(0))), problem.Conflict},
		"an unknown act":      {second(Next(InquiryMoves, models.InquiryOpen, "delete", ^RoleSet(0))), problem.Conflict},
		"a withdrawn notice":  {second(Next(NoticeMoves, models.NoticeWithdrawn, "publish", ^RoleSet(0))), problem.Conflict},
		"admin publishes not": {second(Next(NoticeMoves, models.NoticeSubmitted, "publish", SetOf(models.RoleAdmin))), problem.Forbidden},
	} {
		if !problem.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
