package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// A guardian consents once, with the telephone that was named, which is not the
// young person's, and not for who is too young to serve without a parent.
func TestWhoConsentsForAMinor(t *testing.T) {
	day := models.Date("2026-11-23")
	named, own := []byte("guardian"), []byte("own")
	v := models.Volunteer{State: models.VolunteerAwaiting, Birth: "2010-05-01"}
	child, active := v, v
	child.Birth, active.State = "2015-05-01", models.VolunteerActive
	for name, x := range map[string]struct {
		v           models.Volunteer
		own, asking []byte
		named       []byte
		want        string
	}{
		"the guardian":      {v, own, named, named, ""},
		"already serving":   {active, own, named, named, "policy.state"},
		"another telephone": {v, own, []byte("other"), named, "volunteer.guardian.other"},
		"nobody was named":  {v, own, nil, nil, "volunteer.guardian.other"},
		"the young person":  {v, named, named, named, "volunteer.guardian.self"},
		"a child":           {child, own, named, named, "volunteer.birth.parent"},
	} {
		if got := keyOf(MayConsent(x.v, x.own, x.named, x.asking, day)); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func keyOf(err error) string {
	if p := problem.As(err); p != nil {
		return p.Key
	}
	return ""
}

func TestShiftsThatAreOffAndTimesThatCannotBe(t *testing.T) {
	begin := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := models.Shift{State: models.ShiftOpen, BeginsAt: begin, EndsAt: begin.Add(2 * time.Hour)}
	off := s
	off.State = "cancelled"
	last := begin.Add(-24 * time.Hour)
	in := models.Signup{State: models.SignupIn, BeginsAt: begin}
	waits := in
	waits.State = models.SignupWaiting
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"a shift that is off":       {MayCheckIn(off, begin), "activity.shift.cancelled"},
		"one that is on":            {MayCheckIn(s, begin), ""},
		"going before coming":       {MayCheckOut(s, begin.Add(time.Minute), begin), "activity.checkout.order"},
		"going as one comes":        {MayCheckOut(s, begin, begin), ""},
		"given back in time":        {MayCancel(in, 24, last), ""},
		"given back too late":       {MayCancel(in, 24, last.Add(time.Millisecond)), "activity.cancel.late"},
		"a place in the line":       {MayCancel(waits, 24, begin), ""},
		"a star that is not posted": {MayGrantStar(models.StarAward{State: "granted"}, "", "u1", false, "2026-11-23"), "policy.state"},
	} {
		if got := keyOf(x.err); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	for _, s := range []string{"", "18", "00000", "00000000000000000000000000", "１２３４５６", "12 456", "abcdef", "000000\n"} {
		if NumberChecks(s) {
			t.Errorf("%q is taken for a number", s)
		}
	}
}

func TestMandatesAndTheInvited(t *testing.T) {
	for _, x := range []struct {
		kind models.BodyKind
		post models.Seat
		want models.MeetingBody
	}{
		{"", models.SitsRep, models.InviteReps}, {models.BodyDeliberation, "", models.InviteCouncil}, {models.BodyUnit, "", models.InviteUnits},
		{models.BodyProperty, "", models.InviteUnits}, {models.BodyOwners, "", models.InviteUnits}, {models.BodySocial, "", models.InviteUnits}, {"", "", ""},
	} {
		if got := MandateGroup(x.kind, x.post); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.kind, x.post, got, x.want)
		}
	}
}

// Whoever takes a report down has it first; without an officer the grid of the
// place, without a place the duty desk. What is about officials passes them by.
func TestWhoHasACaseFirst(t *testing.T) {
	for _, x := range []struct {
		about         models.ComplaintAbout
		officer, grid models.ID
		want          models.Assignee
	}{
		{"", 7, 3, models.Assignee{Kind: models.AssigneeMember, ID: 7}}, {"", 0, 3, models.Assignee{Kind: models.AssigneeGrid, ID: 3}},
		{"", 0, 0, models.Assignee{Kind: models.AssigneeDuty}}, {models.AboutCommittee, 7, 3, models.Assignee{Kind: models.AssigneeSupervisor}},
		{models.AboutSupervisor, 7, 3, models.Assignee{Kind: models.AssigneeStreet}},
	} {
		if got := FirstReceiver(x.about, x.officer, x.grid); got != x.want {
			t.Errorf("%q by %d in %d: %+v, want %+v", x.about, x.officer, x.grid, got, x.want)
		}
	}
	// of a named case about officials those who handle it learn the name only if they may read accusations
	c := models.Complaint{Level: models.LevelNamed, About: models.AboutCommittee}
	if SeesReporter(c, SetOf(RoleFirst, RoleHolder), false) || !SeesReporter(c, 0, true) {
		t.Error("who learns who accuses an official")
	}
}
