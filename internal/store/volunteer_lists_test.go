package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// grow brings n volunteers with an hour each, all with a place in a dangerous
// activity.
func (k *corps) grow(from, n int, shift models.Shift) []*models.Volunteer {
	k.t.Helper()
	var all []*models.Volunteer
	var ids []models.ID
	for i := from; i < from+n; i++ {
		a, v := k.join(fmt.Sprint("众", i))
		_, err := k.in().SignUp(ctx, a, store.Taking{Shift: shift.ID, Agreed: true})
		must(k.t, err)
		h, err := k.in().EnterHours(ctx, k.director, store.HoursEntry{Number: v.Number, What: "巡逻", Day: "2026-11-20", Minutes: 60 + i, Reason: "补登"})
		must(k.t, err)
		all, ids = append(all, v), append(ids, h.ID)
	}
	left, err := k.in().DecideHours(ctx, k.member, ids, true, "")
	must(k.t, err)
	if len(left) > 0 {
		k.t.Fatalf("%+v", left)
	}
	return all
}

func (k *corps) dangerous() models.Shift {
	k.t.Helper()
	d := k.draft(500)
	d.Risk, d.RiskText, d.Safeguard, d.Insurer, d.PolicyNo, d.InsuredTo = true, "高处", "安全带", "人保", "P-1", models.DateOf(k.Now()).AddDays(30)
	a, err := k.in().CreateActivity(ctx, k.member, d)
	must(k.t, err)
	return k.shifts(a)[0]
}

// Pages about volunteers cost the same number of queries whether two people
// serve or forty.
func TestVolunteerPagesAskAConstantNumberOfTimes(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	k := newCorps(t, db)
	day := models.DateOf(db.Now())
	shift := k.dangerous()
	counts := map[string][]int{}
	measure := func(v *models.Volunteer) {
		for name, fn := range map[string]func() error{
			"gauge":    func() error { _, err := k.in().Gauge(ctx, day); return err },
			"figure":   func() error { _, err := k.in().GaugeFigure(ctx, day); return err },
			"my page":  func() error { _, err := k.in().MyService(ctx, v, db.Now()); return err },
			"my hours": func() error { _, _, err := k.in().MyHours(ctx, v, 0); return err },
			"list":     func() error { _, _, err := k.in().VolunteerList(ctx, store.VolunteerFilter{}, 0); return err },
			"queue": func() error {
				_, _, err := k.in().HoursQueue(ctx, store.HoursFilter{State: models.HoursApproved}, 0)
				return err
			},
			"work":       func() error { _, err := k.in().VolunteerWork(ctx, day); return err },
			"commend":    func() error { _, err := k.in().Commendation(ctx, k.member, "2026-01", "2026-12", 1); return err },
			"insurance":  func() error { _, err := k.in().InsuranceList(ctx, k.member); return err },
			"activities": func() error { _, _, err := k.in().Activities(ctx, db.Now(), 0); return err },
			"hours out":  func() error { return k.in().EachHours(ctx, k.member, func(store.ExportedHours) bool { return true }) },
			"people out": func() error {
				return k.in().EachVolunteer(ctx, k.member, func(store.ExportedVolunteer) bool { return true })
			},
		} {
			counts[name] = append(counts[name], db.CountStatements(t, func() { must(t, fn()) }))
		}
	}
	measure(k.grow(0, 2, shift)[0])
	measure(k.grow(2, 38, shift)[0])
	for name, n := range counts {
		if n[0] != n[1] || n[0] == 0 || n[0] > 16 {
			t.Errorf("%s asks %d times with 2 people and %d times with 40", name, n[0], n[1])
		}
	}
}

// Who stands on the lists, in which order, and who may read them.
func TestCommendationInsuranceAndExports(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		shift := k.dangerous()
		people := k.grow(0, 3, shift)
		list, err := k.in().Commendation(ctx, k.member, "2026-11", "2026-11", 1)
		must(t, err)
		var got []string
		for _, c := range list {
			got = append(got, fmt.Sprint(c.Name, " ", c.Served))
		}
		if diff := cmp.Diff([]string{"众2 62", "众1 61", "众0 60"}, got); diff != "" {
			t.Error(diff)
		}
		must(t, k.in().Exclude(ctx, k.member, people[2].ID, models.DateOf(db.Now()).AddDays(400), "虚报时长了"))
		if list, err = k.in().Commendation(ctx, k.member, "2026-11", "2026-11", 1); err != nil || len(list) != 2 {
			t.Errorf("with somebody excluded: %d %v", len(list), err)
		}
		if list, err = k.in().Commendation(ctx, k.member, "2026-11", "2026-11", 2); err != nil || len(list) != 0 {
			t.Errorf("two hours: %d %v", len(list), err)
		}
		insured, err := k.in().InsuranceList(ctx, k.member)
		must(t, err)
		if len(insured) != 2 || !insured[0].Covered { // who was excluded has given the place back
			t.Errorf("%+v", insured)
		}
		db.Clock.Set(shift.EndsAt.Add((insuredDays + 1) * 24 * time.Hour))
		if insured, err = k.in().InsuranceList(ctx, k.member); err != nil || len(insured) != 0 {
			t.Errorf("long after: %d %v", len(insured), err)
		}
		rows, _, err := k.in().MyHours(ctx, people[0], 0)
		must(t, err)
		must(t, k.in().ReverseHours(ctx, k.another, rows[0].ID, "重复登记了"))
		sum, n := 0, 0
		must(t, k.in().EachHours(ctx, k.member, func(h store.ExportedHours) bool {
			sum, n = sum+h.Minutes, n+1
			return true
		}))
		if n != 4 || sum != 61+62 {
			t.Errorf("%d records with %d minutes; a reversal stands beside what it undoes", n, sum)
		}
		people2 := 0
		must(t, k.in().EachVolunteer(ctx, k.member, func(store.ExportedVolunteer) bool { people2++; return true }))
		if people2 != 4 {
			t.Errorf("%d people", people2)
		}
		for name, a := range map[string]models.Actor{"supervisor": k.supervisor, "leader": k.leader, "street": k.street} {
			_, err := k.in().Commendation(ctx, a, "2026-11", "2026-11", 1)
			_, err2 := k.in().InsuranceList(ctx, a)
			err3 := k.in().EachHours(ctx, a, func(store.ExportedHours) bool { t.Errorf("%s reads a record", name); return false })
			for _, err := range []error{err, err2, err3} {
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		k.clean()
	})
}

const insuredDays = 30

// Another leader takes the team and its coming activities.
func TestTeamGetsAnotherLeader(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		g, err := k.in().CreateTeam(ctx, k.member, store.TeamDraft{Name: "送餐队", Purpose: "送餐", Contact: "食堂", LeaderNo: k.lead.Number})
		must(t, err)
		d := k.draft(3)
		d.TeamID = g.ID
		a, err := k.in().CreateActivity(ctx, k.member, d)
		must(t, err)
		next, v := k.join("孙志愿")
		refused(t, k.in().HandOverTeam(ctx, k.leader, g.ID, v.Number), problem.Forbidden, "policy.forbidden")
		if err := k.in().HandOverTeam(ctx, k.member, g.ID, "2026000000"); fieldKey(err, "leader") != "volunteer.number.unknown" {
			t.Errorf("nobody: %v", err)
		}
		must(t, k.in().HandOverTeam(ctx, k.member, g.ID, v.Number))
		_, err = k.in().Lead(ctx, k.leader, a.ID)
		refused(t, err, problem.Forbidden, "activity.leader.only")
		_, err = k.in().Lead(ctx, next, a.ID)
		must(t, err)
		teams, err := k.in().Teams(ctx)
		must(t, err)
		if teams[0].Members != 2 || teams[0].LeaderID != v.ID {
			t.Errorf("%+v", teams)
		}
		k.clean()
	})
}
