package store

import (
	"context"
	"encoding/json"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Lottery is a draw as everybody may repeat it: docs/check-lottery.mjs reads it.
type Lottery struct {
	Meeting    models.ID        `json:"meeting"`
	SecretHash string           `json:"secret_sha256"` // published with the notice
	Secret     string           `json:"secret,omitempty"`
	Words      string           `json:"words,omitempty"` // said in the open when it was drawn
	Seed       string           `json:"seed,omitempty"`
	DrawnAt    *time.Time       `json:"drawn_at,omitempty"`
	Seats      []LotterySeats   `json:"seats"`
	Tickets    []LotteryOutcome `json:"tickets"` // in the order drawn
}

// LotterySeats are the seats of a part and pool that were drawn for.
type LotterySeats struct {
	Part  models.MeetingPart `json:"part"`
	Pool  models.MeetingPool `json:"pool"`
	Total int                `json:"total"`
}

// LotteryOutcome is a ticket and what it drew. No name stands beside it: each
// person knows their own ticket.
type LotteryOutcome struct {
	Ticket string             `json:"ticket"`
	Part   models.MeetingPart `json:"part"`
	Group  models.MeetingPool `json:"group"`
	Seat   models.MeetingPool `json:"seat"` // "" on the waiting list
	Wait   int                `json:"wait"`
}

// maxWords is the length of what is said at a draw.
const maxWords = 60

// DrawLottery draws the seats in the open: words are what somebody in the room
// has just said. Refusals: TooEarly before signing up has ended, Conflict when
// it was drawn or there is nothing to draw.
func (t *Tenant) DrawLottery(ctx context.Context, actor models.Actor, meeting models.ID, words string) error {
	words = cleanLine(words)
	if n := len([]rune(words)); n < 2 || n > maxWords {
		var f problem.Form
		f.Add("words", "meeting.draw.words.wrong", problem.Args{"n": maxWords})
		return f.Err()
	}
	return t.draw(ctx, actor, meeting, words)
}

func (t *Tenant) draw(ctx context.Context, actor models.Actor, meeting models.ID, words string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("meeting", "minutes"), tx.jobOnly()); err != nil {
			return err
		}
		if err := tx.countTickets(meeting, 0); err != nil { // holds the seats until the end
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		switch {
		case err != nil:
			return err
		case m.State != models.MeetingCalled || m.Allotment != models.AllotLottery || m.Seed != "":
			return problem.New(problem.Conflict, "meeting.draw.none", nil)
		case tx.Now.Before(m.SignupUntil):
			return problem.New(problem.TooEarly, "meeting.draw.early", problem.Args{"time": m.SignupUntil})
		}
		secret, err := tx.store.opt.Keys.Open(sealMeetingSeed, m.ID, m.SeedSeal)
		if err != nil {
			return err
		}
		now := *m
		now.SeedText, now.Seed, now.DrawnAt = words, policy.LotterySeed(secret, words), &tx.Now
		n, err := tx.giveDrawn(&now)
		if err != nil {
			return err
		}
		list := make([]LotteryOutcome, len(n))
		for i, d := range n {
			list[i] = outcome(d)
		}
		if now.DrawnList, err = json.Marshal(list); err != nil {
			return err
		}
		res := tx.Model(&models.CivicMeeting{}).Where("id = ? AND seed = ''", m.ID).Select("seed_text", "seed", "drawn_at", "drawn_list", "waits").UpdateColumns(&now)
		if err := Changed(res); err != nil {
			return err
		}
		tx.Touch(subjectMeetings, subjectSeats)
		tx.Audit("meeting.draw", m.ID, map[string]string{"seed": now.Seed})
		return tx.tellDrawn(m, n)
	})
}

// jobOnly lets the program itself act where nobody did.
func (tx *Tx) jobOnly() error {
	if tx.Actor.System {
		return nil
	}
	return problem.New(problem.Forbidden, "policy.forbidden", nil)
}

// giveDrawn writes the outcome to every ticket.
func (tx *Tx) giveDrawn(m *models.CivicMeeting) ([]policy.Drawn, error) {
	tickets, seats, err := tx.lotteryOf(m.ID)
	if err != nil {
		return nil, err
	}
	drawn := policy.DrawLottery(m.Seed, tickets, seats)
	taken := map[policy.LotterySeats]int{}
	for _, d := range drawn {
		row := models.MeetingSignup{State: models.PlaceSeated, Pool: d.Pool, Rank: d.Rank, Wait: d.Wait, UpdatedAt: tx.Now}
		if d.Pool == "" {
			row.State = models.PlaceWaiting
			m.Waits = max(m.Waits, d.Wait)
		} else {
			taken[policy.LotterySeats{Part: d.Part, Pool: d.Pool}]++
		}
		err := Changed(tx.Model(&models.MeetingSignup{}).Where("meeting_id = ? AND ticket = ? AND state = ?", m.ID, d.Ticket, models.PlaceEntered).
			Select("state", "pool", "rank_no", "wait", "updated_at").UpdateColumns(&row))
		if err != nil {
			return nil, err
		}
	}
	for s, n := range taken {
		err := Changed(tx.Model(&models.MeetingSeats{}).Where("meeting_id = ? AND part = ? AND pool = ? AND taken + ? <= total", m.ID, s.Part, s.Pool, n).
			UpdateColumn("taken", n))
		if err != nil {
			return nil, err
		}
	}
	return drawn, nil
}

func (tx *Tx) lotteryOf(meeting models.ID) ([]policy.LotteryTicket, []policy.LotterySeats, error) {
	var rows []models.MeetingSignup
	err := tx.Select("ticket", "part", "wanted").Where("meeting_id = ? AND state = ?", meeting, models.PlaceEntered).Order("ticket").Find(&rows).Error
	if err != nil {
		return nil, nil, err
	}
	var seats []models.MeetingSeats
	if err := tx.Where("meeting_id = ?", meeting).Order("id").Find(&seats).Error; err != nil {
		return nil, nil, err
	}
	tickets := make([]policy.LotteryTicket, len(rows))
	for i, r := range rows {
		tickets[i] = policy.LotteryTicket{Ticket: r.Ticket, Part: r.Part, Wanted: r.Wanted}
	}
	out := make([]policy.LotterySeats, len(seats))
	for i, s := range seats {
		out[i] = policy.LotterySeats{Part: s.Part, Pool: s.Pool, Total: s.Total}
	}
	return tickets, out, nil
}

func (tx *Tx) tellDrawn(m *models.CivicMeeting, drawn []policy.Drawn) error {
	for _, k := range []struct {
		state models.PlaceState
		key   string
	}{{models.PlaceSeated, "meeting.tell.drawn"}, {models.PlaceWaiting, "meeting.tell.notdrawn"}} {
		err := tx.tellSignedUp(m.ID, []models.PlaceState{k.state}, k.key, problem.Args{"title": m.Title, "n": len(drawn)})
		if err != nil {
			return err
		}
	}
	return nil
}

// Lottery is the public record of a draw; before it, the hash that binds the
// program, and the seats. What was drawn is kept as it was: people come and go
// afterwards.
func (t *Tenant) Lottery(ctx context.Context, m *models.CivicMeeting) (*Lottery, error) {
	if m.Allotment != models.AllotLottery || m.SeedHash == "" {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	l := &Lottery{Meeting: m.ID, SecretHash: m.SeedHash, Words: m.SeedText, Seed: m.Seed, DrawnAt: m.DrawnAt, Tickets: []LotteryOutcome{}}
	var seats []models.MeetingSeats
	if err := t.db(ctx).Where("meeting_id = ?", m.ID).Order("id").Find(&seats).Error; err != nil {
		return nil, err
	}
	for _, s := range seats {
		l.Seats = append(l.Seats, LotterySeats{s.Part, s.Pool, s.Total})
	}
	if m.Seed == "" {
		return l, nil
	}
	if err := json.Unmarshal(m.DrawnList, &l.Tickets); err != nil {
		return nil, err
	}
	var err error
	l.Secret, err = t.opt.Keys.Open(sealMeetingSeed, m.ID, m.SeedSeal)
	return l, err
}

// Redraw tells whether a published draw comes out again as it was.
func (l *Lottery) Redraw() bool {
	if policy.LotterySecretHash(l.Secret) != l.SecretHash || policy.LotterySeed(l.Secret, l.Words) != l.Seed {
		return false
	}
	tickets := make([]policy.LotteryTicket, len(l.Tickets))
	for i, o := range l.Tickets {
		tickets[i] = policy.LotteryTicket{Ticket: o.Ticket, Part: o.Part, Wanted: o.Group}
	}
	seats := make([]policy.LotterySeats, len(l.Seats))
	for i, s := range l.Seats {
		seats[i] = policy.LotterySeats(s)
	}
	for i, d := range policy.DrawLottery(l.Seed, tickets, seats) {
		if outcome(d) != l.Tickets[i] {
			return false
		}
	}
	return true
}

func outcome(d policy.Drawn) LotteryOutcome {
	return LotteryOutcome{d.Ticket, d.Part, d.Wanted, d.Pool, d.Wait}
}

// DrawForgotten draws where nobody did on the day after signing up had ended, so
// that nobody waits for an office that forgets; the words are the day.
func (s *Store) DrawForgotten(ctx context.Context, now time.Time) (n int, err error) {
	var due []models.CivicMeeting
	err = s.everywhere(ctx).Where("state = ? AND allotment = ? AND seed = '' AND signup_until <= ?", models.MeetingCalled, models.AllotLottery, models.Moment(now.Add(-drawPatience))).
		Limit(100).Find(&due).Error
	for _, m := range due {
		c := s.CommunityByID(m.CommunityID)
		if c == nil {
			continue
		}
		err := s.In(c).draw(ctx, models.Actor{System: true}, m.ID, string(models.DateOf(m.SignupUntil)))
		if err != nil && !problem.Is(err, problem.Conflict) {
			return n, err
		}
		n++
	}
	return n, err
}

// drawPatience is how long the program waits for somebody to draw.
const drawPatience = 12 * time.Hour
