package main

import (
	"fmt"
	"io"
)

// Figure is one promise and what came of it.
type Figure struct {
	Name, Got, Want string
	OK              bool
}

// Report prints figures as they come and remembers whether one was missed.
type Report struct {
	out    io.Writer
	missed int
}

// Add prints a figure.
func (r *Report) Add(f Figure) {
	mark := "ok    "
	if !f.OK {
		mark = "MISSED"
		r.missed++
	}
	fmt.Fprintf(r.out, "%s  %s\n        %s", mark, f.Name, f.Got)
	if f.Want != "" {
		fmt.Fprintf(r.out, "   wanted %s", f.Want)
	}
	fmt.Fprintln(r.out)
}

func atLeast(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("≥ %.2f", ratio)
}
