package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

const maxUserName = 50 // characters of a name

// self is the permission to change one's own things.
func (tx *Tx) self() error {
	if tx.Actor.UserID == 0 {
		return problem.New(problem.Unauthorized, "policy.login", nil)
	}
	return nil
}

// User reads a login.
func (s *Store) User(ctx context.Context, id models.ID) (models.User, error) {
	var u models.User
	err := s.db(ctx).Where("id = ?", id).Take(&u).Error
	return u, notFound(err)
}

// UserPhone is the user's telephone in full; "" for a closed account.
func (s *Store) UserPhone(u models.User) (string, error) {
	return s.opt.Keys.Open("users.phone", u.ID, u.PhoneSeal)
}

// userByPhone is the login with the telephone; the zero User if there is none.
func (tx *Tx) userByPhone(phone string) (models.User, error) {
	var u models.User
	err := tx.Where("phone_index = ?", tx.store.opt.Keys.Index(indexPhone, phone)).Limit(1).Find(&u).Error
	return u, err
}

// createUser makes a login. Two first logins at once: the second finds the
// first one's row.
func (tx *Tx) createUser(phone, name, lang string) (models.User, error) {
	u := models.User{ID: tx.NewID(), Name: name, Lang: lang, PhoneIndex: tx.store.opt.Keys.Index(indexPhone, phone),
		ChannelInbox: true, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	u.PhoneSeal = tx.store.opt.Keys.Seal("users.phone", u.ID, phone)
	err := tx.Create(&u).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return tx.userByPhone(phone)
	}
	tx.Audit("user.create", u.ID, nil)
	return u, err
}

// EnsureUser is the login with the telephone, made if there is none: a person
// who is appointed before having ever logged in. phone as models.Phone gives it.
func (tx *Tx) EnsureUser(phone, name string) (models.User, error) {
	if n, _ := models.Phone(phone); n == "" || n != phone {
		return models.User{}, phoneProblem()
	}
	u, err := tx.userByPhone(phone)
	if err == nil && u.ID == 0 {
		u, err = tx.createUser(phone, name, "")
	}
	return u, err
}

// EnsureUser is the same in a transaction of its own, for set-up.
func (s *Store) EnsureUser(ctx context.Context, actor models.Actor, phone, name string) (u models.User, err error) {
	err = s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		u, err = tx.EnsureUser(phone, name)
		return err
	})
	return u, err
}

// Profile is what a person may change about themselves without more ado.
type Profile struct {
	Name         string
	Lang         string // "" = as the browser asks
	ChannelInbox bool
	ChannelSMS   bool
	ChannelMP    bool
}

// SetProfile changes the person's own profile. Refusals: Invalid (field name).
func (s *Store) SetProfile(ctx context.Context, actor models.Actor, p Profile) error {
	p.Name = models.Key(p.Name)
	if len([]rune(p.Name)) > maxUserName {
		var f problem.Form
		f.Add("name", "me.name.long", problem.Args{"n": maxUserName})
		return f.Err()
	}
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		var had models.User
		if err := tx.Where("id = ?", actor.UserID).Take(&had).Error; err != nil {
			return notFound(err)
		}
		p.ChannelMP = p.ChannelMP && len(had.MPOpenIDSeal) > 0
		for purpose, turn := range map[string][2]bool{ConsentSMS: {had.ChannelSMS, p.ChannelSMS}, ConsentMP: {had.ChannelMP, p.ChannelMP}} {
			if turn[0] == turn[1] {
				continue
			}
			if err := tx.consent(purpose, turn[1]); err != nil {
				return err
			}
		}
		tx.Audit("user.profile", actor.UserID, nil)
		return Changed(tx.Model(&models.User{}).Where("id = ? AND closed_at IS NULL", actor.UserID).
			Select("name", "lang", "channel_inbox", "channel_sms", "channel_mp", "updated_at").
			Updates(&models.User{Name: p.Name, Lang: p.Lang, ChannelInbox: p.ChannelInbox,
				ChannelSMS: p.ChannelSMS, ChannelMP: p.ChannelMP, UpdatedAt: tx.Now}))
	})
}

// SetLang remembers the language the person chose, for messages.
func (s *Store) SetLang(ctx context.Context, actor models.Actor, lang string) error {
	return s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		return tx.Model(&models.User{}).Where("id = ?", actor.UserID).Update("lang", lang).Error
	})
}

// RequestPhoneChange sends a code to the telephone that is and to the one that
// shall be: whoever holds only a forgotten session, or only the new telephone,
// changes nothing.
func (s *Store) RequestPhoneChange(ctx context.Context, actor models.Actor, d Device, newPhone string) error {
	u, err := s.User(ctx, actor.UserID)
	if err != nil {
		return err
	}
	old, err := s.UserPhone(u)
	if err != nil {
		return err
	}
	if newPhone == old {
		var f problem.Form
		f.Add("phone", "me.phone.same", nil)
		return f.Err()
	}
	if err := s.RequestCode(ctx, newPhone, d, PurposePhone); err != nil {
		return err
	}
	return s.RequestCode(ctx, old, d, PurposePhone)
}

// PhoneChange carries both codes.
type PhoneChange struct{ NewPhone, OldCode, NewCode string }

// ChangePhone gives the login another telephone, ends all other sessions and
// tells the old telephone. Refusals: Invalid with fields "old_code" and
// "new_code", or Conflict when the new one is another person's login.
func (s *Store) ChangePhone(ctx context.Context, actor models.Actor, d Device, c PhoneChange) error {
	var refusal error
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		refusal = nil
		if err := tx.self(); err != nil {
			return err
		}
		var u models.User
		if err := tx.Where("id = ? AND closed_at IS NULL", actor.UserID).Take(&u).Error; err != nil {
			return notFound(err)
		}
		old, err := s.UserPhone(u)
		if err != nil {
			return err
		}
		// The old telephone's code is used up only when the new one's is right too.
		other := func() (error, error) {
			return tx.takeCode("new_code", c.NewPhone, d, PurposePhone, c.NewCode, nil)
		}
		refusal, err = tx.takeCode("old_code", old, d, PurposePhone, c.OldCode, other)
		if err != nil || refusal != nil {
			return err
		}
		return tx.movePhone(u, old, c.NewPhone)
	})
	if err == nil && refusal == nil {
		s.event("user.phone", actor.UserID)
	}
	return errors.Join(err, refusal)
}

func (tx *Tx) movePhone(u models.User, old, phone string) error {
	keys := tx.store.opt.Keys
	res := tx.Model(&models.User{}).Where("id = ? AND phone_index = ?", u.ID, u.PhoneIndex).
		Select("phone_seal", "phone_index", "updated_at").
		Updates(&models.User{PhoneSeal: keys.Seal("users.phone", u.ID, phone), PhoneIndex: keys.Index(indexPhone, phone), UpdatedAt: tx.Now})
	if errors.Is(res.Error, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "me.phone.taken", nil)
	}
	if err := Changed(res); err != nil {
		return err
	}
	if _, err := tx.endSessions(u.ID, tx.Actor.SessionHash); err != nil {
		return err
	}
	tx.Audit("user.phone", u.ID, nil)
	return tx.Send("sms", old, "message.phone.changed", problem.Args{argLang: u.Lang}, u.ID, 24*time.Hour)
}

// CloseAccount ends the login: telephone, name, second factor, messages and
// links to rolls go; what law obliges the committee to keep (published
// questions, signatures, the audit chain) stays under a number that leads to
// nobody (PIPL art. 47). Officers lay down their posts first.
func (s *Store) CloseAccount(ctx context.Context, actor models.Actor) error {
	if actor.UserID == 0 {
		return problem.New(problem.Unauthorized, "policy.login", nil)
	}
	if err := s.mayClose(ctx, actor.UserID); err != nil {
		return err
	}
	// Communities' rows first, one transaction each; a crash between them leaves
	// an open account whose owner closes it once more.
	if err := s.leaveCommunities(ctx, actor); err != nil {
		return err
	}
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		res := tx.Model(&models.User{}).Where("id = ? AND closed_at IS NULL", actor.UserID).
			Select("phone_seal", "phone_index", "name", "totp_seal", "enrol_seal", "enrol_until", "mp_open_id_seal",
				"channel_inbox", "channel_sms", "channel_mp", "closed_at", "updated_at").
			Updates(&models.User{ClosedAt: &tx.Now, UpdatedAt: tx.Now})
		if err := Changed(res); err != nil {
			return err
		}
		for _, row := range []any{&models.Session{}, &models.RecoveryCode{}, &models.InboxMessage{}} {
			if err := tx.Where("user_id = ?", actor.UserID).Delete(row).Error; err != nil {
				return err
			}
		}
		tx.Audit("user.close", actor.UserID, nil)
		return nil
	})
	if err == nil {
		s.event("user.close", actor.UserID)
	}
	return err
}

func (s *Store) mayClose(ctx context.Context, user models.ID) error {
	var posts []models.Appointment
	if err := s.db(ctx).Where("user_id = ? AND ended_at IS NULL", user).Find(&posts).Error; err != nil {
		return err
	}
	today := models.DateOf(s.Now())
	for _, a := range posts {
		if a.Until == "" || a.Until >= today {
			return problem.New(problem.Conflict, "me.close.post", nil)
		}
	}
	return nil
}

func (s *Store) leaveCommunities(ctx context.Context, actor models.Actor) error {
	var links []models.ResidentLink
	if err := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Find(&links).Error; err != nil {
		return err
	}
	var follows []models.Follow
	if err := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Find(&follows).Error; err != nil {
		return err
	}
	in := map[models.ID]bool{}
	for _, l := range links {
		in[l.CommunityID] = true
	}
	for _, f := range follows {
		in[f.CommunityID] = true
	}
	serves, err := s.MyVolunteering(ctx, actor)
	if err != nil {
		return err
	}
	for _, c := range serves {
		in[c.ID] = true
	}
	for id := range in {
		c := s.CommunityByID(id)
		if c == nil {
			return fmt.Errorf("community %d of a link is not known", id)
		}
		err := s.In(c).Write(ctx, actor, func(tx *Tx) error {
			if err := tx.Where("user_id = ?", actor.UserID).Delete(&models.Follow{}).Error; err != nil {
				return err
			}
			if err := tx.endVolunteering(actor.UserID); err != nil {
				return err
			}
			return tx.endLinks(actor.UserID, "link.closed")
		})
		if err != nil {
			return err
		}
	}
	return nil
}
