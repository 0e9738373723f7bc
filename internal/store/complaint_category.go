package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CaseCategory is a category as it stands in a community: the default with
// what the community changed, or one of its own.
type CaseCategory struct {
	Code       string
	Name       string // the community's own words; "" = the catalogue's
	Kind       models.ComplaintKind
	Hidden     bool
	Officials  bool
	Stop       string // key of the default stopper; "" for none
	StopText   string // the community's own stopper
	StopPhone  string
	TriageDays int
	AssignDays int
	HandleDays int
	UnitID     models.ID
	Questions  []CaseQuestion
	Off        bool
	Own        bool
	Rank       int
}

// CaseQuestion asks for more; Text is a catalogue key of the default, or the
// community's own words when Own.
type CaseQuestion struct {
	Text    string
	Own     bool
	Needed  bool
	Choices []string
}

// Categories in the order of the form, those switched off included.
func (t *Tenant) Categories(ctx context.Context) ([]CaseCategory, error) {
	var rows []models.ComplaintCategory
	if err := t.db(ctx).Order("`rank`, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var list []CaseCategory
	for i, d := range policy.CaseCategories() {
		c := CaseCategory{Code: d.Code, Kind: d.Kind, Hidden: d.Hidden, Officials: d.Officials, Stop: d.Stop, StopPhone: d.StopPhone,
			TriageDays: cmp.Or(d.Triage, policy.DefaultTriageDays), AssignDays: cmp.Or(d.Assign, policy.DefaultAssignDays),
			HandleDays: cmp.Or(d.Handle, policy.DefaultHandleDays), Rank: (i + 1) * 10}
		for _, q := range d.Questions {
			c.Questions = append(c.Questions, CaseQuestion{Text: q.Code, Needed: q.Needed, Choices: q.Choices})
		}
		for _, r := range rows {
			if r.Code == d.Code {
				c.change(r)
			}
		}
		list = append(list, c)
	}
	for _, r := range rows {
		if r.Own {
			c := CaseCategory{Code: r.Code, Own: true, Kind: models.KindComplaint, TriageDays: policy.DefaultTriageDays, AssignDays: policy.DefaultAssignDays, HandleDays: policy.DefaultHandleDays, Rank: 195}
			c.change(r)
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b CaseCategory) int { return a.Rank - b.Rank })
	return list, nil
}

func (c *CaseCategory) change(r models.ComplaintCategory) {
	c.Name, c.Hidden, c.Off, c.UnitID = r.Name, r.Hidden, r.Off, r.UnitID
	c.TriageDays, c.AssignDays, c.HandleDays = cmp.Or(r.TriageDays, c.TriageDays), cmp.Or(r.AssignDays, c.AssignDays), cmp.Or(r.HandleDays, c.HandleDays)
	c.Rank = cmp.Or(r.Rank, c.Rank)
	if r.StopText != "" {
		c.StopText, c.StopPhone = r.StopText, r.StopPhone
	}
	if strings.TrimSpace(r.Questions) == "" {
		return
	}
	c.Questions = nil
	for line := range strings.Lines(r.Questions) {
		text, needed := strings.CutSuffix(strings.TrimSpace(line), "!")
		if text != "" {
			c.Questions = append(c.Questions, CaseQuestion{Text: text, Own: true, Needed: needed})
		}
	}
}

// Category is one category that can be chosen; NotFound for one that is off.
func (t *Tenant) Category(ctx context.Context, code string) (*CaseCategory, error) {
	list, err := t.Categories(ctx)
	for i := range list {
		if list[i].Code == code && !list[i].Off {
			return &list[i], err
		}
	}
	return nil, cmp.Or(err, error(problem.New(problem.NotFound, "page.notfound", nil)))
}
