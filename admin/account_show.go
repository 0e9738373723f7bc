package admin

import (
	"encoding/hex"
	"strings"
	"time"

	"juwu/i18n"
	"juwu/internal/store"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Rows and steps of the accounts' pages: how a month looks, never what it may.

func (v *deskView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.Months))
	for i, m := range v.Months {
		href := v.AdminURL("accounts", m.ID.String())
		month := ui.TD{Text: v.Month(m.Month), Href: href}
		if m.Version > 1 {
			month.Sub = v.T("ledger.version", "n", m.Version)
		}
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{
			month, {Body: deskState(v, m)}, {Text: v.Money(m.IncomeFen)}, {Text: v.Money(m.ExpenseFen)},
			{Text: v.Money(m.ClosingFen)}, {Text: v.Int(m.Entries)},
		}}
	}
	return rows
}

func (v *monthView) over() string {
	if v.M.Version == 1 {
		return ""
	}
	return v.T("ledger.version", "n", v.M.Version)
}

// signing are the three steps of the round that runs, or of the publication.
func (v *monthView) signing() []ui.Event {
	events := make([]ui.Event, len(models.SignSteps))
	for i, step := range models.SignSteps {
		events[i] = ui.Event{Title: v.T(stepNames.Key(string(step))), State: ui.StepNext, StateFor: v.T("ledger.step.next")}
		if step == v.Step {
			events[i].State, events[i].StateFor = ui.StepNow, v.T("ledger.step.now")
		}
	}
	for _, s := range v.current() {
		for i, step := range models.SignSteps {
			if s.Step == step {
				events[i] = v.signed(s)
			}
		}
	}
	return events
}

func (v *monthView) signed(s models.AccountSignature) ui.Event {
	e := ui.Event{
		Title: v.T(stepNames.Key(string(s.Step))), State: ui.StepDone, StateFor: v.T("ledger.step.done"), Who: s.Name,
		Time: v.Moment(s.CreatedAt), DateTime: s.CreatedAt.Format(time.RFC3339),
	}
	if s.DeputyFor != 0 {
		e.Text = v.T("ledger.deputy")
	}
	return e
}

// history are the events and the signatures of earlier rounds, by time.
func (v *monthView) history() []ui.Event {
	events := make([]ui.Event, 0, len(v.Events))
	for _, e := range v.Events {
		state := ui.StepDone
		if e.Kind == store.EventSentBack || e.Kind == store.EventWithdrawn || e.Kind == store.EventDropped {
			state = ui.StepEnded
		}
		events = append(events, ui.Event{
			Title: v.T(eventNames.Key(e.Kind)), Who: e.ByName, Text: e.Reason, State: state,
			Time: v.Moment(e.CreatedAt), DateTime: e.CreatedAt.Format(time.RFC3339),
		})
	}
	return events
}

// sentBack is why a draft came back to the clerk, until another draft is written.
func (v *monthView) sentBack() *models.AccountEvent {
	if v.M.State != models.AccountDraft || len(v.Events) == 0 {
		return nil
	}
	if last := &v.Events[len(v.Events)-1]; last.Kind == store.EventSentBack {
		return last
	}
	return nil
}

func (v *monthView) lines() []ui.TR {
	rows := make([]ui.TR, len(v.Entries))
	for i, e := range v.Entries {
		rows[i] = ui.TR{ID: "line-" + v.Int(e.Line), Cells: []ui.TD{
			v.purpose(e), {Text: shortDay(e.Day), Sub: e.Voucher}, {Text: e.Category, Sub: e.Fund},
			{Text: v.amount(e.IncomeFen)}, {Text: v.amount(e.ExpenseFen)},
			{Text: v.people(e), Sub: v.receipts(e), Body: lineTools(v, e)},
		}}
		switch e.Change {
		case models.ChangeAdded, models.ChangeEdited:
			rows[i].Kind = ui.Attention
		case models.ChangeRemoved:
			rows[i].Kind = ui.Danger
		}
	}
	return rows
}

func (v *monthView) purpose(e models.AccountEntry) ui.TD {
	d := ui.TD{Text: v.words(e.Purpose), Sub: v.words(e.Note)}
	if e.Change != models.ChangeNone {
		d.Tag, d.TagFor = v.T(changeNames.Key(string(e.Change))), ui.Attention
	}
	return d
}

// words puts the mark of a withdrawal into words.
func (v *monthView) words(s string) string {
	if s == store.WithdrawnMark {
		return v.T("ledger.withdrawn.mark")
	}
	return s
}

// amount leaves an empty side empty, as a book does.
func (v *monthView) amount(f models.Fen) string {
	if f == 0 {
		return ""
	}
	return v.Money(f)
}

func (v *monthView) people(e models.AccountEntry) string {
	var names []string
	for _, n := range []string{e.Handler, e.Witness, e.Approver} {
		if n != "" {
			names = append(names, v.words(n))
		}
	}
	return strings.Join(names, " · ")
}

func (v *monthView) receipts(e models.AccountEntry) string {
	if e.Receipts == 0 {
		return ""
	}
	return v.T("ledger.receipts", "n", e.Receipts)
}

func (v *monthView) versionHref(o models.AccountMonth) string {
	if o.ID == v.M.ID {
		return ""
	}
	return v.AdminURL("accounts", o.ID.String())
}

// shortDay is month and day in figures: a column of days in one month.
func shortDay(d models.Date) string {
	if len(d) < len("2026-07-03") {
		return string(d)
	}
	return string(d[5:])
}

// hexGroups writes a fingerprint in groups of eight, to be compared by eye.
func hexGroups(b []byte) string {
	s := hex.EncodeToString(b)
	var groups []string
	for len(s) > 8 {
		groups, s = append(groups, s[:8]), s[8:]
	}
	return strings.Join(append(groups, s), " ")
}

var signNames = i18n.Family("ledger.sign.words.")

// signWords are what the signer of a step declares.
func (v *actView) signWords(step models.SignStep) string { return v.T(signNames.Key(string(step))) }

func (v *actView) reasonLead() string {
	if v.Act == "drop" {
		return v.T("ledger.drop.lead")
	}
	return v.T("ledger.back.lead")
}

func (v *actView) reasonYes() string {
	if v.Act == "drop" {
		return v.T("ledger.act.drop")
	}
	return v.T("ledger.act.back")
}
