package store

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// 双报到: a party member of a unit reports to the community and serves there;
// the community writes the unit a letter about it (domain.md A11-10).

const documentParty = "报到" //words:allow a mark of official documents, stored once and never translated

// PartyDraft is a member who reports.
type PartyDraft struct{ Number, Unit, Branch, Contact string }

// ReportParty notes a member who reports to the community.
func (t *Tenant) ReportParty(ctx context.Context, actor models.Actor, d PartyDraft) (*models.PartyCheckIn, error) {
	d = PartyDraft{cleanLine(d.Number), cleanLine(d.Unit), cleanLine(d.Branch), cleanLine(d.Contact)}
	var p models.PartyCheckIn
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "party"); err != nil {
			return err
		}
		var f problem.Form
		var v models.Volunteer
		if err := tx.Where("number = ? AND state = ? AND party = ?", d.Number, models.VolunteerActive, true).Limit(1).Find(&v).Error; err != nil {
			return err
		}
		if v.ID == 0 {
			f.Add("number", "party.number", nil)
		}
		if n := len([]rune(d.Unit)); n < 2 || n > 100 {
			f.Add("unit", "form.needed", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		year := tx.Day().Time().Year()
		n, err := tx.Next("party." + strconv.Itoa(year))
		if err != nil {
			return err
		}
		p = models.PartyCheckIn{Tenant: models.Tenant{ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentParty, year, n), VolunteerID: v.ID, LiveOne: &v.ID, Name: v.Name,
			Unit: d.Unit, Branch: d.Branch, Contact: d.Contact, ReportedOn: tx.Day(), CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&p).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "party.twice", nil)
			}
			return err
		}
		tx.Audit("party.report", p.ID, nil)
		return tx.tellVolunteer(&v, "party.tell.reported", nil, "/me/volunteer")
	})
	return &p, err
}

// WriteLetter fills the feedback letter to the unit with what was served in a
// period: figures from approved hours, words from the branch.
func (t *Tenant) WriteLetter(ctx context.Context, actor models.Actor, id models.ID, from, to models.Date, text string) error {
	text = strings.TrimSpace(text)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "party"); err != nil {
			return err
		}
		var f problem.Form
		if !from.Valid() || !to.Valid() || to < from || to > tx.Day() {
			f.Add("to", "certify.until.wrong", nil)
		}
		if n := len([]rune(text)); n < leastReason || n > 600 {
			f.Add("text", "policy.reason", problem.Args{"n": leastReason})
		}
		if err := f.Err(); err != nil {
			return err
		}
		var p models.PartyCheckIn
		if err := tx.Where("id = ?", id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		var sum struct{ Minutes, Times int }
		err := tx.Model(&models.Hours{}).Where("volunteer_id = ? AND state = ? AND reverses_id IS NULL AND day >= ? AND day <= ?", p.VolunteerID, models.HoursApproved, from, to).
			Select("COALESCE(SUM(minutes), 0) AS minutes, COUNT(*) AS times").Scan(&sum).Error
		if err != nil {
			return err
		}
		tx.Audit("party.letter", id, map[string]int{"minutes": sum.Minutes})
		return Changed(tx.Model(&models.PartyCheckIn{}).Where("id = ?", id).Updates(map[string]any{
			"letter_text": text, "letter_from": from, "letter_to": to, "letter_min": sum.Minutes, "letter_times": sum.Times, "letter_by": tx.actorName(models.RolePartyBranch), "letter_at": tx.Now, "updated_at": tx.Now}))
	})
}

// PartyList are the members who reported, the newest first.
func (t *Tenant) PartyList(ctx context.Context) ([]models.PartyCheckIn, error) {
	var rows []models.PartyCheckIn
	err := t.db(ctx).Where("ended_on = ''").Order("id DESC").Limit(300).Find(&rows).Error
	return rows, err
}

// PartyMember is one of them.
func (t *Tenant) PartyMember(ctx context.Context, id models.ID) (*models.PartyCheckIn, error) {
	var p models.PartyCheckIn
	err := t.db(ctx).Where("id = ?", id).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, notFound(err)
	}
	return &p, err
}
