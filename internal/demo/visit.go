package demo

import (
	"encoding/json"
	"fmt"

	"juwu/internal/store"
	"juwu/models"
)

// visits are a grid worker's rounds: some doors that are due again, some freshly
// visited, and one wish that became a case.
func (f *filling) visits() error {
	t, worker, director := f.In(f.c), f.who[models.RoleGridWorker], f.who[models.RoleDirector]
	var said struct{ Home, Phone, Wish, Category string }
	b, err := data.ReadFile("data/visits.json")
	if err == nil {
		err = json.Unmarshal(b, &said)
	}
	if err != nil {
		return err
	}
	posts, err := f.AppointmentsIn(f.ctx, f.c.ID, models.DateOf(f.Now()))
	if err != nil {
		return err
	}
	for _, a := range posts {
		if a.UserID == worker.UserID && a.GridID != 0 {
			worker.Appointments = append(worker.Appointments, a)
		}
	}
	if len(worker.Appointments) == 0 {
		return nil
	}
	if err := t.PutVisitPlan(f.ctx, director, 0, 90); err != nil {
		return err
	}
	if err := t.PutVisitPlan(f.ctx, director, worker.Appointments[0].GridID, 14); err != nil {
		return err
	}
	desk, err := t.VisitDesk(f.ctx, worker, store.VisitFilter{})
	if err != nil {
		return err
	}
	today := models.DateOf(f.Now())
	for i, l := range desk.List[:min(len(desk.List), 14)] {
		v := store.VisitDraft{HouseholdID: l.ID, Day: today.AddDays(-20), Manner: models.VisitHome, Note: said.Home, Once: fmt.Sprintf("demo-visit-%08d", i)}
		switch {
		case i > 8:
			v.Day = today.AddDays(-1)
		case i == 3:
			v.Manner, v.Note = models.VisitPhone, said.Phone
		}
		if i == 10 {
			v.Wish, v.Category, v.Name = said.Wish, said.Category, l.Head
		}
		if _, err := t.NoteVisit(f.ctx, worker, v); err != nil {
			return err
		}
	}
	return nil
}
