package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Go keeps the memory of a busy time for the next one and gives it back by
// itself only down to twice what is in use. A small community's machine has
// other programs, and its portal stands idle for most of the day: after a busy
// time that is over we hand back all of it at once. That takes some tens of
// milliseconds while nobody asks, and reading pages again costs nothing lasting.
const (
	restEvery = 15 * time.Second
	// Polling the stamps and the jobs makes about 1 MB in restEvery; one person
	// who reads pages makes ten times that.
	busyBytes = 8 << 20
	// So many quiet intervals: somebody who reads a long page is not gone.
	quietFor = 2
)

// rester says when a busy time is over, from how much the program has ever
// allocated.
type rester struct {
	allocated uint64 // at the last look
	busy      bool   // since memory was last given back
	quiet     int    // looks without much
}

// over is true once after each busy time, when quietFor looks have been quiet.
func (r *rester) over(allocated uint64) bool {
	made := allocated - r.allocated
	r.allocated = allocated
	if made > busyBytes {
		r.busy, r.quiet = true, 0
		return false
	}
	r.quiet++
	if !r.busy || r.quiet < quietFor {
		return false
	}
	r.busy = false
	return true
}

// rest gives memory back after each busy time, the first of which is starting.
func rest(ctx context.Context) {
	r := rester{busy: true}
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if r.over(allocatedBytes()) {
				giveBack()
			}
		}
	}
}

func allocatedBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func giveBack() {
	runtime.GC() // pools let go of what they hold in two collections
	debug.FreeOSMemory()
}
