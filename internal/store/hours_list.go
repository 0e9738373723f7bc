package store

import (
	"slices"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
	"juwu/policy"
)

// Hours from a list: written down on paper, marked as such, and pending until
// another person of the committee decides. Caps and overlaps are held per row.

// served is a row with whose hours they are.
type served struct {
	sheet.Served
	volunteer    *models.Volunteer
	begins, ends *time.Time
}

// servedIndex is what is here of the volunteers of a list.
type servedIndex struct {
	keys     *Keys
	me       models.Someone
	day      models.Date
	cap      int
	byNumber map[string]*models.Volunteer
	national map[string]*models.Volunteer
	records  map[models.ID][]models.Hours // proposed and approved ones, by volunteer
}

func judgeServed(db *gorm.DB, keys *Keys, me models.Someone, day models.Date, rows []sheet.Served, rep *ListReport) ([]listed, *ListReport, error) {
	x, err := newServedIndex(db, keys, rows)
	if err != nil {
		return nil, nil, err
	}
	x.me, x.day = me, day
	out := make([]listed, len(rows))
	for i, r := range rows {
		s := served{Served: r}
		action := x.judge(&s, rep)
		rep.count(action, r.Minutes)
		out[i] = listed{line: r.Row, action: action, data: s}
	}
	return out, rep, nil
}

func newServedIndex(db *gorm.DB, keys *Keys, rows []sheet.Served) (*servedIndex, error) {
	x := &servedIndex{keys: keys, byNumber: map[string]*models.Volunteer{}, national: map[string]*models.Volunteer{}, records: map[models.ID][]models.Hours{}}
	var set []models.VolunteerSettings
	if err := db.Limit(1).Find(&set).Error; err != nil {
		return nil, err
	}
	if x.cap = policy.DefaultDayCap; len(set) > 0 {
		x.cap = set[0].DayCap
	}
	var numbers []string
	var nationals [][]byte
	first, last := models.Date("9999-12-31"), models.Date("")
	for _, r := range rows {
		numbers, nationals = append(numbers, r.Number), append(nationals, keys.Index(indexNational, r.Number))
		if r.Day != "" {
			first, last = min(first, r.Day), max(last, r.Day)
		}
	}
	var ids []models.ID
	load := func(where string, part any) error {
		var found []models.Volunteer
		err := db.Where(where, part).Find(&found).Error
		for i := range found {
			v := &found[i]
			x.byNumber[v.Number], ids = v, append(ids, v.ID)
			if len(v.NationalIndex) > 0 {
				x.national[string(v.NationalIndex)] = v
			}
		}
		return err
	}
	for _, err := range []error{
		chunked(numbers, func(p []string) error { return load("number IN ?", p) }),
		chunked(nationals, func(p [][]byte) error { return load("national_index IN ?", p) }),
	} {
		if err != nil {
			return nil, err
		}
	}
	return x, chunked(ids, func(p []models.ID) error {
		var found []models.Hours
		err := db.Where("volunteer_id IN ? AND state IN ? AND day >= ? AND day <= ? AND source <> ?", p, []models.HoursState{models.HoursProposed, models.HoursApproved}, first, last, models.HoursTaken).Find(&found).Error
		for _, h := range found {
			if !slices.ContainsFunc(x.records[h.VolunteerID], func(o models.Hours) bool { return o.ID == h.ID }) {
				x.records[h.VolunteerID] = append(x.records[h.VolunteerID], h)
			}
		}
		return err
	})
}

// oldestServed: what lies further back is history, not a slip of paper that was
// found.
const oldestServed = 366

func (x *servedIndex) judge(s *served, rep *ListReport) models.ListAction {
	bad := func(column, key string, args problem.Args) models.ListAction {
		rep.Errors = append(rep.Errors, rep.Fault(s.Row, column, key, args))
		return models.ListBad
	}
	if len(s.Errors) > 0 {
		rep.Errors = append(rep.Errors, s.Errors...)
		return models.ListBad
	}
	if s.volunteer = x.byNumber[s.Number]; s.volunteer == nil {
		s.volunteer = x.national[string(x.keys.Index(indexNational, s.Number))]
	}
	v := s.volunteer
	switch {
	case v == nil || v.State == models.VolunteerAwaiting || v.State == models.VolunteerRefused:
		return bad("number", "volunteer.number.unknown", nil)
	case s.Name != "" && s.Name != v.Name:
		return bad("name", "list.othername", nil)
	case x.me.Same(models.Someone{UserID: v.UserID, ResidentID: v.ResidentID}):
		return bad("number", "hours.own", nil)
	case s.Day < x.day.AddDays(-oldestServed):
		return bad("day", "hours.day.wrong", nil)
	}
	s.times()
	day := 0
	for _, h := range x.records[v.ID] {
		if h.Day != s.Day {
			continue
		}
		if h.Minutes == s.Minutes && h.What == s.What && h.ID != 0 {
			return models.ListSame
		}
		if s.begins != nil && h.BeginsAt != nil && h.EndsAt != nil && s.begins.Before(*h.EndsAt) && h.BeginsAt.Before(*s.ends) {
			return bad("begins", "list.overlap", nil)
		}
		if h.ID == 0 && h.Minutes == s.Minutes && h.What == s.What && s.begins == nil {
			return bad("number", "list.sameperson", problem.Args{"row": h.ImportLine})
		}
		day += h.Minutes
	}
	if day+s.Minutes > x.cap {
		return bad("hours", "hours.daycap", problem.Args{"n": x.cap})
	}
	x.records[v.ID] = append(x.records[v.ID], models.Hours{Day: s.Day, Minutes: s.Minutes, What: s.What, BeginsAt: s.begins, EndsAt: s.ends, ImportLine: s.Row})
	return models.ListAdd
}

// times makes instants of the clock times of a row.
func (s *served) times() {
	if s.Begins < 0 || s.Ends <= s.Begins {
		return
	}
	begins := models.Moment(s.Day.Time().Add(time.Duration(s.Begins) * time.Minute))
	ends := models.Moment(s.Day.Time().Add(time.Duration(s.Ends) * time.Minute))
	s.begins, s.ends = &begins, &ends
}

// putServed proposes the records of a list.
func (tx *Tx) putServed(im models.ID, rows []listed) error {
	near, err := tx.nearPeople(tx.me())
	if err != nil {
		return err
	}
	var hours []models.Hours
	for _, r := range rows {
		if r.action != models.ListAdd {
			continue
		}
		s := r.data.(served)
		h := models.Hours{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: s.volunteer.ID, Day: s.Day, BeginsAt: s.begins, EndsAt: s.ends, Minutes: s.Minutes, What: s.What, Source: models.HoursImported,
			State: models.HoursProposed, ByUserID: tx.Actor.UserID, ByKey: tx.key(), ByName: tx.Actor.Name, ImportID: im, ImportLine: s.Row, VolunteerNo: s.volunteer.Number, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		h.Flags = policy.Anomalies(h, policy.HoursFacts{DayMinutes: s.Minutes, EnteredOn: string(tx.Day()), Family: near.has(s.volunteer)})
		hours = append(hours, h)
	}
	if len(hours) == 0 {
		return nil
	}
	return tx.CreateInBatches(&hours, 100).Error
}
