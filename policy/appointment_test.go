package policy

import (
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

// nomination that is good for the role, by the first office that may record it.
func nomination(role models.Role) Nomination {
	o := officeOf[role]
	return Nomination{
		Post:  models.Appointment{UserID: 5, ByUserID: 9, Role: role, RegionID: 100, From: "2026-08-15", Until: "2031-08-14", Decision: "Election of 2026-08-01"},
		Level: o.Levels[0], By: SetOf(first(o.Appointers)),
	}
}

func TestMayAppoint(t *testing.T) {
	change := func(role models.Role, f func(*Nomination)) Nomination { n := nomination(role); f(&n); return n }
	for name, c := range map[string]struct {
		n    Nomination
		want string
	}{
		"director by the street":           {nomination(models.RoleDirector), ""},
		"supervisor by the street":         {nomination(models.RoleSupervisor), ""},
		"grid worker by the director":      {nomination(models.RoleGridWorker), ""},
		"street officer by the district":   {nomination(models.RoleStreet), ""},
		"founding by the program":          {change(models.RoleDistrict, func(n *Nomination) { n.By, n.Post.ByUserID = SetOf(RoleJob), 0 }), ""},
		"director by the director":         {change(models.RoleDirector, func(n *Nomination) { n.By = SetOf(models.RoleDirector) }), "policy.appointment.office"},
		"supervisor by the director":       {change(models.RoleSupervisor, func(n *Nomination) { n.By = SetOf(models.RoleDirector) }), "policy.appointment.office"},
		"director by the program":          {change(models.RoleDirector, func(n *Nomination) { n.By = SetOf(RoleJob) }), "policy.appointment.office"},
		"by admin":                         {change(models.RoleGridWorker, func(n *Nomination) { n.By = SetOf(models.RoleAdmin) }), "policy.appointment.office"},
		"by admin who is also the street":  {change(models.RoleGridWorker, func(n *Nomination) { n.By = SetOf(models.RoleAdmin, models.RoleStreet) }), "policy.appointment.office"},
		"own supervisor, in another post":  {change(models.RoleSupervisor, func(n *Nomination) { n.By = SetOf(models.RoleStreet, models.RoleCommitteeMember) }), "policy.appointment.supervisor"},
		"oneself":                          {change(models.RoleGridWorker, func(n *Nomination) { n.Post.ByUserID = 5 }), "policy.appointment.self"},
		"director of a street":             {change(models.RoleDirector, func(n *Nomination) { n.Level = models.LevelStreet }), "policy.appointment.place"},
		"street officer of a community":    {change(models.RoleStreet, func(n *Nomination) { n.Level = models.LevelCommunity }), "policy.appointment.place"},
		"a role nobody is appointed to":    {Nomination{Post: models.Appointment{Role: models.RoleResident}, Level: models.LevelCommunity, By: ^RoleSet(0)}, "policy.appointment.place"},
		"one day short of five years":      {change(models.RoleDirector, func(n *Nomination) { n.Post.Until = "2031-08-13" }), ""},
		"five years and a day":             {change(models.RoleDirector, func(n *Nomination) { n.Post.Until = "2031-08-15" }), "policy.appointment.term"},
		"an elected post without end":      {change(models.RoleDirector, func(n *Nomination) { n.Post.Until = "" }), "policy.appointment.term"},
		"an employed post without end":     {change(models.RoleClerk, func(n *Nomination) { n.Post.Until = "" }), ""},
		"one day":                          {change(models.RoleClerk, func(n *Nomination) { n.Post.Until = n.Post.From }), ""},
		"ends before it begins":            {change(models.RoleClerk, func(n *Nomination) { n.Post.Until = "2026-08-14" }), "policy.appointment.until"},
		"without a first day":              {change(models.RoleClerk, func(n *Nomination) { n.Post.From = "" }), "policy.appointment.from"},
		"without a decision":               {change(models.RoleClerk, func(n *Nomination) { n.Post.Decision = " " }), "policy.appointment.decision"},
		"director who is clerk":            {change(models.RoleDirector, func(n *Nomination) { n.Holds = SetOf(models.RoleClerk) }), "policy.appointment.incompatible"},
		"clerk who is director":            {change(models.RoleClerk, func(n *Nomination) { n.Holds = SetOf(models.RoleDirector) }), "policy.appointment.incompatible"},
		"clerk who is member":              {change(models.RoleClerk, func(n *Nomination) { n.Holds = SetOf(models.RoleCommitteeMember) }), ""},
		"supervisor who is member":         {change(models.RoleSupervisor, func(n *Nomination) { n.Holds = SetOf(models.RoleCommitteeMember) }), "policy.appointment.incompatible"},
		"supervisor who is representative": {change(models.RoleSupervisor, func(n *Nomination) { n.Holds = SetOf(models.RoleResidentRep) }), ""},
		"supervisor who keeps the books":   {change(models.RoleSupervisor, func(n *Nomination) { n.Holds = SetOf(models.RoleBookkeeper) }), "policy.appointment.incompatible"},
		"member, relative of a member":     {change(models.RoleCommitteeMember, func(n *Nomination) { n.Relatives = SetOf(models.RoleViceDirector) }), "policy.appointment.relative"},
		"supervisor, relative of a member": {change(models.RoleSupervisor, func(n *Nomination) { n.Relatives = SetOf(models.RoleCommitteeMember) }), "policy.appointment.relative"},
		"clerk, relative of the director":  {change(models.RoleClerk, func(n *Nomination) { n.Relatives = SetOf(models.RoleDirector) }), "policy.appointment.relative"},
		"clerk, relative of a member":      {change(models.RoleClerk, func(n *Nomination) { n.Relatives = SetOf(models.RoleCommitteeMember) }), ""},
		"failed once":                      {change(models.RoleDirector, func(n *Nomination) { n.Failed = 1 }), ""},
		"failed twice":                     {change(models.RoleDirector, func(n *Nomination) { n.Failed = 2 }), "policy.appointment.failed"},
		"failed twice, no committee post":  {change(models.RoleBuildingLead, func(n *Nomination) { n.Failed = 2 }), ""},
	} {
		if got := key(MayAppoint(c.n)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDeputyIsAppointed(t *testing.T) {
	deputy := func(f func(*Nomination)) Nomination {
		n := nomination(models.RoleDirector)
		n.Post.DeputyFor, n.Post.Until, n.Principal, n.Holds = 2, "2026-08-31", SetOf(models.RoleDirector), SetOf(models.RoleViceDirector)
		f(&n)
		return n
	}
	for name, c := range map[string]struct {
		n    Nomination
		want string
	}{
		"recorded by the street":     {deputy(func(*Nomination) {}), ""},
		"by the director themselves": {deputy(func(n *Nomination) { n.By = SetOf(models.RoleDirector) }), "policy.appointment.office"},
		"clerk's, by the director": {deputy(func(n *Nomination) {
			n.Post.Role, n.Principal, n.By, n.Holds = models.RoleClerk, SetOf(models.RoleClerk), SetOf(models.RoleDirector), 0
		}), ""},
		"without end": {deputy(func(n *Nomination) {
			n.Post.Role, n.Principal, n.Post.Until = models.RoleClerk, SetOf(models.RoleClerk), ""
		}), "policy.deputy.until"},
		"for oneself":               {deputy(func(n *Nomination) { n.Post.DeputyFor = 5 }), "policy.deputy.self"},
		"for somebody without post": {deputy(func(n *Nomination) { n.Principal = SetOf(models.RoleClerk) }), "policy.deputy.principal"},
		"clerk for the director":    {deputy(func(n *Nomination) { n.Holds = SetOf(models.RoleClerk) }), "policy.appointment.incompatible"},
	} {
		if got := key(MayAppoint(c.n)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Everything wrong is said at once.
func TestMayAppointSaysAll(t *testing.T) {
	n := nomination(models.RoleDirector)
	n.Post.From, n.Post.Decision = "", ""
	if p := problem.As(MayAppoint(n)); p == nil || len(p.Fields) != 2 {
		t.Errorf("%+v", p)
	}
}

// Art. 25: within ten days after the new committee was elected.
func TestHandover(t *testing.T) {
	for day, want := range map[models.Date]string{
		"2026-08-14": "policy.handover.day", "2026-08-15": "", "2026-08-24": "", "2026-08-25": "", "2026-08-26": "policy.handover.day",
	} {
		last, err := EndAtHandover("2026-08-15", day, true)
		if key(err) != want || err == nil && last != day {
			t.Errorf("%s: %s %q", day, last, key(err))
		}
	}
	if _, err := EndAtHandover("2026-08-15", "2026-08-20", false); key(err) != "policy.handover.unconfirmed" {
		t.Error(err)
	}
}

func TestMayEnd(t *testing.T) {
	for name, c := range map[string]struct {
		role models.Role
		by   RoleSet
		want string
	}{
		"supervisor by the street":                {models.RoleSupervisor, SetOf(models.RoleStreet), ""},
		"supervisor by the director":              {models.RoleSupervisor, SetOf(models.RoleDirector), "policy.appointment.office"},
		"supervisor by a member with street post": {models.RoleSupervisor, SetOf(models.RoleStreet, models.RoleCommitteeMember), "policy.appointment.supervisor"},
		"grid worker by the director":             {models.RoleGridWorker, SetOf(models.RoleDirector), ""},
		"grid worker by admin":                    {models.RoleGridWorker, SetOf(models.RoleAdmin), "policy.appointment.office"},
		"director by the program":                 {models.RoleDirector, SetOf(RoleJob), "policy.appointment.office"},
	} {
		if got := key(MayEnd(models.Appointment{Role: c.role, UserID: 5}, models.LevelCommunity, c.by)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
