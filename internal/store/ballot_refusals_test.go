package store_test

import (
	"testing"
	"time"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// TestBallotsThatAreNotMade: the form of a vote, its trustees and its slips, and
// what nobody sees before it is open.
func TestBallotsThatAreNotMade(t *testing.T) {
	t.Parallel()
	p := &polling{desk: newDesk(t, storetest.New(t))}
	p.draft = pollDraft(p.Now().Add(time.Hour))
	create := func(change func(*store.BallotDraft)) error {
		d := p.draft
		change(&d)
		return second(p.in().CreateBallot(ctx, p.member, d))
	}
	choices := func(questions, answers int) (out []models.BallotQuestion) {
		for range questions {
			q := models.BallotQuestion{Text: "问", Max: 1}
			for i := range answers {
				q.Answers = append(q.Answers, string(rune('a'+i)))
			}
			out = append(out, q)
		}
		return out
	}
	for name, x := range map[string]struct {
		err        error
		field, key string
	}{
		"eleven questions":         {create(func(d *store.BallotDraft) { d.Questions = choices(11, 2) }), "questions", "ballot.questions.many"},
		"a question of no words":   {create(func(d *store.BallotDraft) { d.Questions = []models.BallotQuestion{{Answers: []string{"a"}, Max: 1}} }), "questions", "ballot.question.text"},
		"a question of no answers": {create(func(d *store.BallotDraft) { d.Questions = choices(1, 0) }), "questions", "ballot.question.answers"},
		"too many choices in all":  {create(func(d *store.BallotDraft) { d.Questions = choices(6, 20) }), "questions", "ballot.questions.slots"},
		"one trustee of one":       {create(func(d *store.BallotDraft) { d.Threshold, d.Size = 1, 1 }), "size", "ballot.trustees.number"},
		"a vote of cats":           {create(func(d *store.BallotDraft) { d.Unit = "cat" }), "unit", "form.needed"},
	} {
		if got := fieldKey(x.err, x.field); got != x.key {
			t.Errorf("%s: %v, want %s", name, x.err, x.key)
		}
	}
	refused(t, create(func(d *store.BallotDraft) { d.Kind = models.BallotElection }), problem.Invalid, "form.choose")
	if all := p.ballots(); len(all) != 0 {
		t.Errorf("%d votes were made", len(all))
	}
	b, err := p.in().CreateBallot(ctx, p.member, p.draft)
	must(t, err)
	o := p.office()
	name := func(seat int, phone, body string) error {
		return p.in().NameTrustee(ctx, p.member, b.ID, seat, phone, body)
	}
	refused(t, name(1, "13711112222", "outside"), problem.Invalid, "ballot.trustee.phone") // a telephone without a login
	refused(t, name(1, "1", "outside"), problem.Invalid, "ballot.trustee.phone")
	refused(t, name(4, o.Phones[0], "outside"), problem.Invalid, "form.needed") // three seats
	refused(t, name(0, o.Phones[0], "outside"), problem.Invalid, "form.needed")
	refused(t, name(1, o.Phones[0], "party"), problem.Invalid, "form.needed") // of no known body
	must(t, name(1, o.Phones[0], "outside"))
	refused(t, second(p.in().PublicBallot(ctx, b.ID)), problem.NotFound, "page.notfound")
	refused(t, second(p.in().Shelve(ctx, b.ID, []byte("sealed"), []byte("device"))), problem.NotFound, "page.notfound")
	refused(t, second(p.in().Shelve(ctx, b.ID, nil, []byte("device"))), problem.Invalid, "form.needed")
	refused(t, second(p.in().Shelve(ctx, b.ID, make([]byte, 256<<10+1), []byte("device"))), problem.Invalid, "form.needed")

	// Of the ceremony only a trustee has a part, and only the step they are at.
	trustee, stranger := o.Trustees[0], o.Trustees[1]
	submit := func(a models.Actor, id models.ID, step store.TrusteeStep) error {
		return p.in().TrusteeSubmit(ctx, a, id, step, []byte("{}"), nil)
	}
	refused(t, second(p.in().TrusteeDesk(ctx, stranger, b.ID)), problem.NotFound, "page.notfound")
	refused(t, submit(stranger, b.ID, store.TrusteeCert), problem.NotFound, "page.notfound")
	refused(t, submit(trustee, 1, store.TrusteeCert), problem.NotFound, "page.notfound")
	refused(t, submit(trustee, b.ID, store.TrusteePoly), problem.Conflict, "ballot.trustee.step")
	refused(t, submit(trustee, b.ID, "dance"), problem.Invalid, "form.needed")

	refused(t, p.in().ReplaceCredential(ctx, p.supervisor, b.ID, "lost", "made"), problem.Invalid, "ballot.list.form")
	if kept := p.ballots(); len(kept) != 1 || kept[0].Slips != 0 || kept[0].State != models.BallotDraft {
		t.Errorf("%+v", kept)
	}
}

// ballots are all votes of the community.
func (p *polling) ballots() (rows []models.BallotBoard) {
	p.t.Helper()
	must(p.t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Find(&rows).Error }))
	return rows
}

// TestSlipsThatAreNotTaken: whoever keeps a key makes no slips, and before there
// is a list nothing on it is replaced.
func TestSlipsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	p := &polling{desk: newDesk(t, storetest.New(t))}
	b, err := p.in().CreateBallot(ctx, p.member, pollDraft(p.Now().Add(time.Hour)))
	must(t, err)
	must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.BallotBoard{}).Where("id = ?", b.ID).UpdateColumn("state", models.BallotReady).Error
	}))
	_, public, err := storetest.Slips(b.UUID, 3)
	must(t, err)
	list, err := ballot.ParseCredentials(public)
	must(t, err)
	refused(t, p.in().ReplaceCredential(ctx, p.supervisor, b.ID, list.List[0].Public.String(), list.List[1].Public.String()), problem.Conflict, "ballot.open.slips")
	must(t, p.in().Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Create(&models.BallotTrustee{BoardID: b.ID, Seat: 1, UserID: p.supervisor.UserID, Name: "监督", Body: "supervision", UpdatedAt: tx.Now}).Error
	}))
	refused(t, p.in().TakeCredentials(ctx, p.supervisor, b.ID, public), problem.Forbidden, "ballot.trustee.registrar")
	if kept := p.ballots(); kept[0].Slips != 0 {
		t.Errorf("%d slips", kept[0].Slips)
	}
}
