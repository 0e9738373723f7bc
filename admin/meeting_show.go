package admin

import (
	"strconv"
	"strings"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

var (
	meetingStates = i18n.Family("meeting.state.")
	meetingAdopt  = i18n.Family("meeting.adoption.")
	meetingPhases = i18n.Family("meeting.opinion.by.")
)

// paragraphsOf cuts a text at its empty lines.
func paragraphsOf(s string) []string {
	var out []string
	for _, p := range strings.Split(s, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// missing is the newest quarter without a talk, in words; "" if there is none.
func (v *meetingsView) missing() string {
	for _, q := range v.Talks {
		if q.Missing {
			return v.PeriodName(q.Quarter)
		}
	}
	return ""
}

func meetingState(p *web.Page, m models.CivicMeeting) (string, ui.Kind) {
	kind := ui.Info
	switch m.State {
	case models.MeetingHeld:
		kind = ui.Attention
		if due := m.Late(p.Today()); due != "" {
			return p.T("meeting.state.late", "date", due), ui.Danger
		}
	case models.MeetingClosed:
		kind = ui.Good
	case models.MeetingCancelled:
		kind = ui.Danger
	case models.MeetingDraft:
		kind = ui.Plain
	}
	return p.T(meetingStates.Key(string(m.State))), kind
}

func (v *meetingsView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.List))
	for i, m := range v.List {
		text, kind := meetingState(v.Page, m)
		href := v.AdminURL("meetings", m.ID.String())
		if !v.Opens {
			href = v.AdminURL("meetings", m.ID.String(), "door")
		}
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{
			{Text: m.Title, Sub: v.T(meetingKinds.Key(string(m.Kind))), Href: href}, {Text: clockOf(v.Page, m)}, {Tag: text, TagFor: kind}, {Text: v.Int(m.Tickets)},
		}}
	}
	return rows
}

func (v *meetingForm) action() string {
	if v.Meeting != nil {
		return v.AdminURL("meetings", v.Meeting.ID.String(), "edit")
	}
	return v.AdminURL("meetings", "new") + "?kind=" + string(v.Rule.Kind) + caseQuery(v.Page)
}

func (v *meetingForm) seen() string {
	if v.Meeting == nil {
		return ""
	}
	return strconv.FormatInt(v.Meeting.UpdatedAt.UnixMilli(), 10)
}

func (v *meetingForm) must() string { return bodyNames(v.Page, v.Rule.Must) }

func bodyNames(p *web.Page, bodies []models.MeetingBody) string {
	names := make([]string, len(bodies))
	for i, b := range bodies {
		names[i] = p.T(meetingBodies.Key(string(b)))
	}
	return strings.Join(names, p.T("format.list"))
}

func (v *meetingForm) seatField(s policy.LotterySeats) ui.Field {
	f := v.Optional("seats_"+string(s.Part)+"_"+string(s.Pool), "meeting.seats")
	f.Label, f.Optional = v.T(meetingParts.Key(string(s.Part)))+" \u00b7 "+v.T(meetingPools.Key(string(s.Pool))), ""
	return f
}

// itemField is one field of the agenda; the first carries what is wrong with
// the agenda as a whole.
func (v *meetingForm) itemField(id, name, label string) ui.Field {
	f := v.Optional(name, label)
	f.Optional, f.ID = "", id
	if id != "" && f.Error == "" {
		f.Error = v.Error(id)
	}
	return f
}

// over is the kind, with the number once the notice has one.
func (v *meetingView) over() string {
	kind := v.T(meetingKinds.Key(string(v.Kind)))
	if v.Number == "" {
		return kind
	}
	return kind + " · " + v.Number
}

func (v *meetingView) tag() string {
	text, _ := meetingState(v.Page, v.CivicMeeting)
	return text
}

func (v *meetingView) tagKind() ui.Kind {
	_, kind := meetingState(v.Page, v.CivicMeeting)
	return kind
}

func (v *meetingView) names(bodies []models.MeetingBody) string { return bodyNames(v.Page, bodies) }

func (v *meetingView) facts() []ui.Answer {
	var items, invited []string
	for _, it := range v.Items {
		items = append(items, strconv.Itoa(it.Place)+". "+it.Title+" \u00b7 "+v.T("meeting.minutes.n", "n", it.Minutes))
	}
	for _, in := range v.Invites {
		invited = append(invited, in.Name)
	}
	facts := []ui.Answer{
		{Label: v.T("meeting.form.signup"), Value: v.Moment(v.SignupUntil)}, {Label: v.T("meeting.form.change"), Value: v.Moment(v.ChangeUntil)},
		{Label: v.T("meeting.about"), Value: v.Summary}, {Label: v.T("meeting.agenda"), Lines: items}, {Label: v.T("meeting.invited"), Value: strings.Join(invited, v.T("format.list"))},
		{Label: v.T("meeting.chair"), Value: v.Chair}, {Label: v.T("meeting.recorder"), Value: v.Recorder},
	}
	for _, s := range v.Seats {
		facts = append(facts, ui.Answer{Label: v.T(meetingParts.Key(string(s.Part))) + " \u00b7 " + v.T(meetingPools.Key(string(s.Pool))), Value: v.Int(s.Total)})
	}
	return facts
}

func (v *meetingView) count(state models.PlaceState) int {
	n := 0
	for _, s := range v.Signups {
		if s.State == state {
			n++
		}
	}
	return n
}

func (v *meetingView) dues() []ui.Answer {
	if v.State != models.MeetingHeld {
		return nil
	}
	var out []ui.Answer
	if open := v.CivicMeeting.Opinions - v.Answered; v.FeedbackDue != "" && open > 0 {
		out = append(out, ui.Answer{Label: v.T("meeting.due.feedback"), Value: v.Day(v.FeedbackDue) + " \u00b7 " + v.Left(v.FeedbackDue), Lines: []string{v.T("meeting.due.open", "n", open)}})
	}
	if v.MinutesDue != "" && v.MinutesAt == nil {
		out = append(out, ui.Answer{Label: v.T("meeting.due.minutes"), Value: v.Day(v.MinutesDue) + " \u00b7 " + v.Left(v.MinutesDue)})
	}
	return out
}

// running tells whether words are taken down now.
func (v *meetingView) running() bool {
	return v.State == models.MeetingHeld || v.State == models.MeetingCalled && !v.Now.Before(v.StartAt)
}

// speakers are those who are there, speakers first.
func (v *meetingView) speakers() []ui.Option {
	var first, rest []ui.Option
	for _, s := range v.Signups {
		if s.State != models.PlaceSeated {
			continue
		}
		o := v.Option("signup", s.ID.String(), s.Name+" \u00b7 "+v.T(meetingParts.Key(string(s.Part))))
		if s.Part == models.PartSpeaker {
			first = append(first, o)
		} else {
			rest = append(rest, o)
		}
	}
	return append(first, rest...)
}

func (v *meetingView) opinionCell(o models.MeetingOpinion) ui.CellProps {
	cell := ui.CellProps{Title: shortText(o.Text), Desc: v.T("meeting.opinion.n", "n", o.Number) + " \u00b7 " + v.T(meetingPhases.Key(string(o.Phase))), Href: v.path("opinions", o.ID.String())}
	if o.Speaker != "" {
		cell.Desc += " \u00b7 " + o.Speaker
	}
	switch {
	case o.AnsweredAt == nil:
		cell.Tag, cell.TagFor = v.T("meeting.answer.open"), ui.Attention
	case o.DueDay != "" && o.DoneAt == nil && o.DueDay < v.Today():
		cell.Tag, cell.TagFor = v.T("meeting.plan.late", "who", o.Responsible, "date", o.DueDay), ui.Danger
	case o.DueDay != "" && o.DoneAt == nil:
		cell.Tag, cell.TagFor = v.T("meeting.plan.open", "who", o.Responsible, "date", o.DueDay, "left", v.Left(o.DueDay)), ui.Attention
	default:
		cell.Tag, cell.TagFor = v.T(meetingAdopt.Key(string(o.Adoption))), ui.Good
	}
	return cell
}

func (v *meetingView) minutesSeen(m models.Minutes) string {
	return strconv.FormatInt(m.UpdatedAt.UnixMilli(), 10)
}

func (v *meetingView) minutesButton() string {
	if len(v.Minutes) > 0 && v.Minutes[0].PublishedAt != nil {
		return v.T("meeting.minutes.correct")
	}
	return v.T("meeting.minutes.write")
}

func (v *meetingView) minutesLead() string {
	if v.MinutesDue == "" || v.MinutesAt != nil {
		return v.T("meeting.minutes.lead")
	}
	return v.T("meeting.minutes.until", "date", v.MinutesDue, "left", v.Left(v.MinutesDue))
}

// corrects tells whether what is written corrects minutes that are out.
func (v *meetingView) corrects() bool {
	for _, m := range v.Minutes {
		if m.PublishedAt != nil {
			return true
		}
	}
	return false
}

// cancelReason has an id of its own: two reasons stand on one page.
func (v *meetingView) cancelReason() ui.Field {
	f := v.Field("reason", "meeting.reason", "meeting.reason.hint")
	f.ID = "cancel_reason"
	return f
}

func (v *opinionView) opinionFacts() []ui.Answer {
	o := v.Opinion
	facts := []ui.Answer{{Label: v.T("meeting.opinion.text"), Value: o.Text}, {Label: v.T("meeting.opinion.public.label"), Value: o.PublicText}}
	if o.Speaker != "" {
		facts = append(facts, ui.Answer{Label: v.T("meeting.take.who"), Value: o.Speaker})
	}
	if o.CorrectedAt != nil {
		facts = append(facts, ui.Answer{Label: v.T("meeting.words.corrected"), Value: o.Correction})
	}
	if o.AnsweredAt != nil {
		facts = append(facts, ui.Answer{Label: v.T(meetingAdopt.Key(string(o.Adoption))), Value: o.Answer})
	}
	for _, s := range v.Steps {
		if s.OpinionID == o.ID {
			facts = append(facts, ui.Answer{Label: v.Moment(s.CreatedAt), Value: s.Text})
		}
	}
	return facts
}

func (v *opinionView) adoptions() []ui.Option {
	var options []ui.Option
	for _, a := range []models.Adoption{models.AdoptionYes, models.AdoptionPartly, models.AdoptionNo, models.AdoptionOther} {
		options = append(options, v.Option("adoption", string(a), v.T(meetingAdopt.Key(string(a)))))
	}
	return options
}

func (v *topicsView) topicField(t models.MeetingTopic, name, label string) ui.Field {
	f := v.Optional(name, label)
	f.ID, f.Optional = name+"-"+t.ID.String(), ""
	return f
}

func (v *topicsView) meetings() []ui.Option {
	options := make([]ui.Option, len(v.Meetings))
	for i, m := range v.Meetings {
		options[i] = ui.Option{Value: m.ID.String(), Text: m.Title + " \u00b7 " + clockOf(v.Page, m)}
	}
	return options
}

func (v *meetingDoorView) doorLead() string {
	if v.Open {
		return v.T("meeting.door.lead")
	}
	return v.T("meeting.door.closed", "time", v.Meeting.StartAt)
}

func (v *meetingDoorView) cell(s models.MeetingSignup) ui.CellProps {
	cell := ui.CellProps{Title: s.Name, Desc: v.T(meetingParts.Key(string(s.Part))) + " \u00b7 " + s.Ticket}
	if needs := v.Needs[s.ID]; needs != "" {
		cell.Desc += " \u00b7 " + v.T("meeting.mine.needs", "text", needs)
	}
	switch {
	case s.PresentAt != nil:
		cell.Tag, cell.TagFor = v.T("meeting.door.there", "time", *s.PresentAt), ui.Good
	case s.State == models.PlaceSeated:
		cell.Tag, cell.TagFor = v.T("meeting.signup.seated"), ui.Info
	default:
		cell.Tag, cell.TagFor = v.T(signupStates.Key(string(s.State))), ui.Attention
	}
	return cell
}

// scanned says that the ticket was read, where it was.
func (v *meetingDoorView) scanned(s models.MeetingSignup) []ui.HiddenField {
	if v.Find == s.Ticket {
		return v.Hidden("ticket", "1")
	}
	return v.Hidden()
}

func (v *meetingDoorView) parts() []ui.Option {
	var options []ui.Option
	for _, part := range []models.MeetingPart{models.PartDelegate, models.PartSpeaker, models.PartListener} {
		if v.Meeting.Has(part) {
			o := v.Option("part", string(part), v.T(meetingParts.Key(string(part))))
			o.Hint = v.T("meeting.join.left", "n", v.Meeting.Free(part))
			options = append(options, o)
		}
	}
	return options
}

func (v *meetingDoorView) pools() []ui.Option {
	var options []ui.Option
	for _, pool := range []models.MeetingPool{models.PoolOpen, models.PoolReps, models.PoolParty, models.PoolCouncil, models.PoolUnits} {
		options = append(options, v.Option("wanted", string(pool), v.T(meetingPools.Key(string(pool)))))
	}
	return options
}

func (v *entrancesView) hung() int {
	n := 0
	for _, e := range v.List {
		if e.HungAt != nil {
			n++
		}
	}
	return n
}

func (v *entrancesView) name(e store.Entrance) string { return entranceName(v.Page, e) }

// entranceName says "unit" once, also where the roll has it in the unit's name.
func entranceName(p *web.Page, e store.Entrance) string {
	switch {
	case e.Unit == "":
		return e.Building
	case strings.Contains(e.Unit, p.Chinese().T("resident.unit")):
		return p.T("meeting.entrance.named", "building", e.Building, "unit", e.Unit)
	}
	return p.T("meeting.entrance", "building", e.Building, "unit", e.Unit)
}

func (v *entrancesView) options() []ui.Option {
	options := make([]ui.Option, len(v.List))
	for i, e := range v.List {
		options[i] = ui.Option{Value: e.Key(), Text: v.name(e), Checked: e.HungAt != nil, Off: e.HungAt != nil}
		if e.HungAt != nil {
			options[i].Hint = v.T("meeting.entrance.hung", "name", e.HungBy, "time", *e.HungAt)
		}
	}
	return options
}

func (v *entrancesView) zhClock() string { return clockOf(v.Chinese(), v.Meeting.CivicMeeting) }

// sheet is the frame of one entrance's sheet, in Chinese as all that hangs.
func (v *entrancesView) sheet(i int, e store.Entrance) ui.SheetProps {
	zh := v.Chinese()
	return ui.SheetProps{
		Paper: "A4", Kind: zh.T(meetingKinds.Key(string(v.Meeting.Kind))), Title: v.Meeting.Title, Community: v.Community.Name,
		Number: zh.T("notice.sheet.number", "number", v.Meeting.Number), Period: entranceName(zh, e),
		PageText: zh.T("notice.sheet.page", "n", i+1, "of", len(v.List)), Foot: zh.T("notice.sheet.foot", "phone", v.Community.Phone),
		QRAddress: v.Absolute(v.URL("meetings", v.Meeting.ID.String())), QRLabel: zh.T("meeting.sheet.scan"),
		Seal: zh.T("notice.sheet.seal", "community", v.Community.Name), Date: zh.Day(models.DateOf(*v.Meeting.PublishedAt)),
	}
}
