package demo

import (
	"encoding/json"
	"time"

	"juwu/internal/store"
	"juwu/models"
)

type corps struct {
	Team struct {
		Name    string `json:"name"`
		Purpose string `json:"purpose"`
		Contact string `json:"contact"`
	} `json:"team"`
	Volunteers []struct {
		Name   string      `json:"name"`
		Birth  models.Date `json:"birth"`
		Skills []string    `json:"skills"`
		Party  bool        `json:"party"`
	} `json:"volunteers"`
	Activities []struct {
		Title  string `json:"title"`
		Body   string `json:"body"`
		Place  string `json:"place"`
		Kind   string `json:"kind"`
		Target string `json:"target"`
		Job    string `json:"job"`
		InDays int    `json:"in_days"`
		Hour   int    `json:"hour"`
		Places int    `json:"places"`
	} `json:"activities"`
}

// volunteers are some who serve and what they are called to in the next days,
// all through the desk's use cases.
func (f *filling) volunteers() error {
	b, err := data.ReadFile("data/volunteers.json")
	if err != nil {
		return err
	}
	var all corps
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	t := f.In(f.c)
	member := f.who[models.RoleCommitteeMember]
	var people []*models.Volunteer
	for _, d := range all.Volunteers {
		v, err := t.JoinAtDesk(f.ctx, member, store.VolunteerDraft{Name: d.Name, Birth: d.Birth, Skills: d.Skills, Agree: true, Party: d.Party})
		if err != nil {
			return err
		}
		people = append(people, v)
	}
	team := store.TeamDraft{Name: all.Team.Name, Purpose: all.Team.Purpose, Contact: all.Team.Contact, LeaderNo: people[0].Number}
	if _, err := t.CreateTeam(f.ctx, member, team); err != nil {
		return err
	}
	for _, x := range all.Activities {
		begin := models.DateOf(f.Now()).AddDays(x.InDays).Time().Add(time.Duration(x.Hour) * time.Hour)
		_, err := t.CreateActivity(f.ctx, member, store.ActivityDraft{LeaderNo: people[0].Number,
			Activity: models.Activity{Title: x.Title, Body: x.Body, Place: x.Place, Kind: x.Kind, Target: x.Target},
			Jobs:     []store.JobDraft{{Title: x.Job, Shifts: []store.ShiftDraft{{Begins: begin, Ends: begin.Add(2 * time.Hour), Places: x.Places}}}}})
		if err != nil {
			return err
		}
	}
	return nil
}
