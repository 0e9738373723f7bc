package store

import (
	"context"

	"juwu/models"
)

// ExportAccount reads a month with the names of who handled, witnessed and
// approved each line, for whoever audits. It leaves a row: this copy has what
// the public one has not. Refusals: Forbidden, NotFound.
func (t *Tenant) ExportAccount(ctx context.Context, actor models.Actor, id models.ID) (m *models.AccountMonth, entries []models.AccountEntry, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "export"); err != nil {
			return err
		}
		if m, err = accountByID(tx.DB, id); err != nil {
			return err
		}
		if entries, err = entriesOf(tx.DB, id); err != nil {
			return err
		}
		tx.Audit("account.export", id, nil)
		return nil
	})
	return m, entries, err
}
