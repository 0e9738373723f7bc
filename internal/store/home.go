package store

import (
	"context"

	"juwu/models"
)

// Home is what a community's home page shows everybody.
type Home struct {
	Account *models.AccountMonth // the newest published month; nil before the first
	Posts   []models.Appointment // who holds which post of the community today
}

// Home gathers the home page of a day.
func (t *Tenant) Home(ctx context.Context, day models.Date) (*Home, error) {
	h := &Home{}
	months, err := t.Accounts(ctx, AccountFilter{Public: true})
	if err != nil {
		return nil, err
	}
	for i := range months {
		if months[i].State == models.AccountPublished {
			h.Account = &months[i]
			break
		}
	}
	posts, err := t.AppointmentsIn(ctx, t.Community.ID, day)
	for _, a := range posts {
		if a.Holds(day) && a.DeputyFor == 0 && a.Name != "" {
			h.Posts = append(h.Posts, a)
		}
	}
	return h, err
}
