package store_test

import (
	"sync"
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/policy"
)

// hall is a community with representatives, about to meet.
type hall struct {
	*desk
	people []models.ID
	reps   []models.Actor
}

// newHall elects n representatives from a group of 2n households; the committee
// is the director and one member.
func newHall(t testing.TB, db *storetest.DB, n int) *hall {
	t.Helper()
	h := &hall{desk: newDesk(t, db)}
	h.people = h.neighbours("第1组", 2*n)
	body, err := h.in().SaveBody(ctx, h.member, 0, store.BodyDraft{Kind: models.BodyGroup, Name: "第1居民小组", GroupName: "第1组", Seats: n})
	must(t, err)
	v := h.opened(body, models.SitsRep, n)
	counts := map[models.ID]int{}
	for _, p := range h.people[:n] {
		must(t, h.in().AddBodyCandidate(ctx, h.member, v.ID, p))
	}
	view := h.vote(v.ID)
	h.took(view, 2*n)
	for _, c := range view.Candidates {
		counts[c.ID] = 2 * n
	}
	must(t, h.in().CountBodyVote(ctx, h.member, v.ID, counts, 0))
	_, err = h.in().ConfirmBodyVote(ctx, h.director, v.ID)
	must(t, err)
	reps, err := h.in().Representatives(ctx, h.day())
	must(t, err)
	for _, m := range reps {
		h.reps = append(h.reps, models.Actor{UserID: m.UserID, Name: m.Name,
			Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: h.c.ID}, ResidentID: m.ResidentID, State: models.LinkConfirmed}}})
	}
	return h
}

// resident is somebody of the roll who is known beyond doubt.
func (h *hall) resident(i int) models.Actor {
	u, err := h.EnsureUser(ctx, storetest.System, "1880000"+string(rune('0'+i/1000%10))+string(rune('0'+i/100%10))+string(rune('0'+i/10%10))+string(rune('0'+i%10)), "居民")
	must(h.t, err)
	return models.Actor{UserID: u.ID, Name: "居民", Links: []models.ResidentLink{{Tenant: models.Tenant{CommunityID: h.c.ID}, ResidentID: h.people[i], State: models.LinkConfirmed}}}
}

// branch is the party branch, which studies.
func (h *hall) branch() models.Actor {
	return officer(h.t, h.DB, h.c.ID, models.RolePartyBranch, "党支部", 0)
}

// matter is published, studied and ready for an agenda.
func (h *hall) matter(d store.MatterDraft) models.ID {
	h.t.Helper()
	id, err := h.in().SaveMatter(ctx, h.member, 0, d)
	must(h.t, err)
	must(h.t, h.in().StudyMatter(ctx, h.branch(), id, "研究同意提交会议"))
	must(h.t, h.in().PublishMatter(ctx, h.director, id, h.day().AddDays(5)))
	return id
}

func resignation() store.MatterDraft {
	return store.MatterDraft{Class: models.MatterResignation, Title: "审议委员辞职", Text: "委员因身体原因辞去职务，请审议。", Secret: true}
}

// called is a representatives' meeting with the matters on its agenda.
func (h *hall) called(mode models.DecisionMode, matters ...models.ID) models.ID {
	h.t.Helper()
	s, err := h.in().SaveSession(ctx, h.member, 0, store.SessionDraft{Mode: mode, Title: "居民代表会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "活动室"})
	must(h.t, err)
	for _, m := range matters {
		must(h.t, h.in().AddItem(ctx, h.member, s, m))
	}
	must(h.t, h.in().CallSession(ctx, h.director, s))
	h.Clock.Add(10 * 24 * time.Hour)
	must(h.t, h.in().OpenSession(ctx, h.member, s))
	return s
}

func (h *hall) session(id models.ID) *store.SessionView {
	h.t.Helper()
	v, err := h.in().Session(ctx, id)
	must(h.t, err)
	return v
}

// arrives checks somebody in with the code on the wall.
func (h *hall) arrives(s models.ID, who ...models.Actor) {
	h.t.Helper()
	for _, a := range who {
		must(h.t, h.in().ArriveInHall(ctx, a, s, h.in().CheckInCode("assembly", s).Code))
	}
}

func TestFromDraftToDecision(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10) // 10 representatives and 2 of the committee: 8 make the quorum
		m := h.matter(resignation())
		s := h.called(models.ByReps, m)
		v := h.session(s)
		if v.Entitled != 12 || v.Reps != 10 || v.Members != 2 || v.Needed != 8 {
			t.Fatalf("%+v", v.AssemblySession)
		}
		item := v.Items[0].ID
		h.arrives(s, h.reps[:6]...)
		h.arrives(s, h.director)
		refused(t, h.in().OpenVote(ctx, h.member, item), problem.TooEarly, "policy.vote.quorum")
		refused(t, h.in().Cast(ctx, h.reps[0], item, []string{"yes"}), problem.Conflict, "session.vote.notopen")
		h.arrives(s, h.reps[6])
		must(t, h.in().OpenVote(ctx, h.member, item))
		refused(t, h.in().Cast(ctx, h.reps[9], item, []string{"yes"}), problem.Conflict, "session.notpresent")
		refused(t, h.in().Cast(ctx, h.resident(15), item, []string{"yes"}), problem.Forbidden, "session.notlisted")
		refused(t, h.in().Cast(ctx, h.clerk, item, []string{"yes"}), problem.Forbidden, "policy.forbidden")
		for i, a := range h.reps[:5] {
			choice := "yes"
			if i == 4 {
				choice = "no"
			}
			must(t, h.in().Cast(ctx, a, item, []string{choice}))
		}
		refused(t, h.in().Cast(ctx, h.reps[0], item, []string{"no"}), problem.Conflict, "session.voted")
		given, err := h.in().GivePaper(ctx, h.member, item, nil, "paper")
		must(t, err)
		if given != 3 {
			t.Errorf("%d papers", given)
		}
		refused(t, h.in().Cast(ctx, h.reps[5], item, []string{"no"}), problem.Conflict, "session.voted")
		_, err = h.in().CloseVote(ctx, h.member, item)
		refused(t, err, problem.Conflict, "session.paper.uncounted")
		if err := h.in().CountPaper(ctx, h.member, item, map[string]int{"yes": 3, "void": 1}); problem.As(err) == nil {
			t.Error("more papers than were given")
		}
		must(t, h.in().CountPaper(ctx, h.member, item, map[string]int{"yes": 1, "abstain": 2}))
		d, err := h.in().CloseVote(ctx, h.member, item)
		must(t, err)
		if d == nil || d.Yes != 5 || d.No != 1 || d.Abstain != 2 || d.Present != 8 || d.Entitled != 12 || d.QuorumArticle != "art29_quorum" {
			t.Fatalf("%+v", d)
		}
		_, err = h.in().CloseVote(ctx, h.member, item)
		refused(t, err, problem.Conflict, "page.conflict")
		h.minutes(s)
		h.published(d)
		if got := findings(t, db); len(got) > 0 {
			t.Error(got)
		}
	})
}

// minutes are signed by three people in three seats.
func (h *hall) minutes(s models.ID) {
	h.t.Helper()
	must(h.t, h.in().CloseSession(ctx, h.member, s, "会议审议了辞职，经无记名表决通过。"))
	must(h.t, h.in().SignMinutes(ctx, h.director, s, "chair"))
	refused(h.t, h.in().SignMinutes(ctx, h.director, s, "recorder"), problem.Conflict, "session.sign.twice")
	must(h.t, h.in().SignMinutes(ctx, h.member, s, "recorder"))
	refused(h.t, h.in().SignMinutes(ctx, h.member, s, "supervisor"), problem.Forbidden, "policy.forbidden")
	must(h.t, h.in().SignMinutes(ctx, h.supervisor, s, "supervisor"))
	v, err := h.in().PublicSession(ctx, s)
	must(h.t, err)
	if v.SignedAt == nil || v.Minutes == "" {
		h.t.Error("minutes are not public")
	}
}

// published follows the decision's notice to the board.
func (h *hall) published(d *models.Decision) {
	h.t.Helper()
	n := h.notice(d.NoticeID)
	_, err := h.in().PublishNotice(ctx, h.director, n.ID, n.UpdatedAt)
	refused(h.t, err, problem.Conflict, "policy.notice.unsigned")
	n, err = h.in().SignNotice(ctx, h.supervisor, n.ID, n.UpdatedAt)
	must(h.t, err)
	_, err = h.in().PublishNotice(ctx, h.director, n.ID, n.UpdatedAt)
	must(h.t, err)
	now, err := h.in().Decision(ctx, d.ID)
	must(h.t, err)
	if now.PublishedAt == nil || now.DisplayUntil == "" {
		h.t.Error("the decision is not public")
	}
}

func TestMatterIsStudiedAndCommentsAreAnswered(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	h := newHall(t, db, 10)
	id, err := h.in().SaveMatter(ctx, h.member, 0, resignation())
	must(t, err)
	refused(t, h.in().PublishMatter(ctx, h.member, id, h.day().AddDays(5)), problem.Forbidden, "policy.forbidden")
	must(t, h.in().PublishMatter(ctx, h.director, id, h.day().AddDays(10)))
	_, err = h.in().SaveMatter(ctx, h.member, id, resignation())
	refused(t, err, problem.Conflict, "page.conflict") // published words are not rewritten
	comment, err := h.in().CommentMatter(ctx, h.resident(3), id, "我不同意，电话13912345678")
	must(t, err)
	again, err := h.in().CommentMatter(ctx, h.resident(3), id, "我不同意，电话13912345678")
	must(t, err)
	if again != comment {
		t.Error("the same words twice are two")
	}
	early, err := h.in().SaveSession(ctx, h.member, 0, store.SessionDraft{Mode: models.ByReps, Title: "居民代表会议", Day: h.day().AddDays(10), Clock: "19:00", Place: "活动室"})
	must(t, err)
	must(t, h.in().AddItem(ctx, h.member, early, id))
	if err := h.in().CallSession(ctx, h.director, early); problem.As(err) == nil || problem.As(err).Fields["day"].Key != "policy.session.comments" {
		t.Errorf("called for the last day of comments: %v", err)
	}
	must(t, h.in().RemoveItem(ctx, h.member, early, id))
	h.Clock.Add(24 * time.Hour)
	s := h.called(models.ByReps, id)
	h.arrives(s, h.reps...)
	item := h.session(s).Items[0].ID
	refused(t, h.in().OpenVote(ctx, h.member, item), problem.TooEarly, "policy.vote.study")
	refused(t, h.in().StudyMatter(ctx, h.director, id, "研究同意"), problem.Forbidden, "policy.forbidden")
	must(t, h.in().StudyMatter(ctx, h.branch(), id, "研究同意"))
	refused(t, h.in().OpenVote(ctx, h.member, item), problem.TooEarly, "policy.vote.comments")
	must(t, h.in().AnswerComment(ctx, h.member, comment, "本人确有健康原因"))
	refused(t, h.in().AnswerComment(ctx, h.member, comment, "再答一次"), problem.Conflict, "page.conflict")
	must(t, h.in().OpenVote(ctx, h.member, item))
	v, err := h.in().PublicMatter(ctx, id)
	must(t, err)
	if len(v.Comments) != 1 || v.Comments[0].UserID != 0 || v.Comments[0].Text != "" || v.Comments[0].PublicText == "我不同意，电话13912345678" {
		t.Errorf("%+v", v.Comments)
	}
}

// A secret vote leaves nothing that ties a voter to a choice: no column, no
// time, and no order.
func TestSecretVoteTiesNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		s := h.called(models.ByReps, h.matter(resignation()))
		h.arrives(s, h.reps...)
		item := h.session(s).Items[0].ID
		must(t, h.in().OpenVote(ctx, h.member, item))
		for i, a := range h.reps {
			must(t, h.in().Cast(ctx, a, item, []string{[]string{"yes", "no"}[i%2]}))
			h.Clock.Add(time.Second)
		}
		marks, ballots := db.VoteRows(t, h.c.ID, item)
		if len(marks) != 10 || len(ballots) != 10 {
			t.Fatalf("%d marks, %d ballots", len(marks), len(ballots))
		}
		for _, m := range marks {
			if m.Choice != "" {
				t.Error("a mark of a secret vote has a choice")
			}
		}
		alternates := true
		for i, b := range ballots { // as the table is read
			alternates = alternates && b.Choice == []string{"yes", "no"}[i%2]
		}
		if alternates {
			t.Error("the ballots stand in the order in which they were cast")
		}
		d, err := h.in().CloseVote(ctx, h.member, item)
		must(t, err)
		if d != nil {
			t.Error("5 of 10 is not more than half")
		}
		if h.session(s).Items[0].Matter.State != models.MatterRejected {
			t.Error("the matter was not rejected")
		}
	})
}

// Two processes: the same voters at once on both, and somebody closes the vote.
func TestTwoProcessesVoteAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		h := newHall(t, db, 10)
		s := h.called(models.ByReps, h.matter(resignation()))
		h.arrives(s, h.reps...)
		item := h.session(s).Items[0].ID
		must(t, h.in().OpenVote(ctx, h.member, item))
		other := db.Second(t)
		must(t, other.Load(ctx))
		var wg sync.WaitGroup
		var mu sync.Mutex
		good := map[models.ID]int{}
		for _, a := range h.reps {
			for _, st := range []*store.Store{db.Store, other} {
				wg.Go(func() {
					err := st.In(h.c).Cast(ctx, a, item, []string{"yes"})
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						good[a.UserID]++
					} else if !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.Unavailable) {
						t.Errorf("%v", err)
					}
				})
			}
		}
		wg.Wait()
		total := 0
		for _, n := range good {
			if n > 1 {
				t.Error("somebody voted twice")
			}
			total += n
		}
		d, err := h.in().CloseVote(ctx, h.member, item)
		must(t, err)
		if v := h.session(s).Items[0]; v.Yes != total || v.Cast != total || (d != nil) != policy.Carried(total, 10) {
			t.Errorf("%d votes were told of, %d counted", total, v.Yes)
		}
	})
}
