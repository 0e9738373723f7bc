package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Leaders' devices without a line.

const (
	sealDevice = "leader_devices.key"
	// deviceAfter is how long after the activity a device may still send: until
	// it finds a line again.
	deviceAfter = 7 * 24 * time.Hour
)

// DeviceKit is what a leader's device takes along: a key for this activity and
// who has a place, by number and masked name.
type DeviceKit struct {
	Device models.ID  `json:"device"`
	Key    string     `json:"key"` // hexadecimal
	Title  string     `json:"title"`
	Until  time.Time  `json:"until"`
	Shifts []KitShift `json:"shifts"`
}

// KitShift is a shift of the kit.
type KitShift struct {
	ID     models.ID   `json:"id"`
	Begins time.Time   `json:"begins"`
	Ends   time.Time   `json:"ends"`
	People []KitPerson `json:"people"`
}

// KitPerson is somebody with a place.
type KitPerson struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

// IssueDevice gives the leader's device its key. deviceMS is the device's clock
// now.
func (t *Tenant) IssueDevice(ctx context.Context, actor models.Actor, activity models.ID, deviceMS int64) (*DeviceKit, error) {
	var kit DeviceKit
	err := t.Write(ctx, actor, func(tx *Tx) error {
		kit = DeviceKit{}
		a, err := tx.activity(activity)
		if err != nil {
			return err
		}
		if err := tx.leads(a); err != nil && tx.May("hours", "enter") != nil {
			return err
		}
		if a.State != models.ActivityOpen || a.LastAt == nil || tx.Now.After(a.LastAt.Add(deviceAfter)) {
			return problem.New(problem.Conflict, "activity.over", nil)
		}
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		d := models.LeaderDevice{Tenant: models.Tenant{ID: tx.NewID()}, ActivityID: a.ID, UserID: actor.UserID, IssuedAt: tx.Now,
			OffsetMS: tx.Now.UnixMilli() - deviceMS, ExpiresAt: a.LastAt.Add(deviceAfter), CreatedAt: tx.Now}
		d.KeySeal = tx.store.opt.Keys.Seal(sealDevice, d.ID, hex.EncodeToString(key))
		if err := tx.Create(&d).Error; err != nil {
			return err
		}
		kit.Device, kit.Key, kit.Title, kit.Until = d.ID, hex.EncodeToString(key), a.Title, d.ExpiresAt
		tx.Audit("device.issue", d.ID, nil)
		kit.Shifts, err = tx.kitShifts(a)
		return err
	})
	return &kit, err
}

func (tx *Tx) kitShifts(a *models.Activity) ([]KitShift, error) {
	people, err := peopleOf(tx.DB, a.ID)
	if err != nil {
		return nil, err
	}
	var out []KitShift
	for _, s := range people {
		k := KitShift{ID: s.Shift.ID, Begins: s.Shift.BeginsAt, Ends: s.Shift.EndsAt, People: []KitPerson{}}
		for _, p := range s.People {
			if p.Signup.State == models.SignupIn {
				k.People = append(k.People, KitPerson{p.Volunteer.Number, policy.MaskName(p.Volunteer.Name)})
			}
		}
		out = append(out, k)
	}
	return out, nil
}

// DeviceBatch is what a device sends.
type DeviceBatch struct {
	Device models.ID
	SentMS int64
	Notes  []policy.DeviceNote
	MAC    string
}

// DeviceResult is what became of a note.
type DeviceResult struct {
	Number string       `json:"number"`
	Out    bool         `json:"out"`
	OK     bool         `json:"ok"`
	Text   problem.Text `json:"-"`
}

// TakeBatch takes what a leader's device noted without a line. It is proved by
// the device's signature, not by a login: the session may be over by then. The
// same batch twice changes nothing. Refusals: Forbidden for a wrong signature,
// TooLate.
func (t *Tenant) TakeBatch(ctx context.Context, activity models.ID, b DeviceBatch) ([]DeviceResult, error) {
	var d models.LeaderDevice
	err := t.db(ctx).Where("id = ? AND activity_id = ?", b.Device, activity).Limit(1).Find(&d).Error
	if err != nil {
		return nil, err
	}
	if d.ID == 0 {
		return nil, policy.CheckDevice(nil, "", "", 0) // an unknown device is refused like a wrong signature
	}
	keyText, err := t.opt.Keys.Open(sealDevice, d.ID, d.KeySeal)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(keyText)
	if err != nil {
		return nil, err
	}
	if err := policy.CheckDevice(key, b.MAC, policy.DeviceText(d.ID.String(), b.SentMS, b.Notes), len(b.Notes)); err != nil {
		return nil, err
	}
	var results []DeviceResult
	err = t.Write(ctx, models.Actor{UserID: d.UserID}, func(tx *Tx) error {
		if tx.Now.After(d.ExpiresAt) {
			return problem.New(problem.TooLate, "activity.device.expired", nil)
		}
		offset, doubt := policy.DeviceOffset(tx.Now, b.SentMS, d.OffsetMS)
		results = results[:0]
		for _, n := range b.Notes {
			r, err := tx.note(&d, n, offset, doubt)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		tx.Audit("device.batch", d.ID, map[string]int{"notes": len(b.Notes)})
		return tx.Model(&models.LeaderDevice{}).Where("id = ?", d.ID).Update("sent_at", tx.Now).Error
	})
	return results, err
}

// note takes one line. A refusal of the line does not refuse the others: they
// are judged before they write anything.
func (tx *Tx) note(d *models.LeaderDevice, n policy.DeviceNote, offset time.Duration, moved bool) (DeviceResult, error) {
	r := DeviceResult{Number: n.Number, Out: n.Out}
	doubt := ""
	if moved {
		doubt = "clock"
	}
	at := models.Moment(time.UnixMilli(n.AtMS).Add(offset))
	var v models.Volunteer
	if err := tx.Where("number = ?", n.Number).Limit(1).Find(&v).Error; err != nil {
		return r, err
	}
	err := error(problem.New(problem.NotFound, "activity.device.nobody", nil))
	switch {
	case v.ID == 0:
	case at.After(tx.Now.Add(time.Minute)), at.Before(d.IssuedAt.Add(-time.Minute)):
		err = problem.New(problem.Conflict, "activity.device.time", nil)
	case n.Out:
		_, err = tx.goes(&v, d.ActivityID, at, howDevice, doubt)
	default:
		_, err = tx.comes(&v, d.ActivityID, at, howDevice, doubt)
	}
	if p := problem.As(err); p != nil {
		r.Text = problem.Text{Key: p.Key, Args: p.Args}
		return r, nil
	}
	r.OK = err == nil
	return r, err
}
