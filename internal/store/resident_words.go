package store

import (
	"strings"
	"unicode"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ResidentDraft is a record as it was typed at the desk. On a change an empty
// document or telephone keeps what the roll has, because the desk sees both
// masked; NoPhone and NoDocument take them off.
type ResidentDraft struct {
	Name         string
	Relation     string
	Sex          string
	Birth        models.Date
	DocumentKind models.DocumentKind
	Document     string
	NoDocument   bool
	Phone        string
	NoPhone      bool
	Domicile     string
	Since        models.Date
	Politics     string
	Presence     models.Presence
	BuildingID   models.ID
	GroupName    string
	Unit         string
	Room         string // empty on a change: the dwelling stays
	Number       string // 户号 of a household that is new; made from the address when empty
}

// Sexes, DocumentKinds and Presences are the values that a form offers.
var (
	Sexes         = []string{"f", "m"}
	DocumentKinds = []models.DocumentKind{models.DocumentID, models.DocumentPassport, models.DocumentPermit, models.DocumentOther}
	Presences     = []models.Presence{models.PresenceBoth, models.PresenceHereOnly, models.PresenceRegistered}
)

func (d ResidentDraft) clean() ResidentDraft {
	for _, s := range []*string{&d.Name, &d.Relation, &d.Domicile, &d.Politics, &d.GroupName, &d.Unit, &d.Room, &d.Number} {
		*s = cleanLine(models.Key(*s))
	}
	d.Document = paperNumber(d.Document)
	return d
}

// check finds everything that is wrong with a draft and fills in what an
// identity number tells by itself.
func (d *ResidentDraft) check(today models.Date, change bool) error {
	var f problem.Form
	for name, limit := range map[string]int{"name": 50, "relation": 20, "domicile": 30, "politics": 20, "group": 30, "unit": 20, "room": 20, "number": 40} {
		v := map[string]string{"name": d.Name, "relation": d.Relation, "domicile": d.Domicile, "politics": d.Politics,
			"group": d.GroupName, "unit": d.Unit, "room": d.Room, "number": d.Number}[name]
		if n := len([]rune(v)); n > limit {
			f.Add(name, "form.toolong", problem.Args{"n": n - limit, "limit": limit})
		}
	}
	if d.Name == "" {
		f.Add("name", "form.needed", nil)
	}
	if !change && d.BuildingID == 0 {
		f.Add("building", "form.choose", nil)
	}
	if !change && d.Room == "" {
		f.Add("room", "form.needed", nil)
	}
	d.checkDocument(today, change, &f)
	if d.Phone != "" {
		number, digits := models.Phone(d.Phone)
		if number == "" {
			f.Add("phone", "form.phone.length", problem.Args{"n": digits})
		}
		d.Phone = number
	}
	for name, day := range map[string]models.Date{"birth": d.Birth, "since": d.Since} {
		if day != "" && (!day.Valid() || day > today) {
			f.Add(name, "resident.day.future", nil)
		}
	}
	return f.Err()
}

func (d *ResidentDraft) checkDocument(today models.Date, change bool, f *problem.Form) {
	switch {
	case d.Document == "" && d.DocumentKind != models.DocumentNone && !change:
		f.Add("document", "resident.document.needed", nil)
	case d.Document != "" && d.DocumentKind == models.DocumentNone:
		f.Add("document_kind", "form.choose", nil)
	case len([]rune(d.Document)) > 40:
		f.Add("document", "form.toolong", problem.Args{"n": len([]rune(d.Document)) - 40, "limit": 40})
	}
	if d.DocumentKind != models.DocumentID || d.Document == "" {
		return
	}
	id, err := policy.ReadID(d.Document, today)
	if p := problem.As(err); p != nil {
		f.Add("document", p.Key, p.Args)
		return
	}
	if d.Birth == "" {
		d.Birth = id.Birth
	}
	if d.Birth != id.Birth {
		f.Add("birth", "resident.birth.differs", nil)
	}
	if d.Sex == "" {
		d.Sex = id.Sex
	}
}

// paperNumber is the one form of a document's number.
func paperNumber(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(models.Key(s)), ""))
}

// likePrefix is the pattern of texts that begin with s; the escape sign is !.
func likePrefix(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// placeParts are the numbers and letters of an address as people say it, in
// capitals: building, perhaps unit, room.
func placeParts(s string) []string {
	parts := strings.FieldsFunc(strings.ToUpper(models.Key(s)), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if len(parts) > 3 {
		return nil
	}
	return parts
}
