package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/sheet"
	"juwu/models"
)

// PublicLine is everything the public learns of one line.
type PublicLine struct {
	Account   models.AccountMonth
	Entry     PublicEntry
	Was       *PublicEntry // as it stood in the version before, where this one edits or removes it
	Receipts  []models.Attachment
	Questions []PublicInquiry // about this line in any version, the oldest first
	Versions  []models.AccountMonth
	Decision  *models.Decision // by which money of its class may be spent; nil where none is named
	// The posts that the people in the line held on its day; "" where the book
	// names nobody, or nobody with a post.
	HandlerRole, WitnessRole, ApproverRole models.Role

	Previous int // lines beside it in its version; 0 at the ends
	Next     int
}

// PublicLine is the line of a month by its number on the sheet; version 0 is
// the one that stands. NotFound for what is not published.
func (t *Tenant) PublicLine(ctx context.Context, month models.Month, version, line int) (*PublicLine, error) {
	versions, err := t.Accounts(ctx, AccountFilter{Public: true, Month: month})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(versions, func(m models.AccountMonth) bool {
		return m.Version == version || version == 0 && m.State == models.AccountPublished
	})
	if i < 0 {
		return nil, notFound(gorm.ErrRecordNotFound)
	}
	l := &PublicLine{Account: versions[i], Versions: versions}
	if err := t.readLine(ctx, l, line); err != nil {
		return nil, err
	}
	family, err := t.family(ctx, l)
	if err != nil {
		return nil, err
	}
	if l.Entry.Change == models.ChangeEdited || l.Entry.Change == models.ChangeRemoved {
		var was models.AccountEntry
		if err := t.db(ctx).Where("id = ?", l.Entry.ReplacesID).Take(&was).Error; err != nil {
			return nil, notFound(err)
		}
		p := publicEntry(was, month)
		l.Was = &p
	}
	err = t.db(ctx).Where("owner_kind = ? AND owner_id = ? AND public = ? AND removed_at IS NULL", ownerEntry, l.Entry.ID, true).
		Order("id").Find(&l.Receipts).Error
	if err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if l.Entry.DecisionID != 0 {
		if l.Decision, err = decisionByID(t.db(ctx), l.Entry.DecisionID); err != nil {
			return nil, err
		}
	}
	l.Questions, err = t.publicInquiries(ctx, func(q *gorm.DB) *gorm.DB { return q.Where("entry_id IN ?", family).Order("id") })
	return l, err
}

// readLine reads the line and the numbers of its neighbours.
func (t *Tenant) readLine(ctx context.Context, l *PublicLine, line int) error {
	var rows []models.AccountEntry
	err := t.db(ctx).Where("account_id = ? AND line BETWEEN ? AND ?", l.Account.ID, line-1, line+1).Order("line").Find(&rows).Error
	if err != nil {
		return err
	}
	found := false
	for _, e := range rows {
		switch {
		case e.Line == line:
			roles, err := t.rolesOf(ctx, e)
			if err != nil {
				return err
			}
			l.Entry, found = publicEntry(e, l.Account.Month), true
			l.HandlerRole, l.WitnessRole, l.ApproverRole = roles[e.Handler], roles[e.Witness], roles[e.Approver]
		case e.Line < line:
			l.Previous = e.Line
		default:
			l.Next = e.Line
		}
	}
	if !found {
		return notFound(gorm.ErrRecordNotFound)
	}
	return nil
}

// rolesOf tells which post each name in a line held on its day: the public is
// told posts, not names. Names without a post are not in the answer.
func (t *Tenant) rolesOf(ctx context.Context, e models.AccountEntry) (map[string]models.Role, error) {
	names := entryNames(&e)
	if len(names) == 0 {
		return nil, nil
	}
	var posts []models.Appointment
	c := t.Community
	err := t.Store.db(ctx).Where("region_id IN ? AND name IN ?", []models.ID{c.ID, c.StreetID}, names).Order("`rank`, id").Find(&posts).Error
	roles := map[string]models.Role{}
	for _, a := range posts {
		if _, known := roles[a.Name]; !known && a.Holds(e.Day) {
			roles[a.Name] = a.Role
		}
	}
	return roles, err
}

// family are the line and the lines of the month's other versions that it
// continues or that continue it: a question stays beside its line when the
// month is corrected.
func (t *Tenant) family(ctx context.Context, l *PublicLine) ([]models.ID, error) {
	if len(l.Versions) == 1 {
		return []models.ID{l.Entry.ID}, nil
	}
	var accounts []models.ID
	for _, m := range l.Versions {
		accounts = append(accounts, m.ID)
	}
	var ties []models.AccountEntry
	err := t.db(ctx).Select("id", "replaces_id").Where("account_id IN ? AND replaces_id <> 0", accounts).Order("id").Find(&ties).Error
	if err != nil {
		return nil, err
	}
	family := map[models.ID]bool{l.Entry.ID: true}
	for grown := true; grown; {
		grown = false
		for _, e := range ties {
			if family[e.ID] != family[e.ReplacesID] {
				family[e.ID], family[e.ReplacesID], grown = true, true, true
			}
		}
	}
	ids := make([]models.ID, 0, len(family))
	for id := range family {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// BudgetUse is a year's plan of one category beside what was carried out.
type BudgetUse struct {
	models.BudgetLine
	ExecutedFen models.Fen
}

// BudgetUse of a year; empty where no budget was imported. Categories that
// nobody planned are listed too, with a plan of nothing, because that is what
// readers look for.
func (t *Tenant) BudgetUse(ctx context.Context, year int) ([]BudgetUse, error) {
	lines, err := t.BudgetLines(ctx, year)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	spent, err := t.Executed(ctx, year)
	if err != nil {
		return nil, err
	}
	var uses []BudgetUse
	planned := map[string]bool{}
	by := map[string]Spent{}
	for _, s := range spent {
		by[s.Category] = s
	}
	for _, l := range lines {
		u := BudgetUse{BudgetLine: l, ExecutedFen: by[l.Category].ExpenseFen}
		if l.Side == budgetIncome {
			u.ExecutedFen = by[l.Category].IncomeFen
		}
		planned[l.Side+l.Category] = true
		uses = append(uses, u)
	}
	for _, side := range []string{budgetIncome, budgetExpense} {
		for _, s := range spent {
			sum := s.ExpenseFen
			if side == budgetIncome {
				sum = s.IncomeFen
			}
			if sum != 0 && !planned[side+s.Category] {
				uses = append(uses, BudgetUse{models.BudgetLine{Year: year, Side: side, Category: s.Category}, sum})
			}
		}
	}
	slices.SortStableFunc(uses, func(a, b BudgetUse) int { return strings.Compare(b.Side, a.Side) })
	return uses, nil
}

const (
	budgetIncome  = sheet.SideIncome
	budgetExpense = sheet.SideExpense
)
