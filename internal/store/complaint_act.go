package store

import (
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// caseActs are what the office does to a case, by the action of the state
// table. Each changes k and says what the step of the timeline tells.
var caseActs = map[string]func(k *kase, a Act) (Step, error){
	"triage":      (*kase).triage,
	"dispatch":    (*kase).dispatch,
	"accept":      func(k *kase, a Act) (Step, error) { return Step{Text: a.Text}, nil },
	"return":      (*kase).giveBack,
	"recuse":      (*kase).recuse,
	"answer":      (*kase).answer,
	"refuse":      (*kase).refuse,
	"deliberate":  (*kase).saying,
	"resume":      (*kase).saying,
	"note":        func(k *kase, a Act) (Step, error) { return Step{Text: a.Text, Internal: true}, reasonField(a.Text) },
	"ask":         (*kase).saying,
	"call_back":   (*kase).callBack,
	"reopen":      (*kase).reopenAfterCall,
	"register":    (*kase).register,
	"extend":      (*kase).extend,
	"send_back":   (*kase).sendBack,
	"order":       (*kase).order,
	"assist":      (*kase).assist,
	"assist_done": (*kase).assistDone,
	"escalate":    (*kase).escalate,
	"merge":       (*kase).merge,
	"reserve":     (*kase).reserve,
}

// CaseAct does one act of the office to a case. Refusals: NotFound for whom the
// case does not exist, Forbidden and Conflict by the state table, Invalid with
// fields (text, to, reason, other).
func (t *Tenant) CaseAct(ctx context.Context, actor models.Actor, id models.ID, action string, a Act) (*models.Complaint, error) {
	do, known := caseActs[action]
	if !known {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	a.Text = strings.TrimSpace(a.Text)
	return t.officeStep(ctx, actor, id, a, func(k *kase) (Step, error) {
		// Asked first: whoever may not do it is not told what else is missing.
		if _, err := policy.Next(policy.ComplaintMoves, k.was.State, action, k.relations); err != nil {
			return Step{}, err
		}
		s, err := do(k, a)
		s.Action = action
		return s, err
	})
}

// reasonField asks for words in the field "text".
func reasonField(text string) error {
	if len([]rune(text)) >= leastReason {
		return nil
	}
	var f problem.Form
	f.Add("text", "policy.reason", problem.Args{"n": leastReason})
	return f.Err()
}

func (k *kase) saying(a Act) (Step, error) { return Step{Text: a.Text}, reasonField(a.Text) }

// Triage is how a case is sorted.
type Triage struct {
	Category string
	Kind     models.ComplaintKind
	GridID   models.ID
	Urgent   bool
	Hidden   bool
}

func (k *kase) triage(a Act) (Step, error) {
	if a.Triage == nil {
		return Step{}, problem.New(problem.Invalid, "error.form", nil)
	}
	category, err := k.tenant().Category(k.Statement.Context, a.Triage.Category)
	if err != nil {
		return Step{}, err
	}
	if a.Triage.GridID != 0 && a.Triage.GridID != k.GridID {
		k.GridID, k.BuildingID = a.Triage.GridID, 0
	}
	k.Category, k.Kind, k.Urgent = category.Code, a.Triage.Kind, a.Triage.Urgent
	if k.Category != k.was.Category {
		k.TriageDays, k.AssignDays, k.HandleDays = category.TriageDays, category.AssignDays, category.HandleDays
	}
	return Step{Text: a.Text, Internal: true}, k.show(k.was.Public && !a.Triage.Hidden && !category.Hidden) // what was asked to be private stays so
}

// show puts the case before everybody, or takes it back.
func (k *kase) show(public bool) error {
	k.Public = public && policy.PublicCase(k.Level, k.About, false)
	if k.Public == k.was.Public {
		return nil
	}
	if !k.Public {
		k.PublicText, k.Answer = "", ""
		return k.Model(&models.ComplaintEvent{}).Where("case_id = ?", k.ID).Update("public_text", "").Error
	}
	body, err := k.tenant().caseBody(&k.Complaint)
	k.PublicText = policy.MaskText(body.Text)
	return err
}

// dispatch gives the case to somebody; the lead is one, others assist.
func (k *kase) dispatch(a Act) (Step, error) {
	var f problem.Form
	if !policy.MayHold(k.About, a.To.Kind) {
		f.Add("to", "case.to.notallowed", nil)
		return Step{}, f.Err()
	}
	if ok, err := k.exists(a.To); err != nil || !ok {
		f.Add("to", "form.choose", nil)
		return Step{}, firstError(err, f.Err())
	}
	users, err := k.holders(a.To)
	if err != nil {
		return Step{}, err
	}
	kept, err := k.keptFrom(k.ID)
	if err != nil {
		return Step{}, err
	}
	free := slices.DeleteFunc(users, func(u models.ID) bool {
		return slices.Contains(k.ties.Reporters, u) || slices.Contains(kept, u)
	})
	if len(free) == 0 && a.To.Kind != models.AssigneeUnit {
		f.Add("to", "case.to.empty", nil)
		return Step{}, f.Err()
	}
	k.OwnerKind, k.OwnerID = a.To.Kind, a.To.ID
	return Step{Text: a.Text, Internal: true}, nil
}

// exists tells whether a desk is one of this community, and an officer one who
// may handle cases here.
func (k *kase) exists(a models.Assignee) (bool, error) {
	var n int64
	switch a.Kind {
	case models.AssigneeGrid:
		err := k.Model(&models.Grid{}).Where("id = ?", a.ID).Count(&n).Error
		return n > 0, err
	case models.AssigneeUnit:
		err := k.Model(&models.ComplaintUnit{}).Where("id = ? AND ended_at IS NULL", a.ID).Count(&n).Error
		return n > 0, err
	case models.AssigneeMember:
		roles := k.store.opt.Guard.RolesOf(models.Actor{UserID: a.ID}, k.Community, k.Day())
		return k.store.opt.Guard.May(roles, "case", "handle"), nil
	case models.AssigneeDuty, models.AssigneeStation, models.AssigneeSupervisor, models.AssigneeStreet:
		return a.ID == 0, nil // there is one of the kind
	}
	return false, nil
}

// giveBack: the wrong one says so, once; it goes back to whoever dispatches.
func (k *kase) giveBack(a Act) (Step, error) {
	if err := inText(policy.MayReturn(k.was, a.Text)); err != nil {
		return Step{}, err
	}
	k.Returned++
	return Step{Text: a.Text, Internal: true}, k.toDispatcher()
}

// recuse: whoever has an interest in the case steps back (信访 28); for them it
// does not exist any more.
func (k *kase) recuse(a Act) (Step, error) {
	if err := reasonField(a.Text); err != nil {
		return Step{}, err
	}
	k.ties.Kept = append(k.ties.Kept, models.ComplaintParty{UserID: k.Actor.UserID})
	if err := k.keepAway(k.ID, k.Actor.UserID, models.PartyRecused); err != nil {
		return Step{}, err
	}
	if k.FirstKind == models.AssigneeMember && k.FirstID == k.Actor.UserID {
		k.FirstKind, k.FirstID = models.AssigneeDuty, 0
	}
	if err := k.toDispatcher(); err != nil {
		return Step{}, err
	}
	_, free, err := k.mannedOf([]models.Assignee{k.Owner()}, k.apart())
	if err == nil && !free { // stepping back would leave it with nobody: another has to be appointed first
		err = problem.New(problem.Conflict, "case.recuse.last", nil).Because("petition rules 28")
	}
	return Step{Text: a.Text, Internal: true}, err
}

// toDispatcher gives the case back to a desk that may dispatch it and that is
// manned by somebody it may be with.
func (k *kase) toDispatcher() error {
	to, err := k.manned(policy.FirstReceiver(k.About, 0, 0), k.apart())
	k.OwnerKind, k.OwnerID = to.Kind, to.ID
	return err
}

func (k *kase) answer(a Act) (Step, error) {
	relations := k.relations
	if slices.Contains(k.ties.Reporters, k.Actor.UserID) {
		relations |= policy.SetOf(policy.RoleReporter)
	}
	if err := policy.MayAnswerCase(relations, a.Text); err != nil {
		return Step{}, err
	}
	if k.was.State != models.ComplaintEscalated && !slices.Contains(k.reader.Desks(), k.Owner()) {
		// Solved on the spot by whoever received or dispatches it.
		k.OwnerKind, k.OwnerID = models.AssigneeMember, k.Actor.UserID
		if k.About != models.AboutNobody {
			k.OwnerKind, k.OwnerID = k.was.OwnerKind, k.was.OwnerID
		}
	}
	if k.Public {
		k.Answer = k.masked(a.Text)
	}
	return Step{Text: a.Text}, nil
}

func inText(err error) error {
	p := problem.As(err)
	if p == nil || p.Fields == nil {
		return err
	}
	if t, ok := p.Fields["reason"]; ok {
		p.Fields["text"] = t
		delete(p.Fields, "reason")
	}
	return p
}

// callBack (回访) asks the reporter; what they say counts like their own rating.
func (k *kase) callBack(a Act) (Step, error) {
	k.CalledAt = &k.Now
	if !k.Rated && a.Rating != nil {
		k.Rated, k.Solved, k.Satisfied = true, a.Rating.Solved, a.Rating.Satisfied
	}
	return Step{Text: a.Text, Internal: true}, nil
}

// reopenAfterCall: who was called says that it is not solved.
func (k *kase) reopenAfterCall(a Act) (Step, error) {
	if k.CalledAt == nil || k.Solved {
		return Step{}, problem.New(problem.Conflict, "case.callfirst", nil)
	}
	if err := inText(policy.MayReopen(k.was, k.Day(), a.Text)); err != nil {
		return Step{}, err
	}
	k.Reopened++
	return Step{Text: a.Text}, k.toDispatcher()
}

func (k *kase) register(a Act) (Step, error) {
	if k.Registered != "" {
		return Step{}, problem.New(problem.Conflict, "policy.state", nil)
	}
	if models.DateOf(k.Now) > k.DueDay {
		k.Late = true
	}
	k.Registered = k.Day()
	return Step{Text: a.Text}, reasonField(a.Text)
}

func (k *kase) extend(a Act) (Step, error) {
	if err := inText(policy.MayExtend(k.was, a.Text)); err != nil {
		return Step{}, err
	}
	k.Extended = true
	return Step{Text: a.Text}, nil
}

// sendBack is the street's order that the community does it after all.
func (k *kase) sendBack(a Act) (Step, error) {
	if err := policy.MaySendBack(k.was, k.Day(), policy.China()); err != nil {
		return Step{}, err
	}
	k.Registered = ""
	return Step{Text: a.Text}, firstError(reasonField(a.Text), k.toDispatcher())
}

// order (督办) urges whoever has the case.
func (k *kase) order(a Act) (Step, error) {
	k.Watched = true
	return Step{Text: a.Text, Internal: true}, reasonField(a.Text)
}

func (k *kase) assist(a Act) (Step, error) {
	var f problem.Form
	ok, err := k.exists(a.To)
	if err != nil {
		return Step{}, err
	}
	if !ok || a.To.Kind == "" || !policy.MayHold(k.About, a.To.Kind) || a.To == k.Owner() || slices.Contains(k.ties.Assistants, a.To) {
		f.Add("to", "form.choose", nil)
		return Step{}, f.Err()
	}
	return Step{Text: a.Text, Internal: true}, k.Create(&models.ComplaintAssist{Tenant: models.Tenant{ID: k.NewID()}, CaseID: k.ID, Kind: a.To.Kind, RefID: a.To.ID, CreatedAt: k.Now}).Error
}

func (k *kase) assistDone(a Act) (Step, error) {
	if err := reasonField(a.Text); err != nil {
		return Step{}, err
	}
	done := 0
	for _, d := range k.reader.Desks() {
		res := k.Model(&models.ComplaintAssist{}).Where("case_id = ? AND kind = ? AND ref_id = ? AND done_at IS NULL", k.ID, d.Kind, d.ID).Update("done_at", k.Now)
		if res.Error != nil {
			return Step{}, res.Error
		}
		done += int(res.RowsAffected)
	}
	if done == 0 {
		return Step{}, problem.New(problem.Conflict, "policy.state", nil)
	}
	return Step{Text: a.Text, Internal: true}, nil
}
