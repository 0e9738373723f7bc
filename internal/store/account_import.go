package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
)

// ImportLife is how long an uploaded file waits to be confirmed: what was
// compared with the books yesterday says little about today's books. The clock
// is read when it is confirmed; Sweep only tidies up.
const ImportLife = 24 * time.Hour

// importNote is what an import's row keeps for lists; the preview itself is
// read from the file again, by the same code that confirms it.
type importNote struct {
	Months  []models.Month `json:"months"`
	Entries int            `json:"entries"`
	OK      bool           `json:"ok"`
	Year    int            `json:"year,omitempty"` // that the person gave
}

// ImportLedgerFile reads an uploaded book of account and stages it: the file
// is kept, nothing is in the books. The same bytes staged before and still
// waiting are the same import. A file that is understood but wrong is staged
// too, so that its preview can say where; it cannot be confirmed.
func (t *Tenant) ImportLedgerFile(ctx context.Context, actor models.Actor, name string, data []byte, opt sheet.LedgerOptions) (*models.Import, *sheet.Ledger, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "account", "import", models.DateOf(t.Now())); err != nil {
		return nil, nil, err // before anything is unpacked
	}
	ledger, err := sheet.ReadLedger(name, data, opt)
	if err != nil {
		return nil, nil, err
	}
	note := importNote{OK: ledger.OK(), Year: opt.Year}
	for _, m := range ledger.Months {
		note.Months = append(note.Months, m.Month)
		note.Entries += len(m.Entries)
	}
	im, err := t.stage(ctx, actor, "account", models.ImportLedger, name, data, note, note.Entries)
	return im, ledger, err
}

// stage keeps an uploaded file and its row.
func (t *Tenant) stage(ctx context.Context, actor models.Actor, object string, kind models.ImportKind, name string, data []byte, note any, total int) (*models.Import, error) {
	sum, err := t.PutFile(data)
	if err != nil {
		return nil, err
	}
	report, err := json.Marshal(note)
	if err != nil {
		return nil, err
	}
	var im models.Import
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May(object, "import"); err != nil {
			return err
		}
		var waiting []models.Import
		err := tx.Where("kind = ? AND sha256 = ? AND state = ? AND created_at > ?", kind, sum, models.ImportStaged, tx.Now.Add(-ImportLife)).
			Order("id DESC").Limit(1).Find(&waiting).Error
		if err != nil {
			return err
		}
		if len(waiting) > 0 && string(waiting[0].Report) == string(report) {
			im = waiting[0]
			return nil
		}
		im = models.Import{
			Tenant: models.Tenant{CommunityID: t.Community.ID, ID: tx.NewID()}, Kind: kind, State: models.ImportStaged,
			FileName: shorten(cleanLine(name), 200), SHA256: sum, Size: int64(len(data)), Report: report, Total: total,
			ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		}
		tx.Audit(object+".stage", im.ID, map[string]any{"sha256": hex.EncodeToString(sum)})
		return tx.Create(&im).Error
	})
	if err != nil {
		return nil, err
	}
	return &im, nil
}

// shorten keeps the end of a name: there the month stands.
func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		r = r[len(r)-n:]
	}
	return string(r)
}

// Imports lists the files of a kind, the newest first.
func (t *Tenant) Imports(ctx context.Context, kind models.ImportKind, limit int) ([]models.Import, error) {
	var rows []models.Import
	err := t.db(ctx).Where("kind = ?", kind).Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}

func (t *Tenant) importOf(ctx context.Context, id models.ID, kind models.ImportKind) (*models.Import, []byte, error) {
	var im models.Import
	if err := t.db(ctx).Where("id = ? AND kind = ?", id, kind).Take(&im).Error; err != nil {
		return nil, nil, notFound(err)
	}
	gone := problem.New(problem.Conflict, "ledger.import.gone", nil)
	if im.State == models.ImportDropped {
		return nil, nil, gone // the sweeper may have taken the file
	}
	f, err := t.OpenFile(im.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, gone
	}
	if err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return &im, data, err
}

// LedgerPlan reads a staged file again and compares it with today's books.
func (t *Tenant) LedgerPlan(ctx context.Context, id models.ID) (*LedgerPlan, error) {
	im, ledger, err := t.stagedLedger(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &LedgerPlan{Import: im, Ledger: ledger, Expired: !t.Now().Before(im.CreatedAt.Add(ImportLife))}
	if p.Months, err = planMonths(t.db(ctx), ledger, models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var earlier []models.Import
	err = t.db(ctx).Where("kind = ? AND sha256 = ? AND state = ? AND id <> ?", models.ImportLedger, im.SHA256, models.ImportConfirmed, id).
		Order("id DESC").Limit(1).Find(&earlier).Error
	if err != nil {
		return nil, err
	}
	if len(earlier) > 0 {
		p.Before = &earlier[0]
	}
	p.Elsewhere = t.namesAnother(ledger)
	p.NeedsReason = slices.ContainsFunc(p.Months, func(m MonthPlan) bool { return m.Action == PlanCorrect })
	p.OK = im.State == models.ImportStaged && !p.Expired && acceptable(ledger, p.Months) == nil
	return p, nil
}

// namesAnother is the community that the file's titles name instead of this
// one: whoever keeps the books of many communities picks the wrong one some day.
func (t *Tenant) namesAnother(l *sheet.Ledger) string {
	for _, s := range l.Sheets {
		if strings.Contains(s.Title, t.Community.Name) {
			return ""
		}
	}
	for _, s := range l.Sheets {
		for _, c := range t.Communities() {
			if c.ID != t.Community.ID && c.Name != "" && strings.Contains(s.Title, c.Name) {
				return c.Name
			}
		}
	}
	return ""
}

func (t *Tenant) stagedLedger(ctx context.Context, id models.ID) (*models.Import, *sheet.Ledger, error) {
	im, data, err := t.importOf(ctx, id, models.ImportLedger)
	if err != nil {
		return nil, nil, err
	}
	var note importNote
	if err := json.Unmarshal(im.Report, &note); err != nil {
		return nil, nil, err
	}
	ledger, err := sheet.ReadLedger(im.FileName, data, sheet.LedgerOptions{Year: note.Year})
	return im, ledger, err
}

// acceptable refuses a file with errors, months that cannot be brought in, and
// a file that changes nothing.
func acceptable(l *sheet.Ledger, months []MonthPlan) error {
	if !l.OK() {
		return problem.New(problem.Invalid, "ledger.import.errors", nil)
	}
	same := 0
	for _, m := range months {
		if m.Action == PlanBlocked {
			return &problem.Problem{Kind: problem.Invalid, Key: m.Problems[0].Key, Args: m.Problems[0].Args}
		}
		if m.Action == PlanSame {
			same++
		}
	}
	if same == len(months) {
		return problem.New(problem.Conflict, "ledger.import.same", nil)
	}
	return nil
}

// ConfirmLedger takes a staged file's months into the books as drafts, all or
// none, in one transaction. reason is needed when a published month is
// corrected. It returns the drafts.
func (t *Tenant) ConfirmLedger(ctx context.Context, actor models.Actor, id models.ID, reason string) ([]models.AccountMonth, error) {
	im, ledger, err := t.stagedLedger(ctx, id)
	if err != nil {
		return nil, err
	}
	var drafts []models.AccountMonth
	err = t.Write(ctx, actor, func(tx *Tx) error {
		drafts = nil
		if err := tx.May("account", "confirm"); err != nil {
			return err
		}
		if err := tx.closeImport(im.ID, models.ImportConfirmed); err != nil {
			return err
		}
		plans, err := planMonths(tx.DB, ledger, tx.Day())
		if err != nil {
			return err
		}
		if err := acceptable(ledger, plans); err != nil {
			return err
		}
		for i := range plans {
			if plans[i].Action == PlanSame {
				continue
			}
			m, err := tx.draft(&plans[i], im.ID, reason)
			if err != nil {
				return err
			}
			drafts = append(drafts, *m)
		}
		tx.Touch("accounts")
		tx.Audit("account.import", im.ID, map[string]any{"sha256": hex.EncodeToString(im.SHA256), "months": len(drafts)})
		return nil
	})
	return drafts, err
}

// closeImport ends the waiting of a staged file, once.
func (tx *Tx) closeImport(id models.ID, state models.ImportState) error {
	res := tx.Model(&models.Import{}).Where("id = ? AND state = ? AND created_at > ?", id, models.ImportStaged, tx.Now.Add(-ImportLife)).
		Select("state", "updated_at").Updates(&models.Import{State: state, UpdatedAt: tx.Now})
	if res.Error == nil && res.RowsAffected == 0 {
		return problem.New(problem.Conflict, "ledger.import.gone", nil)
	}
	return Changed(res)
}

// DropImport gives a staged file up. The file itself stays: others may have
// brought in the same bytes.
func (t *Tenant) DropImport(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("account", "import"); err != nil {
			return err
		}
		tx.Audit("account.import_drop", id, nil)
		return tx.closeImport(id, models.ImportDropped)
	})
}
