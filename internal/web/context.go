package web

import (
	"context"
	"sync"
	"time"
)

// patience is the context of a request. It ends when the request's time is up;
// the timer is made only when somebody looks, because a page from memory is
// sent before anybody does.
type patience struct {
	limit time.Duration
	until time.Time

	once   sync.Once
	inner  context.Context
	cancel context.CancelFunc
}

func (p *patience) context() context.Context {
	p.once.Do(func() {
		p.inner, p.cancel = context.WithTimeout(context.Background(), p.limit)
	})
	return p.inner
}

// Deadline is when the request's time is up.
func (p *patience) Deadline() (time.Time, bool) { return p.until, true }

// Done is closed then, or when the request has been answered.
func (p *patience) Done() <-chan struct{} { return p.context().Done() }

// Err tells whether that is so.
func (p *patience) Err() error { return p.context().Err() }

// Value lets package context find the timer that it can share.
func (p *patience) Value(key any) any { return p.context().Value(key) }

// end frees the timer, if there is one.
func (p *patience) end() {
	p.once.Do(func() { p.inner, p.cancel = context.Background(), func() {} })
	p.cancel()
}
