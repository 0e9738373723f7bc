package store

import (
	"context"
	"encoding/json"
	"time"

	"juwu/models"
)

// MyVolunteer is a person's registration as a volunteer with every record.
type MyVolunteer struct {
	Community string                `json:"community"`
	Number    string                `json:"number"`
	Name      string                `json:"name"`
	Birth     models.Date           `json:"birth"`
	State     models.VolunteerState `json:"state"`
	Skills    string                `json:"skills"`
	Times     string                `json:"times"`
	Groups    string                `json:"groups"`
	Languages string                `json:"languages"`
	Limits    string                `json:"limits"`
	Public    bool                  `json:"public"`
	Minutes   int                   `json:"minutes"`
	Since     time.Time             `json:"since"`
	Hours     []MyServed            `json:"hours"`
	Proofs    []MyCertificate       `json:"certificates"`
	Thanks    []string              `json:"thanks"`
}

// MyCertificate is a certificate that was issued to the person.
type MyCertificate struct {
	Number  string                  `json:"number"`
	From    models.Date             `json:"from"`
	Until   models.Date             `json:"until"`
	Minutes int                     `json:"minutes"`
	State   models.CertificateState `json:"state"`
}

// MyHelpAsked is a request for help that the person made, for themselves or the
// family.
type MyHelpAsked struct {
	Community string           `json:"community"`
	Number    string           `json:"number"`
	State     models.HelpState `json:"state"`
	Kind      string           `json:"kind"`
	For       string           `json:"for"`
	WantedAt  time.Time        `json:"wanted_at"`
	Thanks    string           `json:"thanks"`
	HelpPerson
}

// MyServed is one record of service.
type MyServed struct {
	Day     models.Date        `json:"day"`
	What    string             `json:"what"`
	Minutes int                `json:"minutes"`
	Source  models.HoursSource `json:"source"`
	State   models.HoursState  `json:"state"`
	Reason  string             `json:"reason"`
}

// myVolunteering gathers registrations, ended ones too.
func (s *Store) myVolunteering(ctx context.Context, actor models.Actor, d *MyData) error {
	var rows []models.Volunteer
	if err := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Order("id").Limit(mostLetters).Find(&rows).Error; err != nil {
		return err
	}
	for _, v := range rows {
		limits, err := s.VolunteerLimits(&v)
		if err != nil {
			return err
		}
		m := MyVolunteer{Community: s.communityName(v.CommunityID), Number: v.Number, Name: v.Name, Birth: v.Birth, State: v.State, Skills: v.Skills, Times: v.Times, Groups: v.Groups,
			Languages: v.Languages, Limits: limits, Public: v.Public, Minutes: v.Minutes, Since: v.CreatedAt}
		var hours []models.Hours
		if err := s.everywhere(ctx).Where("community_id = ? AND volunteer_id = ?", v.CommunityID, v.ID).Order("id DESC").Limit(mostLetters).Find(&hours).Error; err != nil {
			return err
		}
		for _, h := range hours {
			m.Hours = append(m.Hours, MyServed{h.Day, h.What, h.Minutes, h.Source, h.State, h.Reason})
		}
		if err := s.myProofs(ctx, &v, &m); err != nil {
			return err
		}
		d.Volunteering = append(d.Volunteering, m)
	}
	return nil
}

func (s *Store) myProofs(ctx context.Context, v *models.Volunteer, m *MyVolunteer) error {
	var proofs []models.ServiceCertificate
	if err := s.everywhere(ctx).Where("community_id = ? AND volunteer_id = ?", v.CommunityID, v.ID).Order("id").Limit(mostLetters).Find(&proofs).Error; err != nil {
		return err
	}
	for _, c := range proofs {
		m.Proofs = append(m.Proofs, MyCertificate{c.Number, c.From, c.Until, c.Minutes, c.State})
	}
	return s.everywhere(ctx).Model(&models.Thanks{}).Where("community_id = ? AND volunteer_id = ?", v.CommunityID, v.ID).Order("id").Limit(mostLetters).Pluck("text", &m.Thanks).Error
}

// myHelpAsked gathers requests for help, with what was told about who needs it.
func (s *Store) myHelpAsked(ctx context.Context, actor models.Actor, d *MyData) error {
	var rows []models.HelpRequest
	if err := s.everywhere(ctx).Where("by_user_id = ?", actor.UserID).Order("id").Limit(mostLetters).Find(&rows).Error; err != nil {
		return err
	}
	for _, h := range rows {
		text, err := s.opt.Keys.Open(sealHelp, h.ID, h.PersonSeal)
		if err != nil {
			return err
		}
		m := MyHelpAsked{Community: s.communityName(h.CommunityID), Number: h.Number, State: h.State, Kind: h.Kind, For: h.AskedBy, WantedAt: h.WantedAt, Thanks: h.Thanks}
		if err := json.Unmarshal([]byte(text), &m.HelpPerson); err != nil {
			return err
		}
		d.Helps = append(d.Helps, m)
	}
	return nil
}
