package ui

import (
	"strconv"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// qrPath is the code of an address as an SVG path in modules, with the quiet
// zone of four modules that scanners need; size 0 if it does not fit. Medium
// correction: a sheet on a wall gets scratched.
func qrPath(address string) (path string, size int) {
	code, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		return "", 0
	}
	bits := code.Bitmap()
	var b strings.Builder
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			run := 0
			for x+run < len(row) && row[x+run] {
				run++
			}
			if run == 0 {
				continue
			}
			w := strconv.Itoa(run)
			b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h" + w + "v1h-" + w + "z")
			x += run
		}
	}
	return b.String(), len(bits)
}

func qrBox(size int) string {
	n := strconv.Itoa(size)
	return "0 0 " + n + " " + n
}
