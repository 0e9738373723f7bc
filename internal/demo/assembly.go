package demo

import (
	"encoding/json"
	"time"

	"juwu/internal/store"
	"juwu/models"
)

// affair is a matter of the example with what was said of it.
type affair struct{ Title, Text, Study, Session, Task, Person, Report string }

// gathering is what the example's assembly does.
type gathering struct {
	Place, Witness, Urgent, Owners string
	Bodies                         []struct {
		Kind, Name, Duties, Contact, Phone, Address string
		Seats                                       int
	}
	Decided, Coming, Delegate, Covenant affair
	Yard                                affair // a compound's, in session when the example is opened
	YardUrgent                          string
	Joint                               struct {
		Title, Agenda, Outcome string
		Delegates              []string
	}
	Pledges []string
}

// groupsElected is how many residents' groups of the example have
// representatives: enough for four fifths of their meeting (art. 28).
const groupsElected = 7

// assembly fills the bodies, lets groups elect, holds one meeting and calls the
// next.
func (f *filling) assembly() error {
	b, err := data.ReadFile("data/assembly.json")
	if err != nil {
		return err
	}
	var g gathering
	if err := json.Unmarshal(b, &g); err != nil {
		return err
	}
	bodies, err := f.bodies(g)
	if err != nil {
		return err
	}
	if err := f.representatives(g); err != nil {
		return err
	}
	if err := f.held(g); err != nil {
		return err
	}
	if err := f.comingUp(g); err != nil {
		return err
	}
	if err := f.inSession(g, bodies[models.BodyCompound]); err != nil {
		return err
	}
	return f.together(g, bodies)
}

func (f *filling) bodies(g gathering) (map[models.BodyKind]models.ID, error) {
	t, member, ids := f.In(f.c), f.who[models.RoleCommitteeMember], map[models.BodyKind]models.ID{}
	if _, err := t.AdoptGroups(f.ctx, member); err != nil {
		return nil, err
	}
	for i, b := range g.Bodies {
		id, err := t.SaveBody(f.ctx, member, 0, store.BodyDraft{Kind: models.BodyKind(b.Kind), Name: b.Name, Seats: b.Seats, Duties: b.Duties, Contact: b.Contact, Phone: b.Phone, Address: b.Address, Rank: 100 + i})
		if err != nil {
			return nil, err
		}
		ids[models.BodyKind(b.Kind)] = id
	}
	return ids, nil
}

// representatives are elected by show of hands, two in each of some groups.
func (f *filling) representatives(g gathering) error {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	groups, err := t.Bodies(f.ctx, models.BodyGroup)
	if err != nil {
		return err
	}
	day := models.DateOf(f.Now())
	for _, b := range groups[:min(groupsElected, len(groups))] {
		v, err := t.OpenBodyVote(f.ctx, member, store.BodyVoteDraft{Body: b.ID, Post: models.SitsRep, Method: models.MethodHands, Unit: models.UnitHousehold, Day: day, Place: g.Place,
			Seats: 2, Witness: g.Witness, From: day, Until: day.AddDays(4 * 365)})
		if err != nil {
			return err
		}
		if err := f.elect(t, member, b, v); err != nil {
			return err
		}
	}
	return nil
}

func (f *filling) elect(t *store.Tenant, member models.Actor, b models.Body, v *models.BodyVote) error {
	heads, err := t.GroupHeads(f.ctx, member, b.ID, 2)
	if err != nil {
		return err
	}
	for _, r := range heads {
		if err := t.AddBodyCandidate(f.ctx, member, v.ID, r); err != nil {
			return err
		}
	}
	view, err := t.BodyVote(f.ctx, v.ID)
	if err != nil {
		return err
	}
	var took []models.ID
	for _, x := range view.Voters[:len(view.Voters)*2/3+1] {
		took = append(took, x.ID)
	}
	if err := t.MarkBodyVoters(f.ctx, member, v.ID, took); err != nil {
		return err
	}
	counts := map[models.ID]int{}
	for i, c := range view.Candidates {
		counts[c.ID] = len(took) - 3*i
	}
	if err := t.CountBodyVote(f.ctx, member, v.ID, counts, 0); err != nil {
		return err
	}
	_, err = t.ConfirmBodyVote(f.ctx, f.who[models.RoleDirector], v.ID)
	return err
}

// matterOf is written, studied and published.
func (f *filling) matterOf(class models.MatterClass, a affair, money models.Fen, covers ...models.MatterClass) (models.ID, error) {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	id, err := t.SaveMatter(f.ctx, member, 0, store.MatterDraft{Class: class, Title: a.Title, Text: a.Text, MoneyFen: money, Covers: covers})
	if err != nil {
		return 0, err
	}
	if a.Study != "" {
		if err := t.StudyMatter(f.ctx, f.who[models.RolePartyBranch], id, a.Study); err != nil {
			return 0, err
		}
	}
	return id, t.PublishMatter(f.ctx, f.who[models.RoleDirector], id, models.DateOf(f.Now()).AddDays(10))
}

// held is a meeting that was called at short notice today, with its decision
// published and being carried out.
func (f *filling) held(g gathering) error {
	t, member, director := f.In(f.c), f.who[models.RoleCommitteeMember], f.who[models.RoleDirector]
	m, err := f.matterOf(models.MatterOther, g.Decided, 36000_00)
	if err != nil {
		return err
	}
	s, err := t.SaveSession(f.ctx, member, 0, store.SessionDraft{Mode: models.ByReps, Title: g.Decided.Session, Day: models.DateOf(f.Now()), Clock: f.clock(), Place: g.Place, Urgent: true, UrgentGround: g.Urgent})
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return t.AddItem(f.ctx, member, s, m) }, func() error { return t.CallSession(f.ctx, director, s) }, func() error { return t.OpenSession(f.ctx, member, s) },
		func() error { return f.arriveAndVote(t, member, s) }, func() error { return t.CloseSession(f.ctx, member, s, g.Decided.Text) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	decisions, _, err := t.Decisions(f.ctx, store.DecisionFilter{Class: models.MatterOther, Limit: 1})
	if err != nil || len(decisions) == 0 {
		return err
	}
	d := decisions[0]
	n, err := t.Notice(f.ctx, d.NoticeID)
	if err != nil {
		return err
	}
	if n, err = t.SignNotice(f.ctx, f.who[models.RoleSupervisor], n.ID, n.UpdatedAt); err != nil {
		return err
	}
	if _, err = t.PublishNotice(f.ctx, director, n.ID, n.UpdatedAt); err != nil {
		return err
	}
	task, err := t.AddTask(f.ctx, member, d.ID, store.TaskDraft{Title: g.Decided.Task, Person: g.Decided.Person, DueDay: models.DateOf(f.Now()).AddDays(30), BudgetFen: 36000_00})
	if err != nil {
		return err
	}
	return t.ReportTask(f.ctx, member, task, 40, g.Decided.Report)
}

// clock is the half hour that has just begun: what is held in the example is
// held now, at whatever time it is started.
func (f *filling) clock() string {
	return f.Now().In(models.Shanghai).Truncate(30 * time.Minute).Format("15:04")
}

func (f *filling) arriveAndVote(t *store.Tenant, member models.Actor, s models.ID) error {
	lines, err := t.FindLines(f.ctx, member, s, "")
	if err != nil {
		return err
	}
	for _, v := range lines[:len(lines)-2] {
		if err := t.CheckInAtDesk(f.ctx, member, s, v.ID, 0); err != nil {
			return err
		}
	}
	view, err := t.Session(f.ctx, s)
	if err != nil {
		return err
	}
	item := view.Items[0].ID
	if err := t.OpenVote(f.ctx, member, item); err != nil {
		return err
	}
	n, err := t.GivePaper(f.ctx, member, item, nil, "hands")
	if err != nil {
		return err
	}
	if err := t.CountPaper(f.ctx, member, item, map[string]int{store.ChoiceYes: n - 2, store.ChoiceNo: 1, store.ChoiceAbstain: 1}); err != nil {
		return err
	}
	_, err = t.CloseVote(f.ctx, member, item)
	return err
}

// comingUp are matters open for comment, and the meeting that decides one.
func (f *filling) comingUp(g gathering) error {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	m, err := f.matterOf(models.MatterDelegate, g.Delegate, 0, models.MatterPlan, models.MatterFunds, models.MatterProject)
	if err != nil {
		return err
	}
	if _, err := f.matterOf(models.MatterPlan, g.Coming, 60000_00); err != nil {
		return err
	}
	if _, _, err := t.DraftCovenant(f.ctx, member, store.CovenantDraft{Kind: models.CovenantCommunity, Title: g.Covenant.Title, Text: g.Covenant.Text}); err != nil {
		return err
	}
	s, err := t.SaveSession(f.ctx, member, 0, store.SessionDraft{Mode: models.ByHouseholds, Title: g.Coming.Session, Day: models.DateOf(f.Now()).AddDays(12), Clock: "19:00", Place: g.Place})
	if err != nil {
		return err
	}
	if err := t.AddItem(f.ctx, member, s, m); err != nil {
		return err
	}
	return t.CallSession(f.ctx, f.who[models.RoleDirector], s)
}

// together: a joint meeting, pledges of a unit, an owners' announcement.
func (f *filling) together(g gathering, bodies map[models.BodyKind]models.ID) error {
	t, member, day := f.In(f.c), f.who[models.RoleCommitteeMember], models.DateOf(f.Now())
	parties := []models.JointParty{{Name: f.c.Name, Delegate: g.Joint.Delegates[0], Agreed: true}, {BodyID: bodies[models.BodyOwners], Delegate: g.Joint.Delegates[1], Agreed: true}, {BodyID: bodies[models.BodyProperty], Delegate: g.Joint.Delegates[2], Agreed: true}}
	if _, err := t.HoldJoint(f.ctx, member, store.JointDraft{BodyID: bodies[models.BodyProperty], Title: g.Joint.Title, Day: day, Place: g.Place, Agenda: g.Joint.Agenda, Outcome: g.Joint.Outcome, Parties: parties}); err != nil {
		return err
	}
	for _, p := range g.Pledges {
		if err := t.PledgeCobuild(f.ctx, member, models.CobuildPledge{BodyID: bodies[models.BodyUnit], Year: day.Time().Year(), Title: p, DueDay: day.AddDays(25)}); err != nil {
			return err
		}
	}
	_, err := t.AnnounceOwners(f.ctx, member, models.OwnersNotice{BodyID: bodies[models.BodyOwners], MeetingDay: day.AddDays(20), Place: g.Place, Agenda: g.Owners})
	return err
}
