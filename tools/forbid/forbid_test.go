package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// found writes one file of a tree and returns the names forbid finds in it.
func found(t *testing.T, path, source string) []string {
	t.Helper()
	root := t.TempDir()
	full := filepath.Join(root, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	findings, err := Tree(root)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range findings {
		names = append(names, f.Name)
	}
	return names
}

func TestForbidden(t *testing.T) {
	const head = "package p\n"
	for _, tc := range []struct {
		name, path, source string
		want               []string
	}{
		{"clock read", "models/a.go", head + `import "time"` + "\nvar _ = time.Now()", []string{"time.Now"}},
		{"clock handed on", "models/a.go", head + `import "time"` + "\nvar _ = time.Now", []string{"time.Now"}},
		{"clock under another name", "models/a.go", head + `import clock "time"` + "\nvar _ = clock.Since", []string{"time.Since"}},
		{"clock in main", "main.go", head + `import "time"` + "\nvar _ = time.Now()", nil},
		{"clock in a test", "models/a_test.go", head + `import "time"` + "\nvar _ = time.Now()", nil},
		{"sleep in a test", "models/a_test.go", head + `import "time"` + "\nfunc f() { time.Sleep(1) }", []string{"time.Sleep"}},
		{"sleep in main", "main.go", head + `import "time"` + "\nfunc f() { time.Sleep(1) }", []string{"time.Sleep"}},
		{"sleep in e2e", "e2e/a_test.go", head + `import "time"` + "\nfunc f() { time.Sleep(1) }", []string{"time.Sleep"}},
		{"excused", "models/a.go", head + `import "time"` + "\nvar _ = time.Now() //forbid:allow time.Now for the test\n", nil},
		{"excused above", "models/a.go", head + `import "time"` + "\n//forbid:allow time.Now for the test\nvar _ = time.Now()\n", nil},
		{"excused without a reason", "models/a.go", head + `import "time"` + "\nvar _ = time.Now() //forbid:allow time.Now\n", []string{"time.Now"}},
		{"excused for another name", "models/a.go", head + `import "time"` + "\nvar _ = time.Now() //forbid:allow time.Sleep why\n", []string{"time.Now"}},
		{"own variable called time", "models/a.go", head + "type x struct{ Now int }\nvar time x\nvar _ = time.Now", nil},
		{"environment", "internal/web/a.go", head + `import "os"` + "\nvar _ = os.Getenv(\"A\")", []string{"os.Getenv"}},
		{"environment in main", "config.go", head + `import "os"` + "\nvar _ = os.Getenv(\"A\")", nil},
		{"auto migrate", "internal/store/a.go", head + "func f(db d) { db.AutoMigrate(1) }", []string{"AutoMigrate"}},
		{"migrator", "internal/store/a.go", head + "func f(db d) { db.Migrator().DropColumn(1) }", []string{"Migrator"}},
		{"send file", "portal/a.go", head + "func f(c d) { c.SendFile(`x`) }", []string{"SendFile"}},
		{"download", "portal/a.go", head + "func f(c d) { c.Download(`x`) }", []string{"Download"}},
		{"a second app", "portal/a.go", head + `import "github.com/gofiber/fiber/v2"` + "\nvar _ = fiber.New()", []string{"fiber.New"}},
		{"the app", "internal/web/a.go", head + `import "github.com/gofiber/fiber/v2"` + "\nvar _ = fiber.New()", nil},
		{"weak random", "internal/store/a.go", head + `import _ "math/rand/v2"`, []string{"math/rand/v2"}},
		{"certificates", "internal/outbound/a.go", head + "var _ = c{InsecureSkipVerify: true}", []string{"InsecureSkipVerify"}},
		{"certificates of the database", "main.go", head + `var _ = "u@/db?tls=skip-verify"`, []string{"tls=skip-verify"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, found(t, tc.path, tc.source)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForbiddenSQL(t *testing.T) {
	const head = "package p\nimport (\"fmt\"; \"strings\")\nvar _, _ = fmt.Sprint, strings.Join\nconst cols = `a, b`\n"
	for _, tc := range []struct {
		name, body string
		want       []string
	}{
		{"formatted", "db.Where(fmt.Sprintf(`a = %s`, s))", []string{"sql"}},
		{"glued", "db.Order(`a ` + s)", []string{"sql"}},
		{"glued in the middle", "db.Raw((`a ` + s) + ` b`)", []string{"sql"}},
		{"joined", "db.Select(strings.Join(l, `,`))", []string{"sql"}},
		{"as the condition of First", "db.First(&x, `id = ` + s)", []string{"sql"}},
		{"constants", "db.Raw(`select ` + cols + ` from t`)", nil},
		{"arguments", "db.Where(`a = ?`, s)", nil},
		{"a sum of numbers", "db.Where(`a = ?`, 1+n)", nil},
		{"a function of another package", "strings.Or(a, `b` + s)", nil},
		{"another method", "log.Info(`a ` + s)", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			source := head + "func f() { " + tc.body + " }"
			if diff := cmp.Diff(tc.want, found(t, "internal/store/a.go", source)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTreeSkipsWhatIsNotOurs(t *testing.T) {
	const bad = "package p\nfunc f(db d) { db.AutoMigrate(1) }"
	for _, path := range []string{"node_modules/x/a.go", "third_party/x/a.go", "internal/x/testdata/a.go", "portal/a_templ.go", ".hidden/a.go"} {
		if names := found(t, path, bad); names != nil {
			t.Errorf("%s: %v", path, names)
		}
	}
}
