package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// An opinion before the meeting has a number and no name; it ends when the
// meeting begins. What is taken down in it the speaker confirms or corrects, and
// the words taken down stay beside the correction.
func TestOpinionsBeforeAndInTheMeeting(t *testing.T) {
	g := newGathering(t)
	ctx := context.Background()
	id, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartSpeaker, models.PoolOpen, 2)))
	a, b := g.neighbour(t, 1), g.neighbour(t, 2)
	a.see(path+"/opinion").want(200).post(path+"/opinion", "opinion", "no").want(422, "at least")
	a.post(path+"/opinion", "opinion", strings.Repeat("长", 501)).want(422)
	a.post(path+"/opinion", "opinion", "Neighbour 1 fears the noise, call 13912345678", "stance", "wild").want(422)
	a.post(path+"/opinion", "opinion", "Neighbour 1 fears the noise, call 13912345678", "stance", "change").want(200, "Opinion 1", "fears the noise").lacks("13912345678", "Neighbour 1 fears")
	a.see(path+"/opinion").post(path+"/opinion", "opinion", "Neighbour 1 fears the noise, call 13912345678", "stance", "change").want(200, "Opinions (1)") // twice is once
	for _, text := range []string{"A second thought about it", "A third thought about it"} {
		a.see(path+"/opinion").post(path+"/opinion", "opinion", text).want(200)
	}
	a.see(path+"/opinion").post(path+"/opinion", "opinion", "A fourth thought about it").want(429)
	b.see("/me").post("/other"+strings.TrimPrefix(path, "/hemuli")+"/opinion", "opinion", "From somewhere else").want(404)
	b.join(path, "speaker").want(200, "You have a seat")
	g.set(t, gatherStart)
	b.see(path+"/opinion").post(path+"/opinion", "opinion", "Too late for before").want(409, "The meeting began")
	rows, err := g.tenant.Attendees(ctx, id, "")
	ok(t, err)
	ok(t, g.tenant.RecordOpinion(ctx, g.people[models.RoleCommitteeMember], id, store.OpinionDraft{Text: "I am for the glass one", Signup: rows[0].ID}))
	said, err := g.tenant.MeetingOpinions(ctx, id)
	ok(t, err)
	words := path + "/words/" + said[3].ID.String()
	g.visitor(t).see(path).want(200, "Opinion 4", "I am for the glass one", "In the meeting")
	b.see("/hemuli").want(200, "Please confirm your words", words)
	a.see(words).want(404)
	a.see("/me").post(words, "right", "1").want(404)
	b.see(words).want(200, "I am for the glass one")
	b.post(words, "correction", strings.Repeat("长", 501)).want(422)
	b.post(words, "correction", "I am for the glass one, with a bench").want(200)
	g.visitor(t).see(path).want(200, "I am for the glass one", "Corrected by the speaker", "with a bench")
	b.see(words).want(200, "You have confirmed it")
	b.see("/me").post(words, "right", "1").want(409)
	b.see("/hemuli").lacks("Please confirm your words")
}

// A topic is proposed and stood behind, once each; it goes on an agenda or is
// answered, and both are read under it.
func TestTopicsProposedAndSupported(t *testing.T) {
	g := newGathering(t)
	const topics = "/hemuli/meetings/topics"
	a, b := g.neighbour(t, 1), g.neighbour(t, 2)
	a.see(topics).want(200).post(topics, "topic", "no").want(422)
	a.post(topics, "topic", strings.Repeat("x", 201)).want(422)
	a.post(topics, "topic", "Delivery vans at gate 3, call 13912345678").want(200, "The more support it").lacks("13912345678")
	list, err := g.tenant.Topics(context.Background())
	ok(t, err)
	behind := topics + "/" + list[0].ID.String() + "/support"
	for range 2 {
		b.see(topics).want(200, "I support this").post(behind).want(200)
	}
	b.see(topics).want(200, "2 support it")
	a.see(topics).post(behind).want(200, "2 support it") // proposing is standing behind it
	b.see("/me").post("/other/meetings/topics/" + list[0].ID.String() + "/support").want(404)
	b.see(topics).post(topics + "/1/support").want(404)
	v := g.visitor(t)
	v.see(topics).post(behind).want(200, "Mobile number") // one act with the telephone's code
	v.post("/hemuli/confirm", "phone", phone).want(200)
	v.post("/hemuli/confirm/code", "code", g.code(t, phone)).want(200, "3 support it")
	id, _ := g.call(t, g.draft(models.MeetingHeartTalk))
	ok(t, g.tenant.DecideTopic(context.Background(), g.people[models.RoleCommitteeMember], list[0].ID, id, ""))
	v.see(topics).want(200, "On an agenda", id.String()).lacks("I support this")
	v.see("/me").post(behind).want(404)
}

// Seats kept for a group go to whoever belongs to it by what the office knows;
// nobody is asked, and nobody can say so.
func TestReservedSeatsByInvitation(t *testing.T) {
	g := newGathering(t)
	d := g.draft(models.MeetingHearing, seatsOf(models.PartDelegate, models.PoolUnits, 1), seatsOf(models.PartDelegate, models.PoolOpen, 1))
	d.Invites = append(d.Invites, store.MeetingInviteDraft{Body: models.InviteUnits, Name: "School", Phone: "13600000009"})
	_, path := g.call(t, d)
	g.neighbour(t, 1).join(path, "delegate", "wanted", "units").want(200, "You have a seat")
	g.neighbour(t, 2).join(path, "delegate", "wanted", "units", "pool", "units").want(200, "waiting list")
	g.neighbour(t, 9).join(path, "delegate").want(200, "You have a seat")
	g.visitor(t).see(path).want(200, "Kept for local units").lacks("13600000009")
}

// The lottery's fingerprint is public before anybody signs up, its list after
// the draw; a person finds their own ticket and nobody else's name.
func TestLotteryIsPublic(t *testing.T) {
	g := newGathering(t)
	d := g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 1))
	d.Allotment, d.SignupUntil = models.AllotLottery, gatherStart.Add(-72*time.Hour)
	id, path := g.call(t, d)
	plain, _ := g.call(t, g.draft(models.MeetingHearing))
	g.visitor(t).see("/hemuli/meetings/" + plain.String() + "/lottery").want(404)
	g.visitor(t).see(path+"/lottery").want(200, "Fingerprint published before", "Not yet")
	people := []*visitor{g.neighbour(t, 1), g.neighbour(t, 2), g.neighbour(t, 3)}
	for _, v := range people {
		v.join(path, "listener").want(200, "In the lottery", "Your ticket is")
	}
	var before, after store.Lottery
	ok(t, json.Unmarshal([]byte(g.visitor(t).see(path+"/lottery.json").want(200).body), &before))
	if before.Secret != "" || len(before.Tickets) != 0 || before.SecretHash == "" {
		t.Errorf("before the draw: %+v", before)
	}
	g.set(t, d.SignupUntil)
	ok(t, g.tenant.DrawLottery(context.Background(), g.people[models.RoleCommitteeMember], id, "rain, 37"))
	page := g.visitor(t).see(path+"/lottery").want(200, "rain, 37", "Waiting, place 2")
	page.lacks("Neighbour")
	ok(t, json.Unmarshal([]byte(g.visitor(t).see(path+"/lottery.json").body), &after))
	if after.SecretHash != before.SecretHash || !after.Redraw() || len(after.Tickets) != 3 {
		t.Errorf("%+v", after)
	}
	seats := 0
	for _, v := range people {
		if v.see(path + "/mine"); strings.Contains(v.body, "You have a seat") {
			seats++
			v.post(v.mine("leave")).want(200, "You have left") // after the draw the list moves up
		}
	}
	offered := 0
	for _, v := range people {
		if v.see(path + "/mine"); strings.Contains(v.body, "A seat is free") {
			offered++
		}
	}
	if seats != 1 || offered != 1 {
		t.Errorf("%d seats, %d offered", seats, offered)
	}
}

// A photo of the screen helps nobody: the code of before the last change is
// refused, and so is one made up; guessing ends soon.
func TestCheckInCodeFromAPhotoIsRefused(t *testing.T) {
	g := newGathering(t)
	id, path := g.call(t, g.draft(models.MeetingHearing, seatsOf(models.PartListener, models.PoolOpen, 2)))
	a, b := g.neighbour(t, 1), g.neighbour(t, 2)
	a.join(path, "listener").want(200)
	photo := g.tenant.HallCode(id).Code
	a.see(path+"/here").post(path+"/here", "code", photo).want(409, "Check-in opens")
	g.set(t, gatherStart)
	photo = g.tenant.HallCode(id).Code
	g.visitor(t).see(path+"/here?c="+photo).want(200, "Log in")
	g.set(t, g.Now().Add(time.Minute)) // it has rotated several times
	a.see(path+"/here?c="+photo).want(200, photo).post(path+"/here", "code", photo).want(422, "The code is wrong or has changed")
	if n := g.present(t, id); n != 0 {
		t.Errorf("%d came by a photo", n)
	}
	now := g.tenant.HallCode(id).Code
	if now == photo {
		t.Fatal("the code does not rotate")
	}
	b.see(path+"/here").post("/other"+strings.TrimPrefix(path, "/hemuli")+"/here", "code", now).want(404)
	a.post(path+"/here", "code", now).want(200, "You are checked in")
	b.see(path+"/here").post(path+"/here", "code", now).want(200, "You are checked in") // without a place: a listener at the door
	for range 12 {
		b.see(path+"/here").post(path+"/here", "code", "000000")
	}
	if b.want(429); g.present(t, id) != 2 {
		t.Error(g.present(t, id))
	}
}

func (g *gathering) present(t *testing.T, id models.ID) int {
	t.Helper()
	m, err := g.tenant.Meeting(context.Background(), id)
	ok(t, err)
	return m.Present
}

// seat makes a body in which logins sit, the first in the post given.
func (g *gathering) seat(t *testing.T, kind models.BodyKind, post models.Seat, people ...*visitor) models.ID {
	t.Helper()
	var body models.ID
	name := string(kind) + " of the tests"
	ok(t, g.tenant.Write(context.Background(), storetest.System, func(tx *store.Tx) error {
		body = tx.NewID()
		if err := tx.Create(&models.Body{Tenant: models.Tenant{ID: body}, Kind: kind, Name: name, GroupName: name, Seats: len(people), LiveName: &name, CreatedAt: tx.Now, UpdatedAt: tx.Now}).Error; err != nil {
			return err
		}
		for i, v := range people {
			who := g.roll[v]
			m := models.Mandate{Tenant: models.Tenant{ID: tx.NewID()}, BodyID: body, Post: post, UserID: who.UserID, ResidentID: who.ResidentID, LiveResident: &who.ResidentID, Name: fmt.Sprintf("Daughter %d", i+1), From: tx.Day(),
				State: models.MandateServing, Rank: i + 1, CreatedAt: tx.Now, UpdatedAt: tx.Now}
			if kind == models.BodyPanel && i > 0 {
				m.Post = models.SitsMember
			}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	return body
}

func (g *gathering) residents(t *testing.T, n int) []*visitor {
	t.Helper()
	all := make([]*visitor, n)
	for i := range all {
		all[i], _ = g.family(t)
	}
	return all
}

// Panel members grade and sign once, not before the meeting, nobody else does,
// and who cannot sign is named with the reason beside the result.
func TestPanelMembersGradeAndSign(t *testing.T) {
	g := newGathering(t)
	ctx, supervisor := context.Background(), g.people[models.RoleSupervisor]
	people := g.residents(t, 4)
	outsider, _ := g.family(t)
	d := g.draft(models.MeetingAppraisal)
	d.Panel, d.Start = g.seat(t, models.BodyPanel, models.SitsHead, people...), gatherStart.AddDate(0, 0, 14)
	d.End = d.Start.Add(time.Hour)
	id, path := g.call(t, d)
	people[0].see(path+"/grade").want(200, "Grading begins with the meeting")
	people[0].see("/me").post(path+"/grade/examine", "examination", "All of it is true").want(409, "not in yet")
	ok(t, g.tenant.SubmitSummary(ctx, g.people[models.RoleDirector], id, "Four things were done this year."))
	people[1].see(path+"/grade").want(200, "Four things were done")
	people[1].see("/me").post(path+"/grade/examine", "examination", "I say it is true").want(403).lacks("open for too long")
	people[0].see(path+"/grade").post(path+"/grade/examine", "examination", "no").want(422)
	people[0].post(path+"/grade/examine", "examination", "The books say the same.").want(200, "The books say the same")
	people[0].see("/me").post(path+"/grade", "grade", "excellent").want(409, "Grading begins")
	outsider.see(path+"/grade").want(200, "You are not among").lacks("excellent")
	g.visitor(t).see(path+"/grade").want(200, "Log in")
	g.set(t, d.Start)
	people[0].see("/hemuli").want(200, "Your grade is wanted")
	people[0].see(path+"/grade").want(200, "Grade and sign").post(path+"/grade", "grade", "splendid").want(422)
	people[0].post(path+"/grade", "grade", "excellent", "remark", "Kept their word").want(200, "You signed on")
	people[0].see("/me").post(path+"/grade", "grade", "unqualified").want(409, "has signed already")
	outsider.see("/me").post(path+"/grade", "grade", "excellent").want(404)
	people[1].see(path+"/grade").post("/other"+strings.TrimPrefix(path, "/hemuli")+"/grade", "grade", "excellent").want(404)
	for _, v := range people[1:3] {
		v.see(path+"/grade").post(path+"/grade", "grade", "qualified").want(200, "You signed on")
	}
	ok(t, g.tenant.HoldMeeting(ctx, supervisor, id))
	if err := g.tenant.SettleAppraisal(ctx, supervisor, id, ""); err == nil {
		t.Fatal("a result although somebody has not signed and nothing says why")
	}
	ok(t, g.tenant.SettleAppraisal(ctx, supervisor, id, "Daughter 4 lies in hospital"))
	g.visitor(t).see(path).want(200, "Result: Good", "Signed by 3 of 4: excellent 1, good 2", "(has not signed)", "lies in hospital").lacks("Kept their word")
	people[3].see(path+"/grade").want(200, "The grading has ended")
	people[3].see("/me").post(path+"/grade", "grade", "unqualified").want(409)
}

// The yearly review is secret and for those on the frozen list who are in the
// hall: once, with the code of that moment.
func TestYearlyReviewIsGradedInSecret(t *testing.T) {
	g := newGathering(t)
	ctx, supervisor := context.Background(), g.people[models.RoleSupervisor]
	reps := g.residents(t, 3)
	outsider, _ := g.family(t)
	g.seat(t, models.BodyGroup, models.SitsRep, reps...)
	d := g.draft(models.MeetingReview)
	d.Start, d.End = gatherStart.AddDate(0, 0, 5), gatherStart.AddDate(0, 0, 5).Add(time.Hour)
	id, path := g.call(t, d)
	g.set(t, d.Start)
	review, err := g.tenant.Review(ctx, id)
	ok(t, err)
	var worst, abstain []string
	for _, m := range review.Members {
		worst, abstain = append(worst, "m"+m.ID.String(), "incompetent"), append(abstain, "m"+m.ID.String(), "")
	}
	code := func() string { return g.tenant.HallCode(id).Code }
	reps[0].see("/me").post(path+"/grade", append(worst, "code", code())...).want(409, "not taken now")
	ok(t, g.tenant.OpenReview(ctx, supervisor, id))
	outsider.see(path+"/grade").want(200, "You are not among").lacks("excellent")
	outsider.see("/me").post(path+"/grade", append(worst, "code", code())...).want(404)
	reps[0].see(path+"/grade").want(200, "Secret").post(path+"/grade", append(worst, "code", "000000")...).want(422, "The code is wrong")
	reps[0].post(path+"/grade", append(abstain, "code", code())...).want(422)
	reps[0].post(path+"/grade", "m"+review.Members[0].ID.String(), "splendid", "code", code()).want(422)
	for _, v := range reps {
		v.see(path+"/grade").post(path+"/grade", append(worst, "code", code())...).want(200, "Your paper is in the box")
	}
	reps[0].see("/me").post(path+"/grade", append(worst, "code", code())...).want(409, "graded already")
	g.visitor(t).see(path).want(200).lacks("Not competent", "Daughter")
	ok(t, g.tenant.CloseReview(ctx, supervisor, id))
	g.visitor(t).see(path).lacks("Not competent") // not before the result is on the board
	reps[0].see(path+"/grade").want(200, "Your paper is in the box")
	reps[0].see("/me/data.json").want(200).lacks("incompetent")
}

// Everybody reads what is late, and from when on; nothing is late that is out.
func TestLateAnswersAreSaidToBeLate(t *testing.T) {
	g := newGathering(t)
	ctx, member, director := context.Background(), g.people[models.RoleCommitteeMember], g.people[models.RoleDirector]
	id, path := g.call(t, g.draft(models.MeetingHeartTalk))
	g.neighbour(t, 1).see(path+"/opinion").post(path+"/opinion", "opinion", "More benches please").want(200)
	g.set(t, gatherStart.Add(time.Hour))
	ok(t, g.tenant.HoldMeeting(ctx, member, id))
	g.set(t, models.Date("2026-12-17").Time().Add(24*time.Hour-time.Minute)) // the fifteenth day
	g.visitor(t).see(path).want(200, "Held").lacks("Late: due")
	g.Clock.Add(time.Minute)
	g.visitor(t).see(path).want(200, "Late: due")
	said, err := g.tenant.MeetingOpinions(ctx, id)
	ok(t, err)
	ok(t, g.tenant.WriteMinutes(ctx, member, id, store.MinutesDraft{Basics: "Thirty came", Summary: "Benches first"}))
	rows, err := g.tenant.Minutes(ctx, id)
	ok(t, err)
	text := store.BoardText{Title: "Record", Body: "All of it"}
	if err := g.tenant.PublishMinutes(ctx, director, id, text, rows[0].UpdatedAt); err == nil {
		t.Error("a talk's record is out before every opinion has its answer")
	}
	ok(t, g.tenant.AnswerOpinion(ctx, member, id, said[0].ID, store.OpinionAnswer{Adoption: models.AdoptionYes, Answer: "Two benches in spring", Responsible: "Member Lin", DueDay: "2026-12-31"}))
	ok(t, g.tenant.PublishMinutes(ctx, director, id, text, rows[0].UpdatedAt))
	g.visitor(t).see(path).want(200, "Two benches in spring", "Member Lin", "Thirty came").lacks("Late: due")
	g.set(t, models.Date("2027-01-01").Time())
	g.visitor(t).see(path).want(200, "Member Lin", "overdue")
	ok(t, g.tenant.ReportStep(ctx, member, id, said[0].ID, "Both stand at gate 3", true))
	g.visitor(t).see(path).want(200, "Both stand at gate 3", "Member Lin: done").lacks("overdue")
}
