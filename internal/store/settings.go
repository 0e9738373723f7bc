package store

import (
	"context"
	"strings"

	"juwu/internal/problem"
	"juwu/models"
)

// Settings are what a community decides for itself.
type Settings struct {
	Address           string
	Phone             string
	Hours             string
	StreetInfo        string
	InquiryDays       int
	DisplayDays       int
	ClaimThresholdFen models.Fen // a wish, until the street agrees
}

// Bounds of the settings. The display may not be shorter than art. 34 says.
const (
	MostInquiryDays  = 60
	MostDisplayDays  = 365
	mostThresholdFen = models.Fen(1_000_000_00)
	maxSettingText   = 120
)

// SaveSettings changes a community's settings. A change of the limit up to
// which the director approves is only a wish: the street decides about it.
func (t *Tenant) SaveSettings(ctx context.Context, actor models.Actor, s Settings) error {
	for _, text := range []*string{&s.Address, &s.Phone, &s.Hours, &s.StreetInfo} {
		*text = cleanLine(*text)
	}
	if err := s.check(); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "change"); err != nil {
			return err
		}
		c := models.Community{
			Address: s.Address, Phone: s.Phone, Hours: s.Hours, StreetInfo: s.StreetInfo, InquiryDays: s.InquiryDays, DisplayDays: s.DisplayDays,
		}
		columns := []string{"address", "phone", "hours", "street_info", "inquiry_days", "display_days"}
		now, err := tx.community()
		if err != nil {
			return err
		}
		switch {
		case s.ClaimThresholdFen == now.ClaimThresholdFen:
		case tx.May("settings", "approve_threshold") == nil: // the street's own decision
			c.ClaimThresholdFen = s.ClaimThresholdFen
			columns = append(columns, "claim_threshold_fen", "proposed_threshold_fen", "proposed_by")
		default:
			c.ProposedThresholdFen, c.ProposedBy = s.ClaimThresholdFen, actor.UserID
			columns = append(columns, "proposed_threshold_fen", "proposed_by")
			if s.ClaimThresholdFen != now.ProposedThresholdFen {
				args := problem.Args{"community": tx.Community.Name, "amount": s.ClaimThresholdFen}
				if err := tx.tellStreet("settings.tell.threshold", args, "/admin/"+tx.Community.Code+"/settings"); err != nil {
					return err
				}
			}
		}
		tx.Audit("settings.change", tx.chain, map[string]int{"inquiry_days": s.InquiryDays, "display_days": s.DisplayDays})
		return tx.saveCommunity(&c, columns)
	})
}

func (s *Settings) check() error {
	var f problem.Form
	for field, text := range map[string]string{"address": s.Address, "phone": s.Phone, "hours": s.Hours, "street_info": s.StreetInfo} {
		if n := len([]rune(text)); n > maxSettingText {
			f.Add(field, "form.toolong", problem.Args{"n": n - maxSettingText, "limit": maxSettingText})
		}
	}
	if strings.Trim(s.Phone, "0123456789-+() ") != "" || s.Phone == "" {
		f.Add("phone", "settings.phone.wrong", nil)
	}
	if s.InquiryDays < 1 || s.InquiryDays > MostInquiryDays {
		f.Add("inquiry_days", "form.number", problem.Args{"least": 1, "most": MostInquiryDays})
	}
	if s.DisplayDays < models.LeastDisplayDays || s.DisplayDays > MostDisplayDays {
		f.Add("display_days", "settings.display.wrong", problem.Args{"least": models.LeastDisplayDays, "most": MostDisplayDays})
	}
	if s.ClaimThresholdFen < 0 || s.ClaimThresholdFen > mostThresholdFen {
		f.Add("threshold", "settings.threshold.wrong", problem.Args{"most": mostThresholdFen})
	}
	return f.Err()
}

// community is the row of the transaction's community as it is now.
func (tx *Tx) community() (c models.Community, err error) {
	return c, tx.Where("id = ?", tx.chain).Take(&c).Error
}

func (tx *Tx) saveCommunity(c *models.Community, columns []string) error {
	tx.Touch(subjectFrame)
	tx.touchGlobal(subjectCommunities)
	return Changed(tx.Model(&models.Community{}).Where("id = ?", tx.chain).Select(columns).UpdateColumns(c))
}

// DecideThreshold is the street's answer to the wish for another limit. limit
// is the amount that the officer saw; a wish that has changed since stays.
func (t *Tenant) DecideThreshold(ctx context.Context, actor models.Actor, limit models.Fen, agree bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("settings", "approve_threshold"); err != nil {
			return err
		}
		c, err := tx.community()
		if err != nil {
			return err
		}
		if c.ProposedBy == 0 || c.ProposedThresholdFen != limit {
			return problem.New(problem.Conflict, "page.conflict", nil)
		}
		if c.ProposedBy == actor.UserID {
			return problem.New(problem.Forbidden, "settings.threshold.own", nil).Because("nobody sets the limit of their own power")
		}
		change := models.Community{ClaimThresholdFen: c.ClaimThresholdFen}
		if agree {
			change.ClaimThresholdFen = limit
		}
		asker := c.ProposedBy
		tx.Audit("settings.threshold", tx.chain, map[string]any{"fen": limit, "agreed": agree})
		if err := tx.saveCommunity(&change, []string{"claim_threshold_fen", "proposed_threshold_fen", "proposed_by"}); err != nil {
			return err
		}
		key := "settings.tell.refused"
		if agree {
			key = "settings.tell.agreed"
		}
		err = tx.Tell(asker, key, problem.Args{"amount": limit}, "/admin/"+tx.Community.Code+"/settings")
		if problem.Is(err, problem.NotFound) {
			return nil // the login was closed since
		}
		return err
	})
}
