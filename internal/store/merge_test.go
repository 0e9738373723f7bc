package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// twin puts a second record of 程凯兰 on the roll: by her passport, at the home
// of 吴海, with another telephone.
func (w *rollWorld) twin(t *testing.T) (first, second store.Person) {
	t.Helper()
	first = w.find(t, "程凯兰")
	grids, err := w.t.Grids(ctx)
	must(t, err)
	id, err := w.t.AddResident(ctx, w.as(models.RoleCommitteeMember), store.ResidentDraft{Name: "程凯蓝", Sex: "f", Birth: "1996-09-07",
		DocumentKind: models.DocumentPassport, Document: "E12345678", Phone: "19900000009", Politics: "群众",
		BuildingID: grids[0].Buildings[0].ID, Unit: "1", Room: "102"})
	must(t, err)
	second = w.find(t, "程凯蓝")
	if second.ID != id {
		t.Fatal("found somebody else")
	}
	return first, second
}

func (w *rollWorld) draft(t *testing.T, keep, drop models.ID, take ...string) store.MergeDraft {
	t.Helper()
	v, err := w.t.MergePreview(ctx, w.as(models.RoleDirector), keep, drop)
	must(t, err)
	return store.MergeDraft{Keep: keep, Drop: drop, KeepSeen: v.Keep.UpdatedAt, DropSeen: v.Drop.UpdatedAt, Take: take, Reason: "both papers seen at the desk"}
}

func (w *rollWorld) merge(t *testing.T, keep, drop models.ID, take ...string) error {
	t.Helper()
	return w.t.MergeResidents(ctx, w.as(models.RoleDirector), w.draft(t, keep, drop, take...))
}

func TestMergeShowsWhatDiffers(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	first, second := w.twin(t)
	v, err := w.t.MergePreview(ctx, w.as(models.RoleDirector), first.ID, second.ID)
	must(t, err)
	var fields []string
	for _, d := range v.Differences {
		fields = append(fields, d.Field)
		if d.Take != (d.Field == "politics") {
			t.Errorf("%s: proposes the second %v", d.Field, d.Take)
		}
		if strings.Contains(d.Keep+d.Drop, "999999199609070084") || strings.Contains(d.Keep+d.Drop, "19900000009") {
			t.Errorf("%s is not masked: %+v", d.Field, d)
		}
	}
	want := []string{"name", "document", "phone", "household", "relation", "politics"}
	if d := cmp.Diff(want, fields); d != "" {
		t.Error(d)
	}
	again, err := w.t.MergeCandidates(ctx, w.as(models.RoleDirector), first.ID)
	must(t, err)
	if len(again) != 0 { // another name, telephone and home
		t.Errorf("%+v", again)
	}
}

// Everything that names the second record names the first afterwards.
func TestMergeTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		first, second := w.twin(t)
		neighbour := w.find(t, "吴海")
		kin := &kinWorld{desk: &desk{DB: db, t: t, c: w.c}}
		u, err := db.EnsureUser(ctx, storetest.System, "19800000066", "程凯蓝")
		must(t, err)
		actor := kin.tie(models.Actor{UserID: u.ID}, second.ID)
		_, err = w.t.RecordKinship(ctx, w.as(models.RoleCommitteeMember), store.KinshipDraft{First: store.Named{Someone: models.Someone{ResidentID: second.ID}},
			Other: store.Named{Someone: models.Someone{ResidentID: neighbour.ID}}, Kin: models.KinSpouse, Evidence: "certificate"})
		must(t, err)
		_, err = w.t.Unmask(ctx, w.as(models.RoleDirector), second.ID, "phone", "call back about the form")
		must(t, err)
		before := w.CommunityByIDNow(t)

		must(t, w.merge(t, first.ID, second.ID, "phone", "household", "politics"))

		kept, err := w.t.Resident(ctx, w.as(models.RoleDirector), first.ID)
		must(t, err)
		if kept.Name != "程凯兰" || kept.Room != "102" || kept.Politics != "群众" || kept.Link == nil || len(kept.Looks) != 1 || kept.DocumentKind != models.DocumentID {
			t.Errorf("kept: %+v", kept)
		}
		phone, err := w.t.Unmask(ctx, w.as(models.RoleDirector), first.ID, "phone", "looks whether it is sealed anew")
		must(t, err)
		if phone != "19900000009" {
			t.Errorf("telephone is %q", phone)
		}
		gone, err := w.t.Resident(ctx, w.as(models.RoleDirector), second.ID)
		must(t, err)
		if gone.State != models.ResidentMerged || gone.Into != first.ID || gone.Link != nil {
			t.Errorf("merged: %+v", gone)
		}
		found, err := w.t.FindResidents(ctx, w.as(models.RoleDirector), "程凯蓝")
		must(t, err)
		if len(found) != 0 {
			t.Error("the merged record is still found")
		}
		mine, err := w.t.Kinships(ctx, models.Actor{UserID: actor.UserID, Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: w.c.ID},
			UserID: u.ID, ResidentID: first.ID, State: models.LinkConfirmed}}})
		must(t, err)
		if len(mine) != 1 || mine[0].ResidentID != first.ID || mine[0].EndedAt != nil {
			t.Errorf("relatives: %+v", mine)
		}
		if now := w.CommunityByIDNow(t); now.Residents != before.Residents-1 {
			t.Errorf("%d residents, were %d", now.Residents, before.Residents)
		}
		refused(t, w.merge(t, first.ID, second.ID), problem.Conflict, "policy.merge.done")
	})
}

// CommunityByIDNow reads the maintained counts anew.
func (w *rollWorld) CommunityByIDNow(t *testing.T) *models.Community {
	t.Helper()
	must(t, w.Load(ctx))
	return w.CommunityByID(w.c.ID)
}

// The file of the roll still has both rows: importing it again brings nobody
// back and finds nobody gone.
func TestMergedPersonDoesNotComeBackWithTheNextImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		first := w.find(t, "程小满")
		grids, err := w.t.Grids(ctx)
		must(t, err)
		id, err := w.t.AddResident(ctx, w.as(models.RoleCommitteeMember), store.ResidentDraft{Name: "程小满", Sex: "m", Birth: "2018-05-01",
			BuildingID: grids[0].Buildings[0].ID, Unit: "1", Room: "102"})
		must(t, err)
		must(t, w.merge(t, first.ID, id))
		db.Clock.Add(time.Second)
		moved := strings.Replace(smallRoll, "101,H1,程小满,子", "102,H2,程小满,子", 1)
		im, report, err := w.t.ImportRoll(ctx, storetest.System, "b.csv", []byte(moved), store.RollOptions{})
		must(t, err)
		if report.Added != 0 || report.Changed != 0 || report.Gone != 0 || report.Same != 5 {
			t.Errorf("%+v", report)
		}
		_, err = w.t.ConfirmRoll(ctx, storetest.System, im.ID, store.RollChoice{MoveGone: true})
		must(t, err)
		if now, err := w.t.FindResidents(ctx, w.as(models.RoleDirector), "程小满"); err != nil || len(now) != 1 || now[0].State != models.ResidentActive {
			t.Errorf("%+v %v", now, err)
		}
	})
}

func TestMergeRefusals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		first, second := w.twin(t)
		d := w.draft(t, first.ID, second.ID)
		for _, role := range []models.Role{models.RoleCommitteeMember, models.RoleStation, models.RoleClerk} {
			refused(t, w.t.MergeResidents(ctx, w.as(role), d), problem.Forbidden, "policy.forbidden")
		}
		refused(t, w.t.MergeResidents(ctx, models.Actor{}, d), problem.Unauthorized, "policy.login")
		far := db.In(db.Community(t, "far"))
		if err := far.MergeResidents(ctx, w.as(models.RoleDirector), d); !problem.Is(err, problem.Forbidden) {
			t.Errorf("in another community: %v", err)
		}
		short := d
		short.Reason = "same"[:3]
		if err := w.t.MergeResidents(ctx, w.as(models.RoleDirector), short); !problem.Is(err, problem.Invalid) {
			t.Errorf("no reason: %v", err)
		}
		own := w.as(models.RoleDirector)
		own.Links = []models.ResidentLink{{Tenant: models.Tenant{CommunityID: w.c.ID}, UserID: own.UserID, ResidentID: second.ID, State: models.LinkConfirmed}}
		refused(t, w.t.MergeResidents(ctx, own, d), problem.Conflict, "resident.own")
		refused(t, w.merge(t, first.ID, first.ID), problem.Invalid, "policy.merge.same")
		odd := d
		odd.Take = []string{"state"}
		if err := w.t.MergeResidents(ctx, w.as(models.RoleDirector), odd); !problem.Is(err, problem.Invalid) {
			t.Errorf("an unknown field: %v", err)
		}
		db.Clock.Add(time.Second)
		must(t, w.t.LeaveResident(ctx, w.as(models.RoleCommitteeMember), first.ID, store.LeaveMoved, "2026-11-01"))
		refused(t, w.t.MergeResidents(ctx, w.as(models.RoleDirector), d), problem.Conflict, "page.conflict") // changed since it was shown
		refused(t, w.merge(t, first.ID, second.ID), problem.Conflict, "policy.merge.turn")
		must(t, w.merge(t, second.ID, first.ID))
	})
}

// Recorded relatives are two people.
func TestRelativesAreNotMerged(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	w := newRollWorld(t, db)
	first, second := w.twin(t)
	_, err := w.t.RecordKinship(ctx, w.as(models.RoleCommitteeMember), store.KinshipDraft{First: store.Named{Someone: models.Someone{ResidentID: first.ID}},
		Other: store.Named{Someone: models.Someone{ResidentID: second.ID}}, Kin: models.KinSibling, Evidence: "register"})
	must(t, err)
	refused(t, w.merge(t, first.ID, second.ID), problem.Conflict, "resident.merge.relatives")
}

// Two officers merge the same two records at once, the other way round.
func TestMergeAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		first, second := w.twin(t)
		other := db.Second(t)
		must(t, other.Load(ctx))
		drafts := []store.MergeDraft{w.draft(t, first.ID, second.ID), w.draft(t, second.ID, first.ID)}
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, s := range []*store.Store{db.Store, other} {
			wg.Go(func() { errs[i] = s.In(w.c).MergeResidents(ctx, w.as(models.RoleDirector), drafts[i]) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("one must win: %v", errs)
		}
		for _, err := range errs {
			if err != nil && problem.As(err) == nil {
				t.Errorf("%v", err)
			}
		}
	})
}

// Every column that names a person on the roll follows; a new table's does so
// by its name alone.
func TestEveryTableFollowsAMerge(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	columns := db.PeopleColumns(t)
	for _, want := range []string{"resident_links.resident_id", "unmaskings.resident_id", "corrections.resident_id",
		"kinships.resident_id", "kinships.other_resident_id", "candidates.resident_id"} {
		if !strings.Contains(columns, " "+want+" ") {
			t.Errorf("%s does not follow: %s", want, columns)
		}
	}
	if strings.Contains(columns, " voters.") {
		t.Error("rows of a roll of voters follow by a rule of their own: followVoters")
	}
	if strings.Contains(columns, "roll_rows") {
		t.Error("staged rows must not follow: their seals are bound to the record")
	}
}
