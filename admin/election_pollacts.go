package admin

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
	"juwu/policy"
)

// inFieldFrom moves what is wrong with one field to another of the form.
func inFieldFrom(err error, from, to string) error {
	p := problem.As(err)
	if p == nil || p.Fields[from].Key == "" {
		return err
	}
	moved := *p
	moved.Fields = maps.Clone(p.Fields)
	moved.Fields[to] = moved.Fields[from]
	delete(moved.Fields, from)
	return &moved
}

func actStation(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.StationDraft{Kind: web.Choice(f, "kind", models.StationMain, models.StationBranch, models.StationMobile), Name: f.Text("name", 100), Place: f.Text("place", 100),
		Hours: f.Text("hours", 100), Approval: f.Optional("approval", 100), CountWith: f.OptionalID("count_with")}
	id := f.OptionalID("station")
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.PutStation(ctx, v.Actor, v.E.ID, id, d)
	return err
}

func actAssign(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	station := f.ID("station")
	var buildings []string
	for _, line := range strings.Split(f.OptionalArea("buildings", 2000), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			buildings = append(buildings, line)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.AssignStation(ctx, v.Actor, v.E.ID, station, buildings)
	return err
}

var duties = []models.StaffDuty{models.DutyWatcher, models.DutyTeller, models.DutyCaller, models.DutyIssuer, models.DutyWriter, models.DutyGuide}

func actStaff(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.StaffDraft{Name: f.Text("person", 60), Duty: web.Choice(f, "duty", duties...), StationID: f.OptionalID("at")}
	if err := f.Err(); err != nil {
		return err
	}
	return inFieldFrom(t.AddStaff(ctx, v.Actor, v.E.ID, d), "name", "person")
}

func actUnstaff(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.EndStaff(ctx, v.Actor, v.E.ID, f.ID("staff"))
}

func actOpen(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.OpenPolls(ctx, v.Actor, v.E.ID)
}
func actClose(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.ClosePolls(ctx, v.Actor, v.E.ID)
}

func actIssue(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	voter, key := f.ID("voter"), f.Raw("key")
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.Issue(ctx, v.Actor, v.E.ID, v.ParamID("station"), store.CheckIn{VoterID: voter, Key: key})
	return err
}

func actPapers(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	a := store.StationAct{Kind: f.Raw("kind"), Note: f.Optional("note", 60)}
	if a.Kind != "seal" {
		a.N = f.Int("n", 0, 100000)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.RecordAct(ctx, v.Actor, v.E.ID, v.ParamID("station"), a)
}

func actEnvelope(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	n, name := numberAnd(f.Text("name", 60))
	reason := f.Text("reason", 200)
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.AddEnvelope(ctx, v.Actor, v.E.ID, v.ParamID("station"), name, n, reason)
	return err
}

func actBox(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	station, n, reject := f.ID("station"), f.Int("in_box", 0, 100000), f.Optional("reject", 200)
	if err := f.Err(); err != nil {
		return err
	}
	return t.TestBox(ctx, v.Actor, v.E.ID, station, n, reject)
}

func actDecideEnvelope(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id, number, decision := f.ID("envelope"), f.Optional("number", 8), f.Optional("decision", 200)
	if err := f.Err(); err != nil {
		return err
	}
	var voter models.ID
	if n, err := strconv.Atoi(number); err == nil {
		rows, _, err := t.Roll(ctx, v.E.ID, store.RollFilter{Words: strconv.Itoa(n), Limit: 1})
		if err != nil {
			return err
		}
		if len(rows) == 1 {
			voter = rows[0].ID
		}
	}
	return t.DecideEnvelope(ctx, v.Actor, v.E.ID, id, f.Has("accept"), voter, decision)
}

func actBegin(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	teller := f.Int("teller", 1, 2)
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.OpenSheet(ctx, v.Actor, v.E.ID, v.ParamID("station"), teller, f.Raw("way"))
	return err
}

// tallyOf reads the numbers of a sheet from the form.
func tallyOf(f *web.Form, keys []string) policy.Tally {
	tally := policy.Tally{}
	for _, k := range keys {
		tally[k] = f.Int(k, 0, 100000)
	}
	return tally
}

func actSheet(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	contenders, err := t.Contenders(ctx, v.E.ID)
	if err != nil {
		return err
	}
	sheet, tally := f.ID("sheet"), tallyOf(f, policy.TallyKeys(contenders))
	if err := f.Err(); err != nil {
		return err
	}
	return t.EnterSheet(ctx, v.Actor, v.E.ID, sheet, tally)
}

func actBallot(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	contenders, err := t.Contenders(ctx, v.E.ID)
	if err != nil {
		return err
	}
	m := policy.Marks{Damaged: f.Bool("damaged"), Of: map[models.ID]policy.Mark{}, Stranger: map[models.Post]int{}}
	for _, c := range contenders {
		field := "mark." + c.ID.String()
		if mark := policy.Mark(f.Raw(field)); mark == policy.MarkFor || mark == policy.MarkAgainst || mark == policy.MarkAbstain {
			m.Of[c.ID] = mark
		}
	}
	for _, p := range v.Posts {
		field := "stranger." + string(p.Post)
		if n, err := strconv.Atoi(f.Raw(field)); err == nil && n > 0 && n < 20 {
			m.Stranger[p.Post] = n
		}
	}
	sheet, after := f.ID("sheet"), f.Int("after", 0, 100000)
	if err := f.Err(); err != nil {
		return err
	}
	_, err = t.AddBallot(ctx, v.Actor, v.E.ID, sheet, after, m)
	return err
}

func actBack(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.TakeBackBallot(ctx, v.Actor, v.E.ID, f.ID("sheet"), f.Int("after", 0, 100000))
}

func actFinish(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.FinishBallots(ctx, v.Actor, v.E.ID, f.ID("sheet"))
}

func actWriteIn(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	n, name := numberAnd(f.Text("write_in", 60))
	post := web.Choice(f, "post", v.postOptions()...)
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.AddWriteIn(ctx, v.Actor, v.E.ID, post, n, name)
	return err
}

func actConfirmHeap(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	contenders, err := t.Contenders(ctx, v.E.ID)
	if err != nil {
		return err
	}
	settled := map[string]int{}
	for _, k := range policy.TallyKeys(contenders) {
		if f.Raw(k) != "" {
			settled[k] = f.Int(k, 0, 100000)
		}
	}
	note := f.Optional("note", 500)
	if err := f.Err(); err != nil {
		return err
	}
	return inFieldFrom(t.ConfirmHeap(ctx, v.Actor, v.E.ID, v.ParamID("station"), settled, note), "reason", "note")
}

func actReturn(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.ReturnSheets(ctx, v.Actor, v.E.ID, v.ParamID("station"))
}

func actSeal(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.SealResult(ctx, v.Actor, v.E.ID)
}

func actAgain(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.AgainDraft{Kind: web.Choice(f, "kind", models.ElectionRunoff, models.ElectionTie), Title: f.Text("title", 60), Day: models.Date(f.Text("day", 10)), Tie: f.Int("tie", 0, 20)}
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.VoteAgain(ctx, v.Actor, v.E.ID, d)
	return err
}

func actVoid(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.VoidElection(ctx, v.Actor, v.E.ID, f.Raw("ground"), f.Optional("reason", 500))
}

func actVoidMember(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id := f.ID("member")
	if err := f.Err(); err != nil {
		return err
	}
	return t.VoidMember(ctx, v.Actor, v.E.ID, id, f.Raw("ground"), f.Optional("reason", 500))
}

func actArchive(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.ArchiveElection(ctx, v.Actor, v.E.ID)
}

func actHandoverLine(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.HandoverLine(ctx, v.Actor, v.E.ID, f.OptionalID("line"), f.Raw("kind"), f.Optional("text", 200))
}

func actHandoverDay(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.RecordHandover(ctx, v.Actor, v.E.ID, models.Date(f.Text("day", 10)))
}

func actHandoverConfirm(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.ConfirmHandover(ctx, v.Actor, v.E.ID)
}

func actComplaint(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id := f.ID("complaint")
	if err := f.Err(); err != nil {
		return err
	}
	return t.AnswerElectionComplaint(ctx, v.Actor, v.E.ID, id, f.OptionalArea("answer", 2000))
}
