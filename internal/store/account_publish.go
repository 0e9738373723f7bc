package store

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// publish is the end of the third signature, in its transaction.
func (tx *Tx) publish(m *models.AccountMonth, entries []models.AccountEntry, signatures []models.AccountSignature) error {
	// The counter's row is held until the commit: publications of a community
	// queue here, and the one before is in when its fingerprint is read.
	seq, err := tx.Next("account.chain")
	if err != nil {
		return err
	}
	before, err := standingOf(tx.DB, m.Month.Add(-1))
	if err != nil {
		return err
	}
	standing, err := standingOf(tx.DB, m.Month)
	if err != nil {
		return err
	}
	err = policy.MayPublishMonth(policy.Publication{
		Account: *m, Before: before, Standing: standing, First: seq == 1, Signatures: signatures, Day: tx.Day(),
	})
	if err != nil {
		return err
	}
	if err := tx.joinsFollowing(m); err != nil {
		return err
	}
	if err := tx.number(m, seq); err != nil {
		return err
	}
	m.Fingerprint = fingerprint(m, entries, signatures)
	res := tx.Model(&models.AccountMonth{}).Where("id = ? AND round = ? AND state = ?", m.ID, m.Round, models.AccountSigning).
		Select("state", "seq", "number", "published_at", "display_until", "previous", "fingerprint", "updated_at").Updates(m)
	if duplicate(res.Error) {
		return problem.New(problem.Conflict, "page.conflict", nil)
	}
	if err := Changed(res); err != nil {
		return err
	}
	if standing != nil {
		if err := tx.supersede(standing); err != nil {
			return err
		}
	}
	return tx.afterPublication(m, entries)
}

// joinsFollowing: the month after, if it is published, must begin with what
// this version leaves, or a correction of it that does must be on its way.
func (tx *Tx) joinsFollowing(m *models.AccountMonth) error {
	var after []models.AccountMonth
	err := tx.Where("month = ? AND state IN ?", m.Month.Add(1), standingStates).Order("version").Find(&after).Error
	if err != nil {
		return err
	}
	published := slices.IndexFunc(after, func(a models.AccountMonth) bool { return a.State == models.AccountPublished })
	if published < 0 || slices.ContainsFunc(after, func(a models.AccountMonth) bool { return a.OpeningFen == m.ClosingFen }) {
		return nil
	}
	return problem.New(problem.Conflict, "ledger.plan.following", problem.Args{
		"month": m.Month, "next": m.Month.Add(1), "opening": after[published].OpeningFen, "closing": m.ClosingFen,
	})
}

// number gives a month its place in the chain, its document number and its
// display period.
func (tx *Tx) number(m *models.AccountMonth, seq int64) error {
	if seq > 1 {
		var last models.AccountMonth
		if err := tx.Where("seq = ?", seq-1).Take(&last).Error; err != nil {
			return fmt.Errorf("publication %d of community %d: %w", seq-1, tx.chain, err)
		}
		m.Previous = last.Fingerprint
	}
	year := tx.Day().Time().Year()
	n, err := tx.Next("account." + strconv.Itoa(year))
	if err != nil {
		return err
	}
	m.Number = documentNumber(tx.Community.Name, documentAccounts, year, n)
	m.State, m.Seq, m.PublishedAt, m.UpdatedAt = models.AccountPublished, &seq, &tx.Now, tx.Now
	m.DisplayUntil = policy.DisplayUntil(tx.Day(), tx.Community.DisplayDays)
	return nil
}

// Document numbers are the same in every language, as on the paper.
const (
	documentAccounts = "居财公" //words:allow a mark of official documents, stored once and never translated
)

// documentNumber writes a number as Chinese offices do (GB/T 9704 7.2.5): the
// issuer's short name and mark, the year in hexagonal brackets, the number.
func documentNumber(community, mark string, year int, n int64) string {
	short := strings.TrimSuffix(community, "社区")            //words:allow the short name of an issuer
	return fmt.Sprintf("%s%s〔%d〕%d号", short, mark, year, n) //words:allow GB/T 9704
}

func (tx *Tx) supersede(old *models.AccountMonth) error {
	res := tx.Model(&models.AccountMonth{}).Where("id = ? AND state = ?", old.ID, models.AccountPublished).
		Select("state", "updated_at").Updates(&models.AccountMonth{State: models.AccountSuperseded, UpdatedAt: tx.Now})
	if err := Changed(res); err != nil {
		return err
	}
	return tx.event(old.ID, EventSuperseded, models.RoleSupervisor, "")
}

// afterPublication leaves the traces of a publication.
func (tx *Tx) afterPublication(m *models.AccountMonth, entries []models.AccountEntry) error {
	if err := tx.event(m.ID, EventPublished, models.RoleSupervisor, m.Reason); err != nil {
		return err
	}
	tx.Audit("account.publish", m.ID, publishedDetail{*m.Seq, hex.EncodeToString(m.Fingerprint)})
	tx.Touch("accounts", "home", "disclosure", "inquiries")
	if err := tx.postClaims(entries); err != nil {
		return err
	}
	if err := tx.discloseMonth(m); err != nil {
		return err
	}
	key := "ledger.tell.published"
	if m.Version > 1 {
		key = "ledger.tell.corrected"
	}
	return tx.tellFollowers("accounts", key, problem.Args{"month": m.Month}, "/"+tx.Community.Code+"/accounts/"+string(m.Month))
}

// publishedDetail is what the audit chain keeps of a publication.
type publishedDetail struct {
	Seq         int64  `json:"seq"`
	Fingerprint string `json:"fingerprint"`
}

// discloseMonth marks the items of the disclosure catalogue that are done by
// publishing accounts: a monthly one at once, a longer period when all its
// months are out.
func (tx *Tx) discloseMonth(m *models.AccountMonth) error {
	var items []models.DisclosureItem
	err := tx.Where("source = ? AND (active_to = '' OR active_to >= ?)", "accounts", tx.Day()).Find(&items).Error
	if err != nil {
		return err
	}
	for _, item := range items {
		period, months := periodOf(item.Rhythm, m.Month)
		if period == "" {
			continue
		}
		if out, err := tx.allPublished(months); err != nil || !out {
			if err != nil {
				return err
			}
			continue
		}
		done := models.DisclosureDone{
			Tenant: models.Tenant{ID: tx.NewID()}, ItemID: item.ID, Period: period, AccountID: m.ID, At: tx.Now,
		}
		var there int64
		if err := tx.Model(&models.DisclosureDone{}).Where("item_id = ? AND period = ?", item.ID, period).Count(&there).Error; err != nil {
			return err
		}
		if there > 0 {
			continue // a correction: it was disclosed in time once
		}
		if err := tx.Create(&done).Error; err != nil && !duplicate(err) {
			return err
		}
	}
	return nil
}

func (tx *Tx) allPublished(months []models.Month) (bool, error) {
	var n int64
	err := tx.Model(&models.AccountMonth{}).Where("month IN ? AND state = ?", months, models.AccountPublished).Count(&n).Error
	return int(n) == len(months), err
}

// periodOf is the period of a rhythm that holds a month, as disclosures name
// it, and its months. Accounts know no events.
func periodOf(r models.Rhythm, m models.Month) (string, []models.Month) {
	t := m.First().Time()
	year, month := strconv.Itoa(t.Year()), int(t.Month())
	span := func(first, n int) []models.Month {
		months := make([]models.Month, n)
		for i := range months {
			months[i] = models.MonthOf(time.Date(t.Year(), time.Month(first+i), 1, 0, 0, 0, 0, models.Shanghai))
		}
		return months
	}
	switch r {
	case models.RhythmMonthly:
		return string(m), []models.Month{m}
	case models.RhythmQuarterly:
		return m.Quarter(), models.QuarterMonths(m.Quarter())
	case models.RhythmHalfYear:
		half := (month - 1) / 6
		return year + "H" + strconv.Itoa(half+1), span(half*6+1, 6)
	case models.RhythmYearly:
		return year, span(1, 12)
	}
	return "", nil
}

// tellPost tells everybody who holds a post in the community, or in its street
// for it, today.
func (tx *Tx) tellPost(role models.Role, key string, args problem.Args, link string) error {
	var users []models.ID
	err := tx.Model(&models.Appointment{}).Distinct("user_id").
		Where("region_id IN ? AND role = ? AND ended_at IS NULL AND from_day <= ? AND (until_day = '' OR until_day >= ?)",
			[]models.ID{tx.Community.ID, tx.Community.StreetID}, role, tx.Day(), tx.Day()).
		Order("user_id").Find(&users).Error
	if err != nil {
		return err
	}
	for _, user := range users {
		if user == tx.Actor.UserID {
			continue
		}
		if err := tx.Tell(user, key, args, link); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	return nil
}

// tellFollowers tells everybody who follows a subject of the community, a
// thousand followers in a handful of statements: the readers of a community
// must not hold its writer.
func (tx *Tx) tellFollowers(subject, key string, args problem.Args, link string) error {
	var users []models.User
	// Callbacks do not reach into a subquery: it names its community itself.
	follows := tx.Model(&models.Follow{}).Select("user_id").Where("community_id = ? AND subject = ?", tx.chain, subject)
	err := tx.Where("closed_at IS NULL AND id IN (?)", follows).
		Order("id").Find(&users).Error
	if err != nil {
		return err
	}
	return tx.tellAll(users, key, args, link)
}
