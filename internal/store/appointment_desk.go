package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Nominee is a person to be appointed as a form names them: by telephone, which
// is also the login, and by name.
type Nominee struct {
	models.Appointment
	LoginPhone string
}

func (n *Nominee) check() error {
	var f problem.Form
	for _, x := range []struct {
		field string
		text  *string
		limit int
	}{
		{"name", &n.Name, 50}, {"decision", &n.Decision, 100}, {"portfolio", &n.Portfolio, 100}, {"hours", &n.Hours, 100}, {"phone", &n.Phone, 30},
	} {
		*x.text = cleanLine(models.Key(*x.text))
		if over := len([]rune(*x.text)) - x.limit; over > 0 {
			f.Add(x.field, "form.toolong", problem.Args{"n": over, "limit": x.limit})
		}
	}
	if n.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	if n.UserID == 0 {
		number, digits := models.Phone(n.LoginPhone)
		if number == "" {
			f.Add("login_phone", "form.phone.length", problem.Args{"n": digits})
		}
		n.LoginPhone = number
	}
	return f.Err()
}

// AppointPerson appoints somebody by telephone; the login is made if there is
// none. What Appoint refuses is refused here with the fields of the form.
func (s *Store) AppointPerson(ctx context.Context, actor models.Actor, n Nominee) (id models.ID, err error) {
	if err := n.check(); err != nil {
		return 0, err
	}
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		a := n.Appointment
		if a.UserID == 0 {
			u, err := tx.EnsureUser(n.LoginPhone, n.Name)
			if err != nil {
				return err
			}
			a.UserID = u.ID
		}
		id, err = tx.appoint(a)
		return err
	})
	return id, err
}

// gridWorker writes whom to call into the grid of a grid worker, in the same
// transaction as the appointment: the page that names them must not lie.
func (tx *Tx) gridWorker(region models.Region, a models.Appointment) error {
	if a.GridID == 0 {
		return nil
	}
	db := scoped(tx.DB, region.ID)
	var n int64
	if err := db.Model(&models.Grid{}).Where("id = ?", a.GridID).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 || region.Level != models.LevelCommunity {
		var f problem.Form
		f.Add("grid", "form.choose", nil)
		return f.Err()
	}
	if a.Role != models.RoleGridWorker || a.DeputyFor != 0 {
		return nil
	}
	tx.touch[stampKey{region.ID, "home"}] = 0
	return db.Model(&models.Grid{}).Where("id = ?", a.GridID).
		Updates(map[string]any{"worker_name": a.Name, "worker_phone": a.Phone, "worker_user_id": a.UserID}).Error
}

// noGridWorker takes a worker whose post ends off the grid.
func (tx *Tx) noGridWorker(region models.Region, a models.Appointment) error {
	if a.Role != models.RoleGridWorker || a.GridID == 0 || region.Level != models.LevelCommunity {
		return nil
	}
	tx.touch[stampKey{region.ID, "home"}] = 0
	return scoped(tx.DB, region.ID).Model(&models.Grid{}).Where("id = ? AND worker_user_id = ?", a.GridID, a.UserID).
		Updates(map[string]any{"worker_name": "", "worker_phone": "", "worker_user_id": 0}).Error
}

// PostProfile is what the public reads of a post.
type PostProfile struct {
	Name, Portfolio, Hours, Phone string
	Rank                          int
}

// SetPostProfile changes what the public reads of a post. Whoever may end the
// post may do it, and the director for the posts of the own community.
// Refusals: Forbidden, NotFound, Invalid with fields.
func (s *Store) SetPostProfile(ctx context.Context, actor models.Actor, id models.ID, p PostProfile) error {
	n := Nominee{Appointment: models.Appointment{UserID: 1, Name: p.Name, Portfolio: p.Portfolio, Hours: p.Hours, Phone: p.Phone}}
	if err := n.check(); err != nil {
		return err
	}
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		a, region, err := tx.post(id)
		if err != nil {
			return err
		}
		at := s.placeOf(region)
		if policy.MayEnd(a, region.Level, s.opt.Guard.RolesOf(actor, at, tx.Day())) != nil {
			if err := s.opt.Guard.Allowed(actor, at, "settings", "change", tx.Day()); err != nil {
				return err
			}
		}
		now := models.Appointment{Name: n.Name, Portfolio: n.Portfolio, Hours: n.Hours, Phone: n.Phone, Rank: p.Rank}
		err = tx.Model(&models.Appointment{}).Where("id = ? AND ended_at IS NULL", id).
			Select("name", "portfolio", "hours", "phone", "rank").Updates(&now).Error
		if err != nil {
			return err
		}
		a.Name, a.Phone = n.Name, n.Phone
		if err := tx.gridWorker(region, a); err != nil {
			return err
		}
		tx.authzChanged(region)
		tx.touch[stampKey{region.ID, "home"}] = 0
		tx.Audit("appointment.profile", id, nil)
		return nil
	})
}

// post reads a post that has not ended, holding back other changes in its region.
func (tx *Tx) post(id models.ID) (a models.Appointment, region models.Region, err error) {
	if err := tx.Where("id = ?", id).Take(&a).Error; err != nil {
		return a, region, notFound(err)
	}
	region, err = tx.lockRegion(a.RegionID)
	return a, region, err
}

// Post is an appointment as the officers' page shows it.
type Post struct {
	models.Appointment
	Holds     bool
	MayEnd    bool
	Enrolled  bool   // has a second factor
	Principal string // of a deputy: who is stood in for
}

// Posts lists who holds what in a community on a day and later, in the order of
// the page, with what the actor may do about it.
func (t *Tenant) Posts(ctx context.Context, actor models.Actor) ([]Post, error) {
	return t.postsAt(ctx, actor, models.Region{ID: t.Community.ID, Level: models.LevelCommunity})
}

// PostsAbove lists the posts of the community's street.
func (t *Tenant) PostsAbove(ctx context.Context, actor models.Actor) ([]Post, error) {
	return t.postsAt(ctx, actor, models.Region{ID: t.Community.StreetID, Level: models.LevelStreet})
}

func (t *Tenant) postsAt(ctx context.Context, actor models.Actor, region models.Region) ([]Post, error) {
	today := models.DateOf(t.Now())
	rows, err := t.AppointmentsIn(ctx, region.ID, today)
	if err != nil {
		return nil, err
	}
	names := map[models.ID]string{}
	ids := orNone(nil)
	for _, a := range rows {
		names[a.UserID] = a.Name
		ids = append(ids, a.UserID)
	}
	var enrolled []models.ID
	err = t.Store.db(ctx).Model(&models.User{}).Where("id IN ? AND totp_seal IS NOT NULL", ids).Pluck("id", &enrolled).Error
	if err != nil {
		return nil, err
	}
	by := t.opt.Guard.RolesOf(actor, t.placeOf(models.Region{ID: region.ID}), today)
	posts := make([]Post, len(rows))
	for i, a := range rows {
		posts[i] = Post{Appointment: a, Holds: a.Holds(today), MayEnd: policy.MayEnd(a, region.Level, by) == nil,
			Enrolled: slices.Contains(enrolled, a.UserID), Principal: names[a.DeputyFor]}
	}
	return posts, nil
}

// PastPosts are posts of the community that are over, the latest first.
func (t *Tenant) PastPosts(ctx context.Context, limit int) ([]models.Appointment, error) {
	var rows []models.Appointment
	err := t.Store.db(ctx).Where("region_id = ? AND (ended_at IS NOT NULL OR (until_day <> '' AND until_day < ?))", t.Community.ID, models.DateOf(t.Now())).
		Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// PostByID is a post of the community or of its street; others are NotFound.
func (t *Tenant) PostByID(ctx context.Context, id models.ID) (*models.Appointment, error) {
	var a models.Appointment
	err := t.Store.db(ctx).Where("id = ? AND region_id IN ?", id, []models.ID{t.Community.ID, t.Community.StreetID}).Take(&a).Error
	return &a, notFound(err)
}

// Appointable are the posts that the actor may record at a level of the
// community: its own, or those of its street.
func (t *Tenant) Appointable(actor models.Actor, level models.Level) []models.Role {
	region := t.Community.ID
	if level == models.LevelStreet {
		region = t.Community.StreetID
	}
	day := models.DateOf(t.Now())
	at := t.placeOf(models.Region{ID: region})
	if t.opt.Guard.Allowed(actor, at, "appointment", "appoint", day) != nil {
		return nil
	}
	by := t.opt.Guard.RolesOf(actor, at, day)
	var roles []models.Role
	for _, o := range policy.Offices {
		if policy.MayEnd(models.Appointment{Role: o.Role}, level, by) == nil {
			roles = append(roles, o.Role)
		}
	}
	return roles
}
