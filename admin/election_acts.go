package admin

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"juwu/internal/photo"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// electionActs are the forms of an election's pages.
func electionActs() []electionAct {
	plan := func(page, path string, do func(*store.Tenant, context.Context, *electionView, *web.Form) error) electionAct {
		return electionAct{page: page, path: path, object: "election", action: "plan", do: do}
	}
	with := func(object, action, page, path string, do func(*store.Tenant, context.Context, *electionView, *web.Form) error) electionAct {
		return electionAct{page: page, path: path, object: object, action: action, do: do}
	}
	return []electionAct{
		{page: "plan", path: "/plan", object: "election", action: "plan", do: actPlan, to: "rules"},
		plan("", "/drop", actDrop), plan("", "/step", actStep),
		plan("rules", "/rules/adopt", actAdopt),
		plan("committee", "/committee/form", actCommittee), plan("committee", "/committee/leave", actLeave), plan("committee", "/committee/choose", actChoose),
		plan("notices", "/notices/draft", actDraft), plan("notice", "/notices/:notice/edit", actEditNotice),
		with("election", "publish", "notice", "/notices/:notice/publish", actPublishNotice),
		with("election", "desk", "notice", "/notices/:notice/display", actDisplay),
		with("election", "manage", "roll", "/roll/fill", actFill), with("election", "publish", "roll", "/roll/publish", actPublishRoll),
		with("election", "publish", "roll", "/roll/freeze", actFreeze), with("election", "desk", "roll", "/roll/worker", actWorker),
		with("election", "manage", "roll", "/roll/electors", actElectors),
		with("election", "desk", "voter", "/roll/:voter/declare", actDeclare), with("election", "manage", "voter", "/roll/:voter/confirm", actConfirm),
		with("election", "manage", "voter", "/roll/:voter/strike", actStrike), with("election", "desk", "voter", "/roll/:voter/elector", actElector),
		with("election", "manage", "voter", "/roll/:voter/station", actMove),
		with("election", "desk", "objections", "/objections/new", actObject), with("election", "manage", "objections", "/objections/decide", actDecide),
		with("nomination", "propose", "nominations", "/nominations/party", actParty),
		with("nomination", "review", "nomination", "/nominations/:nomination/sign", actPaperSign),
		with("nomination", "review", "nomination", "/nominations/:nomination/answer", actNominationAnswer),
		with("nomination", "review", "candidates", "/candidates/support", actSupport),
		with("election", "publish", "candidates", "/candidates/publish", actFormal),
		with("nomination", "review", "candidate", "/candidates/:candidate/review", actReview),
		with("nomination", "review", "candidate", "/candidates/:candidate/withdraw", actWithdraw),
		with("nomination", "review", "candidate", "/candidates/:candidate/profile", actProfile),
		{page: "candidate", path: "/candidates/:candidate/photo", object: "nomination", action: "review", do: actPhoto, upload: true},
		with("election", "manage", "candidate", "/candidates/:candidate/asked", actAsked),
		with("election", "desk", "proxies", "/proxies/new", actProxy), with("proxy", "approve", "proxies", "/proxies/decide", actDecideProxy),
		with("election", "manage", "stations", "/stations/put", actStation), with("election", "manage", "stations", "/stations/assign", actAssign),
		with("election", "manage", "stations", "/stations/staff", actStaff), with("election", "manage", "stations", "/stations/unstaff", actUnstaff),
		with("election", "publish", "stations", "/stations/open", actOpen), with("election", "publish", "stations", "/stations/close", actClose),
		with("ballot", "prepare", "electronic", "/electronic/new", actElectronic), with("election", "manage", "electronic", "/electronic/other", actDeclareOther),
		with("election", "manage", "electronic", "/electronic/paper", actAllOnPaper),
		with("election", "manage", "voter", "/roll/:voter/channel", actChannel),
		with("poll", "checkin", "poll", "/stations/:station/issue", actIssue), with("poll", "checkin", "poll", "/stations/:station/papers", actPapers),
		with("poll", "checkin", "poll", "/stations/:station/envelope", actEnvelope),
		with("election", "manage", "count", "/count/box", actBox), with("election", "manage", "count", "/count/envelope", actDecideEnvelope),
		with("tally", "enter", "heap", "/count/:station/begin", actBegin), with("tally", "enter", "heap", "/count/:station/sheet", actSheet),
		with("tally", "enter", "heap", "/count/:station/ballot", actBallot), with("tally", "enter", "heap", "/count/:station/back", actBack),
		with("tally", "enter", "heap", "/count/:station/finish", actFinish), with("tally", "enter", "heap", "/count/:station/writein", actWriteIn),
		with("tally", "confirm", "heap", "/count/:station/confirm", actConfirmHeap), with("tally", "confirm", "heap", "/count/:station/return", actReturn),
		with("tally", "seal", "result", "/result/seal", actSeal),
		with("election", "publish", "result", "/result/again", actAgain), with("election", "inspect", "result", "/result/void", actVoid),
		with("election", "supervise", "result", "/result/member", actVoidMember), with("election", "publish", "result", "/result/archive", actArchive),
		with("handover", "record", "handover", "/handover/line", actHandoverLine), with("handover", "record", "handover", "/handover/day", actHandoverDay),
		with("handover", "confirm", "handover", "/handover/confirm", actHandoverConfirm),
		with("election", "supervise", "complaints", "/complaints/answer", actComplaint),
	}
}

func actPlan(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := readPlan(f)
	if err := f.Err(); err != nil {
		return err
	}
	return t.EditElection(ctx, v.Actor, v.E.ID, d)
}

func actDrop(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.DropElection(ctx, v.Actor, v.E.ID)
}

func actStep(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.StepDone(ctx, v.Actor, v.E.ID, f.Raw("step"), f.Optional("note", 200))
}

func actAdopt(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	key, value, decision := f.Raw("key"), f.Text("value", 40), f.Text("decision", 200)
	if err := f.Err(); err != nil {
		return err
	}
	return t.AdoptElectionRule(ctx, v.Actor, v.E.ID, key, value, decision)
}

// committeeFields are the places of the form, the chair first; the substitutes
// in their order last.
var committeeFields = []struct {
	name string
	seat models.ElectoralSeat
}{
	{"chair", models.SeatChair}, {"vice", models.SeatVice},
	{"m1", models.SeatMember}, {"m2", models.SeatMember}, {"m3", models.SeatMember}, {"m4", models.SeatMember}, {"m5", models.SeatMember}, {"m6", models.SeatMember}, {"m7", models.SeatMember},
	{"s1", models.SeatSubstitute}, {"s2", models.SeatSubstitute}, {"s3", models.SeatSubstitute},
}

func actCommittee(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	var people []store.ElectoralDraft
	for _, p := range committeeFields {
		if name := f.Optional(p.name, 60); name != "" {
			people = append(people, store.ElectoralDraft{Field: p.name, Name: name, Seat: p.seat})
		}
	}
	decision := f.Optional("decision", 200)
	if made := f.Optional("made", 100); made != "" {
		decision = made
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.FormElectoral(ctx, v.Actor, v.E.ID, decision, people)
}

func actChoose(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.ElectoralDraft{Field: "person", Name: f.Text("person", 60), Seat: web.Choice(f, "seat", models.SeatMember, models.SeatVice, models.SeatChair)}
	decision := cmp.Or(f.Optional("made", 100), f.Optional("decision", 200))
	if err := f.Err(); err != nil {
		return err
	}
	return t.ChooseElectoral(ctx, v.Actor, v.E.ID, decision, d)
}

func actLeave(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.LeaveElectoral(ctx, v.Actor, v.E.ID, f.ID("member"), f.Text("reason", 200))
}

func actDraft(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	_, err := t.DraftElectionNotice(ctx, v.Actor, v.E.ID, f.Raw("template"))
	return err
}

func actEditNotice(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	title, body := f.Text("title", 60), f.Area("body", 5000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.EditElectionNotice(ctx, v.Actor, v.E.ID, v.ParamID("notice"), title, body)
}

func actPublishNotice(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	_, err := t.PublishElectionNotice(ctx, v.Actor, v.E.ID, v.ParamID("notice"))
	return err
}

func actDisplay(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := models.NoticeDisplay{Place: f.Text("place", 100), Day: models.Date(f.Text("day", 10)), Witness: f.Optional("witness", 100)}
	if err := f.Err(); err != nil {
		return err
	}
	return t.ShowNotice(ctx, v.Actor, v.E.ID, v.ParamID("notice"), d)
}

func actFill(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	_, err := t.FillRoll(ctx, v.Actor, v.E.ID)
	return err
}

func actPublishRoll(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.PublishRoll(ctx, v.Actor, v.E.ID)
}
func actFreeze(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.FreezeRoll(ctx, v.Actor, v.E.ID)
}

func actElectors(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	_, err := t.FillElectors(ctx, v.Actor, v.E.ID)
	return err
}

func actWorker(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	w := store.Worker{Name: f.Text("name", 50), Sex: string(web.Choice(f, "sex", "f", "m")), Birth: models.Date(f.Text("birth", 10)), Since: models.Date(f.Text("since", 10)), Evidence: f.Text("evidence", 200)}
	if err := f.Err(); err != nil {
		return err
	}
	return t.RegisterWorker(ctx, v.Actor, v.E.ID, w)
}

func actDeclare(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.Declaration{VoterID: v.ParamID("voter"), Way: web.Choice(f, "way", models.WayDesk, models.WayDoor, models.WayPhone),
		Basis: web.Choice(f, "basis", models.BasisDomicile, models.BasisHabitual, models.BasisWorker), Since: models.Date(f.Optional("since", 10)), Evidence: f.Optional("evidence", 200)}
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.DeclareVoter(ctx, v.Actor, v.E.ID, d)
	return err
}

func actConfirm(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.ConfirmVoter(ctx, v.Actor, v.E.ID, v.ParamID("voter"), f.Has("accept"), f.Optional("reason", 200))
}

func actStrike(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.StrikeVoter(ctx, v.Actor, v.E.ID, v.ParamID("voter"), f.Optional("reason", 200))
}

func actElector(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.SetElector(ctx, v.Actor, v.E.ID, v.ParamID("voter"), f.Has("on"))
}

func actMove(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	station, reason := f.ID("station"), f.Optional("reason", 100)
	if err := f.Err(); err != nil {
		return err
	}
	return t.MoveVoter(ctx, v.Actor, v.E.ID, v.ParamID("voter"), station, reason)
}

func actObject(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.ObjectionDraft{Kind: web.Choice(f, "kind", models.ObjectionMissing, models.ObjectionWrong, models.ObjectionError), Name: f.Optional("name", 50), Text: f.Area("text", 1000)}
	d.Number, _ = strconv.Atoi(f.Optional("number", 8)) // what is no number names no row
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.ObjectToRoll(ctx, v.Actor, v.E.ID, d)
	return err
}

func actDecide(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id, who, decision := f.ID("objection"), f.Optional("resident", 60), f.Optional("decision", 500)
	if err := f.Err(); err != nil {
		return err
	}
	var resident models.ID
	if f.Has("uphold") && who != "" {
		r, err := t.ResidentNamed(ctx, who)
		if err != nil {
			return err
		}
		resident = r
	}
	return t.DecideObjection(ctx, v.Actor, v.E.ID, id, f.Has("uphold"), decision, resident)
}

func actParty(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.NominationDraft{Kind: models.NominationParty, Nominee: f.Text("nominee", 60), Post: web.Choice(f, "post", v.postOptions()...), Text: f.OptionalArea("text", 500)}
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.Nominate(ctx, v.Actor, v.E.ID, d)
	return err
}

func actPaperSign(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	n, name := numberAnd(f.Text("signer", 60))
	if err := f.Err(); err != nil {
		return err
	}
	return inFieldFrom(t.CosignPaper(ctx, v.Actor, v.E.ID, v.ParamID("nomination"), n, name), "number", "signer")
}

func actNominationAnswer(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id := v.ParamID("nomination")
	switch {
	case f.Has("submit"):
		return t.SubmitNomination(ctx, v.Actor, v.E.ID, id)
	case f.Has("refuse"):
		return t.RefuseNomination(ctx, v.Actor, v.E.ID, id, f.Optional("reason", 200))
	}
	return t.AnswerNomination(ctx, v.Actor, v.E.ID, id, f.Has("accept"))
}

func actSupport(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	all, err := t.Candidates(ctx, v.E.ID)
	if err != nil {
		return err
	}
	votes := map[models.ID]int{}
	for _, c := range all {
		votes[c.ID] = f.Int("votes."+c.ID.String(), 0, 100000)
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.SetSupport(ctx, v.Actor, v.E.ID, votes)
}

func actFormal(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	most := map[models.Post]int{}
	for _, p := range v.Posts {
		field := "most." + string(p.Post)
		if n, err := strconv.Atoi(strings.TrimSpace(f.Raw(field))); err == nil && n > 0 {
			most[p.Post] = n
		}
	}
	return t.PublishCandidates(ctx, v.Actor, v.E.ID, most)
}

func actReview(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.ReviewCandidate(ctx, v.Actor, v.E.ID, v.ParamID("candidate"), f.Has("pass"), f.Raw("ground"), f.OptionalArea("evidence", 1000), f.OptionalArea("decision", 1000))
}

func actWithdraw(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	return t.WithdrawCandidate(ctx, v.Actor, v.E.ID, v.ParamID("candidate"))
}

func actProfile(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	return t.SetCandidateProfile(ctx, v.Actor, v.E.ID, v.ParamID("candidate"), f.OptionalArea("plan", 2000))
}

func actPhoto(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id := v.ParamID("candidate")
	if f.Has("remove") {
		return t.SetCandidatePhoto(ctx, v.Actor, v.E.ID, id, nil)
	}
	uploads := f.Files("files", 1, 1, photo.MaxBytes)
	if err := f.Err(); err != nil {
		return err
	}
	data, err := uploads[0].Bytes()
	if err != nil {
		return err
	}
	return t.SetCandidatePhoto(ctx, v.Actor, v.E.ID, id, &store.NewFile{Name: uploads[0].Name, Data: data})
}

func actAsked(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	question, answer := f.Area("question", 500), f.Area("answer", 1000)
	if err := f.Err(); err != nil {
		return err
	}
	return t.AddCandidateAnswer(ctx, v.Actor, v.E.ID, v.ParamID("candidate"), question, answer)
}

func actProxy(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.ProxyDraft{Principal: f.Int("principal", 1, 1000000), Reason: f.Text("reason", 100)}
	d.Proxy, d.ProxyName = numberAnd(f.Text("proxy", 60))
	if err := f.Err(); err != nil {
		return err
	}
	return t.AskProxy(ctx, v.Actor, v.E.ID, d)
}

func actDecideProxy(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	id := f.ID("id")
	if f.Has("revoke") {
		return t.RevokeProxy(ctx, v.Actor, v.E.ID, id)
	}
	return t.DecideProxy(ctx, v.Actor, v.E.ID, id, f.Has("approve"), f.Optional("reason", 200))
}
