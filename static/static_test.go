package static

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image/png"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// built skips what can only be true after `npm run build`; a fresh clone runs
// its Go tests through make, which builds first.
func built(t *testing.T) {
	t.Helper()
	if len(names) == 0 {
		t.Skip("static/dist is empty: run npm ci && npm run build")
	}
}

func TestURLOfUnknownFileStaysPlain(t *testing.T) {
	if got, want := URL("no-such.css"), "/static/no-such.css"; got != want {
		t.Errorf("URL = %q, want %q", got, want)
	}
	if _, _, _, _, ok := File("no-such.css"); ok {
		t.Error("File found a file that is not there")
	}
}

func TestNamesCarryTheirContent(t *testing.T) {
	built(t)
	hashed := regexp.MustCompile(`^/static/[\w-]+-[0-9a-f]{10}\.[a-z]+$`)
	for _, plain := range Names() {
		address := URL(plain)
		name := strings.TrimPrefix(address, Prefix)
		if plain == "sw.js" {
			if address != "/static/sw.js" || CacheControl(name) != CacheNever {
				t.Errorf("the worker must keep its name and be asked for every time: %s, %s", address, CacheControl(name))
			}
			continue
		}
		if !hashed.MatchString(address) {
			t.Errorf("%s has the address %s, which carries no hash", plain, address)
		}
		if CacheControl(name) != CacheForever {
			t.Errorf("%s: %s, want %s", plain, CacheControl(name), CacheForever)
		}
	}
}

func TestCompressedFormsAreTheSameFile(t *testing.T) {
	built(t)
	for _, plain := range Names() {
		body, br, gz, kind, ok := File(strings.TrimPrefix(URL(plain), Prefix))
		if !ok || len(body) == 0 || kind == "" {
			t.Errorf("%s: found %v, %d bytes, type %q", plain, ok, len(body), kind)
		}
		if strings.HasSuffix(plain, ".png") {
			continue
		}
		if got, err := io.ReadAll(brotli.NewReader(bytes.NewReader(br))); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: brotli is another file (%v)", plain, err)
		}
		z, err := gzip.NewReader(bytes.NewReader(gz))
		if err != nil {
			t.Errorf("%s: %v", plain, err)
			continue
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: gzip is another file (%v)", plain, err)
		}
	}
}

// A first page may weigh 50 KB over the wire; these are the shares that every
// page pays.
func TestWeight(t *testing.T) {
	built(t)
	for plain, most := range map[string]int{"app.css": 12 << 10, "app.js": 4 << 10, "photo.js": 2 << 10, "blackout.js": 2 << 10, "scan.js": 2 << 10, "device.js": 3 << 10, "decoder.js": 16 << 10, "sw.js": 2 << 10, "icon.svg": 1 << 10} {
		_, br, _, _, _ := File(strings.TrimPrefix(URL(plain), Prefix))
		if len(br) > most {
			t.Errorf("%s weighs %d B compressed, budget %d", plain, len(br), most)
		}
	}
}

func TestNothingForeign(t *testing.T) {
	built(t)
	foreign := regexp.MustCompile(`(?:https?:)?//[a-z0-9-]+\.[a-z]+`)
	for _, plain := range Names() {
		if strings.HasSuffix(plain, ".png") {
			continue
		}
		body, _, _, _, _ := File(strings.TrimPrefix(URL(plain), Prefix))
		text := strings.ReplaceAll(string(body), "http://www.w3.org/2000/svg", "")
		if found := foreign.FindString(text); found != "" {
			t.Errorf("%s names a foreign host: %s", plain, found)
		}
	}
}

func TestWebManifestAndIcons(t *testing.T) {
	built(t)
	body, _, _, _, _ := File(strings.TrimPrefix(URL("app.webmanifest"), Prefix))
	var m struct {
		Name, Lang, Display string
		Icons               []struct{ Src, Sizes, Type, Purpose string }
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	if m.Name != "居务通" || m.Lang != "zh-CN" || len(m.Icons) != 4 {
		t.Errorf("web manifest: %+v", m)
	}
	for _, i := range m.Icons {
		icon, _, _, _, ok := File(strings.TrimPrefix(i.Src, Prefix))
		if !ok {
			t.Errorf("the manifest names %s, which is not there", i.Src)
		}
		if i.Type != "image/png" {
			continue
		}
		im, err := png.DecodeConfig(bytes.NewReader(icon))
		if err != nil || im.Width != im.Height || !strings.HasPrefix(i.Sizes, strconv.Itoa(im.Width)+"x") {
			t.Errorf("%s says %s, is %d × %d (%v)", i.Src, i.Sizes, im.Width, im.Height, err)
		}
	}
}
