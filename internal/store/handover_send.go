package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// What a job needs to speak to other systems: what is due, under a lease, and
// the outcome. Each question is asked at least once; the other side knows it by
// its key.

// HandoverTask is a case that is due for a word with another system, or a
// target whose connection is to be tried (no Case).
type HandoverTask struct {
	models.ComplaintHandover
	Target models.HandoverTarget
	Secret string
	Case   models.HandedCase

	community *models.Community
	lease     time.Time
}

// Key lets the other side recognise a case that it has already taken.
func (h *HandoverTask) Key() string { return "juwu-" + h.ID.String() }

// LeaseHandovers takes up to n due tasks for a while. The lease is the time of
// the next question itself: moved ahead by whoever is first.
func (s *Store) LeaseHandovers(ctx context.Context, n int, lease time.Duration) ([]HandoverTask, error) {
	var due []models.ComplaintHandover
	now := s.Now()
	err := s.everywhere(ctx).Where("state IN ? AND next_at <= ?", []models.HandoverState{models.HandoverWaiting, models.HandoverTokened, models.HandoverTaken}, now).
		Order("next_at").Limit(n).Find(&due).Error
	if err != nil {
		return nil, err
	}
	var out []HandoverTask
	for _, h := range due {
		task, err := s.leaseHandover(ctx, h, lease)
		if err != nil {
			return out, err
		}
		if task != nil {
			out = append(out, *task)
		}
	}
	return out, nil
}

func (s *Store) leaseHandover(ctx context.Context, h models.ComplaintHandover, lease time.Duration) (task *HandoverTask, err error) {
	c := s.CommunityByID(h.CommunityID)
	if c == nil {
		return nil, nil
	}
	err = s.In(c).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		task = nil
		until := models.Moment(tx.Now.Add(lease))
		res := tx.Model(&models.ComplaintHandover{}).Where("id = ? AND state = ? AND next_at = ? AND next_at <= ?", h.ID, h.State, h.NextAt, tx.Now).
			UpdateColumn("next_at", until)
		if res.Error != nil || res.RowsAffected == 0 { // another process was faster
			return res.Error
		}
		to, secret, err := tx.openTarget(h.TargetID)
		if err != nil {
			return err
		}
		if to.ID == 0 { // taken out of use meanwhile
			return tx.Model(&models.ComplaintHandover{}).Where("id = ?", h.ID).Updates(map[string]any{"state": models.HandoverFailed, "error": "off", "next_at": never}).Error
		}
		task = &HandoverTask{ComplaintHandover: h, Target: to, Secret: secret, community: c, lease: until}
		if task.Case, err = tx.handed(h.CaseID, to); err != nil || task.Case.ID == 0 {
			return err
		}
		task.Case.Outer, err = tx.outerAnswers(h)
		return err
	})
	return task, err
}

// openTarget is a target in use with its secret.
func (tx *Tx) openTarget(id models.ID) (to models.HandoverTarget, secret string, err error) {
	if err := tx.Where("id = ? AND off = ?", id, false).Limit(1).Find(&to).Error; err != nil || to.ID == 0 {
		return to, "", err
	}
	secret, err = tx.store.opt.Keys.Open(sealHandoverSecret, to.ID, to.SecretSeal)
	return to, secret, err
}

// handed is what a target is told of a case. Whether the case may go there was
// asked when it was handed over, and is asked again: it may have turned out to
// be about officials since.
func (tx *Tx) handed(id models.ID, to models.HandoverTarget) (models.HandedCase, error) {
	var c models.Complaint
	if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
		return models.HandedCase{}, notFound(err)
	}
	if !policy.MayHandOver(c.About, to) {
		return models.HandedCase{}, nil // no id: nothing is told
	}
	t := tx.tenant()
	names, err := t.deskNames(tx.Statement.Context)
	if err != nil {
		return models.HandedCase{}, err
	}
	return t.handedCase(tx.DB, c, to, names)
}

func (t *Tenant) handedCase(db *gorm.DB, c models.Complaint, to models.HandoverTarget, names deskNames) (models.HandedCase, error) {
	body, err := t.caseBody(&c)
	if err != nil {
		return models.HandedCase{}, err
	}
	h := models.HandedCase{
		ID: c.ID, Number: c.Number, Community: t.Community.Code, Received: c.ReceivedAt, Channel: string(c.Channel), Kind: string(c.Kind), Category: c.Category,
		Place: joinPlace(names.buildings[c.BuildingID], names.grids[c.GridID], c.Spot), Text: body.Text, Answers: body.Answers, Deadline: c.PromiseDay,
		Unit: names.of(c.Owner()), Urgent: c.Urgent, Escalated: c.EscalatedTo,
	}
	if c.State == models.ComplaintEscalated {
		h.Deadline = c.DueDay
	}
	name, phone, err := t.wholeReporter(db, c.ID)
	if err != nil {
		return models.HandedCase{}, err
	}
	if policy.HandsReporter(c.Level, c.About, to) {
		h.Name, h.Phone = name, phone
		return h, nil
	}
	h.Text = policy.MaskText(h.Text, name) // names and numbers that the reporter wrote themselves
	for i := range h.Answers {
		h.Answers[i].Answer = policy.MaskText(h.Answers[i].Answer, name)
	}
	return h, nil
}

func joinPlace(building, grid, spot string) string {
	if building == "" {
		building = grid
	}
	return strings.TrimSpace(building + " " + spot)
}

// wholeReporter is who reported, unmasked, for the office that takes over.
func (t *Tenant) wholeReporter(db *gorm.DB, id models.ID) (name, phone string, err error) {
	var row models.ComplaintReporter
	if err := db.Where("case_id = ? AND kind = ?", id, models.ReporterSelf).Order("id").Limit(1).Find(&row).Error; err != nil || row.ID == 0 {
		return "", "", err
	}
	keys := t.opt.Keys
	name, err = keys.Open(sealReporterName, row.ID, row.NameSeal)
	if err == nil {
		phone, err = keys.Open(sealReporterPhone, row.ID, row.PhoneSeal)
	}
	if err != nil || row.UserID == nil {
		return name, phone, err
	}
	var u models.User
	if err := db.Where("id = ?", *row.UserID).Take(&u).Error; err != nil {
		return "", "", notFound(err)
	}
	if name == "" {
		name = u.Name
	}
	if phone == "" {
		phone, err = t.UserPhone(u)
	}
	return name, phone, err
}

// HandedOver records what the other side answered: its number, or a token for
// which the number comes later, or nothing but that it has it.
func (s *Store) HandedOver(ctx context.Context, h *HandoverTask, token string, o models.OuterState) error {
	return s.settleHandover(ctx, h, func(tx *Tx, now models.ComplaintHandover) error {
		if token = cutRunes(cleanLine(token), 120); token != "" && token != now.Token {
			if err := tx.Model(&models.ComplaintHandover{}).Where("id = ?", h.ID).UpdateColumn("token", token).Error; err != nil {
				return err
			}
		}
		changed, err := tx.outer(now, h.Target, o, policy.SetOf(policy.RoleJob))
		if err != nil || changed {
			return err
		}
		next := tx.Now.Add(policy.HandoverWait(now.State, tx.Now.Sub(now.CreatedAt)))
		if h.Target.Kind != models.HandoverOpen311 {
			next = never // it speaks when there is something to say
		}
		return tx.Model(&models.ComplaintHandover{}).Where("id = ?", h.ID).
			Updates(map[string]any{"next_at": models.Moment(next), "attempts": 0, "error": ""}).Error
	})
}

// NotHandedOver records a failure by its class. again zero, or too many in a
// row, is the end: the case's page says so and an officer sends it anew.
func (s *Store) NotHandedOver(ctx context.Context, h *HandoverTask, class string, again bool, asked time.Duration) error {
	return s.settleHandover(ctx, h, func(tx *Tx, now models.ComplaintHandover) error {
		row := models.ComplaintHandover{State: now.State, Attempts: now.Attempts + 1, Error: cut(class, 40), UpdatedAt: tx.Now}
		row.NextAt = models.Moment(tx.Now.Add(policy.HandoverRetry(row.Attempts, asked)))
		if !again || row.Attempts >= policy.HandoverTries {
			row.State, row.NextAt = models.HandoverFailed, never
		}
		res := tx.Model(&models.ComplaintHandover{}).Where("id = ? AND state = ?", h.ID, now.State).
			Select("state", "attempts", "error", "next_at", "updated_at").Updates(&row)
		if err := Changed(res); err != nil || row.State != models.HandoverFailed {
			return err
		}
		var c models.Complaint
		if err := tx.Where("id = ?", h.CaseID).Take(&c).Error; err != nil {
			return notFound(err)
		}
		return tx.tellDesk(&c, c.Owner(), "case.tell.handover.failed")
	})
}

// settleHandover does do unless the lease has passed to somebody else, or
// something has moved the case since.
func (s *Store) settleHandover(ctx context.Context, h *HandoverTask, do func(tx *Tx, now models.ComplaintHandover) error) error {
	err := s.In(h.community).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		var now models.ComplaintHandover
		if err := tx.Where("id = ?", h.ID).Take(&now).Error; err != nil {
			return notFound(err)
		}
		if !now.NextAt.Equal(h.lease) {
			return nil
		}
		return do(tx, now)
	})
	if p := problem.As(err); p != nil && p.Key == "handover.number.taken" {
		return s.NotHandedOver(ctx, h, "number", false, 0)
	}
	if problem.Is(err, problem.Conflict) { // somebody acted on the case at this moment: asked again when the lease ends
		return nil
	}
	return err
}

// LeaseHandoverChecks are the targets whose connection somebody asked to try.
func (s *Store) LeaseHandoverChecks(ctx context.Context, n int) ([]HandoverTask, error) {
	var due []models.HandoverTarget
	if err := s.everywhere(ctx).Where("check_at <= ? AND off = ?", s.Now(), false).Order("check_at").Limit(n).Find(&due).Error; err != nil {
		return nil, err
	}
	var out []HandoverTask
	for _, to := range due {
		c := s.CommunityByID(to.CommunityID)
		if c == nil {
			continue
		}
		var task *HandoverTask
		err := s.In(c).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
			task = nil
			res := tx.Model(&models.HandoverTarget{}).Where("id = ? AND check_at = ?", to.ID, to.CheckAt).UpdateColumn("check_at", nil)
			if res.Error != nil || res.RowsAffected == 0 {
				return res.Error
			}
			one, secret, err := tx.openTarget(to.ID)
			if err == nil && one.ID != 0 {
				task = &HandoverTask{Target: one, Secret: secret, community: c}
			}
			return err
		})
		if err != nil {
			return out, err
		}
		if task != nil {
			out = append(out, *task)
		}
	}
	return out, nil
}

// HandoverChecked records how the try went and what the other side offers.
func (s *Store) HandoverChecked(ctx context.Context, h *HandoverTask, class string, services []models.HandoverService, questions map[string][]models.HandoverQuestion) error {
	asked, err := json.Marshal(questions)
	if err != nil {
		return err
	}
	var text string
	for n := len(services); n > 0; n-- { // as many as fit
		b, err := json.Marshal(services[:n])
		if err != nil {
			return err
		}
		if len(b) <= maxServicesKept {
			text = string(b)
			break
		}
	}
	return s.In(h.community).Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		row := models.HandoverTarget{CheckedAt: &tx.Now, CheckError: cut(class, 40), Services: text, Questions: asked}
		columns := []string{"checked_at", "check_error"}
		if class == "" {
			columns = append(columns, "services", "questions")
		}
		return tx.Model(&models.HandoverTarget{}).Where("id = ?", h.Target.ID).Select(columns).Updates(&row).Error
	})
}
