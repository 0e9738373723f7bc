package demo

import (
	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

// published is what a committee at work has made public of what its catalogue
// owed. One thing is late, as everywhere, and the page says so.
func (f *filling) published() error {
	rows, err := f.In(f.c).DisclosureCalendar(f.ctx, models.DateOf(f.Now()))
	if err != nil {
		return err
	}
	for _, r := range rows {
		text, ok := f.cast.Disclosures[r.Item.Code]
		for _, o := range r.Owed {
			if !ok || o.State != policy.DisclosureOverdue {
				continue
			}
			if err := f.disclose(r.Item, o.Period.Name, text.Title, text.Body); err != nil {
				return err
			}
		}
	}
	return nil
}

// disclose publishes a notice for one item of one period, signed where it must be.
func (f *filling) disclose(item models.DisclosureItem, period, title, body string) error {
	t := f.In(f.c)
	member, director := f.who[models.RoleCommitteeMember], f.who[models.RoleDirector]
	n, err := t.CreateNotice(f.ctx, member, store.NoticeDraft{Kind: models.NoticeCommittee, Category: item.Category, ItemID: item.ID, Period: period,
		Title: title, Body: body})
	if err != nil {
		return err
	}
	if n, err = t.SubmitNotice(f.ctx, member, n.ID); err != nil {
		return err
	}
	if policy.NeedsSupervisor(n.Kind, n.Category) {
		if n, err = t.SignNotice(f.ctx, f.who[models.RoleSupervisor], n.ID, n.UpdatedAt); err != nil {
			return err
		}
	}
	_, err = t.PublishNotice(f.ctx, director, n.ID, n.UpdatedAt)
	return err
}
