package process

import (
	"errors"
	"os"
	"os/exec"
)

// browsers are the names of what draws pages with Blink, the best for tests
// first: the one without windows does not draw its own tab strip and menus as
// pages beside each of ours, which was half of a story's time. Debian's command of
// that name is a script that waits for the program: whoever stops the script
// would leave the browser running, so the program itself is named.
var browsers = []string{"/usr/lib/chromium/chromium-headless-shell", "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// FindChromium is the path of Debian's browser or of what stands for it
// elsewhere; JUWU_CHROMIUM names another.
func FindChromium() (string, error) {
	if path := os.Getenv("JUWU_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no chromium: apt-get install chromium-headless-shell, or name it in JUWU_CHROMIUM")
}
