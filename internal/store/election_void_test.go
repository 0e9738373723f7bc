package store_test

import (
	"bytes"
	"strings"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

const whyVoid = "候选人资格审查没有依法进行，经调查属实"

// sealed brings the election to its sealed result: the director and four
// members are elected, a second box stands empty.
func (w *pollWorld) sealed() {
	w.t.Helper()
	voters := w.roll()
	cand := w.stand(10, sevenStand...)
	s := w.open()
	tenant, chair := w.In(w.c), w.as(chairN)
	cast := len(voters)*2/3 + 1
	for _, v := range voters[:cast] {
		_, err := tenant.Issue(ctx, chair, w.e.ID, s, store.CheckIn{VoterID: v.ID})
		must(w.t, err)
	}
	w.close(s, cast)
	tally := policy.Tally{"valid": cast}
	for i, n := range []int{cast, 0, cast, cast - 1, cast - 2, cast - 3, 1} {
		tally[policy.TallyKey(policy.MarkFor, cand[i].ID)] = n
	}
	w.count(s, tally)
	must(w.t, tenant.SealResult(ctx, chair, w.e.ID))
	w.fresh()
}

// handed hands the office over to whom the election elected.
func (w *pollWorld) handed() {
	w.t.Helper()
	tenant, chair := w.In(w.c), w.as(chairN)
	must(w.t, tenant.HandoverLine(ctx, chair, w.e.ID, 0, "seal", "公章"))
	lines, err := tenant.HandoverLines(ctx, w.e.ID)
	must(w.t, err)
	must(w.t, tenant.HandoverLine(ctx, chair, w.e.ID, lines[0].ID, "", ""))
	w.day(2)
	must(w.t, tenant.RecordHandover(ctx, chair, w.e.ID, w.e.Day.AddDays(2)))
	must(w.t, tenant.ConfirmHandover(ctx, w.off[models.RoleStreet], w.e.ID))
	w.fresh()
}

func (w *pollWorld) holds(n int, role models.Role) bool {
	return w.Guard().Roles(w.as(n).UserID, w.c.ID, models.DateOf(w.Now())).Has(role)
}

// rows reads rows of the community behind every use case.
func rowsOf[T any](w *pollWorld, where ...any) (out []T) {
	w.t.Helper()
	must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Where(where[0], where[1:]...).Order("id").Find(&out).Error }))
	return out
}

// board are the notices that hang, by title.
func (w *pollWorld) board(title string) []models.Notice {
	w.t.Helper()
	return rowsOf[models.Notice](w, "state = ? AND title LIKE ?", models.NoticePublished, "%"+title+"%")
}

// TestVoidAtEachState: in whatever state an election is declared void, nobody
// gets a ballot any more, nobody holds a post by it, the board says so, and
// another election may begin. Before the seal the chair of the electoral
// committee or the street does it, afterwards the street alone (art. 22).
func TestVoidAtEachState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state models.ElectionState
		bring func(w *pollWorld)
		chair bool // may declare it
	}{
		{models.ElectionPreparing, func(w *pollWorld) { w.day(-34); w.notice("day") }, true},
		{models.ElectionFrozen, func(w *pollWorld) { w.roll() }, true},
		{models.ElectionCandidates, func(w *pollWorld) { w.roll(); w.stand(10, sevenStand...) }, true},
		{models.ElectionVoting, func(w *pollWorld) { w.roll(); w.stand(10, sevenStand...); w.open() }, true},
		{models.ElectionCounting, func(w *pollWorld) { w.roll(); w.stand(10, sevenStand...); w.close(w.open(), 0) }, true},
		{models.ElectionSealed, func(w *pollWorld) { w.sealed() }, false},
		{models.ElectionSealed + " and handed over", func(w *pollWorld) { w.sealed(); w.handed() }, false},
		{models.ElectionArchived, func(w *pollWorld) {
			w.sealed()
			chair := w.as(chairN)
			chair.Appointments = nil
			w.handed()
			must(w.t, w.In(w.c).Write(ctx, storetest.System, func(tx *store.Tx) error { // its chair's post has ended with the handover
				return tx.Model(&models.Election{}).Where("id = ?", w.e.ID).UpdateColumn("state", models.ElectionArchived).Error
			}))
		}, false},
	} {
		t.Run(string(c.state), func(t *testing.T) {
			t.Parallel()
			w := newPollWorld(t, storetest.New(t), 30)
			w.plan(models.ModeVoters, fiveSeats)
			c.bring(w)
			tenant, chair, street := w.In(w.c), w.as(chairN), w.off[models.RoleStreet]
			void := func(by models.Actor) error { return tenant.VoidElection(ctx, by, w.e.ID, "candidates", whyVoid) }
			wantKind(t, "by a resident", void(w.as(20)), problem.Forbidden)
			wantKind(t, "by the director", void(w.off[models.RoleDirector]), problem.Forbidden)
			wantKind(t, "without a ground", tenant.VoidElection(ctx, street, w.e.ID, "bribery", whyVoid), problem.Invalid)
			wantKind(t, "without a reason", tenant.VoidElection(ctx, street, w.e.ID, "candidates", "无"), problem.Invalid)
			by, issuer := street, models.IssuerStreet
			if c.chair {
				by, issuer = chair, models.IssuerElectoral
			} else if err := void(chair); !problem.Is(err, problem.Forbidden) {
				t.Errorf("by the chair: %v", err)
			}
			must(t, void(by))
			if problem.As(void(street)) == nil {
				t.Error("void twice")
			}
			if w.fresh(); w.e.State != models.ElectionVoid || w.e.VoidAt == nil {
				t.Fatalf("state %s", w.e.State)
			}
			for n := range 20 {
				for _, role := range []models.Role{models.RoleDirector, models.RoleCommitteeMember, policy.RoleECChair, policy.RoleECMember, policy.RolePollWatcher, policy.RoleTeller} {
					if w.holds(n, role) {
						t.Errorf("%d is still %s", n, role)
					}
				}
			}
			if left := rowsOf[models.ElectedMember](w, "void_at IS NULL"); len(left) > 0 {
				t.Errorf("%d are still elected", len(left))
			}
			if left := rowsOf[models.Voter](w, "used_channel = ''"); len(left) > 0 {
				v := left[0]
				if _, err := tenant.Issue(ctx, street, w.e.ID, v.StationID, store.CheckIn{VoterID: v.ID}); problem.As(err) == nil {
					t.Fatal("a ballot was given out")
				}
			}
			if said := w.board("选举无效公告"); len(said) != 1 || said[0].Issuer != issuer || !strings.Contains(said[0].Body, whyVoid) {
				t.Errorf("the board says %+v", said)
			}
			var file bytes.Buffer
			must(t, tenant.WriteArchive(ctx, w.e.ID, &file))
			bad, err := store.CheckArchive(bytes.NewReader(file.Bytes()), int64(file.Len()))
			must(t, err)
			if len(bad) > 0 {
				t.Errorf("its archive: %v", bad)
			}
			w.clean()
			must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error { // the post of another election does nothing in this one
				a := models.Appointment{ID: tx.NewID(), RegionID: w.c.ID, UserID: street.UserID, Role: policy.RoleECChair, From: "2020-01-01", Decision: "d", Name: "主任", CreatedAt: tx.Now}
				return tx.Create(&a).Error
			}))
			must(t, w.Load(ctx))
			wantKind(t, "staff of a void election", tenant.AddStaff(ctx, street, w.e.ID, store.StaffDraft{Resident: w.people[18].ID, Name: w.people[18].Name, Duty: models.DutyTeller}), problem.Conflict)
			_, err = tenant.PutStation(ctx, street, w.e.ID, 0, store.StationDraft{Kind: models.StationBranch, Name: "新站", Place: "东门", Hours: "8:00"})
			wantKind(t, "a station of a void election", err, problem.Conflict)
			planner := w.off[models.RoleDirector]
			if c.state != models.ElectionPreparing && !w.Guard().Roles(planner.UserID, w.c.ID, models.DateOf(w.Now())).Has(models.RoleDirector) {
				planner = street // the old committee went with the handover
			}
			_, err = tenant.PlanElection(ctx, planner, store.ElectionDraft{Title: "重新选举", Term: 3, Mode: models.ModeVoters, Day: models.DateOf(w.Now()).AddDays(30), Pack: policy.DefaultPack, Seats: fiveSeats})
			must(t, err)
		})
	}
}

// TestAVoidElectionClosesItsBoxes: who stands at the table when the polls are
// declared void gets no ballot, though the box had not been sealed.
func TestAVoidElectionClosesItsBoxes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 30)
		w.plan(models.ModeVoters, fiveSeats)
		voters := w.roll()
		w.stand(10, sevenStand...)
		s := w.open()
		tenant := w.In(w.c)
		issuer := w.as(20) // whose post does not end with the election
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			a := models.Appointment{ID: tx.NewID(), RegionID: w.c.ID, UserID: issuer.UserID, Role: policy.RolePollWatcher, From: "2020-01-01", Decision: "d", Name: "监票", CreatedAt: tx.Now}
			return tx.Create(&a).Error
		}))
		must(t, db.Load(ctx))
		_, err := tenant.Issue(ctx, issuer, w.e.ID, s, store.CheckIn{VoterID: voters[0].ID})
		must(t, err)
		must(t, tenant.VoidElection(ctx, w.off[models.RoleStreet], w.e.ID, "count", whyVoid))
		_, err = tenant.Issue(ctx, issuer, w.e.ID, s, store.CheckIn{VoterID: voters[1].ID})
		wantKind(t, "after it", err, problem.TooLate)
		w.clean()
	})
}

// TestARunoffFallsWithItsElection: planned, being voted in or sealed, and the
// vote among the tied within it too; a new one cannot be called.
func TestARunoffFallsWithItsElection(t *testing.T) {
	t.Parallel()
	for _, state := range []models.ElectionState{models.ElectionPlanned, models.ElectionCandidates, models.ElectionVoting, models.ElectionSealed} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			w := newPollWorld(t, storetest.New(t), 30)
			w.plan(models.ModeVoters, fiveSeats)
			w.sealed()
			tenant, parent := w.In(w.c), w.e
			var vote, tie models.Election
			must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
				vote, tie = *parent, *parent
				vote.ID, vote.Kind, vote.ParentID, vote.State, vote.Title = tx.NewID(), models.ElectionRunoff, parent.ID, state, "另行选举"
				tie.ID, tie.Kind, tie.ParentID, tie.State, tie.Title = tx.NewID(), models.ElectionTie, vote.ID, models.ElectionCandidates, "再次投票"
				for _, e := range []*models.Election{&vote, &tie} {
					e.Voters, e.Electors, e.RollFingerprint, e.SealedAt, e.Result, e.Fingerprint, e.Notices = 0, 0, nil, nil, nil, nil, 0
				}
				return errorsOf(tx.Create(&vote).Error, tx.Create(&tie).Error)
			}))
			w.e = &vote
			if state == models.ElectionSealed {
				w.sits(20)
			}
			must(t, tenant.VoidElection(ctx, w.off[models.RoleStreet], parent.ID, "committee", whyVoid))
			want := models.ElectionVoid
			if state == models.ElectionPlanned {
				want = models.ElectionDropped
			}
			if w.fresh(); w.e.State != want {
				t.Errorf("the run-off is %s", w.e.State)
			}
			if won := rowsOf[models.ElectedMember](w, "election_id = ? AND void_at IS NULL", vote.ID); len(won) > 0 {
				t.Errorf("it has elected %d", len(won))
			}
			if e, err := tenant.Election(ctx, tie.ID, false); err != nil || state != models.ElectionPlanned && e.State != models.ElectionVoid {
				t.Errorf("the tie within it is %s %v", e.State, err)
			}
			_, err := tenant.VoteAgain(ctx, w.as(chairN), parent.ID, store.AgainDraft{Kind: models.ElectionRunoff, Title: "另行选举", Day: parent.Day.AddDays(3)})
			if problem.As(err) == nil {
				t.Errorf("a run-off of a void election: %v", err)
			}
		})
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestAVoidResultIsCorrectedOnTheBoard: what was published stays as it was; its
// next version says that it does not hold, under the seal of who decided, and
// names whom it leaves elected when one is void.
func TestAVoidResultIsCorrectedOnTheBoard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		w := newPollWorld(t, db, 30)
		w.plan(models.ModeVoters, fiveSeats)
		w.sealed()
		w.notice("result")
		w.notice("runoff")
		tenant, street := w.In(w.c), w.off[models.RoleStreet]
		won, err := tenant.Elected(ctx, w.e.ID)
		must(t, err)
		w.handed()
		who := won[1]
		at := w.index(who.ResidentID)
		if !w.holds(at, models.RoleCommitteeMember) {
			t.Fatal("the winner is not seated")
		}
		demand, err := tenant.DemandRecall(ctx, w.as(2), who.ID, "长期不到岗，多次提醒没有改正")
		must(t, err)
		wantKind(t, "by the chair", tenant.VoidMember(ctx, w.as(chairN), w.e.ID, who.ID, "bribery", whyVoid), problem.Forbidden)
		wantKind(t, "ground of another kind", tenant.VoidMember(ctx, street, w.e.ID, who.ID, "turnout", whyVoid), problem.Invalid)
		must(t, tenant.VoidMember(ctx, street, w.e.ID, who.ID, "bribery", whyVoid))
		wantKind(t, "twice", tenant.VoidMember(ctx, street, w.e.ID, who.ID, "bribery", whyVoid), problem.Conflict)
		if w.holds(at, models.RoleCommitteeMember) {
			t.Error("who was not elected holds the post")
		}
		if other := w.index(won[2].ResidentID); !w.holds(other, models.RoleCommitteeMember) || w.fresh().State != models.ElectionSealed {
			t.Error("the others went with them")
		}
		if r, err := tenant.Recall(ctx, demand.ID); err != nil || r.State != models.RecallEnded {
			t.Errorf("the demand about them: %s %v", r.State, err)
		}
		said := w.board("当选无效公告")
		if len(said) != 1 || said[0].Version != 2 || said[0].Issuer != models.IssuerStreet || !strings.Contains(said[0].Body, who.Name) || !strings.Contains(said[0].Body, won[2].Name) {
			t.Errorf("the board says %+v", said)
		}
		must(t, tenant.VoidElection(ctx, street, w.e.ID, "count", whyVoid))
		said = w.board("选举无效公告")
		if len(said) != 2 { // of the result and of the call to a run-off
			t.Fatalf("the board says %+v", said)
		}
		for _, n := range said {
			before := rowsOf[models.Notice](w, "thread_id = ? AND version < ?", n.ThreadID, n.Version)
			if len(before) != n.Version-1 || before[0].State != models.NoticeSuperseded || before[0].Issuer != models.IssuerElectoral {
				t.Errorf("what hung before: %+v", before)
			}
			if strings.Contains(n.Body, won[2].Name) || n.Issuer != models.IssuerStreet {
				t.Errorf("version %d of %s: %q", n.Version, n.Issuer, n.Body)
			}
		}
		if n := rowsOf[models.ElectionNotice](w, "template = ?", "void"); len(n) > 0 {
			t.Error("a further notice says the same")
		}
		w.clean()
	})
}

// TestAVoidRecallRemovesNobody: the member holds the post again and the demand
// waits for a vote; not where somebody else was elected into the seat.
func TestAVoidRecallRemovesNobody(t *testing.T) {
	t.Parallel()
	for _, taken := range []bool{false, true} {
		w := newPollWorld(t, storetest.New(t), 30)
		w.plan(models.ModeVoters, fiveSeats)
		w.sealed()
		w.handed()
		tenant, street := w.In(w.c), w.off[models.RoleStreet]
		won, err := tenant.Elected(ctx, w.e.ID)
		must(t, err)
		who := won[1]
		at := w.index(who.ResidentID)
		var vote models.Election
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			vote = *w.e
			vote.ID, vote.Kind, vote.ParentID, vote.State = tx.NewID(), models.ElectionRecall, w.e.ID, models.ElectionSealed
			r := models.Recall{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: w.e.ID, VoteID: vote.ID, MemberID: who.ID, Number: "1", Name: who.Name, State: models.RecallRemoved, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			ends := tx.Model(&models.ElectedMember{}).Where("id = ?", who.ID).Update("ended_at", tx.Now).Error
			return errorsOf(tx.Create(&vote).Error, tx.Create(&r).Error, ends, tx.Model(&models.Appointment{}).Where("id = ?", who.AppointmentID).Update("ended_at", tx.Now).Error)
		}))
		if taken {
			w.sits(20)
		}
		must(t, w.Load(ctx))
		err = tenant.VoidElection(ctx, street, vote.ID, "count", whyVoid)
		if taken {
			wantKind(t, "with another in the seat", err, problem.Conflict)
			continue
		}
		must(t, err)
		if !w.holds(at, models.RoleCommitteeMember) {
			t.Error("the member is still out")
		}
		if r := rowsOf[models.Recall](w, "member_id = ?", who.ID); r[0].State != models.RecallValid || r[0].VoteID != 0 || r[0].DueDay <= models.DateOf(w.Now()) {
			t.Errorf("the demand: %+v", r)
		}
		if m := rowsOf[models.ElectedMember](w, "id = ?", who.ID); m[0].EndedAt != nil {
			t.Error("the removal stands")
		}
	}
}

// TestVerifyCountsRecallsAgain: whoever edits a demand by SQL is found: the
// counts, what it needs, a signature slipped in or taken out, one of a stranger,
// the state it stands in.
func TestVerifyCountsRecallsAgain(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 60)
	w.plan(models.ModeVoters, fiveSeats)
	rows := w.roll()
	tenant, member := w.In(w.c), w.sits(50)
	r, err := tenant.DemandRecall(ctx, w.as(w.index(*rows[0].ResidentID)), member, "长期不到岗，多次提醒没有改正")
	must(t, err)
	for _, v := range rows[1 : r.Needed-1] {
		must(t, tenant.SignRecall(ctx, w.as(w.index(*v.ResidentID)), r.ID, 0, ""))
	}
	w.clean()
	exec := func(sql string, args ...any) {
		t.Helper()
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error { return tx.Exec(sql, args...).Error }))
	}
	for _, c := range []struct{ what, sql, undo string }{
		{"the count of signatures", "UPDATE recalls SET signatures = signatures + 1", "UPDATE recalls SET signatures = signatures - 1"},
		{"signatures of representatives", "UPDATE recalls SET rep_signs = rep_signs + 1", "UPDATE recalls SET rep_signs = rep_signs - 1"},
		{"signatures of households", "UPDATE recalls SET house_signs = house_signs + 1", "UPDATE recalls SET house_signs = house_signs - 1"},
		{"what it needs", "UPDATE recalls SET needed = needed - 1", "UPDATE recalls SET needed = needed + 1"},
		{"what it needs of representatives", "UPDATE recalls SET needed_reps = needed_reps + 1", "UPDATE recalls SET needed_reps = needed_reps - 1"},
		{"its state", "UPDATE recalls SET state = 'valid'", "UPDATE recalls SET state = 'gathering'"},
		{"a vote that was not held", "UPDATE recalls SET state = 'removed'", "UPDATE recalls SET state = 'gathering'"},
		{"a signature of a stranger", "UPDATE voters SET state = 'struck' WHERE number = " + "1", "UPDATE voters SET state = 'declared' WHERE number = 1"},
		{"a signature slipped in", "INSERT INTO cosignatures SELECT community_id, 1, election_id, subject_id, 2, way, user_id, created_at FROM cosignatures LIMIT 1", "DELETE FROM cosignatures WHERE id = 1"},
		{"and counted", "UPDATE recalls SET signatures = signatures - 1", "UPDATE recalls SET signatures = signatures + 1"},
	} {
		exec(c.sql)
		if !w.finds("recall " + r.ID.String()) {
			t.Errorf("%s: nothing is found", c.what)
		}
		exec(c.undo)
	}
	w.clean()
}

// finds tells whether juwu verify names something.
func (w *pollWorld) finds(what string) (found bool) {
	w.t.Helper()
	must(w.t, w.Verify(ctx, func(f store.Finding) { found = found || strings.Contains(f.What, what) }))
	return found
}

// TestElectoralCommitteeIssuesItsNotices: each of the templates goes out under
// the seal of the electoral committee, in its own series of numbers, and the
// residents' committee does not correct it (art. 15).
func TestElectoralCommitteeIssuesItsNotices(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	w.sealed()
	tenant, director := w.In(w.c), w.off[models.RoleDirector]
	for _, form := range policy.NoticeTemplates() {
		if form.Key != "day" {
			w.notice(form.Key)
		}
	}
	all := rowsOf[models.Notice](w, "state = ?", models.NoticePublished)
	if len(all) != len(policy.NoticeTemplates()) {
		t.Fatalf("%d notices of %d templates", len(all), len(policy.NoticeTemplates()))
	}
	for i, n := range all {
		if n.Issuer != models.IssuerElectoral || !strings.Contains(n.Number, "选公〔") {
			t.Errorf("%s: %q, number %s", n.Title, n.Issuer, n.Number)
		}
		if i == 0 {
			_, err := tenant.CorrectNotice(ctx, director, n.ID, store.NoticeDraft{Kind: n.Kind, Category: n.Category, Title: n.Title, Body: n.Body, Reason: "写错了日期"})
			wantKind(t, "a correction by the residents' committee", err, problem.Forbidden)
		}
	}
	must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
		return tx.Model(&models.Notice{}).Where("id = ?", all[0].ID).UpdateColumn("issuer", models.IssuerCommittee).Error
	}))
	if !w.finds("notices " + all[0].ID.String()) {
		t.Error("another seal is not found")
	}
}

// TestAWithdrawnNoticeLeavesTheFile: names published by mistake go from the file
// of the election too, and from its archive.
func TestAWithdrawnNoticeLeavesTheFile(t *testing.T) {
	t.Parallel()
	w := newPollWorld(t, storetest.New(t), 30)
	w.plan(models.ModeVoters, fiveSeats)
	w.day(-34)
	w.notice("day")
	w.notice("committee")
	tenant, name := w.In(w.c), w.people[3].Name
	n := rowsOf[models.ElectionNotice](w, "template = ?", "committee")[0]
	if !strings.Contains(n.Body, name) {
		t.Fatal("it names nobody")
	}
	must(t, tenant.WithdrawNotice(ctx, w.off[models.RoleDirector], n.NoticeID, "误把门牌号写进了公告"))
	n = rowsOf[models.ElectionNotice](w, "template = ?", "committee")[0]
	if strings.Contains(n.Body, name) {
		t.Error("the words are still in the file")
	}
	w.clean()
}
