package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// AdoptCatalogue gives the community the default catalogue from a day on; items
// it has already are left as they are. Titles stay empty: the page puts the
// words of the catalogue there, in the reader's language, until the committee
// writes its own. Months that are out already count as disclosed.
func (t *Tenant) AdoptCatalogue(ctx context.Context, actor models.Actor, from models.Date) (added int, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		added = 0
		if err := tx.May("disclosure", "manage"); err != nil {
			return err
		}
		if !from.Valid() {
			from = policy.PeriodOf(models.RhythmQuarterly, tx.Day()).First
		}
		var there []string
		if err := tx.Model(&models.DisclosureItem{}).Pluck("code", &there).Error; err != nil {
			return err
		}
		known := map[string]bool{}
		for _, code := range there {
			known[code] = true
		}
		for _, row := range policy.Catalogue() {
			if known[row.Code] {
				continue
			}
			item := models.DisclosureItem{
				Tenant: models.Tenant{ID: tx.NewID()}, Code: row.Code, Category: row.Category, Basis: strings.Join(row.Basis, " "),
				Rhythm: row.Rhythm, DueDays: row.DueDays, Publisher: row.Publisher, Channel: strings.Join(row.Channels, " "),
				Source: row.Source, StartsOn: from, CreatedAt: tx.Now,
			}
			if err := tx.Create(&item).Error; err != nil {
				return lostRace(err)
			}
			if err := tx.countMonths(&item); err != nil {
				return err
			}
			added++
		}
		if added > 0 {
			tx.Audit("disclosure.adopt", 0, map[string]int{"items": added})
			tx.Touch("disclosure", "home")
		}
		return nil
	})
	return added, err
}

func lostRace(err error) error {
	if duplicate(err) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	return err
}

// countMonths marks what accounts that are out have disclosed, on the day they
// came out.
func (tx *Tx) countMonths(item *models.DisclosureItem) error {
	if item.Source != sourceAccounts {
		return nil
	}
	var months []models.AccountMonth
	err := tx.Where("state = ? AND month >= ?", models.AccountPublished, item.StartsOn.Month()).Order("month").Find(&months).Error
	if err != nil {
		return err
	}
	for _, m := range months {
		period, all := periodOf(item.Rhythm, m.Month)
		if period == "" || len(all) == 0 || all[len(all)-1] != m.Month {
			continue // a longer period is done by its last month
		}
		if out, err := tx.allPublished(all); err != nil || !out {
			if err != nil {
				return err
			}
			continue
		}
		at, err := tx.firstOut(m.Month)
		if err != nil {
			return err
		}
		done := models.DisclosureDone{Tenant: models.Tenant{ID: tx.NewID()}, ItemID: item.ID, Period: period, AccountID: m.ID, At: at}
		if err := tx.Create(&done).Error; err != nil {
			return lostRace(err)
		}
	}
	return nil
}

// firstOut is when the first version of a month came out.
func (tx *Tx) firstOut(month models.Month) (time.Time, error) {
	var first models.AccountMonth
	err := tx.Where("month = ? AND published_at IS NOT NULL", month).Order("version").Take(&first).Error
	if err != nil {
		return time.Time{}, err
	}
	return *first.PublishedAt, nil
}

// SaveItem adds an item (ID 0) or changes one. A change of rhythm or days is
// not allowed to rewrite what was due before: the item ends yesterday and goes
// on as a new one.
func (t *Tenant) SaveItem(ctx context.Context, actor models.Actor, item models.DisclosureItem) (models.ID, error) {
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("disclosure", "manage"); err != nil {
			return err
		}
		item.Title, item.Content, item.Basis = cleanLine(item.Title), strings.TrimSpace(item.Content), cleanLine(item.Basis)
		var old *models.DisclosureItem
		if item.ID != 0 {
			var err error
			if old, err = itemByID(tx.DB, item.ID); err != nil {
				return err
			}
			if old.ActiveTo != "" {
				return problem.New(problem.Conflict, "disclosure.item.ended", nil)
			}
			item.Code, item.Source, item.CreatedAt, item.StartsOn = old.Code, old.Source, old.CreatedAt, old.StartsOn
		}
		if err := checkItemTexts(item, old); err != nil {
			return err
		}
		tx.Touch("disclosure", "home")
		if old == nil || old.Rhythm != item.Rhythm || old.DueDays != item.DueDays {
			return tx.newItem(&item, old)
		}
		tx.Audit("disclosure.item", item.ID, nil)
		return Changed(tx.Model(&models.DisclosureItem{}).Where("id = ? AND active_to = ''", item.ID).
			Select("category", "title", "content", "basis", "publisher", "channel").Updates(&item))
	})
	return item.ID, err
}

// checkItemTexts: an item of the default catalogue may leave its texts to the
// catalogue's words.
func checkItemTexts(item models.DisclosureItem, old *models.DisclosureItem) error {
	checked := item
	if item.Title == "" && old != nil && old.Title == "" {
		checked.Title = item.Code
	}
	var f problem.Form
	for field, long := range map[string]bool{"title": len([]rune(item.Title)) > 60, "content": len([]rune(item.Content)) > 400, "basis": len([]rune(item.Basis)) > 200} {
		if long {
			f.Add(field, "disclosure.item.long", nil)
		}
	}
	return errorsOf(policy.MayManageItem(checked), f.Err())
}

func (tx *Tx) newItem(item, old *models.DisclosureItem) error {
	item.ID, item.CreatedAt = tx.NewID(), tx.Now
	if item.StartsOn == "" || old != nil {
		item.StartsOn = tx.Day()
	}
	if old == nil {
		item.Source = sourceNotice
		item.Code = "x" + strconv.FormatInt(int64(item.ID), 36)
	} else {
		base, _, _ := strings.Cut(old.Code, "~")
		item.Code = base + "~" + strconv.FormatInt(int64(item.ID), 36)
		if err := tx.endItem(old.ID, tx.Day().AddDays(-1)); err != nil {
			return err
		}
	}
	tx.Audit("disclosure.item.new", item.ID, nil)
	return tx.Create(item).Error
}

func (tx *Tx) endItem(id models.ID, day models.Date) error {
	return Changed(tx.Model(&models.DisclosureItem{}).Where("id = ? AND active_to = ''", id).Update("active_to", day))
}

// EndItem takes an item out of the catalogue from tomorrow on. What it owes
// until today stays owed.
func (t *Tenant) EndItem(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("disclosure", "manage"); err != nil {
			return err
		}
		if _, err := itemByID(tx.DB, id); err != nil {
			return err
		}
		tx.Audit("disclosure.item.end", id, nil)
		tx.Touch("disclosure", "home")
		return tx.endItem(id, tx.Day())
	})
}

// Call is something that must be made public: an event that an item waits for,
// or what the street orders (art. 35).
type Call struct {
	ItemID models.ID
	Period string
	Text   string
	Due    models.Date // of an order
}

// RecordEvent notes that something happened after which an item is owed.
func (t *Tenant) RecordEvent(ctx context.Context, actor models.Actor, c Call) error {
	return t.call(ctx, actor, "manage", models.CallEvent, c)
}

// OrderDisclosure is the street's order to make an item public: it is shown in
// public beside the item, and the director is told.
func (t *Tenant) OrderDisclosure(ctx context.Context, actor models.Actor, c Call) error {
	return t.call(ctx, actor, "order", models.CallOrder, c)
}

const maxCallText = 400

func (t *Tenant) call(ctx context.Context, actor models.Actor, action string, kind models.CallKind, c Call) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("disclosure", action); err != nil {
			return err
		}
		item, err := itemByID(tx.DB, c.ItemID)
		if err != nil {
			return err
		}
		c.Text = strings.TrimSpace(c.Text)
		if err := checkCall(c, kind, item, tx.Day()); err != nil {
			return err
		}
		row := models.DisclosureCall{
			Tenant: models.Tenant{ID: tx.NewID()}, ItemID: c.ItemID, Period: c.Period, Kind: kind, Text: c.Text, DueDay: c.Due,
			ByUserID: actor.UserID, CreatedAt: tx.Now,
			ByName: tx.actorName(tx.actingRole(models.RoleStreet, models.RoleDistrict, models.RoleDirector)),
		}
		if err := tx.Create(&row).Error; err != nil {
			if duplicate(err) {
				return problem.New(problem.Conflict, "disclosure.call.twice", nil)
			}
			return err
		}
		tx.Audit("disclosure."+string(kind), row.ID, map[string]any{"item": c.ItemID, "period": c.Period})
		tx.Touch("disclosure", "home")
		if kind == models.CallEvent {
			return nil
		}
		for _, role := range []models.Role{models.RoleDirector, models.RoleSupervisor} {
			if err := tx.tellPost(role, "disclosure.tell.order", problem.Args{"day": c.Due}, "/admin/"+tx.Community.Code+"/disclosures"); err != nil {
				return err
			}
		}
		return nil
	})
}

func checkCall(c Call, kind models.CallKind, item *models.DisclosureItem, today models.Date) error {
	var f problem.Form
	if !policy.IsPeriod(item.Rhythm, c.Period) {
		f.Add("period", "notice.period.wrong", nil)
	} else if day := models.Date(c.Period); kind == models.CallEvent && (item.Rhythm != models.RhythmOnEvent || day > today) {
		f.Add("period", "disclosure.call.day", nil)
	}
	if n := len([]rune(c.Text)); n < leastReason || n > maxCallText {
		f.Add("text", "disclosure.call.text", problem.Args{"least": leastReason, "most": maxCallText})
	}
	if kind == models.CallOrder && c.Due < today {
		f.Add("due", "disclosure.call.due", nil)
	}
	return f.Err()
}
