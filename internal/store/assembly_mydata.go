package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/models"
)

// MySaying is what a person said, signed or asked for before the assembly: a
// comment, a demand, a signature, a proposal, a support, a question.
type MySaying struct {
	Community string     `json:"community"`
	Kind      SayingKind `json:"kind"`
	Number    string     `json:"number,omitempty"`
	About     string     `json:"about"`
	Text      string     `json:"text,omitempty"` // the person's own words
	Answer    string     `json:"answer,omitempty"`
	At        time.Time  `json:"at"`
}

// SayingKind of what somebody brought before the assembly.
type SayingKind string

const (
	SaidComment   SayingKind = "comment"
	SaidDemand    SayingKind = "demand"
	SaidSignature SayingKind = "signature"
	SaidProposal  SayingKind = "proposal"
	SaidSupport   SayingKind = "support"
	SaidQuestion  SayingKind = "question"
)

// MyMandate is a seat in a body.
type MyMandate struct {
	Community string              `json:"community"`
	Body      string              `json:"body"`
	Post      models.Seat         `json:"post"`
	From      models.Date         `json:"from"`
	Until     models.Date         `json:"until"`
	State     models.MandateState `json:"state"`
	EndedOn   models.Date         `json:"ended_on,omitempty"`
}

// MyHall is a line of a meeting's list that names the person. Of the votes
// there is what was voted openly by phone; of a secret vote nothing tells whose
// it is, and that the person voted at all stays out too.
type MyHall struct {
	Community string       `json:"community"`
	Meeting   string       `json:"meeting"`
	Day       models.Date  `json:"day"`
	Came      *time.Time   `json:"came,omitempty"`
	OpenVotes []MyOpenVote `json:"open_votes,omitempty"`
}

// MyOpenVote is a vote in the open.
type MyOpenVote struct {
	Matter string `json:"matter"`
	Choice string `json:"choice"`
}

// myRecords limits a query to rows of the actor's records, in all communities.
func (s *Store) myRecords(ctx context.Context, actor models.Actor, also string, args ...any) *gorm.DB {
	db := s.everywhere(ctx).Where("1 = 0")
	if also != "" {
		db = s.everywhere(ctx).Where(also, args...)
	}
	for _, l := range actor.Links {
		if l.State == models.LinkConfirmed {
			db = db.Or("community_id = ? AND resident_id = ?", l.CommunityID, l.ResidentID)
		}
	}
	return db.Order("id DESC").Limit(mostLetters)
}

func (s *Store) myAssembly(ctx context.Context, actor models.Actor, d *MyData) error {
	for _, gather := range []func(context.Context, models.Actor, *MyData) error{s.myComments, s.myDemands, s.myInitiatives, s.myMandates, s.myHalls} {
		if err := gather(ctx, actor, d); err != nil {
			return err
		}
	}
	return nil
}

// titled reads rows by their ids, to name what others point to.
func titled[T any](ctx context.Context, s *Store, ids []models.ID, id func(*T) models.ID) (map[models.ID]*T, error) {
	var rows []T
	out := map[models.ID]*T{}
	err := s.everywhere(ctx).Where("id IN ?", orNone(ids)).Find(&rows).Error
	for i := range rows {
		out[id(&rows[i])] = &rows[i]
	}
	return out, err
}

func (s *Store) myComments(ctx context.Context, actor models.Actor, d *MyData) error {
	var comments []models.MatterComment
	if err := s.mine(ctx, actor).Find(&comments).Error; err != nil {
		return err
	}
	ids := make([]models.ID, len(comments))
	for i, c := range comments {
		ids[i] = c.MatterID
	}
	matters, err := titled(ctx, s, ids, func(m *models.Matter) models.ID { return m.ID })
	if err != nil {
		return err
	}
	for _, c := range comments {
		about := ""
		if m := matters[c.MatterID]; m != nil {
			about = m.Title
		}
		d.Sayings = append(d.Sayings, MySaying{s.communityName(c.CommunityID), SaidComment, "", about, c.Text, c.Answer, c.CreatedAt})
	}
	var questions []models.Interpellation
	if err := s.mine(ctx, actor).Find(&questions).Error; err != nil {
		return err
	}
	for _, q := range questions {
		d.Sayings = append(d.Sayings, MySaying{s.communityName(q.CommunityID), SaidQuestion, q.Number, "", q.Question, q.Answer, q.CreatedAt})
	}
	return nil
}

func (s *Store) myDemands(ctx context.Context, actor models.Actor, d *MyData) error {
	var own []models.Petition
	if err := s.mine(ctx, actor).Find(&own).Error; err != nil {
		return err
	}
	for _, p := range own {
		d.Sayings = append(d.Sayings, MySaying{s.communityName(p.CommunityID), SaidDemand, p.Number, p.Title, p.Text, "", p.CreatedAt})
	}
	var signed []models.PetitionSignature
	if err := s.myRecords(ctx, actor, "").Find(&signed).Error; err != nil {
		return err
	}
	ids := make([]models.ID, len(signed))
	for i, x := range signed {
		ids[i] = x.PetitionID
	}
	about, err := titled(ctx, s, ids, func(p *models.Petition) models.ID { return p.ID })
	if err != nil {
		return err
	}
	for _, x := range signed {
		if p := about[x.PetitionID]; p != nil {
			d.Sayings = append(d.Sayings, MySaying{s.communityName(x.CommunityID), SaidSignature, p.Number, p.Title, "", "", x.CreatedAt})
		}
	}
	return nil
}

func (s *Store) myInitiatives(ctx context.Context, actor models.Actor, d *MyData) error {
	var own []models.Initiative
	if err := s.mine(ctx, actor).Find(&own).Error; err != nil {
		return err
	}
	for _, in := range own {
		d.Sayings = append(d.Sayings, MySaying{s.communityName(in.CommunityID), SaidProposal, in.Number, in.Title, in.Text, in.Answer, in.CreatedAt})
	}
	var supports []models.InitiativeSupport
	if err := s.myRecords(ctx, actor, "").Find(&supports).Error; err != nil {
		return err
	}
	ids := make([]models.ID, len(supports))
	for i, x := range supports {
		ids[i] = x.InitiativeID
	}
	about, err := titled(ctx, s, ids, func(in *models.Initiative) models.ID { return in.ID })
	if err != nil {
		return err
	}
	for _, x := range supports {
		if in := about[x.InitiativeID]; in != nil {
			d.Sayings = append(d.Sayings, MySaying{s.communityName(x.CommunityID), SaidSupport, in.Number, in.Title, "", "", x.CreatedAt})
		}
	}
	return nil
}

func (s *Store) myMandates(ctx context.Context, actor models.Actor, d *MyData) error {
	var rows []models.Mandate
	if err := s.myRecords(ctx, actor, "user_id = ?", actor.UserID).Find(&rows).Error; err != nil {
		return err
	}
	ids := make([]models.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.BodyID
	}
	bodies, err := titled(ctx, s, ids, func(b *models.Body) models.ID { return b.ID })
	if err != nil {
		return err
	}
	for _, m := range rows {
		name := ""
		if b := bodies[m.BodyID]; b != nil {
			name = b.Name
		}
		d.Mandates = append(d.Mandates, MyMandate{s.communityName(m.CommunityID), name, m.Post, m.From, m.Until, m.State, m.EndedOn})
	}
	return nil
}

// myHalls are the lines of lists that name the person, with the votes that were
// cast in the open.
func (s *Store) myHalls(ctx context.Context, actor models.Actor, d *MyData) error {
	var lines []models.SessionVoter
	if err := s.myRecords(ctx, actor, "user_id = ?", actor.UserID).Find(&lines).Error; err != nil {
		return err
	}
	var sessions, voters, items, matters []models.ID
	for _, v := range lines {
		sessions, voters = append(sessions, v.SessionID), append(voters, v.ID)
	}
	meetings, err := titled(ctx, s, sessions, func(x *models.AssemblySession) models.ID { return x.ID })
	if err != nil {
		return err
	}
	var marks []models.VoteMark
	if err := s.everywhere(ctx).Where("voter_id IN ? AND choice <> ''", orNone(voters)).Limit(mostLetters).Find(&marks).Error; err != nil {
		return err
	}
	for _, m := range marks {
		items = append(items, m.ItemID)
	}
	agenda, err := titled(ctx, s, items, func(i *models.SessionItem) models.ID { return i.ID })
	if err != nil {
		return err
	}
	for _, i := range agenda {
		matters = append(matters, i.MatterID)
	}
	about, err := titled(ctx, s, matters, func(m *models.Matter) models.ID { return m.ID })
	if err != nil {
		return err
	}
	for _, v := range lines {
		x := MyHall{Community: s.communityName(v.CommunityID), Came: v.PresentAt}
		if m := meetings[v.SessionID]; m != nil {
			x.Meeting, x.Day = m.Title, m.Day
		}
		for _, k := range marks {
			if i := agenda[k.ItemID]; k.VoterID == v.ID && i != nil && !i.Secret {
				if m := about[i.MatterID]; m != nil {
					x.OpenVotes = append(x.OpenVotes, MyOpenVote{m.Title, k.Choice})
				}
			}
		}
		d.Halls = append(d.Halls, x)
	}
	return nil
}
