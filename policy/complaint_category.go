package policy

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"juwu/models"
)

//go:embed complaint_categories.csv
var categoriesCSV string

// CaseCategory is a category of the default catalogue.
type CaseCategory struct {
	Code      string
	Kind      models.ComplaintKind
	Hidden    bool // its text is private
	Officials bool // may be about officials: the form asks about whom
	Stop      string
	StopPhone string
	Triage    int // working days; 0: the default
	Assign    int
	Handle    int
	Questions []CaseQuestion
}

// CaseQuestion is a category's own question; with Choices it is answered by
// one of them.
type CaseQuestion struct {
	Code    string
	Needed  bool
	Choices []string
}

// CaseCategories is the default catalogue in the order of the form.
var CaseCategories = sync.OnceValue(func() []CaseCategory {
	list, err := readCategories(categoriesCSV)
	if err != nil {
		panic(err) // embedded data, read by a test
	}
	return list
})

func readCategories(text string) ([]CaseCategory, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord = '#', 10
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("complaint_categories.csv: %w", err)
	}
	var list []CaseCategory
	for _, row := range rows[min(1, len(rows)):] {
		c := CaseCategory{Code: row[0], Kind: models.ComplaintKind(row[1]), Hidden: row[2] == "yes", Officials: row[3] == "yes", Stop: row[4], StopPhone: row[5]}
		for i, days := range []*int{&c.Triage, &c.Assign, &c.Handle} {
			if row[6+i] == "" {
				continue
			}
			if *days, err = strconv.Atoi(row[6+i]); err != nil || *days < 1 || *days > MostServiceDays {
				return nil, fmt.Errorf("complaint_categories.csv: %s: days %q", c.Code, row[6+i])
			}
		}
		for q := range strings.FieldsSeq(row[9]) {
			c.Questions = append(c.Questions, readQuestion(q))
		}
		list = append(list, c)
	}
	return list, nil
}

func readQuestion(s string) CaseQuestion {
	code, choices, _ := strings.Cut(s, "=")
	q := CaseQuestion{Code: strings.TrimSuffix(code, "!"), Needed: strings.HasSuffix(code, "!")}
	if choices != "" {
		q.Choices = strings.Split(choices, "|")
	}
	return q
}

var links = regexp.MustCompile(`(?i)https?://|www\.`)

// SpamText tells what no resident writes: a handful of letters over and over,
// or a heap of links. It refuses no complaint that says anything.
func SpamText(text string) bool {
	if len(links.FindAllStringIndex(text, 4)) > 3 {
		return true
	}
	different, n := map[rune]bool{}, 0
	for _, r := range text {
		if !unicode.IsSpace(r) {
			different[r] = true
			n++
		}
	}
	return n >= 20 && len(different) < 4
}
