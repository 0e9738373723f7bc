package main

import "testing"

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
