// Command juwu serves the communities of a district: see README.md.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"juwu/internal/store"
	"juwu/policy"
)

// version is set by the linker.
var version = "development"

//go:embed casbin.conf
var casbinConf string

// now is the process clock, the only one.
func now() time.Time { return time.Now().Add(ahead) }

// ahead is by how much the example's clock is ahead of the real one; only the
// command demo sets it, before anything is opened.
var ahead time.Duration

// program is what a command gets: its words and its streams.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is one word of the command line.
type command struct {
	name, args, help string
	run              func(p *program, ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "", "serve (the default)", (*program).serve},
		{"demo", "[--days N]", "serve a filled example community on loopback, as it is N days from now", (*program).demo},
		{"migrate", "", "bring the database to this version", (*program).migrate},
		{"import", "accounts|residents FILE --community CODE [--dry-run] [--json]", "bring in a ledger or a roll", (*program).importFile},
		{"verify", "[--json] [FILE.zip]", "check every chain, fingerprint, total and file; or the archive of an election", (*program).verify},
		{"ballot", "verify FILE.bel …", "check a board; `juwu ballot help` tells all", nil},
		{"backup", "FILE", "write a consistent snapshot while the server goes on", (*program).backup},
		{"restore", "FILE", "fill an empty installation from a backup", (*program).restore},
		{"admin", "create --phone NUMBER --name NAME --role ROLE --region NAME|CODE", "appoint the first officers", (*program).admin},
		{"community", "create|rename CODE --name NAME --street NAME --district NAME", "add a community, or rename it, its street or its district", (*program).community},
		{"key", "[VERSION]", "print a fresh key for JUWU_KEY", (*program).key},
		{"rotate", "", "seal everything anew with the newest version in JUWU_KEY; no server may run", (*program).rotate},
		{"health", "", "ask a running server whether it is well", (*program).health},
	}
}

// errUsage has been explained on stderr.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{os.Stdin, os.Stdout, os.Stderr}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// run carries out a command line and returns the exit status: 0 done, 1
// failed, 2 not understood.
func (p *program) run(ctx context.Context, args []string) int {
	name := "serve"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	} else if len(args) > 0 && (args[0] == "--help" || args[0] == "-h" || args[0] == "-help") {
		name = "help"
	}
	if name == "help" {
		p.usage(p.stdout)
		return 0
	}
	if name == "ballot" {
		return ballotCommand(args, p.stdin, p.stdout, p.stderr)
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		err := c.run(p, ctx, args)
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		}
		_, _ = fmt.Fprintln(p.stderr, "juwu "+name+":", err)
		return 1
	}
	_, _ = fmt.Fprintf(p.stderr, "juwu: there is no command %q\n", name)
	p.usage(p.stderr)
	return 2
}

func (p *program) usage(w io.Writer) {
	_, _ = fmt.Fprintln(w, "Juwu "+version+", the portal of a residents' committee.\n\nUsage: juwu [COMMAND] [FLAGS]")
	for _, c := range commands() {
		_, _ = fmt.Fprintf(w, "  %-10s %s\n  %-10s %s\n", c.name, c.args, "", c.help)
	}
	_, _ = fmt.Fprintln(w, "\nSettings, as flags or as variables (--base-url is JUWU_BASE_URL); a flag wins:")
	var c Config
	for _, s := range c.settings() {
		_, _ = fmt.Fprintf(w, "  --%-16s %s", s.name, s.help)
		if s.initial != "" {
			_, _ = fmt.Fprintf(w, " (%s)", s.initial)
		}
		_, _ = fmt.Fprintln(w)
	}
}

// parse reads flags that may stand before and after the words of a command,
// and checks the settings.
func (p *program) parse(fs *flag.FlagSet, cfg *Config, args []string) (words []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, errUsage
		}
		if fs.NArg() == 0 {
			return words, cfg.Validate()
		}
		words = append(words, fs.Arg(0))
		args = fs.Args()[1:]
	}
}

// open opens the store of a command, migrated and loaded.
func (p *program) open(ctx context.Context, cfg *Config) (*store.Store, error) {
	keys, err := cfg.keys()
	if err != nil {
		return nil, err
	}
	guard, err := policy.LoadGuard(casbinConf)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Options{
		DSN: cfg.DB, DataDir: cfg.Data, Keys: keys, Guard: guard, Log: cfg.log(p.stderr), Now: now, DatabaseClock: ahead == 0,
	})
	if err != nil {
		return nil, err
	}
	err = s.Migrate(ctx)
	if err == nil {
		err = s.Load(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
