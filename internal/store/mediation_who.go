package store

import (
	"bytes"
	"context"
	"slices"

	"gorm.io/gorm"

	"juwu/models"
	"juwu/policy"
)

// Who somebody is to a mediation, and who must step aside (rule 9; Mediation
// Law art. 15, 23).

// stance is what a person is, apart from any one mediation.
type stance struct {
	user     models.ID
	resident models.ID
	phone    []byte
	handles  bool
	heads    bool
	kin      []models.Someone
	home     []models.ID // residents of the same household
}

// stanceOf gathers it in a constant number of queries. Relatives and household
// are asked for officers only: of a party nothing hangs on them.
func (t *Tenant) stanceOf(db *gorm.DB, actor models.Actor, day models.Date) (stance, error) {
	roles := t.opt.Guard.RolesOf(actor, t.Community, day)
	s := stance{user: actor.UserID, handles: t.opt.Guard.May(roles, "mediation", "handle"), heads: t.opt.Guard.May(roles, "mediation", "register")}
	if s.user == 0 {
		return stance{}, nil
	}
	if l, ok := actor.Resident(t.Community.ID); ok && l.State == models.LinkConfirmed {
		s.resident = l.ResidentID
	}
	var u models.User
	if err := db.Select("id", "phone_index").Where("id = ?", s.user).Limit(1).Find(&u).Error; err != nil {
		return s, err
	}
	s.phone = u.PhoneIndex
	if !s.handles && !s.heads {
		return s, nil
	}
	return s, s.around(db)
}

// around finds the person's relatives and household.
func (s *stance) around(db *gorm.DB) error {
	who, err := whole(db, models.Someone{UserID: s.user, ResidentID: s.resident})
	if err != nil {
		return err
	}
	s.resident = who.ResidentID
	relatives, err := relativesOf(db, who)
	for _, r := range relatives {
		s.kin = append(s.kin, r.Someone)
	}
	if err != nil || s.resident == 0 {
		return err
	}
	return db.Model(&models.Resident{}).
		Where("household_id <> 0 AND household_id IN (?)", db.Model(&models.Resident{}).Select("household_id").Where("id = ?", s.resident)).Pluck("id", &s.home).Error
}

// is tells whether the person is this party. A telephone counts when the party
// gave it: what the other side wrote down may be wrong.
func (s stance) is(p models.MediationParty) bool {
	return p.UserID != 0 && p.UserID == s.user || p.ResidentID != 0 && p.ResidentID == s.resident ||
		p.PhoneSure && len(p.PhoneIndex) > 0 && bytes.Equal(p.PhoneIndex, s.phone)
}

// concerned tells whether the person must step aside: a party, a relative of
// one, or of their household (rule 9).
func (s stance) concerned(parties []models.MediationParty) bool {
	return slices.ContainsFunc(parties, func(p models.MediationParty) bool {
		who := models.Someone{UserID: p.UserID, ResidentID: p.ResidentID}
		return s.is(p) || slices.ContainsFunc(s.kin, who.Same) || p.ResidentID != 0 && slices.Contains(s.home, p.ResidentID)
	})
}

// standing is what the person is to one mediation.
func (s stance) standing(m models.Mediation, parties []models.MediationParty, mediators []models.MediationMediator, kept, headless bool) (policy.RoleSet, *models.MediationParty) {
	if s.user == 0 {
		return 0, nil
	}
	r := policy.MediationReader{Conflict: kept || s.concerned(parties), Handles: s.handles, Heads: s.heads, Headless: headless}
	serving := 0
	for _, x := range mediators {
		if x.State == models.MediatorServes {
			serving++
			r.Serves = r.Serves || x.UserID == s.user
		}
	}
	for i, p := range parties {
		if s.is(p) && p.Consent != models.ConsentNone {
			return policy.MediationRelations(m, policy.MediationReader{Party: true}, serving), &parties[i]
		}
	}
	return policy.MediationRelations(m, r, serving), nil
}

// keptFrom tells whether the person was kept away from the case behind it.
func keptFrom(db *gorm.DB, caseID models.ID, s stance) (bool, error) {
	if caseID == 0 || !s.handles && !s.heads {
		return false, nil
	}
	var n int64
	person := "r" + s.resident.String()
	err := db.Model(&models.ComplaintParty{}).Where("case_id = ? AND (user_id = ? OR person_key = ?)", caseID, s.user, person).Count(&n).Error
	return n > 0, err
}

// headless tells that nobody without a conflict heads the committee: then any
// mediator may take a request up.
func (t *Tenant) headless(db *gorm.DB, parties []models.MediationParty, day models.Date) (bool, error) {
	free, err := t.freeMediators(db, parties, nil, day)
	return !slices.ContainsFunc(free, func(m Mediator) bool { return m.Head }), err
}

// Mediator is somebody whom parties may choose.
type Mediator struct {
	UserID    models.ID
	Name      string
	Portfolio string
	Head      bool
}

// Mediators of the community today, by name; the list is public.
func (t *Tenant) Mediators(ctx context.Context, day models.Date) ([]Mediator, error) {
	return t.mediators(t.db(ctx), day)
}

func (t *Tenant) mediators(db *gorm.DB, day models.Date) ([]Mediator, error) {
	var posts []models.Appointment
	err := db.Where("region_id = ? AND role IN ? AND ended_at IS NULL", t.Community.ID, []models.Role{models.RoleMediator, models.RoleMediationHead}).
		Order("id").Find(&posts).Error
	slices.SortStableFunc(posts, func(a, b models.Appointment) int { return a.Rank - b.Rank })
	var list []Mediator
	for _, a := range posts {
		i := slices.IndexFunc(list, func(m Mediator) bool { return m.UserID == a.UserID })
		switch {
		case !a.Holds(day):
		case i >= 0:
			list[i].Head = list[i].Head || a.Role == models.RoleMediationHead
		default:
			list = append(list, Mediator{a.UserID, a.Name, a.Portfolio, a.Role == models.RoleMediationHead})
		}
	}
	return list, err
}

// freeMediators are those who need not step aside, without those whom a party
// refused or who stepped aside already.
func (t *Tenant) freeMediators(db *gorm.DB, parties []models.MediationParty, before []models.MediationMediator, day models.Date) ([]Mediator, error) {
	list, err := t.mediators(db, day)
	if err != nil {
		return nil, err
	}
	var free []Mediator
	for _, m := range list {
		if slices.ContainsFunc(before, func(x models.MediationMediator) bool { return x.UserID == m.UserID }) {
			continue
		}
		tied, err := concernedUser(db, m.UserID, parties)
		if err != nil {
			return nil, err
		}
		if !tied {
			free = append(free, m)
		}
	}
	return free, nil
}

// concernedUser tells it of somebody else than the actor.
func concernedUser(db *gorm.DB, user models.ID, parties []models.MediationParty) (bool, error) {
	s := stance{user: user}
	var u models.User
	err := firstError(db.Select("id", "phone_index").Where("id = ?", user).Limit(1).Find(&u).Error, s.around(db))
	s.phone = u.PhoneIndex
	return s.concerned(parties), err
}
