package store_test

import (
	"slices"
	"strings"
	"testing"

	"juwu/internal/store/storetest"
	"juwu/models"
)

// Whoever changes a decision or a vote by SQL is found by `juwu verify`.
func TestDecisionsAndVotesEditedBySQLAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		open := resignation()
		open.Secret = false
		s := h.called(models.ByReps, h.matter(resignation()), h.matter(open))
		h.arrives(s, h.reps...)
		var last *models.Decision
		for _, item := range h.session(s).Items {
			must(t, h.in().OpenVote(ctx, h.member, item.ID))
			for _, a := range h.reps {
				must(t, h.in().Cast(ctx, a, item.ID, []string{"yes"}))
			}
			d, err := h.in().CloseVote(ctx, h.member, item.ID)
			must(t, err)
			last = d
		}
		h.carried(last)
		if got := h.verify(); len(got) > 0 {
			t.Fatal(got)
		}
		first := h.session(s).Items[0].ID.String()
		for _, e := range []struct{ name, do, undo, want string }{
			{"figures", "UPDATE decisions SET yes = yes + 1 WHERE seq = 2", "UPDATE decisions SET yes = yes - 1 WHERE seq = 2", "words or figures were changed"},
			{"words", "UPDATE decisions SET text = 'x' WHERE seq = 1", "", "words or figures were changed"},
			{"money", "UPDATE decisions SET money_fen = 1 WHERE seq = 2", "UPDATE decisions SET money_fen = 0 WHERE seq = 2", "words or figures were changed"},
			{"quorum", "UPDATE decisions SET present = 1, entitled = 12 WHERE seq = 3", "UPDATE decisions SET present = 10 WHERE seq = 3", "without a quorum"},
			{"majority", "UPDATE decisions SET yes = 5 WHERE seq = 3", "UPDATE decisions SET yes = 10 WHERE seq = 3", "not carried"},
			{"place", "UPDATE decisions SET seq = 9 WHERE seq = 3", "UPDATE decisions SET seq = 3 WHERE seq = 9", "its place in the chain is wrong"},
			{"task", "UPDATE decision_tasks SET decision_id = 4711", "", "without a decision"},
			{"one mark more", "UPDATE session_items SET `cast` = `cast` - 1 WHERE id = " + first, "UPDATE session_items SET `cast` = `cast` + 1 WHERE id = " + first, "marks and figures do not agree"},
			{"stranger", "UPDATE session_voters SET present_at = NULL", "UPDATE session_voters SET present_at = '2026-12-03 01:30:00'", "somebody voted who was not there"},
			{"a name beside a secret vote", "UPDATE vote_marks SET choice = 'yes' WHERE item_id = " + first, "UPDATE vote_marks SET choice = '' WHERE item_id = " + first, "ballots of a secret vote do not agree"},
			{"a ballot less", "DELETE FROM secret_ballots WHERE item_id = " + first, "", "ballots of a secret vote do not agree"},
		} {
			before := h.verify()
			must(t, db.Exec(ctx, e.do))
			after := slices.DeleteFunc(h.verify(), func(s string) bool { return slices.Contains(before, s) })
			if !slices.ContainsFunc(after, func(s string) bool { return strings.Contains(s, e.want) }) {
				t.Errorf("%s: verify says %q", e.name, after)
			}
			if e.undo != "" {
				must(t, db.Exec(ctx, e.undo))
			}
		}
	})
}

// carried gives a part of a decision to somebody.
func (h *hall) carried(d *models.Decision) {
	h.t.Helper()
	_, err := h.in().AddTask(ctx, h.member, d.ID, taskDraft(h.day()))
	must(h.t, err)
}
