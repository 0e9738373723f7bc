package store_test

import (
	"fmt"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Somebody taps "I go" on two devices that reach two processes at the same
// moment: they go once, and both answers tell the same time.
func TestGoingTwiceAtOnceIsGoingOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		const people = 12
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		a, shift := k.activity(people)
		actors, _ := k.crowd(people, shift)
		db.Clock.Set(shift.BeginsAt)
		for _, p := range actors {
			k.here(p, a.ID, false)
		}
		db.Clock.Set(shift.EndsAt)
		var went [people][2]time.Time
		done := atOnce(t, 2*people, func(n int) error {
			in := []*store.Store{db.Store, second}[n%2].In(k.c)
			got, err := in.CheckIn(ctx, actors[n/2], a.ID, in.CheckInCode("activity", a.ID).Code, true)
			if err == nil && got.OutAt != nil {
				went[n/2][n%2] = *got.OutAt
			}
			return err
		})
		for i, at := range went {
			if at[0].IsZero() || !at[0].Equal(at[1]) {
				t.Errorf("%d went at %v", i, at)
			}
		}
		var noted int64
		must(t, k.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
			return tx.Model(&models.AuditRow{}).Where("action = ?", "attendance.out").Count(&noted).Error
		}))
		if done != 2*people || noted != people {
			t.Errorf("%d of %d answered, %d went", done, 2*people, noted)
		}
		k.clean()
	})
}

// Two lists that give the same volunteer two numbers of the other system come in
// through two processes at the same moment: the first number stays, and only its
// hours come in.
func TestTwoListsNumberAVolunteerOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		second := db.Second(t)
		must(t, second.Load(ctx))
		for i := range 8 {
			_, v := k.join(fmt.Sprintf("孙志愿%d", i))
			var lists [2]models.ID
			for n := range lists {
				line := fmt.Sprintf("姓名,志愿者编号,出生日期,手机号,累计服务时长（小时）\n%s,3301050000%05d,1980-05-20,%d,5\n", v.Name, 2*i+n, k.phone)
				im, err := k.in().StageList(ctx, k.member, models.ImportVolunteers, "旧.csv", []byte(line))
				must(t, err)
				if view, err := k.in().List(ctx, k.member, models.ImportVolunteers, im.ID); err != nil || view.Report.Tie != 1 {
					t.Fatalf("%+v %v", view, err)
				}
				lists[n] = im.ID
			}
			atOnce(t, 2, func(n int) error {
				_, err := []*store.Store{db.Store, second}[n].In(k.c).ConfirmList(ctx, k.member, models.ImportVolunteers, lists[n])
				return err
			})
			if hours, _, err := k.in().MyHours(ctx, v, 0); err != nil || len(hours) != 1 || hours[0].Minutes != 300 {
				t.Errorf("%d: %+v %v", i, hours, err)
			}
		}
		k.clean()
	})
}
