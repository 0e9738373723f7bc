package store_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"sync"
	"testing"

	"juwu/internal/photo"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// item is the row of the calendar with a code.
func (d *desk) item(code string) store.DisclosureRow {
	d.t.Helper()
	rows, err := d.in().DisclosureCalendar(ctx, d.day())
	must(d.t, err)
	for _, r := range rows {
		if r.Item.Code == code {
			return r
		}
	}
	d.t.Fatalf("no item %s", code)
	return store.DisclosureRow{}
}

func (d *desk) adopt(from models.Date) {
	d.t.Helper()
	_, err := d.in().AdoptCatalogue(ctx, d.director, from)
	must(d.t, err)
}

// state of a period of an item.
func state(r store.DisclosureRow, period string) policy.DisclosureState {
	for _, o := range r.Owed {
		if o.Period.Name == period {
			return o.State
		}
	}
	return ""
}

func TestCatalogueIsAdoptedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		_, err := d.in().AdoptCatalogue(ctx, d.member, "2026-07-01")
		refused(t, err, problem.Forbidden, "policy.forbidden")
		n, err := d.in().AdoptCatalogue(ctx, d.director, "2026-07-01")
		must(t, err)
		again, err := d.in().AdoptCatalogue(ctx, d.director, "2026-07-01")
		must(t, err)
		if n != len(policy.Catalogue()) || again != 0 {
			t.Errorf("%d, then %d", n, again)
		}
	})
}

// What is due is computed from what was published and when.
func TestNoticeDoesItsItem(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.adopt("2026-07-01")
		services := d.item("services")
		if got := state(services, "2026Q3"); got != policy.DisclosureOverdue {
			t.Fatalf("2026Q3 is %q", got)
		}
		draft := water()
		draft.ItemID, draft.Period, draft.Category = services.Item.ID, "2026-Q3", "D1"
		_, err := d.in().CreateNotice(ctx, d.member, draft)
		if p := problem.As(err); p == nil || p.Fields["period"].Key != "notice.period.wrong" {
			t.Fatal(err)
		}
		draft.Period = "2026Q3"
		n := d.written(d.member, draft)
		if n.Category != "D4" {
			t.Errorf("category %s: the item decides it", n.Category)
		}
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		services = d.item("services")
		if state(services, "2026Q3") != policy.DisclosureDone || !services.Owed[1].Late {
			t.Errorf("%+v", services.Owed)
		}
	})
}

func TestChangeOfRhythmForgetsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.adopt("2026-07-01")
		item := d.item("services").Item
		item.Title, item.DueDays = "社区服务", 90
		id, err := d.in().SaveItem(ctx, d.director, item)
		must(t, err)
		if id == item.ID {
			t.Error("the old days were rewritten")
		}
		old := d.item("services")
		if old.Item.ActiveTo != "2026-11-22" || state(old, "2026Q3") != policy.DisclosureOverdue {
			t.Errorf("%+v", old)
		}
		_, err = d.in().SaveItem(ctx, d.director, item)
		refused(t, err, problem.Conflict, "disclosure.item.ended")
	})
}

func TestStreetOrdersPublication(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		d.adopt("2026-07-01")
		services, decisions := d.item("services").Item, d.item("decisions").Item
		order := store.Call{ItemID: services.ID, Period: "2026Q3", Text: "请公开三季度服务", Due: "2026-11-30"}
		refused(t, d.in().OrderDisclosure(ctx, d.director, order), problem.Forbidden, "policy.forbidden")
		must(t, d.in().OrderDisclosure(ctx, d.street, order))
		refused(t, d.in().OrderDisclosure(ctx, d.street, order), problem.Conflict, "disclosure.call.twice")
		letters, _, err := db.Inbox(ctx, d.director.UserID, 0)
		must(t, err)
		if len(letters) != 1 || len(d.item("services").Calls) != 1 {
			t.Errorf("%d letters", len(letters))
		}
		// An event makes an item on events owed.
		must(t, d.in().RecordEvent(ctx, d.director, store.Call{ItemID: decisions.ID, Period: "2026-11-10", Text: "开了居民会议"}))
		if got := state(d.item("decisions"), "2026-11-10"); got != policy.DisclosureOverdue {
			t.Errorf("the event is %q", got)
		}
		err = d.in().RecordEvent(ctx, d.director, store.Call{ItemID: decisions.ID, Period: "2026-12-10", Text: "以后的会议"})
		if p := problem.As(err); p == nil || p.Fields["period"].Key != "disclosure.call.day" {
			t.Error(err)
		}
	})
}

func picture(t testing.TB) store.NewFile {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 100, 60)), nil))
	return store.NewFile{Name: `C:\photos\收据 1.PNG`, Data: b.Bytes()}
}

func TestPictureIsShownWithItsNoticeOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		n, err := d.in().CreateNotice(ctx, d.member, water())
		must(t, err)
		owner := store.Owner{Kind: "notice", ID: n.ID}
		_, err = d.in().AddFiles(ctx, d.street, owner, []store.NewFile{picture(t)})
		refused(t, err, problem.Forbidden, "policy.forbidden")
		_, err = d.in().AddFiles(ctx, d.member, owner, []store.NewFile{{Name: "a.jpg", Data: []byte("<svg onload=alert(1)>")}})
		if p := problem.As(err); p == nil || p.Fields["files"].Key != "photo.kind" {
			t.Fatal(err)
		}
		files, err := d.in().AddFiles(ctx, d.member, owner, []store.NewFile{picture(t)})
		must(t, err)
		f := files[0]
		_, err = d.in().PublicFile(ctx, f.ID, d.day())
		refused(t, err, problem.NotFound, "page.notfound")
		// What is blacked out replaces the original for good.
		copied, err := d.in().BlackOut(ctx, d.member, f.ID, []photo.Box{{X: 0, Y: 0, W: 500, H: 500}})
		must(t, err)
		_, err = d.in().ShowFile(ctx, d.member, f.ID, true)
		refused(t, err, problem.Conflict, "attachment.covered")
		n, err = d.in().SubmitNotice(ctx, d.member, n.ID)
		must(t, err)
		_, err = d.in().AddFiles(ctx, d.member, owner, []store.NewFile{picture(t)})
		refused(t, err, problem.Conflict, "policy.notice.state")
		_, err = d.in().RemoveFile(ctx, d.member, copied.ID)
		refused(t, err, problem.Conflict, "policy.notice.state")
		_, err = d.in().PublishNotice(ctx, d.director, n.ID, n.UpdatedAt)
		must(t, err)
		_, err = d.in().PublicFile(ctx, f.ID, d.day())
		refused(t, err, problem.NotFound, "page.notfound")
		shown, err := d.in().PublicFile(ctx, copied.ID, d.day())
		must(t, err)
		body, err := d.in().Content(shown)
		must(t, err)
		b, err := io.ReadAll(body)
		must(t, err)
		must(t, body.Close())
		if int64(len(b)) != shown.Size || shown.Name == "" || shown.RedactsID != f.ID {
			t.Errorf("%+v", shown)
		}
		_, err = d.in().OfficeFile(ctx, d.supervisor, f.ID, d.day())
		must(t, err)
		_, err = db.In(db.Community(t, "other")).PublicFile(ctx, copied.ID, d.day())
		refused(t, err, problem.NotFound, "page.notfound")
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
		must(t, db.Exec(ctx, "UPDATE attachments SET public = ? WHERE id = ?", true, f.ID))
		if got := findings(t, db); len(got) == 0 {
			t.Error("showing an original by SQL is not noticed")
		}
	})
}

func TestNobodySetsTheLimitOfTheirOwnPower(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		wish := store.Settings{Phone: "0571-1", InquiryDays: 10, DisplayDays: 20, ClaimThresholdFen: 500000}
		refused(t, d.in().SaveSettings(ctx, d.clerk, wish), problem.Forbidden, "policy.forbidden")
		short := wish
		short.DisplayDays = models.LeastDisplayDays - 1
		if p := problem.As(d.in().SaveSettings(ctx, d.director, short)); p == nil || p.Fields["display_days"].Key != "settings.display.wrong" {
			t.Error(p)
		}
		must(t, d.in().SaveSettings(ctx, d.director, wish))
		c := db.CommunityByID(d.c.ID)
		if c.ClaimThresholdFen != 200000 || c.ProposedThresholdFen != 500000 || c.InquiryDays != 10 || c.DisplayDays != 20 {
			t.Errorf("%+v", c)
		}
		refused(t, d.in().DecideThreshold(ctx, d.director, 500000, true), problem.Forbidden, "policy.forbidden")
		refused(t, d.in().DecideThreshold(ctx, d.street, 400000, true), problem.Conflict, "page.conflict")
		must(t, d.in().DecideThreshold(ctx, d.street, 500000, true))
		refused(t, d.in().DecideThreshold(ctx, d.street, 500000, true), problem.Conflict, "page.conflict")
		if c := db.CommunityByID(d.c.ID); c.ClaimThresholdFen != 500000 || c.ProposedBy != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// Two processes adopt the catalogue at once: it is there once.
func TestTwoProcessesAdoptOneCatalogue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		var wg sync.WaitGroup
		for _, s := range []*store.Store{db.Store, second} {
			wg.Go(func() {
				_, err := s.In(d.c).AdoptCatalogue(ctx, d.director, "2026-07-01")
				if err != nil && !problem.Is(err, problem.Conflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		items, err := d.in().DisclosureItems(ctx, "")
		must(t, err)
		if len(items) != len(policy.Catalogue()) {
			t.Errorf("%d items", len(items))
		}
	})
}
