package store

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// GridView is a grid with its buildings and how many live there.
type GridView struct {
	models.Grid
	Buildings []models.Building
	Residents int
}

// Grids lists the community's grids in the order people count: 第2网格 before
// 第10网格.
func (t *Tenant) Grids(ctx context.Context) ([]GridView, error) {
	var grids []models.Grid
	var buildings []models.Building
	var counts []struct {
		GridID models.ID
		N      int
	}
	db := t.db(ctx)
	if err := errors.Join(db.Find(&grids).Error, db.Find(&buildings).Error); err != nil {
		return nil, err
	}
	err := db.Model(&models.Resident{}).Select("grid_id, COUNT(*) AS n").Where("state = ?", models.ResidentActive).Group("grid_id").Scan(&counts).Error
	if err != nil {
		return nil, err
	}
	slices.SortFunc(grids, func(a, b models.Grid) int { return byNumber(a.Name, b.Name) })
	slices.SortFunc(buildings, func(a, b models.Building) int { return byNumber(a.Name, b.Name) })
	out := make([]GridView, len(grids))
	for i, g := range grids {
		out[i].Grid = g
		for _, b := range buildings {
			if b.GridID == g.ID {
				out[i].Buildings = append(out[i].Buildings, b)
			}
		}
		for _, c := range counts {
			if c.GridID == g.ID {
				out[i].Residents = c.N
			}
		}
	}
	return out, nil
}

// byNumber compares names with the numbers in them read as numbers.
func byNumber(a, b string) int {
	x, y := []byte(a), []byte(b)
	for len(x) > 0 && len(y) > 0 {
		if digit(x[0]) && digit(y[0]) {
			var n, m int
			n, x = leading(x)
			m, y = leading(y)
			if n != m {
				return n - m
			}
			continue
		}
		if x[0] != y[0] {
			return int(x[0]) - int(y[0])
		}
		x, y = x[1:], y[1:]
	}
	return len(x) - len(y)
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func leading(b []byte) (n int, rest []byte) {
	for len(b) > 0 && digit(b[0]) {
		if n < 1<<40 {
			n = n*10 + int(b[0]-'0')
		}
		b = b[1:]
	}
	return n, b
}

// GridDraft is what one may say of a grid: whom to call is public.
type GridDraft struct{ Name, WorkerName, WorkerPhone string }

func (d GridDraft) check() (GridDraft, error) {
	d = GridDraft{cleanLine(models.Key(d.Name)), cleanLine(models.Key(d.WorkerName)), cleanLine(models.Key(d.WorkerPhone))}
	var f problem.Form
	if d.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	for name, v := range map[string]string{"name": d.Name, "worker_name": d.WorkerName, "worker_phone": d.WorkerPhone} {
		if n := len([]rune(v)); n > 30 {
			f.Add(name, "form.toolong", problem.Args{"n": n - 30, "limit": 30})
		}
	}
	return d, f.Err()
}

// PutGrid changes a grid, or adds one with id 0. Refusals: Forbidden, NotFound,
// Invalid with fields.
func (t *Tenant) PutGrid(ctx context.Context, actor models.Actor, id models.ID, d GridDraft) error {
	d, err := d.check()
	if err != nil {
		return err
	}
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		g := models.Grid{Tenant: models.Tenant{ID: id}, Name: d.Name, WorkerName: d.WorkerName, WorkerPhone: d.WorkerPhone}
		tx.Touch("people", "home")
		if id == 0 {
			g.ID = tx.NewID()
			tx.Audit("grid.add", g.ID, nil)
			return tx.Create(&g).Error
		}
		tx.Audit("grid.change", id, nil)
		return tx.changeOne(&models.Grid{}, id, map[string]any{"name": g.Name, "worker_name": g.WorkerName, "worker_phone": g.WorkerPhone})
	})
	return nameTaken(err)
}

// changeOne updates a row that must be there; MySQL counts an update that
// changes nothing as none.
func (tx *Tx) changeOne(model any, id models.ID, values map[string]any) error {
	var n int64
	if err := tx.Model(model).Where("id = ?", id).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	return tx.Model(model).Where("id = ?", id).Updates(values).Error
}

func nameTaken(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		var f problem.Form
		f.Add("name", "grid.name.taken", nil)
		return f.Err()
	}
	return err
}

// PutBuilding changes a building, or adds one with id 0. Who lives there moves
// to the other grid with it. Refusals: Forbidden, NotFound, Invalid with fields.
func (t *Tenant) PutBuilding(ctx context.Context, actor models.Actor, id, grid models.ID, name string) error {
	name = cleanLine(models.Key(name))
	var f problem.Form
	if name == "" {
		f.Add("name", "form.needed", nil)
	} else if n := len([]rune(name)); n > 30 {
		f.Add("name", "form.toolong", problem.Args{"n": n - 30, "limit": 30})
	}
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		var n int64
		if err := tx.Model(&models.Grid{}).Where("id = ?", grid).Count(&n).Error; err != nil {
			return err
		}
		if n == 0 {
			f.Add("grid", "form.choose", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		tx.Touch("people", "home")
		if id == 0 {
			b := models.Building{Tenant: models.Tenant{ID: tx.NewID()}, GridID: grid, Name: name}
			tx.Audit("building.add", b.ID, nil)
			return tx.Create(&b).Error
		}
		tx.Audit("building.change", id, map[string]models.ID{"grid": grid})
		if err := tx.changeOne(&models.Building{}, id, map[string]any{"name": name, "grid_id": grid}); err != nil {
			return err
		}
		return tx.Model(&models.Resident{}).Where("building_id = ? AND grid_id <> ?", id, grid).Update("grid_id", grid).Error
	})
	return nameTaken(err)
}

// HouseholdLine is a household in the list of its building.
type HouseholdLine struct {
	models.Household
	Place string // unit and room; "" when the reader may not see it
	Head  string // masked as everywhere; "" if unknown
	N     int    // people living there
}

// Households lists a building's households in the order of their doors.
// Refusals: Forbidden, NotFound (also outside the actor's grid or building).
func (t *Tenant) Households(ctx context.Context, actor models.Actor, building models.ID) (*models.Building, []HouseholdLine, error) {
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, nil, err
	}
	var b models.Building
	if err := t.db(ctx).Where("id = ?", building).Take(&b).Error; err != nil {
		return nil, nil, notFound(err)
	}
	if !scope.all && !slices.Contains(scope.grids, b.GridID) && !slices.Contains(scope.buildings, b.ID) {
		return nil, nil, problem.New(problem.NotFound, "page.notfound", nil).Because("outside the own grid or building")
	}
	var households []models.Household
	var people []models.Resident
	db := t.db(ctx)
	if err := db.Where("building_id = ?", building).Find(&households).Error; err != nil {
		return nil, nil, err
	}
	if err := db.Where("building_id = ? AND state = ?", building, models.ResidentActive).Find(&people).Error; err != nil {
		return nil, nil, err
	}
	shown, err := t.show(ctx, scope, people, false)
	if err != nil {
		return nil, nil, err
	}
	lines := make([]HouseholdLine, len(households))
	for i, h := range households {
		lines[i].Household = h
		for _, p := range shown {
			if p.HouseholdID != h.ID {
				continue
			}
			lines[i].N++
			lines[i].Place = p.Place
			if p.Head {
				lines[i].Head = p.Name
			}
		}
	}
	slices.SortFunc(lines, func(a, b HouseholdLine) int { return byNumber(placeName(a.Household), placeName(b.Household)) })
	for i := range lines {
		if lines[i].Place == "" {
			lines[i].Unit, lines[i].Room, lines[i].Number = "", "", ""
		}
	}
	return &b, lines, nil
}
