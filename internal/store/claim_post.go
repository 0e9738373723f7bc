package store

import (
	"slices"
	"strconv"

	"juwu/models"
)

// claimRef is a claim line that stands in a month's line.
type claimRef struct {
	claim models.Claim
	line  models.ClaimLine
	entry models.ID // the month's line; 0 before it is written
}

// claimedLines finds the claim lines that a month's lines pay: by the claim's
// number in the voucher, purpose or note column, with the line's number behind
// it or by the amount: one line of that amount, or all lines together.
func (tx *Tx) claimedLines(entries []models.AccountEntry) ([]claimRef, error) {
	type mention struct {
		number string
		line   int
		amount models.Fen
		entry  models.ID
	}
	var mentions []mention
	var numbers []string
	for _, e := range counted(entries) {
		for _, text := range []string{e.Voucher, e.Purpose, e.Note} {
			for _, m := range claimNumber.FindAllStringSubmatch(text, -1) {
				number := "BX" + m[1] + "-" + m[2]
				line, _ := strconv.Atoi(m[3])
				mentions = append(mentions, mention{number, line, e.ExpenseFen, e.ID})
				numbers = append(numbers, number)
			}
		}
	}
	claims, err := tx.claimsByNumber(numbers)
	if err != nil {
		return nil, err
	}
	var refs []claimRef
	for _, m := range mentions {
		v, known := claims[m.number]
		if !known {
			continue
		}
		for _, l := range v.paidBy(m.line, m.amount) {
			seen := slices.ContainsFunc(refs, func(r claimRef) bool { return r.line.ID == l.ID })
			if !seen {
				refs = append(refs, claimRef{v.Claim, l, m.entry})
			}
		}
	}
	return refs, nil
}

func (tx *Tx) claimsByNumber(numbers []string) (map[string]*ClaimView, error) {
	out := map[string]*ClaimView{}
	for part := range slices.Chunk(numbers, batch) {
		var claims []models.Claim
		if err := tx.Where("number IN ?", part).Find(&claims).Error; err != nil {
			return nil, err
		}
		byID := map[models.ID]*ClaimView{}
		var ids []models.ID
		for _, c := range claims {
			v := &ClaimView{Claim: c}
			out[c.Number], byID[c.ID], ids = v, v, append(ids, c.ID)
		}
		if len(ids) == 0 {
			continue
		}
		var lines []models.ClaimLine
		if err := tx.Where("claim_id IN ?", ids).Order("claim_id, line").Find(&lines).Error; err != nil {
			return nil, err
		}
		for _, l := range lines {
			byID[l.ClaimID].Lines = append(byID[l.ClaimID].Lines, l)
		}
	}
	return out, nil
}

// paidBy are the lines that an expense of the amount pays. A refused line is
// never paid.
func (v *ClaimView) paidBy(line int, amount models.Fen) []models.ClaimLine {
	var all []models.ClaimLine
	var sum models.Fen
	for _, l := range v.Lines {
		switch {
		case l.State == models.ClaimRefused:
			continue
		case line == l.Line, line == 0 && l.AmountFen == amount:
			return []models.ClaimLine{l}
		}
		all, sum = append(all, l), sum+l.AmountFen
	}
	if line == 0 && sum == amount {
		return all
	}
	return nil
}

// postClaims marks approved claim lines that now stand in a published month.
func (tx *Tx) postClaims(entries []models.AccountEntry) error {
	refs, err := tx.claimedLines(entries)
	if err != nil {
		return err
	}
	touched := map[models.ID]models.Claim{}
	for _, r := range refs {
		if r.line.State != models.ClaimApproved {
			continue
		}
		res := tx.Model(&models.ClaimLine{}).Where("id = ? AND state = ?", r.line.ID, models.ClaimApproved).
			Select("state").Updates(&models.ClaimLine{State: models.ClaimPosted})
		if err := Changed(res); err != nil {
			return err
		}
		tx.Audit("claim.post", r.line.ID, nil)
		touched[r.claim.ID] = r.claim
	}
	for _, c := range touched {
		if err := tx.settleClaim(&ClaimView{Claim: c}); err != nil {
			return err
		}
	}
	return nil
}

// claimReceipts gives a draft's lines the files of the claims they pay, so that
// nobody photographs a receipt twice. They are not shown until somebody has
// looked at them; of a picture that was blacked out only the black one comes.
// What a line has had, and perhaps lost again by somebody's decision, does not
// come a second time.
func (tx *Tx) claimReceipts(entries []models.AccountEntry) error {
	refs, err := tx.claimedLines(entries)
	if err != nil {
		return err
	}
	to := map[models.ID]models.ID{}
	var lines, owners []models.ID
	for _, r := range refs {
		to[r.line.ID] = r.entry
		lines, owners = append(lines, r.line.ID), append(owners, r.entry)
	}
	had := map[string]bool{}
	count := map[models.ID]int{}
	for part := range slices.Chunk(owners, batch) {
		var there []models.Attachment
		if err := tx.Where("owner_kind = ? AND owner_id IN ?", ownerEntry, part).Find(&there).Error; err != nil {
			return err
		}
		for _, f := range there {
			had[f.OwnerID.String()+string(f.SHA256)] = true
			if f.RemovedAt == nil {
				count[f.OwnerID]++
			}
		}
	}
	for part := range slices.Chunk(lines, batch) {
		var files []models.Attachment
		if err := tx.Where("owner_kind = ? AND owner_id IN ? AND removed_at IS NULL", ownerClaimLine, part).Order("id").Find(&files).Error; err != nil {
			return err
		}
		for _, f := range uncovered(files) {
			f.OwnerKind, f.OwnerID = ownerEntry, to[f.OwnerID]
			if had[f.OwnerID.String()+string(f.SHA256)] || count[f.OwnerID] >= maxFiles {
				continue
			}
			count[f.OwnerID]++
			f.ID, f.Public, f.RedactsID, f.CreatedAt = tx.NewID(), false, 0, tx.Now
			if err := tx.Create(&f).Error; err != nil {
				return err
			}
			tx.Audit("attachment.add", f.ID, nil)
		}
	}
	return nil
}

// uncovered are the files without the originals that were blacked out.
func uncovered(files []models.Attachment) []models.Attachment {
	covered := map[models.ID]bool{}
	for _, f := range files {
		covered[f.RedactsID] = true
	}
	return slices.DeleteFunc(files, func(f models.Attachment) bool { return covered[f.ID] })
}
