package store

import (
	"context"
	"slices"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// People's mediation (人民调解). Nobody but the parties, the mediators they
// accept and, for register and seal, the committee's head learns that one
// exists: for everybody else each function here answers NotFound. So messages
// are one neutral sentence, the community's audit chain has no row (the whole
// installation's has one without actor and act), nothing is counted or stamped.

const (
	sealMediationRequest   = "mediations.request"
	sealMediationAgreement = "mediations.agreement"
	sealMediationKey       = "mediations.paper_key"
	sealMediationEvent     = "mediation_events.text"
	sealPartyName          = "mediation_parties.name"
	sealPartyPhone         = "mediation_parties.phone"
	sealPartyAddress       = "mediation_parties.address"
	sealSittingPlace       = "mediation_sessions.place"
	sealSittingGuests      = "mediation_sessions.guests"
	sealPromise            = "mediation_promises.what"
)

// privateLetterLife is how long a message to a telephone may wait.
const privateLetterLife = 7 * 24 * time.Hour

// dispute is a mediation in a transaction, with what the actor is to it.
type dispute struct {
	*Tx
	models.Mediation // as it will be
	was              models.Mediation
	parties          []models.MediationParty
	mediators        []models.MediationMediator
	aside            []models.ID            // serve, and must not: a tie became known
	me               *models.MediationParty // nil for whoever is no party
	relations        policy.RoleSet
}

// mediation reads one for the actor; NotFound for whom it does not exist.
func (tx *Tx) mediation(id models.ID) (*dispute, error) {
	d := &dispute{Tx: tx}
	if tx.Actor.UserID == 0 {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if err := tx.Where("id = ? AND erased = ?", id, false).Take(&d.was).Error; err != nil {
		return nil, notFound(err)
	}
	d.Mediation = d.was
	if err := d.load(); err != nil {
		return nil, err
	}
	if d.relations == 0 {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("mediation: not this reader's")
	}
	return d, nil
}

// load reads who belongs to it, and what the actor is.
func (d *dispute) load() error {
	t, id := d.tenant(), d.Mediation.ID
	err := firstError(d.Where("mediation_id = ?", id).Order("place").Find(&d.parties).Error, d.Where("mediation_id = ?", id).Order("id").Find(&d.mediators).Error)
	if err != nil {
		return err
	}
	s, err := t.stanceOf(d.DB, d.Actor, d.Day())
	if err != nil {
		return err
	}
	kept, err := keptFrom(d.DB, d.CaseID, s)
	if err != nil {
		return err
	}
	for _, m := range d.serving() {
		tied, err := concernedUser(d.DB, m.UserID, d.parties)
		if err != nil {
			return err
		}
		if tied {
			d.aside = append(d.aside, m.UserID)
		}
	}
	headless := false
	if s.handles && !s.heads && len(d.serving()) == 0 {
		if headless, err = t.headless(d.DB, d.parties, d.Day()); err != nil {
			return err
		}
	}
	d.relations, d.me = s.standing(d.was, d.parties, d.serving(), kept, headless)
	return nil
}

// serving are the mediators who may: not those of whom a tie became known.
func (d *dispute) serving() []models.MediationMediator {
	return slices.DeleteFunc(slices.Clone(d.mediators), func(m models.MediationMediator) bool {
		return m.State != models.MediatorServes || slices.Contains(d.aside, m.UserID)
	})
}

// mediationAct runs one act of somebody for whom the mediation exists. Of two
// processes that write the same row at once, one is told that the other was
// faster.
func (t *Tenant) mediationAct(ctx context.Context, actor models.Actor, id models.ID, do func(d *dispute) error) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		d, err := tx.mediation(id)
		if err != nil {
			return err
		}
		return lostRace(do(d))
	})
}

// told is one step: who reads it and what it says.
type told struct {
	action   string
	audience models.MediationAudience // ForAll if empty
	party    models.ID
	text     string
}

// mediationColumns are what a step may change.
var mediationColumns = []string{"category", "state", "round", "seq", "request_seal", "answer_by", "answer_told", "target_day", "form", "version", "agreement_seal", "agreement_hash",
	"esign", "effective_day", "court_day", "court_state", "court_on", "court_told", "paper_key_seal", "ended_day", "keep_until", "updated_at"}

// step does one action of the state table: of two at once one is told that the
// other was faster.
func (d *dispute) step(s told) error {
	next, err := policy.Next(policy.MediationMoves, d.was.State, s.action, d.relations)
	if err != nil {
		return err
	}
	if s.audience == "" {
		s.audience = models.ForAll
	}
	if s.party == 0 && d.me != nil {
		s.party = d.me.ID
	}
	d.State, d.Seq, d.UpdatedAt = next, d.was.Seq+1, d.Now
	if !next.Live() && d.was.State.Live() {
		d.EndedDay, d.KeepUntil = d.Day(), policy.MediationKeepUntil(d.Mediation, d.Day())
	}
	if next.Live() && !d.was.State.Live() {
		d.EndedDay, d.KeepUntil = "", ""
	}
	err = Changed(d.Model(&models.Mediation{}).Where("id = ? AND state = ? AND seq = ?", d.Mediation.ID, d.was.State, d.was.Seq).Select(mediationColumns).Updates(&d.Mediation))
	if err != nil {
		return err
	}
	e := models.MediationEvent{Tenant: models.Tenant{ID: d.NewID()}, MediationID: d.Mediation.ID, Seq: d.Seq, Action: s.action, Was: d.was.State, State: next,
		Audience: s.audience, PartyID: s.party, ByUserID: d.Actor.UserID, ByParty: d.me != nil, CreatedAt: d.Now}
	e.TextSeal = d.seal(sealMediationEvent, e.ID, s.text)
	d.was = d.Mediation
	d.AuditAside("private.step", d.Mediation.ID)
	return d.Create(&e).Error
}

func (tx *Tx) seal(place string, id models.ID, text string) []byte {
	return tx.store.opt.Keys.Seal(place, id, text)
}

// may asks the state table before a form is looked at: whoever may not do it is
// not told what else is missing.
func (d *dispute) may(action string) error {
	_, err := policy.Next(policy.MediationMoves, d.was.State, action, d.relations)
	return err
}

func (d *dispute) privateLink() string {
	return "/" + d.Community.Code + "/private/" + d.Mediation.ID.String()
}

func (d *dispute) deskLink() string {
	return "/admin/" + d.Community.Code + "/private/" + d.Mediation.ID.String()
}

// tellParties says to every party that was asked, but the actor, that there is
// news: one sentence that says neither what nor who.
func (d *dispute) tellParties(which ...models.ID) error {
	for _, p := range d.parties {
		if p.Consent == models.ConsentNone || d.me != nil && d.me.ID == p.ID || len(which) > 0 && !slices.Contains(which, p.ID) {
			continue
		}
		if err := d.tellParty(p); err != nil {
			return err
		}
	}
	return nil
}

func (d *dispute) tellParty(p models.MediationParty) error {
	who, err := whole(d.DB, models.Someone{UserID: p.UserID, ResidentID: p.ResidentID})
	if err != nil {
		return err
	}
	args := problem.Args{"community": d.Community.Name, "phone": d.Community.Phone}
	if who.UserID != 0 {
		if who.UserID == d.Actor.UserID {
			return nil
		}
		err := d.Tell(who.UserID, "private.tell", args, d.privateLink())
		if problem.Is(err, problem.NotFound) { // the account is closed
			return nil
		}
		return err
	}
	phone, err := d.phoneOf(p)
	if err != nil || phone == "" {
		return err
	}
	return d.Send("sms", phone, "private.tell", args, 0, privateLetterLife)
}

// phoneOf is where a party without a login can be reached: what the roll has,
// or what the party gave.
func (d *dispute) phoneOf(p models.MediationParty) (string, error) {
	keys := d.store.opt.Keys
	if p.PhoneSure {
		return keys.Open(sealPartyPhone, p.ID, p.PhoneSeal)
	}
	if p.ResidentID == 0 {
		return "", nil
	}
	var r models.Resident
	if err := d.Where("id = ?", p.ResidentID).Limit(1).Find(&r).Error; err != nil || len(r.PhoneSeal) == 0 {
		return "", err
	}
	phone, err := keys.Open(sealPhone, r.ID, r.PhoneSeal)
	if n, _ := models.Phone(phone); n == "" || err != nil {
		return "", err
	}
	return phone, nil
}

// tellMediators says the same to those who serve.
func (d *dispute) tellMediators() error {
	for _, m := range d.serving() {
		if err := d.tellOfficer(m.UserID); err != nil {
			return err
		}
	}
	return nil
}

func (d *dispute) tellOfficer(user models.ID) error {
	if user == d.Actor.UserID {
		return nil
	}
	err := d.Tell(user, "private.tell", problem.Args{"community": d.Community.Name, "phone": d.Community.Phone}, d.deskLink())
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}
