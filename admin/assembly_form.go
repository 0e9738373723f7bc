package admin

import (
	"strconv"
	"strings"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// optionalMoney is an amount that may be left empty.
func optionalMoney(f *web.Form, name string) models.Fen {
	if strings.TrimSpace(f.Raw(name)) == "" {
		return 0
	}
	return f.Money(name)
}

// matterDraft reads the form of a matter. Options are lines "what, amount".
func matterDraft(f *web.Form) store.MatterDraft {
	d := store.MatterDraft{
		Class: web.Choice(f, "class", matterClassList()...), Title: f.Text("title", 80), Text: f.Area("text", 10000), MoneyFen: optionalMoney(f, "money"),
		Fund: f.Optional("fund", 60), Secret: f.Raw("secret") == "1", BodyID: f.OptionalID("body"), Revokes: f.Optional("revokes", 60), Reason: f.OptionalArea("reason", 500), MeetingID: f.OptionalID("meeting"),
	}
	d.Covers = web.Choices(f, "covers", false, delegableClasses()...)
	if strings.TrimSpace(f.Raw("seats")) != "" {
		d.Seats = f.Int("seats", 0, 40)
	}
	for line := range strings.SplitSeq(f.OptionalArea("options", 4000), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		o, err := optionOf(line)
		if err != nil {
			f.Add("options", "matter.options", problem.Args{"most": 40})
		}
		d.Options = append(d.Options, o)
	}
	return d
}

// optionOf reads "text", "text | amount" or "text | @resident".
func optionOf(line string) (store.OptionDraft, error) {
	text, rest, found := strings.Cut(line, "|")
	o := store.OptionDraft{Text: strings.TrimSpace(text)}
	rest = strings.TrimSpace(rest)
	if !found || rest == "" {
		return o, nil
	}
	if id, ok := strings.CutPrefix(rest, "@"); ok {
		o.ResidentID, ok = models.ParseID(id)
		if !ok {
			return o, strconv.ErrSyntax
		}
		return o, nil
	}
	yuan, err := strconv.ParseFloat(rest, 64)
	if err != nil || yuan < 0 || yuan > 1e9 {
		return o, strconv.ErrSyntax
	}
	o.CostFen = models.Fen(yuan*100 + 0.5)
	return o, nil
}

func optionLines(options []models.MatterOption) string {
	var b strings.Builder
	for _, o := range options {
		b.WriteString(o.Text)
		switch {
		case o.ResidentID != 0:
			b.WriteString(" | @" + o.ResidentID.String())
		case o.CostFen != 0:
			b.WriteString(" | " + o.CostFen.Plain())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func matterClassList() []models.MatterClass {
	all := make([]models.MatterClass, len(policy.MatterRules))
	for i, r := range policy.MatterRules {
		all[i] = r.Class
	}
	return all
}

func delegableClasses() []models.MatterClass {
	var all []models.MatterClass
	for _, r := range policy.MatterRules {
		if r.Delegable {
			all = append(all, r.Class)
		}
	}
	return all
}

// fill begins the form with what is known.
func (v *matterView) fill() {
	m := v.M
	v.Set("class", string(m.Class))
	v.Set("title", m.Title)
	v.Set("text", m.Text)
	v.Set("fund", m.Fund)
	if m.MoneyFen != 0 {
		v.Set("money", m.MoneyFen.Plain())
	}
	if m.Seats != 0 {
		v.Set("seats", strconv.Itoa(m.Seats))
	}
	v.Set("options", optionLines(m.Options))
	v.Set("secret", "0")
	if m.Secret {
		v.Set("secret", "1")
	}
	if m.BodyID != 0 {
		v.Set("body", m.BodyID.String())
	}
	if m.MeetingID != 0 {
		v.Set("meeting", m.MeetingID.String())
	}
}

// inputs of the form of a matter that most have.
func (v *matterView) inputs() []ui.Input {
	var classes []ui.Option
	for _, k := range matterClassList() {
		classes = append(classes, v.Option("class", string(k), v.T(matterClasses.Key(string(k)))))
	}
	in := []ui.Input{
		{Field: v.Field("class", "matter.class", "matter.class.hint"), Kind: ui.InputSelect, Options: classes, Empty: v.T("form.choose")},
		{Field: v.Field("title", "matter.title"), Max: 80},
		{Field: v.Field("text", "matter.text", "matter.text.hint"), Kind: ui.InputArea, Rows: 10, Max: 10000},
		{Field: v.Optional("money", "matter.money", "matter.money.hint"), Kind: ui.InputMoney, Unit: v.T("account.yuan")},
		{Field: v.Optional("fund", "matter.fund"), Max: 60},
		{Field: v.Field("secret", "matter.vote"), Kind: ui.InputRadios, Options: []ui.Option{v.Option("secret", "0", v.T("matter.vote.open")), v.Option("secret", "1", v.T("matter.vote.secret"))}},
	}
	if !v.New && v.M.State != models.MatterDraft {
		in = append(in, ui.Input{Field: v.Field("reason", "matter.reason", "matter.reason.hint"), Kind: ui.InputArea, Rows: 2, Max: 500})
	}
	return in
}

// rare are the inputs that most matters leave empty.
func (v *matterView) rare() []ui.Input {
	var covers, bodies, meetings []ui.Option
	for _, m := range v.Meetings {
		meetings = append(meetings, v.Option("meeting", m.ID.String(), m.Title+" · "+v.Day(models.DateOf(m.StartAt))))
	}
	for _, k := range delegableClasses() {
		o := v.Option("covers", string(k), v.T(matterClasses.Key(string(k))))
		o.Checked = o.Checked || strings.Contains(" "+v.M.Covers+" ", " "+string(k)+" ")
		covers = append(covers, o)
	}
	for _, b := range v.Bodies {
		if len(policy.BodyRuleOf(b.Kind).Units) > 0 && b.Kind != models.BodyGroup {
			bodies = append(bodies, v.Option("body", b.ID.String(), b.Name))
		}
	}
	return []ui.Input{
		{Field: v.Optional("body", "matter.body", "matter.body.hint"), Kind: ui.InputSelect, Options: bodies, Empty: v.T("matter.body.none")},
		{Field: v.Optional("meeting", "matter.prepared", "matter.prepared.hint"), Kind: ui.InputSelect, Options: meetings, Empty: v.T("matter.prepared.none")},
		{Field: v.Optional("seats", "matter.seats", "matter.seats.hint"), Kind: ui.InputNumber},
		{Field: v.Optional("options", "matter.options.label", "matter.options.hint"), Kind: ui.InputArea, Rows: 4, Max: 4000},
		{Field: v.Optional("covers", "matter.covers", "matter.covers.hint"), Kind: ui.InputChecks, Options: covers},
		{Field: v.Optional("revokes", "matter.revokes", "matter.revokes.hint"), Max: 60},
	}
}
