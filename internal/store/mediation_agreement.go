package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// mostPromises of one agreement.
const mostPromises = 12

// AgreementDraft are the words of an agreement (Mediation Law art. 29).
type AgreementDraft struct {
	Form models.MediationForm
	models.MediationAgreement
	Promises []PromiseDraft
}

// PromiseDraft is what one party promises.
type PromiseDraft struct {
	Party models.ID
	Due   models.Date
	models.MediationTerm
}

// DraftAgreement lays words before the parties; each is asked for its own yes.
// New words take the place of old ones, and no yes or signature goes over to
// them. Refusals: Invalid with fields (promises are numbered: what0, due0, …).
func (t *Tenant) DraftAgreement(ctx context.Context, actor models.Actor, id models.ID, a AgreementDraft) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("draft"), d.checkAgreement(&a)); err != nil {
			return err
		}
		c, err := d.community()
		if err != nil {
			return err
		}
		d.Version++
		d.Mediation.Form, d.ESign = a.Form, a.Form == models.AgreementWritten && policy.MayESign(d.Category, c.MediationESign)
		words, err := json.Marshal(a.MediationAgreement)
		if err != nil {
			return err
		}
		d.AgreementSeal = d.Tx.seal(sealMediationAgreement, id, string(words))
		if err := d.savePromises(a); err != nil {
			return err
		}
		if d.AgreementHash, err = d.hashOf(a); err != nil {
			return err
		}
		for i := range d.parties {
			p := &d.parties[i]
			p.Approved, p.ApprovedAt, p.ApprovedBy = 0, nil, 0
			if err := d.saveParty(p, "approved", "approved_at", "approved_by"); err != nil {
				return err
			}
		}
		return firstError(d.step(told{action: "draft"}), d.tellParties())
	})
}

func (d *dispute) checkAgreement(a *AgreementDraft) error {
	var f problem.Form
	if a.Form != models.AgreementWritten && a.Form != models.AgreementOral {
		f.Add("form", "form.choose", nil)
	}
	for _, x := range []struct {
		field string
		text  *string
		least int
	}{{"facts", &a.Facts, 4}, {"dispute", &a.Dispute, 4}, {"duties", &a.Duties, 0}, {"other", &a.Other, 0}} {
		*x.text = strings.TrimSpace(*x.text)
		length(&f, x.field, *x.text, x.least, maxMediationText)
	}
	if len(a.Promises) == 0 || len(a.Promises) > mostPromises {
		f.Add("what0", "mediation.promise.none", problem.Args{"n": mostPromises})
	}
	for i := range a.Promises {
		p, n := &a.Promises[i], string(rune('0'+i%10))
		if i >= 10 {
			n = "1" + n
		}
		p.What, p.How = cleanLine(p.What), cleanLine(p.How)
		length(&f, "what"+n, p.What, 2, 300)
		length(&f, "how"+n, p.How, 0, 200)
		if !policy.CheckPromiseDay(p.Due, d.Day()) {
			f.Add("due"+n, "mediation.promise.due", nil)
		}
		if !slices.ContainsFunc(d.parties, func(x models.MediationParty) bool { return x.ID == p.Party }) {
			f.Add("party"+n, "form.choose", nil)
		}
	}
	return f.Err()
}

func (d *dispute) savePromises(a AgreementDraft) error {
	if err := d.Where("mediation_id = ?", d.Mediation.ID).Delete(&models.MediationPromise{}).Error; err != nil {
		return err
	}
	for i, p := range a.Promises {
		row := models.MediationPromise{Tenant: models.Tenant{ID: d.NewID()}, MediationID: d.Mediation.ID, PartyID: p.Party, Place: i + 1, DueDay: p.Due, State: models.PromiseOpen, CreatedAt: d.Now, UpdatedAt: d.Now}
		b, err := json.Marshal(p.MediationTerm)
		if err != nil {
			return err
		}
		row.WhatSeal = d.Tx.seal(sealPromise, row.ID, string(b))
		if err := d.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// hashOf is what every yes and every signature is under: the words, who
// promises what until when, and the names of the parties.
func (d *dispute) hashOf(a AgreementDraft) ([]byte, error) {
	type line struct {
		Party models.ID            `json:"party"`
		Due   models.Date          `json:"due"`
		Term  models.MediationTerm `json:"term"`
	}
	whole := struct {
		Number  string                    `json:"number"`
		Version int                       `json:"version"`
		Form    models.MediationForm      `json:"form"`
		Names   []string                  `json:"names"`
		Words   models.MediationAgreement `json:"words"`
		Lines   []line                    `json:"lines"`
	}{Number: d.Number, Version: d.Version, Form: a.Form, Words: a.MediationAgreement}
	for _, p := range d.parties {
		name, err := d.store.opt.Keys.Open(sealPartyName, p.ID, p.NameSeal)
		if err != nil {
			return nil, err
		}
		whole.Names = append(whole.Names, name)
	}
	for _, p := range a.Promises {
		whole.Lines = append(whole.Lines, line{p.Party, p.Due, p.MediationTerm})
	}
	b, err := json.Marshal(whole)
	sum := sha256.Sum256(b)
	return sum[:], err
}

// ApproveAgreement is a party's yes to the words of that version. When all have
// said it an oral agreement binds from that day (art. 30); a written one waits
// for the signatures.
func (t *Tenant) ApproveAgreement(ctx context.Context, actor models.Actor, id, party models.ID, version int) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("approve"), d.sameWords(version)); err != nil {
			return err
		}
		p, by, err := d.behalf(party)
		if err != nil || p.Approved == version {
			return err
		}
		p.Approved, p.ApprovedAt, p.ApprovedBy = version, &d.Now, by
		if err := d.saveParty(p, "approved", "approved_at", "approved_by"); err != nil {
			return err
		}
		return firstError(d.step(told{action: "approve", party: p.ID}), d.maybeEffect(), d.news())
	})
}

// sameWords refuses a yes to words that are no longer those on the table.
func (d *dispute) sameWords(version int) error {
	if version != d.Version {
		return problem.New(problem.Conflict, "mediation.version", nil)
	}
	return nil
}

// ObjectToAgreement is a party's no to the words: back to the talks.
func (t *Tenant) ObjectToAgreement(ctx context.Context, actor models.Actor, id, party models.ID, text string) error {
	text = strings.TrimSpace(text)
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("object"), policy.MayWriteMediation(text), wordsTooLong("text", text)); err != nil {
			return err
		}
		p, _, err := d.behalf(party)
		if err != nil {
			return err
		}
		return firstError(d.step(told{action: "object", party: p.ID, text: text}), d.askWords(), d.news())
	})
}

// askWords forgets every yes to the words.
func (d *dispute) askWords() error {
	return d.Model(&models.MediationParty{}).Where("mediation_id = ?", d.Mediation.ID).Updates(map[string]any{"approved": 0, "approved_at": nil}).Error
}

// RequestSignCode sends the code by which a party signs on the phone, where the
// rule allows it.
func (t *Tenant) RequestSignCode(ctx context.Context, actor models.Actor, id models.ID, device Device) error {
	var phone string
	err := t.mediationAct(ctx, actor, id, func(d *dispute) (err error) {
		if err := firstError(d.may("sign"), d.maySignHere()); err != nil {
			return err
		}
		phone, err = d.ownPhone()
		return err
	})
	if err != nil {
		return err
	}
	return t.RequestCode(ctx, phone, device, PurposeSign)
}

func (d *dispute) ownPhone() (string, error) {
	var u models.User
	if err := d.Where("id = ?", d.Actor.UserID).Take(&u).Error; err != nil {
		return "", notFound(err)
	}
	return d.store.opt.Keys.Open("users.phone", u.ID, u.PhoneSeal)
}

// maySignHere: a party that agreed to the words, where electronic signatures
// count (Electronic Signature Law art. 3, 13, 14).
func (d *dispute) maySignHere() error {
	switch {
	case !d.ESign:
		return problem.New(problem.Forbidden, "mediation.sign.paper", nil).Because("mediation law 29: signed on paper")
	case d.me != nil && d.me.Approved != d.Version:
		return problem.New(problem.Conflict, "mediation.sign.first", nil)
	}
	return nil
}

// SignAgreement signs electronically: a party with the code sent to its
// telephone at that moment, a mediator by the login with its second factor.
func (t *Tenant) SignAgreement(ctx context.Context, actor models.Actor, id models.ID, version int, device Device, code string) error {
	var refusal error
	err := t.mediationAct(ctx, actor, id, func(d *dispute) (err error) {
		refusal = nil
		if err := firstError(d.may("sign"), d.maySignHere(), d.sameWords(version)); err != nil {
			return err
		}
		if d.me == nil {
			return firstError(d.sign(models.SignedByMediator, actor.UserID, models.SignedOnPhone, d.Day()), d.step(told{action: "sign"}), d.maybeEffect())
		}
		phone, err := d.ownPhone()
		if err != nil {
			return err
		}
		if refusal, err = d.takeCode("code", phone, device, PurposeSign, code, nil); err != nil || refusal != nil {
			return err // a wrong code is counted: the transaction stands
		}
		return firstError(d.sign(models.SignedByParty, d.me.ID, models.SignedOnPhone, d.Day()), d.step(told{action: "sign"}), d.maybeEffect(), d.news())
	})
	return firstError(err, refusal)
}

// sign puts one signature under the words as they are; signed already is done.
func (d *dispute) sign(who models.MediationSigner, ref models.ID, how models.SignatureMethod, day models.Date) error {
	row := models.MediationSignature{Tenant: models.Tenant{ID: d.NewID()}, MediationID: d.Mediation.ID, Version: d.Version, Signer: who, RefID: ref, Method: how, Day: day, ByUserID: d.Actor.UserID, Hash: d.AgreementHash, CreatedAt: d.Now}
	var n int64
	err := d.Model(&models.MediationSignature{}).Where("mediation_id = ? AND version = ? AND signer = ? AND ref_id = ?", d.Mediation.ID, d.Version, who, ref).Count(&n).Error
	if err != nil || n > 0 {
		return err
	}
	return d.Create(&row).Error
}

// SignedOnPaper records that the sheet was signed, sealed or finger-printed by
// every party that has not signed on the phone, and by the mediator, on a day;
// the photo of the sheet must be there. Refusals: Invalid (fields day, files).
func (t *Tenant) SignedOnPaper(ctx context.Context, actor models.Actor, id models.ID, version int, day models.Date) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("paper"), d.may("sign"), d.sameWords(version)); err != nil {
			return err
		}
		var f problem.Form
		if d.Mediation.Form != models.AgreementWritten {
			return problem.New(problem.Conflict, "policy.state", nil).Because("mediation law 28: an oral one is not signed")
		}
		if !day.Valid() || day > d.Day() || day < models.DateOf(d.Mediation.CreatedAt) {
			f.Add("day", "mediation.sign.day", nil)
		}
		var photos int64
		if err := d.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerMediation, id).Count(&photos).Error; err != nil {
			return err
		}
		if photos == 0 {
			f.Add("files", "mediation.sign.photo", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		for i := range d.parties {
			p := &d.parties[i]
			if p.Approved != version { // whoever signs has said yes
				p.Approved, p.ApprovedAt, p.ApprovedBy = version, &d.Now, actor.UserID
			}
			if err := firstError(d.sign(models.SignedByParty, p.ID, models.SignedOnPaper, day), d.saveParty(p, "approved", "approved_at", "approved_by")); err != nil {
				return err
			}
		}
		if err := firstError(d.sign(models.SignedByMediator, actor.UserID, models.SignedOnPaper, day), d.step(told{action: "sign"}), d.maybeEffect()); err != nil {
			return err
		}
		return firstError(d.askForSeal(), d.tellParties())
	})
}

// askForSeal tells the committee's head that the seal is missing.
func (d *dispute) askForSeal() error {
	if d.was.State != models.MediationDrafted {
		return nil
	}
	free, err := d.tenant().freeMediators(d.DB, d.parties, nil, d.Day())
	for _, m := range free {
		if m.Head && err == nil {
			err = d.tellOfficer(m.UserID)
		}
	}
	return err
}

// SealAgreement notes that the committee's seal is under it (art. 29): by its
// head, or by the mediator where no head is free of ties.
func (t *Tenant) SealAgreement(ctx context.Context, actor models.Actor, id models.ID, version int) error {
	return t.mediationAct(ctx, actor, id, func(d *dispute) error {
		if err := firstError(d.may("seal"), d.sameWords(version)); err != nil {
			return err
		}
		if d.Mediation.Form != models.AgreementWritten {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if !d.relations.Has(policy.RoleRegistrar) {
			headless, err := t.headless(d.DB, d.parties, d.Day())
			if err != nil {
				return err
			}
			if !headless {
				return problem.New(problem.Forbidden, "mediation.seal.head", nil).Because("mediation law 29: the committee's seal")
			}
		}
		return firstError(d.sign(models.SignedBySeal, 0, models.SignedOnPaper, d.Day()), d.step(told{action: "seal"}), d.maybeEffect(), d.news())
	})
}

// maybeEffect notes that the agreement binds, when nothing is missing, and how
// long both may ask the court to confirm it (art. 33).
func (d *dispute) maybeEffect() error {
	if d.was.State != models.MediationDrafted {
		return nil
	}
	var signed []models.MediationSignature
	if err := d.Where("mediation_id = ? AND version = ?", d.Mediation.ID, d.Version).Find(&signed).Error; err != nil {
		return err
	}
	day := policy.EffectiveDay(d.Mediation, d.parties, signed)
	if day == "" {
		return nil
	}
	d.EffectiveDay, d.CourtDay, d.CourtTold = day, policy.CourtDue(day, policy.China()), 1
	return firstError(d.step(told{action: "effect"}), d.cancelSittings())
}
