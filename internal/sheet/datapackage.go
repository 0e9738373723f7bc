package sheet

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"juwu/models"
)

// Package is a published account (and, where there is one, the budget) as a
// Fiscal Data Package, so that others can compute with it.
type Package struct {
	Name        string // short, for addresses: "hemuli-2026Q3"
	Title       string
	Description string
	Homepage    string
	Publisher   string
	Updated     time.Time
	From, To    models.Date
	Entries     iter.Seq2[PackageEntry, error] // gone through four times; the same each time
	BudgetYear  int
	Budget      []BudgetLine
}

// PackageEntry is one published line. Names of persons have no place here.
type PackageEntry struct {
	Date       models.Date
	Voucher    string
	Purpose    string
	Category   string
	Fund       string
	IncomeFen  models.Fen
	ExpenseFen models.Fen
}

// Words of the standard; not shown to residents.
const (
	directionRevenue     = "revenue"
	directionExpenditure = "expenditure"
	phaseApproved        = "approved"
	phaseAdjusted        = "adjusted"
	phaseExecuted        = "executed"
	currency             = "CNY"
)

type field struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Format     string `json:"format,omitempty"`
	ColumnType string `json:"columnType,omitempty"`
}

// entryFields and budgetFields speak the ColumnTypes of the budget taxonomy of
// Fiscal Data Package 1.0-rc.
var entryFields = []field{
	{"date", "date", "default", "date:generic"},
	{"voucher", "string", "", ""},
	{"purpose", "string", "", "economic-classification:generic:description"},
	{"category", "string", "", "economic-classification:generic:code"},
	{"fund", "string", "", "fin-source:generic:code"},
	{"direction", "string", "", "direction"},
	{"phase", "string", "", "phase:id"},
	{"currency", "string", "", "value-currency:code"},
	{"amount", "number", "", "value"},
}

var budgetFields = []field{
	{"year", "integer", "", "date:fiscal-year"},
	{"category", "string", "", "economic-classification:generic:code"},
	{"direction", "string", "", "direction"},
	{"phase", "string", "", "phase:id"},
	{"currency", "string", "", "value-currency:code"},
	{"amount", "number", "", "value"},
}

type resource struct {
	Name      string         `json:"name"`
	Path      string         `json:"path"`
	Profile   string         `json:"profile"`
	Format    string         `json:"format"`
	MediaType string         `json:"mediatype"`
	Encoding  string         `json:"encoding"`
	Bytes     int            `json:"bytes"`
	Hash      string         `json:"hash"`
	Schema    map[string]any `json:"schema"`

	table Table
}

// WriteDataPackage writes a zip of datapackage.json and CSV files that is a
// Fiscal Data Package both by 0.3 (model with measures and dimensions) and by
// 1.0-rc (ColumnTypes on the fields). The same input gives the same bytes. The
// descriptor stands first and tells size and sum of each file, so each is made
// twice, and none is held in memory.
func WriteDataPackage(w io.Writer, p Package) error {
	var all []resource
	for _, direction := range []string{directionRevenue, directionExpenditure} {
		r, err := newResource(direction, entryFields, p.entryRows(direction))
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	if len(p.Budget) > 0 {
		r, err := newResource("budget", budgetFields, Rows(p.budgetRows()))
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	descriptor, err := json.MarshalIndent(p.descriptor(all), "", "  ")
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	file := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.Updated.UTC().Truncate(2 * time.Second)})
	}
	f, err := file("datapackage.json")
	if err != nil {
		return err
	}
	if _, err := f.Write(append(descriptor, '\n')); err != nil {
		return err
	}
	for _, r := range all {
		if f, err = file(r.Path); err != nil {
			return err
		}
		again, err := r.write(f)
		if err != nil {
			return err
		}
		if again != r.Hash {
			return fmt.Errorf("data package: %s changed while it was written", r.Path)
		}
	}
	return z.Close()
}

// write writes the resource and tells its sum; it counts its bytes on the way.
func (r *resource) write(w io.Writer) (sum string, err error) {
	hash, size := sha256.New(), counter(0)
	if err := WriteTable(io.MultiWriter(w, hash, &size), CSV, r.table); err != nil {
		return "", err
	}
	r.Bytes = int(size)
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), nil
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func newResource(name string, fields []field, rows iter.Seq2[[]any, error]) (resource, error) {
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = f.Name
	}
	r := resource{Name: name, Path: "data/" + name + ".csv", Profile: "tabular-data-resource", Format: "csv", MediaType: "text/csv",
		Encoding: "utf-8", Schema: map[string]any{"fields": fields, "missingValues": []string{""}},
		table: Table{Header: header, Rows: rows, NoBOM: true}}
	var err error
	r.Hash, err = r.write(io.Discard)
	return r, err
}

func (p Package) entryRows(direction string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for e, err := range p.Entries {
			amount := e.IncomeFen
			if direction == directionExpenditure {
				amount = e.ExpenseFen
			}
			if amount == 0 && err == nil {
				continue
			}
			if !yield([]any{e.Date, e.Voucher, e.Purpose, e.Category, e.Fund, direction, phaseExecuted, currency, amount}, err) {
				return
			}
		}
	}
}

func (p Package) budgetRows() [][]any {
	var out [][]any
	for _, b := range p.Budget {
		direction := directionExpenditure
		if b.Side == SideIncome {
			direction = directionRevenue
		}
		add := func(phase string, amount models.Fen) {
			out = append(out, []any{p.BudgetYear, b.Category, direction, phase, currency, amount})
		}
		add(phaseApproved, b.PlanFen)
		add(phaseAdjusted, b.AdjustedFen)
		if b.ExecutedFen != nil {
			add(phaseExecuted, *b.ExecutedFen)
		}
	}
	return out
}

func (p Package) descriptor(all []resource) map[string]any {
	measures := map[string]any{}
	for _, r := range all {
		m := map[string]any{"source": "amount", "resource": r.Name, "currency": currency, "factor": 1}
		if r.Name != "budget" {
			m["direction"], m["phase"] = r.Name, phaseExecuted
		}
		measures[r.Name] = m
	}
	d := map[string]any{
		"name": p.Name, "title": p.Title, "profile": "fiscal-data-package",
		"profiles":    map[string]string{"fiscal": "*", "tabular": "*"},
		"countryCode": "CN", "granularity": "transaction",
		"fiscalPeriod": map[string]any{"start": p.From, "end": p.To},
		"resources":    all,
		"model":        map[string]any{"measures": measures, "dimensions": dimensions(slices.ContainsFunc(all, func(r resource) bool { return r.Name == "budget" }))},
	}
	optional := map[string]string{"description": p.Description, "homepage": p.Homepage}
	for k, v := range optional {
		if v != "" {
			d[k] = v
		}
	}
	if !p.Updated.IsZero() {
		d["created"] = p.Updated.UTC().Format(time.RFC3339)
	}
	if p.Publisher != "" {
		d["contributors"] = []map[string]string{{"title": p.Publisher, "role": "publisher"}}
	}
	return d
}

// dimensions is the logical model of 0.3: once for each resource, because an
// attribute belongs to one resource.
func dimensions(budget bool) map[string]any {
	d := map[string]any{}
	add := func(res, name, kind, source string, more map[string]any) {
		m := map[string]any{"dimensionType": kind, "primaryKey": []string{"code"},
			"attributes": map[string]any{"code": map[string]any{"source": source, "resource": res}}}
		for k, v := range more {
			m[k] = v
		}
		d[res+"-"+name] = m
	}
	economic := map[string]any{"classificationType": "economic"}
	for _, res := range []string{directionRevenue, directionExpenditure} {
		add(res, "date", "datetime", "date", nil)
		add(res, "category", "classification", "category", economic)
		add(res, "fund", "entity", "fund", nil)
		add(res, "voucher", "fact", "voucher", nil)
		add(res, "purpose", "fact", "purpose", nil)
	}
	if budget {
		add("budget", "year", "datetime", "year", nil)
		add("budget", "category", "classification", "category", economic)
		add("budget", "direction", "other", "direction", nil)
		add("budget", "phase", "other", "phase", nil)
	}
	return d
}
