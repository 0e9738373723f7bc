package photo

import (
	"runtime"
	"sync"
)

// room is for the pixels that are decoded at the same time. Two of the largest
// pictures at once would need more memory than a small server has; small ones
// stand side by side, one for each processor. Whoever comes first is served
// first, a large one after small ones too.
type room struct {
	turn sync.Mutex // held by whoever is next

	mu    sync.Mutex
	left  *sync.Cond // somebody has left
	free  int
	least int // that one picture takes: no more of them than processors
}

var decoding = newRoom(MaxPixels, runtime.GOMAXPROCS(0))

func newRoom(pixels, processors int) *room {
	r := &room{free: pixels, least: pixels / max(processors, 1)}
	r.left = sync.NewCond(&r.mu)
	return r
}

// enter waits until there is room for so many pixels, MaxPixels at most. What it
// returns leaves again.
func (r *room) enter(pixels int) (leave func()) {
	pixels = max(pixels, r.least)
	r.turn.Lock()
	defer r.turn.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.free < pixels {
		r.left.Wait()
	}
	r.free -= pixels
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.free += pixels
		r.left.Signal()
	}
}
