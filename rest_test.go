package main

import (
	"testing"
	"time"
)

func TestMemoryIsGivenBackOnceAfterABusyTime(t *testing.T) {
	const little, much = busyBytes / 8, busyBytes + 1
	r := rester{busy: true}
	var total uint64
	for i, step := range []struct {
		made uint64
		over bool
	}{
		{much, false}, {little, false}, {little, true}, // starting is a busy time
		{little, false}, {little, false}, // and is over once
		{much, false}, {little, false}, {much, false}, {little, false}, {busyBytes, true},
		{little, false},
	} {
		total += step.made
		if got := r.over(total); got != step.over {
			t.Errorf("look %d, %d bytes more: over = %t", i, step.made, got)
		}
	}
}

// What was in use stays; what was left is no longer ours.
func TestGivingBackKeepsWhatIsInUse(t *testing.T) {
	kept := make([]byte, 1<<20)
	for i := range kept {
		kept[i] = byte(i)
	}
	giveBack()
	for i := range kept {
		if kept[i] != byte(i) {
			t.Fatalf("byte %d is %d", i, kept[i])
		}
	}
	if now := time.Now(); now.Format(time.DateOnly) == "" {
		t.Error("constants are gone")
	}
}
