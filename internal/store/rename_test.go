package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// The street renames a community: every page hangs on the name, the region tree
// follows, the director is told, and no committee names itself.
func TestStreetRenamesACommunity(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		before := second.Stamp(d.c.ID, "meetings")
		refused(t, d.in().Rename(ctx, d.director, "New Garden"), problem.Forbidden, "policy.forbidden")
		for _, bad := range []string{"", "x", "a<b", "=1+1", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一"} {
			if p := problem.As(d.in().Rename(ctx, d.street, bad)); p == nil || p.Fields["name"].Key != "settings.name.wrong" {
				t.Errorf("%q: %v", bad, p)
			}
		}
		must(t, d.in().Rename(ctx, d.street, " New  Garden "))
		must(t, d.in().Rename(ctx, storetest.System, "New Garden")) // as it is already: nothing to do
		must(t, second.Follow(ctx))
		for _, s := range []*store.Store{db.Store, second} {
			if got := s.CommunityByID(d.c.ID); got.Name != "New Garden" || got.Code != d.c.Code {
				t.Errorf("%+v", got)
			}
		}
		if second.Stamp(d.c.ID, "meetings") == before {
			t.Error("a page of another process keeps the old name")
		}
		id, err := db.RegionNamed(ctx, d.c.StreetID, models.LevelCommunity, "New Garden")
		must(t, err)
		if id != d.c.ID {
			t.Error("the region tree keeps the old name")
		}
		inbox, _, err := db.Inbox(ctx, d.director.UserID, 0)
		must(t, err)
		if len(inbox) == 0 || inbox[0].Text.Key != "settings.tell.renamed" {
			t.Errorf("%+v", inbox)
		}
	})
}

func TestSisterNamesDiffer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		sister, err := db.CreateCommunity(ctx, storetest.System, models.Community{Code: "sister", Name: "Sister", StreetID: d.c.StreetID, DistrictID: d.c.DistrictID, StreetName: "Street"})
		must(t, err)
		if p := problem.As(d.in().Rename(ctx, d.street, "Sister")); p == nil || p.Fields["name"].Key != "settings.name.taken" {
			t.Error(p)
		}
		before := db.Stamp(sister.ID, "home")
		must(t, db.RenameRegion(ctx, storetest.System, d.c.StreetID, "New Street"))
		if got := db.CommunityByID(sister.ID).StreetName; got != "New Street" || db.Stamp(sister.ID, "home") == before {
			t.Errorf("%s", got)
		}
		refused(t, db.RenameRegion(ctx, d.street, d.c.StreetID, "Other"), problem.Forbidden, "policy.forbidden")
		refused(t, db.RenameRegion(ctx, storetest.System, sister.ID, "Other"), problem.NotFound, "page.notfound")
	})
}
