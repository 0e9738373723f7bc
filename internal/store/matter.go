package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const (
	maxMatterTitle   = 80
	maxMatterText    = 10000
	maxMatterOptions = 40
	maxComment       = 500
	commentsPerDay   = 10
	leastCommentDays = 3
)

// MatterDraft is what somebody wrote of a matter. Reason is needed for a change
// of published words.
type MatterDraft struct {
	Class     models.MatterClass
	BodyID    models.ID
	Title     string
	Text      string
	MoneyFen  models.Fen
	Fund      string
	Covers    []models.MatterClass
	Revokes   string // number of the decision to take back
	Secret    bool
	Seats     int
	Options   []OptionDraft
	MeetingID models.ID
	Reason    string
	Origin    models.MatterOrigin
	OriginID  models.ID
}

// OptionDraft is one of the things to choose among.
type OptionDraft struct {
	Text       string
	CostFen    models.Fen
	ResidentID models.ID
}

func (tx *Tx) checkMatter(d *MatterDraft) (revokes models.ID, err error) {
	var f problem.Form
	d.Title, d.Fund, d.Text = cleanLine(d.Title), cleanLine(d.Fund), strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n"))
	length(&f, "title", d.Title, 4, maxMatterTitle)
	length(&f, "text", d.Text, 10, maxMatterText)
	length(&f, "fund", d.Fund, 0, 60)
	if _, ok := policy.MatterRuleOf(d.Class); !ok {
		f.Add("class", "form.choose", nil)
	}
	if d.MoneyFen < 0 {
		f.Add("money", "form.money", nil)
	}
	if d.Class == models.MatterDelegate && len(d.Covers) == 0 {
		f.Add("covers", "form.choose", nil)
	}
	if d.Class == models.MatterRevoke {
		old, err := decisionByNumber(tx.DB, d.Revokes)
		switch {
		case problem.Is(err, problem.NotFound):
			f.Add("revokes", "decision.number.unknown", nil)
		case err != nil:
			return 0, err
		case old.RevokedByID != 0:
			f.Add("revokes", "matter.revokes.gone", nil)
		default:
			revokes = old.ID
		}
	}
	people := d.BodyID != 0 && len(d.Options) == 0 // found on the roll afterwards
	if len(d.Options) > maxMatterOptions || d.Seats > len(d.Options) && !people || len(d.Options) == 1 || d.Seats == 0 && len(d.Options) > 0 {
		f.Add("options", "matter.options", problem.Args{"most": maxMatterOptions})
	}
	for i := range d.Options {
		d.Options[i].Text = cleanLine(d.Options[i].Text)
		if n := len([]rune(d.Options[i].Text)); n == 0 || n > 100 || d.Options[i].CostFen < 0 {
			f.Add("options", "matter.options", problem.Args{"most": maxMatterOptions})
		}
	}
	if d.BodyID != 0 {
		b, err := bodyByID(tx.DB, d.BodyID)
		if err != nil {
			return 0, err
		}
		if !policy.ChoosesFor(d.Class, b.Kind) {
			f.Add("body", "matter.body.other", nil)
		}
	}
	if d.MeetingID != 0 {
		if err := tx.preparedAt(d.MeetingID); err != nil {
			return 0, err
		}
	}
	return revokes, f.Err()
}

// preparedAt refuses a meeting that everybody cannot read: the matter links to
// it.
func (tx *Tx) preparedAt(meeting models.ID) error {
	var n int64
	err := tx.Model(&models.CivicMeeting{}).Where("id = ? AND state IN ?", meeting, publicMeetings).Count(&n).Error
	if err == nil && n == 0 {
		var f problem.Form
		f.Add("meeting", "form.choose", nil)
		err = f.Err()
	}
	return err
}

// lockMatter holds a draft for its papers: published papers are what was voted
// on and stay.
func (tx *Tx) lockMatter(id models.ID) error {
	if err := tx.May("assembly", "prepare"); err != nil {
		return err
	}
	if _, err := matterByID(tx.DB, id); err != nil {
		return err
	}
	return openOwner(tx.Model(&models.Matter{}).Where("id = ? AND state = ?", id, models.MatterDraft).Update("updated_at", tx.Now))
}

// length notes a text outside its bounds.
func length(f *problem.Form, field, text string, least, most int) {
	if n := len([]rune(text)); n < least || n > most {
		f.Add(field, "form.length", problem.Args{"least": least, "most": most})
	}
}

func (d *MatterDraft) into(m *models.Matter) {
	m.Class, m.BodyID, m.Title, m.Text, m.MoneyFen, m.Fund, m.Secret, m.Seats = d.Class, d.BodyID, d.Title, d.Text, d.MoneyFen, d.Fund, d.Secret, d.Seats
	m.MeetingID = d.MeetingID
	words := make([]string, len(d.Covers))
	for i, c := range d.Covers {
		words[i] = string(c)
	}
	m.Covers = strings.Join(words, " ")
}

// SaveMatter begins a matter (id 0) or rewrites a draft. Refusals: Forbidden,
// Invalid with fields, NotFound, Conflict once it is published.
func (t *Tenant) SaveMatter(ctx context.Context, actor models.Actor, id models.ID, d MatterDraft) (models.ID, error) {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		revokes, err := tx.checkMatter(&d)
		if err != nil {
			return err
		}
		if id == 0 {
			id, err = tx.createMatter(&d, revokes)
			return err
		}
		m, err := matterByID(tx.DB, id)
		if err != nil {
			return err
		}
		d.into(m)
		m.RevokesID, m.UpdatedAt = revokes, tx.Now
		if err := Changed(tx.Model(&models.Matter{}).Where("id = ? AND state = ?", id, models.MatterDraft).
			Select("class", "body_id", "title", "text", "money_fen", "fund", "secret", "seats", "covers", "revokes_id", "meeting_id", "updated_at").UpdateColumns(m)); err != nil {
			return err
		}
		tx.Audit("matter.edit", id, nil)
		return tx.saveOptions(id, d.Options)
	})
	return id, err
}

func (tx *Tx) createMatter(d *MatterDraft, revokes models.ID) (models.ID, error) {
	m := models.Matter{Tenant: models.Tenant{ID: tx.NewID()}, State: models.MatterDraft, Origin: d.Origin, OriginID: d.OriginID, Version: 1,
		RevokesID: revokes, ByUserID: tx.Actor.UserID, ByName: tx.actorName(tx.actingRole(noticeWriters...)), CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if m.Origin == "" {
		m.Origin = models.OriginCommittee
	}
	d.into(&m)
	tx.Audit("matter.create", m.ID, nil)
	if err := tx.Create(&m).Error; err != nil {
		return 0, err
	}
	return m.ID, tx.saveOptions(m.ID, d.Options)
}

func (tx *Tx) saveOptions(matter models.ID, options []OptionDraft) error {
	if err := tx.Where("matter_id = ?", matter).Delete(&models.MatterOption{}).Error; err != nil {
		return err
	}
	for i, o := range options {
		row := models.MatterOption{Tenant: models.Tenant{ID: tx.NewID()}, MatterID: matter, Ordinal: i + 1, Text: o.Text, CostFen: o.CostFen, ResidentID: o.ResidentID}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

func matterByID(db *gorm.DB, id models.ID) (*models.Matter, error) {
	var m models.Matter
	if err := db.Where("id = ?", id).Take(&m).Error; err != nil {
		return nil, notFound(err)
	}
	return &m, nil
}

// moveMatter changes the state if it still is what was read.
func (tx *Tx) moveMatter(m *models.Matter, action string, columns ...string) error {
	from := m.State
	to, err := policy.Next(policy.MatterMoves, from, action, tx.roles())
	if err != nil {
		return err
	}
	m.State, m.UpdatedAt = to, tx.Now
	tx.Audit("matter."+action, m.ID, nil)
	tx.Touch("assembly")
	if m.Origin == models.OriginCovenant && (to == models.MatterRejected || to == models.MatterDropped) {
		err := tx.Model(&models.CovenantVersion{}).Where("matter_id = ? AND state = ?", m.ID, models.CovenantVoting).Update("state", models.CovenantFailed).Error
		if err != nil {
			return err
		}
	}
	return Changed(tx.Model(&models.Matter{}).Where("id = ? AND state = ? AND version = ?", m.ID, from, m.Version).
		Select(append([]string{"state", "updated_at"}, columns...)).UpdateColumns(m))
}

// StudyMatter records the opinion of the party branch (art. 30). It is given
// once; it does not decide. Refusals: Forbidden, NotFound, Invalid (text),
// Conflict when it stands.
func (t *Tenant) StudyMatter(ctx context.Context, actor models.Actor, id models.ID, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prestudy"); err != nil {
			return err
		}
		if _, err := matterByID(tx.DB, id); err != nil {
			return err
		}
		text = strings.TrimSpace(text)
		var f problem.Form
		length(&f, "text", text, leastReason, 2000)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.Matter{StudyText: text, StudyBy: actor.UserID, StudyName: tx.actorName(models.RolePartyBranch), StudyAt: &tx.Now, UpdatedAt: tx.Now}
		tx.Audit("matter.study", id, nil)
		tx.Touch("assembly")
		return Changed(tx.Model(&models.Matter{}).Where("id = ? AND study_at IS NULL AND state IN ?", id, []models.MatterState{models.MatterDraft, models.MatterOpen, models.MatterListed}).
			Select("study_text", "study_by", "study_name", "study_at", "updated_at").UpdateColumns(&now))
	})
}

// PublishMatter opens a matter to everybody's comments until a day. Refusals:
// Forbidden, NotFound, Conflict, Invalid (field comment_until).
func (t *Tenant) PublishMatter(ctx context.Context, actor models.Actor, id models.ID, until models.Date) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "call"); err != nil {
			return err
		}
		m, err := matterByID(tx.DB, id)
		if err != nil {
			return err
		}
		if !until.Valid() || until < tx.Day().AddDays(leastCommentDays) || until > tx.Day().AddDays(120) {
			var f problem.Form
			f.Add("comment_until", "matter.comment.days", problem.Args{"n": leastCommentDays})
			return f.Err()
		}
		var options int64
		if err := tx.Model(&models.MatterOption{}).Where("matter_id = ?", id).Count(&options).Error; err != nil {
			return err
		}
		if int(options) < m.Seats {
			return problem.New(problem.Conflict, "matter.options.few", problem.Args{"seats": m.Seats, "n": options})
		}
		m.PublishedAt, m.CommentUntil = &tx.Now, until
		if err := tx.moveMatter(m, "publish", "published_at", "comment_until"); err != nil {
			return err
		}
		if err := tx.keepText(m, ""); err != nil {
			return err
		}
		return tx.tellFollowers("assembly", "matter.tell.open", problem.Args{"title": m.Title, "date": until}, tx.matterLink(id))
	})
}

func (tx *Tx) matterLink(id models.ID) string {
	return "/" + tx.Community.Code + "/assembly/matters/" + id.String()
}

func (tx *Tx) keepText(m *models.Matter, reason string) error {
	return tx.Create(&models.MatterText{Tenant: models.Tenant{ID: tx.NewID()}, MatterID: m.ID, Version: m.Version, Title: m.Title, Text: m.Text,
		MoneyFen: m.MoneyFen, Reason: reason, CreatedAt: tx.Now}).Error
}

// ChangeMatter makes the next version of a published matter, after comments;
// the old words stay readable. Refusals: Forbidden, NotFound, Invalid, Conflict.
func (t *Tenant) ChangeMatter(ctx context.Context, actor models.Actor, id models.ID, d MatterDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		m, err := matterByID(tx.DB, id)
		if err != nil {
			return err
		}
		reason, noReason := checkReason(d.Reason)
		revokes, err := tx.checkMatter(&d)
		if err := errorsOf(noReason, err); err != nil {
			return err
		}
		if d.Class != m.Class || d.BodyID != m.BodyID || revokes != m.RevokesID {
			return problem.New(problem.Conflict, "matter.change.kind", nil)
		}
		was := *m
		d.into(m)
		m.Version++
		m.Reason, m.UpdatedAt = reason, tx.Now
		if m.State, err = policy.Next(policy.MatterMoves, was.State, "change", tx.roles()); err != nil {
			return err
		}
		err = Changed(tx.Model(&models.Matter{}).Where("id = ? AND state = ? AND version = ?", id, was.State, was.Version).
			Select("title", "text", "money_fen", "fund", "secret", "seats", "covers", "meeting_id", "version", "reason", "updated_at").UpdateColumns(m))
		if err != nil {
			return err
		}
		tx.Audit("matter.change", id, map[string]int{"version": m.Version})
		tx.Touch("assembly")
		if err := tx.keepText(m, reason); err != nil {
			return err
		}
		return tx.saveOptions(id, d.Options)
	})
}

// DropMatter gives a matter up, with the reason. Refusals: Forbidden, NotFound,
// Conflict once it is on an agenda, Invalid.
func (t *Tenant) DropMatter(ctx context.Context, actor models.Actor, id models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		m, err := matterByID(tx.DB, id)
		if err != nil {
			return err
		}
		if m.Reason, err = checkReason(reason); err != nil {
			return err
		}
		return tx.moveMatter(m, "drop", "reason")
	})
}

// Delegations are the classes that the representatives may decide by an
// authorisation in force (art. 30).
func (t *Tenant) Delegations(ctx context.Context) ([]models.MatterClass, error) {
	return delegations(t.db(ctx))
}

func delegations(db *gorm.DB) ([]models.MatterClass, error) {
	var rows []models.Decision
	err := db.Where("class = ? AND revoked_by_id = 0", models.MatterDelegate).Order("id").Find(&rows).Error
	var all []models.MatterClass
	for _, d := range rows {
		for _, c := range policy.Delegated(d) {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all, err
}
