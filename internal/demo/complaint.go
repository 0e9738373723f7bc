package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"juwu/internal/store"
	"juwu/models"
)

type demoCase struct {
	Category string                   `json:"category"`
	Text     string                   `json:"text"`
	Answers  []models.ComplaintAnswer `json:"answers"`
	Building int                      `json:"building"` // nth of the community
	Level    models.ComplaintLevel    `json:"level"`
	Channel  models.ComplaintChannel  `json:"channel"`
	About    models.ComplaintAbout    `json:"about"`
	Way      []string                 `json:"way"` // acts after filing: action or action=text
}

// complaints fills 民情快递: cases at every stage, through the acts of a resident
// and of officers.
func (f *filling) complaints() error {
	b, err := data.ReadFile("data/complaints.json")
	if err != nil {
		return err
	}
	var cases []demoCase
	if err := json.Unmarshal(b, &cases); err != nil {
		return err
	}
	t := f.In(f.c)
	grids, err := t.Grids(f.ctx)
	if err != nil {
		return err
	}
	var buildings []models.ID
	for _, g := range grids {
		for _, one := range g.Buildings {
			buildings = append(buildings, one.ID)
		}
	}
	if len(buildings) == 0 {
		return errors.New("no buildings")
	}
	for i, c := range cases {
		if err := f.complaint(t, i, c, buildings[c.Building%len(buildings)]); err != nil {
			return fmt.Errorf("case %d: %w", i+1, err)
		}
	}
	return nil
}

func (f *filling) complaint(t *store.Tenant, i int, c demoCase, building models.ID) error {
	r := store.Report{
		Once: fmt.Sprintf("demo-case-%08d", i), Category: c.Category, Channel: c.Channel, Level: c.Level, About: c.About, Text: c.Text,
		Answers: c.Answers, BuildingID: building, PinX: -1, PinY: -1,
	}
	if i%2 == 0 && len(f.spots) > 0 { // some say where with a pin
		at := f.spots[c.Building%len(f.spots)]
		r.PinX, r.PinY = min(at.X+12, 1000), min(at.Y+60, 1000)
	}
	by, member := f.who[models.RoleResident], f.who[models.RoleCommitteeMember]
	if slices.Contains(models.EntryChannels, c.Channel) {
		by, r.ByOfficer = member, true
	}
	filed, err := t.FileComplaint(f.ctx, by, r)
	if err != nil {
		return err
	}
	id, resident := filed.Case.ID, f.who[models.RoleResident]
	for _, way := range c.Way {
		switch way {
		case "dispatch":
			_, err = t.CaseAct(f.ctx, f.who[models.RoleDirector], id, "dispatch", store.Act{To: models.Assignee{Kind: models.AssigneeMember, ID: member.UserID}})
		case "accept":
			_, err = t.CaseAct(f.ctx, member, id, "accept", store.Act{})
		case "call":
			_, err = t.CaseAct(f.ctx, member, id, "call_back", store.Act{Rating: &store.Rating{Solved: true, Satisfied: i%4 > 0}})
		case "rate":
			_, err = t.ReporterAct(f.ctx, store.Follower{Actor: resident, Code: filed.Code}, id, "rate", store.Word{Rating: &store.Rating{Solved: true, Satisfied: true}})
		default:
			by := member
			if c.About != models.AboutNobody {
				by = f.who[models.RoleSupervisor]
			}
			_, err = t.CaseAct(f.ctx, by, id, "answer", store.Act{Text: way})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way, err)
		}
	}
	return nil
}
