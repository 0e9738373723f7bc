package store_test

import (
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func TestHelpIsAskedForInWordsThatHelp(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	family, stranger := k.login(), k.login()
	good := store.HelpDraft{HelpPerson: store.HelpPerson{Name: "吴奶奶", Address: "3号楼501", Phone: "13912345678", Detail: "要去医院"}, Kind: "company", Target: "elders",
		WantedAt: k.Now().Add(26 * time.Hour).Truncate(time.Hour), Minutes: 90, For: "family"}
	for _, c := range []struct {
		field, key string
		change     func(*store.HelpDraft)
	}{
		{"phone", "help.phone", func(d *store.HelpDraft) { d.Phone = "139" }},
		{"kind", "form.choose", func(d *store.HelpDraft) { d.Kind = "flying" }},
		{"day", "help.day", func(d *store.HelpDraft) { d.WantedAt = k.Now() }},
		{"day", "help.day", func(d *store.HelpDraft) { d.WantedAt = k.Now().AddDate(0, 3, 1) }},
		{"minutes", "form.number", func(d *store.HelpDraft) { d.Minutes = 14 }},
		{"minutes", "form.number", func(d *store.HelpDraft) { d.Minutes = 481 }},
	} {
		d := good
		c.change(&d)
		atField(t, second(k.in().AskHelp(ctx, family, d)), c.field, c.key)
	}
	if n := k.Count(t, "help_requests"); n != 0 {
		t.Errorf("%d requests of what was refused", n)
	}
	h, err := k.in().AskHelp(ctx, family, good)
	must(t, err)
	helper, v := k.join("孙志愿")
	must(t, k.in().OfferHelp(ctx, k.member, h.ID, v.ID))
	must(t, k.in().AnswerHelp(ctx, helper, h.ID, false))
	refused(t, k.in().OfferHelp(ctx, k.member, h.ID, v.ID), problem.Conflict, "help.twice") // a no is a no
	again, w := k.join("何志愿")
	must(t, k.in().OfferHelp(ctx, k.member, h.ID, w.ID))
	must(t, k.in().AnswerHelp(ctx, again, h.ID, true))
	k.Clock.Set(good.WantedAt.Add(2 * time.Hour))
	atField(t, k.in().ConfirmHelp(ctx, family, h.ID, 90, strings.Repeat("谢", 201)), "thanks", "form.toolong")
	for _, minutes := range []int{0, 481} {
		atField(t, k.in().ConfirmHelp(ctx, family, h.ID, minutes, ""), "minutes", "hours.minutes.range")
	}
	both := appoint(t, k.DB, again, k.c.ID, models.RoleCommitteeMember, 0)
	refused(t, k.in().ConfirmHelp(ctx, both, h.ID, 90, ""), problem.Forbidden, "hours.own") // the helper, with a post
	refused(t, k.in().WithdrawHelp(ctx, stranger, h.ID), problem.NotFound, "page.notfound")
	must(t, k.in().WithdrawHelp(ctx, family, h.ID))
	refused(t, k.in().WithdrawHelp(ctx, family, h.ID), problem.Conflict, "policy.state")
	if n := k.Count(t, "service_hours"); n != 0 {
		t.Errorf("%d hours of what was refused", n)
	}
}

func TestAPairingIsNotMadeOfNonsense(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	a, v := k.join("孙志愿")
	family := k.login()
	good := store.PairDraft{Number: v.Number, Name: "吴奶奶", Place: "3号楼501", EveryDays: 7, Family: k.phoneOf(family)}
	for _, c := range []struct {
		field, key string
		change     func(*store.PairDraft)
	}{
		{"number", "volunteer.number.unknown", func(d *store.PairDraft) { d.Number = "4711" }},
		{"name", "form.needed", func(d *store.PairDraft) { d.Name = " " }},
		{"name", "form.needed", func(d *store.PairDraft) { d.Name = strings.Repeat("吴", 51) }},
		{"place", "form.needed", func(d *store.PairDraft) { d.Place = "" }},
		{"every", "form.number", func(d *store.PairDraft) { d.EveryDays = 0 }},
		{"every", "form.number", func(d *store.PairDraft) { d.EveryDays = 61 }},
		{"family", "help.phone", func(d *store.PairDraft) { d.Family = "139" }},
	} {
		d := good
		c.change(&d)
		atField(t, second(k.in().Pair(ctx, k.member, d)), c.field, c.key)
	}
	if n := k.Count(t, "pairings"); n != 0 {
		t.Errorf("%d pairings of what was refused", n)
	}
	p, err := k.in().Pair(ctx, k.member, good)
	must(t, err)
	atField(t, k.in().RecordVisit(ctx, a, p.ID, 30, strings.Repeat("好", 301), false), "note", "form.toolong")
	atField(t, k.in().RecordVisit(ctx, a, p.ID, 0, "", false), "minutes", "hours.minutes.range")
	atField(t, k.in().ThankVisitor(ctx, family, p.ID, " "), "thanks", "form.needed")
	atField(t, k.in().ThankVisitor(ctx, family, p.ID, strings.Repeat("谢", 201)), "thanks", "form.toolong")
	if n := k.Count(t, "service_hours") + k.Count(t, "thanks"); n != 0 {
		t.Errorf("%d rows of what was refused", n)
	}
}
