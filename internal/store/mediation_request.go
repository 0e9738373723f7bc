package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	maxMediationAbout = 60
	maxMediationText  = 2000
	mediationsPerUser = 3 // requests of one person in thirty days
)

// MediationDraft is a request for mediation.
type MediationDraft struct {
	Once     string // makes sending twice one request
	Category string
	models.MediationRequest
	Other    DisputantDraft
	Mediator models.ID      // whom the asker would like; 0: the committee finds one
	Asker    DisputantDraft // Name always; the rest at the desk
	Draft    models.ID      // used up by it; 0: none
	From     Sender
}

// DisputantDraft is somebody as a form names them.
type DisputantDraft struct {
	Name     string
	Phone    string
	Building models.ID
	Room     string
	Address  string // for whoever lives elsewhere
}

// CheckMediation says what is wrong with the words, before a telephone is asked
// for. at the desk the asker is somebody else than who types.
func CheckMediation(d *MediationDraft, desk bool) error {
	var f problem.Form
	d.About, d.Facts, d.Wish = cleanLine(d.About), strings.TrimSpace(d.Facts), strings.TrimSpace(d.Wish)
	d.Other.clean()
	d.Asker.clean()
	if policy.MediationCategoryOf(d.Category) == nil {
		f.Add("category", "form.choose", nil)
	}
	length(&f, "about", d.About, leastReason, maxMediationAbout)
	length(&f, "facts", d.Facts, 10, maxMediationText)
	length(&f, "wish", d.Wish, leastReason, maxMediationText)
	length(&f, "other_name", d.Other.Name, 2, 60)
	length(&f, "asker_name", d.Asker.Name, 2, 60)
	if desk && d.Asker.Phone == "" && d.Asker.Room == "" && d.Asker.Address == "" {
		f.Add("asker_phone", "mediation.reach", nil)
	}
	if desk && d.Asker.Phone != "" {
		if n, _ := models.Phone(d.Asker.Phone); n == "" {
			f.Add("asker_phone", "login.phone.invalid", nil)
		}
	}
	return f.Err()
}

func (p *DisputantDraft) clean() {
	p.Name, p.Phone, p.Room, p.Address = cleanLine(p.Name), cleanLine(p.Phone), cleanLine(p.Room), cleanLine(p.Address)
}

// RequestMediation asks the committee to mediate, on the phone. The other side
// learns of it when a mediator asks it. Refusals: Invalid with fields, TooMany.
func (t *Tenant) RequestMediation(ctx context.Context, actor models.Actor, d MediationDraft) (models.ID, error) {
	return t.fileMediation(ctx, actor, d, false)
}

// EnterMediation takes a request in at the desk for somebody who is there. The
// officer never opens it again, but may print it on that day.
func (t *Tenant) EnterMediation(ctx context.Context, actor models.Actor, d MediationDraft) (models.ID, error) {
	return t.fileMediation(ctx, actor, d, true)
}

func (t *Tenant) fileMediation(ctx context.Context, actor models.Actor, d MediationDraft, desk bool) (id models.ID, err error) {
	if err := CheckMediation(&d, desk); err != nil {
		return 0, err
	}
	file := func(tx *Tx) (err error) {
		id, err = tx.fileMediation(d, desk)
		return err
	}
	if err = t.Write(ctx, actor, file); duplicate(err) { // the same, sent twice at once: now it is there
		err = t.Write(ctx, actor, file)
	}
	return id, err
}

func (tx *Tx) fileMediation(d MediationDraft, desk bool) (models.ID, error) {
	err := tx.May("mediation", "request")
	if desk {
		err = tx.May("mediation", "desk")
	}
	if err != nil {
		return 0, err
	}
	once := tx.store.opt.Keys.Index("mediation.once", tx.Actor.UserID.String()+"/"+d.Once)
	var same models.Mediation
	if err := tx.Where("once_hash = ?", once).Limit(1).Find(&same).Error; err != nil || same.ID != 0 {
		return same.ID, err
	}
	if !desk {
		if err := firstError(tx.limitSender("mediation", d.From, 10, 100), tx.Limit("private."+tx.chain.String()+"."+tx.Actor.UserID.String(), mediationsPerUser, 30*24*time.Hour)); err != nil {
			return 0, err
		}
	}
	m, err := tx.newMediation(models.MediationByPhone, d.Category, once)
	if err != nil {
		return 0, err
	}
	if desk {
		m.Origin, m.EnteredBy = models.MediationByDesk, tx.Actor.UserID
	}
	if err := tx.TakeDraft(d.Draft, d.From.Device, Owner{ownerMediation, m.ID}); err != nil {
		return 0, err
	}
	asker, err := tx.askerOf(d, desk)
	if err != nil {
		return 0, err
	}
	return m.ID, tx.begin(m, d, *asker)
}

// newMediation is a fresh row with a number drawn by lot.
func (tx *Tx) newMediation(origin models.MediationOrigin, category string, once []byte) (*models.Mediation, error) {
	m := &models.Mediation{Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, OnceHash: once, Origin: origin, Category: category, Round: 1,
		Year: tx.Day().Time().Year(), TargetDay: tx.Day().AddDays(policy.MediationDays), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return nil, err
		}
		m.Number = fmt.Sprintf("%d-%06d", m.Year, n)
		var taken int64
		if err := tx.Model(&models.Mediation{}).Where("number = ?", m.Number).Count(&taken).Error; err != nil || taken == 0 {
			return m, err
		}
	}
}

// askerOf is who asks: the actor, or whoever stands at the desk.
func (tx *Tx) askerOf(d MediationDraft, desk bool) (*models.MediationParty, error) {
	p, err := tx.partyOf(d.Asker, models.SideAsker, 1)
	if err != nil {
		return nil, err
	}
	p.Consent, p.ConsentAt = models.ConsentGiven, &tx.Now
	if !desk {
		var u models.User
		if err := tx.Where("id = ?", tx.Actor.UserID).Take(&u).Error; err != nil {
			return nil, notFound(err)
		}
		phone, err := tx.store.opt.Keys.Open("users.phone", u.ID, u.PhoneSeal)
		if err != nil {
			return nil, err
		}
		p.UserID, p.ResidentID = u.ID, 0
		if l, ok := tx.Actor.Resident(tx.chain); ok && l.State == models.LinkConfirmed {
			p.ResidentID = l.ResidentID
		}
		tx.reach(p, phone, true)
		return p, nil
	}
	p.ConsentBy = tx.Actor.UserID
	if phone, _ := models.Phone(d.Asker.Phone); phone != "" {
		u, err := tx.EnsureUser(phone, d.Asker.Name) // whoever was served at the desk follows it on the phone
		if err != nil {
			return nil, err
		}
		p.UserID = u.ID
		tx.reach(p, phone, true)
	}
	return p, nil
}

// reach notes how a party is reached; sure: the party said so.
func (tx *Tx) reach(p *models.MediationParty, phone string, sure bool) {
	p.PhoneSeal, p.PhoneIndex, p.PhoneSure = tx.seal(sealPartyPhone, p.ID, phone), nil, false
	if n, _ := models.Phone(phone); n != "" {
		p.PhoneIndex, p.PhoneSure = tx.store.opt.Keys.Index(indexPhone, n), sure
	}
}

// partyOf is a party as a form names it. Whether the roll knows such a person is
// told to nobody: the asker would learn where somebody lives.
func (tx *Tx) partyOf(d DisputantDraft, side models.MediationSide, place int) (*models.MediationParty, error) {
	p := &models.MediationParty{Tenant: models.Tenant{ID: tx.NewID()}, Side: side, Place: place, CreatedAt: tx.Now}
	p.NameSeal = tx.seal(sealPartyName, p.ID, cut(d.Name, 180))
	if d.Phone != "" {
		tx.reach(p, cut(d.Phone, 40), false)
	}
	address := d.Address
	if d.Building != 0 {
		var b models.Building
		if err := tx.Where("id = ?", d.Building).Limit(1).Find(&b).Error; err != nil {
			return nil, err
		}
		address = strings.TrimSpace(b.Name + " " + d.Room + " " + d.Address)
		who, err := tx.find(Named{Name: d.Name, Building: d.Building, Room: d.Room}, "")
		if err != nil && !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.NotFound) {
			return nil, err
		}
		if err == nil {
			p.ResidentID = who.ResidentID
		}
	}
	p.AddressSeal = tx.seal(sealPartyAddress, p.ID, cut(address, 300))
	return p, nil
}

// begin files the request of the asker against the other side.
func (tx *Tx) begin(m *models.Mediation, d MediationDraft, asker models.MediationParty) error {
	other, err := tx.partyOf(d.Other, models.SideOther, 2)
	if err != nil {
		return err
	}
	if asker.ResidentID != 0 && asker.ResidentID == other.ResidentID {
		var f problem.Form
		f.Add("other_name", "mediation.self", nil)
		return f.Err()
	}
	b, err := json.Marshal(d.MediationRequest)
	if err != nil {
		return err
	}
	was, action := m.State, "request"
	if was == models.MediationSuggested {
		action = "agree"
	}
	m.State, m.RequestSeal = models.MediationRequested, tx.seal(sealMediationRequest, m.ID, string(b))
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	m.PaperKeySeal = tx.seal(sealMediationKey, m.ID, string(key))
	asker.MediationID, other.MediationID = m.ID, m.ID
	parties := []models.MediationParty{asker, *other}
	if err := firstError(tx.firstEvent(m, was, action, asker), tx.saveAsker(m, asker), tx.Create(other).Error); err != nil {
		return err
	}
	return tx.firstMediator(m, parties, d.Mediator)
}

// saveAsker writes the mediation and its asker; what was suggested is there
// already.
func (tx *Tx) saveAsker(m *models.Mediation, asker models.MediationParty) error {
	var n int64
	if err := tx.Model(&models.Mediation{}).Where("id = ?", m.ID).Count(&n).Error; err != nil || n > 0 {
		return firstError(err, tx.Model(&models.MediationParty{}).Where("id = ?", asker.ID).Select("*").Omit("community_id", "id").Updates(&asker).Error)
	}
	return firstError(tx.Create(m).Error, tx.Create(&asker).Error)
}

// firstEvent is the step by which a mediation comes into being.
func (tx *Tx) firstEvent(m *models.Mediation, was models.MediationState, action string, asker models.MediationParty) error {
	m.Seq++
	tx.AuditAside("private.step", m.ID)
	return tx.Create(&models.MediationEvent{Tenant: models.Tenant{ID: tx.NewID()}, MediationID: m.ID, Seq: m.Seq, Action: action, Was: was, State: m.State,
		Audience: models.ForAll, PartyID: asker.ID, ByUserID: tx.Actor.UserID, ByParty: m.Origin != models.MediationByDesk, CreatedAt: tx.Now}).Error
}

// firstMediator names the mediator that the asker would like, or tells whoever finds
// one. Who must step aside cannot be chosen.
func (tx *Tx) firstMediator(m *models.Mediation, parties []models.MediationParty, user models.ID) error {
	free, err := tx.tenant().freeMediators(tx.DB, parties, nil, tx.Day())
	if err != nil {
		return err
	}
	d := &dispute{Tx: tx, Mediation: *m, was: *m, parties: parties}
	for _, x := range free {
		if x.UserID != user {
			continue
		}
		row := models.MediationMediator{Tenant: models.Tenant{ID: tx.NewID()}, MediationID: m.ID, UserID: x.UserID, Name: x.Name, State: models.MediatorServes, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		return firstError(tx.Create(&row).Error, tx.Model(&models.MediationParty{}).Where("id = ?", parties[0].ID).Update("accepted_at", tx.Now).Error, d.tellOfficer(x.UserID))
	}
	if user != 0 {
		var f problem.Form
		f.Add("mediator", "mediation.mediator.gone", nil)
		return f.Err()
	}
	return d.tellIntake(free)
}

// tellIntake tells whoever finds a mediator: the committee's heads, or where
// none is free of ties every mediator.
func (d *dispute) tellIntake(free []Mediator) error {
	heads := 0
	for _, x := range free {
		if x.Head {
			heads++
		}
	}
	for _, x := range free {
		if x.Head || heads == 0 {
			if err := d.tellOfficer(x.UserID); err != nil {
				return err
			}
		}
	}
	return nil
}

// EnteredMediation is the request that the officer has entered today, for
// printing; NotFound afterwards and for everybody else.
func (t *Tenant) EnteredMediation(ctx context.Context, actor models.Actor, id models.ID, day models.Date) (*MediationView, error) {
	var m models.Mediation
	err := t.db(ctx).Where("id = ? AND entered_by = ? AND entered_by <> 0 AND created_at >= ? AND created_at < ? AND erased = ?", id, actor.UserID, day.Time().UTC(), day.AddDays(1).Time().UTC(), false).Take(&m).Error
	if err != nil {
		return nil, notFound(err)
	}
	v := &MediationView{Mediation: m}
	return v, firstError(t.openRequest(v), t.openParties(t.db(ctx), v))
}
