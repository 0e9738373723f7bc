package store

import (
	"context"
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// MediationView is a mediation as one reader may see it: what is not for them
// is not in it.
type MediationView struct {
	models.Mediation
	Request    models.MediationRequest
	Agreement  models.MediationAgreement
	Parties    []DisputantView
	Mediators  []models.MediationMediator // who serve
	Aside      bool                       // a mediator must step aside: another is needed
	Me         models.ID                  // the reader's own party; 0 for officers
	Side       models.MediationSide
	Relations  policy.RoleSet
	Words      []MediationWord
	Sittings   []SittingView
	Promises   []PromiseView
	Signatures []models.MediationSignature
	Free       []Mediator // whom one can still choose
	Papers     []models.Attachment
	Headless   bool
	CaseNumber string // of the case it came from, for its reporter
}

// DisputantView is a party; telephone and address of the other side are for the
// mediators alone.
type DisputantView struct {
	models.MediationParty
	Name    string
	Phone   string
	Address string
	Login   bool // can act on the phone
}

// MediationWord is one step with its words.
type MediationWord struct {
	models.MediationEvent
	Text string
	Name string // of the party whose act it was; "" for mediators
}

// SittingView is a meeting of the parties.
type SittingView struct {
	models.MediationSession
	Place  string
	Guests string
}

// PromiseView is what a party promised.
type PromiseView struct {
	models.MediationPromise
	models.MediationTerm
	Name string
	Side models.MediationSide
}

// Mediation is one mediation as the actor may see it; NotFound for everybody
// whom it does not concern, and for an id that never was.
func (t *Tenant) Mediation(ctx context.Context, actor models.Actor, id models.ID) (*MediationView, error) {
	tx := &Tx{DB: t.db(ctx), Now: t.Now(), Actor: actor, Community: t.Community, store: t.Store, chain: t.Community.ID}
	d, err := tx.mediation(id)
	if err != nil {
		return nil, err
	}
	v := &MediationView{Mediation: d.was, Mediators: d.serving(), Aside: len(d.aside) > 0, Relations: d.relations}
	if d.me != nil {
		v.Me, v.Side = d.me.ID, d.me.Side
	}
	inside := d.relations.Any(policy.SetOf(policy.RoleParty, policy.RoleCaseMediator))
	if err := firstError(t.openRequest(v), t.openParties(tx.DB, v)); err != nil {
		return nil, err
	}
	if !inside {
		v.Request.Facts, v.Request.Wish = "", ""
		if !d.relations.Has(policy.RoleIntake) {
			v.Request.About = ""
		}
	}
	v.hideReach()
	steps := []func(*gorm.DB, *MediationView) error{t.openAgreement}
	if inside {
		steps = append(steps, t.openWords, t.openSittings, t.openCase)
	}
	for _, open := range steps {
		if err := open(tx.DB, v); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(policy.MediationActs(v.State, v.Relations), func(act string) bool { return slices.Contains([]string{"take", "assign", "propose", "seal"}, act) }) {
		v.Free, err = t.freeMediators(tx.DB, d.parties, d.mediators, tx.Day())
		v.Headless = !slices.ContainsFunc(v.Free, func(m Mediator) bool { return m.Head }) && !slices.ContainsFunc(v.Mediators, func(m models.MediationMediator) bool { return t.headsNow(m.UserID, tx.Day()) })
	}
	return v, err
}

func (t *Tenant) headsNow(user models.ID, day models.Date) bool {
	return t.opt.Guard.May(t.opt.Guard.Roles(user, t.Community.ID, day), "mediation", "register")
}

// hideReach keeps telephones and addresses from the other side and the head.
func (v *MediationView) hideReach() {
	if v.Relations.Has(policy.RoleCaseMediator) {
		return
	}
	for i := range v.Parties {
		if p := &v.Parties[i]; p.ID != v.Me {
			p.Phone, p.Address = "", ""
		}
	}
}

func (t *Tenant) openRequest(v *MediationView) error {
	text, err := t.opt.Keys.Open(sealMediationRequest, v.ID, v.RequestSeal)
	if err != nil || text == "" {
		return err
	}
	return json.Unmarshal([]byte(text), &v.Request)
}

func (t *Tenant) openParties(db *gorm.DB, v *MediationView) error {
	var rows []models.MediationParty
	if err := db.Where("mediation_id = ?", v.ID).Order("place").Find(&rows).Error; err != nil {
		return err
	}
	people := make([]models.Someone, len(rows))
	for i, p := range rows {
		people[i] = models.Someone{UserID: p.UserID, ResidentID: p.ResidentID}
	}
	people, err := wholesKnown(db, people)
	if err != nil {
		return err
	}
	for i, p := range rows {
		d, err := t.openParty(p)
		if err != nil {
			return err
		}
		d.Login = people[i].UserID != 0 || p.ConsentAt != nil && p.ConsentBy == 0 // or has answered on the phone
		v.Parties = append(v.Parties, d)
	}
	return nil
}

// wholesKnown completes those of whom something is known.
func wholesKnown(db *gorm.DB, people []models.Someone) ([]models.Someone, error) {
	for i, s := range people {
		if s == (models.Someone{}) {
			continue
		}
		who, err := whole(db, s)
		if err != nil {
			return nil, err
		}
		people[i] = who
	}
	return people, nil
}

func (t *Tenant) openParty(p models.MediationParty) (d DisputantView, err error) {
	d.MediationParty = p
	keys := t.opt.Keys
	name, err1 := keys.Open(sealPartyName, p.ID, p.NameSeal)
	phone, err2 := keys.Open(sealPartyPhone, p.ID, p.PhoneSeal)
	address, err3 := keys.Open(sealPartyAddress, p.ID, p.AddressSeal)
	d.Name, d.Phone, d.Address = name, phone, address
	return d, firstError(err1, err2, err3)
}

// Party is one of the parties; a zero one if there is none with the id.
func (v *MediationView) Party(id models.ID) DisputantView {
	for _, p := range v.Parties {
		if p.ID == id {
			return p
		}
	}
	return DisputantView{}
}

// Names of a side, in the order of the papers.
func (v *MediationView) Names(side models.MediationSide) (names []string) {
	for _, p := range v.Parties {
		if p.Side == side {
			names = append(names, p.Name)
		}
	}
	return names
}

// Signed is the signature under the words as they are; nil if it is missing.
func (v *MediationView) Signed(who models.MediationSigner, ref models.ID) *models.MediationSignature {
	for i := range v.Signatures {
		if s := &v.Signatures[i]; s.Version == v.Version && s.Signer == who && (ref == 0 || s.RefID == ref) {
			return s
		}
	}
	return nil
}

func (t *Tenant) openWords(db *gorm.DB, v *MediationView) error {
	var rows []models.MediationEvent
	if err := db.Where("mediation_id = ?", v.ID).Order("seq").Find(&rows).Error; err != nil {
		return err
	}
	for _, e := range rows {
		if !policy.ReadsMediation(e.Audience, v.Relations, v.Side) {
			continue
		}
		text, err := t.opt.Keys.Open(sealMediationEvent, e.ID, e.TextSeal)
		if err != nil {
			return err
		}
		w := MediationWord{MediationEvent: e, Text: text}
		if e.ByParty || e.PartyID != 0 {
			w.Name = v.Party(e.PartyID).Name
		}
		v.Words = append(v.Words, w)
	}
	return nil
}

func (t *Tenant) openSittings(db *gorm.DB, v *MediationView) error {
	var rows []models.MediationSession
	if err := db.Where("mediation_id = ?", v.ID).Order("begins_at").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		place, err1 := t.opt.Keys.Open(sealSittingPlace, r.ID, r.PlaceSeal)
		guests, err2 := t.opt.Keys.Open(sealSittingGuests, r.ID, r.GuestsSeal)
		if err := firstError(err1, err2); err != nil {
			return err
		}
		v.Sittings = append(v.Sittings, SittingView{r, place, guests})
	}
	return nil
}

// openAgreement opens words, promises, signatures and papers: for parties and
// mediators, and for the head who files them.
func (t *Tenant) openAgreement(db *gorm.DB, v *MediationView) error {
	if v.Version == 0 || v.Relations == policy.SetOf(policy.RoleIntake) {
		return nil
	}
	text, err := t.opt.Keys.Open(sealMediationAgreement, v.ID, v.AgreementSeal)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), &v.Agreement); err != nil {
		return err
	}
	var rows []models.MediationPromise
	err = firstError(db.Where("mediation_id = ?", v.ID).Order("place").Find(&rows).Error, db.Where("mediation_id = ?", v.ID).Order("id").Find(&v.Signatures).Error)
	for _, r := range rows {
		if err != nil {
			return err
		}
		var p PromiseView
		text, err = t.opt.Keys.Open(sealPromise, r.ID, r.WhatSeal)
		if err != nil {
			return err
		}
		err = json.Unmarshal([]byte(text), &p.MediationTerm)
		who := v.Party(r.PartyID)
		p.MediationPromise, p.Name, p.Side = r, who.Name, who.Side
		v.Promises = append(v.Promises, p)
	}
	if err != nil {
		return err
	}
	return db.Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerMediation, v.ID).Order("id").Find(&v.Papers).Error
}

// openCase names the case it came from to whoever reported it.
func (t *Tenant) openCase(db *gorm.DB, v *MediationView) error {
	if v.CaseID == 0 || v.Side != models.SideAsker {
		return nil
	}
	var c models.Complaint
	err := db.Select("community_id", "id", "number").Where("id = ?", v.CaseID).Limit(1).Find(&c).Error
	v.CaseNumber = c.Number
	return err
}

// MediationOfCase is the mediation that came out of a case, for whom it exists;
// 0 for everybody else.
func (t *Tenant) MediationOfCase(ctx context.Context, actor models.Actor, caseID models.ID) (models.ID, error) {
	if actor.UserID == 0 {
		return 0, nil
	}
	var m models.Mediation
	if err := t.db(ctx).Select("community_id", "id").Where("case_id = ? AND case_id <> 0", caseID).Limit(1).Find(&m).Error; err != nil || m.ID == 0 {
		return 0, err
	}
	_, err := t.Mediation(ctx, actor, m.ID)
	if problem.Is(err, problem.NotFound) {
		return 0, nil
	}
	return m.ID, err
}

// MyMediation is a line of a person's own list.
type MyMediation struct {
	Community *models.Community
	models.Mediation
	About string
	Side  models.MediationSide
	Waits bool // for the reader
}

// MyMediations are those of the actor, in all communities, the newest first.
func (s *Store) MyMediations(ctx context.Context, actor models.Actor) ([]MyMediation, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var u models.User
	if err := s.db(ctx).Select("id", "phone_index").Where("id = ?", actor.UserID).Limit(1).Find(&u).Error; err != nil {
		return nil, err
	}
	mine := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Or("phone_sure = ? AND phone_index = ?", true, u.PhoneIndex)
	for _, l := range actor.Links {
		if l.State == models.LinkConfirmed {
			mine = mine.Or("community_id = ? AND resident_id = ?", l.CommunityID, l.ResidentID)
		}
	}
	var parties []models.MediationParty
	if err := s.everywhere(ctx).Where(mine).Where("consent <> ?", models.ConsentNone).Order("id DESC").Limit(100).Find(&parties).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, p := range parties {
		ids = append(ids, p.MediationID)
	}
	var rows []models.Mediation
	if err := s.everywhere(ctx).Where("id IN ? AND erased = ?", ids, false).Order("id DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []MyMediation
	for _, m := range rows {
		for _, p := range parties {
			c := s.CommunityByID(m.CommunityID)
			if p.MediationID != m.ID || p.CommunityID != m.CommunityID || c == nil {
				continue
			}
			one := MyMediation{Community: c, Mediation: m, Side: p.Side, Waits: partyWaits(m, p)}
			v := &MediationView{Mediation: m}
			if err := s.In(c).openRequest(v); err != nil {
				return nil, err
			}
			one.About = v.Request.About
			out = append(out, one)
			break
		}
	}
	return out, nil
}

// partyWaits tells whether a party's answer is missing.
func partyWaits(m models.Mediation, p models.MediationParty) bool {
	switch m.State {
	case models.MediationSuggested, models.MediationInvited:
		return p.Consent == models.ConsentAsked
	case models.MediationChoosing:
		return p.AcceptedAt == nil
	case models.MediationDrafted:
		return p.Approved != m.Version
	}
	return false
}
