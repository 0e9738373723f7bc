package store_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// person is somebody to be put on the roll: the first one lives in building 3,
// the next ones in others, all in room 502.
type person struct{ name, document, phone string }

func (p person) put(t testing.TB, db *storetest.DB, c *models.Community) models.ID {
	t.Helper()
	var id models.ID
	var there int64
	names := []string{"3号楼", "4幢", "甲座"} // unique in a community
	must(t, db.In(c).Write(ctx, storetest.System, func(tx *store.Tx) error {
		now := tx.Now
		if err := tx.Model(&models.Building{}).Count(&there).Error; err != nil {
			return err
		}
		b := models.Building{Tenant: models.Tenant{ID: tx.NewID()}, Name: names[there]}
		h := models.Household{Tenant: models.Tenant{ID: tx.NewID()}, BuildingID: b.ID, Unit: "2单元", Room: "502室", Number: tx.NewID().String()}
		r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, HouseholdID: h.ID, BuildingID: b.ID, Name: p.name, DocumentKind: models.DocumentID,
			Presence: models.PresenceBoth, State: models.ResidentActive, Source: "desk", CreatedAt: now, UpdatedAt: now}
		id = r.ID
		keys := db.Keys()
		r.DocumentSeal, r.DocumentIndex = keys.Seal("residents.document", id, p.document), keys.Index("document", p.document)
		r.PhoneSeal, r.PhoneIndex = keys.Seal("residents.phone", id, p.phone), keys.Index("phone", p.phone)
		for _, row := range []any{&b, &h, &r} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return id
}

func TestMatchWithTheRoll(t *testing.T) {
	t.Parallel()
	claim := store.LinkClaim{Name: "程凯兰", Digits: "12345x", Building: "3", Room: "502"}
	with := func(change func(*store.LinkClaim)) store.LinkClaim {
		c := claim
		change(&c)
		return c
	}
	cases := map[string]struct {
		claim store.LinkClaim
		own   bool // logged in with the roll's telephone
		want  models.LinkState
	}{
		"all and the roll's telephone":    {claim, true, models.LinkConfirmed},
		"all from another telephone":      {claim, false, models.LinkOrdinary},
		"as written on the door":          {with(func(c *store.LinkClaim) { c.Building, c.Room = "3号楼", "2单元502室" }), false, models.LinkOrdinary},
		"telephone and home, digits off":  {with(func(c *store.LinkClaim) { c.Digits = "999999" }), true, models.LinkConfirmed},
		"digits off":                      {with(func(c *store.LinkClaim) { c.Digits = "999999" }), false, models.LinkPending},
		"another room":                    {with(func(c *store.LinkClaim) { c.Room = "503" }), false, models.LinkPending},
		"another building":                {with(func(c *store.LinkClaim) { c.Building = "甲" }), false, models.LinkPending},
		"a building without any name":     {with(func(c *store.LinkClaim) { c.Building = "号楼" }), false, models.LinkPending},
		"nobody of this name":             {with(func(c *store.LinkClaim) { c.Name = "程凯" }), false, models.LinkPending},
		"recycled number of another name": {with(func(c *store.LinkClaim) { c.Name = "李四" }), true, models.LinkPending},
	}
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		n := 0
		for name, c := range cases {
			n++ // each case has a community and logins of its own
			home := db.Community(t, "hemuli-"+strconv.Itoa(n))
			rolls, login := "1380000000"+strconv.Itoa(n%10), "1390000000"+strconv.Itoa(n%10)
			id := person{"程凯兰", "11010119900112345X", rolls}.put(t, db, home)
			if c.own {
				login = rolls
			}
			a, opened := logIn(t, db, login, browser(name))
			state, err := db.In(home).MatchResident(ctx, a, c.claim)
			must(t, err)
			if state != c.want {
				t.Errorf("%s: %s, want %s", name, state, c.want)
			}
			link, known := actorOf(t, db.Store, db, opened.Token).Resident(home.ID)
			if known != (c.want != models.LinkPending) || known && link.ResidentID != id {
				t.Errorf("%s: the actor's link is %+v", name, link)
			}
		}
		if strings.Contains(db.Dump(t, "resident_links"), claim.Name) {
			t.Error("what was typed stands in the database")
		}
	})
}

func TestDoubtfulMatchesWait(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		person{"王芳", "110101199001011111", ""}.put(t, db, c)
		person{"王芳", "110101199001021111", ""}.put(t, db, c) // same name, same last digits
		a, _ := logIn(t, db, phone, browser("a"))
		state, err := db.In(c).MatchResident(ctx, a, store.LinkClaim{Name: "王芳", Digits: "011111", Building: "9", Room: "1"})
		must(t, err)
		if state != models.LinkPending {
			t.Errorf("two namesakes: %s", state)
		}
		links, err := db.MyLinks(ctx, a)
		must(t, err)
		claim, err := db.In(c).OpenClaim(links[0].Link)
		must(t, err)
		if len(links) != 1 || claim.Name != "王芳" {
			t.Errorf("links %+v, claim %+v", links, claim)
		}
	})
}

func TestOnePersonOneLogin(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		c := db.Community(t, "hemuli")
		person{"程凯兰", "110101199001012345", "13800000009"}.put(t, db, c)
		claim := store.LinkClaim{Name: "程凯兰", Digits: "012345", Building: "3", Room: "502"}
		first, _ := logIn(t, db, phone, browser("a"))
		second, _ := logIn(t, db, "13900000000", browser("b"))
		if state, err := db.In(c).MatchResident(ctx, first, claim); err != nil || state != models.LinkOrdinary {
			t.Fatal(state, err)
		}
		if state, err := db.In(c).MatchResident(ctx, second, claim); err != nil || state != models.LinkPending {
			t.Errorf("the second login: %s, %v", state, err)
		}
		other := db.Community(t, "other")
		if state, err := db.In(other).MatchResident(ctx, first, claim); err != nil || state != models.LinkPending {
			t.Errorf("the roll of another community: %s, %v", state, err)
		}
	})
}

func TestGuessingIsLimited(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	c := db.Community(t, "hemuli")
	a, _ := logIn(t, db, phone, browser("a"))
	claim := store.LinkClaim{Name: "程凯兰", Digits: "000000", Building: "3", Room: "502"}
	for range 5 {
		_, err := db.In(c).MatchResident(ctx, a, claim)
		must(t, err)
	}
	if _, err := db.In(c).MatchResident(ctx, a, claim); !problem.Is(err, problem.TooMany) {
		t.Errorf("the sixth guess: %v", err)
	}
	db.Clock.Add(24 * time.Hour)
	_, err := db.In(c).MatchResident(ctx, a, claim)
	must(t, err)
	if n := db.Count(t, "resident_links"); n != 1 {
		t.Errorf("%d claims wait, want the last one", n)
	}
	_, err = db.In(c).MatchResident(ctx, a, store.LinkClaim{Digits: "1"})
	for _, field := range []string{"name", "digits", "building", "room"} {
		if fieldKey(err, field) == "" {
			t.Errorf("field %s is not complained about", field)
		}
	}
}
