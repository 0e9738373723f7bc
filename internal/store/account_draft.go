package store

import (
	"slices"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// batch is how many rows one INSERT takes.
const batch = 500

// draft takes one month of a plan into the books.
func (tx *Tx) draft(p *MonthPlan, importID models.ID, reason string) (*models.AccountMonth, error) {
	version := 1
	if p.standing != nil {
		version = p.standing.Version + 1
	}
	m, err := tx.draftRow(p, version)
	if err != nil {
		return nil, err
	}
	m.OpeningFen, m.IncomeFen, m.ExpenseFen, m.ClosingFen = p.Month.OpeningFen, p.Month.IncomeFen, p.Month.ExpenseFen, p.Month.ClosingFen
	m.Entries, m.ImportID, m.Salt, m.State, m.UpdatedAt = len(p.lines), importID, newSalt(), models.AccountDraft, tx.Now
	m.CreatedBy = tx.Actor.UserID
	kind := EventImported
	if p.Action == PlanReplace {
		kind = EventReplaced
	}
	lines := slices.Clone(p.lines)
	if version > 1 {
		kind = EventCorrection
		if lines, err = tx.correction(p, m, lines, reason); err != nil {
			return nil, err
		}
	}
	if err := tx.saveDraft(m); err != nil {
		return nil, err
	}
	if err := tx.writeLines(p, m, lines); err != nil {
		return nil, err
	}
	tx.Audit("account.draft", m.ID, map[string]any{"month": m.Month, "version": m.Version, "round": m.Round})
	return m, tx.event(m.ID, kind, tx.actingRole(models.RoleClerk, models.RoleBookkeeper), m.Reason)
}

// draftRow is the row that the draft is written to: the draft that stands, one
// that was given up (a version's number is not lost with it), or a new one.
// The UPDATE locks the row and starts a new signing round, so that nobody
// signs what they have not seen.
func (tx *Tx) draftRow(p *MonthPlan, version int) (*models.AccountMonth, error) {
	var rows []models.AccountMonth
	err := tx.Where("month = ? AND version = ?", p.Month.Month, version).Limit(1).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return &models.AccountMonth{Month: p.Month.Month, Version: version, Round: 1, CreatedAt: tx.Now}, nil
	}
	m := rows[0]
	res := tx.Model(&models.AccountMonth{}).Where("id = ? AND round = ? AND state IN ?", m.ID, m.Round,
		[]models.AccountState{models.AccountDraft, models.AccountDropped}).Update("round", gorm.Expr("round + 1"))
	m.Round++
	return &m, Changed(res)
}

func (tx *Tx) saveDraft(m *models.AccountMonth) error {
	if m.ID == 0 {
		m.ID = tx.NewID()
		m.CommunityID = tx.chain
		err := tx.Create(m).Error
		if duplicate(err) {
			return problem.New(problem.Conflict, "page.conflict", nil) // another process was faster with the same month
		}
		return err
	}
	return Changed(tx.Model(&models.AccountMonth{}).Where("id = ?", m.ID).
		Select("state", "opening_fen", "income_fen", "expense_fen", "closing_fen", "entries", "import_id", "created_by", "reason", "salt", "updated_at").
		Updates(m))
}

// correction prepares the lines of a corrected version.
func (tx *Tx) correction(p *MonthPlan, m *models.AccountMonth, lines []models.AccountEntry, reason string) ([]models.AccountEntry, error) {
	if err := tx.May("account", "correct"); err != nil {
		return nil, err
	}
	if reason == "" && p.Action == PlanReplace {
		reason = m.Reason // the draft of the correction gave one already
	}
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	if err := policy.MayCorrect(*p.standing, reason); err != nil {
		return nil, err
	}
	old, err := entriesOf(tx.DB, p.standing.ID)
	if err != nil {
		return nil, err
	}
	lines = markChanges(p.standing.Salt, counted(old), lines)
	changed := slices.ContainsFunc(lines, func(e models.AccountEntry) bool { return e.Change != models.ChangeNone })
	if !changed && p.standing.OpeningFen == m.OpeningFen {
		return nil, problem.New(problem.Conflict, "ledger.import.same", nil)
	}
	m.Reason = reason
	return lines, nil
}

// writeLines replaces the draft's lines. Lines that continue one of the draft
// before keep its id, and with it the receipts that are attached.
func (tx *Tx) writeLines(p *MonthPlan, m *models.AccountMonth, lines []models.AccountEntry) error {
	var before []models.AccountEntry
	if err := tx.Where("account_id = ? AND `change` <> ?", m.ID, models.ChangeRemoved).Order("line").Find(&before).Error; err != nil {
		return err
	}
	if err := tx.Where("account_id = ?", m.ID).Delete(&models.AccountEntry{}).Error; err != nil {
		return err
	}
	match := matchLines(before, counted(lines))
	for i := range lines {
		e := &lines[i]
		e.CommunityID, e.AccountID = tx.chain, m.ID
		if i < len(match.old) && match.old[i] >= 0 {
			e.ID = before[match.old[i]].ID
		} else {
			e.ID = tx.NewID()
		}
		sealEntry(m.Salt, e)
	}
	if len(lines) > 0 {
		if err := tx.CreateInBatches(lines, batch).Error; err != nil {
			return err
		}
	}
	var gone []models.ID
	for _, i := range match.removed {
		gone = append(gone, before[i].ID)
	}
	if err := tx.removeReceipts(gone); err != nil {
		return err
	}
	if p.standing != nil && len(before) == 0 {
		if err := tx.carryReceipts(lines); err != nil {
			return err
		}
	}
	return tx.claimReceipts(lines)
}

// ownerEntry is the kind of attachments that belong to an account line.
const ownerEntry = "entry"

// removeReceipts takes the attachments of lines away.
func (tx *Tx) removeReceipts(lines []models.ID) error {
	for part := range slices.Chunk(lines, batch) {
		err := tx.Model(&models.Attachment{}).Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", ownerEntry, part).
			Select("removed_at", "public").Updates(&models.Attachment{RemovedAt: &tx.Now}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// carryReceipts gives the lines of a corrected version the receipts of the
// lines they continue: rows are copied, the files are shared.
func (tx *Tx) carryReceipts(lines []models.AccountEntry) error {
	to := map[models.ID]models.ID{}
	var from []models.ID
	for _, e := range lines {
		if e.ReplacesID != 0 && e.Change != models.ChangeRemoved {
			to[e.ReplacesID], from = e.ID, append(from, e.ReplacesID)
		}
	}
	for part := range slices.Chunk(from, batch) {
		var files []models.Attachment
		err := tx.Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", ownerEntry, part).Order("id").Find(&files).Error
		if err != nil || len(files) == 0 {
			return err
		}
		copied := map[models.ID]models.ID{}
		for i := range files {
			f := &files[i]
			copied[f.ID] = tx.NewID()
			f.ID, f.OwnerID, f.CreatedAt = copied[f.ID], to[f.OwnerID], tx.Now
		}
		for i := range files {
			if id, ok := copied[files[i].RedactsID]; ok {
				files[i].RedactsID = id
			}
		}
		if err := tx.CreateInBatches(files, batch).Error; err != nil {
			return err
		}
	}
	return nil
}
