package portal

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// gathering is a community whose committee calls people to meetings, and
// another one beside it.
type gathering struct {
	*books
	tenant *store.Tenant
	homes  int
	roll   map[*visitor]models.ResidentLink
	users  map[*visitor]models.ID
}

// gatherStart is a Wednesday evening nine days after the tests begin.
var gatherStart = time.Date(2026, 12, 2, 19, 0, 0, 0, models.Shanghai)

func newGathering(t testing.TB) *gathering { return newGatheringOn(t, storetest.New(t)) }

func newGatheringOn(t testing.TB, db *storetest.DB) *gathering {
	t.Helper()
	g := &gathering{books: &books{site: newSiteOn(t, db), people: map[models.Role]models.Actor{}}, roll: map[*visitor]models.ResidentLink{}, users: map[*visitor]models.ID{}}
	p := &Portal{Store: g.Store}
	g.edge.Mount(p.homeRoutes(), p.confirmRoutes(), p.topicRoutes(), p.meetingRoutes(), p.gradeRoutes(), p.mediationRoutes())
	g.c = g.Community(t, "hemuli")
	g.Community(t, "other")
	for i, role := range []models.Role{models.RoleCommitteeMember, models.RoleDirector, models.RoleSupervisor, models.RoleMediator, models.RoleMediationHead, models.RoleStreet} {
		g.people[role] = g.officer(t, role, i)
	}
	g.tenant = g.In(g.c)
	return g
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func seatsOf(part models.MeetingPart, pool models.MeetingPool, n int) policy.LotterySeats {
	return policy.LotterySeats{Part: part, Pool: pool, Total: n}
}

func (g *gathering) draft(kind models.MeetingKind, seats ...policy.LotterySeats) store.MeetingDraft {
	d := store.MeetingDraft{
		Kind: kind, Title: "加装电梯", Summary: "听取各户意见，比较两个方案。", Place: "社区活动室", Start: gatherStart, End: gatherStart.Add(90 * time.Minute),
		Chair: "钟梅", Recorder: "林梅庆", Items: []store.MeetingItemDraft{{Title: "发言", Minutes: 40}}, Seats: seats,
	}
	for _, b := range policy.MeetingRuleOf(kind).Must {
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: b, Name: string(b)})
	}
	return d
}

// call publishes a meeting and gives its address.
func (g *gathering) call(t testing.TB, d store.MeetingDraft) (id models.ID, path string) {
	t.Helper()
	by := []models.Role{models.RoleCommitteeMember, models.RoleDirector}
	if d.Kind == models.MeetingAppraisal || d.Kind == models.MeetingReview {
		by = []models.Role{models.RoleSupervisor, models.RoleSupervisor}
	}
	m, err := g.tenant.CreateMeeting(context.Background(), g.people[by[0]], d)
	ok(t, err)
	ok(t, g.tenant.PublishMeeting(context.Background(), g.people[by[1]], m.ID, store.BoardText{Title: "公告", Body: "时间、地点、内容、参加人。"}, m.UpdatedAt))
	return m.ID, "/hemuli/meetings/" + m.ID.String()
}

// neighbour has a login and is on no roll.
func (g *gathering) neighbour(t testing.TB, n int) *visitor {
	t.Helper()
	u, err := g.EnsureUser(context.Background(), storetest.System, fmt.Sprintf("1360000%04d", n), fmt.Sprintf("Neighbour %d", n))
	ok(t, err)
	return g.session(t, u.ID)
}

func (g *gathering) session(t testing.TB, user models.ID) *visitor {
	t.Helper()
	opened, err := g.DemoSession(context.Background(), user, store.Device{Name: "phone"})
	ok(t, err)
	v := g.visitor(t)
	v.cookies["juwu"], g.users[v] = opened.Token, user
	return v
}

// set moves the clock; everybody logs in again, as one does after days.
func (g *gathering) set(t *testing.T, at time.Time) {
	t.Helper()
	g.Clock.Set(at)
	for v, user := range g.users {
		opened, err := g.DemoSession(context.Background(), user, store.Device{Name: "phone"})
		ok(t, err)
		v.cookies["juwu"] = opened.Token
	}
}

// family is a dwelling with a daughter, who has a login that is certainly hers,
// and her mother.
func (g *gathering) family(t *testing.T) (daughter *visitor, mother models.Resident) {
	t.Helper()
	g.homes++
	var link models.ResidentLink
	ctx := context.Background()
	u, err := g.EnsureUser(ctx, storetest.System, fmt.Sprintf("1380000%04d", g.homes), fmt.Sprintf("Daughter %d", g.homes))
	ok(t, err)
	ok(t, g.tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		home := models.Household{Tenant: models.Tenant{ID: tx.NewID()}, Number: fmt.Sprint("H", g.homes), Unit: "1", Room: fmt.Sprint(100 + g.homes)}
		mother = models.Resident{Tenant: models.Tenant{ID: tx.NewID()}, HouseholdID: home.ID, Name: fmt.Sprintf("Mother %d", g.homes), Birth: "1940-01-01", State: models.ResidentActive, Presence: models.PresenceBoth, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		self := mother
		self.ID, self.Name, self.Birth = tx.NewID(), u.Name, "1970-01-01"
		link = models.ResidentLink{Tenant: models.Tenant{ID: tx.NewID()}, UserID: u.ID, ResidentID: self.ID, State: models.LinkConfirmed, LiveUser: &u.ID, LiveResident: &self.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		for _, row := range []any{&home, &mother, &self, &link} {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	daughter = g.session(t, u.ID)
	g.roll[daughter] = link
	return daughter, mother
}

// join signs up with the form.
func (v *visitor) join(path, part string, pairs ...string) *visitor {
	v.t.Helper()
	v.see(path+"/join").want(200, "How you take part")
	return v.post(path+"/join", append([]string{"part", part}, pairs...)...)
}

// mine is the address of an act on the first place of the page that is open.
func (v *visitor) mine(act string) string {
	v.t.Helper()
	m := regexp.MustCompile(`/hemuli/meetings/\d+/mine/\d+/` + act).FindString(v.body)
	if m == "" {
		v.t.Fatalf("nothing to %s\n%s", act, v.main())
	}
	return m
}

// One act and no second form: who has no account signs up with the telephone
// code of that moment, once, and the name never stands on a public page.
func TestSignUpWithATelephoneCode(t *testing.T) {
	g := newGathering(t)
	_, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 2)))
	v := g.visitor(t)
	v.see(path).want(200, "加装电梯", "Take part", "2")
	v.join(path, "listener").want(422, "Name") // who comes?
	v.post(path+"/join", "part", "chair", "name", "Wang Fang").want(422, "Wang Fang")
	v.post(path+"/join", "part", "delegate", "name", "Wang Fang").want(200, "Mobile number") // such seats are refused when it is done
	v.see(path + "/join")
	v.post(path+"/join", "part", "listener", "name", "Wang Fang").want(200, "Mobile number")
	v.post("/hemuli/confirm", "phone", phone).want(200, "Type the code")
	v.post("/hemuli/confirm/code", "code", g.code(t, phone)).want(200, "You have a seat", "Wang Fang", "Reminder")
	v.join(path, "listener").want(200, "You have a seat")
	g.visitor(t).see(path).want(200).lacks("Wang Fang", phone)
	g.visitor(t).see(path+"/mine").want(200, "Log in")
	g.neighbour(t, 1).see(path+"/mine").want(200, "You have not signed up").lacks("Wang Fang")
	g.visitor(t).send("POST", path+"/join", url.Values{"part": {"listener"}, "name": {"X"}}).want(403) // no token
	for _, bad := range []string{"/other/meetings/" + path[len("/hemuli/meetings/"):], "/hemuli/meetings/1"} {
		g.visitor(t).see(bad + "/join").want(404)
		v.see("/me").post(bad+"/join", "part", "listener").want(404)
	}
	g.set(t, gatherStart.AddDate(0, 0, -1).Add(-time.Hour)) // 18:00 of the day before
	g.neighbour(t, 2).see(path+"/join").post(path+"/join", "part", "listener").want(409, "Sign-up closed")
	v.see(path + "/calendar").want(200)
	if ics := v.body; !strings.Contains(ics, "SUMMARY") || strings.Contains(ics, "Wang Fang") {
		t.Error(ics)
	}
}

// Delegate, speaker and listener are places of their own; a change takes the
// other seat only if there is one; changing and leaving end at the hour set.
func TestChangeAndLeaveUntilTheHourSet(t *testing.T) {
	g := newGathering(t)
	d := g.draft(models.MeetingHearing, seatsOf(models.PartDelegate, models.PoolOpen, 1), seatsOf(models.PartSpeaker, models.PoolOpen, 1), seatsOf(models.PartListener, models.PoolOpen, 3))
	d.ChangeUntil = gatherStart.Add(-2 * time.Hour)
	d.SignupUntil = gatherStart.Add(-3 * time.Hour)
	_, path := g.call(t, d)
	a, b := g.neighbour(t, 1), g.neighbour(t, 2)
	a.join(path, "delegate").want(200, "You have a seat", "You come as: Delegate")
	b.join(path, "speaker").want(200, "You come as: Speaker")
	change := b.mine("change")
	b.see(change).want(200).post(change, "part", "delegate").want(409, "no seat free")
	b.see(path+"/mine").want(200, "You come as: Speaker")
	b.see(change).post(change, "part", "listener").want(200, "You come as: Listener")
	// Another's place is nobody's to change or to give up.
	own := a.see(path + "/mine").mine("leave")
	for _, act := range []string{own, a.mine("change")} {
		b.see(path+"/mine").post(act, "part", "listener").want(404)
	}
	b.see(path + "/mine").post("/other" + strings.TrimPrefix(own, "/hemuli")).want(404)
	g.set(t, d.ChangeUntil.Add(-time.Second))
	a.see(path+"/mine").post(own).want(200, "You have left")
	a.see("/me").post(own).want(409, "given up") // twice
	g.set(t, d.ChangeUntil)
	b.see(path+"/mine").want(200, "You have a seat").lacks("/leave\"", "/change\"")
	b.see("/me").post(strings.Replace(change, "/change", "/leave", 1)).want(409, "Changes closed")
	b.see(change).post(change, "part", "listener").want(409, "Changes closed")
}

// The place on the waiting list is told honestly; a seat that is left is offered
// to whoever waits longest, for a day, then to the next.
func TestWaitingListMovesUpAndOffersEnd(t *testing.T) {
	g := newGathering(t)
	_, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartSpeaker, models.PoolOpen, 1)))
	a, b, c := g.neighbour(t, 1), g.neighbour(t, 2), g.neighbour(t, 3)
	a.join(path, "speaker").want(200, "You have a seat")
	b.see(path+"/join").want(200, "Full; there is a waiting list")
	b.join(path, "speaker").want(200, "number 1 on the waiting list")
	c.join(path, "speaker").want(200, "number 2 on the waiting list")
	a.see(path + "/mine")
	a.post(a.mine("leave")).want(200, "You have left")
	c.see(path+"/mine").want(200, "number 1 on the waiting list").lacks("/accept")
	b.see("/hemuli").want(200, "A seat is free: please confirm")
	b.see(path+"/mine").want(200, "A seat is free: please confirm")
	take := b.mine("accept")
	c.post(take).want(404) // not theirs, and they learn nothing
	g.set(t, g.Now().Add(24*time.Hour))
	b.see(path+"/mine").want(200, "The seat went to the next person").lacks("/leave\"")
	b.see("/me").post(take).want(409, "the time has passed")
	c.see(path+"/mine").want(200, "A seat is free")
	c.post(c.mine("accept")).want(200, "You have a seat")
	c.see(path + "/mine").lacks("/accept")
	b.see(path+"/mine").want(200, "The seat went to the next person")
}

// What helps somebody take part needs consent, is for the office alone, and is
// in the copy of one's own data.
func TestNeedsAreSensitive(t *testing.T) {
	g := newGathering(t)
	id, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 3)))
	a := g.neighbour(t, 1)
	a.join(path, "listener", "needs", "wheelchair ramp").want(422, "tick your consent", "wheelchair ramp")
	a.post(path+"/join", "part", "listener", "needs", strings.Repeat("x", 201), "needs_ok", "1").want(422)
	a.post(path+"/join", "part", "listener", "needs", "wheelchair ramp", "needs_ok", "1").want(200, "Help wanted: wheelchair ramp")
	a.see("/me/data.json").want(200, "wheelchair ramp")
	b := g.neighbour(t, 2)
	b.join(path, "listener").want(200).lacks("wheelchair")
	b.see(path).lacks("wheelchair")
	rows, err := g.tenant.Attendees(context.Background(), id, "")
	ok(t, err)
	if needs, err := g.tenant.NeedsOf(rows); err != nil || len(needs) != 1 || needs[rows[0].ID] != "wheelchair ramp" {
		t.Error(needs, err)
	}
	// A week after the meeting they are forgotten, also by a server that was off.
	for _, day := range []struct {
		after time.Duration
		want  int
	}{{7*24*time.Hour - time.Second, 1}, {60 * 24 * time.Hour, 0}} {
		g.set(t, gatherStart.Add(90*time.Minute+day.after))
		_, err := g.Sweep(context.Background())
		ok(t, err)
		rows, err := g.tenant.Attendees(context.Background(), id, "")
		ok(t, err)
		if needs, err := g.tenant.NeedsOf(rows); err != nil || len(needs) != day.want {
			t.Errorf("%v after the meeting: %v %v", day.after, needs, err)
		}
	}
}

// A daughter signs up her mother of the same dwelling, and by name somebody on no
// roll; nobody of another dwelling, and not half the town.
func TestFamilySignsUpAnElder(t *testing.T) {
	g := newGathering(t)
	_, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 9)))
	daughter, mother := g.family(t)
	_, stranger := g.family(t)
	daughter.see(path+"/join").want(200, mother.Name).lacks(stranger.Name)
	daughter.post(path+"/join", "part", "listener", "resident", stranger.ID.String()).want(403)
	daughter.see(path+"/join").post("/other"+strings.TrimPrefix(path, "/hemuli")+"/join", "part", "listener").want(404)
	daughter.join(path, "listener", "resident", mother.ID.String()).want(200, mother.Name, "You have a seat")
	daughter.join(path, "listener").want(200, mother.Name, "Daughter 1")
	if n := strings.Count(daughter.main(), "You have a seat"); n != 2 {
		t.Errorf("%d seats", n)
	}
	daughter.join(path, "listener", "resident", mother.ID.String()).want(200) // twice is once
	daughter.join(path, "listener", "name", mother.Name).want(200)            // by name she is the same person
	if n := strings.Count(daughter.main(), "You have a seat"); n != 2 {
		t.Errorf("%d seats for two people", n)
	}
	// Her mother, once she has a login that is certainly hers, finds the place.
	u, err := g.EnsureUser(context.Background(), storetest.System, "13900009999", mother.Name)
	ok(t, err)
	ok(t, g.tenant.Write(context.Background(), storetest.System, func(tx *store.Tx) error {
		return tx.Create(&models.ResidentLink{Tenant: models.Tenant{ID: tx.NewID()}, UserID: u.ID, ResidentID: mother.ID, State: models.LinkConfirmed, LiveUser: &u.ID, LiveResident: &mother.ID, CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error
	}))
	own := g.session(t, u.ID)
	own.see(path+"/mine").want(200, "You have a seat", mother.Name).lacks("Daughter 1")
	own.post(own.mine("leave")).want(200, "You have left")
	alone := g.neighbour(t, 7)
	for i := range 3 {
		alone.join(path, "listener", "name", fmt.Sprintf("Uncle %d", i)).want(200)
	}
	alone.see(path+"/join").post(path+"/join", "part", "listener", "name", "Uncle 9").want(429, "at most 3")
	alone.join(path, "listener").want(200, "Neighbour 7")
}

// The link for those at home is shown to whoever was admitted to come that way,
// when the doors are open, and stands on no other page.
func TestLinkIsForThoseAdmittedOnly(t *testing.T) {
	g := newGathering(t)
	const room = "https://meet.example.cn/secret-room-42"
	d := g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 2))
	d.Link = room
	_, path := g.call(t, d)
	home, hall, late := g.neighbour(t, 1), g.neighbour(t, 2), g.neighbour(t, 3)
	home.join(path, "listener", "remote", "1").want(200, "You have a seat").lacks(room)
	hall.join(path, "listener").want(200, "You have a seat")
	late.join(path, "listener", "remote", "1").want(200, "waiting list")
	home.see("/me").post(path+"/link").want(409, "Check-in opens").lacks(room)
	g.set(t, gatherStart.Add(-time.Hour))
	for _, v := range []*visitor{hall, late, g.neighbour(t, 4)} {
		v.see(path + "/mine").lacks(room)
		v.see("/me").post(path + "/link").want(404).lacks(room)
	}
	g.visitor(t).see(path).lacks(room)
	g.visitor(t).see(path + "/calendar").lacks(room)
	g.visitor(t).see("/hemuli/meetings.ics").lacks(room)
	home.see(path + "/mine").post("/other" + strings.TrimPrefix(path, "/hemuli") + "/link").want(404)
	home.see(path+"/mine").want(200, "Open the online room").post(path+"/link").want(200, room)
	home.see("/me/data.json").lacks(room)
}
