package store

import (
	"context"
	"slices"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// WithdrawnMark stands where words were withdrawn; pages put it into words.
const WithdrawnMark = "■■■"

// WithdrawText takes personal data that was published by mistake out of a line
// at once (design.md section 5): the words named by fields ("purpose", "note",
// "names", "receipt") go from every version and draft that holds them. Figures
// stay, and so do the salted hashes: fingerprints still hold.
func (t *Tenant) WithdrawText(ctx context.Context, actor models.Actor, entry models.ID, fields []string, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "withdraw"); err != nil {
			return err
		}
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		var e models.AccountEntry
		if err := tx.Where("id = ?", entry).Take(&e).Error; err != nil {
			return notFound(err)
		}
		m, err := accountByID(tx.DB, e.AccountID)
		if err != nil {
			return err
		}
		if err := policy.MayWithdraw(*m, fields, reason); err != nil {
			return err
		}
		role := tx.actingRole(models.RoleDirector, models.RoleViceDirector, models.RoleClerk)
		lines, err := tx.sameWords(&e, m.Month, fields)
		if err != nil {
			return err
		}
		gone := 0
		for i := range lines {
			n, err := tx.withdrawLine(&lines[i], fields, role, reason)
			if err != nil {
				return err
			}
			gone += n
		}
		if gone == 0 {
			return problem.New(problem.Conflict, "ledger.withdraw.nothing", nil)
		}
		tx.Touch("accounts", "inquiries", "home")
		return tx.tellFollowers("accounts", "ledger.tell.withdrawn", problem.Args{"month": m.Month}, "/"+tx.Community.Code+"/accounts/"+string(m.Month))
	})
}

// sameWords are the line itself and the lines of the month's other versions
// that hold the same words: those it continues, those that continue it, and
// any that repeat the text.
func (tx *Tx) sameWords(e *models.AccountEntry, month models.Month, fields []string) ([]models.AccountEntry, error) {
	var versions []models.ID
	err := tx.Model(&models.AccountMonth{}).Where("month = ?", month).Pluck("id", &versions).Error
	if err != nil {
		return nil, err
	}
	var all []models.AccountEntry
	if err := tx.Where("account_id IN ?", versions).Order("id").Find(&all).Error; err != nil {
		return nil, err
	}
	family := map[models.ID]bool{e.ID: true}
	for grown := true; grown; {
		grown = false
		for _, o := range all {
			if o.ReplacesID != 0 && family[o.ID] != family[o.ReplacesID] {
				family[o.ID], family[o.ReplacesID], grown = true, true, true
			}
		}
	}
	repeats := func(o *models.AccountEntry) bool {
		return slices.Contains(fields, "purpose") && o.Purpose == e.Purpose && e.Purpose != WithdrawnMark && o.Voucher == e.Voucher ||
			slices.Contains(fields, "note") && o.Note == e.Note && e.Note != "" && e.Note != WithdrawnMark
	}
	return slices.DeleteFunc(all, func(o models.AccountEntry) bool { return !family[o.ID] && !repeats(&o) }), nil
}

// withdrawnDetail is what the audit chain keeps of a withdrawal.
type withdrawnDetail struct {
	Fields []string `json:"fields"`
	Line   int      `json:"line"`
}

// withdrawLine replaces the words of one line; it returns how many texts or
// files went.
func (tx *Tx) withdrawLine(e *models.AccountEntry, fields []string, role models.Role, reason string) (int, error) {
	gone, columns := 0, []string{"withdrawn_at"}
	mark := func(column string, text *string) {
		if *text != "" && *text != WithdrawnMark {
			*text, gone, columns = WithdrawnMark, gone+1, append(columns, column)
		}
	}
	for _, f := range fields {
		switch f {
		case "purpose":
			mark("purpose", &e.Purpose)
		case "note":
			mark("note", &e.Note)
		case "names":
			mark("handler", &e.Handler)
			mark("witness", &e.Witness)
			mark("approver", &e.Approver)
		case "receipt":
			n, err := tx.withdrawReceipts(e.ID)
			if err != nil {
				return 0, err
			}
			gone += n
		}
	}
	if gone == 0 {
		return 0, nil
	}
	e.WithdrawnAt = &tx.Now
	if err := Changed(tx.Model(&models.AccountEntry{}).Where("id = ?", e.ID).Select(columns).Updates(e)); err != nil {
		return 0, err
	}
	err := tx.Model(&models.AccountMonth{}).Where("id = ?", e.AccountID).
		Select("withdrawn_at", "updated_at").Updates(&models.AccountMonth{WithdrawnAt: &tx.Now, UpdatedAt: tx.Now}).Error
	if err != nil {
		return 0, err
	}
	tx.Audit("account.withdraw", e.ID, withdrawnDetail{fields, e.Line})
	return gone, tx.event(e.AccountID, EventWithdrawn, role, reason)
}

func (tx *Tx) withdrawReceipts(entry models.ID) (int, error) {
	var n int64
	err := tx.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id = ? AND removed_at IS NULL", ownerEntry, entry).Count(&n).Error
	if err != nil || n == 0 {
		return 0, err
	}
	return int(n), tx.removeReceipts([]models.ID{entry})
}
