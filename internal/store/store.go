// Package store is the database: the only importer of GORM. A use case is one
// method of Tenant (or of Store, for what is global) and one transaction; it
// asks package policy whether the thing may happen, writes, and leaves its
// audit row, its messages and its page stamps in the same transaction.
//
// It never imports the HTTP edge, and nothing outside it sees *gorm.DB.
package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Options of Open. DSN is "" for SQLite in DataDir, or mysql://user:pass@…/db.
type Options struct {
	DSN     string
	DataDir string // files and the SQLite database; created if missing
	Keys    *Keys
	Guard   *policy.Guard
	Log     *slog.Logger
	// Now is the process clock. With DatabaseClock a transaction on MySQL takes
	// its instant from the database instead: several processes, one clock.
	Now           func() time.Time
	DatabaseClock bool
}

// Store is one installation's data. It is safe for concurrent use.
type Store struct {
	opt     Options
	dialect dialect
	write   *gorm.DB // SQLite: one connection, transactions begin IMMEDIATE
	read    *gorm.DB // SQLite: eight connections that cannot write

	stamps      sync.Map // stampKey → *atomic.Int64
	communities atomic.Pointer[communityIndex]
	authzRead   atomic.Int64                                       // unix ms at which the policy's version row was last read
	authzSeen   atomic.Int64                                       // version that is compiled
	posts       atomic.Pointer[map[models.ID][]models.Appointment] // by user; see session.go
	work        sync.WaitGroup                                     // imports that outlive their request
	boards      sync.Map                                           // boardKey → *openBoard; see ballot_open.go
}

// Open connects, checks that the database is fit for the work, and loads what
// is kept in memory. It does not migrate: see Migrate.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{opt: opt}
	if err := s.connect(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// Load reads what is kept in memory: communities, stamps, appointments. Call
// it after Migrate and before serving.
func (s *Store) Load(ctx context.Context) error {
	if err := s.loadStamps(ctx); err != nil {
		return fmt.Errorf("load stamps: %w", err)
	}
	if err := s.loadCommunities(ctx); err != nil {
		return fmt.Errorf("load communities: %w", err)
	}
	return s.loadAppointments(ctx)
}

// Close waits for imports that are being staged and releases the connections.
func (s *Store) Close() error {
	s.work.Wait()
	var first error
	for _, g := range []*gorm.DB{s.read, s.write} {
		db, err := g.DB()
		if err == nil {
			err = db.Close()
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Health is nil when the database answers.
func (s *Store) Health(ctx context.Context) error {
	return s.read.WithContext(ctx).Exec("SELECT 1").Error
}

// Now is the process clock in whole milliseconds.
func (s *Store) Now() time.Time { return models.Moment(s.opt.Now()) }

// Keys seals and opens personal data.
func (s *Store) Keys() *Keys { return s.opt.Keys }

// Guard answers role questions.
func (s *Store) Guard() *policy.Guard { return s.opt.Guard }

// DataDir is where files lie.
func (s *Store) DataDir() string { return s.opt.DataDir }

// Tenant is a handle to one community's data: its queries cannot reach
// another's (see tenant.go).
type Tenant struct {
	*Store
	Community *models.Community
}

// In binds a handle to a community.
func (s *Store) In(c *models.Community) *Tenant { return &Tenant{s, c} }

// db is a reading session bound to the community.
func (t *Tenant) db(ctx context.Context) *gorm.DB {
	return scoped(t.read.WithContext(ctx), t.Community.ID)
}

// db is a reading session for global tables; touching a tenant's table
// through it is an error.
func (s *Store) db(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// everywhere is a reading session over all communities, for jobs and checks.
func (s *Store) everywhere(ctx context.Context) *gorm.DB {
	return scoped(s.read.WithContext(ctx), allTenants)
}

// notFound turns GORM's "no row" into the problem a reader gets.
func notFound(err error) error {
	if err == gorm.ErrRecordNotFound {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	return err
}
