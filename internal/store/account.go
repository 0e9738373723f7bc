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

// Lengths of an account line's texts in characters, as the columns have them.
// SQLite would take longer ones.
const (
	maxVoucher  = 60
	maxPurpose  = 400
	maxCategory = 60
	maxPerson   = 100
	maxNote     = 1000
	maxReason   = 1000
)

// standing are the states of a month that is in the books: not given up and
// not replaced.
var standingStates = []models.AccountState{models.AccountDraft, models.AccountSigning, models.AccountPublished}

// publicStates are the versions a resident may read.
var publicStates = []models.AccountState{models.AccountPublished, models.AccountSuperseded}

// AccountFilter chooses among the community's months.
type AccountFilter struct {
	Public bool // published and superseded versions only
	Month  models.Month
	From   models.Month
	To     models.Month
}

// Accounts lists months, the newest first, and of each the newest version
// first. What was given up before publication is left out.
func (t *Tenant) Accounts(ctx context.Context, f AccountFilter) ([]models.AccountMonth, error) {
	q := t.db(ctx).Where("state <> ?", models.AccountDropped)
	if f.Public {
		q = q.Where("state IN ?", publicStates)
	}
	if f.Month != "" {
		q = q.Where("month = ?", f.Month)
	}
	if f.From != "" {
		q = q.Where("month >= ?", f.From)
	}
	if f.To != "" {
		q = q.Where("month <= ?", f.To)
	}
	var rows []models.AccountMonth
	err := q.Order("month DESC, version DESC").Find(&rows).Error
	return rows, err
}

// Account is one version of a month, by its id.
func (t *Tenant) Account(ctx context.Context, id models.ID) (*models.AccountMonth, error) {
	return accountByID(t.db(ctx), id)
}

func accountByID(db *gorm.DB, id models.ID) (*models.AccountMonth, error) {
	var m models.AccountMonth
	if err := db.Where("id = ?", id).Take(&m).Error; err != nil {
		return nil, notFound(err)
	}
	return &m, nil
}

// AccountOf is the published version that stands for a month.
func (t *Tenant) AccountOf(ctx context.Context, month models.Month) (*models.AccountMonth, error) {
	m, err := standingOf(t.db(ctx), month)
	if err == nil && m == nil {
		return nil, notFound(gorm.ErrRecordNotFound)
	}
	return m, err
}

// standingOf is the published version of a month; nil if there is none.
func standingOf(db *gorm.DB, month models.Month) (*models.AccountMonth, error) {
	var rows []models.AccountMonth
	err := db.Where("month = ? AND state = ?", month, models.AccountPublished).Order("version DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// AccountEntries are the lines of one version in the order of the sheet; lines
// that the version removed stand at the end.
func (t *Tenant) AccountEntries(ctx context.Context, account models.ID) ([]models.AccountEntry, error) {
	return entriesOf(t.db(ctx), account)
}

func entriesOf(db *gorm.DB, account models.ID) ([]models.AccountEntry, error) {
	var rows []models.AccountEntry
	err := db.Where("account_id = ?", account).Order("line").Find(&rows).Error
	return rows, err
}

// AccountEntry is one line, with the version it stands in.
func (t *Tenant) AccountEntry(ctx context.Context, id models.ID) (*models.AccountEntry, *models.AccountMonth, error) {
	var e models.AccountEntry
	if err := t.db(ctx).Where("id = ?", id).Take(&e).Error; err != nil {
		return nil, nil, notFound(err)
	}
	m, err := t.Account(ctx, e.AccountID)
	return &e, m, err
}

// AccountSignatures of one version, all rounds, in the order they were given.
func (t *Tenant) AccountSignatures(ctx context.Context, account models.ID) ([]models.AccountSignature, error) {
	return signaturesOf(t.db(ctx), account)
}

func signaturesOf(db *gorm.DB, account models.ID) ([]models.AccountSignature, error) {
	var rows []models.AccountSignature
	err := db.Where("account_id = ?", account).Find(&rows).Error
	slices.SortFunc(rows, func(a, b models.AccountSignature) int {
		if a.Round != b.Round {
			return a.Round - b.Round
		}
		return slices.Index(models.SignSteps, a.Step) - slices.Index(models.SignSteps, b.Step)
	})
	return rows, err
}

// ofRound are the signatures of one round.
func ofRound(all []models.AccountSignature, round int) []models.AccountSignature {
	return slices.DeleteFunc(slices.Clone(all), func(s models.AccountSignature) bool { return s.Round != round })
}

// AccountEvents of one version, the oldest first.
func (t *Tenant) AccountEvents(ctx context.Context, account models.ID) ([]models.AccountEvent, error) {
	var rows []models.AccountEvent
	err := t.db(ctx).Where("account_id = ?", account).Order("created_at, id").Find(&rows).Error
	return rows, err
}

// Event kinds of a month's history.
const (
	EventImported   = "imported"
	EventReplaced   = "replaced"
	EventCorrection = "correction"
	EventSentBack   = "sent_back"
	EventDropped    = "dropped"
	EventPublished  = "published"
	EventSuperseded = "superseded"
	EventWithdrawn  = "withdrawn"
)

// event adds a line to a month's history. role is the post the actor acts in.
func (tx *Tx) event(account models.ID, kind string, role models.Role, reason string) error {
	return tx.Create(&models.AccountEvent{
		Tenant: models.Tenant{ID: tx.NewID()}, AccountID: account, Kind: kind, ByUserID: tx.Actor.UserID,
		ByName: tx.actorName(role), ByRole: role, Reason: reason, CreatedAt: tx.Now,
	}).Error
}

// roles are what the actor is in the transaction's community today.
func (tx *Tx) roles() policy.RoleSet {
	return tx.store.opt.Guard.RolesOf(tx.Actor, tx.Community, tx.Day())
}

// actingRole is the first of the roles that the actor holds; "" for none.
func (tx *Tx) actingRole(candidates ...models.Role) models.Role {
	held := tx.roles()
	for _, r := range candidates {
		if held.Has(r) {
			return r
		}
	}
	return ""
}

// actorName is the name of the post's holder as the appointment records it:
// what a person calls their login is not what stands under a signature.
func (tx *Tx) actorName(role models.Role) string {
	c := tx.Community
	for _, a := range tx.Actor.Appointments {
		here := c != nil && (a.RegionID == c.ID || a.RegionID == c.StreetID || a.RegionID == c.DistrictID)
		if here && a.Role == role && a.Name != "" && a.Holds(tx.Day()) {
			return a.Name
		}
	}
	return tx.Actor.Name
}

// personKey names the person behind a login: the resident where the tie is
// confirmed, else the login. One person with two logins or two posts has one.
func personKey(actor models.Actor, community models.ID) string {
	if l, ok := actor.Resident(community); ok && l.State == models.LinkConfirmed {
		return "r" + l.ResidentID.String()
	}
	return "u" + actor.UserID.String()
}

// signer is the actor about to decide something in a post; role "" when the
// post does not matter.
func (tx *Tx) signer(role models.Role) policy.Signer {
	s := policy.Signer{UserID: tx.Actor.UserID, PersonKey: personKey(tx.Actor, tx.chain), Roles: tx.roles()}
	if role != "" {
		s.DeputyFor = tx.store.opt.Guard.DeputyFor(tx.Actor.UserID, tx.chain, role, tx.Day())
	}
	return s
}

// cleanLine makes one line of a text: control characters and runs of space
// become one space. Fingerprints separate their fields by tabs and newlines.
func cleanLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 || r == 0x3000 }), " ")
}

// leastReason is how many characters a reason needs to tell anything.
const leastReason = 4

// checkReason cleans a reason and refuses one that says nothing.
func checkReason(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	n := len([]rune(reason))
	if n >= leastReason && n <= maxReason {
		return reason, nil
	}
	var f problem.Form
	if n > maxReason {
		f.Add("reason", "ledger.reason.long", problem.Args{"n": maxReason})
	} else {
		f.Add("reason", "policy.reason", problem.Args{"n": leastReason})
	}
	return "", f.Err()
}

// DeskMonth is a month with the signatures of its current round.
type DeskMonth struct {
	models.AccountMonth
	Signatures []models.AccountSignature
}

// AccountDesk lists months as officers see them: all versions that are not
// given up, the newest month first, with the signatures of the round that runs.
func (t *Tenant) AccountDesk(ctx context.Context) ([]DeskMonth, error) {
	months, err := t.Accounts(ctx, AccountFilter{})
	if err != nil {
		return nil, err
	}
	var open []models.ID
	desk := make([]DeskMonth, len(months))
	at := map[models.ID]int{}
	for i, m := range months {
		desk[i].AccountMonth, at[m.ID] = m, i
		if m.State == models.AccountSigning {
			open = append(open, m.ID)
		}
	}
	if len(open) == 0 {
		return desk, nil
	}
	var rows []models.AccountSignature
	if err := t.db(ctx).Where("account_id IN ?", open).Order("created_at").Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, s := range rows {
		if d := &desk[at[s.AccountID]]; s.Round == d.Round {
			d.Signatures = append(d.Signatures, s)
		}
	}
	return desk, nil
}

// EntryPage are up to limit lines of a version behind a line, by key.
func (t *Tenant) EntryPage(ctx context.Context, account models.ID, after, limit int) ([]models.AccountEntry, error) {
	var rows []models.AccountEntry
	err := t.db(ctx).Where("account_id = ? AND line > ?", account, after).Order("line").Limit(limit).Find(&rows).Error
	return rows, err
}

// FilesOf are the files of several lines, of an account ("entry") or of a
// claim ("claim_line"), by their owner: those that the office looks at.
func (t *Tenant) FilesOf(ctx context.Context, kind string, owners []models.ID) (map[models.ID][]models.Attachment, error) {
	out := map[models.ID][]models.Attachment{}
	for part := range slices.Chunk(owners, batch) {
		var rows []models.Attachment
		err := t.db(ctx).Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", kind, part).Order("id").Find(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, f := range rows {
			out[f.OwnerID] = append(out[f.OwnerID], f)
		}
	}
	return out, nil
}

// NextStep is the step a month waits for, and "" when it waits for none.
func (d DeskMonth) NextStep() models.SignStep {
	if d.State != models.AccountDraft && d.State != models.AccountSigning {
		return ""
	}
	return policy.NextStep(d.Signatures)
}

// WaitsFor tells whether the actor may take the month's next step as far as
// posts go: they hold the post and have not signed the round.
func (t *Tenant) WaitsFor(actor models.Actor, d DeskMonth, day models.Date) bool {
	step := d.NextStep()
	if step == "" || t.opt.Guard.Allowed(actor, t.Community, "account", "sign_"+string(step), day) != nil {
		return false
	}
	key := personKey(actor, t.Community.ID)
	return !slices.ContainsFunc(d.Signatures, func(s models.AccountSignature) bool {
		return s.UserID == actor.UserID || s.PersonKey == key
	})
}
