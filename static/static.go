// Package static holds the stylesheet, scripts and icons that static/build.mjs
// leaves in dist: named by their content, already compressed, kept in memory.
// It knows no HTTP.
package static

import (
	"embed"
	"encoding/json"
	"io/fs"
	"mime"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where the web edge serves the files.
const Prefix = "/static/"

// Values of Cache-Control. A hashed name never changes its content; the
// service worker must be asked for every time, else an old one lives on.
const (
	CacheForever = "public, max-age=31536000, immutable"
	CacheNever   = "no-cache"
)

type file struct {
	body, br, gz []byte
	contentType  string
	hashed       bool
}

var files, names = load()

// load reads dist once. Without a build dist is empty but for .keep: URL then
// answers plain names, so that Go tests run before npm does.
func load() (map[string]file, map[string]string) {
	names := map[string]string{}
	if b, err := dist.ReadFile("dist/manifest.json"); err == nil {
		if err := json.Unmarshal(b, &names); err != nil {
			panic("static: dist/manifest.json: " + err.Error())
		}
	}
	files := map[string]file{}
	for plain, name := range names {
		body, err := dist.ReadFile("dist/" + name)
		if err != nil {
			panic("static: " + err.Error()) // a half-built dist must not be shipped
		}
		f := file{body: body, contentType: contentType(name), hashed: plain != name}
		f.br = optional("dist/" + name + ".br")
		f.gz = optional("dist/" + name + ".gz")
		files[name] = f
	}
	return files, names
}

func optional(name string) []byte {
	b, err := fs.ReadFile(dist, name)
	if err != nil {
		return nil
	}
	return b
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// URL is the address of a file by its plain name: "app.css" becomes
// "/static/app-3F2A9C.css". An unknown name stays as it is.
func URL(name string) string {
	if n, ok := names[name]; ok {
		name = n
	}
	return Prefix + name
}

// Path is URL; the name says that the file keeps its plain name (sw.js), whose
// response must carry "Service-Worker-Allowed: /".
func Path(name string) string { return URL(name) }

// File is a file by the name in its address, without Prefix. brotli and gzip
// are nil where compressing does not pay (PNG). The slices are shared: do not
// write into them.
func File(name string) (body, brotli, gzip []byte, contentType string, ok bool) {
	f, ok := files[strings.TrimPrefix(name, "/")]
	return f.body, f.br, f.gz, f.contentType, ok
}

// CacheControl is the header for a file's response.
func CacheControl(name string) string {
	if files[strings.TrimPrefix(name, "/")].hashed {
		return CacheForever
	}
	return CacheNever
}

// Names lists the plain names there are, for tests and for the size report.
func Names() []string {
	var all []string
	for plain := range names {
		all = append(all, plain)
	}
	return all
}
