package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The hall: the list is frozen when the meeting opens; whoever is on it comes
// in once, by phone with the code on the wall or at the desk.

// OpenSession freezes the list of those entitled and opens the doors. Refusals:
// Forbidden, NotFound, TooEarly before the day, Conflict.
func (t *Tenant) OpenSession(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		s, err := sessionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if s.State != models.SessionCalled { // before thousands of rows are made
			_, err := policy.Next(policy.SessionMoves, s.State, "open", tx.roles())
			return err
		}
		list, err := tx.entitled(s)
		if err != nil {
			return err
		}
		s.Reps, s.Members = 0, 0
		for i := range list {
			switch list[i].Kind {
			case "rep":
				s.Reps++
			case "member":
				s.Members++
			}
		}
		if err := policy.MayOpenSession(*s, s.Reps, len(list), tx.signer(""), tx.Day()); err != nil {
			return err
		}
		s.State, s.OpenedAt, s.Entitled, s.UpdatedAt = models.SessionOpen, &tx.Now, len(list), tx.Now
		err = Changed(tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", id, models.SessionCalled).
			Select("state", "opened_at", "entitled", "reps", "members", "updated_at").UpdateColumns(s))
		if err != nil {
			return err
		}
		tx.Audit("assembly.open", id, map[string]int{"entitled": s.Entitled, "reps": s.Reps, "members": s.Members})
		tx.Touch("assembly", "home")
		return tx.CreateInBatches(list, batch).Error
	})
}

// entitled makes the lines of a meeting's list.
func (tx *Tx) entitled(s *models.AssemblySession) ([]models.SessionVoter, error) {
	line := func(kind string, key models.ID) models.SessionVoter {
		return models.SessionVoter{Tenant: models.Tenant{ID: tx.NewID()}, SessionID: s.ID, KeyID: key, Kind: kind}
	}
	switch s.Mode {
	case models.ByReps:
		return tx.entitledReps(s, line)
	case models.ByAdults:
		return tx.entitledAdults(s, line)
	case models.ByHouseholds:
		var homes []models.Household
		if err := tx.Order("building_id, unit, room, id").Find(&homes).Error; err != nil {
			return nil, err
		}
		return tx.entitledHomes(homes, line)
	}
	b, err := bodyByID(tx.DB, s.BodyID)
	if err != nil {
		return nil, err
	}
	homes, err := householdsOf(tx.DB, b)
	if err != nil {
		return nil, err
	}
	return tx.entitledHomes(homes, line)
}

type newLine func(kind string, key models.ID) models.SessionVoter

// entitledReps are the members of the committee and the representatives (art.
// 28). Who is both counts once, as a member: the share of art. 28 must not be
// made by counting somebody twice.
func (tx *Tx) entitledReps(s *models.AssemblySession, line newLine) ([]models.SessionVoter, error) {
	members, err := tx.store.committeeOn(tx.DB, tx.Community, s.Day)
	if err != nil {
		return nil, err
	}
	var out []models.SessionVoter
	known := map[models.ID]bool{}
	for _, a := range members {
		if known[a.UserID] {
			continue
		}
		known[a.UserID] = true
		v := line("member", a.UserID)
		v.UserID, v.Name, v.Place = a.UserID, a.Name, a.Portfolio
		out = append(out, v)
	}
	reps, err := mandatesOn(tx.DB, models.SitsRep, models.BodyGroup, s.Day)
	if err != nil {
		return nil, err
	}
	var groups []models.Body
	if err := tx.Where("kind = ?", models.BodyGroup).Find(&groups).Error; err != nil {
		return nil, err
	}
	names := map[models.ID]string{}
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	seen := map[models.ID]bool{}
	for _, m := range reps {
		if m.UserID != 0 && known[m.UserID] || seen[m.ResidentID] {
			continue
		}
		seen[m.ResidentID] = true
		v := line("rep", m.ResidentID)
		v.ResidentID, v.UserID, v.Name, v.Place = m.ResidentID, m.UserID, m.Name, names[m.BodyID]
		out = append(out, v)
	}
	return out, nil
}

// lastAdultBirth is the last birthday with which one is 18 on the day.
func lastAdultBirth(day models.Date) models.Date {
	d := models.DateOf(day.Time().AddDate(-policy.AdultAge, 0, 0))
	for !policy.Adult(d, day) {
		d = d.AddDays(-1)
	}
	return d
}

func (tx *Tx) entitledAdults(s *models.AssemblySession, line newLine) ([]models.SessionVoter, error) {
	places, err := addresses(tx.DB)
	if err != nil {
		return nil, err
	}
	var out []models.SessionVoter
	for last := models.ID(0); ; {
		var rows []models.Resident
		err := tx.Select("community_id", "id", "household_id", "name", "birth").
			Where("state = ? AND id > ? AND birth <> '' AND birth <= ?", models.ResidentActive, last, lastAdultBirth(s.Day)).Order("id").Limit(batch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return out, err
		}
		for _, r := range rows {
			last = r.ID
			v := line("resident", r.ID)
			v.ResidentID, v.HouseholdID, v.Name, v.Place = r.ID, r.HouseholdID, r.Name, places[r.HouseholdID]
			out = append(out, v)
		}
	}
}

// entitledHomes: one line for each household with an adult who lives here; its
// head represents it, or else the eldest.
func (tx *Tx) entitledHomes(homes []models.Household, line newLine) ([]models.SessionVoter, error) {
	places, err := addresses(tx.DB)
	if err != nil {
		return nil, err
	}
	adults := map[models.ID][]models.Resident{}
	for last := models.ID(0); ; {
		var rows []models.Resident
		err := tx.Select("community_id", "id", "household_id", "name", "birth").
			Where("state = ? AND id > ? AND birth <> '' AND birth <= ?", models.ResidentActive, last, lastAdultBirth(tx.Day())).Order("id").Limit(batch).Find(&rows).Error
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			last = r.ID
			adults[r.HouseholdID] = append(adults[r.HouseholdID], r)
		}
	}
	var out []models.SessionVoter
	for _, h := range homes {
		people := adults[h.ID]
		if len(people) == 0 {
			continue
		}
		rep := people[0]
		for _, p := range people {
			if p.ID == h.HeadID {
				rep = p
				break
			}
			if p.Birth < rep.Birth {
				rep = p
			}
		}
		v := line("household", h.ID)
		v.ResidentID, v.HouseholdID, v.Name, v.Place = rep.ID, h.ID, rep.Name, places[h.ID]
		out = append(out, v)
	}
	return out, nil
}

// addresses say where each household is, for the desk.
func addresses(db *gorm.DB) (map[models.ID]string, error) {
	var buildings []models.Building
	if err := db.Find(&buildings).Error; err != nil {
		return nil, err
	}
	names := map[models.ID]string{}
	for _, b := range buildings {
		names[b.ID] = b.Name
	}
	var homes []models.Household
	if err := db.Find(&homes).Error; err != nil {
		return nil, err
	}
	out := make(map[models.ID]string, len(homes))
	for _, h := range homes {
		out[h.ID] = strings.TrimSpace(names[h.BuildingID] + " " + h.Unit + " " + h.Room)
	}
	return out, nil
}

// ArriveInHall lets somebody in by phone: the code on the wall proves that they are
// in the hall. Refusals: Forbidden (not on the list), Conflict (not open),
// Invalid (code), TooMany.
func (t *Tenant) ArriveInHall(ctx context.Context, actor models.Actor, session models.ID, code string) error {
	there := false
	err := t.Write(ctx, actor, func(tx *Tx) (err error) {
		if err := tx.May("assembly", "vote"); err != nil {
			return err
		}
		v, err := tx.lineOf(session)
		if err != nil {
			return err
		}
		if v.PresentAt != nil {
			there = true
			return nil
		}
		if there, err = tx.There("assembly", session, strings.TrimSpace(models.Key(code))); err != nil || !there {
			return err // a wrong code is counted
		}
		return tx.arrive(v, "phone", 0)
	})
	if err == nil && !there {
		var f problem.Form
		f.Add("code", "session.code.wrong", nil)
		return f.Err()
	}
	return err
}

// CheckInAtDesk lets somebody in by sight; standIn is another adult of the
// household who came for it. Refusals: Forbidden, NotFound, Conflict.
func (t *Tenant) CheckInAtDesk(ctx context.Context, actor models.Actor, session, voter, standIn models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var v models.SessionVoter
		if err := tx.Where("id = ? AND session_id = ?", voter, session).Take(&v).Error; err != nil {
			return notFound(err)
		}
		if standIn != 0 {
			var r models.Resident
			err := tx.Where("id = ? AND household_id = ? AND state = ?", standIn, v.HouseholdID, models.ResidentActive).Limit(1).Find(&r).Error
			if err != nil {
				return err
			}
			if v.Kind != "household" || r.ID == 0 || !policy.Adult(r.Birth, tx.Day()) {
				return problem.New(problem.Conflict, "session.standin", nil)
			}
		}
		return tx.arrive(&v, "desk", standIn)
	})
}

// arrive marks a line present, once, and counts it.
func (tx *Tx) arrive(v *models.SessionVoter, channel string, standIn models.ID) error {
	res := tx.Model(&models.AssemblySession{}).Where("id = ? AND state = ?", v.SessionID, models.SessionOpen).Update("present", gorm.Expr("present + 1"))
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return problem.New(problem.Conflict, "session.notopen", nil)
	}
	v.PresentAt, v.Channel, v.StandIn = &tx.Now, channel, standIn
	err := Changed(tx.Model(&models.SessionVoter{}).Where("id = ? AND present_at IS NULL", v.ID).
		Select("present_at", "channel", "stand_in", "user_id").UpdateColumns(v))
	if err != nil {
		return err
	}
	tx.Audit("assembly.arrive", v.SessionID, map[string]models.ID{"line": v.ID})
	return nil
}

// lineOf is the actor's line on the list of an open meeting: the member's by
// login, the representative's and the resident's by the person on the roll,
// the household's by any adult who lives in it, the first to come.
func (tx *Tx) lineOf(session models.ID) (*models.SessionVoter, error) {
	v, err := lineOf(tx.DB, tx.Actor, tx.chain, session, tx.Day())
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, problem.New(problem.Forbidden, "session.notlisted", nil).Because("not on the frozen list")
	}
	v.UserID = tx.Actor.UserID
	return v, nil
}

func lineOf(db *gorm.DB, actor models.Actor, community, session models.ID, day models.Date) (*models.SessionVoter, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var rows []models.SessionVoter
	err := db.Where("session_id = ? AND user_id = ? AND kind IN ?", session, actor.UserID, []string{"member", "rep"}).Limit(1).Find(&rows).Error
	if err != nil || len(rows) > 0 {
		return first(rows), err
	}
	link, ok := actor.Resident(community)
	if !ok || link.State != models.LinkConfirmed { // voting needs who it is beyond doubt
		return nil, nil
	}
	err = db.Where("session_id = ? AND resident_id = ?", session, link.ResidentID).Limit(1).Find(&rows).Error
	if err != nil || len(rows) > 0 {
		return alone(rows, actor), err
	}
	var r models.Resident
	if err := db.Where("id = ? AND state = ?", link.ResidentID, models.ResidentActive).Limit(1).Find(&r).Error; err != nil || r.ID == 0 {
		return nil, err
	}
	if !policy.Adult(r.Birth, day) {
		return nil, nil
	}
	err = db.Where("session_id = ? AND kind = ? AND household_id = ?", session, "household", r.HouseholdID).Limit(1).Find(&rows).Error
	return alone(rows, actor), err
}

// alone is the line unless somebody else of the household is here for it.
func alone(rows []models.SessionVoter, actor models.Actor) *models.SessionVoter {
	v := first(rows)
	if v != nil && v.Kind == "household" && v.PresentAt != nil && v.UserID != 0 && v.UserID != actor.UserID {
		return nil
	}
	return v
}

func first(rows []models.SessionVoter) *models.SessionVoter {
	if len(rows) == 0 {
		return nil
	}
	return &rows[0]
}

// FindLines looks up lines of a meeting's list by name or address, for the
// desk; those who have not come first.
func (t *Tenant) FindLines(ctx context.Context, actor models.Actor, session models.ID, words string) ([]models.SessionVoter, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "assembly", "prepare", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	words = cleanLine(words)
	q := t.db(ctx).Where("session_id = ?", session)
	if words != "" {
		like := "%" + strings.NewReplacer("%", "", "_", "").Replace(words) + "%"
		q = q.Where("name LIKE ? OR place LIKE ?", like, like)
	}
	var rows []models.SessionVoter
	err := q.Order("present_at IS NOT NULL, id").Limit(60).Find(&rows).Error
	return rows, err
}

// MyLine is the actor's line on a meeting's list; nil for none.
func (t *Tenant) MyLine(ctx context.Context, actor models.Actor, session models.ID) (*models.SessionVoter, error) {
	return lineOf(t.db(ctx), actor, t.Community.ID, session, models.DateOf(t.Now()))
}
