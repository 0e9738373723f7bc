package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Rating answers the two questions: solved? satisfied?
type Rating struct{ Solved, Satisfied bool }

// escalate takes a case up: to the street, and from there to 12345 or 信访.
// The legal clock begins with the day.
func (k *kase) escalate(a Act) (Step, error) {
	var f problem.Form
	if !slices.Contains(policy.EscalationsFor(k.was), a.Escalate) {
		f.Add("kind", "form.choose", nil)
		return Step{}, f.Err()
	}
	way := []models.Assignee{{Kind: models.AssigneeStreet}, {Kind: models.AssigneeSupervisor}, {Kind: models.AssigneeDuty}}
	way = slices.DeleteFunc(way, func(a models.Assignee) bool { return !policy.MayHold(k.About, a.Kind) })
	// Whoever is first and free sends it further up on paper where the street is
	// what it is about, or everybody there stepped back.
	to, free, err := k.mannedOf(way, k.apart())
	if err != nil {
		return Step{}, err
	}
	if !free {
		to = way[0]
	}
	k.EscalatedTo, k.EscalatedAt, k.Registered, k.Extended = a.Escalate, &k.Now, "", false
	k.OwnerKind, k.OwnerID = to.Kind, to.ID
	return Step{Text: a.Text}, reasonField(a.Text)
}

// reserve takes a case that turns out to be about officials out of their
// sight: from this moment it is nobody's whose acts it is about.
func (k *kase) reserve(a Act) (Step, error) {
	var f problem.Form
	if !slices.Contains([]models.ComplaintAbout{models.AboutCommittee, models.AboutSupervisor, models.AboutStreet}, a.About) || k.About != models.AboutNobody {
		f.Add("about", "form.choose", nil)
		return Step{}, f.Err()
	}
	k.About = a.About
	if err := k.show(false); err != nil {
		return Step{}, err
	}
	for _, u := range a.Concerned {
		if err := k.keepAway(k.ID, u, models.PartyConcerned); err != nil {
			return Step{}, err
		}
	}
	number, err := k.caseNumber(&k.Complaint)
	if err != nil {
		return Step{}, err
	}
	to, err := k.manned(policy.FirstReceiver(k.About, 0, 0), Report{About: k.About, Concerned: a.Concerned, ByOfficer: true})
	if err != nil {
		return Step{}, err
	}
	k.Number, k.FirstKind, k.FirstID, k.OwnerKind, k.OwnerID = number, to.Kind, to.ID, to.Kind, to.ID
	k.Touch("complaints") // it leaves the pages it stood on
	return Step{Text: a.Text, Internal: true}, firstError(
		k.Model(&models.Complaint{}).Where("id = ?", k.ID).Update("number", number).Error,
		k.forgetCase(k.ID), k.hideMerged(a))
}

// forgetCase takes assisting desks off a case, and letters about it from people who
// may not know of it any more.
func (tx *Tx) forgetCase(id models.ID) error {
	link := "/admin/" + tx.Community.Code + "/complaints/" + id.String()
	return firstError(
		tx.Where("case_id = ?", id).Delete(&models.ComplaintAssist{}).Error,
		tx.Where("community_id = ? AND link = ?", tx.chain, link).Delete(&models.InboxMessage{}).Error)
}

// SplitCase makes a case of its own of a part of another: what is somebody
// else's to do. The reporter follows both.
func (t *Tenant) SplitCase(ctx context.Context, actor models.Actor, id models.ID, category, text string) (*models.Complaint, error) {
	k0, err := t.Category(ctx, category)
	if err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	var part models.Complaint
	_, err = t.officeStep(ctx, actor, id, Act{Text: text}, func(k *kase) (Step, error) {
		if _, err := policy.Next(policy.ComplaintMoves, k.was.State, "split", k.relations); err != nil {
			return Step{}, err
		}
		if err := reasonField(text); err != nil {
			return Step{}, err
		}
		var err error
		part, err = k.split(k0, text)
		return Step{Action: "split", Internal: true, Text: part.Number}, err
	})
	return &part, err
}

func (k *kase) split(category *CaseCategory, text string) (models.Complaint, error) {
	r := Report{Category: category.Code, Channel: k.Channel, Level: k.Level, About: k.About, Text: text, GridID: k.GridID, BuildingID: k.BuildingID,
		Spot: k.Spot, PinX: k.PinX, PinY: k.PinY, ByOfficer: true, Urgent: k.Urgent}
	for _, p := range k.ties.Kept {
		r.Concerned = append(r.Concerned, p.UserID)
	}
	c, err := k.newCase(r, category)
	if err != nil {
		return c, err
	}
	r.Concerned = append(r.Concerned, k.ties.Reporters...)
	first, err := k.manned(k.First(), r) // who received the whole, unless they stepped back from it
	if err != nil {
		return c, err
	}
	c.SplitFrom, c.FirstKind, c.FirstID, c.OwnerKind, c.OwnerID = k.ID, first.Kind, first.ID, first.Kind, first.ID
	c.OnceHash = k.store.opt.Keys.Index("complaint.split", k.ID.String()+c.ID.String())
	if err := k.Create(&c).Error; err != nil {
		return c, err
	}
	e := k.event0(&c, r)
	e.ByUserID, e.ByRole = k.Actor.UserID, k.deskRole()
	if err := k.Create(&e).Error; err != nil {
		return c, err
	}
	var rows []models.ComplaintReporter
	if err := k.Where("case_id = ? AND kind = ?", k.ID, models.ReporterSelf).Find(&rows).Error; err != nil {
		return c, err
	}
	for _, row := range rows {
		next := models.ComplaintReporter{Tenant: models.Tenant{ID: k.NewID()}, CaseID: c.ID, UserID: row.UserID, Kind: row.Kind, CreatedAt: k.Now}
		if err := k.reseal(&next, row); err != nil {
			return c, err
		}
		if err := k.Create(&next).Error; err != nil {
			return c, err
		}
	}
	for _, p := range k.ties.Kept {
		if err := k.keepAway(c.ID, p.UserID, p.Kind); err != nil {
			return c, err
		}
	}
	k.auditCase(&c, "case.file", nil)
	return c, nil
}

// reseal carries name and telephone over to another row: a seal opens only
// where it was made.
func (k *kase) reseal(to *models.ComplaintReporter, row models.ComplaintReporter) error {
	keys := k.store.opt.Keys
	name, err := keys.Open(sealReporterName, row.ID, row.NameSeal)
	if err != nil {
		return err
	}
	phone, err := keys.Open(sealReporterPhone, row.ID, row.PhoneSeal)
	to.NameSeal, to.PhoneSeal = keys.Seal(sealReporterName, to.ID, name), keys.Seal(sealReporterPhone, to.ID, phone)
	return err
}

// RedactCase covers passages that the public still reads in full, in the report
// and in every step; or withdraws the whole case from the public.
func (t *Tenant) RedactCase(ctx context.Context, actor models.Actor, id models.ID, passages []string, withdraw bool) error {
	_, err := t.officeStep(ctx, actor, id, Act{}, func(k *kase) (Step, error) {
		s := Step{Action: "redact", Internal: true}
		if withdraw {
			return s, k.show(false)
		}
		hidden, err := k.cover(passages)
		if err == nil && hidden == 0 {
			var f problem.Form
			f.Add("passages", "inquiry.hide.none", problem.Args{"n": maxHidden})
			err = f.Err()
		}
		return s, err
	})
	return err
}

func (k *kase) cover(passages []string) (hidden int, err error) {
	var events []models.ComplaintEvent
	if err := k.Where("case_id = ? AND public_text <> ''", k.ID).Find(&events).Error; err != nil {
		return 0, err
	}
	for _, p := range passages {
		p = strings.TrimSpace(p)
		if n := len([]rune(p)); n < 2 || n > maxHidden {
			continue
		}
		found := strings.Contains(k.PublicText+"\n"+k.Answer, p)
		k.PublicText, k.Answer = strings.ReplaceAll(k.PublicText, p, hiddenMark), strings.ReplaceAll(k.Answer, p, hiddenMark)
		for i := range events {
			if strings.Contains(events[i].PublicText, p) {
				found = true
				events[i].PublicText = strings.ReplaceAll(events[i].PublicText, p, hiddenMark)
				if err := k.Model(&models.ComplaintEvent{}).Where("id = ?", events[i].ID).Update("public_text", events[i].PublicText).Error; err != nil {
					return hidden, err
				}
			}
		}
		if found {
			hidden++
		}
	}
	return hidden, nil
}

// caseBody opens what was reported.
func (t *Tenant) caseBody(c *models.Complaint) (models.ComplaintBody, error) {
	var b models.ComplaintBody
	text, err := t.opt.Keys.Open(sealCaseBody, c.ID, c.BodySeal)
	if err != nil || text == "" {
		return b, err
	}
	return b, json.Unmarshal([]byte(text), &b)
}
