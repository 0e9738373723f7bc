package store

import (
	"context"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Hand-over (转办) of a case to another system: both numbers are kept, and what
// the other side says stands in the timeline. The case stays with whoever has
// it here, and so does its clock.

const (
	checkWindow   = time.Hour
	maxOuterNote  = 1000
	maxOuterState = 40
	maxOuterName  = 80
)

// never is when nothing is asked: a file is carried by people.
var never = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// HandOver hands a case over. Refusals: NotFound for whom the case or the
// target does not exist, Conflict when it is there already or the case has
// ended, Forbidden where the case may not go, Invalid where the other side asks
// what nobody has answered (fields by policy.OuterField).
func (t *Tenant) HandOver(ctx context.Context, actor models.Actor, id, target models.ID, o Outer) (*models.Complaint, error) {
	return t.officeStep(ctx, actor, id, Act{}, func(k *kase) (Step, error) {
		if _, err := policy.Next(policy.ComplaintMoves, k.was.State, "hand_over", k.relations); err != nil {
			return Step{}, err
		}
		var to models.HandoverTarget
		if err := k.Where("id = ?", target).Limit(1).Find(&to).Error; err != nil {
			return Step{}, err
		}
		if to.ID == 0 || !policy.MayHandOver(k.About, to) {
			var f problem.Form
			f.Add("target", "handover.notallowed", nil)
			return Step{}, f.Err()
		}
		h := models.ComplaintHandover{Tenant: models.Tenant{ID: k.NewID()}, CaseID: id, TargetID: target, State: models.HandoverWaiting,
			NextAt: k.Now, ByUserID: k.Actor.UserID, CreatedAt: k.Now, UpdatedAt: k.Now}
		if to.Kind == models.HandoverFile {
			h.NextAt = never
		}
		if err := k.answerOuter(&h, &to, o); err != nil {
			return Step{}, err
		}
		if err := k.Create(&h).Error; duplicate(err) {
			return Step{}, problem.New(problem.Conflict, "handover.twice", nil)
		} else if err != nil {
			return Step{}, err
		}
		return Step{Action: "hand_over", Text: to.Name}, nil
	})
}

// HandAgain sends once more what has failed for good. Refusals: NotFound, Conflict.
func (t *Tenant) HandAgain(ctx context.Context, actor models.Actor, id, handover models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		k, err := tx.officeCase(id)
		if err != nil {
			return err
		}
		if _, err := policy.Next(policy.ComplaintMoves, k.was.State, "hand_over", k.relations); err != nil {
			return err
		}
		var h models.ComplaintHandover
		var to models.HandoverTarget
		if err := tx.Where("id = ? AND case_id = ? AND state = ?", handover, id, models.HandoverFailed).Take(&h).Error; err != nil {
			return notFound(err)
		}
		if err := tx.Where("id = ? AND off = ?", h.TargetID, false).Take(&to).Error; err != nil {
			return notFound(err)
		}
		if !policy.MayHandOver(k.About, to) {
			return problem.New(problem.Forbidden, "handover.notallowed", nil)
		}
		tx.auditCase(&k.Complaint, "case.hand_again", nil)
		state := models.HandoverWaiting
		if h.OuterNumber != "" {
			state = models.HandoverTaken
		} else if h.Token != "" {
			state = models.HandoverTokened
		}
		return Changed(tx.Model(&models.ComplaintHandover{}).Where("id = ? AND state = ?", handover, models.HandoverFailed).
			Updates(map[string]any{"state": state, "attempts": 0, "error": "", "next_at": tx.Now, "updated_at": tx.Now}))
	})
}

// outer notes what another system says of a case, whoever brings it: state and
// numbers beside the case, a step of its timeline, a word to whoever has it.
// What is known already is no step. Conflict when the number is another case's.
func (tx *Tx) outer(h models.ComplaintHandover, to models.HandoverTarget, o models.OuterState, relations policy.RoleSet) (changed bool, err error) {
	o = cleanOuter(o)
	if o.Number == "" {
		o.Number = h.OuterNumber
	}
	state := models.HandoverTaken
	switch {
	case o.Done:
		state = models.HandoverDone
	case o.Number == "":
		state = models.HandoverTokened
	}
	if o.Number == h.OuterNumber && o.State == h.OuterState && (o.Note == h.OuterNote || o.Note == "") && (state == h.State || h.State == models.HandoverDone) {
		return false, nil
	}
	if o.Note == "" {
		o.Note = h.OuterNote
	}
	next := tx.Now.Add(policy.HandoverWait(state, tx.Now.Sub(h.CreatedAt)))
	if o.Done || to.Kind != models.HandoverOpen311 {
		next = never
	}
	row := models.ComplaintHandover{State: state, OuterNumber: o.Number, OuterState: o.State, OuterNote: o.Note, NextAt: next, UpdatedAt: tx.Now}
	if o.Number != "" {
		row.TakenNumber = &o.Number
	}
	res := tx.Model(&models.ComplaintHandover{}).Where("id = ? AND state = ? AND outer_number = ? AND outer_state = ? AND outer_note = ?", h.ID, h.State, h.OuterNumber, h.OuterState, h.OuterNote).
		Select("state", "outer_number", "taken_number", "outer_state", "outer_note", "next_at", "updated_at", "attempts", "error").Updates(&row)
	if duplicate(res.Error) {
		return false, problem.New(problem.Conflict, "handover.number.taken", problem.Args{"number": o.Number}).Because("handover: number of another case")
	}
	if err := Changed(res); err != nil {
		return false, err
	}
	if o.Number == h.OuterNumber && o.State == h.OuterState && o.Note == h.OuterNote && !o.Done {
		return true, nil // they have it: nothing is said about it yet
	}
	return true, tx.outerStep(h.CaseID, to, o, relations)
}

func (tx *Tx) outerStep(id models.ID, to models.HandoverTarget, o models.OuterState, relations policy.RoleSet) error {
	k := &kase{Tx: tx, relations: relations}
	if err := tx.Where("id = ?", id).Take(&k.was).Error; err != nil {
		return notFound(err)
	}
	k.Complaint = k.was
	k.OuterNumber, k.OuterState = o.Number, o.State
	s := Step{Action: "outer", Text: strings.TrimSpace(strings.Join(strings.Fields(to.Name+" "+o.Number+" "+o.State), " ") + "\n" + o.Note)}
	if tx.Actor.System {
		s.Role = policy.RoleJob
	}
	if _, err := k.step(s); err != nil {
		return err
	}
	if o.Note == "" && !o.Done {
		return nil // a number alone interrupts nobody
	}
	return firstError(tx.tellDesk(&k.Complaint, k.Owner(), "case.tell.outer"), k.tellReporters("case.tell.outer", false, nil))
}

// cleanOuter bounds what a stranger's system says.
func cleanOuter(o models.OuterState) models.OuterState {
	o.Number, o.State = cutRunes(cleanLine(models.Key(o.Number)), maxOuterName), cutRunes(cleanLine(models.Key(o.State)), maxOuterState)
	o.Note = cutRunes(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f || r == '\ufffd' || r == '\ufeff' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(o.Note, "\r\n", "\n"), ""))), maxOuterNote)
	return o
}

func cutRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// Handover is a case at another system, for an officer's page.
type Handover struct {
	models.ComplaintHandover
	Target models.HandoverTarget
	Case   models.Complaint
}

const handoverPage = 50

// Handovers are the cases that were handed over to a target and that exist for
// the reader, the newest first.
func (t *Tenant) Handovers(ctx context.Context, actor models.Actor, target, before models.ID) (list []Handover, more bool, err error) {
	to, err := t.HandoverTarget(ctx, actor, target)
	if err != nil {
		return nil, false, err
	}
	known, err := t.knownCases(ctx, actor)
	if err != nil {
		return nil, false, err
	}
	q := t.db(ctx).Where("target_id = ? AND case_id IN (?)", target, known)
	if before != 0 {
		q = q.Where("id < ?", before)
	}
	var rows []models.ComplaintHandover
	if err := q.Order("id DESC").Limit(handoverPage + 1).Find(&rows).Error; err != nil {
		return nil, false, err
	}
	if more = len(rows) > handoverPage; more {
		rows = rows[:handoverPage]
	}
	ids := make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.CaseID
	}
	var cases []models.Complaint
	if err := t.db(ctx).Where("id IN ?", ids).Find(&cases).Error; err != nil {
		return nil, false, err
	}
	byID := map[models.ID]models.Complaint{}
	for _, c := range cases {
		byID[c.ID] = c
	}
	for _, r := range rows {
		list = append(list, Handover{r, *to, byID[r.CaseID]})
	}
	return list, more, nil
}

// ownHandovers are the rows of one case with the names of their targets.
func (t *Tenant) ownHandovers(ctx context.Context, id models.ID) ([]Handover, error) {
	var rows []models.ComplaintHandover
	if err := t.db(ctx).Where("case_id = ?", id).Order("id").Find(&rows).Error; err != nil || len(rows) == 0 {
		return nil, err
	}
	var targets []models.HandoverTarget
	if err := t.db(ctx).Find(&targets).Error; err != nil {
		return nil, err
	}
	names := map[models.ID]models.HandoverTarget{}
	for _, to := range targets {
		to.SecretSeal = nil
		to.Name = strings.TrimSuffix(to.Name, " "+to.ID.String()) // of one that was ended
		names[to.ID] = to
	}
	list := make([]Handover, len(rows))
	for i, r := range rows {
		list[i] = Handover{ComplaintHandover: r, Target: names[r.TargetID]}
	}
	return list, nil
}
