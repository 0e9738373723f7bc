package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// neighbours adds one adult to each of n households of a residents' group and
// returns them; every one has a telephone.
func (d *desk) neighbours(group string, n int) []models.ID {
	d.t.Helper()
	var ids []models.ID
	for i := range n {
		room := fmt.Sprintf("%d%02d", i/4+1, i%4+1)
		id, err := d.in().AddResident(ctx, d.director, store.ResidentDraft{
			Name: fmt.Sprintf("居民%s%02d", strings.Trim(group, "第组"), i), Relation: "户主", Birth: models.Date(fmt.Sprintf("1980-05-%02d", i%28+1)), GroupName: group, NoDocument: true,
			BuildingID: d.building(group), Unit: "1单元", Room: room, Phone: fmt.Sprintf("1990%03d%04d", len(group)*7%1000+int(group[len(group)-4]), i),
		})
		must(d.t, err)
		ids = append(ids, id)
	}
	return ids
}

func TestSmallBodiesAreElectedByTwoOfficers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		people := d.neighbours("第1组", 8)
		body, err := d.in().SaveBody(ctx, d.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: 2})
		must(t, err)
		v := d.opened(body, models.SitsRep, 2)
		if v.Entitled != 8 {
			t.Fatalf("%d entitled", v.Entitled)
		}
		for _, p := range people[:3] {
			must(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, p))
		}
		refused(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, people[0]), problem.Conflict, "body.candidate.twice")
		view := d.vote(v.ID)
		d.took(view, 4)
		counts := map[models.ID]int{view.Candidates[0].ID: 4, view.Candidates[1].ID: 3, view.Candidates[2].ID: 1}
		must(t, d.in().CountBodyVote(ctx, d.member, v.ID, counts, 0))
		_, err = d.in().ConfirmBodyVote(ctx, d.director, v.ID)
		refused(t, err, problem.Conflict, "body.vote.few") // 4 of 8 is not more than half
		must(t, d.in().RecountBodyVote(ctx, d.director, v.ID))
		d.took(view, 5)
		counts[view.Candidates[2].ID] = 2
		must(t, d.in().CountBodyVote(ctx, d.member, v.ID, counts, 0))
		_, err = d.in().ConfirmBodyVote(ctx, d.member, v.ID)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		decision, err := d.in().ConfirmBodyVote(ctx, d.director, v.ID)
		must(t, err)
		_, err = d.in().ConfirmBodyVote(ctx, d.supervisor, v.ID)
		refused(t, err, problem.Conflict, "policy.state")
		reps, err := d.in().Representatives(ctx, d.day())
		must(t, err)
		if len(reps) != 2 || reps[0].DecisionID != decision.ID || reps[0].UserID == 0 {
			t.Fatalf("%+v", reps)
		}
		if !db.Guard().RolesOf(models.Actor{UserID: reps[0].UserID}, d.c, d.day()).Has(models.RoleResidentRep) {
			t.Error("the role did not follow")
		}
		if ok, err := d.in().DecisionCovers(ctx, " "+decision.Number, models.MatterElect); err != nil || !ok {
			t.Error(ok, err)
		}
		d.leaderAndVacancy(body, reps)
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

// leaderAndVacancy: a leader is chosen from the representatives; whoever leaves
// is replaced by the first substitute, once.
func (d *desk) leaderAndVacancy(body models.ID, reps []models.Mandate) {
	t := d.t
	t.Helper()
	v := d.opened(body, models.SitsHead, 1)
	all, err := d.in().BodyMandates(ctx, body)
	must(t, err)
	for _, m := range all {
		if m.State == models.MandateSubstitute {
			refused(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, m.ResidentID), problem.Conflict, "policy.stand.rep")
		}
	}
	must(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, reps[0].ResidentID))
	must(t, d.in().VoidBodyVote(ctx, d.member, v.ID, "改日再选"))
	refused(t, d.in().EndMandate(ctx, d.clerk, reps[0].ID, store.MandateEnd{Reason: "", Day: d.day()}), problem.Invalid, "form.length")
	must(t, d.in().EndMandate(ctx, d.member, reps[0].ID, store.MandateEnd{Reason: "迁出", Day: d.day()}))
	refused(t, d.in().EndMandate(ctx, d.member, reps[0].ID, store.MandateEnd{Reason: "迁出", Day: d.day()}), problem.Conflict, "page.conflict")
	if d.Guard().RolesOf(models.Actor{UserID: reps[0].UserID}, d.c, d.day()).Has(models.RoleResidentRep) {
		t.Error("the role outlived the mandate")
	}
	next, err := d.in().FillVacancy(ctx, d.member, reps[0].ID)
	must(t, err)
	if next.ReplacesID != reps[0].ID || next.State != models.MandateServing {
		t.Errorf("%+v", next)
	}
	_, err = d.in().FillVacancy(ctx, d.member, reps[0].ID)
	refused(t, err, problem.Conflict, "body.vacancy.none")
	now, err := d.in().Representatives(ctx, d.day())
	must(t, err)
	if len(now) != 2 {
		t.Errorf("%d representatives", len(now))
	}
}

func (d *desk) opened(body models.ID, post models.Seat, seats int) *models.BodyVote {
	d.t.Helper()
	v, err := d.in().OpenBodyVote(ctx, d.member, store.BodyVoteDraft{Body: body, Post: post, Method: models.MethodHands, Unit: models.UnitHousehold,
		Day: d.day(), Place: "活动室", Seats: seats, Witness: "王五", From: d.day(), Until: d.day().AddDays(1000)})
	must(d.t, err)
	return v
}

func (d *desk) vote(id models.ID) *store.BodyVoteView {
	d.t.Helper()
	v, err := d.in().BodyVote(ctx, id)
	must(d.t, err)
	return v
}

func (d *desk) took(v *store.BodyVoteView, n int) {
	d.t.Helper()
	var ids []models.ID
	for _, x := range v.Voters[:n] {
		ids = append(ids, x.ID, x.ID)
	}
	must(d.t, d.in().MarkBodyVoters(ctx, d.member, v.ID, append(ids, 4711)))
}

// Two processes confirm one count: one decision, one set of mandates.
func TestConfirmedOnceByTwoProcesses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		people := d.neighbours("第2组", 4)
		body, err := d.in().SaveBody(ctx, d.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第2居民小组", GroupName: "第2组", Seats: 1})
		must(t, err)
		v := d.opened(body, models.SitsRep, 1)
		must(t, d.in().AddBodyCandidate(ctx, d.member, v.ID, people[0]))
		view := d.vote(v.ID)
		d.took(view, 4)
		must(t, d.in().CountBodyVote(ctx, d.member, v.ID, map[models.ID]int{view.Candidates[0].ID: 4}, 0))
		other := db.Second(t)
		must(t, other.Load(ctx))
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, s := range []*store.Store{db.Store, other} {
			by := []models.Actor{d.director, d.supervisor}[i]
			wg.Go(func() { _, errs[i] = s.In(d.c).ConfirmBodyVote(ctx, by, v.ID) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("one must win: %v, %v", errs[0], errs[1])
		}
		all, _, err := d.in().Decisions(ctx, store.DecisionFilter{Limit: 9})
		must(t, err)
		if len(all) != 1 {
			t.Errorf("%d decisions", len(all))
		}
	})
}

// building is the building in which a test's group lives; one for each.
func (d *desk) building(name string) models.ID {
	d.t.Helper()
	find := func() (grid, building models.ID) {
		grids, err := d.in().Grids(ctx)
		must(d.t, err)
		for _, g := range grids {
			grid = g.ID
			for _, b := range g.Buildings {
				if b.Name == name {
					return grid, b.ID
				}
			}
		}
		return grid, 0
	}
	grid, building := find()
	if grid == 0 {
		must(d.t, d.in().PutGrid(ctx, d.director, 0, store.GridDraft{Name: "网格"}))
		grid, _ = find()
	}
	if building == 0 {
		must(d.t, d.in().PutBuilding(ctx, d.director, 0, grid, name))
		_, building = find()
	}
	return building
}
