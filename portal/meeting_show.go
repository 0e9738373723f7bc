package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// leaf is the date of a meeting as a leaf of a calendar.
func leaf(page *web.Page, m models.CivicMeeting) ui.CalendarLeafProps {
	at := m.StartAt.In(models.Shanghai)
	l := ui.CalendarLeafProps{
		DateTime: at.Format(time.RFC3339), Month: page.T(leafMonths.Key(strconv.Itoa(int(at.Month())))), Day: strconv.Itoa(at.Day()),
		Weekday: page.T(leafWeekdays.Key(strconv.Itoa(int(at.Weekday())))), Time: at.Format("15:04"),
	}
	if m.State == models.MeetingCalled && models.DateOf(m.StartAt) >= page.Today() {
		l.Distance = page.Left(models.DateOf(m.StartAt))
	}
	return l
}

// clock is from when to when.
func clock(page *web.Page, m models.CivicMeeting) string {
	return page.T("meeting.clock", "day", models.DateOf(m.StartAt), "from", m.StartAt.In(models.Shanghai).Format("15:04"), "to", m.EndAt.In(models.Shanghai).Format("15:04"))
}

// meetingTag is where a meeting stands; what is late is said so.
func meetingTag(page *web.Page, m models.CivicMeeting) (string, ui.Kind) {
	switch m.State {
	case models.MeetingCancelled:
		return page.T("meeting.state.cancelled"), ui.Danger
	case models.MeetingClosed:
		return page.T("meeting.state.closed"), ui.Good
	case models.MeetingHeld:
		if late := m.Late(page.Today()); late != "" {
			return page.T("meeting.state.late", "date", late), ui.Danger
		}
		return page.T("meeting.state.held"), ui.Attention
	}
	return page.T("meeting.state.called"), ui.Info
}

func meetingCell(page *web.Page, m models.CivicMeeting) ui.CellProps {
	cell := ui.CellProps{
		Icon: ui.IconCalendar, Title: m.Title, Desc: page.T(meetingKinds.Key(string(m.Kind))) + " \u00b7 " + clock(page, m) + " \u00b7 " + m.Place,
		Href: page.URL("meetings", m.ID.String()),
	}
	cell.Tag, cell.TagFor = meetingTag(page, m)
	return cell
}

func (v meetingView) tag() string {
	text, _ := meetingTag(v.Page, v.CivicMeeting)
	return text
}

func (v meetingView) tagKind() ui.Kind {
	_, kind := meetingTag(v.Page, v.CivicMeeting)
	return kind
}

// facts are place, people and hours.
func (v meetingView) facts() []ui.Answer {
	facts := []ui.Answer{
		{Label: v.T("meeting.place"), Value: v.MeetingView.Place}, {Label: v.T("meeting.when"), Value: clock(v.Page, v.CivicMeeting)},
		{Label: v.T("meeting.chair"), Value: v.Chair},
	}
	if v.Unit != "" {
		facts = append(facts, ui.Answer{Label: v.T("meeting.unit"), Value: v.Unit})
	}
	if len(v.Invites) > 0 {
		facts = append(facts, ui.Answer{Label: v.T("meeting.invited"), Value: v.invited()})
	}
	if len(v.LinkSeal) > 0 {
		facts = append(facts, ui.Answer{Label: v.T("meeting.remote"), Value: v.T("meeting.remote.text")})
	}
	return append(facts, ui.Answer{Label: v.T("meeting.number"), Value: v.Number})
}

// invited names bodies and units, never a person's telephone.
func (v meetingView) invited() string {
	var names []string
	for _, in := range v.Invites {
		names = append(names, in.Name)
	}
	return strings.Join(names, v.T("format.list"))
}

// seatRows tell how many seats of each part are left, and for whom some are kept.
func (v meetingView) seatRows() []ui.TR {
	rows := make([]ui.TR, len(v.Seats))
	for i, s := range v.Seats {
		rows[i] = ui.TR{Cells: []ui.TD{
			{Text: v.T(meetingParts.Key(string(s.Part)))}, {Text: v.T(meetingPools.Key(string(s.Pool)))}, {Text: v.Int(s.Total)}, {Text: v.Int(s.Total - s.Taken)},
		}}
	}
	return rows
}

// free is how many open seats are left in all; −1 when nobody signs up.
func (v meetingView) free() int {
	n := -1
	for _, part := range joinParts {
		if v.Has(part) {
			n = max(n, 0) + v.Free(part)
		}
	}
	return n
}

func (v meetingView) itemRows() []ui.TR {
	at := v.StartAt.In(models.Shanghai)
	rows := make([]ui.TR, len(v.Items))
	for i, it := range v.Items {
		rows[i] = ui.TR{Cells: []ui.TD{{Text: at.Format("15:04")}, {Text: it.Title, Sub: it.Who}, {Text: v.T("meeting.minutes.n", "n", it.Minutes)}}}
		at = at.Add(time.Duration(it.Minutes) * time.Minute)
	}
	return rows
}

func (v meetingView) papers() []ui.FileItem {
	items := make([]ui.FileItem, len(v.Papers))
	for i, a := range v.Papers {
		items[i] = ui.FileItem{Name: a.Name, Href: v.URL("files", a.ID.String())}
	}
	return items
}

// rules say what this kind of meeting demands, and what the rule is worth.
func (v meetingView) rules() []string {
	r := v.Rule
	lines := []string{v.T(meetingBasis.Key(r.Basis))}
	if r.Source == policy.SourceLocal {
		lines = append(lines, v.T("meeting.rule.local"))
	}
	lines = append(lines, v.T("meeting.rule.notice", "n", r.NoticeDays))
	if r.FeedbackDays > 0 {
		lines = append(lines, v.T("meeting.rule.feedback", "n", r.FeedbackDays))
	}
	if r.MinutesDays > 0 {
		lines = append(lines, v.T("meeting.rule.minutes", "n", r.MinutesDays))
	}
	return lines
}

// dues are what has to follow, each with its day.
func (v meetingView) dues() []ui.Answer {
	var out []ui.Answer
	if v.State != models.MeetingHeld {
		return nil
	}
	if v.FeedbackDue != "" && v.Answered < v.CivicMeeting.Opinions {
		out = append(out, ui.Answer{Label: v.T("meeting.due.feedback"), Value: v.Day(v.FeedbackDue) + " \u00b7 " + v.Left(v.FeedbackDue)})
	}
	if v.MinutesDue != "" && v.MinutesAt == nil {
		out = append(out, ui.Answer{Label: v.T("meeting.due.minutes"), Value: v.Day(v.MinutesDue) + " \u00b7 " + v.Left(v.MinutesDue)})
	}
	return out
}

// opinionFacts is an opinion with its answer and what became of it.
func (v meetingView) opinionThread(o models.MeetingOpinion) []ui.Saying {
	says := []ui.Saying{{Who: v.T("meeting.opinion.by."+string(o.Phase)) + v.stance(o), Time: v.Moment(o.CreatedAt), DateTime: o.CreatedAt.Format(time.RFC3339), Text: o.PublicText}}
	if o.ConfirmedAt != nil && o.CorrectedAt == nil {
		says[0].Tag, says[0].TagFor = v.T("meeting.words.confirmed"), ui.Good
	}
	if o.CorrectedAt != nil {
		says = append(says, ui.Saying{Who: v.T("meeting.words.corrected"), Time: v.Moment(*o.CorrectedAt), Text: o.PublicFix})
	}
	if o.AnsweredAt != nil {
		tag, kind := v.T(meetingAdopt.Key(string(o.Adoption))), ui.Good
		if o.Adoption == models.AdoptionNo || o.Adoption == models.AdoptionOther {
			kind = ui.Info
		}
		says = append(says, ui.Saying{Who: o.Answerer, Time: v.Moment(*o.AnsweredAt), Text: o.PublicAnswer, Answer: true, Tag: tag, TagFor: kind})
	}
	for _, s := range v.Steps {
		if s.OpinionID == o.ID {
			says = append(says, ui.Saying{Who: s.ByName, Time: v.Moment(s.CreatedAt), Text: s.Text, Answer: true})
		}
	}
	return says
}

func (v meetingView) stance(o models.MeetingOpinion) string {
	if o.Stance == models.StanceNone {
		return ""
	}
	return " \u00b7 " + v.T(meetingStance.Key(string(o.Stance)))
}

// plan is who does what until when; empty when nothing was promised.
func (v meetingView) plan(o models.MeetingOpinion) (string, ui.Kind) {
	switch {
	case o.DueDay == "":
		return "", ui.Plain
	case o.DoneAt != nil:
		return v.T("meeting.plan.done", "who", o.Responsible, "date", models.DateOf(*o.DoneAt)), ui.Good
	case o.DueDay < v.Today():
		return v.T("meeting.plan.late", "who", o.Responsible, "date", o.DueDay), ui.Danger
	}
	return v.T("meeting.plan.open", "who", o.Responsible, "date", o.DueDay, "left", v.Left(o.DueDay)), ui.Attention
}

func (v meetingsView) talkRows() []ui.TR {
	rows := make([]ui.TR, len(v.Talks))
	for i, q := range v.Talks {
		cell := ui.TD{Text: v.T("meeting.talk.due", "date", q.Last)}
		switch {
		case q.Held != "":
			cell = ui.TD{Tag: v.T("meeting.talk.held", "date", q.Held), TagFor: ui.Good}
		case q.Planned != "":
			cell = ui.TD{Tag: v.T("meeting.talk.planned", "date", q.Planned), TagFor: ui.Info}
		case q.Missing:
			cell = ui.TD{Tag: v.T("meeting.talk.missing"), TagFor: ui.Danger}
		}
		rows[i] = ui.TR{Cells: []ui.TD{{Text: v.PeriodName(q.Quarter)}, cell}}
	}
	return rows
}

// state is one's own place in words.
func (v *meetingMineView) state(s meetingMySignup) (string, string, ui.Kind) {
	switch s.State {
	case models.PlaceSeated:
		if s.PresentAt != nil {
			return v.T("meeting.mine.present"), v.T("meeting.mine.present.text"), ui.Good
		}
		return v.T("meeting.mine.seated"), v.T("meeting.mine.seated.text", "part", v.T(meetingParts.Key(string(s.Part)))), ui.Good
	case models.PlaceEntered:
		return v.T("meeting.mine.entered"), v.T("meeting.mine.entered.text", "ticket", s.Ticket, "time", v.SignupUntil), ui.Info
	case models.PlaceOffered:
		if !v.Now.Before(*s.OfferUntil) {
			return v.T("meeting.mine.lapsed"), v.T("meeting.mine.lapsed.text"), ui.Danger
		}
		return v.T("meeting.mine.offered"), v.T("meeting.mine.offered.text", "time", *s.OfferUntil), ui.Attention
	case models.PlaceWaiting:
		return v.T("meeting.mine.waiting"), v.T("meeting.mine.waiting.text", "n", s.Ahead+1), ui.Attention
	case models.PlaceLapsed:
		return v.T("meeting.mine.lapsed"), v.T("meeting.mine.lapsed.text"), ui.Danger
	}
	return v.T("meeting.mine.left"), v.T("meeting.mine.left.text"), ui.Info
}

func (v *meetingMineView) offered(s meetingMySignup) bool {
	return s.State == models.PlaceOffered && v.Now.Before(*s.OfferUntil)
}

// mayChange tells whether changing and leaving are still open. An offer whose
// time has passed is nobody's, also before a job has passed it on.
func (v *meetingMineView) mayChange(s meetingMySignup) bool {
	return (s.State != models.PlaceOffered || v.offered(s)) && s.LivePerson != nil && v.CivicMeeting.State == models.MeetingCalled && v.Now.Before(v.ChangeUntil)
}

func (v *meetingMineView) doorOpen() bool { return store.DoorOpen(&v.CivicMeeting, v.Now) }

// arrived tells whether everybody of the page is checked in.
func (v *meetingMineView) arrived() bool {
	n := 0
	for _, s := range v.Signups {
		if s.PresentAt != nil {
			n++
		}
	}
	return n > 0 && n == len(v.Signups)
}

// ticketAddress is what the doorman's phone reads from the ticket.
func (v *meetingMineView) ticketAddress(s meetingMySignup) string {
	return v.Absolute(v.AdminURL("meetings", v.ID.String(), "door")) + "?q=" + s.Ticket
}

func (v *meetingMineView) at(s meetingMySignup, act string) string {
	return v.here("mine", s.ID.String(), act)
}

func (v *meetingJoinView) action() string {
	if v.Signup != nil {
		return v.here("mine", v.Signup.ID.String(), "change")
	}
	if v.Other {
		return v.here("join") + "?other=1"
	}
	return v.here("join")
}

// parts are the ways to take part, each with its seats told honestly.
func (v *meetingJoinView) parts() []ui.Option {
	var options []ui.Option
	for _, part := range joinParts {
		if !v.Has(part) {
			continue
		}
		o := v.Option("part", string(part), v.T(meetingParts.Key(string(part))))
		switch n := v.Free(part); {
		case v.Allotment == models.AllotLottery && v.Seed == "":
			o.Hint = v.T("meeting.join.lottery")
		case n > 0:
			o.Hint = v.T("meeting.join.left", "n", n)
		default:
			o.Hint = v.T("meeting.join.full")
		}
		options = append(options, o)
	}
	return options
}

func (v *meetingJoinView) family() []ui.Option {
	options := []ui.Option{v.Option("resident", "", v.T("meeting.join.self"))}
	options[0].Checked = v.Value("resident") == ""
	for _, p := range v.Family {
		options = append(options, v.Option("resident", p.ID.String(), p.Name))
	}
	return options
}

func topicTag(page *web.Page, t models.MeetingTopic) (string, ui.Kind) {
	switch t.State {
	case models.TopicAdopted:
		return page.T("meeting.topic.adopted"), ui.Good
	case models.TopicDeclined:
		return page.T("meeting.topic.declined"), ui.Info
	}
	return page.T("meeting.topic.n", "n", t.Support), ui.Plain
}

func (v lotteryView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Draw.Tickets))
	for i, t := range v.Draw.Tickets {
		outcome := ui.TD{Tag: v.T("meeting.lottery.seat"), TagFor: ui.Good}
		if t.Seat == "" {
			outcome = ui.TD{Text: v.T("meeting.lottery.wait", "n", t.Wait)}
		}
		rows[i] = ui.TR{Cells: []ui.TD{{Text: strconv.Itoa(i + 1)}, {Text: t.Ticket}, {Text: v.T(meetingParts.Key(string(t.Part)))}, outcome}}
	}
	return rows
}

// meetingDoor is the door of the home page: the next meeting's day.
func meetingDoor(page *web.Page, next *models.CivicMeeting) ui.Door {
	d := ui.Door{Title: page.T("home.door.meetings"), Icon: ui.IconCalendar, Href: page.URL("meetings"), Note: page.T("meeting.door.home.none")}
	if next != nil {
		at := next.StartAt.In(models.Shanghai)
		d.Figure, d.Unit = page.T("meeting.door.home.day", "month", page.T(leafMonths.Key(strconv.Itoa(int(at.Month())))), "day", strconv.Itoa(at.Day())), at.Format("15:04")
		d.Note = next.Title
	}
	return d
}

// meetingMatters are seats to confirm, words to confirm, and tomorrow's meeting.
func (p *Portal) meetingMatters(ctx context.Context, page *web.Page) ([]matter, error) {
	mine, err := p.Store.MyComingMeetings(ctx, page.Actor)
	var all []matter
	for _, m := range mine {
		if m.CommunityID != page.Community.ID {
			continue
		}
		href := page.URL("meetings", m.MeetingID.String(), "mine")
		switch {
		case m.MeetingSignup.State == models.PlaceOffered && page.Now.Before(*m.OfferUntil):
			all = append(all, matter{Title: page.T("meeting.mine.offered"), Desc: m.Meeting.Title + " \u00b7 " + page.T("meeting.mine.offered.text", "time", *m.OfferUntil), Href: href, Late: true})
		case models.DateOf(m.Meeting.StartAt) <= page.Today().AddDays(1):
			all = append(all, matter{Title: m.Meeting.Title, Desc: clock(page, m.Meeting) + " \u00b7 " + m.Meeting.Place, Href: href})
		}
	}
	if err != nil {
		return nil, err
	}
	said, err := p.Store.In(page.Community).WordsToConfirm(ctx, page.Actor)
	for _, o := range said {
		all = append(all, matter{Title: page.T("meeting.matter.words"), Desc: page.T("meeting.opinion.n", "n", o.Number), Href: page.URL("meetings", o.MeetingID.String(), "words", o.ID.String())})
	}
	return all, err
}
