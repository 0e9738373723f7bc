package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Person is somebody on the roll as far as the reader may see them: what is
// masked or hidden is so before it leaves the store, on every screen by the
// same rule (policy.ResidentView).
type Person struct {
	ID           models.ID
	HouseholdID  models.ID
	GridID       models.ID
	BuildingID   models.ID
	Name         string
	Relation     string
	Sex          string
	Birth        string // a day, a year, or ""
	DocumentKind models.DocumentKind
	Document     string
	Phone        string
	Grid         string
	Building     string
	Place        string // unit and room; "" when hidden
	Presence     models.Presence
	State        models.ResidentState
	Head         bool
	View         policy.View
}

// rollScope is the part of the roll that somebody works with.
type rollScope struct {
	roles     policy.RoleSet
	own       models.ID
	all       bool
	grids     []models.ID
	buildings []models.ID
	groups    []string
}

// rollEverybody may list the whole roll. The station serves who comes to it:
// it finds people, it does not leaf through them.
var rollEverybody = policy.SetOf(models.RoleCommitteeMember, models.RoleViceDirector, models.RoleDirector)

// rollScope asks the roles and finds what the actor's posts cover: a grid
// worker's grid; the building or the group where its leader lives.
func (t *Tenant) rollScope(ctx context.Context, actor models.Actor) (rollScope, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "read_masked", day); err != nil {
		return rollScope{}, err
	}
	s := rollScope{roles: t.opt.Guard.RolesOf(actor, t.Community, day)}
	s.all = s.roles.Any(rollEverybody)
	for _, a := range actor.Appointments {
		if a.RegionID == t.Community.ID && a.GridID != 0 && a.Holds(day) {
			s.grids = append(s.grids, a.GridID)
		}
	}
	link, ok := actor.Resident(t.Community.ID)
	if !ok || link.State != models.LinkConfirmed {
		return s, nil
	}
	s.own = link.ResidentID
	var home models.Household
	err := t.db(ctx).Where("id = (SELECT household_id FROM residents WHERE community_id = ? AND id = ?)", t.Community.ID, link.ResidentID).
		Limit(1).Find(&home).Error
	if s.roles.Has(models.RoleBuildingLead) && home.BuildingID != 0 {
		s.buildings = append(s.buildings, home.BuildingID)
	}
	if s.roles.Has(models.RoleGroupLeader) && home.GroupName != "" {
		s.groups = append(s.groups, home.GroupName)
	}
	return s, err
}

// assigned tells whether a person is among those the actor works for.
func (s rollScope) assigned(r *models.Resident, h models.Household) bool {
	return slices.Contains(s.grids, r.GridID) || slices.Contains(s.buildings, r.BuildingID) ||
		h.GroupName != "" && slices.Contains(s.groups, h.GroupName)
}

// within narrows a query of residents to the scope.
func (s rollScope) within(db *gorm.DB, community models.ID) *gorm.DB {
	if s.all {
		return db
	}
	return db.Where("grid_id IN ? OR building_id IN ? OR household_id IN (SELECT id FROM households WHERE community_id = ? AND group_name IN ?)",
		orNone(s.grids), orNone(s.buildings), community, append([]string{"\x00"}, s.groups...))
}

// orNone keeps IN from getting an empty list, which databases read differently.
func orNone(ids []models.ID) []models.ID { return append([]models.ID{-1}, ids...) }

// places are the names of where people live.
type places struct {
	grids      map[models.ID]models.Grid
	buildings  map[models.ID]models.Building
	households map[models.ID]models.Household
}

func (t *Tenant) placesOf(ctx context.Context, rows []models.Resident) (places, error) {
	p := places{map[models.ID]models.Grid{}, map[models.ID]models.Building{}, map[models.ID]models.Household{}}
	var grids []models.Grid
	var buildings []models.Building
	var households []models.Household
	ids := orNone(nil)
	for _, r := range rows {
		if !slices.Contains(ids, r.HouseholdID) {
			ids = append(ids, r.HouseholdID)
		}
	}
	db := t.db(ctx)
	if err := db.Find(&grids).Error; err != nil {
		return p, err
	}
	if err := db.Find(&buildings).Error; err != nil {
		return p, err
	}
	if err := db.Where("id IN ?", ids).Find(&households).Error; err != nil {
		return p, err
	}
	for _, g := range grids {
		p.grids[g.ID] = g
	}
	for _, b := range buildings {
		p.buildings[b.ID] = b
	}
	for _, h := range households {
		p.households[h.ID] = h
	}
	return p, nil
}

// show makes rows readable for the actor. desk: the person stands at the desk,
// having been found by their own number, so that they count as assigned.
func (t *Tenant) show(ctx context.Context, s rollScope, rows []models.Resident, desk bool) ([]Person, error) {
	where, err := t.placesOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	people := make([]Person, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		h := where.households[r.HouseholdID]
		p, err := t.person(r, policy.ResidentView(s.roles, s.own == r.ID, desk || s.assigned(r, h)))
		if err != nil {
			return nil, err
		}
		p.Grid, p.Building, p.Head = where.grids[r.GridID].Name, where.buildings[r.BuildingID].Name, h.HeadID == r.ID
		if p.View.Address == policy.Full {
			p.Place = placeName(h)
		}
		people = append(people, p)
	}
	return people, nil
}

// placeName is unit and room as on the door: 2-501.
func placeName(h models.Household) string {
	if h.Unit == "" {
		return h.Room
	}
	return h.Unit + "-" + h.Room
}

// person opens what the view shows and masks the rest.
func (t *Tenant) person(r *models.Resident, v policy.View) (Person, error) {
	p := Person{ID: r.ID, HouseholdID: r.HouseholdID, GridID: r.GridID, BuildingID: r.BuildingID, Relation: r.Relation, Sex: r.Sex,
		DocumentKind: r.DocumentKind, Presence: r.Presence, State: r.State, View: v}
	p.Name = policy.Show(v.Name, r.Name, policy.MaskName)
	p.Birth = policy.Show(v.Birth, string(r.Birth), func(s string) string { return policy.MaskBirth(models.Date(s)) })
	for _, f := range []struct {
		v     policy.Visible
		place string
		seal  []byte
		mask  func(string) string
		to    *string
	}{
		{v.Document, sealDocument, r.DocumentSeal, policy.MaskDocument, &p.Document},
		{v.Phone, sealPhone, r.PhoneSeal, policy.MaskPhone, &p.Phone},
	} {
		if f.v == policy.Hidden {
			continue
		}
		open, err := t.opt.Keys.Open(f.place, r.ID, f.seal)
		if err != nil {
			return p, err
		}
		*f.to = policy.Show(f.v, open, f.mask)
	}
	return p, nil
}

// ResidentFilter narrows the list of people. A zero field does not narrow;
// State is "active" unless said otherwise.
type ResidentFilter struct {
	Grid, Building, Household models.ID
	State                     models.ResidentState
	After                     models.ID // the last one of the page before
	Limit                     int
}

// Residents lists the roll by key, as far as the actor's posts reach. more
// tells that another page follows. Refusal: Forbidden.
func (t *Tenant) Residents(ctx context.Context, actor models.Actor, f ResidentFilter) (people []Person, more bool, err error) {
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, false, err
	}
	if f.State == "" {
		f.State = models.ResidentActive
	}
	db := scope.within(t.db(ctx), t.Community.ID).Where("state = ? AND id > ?", f.State, f.After)
	if f.Grid != 0 {
		db = db.Where("grid_id = ?", f.Grid)
	}
	if f.Building != 0 {
		db = db.Where("building_id = ?", f.Building)
	}
	if f.Household != 0 {
		db = db.Where("household_id = ?", f.Household)
	}
	var rows []models.Resident
	if err := db.Order("id").Limit(f.Limit + 1).Find(&rows).Error; err != nil {
		return nil, false, err
	}
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	people, err = t.show(ctx, scope, rows, false)
	return people, more, err
}

// FindResidents looks for people by name, telephone, document number or
// dwelling ("3号楼 501", "3-2-501"), whatever the words look like. Numbers are
// compared whole by their blind index; whoever gives their own number stands
// at the desk. At most 50 people of any state, the living here first.
func (t *Tenant) FindResidents(ctx context.Context, actor models.Actor, words string) ([]Person, error) {
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	words = models.Key(words)
	if words == "" {
		return nil, nil
	}
	rows, err := t.findByNumber(ctx, words)
	if err != nil {
		return nil, err
	}
	desk := len(rows) > 0 && t.opt.Guard.Allowed(actor, t.Community, "resident", "desk", models.DateOf(t.Now())) == nil
	if !desk {
		if rows, err = t.findByWords(ctx, scope, words); err != nil {
			return nil, err
		}
	}
	return t.show(ctx, scope, rows, desk)
}

const foundAtMost = 50

func (t *Tenant) findByNumber(ctx context.Context, words string) ([]models.Resident, error) {
	keys := t.opt.Keys
	phone, _ := models.Phone(words)
	var rows []models.Resident
	err := t.db(ctx).Where("state <> ?", models.ResidentMerged).Where("document_index = ? OR phone_index = ?", keys.Index(indexDocument, paperNumber(words)), keys.Index(indexPhone, phone)).
		Order("state").Order("id").Limit(foundAtMost).Find(&rows).Error
	return rows, err
}

func (t *Tenant) findByWords(ctx context.Context, s rollScope, words string) ([]models.Resident, error) {
	var rows []models.Resident
	homes, err := t.homesCalled(ctx, words)
	if err != nil {
		return nil, err
	}
	db := s.within(t.db(ctx), t.Community.ID)
	if s.roles.Has(models.RoleStation) && !s.all {
		db = t.db(ctx).Where("name = ?", words) // who says their whole name stands at the desk
	} else if len(homes) > 0 {
		db = db.Where("household_id IN ?", homes)
	} else {
		db = db.Where("name LIKE ? ESCAPE '!'", likePrefix(words))
	}
	err = db.Where("state <> ?", models.ResidentMerged).Order("state").Order("id").Limit(foundAtMost).Find(&rows).Error
	return rows, err
}

// homesCalled are the households at an address as people say it. An address
// has a digit, a name has none.
func (t *Tenant) homesCalled(ctx context.Context, words string) ([]models.ID, error) {
	said := placeParts(words)
	if len(said) < 2 {
		return nil, nil
	}
	var buildings []models.Building
	var households []models.Household
	if err := t.db(ctx).Find(&buildings).Error; err != nil {
		return nil, err
	}
	in := orNone(nil)
	for _, b := range buildings {
		if plainPlace(b.Name) == said[0] {
			in = append(in, b.ID)
		}
	}
	if err := t.db(ctx).Where("building_id IN ?", in).Find(&households).Error; err != nil {
		return nil, err
	}
	var ids []models.ID
	for _, h := range households {
		if plainPlace(h.Room) == said[len(said)-1] && (len(said) == 2 || plainPlace(h.Unit) == said[1]) {
			ids = append(ids, h.ID)
		}
	}
	return ids, nil
}

// PersonView is one person with what belongs to them.
type PersonView struct {
	Person
	Unit      string
	Room      string
	Number    string // 户号
	Domicile  string
	Since     models.Date
	Politics  string
	Group     string
	UpdatedAt time.Time // the version that a change must name
	Household []Person  // who else lives there
	Link      *models.ResidentLink
	History   []models.AuditRow
	Looks     []models.Unmasking
	Own       bool      // it is the reader
	Into      models.ID // the record that took this one in; 0 for most
}

// Resident reads one person for an officer. It leaves a line in the log, which
// names ids only: who looks at whom is not left to chance. Refusals: Forbidden,
// NotFound (also for people outside the actor's grid, building or group).
func (t *Tenant) Resident(ctx context.Context, actor models.Actor, id models.ID) (*PersonView, error) {
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	var r models.Resident
	db := t.db(ctx)
	if err := db.Where("id = ?", id).Take(&r).Error; err != nil {
		return nil, notFound(err)
	}
	var h models.Household
	if err := db.Where("id = ?", r.HouseholdID).Limit(1).Find(&h).Error; err != nil {
		return nil, err
	}
	station := scope.roles.Has(models.RoleStation)
	if !scope.all && !station && !scope.assigned(&r, h) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("outside the own grid, building or group")
	}
	shown, err := t.show(ctx, scope, []models.Resident{r}, station)
	if err != nil {
		return nil, err
	}
	v := &PersonView{Person: shown[0], UpdatedAt: r.UpdatedAt, Own: scope.own == r.ID, Into: r.MergedInto}
	if v.View.Address == policy.Full { // a household's number tells where it is
		v.Unit, v.Room = h.Unit, h.Room
		v.Number, v.Domicile, v.Since, v.Politics, v.Group = h.Number, r.Domicile, r.Since, r.Politics, h.GroupName
	}
	t.opt.Log.Info("security", "event", "resident.read", "user", actor.UserID, "resident", id)
	return v, t.around(ctx, scope, v, r)
}
