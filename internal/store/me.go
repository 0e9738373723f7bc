package store

import (
	"context"
	"database/sql"

	"juwu/internal/problem"
	"juwu/models"
)

// Me is what a person's own first page shows.
type Me struct {
	Name   string
	Phone  string // in full; the page masks it
	Unread int    // letters, at most 100: "99+"
	Links  []MyLink
}

// meQuery has a row for each of the user's ties, and one if there is none.
const meQuery = `SELECT u.name, u.phone_seal,
	(SELECT COUNT(*) FROM (SELECT id FROM inbox_messages WHERE user_id = ? AND read_at IS NULL LIMIT 100) AS unread),
	COALESCE(l.community_id, 0), COALESCE(l.id, 0), COALESCE(l.resident_id, 0), COALESCE(l.state, ''), COALESCE(r.name, '')
FROM users u
LEFT JOIN resident_links l ON l.user_id = u.id AND l.state <> ?
LEFT JOIN residents r ON r.community_id = l.community_id AND r.id = l.resident_id
WHERE u.id = ? ORDER BY l.id`

// Me reads the actor's own first page in one go.
func (s *Store) Me(ctx context.Context, actor models.Actor) (Me, error) {
	var me Me
	var seal []byte
	err := s.quick(ctx, meQuery, func(rows *sql.Rows) error {
		var link models.ResidentLink
		var person string
		err := rows.Scan(&me.Name, &seal, &me.Unread, &link.CommunityID, &link.ID, &link.ResidentID, &link.State, &person)
		if c := s.CommunityByID(link.CommunityID); err == nil && c != nil {
			link.UserID = actor.UserID
			me.Links = append(me.Links, MyLink{Community: c, Link: link, Person: person})
		}
		return err
	}, actor.UserID, models.LinkRefused, actor.UserID)
	if err != nil {
		return me, err
	}
	if seal == nil {
		return me, problem.New(problem.NotFound, "page.notfound", nil)
	}
	me.Phone, err = s.opt.Keys.Open("users.phone", actor.UserID, seal)
	return me, err
}
