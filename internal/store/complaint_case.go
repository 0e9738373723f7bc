package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// reader is what somebody is to the cases of a community today.
func (t *Tenant) reader(db *gorm.DB, actor models.Actor, day models.Date) (policy.CaseReader, error) {
	g := t.opt.Guard
	r := policy.CaseReader{UserID: actor.UserID, PersonKey: personKey(actor, t.Community.ID), Roles: g.RolesOf(actor, t.Community, day)}
	if actor.UserID == 0 || !g.May(r.Roles, "case", "handle") {
		return r, nil
	}
	r.Handles = true
	r.Assigns, r.Oversees, r.Secrets = g.May(r.Roles, "case", "assign"), g.May(r.Roles, "case", "oversee"), g.May(r.Roles, "case", "read_about_committee")
	for _, a := range actor.Appointments {
		if a.Role == models.RoleGridWorker && a.RegionID == t.Community.ID && a.GridID != 0 && a.Holds(day) {
			r.Grids = append(r.Grids, a.GridID)
		}
	}
	relatives, err := relativesOf(db, someoneOf(actor, t.Community.ID))
	if err != nil {
		return r, err
	}
	for _, k := range relatives {
		if k.Near() && k.UserID != 0 {
			r.NearUsers, r.NearKeys = append(r.NearUsers, k.UserID), append(r.NearKeys, "u"+k.UserID.String())
		}
		if k.Near() && k.ResidentID != 0 {
			r.NearKeys = append(r.NearKeys, "r"+k.ResidentID.String())
		}
	}
	if !r.Roles.Has(models.RolePropertyCo) {
		return r, nil
	}
	err = db.Model(&models.ComplaintUnit{}).Where("user_id = ? AND ended_at IS NULL", actor.UserID).Order("id").Pluck("id", &r.Units).Error
	return r, err
}

// kase is a case in a transaction, with what the actor is to it.
type kase struct {
	*Tx
	models.Complaint // as it will be
	was              models.Complaint
	ties             policy.CaseTies
	reader           policy.CaseReader
	relations        policy.RoleSet
}

func (tx *Tx) tenant() *Tenant { return &Tenant{tx.store, tx.Community} }

// caseTies are the people tied to a case.
func caseTies(db *gorm.DB, id models.ID) (policy.CaseTies, error) {
	var t policy.CaseTies
	var assists []models.ComplaintAssist
	err := db.Model(&models.ComplaintReporter{}).Where("case_id = ? AND kind = ? AND user_id IS NOT NULL", id, models.ReporterSelf).Pluck("user_id", &t.Reporters).Error
	err = firstError(err, db.Where("case_id = ?", id).Find(&t.Kept).Error, db.Where("case_id = ?", id).Order("id").Find(&assists).Error)
	for _, a := range assists {
		t.Assistants = append(t.Assistants, models.Assignee{Kind: a.Kind, ID: a.RefID})
	}
	return t, err
}

// officeCase is a case as an officer may act on it. For whom it does not exist
// it is NotFound, like an id that never was.
func (tx *Tx) officeCase(id models.ID) (*kase, error) {
	if err := tx.May("case", "handle"); err != nil {
		return nil, err
	}
	k := &kase{Tx: tx}
	if err := tx.Where("id = ?", id).Take(&k.was).Error; err != nil {
		return nil, notFound(err)
	}
	var err error
	if k.ties, err = caseTies(tx.DB, id); err != nil {
		return nil, err
	}
	if k.reader, err = tx.tenant().reader(tx.DB, tx.Actor, tx.Day()); err != nil {
		return nil, err
	}
	k.Complaint, k.relations = k.was, policy.CaseRelations(k.was, k.ties, k.reader, tx.Day())
	if k.relations == 0 {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("case: not this reader's")
	}
	return k, nil
}

// Step is one step of the timeline.
type Step struct {
	Action   string
	Text     string // as it was written; for the office and the reporter
	Internal bool   // for the office only
	Role     models.Role
}

// step moves the case by the state table and writes the step: state, clock and
// timeline change in one UPDATE on the step before, so of two who act at once
// one is told that the other was faster.
func (k *kase) step(s Step) (*models.ComplaintEvent, error) {
	to, err := policy.Next(policy.ComplaintMoves, k.was.State, s.Action, k.relations)
	if err != nil {
		return nil, err
	}
	k.State, k.Open, k.Seq, k.UpdatedAt = to, to.Open(), k.was.Seq+1, k.Now
	if to != k.was.State {
		k.turn()
	}
	k.DueDay = policy.ComplaintDue(k.Complaint, policy.China())
	res := k.Model(&models.Complaint{}).Where("id = ? AND seq = ?", k.ID, k.was.Seq).
		Select("*").Omit("community_id", "id", "number", "once_hash", "code_hash", "body_seal", "received_at", "month", "created_at", "supporters").
		Updates(&k.Complaint)
	if err := Changed(res); err != nil {
		return nil, err
	}
	e := models.ComplaintEvent{
		Tenant: models.Tenant{ID: k.NewID()}, CaseID: k.ID, Seq: k.Seq, Action: s.Action, Was: k.was.State, State: to,
		OwnerKind: k.OwnerKind, OwnerID: k.OwnerID, DueDay: k.DueDay, ByRole: s.Role, Internal: s.Internal, CreatedAt: k.Now,
	}
	if e.ByRole == "" {
		e.ByRole = k.deskRole()
	}
	if e.ByRole != policy.RoleReporter { // who reported stands apart from the case (G3 rule 8)
		e.ByUserID = k.Actor.UserID
	}
	e.TextSeal = k.store.opt.Keys.Seal(sealCaseEvent, e.ID, s.Text)
	if k.Public && !s.Internal {
		if e.PublicText = k.masked(s.Text); s.Action == "refuse" {
			e.PublicText = maskRefusal(s.Text, k.Actor.Name)
		}
	}
	if err := k.Create(&e).Error; err != nil {
		return nil, err
	}
	k.auditCase(&k.Complaint, "case."+s.Action, map[string]int{"seq": k.Seq})
	k.touchCase(&k.Complaint)
	return &e, nil
}

// turn is what changing the state means for the clocks. Being dispatched anew
// and being taken up do not begin a new stage: its clock runs on.
func (k *kase) turn() {
	today := k.Day()
	late := policy.ComplaintLate(k.was, today)
	k.Late = k.Late || late
	handling := []models.ComplaintState{models.ComplaintAssigned, models.ComplaintProcessing}
	if !slices.Contains(handling, k.was.State) || !slices.Contains(handling, k.State) {
		k.StageDay = today
	}
	if k.RespondedAt == nil && k.State != models.ComplaintTriaged && k.State != models.ComplaintAssigned && k.State != models.ComplaintWithdrawn {
		k.RespondedAt = &k.Now
	}
	switch {
	case k.State == models.ComplaintReopened, k.was.State == models.ComplaintMerged, k.was.State == models.ComplaintEscalated && k.State == models.ComplaintTriaged:
		k.PromiseDay = policy.ComplaintPromise(k.Complaint, today, policy.China())
	case k.State == models.ComplaintDeliberating:
		k.PromiseDay = max(k.PromiseDay, policy.ComplaintDue(k.Complaint, policy.China()))
	case k.was.State == models.ComplaintDeliberating && k.State == models.ComplaintProcessing:
		k.PromiseDay = max(k.PromiseDay, policy.ComplaintPromise(k.Complaint, today, policy.China()))
	}
	k.ClosedAt = nil
	if !k.State.Open() {
		k.ClosedAt, k.Watched = &k.Now, false
	}
	if k.State == models.ComplaintAnswered {
		k.AnsweredAt, k.AnsweredBy, k.Rated, k.CalledAt = &k.Now, k.OwnerKind, false, nil
	}
}

// masked is a text as everybody may read it: besides what the mask finds, the
// names of the reporter and of whoever writes.
func (k *kase) masked(text string) string {
	return policy.MaskText(text, k.Actor.Name)
}

// deskRoles are the posts under which officers act on cases, the weightier
// first.
var deskRoles = []models.Role{
	models.RoleStreet, models.RoleSupervisor, models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember,
	models.RoleGridWorker, models.RoleStation, models.RolePropertyCo,
}

func (tx *Tx) deskRole() models.Role {
	if tx.Actor.System {
		return policy.RoleJob
	}
	return tx.actingRole(deskRoles...)
}

// auditCase notes an act: of a case about officials apart from the community's
// own chain, of an anonymous one without its actor.
func (tx *Tx) auditCase(c *models.Complaint, action string, detail any) {
	switch {
	case c.About != models.AboutNobody:
		tx.AuditAside(action, c.ID)
	case c.Level != models.LevelNamed:
		tx.AuditUnnamed(action, c.ID, detail)
	default:
		tx.Audit(action, c.ID, detail)
	}
}

// touchCase renews pages; nothing public moves for a case about officials.
func (tx *Tx) touchCase(c *models.Complaint) {
	if c.About == models.AboutNobody {
		tx.Touch("complaints")
	}
}

// holders are the logins behind a desk today.
func (tx *Tx) holders(a models.Assignee) ([]models.ID, error) {
	posts := func(region models.ID, roles ...models.Role) *gorm.DB {
		return tx.Model(&models.Appointment{}).Distinct("user_id").Order("user_id").
			Where("region_id = ? AND role IN ? AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)", region, roles, tx.Day(), tx.Day())
	}
	var q *gorm.DB
	switch a.Kind {
	case models.AssigneeMember:
		return []models.ID{a.ID}, nil
	case models.AssigneeUnit:
		q = tx.Model(&models.ComplaintUnit{}).Where("id = ? AND ended_at IS NULL AND user_id <> 0", a.ID)
	case models.AssigneeGrid:
		q = posts(tx.Community.ID, models.RoleGridWorker).Where("grid_id = ?", a.ID)
	case models.AssigneeDuty:
		q = posts(tx.Community.ID, models.RoleDirector, models.RoleViceDirector)
	case models.AssigneeStation:
		q = posts(tx.Community.ID, models.RoleStation)
	case models.AssigneeSupervisor:
		q = posts(tx.Community.ID, models.RoleSupervisor)
	case models.AssigneeStreet:
		q = posts(tx.Community.StreetID, models.RoleStreet)
	}
	var users []models.ID
	err := q.Pluck("user_id", &users).Error
	return users, err
}

// manned is the first desk of a way up at which somebody sits who may have the
// case: nobody gets their own, and an empty desk loses it.
func (tx *Tx) manned(first models.Assignee, r Report) (models.Assignee, error) {
	way := []models.Assignee{first}
	if r.About == models.AboutNobody {
		way = append(way, models.Assignee{Kind: models.AssigneeDuty})
	}
	if r.About != models.AboutSupervisor {
		way = append(way, models.Assignee{Kind: models.AssigneeSupervisor})
	}
	if r.About != models.AboutStreet {
		way = append(way, models.Assignee{Kind: models.AssigneeStreet})
	}
	at, _, err := tx.mannedOf(way, r)
	return at, err
}

// mannedOf is the first of some desks at which somebody sits who may have the
// case; the last of them, and false, where nobody does.
func (tx *Tx) mannedOf(way []models.Assignee, r Report) (models.Assignee, bool, error) {
	last := way[len(way)-1]
	near, err := tx.nearUsers(r.Concerned)
	if err != nil {
		return last, false, err
	}
	for _, a := range way {
		users, err := tx.holders(a)
		if err != nil {
			return last, false, err
		}
		if slices.ContainsFunc(users, func(u models.ID) bool {
			return (r.ByOfficer || u != tx.Actor.UserID) && !slices.Contains(r.Concerned, u) && (r.About == models.AboutNobody || !slices.Contains(near, u))
		}) {
			return a, true, nil
		}
	}
	return last, false, nil
}

// apart are the people who must not get the case, as a report names them.
func (k *kase) apart() Report {
	r := Report{About: k.About, ByOfficer: true}
	for _, p := range k.ties.Kept {
		r.Concerned = append(r.Concerned, p.UserID)
	}
	r.Concerned = append(r.Concerned, k.ties.Reporters...)
	return r
}

// tellDesk tells whoever sits at a desk, but never somebody who may not know.
func (tx *Tx) tellDesk(c *models.Complaint, a models.Assignee, key string) error {
	users, err := tx.holders(a)
	if err != nil || len(users) == 0 {
		return err
	}
	kept, err := tx.keptFrom(c.ID)
	if err != nil {
		return err
	}
	args := problem.Args{"number": c.Number, "date": c.DueDay}
	link := "/admin/" + tx.Community.Code + "/complaints/" + c.ID.String()
	for _, u := range users {
		if u == tx.Actor.UserID && !tx.Actor.System || slices.Contains(kept, u) {
			continue
		}
		if err := tx.Tell(u, key, args, link); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	return nil
}

// tellReporters tells who reported and, if all, who supports the case.
func (k *kase) tellReporters(key string, all bool, args problem.Args) error {
	q := k.Model(&models.ComplaintReporter{}).Where("case_id = ? AND user_id IS NOT NULL", k.ID)
	if !all {
		q = q.Where("kind = ?", models.ReporterSelf)
	}
	var ids []models.ID
	if err := q.Pluck("user_id", &ids).Error; err != nil || len(ids) == 0 {
		return err
	}
	var users []models.User
	if err := k.Where("closed_at IS NULL AND id IN ? AND id <> ?", ids, k.Actor.UserID).Order("id").Find(&users).Error; err != nil {
		return err
	}
	a := problem.Args{"number": k.Number}
	for name, v := range args {
		a[name] = v
	}
	return k.tellAll(users, key, a, "/"+k.Community.Code+"/complaints/"+k.ID.String())
}

// Act is what an officer does to a case in one step of the form.
type Act struct {
	Text   string
	To     models.Assignee // dispatch, assist
	Photos []NewFile       // after
	Other  models.ID       // merge: the other case

	Reason  string // of refusing: the end of a catalogue key
	Where   string // of refusing: to go instead
	Contact string // of refusing: address and telephone number

	Triage    *Triage
	Rating    *Rating // call back
	Escalate  models.EscalationKind
	About     models.ComplaintAbout // reserve
	Concerned []models.ID
}

// officeStep is the shape of nearly every use case of the office: pictures are
// made safe, the case is opened, do changes it, the step is written.
func (t *Tenant) officeStep(ctx context.Context, actor models.Actor, id models.ID, a Act, do func(k *kase) (Step, error)) (*models.Complaint, error) {
	if len([]rune(a.Text)) > maxReport {
		var f problem.Form
		f.Add("text", "form.toolong", problem.Args{"n": len([]rune(a.Text)) - maxReport, "limit": maxReport})
		return nil, f.Err()
	}
	if err := t.opt.Guard.Allowed(actor, t.Community, "case", "handle", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	photos, err := t.keepPhotos(a.Photos)
	if err != nil {
		return nil, err
	}
	var out models.Complaint
	err = t.Write(ctx, actor, func(tx *Tx) error {
		k, err := tx.officeCase(id)
		if err != nil {
			return err
		}
		s, err := do(k)
		if err != nil {
			return err
		}
		s.Text = strings.TrimSpace(s.Text)
		e, err := k.step(s)
		if err != nil {
			return err
		}
		out = k.Complaint
		if err := k.attach(Owner{ownerCase, e.ID}, photos); err != nil {
			return err
		}
		return k.after(s.Action)
	})
	return &out, err
}
