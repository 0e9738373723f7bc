package store

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Requests for help: asked by elders, their family or the desk, matched by
// nearness and skill, accepted by a volunteer, confirmed by whoever was helped.

const (
	sealHelp     = "help_requests.person"
	documentHelp = "助" //words:allow a mark of official documents, stored once and never translated
	helpsPerDay  = 5
)

// HelpPerson is who needs help; only whoever accepts and the desk read it.
type HelpPerson struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Phone   string `json:"phone"`
	Detail  string `json:"detail"`
}

// HelpDraft is a request.
type HelpDraft struct {
	HelpPerson
	Kind     string
	Target   string
	Building models.ID
	WantedAt time.Time
	Minutes  int
	For      string // "self", "family", "desk"
}

func (d *HelpDraft) check(now time.Time) error {
	d.Name, d.Address, d.Detail = cleanLine(d.Name), cleanLine(d.Address), strings.TrimSpace(d.Detail)
	var f problem.Form
	for field, x := range map[string]struct {
		text string
		most int
	}{"name": {d.Name, 50}, "address": {d.Address, 60}, "detail": {d.Detail, 300}} {
		switch n := len([]rune(x.text)); {
		case n == 0:
			f.Add(field, "form.needed", nil)
		case n > x.most:
			f.Add(field, "form.toolong", problem.Args{"n": n - x.most, "limit": x.most})
		}
	}
	phone, _ := models.Phone(d.Phone)
	if d.Phone = phone; phone == "" {
		f.Add("phone", "help.phone", nil)
	}
	if !slices.Contains(models.VolunteerSkills, d.Kind) {
		f.Add("kind", "form.choose", nil)
	}
	if !d.WantedAt.After(now) || d.WantedAt.After(now.AddDate(0, 3, 0)) {
		f.Add("day", "help.day", nil)
	}
	if d.Minutes < 15 || d.Minutes > 480 {
		f.Add("minutes", "form.number", problem.Args{"least": 15, "most": 480})
	}
	return f.Err()
}

// AskHelp puts a request before the desk. Refusals: Invalid with fields, TooMany.
func (t *Tenant) AskHelp(ctx context.Context, actor models.Actor, d HelpDraft) (*models.HelpRequest, error) {
	if err := d.check(t.Now()); err != nil {
		return nil, err
	}
	var h models.HelpRequest
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "register"); err != nil {
			return err
		}
		if tx.May("volunteer", "help") == nil {
			d.For = "desk"
		} else if err := tx.Limit("help."+tx.chain.String()+"."+actor.UserID.String(), helpsPerDay, 24*time.Hour); err != nil {
			return err
		}
		year := tx.Day().Time().Year()
		n, err := tx.Next("help." + strconv.Itoa(year))
		if err != nil {
			return err
		}
		h = models.HelpRequest{Tenant: models.Tenant{ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentHelp, year, n), State: models.HelpOpen, Kind: d.Kind, Target: d.Target,
			BuildingID: d.Building, WantedAt: models.Moment(d.WantedAt), Minutes: d.Minutes, AskedBy: d.For, ByUserID: actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		person, err := json.Marshal(d.HelpPerson)
		if err != nil {
			return err
		}
		h.PersonSeal = tx.store.opt.Keys.Seal(sealHelp, h.ID, string(person))
		h.Brief = policy.MaskText(d.Detail, d.Name)
		var b models.Building
		if err := tx.Where("id = ?", d.Building).Limit(1).Find(&b).Error; err != nil {
			return err
		}
		h.GridID = b.GridID
		tx.Audit("help.ask", h.ID, nil)
		if err := tx.Create(&h).Error; err != nil {
			return err
		}
		return tx.tellCommittee("help.tell.asked", problem.Args{"number": h.Number}, tx.helpDesk(h.ID))
	})
	return &h, err
}

func (tx *Tx) helpDesk(id models.ID) string {
	return "/admin/" + tx.Community.Code + "/volunteers/help/" + id.String()
}

func (tx *Tx) helpLink(id models.ID) string {
	return "/" + tx.Community.Code + "/volunteers/help/" + id.String()
}

// HelpView is a request as the reader may see it: Person is nil for who may not.
type HelpView struct {
	models.HelpRequest
	Person    *HelpPerson
	Volunteer *models.Volunteer
	Mine      bool // the reader asked
	Asked     bool // the reader is the volunteer
}

// Help reads a request. NotFound for anybody but who asked, the volunteer who is
// asked, and the desk.
func (t *Tenant) Help(ctx context.Context, actor models.Actor, id models.ID) (*HelpView, error) {
	v := &HelpView{}
	if err := t.db(ctx).Where("id = ?", id).Take(&v.HelpRequest).Error; err != nil {
		return nil, notFound(err)
	}
	desk := t.opt.Guard.Allowed(actor, t.Community, "volunteer", "help", models.DateOf(t.Now())) == nil
	if v.VolunteerID != 0 {
		var who models.Volunteer
		if err := t.db(ctx).Where("id = ?", v.VolunteerID).Limit(1).Find(&who).Error; err != nil {
			return nil, err
		}
		v.Volunteer, v.Asked = &who, who.UserID == actor.UserID && actor.UserID != 0
	}
	v.Mine = v.ByUserID == actor.UserID && actor.UserID != 0
	if !desk && !v.Mine && !v.Asked {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if desk || v.Mine || v.State == models.HelpAccepted {
		text, err := t.opt.Keys.Open(sealHelp, v.ID, v.PersonSeal)
		if err != nil {
			return nil, err
		}
		v.Person = &HelpPerson{}
		return v, json.Unmarshal([]byte(text), v.Person)
	}
	return v, nil
}

// MyHelp are the requests that the actor made.
func (t *Tenant) MyHelp(ctx context.Context, actor models.Actor) ([]models.HelpRequest, error) {
	var rows []models.HelpRequest
	err := t.db(ctx).Where("by_user_id = ?", actor.UserID).Order("id DESC").Limit(mostMine).Find(&rows).Error
	return rows, err
}

// HelpQueue are the requests in a state, the most pressing first.
func (t *Tenant) HelpQueue(ctx context.Context, state models.HelpState) ([]models.HelpRequest, error) {
	var rows []models.HelpRequest
	err := t.db(ctx).Where("state = ?", state).Order("wanted_at, id").Limit(mostDecided).Find(&rows).Error
	return rows, err
}

// OfferHelp asks a volunteer. Refusals: those of policy.MayAct and
// policy.MayEnterHome, Conflict while another is asked.
func (t *Tenant) OfferHelp(ctx context.Context, actor models.Actor, id, volunteer models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("volunteer", "help"); err != nil {
			return err
		}
		v, err := tx.volunteerByID(volunteer)
		if err != nil {
			return err
		}
		var h models.HelpRequest
		if err := tx.Select("community_id", "id", "wanted_at").Where("id = ?", id).Take(&h).Error; err != nil {
			return notFound(err)
		}
		if err := policy.MayAct(*v, tx.Day()); err != nil {
			return err
		}
		if err := policy.MayEnterHome(*v, models.DateOf(h.WantedAt)); err != nil {
			return err
		}
		if err := tx.changeHelp(id, models.HelpOpen, map[string]any{"state": models.HelpOffered, "volunteer_id": v.ID}); err != nil {
			return err
		}
		o := models.HelpOffer{Tenant: models.Tenant{ID: tx.NewID()}, HelpID: id, VolunteerID: v.ID, State: "asked", CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&o).Error; err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) {
				return problem.New(problem.Conflict, "help.twice", nil)
			}
			return err
		}
		tx.Audit("help.offer", id, map[string]string{"volunteer": v.ID.String()})
		return tx.tellVolunteer(v, "help.tell.offer", nil, tx.helpLink(id))
	})
}

func (tx *Tx) changeHelp(id models.ID, from models.HelpState, values map[string]any) error {
	values["updated_at"] = tx.Now
	return Changed(tx.Model(&models.HelpRequest{}).Where("id = ? AND state = ?", id, from).Updates(values))
}

// AnswerHelp is the volunteer's yes or no. A yes promises the time; a no lets the
// desk ask somebody else, and needs no reason.
func (t *Tenant) AnswerHelp(ctx context.Context, actor models.Actor, id models.ID, yes bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		v, err := tx.volunteer()
		if err != nil {
			return err
		}
		var h models.HelpRequest
		if err := tx.Where("id = ? AND volunteer_id = ?", id, v.ID).Take(&h).Error; err != nil {
			return notFound(err)
		}
		said, values, key := "no", map[string]any{"state": models.HelpOpen, "volunteer_id": 0}, "help.tell.no"
		if yes {
			said, values, key = "yes", map[string]any{"state": models.HelpAccepted}, "help.tell.yes"
		}
		if err := tx.changeHelp(id, models.HelpOffered, values); err != nil {
			return err
		}
		if err := tx.Model(&models.HelpOffer{}).Where("help_id = ? AND volunteer_id = ?", id, v.ID).Updates(map[string]any{"state": said, "updated_at": tx.Now}).Error; err != nil {
			return err
		}
		tx.Audit("help."+said, id, nil)
		if yes {
			promised := models.Signup{Tenant: models.Tenant{ID: id}, VolunteerID: v.ID, BeginsAt: h.WantedAt, EndsAt: h.WantedAt.Add(time.Duration(h.Minutes) * time.Minute)}
			if err := tx.promise(&promised); err != nil {
				return err
			}
			if err := tx.tellAskers(&h, key); err != nil {
				return err
			}
		}
		return tx.tellCommittee(key, problem.Args{"number": h.Number}, tx.helpDesk(id))
	})
}

func (tx *Tx) tellAskers(h *models.HelpRequest, key string) error {
	err := tx.Tell(h.ByUserID, key, problem.Args{"number": h.Number}, tx.helpLink(h.ID))
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// ConfirmHelp says that help was given and how long it took, with a word of
// thanks. The hours are proposed by that; the committee approves them.
func (t *Tenant) ConfirmHelp(ctx context.Context, actor models.Actor, id models.ID, minutes int, thanks string) error {
	thanks = strings.TrimSpace(thanks)
	var f problem.Form
	policy.CheckMinutes(minutes, 480, &f)
	if n := len([]rune(thanks)); n > 200 {
		f.Add("thanks", "form.toolong", problem.Args{"n": n - 200, "limit": 200})
	}
	if err := f.Err(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		var h models.HelpRequest
		if err := tx.Where("id = ?", id).Take(&h).Error; err != nil {
			return notFound(err)
		}
		if h.ByUserID != actor.UserID && tx.May("volunteer", "help") != nil {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		v, err := tx.volunteerByID(h.VolunteerID)
		if err != nil {
			return err
		}
		if tx.own(v) {
			return problem.New(problem.Forbidden, "hours.own", nil).Because("G3.5")
		}
		if tx.Now.Before(h.WantedAt) {
			return problem.New(problem.TooEarly, "help.early", nil)
		}
		if err := tx.changeHelp(id, models.HelpAccepted, map[string]any{"state": models.HelpDone, "thanks": thanks}); err != nil {
			return err
		}
		if err := tx.thank(v, &h, thanks); err != nil {
			return err
		}
		ends := h.WantedAt.Add(time.Duration(minutes) * time.Minute)
		rec := models.Hours{VolunteerID: v.ID, Day: models.DateOf(h.WantedAt), BeginsAt: &h.WantedAt, EndsAt: &ends, Minutes: minutes, What: h.Number, Source: models.HoursClient}
		tx.Audit("help.confirm", id, map[string]int{"minutes": minutes})
		tx.Touch("hours")
		return tx.propose(&rec, v, nil, nil, false)
	})
}

func (tx *Tx) thank(v *models.Volunteer, h *models.HelpRequest, text string) error {
	if text == "" {
		return nil
	}
	th := models.Thanks{Tenant: models.Tenant{ID: tx.NewID()}, VolunteerID: v.ID, HelpID: h.ID, Text: text, From: policy.MaskName(tx.Actor.Name), CreatedAt: tx.Now}
	if err := tx.Create(&th).Error; err != nil {
		return err
	}
	return tx.tellVolunteer(v, "help.tell.thanks", nil, "/me/volunteer")
}

// WithdrawHelp takes a request back; whoever accepted is told.
func (t *Tenant) WithdrawHelp(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		var h models.HelpRequest
		if err := tx.Where("id = ?", id).Take(&h).Error; err != nil {
			return notFound(err)
		}
		if h.ByUserID != actor.UserID && tx.May("volunteer", "help") != nil {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		if h.State == models.HelpDone || h.State == models.HelpWithdrawn {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if err := tx.changeHelp(id, h.State, map[string]any{"state": models.HelpWithdrawn}); err != nil {
			return err
		}
		if err := tx.Where("signup_id = ?", id).Delete(&models.VolunteerSlot{}).Error; err != nil {
			return err
		}
		tx.Audit("help.withdraw", id, nil)
		if h.VolunteerID == 0 {
			return nil
		}
		v, err := tx.volunteerByID(h.VolunteerID)
		if err != nil {
			return err
		}
		return tx.tellVolunteer(v, "help.tell.withdrawn", problem.Args{"number": h.Number}, "/me/volunteer")
	})
}
