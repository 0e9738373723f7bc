package store_test

import (
	"fmt"
	"math/rand/v2" //forbid:allow math/rand/v2 a seeded test
	"os"
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// crowd joins and signs up n people.
func (k *corps) crowd(n int, s models.Shift) ([]models.Actor, []*models.Volunteer) {
	k.t.Helper()
	actors, people := make([]models.Actor, n), make([]*models.Volunteer, n)
	for i := range n {
		actors[i], people[i] = k.join(fmt.Sprint("众", i))
		k.signUp(actors[i], s)
	}
	return actors, people
}

// device is a leader's device with its own clock.
type device struct {
	kit    *store.DeviceKit
	offset time.Duration // its clock minus the server's
	notes  []policy.DeviceNote
}

func (k *corps) device(a models.ID, offset time.Duration) *device {
	k.t.Helper()
	kit, err := k.in().IssueDevice(ctx, k.leader, a, k.Now().Add(offset).UnixMilli())
	must(k.t, err)
	return &device{kit: kit, offset: offset}
}

func (d *device) note(number string, out bool, at time.Time) {
	d.notes = append(d.notes, policy.DeviceNote{Number: number, Out: out, AtMS: at.Add(d.offset).UnixMilli()})
}

func (d *device) batch(now time.Time) store.DeviceBatch {
	b := store.DeviceBatch{Device: d.kit.Device, SentMS: now.Add(d.offset).UnixMilli(), Notes: d.notes}
	key := make([]byte, 32)
	_, _ = fmt.Sscanf(d.kit.Key, "%x", &key)
	b.MAC = policy.DeviceMAC(key, policy.DeviceText(d.kit.Device.String(), b.SentMS, b.Notes))
	return b
}

// Many people check in within two minutes at one activity, half of them without
// signal through leaders' devices whose clocks are off by up to ten minutes:
// nobody is lost, nobody is doubled, also when everything is sent twice and by
// two processes. JUWU_SOAK runs it with 300.
func TestManyCheckInHalfWithoutSignal(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		n := 40
		if os.Getenv("JUWU_SOAK") != "" {
			n = 300
		}
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		a, shift := k.activity(n)
		actors, people := k.crowd(n, shift)
		db.Clock.Set(shift.BeginsAt.Add(-5 * time.Minute))
		devices := []*device{k.device(a.ID, 10*time.Minute), k.device(a.ID, -10*time.Minute), k.device(a.ID, 7*time.Second)}
		var wg sync.WaitGroup
		for i := range n / 2 {
			s := db.Store
			if i%2 == 1 {
				s = second
			}
			wg.Go(func() {
				for range 2 { // a second tap
					if _, err := s.In(k.c).CheckIn(ctx, actors[i], a.ID, s.In(k.c).CheckInCode("activity", a.ID).Code, false); err != nil {
						t.Errorf("%d: %v", i, err)
					}
				}
			})
		}
		for i := n / 2; i < n; i++ {
			at := db.Now().Add(time.Duration(i*120/n) * time.Second)
			for j, d := range devices { // the same person scanned by two leaders
				if i%3 == j || (i+1)%3 == j {
					d.note(people[i].Number, false, at)
					d.note(people[i].Number, true, at.Add(2*time.Hour))
				}
			}
		}
		wg.Wait()
		db.Clock.Set(shift.EndsAt.Add(26 * time.Hour)) // the signal is back the next day
		for range 2 {
			for i, d := range devices {
				s := db.Store
				if i%2 == 1 {
					s = second
				}
				wg.Go(func() {
					results, err := s.In(k.c).TakeBatch(ctx, a.ID, d.batch(db.Now()))
					if err != nil {
						t.Error(err)
					}
					for _, r := range results {
						if !r.OK {
							t.Errorf("%+v", r)
						}
					}
				})
			}
		}
		wg.Wait()
		lead, err := k.in().Lead(ctx, k.leader, a.ID)
		must(t, err)
		came, out, doubted := 0, 0, 0
		for _, p := range lead.Shifts[0].People {
			if p.Came == nil {
				t.Errorf("%s is lost", p.Volunteer.Name)
				continue
			}
			came++
			if p.Came.OutAt != nil {
				out++
			}
			if p.Came.Doubt != "" {
				doubted++
			}
			if off := p.Came.InAt.Sub(shift.BeginsAt.Add(-5 * time.Minute)); off < -2*time.Second || off > 122*time.Second {
				t.Errorf("%s came at %v", p.Volunteer.Name, p.Came.InAt)
			}
		}
		if came != n || out != n-n/2 || doubted != 0 {
			t.Errorf("%d came, %d went, %d doubted of %d", came, out, doubted, n)
		}
		p, err := k.in().ProposeHours(ctx, k.leader, a.ID)
		must(t, err)
		if p.Made != n-n/2 || len(p.Left) != n/2 {
			t.Errorf("proposed %d, left %d", p.Made, len(p.Left))
		}
		k.clean()
	})
}

// Somebody photographs the leader's code and sends it on: until 30 seconds after
// it rotated it may be taken for a slow line, from then on it is worth nothing,
// in either process.
func TestPhotoOfTheCodeIsUselessThirtySecondsAfterItRotated(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		a, shift := k.activity(4)
		actors, _ := k.crowd(4, shift)
		db.Clock.Set(shift.BeginsAt)
		photo := k.in().CheckInCode("activity", a.ID)
		try := func(s *store.Store, who models.Actor, at time.Duration) string {
			t.Helper()
			db.Clock.Set(photo.Until.Add(at))
			_, err := s.In(k.c).CheckIn(ctx, who, a.ID, photo.Code, false)
			return fieldKey(err, "code")
		}
		for i, x := range []struct {
			at   time.Duration
			want string
		}{{29*time.Second + 999*time.Millisecond, ""}, {30 * time.Second, "activity.code.wrong"}, {31 * time.Second, "activity.code.wrong"}, {time.Hour, "activity.code.wrong"}} {
			s := []*store.Store{db.Store, second}[i%2]
			if got := try(s, actors[i], x.at); got != x.want {
				t.Errorf("%v after it rotated: %q", x.at, got)
			}
		}
	})
}

func TestDeviceIsBelievedOnlyByItsSignature(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		a, shift := k.activity(3)
		_, people := k.crowd(2, shift)
		_, err := k.in().IssueDevice(ctx, k.login(), a.ID, 0)
		refused(t, err, problem.Forbidden, "volunteer.serve.none")
		db.Clock.Set(shift.BeginsAt)
		d := k.device(a.ID, 0)
		d.note(people[0].Number, false, db.Now())
		good := d.batch(db.Now())
		for name, wrong := range map[string]store.DeviceBatch{
			"other time": {Device: good.Device, SentMS: good.SentMS + 1, Notes: good.Notes, MAC: good.MAC}, "no signature": {Device: good.Device, SentMS: good.SentMS, Notes: good.Notes},
			"other person": {Device: good.Device, SentMS: good.SentMS, MAC: good.MAC, Notes: []policy.DeviceNote{{Number: people[1].Number, AtMS: good.Notes[0].AtMS}}},
			"nothing":      {Device: good.Device, SentMS: good.SentMS, MAC: good.MAC}, "other device": {Device: 7, SentMS: good.SentMS, Notes: good.Notes, MAC: good.MAC},
		} {
			_, err := k.in().TakeBatch(ctx, a.ID, wrong)
			if !problem.Is(err, problem.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		other, _ := k.activity(1)
		if _, err := k.in().TakeBatch(ctx, other.ID, good); !problem.Is(err, problem.Forbidden) {
			t.Errorf("another activity: %v", err)
		}
		// Somebody sets the device's clock back between issue and sending.
		d.offset = -5 * time.Minute
		db.Clock.Add(3 * time.Minute)
		d.notes = nil
		d.note(people[0].Number, false, db.Now())
		results, err := k.in().TakeBatch(ctx, a.ID, d.batch(db.Now()))
		must(t, err)
		if !results[0].OK {
			t.Fatalf("%+v", results)
		}
		lead, err := k.in().Lead(ctx, k.leader, a.ID)
		must(t, err)
		if p := lead.Shifts[0].People[0]; p.Came == nil || p.Came.Doubt != "clock" {
			t.Errorf("%+v", p.Came)
		}
		// The future, and a time before the key was issued.
		d.offset, d.notes = 0, nil
		d.note(people[1].Number, false, db.Now().Add(2*time.Minute))
		d.note(people[1].Number, false, shift.BeginsAt.Add(-2*time.Minute))
		results, err = k.in().TakeBatch(ctx, a.ID, d.batch(db.Now()))
		must(t, err)
		if results[0].OK || results[1].OK {
			t.Errorf("%+v", results)
		}
		db.Clock.Set(shift.EndsAt.Add(8 * 24 * time.Hour))
		_, err = k.in().TakeBatch(ctx, a.ID, d.batch(db.Now()))
		refused(t, err, problem.TooLate, "activity.device.expired")
	})
}

// Random operations by two processes: at every step Σ points = 0 and Σ hours =
// Σ approved records, and nothing that is limited is overrun.
func TestLedgersHoldUnderRandomOperations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		const seed = 5
		rng := rand.New(rand.NewPCG(seed, seed))
		k := newCorps(t, db)
		must(t, k.in().SaveVolunteerSettings(ctx, k.director, models.VolunteerSettings{DayCap: 480, ActivityCap: 480, CancelHours: 12, TargetTenths: 80, StarHours: "1,3,6,10,15",
			PointsOn: true, PointsDecision: "4号决议", PointsPerHour: 10, PointsDayMost: 60, PointsMostHeld: 90, PointsMonths: 1}))
		second := db.Second(t)
		must(t, second.Load(ctx))
		var actors []models.Actor
		var people []*models.Volunteer
		for i := range 3 {
			a, v := k.join(fmt.Sprint("众", i))
			actors, people = append(actors, a), append(people, v)
		}
		must(t, k.in().SaveReward(ctx, k.member, models.Reward{Title: "理发", Price: 15, Stock: 6, Active: true}))
		rewards, err := k.in().Rewards(ctx)
		must(t, err)
		steps := 60
		if os.Getenv("JUWU_SOAK") != "" {
			steps = 3000
		}
		ids := map[models.HoursState][]models.ID{}
		for step := range steps {
			side := db.In(k.c)
			if rng.IntN(2) == 1 {
				side = second.In(k.c)
			}
			who := rng.IntN(len(people))
			var err error
			switch rng.IntN(6) {
			case 0, 1:
				var h *models.Hours
				h, err = side.EnterHours(ctx, k.director, store.HoursEntry{Number: people[who].Number, What: "巡逻", Day: models.DateOf(db.Now()).AddDays(-rng.IntN(4)), Minutes: 30 + rng.IntN(300), Reason: "补登"})
				if err == nil {
					ids[models.HoursProposed] = append(ids[models.HoursProposed], h.ID)
				}
			case 2:
				if list := ids[models.HoursProposed]; len(list) > 0 {
					id := list[rng.IntN(len(list))]
					var left []store.Decided
					left, err = side.DecideHours(ctx, k.member, []models.ID{id}, rng.IntN(4) > 0, "记得不对吧")
					if len(left) == 0 {
						ids[models.HoursApproved] = append(ids[models.HoursApproved], id)
					}
				}
			case 3:
				if list := ids[models.HoursApproved]; len(list) > 0 {
					err = side.ReverseHours(ctx, k.another, list[rng.IntN(len(list))], "重复登记了")
				}
			case 4:
				_, err = side.Redeem(ctx, actors[who], rewards[0].ID)
			case 5:
				if open, e := side.Redemptions(ctx, models.RedemptionAsked); e == nil && len(open) > 0 {
					err = side.SettleRedemption(ctx, k.member, open[rng.IntN(len(open))].ID, rng.IntN(2) == 0)
				}
				db.Clock.Add(time.Duration(rng.IntN(8)) * 24 * time.Hour)
				_, e := second.ExpirePoints(ctx)
				must(t, e)
			}
			if p := problem.As(err); err != nil && (p == nil || p.Kind == problem.Unavailable) {
				t.Fatalf("step %d: %v", step, err)
			}
			if step%5 == 0 {
				k.clean()
			}
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
		k.clean()
		if len(ids[models.HoursApproved]) == 0 {
			t.Error("nothing was approved: the test proves nothing")
		}
	})
}

// Ten hands reach for the last reward, from two processes.
func TestLastRewardIsTakenOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		reward := models.Reward{Title: "理发", Price: 10, Stock: 1, Active: true}
		refused(t, k.in().SaveReward(ctx, k.member, reward), problem.Conflict, "points.off")
		set := policy.DefaultVolunteerSettings(k.c.ID)
		set.PointsOn = true
		if err := k.in().SaveVolunteerSettings(ctx, k.director, set); fieldKey(err, "points_decision") != "points.decision.needed" {
			t.Errorf("adopted by nobody: %v", err)
		}
		set.PointsDecision = "4号决议"
		set.ActivityCap = set.DayCap + 1
		if err := k.in().SaveVolunteerSettings(ctx, k.director, set); fieldKey(err, "activity_cap") != "form.number" {
			t.Errorf("a cap that binds nobody: %v", err)
		}
		set.ActivityCap = set.DayCap
		refused(t, k.in().SaveVolunteerSettings(ctx, k.member, set), problem.Forbidden, "policy.forbidden")
		must(t, k.in().SaveVolunteerSettings(ctx, k.director, set))
		must(t, k.in().SaveReward(ctx, k.member, reward))
		rewards, err := k.in().Rewards(ctx)
		must(t, err)
		for _, set.PointsOn = range []bool{false, true} { // given up for a while
			must(t, k.in().SaveVolunteerSettings(ctx, k.director, set))
			if !set.PointsOn {
				_, err = k.in().Redeem(ctx, k.leader, rewards[0].ID)
				refused(t, err, problem.Conflict, "points.off")
			}
		}
		var actors []models.Actor
		people := map[models.ID]string{}
		for i := range 6 {
			a, v := k.join(fmt.Sprint("众", i))
			h, err := k.in().EnterHours(ctx, k.director, store.HoursEntry{Number: v.Number, What: "巡逻", Day: models.DateOf(db.Now()), Minutes: 60, Reason: "补登"})
			must(t, err)
			k.approve(*h)
			actors, people[v.ID] = append(actors, a), v.Name+" "+v.Number
		}
		done := atOnce(t, 6, func(n int) error {
			s := db.Store
			if n%2 == 1 {
				s = second
			}
			_, err := s.In(k.c).Redeem(ctx, actors[n], rewards[0].ID)
			return err
		})
		if done != 1 {
			t.Errorf("%d took the last one", done)
		}
		// the office knows who comes for it, everybody until when the own points are good
		asked, err := k.in().Redemptions(ctx, models.RedemptionAsked)
		must(t, err)
		if len(asked) != 1 || people[asked[0].VolunteerID] != asked[0].Name+" "+asked[0].VolunteerNo {
			t.Fatalf("%+v", asked)
		}
		for id := range people {
			until, n, err := k.in().PointsExpiry(ctx, id, models.DateOf(db.Now()))
			must(t, err)
			if id == asked[0].VolunteerID && (n != 0 || until != "") || id != asked[0].VolunteerID && (n != 10 || until != policy.PointsExpire(models.DateOf(db.Now()), set.PointsMonths)) {
				t.Errorf("%d points are good until %q", n, until)
			}
		}
		// what is off the list is asked for by nobody
		refused(t, k.in().EndReward(ctx, k.supervisor, rewards[0].ID), problem.Forbidden, "policy.forbidden")
		must(t, k.in().EndReward(ctx, k.member, rewards[0].ID))
		refused(t, k.in().EndReward(ctx, k.member, rewards[0].ID), problem.Conflict, "page.conflict")
		must(t, k.in().SettleRedemption(ctx, k.member, asked[0].ID, false)) // the points come back, the offer does not
		_, err = k.in().Redeem(ctx, actors[0], rewards[0].ID)
		refused(t, err, problem.NotFound, "page.notfound")
		k.clean()
	})
}
