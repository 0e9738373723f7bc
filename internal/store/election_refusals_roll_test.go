package store_test

import (
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// stage puts the election behind every use case into a state, and its roll out
// to be objected to until tomorrow.
func (w *pollWorld) stage(s models.ElectionState) {
	w.t.Helper()
	w.set(&models.Election{}, w.e.ID, map[string]any{"state": s, "roll_at": w.Now(), "object_until": models.DateOf(w.Now()).AddDays(1)})
	w.fresh()
}

// TestWhoDoesNotComeOnTheRoll: without a tie to it, of another community's roll,
// too late, or of an election that is void (art. 16 and 17).
func TestWhoDoesNotComeOnTheRoll(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeHouseholds, fiveSeats)
	tenant, chair := w.In(w.c), w.as(chairN)
	worker := func(name string) error {
		return tenant.RegisterWorker(ctx, chair, w.e.ID, store.Worker{Name: name, Sex: "f", Birth: "1990-01-01", Since: "2015-01-01", Evidence: "劳动合同"})
	}
	w.inVain(w.audited(), pollTry{"a community worker before the first notice", worker("李工"), problem.Conflict, "", "election.register.late"})
	w.day(-34)
	w.notice("day")
	must(t, second(tenant.FillRoll(ctx, chair, w.e.ID)))
	rows, _, err := tenant.Roll(ctx, w.e.ID, store.RollFilter{Limit: 1000})
	must(t, err)
	row := rows[20]
	self := w.voter(row)
	gone := self
	gone.Links = []models.ResidentLink{self.Links[0]}
	gone.Links[0].ResidentID = 1
	loose := self
	loose.Links = []models.ResidentLink{self.Links[0]}
	loose.Links[0].State = models.LinkOrdinary
	declare := func(a models.Actor) error {
		return second(tenant.DeclareSelf(ctx, a, w.e.ID, store.Declaration{Since: "2015-01-01", Evidence: "居住证"}))
	}
	w.set(&models.Voter{}, row.ID, map[string]any{"person_index": []byte("the same person everywhere")})
	elsewhere := w.Community(t, "nanyuan")
	must(t, w.In(elsewhere).Write(ctx, storetest.System, func(tx *store.Tx) error {
		e := models.Election{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.ElectionGeneral, Title: "换届选举", Mode: models.ModeVoters, State: models.ElectionRoll, Day: w.e.Day, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		return tx.Create(&models.Voter{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Number: 1, Name: row.Name, PersonIndex: []byte("the same person everywhere"),
			State: models.VoterDeclared, Basis: models.BasisDomicile, CreatedAt: tx.Now}).Error
	}))
	elector := func(id models.ID) error { return tenant.SetElector(ctx, chair, w.e.ID, id, true) }
	w.inVain(w.audited(),
		pollTry{"whose tie to the roll nobody confirmed", declare(loose), problem.Forbidden, "", "election.link"},
		pollTry{"who is not on it", declare(gone), problem.Forbidden, "", "election.norow"},
		pollTry{"a voter of another community", declare(self), problem.Conflict, "", "election.register.elsewhere"},
		pollTry{"a community worker without a name", worker(" "), problem.Invalid, "name", "form.needed"},
		pollTry{"who has not declared votes for the house", elector(row.ID), problem.Conflict, "", "election.elector.undeclared"},
		pollTry{"an empty roll", tenant.PublishRoll(ctx, chair, w.e.ID), problem.Conflict, "", "election.roll.empty"},
	)
	w.set(&models.Election{}, w.e.ID, map[string]any{"mode": models.ModeVoters})
	w.inVain(w.audited(), pollTry{"one votes for the house where everybody votes", elector(row.ID), problem.Conflict, "", "election.elector.all"})
	w.stage(models.ElectionRoll)
	w.inVain(w.audited(), pollTry{"a community worker when the roll hangs", worker("李工"), problem.Conflict, "", "election.register.late"})
	w.stage(models.ElectionVoid)
	w.inVain(w.audited(), pollTry{"of a void election", declare(w.voter(rows[21])), problem.Conflict, "", "policy.state"})
}

// TestObjectionsThatSayNothing: each names what it is against, and who it brings
// onto the roll.
func TestObjectionsThatSayNothing(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	tenant, chair := w.In(w.c), w.as(chairN)
	w.stage(models.ElectionRoll)
	object := func(d store.ObjectionDraft) error { return second(tenant.ObjectToRoll(ctx, w.as(10), w.e.ID, d)) }
	const why = "我表示过参加选举"
	w.inVain(w.audited(),
		pollTry{"nothing said", object(store.ObjectionDraft{Kind: models.ObjectionMissing, Name: "张三", Text: "错"}), problem.Invalid, "text", "policy.reason"},
		pollTry{"nobody is missing", object(store.ObjectionDraft{Kind: models.ObjectionMissing, Text: why}), problem.Invalid, "name", "form.needed"},
		pollTry{"a number that nobody has", object(store.ObjectionDraft{Kind: models.ObjectionWrong, Number: 99999, Text: why}), problem.Invalid, "number", "election.object.number"},
		pollTry{"against nothing", object(store.ObjectionDraft{Kind: "rain", Text: why}), problem.Invalid, "kind", "form.choose"},
	)
	o, err := tenant.ObjectToRoll(ctx, w.as(10), w.e.ID, store.ObjectionDraft{Kind: models.ObjectionMissing, Name: "张三", Text: why})
	must(t, err)
	w.inVain(w.audited(), pollTry{"upheld for nobody", tenant.DecideObjection(ctx, chair, w.e.ID, o.ID, true, "核对登记表", 0), problem.Invalid, "resident", "form.choose"})
	_, err = tenant.PutStation(ctx, chair, w.e.ID, 0, mainStation)
	must(t, err)
	stations, err := tenant.Stations(ctx, w.e.ID)
	must(t, err)
	w.inVain(w.audited(), pollTry{"places to vote before the roll is final", second(tenant.AssignStation(ctx, chair, w.e.ID, stations[0].ID, nil)), problem.TooEarly, "", "election.lease.early"})
}

var mainStation = store.StationDraft{Kind: models.StationMain, Name: "中心会场", Place: "活动室", Hours: "8:00—17:00"}

// TestWhoIsNotNominated: nor by whom, nor twice with one signature (art. 18).
func TestWhoIsNotNominated(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	voters := w.roll()
	tenant, chair, party := w.In(w.c), w.as(chairN), w.off[models.RolePartyBranch]
	by, silent := w.voter(voters[20]), w.voter(voters[21])
	w.set(&models.Voter{}, voters[21].ID, map[string]any{"state": models.VoterUndeclared})
	w.day(-14)
	nominate := func(a models.Actor, d store.NominationDraft) error { return second(tenant.Nominate(ctx, a, w.e.ID, d)) }
	joint := store.NominationDraft{Kind: models.NominationJoint, Resident: w.people[10].ID, Post: models.PostMember}
	young, long, elsewhere := joint, joint, joint
	child := rowsOf[models.Resident](w, "birth > ? AND state = ?", "2012-01-01", models.ResidentActive)
	young.Resident, long.Text, elsewhere.Post = child[0].ID, strings.Repeat("好", 501), models.PostRecall
	w.inVain(w.audited(),
		pollTry{"by whom has not declared", nominate(silent, joint), problem.Forbidden, "", "election.cosign.notvoter"},
		pollTry{"a child", nominate(by, young), problem.Invalid, "nominee", "election.register.age"},
		pollTry{"with a book", nominate(by, long), problem.Invalid, "text", "form.toolong"},
		pollTry{"for a post that is not elected", nominate(by, elsewhere), problem.Invalid, "post", "form.choose"},
		pollTry{"somebody who is not here", nominate(by, store.NominationDraft{Kind: models.NominationJoint, Nominee: "查无此人", Post: models.PostMember}), problem.Invalid, "nominee", "election.nominee.unknown"},
	)
	w.rule("nomination.self", "off")
	w.inVain(w.audited(), pollTry{"oneself where the rules say no", nominate(by, store.NominationDraft{Kind: models.NominationSelf, Post: models.PostMember}), problem.Invalid, "nominee", "election.nominate.self"})
	n, err := tenant.Nominate(ctx, by, w.e.ID, joint)
	must(t, err)
	proposed, err := tenant.Nominate(ctx, party, w.e.ID, store.NominationDraft{Kind: models.NominationParty, Resident: w.people[11].ID, Post: models.PostMember, Text: "推荐"})
	must(t, err)
	paper := func(number int, name string) error {
		return tenant.CosignPaper(ctx, chair, w.e.ID, n.ID, number, name)
	}
	w.inVain(w.audited(),
		pollTry{"signed by whom has not declared", tenant.Cosign(ctx, silent, w.e.ID, n.ID), problem.Forbidden, "", "election.cosign.notvoter"},
		pollTry{"signed on paper by a number that nobody has", paper(99999, "张三"), problem.Invalid, "number", "election.cosign.paper"},
		pollTry{"signed on paper with another's number", paper(voters[22].Number, "张三"), problem.Invalid, "number", "election.cosign.paper"},
		pollTry{"signed when it is handed in", tenant.Cosign(ctx, by, w.e.ID, proposed.ID), problem.Conflict, "", "election.cosign.closed"},
	)
	must(t, tenant.AnswerNomination(ctx, w.as(11), w.e.ID, proposed.ID, true))
	all, err := tenant.Candidates(ctx, w.e.ID)
	must(t, err)
	own := w.off[models.RoleDirector]
	own.Links = w.as(11).Links
	w.inVain(w.audited(),
		pollTry{"published before the review", tenant.PublishCandidates(ctx, chair, w.e.ID, nil), problem.TooEarly, "", "election.candidate.unreviewed"},
		pollTry{"a director who stands works at the desk", tenant.SetElector(ctx, own, w.e.ID, voters[22].ID, true), problem.Forbidden, "", "election.candidate.acts"},
		pollTry{"a plan like a book", tenant.SetCandidateProfile(ctx, w.as(11), w.e.ID, all[0].ID, strings.Repeat("好", 2001)), problem.Invalid, "plan", "form.toolong"},
	)
	w.stage(models.ElectionCandidates)
	w.inVain(w.audited(), pollTry{"the votes of a preselection when they are published", tenant.SetSupport(ctx, chair, w.e.ID, map[models.ID]int{all[0].ID: 90}), problem.TooLate, "", "election.candidate.published"})
	w.stage(models.ElectionVoting)
	w.inVain(w.audited(),
		pollTry{"reviewed while people vote", tenant.ReviewCandidate(ctx, chair, w.e.ID, all[0].ID, true, "", "", "符合条件"), problem.TooLate, "", "election.candidate.closed"},
		pollTry{"withdrawn while people vote", tenant.WithdrawCandidate(ctx, w.as(11), w.e.ID, all[0].ID), problem.TooLate, "", "election.candidate.closed"},
	)
	w.stage(models.ElectionVoid)
	w.inVain(w.audited(), pollTry{"in a void election", nominate(by, joint), problem.TooLate, "", "election.nominate.late"})
}
