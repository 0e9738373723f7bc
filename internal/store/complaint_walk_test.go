package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Whatever anybody does in whatever order, no case is lost: its timeline is
// unbroken, it has a clock and somebody who sees it; and what a list shows is
// what its pages show, for every officer.
func TestNoSequenceLosesACase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newCaseDesk(t, db)
		r := rand.New(rand.NewPCG(11, 7))
		officers := []models.Actor{d.director, d.member, d.worker, d.supervisor, d.street}
		var cases []models.ID
		for i := range 6 {
			rep := d.report(fmt.Sprintf("第%d件事，楼道灯坏了", i))
			if i == 0 {
				rep.About, rep.Category, rep.Answers = models.AboutCommittee, "conduct", nil
			}
			f, err := d.in().FileComplaint(ctx, d.resident, rep)
			must(t, err)
			cases = append(cases, f.Case.ID)
		}
		actions := []string{"triage", "dispatch", "accept", "return", "recuse", "answer", "refuse", "deliberate", "resume", "call_back", "register", "extend", "send_back", "order", "assist", "escalate", "merge", "reserve", "note", "ask"}
		own := []string{"withdraw", "reply", "rate", "reopen", "escalate"}
		targets := []models.Assignee{{Kind: models.AssigneeDuty}, {Kind: models.AssigneeStreet}, {Kind: models.AssigneeSupervisor}, {Kind: models.AssigneeGrid, ID: d.grid}, {Kind: models.AssigneeMember, ID: d.member.UserID}}
		done := 0
		for range 160 {
			id := cases[r.IntN(len(cases))]
			var err error
			if r.IntN(5) == 0 {
				_, err = d.in().ReporterAct(ctx, d.me(), id, own[r.IntN(len(own))], store.Word{Text: "还没有解决呢", Rating: &store.Rating{}, Escalate: models.EscalatedStreet})
			} else {
				_, err = d.in().CaseAct(ctx, officers[r.IntN(len(officers))], id, actions[r.IntN(len(actions))], store.Act{
					Text: "按规定办理了", To: targets[r.IntN(len(targets))], Reason: "outside", Other: cases[r.IntN(len(cases))], Escalate: models.EscalatedStreet,
					Triage: &store.Triage{Category: "repair", Kind: models.KindHelp}, Rating: &store.Rating{}, About: models.AboutCommittee,
				})
			}
			if err == nil {
				done++
			} else if problem.As(err) == nil {
				t.Fatal(err)
			}
			d.Clock.Add(time.Duration(r.IntN(20)) * time.Hour)
		}
		if done < 30 {
			t.Errorf("only %d acts were done", done)
		}
		if bad := d.verify(); len(bad) > 0 {
			t.Error(bad)
		}
		seen := map[models.ID]bool{}
		for _, a := range officers {
			list, _, err := d.in().Desk(ctx, a, store.DeskFilter{Show: store.ShowAll})
			must(t, err)
			listed := map[models.ID]bool{}
			for _, c := range list {
				listed[c.ID], seen[c.ID] = true, true
			}
			for _, id := range cases {
				_, err := d.in().OfficeCase(ctx, a, id)
				if (err == nil) != listed[id] {
					t.Errorf("%s: the list shows %v, the page says %v", a.Name, listed[id], err)
				}
			}
		}
		for _, id := range cases {
			c, err := d.in().OwnCase(ctx, d.me(), id)
			must(t, err)
			if c.Open && !seen[id] {
				t.Errorf("nobody sees %s at %s, with %v", c.Number, c.State, c.Owner())
			}
		}
	})
}

// What people send to break it.
func TestHostileReports(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	d := newCaseDesk(t, db)
	for text, field := range map[string]string{
		"": "text", "灯": "text", strings.Repeat("字", 10000): "text", strings.Repeat("哈", 40): "text",
	} {
		_, err := d.in().FileComplaint(ctx, d.resident, d.report(text))
		if p := problem.As(err); p == nil || p.Fields[field].Key == "" {
			t.Errorf("%.12q: %v", text, err)
		}
	}
	const nasty = "<script>alert(1)</script>𠮷家的灯坏了 👩‍👩‍👧 =cmd|' /C calc'!A0"
	r := d.report(nasty)
	r.Spot = "<b>'\"--"
	f, err := d.in().FileComplaint(ctx, d.resident, r)
	must(t, err)
	own, err := d.in().OwnCase(ctx, d.me(), f.Case.ID)
	must(t, err)
	if own.Body.Text != nasty {
		t.Errorf("%q", own.Body.Text)
	}
	bomb := d.report("楼道灯坏了三天")
	bomb.Photos = []store.NewFile{{Name: "bomb.jpg", Data: []byte("\xff\xd8\xff no picture")}}
	if _, err := d.in().FileComplaint(ctx, d.resident, bomb); problem.As(err) == nil {
		t.Errorf("a file that is no picture: %v", err)
	}
	other := newDeskIn(t, db, db.Community(t, "other"))
	if _, err := other.in().OwnCase(ctx, d.me(), f.Case.ID); !problem.Is(err, problem.NotFound) {
		t.Errorf("from another community: %v", err)
	}
	for i := range 9 {
		_, err = d.in().FileComplaint(ctx, d.resident, d.report(fmt.Sprintf("第%d件：灯坏了", i)))
	}
	must(t, err)
	_, err = d.in().FileComplaint(ctx, d.resident, d.report("第十一件：灯坏了"))
	refused(t, err, problem.TooMany, "page.toomany")
}
