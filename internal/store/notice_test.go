package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

func water() store.NoticeDraft {
	return store.NoticeDraft{Kind: models.NoticeAffairs, Category: "D7", Title: "11月24日停水", Body: "第1幢停水。\n\n请存水。"}
}

func money() store.NoticeDraft {
	return store.NoticeDraft{Kind: models.NoticeFinance, Category: "D2", Title: "捐赠收支", Body: "收到捐赠两笔。"}
}

// written is a submitted notice.
func (d *desk) written(by models.Actor, draft store.NoticeDraft) *models.Notice {
	d.t.Helper()
	n, err := d.in().CreateNotice(ctx, by, draft)
	must(d.t, err)
	n, err = d.in().SubmitNotice(ctx, by, n.ID)
	must(d.t, err)
	return n
}

func (d *desk) notice(id models.ID) *models.Notice {
	d.t.Helper()
	n, err := d.in().Notice(ctx, id)
	must(d.t, err)
	return n
}

func (d *desk) day() models.Date { return models.DateOf(d.Clock.Now()) }

// findings are what verify holds against the data.
func findings(t *testing.T, db *storetest.DB) []string {
	t.Helper()
	var found []string
	must(t, db.Verify(ctx, func(f store.Finding) { found = append(found, f.Check+": "+f.What) }))
	return found
}

func TestNoticeIsSubmittedAndPublished(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n, err := d.in().CreateNotice(ctx, d.member, water())
		must(t, err)
		_, err = d.in().PublicNotice(ctx, n.ID, d.day())
		refused(t, err, problem.NotFound, "page.notfound")
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		refused(t, err, problem.Conflict, "policy.notice.state")
		n, err = d.in().SubmitNotice(ctx, d.member, n.ID)
		must(t, err)
		_, err = d.in().EditNotice(ctx, d.member, n.ID, money())
		refused(t, err, problem.Conflict, "policy.notice.state")
		_, err = d.in().PublishNotice(ctx, d.member, n.ID, n.UpdatedAt)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt.Add(-time.Second))
		refused(t, err, problem.Conflict, "notice.rewritten")
		before := db.Stamp(d.c.ID, "notices")
		n, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		if n.Number != "Community hemuli居公〔2026〕1号" || n.DisplayUntil < "2026-12-08" || len(n.Fingerprint) != 32 {
			t.Errorf("%+v", n)
		}
		if db.Stamp(d.c.ID, "notices") == before {
			t.Error("the pages were not told")
		}
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

func TestMoneyNeedsTheSupervisionCommittee(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n := d.written(d.clerk, money())
		_, err := d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		refused(t, err, problem.Conflict, "policy.notice.unsigned")
		_, err = d.in().PublishUrgent(ctx, d.member, n.ID)
		refused(t, err, problem.Conflict, "policy.notice.not_urgent")
		_, err = d.in().SignNotice(ctx, d.director, n.ID, n.UpdatedAt)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		n, err = d.in().SignNotice(ctx, d.supervisor, n.ID, n.UpdatedAt)
		must(t, err)
		_, err = d.in().SignNotice(ctx, d.supervisor, n.ID, n.UpdatedAt)
		refused(t, err, problem.Conflict, "policy.notice.signed")
		// A signature is void when the notice goes back.
		refused(t, d.in().SendBackNotice(ctx, d.director, n.ID, ""), problem.Invalid, "policy.reason")
		must(t, d.in().SendBackNotice(ctx, d.director, n.ID, "日期写错了"))
		n, err = d.in().SubmitNotice(ctx, d.clerk, n.ID)
		must(t, err)
		if n.SupervisorID != 0 {
			t.Error("the signature outlived the send-back")
		}
		n, err = d.in().SignNotice(ctx, d.supervisor, n.ID, n.UpdatedAt)
		must(t, err)
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
	})
}

func TestUrgentNoticeIsCheckedAfterwards(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n, err := d.in().CreateNotice(ctx, d.member, water())
		must(t, err)
		_, err = d.in().PublishUrgent(ctx, d.clerk, n.ID)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		n, err = d.in().PublishUrgent(ctx, d.member, n.ID)
		must(t, err)
		for _, who := range []models.Actor{d.director, d.supervisor} {
			letters, _, err := db.Inbox(ctx, who.UserID, 0)
			must(t, err)
			if len(letters) != 1 {
				t.Errorf("%s has %d letters", who.Name, len(letters))
			}
		}
		unseen, err := d.in().UrgentUnseen(ctx)
		must(t, err)
		if len(unseen) != 1 {
			t.Fatal(unseen)
		}
		refused(t, d.in().SeeUrgent(ctx, d.member, n.ID), problem.Forbidden, "policy.forbidden")
		must(t, d.in().SeeUrgent(ctx, d.supervisor, n.ID))
		refused(t, d.in().SeeUrgent(ctx, d.director, n.ID), problem.Conflict, "page.conflict")
		own, err := d.in().CreateNotice(ctx, d.director, water())
		must(t, err)
		own, err = d.in().PublishUrgent(ctx, d.director, own.ID)
		must(t, err)
		refused(t, d.in().SeeUrgent(ctx, d.director, own.ID), problem.Forbidden, "notice.seen.own")
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

func TestCorrectionStandsBesideTheOld(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n := d.written(d.member, water())
		n, err := d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		fixed := water()
		fixed.Body = "第2幢停水。\n\n请存水。"
		_, err = d.in().CorrectNotice(ctx, d.member, n.ID, fixed)
		refused(t, err, problem.Invalid, "policy.reason")
		fixed.Reason = "幢号写错了"
		next, err := d.in().CorrectNotice(ctx, d.member, n.ID, fixed)
		must(t, err)
		_, err = d.in().CorrectNotice(ctx, d.director, n.ID, fixed)
		refused(t, err, problem.Conflict, "notice.correction.open")
		next, err = d.in().SubmitNotice(ctx, d.member, next.ID)
		must(t, err)
		_, err = d.in().PublishNotice(ctx, d.director, next.ID, next.UpdatedAt)
		must(t, err)
		old, err := d.in().PublicNotice(ctx, n.ID, d.day())
		must(t, err)
		if old.State != models.NoticeSuperseded || old.Body == "" || len(old.Versions) != 2 {
			t.Errorf("%+v", old)
		}
		rows, _, err := d.in().PublicNotices(ctx, store.NoticeFilter{Limit: 10}, d.day())
		must(t, err)
		if len(rows) != 1 || rows[0].ID != next.ID {
			t.Errorf("the list shows %+v", rows)
		}
	})
}

func TestTombstoneLeavesNoWords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		must(t, d.in().SetFollow(ctx, d.street, "notices", true))
		secret := water()
		secret.Title, secret.Body = "王小明低保", "王小明，证号 110101"
		n := d.written(d.member, secret)
		n, err := d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		fixed := secret
		fixed.Reason = "王小明的名字写错"
		draft, err := d.in().CorrectNotice(ctx, d.member, n.ID, fixed)
		must(t, err)
		refused(t, d.in().WithdrawNotice(ctx, d.member, n.ID, "误写个人信息"), problem.Forbidden, "policy.forbidden")
		refused(t, d.in().WithdrawNotice(ctx, d.director, n.ID, ""), problem.Invalid, "policy.reason")
		must(t, d.in().WithdrawNotice(ctx, d.director, n.ID, "误写个人信息"))
		for _, table := range []string{"notices", "inbox_messages", "audit_rows", "disclosure_dones"} {
			if strings.Contains(db.Dump(t, table), "王小明") || strings.Contains(db.Dump(t, table), "110101") {
				t.Errorf("%s still has the words", table)
			}
		}
		_, err = d.in().Notice(ctx, draft.ID)
		refused(t, err, problem.NotFound, "page.notfound")
		stone, err := d.in().PublicNotice(ctx, n.ID, d.day())
		must(t, err)
		if stone.State != models.NoticeWithdrawn || stone.Body != "" || stone.Number == "" {
			t.Errorf("%+v", stone)
		}
		rows, _, err := d.in().PublicNotices(ctx, store.NoticeFilter{Limit: 10}, d.day())
		must(t, err)
		if len(rows) != 0 {
			t.Error("the list shows a withdrawn notice")
		}
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

func TestNoticeThatNamesPeopleGoesWhenItsDisplayEnds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		named := water()
		named.Personal = true
		n := d.written(d.member, named)
		n, err := d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		for _, c := range []struct {
			day   models.Date
			words bool
		}{{n.DisplayUntil, true}, {n.DisplayUntil.AddDays(1), false}} {
			got, err := d.in().PublicNotice(ctx, n.ID, c.day)
			must(t, err)
			rows, _, err := d.in().PublicNotices(ctx, store.NoticeFilter{Limit: 10}, c.day)
			must(t, err)
			if (got.Body != "") != c.words || got.Versions[0].Title != got.Title || (len(rows) == 1) != c.words {
				t.Errorf("%s: %+v, %d in the list", c.day, got, len(rows))
			}
		}
	})
}

func TestEditBySQLIsNamed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		for i, sql := range []string{
			"UPDATE notices SET body = 'all is well' WHERE id = ?",
			"UPDATE notices SET number = 'x' WHERE id = ?",
			"UPDATE notices SET display_until = '2026-11-24' WHERE id = ?",
			"UPDATE notices SET state = 'draft' WHERE id = ?",
			"UPDATE notices SET state = 'withdrawn' WHERE id = ?",
			"DELETE FROM notices WHERE id = ?",
		} {
			d := newDeskIn(t, db, db.Community(t, "sql"+string(rune('a'+i))))
			n := d.written(d.member, water())
			n, err := d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
			must(t, err)
			before := len(findings(t, db))
			must(t, db.Exec(ctx, sql, n.ID))
			if got := findings(t, db); len(got) <= before || !strings.Contains(strings.Join(got, "\n"), n.ID.String()) {
				t.Errorf("%s: %v", sql, got)
			}
		}
	})
}

func TestNoticeOfAnotherCommunityDoesNotExist(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n := d.written(d.member, water())
		other := db.In(db.Community(t, "other"))
		_, err := other.PublicNotice(ctx, n.ID, d.day())
		refused(t, err, problem.NotFound, "page.notfound")
		_, err = other.PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, err = other.PublishUrgent(ctx, storetest.System, n.ID)
		refused(t, err, problem.Forbidden, "policy.forbidden")
	})
}

// Two server processes publish one notice at once: one wins, and no number is
// lost.
func TestTwoProcessesPublishOneNotice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		for round := range 5 {
			n := d.written(d.member, water())
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, s := range []*store.Store{db.Store, second} {
				wg.Go(func() { _, errs[i] = s.In(d.c).PublishNotice(ctx, d.director, n.ID, n.UpdatedAt) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: %v", round, errors.Join(errs...))
			}
			got := d.notice(n.ID)
			if want := "〔2026〕" + string(rune('1'+round)) + "号"; !strings.HasSuffix(got.Number, want) {
				t.Errorf("number %s, want %s", got.Number, want)
			}
		}
	})
}
