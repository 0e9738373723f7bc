package store

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
	"juwu/policy"
)

// Volunteers of another system are taken over with their number there and the
// hours it recorded. Nobody is registered against their will: a list holds who
// is a volunteer already, and each may leave at any time.

const sourceList = "list"

// enrolled is a row with whom it is about.
type enrolled struct {
	sheet.Enrolled
	resident  *models.Resident
	volunteer *models.Volunteer // a registration that is here; both are found anew when the list comes in
}

// chunked calls fn with parts of a list that one IN clause holds.
func chunked[T any](all []T, fn func([]T) error) error {
	for len(all) > 0 {
		n := min(len(all), 400)
		if err := fn(all[:n]); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// judgeEnrolled finds what each row will do and counts it.
func judgeEnrolled(db *gorm.DB, keys *Keys, day models.Date, rows []sheet.Enrolled, rep *ListReport) ([]listed, *ListReport, error) {
	x, err := newEnrolIndex(db, keys, rows)
	if err != nil {
		return nil, nil, err
	}
	out := make([]listed, len(rows))
	taken := map[models.ID]int{} // of residents and registrations, by the line that took them
	for i, r := range rows {
		e := enrolled{Enrolled: r}
		action := x.judge(&e, day, taken, rep)
		rep.count(action, r.Minutes)
		out[i] = listed{line: r.Row, action: action, data: e}
	}
	return out, rep, nil
}

func (x *enrolIndex) judge(e *enrolled, day models.Date, taken map[models.ID]int, rep *ListReport) models.ListAction {
	bad := func(column, key string, args problem.Args) models.ListAction {
		rep.Errors = append(rep.Errors, rep.Fault(e.Row, column, key, args))
		return models.ListBad
	}
	if len(e.Errors) > 0 {
		rep.Errors = append(rep.Errors, e.Errors...)
		return models.ListBad
	}
	if x.national[string(x.keys.Index(indexNational, e.National))] != nil {
		return models.ListSame
	}
	e.resident = x.resident(&e.Enrolled)
	e.volunteer = x.registration(e)
	born := e.Birth
	if e.resident != nil && e.resident.Birth.Valid() {
		born = e.resident.Birth
	}
	switch {
	case policy.Age(born, day) < policy.AdultAge:
		return bad("birth", "list.minor", problem.Args{"n": policy.AdultAge})
	case e.volunteer != nil && len(e.volunteer.NationalIndex) > 0:
		return bad("national", "list.othernumber", nil)
	}
	for _, id := range []models.ID{idOfResident(e.resident), idOfVolunteer(e.volunteer)} {
		if line := taken[id]; id != 0 && line != 0 {
			return bad("name", "list.sameperson", problem.Args{"row": line})
		}
		taken[id] = e.Row
	}
	if e.volunteer != nil {
		return models.ListTie
	}
	return models.ListAdd
}

func idOfResident(r *models.Resident) models.ID {
	if r == nil {
		return 0
	}
	return r.ID
}

func idOfVolunteer(v *models.Volunteer) models.ID {
	if v == nil {
		return 0
	}
	return v.ID
}

// enrolIndex is what is here of the people of a list.
type enrolIndex struct {
	keys       *Keys
	national   map[string]*models.Volunteer
	byPerson   map[models.ID]*models.Volunteer
	byPhone    map[string][]*models.Volunteer
	byDocument map[string]*models.Resident
	phones     map[string][]*models.Resident
	born       map[string][]*models.Resident // name and birthday
}

func newEnrolIndex(db *gorm.DB, keys *Keys, rows []sheet.Enrolled) (*enrolIndex, error) {
	x := &enrolIndex{keys: keys, national: map[string]*models.Volunteer{}, byPerson: map[models.ID]*models.Volunteer{}, byPhone: map[string][]*models.Volunteer{},
		byDocument: map[string]*models.Resident{}, phones: map[string][]*models.Resident{}, born: map[string][]*models.Resident{}}
	var nationals, documents, phones [][]byte
	var names []string
	for _, r := range rows {
		nationals, names = append(nationals, keys.Index(indexNational, r.National)), append(names, r.Name)
		if r.Document != "" {
			documents = append(documents, keys.Index(indexDocument, r.Document))
		}
		if r.Phone != "" {
			phones = append(phones, keys.Index(indexPhone, r.Phone))
		}
	}
	residents := func(where string, add func(*models.Resident)) func(part any) error {
		return func(part any) error {
			var found []models.Resident
			err := db.Where("state = ?", models.ResidentActive).Where(where, part).Find(&found).Error
			for i := range found {
				add(&found[i])
			}
			return err
		}
	}
	byDocument := residents("document_index IN ?", func(r *models.Resident) { x.byDocument[string(r.DocumentIndex)] = r })
	byPhone := residents("phone_index IN ?", func(r *models.Resident) { x.phones[string(r.PhoneIndex)] = append(x.phones[string(r.PhoneIndex)], r) })
	byName := residents("name IN ?", func(r *models.Resident) {
		x.born[r.Name+" "+string(r.Birth)] = append(x.born[r.Name+" "+string(r.Birth)], r)
	})
	for _, err := range []error{
		chunked(documents, func(p [][]byte) error { return byDocument(p) }),
		chunked(phones, func(p [][]byte) error { return byPhone(p) }),
		chunked(names, func(p []string) error { return byName(p) }),
		x.registrations(db, nationals, phones),
	} {
		if err != nil {
			return nil, err
		}
	}
	return x, nil
}

// registrations loads those that carry one of the numbers, telephones or people.
func (x *enrolIndex) registrations(db *gorm.DB, nationals, phones [][]byte) error {
	load := func(where string, part any) error {
		var found []models.Volunteer
		err := db.Where(where, part).Find(&found).Error
		for i := range found {
			v := &found[i]
			if len(v.NationalIndex) > 0 {
				x.national[string(v.NationalIndex)] = v
			}
			if v.State == models.VolunteerLeft || v.State == models.VolunteerRefused {
				continue
			}
			if v.LivePerson != nil {
				x.byPerson[*v.LivePerson] = v
			}
			if k := string(v.PhoneIndex); k != "" {
				x.byPhone[k] = append(x.byPhone[k], v)
			}
		}
		return err
	}
	var people []models.ID
	for _, r := range x.byDocument {
		people = append(people, r.ID)
	}
	for _, many := range []map[string][]*models.Resident{x.phones, x.born} {
		for _, list := range many {
			for _, r := range list {
				people = append(people, r.ID)
			}
		}
	}
	for _, err := range []error{
		chunked(nationals, func(p [][]byte) error { return load("national_index IN ?", p) }),
		chunked(people, func(p []models.ID) error { return load("live_person IN ?", p) }),
		chunked(phones, func(p [][]byte) error { return load("phone_index IN ? AND live_person IS NULL", p) }),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// resident is the person on the roll: by the paper, by telephone and name, or by
// name and birthday where only one has both.
func (x *enrolIndex) resident(r *sheet.Enrolled) *models.Resident {
	if r.Document != "" {
		if found := x.byDocument[string(x.keys.Index(indexDocument, r.Document))]; found != nil {
			return found
		}
	}
	if r.Phone != "" {
		for _, found := range x.phones[string(x.keys.Index(indexPhone, r.Phone))] {
			if found.Name == r.Name {
				return found
			}
		}
	}
	if same := x.born[r.Name+" "+string(r.Birth)]; len(same) == 1 && r.Document == "" {
		return same[0]
	}
	return nil
}

func (x *enrolIndex) registration(e *enrolled) *models.Volunteer {
	if e.resident != nil && x.byPerson[e.resident.ID] != nil {
		return x.byPerson[e.resident.ID]
	}
	if e.Phone != "" {
		for _, v := range x.byPhone[string(x.keys.Index(indexPhone, e.Phone))] {
			if v.Name == e.Name {
				return v
			}
		}
	}
	return nil
}

// putEnrolled registers the new ones and ties the numbers of the others; the
// hours of both are proposed as taken over.
func (tx *Tx) putEnrolled(im models.ID, rows []listed) error {
	var fresh []models.Volunteer
	var hours []models.Hours
	for _, r := range rows {
		e := r.data.(enrolled)
		v := e.volunteer
		switch r.action {
		case models.ListAdd:
			made := tx.enrol(&e)
			fresh = append(fresh, made)
			v = &fresh[len(fresh)-1]
		case models.ListTie:
			if err := tx.tieNational(v, e.National); err != nil {
				return err
			}
		default:
			continue
		}
		if e.Minutes > 0 {
			hours = append(hours, tx.takenOver(v, im, e.Row, e.Minutes))
		}
	}
	if err := tx.numberAll(fresh, hours); err != nil {
		return err
	}
	if len(fresh) > 0 {
		if err := joinedTwice(tx.CreateInBatches(&fresh, 100).Error); err != nil {
			return err
		}
	}
	if err := tx.countedAll(fresh); err != nil || len(hours) == 0 {
		return err
	}
	return tx.CreateInBatches(&hours, 100).Error
}

func (tx *Tx) enrol(e *enrolled) models.Volunteer {
	keys := tx.store.opt.Keys
	v := models.Volunteer{Tenant: models.Tenant{ID: tx.NewID()}, State: models.VolunteerActive, Source: sourceList, Name: e.Name, Birth: e.Birth, Sex: e.Sex,
		Party: partyMember(e.Politics), Skills: strings.Join(known(e.Skills, models.VolunteerSkills), ","), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	v.NationalSeal, v.NationalIndex = keys.Seal(sealVolunteerNational, v.ID, e.National), keys.Index(indexNational, e.National)
	if e.Phone != "" {
		v.PhoneSeal, v.PhoneIndex = keys.Seal(sealVolunteerPhone, v.ID, e.Phone), keys.Index(indexPhone, e.Phone)
	}
	if r := e.resident; r != nil {
		v.ResidentID, v.LivePerson, v.GridID, v.BuildingID, v.Party = r.ID, &r.ID, r.GridID, r.BuildingID, v.Party || partyMember(r.Politics)
		if r.Birth.Valid() {
			v.Birth = r.Birth
		}
	}
	return v
}

func (tx *Tx) tieNational(v *models.Volunteer, national string) error {
	keys := tx.store.opt.Keys
	now := models.Volunteer{NationalSeal: keys.Seal(sealVolunteerNational, v.ID, national), NationalIndex: keys.Index(indexNational, national), UpdatedAt: tx.Now}
	return Changed(tx.Model(&models.Volunteer{}).Where("id = ? AND national_index IS NULL", v.ID).Select("national_seal", "national_index", "updated_at").Updates(&now))
}

func (tx *Tx) takenOver(v *models.Volunteer, im models.ID, line, minutes int) models.Hours {
	return models.Hours{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, Day: tx.Day(), Minutes: minutes, What: takenWords, Source: models.HoursTaken, State: models.HoursProposed,
		ByUserID: tx.Actor.UserID, ByKey: tx.key(), ByName: tx.Actor.Name, ImportID: im, ImportLine: line, VolunteerNo: v.Number, CreatedAt: tx.Now, UpdatedAt: tx.Now}
}

const takenWords = "原系统记录的服务" //words:allow what a record says, as the office writes it

// numberAll gives the new registrations their numbers, taken from the series at
// once.
func (tx *Tx) numberAll(fresh []models.Volunteer, hours []models.Hours) error {
	if len(fresh) == 0 {
		return nil
	}
	year := tx.Day().Time().Year()
	last, err := tx.NextOf("volunteer."+tx.Day().Time().Format("2006"), len(fresh))
	if err != nil {
		return err
	}
	numbers := map[models.ID]string{}
	for i := range fresh {
		fresh[i].Number = policy.VolunteerNumber(year, last-int64(len(fresh)-1-i))
		numbers[fresh[i].ID] = fresh[i].Number
	}
	for i := range hours {
		if n := numbers[hours[i].VolunteerID]; n != "" {
			hours[i].VolunteerNo = n
		}
	}
	return nil
}

// countedAll puts new registrations into the gauge, each square once.
func (tx *Tx) countedAll(fresh []models.Volunteer) error {
	type square struct{ dim, item string }
	n := map[square]int{}
	for i := range fresh {
		for dim, item := range countKeys(&fresh[i]) {
			n[square{dim, item}]++
		}
	}
	var order []square
	for s := range n {
		order = append(order, s)
	}
	// One order for all: two transactions must not wait for each other.
	slices.SortFunc(order, func(a, b square) int { return cmp.Compare(a.dim+" "+a.item, b.dim+" "+b.item) })
	for _, s := range order {
		if err := tx.addCount(s.dim, s.item, "", n[s]); err != nil {
			return err
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	tx.Touch("volunteers")
	return tx.addMonth(models.VolunteerMonth{Joined: len(fresh)})
}

// sampleOf is a row for the preview: the name masked, the number short.
func sampleOf(kind models.ImportKind, text string) (ListSample, error) {
	if kind == models.ImportHours {
		var h sheet.Served
		err := json.Unmarshal([]byte(text), &h)
		return ListSample{Name: h.Name, Number: h.Number, Day: h.Day, What: h.What, Minutes: h.Minutes}, err
	}
	var e sheet.Enrolled
	err := json.Unmarshal([]byte(text), &e)
	return ListSample{Name: policy.MaskName(e.Name), Number: maskNational(e.National), Minutes: e.Minutes}, err
}

func maskNational(s string) string {
	r := []rune(s)
	if len(r) < 8 {
		return "…" + string(r[len(r)/2:])
	}
	return string(r[:3]) + "…" + string(r[len(r)-4:])
}
