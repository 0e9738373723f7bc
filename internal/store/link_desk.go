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

// LinkCase is a claim that waits for a human: what the person typed, and who
// on the roll it may be.
type LinkCase struct {
	models.ResidentLink
	Claim      LinkClaim
	Phone      string // of the login, masked; it was proven by a code
	Candidates []LinkCandidate
	Own        bool // the reader's own claim: somebody else decides
}

// LinkCandidate is a person on the roll beside a claim.
type LinkCandidate struct {
	Person
	Match policy.Match
}

// LinkQueue lists the claims that wait, oldest first. Refusal: Forbidden.
func (t *Tenant) LinkQueue(ctx context.Context, actor models.Actor, after models.ID, limit int) ([]LinkCase, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "resident", "match", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var links []models.ResidentLink
	if err := t.db(ctx).Where("state = ? AND id > ?", models.LinkPending, after).Order("id").Limit(limit).Find(&links).Error; err != nil {
		return nil, err
	}
	out := make([]LinkCase, len(links))
	for i, l := range links {
		claim, err := t.OpenClaim(l)
		if err != nil {
			return nil, err
		}
		out[i] = LinkCase{ResidentLink: l, Claim: claim, Own: l.UserID == actor.UserID}
	}
	return out, nil
}

// LinkCase reads one claim with the people it may mean. Refusals: Forbidden,
// NotFound.
func (t *Tenant) LinkCase(ctx context.Context, actor models.Actor, id models.ID) (*LinkCase, error) {
	cases, err := t.LinkQueue(ctx, actor, id-1, 1)
	if err != nil {
		return nil, err
	}
	if len(cases) == 0 || cases[0].ID != id {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	c := &cases[0]
	u, err := t.User(ctx, c.UserID)
	if err != nil {
		return nil, err
	}
	phone, err := t.UserPhone(u)
	if err != nil {
		return nil, err
	}
	c.Phone = policy.MaskPhone(phone)
	scope, err := t.rollScope(ctx, actor)
	if err != nil {
		return nil, err
	}
	people, err := t.mayBe(ctx, c.Claim, u.PhoneIndex)
	if err != nil {
		return nil, err
	}
	shown, err := t.show(ctx, scope, people, true) // the desk compares dwelling with dwelling
	if err != nil {
		return nil, err
	}
	for i := range people {
		m, err := t.matchOf(ctx, c.ResidentLink, people[i], c.Claim, u.PhoneIndex)
		if err != nil {
			return nil, err
		}
		c.Candidates = append(c.Candidates, LinkCandidate{shown[i], m})
	}
	slices.SortStableFunc(c.Candidates, func(a, b LinkCandidate) int { return agreeing(b.Match) - agreeing(a.Match) })
	return c, nil
}

func agreeing(m policy.Match) int { return truths(m.Name, m.Document, m.Household, m.Phone) }

const candidatesAtMost = 20

// mayBe are the people that share something with a claim: the name, the
// telephone, or the dwelling.
func (t *Tenant) mayBe(ctx context.Context, c LinkClaim, phone []byte) ([]models.Resident, error) {
	homes, err := t.homesCalled(ctx, strings.Join([]string{c.Building, c.Room}, " "))
	if err != nil {
		return nil, err
	}
	var people []models.Resident
	err = t.db(ctx).Where("state = ?", models.ResidentActive).Where("name = ? OR phone_index = ? OR household_id IN ?", c.Name, phone, orNone(homes)).
		Order("id").Limit(candidatesAtMost).Find(&people).Error
	return people, err
}

// matchOf compares one person with a claim.
func (t *Tenant) matchOf(ctx context.Context, l models.ResidentLink, r models.Resident, c LinkClaim, phone []byte) (policy.Match, error) {
	m := policy.Match{Name: models.Key(r.Name) == c.Name, Phone: len(phone) > 0 && string(phone) == string(r.PhoneIndex), Candidates: 1}
	tx := &Tx{DB: t.db(ctx), store: t.Store, Community: t.Community} // only reads
	var err error
	if m.Document, err = tx.sameDigits(r, c.Digits); err != nil {
		return m, err
	}
	if m.Household, err = tx.sameHome(r, c); err != nil {
		return m, err
	}
	var n int64
	err = t.db(ctx).Model(&models.ResidentLink{}).Where("live_resident = ? AND user_id <> ?", r.ID, l.UserID).Count(&n).Error
	m.Taken = n > 0
	return m, err
}

// LinkDecision is what a human makes of a claim. Resident 0 refuses it, and
// the reason says why. Desk: the person stood there with their document.
// Replace ends the tie that another login has to the same person.
type LinkDecision struct {
	Resident models.ID
	Desk     bool
	Replace  bool
	Reason   string
}

// leastLinkReason are the characters of a reason that a person can understand.
const leastLinkReason = 4

// DecideLink clears a claim from the queue and tells the person. Refusals:
// Forbidden, NotFound, Conflict (own claim, decided already, the person is
// tied to another login and Replace is not set), Invalid (reason, resident).
func (t *Tenant) DecideLink(ctx context.Context, actor models.Actor, id models.ID, d LinkDecision) error {
	d.Reason = cleanLine(d.Reason)
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("resident", "match"); err != nil {
			return err
		}
		var l models.ResidentLink
		if err := tx.Where("id = ?", id).Take(&l).Error; err != nil {
			return notFound(err)
		}
		if l.UserID == actor.UserID {
			return problem.New(problem.Conflict, "link.own", nil).Because("nobody confirms themselves")
		}
		if d.Resident == 0 {
			return tx.refuseLink(l, d.Reason)
		}
		return tx.acceptLink(l, d)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return err
}

func (tx *Tx) refuseLink(l models.ResidentLink, reason string) error {
	if n := len([]rune(reason)); n < leastLinkReason || n > 100 {
		var f problem.Form
		f.Add("reason", "link.reason.length", problem.Args{"least": leastLinkReason, "most": 100})
		return f.Err()
	}
	now := models.ResidentLink{State: models.LinkRefused, Reason: reason, DecidedBy: tx.Actor.UserID, UpdatedAt: tx.Now}
	err := Changed(tx.Model(&models.ResidentLink{}).Where("id = ? AND state = ?", l.ID, models.LinkPending).
		Select("state", "reason", "claim", "decided_by", "updated_at").Updates(&now))
	if err != nil {
		return err
	}
	tx.Audit("link.refused", l.ID, map[string]models.ID{"user": l.UserID})
	return tx.Tell(l.UserID, "link.told.refused", problem.Args{"reason": reason}, "/me/roll")
}

func (tx *Tx) acceptLink(l models.ResidentLink, d LinkDecision) error {
	var r models.Resident
	if err := tx.Where("id = ? AND state = ?", d.Resident, models.ResidentActive).Limit(1).Find(&r).Error; err != nil {
		return err
	}
	if r.ID == 0 {
		var f problem.Form
		f.Add("resident", "form.choose", nil)
		return f.Err()
	}
	var other models.ResidentLink
	if err := tx.Where("live_resident = ? AND user_id <> ?", r.ID, l.UserID).Limit(1).Find(&other).Error; err != nil {
		return err
	}
	if other.ID != 0 && !d.Replace {
		return problem.New(problem.Conflict, "link.taken", nil)
	}
	if other.ID != 0 {
		// A telephone number got a new owner, or somebody lost theirs: the old
		// login must not go on acting for this person, and is told.
		if err := tx.endLinksOf(r.ID, l.UserID, "link.replaced"); err != nil {
			return err
		}
		if err := tx.Tell(other.UserID, "link.told.ended", nil, "/me/roll"); err != nil {
			return err
		}
	}
	// The login's own earlier tie ends, but not the claim that is decided here.
	err := tx.Model(&models.ResidentLink{}).Where("live_user = ? AND id <> ?", l.UserID, l.ID).
		Select("state", "reason", "decided_by", "live_user", "live_resident", "claim", "updated_at").
		Updates(&models.ResidentLink{State: models.LinkRefused, Reason: "link.replaced", DecidedBy: tx.Actor.UserID, UpdatedAt: tx.Now}).Error
	if err != nil {
		return err
	}
	now := models.ResidentLink{ResidentID: r.ID, State: models.LinkOrdinary, Method: "match", DecidedBy: tx.Actor.UserID,
		LiveUser: &l.UserID, LiveResident: &r.ID, UpdatedAt: tx.Now}
	if d.Desk {
		now.State, now.Method = models.LinkConfirmed, "desk"
	}
	err = Changed(tx.Model(&models.ResidentLink{}).Where("id = ? AND state = ?", l.ID, models.LinkPending).
		Select("resident_id", "state", "method", "reason", "claim", "decided_by", "live_user", "live_resident", "updated_at").Updates(&now))
	if err != nil {
		return err
	}
	tx.Audit("link."+string(now.State), l.ID, map[string]models.ID{"user": l.UserID, "resident": r.ID})
	return tx.Tell(l.UserID, "link.told."+string(now.State), nil, "/me/roll")
}

// endLinksOf ends the live ties to a person, but that of the login keep.
func (tx *Tx) endLinksOf(resident, keep models.ID, reason string) error {
	ended := models.ResidentLink{State: models.LinkRefused, Reason: reason, DecidedBy: tx.Actor.UserID, UpdatedAt: tx.Now}
	res := tx.Model(&models.ResidentLink{}).Where("live_resident = ? AND user_id <> ?", resident, keep).
		Select("state", "reason", "decided_by", "live_user", "live_resident", "claim", "updated_at").Updates(&ended)
	if res.Error == nil && res.RowsAffected > 0 {
		tx.Audit("link.end", resident, nil)
	}
	return res.Error
}

// ConfirmLink notes that the person stood at the desk with their document: the
// login that was matched by words may now vote, sign and see its own record.
// Refusals: Forbidden, Conflict (own; not matched, or confirmed already).
func (t *Tenant) ConfirmLink(ctx context.Context, actor models.Actor, resident models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		l, err := tx.liveLink(resident)
		if err != nil {
			return err
		}
		now := models.ResidentLink{State: models.LinkConfirmed, Method: "desk", DecidedBy: actor.UserID, UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.ResidentLink{}).Where("id = ? AND state = ? AND live_resident = ?", l.ID, models.LinkOrdinary, resident).
			Select("state", "method", "decided_by", "updated_at").Updates(&now))
		if err != nil {
			return err
		}
		tx.Audit("link.confirmed", l.ID, map[string]models.ID{"user": l.UserID, "resident": resident})
		return tx.Tell(l.UserID, "link.told.confirmed", nil, "/me/roll")
	})
}

// EndLink parts a login from a person: the telephone has a new owner. The
// person is matched anew with the telephone they have now. Refusals:
// Forbidden, Conflict (own; nothing to end).
func (t *Tenant) EndLink(ctx context.Context, actor models.Actor, resident models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		l, err := tx.liveLink(resident)
		if err != nil {
			return err
		}
		if err := tx.endLinksOf(resident, 0, "link.recycled"); err != nil {
			return err
		}
		return tx.Tell(l.UserID, "link.told.ended", nil, "/me/roll")
	})
}

func (tx *Tx) liveLink(resident models.ID) (l models.ResidentLink, err error) {
	if err := tx.May("resident", "match"); err != nil {
		return l, err
	}
	if err := tx.Where("live_resident = ?", resident).Limit(1).Find(&l).Error; err != nil {
		return l, err
	}
	switch {
	case l.ID == 0:
		return l, problem.New(problem.Conflict, "page.conflict", nil)
	case l.UserID == tx.Actor.UserID:
		return l, problem.New(problem.Conflict, "link.own", nil).Because("nobody confirms themselves")
	}
	return l, nil
}
