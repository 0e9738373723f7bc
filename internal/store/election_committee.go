package store

import (
	"context"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ElectoralDraft is one person whom the assembly chose.
type ElectoralDraft struct {
	Field      string    // of the form, for what is wrong with it
	ResidentID models.ID // 0: found by Name, and a birth year or household number behind it
	UserID     models.ID // the login; found by the tie to the roll when 0
	Name       string
	Seat       models.ElectoralSeat
	Votes      int
}

// FormElectoral records whom the assembly chose for the electoral committee
// and its substitutes, in the order of the result (art. 15). Their posts begin
// with it. It is recorded once; later changes go by leaving and moving up.
func (t *Tenant) FormElectoral(ctx context.Context, actor models.Actor, id models.ID, decision string, people []ElectoralDraft) error {
	if err := t.namedPeople(ctx, people); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		called := e.Kind == models.ElectionRecall && (e.State == models.ElectionFrozen || e.State == models.ElectionCandidates)
		if e.State != models.ElectionPlanned && !called {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var there int64
		if err := tx.Model(&models.ElectoralMember{}).Where("election_id = ?", id).Count(&there).Error; err != nil {
			return err
		}
		if there > 0 {
			return problem.New(problem.Conflict, "election.committee.there", nil)
		}
		decision = cleanLine(decision)
		var f problem.Form
		if len([]rune(decision)) < leastReason {
			f.Add("decision", "policy.reason", problem.Args{"n": leastReason})
		}
		members := tx.electoralMembers(id, people, &f)
		if err := tx.noneStands(e, members, "members", &f); err != nil {
			return err
		}
		if pr := problem.As(policy.CheckElectoral(members, policy.ReadRules(e))); pr != nil {
			for field, text := range pr.Fields {
				f.Add(field, text.Key, text.Args)
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		for i := range members {
			if err := tx.seatElectoral(&members[i], decision); err != nil {
				return err
			}
		}
		if err := tx.Create(&members).Error; err != nil {
			return err
		}
		made, err := tx.electoralDecision(decision)
		if err != nil {
			return err
		}
		if err := tx.Model(&models.Election{}).Where("id = ?", id).UpdateColumn("decision_id", made).Error; err != nil {
			return err
		}
		tx.Audit("election.committee", id, map[string]any{"members": len(members), "decision": made})
		return tx.stepDone(e, "committee", decision)
	})
}

func (tx *Tx) noneStands(e *models.Election, members []models.ElectoralMember, field string, f *problem.Form) error {
	for _, m := range members {
		near, err := tx.nearCandidate(e, m.ResidentID)
		if err != nil {
			return err
		}
		if near {
			f.Add(field, "election.committee.stands", problem.Args{"name": m.Name})
		}
	}
	return nil
}

// nearCandidate tells whether a resident stands in the election or is near to
// somebody who does: of a vote whose candidates follow from another one they are
// known before its electoral committee is (art. 15).
func (tx *Tx) nearCandidate(e *models.Election, resident models.ID) (bool, error) {
	standing, err := candidatesOf(tx.DB, e.ID, liveCandidates...)
	if err != nil || len(standing) == 0 {
		return false, err
	}
	near, err := tx.nearResidents(resident)
	for _, c := range standing {
		if c.ResidentID == resident || near[c.ResidentID] {
			return true, err
		}
	}
	return false, err
}

func (tx *Tx) electoralMembers(id models.ID, people []ElectoralDraft, f *problem.Form) []models.ElectoralMember {
	var members []models.ElectoralMember
	seen := map[models.ID]bool{}
	for i, p := range people {
		if p.ResidentID == 0 || seen[p.ResidentID] {
			f.Add("members", "election.committee.twice", nil)
		}
		seen[p.ResidentID] = true
		state := models.ElectoralServing
		if p.Seat == models.SeatSubstitute {
			state = models.ElectoralWaiting
		}
		members = append(members, models.ElectoralMember{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, ResidentID: p.ResidentID, UserID: p.UserID,
			Name: p.Name, Seat: p.Seat, State: state, Votes: p.Votes, Rank: i + 1, CreatedAt: tx.Now})
	}
	return members
}

// ChooseElectoral records whom the assembly chose for a place that nobody follows
// into: the substitutes are used up, or there is no chair (art. 15: 依次递补 or
// chosen anew). Refusals: Invalid with fields, Conflict after the seal.
func (t *Tenant) ChooseElectoral(ctx context.Context, actor models.Actor, id models.ID, decision string, d ElectoralDraft) error {
	people := []ElectoralDraft{d}
	if err := t.namedPeople(ctx, people); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		var all []models.ElectoralMember
		if err := tx.Where("election_id = ?", id).Order("`rank`").Find(&all).Error; err != nil {
			return err
		}
		if len(all) == 0 || policy.ElectionReached(e.State, models.ElectionSealed) || e.State == models.ElectionVoid {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		var f problem.Form
		if decision = cleanLine(decision); len([]rune(decision)) < leastReason {
			f.Add("decision", "policy.reason", problem.Args{"n": leastReason})
		}
		made := tx.electoralMembers(id, people, &f)
		if err := tx.noneStands(e, made, d.Field, &f); err != nil {
			return err
		}
		policy.CheckChosen(made[0], all, policy.ReadRules(e), &f)
		if err := f.Err(); err != nil {
			return err
		}
		made[0].Rank, made[0].Reason = all[len(all)-1].Rank+1, decision
		tx.Audit("election.committee.chosen", id, map[string]string{"decision": decision})
		tx.Touch("elections")
		if err := tx.seatElectoral(&made[0], decision); err != nil {
			return err
		}
		return tx.Create(&made).Error
	})
}

// seatElectoral gives a serving member the post, from today on.
func (tx *Tx) seatElectoral(m *models.ElectoralMember, decision string) error {
	if m.State != models.ElectoralServing {
		return nil
	}
	m.From = tx.Day()
	role := policy.RoleECMember
	if m.Seat == models.SeatChair {
		role = policy.RoleECChair
	}
	who, err := whole(tx.DB, models.Someone{UserID: m.UserID, ResidentID: m.ResidentID})
	if err != nil {
		return err
	}
	m.UserID = who.UserID
	m.AppointmentID, err = tx.giveElectionPost(m.UserID, role, m.Name, decision)
	return err
}

// giveElectionPost makes an appointment for the time of an election; somebody
// without a login gets none and works on paper.
func (tx *Tx) giveElectionPost(user models.ID, role models.Role, name, decision string) (models.ID, error) {
	if user == 0 {
		return 0, nil
	}
	a := models.Appointment{ID: tx.NewID(), RegionID: tx.chain, UserID: user, Role: role, From: tx.Day(), Decision: decision,
		Name: name, Rank: 900, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now}
	tx.touchGlobal(subjectAuthz)
	return a.ID, tx.Create(&a).Error
}

// endElectionPost ends it; ending twice is no error.
func (tx *Tx) endElectionPost(id models.ID) error {
	if id == 0 {
		return nil
	}
	tx.touchGlobal(subjectAuthz)
	return tx.Model(&models.Appointment{}).Where("id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now).Error
}

// Electoral is the electoral committee with its substitutes and those who left.
func (t *Tenant) Electoral(ctx context.Context, id models.ID) (rows []models.ElectoralMember, err error) {
	err = t.db(ctx).Where("election_id = ?", id).Order("`rank`").Find(&rows).Error
	return rows, err
}

// LeaveElectoral takes a member off with a reason; the next substitute follows
// in the order of the result (art. 15).
func (t *Tenant) LeaveElectoral(ctx context.Context, actor models.Actor, id, member models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		return tx.leaveElectoral(e, member, reason)
	})
}

func (tx *Tx) leaveElectoral(e *models.Election, member models.ID, reason string) error {
	var all []models.ElectoralMember
	if err := tx.Where("election_id = ?", e.ID).Order("`rank`").Find(&all).Error; err != nil {
		return err
	}
	var m *models.ElectoralMember
	for i := range all {
		if all[i].ID == member {
			m = &all[i]
		}
	}
	if m == nil {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	was := m.State
	err := Changed(tx.Model(&models.ElectoralMember{}).Where("id = ? AND state IN ?", member, []models.ElectoralState{models.ElectoralServing, models.ElectoralWaiting}).
		Updates(map[string]any{"state": models.ElectoralLeft, "reason": reason, "until_day": tx.Day()}))
	if err != nil {
		return err
	}
	m.State = models.ElectoralLeft
	if err := tx.endElectionPost(m.AppointmentID); err != nil {
		return err
	}
	tx.Audit("election.committee.left", e.ID, map[string]any{"member": member})
	tx.Touch("elections")
	if was != models.ElectoralServing {
		return nil
	}
	next := policy.NextSubstitute(all)
	if next == nil {
		return nil
	}
	next.State, next.Seat, next.ReplacesID = models.ElectoralServing, m.Seat, m.ID
	if err := tx.seatElectoral(next, reason); err != nil {
		return err
	}
	err = Changed(tx.Model(&models.ElectoralMember{}).Where("id = ? AND state = ?", next.ID, models.ElectoralWaiting).
		Select("state", "seat", "replaces_id", "user_id", "appointment_id", "from_day").UpdateColumns(next))
	if err != nil {
		return err
	}
	tx.Audit("election.committee.substitute", e.ID, map[string]any{"member": next.ID, "for": m.ID})
	return nil
}

// nomineeLeaves takes whoever accepts a nomination, and their near relatives,
// out of the electoral committee and off every duty (art. 15; rules 2 and 3).
func (tx *Tx) nomineeLeaves(e *models.Election, nominee models.ID) error {
	near, err := tx.nearResidents(nominee)
	if err != nil {
		return err
	}
	var members []models.ElectoralMember
	if err := tx.Where("election_id = ? AND state <> ?", e.ID, models.ElectoralLeft).Find(&members).Error; err != nil {
		return err
	}
	for _, m := range members {
		if policy.MustLeave(nominee, m.ResidentID, near[m.ResidentID]) {
			if err := tx.leaveElectoral(e, m.ID, "art. 15"); err != nil {
				return err
			}
		}
	}
	var staff []models.PollStaff
	if err := tx.Where("election_id = ? AND ended_at IS NULL", e.ID).Find(&staff).Error; err != nil {
		return err
	}
	for _, s := range staff {
		if policy.MayStaffPolls(s.Duty, s.ResidentID == nominee, near[s.ResidentID], policy.ReadRules(e)) == nil {
			continue
		}
		if err := tx.endElectionPost(s.AppointmentID); err != nil {
			return err
		}
		if err := tx.Model(&models.PollStaff{}).Where("id = ?", s.ID).Update("ended_at", tx.Now).Error; err != nil {
			return err
		}
	}
	return nil
}

// nearResidents are the near relatives of a resident on the roll, as far as declared.
func (tx *Tx) nearResidents(resident models.ID) (map[models.ID]bool, error) {
	relatives, err := tx.relatives(models.Someone{ResidentID: resident})
	near := map[models.ID]bool{}
	for _, r := range relatives {
		if r.Near() && r.ResidentID != 0 {
			near[r.ResidentID] = true
		}
	}
	return near, err
}

// namedPeople finds the residents whom a form names; who is not found, or not one, is
// said beside the field.
func (t *Tenant) namedPeople(ctx context.Context, people []ElectoralDraft) error {
	var f problem.Form
	for i := range people {
		if people[i].ResidentID != 0 {
			continue
		}
		r, err := t.oneResident(ctx, people[i].Name)
		if err != nil {
			return err
		}
		if r == nil {
			f.Add(people[i].Field, "election.nominee.unknown", nil)
			continue
		}
		people[i].ResidentID, people[i].Name = r.ID, r.Name
	}
	return f.Err()
}

// oneResident finds the one active resident whom words name: a name, or a name
// and a birth year or household number behind it. nil when there is none or
// more than one.
func (t *Tenant) oneResident(ctx context.Context, words string) (*models.Resident, error) {
	parts := strings.Fields(models.Key(words))
	if len(parts) == 0 {
		return nil, nil
	}
	var rows []models.Resident
	if err := t.db(ctx).Where("name = ? AND state = ?", parts[0], models.ResidentActive).Order("id").Limit(foundAtMost).Find(&rows).Error; err != nil {
		return nil, err
	}
	var found []models.Resident
	for _, r := range rows {
		if len(parts) == 1 || strings.HasPrefix(string(r.Birth), parts[1]) || t.householdNumber(ctx, r.HouseholdID) == parts[1] {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return nil, nil
	}
	return &found[0], nil
}

func (t *Tenant) householdNumber(ctx context.Context, id models.ID) string {
	var h models.Household
	if t.db(ctx).Select("community_id", "id", "number").Where("id = ?", id).Limit(1).Find(&h).Error != nil {
		return ""
	}
	return h.Number
}

// ResidentNamed is the one active resident whom words name. Refusal: Invalid.
func (t *Tenant) ResidentNamed(ctx context.Context, words string) (models.ID, error) {
	r, err := t.oneResident(ctx, words)
	if err != nil || r != nil {
		if r == nil {
			return 0, err
		}
		return r.ID, nil
	}
	var f problem.Form
	f.Add("resident", "election.nominee.unknown", nil)
	return 0, f.Err()
}
