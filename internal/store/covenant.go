package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// CovenantView is a covenant with its versions, the newest first.
type CovenantView struct {
	models.Covenant
	Versions []models.CovenantVersion
	Body     *models.Body
	// What everybody can open: matters that were published, decisions that are
	// on the board.
	Matters   map[models.ID]bool
	Decisions map[models.ID]models.Decision
}

// Covenants are all covenants with the version in force first in each.
func (t *Tenant) Covenants(ctx context.Context) ([]models.Covenant, error) {
	var rows []models.Covenant
	err := t.db(ctx).Order("kind, id").Find(&rows).Error
	return rows, err
}

// Covenant is one covenant with its versions.
func (t *Tenant) Covenant(ctx context.Context, id models.ID) (*CovenantView, error) {
	db := t.db(ctx)
	c, err := covenantByID(db, id)
	if err != nil {
		return nil, err
	}
	v := &CovenantView{Covenant: *c}
	if err := db.Where("covenant_id = ?", id).Order("version DESC").Find(&v.Versions).Error; err != nil {
		return nil, err
	}
	if c.BodyID != 0 {
		if v.Body, err = bodyByID(db, c.BodyID); err != nil {
			return nil, err
		}
	}
	return v, v.open(db)
}

// open finds what of the versions everybody can read.
func (v *CovenantView) open(db *gorm.DB) error {
	v.Matters, v.Decisions = map[models.ID]bool{}, map[models.ID]models.Decision{}
	matters, decisions := orNone(nil), orNone(nil)
	for _, x := range v.Versions {
		matters, decisions = append(matters, x.MatterID), append(decisions, x.DecisionID)
	}
	var public []models.ID
	if err := db.Model(&models.Matter{}).Where("id IN ? AND published_at IS NOT NULL", matters).Pluck("id", &public).Error; err != nil {
		return err
	}
	for _, id := range public {
		v.Matters[id] = true
	}
	var rows []models.Decision
	err := db.Where("id IN ? AND published_at IS NOT NULL", decisions).Find(&rows).Error
	for _, d := range rows {
		v.Decisions[d.ID] = d
	}
	return err
}

func covenantByID(db *gorm.DB, id models.ID) (*models.Covenant, error) {
	var c models.Covenant
	if err := db.Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, notFound(err)
	}
	return &c, nil
}

// CovenantDraft begins a covenant (Covenant 0) or its next version.
type CovenantDraft struct {
	Covenant models.ID
	Kind     models.CovenantKind
	BodyID   models.ID
	Title    string
	Text     string
}

// DraftCovenant writes the next version and brings its matter onto the way to a
// vote: the comments and the decision are the matter's. Refusals: Forbidden,
// Invalid with fields, Conflict while another version is on its way.
func (t *Tenant) DraftCovenant(ctx context.Context, actor models.Actor, d CovenantDraft) (covenant, matter models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		c, err := tx.covenantFor(&d)
		if err != nil {
			return err
		}
		var way, versions int64
		if err := tx.Model(&models.CovenantVersion{}).Where("covenant_id = ? AND state = ?", c.ID, models.CovenantVoting).Count(&way).Error; err != nil {
			return err
		}
		if way > 0 {
			return problem.New(problem.Conflict, "covenant.onway", nil)
		}
		if err := tx.Model(&models.CovenantVersion{}).Where("covenant_id = ?", c.ID).Count(&versions).Error; err != nil {
			return err
		}
		class := map[models.CovenantKind]models.MatterClass{models.CovenantCharter: models.MatterCharter, models.CovenantCommunity: models.MatterCovenant, models.CovenantCompound: models.MatterCompound}[c.Kind]
		md := MatterDraft{Class: class, BodyID: c.BodyID, Title: c.Title, Text: d.Text, Origin: models.OriginCovenant, OriginID: c.ID}
		if _, err := tx.checkMatter(&md); err != nil {
			return err
		}
		if matter, err = tx.createMatter(&md, 0); err != nil {
			return err
		}
		covenant = c.ID
		tx.Audit("covenant.draft", c.ID, map[string]int{"version": int(versions) + 1})
		tx.Touch("assembly")
		return lostRace(tx.Create(&models.CovenantVersion{Tenant: models.Tenant{ID: tx.NewID()}, CovenantID: c.ID, Version: int(versions) + 1,
			Text: md.Text, State: models.CovenantVoting, MatterID: matter, CreatedAt: tx.Now}).Error)
	})
	return covenant, matter, err
}

func (tx *Tx) covenantFor(d *CovenantDraft) (*models.Covenant, error) {
	if d.Covenant != 0 {
		return covenantByID(tx.DB, d.Covenant)
	}
	var f problem.Form
	d.Title = cleanLine(d.Title)
	length(&f, "title", d.Title, 4, 60)
	switch d.Kind {
	case models.CovenantCharter, models.CovenantCommunity:
		d.BodyID = 0
	case models.CovenantCompound:
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil || b.Kind != models.BodyCompound {
			f.Add("body", "form.choose", nil)
		}
	default:
		f.Add("kind", "form.choose", nil)
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	c := models.Covenant{Tenant: models.Tenant{ID: tx.NewID()}, Kind: d.Kind, BodyID: d.BodyID, Title: d.Title, CreatedAt: tx.Now}
	return &c, tx.Create(&c).Error
}

// covenantDecided puts a version into force with the words that were voted on.
func (tx *Tx) covenantDecided(d *models.Decision, m *models.Matter) error {
	var v models.CovenantVersion
	if err := tx.Where("matter_id = ?", m.ID).Take(&v).Error; err != nil {
		return notFound(err)
	}
	err := tx.Model(&models.CovenantVersion{}).Where("covenant_id = ? AND state = ?", v.CovenantID, models.CovenantInForce).
		Update("state", models.CovenantSuperseded).Error
	if err != nil {
		return err
	}
	v.State, v.Text, v.DecisionID, v.ForceOn = models.CovenantInForce, m.Text, d.ID, d.Day
	err = Changed(tx.Model(&models.CovenantVersion{}).Where("id = ? AND state = ?", v.ID, models.CovenantVoting).
		Select("state", "text", "decision_id", "force_on").UpdateColumns(&v))
	if err != nil {
		return err
	}
	tx.Audit("covenant.force", v.CovenantID, map[string]int{"version": v.Version})
	return Changed(tx.Model(&models.Covenant{}).Where("id = ?", v.CovenantID).Update("in_force", v.Version))
}

// FileCovenant is the street's act: a version in force is taken on file (art.
// 31). Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) FileCovenant(ctx context.Context, actor models.Actor, covenant models.ID, version int, note string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "file"); err != nil {
			return err
		}
		if _, err := covenantByID(tx.DB, covenant); err != nil {
			return err
		}
		note = strings.TrimSpace(note)
		var f problem.Form
		length(&f, "note", note, 0, 500)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.CovenantVersion{FiledAt: &tx.Now, FiledName: tx.actorName(models.RoleStreet), FilingNote: note}
		tx.Audit("covenant.file", covenant, map[string]int{"version": version})
		tx.Touch("assembly")
		return Changed(tx.Model(&models.CovenantVersion{}).Where("covenant_id = ? AND version = ? AND state = ? AND filed_at IS NULL", covenant, version, models.CovenantInForce).
			Select("filed_at", "filed_name", "filing_note").UpdateColumns(&now))
	})
}

// UnfiledCovenants are versions in force that the street has not on file yet.
func (t *Tenant) UnfiledCovenants(ctx context.Context) ([]models.CovenantVersion, error) {
	var rows []models.CovenantVersion
	err := t.db(ctx).Where("state = ? AND filed_at IS NULL", models.CovenantInForce).Order("id").Find(&rows).Error
	return rows, err
}
