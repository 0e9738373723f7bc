package store_test

import (
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// What waits for a resident: the matter to comment on until they have, the
// meeting for representatives only, the door, the vote; and afterwards their
// own copy tells all of it but a secret vote.
func TestWhatTheAssemblyAsksAndKeeps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		waiting := func(a models.Actor) (said []string) {
			t.Helper()
			w, err := h.in().AssemblyWaiting(ctx, a, h.day(), 3)
			must(t, err)
			for _, m := range w.Comment {
				said = append(said, "comment "+m.Title)
			}
			if w.Session != nil {
				said = append(said, string(w.Session.State))
			}
			if w.Voting != nil {
				said = append(said, "vote "+w.Title)
			}
			return said
		}
		same := func(a models.Actor, want ...string) {
			t.Helper()
			got := waiting(a)
			if len(got) != len(want) {
				t.Fatalf("%v, want %v", got, want)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Fatalf("%v, want %v", got, want)
				}
			}
		}
		rep, other := h.reps[0], h.resident(15)
		secret, open := resignation(), resignation()
		secret.Title, open.Title, open.Secret = "无记名的事", "举手的事", false
		first := h.matter(secret)
		second := h.matter(open)
		same(other, "comment 无记名的事", "comment 举手的事")
		same(models.Actor{UserID: other.UserID})
		comment, err := h.in().CommentMatter(ctx, other, first, "我同意这件事情")
		must(t, err)
		must(t, h.in().AnswerComment(ctx, h.member, comment, "谢谢您的意见"))
		same(other, "comment 举手的事")
		s := h.called(models.ByReps, first, second)
		same(other)
		same(rep, "open")
		h.arrives(s, h.reps...)
		for i, item := range h.session(s).Items {
			must(t, h.in().OpenVote(ctx, h.member, item.ID))
			same(rep, "open", "vote "+item.Matter.Title)
			must(t, h.in().Cast(ctx, rep, item.ID, []string{"yes"}))
			same(rep, "open")
			if i == 0 {
				_, err := h.in().CloseVote(ctx, h.member, item.ID)
				must(t, err)
			}
		}
		d, err := db.MyData(ctx, rep)
		must(t, err)
		if len(d.Mandates) != 1 || d.Mandates[0].Body != "第1居民小组" || len(d.Halls) != 1 || d.Halls[0].Came == nil {
			t.Fatalf("%+v %+v", d.Mandates, d.Halls)
		}
		if v := d.Halls[0].OpenVotes; len(v) != 1 || v[0].Matter != "举手的事" || v[0].Choice != "yes" {
			t.Errorf("votes: %+v", v)
		}
		d, err = db.MyData(ctx, other)
		must(t, err)
		if len(d.Sayings) != 1 || d.Sayings[0].Text != "我同意这件事情" || len(d.Mandates)+len(d.Halls) != 0 {
			t.Errorf("%+v %+v %+v", d.Sayings, d.Mandates, d.Halls)
		}
	})
}

// A second record of one person is a volunteer, a representative and a signer:
// the first is so after the merge; where both are, it refuses.
func TestMergeTakesWhatStandsUnderAnotherName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newRollWorld(t, db)
		first, second := w.twin(t)
		put := func(rows ...any) {
			t.Helper()
			must(t, w.t.Write(ctx, storetest.System, func(tx *store.Tx) error {
				for _, r := range rows {
					if err := tx.Create(r).Error; err != nil {
						return err
					}
				}
				return nil
			}))
		}
		sid, closed := models.ID(7001), models.ID(7002)
		put(&models.Volunteer{Tenant: models.Tenant{ID: 7101}, Number: "V1", State: models.VolunteerActive, ResidentID: second.ID, LivePerson: &second.ID, Name: "x", CreatedAt: db.Now(), UpdatedAt: db.Now()},
			&models.Mandate{Tenant: models.Tenant{ID: 7102}, BodyID: 1, Post: models.SitsRep, ResidentID: second.ID, LiveResident: &second.ID, State: models.MandateServing, CreatedAt: db.Now(), UpdatedAt: db.Now()},
			&models.Petition{Tenant: models.Tenant{ID: 7103}, Unit: models.ByAdults, State: models.PetitionOpen, CreatedAt: db.Now(), UpdatedAt: db.Now()},
			&models.PetitionSignature{Tenant: models.Tenant{ID: 7104}, PetitionID: 7103, UnitID: second.ID, ResidentID: second.ID, CreatedAt: db.Now()},
			&models.AssemblySession{Tenant: models.Tenant{ID: sid}, State: models.SessionOpen, CreatedAt: db.Now(), UpdatedAt: db.Now()},
			&models.AssemblySession{Tenant: models.Tenant{ID: closed}, State: models.SessionClosed, CreatedAt: db.Now(), UpdatedAt: db.Now()},
			&models.SessionVoter{Tenant: models.Tenant{ID: 7105}, SessionID: sid, KeyID: second.ID, Kind: "resident", ResidentID: second.ID},
			&models.SessionVoter{Tenant: models.Tenant{ID: 7106}, SessionID: closed, KeyID: second.ID, Kind: "resident", ResidentID: second.ID},
			&models.SessionVoter{Tenant: models.Tenant{ID: 7107}, SessionID: closed, KeyID: first.ID, Kind: "resident", ResidentID: first.ID},
			&models.SessionVoter{Tenant: models.Tenant{ID: 7108}, SessionID: sid, KeyID: first.ID, Kind: "resident", ResidentID: first.ID})
		refused(t, w.merge(t, first.ID, second.ID), problem.Conflict, "resident.merge.both") // two votes in a meeting that is in session
		must(t, w.t.Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Where("id = 7108").Delete(&models.SessionVoter{}).Error }))
		must(t, w.merge(t, first.ID, second.ID))
		for _, c := range []struct {
			row    any
			id     models.ID
			column string
			want   models.ID
		}{
			{&models.Volunteer{}, 7101, "live_person", first.ID}, {&models.Mandate{}, 7102, "live_resident", first.ID}, {&models.PetitionSignature{}, 7104, "unit_id", first.ID},
			{&models.SessionVoter{}, 7105, "key_id", first.ID}, {&models.SessionVoter{}, 7106, "key_id", second.ID},
		} {
			var got []models.ID
			must(t, w.t.Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Model(c.row).Where("id = ?", c.id).Pluck(c.column, &got).Error }))
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%T.%s is %v, want %d", c.row, c.column, got, c.want)
			}
		}
	})
}
