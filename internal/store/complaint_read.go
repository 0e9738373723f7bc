package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CaseStep is a step of the timeline as one reader may read it.
type CaseStep struct {
	models.ComplaintEvent
	Text  string
	By    string // name of an officer, for the office only
	Desk  string // who has the case from here on: a grid's, unit's or officer's name
	Files []models.Attachment
}

// CaseView is a case as one reader may read it.
type CaseView struct {
	models.Complaint
	Body      models.ComplaintBody // empty for the public
	Steps     []CaseStep
	Links     []models.ComplaintLink
	Grid      string
	Building  string
	OwnerName string
	Into      *models.Complaint  // that this one was merged into
	IntoOpen  bool               // and that this reader may open
	Outcome   *CaseStep          // its answer, for whoever reported this one
	Parts     []models.Complaint // split from this one, or what this one was split from
	FirstName string

	// The office.
	Relations policy.RoleSet
	Acts      []string
	Reporter  *CaseReporter // nil when the reader must not know
	Assists   []CaseAssist
	Handovers []Handover
	Merged    []models.Complaint // into this one
}

// CaseReporter is who reported.
type CaseReporter struct {
	UserID models.ID
	Name   string
	Phone  string // masked
}

// CaseAssist is an assisting desk.
type CaseAssist struct {
	models.ComplaintAssist
	Name string
}

// Settled tells that nothing more comes, written down or not.
func (v *CaseView) Settled(day models.Date) bool { return policy.ComplaintSettled(v.Complaint, day) }

// steps reads the timeline with the pictures, in two queries.
func (t *Tenant) steps(ctx context.Context, id models.ID, office bool) ([]CaseStep, error) {
	var events []models.ComplaintEvent
	q := t.db(ctx).Where("case_id = ?", id)
	if !office {
		q = q.Where("internal = ?", false)
	}
	if err := q.Order("seq").Find(&events).Error; err != nil {
		return nil, err
	}
	ids := make([]models.ID, len(events))
	for i, e := range events {
		ids[i] = e.ID
	}
	var files []models.Attachment
	if err := t.db(ctx).Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", ownerCase, ids).Order("id").Find(&files).Error; err != nil {
		return nil, err
	}
	steps := make([]CaseStep, len(events))
	for i, e := range events {
		steps[i].ComplaintEvent = e
		for _, f := range files {
			if f.OwnerID == e.ID {
				steps[i].Files = append(steps[i].Files, f)
			}
		}
	}
	return steps, nil
}

// view fills what every reader of a case gets.
func (t *Tenant) view(ctx context.Context, c models.Complaint, office bool) (*CaseView, error) {
	v := &CaseView{Complaint: c}
	var err error
	if v.Steps, err = t.steps(ctx, c.ID, office); err != nil {
		return nil, err
	}
	if err := t.db(ctx).Where("case_id = ?", c.ID).Order("id").Find(&v.Links).Error; err != nil {
		return nil, err
	}
	names, err := t.deskNames(ctx)
	if err != nil {
		return nil, err
	}
	v.Grid, v.Building = names.grids[c.GridID], names.buildings[c.BuildingID]
	v.OwnerName, v.FirstName = names.of(c.Owner()), names.of(c.First())
	for i := range v.Steps {
		v.Steps[i].Desk = names.of(models.Assignee{Kind: v.Steps[i].OwnerKind, ID: v.Steps[i].OwnerID})
		v.Steps[i].By = names.people[v.Steps[i].ByUserID]
	}
	v.Into, err = t.lead(ctx, c)
	return v, err
}

// PublicCase is a case as everybody may read it: masked, with pictures that
// somebody has released. Anything else does not exist.
func (t *Tenant) PublicCase(ctx context.Context, id models.ID) (*CaseView, error) {
	var c models.Complaint
	if err := t.db(ctx).Where("id = ? AND public = ? AND about = ''", id, true).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	v, err := t.view(ctx, c, false)
	if err != nil {
		return nil, err
	}
	for i := range v.Steps {
		v.Steps[i].Text, v.Steps[i].By = v.Steps[i].PublicText, ""
		v.Steps[i].Files = slices.DeleteFunc(v.Steps[i].Files, func(f models.Attachment) bool { return !f.Public })
		if o := v.Steps[i].OwnerKind; o == models.AssigneeMember {
			v.Steps[i].Desk = "" // the public reads posts, not names
		}
	}
	if v.OwnerKind == models.AssigneeMember {
		v.OwnerName = ""
	}
	if v.Into != nil && !v.Into.Public {
		v.Into = nil
	}
	v.IntoOpen = v.Into != nil
	return v, nil
}

// OwnCase is a case as its reporter reads it: in full, but for what the office
// notes for itself.
func (t *Tenant) OwnCase(ctx context.Context, f Follower, id models.ID) (*CaseView, error) {
	var c models.Complaint
	db := t.db(ctx)
	if err := db.Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	ok, err := t.follows(&Tx{DB: db}, &c, f)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	v, err := t.view(ctx, c, false)
	if err != nil {
		return nil, err
	}
	if v.Body, err = t.caseBody(&c); err != nil {
		return nil, err
	}
	if v.Into != nil {
		own, err := t.follows(&Tx{DB: db}, v.Into, f)
		if err != nil {
			return nil, err
		}
		v.IntoOpen = own || v.Into.Public
		if v.Outcome, err = t.outcome(ctx, v.Into); err != nil {
			return nil, err
		}
	}
	if v.Parts, err = parts(db, c); err != nil {
		return nil, err
	}
	for i, step := range v.Steps {
		v.Steps[i].Files = slices.DeleteFunc(slices.Clone(step.Files), func(f models.Attachment) bool { return !pictureFor(step.ComplaintEvent, f, step.Files) })
	}
	v.Acts = policy.ComplaintActs(c.State, policy.SetOf(policy.RoleReporter))
	return v, t.openSteps(v)
}

// openSteps opens the words of the steps.
func (t *Tenant) openSteps(v *CaseView) error {
	for i := range v.Steps {
		var err error
		if v.Steps[i].Text, err = t.opt.Keys.Open(sealCaseEvent, v.Steps[i].ID, v.Steps[i].TextSeal); err != nil {
			return err
		}
	}
	return nil
}

// deskNames are what the desks of a community are called.
type deskNames struct {
	grids, buildings, units, people map[models.ID]string
}

func (n deskNames) of(a models.Assignee) string {
	switch a.Kind {
	case models.AssigneeGrid:
		return n.grids[a.ID]
	case models.AssigneeUnit:
		return n.units[a.ID]
	case models.AssigneeMember:
		return n.people[a.ID]
	}
	return ""
}

// deskNames reads all names there are: a community has tens of each.
func (t *Tenant) deskNames(ctx context.Context) (deskNames, error) {
	n := deskNames{map[models.ID]string{}, map[models.ID]string{}, map[models.ID]string{}, map[models.ID]string{}}
	var grids []models.Grid
	var buildings []models.Building
	var units []models.ComplaintUnit
	err := firstError(t.db(ctx).Find(&grids).Error, t.db(ctx).Find(&buildings).Error, t.db(ctx).Find(&units).Error)
	for _, g := range grids {
		n.grids[g.ID] = g.Name
	}
	for _, b := range buildings {
		n.buildings[b.ID] = b.Name
	}
	for _, u := range units {
		n.units[u.ID] = u.Name
	}
	var posts []models.Appointment
	if err == nil {
		err = t.db(ctx).Select("user_id", "name").Where("region_id IN ? AND name <> ''", []models.ID{t.Community.ID, t.Community.StreetID}).Order("id").Find(&posts).Error
	}
	for _, a := range posts {
		n.people[a.UserID] = a.Name
	}
	return n, err
}

// PublicCaseFilter chooses among public cases.
type PublicCaseFilter struct {
	Category string
	Open     bool
	Before   models.ID
}

// casePage is how many cases stand on one page.
const casePage = 20

// PublicCases is a page of what everybody may read, the newest first.
func (t *Tenant) PublicCases(ctx context.Context, f PublicCaseFilter) (rows []models.Complaint, more bool, err error) {
	q := t.db(ctx).Where("public = ? AND about = ''", true)
	if f.Category != "" {
		q = q.Where("category = ?", f.Category)
	}
	if f.Open {
		q = q.Where("open = ?", true)
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	if err := q.Order("id DESC").Limit(casePage + 1).Find(&rows).Error; err != nil {
		return nil, false, err
	}
	if more = len(rows) > casePage; more {
		rows = rows[:casePage]
	}
	return rows, more, nil
}

// similarFor is how long an open case is offered to those who report the same.
const similarFor = 90 * 24 * time.Hour

// SimilarCases are open public cases of the category at the same building, or
// in the same grid, the nearest and newest first: "me too" instead of another.
func (t *Tenant) SimilarCases(ctx context.Context, category string, grid, building models.ID) ([]models.Complaint, error) {
	if category == "" || grid == 0 && building == 0 {
		return nil, nil
	}
	if building != 0 {
		var b models.Building
		if err := t.db(ctx).Where("id = ?", building).Limit(1).Find(&b).Error; err != nil {
			return nil, err
		}
		grid = b.GridID
	}
	var rows []models.Complaint
	// Another's thanks are nobody's "me too".
	err := t.db(ctx).Where("public = ? AND open = ? AND category = ? AND about = '' AND grid_id = ? AND received_at > ?", true, true, category, grid, t.Now().Add(-similarFor)).
		Where("kind <> ?", models.KindPraise).
		Order("id DESC").Limit(casePage).Find(&rows).Error
	slices.SortStableFunc(rows, func(a, b models.Complaint) int { return far(a, building) - far(b, building) })
	return rows[:min(len(rows), mostSimilar)], err
}

const mostSimilar = 5

// far is 0 for a case at the building itself.
func far(c models.Complaint, building models.ID) int {
	if c.BuildingID == building {
		return 0
	}
	return 1
}

// MyCase is a case of a person, in whatever community.
type MyCase struct {
	models.Complaint
	Community *models.Community
	Reporter  models.ReporterKind
}

// MyCases are the cases that the actor reported or supports, the newest first.
// Anonymous ones are not among them: nothing knows whose they are.
func (s *Store) MyCases(ctx context.Context, actor models.Actor) ([]MyCase, error) {
	var rows []models.ComplaintReporter
	if err := s.mine(ctx, actor).Limit(100).Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []MyCase
	for _, c := range s.Communities() {
		kinds := map[models.ID]models.ReporterKind{}
		var ids []models.ID
		for _, r := range rows {
			if r.CommunityID == c.ID {
				kinds[r.CaseID] = r.Kind
				ids = append(ids, r.CaseID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var cases []models.Complaint
		if err := s.In(c).db(ctx).Where("id IN ?", ids).Order("id DESC").Find(&cases).Error; err != nil {
			return nil, err
		}
		for _, one := range cases {
			out = append(out, MyCase{one, c, kinds[one.ID]})
		}
	}
	slices.SortFunc(out, func(a, b MyCase) int { return cmp.Compare(b.ID, a.ID) })
	return out, nil
}
