package store_test

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

func TestHoursAreNotWrittenAtWill(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	a, v := k.join("孙志愿")
	both := appoint(t, k.DB, a, k.c.ID, models.RoleCommitteeMember, 0)
	today := models.DateOf(k.Now())
	good := store.HoursEntry{Number: v.Number, What: "巡逻", Day: today, Minutes: 60, Reason: "补登"}
	for _, c := range []struct {
		by         models.Actor
		field, key string
		change     func(*store.HoursEntry)
	}{
		{k.member, "number", "volunteer.number.unknown", func(e *store.HoursEntry) { e.Number = "4711" }},
		{both, "number", "hours.own", func(*store.HoursEntry) {}},
		{k.member, "what", "form.needed", func(e *store.HoursEntry) { e.What = "巡" }},
		{k.member, "what", "form.needed", func(e *store.HoursEntry) { e.What = strings.Repeat("巡", 61) }},
		{k.member, "day", "hours.day.wrong", func(e *store.HoursEntry) { e.Day = "" }},
		{k.member, "day", "hours.day.wrong", func(e *store.HoursEntry) { e.Day = today.AddDays(1) }},
		{k.member, "day", "hours.day.wrong", func(e *store.HoursEntry) { e.Day = today.AddDays(-367) }},
		{k.member, "minutes", "hours.minutes.range", func(e *store.HoursEntry) { e.Minutes = 0 }},
		{k.member, "minutes", "hours.minutes.range", func(e *store.HoursEntry) { e.Minutes = 24 * 60 }},
	} {
		e := good
		c.change(&e)
		atField(t, second(k.in().EnterHours(ctx, c.by, e)), c.field, c.key)
	}
	if n := k.Count(t, "service_hours"); n != 0 {
		t.Errorf("%d hours of what was refused", n)
	}
	h, err := k.in().EnterHours(ctx, k.director, good)
	must(t, err)
	atField(t, second(k.in().DecideHours(ctx, k.member, []models.ID{h.ID}, false, "不")), "reason", "policy.reason")
	atField(t, second(k.in().DecideHours(ctx, k.member, nil, true, "")), "hours", "hours.choose")
	k.approve(*h)
	atField(t, k.in().ReverseHours(ctx, k.another, h.ID, "错"), "reason", "policy.reason")
	must(t, k.in().ReverseHours(ctx, k.another, h.ID, "重复登记了"))
	rows, _, err := k.in().MyHours(ctx, v, 0)
	must(t, err)
	for _, x := range rows {
		if x.ReversesID != nil {
			refused(t, k.in().ReverseHours(ctx, k.member, x.ID, "再改回来"), problem.Conflict, "policy.state")
		}
	}
	if got := k.volunteer(v.ID); got.Minutes != 0 {
		t.Errorf("%d minutes after the reversal", got.Minutes)
	}
	k.clean()
}

// More than a day of one activity can hold is not approved, in however many
// records it comes.
func TestHoursOfAnActivityStayUnderItsCap(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	set := policy.DefaultVolunteerSettings(k.c.ID)
	wrong := set
	wrong.StarHours = "3,1"
	atField(t, k.in().SaveVolunteerSettings(ctx, k.director, wrong), "star_hours", "volunteer.stars.wrong")
	set.ActivityCap = 60
	must(t, k.in().SaveVolunteerSettings(ctx, k.director, set))
	_, v := k.join("孙志愿")
	a, _ := k.activity(3)
	enter := func(minutes int) models.Hours {
		h, err := k.in().EnterHours(ctx, k.director, store.HoursEntry{Number: v.Number, Activity: a.ID, Day: models.DateOf(k.Now()), Minutes: minutes, Reason: "补登"})
		must(t, err)
		return *h
	}
	k.approve(enter(60))
	left, err := k.in().DecideHours(ctx, k.member, []models.ID{enter(1).ID}, true, "")
	if err != nil || len(left) != 1 || left[0].Text.Key != "hours.activitycap" {
		t.Errorf("%+v %v", left, err)
	}
	if got := k.volunteer(v.ID); got.Minutes != 60 {
		t.Errorf("%d minutes", got.Minutes)
	}
	k.clean()
}

// What stands on hours: certificates, stars, rewards, letters to a unit.
func TestNothingIsGivenForHoursThatAreNotThere(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	set := policy.DefaultVolunteerSettings(k.c.ID)
	set.StarHours, set.PointsOn, set.PointsDecision = "1,3", true, "4号决议"
	must(t, k.in().SaveVolunteerSettings(ctx, k.director, set))
	for _, c := range []struct {
		field, key string
		change     func(*models.Reward)
	}{
		{"title", "form.needed", func(r *models.Reward) { r.Title = "理" }},
		{"price", "form.number", func(r *models.Reward) { r.Price = 0 }},
		{"price", "form.number", func(r *models.Reward) { r.Price = 100001 }},
		{"stock", "form.number", func(r *models.Reward) { r.Stock = 0 }},
	} {
		r := models.Reward{Title: "理发", Price: 10, Stock: 1, Active: true}
		c.change(&r)
		atField(t, k.in().SaveReward(ctx, k.member, r), c.field, c.key)
	}
	if n := k.Count(t, "rewards"); n != 0 {
		t.Errorf("%d rewards of what was refused", n)
	}
	a, v, h := k.served("孙志愿")
	today := models.DateOf(k.Now())
	wish := store.CertificateWish{From: today.AddDays(-30), Until: today, Remarks: "入学"}
	refused(t, second(k.in().IssueCertificate(ctx, a, wish)), problem.Conflict, "certify.none") // nobody has approved them
	k.approve(h)
	for _, c := range []struct {
		field, key string
		change     func(*store.CertificateWish)
	}{
		{"from", "certify.from.wrong", func(w *store.CertificateWish) { w.From = "" }},
		{"from", "certify.from.wrong", func(w *store.CertificateWish) { w.From = today.AddDays(1) }},
		{"until", "certify.until.wrong", func(w *store.CertificateWish) { w.Until = today.AddDays(1) }},
		{"until", "certify.until.wrong", func(w *store.CertificateWish) { w.Until = w.From.AddDays(-1) }},
		{"remarks", "form.toolong", func(w *store.CertificateWish) { w.Remarks = strings.Repeat("注", 41) }},
	} {
		w := wish
		c.change(&w)
		atField(t, second(k.in().IssueCertificate(ctx, a, w)), c.field, c.key)
	}
	if n := k.Count(t, "service_certificates"); n != 0 {
		t.Errorf("%d certificates of what was refused", n)
	}

	stars, err := k.in().Stars(ctx, models.StarProposed)
	must(t, err)
	star := stars[0].StarAward.ID
	atField(t, k.in().DecideStar(ctx, k.member, star, false, "不"), "reason", "policy.reason")
	must(t, k.in().DecideStar(ctx, k.member, star, false, "活动没有核实"))
	refused(t, k.in().DecideStar(ctx, k.another, star, false, "再说一次不行"), problem.Conflict, "policy.state")

	must(t, k.in().SaveReward(ctx, k.member, models.Reward{Title: "理发", Price: 10, Stock: 1, Active: true}))
	rewards, err := k.in().Rewards(ctx)
	must(t, err)
	asked, err := k.in().Redeem(ctx, a, rewards[0].ID)
	must(t, err)
	both := appoint(t, k.DB, a, k.c.ID, models.RoleCommitteeMember, 0)
	refused(t, k.in().SettleRedemption(ctx, both, asked.ID, true), problem.Forbidden, "hours.own")

	cert, err := k.in().IssueCertificate(ctx, a, wish)
	must(t, err)
	full, err := k.in().CertificateOf(ctx, a, cert.ID)
	must(t, err)
	must(t, k.Exec(ctx, "DELETE FROM service_certificates WHERE id = ?", cert.ID)) // signed, and in no book
	atField(t, second(k.CheckCertificate(ctx, full.Token)), "token", "certify.token.unknown")

	branch := officer(t, k.DB, k.c.ID, models.RolePartyBranch, "党支部", 0)
	member := adult("党员")
	member.Party = true
	p, err := k.in().Join(ctx, k.login(), member)
	must(t, err)
	atField(t, second(k.in().ReportParty(ctx, branch, store.PartyDraft{Number: p.Number, Unit: "厂"})), "unit", "form.needed")
	atField(t, second(k.in().ReportParty(ctx, branch, store.PartyDraft{Number: v.Number, Unit: "机床厂"})), "number", "party.number") // is no member
	reported, err := k.in().ReportParty(ctx, branch, store.PartyDraft{Number: p.Number, Unit: "机床厂"})
	must(t, err)
	for _, c := range [][2]models.Date{{"", today}, {today, ""}, {today, today.AddDays(-1)}, {today, today.AddDays(1)}} {
		atField(t, k.in().WriteLetter(ctx, branch, reported.ID, c[0], c[1], "表现积极，服务认真"), "to", "certify.until.wrong")
	}
}
