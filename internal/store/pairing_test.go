package store_test

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// inboxOf are the keys of what somebody was told.
func (k *corps) inboxOf(a models.Actor) map[string]int {
	k.t.Helper()
	told := map[string]int{}
	letters, _, err := k.Inbox(ctx, a.UserID, 0)
	must(k.t, err)
	for _, l := range letters {
		told[l.Text.Key]++
	}
	return told
}

// phoneOf is the telephone that somebody logs in with.
func (k *corps) phoneOf(a models.Actor) string {
	k.t.Helper()
	u, err := k.User(ctx, a.UserID)
	must(k.t, err)
	phone, err := k.UserPhone(u)
	must(k.t, err)
	return phone
}

// An elder is visited: the family sees when, the desk and the volunteer also
// what; a missed visit alarms all of them once; thanks reach the volunteer.
func TestFamilySeesTheVisitsOfTheirElder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		k := newCorps(t, db)
		visitor, v := k.join("孙志愿")
		family, stranger := k.login(), k.login()
		phone := k.phoneOf(family)
		d := store.PairDraft{Number: v.Number, Name: "高奶奶", Place: "3幢201", EveryDays: 7, Family: "13911119999"}
		if _, err := k.in().Pair(ctx, k.member, d); fieldKey(err, "family") != "pairing.family.unknown" {
			t.Errorf("a number of nobody: %v", err)
		}
		d.Family = phone
		_, err := k.in().Pair(ctx, visitor, d)
		refused(t, err, problem.Forbidden, "policy.forbidden")
		p, err := k.in().Pair(ctx, k.member, d)
		must(t, err)
		must(t, k.in().RecordVisit(ctx, visitor, p.ID, 40, "血压有点高", true))
		refused(t, k.in().RecordVisit(ctx, visitor, p.ID, 40, "", false), problem.Conflict, "pairing.visited")
		refused(t, k.in().RecordVisit(ctx, k.leader, p.ID, 40, "", false), problem.NotFound, "page.notfound")
		for who, want := range map[string]struct {
			actor models.Actor
			note  string
		}{"volunteer": {visitor, "血压有点高"}, "desk": {k.member, "血压有点高"}, "family": {family, ""}} {
			seen, err := k.in().Pairing(ctx, want.actor, p.ID)
			must(t, err)
			if len(seen.Visits) != 1 || seen.Visits[0].Note != want.note || seen.Family != (who == "family") || seen.Own != (who == "volunteer") {
				t.Errorf("%s sees %+v", who, seen)
			}
		}
		_, err = k.in().Pairing(ctx, stranger, p.ID)
		refused(t, err, problem.NotFound, "page.notfound")
		for n, actor := range []models.Actor{stranger, family} {
			if mine, err := k.in().FamilyPairings(ctx, actor); err != nil || len(mine) != n {
				t.Errorf("%d relatives' pairings, want %d: %v", len(mine), n, err)
			}
		}
		refused(t, k.in().ThankVisitor(ctx, stranger, p.ID, "谢谢"), problem.NotFound, "page.notfound")
		refused(t, k.in().ThankVisitor(ctx, visitor, p.ID, "谢谢"), problem.NotFound, "page.notfound")
		nephew, w := k.join("侄子志愿")
		own := store.PairDraft{Number: w.Number, Name: "高奶奶", Place: "3幢201", EveryDays: 7, Family: k.phoneOf(nephew)}
		theirs, err := k.in().Pair(ctx, k.member, own)
		must(t, err)
		refused(t, k.in().ThankVisitor(ctx, nephew, theirs.ID, "我真好"), problem.Forbidden, "hours.own")
		must(t, k.in().EndPairing(ctx, k.member, theirs.ID, ""))
		for range 3 {
			must(t, k.in().ThankVisitor(ctx, family, p.ID, "谢谢您常来看妈妈"))
		}
		if err := k.in().ThankVisitor(ctx, family, p.ID, "谢谢"); !problem.Is(err, problem.TooMany) {
			t.Errorf("thanked without end: %v", err)
		}
		mine, err := k.in().MyService(ctx, v, db.Now())
		must(t, err)
		if len(mine.Thanks) != 3 || mine.Thanks[0].Text != "谢谢您常来看妈妈" || len(mine.Pairings) != 1 {
			t.Errorf("%+v", mine.Thanks)
		}
		// The due day itself is in time, and nobody is told twice.
		for i, look := range []struct{ day, want int }{{7, 0}, {8, 1}, {8, 0}} {
			db.Clock.Set(storetest.Start.Add(time.Duration(look.day) * 24 * time.Hour))
			n, err := db.AlarmVisits(ctx, db.Now())
			must(t, err)
			if n != look.want {
				t.Errorf("look %d, day %d: %d alarms", i, look.day, n)
			}
		}
		if got := k.inboxOf(family); got["pairing.tell.late"] != 1 || got["pairing.tell.family"] != 1 {
			t.Errorf("the family was told %v", got)
		}
		if got := k.inboxOf(visitor); got["pairing.tell.missed"] != 1 || got["help.tell.thanks"] != 3 {
			t.Errorf("the volunteer was told %v", got)
		}
		if got := k.inboxOf(k.member); got["pairing.tell.missed"] != 1 || got["pairing.tell.worry"] != 1 {
			t.Errorf("the desk was told %v", got)
		}
		must(t, k.in().EndPairing(ctx, k.member, p.ID, ""))
		refused(t, k.in().RecordVisit(ctx, visitor, p.ID, 40, "", false), problem.NotFound, "page.notfound")
		k.clean()
	})
}

// A door alone is no address: the building that was chosen stands before it,
// once; and the desk sees who goes there.
func TestAPairingSaysWhereAndWho(t *testing.T) {
	t.Parallel()
	k := newCorps(t, storetest.New(t))
	_, v := k.join("孙志愿")
	house := models.Building{Name: "2幢"}
	must(t, k.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		house.ID = tx.NewID()
		return tx.Create(&house).Error
	}))
	for _, d := range []store.PairDraft{{Name: "高奶奶", Place: "1单元-102"}, {Name: "钱爷爷", Place: "2幢 1单元-103"}} {
		d.Number, d.Building, d.EveryDays = v.Number, house.ID, 7
		_, err := k.in().Pair(ctx, k.member, d)
		must(t, err)
	}
	list, err := k.in().Pairings(ctx)
	must(t, err)
	if len(list) != 2 || list[0].Place != "2幢 1单元-102" || list[1].Place != "2幢 1单元-103" || list[0].Volunteer.Number != v.Number || list[0].Volunteer.Name != "孙志愿" {
		t.Errorf("%+v", list)
	}
}
