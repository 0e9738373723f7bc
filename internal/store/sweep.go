package store

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/models"
)

// What has expired is harmless: every reader checks the time. Sweeping keeps
// the tables small and keeps the promise of the shortest storage (PIPL art. 19).

const (
	// sweepBatch keeps each transaction short: SQLite has one writer.
	sweepBatch = 500
	// codesKept is how long unused codes stay, for the limits' sake.
	codesKept = 24 * time.Hour
	// settledKept is how long the outbox remembers that a message went out.
	settledKept = 180 * 24 * time.Hour
	stagedKept  = 7 * 24 * time.Hour
	// orphanAge is how old a file without a row must be: a younger one may belong
	// to a use case that is still running.
	orphanAge = 24 * time.Hour
)

// Swept counts what a sweep has removed.
type Swept struct {
	Sessions, Codes, Limits, Messages, Imports, Files int64
}

// Sweep removes what has expired. It may be stopped at any time and run again.
func (s *Store) Sweep(ctx context.Context) (Swept, error) {
	var n Swept
	now := s.Now()
	steps := []struct {
		count *int64
		row   any
		key   string
		where string
		args  []any
	}{
		{&n.Sessions, &models.Session{}, "hash", "expires_at <= ? OR seen_at <= ?", []any{now, now.Add(-SessionIdle)}},
		{&n.Codes, &models.LoginCode{}, "id", "(used_at IS NULL AND expires_at <= ?) OR used_at <= ?", []any{now.Add(-codesKept), now.Add(-knownFor)}},
		{&n.Limits, &models.Limit{}, "bucket", "until <= ?", []any{now}},
		{&n.Messages, &models.OutboxMessage{}, "id", "state <> ? AND created_at <= ?", []any{models.OutboxWaiting, now.Add(-settledKept)}},
	}
	for _, step := range steps {
		if err := s.sweepTable(ctx, step.row, step.key, step.where, step.args, step.count); err != nil {
			return n, err
		}
	}
	if err := s.expireWaiting(ctx, now); err != nil {
		return n, err
	}
	for _, c := range s.Communities() {
		t := s.In(c)
		if err := t.dropStaged(ctx, now.Add(-stagedKept), &n.Imports); err != nil {
			return n, err
		}
		if err := t.dropShelves(ctx, now); err != nil {
			return n, err
		}
		if err := t.dropRollRows(ctx, now.Add(-ImportLife)); err != nil {
			return n, err
		}
		if err := t.dropListRows(ctx, now.Add(-ImportLife)); err != nil {
			return n, err
		}
		if err := t.sweepDrafts(ctx, now); err != nil {
			return n, err
		}
		if err := t.forgetNeeds(ctx, now); err != nil {
			return n, err
		}
		if err := t.sweepVisitNotes(ctx, now); err != nil {
			return n, err
		}
		if err := t.eraseMediations(ctx); err != nil {
			return n, err
		}
		if err := t.sweepFiles(ctx, now.Add(-orphanAge), &n.Files); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) sweepTable(ctx context.Context, row any, key, where string, args []any, count *int64) error {
	for {
		var deleted int64
		err := s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
			var keys []any
			rows, err := tx.Model(row).Where(where, args...).Limit(sweepBatch).Select(key).Rows()
			if err != nil {
				return err
			}
			for rows.Next() {
				var k any
				if err := rows.Scan(&k); err != nil {
					return errors.Join(err, rows.Close())
				}
				keys = append(keys, k)
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil || len(keys) == 0 {
				deleted = 0
				return err
			}
			res := tx.Where(map[string]any{key: keys}).Delete(row)
			deleted = res.RowsAffected
			return res.Error
		})
		*count += deleted
		if err != nil || deleted < sweepBatch {
			return err
		}
	}
}

// expireWaiting settles messages that nobody leased in time, also those of a
// channel that has no sender any more.
func (s *Store) expireWaiting(ctx context.Context, now time.Time) error {
	var late []models.OutboxMessage
	err := s.db(ctx).Select("id", "error").Where("state = ? AND expires_at <= ?", models.OutboxWaiting, now).Limit(sweepBatch).Find(&late).Error
	if err != nil || len(late) == 0 {
		return err
	}
	return s.WriteGlobal(ctx, models.Actor{System: true}, func(tx *Tx) error {
		for _, m := range late {
			if err := tx.settle(m.ID, models.OutboxExpired, m.Error); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropStaged gives up uploads that nobody confirmed. Their rows stay as a
// trace; what was understood of the file goes.
func (t *Tenant) dropStaged(ctx context.Context, before time.Time, count *int64) error {
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		res := tx.Model(&models.Import{}).Where("state IN ? AND updated_at <= ?", []models.ImportState{models.ImportStaged, models.ImportRunning}, before).
			Select("state", "report", "updated_at").Updates(&models.Import{State: models.ImportDropped, UpdatedAt: tx.Now})
		*count = res.RowsAffected
		return res.Error
	})
}

// sweepFiles removes stored content that no row names.
func (t *Tenant) sweepFiles(ctx context.Context, before time.Time, count *int64) error {
	root := filepath.Join(t.opt.DataDir, "files", t.Community.ID.String())
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.ModTime().After(before) {
			return err
		}
		named, err := t.named(ctx, path)
		if err != nil || named {
			return err
		}
		*count++
		return os.Remove(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// named tells whether an attachment row names the file. A name that is no hash
// is a temporary file that a crash has left.
func (t *Tenant) named(ctx context.Context, path string) (bool, error) {
	sum, ok := fileSum(path)
	if !ok {
		return false, nil
	}
	err := t.db(ctx).Select("id").Where("sha256 = ? AND removed_at IS NULL", sum).Take(&models.Attachment{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return t.namedByImport(ctx, sum)
	}
	return err == nil, err
}

// namedByImport keeps the file of an import, staged or confirmed.
func (t *Tenant) namedByImport(ctx context.Context, sum []byte) (bool, error) {
	err := t.db(ctx).Select("id").Where("sha256 = ? AND state <> ?", sum, models.ImportDropped).Take(&models.Import{}).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	return err == nil, err
}

// fileSum is the hash that a path of ours spells.
func fileSum(path string) ([]byte, bool) {
	name := filepath.Base(filepath.Dir(path)) + filepath.Base(path)
	if len(name) != 64 || strings.Trim(name, "0123456789abcdef") != "" {
		return nil, false
	}
	b, err := hex.DecodeString(name)
	return b, err == nil
}
