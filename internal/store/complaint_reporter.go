package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The reporter's side of a case. Whoever reported under their telephone is
// known by the login, whoever reported anonymously by the tracking code.

// Follower is who comes to follow a case.
type Follower struct {
	Actor models.Actor
	Code  string // tracking code; "" for a login
}

const (
	triesPerDevice = 10 // of tracking codes, an hour
	triesPerIP     = 60
)

// Track finds an anonymous case by its code. Wrong codes are counted; whoever
// has used up their tries is refused with a right one too, else going on would
// tell which one is right. Refusals: Invalid (field code), TooMany.
func (t *Tenant) Track(ctx context.Context, from Sender, code string) (models.ID, error) {
	hash := hashCode(code)
	var c models.Complaint
	if hash != nil {
		if err := t.db(ctx).Select("community_id", "id").Where("code_hash = ?", hash).Limit(1).Find(&c).Error; err != nil {
			return 0, err
		}
	}
	right := problem.New(problem.Conflict, "page.conflict", nil)
	err := t.Write(ctx, models.Actor{}, func(tx *Tx) error {
		if err := tx.limitSender("case.track", from, triesPerDevice, triesPerIP); err != nil || c.ID == 0 {
			return err
		}
		return right // rolls the count back: a right code is no guess
	})
	switch {
	case problem.As(err) == right:
		return c.ID, nil
	case err != nil:
		return 0, err
	}
	var f problem.Form
	f.Add("code", "case.track.wrong", nil)
	return 0, f.Err()
}

// ownCase is a case as its reporter may act on it.
func (tx *Tx) ownCase(id models.ID, f Follower) (*kase, error) {
	k := &kase{Tx: tx}
	if err := tx.Where("id = ?", id).Take(&k.was).Error; err != nil {
		return nil, notFound(err)
	}
	ok, err := tx.tenant().follows(tx, &k.was, f)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("case: not this reporter's")
	}
	if k.ties, err = caseTies(tx.DB, id); err != nil {
		return nil, err
	}
	k.Complaint, k.relations = k.was, policy.SetOf(policy.RoleReporter)
	return k, nil
}

// follows tells whether the follower is the case's reporter.
func (t *Tenant) follows(tx *Tx, c *models.Complaint, f Follower) (bool, error) {
	if c.Level == models.LevelAnonymous {
		whole, err := wholeOf(tx.DB, c)
		hash := hashCode(f.Code)
		return hash != nil && string(hash) == string(whole.CodeHash), err
	}
	if f.Actor.UserID == 0 {
		return false, nil
	}
	var n int64
	err := tx.Model(&models.ComplaintReporter{}).Where("case_id = ? AND user_id = ? AND kind = ?", c.ID, f.Actor.UserID, models.ReporterSelf).Count(&n).Error
	return n > 0, err
}

// wholeOf is the case that an anonymous one was split from: its code follows
// the parts too.
func wholeOf(db *gorm.DB, c *models.Complaint) (*models.Complaint, error) {
	for c.SplitFrom != 0 && len(c.CodeHash) == 0 {
		var whole models.Complaint
		if err := db.Where("id = ?", c.SplitFrom).Take(&whole).Error; err != nil {
			return c, notFound(err)
		}
		c = &whole
	}
	return c, nil
}

func (t *Tenant) reporterRow(ctx context.Context, id, user models.ID) (*models.ComplaintReporter, error) {
	var r models.ComplaintReporter
	err := t.db(ctx).Where("case_id = ? AND user_id = ?", id, user).Take(&r).Error
	return &r, notFound(err)
}

// Word is what a reporter says.
type Word struct {
	Text     string
	Rating   *Rating
	Escalate models.EscalationKind
	Photos   []NewFile
	From     Sender
}

// repliesPerDay of one case: a conversation, not a flood.
const repliesPerDay = 10

// reporterActs are what a reporter does, by the action of the state table.
var reporterActs = map[string]func(k *kase, w Word) (Step, error){
	"withdraw": func(k *kase, w Word) (Step, error) { return Step{Text: w.Text}, reasonField(w.Text) },
	"reply": func(k *kase, w Word) (Step, error) {
		if err := reasonField(w.Text); err != nil {
			return Step{}, err
		}
		return Step{Text: w.Text}, k.Limit("case.reply."+k.ID.String(), repliesPerDay, 24*time.Hour)
	},
	"rate": (*kase).rate,
	"reopen": func(k *kase, w Word) (Step, error) {
		if err := inText(policy.MayReopen(k.was, k.Day(), w.Text)); err != nil {
			return Step{}, err
		}
		k.Reopened++
		return Step{Text: w.Text}, k.toDispatcher()
	},
	"escalate": func(k *kase, w Word) (Step, error) {
		if err := policy.MayEscalateTo(k.was, w.Escalate, k.Day()); err != nil {
			return Step{}, err
		}
		return k.escalate(Act{Text: w.Text, Escalate: w.Escalate})
	},
}

// rate answers both questions. Content on both closes the case; else it can be
// reopened for some days.
func (k *kase) rate(w Word) (Step, error) {
	if w.Rating == nil {
		var f problem.Form
		f.Add("solved", "form.choose", nil)
		return Step{}, f.Err()
	}
	if policy.ComplaintSettled(k.was, k.Day()) {
		return Step{}, problem.New(problem.TooLate, "policy.case.settled", problem.Args{"date": k.was.DueDay})
	}
	k.Rated, k.Solved, k.Satisfied = true, w.Rating.Solved, w.Rating.Satisfied
	s := Step{Action: "rate", Text: w.Text}
	if k.Solved && k.Satisfied {
		s.Action = "accept_answer"
	}
	return s, nil
}

// ReporterAct does one act of the reporter. Refusals: NotFound for anybody
// else, Conflict by the state table, TooEarly, TooLate, Invalid with fields.
func (t *Tenant) ReporterAct(ctx context.Context, f Follower, id models.ID, action string, w Word) (*models.Complaint, error) {
	do, known := reporterActs[action]
	if !known {
		return nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if w.Text = strings.TrimSpace(w.Text); len([]rune(w.Text)) > maxReport {
		var form problem.Form
		form.Add("text", "form.toolong", problem.Args{"n": len([]rune(w.Text)) - maxReport, "limit": maxReport})
		return nil, form.Err()
	}
	photos, err := t.keepPhotos(w.Photos)
	if err != nil {
		return nil, err
	}
	var out models.Complaint
	err = t.Write(ctx, f.Actor, func(tx *Tx) error {
		k, err := tx.ownCase(id, f)
		if err != nil {
			return err
		}
		if k.Level != models.LevelAnonymous {
			if err := tx.May("case", "rate"); err != nil {
				return err
			}
		}
		if k.Level == models.LevelAnonymous {
			tx.Actor = models.Actor{} // who holds the code is nobody, even when logged in
		}
		s, err := do(k, w)
		if err != nil {
			return err
		}
		if s.Action == "" {
			s.Action = action
		}
		s.Role = policy.RoleReporter
		e, err := k.step(s)
		if err != nil {
			return err
		}
		out = k.Complaint
		if err := k.attach(Owner{ownerCase, e.ID}, photos); err != nil {
			return err
		}
		if s.Action == "withdraw" {
			if err := k.revive(); err != nil {
				return err
			}
		}
		return k.after(s.Action)
	})
	return &out, err
}

// Support says "me too" instead of reporting once more. Doing it twice is once.
// Refusals: Unauthorized, NotFound for a case the public does not see.
func (t *Tenant) Support(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		var c models.Complaint
		if err := tx.Where("id = ? AND public = ? AND open = ?", id, true, true).Take(&c).Error; err != nil {
			return notFound(err)
		}
		row := models.ComplaintReporter{Tenant: models.Tenant{ID: tx.NewID()}, CaseID: id, UserID: &actor.UserID, Kind: models.ReporterSupporter, CreatedAt: tx.Now}
		var n int64
		if err := tx.Model(&models.ComplaintReporter{}).Where("case_id = ? AND user_id = ?", id, actor.UserID).Count(&n).Error; err != nil || n > 0 {
			return err
		}
		if err := tx.Limit("case.support."+actor.UserID.String(), 3*casesPerUserDay, 24*time.Hour); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		tx.Touch("complaints")
		return tx.countSupporters(id, 1)
	})
}

// SettleCases closes cases whose days to rate are over. Every reader counts
// them as closed already; this only writes it down, once.
func (s *Store) SettleCases(ctx context.Context, now time.Time) (n int, err error) {
	day := models.DateOf(now)
	for _, c := range s.Communities() {
		t := s.In(c)
		var ids []models.ID
		err := t.db(ctx).Model(&models.Complaint{}).Where("open = ? AND state IN ? AND due_day < ?", true,
			[]models.ComplaintState{models.ComplaintAnswered, models.ComplaintRated}, day).Order("due_day, id").Limit(batch).Pluck("id", &ids).Error
		if err != nil {
			return n, err
		}
		for _, id := range ids {
			err := t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
				k := &kase{Tx: tx, relations: policy.SetOf(policy.RoleJob)}
				if err := tx.Where("id = ?", id).Take(&k.was).Error; err != nil {
					return notFound(err)
				}
				k.Complaint = k.was
				if !policy.ComplaintSettled(k.was, tx.Day()) {
					return problem.New(problem.Conflict, "policy.state", nil)
				}
				_, err := k.step(Step{Action: "close", Role: policy.RoleJob})
				return err
			})
			if err == nil {
				n++
			} else if !problem.Is(err, problem.Conflict) { // rated or reopened in between
				return n, err
			}
		}
	}
	return n, nil
}
