package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

type corps struct {
	Leader struct {
		Birth  models.Date `json:"birth"`
		Skills []string    `json:"skills"`
	} `json:"leader"`
	Served []string `json:"served"` // what was done, for hours on paper
	Team   struct {
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
		Joins  bool   `json:"joins"` // the leader has a place
		// Of dangerous work: what can happen, what is done against it, who insures it.
		Risk      string `json:"risk"`
		Safeguard string `json:"safeguard"`
		Insurer   string `json:"insurer"`
		Policy    string `json:"policy"`
	} `json:"activities"`
	Party struct {
		Unit    string `json:"unit"`
		Branch  string `json:"branch"`
		Contact string `json:"contact"`
		Praise  string `json:"praise"`
	} `json:"party"`
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
	// The resident of the example serves too, leads the team, and shows the code.
	leader, err := t.Join(f.ctx, f.who[models.RoleResident], store.VolunteerDraft{Name: f.cast.Resident.Name, Birth: all.Leader.Birth, Skills: all.Leader.Skills, Agree: true, Public: true})
	if err != nil {
		return err
	}
	people := []*models.Volunteer{leader}
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
	if err := f.takeOver(); err != nil {
		return err
	}
	if err := f.served(all.Served); err != nil {
		return err
	}
	if err := f.calledTo(all, people[0]); err != nil {
		return err
	}
	if err := f.reported(all, people); err != nil {
		return err
	}
	return f.certified()
}

// calledTo is what volunteers are called to in the next days; the leader has a
// place at some, having read the risks.
func (f *filling) calledTo(all corps, leader *models.Volunteer) error {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	for _, x := range all.Activities {
		begin := models.DateOf(f.Now()).AddDays(x.InDays).Time().Add(time.Duration(x.Hour) * time.Hour)
		if x.InDays == 0 { // soon, so that checking in can be tried at once, and signing up and swapping before it
			begin = f.Now().Add(5 * time.Minute).Truncate(policy.Quarter).Add(policy.Quarter)
		}
		a, err := t.CreateActivity(f.ctx, member, store.ActivityDraft{LeaderNo: leader.Number,
			Activity: models.Activity{Title: x.Title, Body: x.Body, Place: x.Place, Kind: x.Kind, Target: x.Target,
				Risk: x.Risk != "", RiskText: x.Risk, Safeguard: x.Safeguard, Insurer: x.Insurer, PolicyNo: x.Policy, InsuredTo: models.DateOf(begin).AddDays(90)},
			Jobs: []store.JobDraft{{Title: x.Job, Shifts: []store.ShiftDraft{{Begins: begin, Ends: begin.Add(2 * time.Hour), Places: x.Places}}}}})
		if err != nil {
			return err
		}
		if !x.Joins {
			continue
		}
		shifts, err := t.ActivityDesk(f.ctx, a.ID)
		if err != nil {
			return err
		}
		if _, err := t.SignUp(f.ctx, f.who[models.RoleResident], store.Taking{Shift: shifts.Shifts[0].Shift.ID, Agreed: true}); err != nil {
			return err
		}
	}
	return nil
}

// reported: a party member of a unit reports to the community, which writes the
// unit a letter about what she did.
func (f *filling) reported(all corps, people []*models.Volunteer) error {
	t, branch := f.In(f.c), f.who[models.RolePartyBranch]
	for i, d := range all.Volunteers {
		if !d.Party {
			continue
		}
		p, err := t.ReportParty(f.ctx, branch, store.PartyDraft{Number: people[i+1].Number, Unit: all.Party.Unit, Branch: all.Party.Branch, Contact: all.Party.Contact})
		if err != nil {
			return err
		}
		day := models.DateOf(f.Now())
		return t.WriteLetter(f.ctx, branch, p.ID, day.AddDays(-365), day, all.Party.Praise)
	}
	return nil
}

// One in thirteen on the roll, as far as grown up, is a volunteer of the national system
// already; some bring hours along.
const (
	everyOf   = 13
	withHours = 20
)

// takeOver brings in the volunteers of the national system as the committee
// does: from a sheet, their hours approved by a second person.
func (f *filling) takeOver() error {
	csv, err := f.residents()
	if err != nil {
		return err
	}
	roll, err := sheet.ReadRoll("residents.csv", csv, sheet.RollOptions{Today: models.DateOf(f.Now())})
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(strings.Join(sheet.EnrolledHeader, ",") + "\n")
	day, n := models.DateOf(f.Now()), 0
	for i, p := range roll.People {
		if i%everyOf != 0 || len(p.Errors) > 0 || p.Document == "" || !p.Birth.Valid() || policy.Age(p.Birth, day) < policy.AdultAge || policy.Age(p.Birth, day) > 75 {
			continue
		}
		n++
		hours := 0
		if n%withHours == 0 {
			hours = 18 + n%11*9
		}
		fmt.Fprintf(&b, "%s,33010500%07d,%s,,%s,%s,%s,,%d\n", p.Name, n, p.Birth, p.Document, p.Phone, p.Politics, hours)
	}
	return f.listed(models.ImportVolunteers, b.String())
}

// served are hours of the last months, written down on paper and approved.
func (f *filling) served(works []string) error {
	t := f.In(f.c)
	people, _, err := t.VolunteerList(f.ctx, store.VolunteerFilter{}, 0)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(strings.Join(sheet.ServedHeader, ",") + "\n")
	today := models.DateOf(f.Now())
	row := func(v models.Volunteer, day models.Date, i int) {
		fmt.Fprintf(&b, "%s,%s,%s,,,%s,%s\n", v.Number, v.Name, day, []string{"2", "1.5", "3"}[i%3], works[i%len(works)])
	}
	for i := range 14 { // the leader, two or three times in most months
		row(people[0], today.AddDays(-3-i*i*3/2), i)
	}
	for i, v := range people[1:min(len(people), 31)] {
		row(v, today.AddDays(-2-i*7), i)
	}
	return f.listed(models.ImportHours, b.String())
}

// listed brings in a sheet as the member and approves its hours as the director.
func (f *filling) listed(kind models.ImportKind, csv string) error {
	t, member := f.In(f.c), f.who[models.RoleCommitteeMember]
	im, err := t.StageList(f.ctx, member, kind, string(kind)+".csv", []byte(csv))
	if err != nil {
		return err
	}
	if _, err := t.ConfirmList(f.ctx, member, kind, im.ID); err != nil {
		return err
	}
	_, _, err = t.DecideList(f.ctx, f.who[models.RoleDirector], im.ID, true, "")
	return err
}

// certified is a certificate that /verify can be tried with.
func (f *filling) certified() error {
	day := models.DateOf(f.Now())
	_, err := f.In(f.c).IssueCertificate(f.ctx, f.who[models.RoleResident], store.CertificateWish{From: day.AddDays(-365), Until: day})
	return err
}
