package policy

import (
	"testing"

	"juwu/models"
)

func TestDueDay(t *testing.T) {
	for _, c := range []struct {
		asked models.Date
		days  int
		want  models.Date
	}{
		{"2026-08-03", 14, "2026-08-17"}, {"2026-08-03", 15, "2026-08-18"}, {"2026-08-03", 16, "2026-08-19"},
		{"2026-08-03", 0, "2026-08-18"}, {"2026-08-03", -1, "2026-08-18"}, {"2026-07-31", 15, "2026-08-17"},
	} {
		if got := DueDay(c.asked, c.days, China()); got != c.want {
			t.Errorf("%s + %d: %s", c.asked, c.days, got)
		}
	}
}

func TestOverdue(t *testing.T) {
	open := models.Inquiry{State: models.InquiryOpen, DueDay: "2026-08-18"}
	for day, want := range map[models.Date]bool{"2026-08-17": false, "2026-08-18": false, "2026-08-19": true} {
		if Overdue(open, day) != want || MustForward(open, day) != want {
			t.Errorf("%s: %v", day, !want)
		}
		answered := open
		answered.State, answered.AnsweredAt = models.InquiryAnswered, at(day)
		if Overdue(answered, "2026-12-31") != want || MustForward(answered, "2026-12-31") {
			t.Errorf("answered on %s: %v", day, !want)
		}
	}
}

func TestMayAnswer(t *testing.T) {
	open := models.Inquiry{State: models.InquiryOpen, UserID: 5}
	closed := open
	closed.State = models.InquiryClosed
	for name, c := range map[string]struct {
		in     models.Inquiry
		by     Signer
		answer string
		want   string
	}{
		"clerk":              {open, signer(1, models.RoleClerk), "It is the rent.", ""},
		"director":           {open, signer(2, models.RoleDirector), "It is the rent.", ""},
		"supervisor":         {open, signer(3, models.RoleSupervisor), "It is the rent.", "policy.forbidden"},
		"the asker":          {open, signer(5, models.RoleClerk), "It is the rent.", "policy.inquiry.own"},
		"who got the money":  {open, signer(8, models.RoleClerk), "It is the rent.", "policy.inquiry.own"},
		"an answer of three": {open, signer(1, models.RoleClerk), "yes", "policy.reason"},
		"an answer of four":  {open, signer(1, models.RoleClerk), "yes.", ""},
		"blanks":             {open, signer(1, models.RoleClerk), "          ", "policy.reason"},
		"after it is closed": {closed, signer(1, models.RoleClerk), "It is the rent.", "policy.state"},
	} {
		if got := key(MayAnswer(c.in, c.by, 8, c.answer)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Art. 35.
func TestMayReportAndOrder(t *testing.T) {
	open := models.Inquiry{State: models.InquiryOpen, UserID: 5, DueDay: "2026-08-18"}
	with := func(state models.InquiryState) models.Inquiry { in := open; in.State = state; return in }
	reported := with(models.InquiryReported)
	reported.ReportedAt = at("2026-08-19")
	ordered := reported
	ordered.OrderedAt = at("2026-08-20")
	asker := signer(5)
	for name, c := range map[string]struct {
		in   models.Inquiry
		by   Signer
		day  models.Date
		want string
	}{
		"day before it is due":  {open, asker, "2026-08-17", "policy.inquiry.early"},
		"due day":               {open, asker, "2026-08-18", "policy.inquiry.early"},
		"day after":             {open, asker, "2026-08-19", ""},
		"forwarded":             {with(models.InquiryForwarded), asker, "2026-08-10", ""},
		"answered, not truly":   {with(models.InquiryAnswered), asker, "2026-08-10", ""},
		"by somebody else":      {open, signer(6), "2026-08-19", "policy.inquiry.asker"},
		"supervision committee": {open, signer(3, models.RoleSupervisor), "2026-08-19", ""},
		"a second time":         {reported, asker, "2026-08-19", "policy.inquiry.reported"},
		"closed":                {with(models.InquiryClosed), asker, "2026-08-19", "policy.state"},
	} {
		if got := key(MayReportToStreet(c.in, c.by, c.day)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for name, c := range map[string]struct {
		in   models.Inquiry
		by   Signer
		text string
		want string
	}{
		"street":          {reported, signer(4, models.RoleStreet), "Publish the receipt", ""},
		"district":        {reported, signer(4, models.RoleDistrict), "Publish the receipt", ""},
		"director":        {reported, signer(2, models.RoleDirector), "Publish the receipt", "policy.forbidden"},
		"before a report": {open, signer(4, models.RoleStreet), "Publish the receipt", "policy.state"},
		"a second order":  {ordered, signer(4, models.RoleStreet), "Publish the receipt", "policy.inquiry.ordered"},
		"without a word":  {reported, signer(4, models.RoleStreet), "", "policy.reason"},
	} {
		if got := key(MayOrder(c.in, c.by, c.text)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
