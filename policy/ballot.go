package policy

import (
	_ "embed"
	"encoding/csv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// BallotMoves of a verifiable vote. What the keys, the list and the clock
// demand besides is asked of the functions below.
var BallotMoves = []Move[models.BallotState]{
	{"", "create", ballotOffice, models.BallotDraft},
	{models.BallotDraft, "edit", ballotOffice, models.BallotDraft},
	{models.BallotDraft, "fix", ballotOffice, models.BallotKeys},
	{models.BallotKeys, "assemble", SetOf(RoleJob), models.BallotRehearsal},
	{models.BallotRehearsal, "pass", SetOf(RoleJob), models.BallotReady},
	{models.BallotKeys, "restart", ballotOffice, models.BallotDraft}, // a key was lost before anything hung on it
	{models.BallotRehearsal, "restart", ballotOffice, models.BallotDraft},
	{models.BallotReady, "restart", ballotOffice, models.BallotDraft},
	{models.BallotKeys, "list", ballotRegistrars, models.BallotKeys},
	{models.BallotRehearsal, "list", ballotRegistrars, models.BallotRehearsal},
	{models.BallotReady, "list", ballotRegistrars, models.BallotReady},
	{models.BallotReady, "open", ballotOpeners, models.BallotOpen},
	{models.BallotOpen, "end", SetOf(RoleJob), models.BallotEnded}, // the clock has closed it before
	{models.BallotEnded, "tally", SetOf(RoleJob), models.BallotTallied},
	{models.BallotEnded, "few", SetOf(RoleJob), models.BallotFew},
	{models.BallotTallied, "announce", SetOf(RoleJob), models.BallotAnnounced},
	{models.BallotDraft, "drop", ballotOffice, models.BallotDropped},
	{models.BallotKeys, "drop", ballotOffice, models.BallotDropped},
	{models.BallotRehearsal, "drop", ballotOffice, models.BallotDropped},
	{models.BallotReady, "drop", ballotOffice, models.BallotDropped},
}

var (
	ballotOffice     = SetOf(models.RoleCommitteeMember, models.RoleViceDirector, models.RoleDirector, RoleECMember, RoleECChair)
	ballotRegistrars = SetOf(models.RoleSupervisor, RoleECMember, RoleECChair)
	ballotOpeners    = SetOf(models.RoleDirector, RoleECChair)
)

// SmallestTally is how many must have voted before anything is decrypted: the
// result of fewer would tell how somebody voted. No law sets the number.
const SmallestTally = 5

// TooFew tells whether so few voted that nothing may be decrypted.
func TooFew(counted int) bool { return counted < SmallestTally }

// BallotHours tells whether the board takes ballots at this instant: from the
// opening (included) to the closing (excluded). A job that ends the vote later
// changes nothing: the clock has closed it.
func BallotHours(b models.BallotBoard, now time.Time) error {
	switch {
	case b.State != models.BallotOpen && before(b.State, models.BallotOpen):
		return problem.New(problem.TooEarly, "ballot.early", nil)
	case b.State != models.BallotOpen || !now.Before(b.ClosesAt):
		return problem.New(problem.TooLate, "ballot.late", nil)
	case now.Before(b.OpensAt):
		return problem.New(problem.TooEarly, "ballot.early", nil)
	}
	return nil
}

// MayCastFrom tells whether ballots of a vote are taken from this device. Where
// only the polling place is lawful, a ballot from home is none, whoever sends it.
func MayCastFrom(b models.BallotBoard, hall models.ID) error {
	if b.Channel == models.ViaOnsite && hall != b.ID {
		return problem.New(problem.Forbidden, "ballot.hall.only", nil).Because("B0: onsite")
	}
	return nil
}

// MayOpenHall tells whether a device may become a tablet of the polling place:
// once the board is open, also in the hour before the polls are.
func MayOpenHall(b models.BallotBoard, now time.Time) error {
	if err := BallotHours(b, now); err != nil && (b.State != models.BallotOpen || !now.Before(b.OpensAt)) {
		return err
	}
	return nil
}

var ballotOrder = []models.BallotState{models.BallotDraft, models.BallotKeys, models.BallotRehearsal, models.BallotReady,
	models.BallotOpen, models.BallotEnded, models.BallotTallied, models.BallotAnnounced}

func before(a, b models.BallotState) bool {
	at := func(s models.BallotState) int {
		for i, x := range ballotOrder {
			if x == s {
				return i
			}
		}
		return len(ballotOrder)
	}
	return at(a) < at(b)
}

// BallotPublic tells whether everybody may see the vote: once it is open.
func BallotPublic(s models.BallotState) bool {
	return !before(s, models.BallotOpen) && s != models.BallotDropped
}

// MayFixBallot: questions are whole, the times lie ahead, 2 of 3 or 3 of 5 (or
// any real threshold), and the seats are taken by different people.
func MayFixBallot(b models.BallotBoard, questions []models.BallotQuestion, trustees []models.BallotTrustee, now time.Time) error {
	var f problem.Form
	if len(questions) == 0 {
		f.Add("questions", "ballot.questions.none", nil)
	}
	if !now.Before(b.ClosesAt) || !b.OpensAt.Before(b.ClosesAt) {
		f.Add("closes", "ballot.times", nil)
	}
	if b.Threshold < 2 || b.Threshold >= b.Size || len(trustees) != b.Size {
		f.Add("trustees", "ballot.trustees.number", problem.Args{"n": b.Size, "t": b.Threshold})
	}
	return f.Err()
}

// Trusteeship is what speaks for or against somebody as a trustee.
type Trusteeship struct {
	Candidate bool // stands in the vote
	Relative  bool // near relative of a candidate
	Registrar bool // made the slips: who has the slips must not have a key
	Again     bool // has a seat already
}

// MayBeTrustee: neither candidates nor their near relatives count (the analogy
// of domain.md B1 step 19), and nobody holds two powers.
func MayBeTrustee(t Trusteeship) error {
	switch {
	case t.Candidate:
		return problem.New(problem.Forbidden, "ballot.trustee.candidate", nil).Because("G3.3")
	case t.Relative:
		return problem.New(problem.Forbidden, "ballot.trustee.relative", nil).Because("G3.3")
	case t.Registrar:
		return problem.New(problem.Forbidden, "ballot.trustee.registrar", nil)
	case t.Again:
		return problem.New(problem.Conflict, "ballot.trustee.twice", nil)
	}
	return nil
}

// MayOpenBallot: the rehearsal has passed (the state says so), the list of
// voters stands, and there is a slip for nobody but them.
func MayOpenBallot(b models.BallotBoard, now time.Time) error {
	switch {
	case b.Slips == 0:
		return problem.New(problem.Conflict, "ballot.open.slips", nil)
	case b.Voters == 0:
		return problem.New(problem.Conflict, "ballot.open.voters", nil)
	case b.Slips > b.Voters:
		return problem.New(problem.Conflict, "ballot.open.many", problem.Args{"slips": b.Slips, "voters": b.Voters})
	case !now.Before(b.ClosesAt):
		return problem.New(problem.TooLate, "ballot.times", nil)
	}
	return nil
}

// VotingChannel is a line of channels.csv.
type VotingChannel struct {
	Channel models.BallotChannel
	Needs   string
	Basis   string // key of the catalogue
}

//go:embed channels.csv
var channelsCSV string

var votingChannels = readChannels(channelsCSV)

type channelKey struct {
	kind models.BallotKind
	pack string
}

func readChannels(text string) map[channelKey][]VotingChannel {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 5
	rows, err := r.ReadAll()
	if err != nil {
		panic("policy: channels.csv: " + err.Error())
	}
	m := map[channelKey][]VotingChannel{}
	for _, row := range rows {
		k := channelKey{models.BallotKind(row[0]), row[1]}
		m[k] = append(m[k], VotingChannel{models.BallotChannel(row[2]), row[3], row[4]})
	}
	return m
}

//i18n:family channel.basis.

// Channels are the lawful ways of a vote under a rule pack, paper first.
func Channels(kind models.BallotKind, pack string) []VotingChannel {
	return append(append([]VotingChannel(nil), votingChannels[channelKey{kind, "*"}]...), votingChannels[channelKey{kind, pack}]...)
}

// DemonstrationPack is the only pack that opens voting at home in a statutory
// election, so that the whole way can be tried; every page of it says 示范.
const DemonstrationPack = "demonstration"

// MayOpenChannel answers whether this way of voting is lawful and on what it
// rests. approval is the recorded approval of the street.
func MayOpenChannel(kind models.BallotKind, pack string, channel models.BallotChannel, approval string) (basis string, err error) {
	for _, c := range Channels(kind, pack) {
		if c.Channel != channel {
			continue
		}
		if c.Needs == "street" && strings.TrimSpace(approval) == "" {
			return "", problem.New(problem.Forbidden, "ballot.channel.street", nil).Because("B0: onsite needs the street")
		}
		return c.Basis, nil
	}
	return "", problem.New(problem.Forbidden, "ballot.channel.locked", nil).Because("B0")
}
