package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// rollWorld is a community with a small roll: one building with two dwellings,
// in two grids.
type rollWorld struct {
	*storetest.DB
	c    *models.Community
	t    *store.Tenant
	who  map[models.Role]models.Actor
	grid models.ID
}

const smallRoll = `网格,楼栋,单元,室,户号,姓名,与户主关系,性别,出生日期,身份证号,手机
第1网格,1号楼,1,101,H1,程凯兰,户主,女,1996-09-07,999999199609070084,19900000001
第1网格,1号楼,1,101,H1,程小满,子,男,2018-05-01,,
第1网格,1号楼,1,102,H2,吴海,户主,男,,,19900000003
第2网格,2号楼,1,501,H3,吴江,户主,男,,,19900000004
第2网格,2号楼,1,501,H3,周宁,妻,女,,,
`

func newRollWorld(t *testing.T, db *storetest.DB) *rollWorld {
	t.Helper()
	w := &rollWorld{DB: db, c: db.Community(t, "hemuli")}
	w.t = db.In(w.c)
	w.who = officers(t, db, w.c, models.RoleDirector, models.RoleCommitteeMember, models.RoleStation, models.RoleClerk)
	im, report, err := w.t.ImportRoll(ctx, storetest.System, "r.csv", []byte(smallRoll), store.RollOptions{})
	must(t, err)
	if report.Added != 5 || report.Bad != 0 {
		t.Fatalf("%+v", report)
	}
	_, err = w.t.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{})
	must(t, err)
	grids, err := w.t.Grids(ctx)
	must(t, err)
	w.grid = grids[0].ID
	return w
}

func (w *rollWorld) as(role models.Role) models.Actor {
	a := w.who[role]
	a.Appointments = nil
	rows, err := w.AppointmentsIn(ctx, w.c.ID, models.DateOf(w.Now()))
	if err != nil {
		panic(err)
	}
	for _, p := range rows {
		if p.UserID == a.UserID {
			a.Appointments = append(a.Appointments, p)
		}
	}
	return a
}

func (w *rollWorld) gridWorker(t *testing.T) models.Actor {
	t.Helper()
	_, err := w.AppointPerson(ctx, w.who[models.RoleDirector], store.Nominee{LoginPhone: "19811112222", Appointment: models.Appointment{
		RegionID: w.c.ID, Role: models.RoleGridWorker, GridID: w.grid, From: "2026-01-01", Decision: "test", Name: "网格员甲", Phone: "021-5555"}})
	must(t, err)
	u, err := w.EnsureUser(ctx, storetest.System, "19811112222", "")
	must(t, err)
	w.who[models.RoleGridWorker] = models.Actor{UserID: u.ID, SecondFactor: true}
	return w.as(models.RoleGridWorker)
}

func (w *rollWorld) find(t *testing.T, words string) store.Person {
	t.Helper()
	people, err := w.t.FindResidents(ctx, w.as(models.RoleDirector), words)
	must(t, err)
	if len(people) != 1 {
		t.Fatalf("%q finds %d people", words, len(people))
	}
	return people[0]
}

// One rule masks on every screen; the roles table of domain.md F3 is what this
// test repeats.
func TestWhoSeesWhatOfAPerson(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	worker := w.gridWorker(t)
	id := w.find(t, "程凯兰").ID
	for _, tc := range []struct {
		name  string
		actor models.Actor
		want  []string // name, birth, document, phone, place
	}{
		{"director", w.as(models.RoleDirector), []string{"程凯兰", "1996-09-07", "9999**************", "199****0001", "1-101"}},
		{"member", w.as(models.RoleCommitteeMember), []string{"程凯兰", "1996", "9999**************", "199****0001", ""}},
		{"station", w.as(models.RoleStation), []string{"", "", "", "", ""}},
		{"grid worker", worker, []string{"程凯兰", "1996", "", "199****0001", "1-101"}},
	} {
		v, err := w.t.Resident(ctx, tc.actor, id)
		must(t, err)
		if tc.name == "station" {
			tc.want = []string{"程凯兰", "1996", "9999**************", "199****0001", "1-101"} // who stands at their desk
			people, _, err := w.t.Residents(ctx, tc.actor, store.ResidentFilter{Limit: 10})
			must(t, err)
			if len(people) != 0 {
				t.Errorf("the station leafs through %d people", len(people))
			}
		}
		if diff := cmp.Diff(tc.want, []string{v.Name, v.Birth, v.Document, v.Phone, v.Place}); diff != "" {
			t.Errorf("%s: %s", tc.name, diff)
		}
	}
	other := w.find(t, "周宁").ID
	if _, err := w.t.Resident(ctx, worker, other); !problem.Is(err, problem.NotFound) {
		t.Errorf("the grid worker opens another grid: %v", err)
	}
	people, _, err := w.t.Residents(ctx, worker, store.ResidentFilter{Limit: 10})
	must(t, err)
	if len(people) != 3 {
		t.Errorf("the grid worker lists %d people, want 3", len(people))
	}
	for _, a := range []models.Actor{{}, w.who[models.RoleClerk], w.who[models.RoleStreet]} {
		if _, _, err := w.t.Residents(ctx, a, store.ResidentFilter{Limit: 10}); !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.Unauthorized) {
			t.Errorf("%s lists the roll: %v", a.Name, err)
		}
	}
}

func TestFindingPeople(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	for words, want := range map[string]int{
		"吴": 2, "吴海": 1, "1号楼 101": 2, "2-501": 2, "2-1-501": 2, "2-2-501": 0, "999999 19960907 0084": 1, "199-0000-0003": 1, "1990000": 0, "%": 0, "_": 0, "": 0,
	} {
		people, err := w.t.FindResidents(ctx, w.as(models.RoleDirector), words)
		must(t, err)
		if len(people) != want {
			t.Errorf("%q finds %d people, want %d", words, len(people), want)
		}
	}
	people, err := w.t.FindResidents(ctx, w.as(models.RoleStation), "吴")
	must(t, err)
	if len(people) != 0 {
		t.Error("the station finds people by the beginning of a name")
	}
}

func TestDeskKeepsTheRoll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		desk := w.as(models.RoleStation)
		mother := w.find(t, "周宁")
		baby := store.ResidentDraft{Name: "吴小宝", Relation: "子", Sex: "m", Birth: models.DateOf(db.Now()), BuildingID: mother.BuildingID, Unit: "1", Room: "501"}
		id, err := w.t.AddResident(ctx, desk, baby)
		must(t, err)
		got := w.find(t, "吴小宝")
		if got.ID != id || got.HouseholdID != mother.HouseholdID || db.CommunityByID(w.c.ID).Residents != 6 {
			t.Fatalf("%+v, %d residents", got, db.CommunityByID(w.c.ID).Residents)
		}
		v, err := w.t.Resident(ctx, desk, id)
		must(t, err)
		change := baby
		change.Phone, change.DocumentKind, change.Document = "199 0000 0009", models.DocumentPassport, "e1234567"
		change.BuildingID, change.Room = w.find(t, "吴海").BuildingID, "103"
		must(t, w.t.ChangeResident(ctx, desk, id, v.UpdatedAt, change))
		if err := w.t.ChangeResident(ctx, desk, id, v.UpdatedAt, change); !problem.Is(err, problem.Conflict) && db.Now().After(v.UpdatedAt) {
			t.Errorf("an old form overwrites: %v", err)
		}
		if p := w.find(t, "E1234567"); p.ID != id || p.Place != "1-103" || p.Building != "1号楼" {
			t.Errorf("%+v", p)
		}
		must(t, w.t.LeaveResident(ctx, desk, id, store.LeaveMoved, models.DateOf(db.Now())))
		if err := w.t.LeaveResident(ctx, desk, id, store.LeaveMoved, models.DateOf(db.Now())); !problem.Is(err, problem.Conflict) {
			t.Errorf("left twice: %v", err)
		}
		must(t, w.t.ReturnResident(ctx, desk, id))
		must(t, w.t.LeaveResident(ctx, desk, id, store.LeaveDead, models.DateOf(db.Now())))
		if err := w.t.ReturnResident(ctx, desk, id); !problem.Is(err, problem.Conflict) {
			t.Errorf("back from the dead: %v", err)
		}
		if now := db.CommunityByID(w.c.ID); now.Residents != 5 || now.Households != 4 {
			t.Errorf("%d residents, %d households", now.Residents, now.Households)
		}
		must(t, w.t.SetHead(ctx, desk, mother.ID))
		head, err := w.t.Resident(ctx, desk, mother.ID)
		must(t, err)
		if !head.Head || head.Household[0].Head || head.Household[0].Relation != "" {
			t.Errorf("%+v", head)
		}
	})
}

func TestDeskRefuses(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	desk := w.as(models.RoleStation)
	b := w.find(t, "吴海").BuildingID
	_, err := w.t.AddResident(ctx, desk, store.ResidentDraft{DocumentKind: models.DocumentID, Document: "999999199609070085", Phone: "123", Birth: "2999-01-01"})
	p := problem.As(err)
	if p == nil {
		t.Fatal(err)
	}
	var fields []string
	for _, f := range []string{"name", "building", "room", "document", "phone", "birth"} {
		if _, ok := p.Fields[f]; ok {
			fields = append(fields, f)
		}
	}
	if len(fields) != 6 {
		t.Errorf("only %v are told", fields)
	}
	_, err = w.t.AddResident(ctx, desk, store.ResidentDraft{Name: "别人", BuildingID: b, Room: "9", DocumentKind: models.DocumentID, Document: "999999199609070084"})
	if p := problem.As(err); p == nil || p.Fields["document"].Key != "resident.document.known.active" {
		t.Errorf("one document twice: %v", err)
	}
	far := db.Community(t, "far")
	if _, err := db.In(far).Resident(ctx, desk, w.find(t, "吴海").ID); problem.As(err) == nil {
		t.Errorf("through another community: %v", err)
	}
	for _, role := range []models.Role{models.RoleClerk, models.RoleStreet} {
		if _, err := w.t.AddResident(ctx, w.who[role], store.ResidentDraft{Name: "别人", BuildingID: b, Room: "9"}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s enters people: %v", role, err)
		}
	}
	own := desk
	own.Links = []models.ResidentLink{{Tenant: models.Tenant{CommunityID: w.c.ID}, ResidentID: w.find(t, "吴海").ID, State: models.LinkConfirmed}}
	if err := w.t.LeaveResident(ctx, own, w.find(t, "吴海").ID, store.LeaveMoved, "2026-01-01"); !problem.Is(err, problem.Conflict) {
		t.Errorf("an officer serves themselves: %v", err)
	}
}

func TestUnmaskingLeavesARow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		id := w.find(t, "程凯兰").ID
		director := w.as(models.RoleDirector)
		if _, err := w.t.Unmask(ctx, director, id, "phone", ""); !problem.Is(err, problem.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		weak := director
		weak.SecondFactor = false
		for _, a := range []models.Actor{weak, w.as(models.RoleCommitteeMember), w.as(models.RoleStation)} {
			if _, err := w.t.Unmask(ctx, a, id, "phone", "联系办理社保"); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
		text, err := w.t.Unmask(ctx, director, id, "phone", "联系办理社保")
		must(t, err)
		if text != "19900000001" {
			t.Errorf("%q", text)
		}
		v, err := w.t.Resident(ctx, director, id)
		must(t, err)
		if len(v.Looks) != 1 || v.Looks[0].Reason != "联系办理社保" || v.Looks[0].ByName != director.Name {
			t.Errorf("%+v", v.Looks)
		}
		for range 19 {
			_, err = w.t.Unmask(ctx, director, id, "document", "联系办理社保")
			must(t, err)
		}
		if _, err := w.t.Unmask(ctx, director, id, "document", "联系办理社保"); !problem.Is(err, problem.TooMany) {
			t.Errorf("the 21st within an hour: %v", err)
		}
	})
}

func TestQueueOfClaims(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		desk := w.as(models.RoleStation)
		claim := func(phone, name string) models.ID {
			u, err := db.EnsureUser(ctx, storetest.System, phone, name)
			must(t, err)
			state, err := w.t.MatchResident(ctx, models.Actor{UserID: u.ID}, store.LinkClaim{Name: name, Digits: "000000", Building: "2", Room: "501"})
			must(t, err)
			if state != models.LinkPending {
				t.Fatalf("%s is %s", name, state)
			}
			return u.ID
		}
		first, second := claim("19922220001", "周宁"), claim("19922220002", "周宁")
		queue, err := w.t.LinkQueue(ctx, desk, 0, 10)
		must(t, err)
		if len(queue) != 2 || queue[0].UserID != first {
			t.Fatalf("%+v", queue)
		}
		one, err := w.t.LinkCase(ctx, desk, queue[0].ID)
		must(t, err)
		best := one.Candidates[0]
		if best.Name != "周宁" || !best.Match.Name || !best.Match.Household || best.Match.Taken || one.Phone != "199****0001" {
			t.Fatalf("%+v", one)
		}
		_, err = w.t.MatchResident(ctx, models.Actor{UserID: desk.UserID}, store.LinkClaim{Name: "周宁", Digits: "000000", Building: "2", Room: "501"})
		must(t, err)
		all, err := w.t.LinkQueue(ctx, desk, 0, 10)
		must(t, err)
		if err := w.t.DecideLink(ctx, desk, all[2].ID, store.LinkDecision{Resident: best.ID}); !problem.Is(err, problem.Conflict) || !all[2].Own {
			t.Errorf("somebody confirms themselves: %v", err)
		}
		must(t, w.t.DecideLink(ctx, desk, queue[0].ID, store.LinkDecision{Resident: best.ID, Desk: true}))
		if err := w.t.DecideLink(ctx, desk, queue[0].ID, store.LinkDecision{Resident: best.ID}); !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.NotFound) {
			t.Errorf("decided twice: %v", err)
		}
		take := store.LinkDecision{Resident: best.ID}
		if err := w.t.DecideLink(ctx, desk, queue[1].ID, take); !problem.Is(err, problem.Conflict) {
			t.Errorf("a person for two logins: %v", err)
		}
		take.Replace = true
		must(t, w.t.DecideLink(ctx, desk, queue[1].ID, take))
		v, err := w.t.Resident(ctx, desk, best.ID)
		must(t, err)
		if v.Link == nil || v.Link.UserID != second || v.Link.State != models.LinkOrdinary {
			t.Fatalf("%+v", v.Link)
		}
		must(t, w.t.ConfirmLink(ctx, desk, best.ID))
		must(t, w.t.EndLink(ctx, desk, best.ID))
		if err := w.t.EndLink(ctx, desk, best.ID); !problem.Is(err, problem.Conflict) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

func TestLeavingEndsTheLogin(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	u, err := db.EnsureUser(ctx, storetest.System, "19900000001", "程凯兰")
	must(t, err)
	state, err := w.t.MatchResident(ctx, models.Actor{UserID: u.ID}, store.LinkClaim{Name: "程凯兰", Digits: "070084", Building: "1", Room: "101"})
	must(t, err)
	if state != models.LinkConfirmed {
		t.Fatal(state)
	}
	id := w.find(t, "程凯兰").ID
	must(t, w.t.LeaveResident(ctx, w.as(models.RoleDirector), id, store.LeaveDead, models.DateOf(db.Now())))
	links, err := db.MyLinks(ctx, models.Actor{UserID: u.ID})
	must(t, err)
	if len(links) != 0 {
		t.Errorf("a login still acts for the dead: %+v", links)
	}
}

func TestRollAgainBringsBackAndShowsDifferences(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		director := w.as(models.RoleDirector)
		must(t, w.t.LeaveResident(ctx, director, w.find(t, "程凯兰").ID, store.LeaveMoved, "2026-01-01"))
		must(t, w.t.LeaveResident(ctx, director, w.find(t, "吴海").ID, store.LeaveDead, "2026-01-01"))
		db.Clock.Add(time.Second)
		again := strings.Replace(smallRoll, "1,501,H3,吴江,户主,男,,,19900000004", "1,502,H4,吴江,户主,男,,,19900000044", 1)
		again = again[:strings.LastIndex(again[:len(again)-1], "\n")+1] // without 周宁
		im, report, err := w.t.ImportRoll(ctx, director, "again.csv", []byte(again), store.RollOptions{})
		must(t, err)
		if report.Changed != 1 || report.Added != 1 || report.Bad != 1 || report.Same != 1 {
			t.Logf("%+v", report)
		}
		rows, err := w.t.RollRows(ctx, director, im.ID, models.RollChange, 0, 10)
		must(t, err)
		var fields []string
		for _, r := range rows {
			for _, d := range r.Changes {
				fields = append(fields, r.Name+" "+d.Field+" "+d.Old+" > "+d.New)
			}
		}
		want := []string{"程凯兰 back moved > active"}
		if diff := cmp.Diff(want, fields); diff != "" {
			t.Error(diff)
		}
		gone, err := w.t.RollGone(ctx, director, im.ID, 0, 10)
		must(t, err)
		if report.Gone != len(gone) {
			t.Errorf("%d gone are counted, %d listed", report.Gone, len(gone))
		}
		_, err = w.t.ConfirmRoll(ctx, director, im.ID, store.RollChoice{QueueBad: true, MoveGone: true})
		must(t, err)
		if p := w.find(t, "程凯兰"); p.State != models.ResidentActive {
			t.Errorf("not back: %+v", p)
		}
		if p := w.find(t, "吴海"); p.State != models.ResidentDead {
			t.Errorf("back from the dead: %+v", p)
		}
		queue, err := w.t.RollQueue(ctx, director, 0, 10)
		must(t, err)
		if len(queue) != 1 || queue[0].Errors[0].Key != store.RollDead {
			t.Fatalf("%+v", queue)
		}
		must(t, w.t.DropRow(ctx, director, queue[0].ID))
		if err := w.t.DropRow(ctx, director, queue[0].ID); problem.As(err) == nil {
			t.Error("dropped twice")
		}
	})
}

// What the desk changed while a file was being looked at is not overwritten.
func TestConfirmRefusesAfterTheRollHasChanged(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	director := w.as(models.RoleDirector)
	db.Clock.Add(time.Second)
	im, _, err := w.t.ImportRoll(ctx, director, "again.csv", []byte(smallRoll), store.RollOptions{})
	must(t, err)
	db.Clock.Add(time.Second)
	must(t, w.t.LeaveResident(ctx, director, w.find(t, "周宁").ID, store.LeaveMoved, "2026-01-01"))
	if _, err := w.t.ConfirmRoll(ctx, director, im.ID, store.RollChoice{}); !problem.Is(err, problem.Conflict) {
		t.Errorf("%v", err)
	}
}

func TestQueuedRowIsClearedAtTheDesk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		director := w.as(models.RoleDirector)
		bad := "网格,楼栋,单元,室,户号,姓名,与户主关系,性别,出生日期,身份证号,手机\n第1网格,1号楼,1,104,H9,郑新,户主,男,,999999199001010010,1990000\n" + smallRoll[strings.Index(smallRoll, "\n")+1:]
		im, err := w.t.StartRoll(ctx, director, "bad.csv", []byte(bad))
		must(t, err)
		for im.State == models.ImportRunning {
			r, err := w.t.RollImport(ctx, director, im.ID)
			must(t, err)
			im = &r.Import
		}
		if im.State != models.ImportStaged || im.Done != 6 || im.Total != 6 {
			t.Fatalf("%+v", im)
		}
		_, err = w.t.ConfirmRoll(ctx, director, im.ID, store.RollChoice{QueueBad: true})
		must(t, err)
		queue, err := w.t.RollQueue(ctx, director, 0, 10)
		must(t, err)
		if len(queue) != 1 || queue[0].Document != "9999**************" {
			t.Fatalf("%+v", queue)
		}
		d := store.ResidentDraft{Name: "郑新", DocumentKind: models.DocumentID, BuildingID: w.find(t, "程凯兰").BuildingID, Unit: "1", Room: "104"}
		if _, err := w.t.ClearRow(ctx, director, queue[0].ID, d); !problem.Is(err, problem.Invalid) {
			t.Fatalf("the wrong number of the file is taken: %v", err)
		}
		d.NoDocument, d.NoPhone = true, true
		id, err := w.t.ClearRow(ctx, director, queue[0].ID, d)
		must(t, err)
		if p := w.find(t, "郑新"); p.ID != id {
			t.Errorf("%+v", p)
		}
		if _, err := w.t.QueuedRow(ctx, director, queue[0].ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("still queued: %v", err)
		}
	})
}

func TestGridWorkerIsNamedByTheGrid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		w.gridWorker(t)
		grids, err := w.t.Grids(ctx)
		must(t, err)
		if grids[0].WorkerName != "网格员甲" || grids[0].WorkerPhone != "021-5555" || grids[0].Residents != 3 || len(grids[0].Buildings) != 1 {
			t.Fatalf("%+v", grids[0])
		}
		posts, err := w.t.Posts(ctx, w.who[models.RoleDirector])
		must(t, err)
		for _, p := range posts {
			if p.Role == models.RoleGridWorker {
				must(t, db.EndAppointment(ctx, w.who[models.RoleDirector], p.ID))
			} else if p.MayEnd {
				t.Errorf("the director may end the %s", p.Role)
			}
		}
		if grids, err = w.t.Grids(ctx); err != nil || grids[0].WorkerName != "" {
			t.Fatalf("%+v, %v", grids[0], err)
		}
		building := grids[0].Buildings[0]
		must(t, w.t.PutBuilding(ctx, w.who[models.RoleDirector], building.ID, grids[1].ID, building.Name))
		if p := w.find(t, "程凯兰"); p.Grid != "第2网格" {
			t.Errorf("a building moves without its people: %+v", p)
		}
		if err := w.t.PutGrid(ctx, w.who[models.RoleDirector], 0, store.GridDraft{Name: "第2网格"}); !problem.Is(err, problem.Invalid) {
			t.Errorf("two grids of one name: %v", err)
		}
	})
}

func TestProposalIsConfirmedByTheStreet(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		director, street := w.who[models.RoleDirector], w.who[models.RoleStreet]
		n := store.Nominee{LoginPhone: "19833330001", Appointment: models.Appointment{Name: "新委员", Role: models.RoleCommitteeMember,
			From: "2026-01-01", Until: "2030-12-31", Decision: "2026年补选"}}
		id, err := w.t.Propose(ctx, director, n)
		must(t, err)
		if err := w.t.AcceptProposal(ctx, director, id); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the director confirms the own proposal: %v", err)
		}
		must(t, w.t.AcceptProposal(ctx, street, id))
		if err := w.t.AcceptProposal(ctx, street, id); problem.As(err) == nil {
			t.Error("accepted twice")
		}
		second, err := w.t.Propose(ctx, director, n)
		must(t, err)
		must(t, w.t.RefuseProposal(ctx, street, second, "任期与选举结果不一致"))
		all, err := w.t.Proposals(ctx)
		must(t, err)
		var states []string
		for _, p := range all {
			states = append(states, fmt.Sprint(p.State, len(p.PhoneSeal)))
		}
		if diff := cmp.Diff([]string{"refused0", "accepted0"}, states); diff != "" {
			t.Error(diff)
		}
		u, err := db.EnsureUser(ctx, storetest.System, "19833330001", "")
		must(t, err)
		if !db.Guard().Roles(u.ID, w.c.ID, models.DateOf(db.Now())).Has(models.RoleCommitteeMember) {
			t.Error("accepted, but no role")
		}
		if _, err := w.t.Propose(ctx, w.who[models.RoleClerk], n); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a clerk proposes: %v", err)
		}
	})
}

func TestAppointableFollowsPolicy(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	for _, role := range w.t.Appointable(w.who[models.RoleDirector], models.LevelCommunity) {
		if policy.CommitteeRoles.Has(role) || role == models.RoleSupervisor || role == models.RoleClerk {
			t.Errorf("the director may appoint the %s", role)
		}
	}
	if got := w.t.Appointable(w.who[models.RoleClerk], models.LevelCommunity); got != nil {
		t.Errorf("the clerk appoints %v", got)
	}
	if got := w.t.Appointable(w.who[models.RoleDistrict], models.LevelStreet); len(got) == 0 {
		t.Error("the district appoints nobody at the street")
	}
}
