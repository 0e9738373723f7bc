package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Marks in the numbers of decisions, by who decided.
var documentDecisions = map[models.DecisionMode]string{
	models.ByAdults: "居会决", models.ByHouseholds: "居会决", models.ByReps: "居代决", //words:allow marks of official documents
	models.ByGroup: "居推", models.ByMembers: "居推", models.ByJoint: "居联", //words:allow marks of official documents
}

// decide records a decision: its number, its place in the community's chain,
// its fingerprint; the disclosure calendar gets the event, and the notice that
// makes it public (D1) waits for its signatures. d comes with everything that
// was decided and nothing else.
func (tx *Tx) decide(d *models.Decision) error {
	year := tx.Day().Time().Year()
	mark := documentDecisions[d.Mode]
	n, err := tx.Next("decision." + mark + "." + strconv.Itoa(year))
	if err != nil {
		return err
	}
	if d.Seq, err = tx.Next("decision"); err != nil {
		return err
	}
	var before []models.Decision
	if err := tx.Where("seq = ?", d.Seq-1).Limit(1).Find(&before).Error; err != nil {
		return err
	}
	if len(before) > 0 {
		d.Previous = before[0].Fingerprint
	}
	d.CommunityID, d.ID, d.CreatedAt, d.ByUserID = tx.chain, tx.NewID(), tx.Now, tx.Actor.UserID
	d.Title, d.Text = cleanLine(d.Title), strings.TrimSpace(d.Text)
	d.Number = documentNumber(tx.Community.Name, mark, year, n)
	d.Fingerprint = decisionFingerprint(d)
	if d.NoticeID, err = tx.decisionNotice(d); err != nil {
		return err
	}
	if err := tx.Create(d).Error; err != nil {
		return lostRace(err)
	}
	tx.Audit("decision.record", d.ID, noticeAudit{hex.EncodeToString(d.Fingerprint)})
	tx.Touch("assembly", "disclosure", "home")
	return nil
}

// decisionFingerprint is SHA-256 of this text (UTF-8, lines end with \n, fields
// are separated by one tab, hashes in hex):
//
//	juwu decision 1
//	community <id>   previous <fingerprint of seq−1>   decision <seq> <number>
//	class <class> <mode> <body>   day <day>   money <fen>   covers <classes>
//	figures <entitled> <present> <yes> <no> <abstain> <void>
//	articles <quorum> <majority>
//	title <sha256>   text <sha256>   options <sha256>
//
// (each keyword begins a line of its own).
func decisionFingerprint(d *models.Decision) []byte {
	h := sha256.New()
	line := func(fields ...string) { h.Write([]byte(strings.Join(fields, "\t") + "\n")) }
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	line("juwu decision 1")
	line("community", d.CommunityID.String())
	line("previous", hex.EncodeToString(d.Previous))
	line("decision", strconv.FormatInt(d.Seq, 10), d.Number)
	line("class", string(d.Class), string(d.Mode), d.BodyID.String())
	line("day", string(d.Day))
	line("money", strconv.FormatInt(int64(d.MoneyFen), 10))
	line("covers", d.Covers)
	line("figures", strconv.Itoa(d.Entitled), strconv.Itoa(d.Present), strconv.Itoa(d.Yes), strconv.Itoa(d.No), strconv.Itoa(d.Abstain), strconv.Itoa(d.Void))
	line("articles", d.QuorumArticle, d.MajorityArticle)
	line("title", hash(d.Title))
	line("text", hash(d.Text))
	line("options", hash(d.Options))
	return h.Sum(nil)
}

// decisionNotice puts the notice that publishes a decision before those who
// sign it, and notes the event that the catalogue's item on decisions waits
// for: late publication is seen by everybody.
func (tx *Tx) decisionNotice(d *models.Decision) (models.ID, error) {
	var items []models.DisclosureItem
	err := tx.Where("code LIKE ? AND active_to = ''", "decisions%").Order("id").Find(&items).Error
	if err != nil {
		return 0, err
	}
	id := tx.NewID()
	n := models.Notice{
		Tenant: models.Tenant{ID: id}, ThreadID: id, Version: 1, Kind: models.NoticeCommittee, Category: "D1",
		Title: shortTitle(d.Title), Body: decisionBody(d), State: models.NoticeSubmitted,
		ByUserID: tx.Actor.UserID, ByName: tx.actorName(tx.actingRole(noticeWriters...)), CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	for _, item := range items {
		if item.Rhythm != models.RhythmOnEvent {
			continue
		}
		n.ItemID, n.Period = item.ID, string(d.Day)
		if err := tx.calledOnce(item.ID, d); err != nil {
			return 0, err
		}
		break
	}
	if err := tx.Create(&n).Error; err != nil {
		return 0, err
	}
	tx.Audit("notice.submit", id, nil)
	return id, tx.tellPost(models.RoleSupervisor, "notice.tell.sign", problem.Args{"title": n.Title}, tx.noticeDesk(id))
}

// calledOnce notes the day's event; two decisions of one meeting are one.
func (tx *Tx) calledOnce(item models.ID, d *models.Decision) error {
	var there int64
	err := tx.Model(&models.DisclosureCall{}).Where("item_id = ? AND period = ? AND kind = ?", item, string(d.Day), models.CallEvent).Count(&there).Error
	if err != nil || there > 0 {
		return err
	}
	return tx.Create(&models.DisclosureCall{
		Tenant: models.Tenant{ID: tx.NewID()}, ItemID: item, Period: string(d.Day), Kind: models.CallEvent, Text: d.Number,
		ByUserID: tx.Actor.UserID, ByName: tx.Actor.Name, CreatedAt: tx.Now,
	}).Error
}

func shortTitle(s string) string {
	if r := []rune(s); len(r) > maxNoticeTitle {
		return string(r[:maxNoticeTitle-1]) + "…"
	}
	return s
}

// decisionBody is what the notice says: the words of an official paper, stored
// once and never translated.
func decisionBody(d *models.Decision) string {
	figures := fmt.Sprintf("应到 %d，实到 %d；同意 %d，反对 %d，弃权 %d，无效 %d。", d.Entitled, d.Present, d.Yes, d.No, d.Abstain, d.Void) //words:allow an official paper
	if d.Options != "" {
		figures = fmt.Sprintf("应到 %d，实到 %d，无效 %d。\n\n", d.Entitled, d.Present, d.Void) //words:allow an official paper
		for _, o := range OptionLines(d) {
			figures += fmt.Sprintf("%s　%d 票\n\n", o.Text, o.Votes) //words:allow an official paper
		}
	}
	return strings.TrimSpace(d.Number + "\n\n" + d.Text + "\n\n" + figures)
}

// OptionLine is one line of the figures of a choice.
type OptionLine struct {
	Text   string
	Votes  int
	Chosen bool
}

// OptionLines are the figures of a choice, as the decision keeps them.
func OptionLines(d *models.Decision) []OptionLine {
	var out []OptionLine
	for l := range strings.SplitSeq(d.Options, "\n") {
		f := strings.Split(l, "\t")
		if len(f) != 3 {
			continue
		}
		n, _ := strconv.Atoi(f[1]) // written by optionText
		out = append(out, OptionLine{f[0], n, f[2] == "1"})
	}
	return out
}

func optionText(lines []OptionLine) string {
	var b strings.Builder
	for _, l := range lines {
		chosen := "0"
		if l.Chosen {
			chosen = "1"
		}
		fmt.Fprintf(&b, "%s\t%d\t%s\n", cleanLine(l.Text), l.Votes, chosen)
	}
	return b.String()
}

// publishDecision follows the publication of a notice: the decision is public
// from then on.
func (tx *Tx) publishDecision(n *models.Notice) error {
	res := tx.Model(&models.Decision{}).Where("notice_id = ? AND published_at IS NULL", n.ID).
		Select("published_at", "display_until").Updates(&models.Decision{PublishedAt: &tx.Now, DisplayUntil: n.DisplayUntil})
	if res.Error == nil && res.RowsAffected > 0 {
		tx.Touch("assembly")
	}
	return res.Error
}

func decisionByID(db *gorm.DB, id models.ID) (*models.Decision, error) {
	var d models.Decision
	if err := db.Where("id = ?", id).Take(&d).Error; err != nil {
		return nil, notFound(err)
	}
	return &d, nil
}

// decisionByNumber finds a decision by the number that stands on paper; spaces
// and the kind of brackets do not matter.
func decisionByNumber(db *gorm.DB, number string) (*models.Decision, error) {
	var d models.Decision
	if err := db.Where("number IN ?", plainNumbers(number)).Take(&d).Error; err != nil {
		return nil, notFound(err)
	}
	return &d, nil
}

// plainNumbers writes the brackets of a number as documentNumber does, with the
// spaces that were typed and without them.
func plainNumbers(s string) []string {
	s = cleanLine(models.Key(s))
	s = strings.NewReplacer("[", "〔", "]", "〕", "(", "〔", ")", "〕", "【", "〔", "】", "〕").Replace(s) //words:allow brackets of document numbers
	return []string{s, strings.ReplaceAll(s, " ", "")}
}

// Decision is one decision, published or not, for the office.
func (t *Tenant) Decision(ctx context.Context, id models.ID) (*models.Decision, error) {
	return decisionByID(t.db(ctx), id)
}

// DecisionByNumber finds a decision by the number on paper. Refusals: NotFound.
func (t *Tenant) DecisionByNumber(ctx context.Context, number string) (*models.Decision, error) {
	return decisionByNumber(t.db(ctx), number)
}

// DecisionCovers tells whether the decision with the number is one by which a
// matter of the class may be carried out. Refusals: NotFound.
func (t *Tenant) DecisionCovers(ctx context.Context, number string, class models.MatterClass) (bool, error) {
	d, err := decisionByNumber(t.db(ctx), number)
	return err == nil && policy.Covers(*d, class), err
}

// DecisionFilter chooses among decisions.
type DecisionFilter struct {
	Class  models.MatterClass // "" for all
	Body   models.ID          // 0 for all
	Before models.ID
	Public bool // published ones only
	Limit  int
}

// Decisions is a page of decisions, the newest first. more tells of older ones.
func (t *Tenant) Decisions(ctx context.Context, f DecisionFilter) (rows []models.Decision, more bool, err error) {
	q := t.db(ctx)
	if f.Class != "" {
		q = q.Where("class = ?", f.Class)
	}
	if f.Body != 0 {
		q = q.Where("body_id = ?", f.Body)
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	if f.Public {
		q = q.Where("published_at IS NOT NULL")
	}
	err = q.Order("id DESC").Limit(f.Limit + 1).Find(&rows).Error
	if more = len(rows) > f.Limit; more {
		rows = rows[:f.Limit]
	}
	return rows, more, err
}

// DecisionNotes are what became of a decision from outside, oldest first.
func (t *Tenant) DecisionNotes(ctx context.Context, id models.ID) ([]models.DecisionNote, error) {
	var rows []models.DecisionNote
	err := t.db(ctx).Where("decision_id = ?", id).Order("id").Find(&rows).Error
	return rows, err
}

const maxDecisionNote = 1000

// NoteDecision records beside a decision that it was challenged, what the court
// said, or what the street ordered (art. 31, 40). The decision itself stays as
// it is. Refusals: Forbidden, NotFound, Invalid (field text).
func (t *Tenant) NoteDecision(ctx context.Context, actor models.Actor, id models.ID, kind models.DecisionNoteKind, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		action := "prepare"
		if kind == models.NoteOrdered {
			action = "order"
		}
		if err := tx.May("assembly", action); err != nil {
			return err
		}
		if _, err := decisionByID(tx.DB, id); err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		var f problem.Form
		if n := len([]rune(text)); n < leastReason || n > maxDecisionNote {
			f.Add("note_text", "form.length", problem.Args{"least": leastReason, "most": maxDecisionNote})
		}
		if err := f.Err(); err != nil {
			return err
		}
		role := tx.actingRole(models.RoleStreet, models.RoleDistrict, models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember)
		row := models.DecisionNote{Tenant: models.Tenant{ID: tx.NewID()}, DecisionID: id, Kind: kind, Text: text,
			ByUserID: actor.UserID, ByName: tx.actorName(role), ByRole: role, CreatedAt: tx.Now}
		tx.Audit("decision."+string(kind), id, nil)
		tx.Touch("assembly")
		return tx.Create(&row).Error
	})
}
