package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what the go command knows of a package.
type pkg struct {
	ImportPath   string
	Name, Doc    string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

func (p pkg) ours() bool { return p.ImportPath == "juwu" || strings.HasPrefix(p.ImportPath, "juwu/") }

// short is the path below the module: "" for the program itself.
func (p pkg) short() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "juwu"), "/")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Doc,Standard,Imports,TestImports,XTestImports,Deps", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// mayImport is the direction of design.md section 1: models ← policy ← store ←
// portal, admin, jobs ← main. A package may import what stands beside it here,
// and below those folders what has a line of its own. "*" is anything.
var mayImport = map[string][]string{
	"":                         {"*"},
	"admin":                    {"ballot", "i18n", "internal/photo", "internal/problem", "internal/sheet", "internal/store", "internal/web", "internal/web/ui", "models", "policy", "static"},
	"ballot":                   {},
	"bench":                    {"*"},
	"e2e":                      {"*"},
	"i18n":                     {"internal/problem", "models"},
	"internal/demo":            {"ballot", "internal/sheet", "internal/store", "internal/store/storetest", "models", "policy"},
	"internal/jobs":            {"internal/outbound", "internal/problem", "internal/store", "models", "policy", "i18n"},
	"internal/outbound":        {"internal/problem", "models"},
	"internal/paper":           {"internal/problem"},
	"internal/photo":           {"internal/problem"},
	"internal/problem":         {},
	"internal/sheet":           {"internal/problem", "models"},
	"internal/store":           {"ballot", "internal/paper", "internal/photo", "internal/problem", "internal/sheet", "models", "policy"},
	"internal/store/storetest": {"ballot", "internal/problem", "internal/store", "models", "policy"},
	"internal/web":             {"i18n", "internal/problem", "internal/store", "internal/web/ui", "models", "policy", "static"},
	"internal/web/ui":          {"models", "static"},
	"models":                   {"internal/problem"},
	"policy":                   {"internal/problem", "models"},
	"portal":                   {"ballot", "i18n", "internal/photo", "internal/problem", "internal/sheet", "internal/store", "internal/web", "internal/web/ui", "models", "policy", "static"},
	"static":                   {},
	"tools":                    {"*"},
}

// layerOf is the line of mayImport that stands for a package: its own, or its
// nearest parent's.
func layerOf(short string) (string, bool) {
	for name := short; ; {
		if _, ok := mayImport[name]; ok && (name != "" || short == "") {
			return name, true
		}
		i := strings.LastIndexByte(name, '/')
		if i < 0 {
			return "", false
		}
		name = name[:i]
	}
}

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range packages(t) {
		layer, ok := layerOf(p.short())
		if !ok {
			t.Errorf("%s: no layer; give it a line in mayImport", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			target := pkg{ImportPath: imported}
			if !target.ours() || mayImportFrom(layer, target.short()) {
				continue
			}
			t.Errorf("%s imports %s, which its layer may not", p.ImportPath, imported)
		}
	}
}

func mayImportFrom(layer, target string) bool {
	allowed := mayImport[layer]
	if slices.Contains(allowed, "*") {
		return true
	}
	targetLayer, ok := layerOf(target)
	return ok && (targetLayer == layer || slices.Contains(allowed, targetLayer))
}

// owners names the only places that may import an outside library, so that
// replacing it is one folder's work and its traps are met by one author.
var owners = map[string][]string{
	"gorm.io/":                        {"internal/store"},
	"database/sql":                    {"internal/store"},
	"modernc.org/sqlite":              {"internal/store"},
	"github.com/go-sql-driver":        {"internal/store"},
	"github.com/pressly/goose":        {"internal/store"},
	"github.com/casbin/":              {"policy"},
	"github.com/gofiber/":             {"internal/web", "portal", "admin"},
	"github.com/valyala/":             {"internal/web", "portal", "admin"},
	"github.com/go-resty/":            {"internal/outbound"},
	"github.com/xuri/excelize":        {"internal/sheet"},
	"github.com/nicksnyder/go-i18n":   {"i18n"},
	"github.com/chromedp/":            {"e2e"},
	"filippo.io/edwards25519":         {"ballot"},
	"github.com/alexedwards/argon2id": {"internal/store", "policy"},
}

func TestOneOwnerPerLibrary(t *testing.T) {
	for _, p := range packages(t) {
		layer, ok := layerOf(p.short())
		if !ok || layer == "" || slices.Contains(mayImport[layer], "*") {
			continue
		}
		for _, imported := range p.Imports {
			for library, owner := range owners {
				if !belongs(imported, library) || slices.ContainsFunc(owner, func(o string) bool { return o == layer || strings.HasPrefix(layer, o+"/") }) {
					continue
				}
				t.Errorf("%s imports %s: only %v may", p.ImportPath, imported, owner)
			}
		}
	}
}

func belongs(imported, library string) bool {
	return imported == strings.TrimSuffix(library, "/") ||
		strings.HasPrefix(imported, strings.TrimSuffix(library, "/")+"/")
}

// TestPureStaysPure looks at everything reached, not only what is written: the
// law, the ballot and the words for things must be readable and testable
// without a database or a network.
func TestPureStaysPure(t *testing.T) {
	pure := []string{"ballot", "internal/problem", "models", "policy"}
	impure := []string{"gorm.io/", "github.com/gofiber", "github.com/valyala", "net/http", "database/sql", "modernc.org", "os/exec"}
	// database/sql/driver is two interfaces (Valuer, Value); a type that stores
	// itself has to know them, and they reach no database.
	const interfaces = "database/sql/driver"
	for _, p := range packages(t) {
		layer, _ := layerOf(p.short())
		if !slices.Contains(pure, layer) {
			continue
		}
		for _, dep := range p.Deps {
			for _, bad := range impure {
				if dep != interfaces && belongs(dep, bad) {
					t.Errorf("%s reaches %s", p.ImportPath, dep)
				}
			}
		}
	}
}

// TestPackagesSayWhatTheyAreFor keeps the first sentence a newcomer reads.
func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for _, p := range packages(t) {
		if p.Name != "" && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestNoForeignTestStyle keeps tests readable by whoever knows the standard
// library.
func TestNoForeignTestStyle(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.Contains(imported, "testify") || strings.Contains(imported, "gomock") {
				t.Errorf("%s tests with %s", p.ImportPath, imported)
			}
		}
	}
}
