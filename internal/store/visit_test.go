package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// doors puts n households with a resident each into the first grid, and one
// into another; the second resident of the first door has a login.
func (d *caseDesk) doors(n int) (homes []models.ID, far models.ID, neighbour models.Actor) {
	d.t.Helper()
	neighbour = someResident(d.t, d.DB, "13700000077")
	must(d.t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		grid, building := tx.NewID(), tx.NewID()
		if err := tx.Create(&models.Grid{Tenant: models.Tenant{ID: grid}, Name: "第2网格"}).Error; err != nil {
			return err
		}
		if err := tx.Create(&models.Building{Tenant: models.Tenant{ID: building}, GridID: grid, Name: "9幢"}).Error; err != nil {
			return err
		}
		for i := range n + 1 {
			h := models.Household{Tenant: models.Tenant{ID: tx.NewID()}, BuildingID: d.building, Unit: "1", Room: fmt.Sprint(101 + i), Number: fmt.Sprint(i)}
			r := models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, HouseholdID: h.ID, BuildingID: d.building, GridID: d.grid, Name: "王小明", State: models.ResidentActive, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if i == n {
				h.BuildingID, r.BuildingID, r.GridID, far = building, building, grid, h.ID
			} else {
				homes = append(homes, h.ID)
			}
			h.HeadID = r.ID
			if err := tx.Create(&h).Error; err != nil {
				return err
			}
			if err := tx.Create(&r).Error; err != nil {
				return err
			}
			if i == 0 {
				link := models.ResidentLink{Tenant: models.Tenant{ID: tx.NewID()}, UserID: neighbour.UserID, ResidentID: r.ID, State: models.LinkConfirmed,
					LiveUser: &neighbour.UserID, LiveResident: &r.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
				link.CommunityID = d.c.ID
				neighbour.Links = []models.ResidentLink{link}
				if err := tx.Create(&link).Error; err != nil {
					return err
				}
			}
		}
		return nil
	}))
	return homes, far, neighbour
}

// A grid worker's round: the own doors, those overdue first; a visit moves its
// door to the end, what was asked for is a case, and nothing is noted twice.
func TestARoundOfVisits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		homes, far, neighbour := d.doors(3)
		must(t, d.in().PutVisitPlan(ctx, d.director, 0, 30))
		db.Clock.Add(31 * 24 * time.Hour)
		desk, err := d.in().VisitDesk(ctx, d.worker, store.VisitFilter{})
		must(t, err)
		if len(desk.List) != 3 || desk.Overdue != 3 || desk.List[0].ID != homes[0] || desk.List[0].Head != "王小明" || desk.All.Households != 4 || len(desk.Grids) != 1 {
			t.Fatalf("%+v", desk)
		}
		today := models.DateOf(db.Now())
		v := store.VisitDraft{HouseholdID: homes[0], Day: today, Manner: models.VisitHome, Note: "老人一个人住，腿脚不便", Wish: "想在楼道装扶手，请街道看看",
			Category: "repair", Name: "王小明", Phone: "13700000077", Once: "visit-once-00000001"}
		noted, err := d.in().NoteVisit(ctx, d.worker, v)
		must(t, err)
		again, err := d.in().NoteVisit(ctx, d.worker, v)
		must(t, err)
		if noted.CaseID == 0 || again.ID != noted.ID || db.Count(t, "visits") != 1 || db.Count(t, "complaints") != 1 {
			t.Errorf("%+v %+v: %d visits, %d cases", noted, again, db.Count(t, "visits"), db.Count(t, "complaints"))
		}
		other := v
		other.Wish, other.Once = "还想修一修路灯", "visit-once-00000002"
		if _, err = d.in().NoteVisit(ctx, d.worker, other); problem.As(err) == nil || problem.As(err).Fields["wish"].Key != "visit.twice" {
			t.Errorf("a second wish must not be lost: %v", err)
		}
		c, err := d.in().OfficeCase(ctx, d.worker, noted.CaseID)
		must(t, err)
		if c.Channel != models.ChannelVisit || c.Public || c.OwnerKind != models.AssigneeMember || c.OwnerID != d.worker.UserID {
			t.Errorf("%+v", c.Complaint)
		}
		desk, err = d.in().VisitDesk(ctx, d.worker, store.VisitFilter{})
		must(t, err)
		if desk.List[2].ID != homes[0] || desk.List[2].Due != policy.HouseholdDue(today, "", 30) || desk.Overdue != 2 || desk.All.Visited != 1 {
			t.Errorf("%+v", desk)
		}
		door, err := d.in().Door(ctx, d.worker, homes[0])
		must(t, err)
		if len(door.Visits) != 1 || door.Visits[0].Note != v.Note || door.Visits[0].Case != c.Number {
			t.Errorf("%+v", door.Visits)
		}
		for what, dump := range map[string]string{"visits": db.Dump(t, "visits"), "audit": db.Dump(t, "audit_rows")} {
			if strings.Contains(dump, "腿脚不便") || strings.Contains(dump, "扶手") {
				t.Errorf("%s hold what was said", what)
			}
		}
		data, err := db.MyData(ctx, neighbour)
		must(t, err)
		if len(data.Visits) != 1 || data.Visits[0].Day != today || data.Visits[0].By != "网格员" {
			t.Errorf("%+v", data.Visits)
		}
		if b, _ := json.Marshal(data.Visits); bytes.Contains(b, []byte("腿脚")) {
			t.Error("the note is the office's")
		}
		// who reads no rooms of the roll has still stood at this one
		ask := store.VisitDraft{HouseholdID: homes[1], Day: today, Manner: models.VisitHome, Wish: "门口台阶松了一块", Category: "repair", Once: "visit-once-00000003"}
		by, err := d.in().NoteVisit(ctx, d.member, ask)
		must(t, err)
		mine, err := d.in().OfficeCase(ctx, d.member, by.CaseID)
		must(t, err)
		second, err := d.in().Door(ctx, d.member, homes[1])
		must(t, err)
		if second.Place != "1-102" || mine.Spot != second.Place {
			t.Errorf("the door %q, the case %q", second.Place, mine.Spot)
		}
		_, err = d.in().Door(ctx, d.worker, far)
		refused(t, err, problem.NotFound, "page.notfound")
		for name, a := range map[string]models.Actor{"resident": neighbour, "supervisor": d.supervisor, "clerk": d.clerk} {
			if _, err := d.in().Door(ctx, a, homes[0]); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s reads a door: %v", name, err)
			}
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
	})
}

// Figures, notes left at a door, days that cannot be, plans of grids, and what
// is forgotten.
func TestVisitPlansAndLimits(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	homes, far, _ := d.doors(2)
	today := models.DateOf(db.Now())
	for name, edit := range map[string]func(*store.VisitDraft){
		"day":      func(v *store.VisitDraft) { v.Day = today.AddDays(1) },
		"manner":   func(v *store.VisitDraft) { v.Manner = "talked" },
		"note":     func(v *store.VisitDraft) { v.Note = strings.Repeat("字", 1001) },
		"wish":     func(v *store.VisitDraft) { v.Wish, v.Category = "灯", "repair" },
		"category": func(v *store.VisitDraft) { v.Wish, v.Category = "楼道灯坏了", "nothing" },
	} {
		v := store.VisitDraft{HouseholdID: homes[0], Day: today, Manner: models.VisitHome, Once: "visit-once-00000001"}
		edit(&v)
		_, err := d.in().NoteVisit(ctx, d.worker, v)
		if p := problem.As(err); p == nil || p.Fields[name].Key == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := d.in().NoteVisit(ctx, d.worker, store.VisitDraft{HouseholdID: homes[0], Day: today, Manner: models.VisitNote})
	must(t, err)
	_, err = d.in().NoteVisit(ctx, d.member, store.VisitDraft{HouseholdID: far, Day: today, Manner: models.VisitPhone, Note: "没有事"})
	must(t, err)
	must(t, d.in().PutVisitPlan(ctx, d.director, d.grid, 7))
	refused(t, d.in().PutVisitPlan(ctx, d.worker, d.grid, 7), problem.Forbidden, "policy.forbidden")
	refused(t, d.in().PutVisitPlan(ctx, d.director, 12345, 7), problem.NotFound, "page.notfound")
	for _, days := range []int{6, 731, -1} {
		if err := d.in().PutVisitPlan(ctx, d.director, d.grid, days); !problem.Is(err, problem.Invalid) {
			t.Errorf("every %d days: %v", days, err)
		}
	}
	f, err := d.in().VisitFigures(ctx, today)
	must(t, err)
	if f.Visited != 1 || f.Due != 3 || f.Households != 3 || f.Overdue != 0 {
		t.Errorf("a note left behind is no visit: %+v", f)
	}
	db.Clock.Add(8 * 24 * time.Hour)
	desk, err := d.in().VisitDesk(ctx, d.supervisor, store.VisitFilter{})
	must(t, err)
	if len(desk.List) != 0 || desk.All.Overdue != 2 || len(desk.Grids) != 2 {
		t.Errorf("the supervision committee reads figures: %+v", desk)
	}
	db.Clock.Add(3 * 366 * 24 * time.Hour)
	_, err = db.Sweep(ctx)
	must(t, err)
	must(t, d.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		var kept, all int64
		err := tx.Model(&models.Visit{}).Where("note_seal IS NOT NULL").Count(&kept).Error
		if err == nil {
			err = tx.Model(&models.Visit{}).Count(&all).Error
		}
		if kept != 0 || all != 2 {
			t.Errorf("%d of %d visits keep what was said", kept, all)
		}
		return err
	}))
}
