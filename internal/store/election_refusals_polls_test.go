package store_test

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// TestPollsThatAreNotReady: where people vote, who works there, who votes for
// whom, and what opens on the day.
func TestPollsThatAreNotReady(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	voters := w.roll()
	tenant, chair := w.In(w.c), w.as(chairN)
	by, proxy := voters[20], voters[21]
	ask := func() error {
		return tenant.AskProxy(ctx, w.voter(by), w.e.ID, store.ProxyDraft{Proxy: proxy.Number, ProxyName: proxy.Name, Reason: "出差在外"})
	}
	must(t, ask())
	asked := rowsOf[models.Proxy](w, "election_id = ?", w.e.ID)[0].ID
	w.inVain(w.audited(), pollTry{"a second mandate of one voter", ask(), problem.Conflict, "", "election.proxy.twice"})
	must(t, tenant.RevokeProxy(ctx, w.voter(by), w.e.ID, asked))
	w.inVain(w.audited(), pollTry{"revoked twice", tenant.RevokeProxy(ctx, w.voter(by), w.e.ID, asked), problem.Conflict, "", "policy.state"})
	must(t, ask())
	asked = rowsOf[models.Proxy](w, "election_id = ? AND state = ?", w.e.ID, models.ProxyAsked)[0].ID

	w.stand(10, sevenStand...)
	w.day(0)
	put := func(id models.ID, change func(*store.StationDraft)) error {
		d := mainStation
		change(&d)
		return second(tenant.PutStation(ctx, chair, w.e.ID, id, d))
	}
	w.inVain(w.audited(), pollTry{"no place to vote", tenant.OpenPolls(ctx, chair, w.e.ID), problem.Conflict, "", "election.station.none"})
	must(t, put(0, func(*store.StationDraft) {}))
	stations, err := tenant.Stations(ctx, w.e.ID)
	must(t, err)
	s := stations[0].ID
	staff := func(d store.StaffDraft) error { return tenant.AddStaff(ctx, chair, w.e.ID, d) }
	w.inVain(w.audited(),
		pollTry{"voters without a place", tenant.OpenPolls(ctx, chair, w.e.ID), problem.Conflict, "", "election.lease.missing"},
		pollTry{"a station of no kind", put(0, func(d *store.StationDraft) { d.Kind = "tent" }), problem.Invalid, "kind", "form.choose"},
		pollTry{"counted with itself", put(s, func(d *store.StationDraft) { d.CountWith = s }), problem.Invalid, "count_with", "form.choose"},
		pollTry{"counted with another election's", put(0, func(d *store.StationDraft) { d.CountWith = 1 }), problem.Invalid, "count_with", "form.choose"},
		pollTry{"a teller whom nobody knows", staff(store.StaffDraft{Name: "查无此人", Duty: models.DutyTeller}), problem.Invalid, "name", "election.nominee.unknown"},
		pollTry{"a duty that nobody has", staff(store.StaffDraft{Resident: w.people[teller1N].ID, Name: "张三", Duty: "cook"}), problem.Invalid, "duty", "form.choose"},
		pollTry{"an electronic ballot where there is none", second(tenant.CreateElectionBallot(ctx, chair, w.e.ID, (&mixed{pollWorld: w}).draft())), problem.Forbidden, "", "election.electronic.off"},
		pollTry{"a name on the electronic ballot where there is none", tenant.DeclareOther(ctx, chair, w.e.ID, models.PostMember, by.Number, ""), problem.Conflict, "", "policy.state"},
		pollTry{"everybody on paper who is already", second(tenant.AllOnPaper(ctx, chair, w.e.ID)), problem.Conflict, "", "policy.state"},
		pollTry{"an envelope before the polls open", second(tenant.AddEnvelope(ctx, chair, w.e.ID, s, "张三", 0, "名册上没有")), problem.Conflict, "", "policy.state"},
	)
	w.rule("mobile.allowed", "false")
	w.inVain(w.audited(), pollTry{"a mobile box where the rules say no", put(0, func(d *store.StationDraft) { d.Kind = models.StationMobile }), problem.Invalid, "kind", "election.mobile.off"})
	must(t, second(tenant.AssignStation(ctx, chair, w.e.ID, s, nil)))
	w.day(1)
	w.inVain(w.audited(), pollTry{"the polls a day late", tenant.OpenPolls(ctx, chair, w.e.ID), problem.TooLate, "", "election.poll.late"})
	w.stage(models.ElectionVoting)
	w.inVain(w.audited(),
		pollTry{"a station while people vote", put(0, func(*store.StationDraft) {}), problem.TooLate, "", "election.station.open"},
		pollTry{"a mandate approved while people vote", tenant.DecideProxy(ctx, chair, w.e.ID, asked, true, ""), problem.TooLate, "", "election.claim.closed"},
		pollTry{"a mandate revoked while people vote", tenant.RevokeProxy(ctx, w.voter(by), w.e.ID, asked), problem.TooLate, "", "election.claim.closed"},
	)
	w.stage(models.ElectionSealed)
	w.inVain(w.audited(), pollTry{"a teller after the seal", staff(store.StaffDraft{Resident: w.people[teller1N].ID, Name: "张三", Duty: models.DutyTeller}), problem.Conflict, "", "policy.state"})
}

// TestBoxesAndTalliesThatDoNotAddUp: from the table of a station to the watcher's
// word.
func TestBoxesAndTalliesThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	voters := w.roll()
	cand := w.stand(10, sevenStand...)
	s := w.open()
	tenant, chair := w.In(w.c), w.as(chairN)
	for _, v := range voters[:3] {
		must(t, second(tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: v.ID})))
	}
	envelope := func(name, why string) error { return second(tenant.AddEnvelope(ctx, chair, w.e.ID, s, name, 0, why)) }
	written := func(post models.Post, number int, name string) error {
		return second(tenant.AddWriteIn(ctx, w.as(teller1N), w.e.ID, post, number, name))
	}
	box := func(n int) error { return tenant.TestBox(ctx, chair, w.e.ID, s, n, "") }
	w.inVain(w.audited(),
		pollTry{"an envelope of nobody", envelope(" ", "名册上没有"), problem.Invalid, "name", "form.needed"},
		pollTry{"an envelope without a reason", envelope("张三", " "), problem.Invalid, "reason", "form.needed"},
		pollTry{"a box shut without its seal", tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "0"}), problem.Invalid, "note", "election.station.seal"},
		pollTry{"a box tested while people vote", box(3), problem.Conflict, "", "policy.state"},
		pollTry{"a name written in while people vote", written(models.PostMember, voters[20].Number, ""), problem.Conflict, "", "policy.state"},
	)
	must(t, tenant.RecordAct(ctx, chair, w.e.ID, s, store.StationAct{Kind: "seal", Note: "0017"}))
	must(t, tenant.ClosePolls(ctx, chair, w.e.ID))
	w.rule("box.excess", "box")
	w.inVain(w.audited(), pollTry{"more papers than were given out", box(4), problem.Conflict, "", "election.box.excess"})
	w.rule("box.excess", "election")
	must(t, box(3))

	w.set(&models.Voter{}, voters[21].ID, map[string]any{"name": "同名人"})
	w.set(&models.Voter{}, voters[22].ID, map[string]any{"name": "同名人"})
	standing := rowsOf[models.Voter](w, "election_id = ? AND resident_id = ?", w.e.ID, cand[2].ResidentID)[0]
	w.inVain(w.audited(),
		pollTry{"written in for a post that is not elected", written(models.PostRecall, voters[20].Number, ""), problem.Invalid, "post", "form.choose"},
		pollTry{"written in, and no voter", written(models.PostMember, 0, "查无此人"), problem.Invalid, "write_in", "election.writein.unknown"},
		pollTry{"written in, and two have the name", written(models.PostMember, 0, "同名人"), problem.Invalid, "write_in", "election.writein.two"},
		pollTry{"written in with another's number", written(models.PostMember, voters[20].Number, "张三"), problem.Invalid, "write_in", "election.cosign.paper"},
		pollTry{"written in, and stands for it", written(models.PostMember, standing.Number, ""), problem.Invalid, "write_in", "election.writein.candidate"},
	)
	one, err := tenant.OpenSheet(ctx, w.as(teller1N), w.e.ID, s, 1, "ballots")
	must(t, err)
	w.inVain(w.audited(), pollTry{"a ballot taken back that nobody entered", tenant.TakeBackBallot(ctx, w.as(teller1N), w.e.ID, one.ID, 1), problem.Conflict, "", "election.tally.counted"})
	two, err := tenant.OpenSheet(ctx, w.as(teller2N), w.e.ID, s, 2, "sheet")
	must(t, err)
	must(t, tenant.EnterSheet(ctx, w.as(teller1N), w.e.ID, one.ID, policy.Tally{"blank": 2}))
	must(t, tenant.EnterSheet(ctx, w.as(teller2N), w.e.ID, two.ID, policy.Tally{"blank": 2}))
	confirm := func() error { return tenant.ConfirmHeap(ctx, w.as(watcherN), w.e.ID, s, nil, "") }
	w.inVain(w.audited(), pollTry{"both tellers forgot one paper", confirm(), problem.Conflict, "", "election.tally.papers"})
	must(t, tenant.ReturnSheets(ctx, w.as(watcherN), w.e.ID, s))
	for i, n := range []int{teller1N, teller2N} {
		sheet, err := tenant.OpenSheet(ctx, w.as(n), w.e.ID, s, i+1, "sheet")
		must(t, err)
		must(t, tenant.EnterSheet(ctx, w.as(n), w.e.ID, sheet.ID, policy.Tally{"blank": 3}))
	}
	must(t, confirm())
	w.inVain(w.audited(), pollTry{"the box of a confirmed heap", box(2), problem.Conflict, "", "election.box.counted"})
}

// TestAfterTheVote: what is not done before the seal, and what is asked of it
// afterwards.
func TestAfterTheVote(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	tenant, chair, street, director := w.In(w.c), w.as(chairN), w.off[models.RoleStreet], w.off[models.RoleDirector]
	line := func(text string) error { return tenant.HandoverLine(ctx, chair, w.e.ID, 0, "seal", text) }
	again := func(d store.AgainDraft) error { return second(tenant.VoteAgain(ctx, chair, w.e.ID, d)) }
	complain := func(to models.Role, text string) error {
		return second(tenant.ComplainElection(ctx, w.as(10), w.e.ID, to, text))
	}
	const why = "有人在会场外发放礼品"
	runoff := store.AgainDraft{Kind: models.ElectionRunoff, Title: "再次投票", Day: w.e.Day.AddDays(3)}
	w.stage(models.ElectionCounting)
	w.inVain(w.audited(),
		pollTry{"a handover list before the seal", line("公章"), problem.Conflict, "", "policy.state"},
		pollTry{"the handover before the seal", tenant.RecordHandover(ctx, chair, w.e.ID, w.e.Day), problem.Conflict, "", "policy.state"},
		pollTry{"the handover confirmed before the seal", tenant.ConfirmHandover(ctx, street, w.e.ID), problem.Conflict, "", "policy.state"},
		pollTry{"a run-off before the seal", again(runoff), problem.Conflict, "", "policy.state"},
		pollTry{"a winner unseated before the seal", tenant.VoidMember(ctx, street, w.e.ID, 1, "bribery", whyVoid), problem.Conflict, "", "policy.state"},
		pollTry{"a complaint of two words", complain(models.RoleStreet, "不公"), problem.Invalid, "text", "policy.reason"},
		pollTry{"a complaint like a book", complain(models.RoleStreet, strings.Repeat("不公", 1001)), problem.Invalid, "text", "form.toolong"},
		pollTry{"a complaint to the committee itself", complain(models.RoleDirector, why), problem.Invalid, "to", "form.choose"},
	)
	c, err := tenant.ComplainElection(ctx, w.as(10), w.e.ID, models.RoleStreet, why)
	must(t, err)
	w.inVain(w.audited(), pollTry{"an answer of one word", tenant.AnswerElectionComplaint(ctx, street, w.e.ID, c.ID, "否"), problem.Invalid, "answer", "policy.reason"})

	w.stage(models.ElectionSealed)
	w.set(&models.Election{}, w.e.ID, map[string]any{"result": []byte(`{}`)})
	w.day(2)
	further := func(change func(*store.AgainDraft)) error { d := runoff; change(&d); return again(d) }
	w.inVain(w.audited(),
		pollTry{"an empty line of the handover", line(" "), problem.Invalid, "text", "form.needed"},
		pollTry{"confirmed before the chair records it", tenant.ConfirmHandover(ctx, street, w.e.ID), problem.Conflict, "", "policy.state"},
		pollTry{"the file closed before the handover", tenant.ArchiveElection(ctx, chair, w.e.ID), problem.TooEarly, "", "election.archive.early"},
		pollTry{"a run-off yesterday", further(func(d *store.AgainDraft) { d.Day = w.e.Day.AddDays(1) }), problem.Invalid, "day", "election.day.needed"},
		pollTry{"a run-off after the thirtieth day", further(func(d *store.AgainDraft) { d.Day = w.e.Day.AddDays(31) }), problem.Invalid, "day", "election.again.late"},
		pollTry{"a run-off without a title", further(func(d *store.AgainDraft) { d.Title = "" }), problem.Invalid, "title", "form.needed"},
		pollTry{"a general election as a further vote", further(func(d *store.AgainDraft) { d.Kind = models.ElectionGeneral }), problem.Invalid, "kind", "form.choose"},
		pollTry{"a run-off about nothing", again(runoff), problem.Conflict, "", "election.again.nothing"},
		pollTry{"a tie that there is not", further(func(d *store.AgainDraft) { d.Kind = models.ElectionTie }), problem.Conflict, "", "election.again.nothing"},
		pollTry{"a by-election for a seat that nobody left", second(tenant.PlanElection(ctx, director, store.ElectionDraft{Kind: models.ElectionBy, ParentID: w.e.ID, Title: "补选", Mode: models.ModeVoters, Day: w.e.Day.AddDays(90),
			Pack: policy.DefaultPack, Seats: map[models.Post]int{models.PostDirector: 2}})), problem.Invalid, "seats", "election.by.vacant"},
	)
	w.set(&models.Election{}, w.e.ID, map[string]any{"handover_at": w.Now()})
	w.inVain(w.audited(),
		pollTry{"a line when the handover is done", line("公章"), problem.Conflict, "", "policy.state"},
		pollTry{"recorded when it is done", tenant.RecordHandover(ctx, chair, w.e.ID, w.e.Day), problem.Conflict, "", "policy.state"},
	)
}

// TestRecallsThatGoNoFurther: who may not sign, and what the member and the vote
// need (art. 20).
func TestRecallsThatGoNoFurther(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	rows := w.roll()
	tenant, member := w.In(w.c), w.sits(10)
	r, err := tenant.DemandRecall(ctx, w.voter(rows[20]), member, "长期不到岗，多次提醒没有改正")
	must(t, err)
	silent := w.voter(rows[21])
	w.set(&models.Voter{}, rows[21].ID, map[string]any{"state": models.VoterUndeclared})
	call := func(title string) error {
		return second(tenant.CallRecallVote(ctx, w.off[models.RoleDirector], r.ID, title, models.DateOf(w.Now()).AddDays(1)))
	}
	w.inVain(w.audited(),
		pollTry{"signed by whom has not declared", tenant.SignRecall(ctx, silent, r.ID, 0, ""), problem.Forbidden, "", "election.cosign.notvoter"},
		pollTry{"a defence of one word", tenant.DefendRecall(ctx, w.as(10), r.ID, "否"), problem.Invalid, "defence", "policy.reason"},
		pollTry{"somebody else's defence", tenant.DefendRecall(ctx, w.as(11), r.ID, "我一直在岗"), problem.Forbidden, "", "policy.forbidden"},
	)
	w.set(&models.Recall{}, r.ID, map[string]any{"state": models.RecallValid, "due_day": models.DateOf(w.Now()).AddDays(30)})
	w.inVain(w.audited(), pollTry{"a vote without a title", call(" "), problem.Invalid, "title", "form.needed"})
}
