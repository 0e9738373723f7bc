package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"juwu/i18n"
	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/models"
)

// importJob is `juwu import` as it was asked for. It goes through the same
// code as the page where a clerk uploads the file.
type importJob struct {
	*program
	cfg         Config
	kind, file  string
	data        []byte
	community   string
	reason      string
	year        int
	dry, asJSON bool
	words       *i18n.Words
}

func (p *program) importFile(ctx context.Context, args []string) error {
	j := &importJob{program: p}
	fs := j.cfg.flags("import", p.stderr)
	fs.StringVar(&j.community, "community", "", "code of the community")
	fs.StringVar(&j.reason, "reason", "", "why published months are corrected")
	fs.IntVar(&j.year, "year", 0, "year of dates that have none")
	fs.BoolVar(&j.dry, "dry-run", false, "only say what was understood")
	fs.BoolVar(&j.asJSON, "json", false, "say it as JSON")
	lang := fs.String("lang", "zh-CN", "language of the report: zh-CN or en")
	words, err := p.parse(fs, &j.cfg, args)
	if err != nil {
		return err
	}
	if len(words) != 2 || words[0] != "accounts" && words[0] != "residents" {
		return errors.New("say what: juwu import accounts|residents FILE --community CODE")
	}
	j.kind, j.file = words[0], words[1]
	if j.data, err = os.ReadFile(j.file); err != nil {
		return err
	}
	catalog, err := i18n.Load()
	if err != nil {
		return err
	}
	j.words = catalog.Lang(*lang)
	if err := j.understand(); err != nil || j.dry {
		return j.inWords(err)
	}
	if j.community == "" {
		return errors.New("say for whom: --community CODE")
	}
	s, err := p.open(ctx, &j.cfg)
	if err != nil {
		return err
	}
	return errors.Join(j.inWords(j.bringIn(ctx, s)), s.Close())
}

// inWords turns a problem into a sentence of the catalogue.
func (j *importJob) inWords(err error) error {
	if p := problem.As(err); p != nil {
		return errors.New(j.words.T(p.Key, p.Args))
	}
	return err
}

// understand reads the file and says what it found. A file that cannot be
// accepted is an error after that.
func (j *importJob) understand() error {
	name, today := filepath.Base(j.file), models.DateOf(now())
	if j.kind == "accounts" {
		ledger, err := sheet.ReadLedger(name, j.data, sheet.LedgerOptions{Year: j.year})
		if err != nil {
			return err
		}
		s := ledger.Summary(name)
		return j.report(s, s.OK, func(w io.Writer) { j.printLedger(w, s) })
	}
	roll, err := sheet.ReadRoll(name, j.data, sheet.RollOptions{Today: today})
	if err != nil {
		return err
	}
	s := roll.Summary(name)
	return j.report(s, s.OK, func(w io.Writer) { j.printRoll(w, s) })
}

func (j *importJob) report(summary any, ok bool, print func(io.Writer)) error {
	if j.asJSON {
		e := json.NewEncoder(j.stdout)
		e.SetIndent("", "  ")
		if err := e.Encode(summary); err != nil {
			return err
		}
	} else {
		print(j.stdout)
	}
	if !ok {
		return problem.New(problem.Invalid, "import.refused", nil)
	}
	return nil
}

func (j *importJob) printLedger(w io.Writer, s sheet.LedgerSummary) {
	for _, p := range s.Periods {
		_, _ = fmt.Fprintln(w, j.words.T("import.month", problem.Args{"month": string(p.Period), "opening": p.OpeningFen,
			"income": p.IncomeFen, "expense": p.ExpenseFen, "closing": p.ClosingFen, "entries": p.Entries}))
	}
	for _, skip := range s.Skipped {
		_, _ = fmt.Fprintln(w, j.words.T("import.skipped", problem.Args{"sheet": skip.Sheet, "row": skip.Row, "why": j.words.T(skip.Reason, nil)}))
	}
	j.printFindings(w, s.Errors, s.Warnings)
}

func (j *importJob) printRoll(w io.Writer, s sheet.RollSummary) {
	_, _ = fmt.Fprintln(w, j.words.T("import.roll", problem.Args{"rows": s.Rows, "good": s.Good, "bad": s.Bad, "households": s.Households,
		"buildings": s.Buildings, "grids": strings.Join(s.Grids, ", ")}))
	for _, e := range s.RowErrors {
		_, _ = fmt.Fprintln(w, j.words.T("import.row", problem.Args{"line": e.Row, "column": e.Column, "why": j.words.T(e.Key, e.Args)}))
	}
	j.printFindings(w, s.Errors, s.Warnings)
}

func (j *importJob) printFindings(w io.Writer, errs, warnings []sheet.Finding) {
	for _, f := range errs {
		_, _ = fmt.Fprintln(w, j.words.T("import.error", problem.Args{"sheet": f.Sheet, "cell": f.Cell, "why": j.words.T(f.Key, f.Args)}))
	}
	for _, f := range warnings {
		_, _ = fmt.Fprintln(w, j.words.T("import.warning", problem.Args{"sheet": f.Sheet, "cell": f.Cell, "why": j.words.T(f.Key, f.Args)}))
	}
}

// bringIn stages and confirms the file.
func (j *importJob) bringIn(ctx context.Context, s *store.Store) error {
	c, err := s.CommunityByCode(ctx, j.community)
	if err != nil {
		return err
	}
	t, actor := s.In(c), models.Actor{System: true}
	if j.kind == "accounts" {
		im, _, err := t.ImportLedgerFile(ctx, actor, filepath.Base(j.file), j.data, sheet.LedgerOptions{Year: j.year})
		if err != nil {
			return err
		}
		_, err = t.ConfirmLedger(ctx, actor, im.ID, j.reason)
		return err
	}
	return j.bringInRoll(ctx, t, actor)
}

func (j *importJob) bringInRoll(ctx context.Context, t *store.Tenant, actor models.Actor) error {
	im, report, err := t.ImportRoll(ctx, actor, filepath.Base(j.file), j.data, store.RollOptions{})
	if err != nil {
		return err
	}
	if _, err := t.ConfirmRoll(ctx, actor, im.ID, store.RollChoice{QueueBad: true}); err != nil {
		return err
	}
	if !j.asJSON {
		_, _ = fmt.Fprintln(j.stdout, j.words.T("import.roll.done", problem.Args{"added": report.Added, "changed": report.Changed,
			"same": report.Same, "bad": report.Bad, "gone": report.Gone}))
	}
	return nil
}
