package policy

import (
	"slices"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Each kind's own numbers, by name (domain.md A2; art. 26 and 37).
func TestRulesOfTheKinds(t *testing.T) {
	for _, c := range []struct {
		kind                        models.MeetingKind
		source                      RuleSource
		notice, feedback, minutes   int
		public, filed, option, talk bool
	}{
		{models.MeetingHeartTalk, SourceLocal, 3, 15, 15, true, true, false, true},
		{models.MeetingCoordination, SourceLocal, 3, 0, 0, false, false, false, false},
		{models.MeetingHearing, SourceLocal, 3, 0, 7, true, true, true, false},
		{models.MeetingAppraisal, SourceLocal, 15, 0, 3, true, true, false, false},
		{models.MeetingReview, SourceLaw, 10, 0, 3, true, false, false, false},
	} {
		r := MeetingRuleOf(c.kind)
		if r.Source != c.source || r.NoticeDays != c.notice || r.FeedbackDays != c.feedback || r.MinutesDays != c.minutes ||
			r.Public != c.public || r.Filed != c.filed || r.Option != c.option || r.Quarterly != c.talk {
			t.Errorf("%s: %+v", c.kind, r)
		}
	}
	if r := MeetingRuleOf(models.MeetingAppraisal); r.SubmitDays+r.ExamineDays != r.NoticeDays {
		t.Errorf("15 = 10 + 5: %+v", r)
	}
	if MeetingRuleOf("party") != nil {
		t.Error("an unknown kind has a rule")
	}
}

// n−1, n and n+1 days, over the end of a month and of a year.
func TestNoticeOfMeetings(t *testing.T) {
	for _, c := range []struct {
		kind           models.MeetingKind
		today, meeting models.Date
		waived         bool
		allowed        models.Date // "" when it is in time
	}{
		{models.MeetingHearing, "2026-11-28", "2026-11-30", false, "2026-12-01"},
		{models.MeetingHearing, "2026-11-28", "2026-12-01", false, ""},
		{models.MeetingHearing, "2026-11-28", "2026-12-02", false, ""},
		{models.MeetingHeartTalk, "2026-12-30", "2027-01-01", false, "2027-01-02"},
		{models.MeetingHeartTalk, "2026-12-30", "2027-01-02", false, ""},
		{models.MeetingHeartTalk, "2027-02-26", "2027-02-28", false, "2027-03-01"},
		{models.MeetingAppraisal, "2026-12-01", "2026-12-15", false, "2026-12-16"},
		{models.MeetingAppraisal, "2026-12-01", "2026-12-16", false, ""},
		{models.MeetingReview, "2026-12-01", "2026-12-10", false, "2026-12-11"},
		{models.MeetingReview, "2026-12-01", "2026-12-11", false, ""},
		{models.MeetingCoordination, "2026-12-01", "2026-12-02", false, "2026-12-04"},
		{models.MeetingCoordination, "2026-12-01", "2026-12-02", true, ""}, // both parties agreed (Mediation Law art. 21)
		{models.MeetingHearing, "2026-12-01", "2026-12-02", true, "2026-12-04"},
	} {
		err := CheckMeetingNotice(c.kind, c.today, c.meeting, c.waived)
		if c.allowed == "" {
			if err != nil {
				t.Errorf("%s %s → %s: %v", c.kind, c.today, c.meeting, err)
			}
			continue
		}
		p := problem.As(err)
		if p == nil || p.Kind != problem.TooLate || p.Args["date"] != c.allowed {
			t.Errorf("%s %s → %s: %v, want %s", c.kind, c.today, c.meeting, err, c.allowed)
		}
	}
}

// Days after the meeting; a period that ends on a day of rest goes on.
func TestDaysAfterAMeeting(t *testing.T) {
	talk, hearing, appraisal := MeetingRuleOf(models.MeetingHeartTalk), MeetingRuleOf(models.MeetingHearing), MeetingRuleOf(models.MeetingAppraisal)
	for _, c := range []struct{ got, want models.Date }{
		{talk.FeedbackDue("2026-11-16", China()), "2026-12-01"},
		{hearing.MinutesDue("2026-11-24", China()), "2026-12-01"},
		{hearing.MinutesDue("2026-11-21", China()), "2026-11-30"}, // the 28th is a Saturday
		{appraisal.MinutesDue("2026-12-23", China()), "2026-12-28"},
		{talk.MinutesDue("2026-11-16", China()), "2026-12-01"}, {hearing.FeedbackDue("2026-11-16", China()), ""},
		{PlanAppraisal("2026-12-01", "2026-12-16").SubmitBy, "2026-12-11"}, {ExamineBy("2026-12-11"), "2026-12-16"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestWhoMayCall(t *testing.T) {
	for _, c := range []struct {
		kind   models.MeetingKind
		state  models.MeetingState
		action string
		role   models.Role
		may    bool
	}{
		{models.MeetingHearing, "", "create", models.RoleCommitteeMember, true},
		{models.MeetingHearing, models.MeetingDraft, "publish", models.RoleCommitteeMember, false},
		{models.MeetingHearing, models.MeetingDraft, "publish", models.RoleDirector, true},
		{models.MeetingHearing, models.MeetingDraft, "publish", models.RoleSupervisor, false},
		{models.MeetingReview, "", "create", models.RoleDirector, false},
		{models.MeetingReview, "", "create", models.RoleSupervisor, true},
		{models.MeetingAppraisal, models.MeetingDraft, "publish", models.RoleDirector, false},
		{models.MeetingCoordination, "", "create", models.RoleMediator, false},
		{models.MeetingHearing, models.MeetingCancelled, "hold", models.RoleDirector, false},
		{models.MeetingHearing, models.MeetingClosed, "cancel", models.RoleDirector, false},
	} {
		if _, err := MayCallMeeting(c.kind, c.state, c.action, SetOf(c.role)); (err == nil) != c.may {
			t.Errorf("%s %s %s by %s: %v", c.kind, c.state, c.action, c.role, err)
		}
	}
}

func TestOfferEndsAtTheHourOfChanges(t *testing.T) {
	end := time.Date(2026, 12, 1, 18, 0, 0, 0, models.Shanghai)
	for _, c := range []struct {
		now  time.Time
		want time.Time
		ok   bool
	}{
		{end.Add(-48 * time.Hour), end.Add(-24 * time.Hour), true}, {end.Add(-24 * time.Hour), end, true},
		{end.Add(-time.Minute), end, true}, {end, time.Time{}, false}, {end.Add(time.Minute), time.Time{}, false},
	} {
		if got, ok := OfferUntil(c.now, end); ok != c.ok || !got.Equal(c.want) {
			t.Errorf("%s: %s %v", c.now, got, ok)
		}
	}
	if got := DefaultChangeUntil(time.Date(2026, 12, 1, 9, 0, 0, 0, models.Shanghai)); !got.Equal(time.Date(2026, 11, 30, 18, 0, 0, 0, models.Shanghai)) {
		t.Error(got)
	}
}

func TestCalendarOfTalks(t *testing.T) {
	talks := []Talk{{"2026-02-10", true}, {"2026-08-05", true}, {"2026-12-06", false}}
	got := TalkCalendar(talks, "2026-01-15", "2026-11-27")
	if len(got) != 4 || got[0].Quarter != "2026Q4" || got[0].Planned != "2026-12-06" || got[1].Held != "2026-08-05" || !got[2].Missing || got[3].Held != "2026-02-10" {
		t.Errorf("%+v", got)
	}
	if due := NextTalkDue(got); due != "2026-12-31" {
		t.Error(due)
	}
	if due := NextTalkDue(TalkCalendar([]Talk{{"2026-11-01", true}}, "2026-10-01", "2026-11-27")); due != "2027-03-31" {
		t.Error(due)
	}
}

// The draw is the same for everybody and in whatever order the tickets come; a
// reserved seat goes to its group.
func TestLotteryIsTheSameForEverybody(t *testing.T) {
	seats := []LotterySeats{{models.PartDelegate, models.PoolOpen, 2}, {models.PartDelegate, models.PoolReps, 1}}
	var tickets []LotteryTicket
	for i, name := range []string{"AAAA", "BBBB", "CCCC", "DDDD", "EEEE"} {
		pool := models.PoolOpen
		if i == 3 {
			pool = models.PoolReps
		}
		tickets = append(tickets, LotteryTicket{name, models.PartDelegate, pool})
	}
	seed := LotterySeed("secret", "words")
	first := DrawLottery(seed, tickets, seats)
	slices.Reverse(tickets)
	if second := DrawLottery(seed, tickets, seats); !slices.Equal(first, second) {
		t.Errorf("%+v\n%+v", first, second)
	}
	given, waits := 0, []int{}
	for _, d := range first {
		if d.Pool != "" {
			given++
		} else {
			waits = append(waits, d.Wait)
		}
		if d.Ticket == "DDDD" && d.Pool != models.PoolReps {
			t.Errorf("the reserved seat: %+v", d)
		}
	}
	if given != 3 || !slices.Equal(waits, []int{1, 2}) {
		t.Errorf("%d seats, waiting %v", given, waits)
	}
	if LotterySeed("secret", "other") == seed || LotterySecretHash("secret") == LotterySecretHash("secreu") {
		t.Error("the seed does not hang on its halves")
	}
}

func TestAnswersToOpinions(t *testing.T) {
	for _, c := range []struct {
		a         models.Adoption
		text, who string
		due       models.Date
		ok        bool
	}{
		{models.AdoptionYes, "下月改好", "林梅庆", "2026-12-20", true},
		{models.AdoptionYes, "下月改好", "", "2026-12-20", false},
		{models.AdoptionYes, "下月改好", "林梅庆", "", false},
		{models.AdoptionPartly, "下月改好", "林梅庆", "2026-11-26", false},
		{models.AdoptionNo, "不合规范", "", "", true},
		{models.AdoptionNo, "不行", "", "", false},
		{"", "下月改好", "林梅庆", "2026-12-20", false},
	} {
		if err := CheckOpinionAnswer(c.a, c.text, c.who, c.due, "2026-11-27"); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
