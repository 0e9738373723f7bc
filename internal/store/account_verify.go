package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"juwu/models"
	"juwu/policy"
)

// checkAccounts recomputes everything that is published of the accounts: the
// chain of publications, every fingerprint, every line's hashes, the sums, the
// three signatures, how months join, and what the signed audit chain says was
// published and withdrawn. Whoever edits a row by SQL is named by it.
func (t *Tenant) checkAccounts(ctx context.Context, found func(string)) error {
	v := accountCheck{t: t, ctx: ctx, found: found}
	if err := v.load(); err != nil {
		return err
	}
	for i := range v.months {
		if err := v.month(&v.months[i], i); err != nil {
			return err
		}
	}
	v.audited()
	v.standing()
	return v.drafts()
}

type accountCheck struct {
	t     *Tenant
	ctx   context.Context
	found func(string)

	months    []models.AccountMonth // published ones in the order of the chain
	published map[models.ID]publishedDetail
	withdrawn map[models.ID][]string // by line: the fields that somebody withdrew
}

func (v *accountCheck) say(m *models.AccountMonth, format string, args ...any) {
	v.found(fmt.Sprintf("account_months %s (%s version %d): ", m.ID, m.Month, m.Version) + fmt.Sprintf(format, args...))
}

func (v *accountCheck) load() error {
	db := v.t.db(v.ctx)
	if err := db.Where("seq IS NOT NULL OR state IN ?", publicStates).Order("seq").Order("month").Find(&v.months).Error; err != nil {
		return err
	}
	var rows []models.AuditRow
	err := db.Where("action IN ?", []string{"account.publish", "account.withdraw"}).Order("seq").Find(&rows).Error
	if err != nil {
		return err
	}
	v.published, v.withdrawn = map[models.ID]publishedDetail{}, map[models.ID][]string{}
	for _, r := range rows {
		if r.Action == "account.withdraw" {
			var d withdrawnDetail
			if err := json.Unmarshal(r.Detail, &d); err != nil {
				return fmt.Errorf("audit row %d: %w", r.Seq, err)
			}
			v.withdrawn[r.ObjectID] = append(v.withdrawn[r.ObjectID], d.Fields...)
			continue
		}
		var d publishedDetail
		if err := json.Unmarshal(r.Detail, &d); err != nil {
			return fmt.Errorf("audit row %d: %w", r.Seq, err)
		}
		v.published[r.ObjectID] = d
	}
	return nil
}

// month checks the i-th publication.
func (v *accountCheck) month(m *models.AccountMonth, i int) error {
	if m.Seq == nil || m.PublishedAt == nil || *m.Seq != int64(i+1) {
		v.say(m, "is not publication %d of the chain", i+1)
		return nil
	}
	var previous []byte
	if i > 0 {
		previous = v.months[i-1].Fingerprint
	}
	if !bytes.Equal(m.Previous, previous) {
		v.say(m, "does not continue the publication before it")
	}
	if !slices.Contains(publicStates, m.State) {
		v.say(m, "was published and is %q now", m.State)
	}
	if m.DisplayUntil < policy.DisplayUntil(models.DateOf(*m.PublishedAt), 0) {
		v.say(m, "is displayed for less than %d days", models.LeastDisplayDays)
	}
	entries, err := v.t.AccountEntries(v.ctx, m.ID)
	if err != nil {
		return err
	}
	signatures, err := v.t.AccountSignatures(v.ctx, m.ID)
	if err != nil {
		return err
	}
	signatures = ofRound(signatures, m.Round)
	v.lines(m, entries)
	v.signed(m, signatures)
	if err := policy.MonthBalances(*m, entries); err != nil {
		v.say(m, "the lines do not add up to its figures (%s)", err)
	}
	if !bytes.Equal(m.Fingerprint, fingerprint(m, entries, signatures)) {
		v.say(m, "is not what its fingerprint was made of")
	}
	return nil
}

func (v *accountCheck) lines(m *models.AccountMonth, entries []models.AccountEntry) {
	if n := len(counted(entries)); n != m.Entries {
		v.say(m, "has %d lines, published were %d", n, m.Entries)
	}
	for i := range entries {
		e := &entries[i]
		if e.Line != i+1 {
			v.say(m, "line %d is missing", i+1)
			return // all that follow are shifted
		}
		if len(v.withdrawn[e.ID]) == 0 { // a corrected version repeats the marks of the line it continues
			v.withdrawn[e.ID] = v.withdrawn[e.ReplacesID]
		}
		gone := func(field string) bool { return slices.Contains(v.withdrawn[e.ID], field) }
		for _, field := range []string{"purpose", "note", "names"} {
			if marked(e, field) && !gone(field) {
				v.say(m, "line %d (account_entries %s): %s is marked as withdrawn, but nobody withdrew it", e.Line, e.ID, field)
			}
		}
		if field := brokenField(m.Salt, e, gone); field != "" {
			v.say(m, "line %d (account_entries %s) was changed after publication: %s or a figure", e.Line, e.ID, field)
		}
	}
}

// signed: clerk, director, supervision committee, three different people.
func (v *accountCheck) signed(m *models.AccountMonth, signatures []models.AccountSignature) {
	users, people := map[models.ID]bool{}, map[string]bool{}
	for i, s := range signatures {
		if i >= len(models.SignSteps) || s.Step != models.SignSteps[i] || s.Role != stepRoles[s.Step] {
			v.say(m, "signature %s is out of order", s.ID)
		}
		if users[s.UserID] || people[s.PersonKey] {
			v.say(m, "signature %s is by somebody who signed before", s.ID)
		}
		users[s.UserID], people[s.PersonKey] = true, true
	}
	if len(signatures) != len(models.SignSteps) {
		v.say(m, "has %d signatures of %d", len(signatures), len(models.SignSteps))
	}
}

// audited compares with the signed audit chain: an edit that also repairs
// every hash of its month still differs from what was written there.
func (v *accountCheck) audited() {
	here := map[models.ID]bool{}
	for i := range v.months {
		m := &v.months[i]
		here[m.ID] = true
		d, ok := v.published[m.ID]
		if !ok {
			v.say(m, "was never published according to the audit chain")
		} else if d.Fingerprint != hex.EncodeToString(m.Fingerprint) || m.Seq == nil || d.Seq != *m.Seq {
			v.say(m, "has another fingerprint than the audit chain says")
		}
	}
	for id := range v.published {
		if !here[id] {
			v.found("account_months " + id.String() + ": was published and is gone")
		}
	}
}

// standing: one version of a month stands, and it begins with what the month
// before left when it was published.
func (v *accountCheck) standing() {
	stands := map[models.Month]int{}
	left := map[models.Month]models.Fen{}
	for i := range v.months {
		m := &v.months[i]
		if m.State == models.AccountPublished {
			stands[m.Month]++
		}
		if closing, ok := left[m.Month.Add(-1)]; ok && closing != m.OpeningFen {
			v.say(m, "begins with %s, the month before left %s", m.OpeningFen, closing)
		}
		left[m.Month] = m.ClosingFen
	}
	for _, m := range v.months {
		if stands[m.Month] != 1 {
			v.found(fmt.Sprintf("month %s: %d published versions stand", m.Month, stands[m.Month]))
			stands[m.Month] = 1
		}
	}
}

// drafts: lines that were brought in and changed by SQL before they were
// signed are found before they are published.
func (v *accountCheck) drafts() error {
	var rows []models.AccountMonth
	err := v.t.db(v.ctx).Where("state IN ?", []models.AccountState{models.AccountDraft, models.AccountSigning}).Order("month").Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		entries, err := v.t.AccountEntries(v.ctx, rows[i].ID)
		if err != nil {
			return err
		}
		v.lines(&rows[i], entries)
		if err := policy.MonthBalances(rows[i], entries); err != nil {
			v.say(&rows[i], "the lines do not add up to its figures (%s)", err)
		}
	}
	return nil
}
