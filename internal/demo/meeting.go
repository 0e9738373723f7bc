package demo

import (
	"encoding/json"
	"strings"
	"time"

	"juwu/internal/store"
	"juwu/models"
	"juwu/policy"
)

type meetingCast struct {
	Meetings []struct {
		Kind      models.MeetingKind `json:"kind"`
		Days      int                `json:"days"`
		From      int                `json:"from"`
		Minutes   int                `json:"minutes"`
		Title     string             `json:"title"`
		Place     string             `json:"place"`
		Summary   string             `json:"summary"`
		Unit      string             `json:"unit"`
		Chair     string             `json:"chair"`
		Recorder  string             `json:"recorder"`
		Link      string             `json:"link"`
		Quarterly bool               `json:"quarterly"`
		Lottery   bool               `json:"lottery"`
		Seats     map[string]int     `json:"seats"`
		Items     [][]any            `json:"items"`
		Opinions  [][2]string        `json:"opinions"`
	} `json:"meetings"`
	Topics []string `json:"topics"`
}

// meetings calls a hearing, the talk of the quarter and a hearing by lottery;
// people sign up, give opinions and propose topics.
func (f *filling) meetings() error {
	b, err := data.ReadFile("data/meetings.json")
	if err != nil {
		return err
	}
	var cast meetingCast
	if err := json.Unmarshal(b, &cast); err != nil {
		return err
	}
	t := f.In(f.c)
	people := []models.Actor{f.who[models.RoleResident], f.who[models.RoleGridWorker], f.who[models.RoleMediator], f.who[models.RoleClerk]}
	for _, m := range cast.Meetings {
		day := models.DateOf(f.Now()).AddDays(m.Days).Time()
		d := store.MeetingDraft{
			Kind: m.Kind, Title: m.Title, Summary: m.Summary, Place: m.Place, Start: day.Add(time.Duration(m.From) * time.Hour), Quarterly: m.Quarterly,
			End: day.Add(time.Duration(m.From)*time.Hour + time.Duration(m.Minutes)*time.Minute), Unit: m.Unit, Chair: m.Chair, Recorder: m.Recorder, Link: m.Link,
		}
		if m.Lottery {
			d.Allotment = models.AllotLottery
		}
		for name, n := range m.Seats {
			part, pool, _ := strings.Cut(name, "/")
			d.Seats = append(d.Seats, policy.LotterySeats{Part: models.MeetingPart(part), Pool: models.MeetingPool(pool), Total: n})
		}
		for _, it := range m.Items {
			d.Items = append(d.Items, store.MeetingItemDraft{Title: it[0].(string), Who: it[1].(string), Minutes: int(it[2].(float64))})
		}
		for _, body := range policy.MeetingRuleOf(m.Kind).Must {
			d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: body, Name: inviteNames[body]})
		}
		row, err := t.CreateMeeting(f.ctx, f.who[models.RoleCommitteeMember], d)
		if err != nil {
			return err
		}
		text := store.BoardText{Title: m.Title, Body: m.Summary + "\n\n" + m.Place}
		if err := t.PublishMeeting(f.ctx, f.who[models.RoleDirector], row.ID, text, row.UpdatedAt); err != nil {
			return err
		}
		for i, p := range people {
			part := models.PartDelegate
			if i%2 == 1 {
				part = models.PartListener
			}
			if _, err := t.JoinMeeting(f.ctx, p, row.ID, store.SignupDraft{Part: part}); err != nil {
				return err
			}
		}
		for i, o := range m.Opinions {
			if _, err := t.SendOpinion(f.ctx, people[i], row.ID, store.OpinionDraft{Text: o[1], Stance: models.OpinionStance(o[0])}); err != nil {
				return err
			}
		}
	}
	return f.topics(cast.Topics, people)
}

func (f *filling) topics(texts []string, people []models.Actor) error {
	t := f.In(f.c)
	for i, text := range texts {
		topic, err := t.ProposeTopic(f.ctx, people[i], text)
		if err != nil {
			return err
		}
		for _, p := range people[i+1:] {
			if err := t.SupportTopic(f.ctx, p, topic.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// inviteNames are the bodies as the example calls them.
var inviteNames = map[models.MeetingBody]string{
	models.InviteCommittee: "居委会成员", models.InviteParty: "社区党组织", models.InviteReps: "居民代表", //words:allow data of the example
	models.InviteResidents: "居民代表", models.InviteMembers: "党员代表", models.InviteStreet: "街道办事处", //words:allow data of the example
	models.InviteCouncil: "议事协商委员会", models.InviteUnits: "和睦里小学、和睦物业", models.InviteUnit: "有关单位", //words:allow data of the example
}
