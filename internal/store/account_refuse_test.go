package store_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// What the issue says must be refused, on both databases.

func TestSigningRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		sign := func(a models.Actor, step models.SignStep) error {
			_, err := d.in().SignAccount(ctx, a, m.ID, m.Round, step)
			return err
		}
		refused(t, sign(d.director, models.StepDirector), problem.Conflict, "policy.sign.order")
		refused(t, sign(d.director, models.StepClerk), problem.Forbidden, "policy.forbidden")
		refused(t, sign(d.member, models.StepClerk), problem.Forbidden, "policy.forbidden")
		refused(t, sign(models.Actor{}, models.StepClerk), problem.Unauthorized, "policy.login")
		must(t, sign(d.clerk, models.StepClerk))
		refused(t, sign(d.clerk, models.StepClerk), problem.Conflict, "policy.sign.order")
		refused(t, sign(d.supervisor, models.StepSupervisor), problem.Conflict, "policy.sign.order")

		// One login with two posts.
		both := appoint(t, db, d.clerk, d.c.ID, models.RoleDirector, 0)
		refused(t, sign(both, models.StepDirector), problem.Conflict, "policy.sign.same")

		stored, err := d.in().Account(ctx, m.ID)
		must(t, err)
		if stored.State != models.AccountSigning || stored.Seq != nil || stored.Fingerprint != nil {
			t.Errorf("after refusals: %+v", stored)
		}
	})
}

// linked gives a login a confirmed tie to a person on the roll.
func linked(a models.Actor, community, resident models.ID) models.Actor {
	a.Links = append(a.Links, models.ResidentLink{
		Tenant: models.Tenant{CommunityID: community, ID: resident + 1}, UserID: a.UserID, ResidentID: resident, State: models.LinkConfirmed,
	})
	return a
}

func TestOnePersonWithTwoLoginsSignsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		_, err := d.in().SignAccount(ctx, linked(d.clerk, d.c.ID, 77), m.ID, m.Round, models.StepClerk)
		must(t, err)
		_, err = d.in().SignAccount(ctx, linked(d.director, d.c.ID, 77), m.ID, m.Round, models.StepDirector)
		refused(t, err, problem.Conflict, "policy.sign.same")
		// The same number in another community is another person.
		_, err = d.in().SignAccount(ctx, linked(d.director, d.c.ID+1, 77), m.ID, m.Round, models.StepDirector)
		must(t, err)
	})
}

func TestRecordedDeputySignsOnceInAChain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		vice := officer(t, db, d.c.ID, models.RoleViceDirector, "副主任", 0)
		m := d.month("2026-10", 100000)
		_, err := d.in().SignAccount(ctx, d.clerk, m.ID, m.Round, models.StepClerk)
		must(t, err)
		_, err = d.in().SignAccount(ctx, vice, m.ID, m.Round, models.StepDirector)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		deputy := appoint(t, db, vice, d.c.ID, models.RoleDirector, d.director.UserID)
		_, err = d.in().SignAccount(ctx, deputy, m.ID, m.Round, models.StepDirector)
		must(t, err)
		second := officer(t, db, d.c.ID, models.RoleSupervisor, "代签", d.supervisor.UserID)
		_, err = d.in().SignAccount(ctx, second, m.ID, m.Round, models.StepSupervisor)
		refused(t, err, problem.Conflict, "policy.deputy.twice")
		p, err := d.in().SignAccount(ctx, d.supervisor, m.ID, m.Round, models.StepSupervisor)
		must(t, err)
		signatures, err := d.in().AccountSignatures(ctx, p.ID)
		must(t, err)
		if len(signatures) != 3 || signatures[1].DeputyFor != d.director.UserID {
			t.Errorf("%+v", signatures)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

func TestSendBackStartsANewRound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		_, err := d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)
		must(t, err)
		refused(t, d.in().SendBackAccount(ctx, d.director, m.ID, 1, " 错 "), problem.Invalid, "policy.reason")
		refused(t, d.in().SendBackAccount(ctx, d.member, m.ID, 1, "第二行没有附件"), problem.Forbidden, "policy.forbidden")
		db.Clock.Add(time.Minute) // events of one instant have no order
		must(t, d.in().SendBackAccount(ctx, d.director, m.ID, 1, "第二行没有附件"))
		db.Clock.Add(time.Minute)
		_, err = d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)
		refused(t, err, problem.Conflict, "ledger.sign.moved")
		_, err = d.in().SignAccount(ctx, d.director, m.ID, 2, models.StepDirector)
		refused(t, err, problem.Conflict, "policy.sign.order")
		m.Round = 2
		d.publish(m)
		events, err := d.in().AccountEvents(ctx, m.ID)
		must(t, err)
		if len(events) != 3 || events[1].Kind != store.EventSentBack || events[1].Reason != "第二行没有附件" || events[1].ByName != "钟梅" {
			t.Errorf("%+v", events)
		}
		signatures, err := d.in().AccountSignatures(ctx, m.ID)
		must(t, err)
		if len(signatures) != 4 {
			t.Errorf("the first round is not kept: %+v", signatures)
		}
	})
}

func TestPublicationOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.publish(d.month("2026-08", 100000))
		sept, oct := d.month("2026-09", 115000), d.month("2026-10", 130000)
		for i, a := range []models.Actor{d.clerk, d.director} {
			_, err := d.in().SignAccount(ctx, a, oct.ID, 1, models.SignSteps[i])
			must(t, err)
		}
		_, err := d.in().SignAccount(ctx, d.supervisor, oct.ID, 1, models.StepSupervisor)
		refused(t, err, problem.TooEarly, "policy.account.before")
		d.publish(sept)
		p, err := d.in().SignAccount(ctx, d.supervisor, oct.ID, 1, models.StepSupervisor)
		must(t, err)
		if *p.Seq != 3 || !strings.HasSuffix(p.Number, "〕3号") {
			t.Errorf("%d %s: a refused publication used up a number", *p.Seq, p.Number)
		}
		nov := d.month("2026-11", 145000)
		for i, a := range []models.Actor{d.clerk, d.director} {
			_, err := d.in().SignAccount(ctx, a, nov.ID, 1, models.SignSteps[i])
			must(t, err)
		}
		_, err = d.in().SignAccount(ctx, d.supervisor, nov.ID, 1, models.StepSupervisor)
		refused(t, err, problem.TooEarly, "policy.account.month_running")
	})
}

func TestImportRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		stage := func(name string, data []byte) *models.Import {
			t.Helper()
			im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, name, data, sheet.LedgerOptions{})
			must(t, err)
			return im
		}
		confirm := func(im *models.Import) error {
			_, err := d.in().ConfirmLedger(ctx, d.clerk, im.ID, "")
			return err
		}
		blocked := func(im *models.Import, key string) {
			t.Helper()
			p, err := d.in().LedgerPlan(ctx, im.ID)
			must(t, err)
			if p.OK {
				t.Errorf("%s: the preview offers to confirm", key)
			}
			refused(t, confirm(im), problem.Invalid, key)
		}
		_, _, err := d.in().ImportLedgerFile(ctx, d.director, "a.csv", simple("2026-08", 0), sheet.LedgerOptions{})
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, _, err = d.in().ImportLedgerFile(ctx, d.clerk, "a.xls", []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0}, sheet.LedgerOptions{})
		refused(t, err, problem.Invalid, "sheet.xls")
		_, _, err = d.in().ImportLedgerFile(ctx, d.clerk, "a.xlsx", []byte("%PDF-1.7 not a sheet"), sheet.LedgerOptions{})
		refused(t, err, problem.Invalid, "sheet.type")

		unbalanced := bytes.Replace(simple("2026-08", 100000), []byte("50.00,送到门岗,"), []byte("50.00,送到门岗,1149.99"), 1)
		blocked(stage("unbalanced.csv", unbalanced), "ledger.import.errors")
		blocked(stage("2027-01.csv", simple("2027-01", 100000)), "ledger.plan.future")
		d.month("2026-08", 100000)
		blocked(stage("2026-09.csv", simple("2026-09", 115001)), "ledger.plan.opening")
		again := stage("2026-08 copy.csv", simple("2026-08", 100000))
		p, err := d.in().LedgerPlan(ctx, again.ID)
		must(t, err)
		if p.Before == nil || p.OK || !p.Nothing() {
			t.Errorf("the same file twice: %+v", p)
		}
		refused(t, confirm(again), problem.Conflict, "ledger.import.same")

		sept := stage("2026-09.csv", simple("2026-09", 115000))
		if twice := stage("2026-09.csv", simple("2026-09", 115000)); twice.ID != sept.ID {
			t.Error("the same waiting file became two imports")
		}
		_, err = d.in().ConfirmLedger(ctx, d.director, sept.ID, "")
		refused(t, err, problem.Forbidden, "policy.forbidden")
		must(t, confirm(sept))
		refused(t, confirm(sept), problem.Conflict, "ledger.import.gone")

		late := stage("2026-10.csv", simple("2026-10", 130000))
		db.Clock.Add(store.ImportLife)
		refused(t, confirm(late), problem.Conflict, "ledger.import.gone")
		p, err = d.in().LedgerPlan(ctx, late.ID)
		must(t, err)
		if !p.Expired || p.OK {
			t.Errorf("a file of yesterday may be confirmed: %+v", p)
		}
		must(t, db.Exec(ctx, "UPDATE imports SET state = 'dropped', report = NULL WHERE id = "+late.ID.String()))
		_, err = d.in().LedgerPlan(ctx, late.ID)
		refused(t, err, problem.Conflict, "ledger.import.gone")
	})
}

func TestMonthBeingSignedIsNotReplaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		_, err := d.in().SignAccount(ctx, d.clerk, m.ID, 1, models.StepClerk)
		must(t, err)
		changed := bytes.Replace(simple("2026-10", 100000), []byte("打印纸"), []byte("打印纸两箱"), 1)
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "x.csv", changed, sheet.LedgerOptions{})
		must(t, err)
		_, err = d.in().ConfirmLedger(ctx, d.clerk, im.ID, "")
		refused(t, err, problem.Invalid, "ledger.plan.signing")
		must(t, d.in().SendBackAccount(ctx, d.director, m.ID, 1, "摘要写清楚数量"))
		drafts, err := d.in().ConfirmLedger(ctx, d.clerk, im.ID, "")
		must(t, err)
		if drafts[0].ID != m.ID || drafts[0].Round != 3 {
			t.Errorf("%+v", drafts[0])
		}
		// Whoever still has the page of the draft before signs nothing.
		_, err = d.in().SignAccount(ctx, d.clerk, m.ID, 2, models.StepClerk)
		refused(t, err, problem.Conflict, "ledger.sign.moved")
		d.publish(drafts[0])
	})
}

func TestAnotherCommunitysIds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		m := d.month("2026-10", 100000)
		entries, err := d.in().AccountEntries(ctx, m.ID)
		must(t, err)
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "2026-11.csv", simple("2026-11", 115000), sheet.LedgerOptions{})
		must(t, err)
		claim, err := d.in().CreateClaim(ctx, d.member, oneLine(5000))
		must(t, err)

		other := db.Community(t, "other")
		o := db.In(other)
		clerk := officer(t, db, other.ID, models.RoleClerk, "c", 0)
		director := officer(t, db, other.ID, models.RoleDirector, "d", 0)
		for name, err := range map[string]error{
			"account":  second(o.Account(ctx, m.ID)),
			"sign":     second(o.SignAccount(ctx, clerk, m.ID, 1, models.StepClerk)),
			"back":     o.SendBackAccount(ctx, clerk, m.ID, 1, "reason enough"),
			"drop":     o.DropAccount(ctx, clerk, m.ID, 1, "reason enough"),
			"withdraw": o.WithdrawText(ctx, director, entries[0].ID, []string{"purpose"}, "reason enough"),
			"plan":     second(o.LedgerPlan(ctx, im.ID)),
			"confirm":  second(o.ConfirmLedger(ctx, clerk, im.ID, "")),
			"claim":    second(o.Claim(ctx, claim.ID)),
			"decide":   second(o.DecideClaimLine(ctx, director, claim.Lines[0].ID, true, "")),
		} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		// And a clerk of another community is nobody here.
		refused(t, second(d.in().SignAccount(ctx, clerk, m.ID, 1, models.StepClerk)), problem.Forbidden, "policy.forbidden")
	})
}

func second[T any](_ T, err error) error { return err }

// Two processes on one database, both signing and publishing at once.
func TestTwoProcessesPublishOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		other := db.Second(t)
		must(t, other.Load(ctx))
		processes := []*store.Tenant{d.in(), other.In(d.c)}
		m := d.month("2026-09", 100000)
		for i, a := range []models.Actor{d.clerk, d.director, d.supervisor} {
			if n := atOnce(t, 8, func(k int) error {
				return second(processes[k%2].SignAccount(ctx, a, m.ID, 1, models.SignSteps[i]))
			}); n != 1 {
				t.Errorf("%s signed %d times", models.SignSteps[i], n)
			}
		}
		p, err := d.in().Account(ctx, m.ID)
		must(t, err)
		if p.State != models.AccountPublished || *p.Seq != 1 || !strings.HasSuffix(p.Number, "〕1号") {
			t.Errorf("%+v", p)
		}
		// Sending back while the third signature is given: one of the two.
		oct := d.month("2026-10", 115000)
		for i, a := range []models.Actor{d.clerk, d.director} {
			must(t, second(d.in().SignAccount(ctx, a, oct.ID, 1, models.SignSteps[i])))
		}
		if n := atOnce(t, 4, func(k int) error {
			if k%2 == 0 {
				return second(processes[0].SignAccount(ctx, d.supervisor, oct.ID, 1, models.StepSupervisor))
			}
			return processes[1].SendBackAccount(ctx, d.supervisor, oct.ID, 1, "still a question")
		}); n != 1 {
			t.Errorf("%d of publishing and sending back happened", n)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}

// atOnce runs fn n times at once and counts those that went through; the
// others must have been refused, not have failed.
func atOnce(t *testing.T, n int, fn func(k int) error) (done int) {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, n)
	for k := range n {
		wg.Go(func() { errs[k] = fn(k) })
	}
	wg.Wait()
	for _, err := range errs {
		switch p := problem.As(err); {
		case err == nil:
			done++
		case p == nil || p.Kind != problem.Conflict:
			t.Errorf("refused with %v", err)
		}
	}
	return done
}

func TestTwoProcessesConfirmOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		other := db.Second(t)
		must(t, other.Load(ctx))
		processes := []*store.Tenant{d.in(), other.In(d.c)}
		im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, "a.csv", simple("2026-10", 100000), sheet.LedgerOptions{})
		must(t, err)
		db.Clock.Add(time.Minute)
		if n := atOnce(t, 6, func(k int) error {
			return second(processes[k%2].ConfirmLedger(ctx, d.clerk, im.ID, ""))
		}); n != 1 {
			t.Errorf("confirmed %d times", n)
		}
	})
}
