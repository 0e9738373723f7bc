package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	sealVisit  = "pair_visits.note"
	visitWords = "结对探访" //words:allow what a record says, as the office writes it
)

// PairDraft ties a volunteer to an elder.
type PairDraft struct {
	Number    string // of the volunteer
	Name      string // the elder's
	Place     string
	Building  models.ID
	EveryDays int
	Family    string // telephone of a relative who sees the visits; "" nobody
}

// Pair begins a pairing with its rhythm. Refusals: Forbidden, Invalid with
// fields, Conflict when the two are paired already.
func (t *Tenant) Pair(ctx context.Context, actor models.Actor, d PairDraft) (*models.Pairing, error) {
	d.Name, d.Place, d.Number = cleanLine(d.Name), cleanLine(d.Place), cleanLine(d.Number)
	var p models.Pairing
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "help"); err != nil {
			return err
		}
		var f problem.Form
		var v models.Volunteer
		if err := tx.Where("number = ? AND state = ?", d.Number, models.VolunteerActive).Limit(1).Find(&v).Error; err != nil {
			return err
		}
		if v.ID == 0 {
			f.Add("number", "volunteer.number.unknown", nil)
		} else if young := problem.As(policy.MayEnterHome(v, tx.Day())); young != nil {
			f.Add("number", young.Key, young.Args)
		}
		if n := len([]rune(d.Name)); n == 0 || n > 50 {
			f.Add("name", "form.needed", nil)
		}
		if n := len([]rune(d.Place)); n == 0 || n > 100 {
			f.Add("place", "form.needed", nil)
		}
		if d.EveryDays < 1 || d.EveryDays > 60 {
			f.Add("every", "form.number", problem.Args{"least": 1, "most": 60})
		}
		family, err := tx.familyOf(d.Family, &f)
		if err != nil {
			return err
		}
		if err := f.Err(); err != nil {
			return err
		}
		var b models.Building
		if err := tx.Where("id = ?", d.Building).Limit(1).Find(&b).Error; err != nil {
			return err
		}
		if b.ID != 0 && !strings.HasPrefix(d.Place, b.Name) { // a door alone is no address
			d.Place = cutRunes(b.Name+" "+d.Place, 100)
		}
		live := v.Number + " " + d.Name + " " + d.Place
		live = string([]rune(live)[:min(len([]rune(live)), 120)])
		p = models.Pairing{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, GridID: b.GridID, Name: d.Name, Place: d.Place, EveryDays: d.EveryDays, FamilyUser: family, Since: tx.Day(), LivePair: &live, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&p).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "pairing.twice", nil)
			}
			return err
		}
		tx.Audit("pairing.begin", p.ID, map[string]int{"every": d.EveryDays})
		if err := tx.tellFamily(&p, "pairing.tell.family", nil); err != nil {
			return err
		}
		return tx.tellVolunteer(&v, "pairing.tell.begun", nil, tx.pairingLink(p.ID))
	})
	return &p, err
}

func (tx *Tx) pairingLink(id models.ID) string {
	return "/" + tx.Community.Code + "/volunteers/pairings/" + id.String()
}

// familyOf is the login of a relative's telephone. Who never logged in is not
// made a reader of an elder's visits by a mistyped number.
func (tx *Tx) familyOf(text string, f *problem.Form) (models.ID, error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	phone, _ := models.Phone(text)
	if phone == "" {
		f.Add("family", "help.phone", nil)
		return 0, nil
	}
	u, err := tx.userByPhone(phone)
	if err == nil && u.ID == 0 {
		f.Add("family", "pairing.family.unknown", nil)
	}
	return u.ID, err
}

func (tx *Tx) tellFamily(p *models.Pairing, key string, args problem.Args) error {
	if p.FamilyUser == 0 {
		return nil
	}
	err := tx.Tell(p.FamilyUser, key, args, tx.pairingLink(p.ID))
	if problem.Is(err, problem.NotFound) {
		return nil // the login was closed
	}
	return err
}

// tellGrid tells the worker of the grid; a grid without one is the desk's.
func (tx *Tx) tellGrid(grid models.ID, key string, args problem.Args, link string) error {
	var g models.Grid
	if err := tx.Where("id = ?", grid).Limit(1).Find(&g).Error; err != nil || g.WorkerUserID == 0 {
		return err
	}
	err := tx.Tell(g.WorkerUserID, key, args, link)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// EndPairing ends it, with a reason.
func (t *Tenant) EndPairing(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "help"); err != nil {
			return err
		}
		tx.Audit("pairing.end", id, tx.words(reason))
		return Changed(tx.Model(&models.Pairing{}).Where("id = ? AND ended_on = ''", id).Updates(map[string]any{"ended_on": tx.Day(), "live_pair": nil, "reason": reason, "updated_at": tx.Now}))
	})
}

// PairingView is a pairing with its visits.
type PairingView struct {
	models.Pairing
	Volunteer models.Volunteer
	Visits    []VisitView
	Own       bool // the reader is the volunteer
	Family    bool // the reader is the relative: when, but not what was seen
}

// VisitView is a visit with what was seen.
type VisitView struct {
	models.PairVisit
	Note string
}

// Pairing reads one for its volunteer, the desk, or the relative who was named;
// NotFound for others. What was seen on a visit is for the first two alone.
func (t *Tenant) Pairing(ctx context.Context, actor models.Actor, id models.ID) (*PairingView, error) {
	v := &PairingView{}
	if err := t.db(ctx).Where("id = ?", id).Take(&v.Pairing).Error; err != nil {
		return nil, notFound(err)
	}
	if err := t.db(ctx).Where("id = ?", v.VolunteerID).Take(&v.Volunteer).Error; err != nil {
		return nil, notFound(err)
	}
	desk := t.opt.Guard.Allowed(actor, t.Community, "volunteer", "help", models.DateOf(t.Now())) == nil
	v.Own = actor.UserID != 0 && v.Volunteer.UserID == actor.UserID
	v.Family = !desk && !v.Own && actor.UserID != 0 && v.FamilyUser == actor.UserID
	if !desk && !v.Own && !v.Family {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	var rows []models.PairVisit
	if err := t.db(ctx).Where("pairing_id = ?", id).Order("day DESC").Limit(30).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		note := ""
		if !v.Family {
			var err error
			if note, err = t.opt.Keys.Open(sealVisit, r.ID, r.NoteSeal); err != nil {
				return nil, err
			}
		}
		v.Visits = append(v.Visits, VisitView{r, note})
	}
	return v, nil
}

// FamilyPairings are the living pairings that the actor may see as a relative.
func (t *Tenant) FamilyPairings(ctx context.Context, actor models.Actor) ([]models.Pairing, error) {
	var rows []models.Pairing
	if actor.UserID == 0 {
		return nil, nil
	}
	err := t.db(ctx).Where("family_user = ? AND ended_on = ''", actor.UserID).Order("id").Limit(mostMine).Find(&rows).Error
	return rows, err
}

// thanksPerDay of one relative for one pairing.
const thanksPerDay = 3

// ThankVisitor is the relative's word to the volunteer. Refusals: NotFound for
// anybody else, Invalid with fields, TooMany.
func (t *Tenant) ThankVisitor(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	text = strings.TrimSpace(text)
	var f problem.Form
	switch n := len([]rune(text)); {
	case n == 0:
		f.Add("thanks", "form.needed", nil)
	case n > 200:
		f.Add("thanks", "form.toolong", problem.Args{"n": n - 200, "limit": 200})
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		var p models.Pairing
		if err := tx.Where("id = ? AND family_user = ?", id, actor.UserID).Take(&p).Error; err != nil || actor.UserID == 0 {
			return notFound(err)
		}
		if err := tx.Limit("thanks."+id.String()+"."+actor.UserID.String(), thanksPerDay, 24*time.Hour); err != nil {
			return err
		}
		v, err := tx.volunteerByID(p.VolunteerID)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		tx.Audit("pairing.thanks", id, nil)
		return tx.thank(v, &models.HelpRequest{}, text)
	})
}

// Pairings are the living ones, those with an overdue visit first.
func (t *Tenant) Pairings(ctx context.Context) ([]Paired, error) {
	var rows []models.Pairing
	if err := t.db(ctx).Where("ended_on = ''").Order("last_visit, id").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, p := range rows {
		ids = append(ids, p.VolunteerID)
	}
	var people []models.Volunteer
	if err := t.db(ctx).Select("community_id", "id", "number", "name").Where("id IN ?", ids).Find(&people).Error; err != nil {
		return nil, err
	}
	out := make([]Paired, len(rows))
	for i, p := range rows {
		out[i].Pairing = p
		for _, v := range people {
			if v.ID == p.VolunteerID {
				out[i].Volunteer = v
			}
		}
	}
	return out, nil
}

// Paired is a living pairing with its volunteer, by name and number alone.
type Paired struct {
	models.Pairing
	Volunteer models.Volunteer
}

// Unfit are the volunteers of living pairings who may not enter a home alone on
// a day (policy.MayEnterHome): their date of birth is not known, or was put
// right since. The office ends such a pairing or adds the date; until then the
// visits are recorded, because they happen.
func (t *Tenant) Unfit(ctx context.Context, on models.Date) (map[models.ID]models.Volunteer, error) {
	var rows []models.Volunteer
	paired := t.db(ctx).Model(&models.Pairing{}).Select("volunteer_id").Where("community_id = ? AND ended_on = ''", t.Community.ID)
	err := t.db(ctx).Select("community_id", "id", "number", "name", "birth").Where("id IN (?) AND (birth = '' OR birth > ?)", paired, models.DateOf(on.Time().AddDate(-policy.AdultAge, 0, -1))).Find(&rows).Error
	unfit := map[models.ID]models.Volunteer{}
	for _, v := range rows {
		if policy.MayEnterHome(v, on) != nil {
			unfit[v.ID] = v
		}
	}
	return unfit, err
}

// RecordVisit notes a visit by the volunteer of the pairing: one a day. A worry
// goes to the desk and the grid worker at once.
func (t *Tenant) RecordVisit(ctx context.Context, actor models.Actor, id models.ID, minutes int, note string, worry bool) error {
	note = strings.TrimSpace(note)
	var f problem.Form
	policy.CheckMinutes(minutes, 480, &f)
	if n := len([]rune(note)); n > 300 {
		f.Add("note", "form.toolong", problem.Args{"n": n - 300, "limit": 300})
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		var p models.Pairing
		if err := tx.Where("id = ? AND volunteer_id = ? AND ended_on = ''", id, v.ID).Take(&p).Error; err != nil {
			return notFound(err)
		}
		visit := models.PairVisit{Tenant: models.Tenant{ID: tx.NewID()}, PairingID: id, VolunteerID: v.ID, Day: tx.Day(), Minutes: minutes, Worry: worry, ByUserID: actor.UserID, CreatedAt: tx.Now}
		visit.NoteSeal = tx.store.opt.Keys.Seal(sealVisit, visit.ID, note)
		if err := tx.Create(&visit).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "pairing.visited", nil)
			}
			return err
		}
		if err := tx.Model(&models.Pairing{}).Where("id = ? AND last_visit < ?", id, tx.Day()).Updates(map[string]any{"last_visit": tx.Day(), "updated_at": tx.Now}).Error; err != nil {
			return err
		}
		tx.Audit("pairing.visit", visit.ID, nil)
		rec := models.Hours{VolunteerID: v.ID, Day: tx.Day(), Minutes: minutes, What: visitWords, Source: models.HoursEntered}
		if err := tx.propose(&rec, v, nil, nil, false); err != nil {
			return err
		}
		if !worry {
			return nil
		}
		desk := "/admin/" + tx.Community.Code + "/volunteers/pairings"
		if err := tx.tellGrid(p.GridID, "pairing.tell.worry", nil, desk); err != nil {
			return err
		}
		return tx.tellCommittee("pairing.tell.worry", nil, desk)
	})
}
