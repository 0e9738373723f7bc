package web

import (
	"strings"

	"juwu/i18n"
	"juwu/models"
)

// Words of the default catalogue of disclosure; both sides show it.
const (
	catalogueWords = i18n.Family("disclosure_catalogue.")
	basisWords     = i18n.Family("disclosure_catalogue.basis.")
)

// catalogueCode is the code of the default catalogue's row that an item began
// as; what was changed since carries a mark behind it.
func catalogueCode(item *models.DisclosureItem) string {
	code, _, _ := strings.Cut(item.Code, "~")
	return code
}

// ItemTitle is what an item of the disclosure catalogue is called: the
// committee's words, or those of the default catalogue in the reader's language.
func (p *Page) ItemTitle(item *models.DisclosureItem) string {
	if item.Title != "" {
		return item.Title
	}
	return p.T(catalogueWords.Key(catalogueCode(item)))
}

// ItemContent is what has to be told under an item.
func (p *Page) ItemContent(item *models.DisclosureItem) string {
	if item.Content != "" || item.Title != "" {
		return item.Content
	}
	return p.T(catalogueWords.Key(catalogueCode(item) + ".content"))
}

// ItemBasis is the law that an item rests on. Articles are stored by their
// keys as long as the committee has not written its own.
func (p *Page) ItemBasis(item *models.DisclosureItem) string {
	var out []string
	for _, part := range strings.Fields(item.Basis) {
		if !strings.HasPrefix(part, "art") {
			return item.Basis
		}
		out = append(out, p.T(basisWords.Key(part)))
	}
	return strings.Join(out, p.T("disclosure.basis.and"))
}

// PeriodName is the name of a period of disclosure: 2026-07, 2026Q3, 2026H2, 2026
// or a day.
func (p *Page) PeriodName(name string) string {
	year, rest := name[:min(4, len(name))], name[min(4, len(name)):]
	switch {
	case models.Date(name).Valid():
		return p.Day(models.Date(name))
	case models.Month(name).Valid():
		return p.Month(models.Month(name))
	case strings.HasPrefix(rest, "Q"):
		return p.T("disclosure.period.quarter", "year", year, "n", rest[1:])
	case rest == "H1":
		return p.T("disclosure.period.first", "year", year)
	case rest == "H2":
		return p.T("disclosure.period.second", "year", year)
	case rest == "":
		return p.T("disclosure.period.year", "year", year)
	}
	return name
}
