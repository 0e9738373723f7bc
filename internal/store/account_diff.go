package store

import (
	"bytes"
	"strings"

	"juwu/models"
)

// matching tells which line of a new version continues which old one.
type matching struct {
	old     []int // for each new line: place of its old line, −1 if it is new
	removed []int // old lines that nothing continues
}

// sameLine tells whether two lines say the same.
func sameLine(a, b *models.AccountEntry) bool {
	return a.Day == b.Day && a.Voucher == b.Voucher && a.Purpose == b.Purpose && a.Category == b.Category &&
		a.Fund == b.Fund && a.IncomeFen == b.IncomeFen && a.ExpenseFen == b.ExpenseFen && a.Handler == b.Handler &&
		a.Witness == b.Witness && a.Approver == b.Approver && a.Receipts == b.Receipts && a.Note == b.Note
}

// matchLines pairs lines in passes: equal ones first, then those with the same
// voucher number, then those that kept their day and amount, then those that
// kept their words. A pass takes each line once and in order, so that two
// equal lines of a book stay two lines.
func matchLines(old, now []models.AccountEntry) matching {
	m := matching{old: make([]int, len(now))}
	used := make([]bool, len(old))
	for i := range m.old {
		m.old[i] = -1
	}
	amounts := func(e *models.AccountEntry) string { return e.IncomeFen.Plain() + "/" + e.ExpenseFen.Plain() }
	passes := []func(e *models.AccountEntry) string{
		func(e *models.AccountEntry) string {
			return strings.Join([]string{openFieldsWithoutLine(e), e.Purpose, e.Note, namesOf(e)}, "\n")
		},
		func(e *models.AccountEntry) string { return e.Voucher },
		func(e *models.AccountEntry) string { return string(e.Day) + " " + amounts(e) },
		func(e *models.AccountEntry) string { return e.Purpose + " " + e.Category },
	}
	for _, key := range passes {
		free := map[string][]int{}
		for i := range old {
			if k := key(&old[i]); !used[i] && k != "" {
				free[k] = append(free[k], i)
			}
		}
		for i := range now {
			k := key(&now[i])
			if m.old[i] >= 0 || len(free[k]) == 0 {
				continue
			}
			m.old[i], free[k] = free[k][0], free[k][1:]
			used[m.old[i]] = true
		}
	}
	for i := range old {
		if !used[i] {
			m.removed = append(m.removed, i)
		}
	}
	return m
}

func openFieldsWithoutLine(e *models.AccountEntry) string {
	c := *e
	c.Line, c.Change = 0, models.ChangeNone
	return openFields(&c)
}

// counted are the lines of a version that stand in its sums.
func counted(all []models.AccountEntry) []models.AccountEntry {
	var out []models.AccountEntry
	for _, e := range all {
		if e.Change != models.ChangeRemoved {
			out = append(out, e)
		}
	}
	return out
}

// keepWithdrawn puts the mark where a corrected sheet brings words back that
// were withdrawn from the line it continues: the clerk's file still has them.
func keepWithdrawn(salt []byte, old, now *models.AccountEntry) {
	if old.WithdrawnAt == nil {
		return
	}
	was := *old
	open := openFields(&was)
	if old.Purpose == WithdrawnMark && bytes.Equal(old.PurposeHash, textHash(salt, old.Line, "purpose", open, now.Purpose)) {
		now.Purpose, now.WithdrawnAt = WithdrawnMark, old.WithdrawnAt
	}
	if old.Note == WithdrawnMark && bytes.Equal(old.NoteHash, textHash(salt, old.Line, "note", open, now.Note)) {
		now.Note, now.WithdrawnAt = WithdrawnMark, old.WithdrawnAt
	}
}

// markChanges writes into the lines of a corrected version what became of the
// old ones, and appends the removed ones: listed, not counted.
func markChanges(salt []byte, old, now []models.AccountEntry) []models.AccountEntry {
	match := matchLines(old, now)
	for i := range now {
		e := &now[i]
		if match.old[i] < 0 {
			e.Change = models.ChangeAdded
			continue
		}
		before := &old[match.old[i]]
		keepWithdrawn(salt, before, e)
		e.ReplacesID = before.ID
		if !sameLine(before, e) {
			e.Change = models.ChangeEdited
		}
	}
	for _, i := range match.removed {
		gone := old[i]
		gone.ReplacesID, gone.ID = gone.ID, 0
		gone.Change, gone.Line = models.ChangeRemoved, len(now)+1
		now = append(now, gone)
	}
	return now
}
