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

// Registering as a volunteer (志愿服务条例 art. 7): on one's own phone, at the
// desk, or taken over from a list. Nobody is registered against their will.

const (
	sealVolunteerPhone    = "volunteers.phone"
	sealVolunteerNational = "volunteers.national"
	sealVolunteerLimits   = "volunteers.limits"
	sealGuardian          = "volunteers.guardian"
	indexNational         = "national"

	maxLimits = 300
)

// VolunteerDraft is what somebody tells about themselves.
type VolunteerDraft struct {
	Name          string
	Birth         models.Date
	Sex           string
	Party         bool
	Groups        []string
	Skills        []string
	Times         []string
	Languages     string
	Limits        string // what the person cannot or should not do; sealed
	Public        bool   // may be named in public
	Agree         bool   // the charter of volunteers, and how data are handled
	GuardianName  string // of somebody of 14 to 17
	GuardianPhone string

	// At the desk only.
	Phone      string
	ResidentID models.ID
	WithParent bool
}

func (d *VolunteerDraft) clean() {
	d.Name, d.Languages, d.GuardianName = cleanLine(d.Name), cleanLine(d.Languages), cleanLine(d.GuardianName)
	d.Limits = strings.TrimSpace(d.Limits)
	d.Groups, d.Skills, d.Times = known(d.Groups, models.VolunteerGroups), known(d.Skills, models.VolunteerSkills), known(d.Times, models.VolunteerTimes)
	if d.Sex != "f" && d.Sex != "m" {
		d.Sex = ""
	}
	d.Party = d.Party || slices.Contains(d.Groups, "party")
}

// known keeps the codes that exist, once each, in their own order.
func known(codes, all []string) []string {
	var out []string
	for _, c := range all {
		if slices.Contains(codes, c) {
			out = append(out, c)
		}
	}
	return out
}

func (d *VolunteerDraft) check(f *problem.Form) {
	limit := func(field, text string, most int) {
		if n := len([]rune(text)); n > most {
			f.Add(field, "form.toolong", problem.Args{"n": n - most, "limit": most})
		}
	}
	if d.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	limit("name", d.Name, maxUserName)
	limit("languages", d.Languages, 100)
	limit("limits", d.Limits, maxLimits)
	limit("guardian_name", d.GuardianName, maxUserName)
	if len(d.Skills) == 0 {
		f.Add("skills", "volunteer.skills.needed", nil)
	}
	if !d.Agree {
		f.Add("agree", "volunteer.agree.needed", nil)
	}
}

// write puts the draft into a row.
func (d *VolunteerDraft) write(keys *Keys, v *models.Volunteer) {
	v.Name, v.Sex, v.Party, v.Public = d.Name, d.Sex, d.Party, d.Public
	v.Groups, v.Skills, v.Times = strings.Join(d.Groups, ","), strings.Join(d.Skills, ","), strings.Join(d.Times, ",")
	v.Languages, v.LimitsSeal = d.Languages, keys.Seal(sealVolunteerLimits, v.ID, d.Limits)
}

// Join registers the actor. A row that a list has brought in with the same
// telephone and name becomes theirs. Refusals: Invalid with fields, Conflict
// when they are registered already.
func (t *Tenant) Join(ctx context.Context, actor models.Actor, d VolunteerDraft) (*models.Volunteer, error) {
	d.clean()
	var v models.Volunteer
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "register"); err != nil {
			return err
		}
		var u models.User
		if err := tx.Where("id = ?", actor.UserID).Take(&u).Error; err != nil {
			return notFound(err)
		}
		phone, err := tx.store.UserPhone(u)
		if err != nil {
			return err
		}
		d.Phone, d.ResidentID, d.WithParent = phone, 0, false
		if l, ok := actor.Resident(tx.chain); ok {
			d.ResidentID = l.ResidentID
		}
		if v, err = tx.joined(&d, policy.JoinSelf); err != nil {
			return err
		}
		return tx.tellGuardian(&v, d.GuardianPhone)
	})
	return &v, err
}

// JoinAtDesk registers somebody who stands at the desk; below 14 only with a
// parent. Refusals as of Join.
func (t *Tenant) JoinAtDesk(ctx context.Context, actor models.Actor, d VolunteerDraft) (*models.Volunteer, error) {
	d.clean()
	var v models.Volunteer
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("volunteer", "manage"); err != nil {
			return err
		}
		way := policy.JoinDesk
		if d.WithParent {
			way = policy.JoinParent
		}
		if v, err = tx.joined(&d, way); err != nil {
			return err
		}
		return tx.tellGuardian(&v, d.GuardianPhone)
	})
	return &v, err
}

func (tx *Tx) joined(d *VolunteerDraft, way policy.JoinWay) (models.Volunteer, error) {
	v := models.Volunteer{Tenant: models.Tenant{ID: tx.NewID()}, Source: string(way), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	var f problem.Form
	if err := tx.fromRoll(d, &v); err != nil {
		return v, err
	}
	d.check(&f)
	v.Birth = d.Birth
	state, err := policy.JoinState(d.Birth, tx.Day(), way)
	if p := problem.As(err); p != nil {
		f.Add("birth", p.Fields["birth"].Key, p.Fields["birth"].Args)
	}
	v.State = state
	if state == models.VolunteerAwaiting {
		tx.guardian(d, &v, &f)
	}
	if err := f.Err(); err != nil {
		return v, err
	}
	if taken, err := tx.adoptRow(d, &v); taken || err != nil {
		return v, err
	}
	d.write(tx.store.opt.Keys, &v)
	if v.Number, err = tx.volunteerNumber(); err != nil {
		return v, err
	}
	if way == policy.JoinSelf {
		v.UserID, v.LiveUser = tx.Actor.UserID, &tx.Actor.UserID
	}
	if v.ResidentID != 0 {
		v.LivePerson = &v.ResidentID
	}
	if d.Phone != "" {
		v.PhoneSeal, v.PhoneIndex = tx.store.opt.Keys.Seal(sealVolunteerPhone, v.ID, d.Phone), tx.store.opt.Keys.Index(indexPhone, d.Phone)
	}
	if err := tx.Create(&v).Error; err != nil {
		return v, joinedTwice(err)
	}
	tx.Audit("volunteer.join", v.ID, map[string]string{"way": string(way)})
	return v, tx.counted(nil, &v)
}

func joinedTwice(err error) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "volunteer.join.twice", nil)
	}
	return err
}

// fromRoll fills in what the roll knows better: birthday, home, party.
func (tx *Tx) fromRoll(d *VolunteerDraft, v *models.Volunteer) error {
	if d.ResidentID == 0 {
		return nil
	}
	var r models.Resident
	if err := tx.Where("id = ? AND state = ?", d.ResidentID, models.ResidentActive).Limit(1).Find(&r).Error; err != nil || r.ID == 0 {
		return err
	}
	v.ResidentID, v.GridID, v.BuildingID = r.ID, r.GridID, r.BuildingID
	if r.Birth.Valid() {
		d.Birth = r.Birth
	}
	if d.Sex == "" {
		d.Sex = r.Sex
	}
	d.Party = d.Party || partyMember(r.Politics)
	return nil
}

// partyMember reads the roll's 政治面貌; a candidate member is one too.
func partyMember(politics string) bool {
	return strings.Contains(politics, "党员") && !strings.Contains(politics, "民主") //words:allow a value of the roll, not a sentence
}

// guardian notes who has to consent.
func (tx *Tx) guardian(d *VolunteerDraft, v *models.Volunteer, f *problem.Form) {
	phone, _ := models.Phone(d.GuardianPhone)
	if d.GuardianName == "" {
		f.Add("guardian_name", "form.needed", nil)
	}
	switch phone {
	case "":
		f.Add("guardian_phone", "volunteer.guardian.phone", nil)
	case d.Phone:
		f.Add("guardian_phone", "volunteer.guardian.self", nil)
	}
	keys := tx.store.opt.Keys
	v.GuardianName = d.GuardianName
	v.GuardianSeal, v.GuardianIndex = keys.Seal(sealGuardian, v.ID, phone), keys.Index(indexPhone, phone)
}

// tellGuardian sends the guardian the way to the consent. They may never have
// been here: the message goes to the telephone.
func (tx *Tx) tellGuardian(v *models.Volunteer, typed string) error {
	if v.State != models.VolunteerAwaiting {
		return nil
	}
	phone, _ := models.Phone(typed)
	link := "/" + tx.Community.Code + "/volunteers/guardian/" + v.ID.String()
	u, err := tx.EnsureUser(phone, v.GuardianName)
	if err != nil {
		return err
	}
	args := problem.Args{"community": tx.Community.Name}
	if err := tx.Tell(u.ID, "volunteer.tell.guardian", args, link); err != nil {
		return err
	}
	if u.ChannelSMS { // Tell has sent it
		return nil
	}
	return tx.Send("sms", phone, "volunteer.tell.guardian", args, u.ID, guardianLife)
}

func (tx *Tx) volunteerNumber() (string, error) {
	year := tx.Day().Time().Year()
	n, err := tx.Next("volunteer." + tx.Day().Time().Format("2006"))
	return policy.VolunteerNumber(year, n), err
}

// adoptRow gives a registration without a login to the person whom it is of: by
// the tie to the roll, or one that a list brought in by telephone and name.
func (tx *Tx) adoptRow(d *VolunteerDraft, v *models.Volunteer) (bool, error) {
	if v.Source != string(policy.JoinSelf) || d.Phone == "" {
		return false, nil
	}
	var rows []models.Volunteer
	living := tx.Where("user_id = 0 AND state NOT IN ?", []models.VolunteerState{models.VolunteerLeft, models.VolunteerRefused})
	var err error
	if v.ResidentID != 0 { // tied to the roll: surely the same person
		err = living.Where("live_person = ?", v.ResidentID).Find(&rows).Error
	} else {
		err = living.Where("phone_index = ? AND source = ? AND name = ?", tx.store.opt.Keys.Index(indexPhone, d.Phone), sourceList, d.Name).Limit(2).Find(&rows).Error
	}
	if err != nil || len(rows) != 1 {
		return false, err
	}
	held, err := tx.hold(rows[0].ID)
	if err != nil {
		return false, err
	}
	was, now := *held, *held
	d.write(tx.store.opt.Keys, &now)
	now.UserID, now.LiveUser, now.Birth, now.UpdatedAt = tx.Actor.UserID, &tx.Actor.UserID, d.Birth, tx.Now
	now.State, now.GuardianName, now.GuardianSeal, now.GuardianIndex = v.State, v.GuardianName, nil, v.GuardianIndex
	if v.State == models.VolunteerAwaiting {
		phone, _ := models.Phone(d.GuardianPhone)
		now.GuardianSeal = tx.store.opt.Keys.Seal(sealGuardian, now.ID, phone)
	}
	now.PhoneSeal, now.PhoneIndex = tx.store.opt.Keys.Seal(sealVolunteerPhone, now.ID, d.Phone), tx.store.opt.Keys.Index(indexPhone, d.Phone)
	if v.ResidentID != 0 {
		now.ResidentID, now.LivePerson, now.GridID, now.BuildingID = v.ResidentID, &v.ResidentID, v.GridID, v.BuildingID
	}
	res := tx.Model(&models.Volunteer{}).Where("id = ? AND user_id = 0", was.ID).Select("*").Omit("community_id", "id", "version", "minutes", "taken_over", "last_served", "stars").Updates(&now)
	if err := joinedTwice(Changed(res)); err != nil {
		return false, err
	}
	*v = now
	tx.Audit("volunteer.takeover", v.ID, nil)
	return true, tx.counted(&was, &now)
}
