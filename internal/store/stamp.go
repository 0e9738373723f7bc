package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"juwu/models"
)

// Rendered pages hang on stamps: a counter per (community, subject) that each
// write bumps in its own transaction. Other processes poll the table once a
// second; a page is never more than that behind, and never wrong for the
// process that wrote.

type stampKey struct {
	community models.ID
	subject   string
}

// Subjects of community 0.
const (
	subjectCommunities = "communities"
	subjectAuthz       = "authz"
)

// subjectFrame stands for what is on every page of a community: its name, its
// street, its telephone. Every page hangs on it.
const subjectFrame = "frame"

// Touch marks subjects of the community as changed.
func (tx *Tx) Touch(subjects ...string) {
	for _, s := range subjects {
		tx.touch[stampKey{tx.chain, s}] = 0
	}
}

// touchGlobal marks a subject of the whole installation as changed.
func (tx *Tx) touchGlobal(subject string) { tx.touch[stampKey{0, subject}] = 0 }

// bumpStamps raises the touched stamps in one order, so that two transactions
// cannot wait for each other, and notes the values they got.
func (tx *Tx) bumpStamps() error {
	keys := slices.SortedFunc(maps.Keys(tx.touch), func(a, b stampKey) int {
		return cmp.Or(cmp.Compare(a.community, b.community), cmp.Compare(a.subject, b.subject))
	})
	for _, k := range keys {
		db := scoped(tx.DB, k.community)
		res := db.Model(&models.Stamp{}).Where("subject = ?", k.subject).Update("n", gorm.Expr("n + 1"))
		if res.Error != nil {
			return res.Error
		}
		stamp := models.Stamp{CommunityID: k.community, Subject: k.subject, N: 1}
		if res.RowsAffected == 0 {
			if err := db.Create(&stamp).Error; err != nil {
				return err
			}
		} else if err := db.Where("subject = ?", k.subject).Take(&stamp).Error; err != nil {
			return err
		}
		tx.touch[k] = stamp.N
	}
	return nil
}

// Stamp adds up the stamps of some subjects of a community: it grows with
// every change of any of them, and of the frame of its pages. It only reads
// memory.
func (s *Store) Stamp(community models.ID, subjects ...string) uint64 {
	sum := s.stamp(community, subjectFrame)
	for _, subject := range subjects {
		sum += s.stamp(community, subject)
	}
	return sum
}

func (s *Store) stamp(community models.ID, subject string) uint64 {
	n, ok := s.stamps.Load(stampKey{community, subject})
	if !ok {
		return 0
	}
	return uint64(n.(*atomic.Int64).Load())
}

// raise moves a stamp in memory; a poll that was overtaken must not lower it.
func (s *Store) raise(k stampKey, n int64) {
	v, _ := s.stamps.LoadOrStore(k, new(atomic.Int64))
	p := v.(*atomic.Int64)
	for old := p.Load(); old < n && !p.CompareAndSwap(old, n); old = p.Load() {
	}
}

// committed carries a transaction's effects into this process's memory.
func (s *Store) committed(ctx context.Context, tx *Tx) error {
	for k, n := range tx.touch {
		s.raise(k, n)
	}
	ctx = context.WithoutCancel(ctx) // the data is in; memory must follow
	if _, ok := tx.touch[stampKey{0, subjectCommunities}]; ok {
		if err := s.loadCommunities(ctx); err != nil {
			return err
		}
	}
	if _, ok := tx.touch[stampKey{0, subjectAuthz}]; ok {
		return s.loadAppointments(ctx)
	}
	return nil
}

func (s *Store) loadStamps(ctx context.Context) error {
	var rows []models.Stamp
	if err := s.everywhere(ctx).Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		s.raise(stampKey{r.CommunityID, r.Subject}, r.N)
	}
	return nil
}

// Poll follows what other processes write: once a second it reads the stamps
// and reloads what has changed. It returns when ctx ends.
func (s *Store) Poll(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.Follow(ctx); err != nil && ctx.Err() == nil {
			s.opt.Log.Error("cannot follow changes of other processes", "err", err)
		}
	}
}

// Follow does one step of Poll.
func (s *Store) Follow(ctx context.Context) error {
	at := s.opt.Now().UnixMilli() // what is read is at least as new as this
	communities := s.Stamp(0, subjectCommunities)
	if err := s.loadStamps(ctx); err != nil {
		return err
	}
	if s.Stamp(0, subjectCommunities) != communities {
		if err := s.loadCommunities(ctx); err != nil {
			return err
		}
	}
	if int64(s.Stamp(0, subjectAuthz)) != s.authzSeen.Load() {
		return s.loadAppointments(ctx)
	}
	s.authzRead.Store(at)
	return nil
}

// authzPatience is how long /admin stays open without a reading of the
// policy's version row.
const authzPatience = 5 * time.Second

// AuthzFresh tells whether this process knows the appointments as they are.
func (s *Store) AuthzFresh() bool {
	return s.opt.Now().UnixMilli()-s.authzRead.Load() < authzPatience.Milliseconds()
}
