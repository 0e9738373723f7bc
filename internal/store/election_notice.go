package store

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// DraftElectionNotice fills a template with what is known and keeps it as a
// draft to be edited; the same template may be drafted again (递补, corrections).
func (t *Tenant) DraftElectionNotice(ctx context.Context, actor models.Actor, id models.ID, template string) (*models.ElectionNotice, error) {
	var n models.ElectionNotice
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "plan")
		if err != nil {
			return err
		}
		form, ok := policy.NoticeTemplateOf(template)
		if !ok {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		values, err := tx.noticeValues(e)
		if err != nil {
			return err
		}
		n = models.ElectionNotice{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Template: template, Title: policy.FillNotice(form.Title, values),
			Body: policy.FillNotice(form.Body, values), Personal: form.Personal, State: models.ElectionNoticeDraft, ByUserID: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		for _, s := range policy.TimetableOf(e, policy.ReadRules(e), policy.China()) {
			if s.Key == form.Step {
				n.DueDay = s.To
			}
		}
		tx.Audit("election.notice.draft", n.ID, map[string]string{"template": template})
		return tx.Create(&n).Error
	})
	return &n, err
}

// EditElectionNotice changes a draft.
func (t *Tenant) EditElectionNotice(ctx context.Context, actor models.Actor, id, notice models.ID, title, body string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.electionFor(id, "election", "plan"); err != nil {
			return err
		}
		d := NoticeDraft{Kind: models.NoticeAffairs, Title: title, Body: body}
		if err := tx.checkElectionText(&d); err != nil {
			return err
		}
		return Changed(tx.Model(&models.ElectionNotice{}).Where("id = ? AND election_id = ? AND state = ?", notice, id, models.ElectionNoticeDraft).
			Updates(map[string]any{"title": d.Title, "body": d.Body, "updated_at": tx.Now}))
	})
}

func (tx *Tx) checkElectionText(d *NoticeDraft) error {
	d.tidy()
	var f problem.Form
	if d.Title == "" {
		f.Add("title", "notice.title.needed", nil)
	}
	if d.Body == "" {
		f.Add("body", "notice.body.needed", nil)
	}
	if n := len([]rune(d.Body)) - maxNoticeBody; n > 0 {
		f.Add("body", "form.toolong", problem.Args{"n": n, "limit": maxNoticeBody})
	}
	return f.Err()
}

// PublishElectionNotice gives a draft its number and puts it on the public
// board. The first notice of an election announces it: from then on day, mode,
// posts and rules stand (frozen), and their hash is printed in it.
func (t *Tenant) PublishElectionNotice(ctx context.Context, actor models.Actor, id, notice models.ID) (*models.ElectionNotice, error) {
	var n models.ElectionNotice
	err := t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "publish")
		if err != nil {
			return err
		}
		if err := tx.Where("id = ? AND election_id = ?", notice, id).Take(&n).Error; err != nil {
			return notFound(err)
		}
		if n.State != models.ElectionNoticeDraft {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if e.State == models.ElectionPlanned {
			if err := tx.announceElection(e, &n); err != nil {
				return err
			}
		}
		if err := tx.electionNotice(e, &n, policy.RoleECChair); err != nil {
			return err
		}
		form, _ := policy.NoticeTemplateOf(n.Template)
		return tx.stepDone(e, form.Step, n.Title)
	})
	return &n, err
}

// announceElection freezes the rules.
func (tx *Tx) announceElection(e *models.Election, n *models.ElectionNotice) error {
	if n.Template != "day" {
		return problem.New(problem.Conflict, "election.notice.first", nil)
	}
	rules := policy.ReadRules(e)
	if e.Kind == models.ElectionGeneral {
		if last := policy.RollLatest(e.Day, rules); tx.Day() >= last {
			return problem.New(problem.TooLate, "election.day.early", problem.Args{"date": tx.Day().AddDays(rules.Int("roll.publish_days"))})
		}
	}
	now := tx.Now
	e.FrozenAt = &now
	if err := tx.moveElection(e, "announce", "frozen_at"); err != nil {
		return err
	}
	announced, err := announcedOf(tx.DB, e)
	if err != nil {
		return err
	}
	tx.Audit(auditAnnounced, e.ID, announced)
	return tx.tellFollowers("notices", "election.tell.announced", problem.Args{"date": e.Day}, tx.electionPath(e.ID, ""))
}

// issuerOf is the body for which somebody in a post issues what belongs to an
// election: the electoral committee runs it (art. 15), who investigates says
// what came of it (art. 22).
var issuerOf = map[models.Role]models.NoticeIssuer{policy.RoleECChair: models.IssuerElectoral, models.RoleStreet: models.IssuerStreet, models.RoleDistrict: models.IssuerDistrict}

// electionNotice publishes through the notices of the community.
func (tx *Tx) electionNotice(e *models.Election, n *models.ElectionNotice, role models.Role) error {
	err := Changed(tx.Model(&models.Election{}).Where("id = ?", e.ID).UpdateColumn("notices", gorm.Expr("notices + 1")))
	if err != nil {
		return err
	}
	fresh, err := electionByID(tx.DB, e.ID)
	if err != nil {
		return err
	}
	number := fresh.Notices
	id := tx.NewID()
	board := models.Notice{Tenant: models.Tenant{ID: id}, ThreadID: id, Version: 1, Kind: models.NoticeAffairs, Category: "D7", Title: n.Title, Body: n.Body,
		Personal: n.Personal, State: models.NoticeSubmitted, Issuer: issuerOf[role], ByUserID: tx.Actor.UserID, ByName: tx.actorName(role), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := tx.Create(&board).Error; err != nil {
		return err
	}
	if err := tx.makePublic(&board, role); err != nil {
		return err
	}
	if e.Day > board.DisplayUntil { // what the election needs hangs until its day
		board.DisplayUntil = e.Day
		if err := tx.extendDisplay(&board); err != nil {
			return err
		}
	}
	n.Number, n.NoticeID, n.State, n.UpdatedAt = &number, id, models.ElectionNoticePublished, tx.Now
	err = Changed(tx.Model(&models.ElectionNotice{}).Where("id = ? AND state = ?", n.ID, models.ElectionNoticeDraft).
		Select("number", "notice_id", "state", "updated_at").UpdateColumns(n))
	if err != nil {
		return err
	}
	tx.Audit("election.notice.publish", n.ID, map[string]any{"number": number})
	tx.Touch("elections")
	return tx.afterNotice(&board)
}

// extendDisplay makes the fingerprint anew with the longer display: it is the
// same transaction in which the notice was made public.
func (tx *Tx) extendDisplay(n *models.Notice) error {
	n.Fingerprint = noticeFingerprint(n, nil)
	return Changed(tx.Model(&models.Notice{}).Where("id = ?", n.ID).Select("display_until", "fingerprint").UpdateColumns(n))
}

// ElectionNotices of an election, by number, drafts last.
func (t *Tenant) ElectionNotices(ctx context.Context, id models.ID, public bool) (rows []models.ElectionNotice, err error) {
	db := t.db(ctx).Where("election_id = ?", id)
	if public {
		db = db.Where("state = ?", models.ElectionNoticePublished)
	}
	err = db.Order("number IS NULL, number, id").Find(&rows).Error
	return rows, err
}

// ElectionNotice is one.
func (t *Tenant) ElectionNotice(ctx context.Context, id, notice models.ID) (*models.ElectionNotice, error) {
	var n models.ElectionNotice
	err := t.db(ctx).Where("id = ? AND election_id = ?", notice, id).Take(&n).Error
	return &n, notFound(err)
}

// ShowNotice records that a printed notice hangs at a place: the proof of display.
func (t *Tenant) ShowNotice(ctx context.Context, actor models.Actor, id, notice models.ID, d models.NoticeDisplay) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.mayRun(id, "election", "desk"); err != nil { // that an election is void hangs there too
			return err
		}
		var f problem.Form
		d.Place, d.Witness = cleanLine(models.Key(d.Place)), cleanLine(models.Key(d.Witness))
		if d.Place == "" {
			f.Add("place", "form.needed", nil)
		}
		if !d.Day.Valid() || d.Day > tx.Day() {
			f.Add("day", "election.display.day", nil)
		}
		if err := f.Err(); err != nil {
			return err
		}
		var n models.ElectionNotice
		if err := tx.Where("id = ? AND election_id = ? AND state = ?", notice, id, models.ElectionNoticePublished).Take(&n).Error; err != nil {
			return notFound(err)
		}
		d.Tenant, d.ElectionID, d.NoticeID = models.Tenant{ID: tx.NewID()}, id, notice
		d.ByUserID, d.ByName, d.CreatedAt = tx.Actor.UserID, tx.Actor.Name, tx.Now
		tx.Audit("election.notice.display", notice, nil)
		return tx.Create(&d).Error
	})
}

// NoticeDisplays of one notice.
func (t *Tenant) NoticeDisplays(ctx context.Context, notice models.ID) (rows []models.NoticeDisplay, err error) {
	err = t.db(ctx).Where("notice_id = ?", notice).Order("id").Find(&rows).Error
	return rows, err
}

// noticeValues fills every placeholder of the templates from the election as it
// stands.
func (tx *Tx) noticeValues(e *models.Election) (map[string]string, error) {
	rules := policy.ReadRules(e)
	day := func(d models.Date) string { return policy.DocumentDay(string(d)) }
	v := map[string]string{
		"community": tx.Community.Name, "title": e.Title, "term": strconv.Itoa(e.Term), "day": day(e.Day), "mode": policy.NoticeWord("mode." + string(e.Mode)),
		"electors_name": policy.NoticeWord("electors." + string(e.Mode)), "voters": strconv.Itoa(e.Voters), "electors": strconv.Itoa(e.Electors),
		"rules": strconv.Itoa(len(rules)), "rules_hash": shortHash(e.RulesHash), "fingerprint": shortHash(e.RollFingerprint), "result_hash": shortHash(e.Fingerprint),
		"months": rules.Choice("residence.months"), "supporters": rules.Choice("nomination.supporters"), "proxy_most": rules.Choice("proxy.most"),
		"reps_least": rules.Choice("reps.households_least"), "reps_most": rules.Choice("reps.households_most"),
		"roll_until": day(e.RollUntil), "object_until": day(e.ObjectUntil),
	}
	for _, s := range policy.Timetable(e.Day, e.Mode, rules, policy.China()) {
		switch s.Key {
		case "registration":
			v["register_from"], v["register_to"] = day(s.From), day(s.To)
		case "reps":
			v["reps_to"] = day(s.To)
		case "nomination":
			v["nominate_from"], v["nominate_to"] = day(s.From), day(s.To)
		case "withdrawal":
			v["withdraw_until"] = day(s.To)
		}
	}
	v["validity"] = validityWords(rules)
	for _, fill := range []func(*models.Election, map[string]string) error{tx.valuesOfPeople, tx.valuesOfCandidates, tx.valuesOfPolls, tx.valuesOfResult} {
		if err := fill(e, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// shortHash is as much of a hash as a board can carry: 128 bits in groups.
func shortHash(h []byte) string {
	if len(h) < 16 {
		return ""
	}
	s := hex.EncodeToString(h[:16])
	var parts []string
	for i := 0; i < len(s); i += 4 {
		parts = append(parts, s[i:i+4])
	}
	return strings.Join(parts, " ")
}

func validityWords(rules policy.Rules) string {
	lines := []string{policy.NoticeWord("validity.damaged")}
	for _, key := range []string{"overvote", "dual_post", "blank", "write_in", "write_in_for"} {
		lines = append(lines, policy.NoticeWord("validity."+key+"."+rules.Choice("ballot."+key)))
	}
	for i := range lines {
		lines[i] = strconv.Itoa(i+1) + ". " + lines[i]
	}
	return strings.Join(lines, "\n")
}
