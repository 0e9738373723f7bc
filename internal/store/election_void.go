package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// VoidElection declares an election void with its ground; after the seal only
// the street or the district may (art. 22; by analogy Chongqing 34). With it goes,
// in the same transaction, whatever it brought about: see annul.
func (t *Tenant) VoidElection(ctx context.Context, actor models.Actor, id models.ID, ground, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("election", "supervise"), tx.May("election", "publish")); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if reason, err = checkVoid(ground, reason, policy.VoidGrounds); err != nil {
			return err
		}
		if _, err := policy.Next(policy.ElectionMoves, e.State, "void", tx.roles()); err != nil {
			return err
		}
		return tx.annul(e, ground, reason)
	})
}

func checkVoid(ground, reason string, grounds []string) (string, error) {
	var f problem.Form
	if !slices.Contains(grounds, ground) {
		f.Add("ground", "form.choose", nil)
	}
	reason, err := checkReason(reason)
	return reason, errorsOf(f.Err(), err)
}

// voidRole is the post in which the actor declares something void.
func (tx *Tx) voidRole() models.Role {
	return tx.actingRole(models.RoleDistrict, models.RoleStreet, policy.RoleECChair)
}

// annul takes back what an election brought about: no ballot is given out any
// more, whoever was elected by it holds nothing by it, whoever ran it has
// nothing left to run, what followed from it falls with it, what a recall had
// ended begins again, and the board says so.
func (tx *Tx) annul(e *models.Election, ground, reason string) error {
	from, now := e.State, tx.Now
	e.State, e.UpdatedAt = models.ElectionVoid, tx.Now
	e.VoidAt, e.VoidGround, e.VoidReason, e.VoidBy = &now, ground, reason, tx.actorName(tx.voidRole())
	err := Changed(tx.Model(&models.Election{}).Where("id = ? AND state = ?", e.ID, from).
		Select("state", "void_at", "void_ground", "void_reason", "void_by", "updated_at").UpdateColumns(e))
	if err != nil {
		return err
	}
	tx.Audit("election.void", e.ID, map[string]string{"ground": ground})
	tx.Touch("elections", "home", "people", "poll")
	var won []models.ElectedMember
	if err := tx.Where("election_id = ? AND void_at IS NULL", e.ID).Order("`rank`").Find(&won).Error; err != nil {
		return err
	}
	for _, m := range won {
		if err := tx.unseat(m, ground, reason); err != nil {
			return err
		}
	}
	for _, end := range []func(*models.Election) error{tx.endPolls, tx.annulFollowing, tx.reopenRecall} {
		if err := end(e); err != nil {
			return err
		}
	}
	return tx.publishVoid(e, nil, reason)
}

// endPolls ends the work at an election: boxes, electronic ballot, staff and
// electoral committee.
func (tx *Tx) endPolls(e *models.Election) error {
	err := tx.Model(&models.PollingStation{}).Where("election_id = ? AND state = ?", e.ID, models.StationOpen).
		UpdateColumns(map[string]any{"state": models.StationClosed, "updated_at": tx.Now}).Error
	if err != nil {
		return err
	}
	b, err := electionBoard(tx.DB, e.ID)
	if err != nil {
		return err
	}
	if b != nil && !policy.BallotPublic(b.State) { // one that stands open ends by its clock; nobody is claimed for it and nobody decrypts it
		if err := tx.undoBallot(b, "drop", policy.SetOf(policy.RoleECChair)); err != nil {
			return err
		}
	}
	if err := tx.endStaff(e.ID); err != nil {
		return err
	}
	return tx.endElectoral(e.ID)
}

// annulFollowing: what followed from a void election cannot go on, and what came
// of it does not stand (art. 19, 20, 24).
func (tx *Tx) annulFollowing(e *models.Election) error {
	children, err := childrenOf(tx.DB, e.ID)
	if err != nil {
		return err
	}
	for i := range children {
		c := &children[i]
		switch c.State {
		case models.ElectionVoid:
			continue
		case models.ElectionPlanned: // nothing of it is public
			err = Changed(tx.Model(&models.Election{}).Where("id = ? AND state = ?", c.ID, c.State).
				UpdateColumns(map[string]any{"state": models.ElectionDropped, "updated_at": tx.Now}))
			tx.Audit("election.drop", c.ID, nil)
		default:
			err = tx.annul(c, e.VoidGround, e.VoidReason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unseat marks a winner's election as void, ends the post that began by it, and
// what was under way to end it.
func (tx *Tx) unseat(m models.ElectedMember, ground, reason string) error {
	err := Changed(tx.Model(&models.ElectedMember{}).Where("id = ? AND void_at IS NULL", m.ID).
		Updates(map[string]any{"void_at": tx.Now, "void_ground": ground, "void_reason": reason, "void_by": tx.actorName(tx.voidRole())}))
	if err != nil {
		return err
	}
	tx.Audit("election.void.member", m.ID, map[string]string{"ground": ground})
	if err := tx.endElectionPost(m.AppointmentID); err != nil {
		return err
	}
	if err := tx.endRecalls(m.ID, ground, reason); err != nil || m.UserID == 0 {
		return err
	}
	err = tx.Tell(m.UserID, "election.tell.void", problem.Args{"reason": reason}, tx.electionPath(m.ElectionID, "result"))
	if problem.Is(err, problem.NotFound) {
		return nil // the login is closed
	}
	return err
}

// endRecalls ends the demands about a member who is one no longer, with a vote
// that is being held.
func (tx *Tx) endRecalls(member models.ID, ground, reason string) error {
	var running []models.Recall
	err := tx.Where("member_id = ? AND state IN ?", member, []models.RecallState{models.RecallGathering, models.RecallValid, models.RecallVote}).Find(&running).Error
	if err != nil {
		return err
	}
	for _, r := range running {
		err := Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", r.ID, r.State).
			Updates(map[string]any{"state": models.RecallEnded, "updated_at": tx.Now}))
		if err != nil {
			return err
		}
		if r.State != models.RecallVote {
			continue
		}
		vote, err := electionByID(tx.DB, r.VoteID)
		if err != nil {
			return err
		}
		if err := tx.annul(vote, ground, reason); err != nil {
			return err
		}
	}
	return nil
}

// reopenRecall: a void vote has removed nobody and kept nobody. The member goes
// on, and the demand stands: a vote is to be held anew.
func (tx *Tx) reopenRecall(e *models.Election) error {
	if e.Kind != models.ElectionRecall {
		return nil
	}
	var r models.Recall
	err := tx.Where("vote_id = ? AND state IN ?", e.ID, []models.RecallState{models.RecallVote, models.RecallRemoved, models.RecallKept}).Limit(1).Find(&r).Error
	if err != nil || r.ID == 0 {
		return err
	}
	to := models.RecallValid
	var m models.ElectedMember
	if err := tx.Where("id = ?", r.MemberID).Take(&m).Error; err != nil {
		return notFound(err)
	}
	switch {
	case m.VoidAt != nil:
		to = models.RecallEnded
	case r.State == models.RecallRemoved:
		if err := tx.seatAgain(m); err != nil {
			return err
		}
	}
	return Changed(tx.Model(&models.Recall{}).Where("id = ? AND state = ?", r.ID, r.State).
		Updates(map[string]any{"state": to, "vote_id": 0, "due_day": tx.Day().AddDays(policy.ReadRules(e).Int("recall.days")), "updated_at": tx.Now}))
}

// seatAgain gives back the post that a void recall took, if nobody else was
// elected into it meanwhile.
func (tx *Tx) seatAgain(m models.ElectedMember) error {
	root, err := tx.rootOf(m.ElectionID)
	if err != nil {
		return err
	}
	posts, err := postsOf(tx.DB, root)
	if err != nil {
		return err
	}
	holds, err := tx.postsHeld(root)
	if err != nil {
		return err
	}
	for _, p := range posts {
		if p.Post == m.Post && holds[p.Post] >= p.Seats {
			return problem.New(problem.Conflict, "election.void.seat", nil).Because("art. 24")
		}
	}
	set := map[string]any{"ended_at": nil}
	var old models.Appointment
	if err := tx.Where("id = ?", m.AppointmentID).Limit(1).Find(&old).Error; err != nil {
		return err
	}
	if old.ID != 0 {
		again := old
		again.ID, again.From, again.EndedAt, again.ByUserID, again.CreatedAt = tx.NewID(), tx.Day(), nil, tx.Actor.UserID, tx.Now
		if err := tx.Create(&again).Error; err != nil {
			return err
		}
		tx.touchGlobal(subjectAuthz)
		set["appointment_id"] = again.ID
	}
	return Changed(tx.Model(&models.ElectedMember{}).Where("id = ? AND ended_at IS NOT NULL", m.ID).Updates(set))
}

// rootOf is the election that a vote belongs to in the end.
func (tx *Tx) rootOf(id models.ID) (models.ID, error) {
	for {
		e, err := electionByID(tx.DB, id)
		if err != nil || e.ParentID == 0 {
			return id, err
		}
		id = e.ParentID
	}
}

// publishVoid says on the board that an election is void, or, with one of its
// winners, that this one was not elected. What was published is never changed: a
// standing result and the call to a run-off get a next version that says so,
// issued by who decided; where no result hangs, a numbered notice does.
func (tx *Tx) publishVoid(e *models.Election, m *models.ElectedMember, reason string) error {
	role, key, calls := tx.voidRole(), "void.election", []string{"result", "runoff"}
	values := map[string]string{"title": e.Title, "reason": reason, "by": policy.FillNotice(word("void.by."+string(role)), map[string]string{"street": tx.Community.StreetName})}
	if m != nil {
		key, calls = "void.member", calls[:1]
		values["name"], values["post"] = m.Name, word("post."+string(m.Post))
	}
	title, text := policy.FillNotice(word(key+".title"), values), policy.FillNotice(word(key), values)
	var notices []models.ElectionNotice
	err := tx.Where("election_id = ? AND template IN ? AND state = ?", e.ID, calls, models.ElectionNoticePublished).Order("id").Find(&notices).Error
	if err != nil {
		return err
	}
	hangs := false
	for _, n := range notices {
		var old models.Notice
		if err := tx.Where("thread_id = ? AND state = ?", n.NoticeID, models.NoticePublished).Limit(1).Find(&old).Error; err != nil {
			return err
		}
		if old.ID == 0 { // withdrawn
			continue
		}
		hangs = hangs || n.Template == "result"
		body := text
		if m != nil && !hideEnded(&old, tx.Day()) { // the others stay elected
			body += "\n" + old.Body
		}
		if err := tx.correctByVoid(old, body, title, role); err != nil {
			return err
		}
	}
	if hangs {
		return nil
	}
	n := models.ElectionNotice{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Template: "void", Title: title, Body: text, Personal: true,
		State: models.ElectionNoticeDraft, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := tx.Create(&n).Error; err != nil {
		return err
	}
	return tx.electionNotice(e, &n, role)
}

// correctByVoid makes the next version of what hangs on the board.
func (tx *Tx) correctByVoid(old models.Notice, body, reason string, role models.Role) error {
	next := models.Notice{Tenant: models.Tenant{ID: tx.NewID()}, ThreadID: old.ThreadID, Version: old.Version + 1, Kind: old.Kind, Category: old.Category,
		Title: reason, Body: body, Personal: old.Personal, State: models.NoticeSubmitted, Reason: reason, Issuer: issuerOf[role],
		ByUserID: tx.Actor.UserID, ByName: tx.actorName(role), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := tx.Create(&next).Error; err != nil {
		return err
	}
	if err := tx.makePublic(&next, role); err != nil {
		return err
	}
	return tx.afterNotice(&next)
}

// VoidMember declares one winner's election void (当选无效, art. 22); the election
// itself stands. The street or the district investigates and decides.
func (t *Tenant) VoidMember(ctx context.Context, actor models.Actor, id, member models.ID, ground, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("election", "supervise"); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if !policy.ElectionReached(e.State, models.ElectionSealed) {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if reason, err = checkVoid(ground, reason, policy.UnfairMeans); err != nil {
			return err
		}
		var m models.ElectedMember
		if err := tx.Where("id = ? AND election_id = ?", member, id).Take(&m).Error; err != nil {
			return notFound(err)
		}
		tx.Touch("elections", "home", "people")
		if err := tx.unseat(m, ground, reason); err != nil {
			return err
		}
		return tx.publishVoid(e, &m, reason)
	})
}
