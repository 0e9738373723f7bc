package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// HouseholdView is a household with who lives there and who has left.
type HouseholdView struct {
	ID       models.ID
	Building models.Building
	Place    string // unit and room; "" when the reader may not see it
	Number   string
	Group    string
	People   []Person // who lives there, the head first
	Left     []Person // who moved away or died
}

// Household reads one household. Refusals: Forbidden, NotFound (also outside
// the actor's grid, building or group).
func (t *Tenant) Household(ctx context.Context, actor models.Actor, id models.ID) (*HouseholdView, error) {
	day := models.DateOf(t.Now())
	if err := t.opt.Guard.Allowed(actor, t.Community, "household", "read", day); err != nil {
		return nil, err
	}
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	var h models.Household
	db := t.db(ctx)
	if err := db.Where("id = ?", id).Take(&h).Error; err != nil {
		return nil, notFound(err)
	}
	v := &HouseholdView{ID: h.ID, Number: h.Number, Group: h.GroupName}
	if err := db.Where("id = ?", h.BuildingID).Limit(1).Find(&v.Building).Error; err != nil {
		return nil, err
	}
	station := scope.roles.Has(models.RoleStation)
	if !scope.all && !station && !scope.assigned(&models.Resident{GridID: v.Building.GridID, BuildingID: v.Building.ID}, h) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("outside the own grid, building or group")
	}
	var rows []models.Resident
	err = db.Where("household_id = ? AND state <> ?", id, models.ResidentMerged).Order("state").Order("birth").Order("id").Limit(200).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	shown, err := t.show(ctx, scope, rows, station)
	for _, p := range shown {
		if p.State == models.ResidentActive {
			v.People = append(v.People, p)
			v.Place = p.Place
		} else {
			v.Left = append(v.Left, p)
		}
	}
	slices.SortStableFunc(v.People, func(a, b Person) int { return truths(b.Head) - truths(a.Head) })
	if v.Place == "" { // a household's number tells where it is
		v.Number, v.Group = "", ""
	}
	return v, err
}
