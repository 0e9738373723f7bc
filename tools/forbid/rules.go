package main

import "strings"

// place says where a rule does not hold. Paths are relative to the root, with
// forward slashes.
type place func(path string) bool

func nowhere(string) bool { return false }

// isTest includes the package that gives tests their databases.
func isTest(path string) bool {
	return strings.HasSuffix(path, "_test.go") || under(path, "internal/store/storetest")
}

// workshop is what measures or drives the program from outside.
func workshop(path string) bool {
	return under(path, "e2e") || under(path, "bench") || under(path, "tools")
}

func under(path, dir string) bool { return strings.HasPrefix(path, dir+"/") }

func anyOf(places ...place) place {
	return func(path string) bool {
		for _, p := range places {
			if p(path) {
				return true
			}
		}
		return false
	}
}

func only(exact ...string) place {
	return func(path string) bool {
		for _, e := range exact {
			if path == e {
				return true
			}
		}
		return false
	}
}

func in(dir string) place { return func(path string) bool { return under(path, dir) } }

// rootFile is a file of package main of the program itself.
func rootFile(path string) bool { return !strings.Contains(path, "/") }

type rule struct {
	name  string
	allow place
	why   string
}

// Tests may read the clock to measure; they may not sleep.
//
// functions are package-level functions, by import path and name.
var functions = map[string]rule{
	"time.Now":        {"time.Now", anyOf(only("main.go"), workshop, isTest), "time comes in as a value: a deadline that reads its own clock cannot be tested or agreed on"},
	"time.Since":      {"time.Since", anyOf(only("main.go"), workshop, isTest), "hides time.Now"},
	"time.Until":      {"time.Until", anyOf(only("main.go"), workshop, isTest), "hides time.Now"},
	"time.Sleep":      {"time.Sleep", nowhere, "wait for a condition, a ticker or a context"},
	"time.After":      {"time.After", anyOf(workshop, isTest), "cannot be stopped: use a timer or a context"},
	"os.Getenv":       {"os.Getenv", anyOf(rootFile, isTest, workshop), "package main alone reads the environment"},
	"os.LookupEnv":    {"os.LookupEnv", anyOf(rootFile, isTest, workshop), "package main alone reads the environment"},
	"os.Environ":      {"os.Environ", anyOf(rootFile, isTest, workshop), "package main alone reads the environment"},
	"os.Exit":         {"os.Exit", anyOf(rootFile, isTest, workshop), "leaves transactions and files open: return an error"},
	"os/exec.Command": {"os/exec.Command", anyOf(workshop, isTest), "the program starts no other program"},
	"os/exec.CommandContext": {"os/exec.CommandContext", anyOf(workshop, isTest),
		"the program starts no other program"},
	"github.com/gofiber/fiber/v2.New": {"fiber.New", anyOf(in("internal/web"), in("bench"), isTest), "the one Fiber app is made in internal/web, with Immutable, limits and timeouts"},
	"net/http.Get":                    {"http.Get", anyOf(isTest, workshop), "requests go out through internal/outbound"},
	"net/http.Post":                   {"http.Post", anyOf(isTest, workshop), "requests go out through internal/outbound"},
}

// methods are forbidden by name, whatever they are called on: no type of ours
// may carry these names either.
var methods = map[string]rule{
	"AutoMigrate": {"AutoMigrate", nowhere, "re-issues DDL at every start; migrations are SQL files"},
	"Migrator":    {"Migrator", nowhere, "DropColumn on SQLite deleted the children's rows; migrations are SQL files"},
	"SendFile":    {"SendFile", nowhere, "decodes %2f and reads outside its folder: SendStream from os.Root"},
	"Download":    {"Download", nowhere, "same hole as SendFile: SendStream from os.Root"},
}

// imports are forbidden packages.
var imports = map[string]rule{
	"math/rand":    {"math/rand", anyOf(isTest, in("bench")), "secrets and ids come from crypto/rand"},
	"math/rand/v2": {"math/rand/v2", anyOf(isTest, in("bench")), "secrets and ids come from crypto/rand"},
	"unsafe":       {"unsafe", nowhere, "nothing here is that fast"},
	"net/http/pprof": {"net/http/pprof", nowhere,
		"registers itself on the default mux: profiles would be one mistake from public"},
}

// words are forbidden identifiers, field names and texts.
var words = map[string]rule{
	"InsecureSkipVerify": {"InsecureSkipVerify", nowhere, "certificates are checked, also the database's"},
	"tls=skip-verify":    {"tls=skip-verify", nowhere, "certificates are checked, also the database's"},
	"tls=preferred":      {"tls=preferred", nowhere, "falls back to plain text in silence"},
}

// queries are GORM's and database/sql's methods whose text goes into SQL.
var queries = map[string]bool{
	"Where": true, "Or": true, "Not": true, "Order": true, "Select": true, "Group": true,
	"Having": true, "Raw": true, "Exec": true, "Joins": true, "Table": true, "Distinct": true,
	"Pluck": true, "First": true, "Take": true, "Last": true, "Find": true, "Delete": true,
	"Expr": true, "ExecContext": true, "QueryContext": true, "QueryRowContext": true,
	"Query": true, "QueryRow": true, "PrepareContext": true, "Prepare": true,
}
