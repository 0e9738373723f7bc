package portal

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// shiftEvent is what an independent parser understood of a shift.
type shiftEvent struct{ UID, Title, Text, Place, Status, Start, End string }

func readCalendar(t *testing.T, file string) (all []shiftEvent) {
	t.Helper()
	node, err := exec.LookPath("node")
	if _, missing := os.Stat("../node_modules/ical.js"); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err, missing)
		}
		t.Skip("node or ical.js is not installed")
	}
	cmd := exec.Command(node, "../internal/web/testdata/read-calendar.mjs")
	cmd.Stdin = strings.NewReader(file)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, file)
	}
	ok(t, json.Unmarshal(out, &all))
	return all
}

// Shifts are understood by the calendar of a phone: all of an activity for who
// reads, one's own for who has a place, called off when it is. Nobody has a place
// in dangerous work who has not said to have read the risks.
func TestShiftsInACalendarAndRisksReadFirst(t *testing.T) {
	ctx := context.Background()
	p := &polls{books: &books{site: newSite(t), people: map[models.Role]models.Actor{}}}
	portal := &Portal{Store: p.Store}
	p.edge.Mount(portal.homeRoutes(), portal.togetherRoutes(), portal.volunteerRoutes(), portal.activityRoutes())
	p.c = p.Community(t, "hemuli")
	member := p.officer(t, models.RoleCommitteeMember, 0)
	tenant := p.In(p.c)
	u, err := p.EnsureUser(ctx, storetest.System, "13700000042", "Sun")
	ok(t, err)
	sun, err := tenant.Join(ctx, models.Actor{UserID: u.ID}, store.VolunteerDraft{Name: "Sun", Birth: "1980-05-20", Skills: []string{"green"}, Agree: true})
	ok(t, err)
	opened, err := p.DemoSession(ctx, u.ID, store.Device{Name: "phone"})
	ok(t, err)
	first := models.DateOf(p.Now()).AddDays(6).Time().Add(9 * time.Hour)
	plan := store.ActivityDraft{LeaderNo: sun.Number,
		Activity: models.Activity{Title: "修剪枯枝, 一起来; 12幢", Body: "和园林师傅一起修剪楼间的枯枝。", Place: "中心花园", Kind: "green", Target: "everyone",
			Risk: true, RiskText: "枯枝会砸伤人", Safeguard: "戴安全帽", Insurer: "人保财险", PolicyNo: "P1", InsuredTo: models.DateOf(p.Now()).AddDays(30)},
		Jobs: []store.JobDraft{{Title: "清运", Shifts: []store.ShiftDraft{{Begins: first, Ends: first.Add(2 * time.Hour), Places: 2}, {Begins: first.AddDate(0, 0, 7), Ends: first.AddDate(0, 0, 7).Add(time.Hour), Places: 2}}}}}
	a, err := tenant.CreateActivity(ctx, member, plan)
	ok(t, err)
	desk, err := tenant.ActivityDesk(ctx, a.ID)
	ok(t, err)
	page := "/hemuli/activities/" + a.ID.String()
	both := readCalendar(t, p.visitor(t).see(page+"/calendar.ics").want(200).body)
	want := shiftEvent{UID: both[0].UID, Title: plan.Title, Text: "清运", Place: "中心花园", Status: "CONFIRMED",
		Start: first.UTC().Format("2006-01-02T15:04:05Z"), End: first.Add(2 * time.Hour).UTC().Format("2006-01-02T15:04:05Z")}
	if len(both) != 2 || both[0] != want || both[0].UID == both[1].UID {
		t.Fatalf("read %+v\nmeant %+v", both, want)
	}
	v := p.visitor(t)
	v.cookies["juwu"] = opened.Token
	shift := page + "/shifts/" + desk.Shifts[0].Shift.ID.String()
	v.see(shift).want(200, "枯枝会砸伤人", "戴安全帽", "人保财险")
	v.post(shift).want(422, "枯枝会砸伤人")
	v.see(shift).post(shift, "agreed", "1").want(200, plan.Title)
	own := readCalendar(t, v.see(page+"/calendar.ics").want(200).body)
	if len(own) != 1 || own[0] != want {
		t.Errorf("read %+v", own)
	}
	ok(t, tenant.CancelActivity(ctx, member, a.ID, "那天刮大风，改期"))
	if off := readCalendar(t, p.visitor(t).see(page+"/calendar.ics").body); len(off) != 2 || off[0].Status != "CANCELLED" || off[0].UID != want.UID {
		t.Errorf("read %+v", off)
	}
}
