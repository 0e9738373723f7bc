package store

import (
	"context"
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
		d.Volunteering = append(d.Volunteering, m)
	}
	return nil
}
