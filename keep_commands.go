package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"juwu/internal/store"
)

// The commands that keep an installation: migrate, verify, backup, restore,
// key, health.

func (p *program) migrate(ctx context.Context, args []string) error {
	var cfg Config
	if _, err := p.parse(cfg.flags("migrate", p.stderr), &cfg, args); err != nil {
		return err
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	return s.Close()
}

func (p *program) verify(ctx context.Context, args []string) error {
	var cfg Config
	fs := cfg.flags("verify", p.stderr)
	asJSON := fs.Bool("json", false, "one JSON object per finding")
	words, err := p.parse(fs, &cfg, args)
	if err != nil {
		return err
	}
	n := 0
	say := func(f store.Finding) {
		n++
		if *asJSON {
			b, _ := json.Marshal(f)
			_, _ = fmt.Fprintf(p.stdout, "%s\n", b)
			return
		}
		_, _ = fmt.Fprintf(p.stdout, "%s %s: %s\n", f.Community, f.Check, f.What)
	}
	if len(words) > 0 {
		return p.verifyArchive(words, *asJSON, say)
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	err = s.Verify(ctx, say)
	err = errors.Join(err, s.Close())
	if err == nil && n > 0 {
		err = fmt.Errorf("%d findings", n)
	}
	if err == nil && !*asJSON {
		_, _ = fmt.Fprintf(p.stdout, "All is in order: %d communities.\n", len(s.Communities()))
	}
	return err
}

// verifyArchive checks the file of an election, years later and without a
// database.
func (p *program) verifyArchive(names []string, quiet bool, say func(store.Finding)) error {
	if len(names) != 1 {
		return errors.New("say which file: juwu verify FILE.zip")
	}
	f, err := os.Open(names[0])
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	bad, err := store.CheckArchive(f, info.Size())
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, what := range bad {
		say(store.Finding{Community: names[0], Check: "archive", What: what})
	}
	switch {
	case len(bad) > 0:
		return fmt.Errorf("%d findings", len(bad))
	case !quiet:
		_, _ = fmt.Fprintf(p.stdout, "All is in order: %s.\n", names[0])
	}
	return nil
}

func (p *program) backup(ctx context.Context, args []string) error {
	var cfg Config
	words, err := p.parse(cfg.flags("backup", p.stderr), &cfg, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return errors.New("say into which file: juwu backup FILE")
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	err = writeWhole(words[0], func(w io.Writer) error { return s.Backup(ctx, w) })
	return errors.Join(err, s.Close())
}

// writeWhole writes a file that is either complete and on disk or not there.
func writeWhole(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".juwu-")
	if err != nil {
		return err
	}
	err = write(f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
}

func (p *program) restore(ctx context.Context, args []string) error {
	var cfg Config
	words, err := p.parse(cfg.flags("restore", p.stderr), &cfg, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return errors.New("say from which file: juwu restore FILE")
	}
	f, err := os.Open(words[0])
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	at, err := s.Restore(ctx, f)
	if err == nil {
		_, _ = fmt.Fprintf(p.stdout, "Restored as of %s. Now run `juwu verify`, and compare the heads on printed sheets before opening.\n", at.Format(time.RFC3339))
	}
	return errors.Join(err, s.Close())
}

// key prints a fresh key; after the ones there are, when JUWU_KEY names some.
func (p *program) key(_ context.Context, args []string) error {
	version := 1
	if len(args) == 1 {
		var err error
		if version, err = strconv.Atoi(args[0]); err != nil || version < 1 || version > 255 {
			return errors.New("say which version: juwu key [1…255]")
		}
	}
	_, err := fmt.Fprintln(p.stdout, store.NewKeyText(version))
	return err
}

func (p *program) rotate(ctx context.Context, args []string) error {
	var cfg Config
	if _, err := p.parse(cfg.flags("rotate", p.stderr), &cfg, args); err != nil {
		return err
	}
	s, err := p.open(ctx, &cfg)
	if err != nil {
		return err
	}
	err = s.Rotate(ctx)
	if err == nil {
		_, _ = fmt.Fprintln(p.stdout, "Everything is sealed with the newest key. Remove the older ones from JUWU_KEY or the key file before starting the server.")
	}
	return errors.Join(err, s.Close())
}

func (p *program) health(ctx context.Context, args []string) error {
	var cfg Config
	if _, err := p.parse(cfg.flags("health", p.stderr), &cfg, args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+cfg.Addr+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}
