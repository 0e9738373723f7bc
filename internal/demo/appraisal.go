package demo

import (
	"encoding/json"
	"time"

	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

type occasion struct {
	Title, Summary, Report, Found string
	Items                         []string
}

// appraisals lets the delegates elect a panel, calls the appraisal of the
// committee's year with its summary handed in and examined, and calls the yearly
// review of its members.
func (f *filling) appraisals() error {
	b, err := data.ReadFile("data/appraisal.json")
	if err != nil {
		return err
	}
	var cast struct {
		Panel, Place, Witness string
		Work, Review          occasion
	}
	if err := json.Unmarshal(b, &cast); err != nil {
		return err
	}
	panel, err := f.panel(cast.Panel, cast.Place, cast.Witness)
	if err != nil {
		return err
	}
	if _, err := f.callOccasion(models.MeetingReview, cast.Review, cast.Place, 12, 0); err != nil {
		return err
	}
	id, err := f.callOccasion(models.MeetingAppraisal, cast.Work, cast.Place, 17, panel)
	if err != nil {
		return err
	}
	t := f.In(f.c)
	if err := t.SubmitSummary(f.ctx, f.who[models.RoleDirector], id, cast.Work.Report); err != nil {
		return err
	}
	return t.ExamineSummary(f.ctx, f.who[models.RoleSupervisor], id, cast.Work.Found)
}

// panel elects four heads of households, one of each of four groups, and the
// first of them as head.
func (f *filling) panel(name, place, witness string) (models.ID, error) {
	t, supervisor := f.In(f.c), f.who[models.RoleSupervisor]
	groups, err := t.Bodies(f.ctx, models.BodyGroup)
	if err != nil {
		return 0, err
	}
	var people []models.ID
	for _, g := range groups[:min(4, len(groups))] {
		heads, err := t.GroupHeads(f.ctx, f.who[models.RoleCommitteeMember], g.ID, 3)
		if err != nil {
			return 0, err
		}
		people = append(people, heads[len(heads)-1])
	}
	id, err := t.SaveBody(f.ctx, supervisor, 0, store.BodyDraft{Kind: models.BodyPanel, Name: name, Seats: len(people), Rank: 200})
	if err != nil {
		return 0, err
	}
	if err := f.electPanel(id, models.SitsMember, people, place, witness); err != nil {
		return 0, err
	}
	return id, f.electPanel(id, models.SitsHead, people[:1], place, witness)
}

func (f *filling) electPanel(body models.ID, post models.Seat, people []models.ID, place, witness string) error {
	t, supervisor, day := f.In(f.c), f.who[models.RoleSupervisor], models.DateOf(f.Now())
	v, err := t.OpenBodyVote(f.ctx, supervisor, store.BodyVoteDraft{Body: body, Post: post, Method: models.MethodPaper, Unit: models.UnitDelegates, Day: day, Place: place,
		Seats: len(people), Witness: witness, From: day, Until: day.AddDays(365)})
	if err != nil {
		return err
	}
	for _, p := range people {
		if err := t.AddBodyCandidate(f.ctx, supervisor, v.ID, p); err != nil {
			return err
		}
	}
	view, err := t.BodyVote(f.ctx, v.ID)
	if err != nil {
		return err
	}
	var took []models.ID
	for _, x := range view.Voters[:len(view.Voters)*2/3+1] {
		took = append(took, x.ID)
	}
	counts := map[models.ID]int{}
	for _, c := range view.Candidates {
		counts[c.ID] = len(took)
	}
	if err := t.MarkBodyVoters(f.ctx, supervisor, v.ID, took); err != nil {
		return err
	}
	if err := t.CountBodyVote(f.ctx, supervisor, v.ID, counts, 0); err != nil {
		return err
	}
	_, err = t.ConfirmBodyVote(f.ctx, f.who[models.RoleStreet], v.ID)
	return err
}

// callOccasion drafts and publishes an appraisal or a review.
func (f *filling) callOccasion(kind models.MeetingKind, o occasion, place string, days int, panel models.ID) (models.ID, error) {
	t, supervisor := f.In(f.c), f.who[models.RoleSupervisor]
	start := models.DateOf(f.Now()).AddDays(days).Time().Add(14 * time.Hour)
	d := store.MeetingDraft{Kind: kind, Title: o.Title, Summary: o.Summary, Place: place, Start: start, End: start.Add(2 * time.Hour),
		Chair: supervisor.Name, Recorder: f.who[models.RoleClerk].Name, Panel: panel}
	for _, it := range o.Items {
		d.Items = append(d.Items, store.MeetingItemDraft{Title: it, Minutes: 30})
	}
	for _, body := range policy.MeetingRuleOf(kind).Must {
		name := inviteNames[body]
		if name == "" {
			name = inviteNames[models.InviteReps]
		}
		d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: body, Name: name})
	}
	m, err := t.CreateMeeting(f.ctx, supervisor, d)
	if err != nil {
		return 0, err
	}
	return m.ID, t.PublishMeeting(f.ctx, supervisor, m.ID, store.BoardText{Title: o.Title, Body: o.Summary + "\n\n" + place}, m.UpdatedAt)
}
