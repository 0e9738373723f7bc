package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// maxClaimLines is what one claim may hold; paper has room for fewer.
const maxClaimLines = 50

// ClaimDraft is a claim as it is handed in.
type ClaimDraft struct{ Lines []ClaimLineDraft }

// ClaimLineDraft is one expense.
type ClaimLineDraft struct {
	Day       models.Date
	Purpose   string
	Category  string
	Fund      string
	AmountFen models.Fen
	Decision  string // number of the decision, where the money asks for one
}

// ClaimView is a claim with its lines.
type ClaimView struct {
	models.Claim
	Lines []models.ClaimLine
}

// ClaimFilter chooses among claims.
type ClaimFilter struct {
	State models.ClaimState // "" for all
	User  models.ID         // 0 for everybody's
	After models.ID         // page by key: those before this id
	Limit int
}

// Claims lists claims, the newest first.
func (t *Tenant) Claims(ctx context.Context, f ClaimFilter) ([]models.Claim, error) {
	q := t.db(ctx)
	if f.State != "" {
		q = q.Where("state = ?", f.State)
	}
	if f.User != 0 {
		q = q.Where("user_id = ?", f.User)
	}
	if f.After != 0 {
		q = q.Where("id < ?", f.After)
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var rows []models.Claim
	err := q.Order("id DESC").Limit(f.Limit).Find(&rows).Error
	return rows, err
}

// Claim is one claim with its lines.
func (t *Tenant) Claim(ctx context.Context, id models.ID) (*ClaimView, error) {
	var v ClaimView
	if err := t.db(ctx).Where("id = ?", id).Take(&v.Claim).Error; err != nil {
		return nil, notFound(err)
	}
	err := t.db(ctx).Where("claim_id = ?", id).Order("line").Find(&v.Lines).Error
	return &v, err
}

// WaitingClaimLines are the open lines that wait for the director (street
// false) or the street (street true), oldest first.
func (t *Tenant) WaitingClaimLines(ctx context.Context, street bool) ([]models.ClaimLine, error) {
	var rows []models.ClaimLine
	err := t.db(ctx).Where("state = ? AND street = ?", models.ClaimOpen, street).Order("claim_id, line").Find(&rows).Error
	return rows, err
}

// CreateClaim hands a claim in. Who decides each line is fixed now, by the
// threshold that holds today.
func (t *Tenant) CreateClaim(ctx context.Context, actor models.Actor, d ClaimDraft) (*ClaimView, error) {
	if err := d.check(models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	var v ClaimView
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("claim", "create"); err != nil {
			return err
		}
		year := tx.Day().Time().Year()
		n, err := tx.Next("claim." + strconv.Itoa(year))
		if err != nil {
			return err
		}
		role := tx.actingRole(models.RoleClerk, models.RoleDirector, models.RoleViceDirector, models.RoleCommitteeMember)
		v = ClaimView{Claim: models.Claim{
			Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, Number: fmt.Sprintf("BX%d-%03d", year, n), UserID: tx.Actor.UserID,
			PersonKey: personKey(tx.Actor, tx.chain), Name: tx.actorName(role), State: models.ClaimOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		}}
		for i, l := range d.Lines {
			line := models.ClaimLine{
				Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, ClaimID: v.ID, Line: i + 1, Day: l.Day, Purpose: cleanLine(l.Purpose),
				Category: cleanLine(l.Category), Fund: cleanLine(l.Fund), AmountFen: l.AmountFen, State: models.ClaimOpen,
				Street: policy.NeedsStreet(l.AmountFen, tx.Community.ClaimThresholdFen, tx.roles()),
			}
			v.TotalFen += l.AmountFen
			v.Lines = append(v.Lines, line)
		}
		if err := tx.claimDecisions(d, v.Lines); err != nil {
			return err
		}
		if err := tx.Create(&v.Claim).Error; err != nil {
			return err
		}
		if err := tx.CreateInBatches(v.Lines, batch).Error; err != nil {
			return err
		}
		tx.Audit("claim.create", v.ID, map[string]any{"lines": len(v.Lines), "total_fen": v.TotalFen})
		return tx.tellDeciders(&v)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// tellDeciders tells the director and the street, each when a line waits for
// them.
func (tx *Tx) tellDeciders(v *ClaimView) error {
	args := problem.Args{"number": v.Number, "amount": v.TotalFen}
	link := "/admin/" + tx.Community.Code + "/claims/" + v.ID.String()
	for street, role := range map[bool]models.Role{false: models.RoleDirector, true: models.RoleStreet} {
		if !slices.ContainsFunc(v.Lines, func(l models.ClaimLine) bool { return l.Street == street }) {
			continue
		}
		if err := tx.tellPost(role, "claim.tell.new", args, link); err != nil {
			return err
		}
	}
	return nil
}

// ClaimField is the name of a field of a claim's n-th line (from 1) in forms
// and in problems.
func ClaimField(name string, n int) string { return name + "_" + strconv.Itoa(n) }

func (d ClaimDraft) check(today models.Date) error {
	var f problem.Form
	if len(d.Lines) == 0 {
		f.Add(ClaimField("purpose", 1), "claim.lines.none", nil)
	}
	if len(d.Lines) > maxClaimLines {
		f.Add(ClaimField("purpose", maxClaimLines+1), "claim.lines.many", problem.Args{"n": maxClaimLines})
	}
	for i, l := range d.Lines {
		n := i + 1
		switch {
		case !l.Day.Valid():
			f.Add(ClaimField("day", n), "claim.day", nil)
		case l.Day > today:
			f.Add(ClaimField("day", n), "claim.day.future", nil)
		}
		if c := len([]rune(cleanLine(l.Purpose))); c == 0 || c > maxPurpose {
			f.Add(ClaimField("purpose", n), "claim.purpose", problem.Args{"n": maxPurpose})
		}
		if l.AmountFen <= 0 {
			f.Add(ClaimField("amount", n), "policy.claim.amount", nil)
		}
		if len([]rune(l.Category)) > maxCategory || len([]rune(l.Fund)) > maxCategory {
			f.Add(ClaimField("category", n), "claim.category", problem.Args{"n": maxCategory})
		}
	}
	return f.Err()
}

// OwnClaim tells whether the claim is the actor's own, by the login or by the
// person behind it.
func (t *Tenant) OwnClaim(actor models.Actor, c models.Claim) bool {
	return c.UserID == actor.UserID || c.PersonKey == personKey(actor, t.Community.ID)
}

// DecideClaimLine approves or refuses one line: the director up to the
// threshold, the street above it, nobody their own. A refusal gives a reason.
func (t *Tenant) DecideClaimLine(ctx context.Context, actor models.Actor, id models.ID, approve bool, reason string) (*ClaimView, error) {
	var v ClaimView
	err := t.Write(ctx, actor, func(tx *Tx) error {
		var line models.ClaimLine
		if err := tx.Where("id = ?", id).Take(&line).Error; err != nil {
			return notFound(err)
		}
		if err := tx.mayDecide(&line); err != nil {
			return err
		}
		to := models.ClaimApproved
		if !approve {
			var err error
			if reason, err = checkReason(reason); err != nil {
				return err
			}
			to = models.ClaimRefused
		} else {
			reason = ""
		}
		if err := tx.Where("id = ?", line.ClaimID).Take(&v.Claim).Error; err != nil {
			return notFound(err)
		}
		role := models.RoleDirector
		if line.Street {
			role = models.RoleStreet
		}
		if err := policy.MayApproveLine(v.Claim, line, tx.signer(role)); err != nil {
			return err
		}
		res := tx.Model(&models.ClaimLine{}).Where("id = ? AND state = ?", id, models.ClaimOpen).
			Select("state", "decided_by", "decider", "decided_at", "reason").
			Updates(&models.ClaimLine{State: to, DecidedBy: tx.Actor.UserID, Decider: tx.actorName(role), DecidedAt: &tx.Now, Reason: reason})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("claim.decide", id, map[string]any{"state": to})
		return tx.settleClaim(&v)
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

func (tx *Tx) mayDecide(line *models.ClaimLine) error {
	if line.Street {
		return tx.May("claim", "approve_above")
	}
	return tx.May("claim", "approve")
}

// settleClaim gives the claim the state that its lines add up to, and tells
// the claimant when the last line is decided.
func (tx *Tx) settleClaim(v *ClaimView) error {
	// The UPDATE locks the claim: of two people who decide its last two lines
	// at once, the second one sees the first one's decision.
	err := Changed(tx.Model(&models.Claim{}).Where("id = ?", v.ID).Update("updated_at", tx.Now))
	if err != nil {
		return err
	}
	if err := tx.Where("id = ?", v.ID).Take(&v.Claim).Error; err != nil {
		return err
	}
	if err := tx.Where("claim_id = ?", v.ID).Order("line").Find(&v.Lines).Error; err != nil {
		return err
	}
	state := claimState(v.Lines)
	if state == v.State {
		return nil
	}
	err = Changed(tx.Model(&models.Claim{}).Where("id = ? AND state = ?", v.ID, v.State).
		Select("state").Updates(&models.Claim{State: state}))
	if err != nil {
		return err
	}
	v.State = state
	if v.UserID == tx.Actor.UserID {
		return nil
	}
	err = tx.Tell(v.UserID, settledKeys[state], problem.Args{"number": v.Number}, "/admin/"+tx.Community.Code+"/claims/"+v.ID.String())
	if problem.Is(err, problem.NotFound) {
		return nil // the login was closed
	}
	return err
}

var settledKeys = map[models.ClaimState]string{
	models.ClaimApproved: "claim.tell.approved", models.ClaimRefused: "claim.tell.refused", models.ClaimPosted: "claim.tell.posted",
}

// claimState: open while a line is, refused when all are, posted when all that
// was approved stands in published months.
func claimState(lines []models.ClaimLine) models.ClaimState {
	n := map[models.ClaimState]int{}
	for _, l := range lines {
		n[l.State]++
	}
	switch {
	case n[models.ClaimOpen] > 0:
		return models.ClaimOpen
	case n[models.ClaimApproved] > 0:
		return models.ClaimApproved
	case n[models.ClaimPosted] > 0:
		return models.ClaimPosted
	}
	return models.ClaimRefused
}
