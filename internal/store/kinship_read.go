package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/models"
)

// KinshipView is a relation with the names of the two and what follows from it.
type KinshipView struct {
	models.Kinship
	FirstName string
	OtherName string
	Own       bool   // the reader is one of the two
	Rule      string // the rule that the two break with the posts they hold; "" for none
}

const mostKinships = 500

// Kinships lists the relations that the actor may read: all for whoever
// appoints or supervises, else the own ones. What stands comes first.
func (t *Tenant) Kinships(ctx context.Context, actor models.Actor) ([]KinshipView, error) {
	day := models.DateOf(t.Now())
	db := t.db(ctx)
	me, err := whole(db, someoneOf(actor, t.Community.ID))
	if err != nil || actor.UserID == 0 {
		return nil, err
	}
	query := db.Order("ended_at IS NOT NULL").Order("id DESC").Limit(mostKinships)
	if t.opt.Guard.Allowed(actor, t.Community, "kinship", "read", day) != nil {
		query = about(query, me)
	}
	var rows []models.Kinship
	if err := query.Find(&rows).Error; err != nil {
		return nil, err
	}
	names, err := t.namesOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]KinshipView, len(rows))
	for i, k := range rows {
		out[i] = KinshipView{Kinship: k, FirstName: names.of(k.First()), OtherName: names.of(k.Other()),
			Own: me.Same(k.First()) || me.Same(k.Other()), Rule: t.keptApart(t.Community, k, day)}
	}
	return out, nil
}

// KinshipsApart are the standing relations whose two people hold posts that
// near relatives may not hold at once: somebody has to give one up.
func (t *Tenant) KinshipsApart(ctx context.Context, actor models.Actor) ([]KinshipView, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "kinship", "read", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	all, err := t.Kinships(ctx, actor)
	var apart []KinshipView
	for _, k := range all {
		if k.Rule != "" {
			apart = append(apart, k)
		}
	}
	return apart, err
}

// people's names by login and by record.
type names struct{ users, residents map[models.ID]string }

func (n names) of(s models.Someone) string {
	if name := n.users[s.UserID]; name != "" {
		return name
	}
	return n.residents[s.ResidentID]
}

func (t *Tenant) namesOf(ctx context.Context, rows []models.Kinship) (names, error) {
	n := names{map[models.ID]string{}, map[models.ID]string{}}
	users, residents := orNone(nil), orNone(nil)
	for _, k := range rows {
		users = append(users, k.UserID, k.OtherUserID)
		residents = append(residents, k.ResidentID, k.OtherResidentID)
	}
	for _, q := range []struct {
		db    *gorm.DB
		model any
		key   string
		who   string
		ids   []models.ID
		into  map[models.ID]string
	}{
		{t.Store.db(ctx), &models.User{}, "id", "id AS who", users, n.users},
		{t.Store.db(ctx).Where("ended_at IS NULL"), &models.Appointment{}, "user_id", "user_id AS who", users, n.users}, // the name of the post wins
		{t.db(ctx), &models.Resident{}, "id", "id AS who", residents, n.residents},
	} {
		var found []struct {
			Who  models.ID
			Name string
		}
		err := q.db.Model(q.model).Select(q.who, "name").Where(map[string]any{q.key: q.ids}).Scan(&found).Error
		if err != nil {
			return n, err
		}
		for _, f := range found {
			if f.Name != "" {
				q.into[f.Who] = f.Name
			}
		}
	}
	return n, nil
}
