package admin

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// The electronic ballot of an election at the desk of the electoral committee.

func loadElectronic(_ *fiber.Ctx, t *store.Tenant, ctx context.Context, v *electionView) (err error) {
	v.Set("group", ballotGroups[0])
	v.Set("channel", string(models.ViaOnsite))
	v.Set("opens", "08:00")
	v.Set("closes", "16:00")
	if v.OnBoard, err = t.ElectronicVoters(ctx, v.E.ID); err != nil {
		return err
	}
	if v.Board, err = t.ElectionBoard(ctx, v.E.ID); err != nil {
		return err
	}
	v.Contenders, err = t.Contenders(ctx, v.E.ID)
	return err
}

func (v *electionView) boardFixed() bool {
	return v.Board != nil && v.Board.State != models.BallotDraft
}

// mayMakeBallot tells whether the form of a new ballot is shown.
func (v *electionView) mayMakeBallot() bool {
	return v.Board == nil && v.E.State == models.ElectionCandidates && v.can("ballot", "prepare")
}

func (v *electionView) channelOptions() (out []ui.Option) {
	for _, c := range policy.Channels(models.BallotElection, v.E.Pack) {
		if c.Channel != models.ViaPaper {
			out = append(out, ui.Option{Value: string(c.Channel), Text: v.T(ballotWays.Key(string(c.Channel))), Hint: v.T(c.Basis), Checked: v.Value("channel") == string(c.Channel)})
		}
	}
	return out
}

func (v *electionView) groupOptions() (out []ui.Option) {
	for _, g := range ballotGroups {
		t, n, _ := strings.Cut(g, "/")
		out = append(out, v.Option("group", g, v.T("ballot.desk.group.of", "t", t, "n", n)))
	}
	return out
}

func actElectronic(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	d := store.ElectionBallotDraft{Channel: web.Choice(f, "channel", models.ViaOnsite, models.ViaRemote), Approval: f.Optional("approval", 100), Words: ballotWords(v.Chinese())}
	d.OpensAt, d.ClosesAt = v.E.Day.Time().Add(f.Clock("opens")), v.E.Day.Time().Add(f.Clock("closes"))
	of, n, _ := strings.Cut(web.Choice(f, "group", ballotGroups...), "/")
	d.Threshold, _ = strconv.Atoi(of)
	d.Size, _ = strconv.Atoi(n)
	if err := f.Err(); err != nil {
		return err
	}
	_, err := t.CreateElectionBallot(ctx, v.Actor, v.E.ID, d)
	return err
}

// ballotWords are what stands on the ballot besides names: in Chinese, whatever
// language the officer reads, because it is one ballot for everybody.
func ballotWords(zh *web.Page) store.ElectionBallotWords {
	return store.ElectionBallotWords{
		Question: func(post models.Post, seats int) string {
			return zh.T("election.electronic.question", "post", zh.T(electionPosts.Key(string(post))), "n", seats)
		},
		For: zh.T("election.electronic.for"), Against: zh.T("election.electronic.against"), Note: zh.T("election.electronic.note"),
	}
}

func actDeclareOther(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	post := web.Choice(f, "post", v.postOptions()...)
	number, name := numberAnd(f.Text("write_in", 60))
	if err := f.Err(); err != nil {
		return err
	}
	return t.DeclareOther(ctx, v.Actor, v.E.ID, post, number, name)
}

func actAllOnPaper(t *store.Tenant, ctx context.Context, v *electionView, _ *web.Form) error {
	_, err := t.AllOnPaper(ctx, v.Actor, v.E.ID)
	return err
}

// mayGiveUp tells whether the form that moves everybody to paper is shown.
func (v *electionView) mayGiveUp() bool {
	return v.Board == nil && v.OnBoard > 0 && v.can("election", "manage") && policy.ElectionReached(v.E.State, models.ElectionFrozen) && !policy.ElectionReached(v.E.State, models.ElectionVoting)
}

func actChannel(t *store.Tenant, ctx context.Context, v *electionView, f *web.Form) error {
	channel := web.Choice(f, "channel", models.ChannelPaper, models.ChannelElectronic)
	if err := f.Err(); err != nil {
		return err
	}
	return t.ChooseChannel(ctx, v.Actor, v.E.ID, v.ParamID("voter"), channel)
}
