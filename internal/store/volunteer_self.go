package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// guardianLife is how long the message to a guardian waits for a gateway.
const guardianLife = 7 * 24 * time.Hour

// Volunteer is the actor's own registration in the community; NotFound without
// one.
func (t *Tenant) Volunteer(ctx context.Context, actor models.Actor) (*models.Volunteer, error) {
	return volunteerOf(t.db(ctx), actor.UserID)
}

func volunteerOf(db *gorm.DB, user models.ID) (*models.Volunteer, error) {
	if user == 0 {
		return nil, problem.New(problem.Unauthorized, "policy.login", nil)
	}
	var v models.Volunteer
	if err := db.Where("live_user = ?", user).Limit(1).Find(&v).Error; err != nil {
		return nil, err
	}
	if v.ID == 0 {
		return nil, problem.New(problem.NotFound, "volunteer.serve.none", nil)
	}
	return &v, nil
}

// holdOwn is the actor's own registration, held.
func (tx *Tx) holdOwn() (*models.Volunteer, error) {
	v, err := volunteerOf(tx.DB, tx.Actor.UserID)
	if err != nil {
		return nil, err
	}
	return tx.hold(v.ID)
}

// volunteer is the actor as a volunteer who may act; Forbidden otherwise.
func (tx *Tx) volunteer() (*models.Volunteer, error) {
	v, err := volunteerOf(tx.DB, tx.Actor.UserID)
	if problem.Is(err, problem.NotFound) {
		return nil, problem.New(problem.Forbidden, "volunteer.serve.none", nil)
	}
	if err != nil {
		return nil, err
	}
	return v, policy.MayAct(*v, tx.Day())
}

func (tx *Tx) volunteerByID(id models.ID) (*models.Volunteer, error) {
	var v models.Volunteer
	if err := tx.Where("id = ?", id).Take(&v).Error; err != nil {
		return nil, notFound(err)
	}
	return &v, nil
}

// hold locks a volunteer's row by its first write and reads it after that: what
// is moved in the gauge must be what stands there, whatever another process
// commits meanwhile.
func (tx *Tx) hold(id models.ID) (*models.Volunteer, error) {
	res := tx.Model(&models.Volunteer{}).Where("id = ?", id).UpdateColumn("version", gorm.Expr("version + 1"))
	if res.Error != nil {
		return nil, res.Error
	}
	return tx.volunteerByID(id)
}

// person is who stands behind a volunteer, in the form of personKey.
func person(v *models.Volunteer) string {
	if v.ResidentID != 0 {
		return "r" + v.ResidentID.String()
	}
	if v.UserID != 0 {
		return "u" + v.UserID.String()
	}
	return ""
}

// own tells whether the actor is the volunteer, by login or by person.
func (tx *Tx) own(v *models.Volunteer) bool {
	if v.UserID != 0 && v.UserID == tx.Actor.UserID {
		return true
	}
	l, ok := tx.Actor.Resident(tx.chain)
	return ok && v.ResidentID != 0 && v.ResidentID == l.ResidentID
}

// ownKey is the person of the volunteer as the actor's key has it, when it is
// the actor: what the policy compares.
func (tx *Tx) ownKey(v *models.Volunteer) string {
	if tx.own(v) {
		return tx.key()
	}
	return person(v)
}

func (tx *Tx) key() string { return personKey(tx.Actor, tx.chain) }

// GuardedVolunteer is a young person's registration as the guardian reads it
// before consenting.
func (t *Tenant) GuardedVolunteer(ctx context.Context, actor models.Actor, id models.ID) (*models.Volunteer, error) {
	var v models.Volunteer
	if err := t.db(ctx).Where("id = ?", id).Take(&v).Error; err != nil {
		return nil, notFound(err)
	}
	asking, err := t.phoneIndex(ctx, actor)
	if err != nil {
		return nil, err
	}
	// Whoever is not the guardian learns nothing, not even that there is somebody.
	if len(v.GuardianIndex) == 0 || string(asking) != string(v.GuardianIndex) {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	return &v, nil
}

func (t *Tenant) phoneIndex(ctx context.Context, actor models.Actor) ([]byte, error) {
	u, err := t.User(ctx, actor.UserID)
	return u.PhoneIndex, err
}

// DecideGuardian is the guardian's yes or no, with the own telephone.
func (t *Tenant) DecideGuardian(ctx context.Context, actor models.Actor, id models.ID, yes bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.hold(id)
		if err != nil {
			return err
		}
		var u models.User
		if err := tx.Where("id = ?", actor.UserID).Take(&u).Error; err != nil {
			return notFound(err)
		}
		if err := policy.MayConsent(*v, v.PhoneIndex, v.GuardianIndex, u.PhoneIndex, tx.Day()); err != nil {
			return err
		}
		now := *v
		now.State, now.GuardianUserID, now.GuardianAt, now.UpdatedAt = models.VolunteerActive, actor.UserID, &tx.Now, tx.Now
		columns := []string{"state", "guardian_user_id", "guardian_at", "updated_at"}
		if !yes {
			now.State, now.LiveUser, now.LivePerson = models.VolunteerRefused, nil, nil
			columns = append(columns, "live_user", "live_person")
		}
		if err := Changed(tx.Model(&models.Volunteer{}).Where("id = ? AND state = ?", id, v.State).Select(columns).Updates(&now)); err != nil {
			return err
		}
		tx.Audit("volunteer.guardian", id, map[string]bool{"yes": yes})
		if err := tx.counted(v, &now); err != nil {
			return err
		}
		key := "volunteer.tell.consented"
		if !yes {
			key = "volunteer.tell.declined"
		}
		return tx.tellVolunteer(v, key, problem.Args{"community": tx.Community.Name}, "/me/volunteer")
	})
}

// ChangeVolunteer changes what the actor told about themselves. Birthday and
// home come from the roll and stay.
func (t *Tenant) ChangeVolunteer(ctx context.Context, actor models.Actor, d VolunteerDraft) error {
	d.clean()
	d.Agree = true
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.holdOwn()
		if err != nil {
			return err
		}
		var f problem.Form
		if d.check(&f); f.Err() != nil {
			return f.Err()
		}
		now := *v
		d.Party = d.Party || v.Party && v.ResidentID != 0
		d.write(tx.store.opt.Keys, &now)
		now.UpdatedAt = tx.Now
		res := tx.Model(&models.Volunteer{}).Where("id = ? AND live_user = ?", v.ID, actor.UserID).
			Select("name", "sex", "party", "public", "groups", "skills", "times", "languages", "limits_seal", "updated_at").Updates(&now)
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("volunteer.change", v.ID, nil)
		return tx.counted(v, &now)
	})
}

// Leave ends the actor's registration; what was served stays recorded, places
// in coming shifts are given back. Leaving needs no reason (志愿 art. 25).
func (t *Tenant) Leave(ctx context.Context, actor models.Actor) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.holdOwn()
		if err != nil {
			return err
		}
		return tx.endVolunteer(v, models.VolunteerLeft, "", "")
	})
}

// endVolunteer ends or suspends a registration.
func (tx *Tx) endVolunteer(v *models.Volunteer, state models.VolunteerState, until models.Date, reason string) error {
	now := *v
	now.State, now.UpdatedAt, now.ExcludedUntil = state, tx.Now, until
	columns := []string{"state", "excluded_until", "updated_at"}
	if state == models.VolunteerLeft {
		now.LiveUser, now.LivePerson, now.LeftAt, now.Public = nil, nil, &tx.Now, false
		columns = append(columns, "live_user", "live_person", "left_at", "public")
	}
	if err := Changed(tx.Model(&models.Volunteer{}).Where("id = ? AND state = ?", v.ID, v.State).Select(columns).Updates(&now)); err != nil {
		return err
	}
	if err := tx.giveBackAll(v); err != nil {
		return err
	}
	if state == models.VolunteerLeft {
		if err := tx.unbind(v); err != nil {
			return err
		}
	}
	tx.Audit("volunteer."+string(state), v.ID, tx.words(reason))
	return tx.counted(v, &now)
}

// giveBackAll frees the coming places of a volunteer who leaves.
func (tx *Tx) giveBackAll(v *models.Volunteer) error {
	var rows []models.Signup
	err := tx.Where("volunteer_id = ? AND state IN ? AND begins_at > ?", v.ID, []models.SignupState{models.SignupIn, models.SignupWaiting}, tx.Now).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		if err := tx.giveBack(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// tellVolunteer tells a volunteer who has a login; others are called by the
// desk.
func (tx *Tx) tellVolunteer(v *models.Volunteer, key string, args problem.Args, link string) error {
	if v.UserID == 0 || v.UserID == tx.Actor.UserID {
		return nil
	}
	err := tx.Tell(v.UserID, key, args, link)
	if problem.Is(err, problem.NotFound) {
		return nil // the login was closed since
	}
	return err
}

func errLeaderOnly() error { return problem.New(problem.Forbidden, "activity.leader.only", nil) }

// ShownName is a volunteer's name as the public may read it: in full only with
// consent (志愿 art. 20).
func ShownName(v *models.Volunteer) string {
	if v.Public {
		return v.Name
	}
	return policy.MaskName(v.Name)
}
