//go:build !race

package sheet

const racing = false
