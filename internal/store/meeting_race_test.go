package store_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// Two server processes, many people, few seats: never one too many, one place
// per person however often they tap, and the waiting list in the order in which
// places were given. In full (JUWU_SOAK=1): 500 people, 40 seats, 1,000 rounds;
// a larger number is the number of rounds. The people are made once and two
// hearings open at the same moment, so that no processor waits for a lock while
// there is another seat to fight for.
func TestSeatsAreNeverOversold(t *testing.T) {
	t.Parallel()
	people, total, rounds := 60, 8, 2
	if n, err := strconv.Atoi(os.Getenv("JUWU_SOAK")); err == nil {
		if people, total, rounds = 500, 40, 1000; n > 1 {
			rounds = n
		}
	}
	db := storetest.NewMySQL(t)
	h := newMeetingHall(t, db)
	second := db.Second(t)
	must(t, second.Load(context.Background()))
	actors := make([]models.Actor, people)
	for i := range actors {
		actors[i] = h.neighbour(i)
	}
	for done := 0; done < rounds; done += 2 {
		var open []models.ID
		for range min(2, rounds-done) {
			open = append(open, h.call(h.draft(models.MeetingHearing, meetingSeats(models.PartDelegate, models.PoolOpen, total))).ID)
		}
		h.rush(open, actors, []*store.Store{db.Store, second})
		for _, m := range open {
			h.fullHouse(m, people, total)
		}
	}
	h.clean() // once: it reads every row of every round
}

// fullHouse: every seat is taken, nobody came in twice, and the others wait in
// one line.
func (h *meetingHall) fullHouse(meeting models.ID, people, total int) {
	h.t.Helper()
	rows, err := h.in().Attendees(ctx, meeting, "")
	must(h.t, err)
	seated, waits := 0, map[int]bool{}
	for _, r := range rows {
		if r.State == models.PlaceSeated {
			seated++
		} else {
			waits[r.Wait] = true
		}
	}
	if seated != total || len(rows) != people || len(waits) != people-total || !waits[1] || !waits[people-total] {
		h.t.Fatalf("%d seats given of %d, %d people, %d places waiting", seated, total, len(rows), len(waits))
	}
}

// rush lets everybody sign up for each meeting at once, every sixth person twice.
func (h *meetingHall) rush(meetings []models.ID, people []models.Actor, stores []*store.Store) {
	h.t.Helper()
	var wait sync.WaitGroup
	gate := make(chan struct{}, 12)
	for i, a := range people {
		for try := range 1 + (i%6+1)/6 {
			for k, m := range meetings {
				gate <- struct{}{}
				wait.Go(func() {
					defer func() { <-gate }()
					s := stores[(i+try+k)%len(stores)]
					_, err := s.In(h.c).JoinMeeting(ctx, a, m, store.SignupDraft{Part: models.PartDelegate})
					if err != nil && !problem.Is(err, problem.Conflict) {
						h.t.Error(err)
					}
				})
			}
		}
	}
	wait.Wait()
}

// A draw comes out again by a stranger's program of twenty lines.
func TestLotteryIsDrawnAgainByAStranger(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	h := newMeetingHall(t, storetest.New(t))
	d := h.draft(models.MeetingHearing, meetingSeats(models.PartDelegate, models.PoolOpen, 4), meetingSeats(models.PartListener, models.PoolOpen, 2))
	d.Allotment = models.AllotLottery
	m := h.call(d)
	for i := range 12 {
		part := models.PartDelegate
		if i%3 == 0 {
			part = models.PartListener
		}
		h.signUp(h.neighbour(i), m.ID, part)
	}
	refused(t, h.in().DrawLottery(ctx, h.member, m.ID, "下雨了"), problem.TooEarly, "meeting.draw.early")
	h.Clock.Set(m.SignupUntil)
	must(t, h.in().DrawLottery(ctx, h.member, m.ID, "下雨了，三十七"))
	refused(t, h.in().DrawLottery(ctx, h.member, m.ID, "再抽一次"), problem.Conflict, "meeting.draw.none")
	l, err := h.in().Lottery(ctx, h.meeting(m.ID))
	must(t, err)
	if len(l.Tickets) != 12 || !l.Redraw() {
		t.Fatalf("%+v", l)
	}
	again := func() string {
		b, err := json.Marshal(l)
		must(t, err)
		name := t.TempDir() + "/lottery.json"
		must(t, os.WriteFile(name, b, 0o600))
		out, _ := exec.Command(node, "../../docs/check-lottery.mjs", name).CombinedOutput()
		return string(out)
	}
	if out := again(); out != "12 tickets drawn again: the same list\n" {
		t.Error(out)
	}
	l.Tickets[0].Seat, l.Tickets[11].Seat = l.Tickets[11].Seat, l.Tickets[0].Seat
	l.Tickets[0].Ticket, l.Tickets[1].Ticket = l.Tickets[1].Ticket, l.Tickets[0].Ticket
	if out := again(); out == "12 tickets drawn again: the same list\n" || l.Redraw() {
		t.Error("a changed list passes")
	}
	h.clean()
}
