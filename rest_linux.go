package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// leaveFile unmaps those pages of the program's own file that may not be
// written: the kernel counts them as ours while they are mapped, though they
// are its copy of the file, shared and never ours alone. What is used again is
// mapped again, sixteen pages at a time. A kernel that refuses changes nothing.
func leaveFile() {
	for _, m := range readOnlyMaps() {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
	}
}

type mapped struct{ from, to uintptr }

// readOnlyMaps are the parts of the program's file that are mapped without
// leave to write: code, constants, tables. A page that may be written is never
// among them, because leaving it would lose what was written.
func readOnlyMaps() []mapped {
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	var all []mapped
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var m mapped
		var perm string
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || strings.Join(fields[5:], " ") != self {
			continue
		}
		if _, err := fmt.Sscanf(fields[0]+" "+fields[1], "%x-%x %s", &m.from, &m.to, &perm); err != nil {
			continue
		}
		if perm == "r-xp" || perm == "r--p" {
			all = append(all, m)
		}
	}
	return all
}
