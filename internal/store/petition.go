package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// A demand for a meeting or an audit, signed on the phone by whom the roll
// knows beyond doubt, or on paper that an officer compares with the roll. Who
// counts, and how many are needed, is fixed at the start.

const (
	documentPetitions = "居联名" //words:allow a mark of official documents, stored once and never translated
	petitionDays      = 90
)

// PetitionDraft begins a demand.
type PetitionDraft struct {
	Kind  models.PetitionKind
	Unit  models.DecisionMode
	Title string
	Text  string
}

// StartPetition begins a demand; its starter has signed it with that. Refusals:
// Forbidden (not known beyond doubt, not a representative where only they can),
// Invalid with fields, TooMany.
func (t *Tenant) StartPetition(ctx context.Context, actor models.Actor, d PetitionDraft) (*models.Petition, error) {
	var p models.Petition
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		var f problem.Form
		d.Title, d.Text = cleanLine(d.Title), strings.TrimSpace(d.Text)
		length(&f, "title", d.Title, 4, 60)
		length(&f, "text", d.Text, 10, 1000)
		base, err := tx.petitionBase(d.Unit)
		if err != nil {
			return err
		}
		needed := policy.SignaturesNeeded(d.Kind, d.Unit, base)
		if needed == 0 {
			f.Add("unit", "petition.unit", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		who, err := tx.signatory()
		if err != nil {
			return err
		}
		if err := tx.Limit("petition."+tx.chain.String()+"."+actor.UserID.String(), 3, 30*24*time.Hour); err != nil {
			return err
		}
		n, err := tx.Next("petition." + strconv.Itoa(tx.Day().Time().Year()))
		if err != nil {
			return err
		}
		p = models.Petition{Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentPetitions, tx.Day().Time().Year(), n), Kind: d.Kind, Unit: d.Unit,
			Title: policy.MaskText(d.Title, actor.Name), Text: policy.MaskText(d.Text, actor.Name), UserID: actor.UserID, ResidentID: who.ID, Base: base, Needed: needed,
			Until: tx.Day().AddDays(petitionDays), State: models.PetitionOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Audit("petition.start", p.ID, map[string]int{"base": base, "needed": needed})
		if err := tx.Create(&p).Error; err != nil {
			return err
		}
		if err := tx.addSignature(&p, who, "phone", "", 0); err != nil {
			return err
		}
		p.Signed = 1
		return nil
	})
	return &p, err
}

// petitionBase is of how many the part is counted.
func (tx *Tx) petitionBase(unit models.DecisionMode) (int, error) {
	var n int64
	switch unit {
	case models.ByAdults:
		err := tx.Model(&models.Resident{}).Where("state = ? AND birth <> '' AND birth <= ?", models.ResidentActive, lastAdultBirth(tx.Day())).Count(&n).Error
		return int(n), err
	case models.ByHouseholds:
		err := tx.Model(&models.Household{}).
			Where("id IN (SELECT household_id FROM residents WHERE community_id = ? AND state = ? AND birth <> '' AND birth <= ?)", tx.chain, models.ResidentActive, lastAdultBirth(tx.Day())).Count(&n).Error
		return int(n), err
	case models.ByReps:
		reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, tx.Day())
		return len(reps), err
	}
	return 0, nil
}

// signatory is the actor as a resident known beyond doubt, adult, on the roll.
func (tx *Tx) signatory() (*models.Resident, error) {
	link, ok := tx.Actor.Resident(tx.chain)
	if !ok || link.State != models.LinkConfirmed {
		return nil, problem.New(problem.Forbidden, "petition.unknown", nil).Because("signing needs a confirmed match with the roll")
	}
	return tx.adult(link.ResidentID)
}

func (tx *Tx) adult(resident models.ID) (*models.Resident, error) {
	var r models.Resident
	if err := tx.Where("id = ?", resident).Take(&r).Error; err != nil {
		return nil, notFound(err)
	}
	if r.State != models.ResidentActive || !policy.Adult(r.Birth, tx.Day()) {
		return nil, problem.New(problem.Forbidden, "petition.adult", nil).Because("art. 26: residents of 18 and more")
	}
	return &r, nil
}

// unitOf is what a signature counts as.
func (tx *Tx) unitOf(p *models.Petition, r *models.Resident) (models.ID, error) {
	switch p.Unit {
	case models.ByHouseholds:
		return r.HouseholdID, nil
	case models.ByReps:
		reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, tx.Day())
		if err != nil {
			return 0, err
		}
		for _, m := range reps {
			if m.ResidentID == r.ID {
				return r.ID, nil
			}
		}
		return 0, problem.New(problem.Forbidden, "petition.reps", nil).Because("art. 26, 28: representatives only")
	}
	return r.ID, nil
}

// SignPetition signs on the phone. Refusals: Forbidden, NotFound, TooLate,
// Conflict (signed already).
func (t *Tenant) SignPetition(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		p, err := petitionByID(tx.DB, id)
		if err != nil {
			return err
		}
		r, err := tx.signatory()
		if err != nil {
			return err
		}
		return tx.addSignature(p, r, "phone", "", 0)
	})
}

// SignOnPaper enters a signature from a sheet that an officer compared with the
// roll: whose it is, which sheet and line. Refusals: Forbidden, NotFound,
// TooLate, Conflict, Invalid.
func (t *Tenant) SignOnPaper(ctx context.Context, actor models.Actor, id, resident models.ID, sheet string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		p, err := petitionByID(tx.DB, id)
		if err != nil {
			return err
		}
		var f problem.Form
		sheet = cleanLine(sheet)
		length(&f, "sheet", sheet, 1, 30)
		if err := f.Err(); err != nil {
			return err
		}
		r, err := tx.adult(resident)
		if err != nil {
			return err
		}
		return tx.addSignature(p, r, "paper", sheet, actor.UserID)
	})
}

// addSignature adds one signature and counts it; the one that reaches what is needed
// obliges the committee to call, at once and once.
func (tx *Tx) addSignature(p *models.Petition, r *models.Resident, channel, sheet string, checked models.ID) error {
	if tx.Day() > p.Until {
		return problem.New(problem.TooLate, "petition.late", problem.Args{"date": p.Until})
	}
	unit, err := tx.unitOf(p, r)
	if err != nil {
		return err
	}
	res := tx.Model(&models.Petition{}).Where("id = ? AND state IN ?", p.ID, []models.PetitionState{models.PetitionOpen, models.PetitionReached}).
		Update("signed", gorm.Expr("signed + 1"))
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "petition.closed", nil)
	}
	row := models.PetitionSignature{Tenant: models.Tenant{ID: tx.NewID()}, PetitionID: p.ID, UnitID: unit, ResidentID: r.ID, Channel: channel, Sheet: sheet, CheckedBy: checked, CreatedAt: tx.Now}
	if err := tx.Create(&row).Error; err != nil {
		if duplicate(err) {
			return problem.New(problem.Conflict, "petition.twice", nil)
		}
		return err
	}
	tx.Audit("petition.sign", p.ID, map[string]any{"signature": row.ID, "channel": channel})
	tx.Touch("assembly")
	now := models.Petition{State: models.PetitionReached, ReachedAt: &tx.Now, UpdatedAt: tx.Now}
	reached := tx.Model(&models.Petition{}).Where("id = ? AND state = ? AND signed >= needed", p.ID, models.PetitionOpen).
		Select("state", "reached_at", "updated_at").UpdateColumns(&now)
	if reached.Error != nil || reached.RowsAffected == 0 {
		return reached.Error
	}
	tx.Audit("petition.reached", p.ID, nil)
	args := problem.Args{"number": p.Number, "title": p.Title}
	for _, role := range []models.Role{models.RoleDirector, models.RoleSupervisor} {
		if err := tx.tellPost(role, "petition.tell.reached", args, "/admin/"+tx.Community.Code+"/assembly/petitions/"+p.ID.String()); err != nil {
			return err
		}
	}
	return nil
}

// WithdrawSignature takes the actor's own signature back while the demand is
// open. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) WithdrawSignature(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "petition"); err != nil {
			return err
		}
		r, err := tx.signatory()
		if err != nil {
			return err
		}
		res := tx.Model(&models.Petition{}).Where("id = ? AND state = ?", id, models.PetitionOpen).Update("signed", gorm.Expr("signed - 1"))
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("petition.unsign", id, nil)
		tx.Touch("assembly")
		return Changed(tx.Where("petition_id = ? AND resident_id = ?", id, r.ID).Delete(&models.PetitionSignature{}))
	})
}

func petitionByID(db *gorm.DB, id models.ID) (*models.Petition, error) {
	var p models.Petition
	if err := db.Where("id = ?", id).Take(&p).Error; err != nil {
		return nil, notFound(err)
	}
	return &p, nil
}

// Petition is one demand.
func (t *Tenant) Petition(ctx context.Context, id models.ID) (*models.Petition, error) {
	return petitionByID(t.db(ctx), id)
}

// Petitions are the demands, the newest first.
func (t *Tenant) Petitions(ctx context.Context, limit int) ([]models.Petition, error) {
	var rows []models.Petition
	err := t.db(ctx).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

// ReachedPetitions wait for the committee to call.
func (t *Tenant) ReachedPetitions(ctx context.Context) ([]models.Petition, error) {
	var rows []models.Petition
	err := t.db(ctx).Where("state = ?", models.PetitionReached).Order("id").Find(&rows).Error
	return rows, err
}

// Signed tells whether the actor has signed.
func (t *Tenant) Signed(ctx context.Context, actor models.Actor, id models.ID) (bool, error) {
	link, ok := actor.Resident(t.Community.ID)
	if !ok {
		return false, nil
	}
	var n int64
	err := t.db(ctx).Model(&models.PetitionSignature{}).Where("petition_id = ? AND resident_id = ?", id, link.ResidentID).Count(&n).Error
	return n > 0, err
}

// HandOnPetition notes that a demand for an audit that found enough signatures
// is with the street, which organises the audit (art. 38). Refusals: Forbidden,
// NotFound, Conflict (not a demand for an audit, not enough signatures, twice).
func (t *Tenant) HandOnPetition(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "call"); err != nil {
			return err
		}
		p, err := petitionByID(tx.DB, id)
		if err != nil {
			return err
		}
		now := models.Petition{State: models.PetitionHanded, HandedAt: &tx.Now, HandedBy: tx.actorName(models.RoleDirector), UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.Petition{}).Where("id = ? AND kind = ? AND state = ?", id, models.PetitionAudit, models.PetitionReached).
			Select("state", "handed_at", "handed_by", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Audit("petition.hand", id, nil)
		tx.Touch("assembly")
		return tx.tellPost(models.RoleStreet, "petition.tell.audit", problem.Args{"number": p.Number, "title": p.Title}, "/admin/"+tx.Community.Code+"/assembly/petitions/"+id.String())
	})
}

// maxAudit is how long the street's word on an audit may be.
const maxAudit = 3000

// PublishAudit is the street's: what the audit found on a demand, in public and
// once (art. 38: 审计结果应当公布). Refusals: Forbidden, NotFound, Conflict, Invalid
// (field audit).
func (t *Tenant) PublishAudit(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	text = strings.TrimSpace(text)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "order"); err != nil {
			return err
		}
		p, err := petitionByID(tx.DB, id)
		if err != nil {
			return err
		}
		var f problem.Form
		length(&f, "audit", text, 10, maxAudit)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.Petition{State: models.PetitionAudited, AuditText: policy.MaskText(text), AuditBy: tx.actorName(models.RoleStreet), AuditedAt: &tx.Now, UpdatedAt: tx.Now}
		err = Changed(tx.Model(&models.Petition{}).Where("id = ? AND state = ?", id, models.PetitionHanded).
			Select("state", "audit_text", "audit_by", "audited_at", "updated_at").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Audit("petition.audit", id, tx.words(text))
		tx.Touch("assembly")
		err = tx.Tell(p.UserID, "petition.tell.audited", problem.Args{"number": p.Number}, "/"+tx.Community.Code+"/assembly/petitions/"+id.String())
		if problem.Is(err, problem.NotFound) {
			return nil // a closed account hears nothing
		}
		return err
	})
}

// HandedPetitions wait for the street's audit, the oldest first.
func (t *Tenant) HandedPetitions(ctx context.Context) ([]models.Petition, error) {
	var rows []models.Petition
	err := t.db(ctx).Where("state = ?", models.PetitionHanded).Order("id").Find(&rows).Error
	return rows, err
}
