package store

import (
	"context"
	"errors"
	"math/rand/v2" //forbid:allow math/rand/v2 jitter of retries is no secret
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
)

// Tx is one use case's transaction: one instant, one actor, and what must
// stand or fall together with the data: audit rows, messages, page stamps.
type Tx struct {
	*gorm.DB
	Now       time.Time
	Actor     models.Actor
	Community *models.Community // nil in a global transaction

	store  *Store
	chain  models.ID
	audits []models.AuditRow
	aside  []models.AuditRow  // of the chain of the whole installation
	touch  map[stampKey]int64 // new values, known at commit
}

// Day is the civil day of the transaction.
func (tx *Tx) Day() models.Date { return models.DateOf(tx.Now) }

// NewID makes an id for a row of this transaction.
func (tx *Tx) NewID() models.ID { return models.NewID(tx.Now) }

// Write runs fn in one transaction bound to the community. fn may run several
// times: it must touch nothing but tx. An error rolls everything back.
func (t *Tenant) Write(ctx context.Context, actor models.Actor, fn func(tx *Tx) error) error {
	return t.Store.transact(ctx, actor, t.Community, fn)
}

// WriteGlobal is Write for global tables; its audit rows go to chain 0.
func (s *Store) WriteGlobal(ctx context.Context, actor models.Actor, fn func(tx *Tx) error) error {
	return s.transact(ctx, actor, nil, fn)
}

const tries = 5

func (s *Store) transact(ctx context.Context, actor models.Actor, c *models.Community, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		err := s.once(ctx, actor, c, fn)
		if err == nil || try == tries || !passing(err) {
			return busy(err)
		}
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(10*time.Millisecond) << try)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return busy(err)
		case <-pause.C:
		}
	}
}

// busy hides a lost race with the database behind a problem a person can act on.
func busy(err error) error {
	if err != nil && problem.As(err) == nil && (passing(err) || errors.Is(err, context.DeadlineExceeded)) {
		return &problem.Problem{Kind: problem.Unavailable, Key: "page.busy", Err: err}
	}
	return err
}

func (s *Store) once(ctx context.Context, actor models.Actor, c *models.Community, fn func(tx *Tx) error) (err error) {
	db := s.write.WithContext(ctx).Begin()
	if db.Error != nil {
		return db.Error
	}
	done := false
	defer func() {
		if !done {
			db.Rollback() // also when fn panics
		}
	}()
	tx := &Tx{DB: db, Actor: actor, Community: c, store: s, touch: map[stampKey]int64{}}
	if c != nil {
		tx.chain = c.ID
		tx.DB = scoped(db, c.ID)
	} else {
		tx.DB = db.Session(&gorm.Session{})
	}
	if tx.Now, err = s.instant(tx.DB); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.bumpStamps(); err != nil {
		return err
	}
	if err := tx.appendAudit(); err != nil { // the head is the last lock taken
		return err
	}
	done = true
	if err := db.Commit().Error; err != nil {
		if passing(err) {
			return err
		}
		return &problem.Problem{Kind: problem.Unavailable, Key: "page.unknown", Err: err}
	}
	return s.committed(ctx, tx)
}

// Changed is nil when exactly one row met the condition of an UPDATE or
// DELETE; otherwise someone was faster and the problem says so.
func Changed(res *gorm.DB) error {
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return nil
}

// Next counts up and returns the next number of a series of the community,
// without gaps: "account.2026".
func (tx *Tx) Next(name string) (int64, error) { return tx.NextOf(name, 1) }

// NextOf counts up by how many and returns the last of them.
func (tx *Tx) NextOf(name string, many int) (int64, error) {
	where := models.Counter{CommunityID: tx.chain, Name: name}
	res := tx.Model(&models.Counter{}).Where("name = ?", name).Update("n", gorm.Expr("n + ?", many))
	if res.Error != nil {
		return 0, res.Error
	}
	if res.RowsAffected == 0 {
		where.N = int64(many)
		err := tx.Create(&where).Error
		if err == nil {
			return where.N, nil
		}
		return 0, err
	}
	var c models.Counter
	err := tx.Where("name = ?", name).Take(&c).Error
	return c.N, err
}
