package policy

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"juwu/models"
)

// The public lottery. Before anybody signs up the program binds itself to a
// secret by publishing its hash; when signing up has ended, somebody in the hall
// says a few words. Neither the office, which does not know the words before,
// nor the hall, which does not know the secret, can choose the outcome; both
// are published and docs/check-lottery.mjs draws again.

// LotterySecretHash binds the program to the secret (hex).
func LotterySecretHash(secret string) string {
	sum := sha256.Sum256([]byte("juwu lottery secret\n" + secret))
	return hex.EncodeToString(sum[:])
}

// LotterySeed makes the seed (hex) of the secret and the words said in the open.
func LotterySeed(secret, words string) string {
	sum := sha256.Sum256([]byte("juwu lottery seed\n" + secret + "\n" + words))
	return hex.EncodeToString(sum[:])
}

// LotteryTicket is one entry.
type LotteryTicket struct {
	Ticket string
	Part   models.MeetingPart
	Wanted models.MeetingPool
}

// LotterySeats is how many seats a part has in a pool.
type LotterySeats struct {
	Part  models.MeetingPart
	Pool  models.MeetingPool
	Total int
}

// Drawn is the place of a ticket: its rank in the order of all, and its seat's
// pool or its place on the waiting list.
type Drawn struct {
	LotteryTicket
	Rank int
	Pool models.MeetingPool // "" on the waiting list
	Wait int
}

// DrawLottery puts the tickets in the order of HMAC-SHA256(seed, ticket) in hex
// and gives seats in that order.
func DrawLottery(seed string, tickets []LotteryTicket, seats []LotterySeats) []Drawn {
	key, _ := hex.DecodeString(seed) // our own hex; anything else is an empty key and still a fixed order
	order := make([]Drawn, len(tickets))
	weight := make(map[string]string, len(tickets))
	for i, t := range tickets {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(t.Ticket))
		weight[t.Ticket], order[i].LotteryTicket = hex.EncodeToString(m.Sum(nil)), t
	}
	slices.SortFunc(order, func(a, b Drawn) int {
		return cmp.Or(cmp.Compare(weight[a.Ticket], weight[b.Ticket]), cmp.Compare(a.Ticket, b.Ticket))
	})
	free := map[models.MeetingPart]map[models.MeetingPool]int{}
	for _, s := range seats {
		if free[s.Part] == nil {
			free[s.Part] = map[models.MeetingPool]int{}
		}
		free[s.Part][s.Pool] += s.Total
	}
	wait := 0
	for i := range order {
		d := &order[i]
		d.Rank = i + 1
		for _, pool := range SeatOrder(d.Wanted) {
			if free[d.Part][pool] > 0 {
				free[d.Part][pool]--
				d.Pool = pool
				break
			}
		}
		if d.Pool == "" {
			wait++
			d.Wait = wait
		}
	}
	return order
}
