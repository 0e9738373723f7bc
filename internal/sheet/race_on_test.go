//go:build race

package sheet

// racing: this package starts no goroutine of its own, and the detector makes
// it fifty times slower; the heavy tests run without it.
const racing = true
