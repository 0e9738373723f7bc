package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Relative is a person's relative, with every id that is known of them.
type Relative struct {
	models.Someone
	Kin models.Kin // what they are to the person asked about
}

// Near tells whether the law's rules for near relatives apply.
func (r Relative) Near() bool { return policy.NearRelative(r.Kin) }

// whole completes somebody by the live tie between a login and the roll.
func whole(db *gorm.DB, s models.Someone) (models.Someone, error) {
	all, err := wholes(db, []models.Someone{s})
	if err != nil {
		return s, err
	}
	return all[0], nil
}

// wholes does it for many with one query.
func wholes(db *gorm.DB, people []models.Someone) ([]models.Someone, error) {
	users, residents := orNone(nil), orNone(nil)
	for _, s := range people {
		if s.ResidentID == 0 && s.UserID != 0 {
			users = append(users, s.UserID)
		} else if s.UserID == 0 && s.ResidentID != 0 {
			residents = append(residents, s.ResidentID)
		}
	}
	if len(users)+len(residents) == 2 { // nobody lacks anything
		return people, nil
	}
	var links []models.ResidentLink
	err := db.Select("community_id", "id", "live_user", "live_resident").
		Where("live_user IN ? OR live_resident IN ?", users, residents).Find(&links).Error
	for i := range people {
		for _, l := range links {
			if s := (models.Someone{UserID: *l.LiveUser, ResidentID: *l.LiveResident}); s.Same(people[i]) {
				people[i] = s
			}
		}
	}
	return people, err
}

// about narrows a query of kinships to those of one person.
func about(db *gorm.DB, s models.Someone) *gorm.DB {
	never := models.ID(-1)
	user, resident := s.UserID, s.ResidentID
	if user == 0 {
		user = never
	}
	if resident == 0 {
		resident = never
	}
	return db.Where("user_id = ? OR other_user_id = ? OR resident_id = ? OR other_resident_id = ?", user, user, resident, resident)
}

// relativesOf are the relatives of a person that are known today, near or not.
func relativesOf(db *gorm.DB, who models.Someone) ([]Relative, error) {
	who, err := whole(db, who)
	if err != nil {
		return nil, err
	}
	var rows []models.Kinship
	if err := about(db.Where("ended_at IS NULL"), who).Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	people := make([]models.Someone, len(rows))
	kins := make([]models.Kin, len(rows))
	for i, k := range rows {
		people[i], kins[i] = k.Other(), k.Kin
		if who.Same(k.Other()) {
			people[i], kins[i] = k.First(), policy.InverseKin(k.Kin)
		}
	}
	if people, err = wholes(db, people); err != nil {
		return nil, err
	}
	out := make([]Relative, len(rows))
	for i := range rows {
		out[i] = Relative{people[i], kins[i]}
	}
	return out, nil
}

// relatives are the relatives of a person in the transaction's community.
func (tx *Tx) relatives(who models.Someone) ([]Relative, error) { return relativesOf(tx.DB, who) }

// related is what b is to a; "" when nothing is known.
func (tx *Tx) related(a, b models.Someone) (models.Kin, error) {
	b, err := whole(tx.DB, b)
	if err != nil {
		return "", err
	}
	relatives, err := tx.relatives(a)
	for _, r := range relatives {
		if r.Same(b) {
			return r.Kin, err
		}
	}
	return "", err
}

// me is the actor as a person of the community.
func (tx *Tx) me() models.Someone { return someoneOf(tx.Actor, tx.chain) }

func someoneOf(actor models.Actor, community models.ID) models.Someone {
	s := models.Someone{UserID: actor.UserID}
	if l, ok := actor.Resident(community); ok {
		s.ResidentID = l.ResidentID
	}
	return s
}

// nearKeys are the person keys of the near relatives of somebody, for
// policy.Signer.
func (tx *Tx) nearKeys(who models.Someone) ([]string, error) {
	relatives, err := tx.relatives(who)
	var keys []string
	for _, r := range relatives {
		if !r.Near() {
			continue
		}
		if r.UserID != 0 {
			keys = append(keys, "u"+r.UserID.String())
		}
		if r.ResidentID != 0 {
			keys = append(keys, "r"+r.ResidentID.String())
		}
	}
	return keys, err
}

// relativesPosts are the roles that near relatives of a person hold in a
// community at any time of the term of a.
func (tx *Tx) relativesPosts(region models.Region, user models.ID, a models.Appointment) (policy.RoleSet, error) {
	if region.Level != models.LevelCommunity {
		return 0, nil // the posts that are kept apart are a community's
	}
	relatives, err := relativesOf(scoped(tx.DB, region.ID), models.Someone{UserID: user})
	var set policy.RoleSet
	for _, r := range relatives {
		if err != nil || !r.Near() || r.UserID == 0 {
			continue
		}
		var held policy.RoleSet
		held, err = tx.postsIn(region, r.UserID, a)
		set |= held
	}
	return set, err
}

// Named is a person as a form names them: by an officer's login, by their
// record, or by name and dwelling.
type Named struct {
	models.Someone
	Name     string
	Building models.ID
	Room     string // unit and room as on the door: 2-501, or the room alone
}

// find is who is meant, if that is somebody the program knows. prefix stands
// before the names of the form's fields.
func (tx *Tx) find(n Named, prefix string) (models.Someone, error) {
	var f problem.Form
	switch {
	case n.ResidentID != 0:
		var r models.Resident
		if err := tx.Where("id = ?", n.ResidentID).Take(&r).Error; err != nil {
			return models.Someone{}, notFound(err)
		}
		return whole(tx.DB, n.Someone)
	case n.UserID != 0:
		if tx.store.opt.Guard.Roles(n.UserID, tx.chain, tx.Day()) == 0 {
			f.Add(prefix+"officer", "form.choose", nil)
			return models.Someone{}, f.Err()
		}
		return whole(tx.DB, n.Someone)
	case models.Key(n.Name) == "":
		f.Add(prefix+"name", "kinship.who", nil)
		return models.Someone{}, f.Err()
	}
	var people []models.Resident
	err := tx.Where("name = ? AND building_id = ? AND state = ?", models.Key(n.Name), n.Building, models.ResidentActive).Limit(20).Find(&people).Error
	if err != nil {
		return models.Someone{}, err
	}
	var found []models.ID
	for _, r := range people {
		var h models.Household
		if err := tx.Where("id = ?", r.HouseholdID).Limit(1).Find(&h).Error; err != nil {
			return models.Someone{}, err
		}
		said := placeParts(n.Room)
		if len(said) > 0 && plainPlace(h.Room) == said[len(said)-1] {
			found = append(found, r.ID)
		}
	}
	if len(found) != 1 {
		f.Add(prefix+"name", "kinship.unknown", nil)
		return models.Someone{}, f.Err()
	}
	return whole(tx.DB, models.Someone{ResidentID: found[0]})
}

// KinshipDraft is a relation about to be written down.
type KinshipDraft struct {
	First    Named // left empty by whoever declares: it is the actor
	Other    Named
	Kin      models.Kin
	From     models.Date
	Evidence string
}

// DeclareKinship notes who is the actor's own relative. The other one is told.
// Refusals: Forbidden, Invalid with fields, Conflict when it is known already.
func (t *Tenant) DeclareKinship(ctx context.Context, actor models.Actor, d KinshipDraft) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("kinship", "declare"); err != nil {
			return err
		}
		id, err = tx.putKinship(tx.me(), d, models.KinshipDeclared)
		return err
	})
	return id, twiceKin(err)
}

// RecordKinship notes a relation between two others from a paper: the household
// register, a certificate. Both are told. Refusals as DeclareKinship.
func (t *Tenant) RecordKinship(ctx context.Context, actor models.Actor, d KinshipDraft) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("kinship", "record"); err != nil {
			return err
		}
		first, err := tx.find(d.First, "first_")
		if err != nil {
			return err
		}
		id, err = tx.putKinship(first, d, models.KinshipRecorded)
		return err
	})
	return id, twiceKin(err)
}

func twiceKin(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "kinship.twice", nil)
	}
	return err
}

func (tx *Tx) putKinship(first models.Someone, d KinshipDraft, source models.KinshipSource) (models.ID, error) {
	other, err := tx.find(d.Other, "")
	if err != nil {
		return 0, err
	}
	if first, err = whole(tx.DB, first); err != nil {
		return 0, err
	}
	k := models.Kinship{
		Tenant: models.Tenant{ID: tx.NewID()}, UserID: first.UserID, ResidentID: first.ResidentID, OtherUserID: other.UserID, OtherResidentID: other.ResidentID,
		Kin: d.Kin, Source: source, Evidence: shorten(cleanLine(d.Evidence), 100), From: d.From, ByUserID: tx.Actor.UserID, ByName: tx.Actor.Name, CreatedAt: tx.Now,
	}
	if err := policy.MayKnowKinship(k, tx.me(), tx.Day()); err != nil {
		return 0, err
	}
	known, err := tx.related(first, other)
	if err != nil {
		return 0, err
	}
	if known != "" {
		return 0, problem.New(problem.Conflict, "kinship.twice", nil)
	}
	pair := pairOf(first, other)
	k.Pair = &pair
	if err := tx.Create(&k).Error; err != nil {
		return 0, err
	}
	tx.Audit("kinship."+string(source), k.ID, nil)
	return k.ID, tx.tellKin(k)
}

// pairOf is one name for two people in either order.
func pairOf(a, b models.Someone) string {
	key := func(s models.Someone) string {
		if s.ResidentID != 0 {
			return "r" + s.ResidentID.String()
		}
		return "u" + s.UserID.String()
	}
	both := []string{key(a), key(b)}
	slices.Sort(both)
	return strings.Join(both, "|")
}

// tellKin tells the two, so that a wrong relation is found, and the street when
// the two hold posts that relatives may not hold at once.
func (tx *Tx) tellKin(k models.Kinship) error {
	for _, s := range []models.Someone{k.First(), k.Other()} {
		if s.UserID == 0 || s.UserID == tx.Actor.UserID {
			continue
		}
		if err := tx.Tell(s.UserID, "kinship.told", nil, "/me"); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	if tx.store.keptApart(tx.Community, k, tx.Day()) == "" {
		return nil
	}
	return tx.tellPost(models.RoleStreet, "kinship.told.apart", nil, "/admin/"+tx.Community.Code+"/kinship")
}

// keptApart is the rule that the two break with the posts they hold today.
func (s *Store) keptApart(c *models.Community, k models.Kinship, day models.Date) string {
	if k.EndedAt != nil || !policy.NearRelative(k.Kin) {
		return ""
	}
	return policy.KeptApart(s.opt.Guard.Roles(k.UserID, c.ID, day), s.opt.Guard.Roles(k.OtherUserID, c.ID, day))
}

// EndKinship notes that a relation is over, or was written down by mistake. The
// row stays with its reason. Refusals: Forbidden, NotFound, Conflict, Invalid.
func (t *Tenant) EndKinship(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason = cleanLine(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("kinship", "strike"); err != nil {
			return err
		}
		var k models.Kinship
		if err := tx.Where("id = ?", id).Take(&k).Error; err != nil {
			return notFound(err)
		}
		me, err := whole(tx.DB, tx.me())
		if err != nil {
			return err
		}
		if err := policy.MayEndKinship(k, me, reason); err != nil {
			return err
		}
		now := models.Kinship{Until: tx.Day(), EndReason: shorten(reason, 100), EndedBy: actor.UserID, EndedName: actor.Name, EndedAt: &tx.Now}
		err = Changed(tx.Model(&models.Kinship{}).Where("id = ? AND ended_at IS NULL", id).
			Select("pair", "until_day", "end_reason", "ended_by", "ended_name", "ended_at").Updates(&now))
		if err != nil {
			return err
		}
		tx.Audit("kinship.end", id, nil)
		return nil
	})
}
