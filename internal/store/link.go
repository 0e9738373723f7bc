package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// LinkClaim is what a person types to be found on the roll.
type LinkClaim struct {
	Name     string `json:"name"`
	Digits   string `json:"digits"`   // the last characters of the document number
	Building string `json:"building"` // as on the door: "3" or its name on the roll
	Room     string `json:"room"`
}

const (
	// LinkDigits are the last characters of the document that are asked for:
	// enough to tell people of one household apart, not enough to be a number.
	LinkDigits  = 6
	linksPerDay = 5 // claims of one login in one community
	claimMax    = 60
)

func (c LinkClaim) clean() LinkClaim {
	return LinkClaim{models.Key(c.Name), strings.ToUpper(models.Key(c.Digits)), models.Key(c.Building), models.Key(c.Room)}
}

func (c LinkClaim) check() error {
	var f problem.Form
	for field, v := range map[string]string{"name": c.Name, "building": c.Building, "room": c.Room} {
		if v == "" {
			f.Add(field, "form.needed", nil)
		} else if len([]rune(v)) > claimMax {
			f.Add(field, "form.toolong", problem.Args{"n": len([]rune(v)) - claimMax, "limit": claimMax})
		}
	}
	if n := len([]rune(c.Digits)); n != LinkDigits {
		f.Add("digits", "me.link.digits", problem.Args{"n": LinkDigits})
	}
	return f.Err()
}

// MatchResident joins the actor's login to a person on the community's roll as
// far as the claim proves it; what is doubtful waits for the desk. The answer
// tells a guesser nothing but the state: a claim that fits nobody waits just
// like one that fits two. Refusals: Invalid with fields, TooMany, Conflict when
// the login is joined to somebody already.
func (t *Tenant) MatchResident(ctx context.Context, actor models.Actor, claim LinkClaim) (models.LinkState, error) {
	if actor.UserID == 0 {
		return "", problem.New(problem.Unauthorized, "policy.login", nil)
	}
	claim = claim.clean()
	if err := claim.check(); err != nil {
		return "", err
	}
	if l, ok := actor.Resident(t.Community.ID); ok && l.State == models.LinkConfirmed {
		return "", problem.New(problem.Conflict, "me.link.already", nil)
	}
	u, err := t.User(ctx, actor.UserID)
	if err != nil {
		return "", err
	}
	var state models.LinkState
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.Limit("link."+tx.chain.String()+"."+actor.UserID.String(), linksPerDay, 24*time.Hour); err != nil {
			return err
		}
		m, person, err := tx.compare(claim, u.PhoneIndex)
		if err != nil {
			return err
		}
		var reason string
		state, reason = policy.LinkFor(m)
		if state == models.LinkPending {
			person = 0
		}
		return tx.putLink(claim, person, state, reason)
	})
	if err == nil {
		t.event("link."+string(state), actor.UserID)
	}
	return state, err
}

// compare looks for the claimed person. Namesakes are told apart by document
// and household; a person fits when two of the three things agree.
func (tx *Tx) compare(c LinkClaim, phone []byte) (policy.Match, models.ID, error) {
	var people []models.Resident
	err := tx.Where("name = ? AND state = ?", c.Name, models.ResidentActive).Limit(100).Find(&people).Error
	if err != nil {
		return policy.Match{}, 0, err
	}
	var best policy.Match
	var person models.ID
	score := 0
	for _, r := range people {
		m := policy.Match{Name: true, Phone: len(phone) > 0 && string(phone) == string(r.PhoneIndex)}
		if m.Document, err = tx.sameDigits(r, c.Digits); err != nil {
			return m, 0, err
		}
		if m.Household, err = tx.sameHome(r, c); err != nil {
			return m, 0, err
		}
		switch n := truths(m.Document, m.Household, m.Phone); {
		case n == 0:
		case n > score:
			best, person, score = m, r.ID, n
			best.Candidates = 1
		case n == score:
			best.Candidates++
		}
	}
	if best.Candidates == 1 {
		best.Taken, err = tx.taken(person)
	}
	return best, person, err
}

func truths(bs ...bool) (n int) {
	for _, b := range bs {
		if b {
			n++
		}
	}
	return n
}

func (tx *Tx) sameDigits(r models.Resident, digits string) (bool, error) {
	number, err := tx.store.opt.Keys.Open("residents.document", r.ID, r.DocumentSeal)
	number = strings.ToUpper(models.Key(number))
	return err == nil && len(number) > LinkDigits && strings.HasSuffix(number, digits), err
}

// sameHome compares building and room as people write them: "3号楼", "3 号" and
// "3" are one building.
func (tx *Tx) sameHome(r models.Resident, c LinkClaim) (bool, error) {
	var h models.Household
	err := tx.Where("id = ?", r.HouseholdID).Take(&h).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var b models.Building
	if err := tx.Where("id = ?", h.BuildingID).Limit(1).Find(&b).Error; err != nil {
		return false, err
	}
	building, room := plainPlace(c.Building), plainPlace(c.Room) // the room alone, or with the unit before it
	return building != "" && room != "" && building == plainPlace(b.Name) &&
		(room == plainPlace(h.Room) || room == plainPlace(h.Unit)+plainPlace(h.Room)), nil
}

// placeWords are what people write, or leave out, after a building, a unit or a
// room.
var placeWords = strings.NewReplacer("号楼", "", "楼", "", "栋", "", "幢", "", "座", "", "单元", "", "室", "", "号", "") //words:allow read from what people type, not shown

// plainPlace is a place's name without such words, signs and spaces.
func plainPlace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, strings.ToUpper(placeWords.Replace(models.Key(s))))
}

func (tx *Tx) taken(resident models.ID) (bool, error) {
	var n int64
	err := tx.Model(&models.ResidentLink{}).Where("live_resident = ? AND user_id <> ?", resident, tx.Actor.UserID).Count(&n).Error
	return n > 0, err
}

// putLink writes the login's link in the community: the one it had is ended,
// a claim that waited is replaced.
func (tx *Tx) putLink(claim LinkClaim, person models.ID, state models.LinkState, reason string) error {
	if state != models.LinkPending {
		if err := tx.endLinks(tx.Actor.UserID, "link.replaced"); err != nil {
			return err
		}
	} else if err := tx.Where("user_id = ? AND state = ?", tx.Actor.UserID, models.LinkPending).Delete(&models.ResidentLink{}).Error; err != nil {
		return err
	}
	b, err := json.Marshal(claim)
	if err != nil {
		return err
	}
	l := models.ResidentLink{Tenant: models.Tenant{ID: tx.NewID()}, UserID: tx.Actor.UserID, ResidentID: person, State: state,
		Reason: reason, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	l.Method = "match"
	if state == models.LinkPending {
		l.Claim = tx.store.opt.Keys.Seal("resident_links.claim", l.ID, string(b)) // for the desk, and gone with its decision
	} else {
		l.LiveUser, l.LiveResident = &l.UserID, &l.ResidentID
		if state == models.LinkConfirmed {
			l.Method = "phone"
		}
	}
	tx.Audit("link."+string(state), l.ID, map[string]models.ID{"user": l.UserID, "resident": person})
	return tx.Create(&l).Error
}

// endLinks ends what joins a login to people of the community, and what waits.
func (tx *Tx) endLinks(user models.ID, reason string) error {
	ended := models.ResidentLink{State: models.LinkRefused, Reason: reason, DecidedBy: tx.Actor.UserID, UpdatedAt: tx.Now}
	res := tx.Model(&models.ResidentLink{}).Where("user_id = ? AND state <> ?", user, models.LinkRefused).
		Select("state", "reason", "decided_by", "live_user", "live_resident", "claim", "updated_at").Updates(&ended)
	if res.Error == nil && res.RowsAffected > 0 {
		tx.Audit("link.end", user, nil)
	}
	return res.Error
}

// OpenClaim is what the person typed, for the desk that decides.
func (t *Tenant) OpenClaim(l models.ResidentLink) (LinkClaim, error) {
	var c LinkClaim
	plain, err := t.opt.Keys.Open("resident_links.claim", l.ID, l.Claim)
	if err != nil || plain == "" {
		return c, err
	}
	return c, json.Unmarshal([]byte(plain), &c)
}

// MyLink is a login's tie to a community as the person sees it.
type MyLink struct {
	Community *models.Community
	Link      models.ResidentLink
	Person    string // the roll's name; "" while it waits
}

// MyLinks are the actor's ties in all communities, refused ones left out.
func (s *Store) MyLinks(ctx context.Context, actor models.Actor) ([]MyLink, error) {
	var rows []models.ResidentLink
	err := s.everywhere(ctx).Where("user_id = ? AND state <> ?", actor.UserID, models.LinkRefused).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var out []MyLink
	for _, l := range rows {
		c := s.CommunityByID(l.CommunityID)
		if c == nil {
			continue
		}
		m := MyLink{Community: c, Link: l}
		if l.ResidentID != 0 {
			var r models.Resident
			if err := s.In(c).db(ctx).Where("id = ?", l.ResidentID).Limit(1).Find(&r).Error; err != nil {
				return nil, err
			}
			m.Person = r.Name
		}
		out = append(out, m)
	}
	return out, nil
}

// Look is one look at the actor's own data on a roll.
type Look struct {
	Community *models.Community
	models.Unmasking
}

// WhoLooked lists who looked behind the mask of the actor's own data, newest
// first. Only a confirmed tie shows it: it is part of the person's own record.
func (s *Store) WhoLooked(ctx context.Context, actor models.Actor) ([]Look, error) {
	var out []Look
	for _, l := range actor.Links {
		c := s.CommunityByID(l.CommunityID)
		if c == nil || l.State != models.LinkConfirmed {
			continue
		}
		var rows []models.Unmasking
		if err := s.In(c).db(ctx).Where("resident_id = ?", l.ResidentID).Order("id DESC").Limit(200).Find(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			out = append(out, Look{c, r})
		}
	}
	return out, nil
}
