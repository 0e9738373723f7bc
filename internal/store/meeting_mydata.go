package store

import (
	"context"
	"time"

	"juwu/models"
)

// MyMeeting is a place at a meeting, the person's own or that of somebody they
// signed up.
type MyMeeting struct {
	Community string             `json:"community"`
	Meeting   models.ID          `json:"meeting"`
	Name      string             `json:"name"`
	ForOther  bool               `json:"for_other"`
	Part      models.MeetingPart `json:"part"`
	State     models.PlaceState  `json:"state"`
	Remote    bool               `json:"remote"`
	Needs     string             `json:"needs,omitempty"`
	Came      *time.Time         `json:"came,omitempty"`
	At        time.Time          `json:"at"`
}

// MyOpinion is an opinion given to a meeting.
type MyOpinion struct {
	Community  string    `json:"community"`
	Meeting    models.ID `json:"meeting"`
	Number     int       `json:"number"`
	Text       string    `json:"text"`
	Correction string    `json:"correction,omitempty"`
	Answer     string    `json:"answer,omitempty"`
	At         time.Time `json:"at"`
}

// MyTopic is a topic proposed or stood behind.
type MyTopic struct {
	Community string    `json:"community"`
	Text      string    `json:"text"`
	Own       bool      `json:"own"`
	At        time.Time `json:"at"`
}

func (s *Store) myMeetings(ctx context.Context, actor models.Actor, d *MyData) error {
	var signups []models.MeetingSignup
	if err := s.everywhere(ctx).Where("user_id = ? OR for_user = ?", actor.UserID, actor.UserID).Order("community_id, id").Find(&signups).Error; err != nil {
		return err
	}
	for i := range signups {
		r := &signups[i]
		needs, err := s.opt.Keys.Open(sealSignupNeeds, r.ID, r.NeedsSeal)
		if err != nil {
			return err
		}
		d.Meetings = append(d.Meetings, MyMeeting{s.communityName(r.CommunityID), r.MeetingID, r.Name, r.ForOther, r.Part, r.State, r.Remote, needs, r.PresentAt, r.CreatedAt})
	}
	var opinions []models.MeetingOpinion
	if err := s.mine(ctx, actor).Find(&opinions).Error; err != nil {
		return err
	}
	for _, o := range opinions {
		d.Opinions = append(d.Opinions, MyOpinion{s.communityName(o.CommunityID), o.MeetingID, o.Number, o.Text, o.Correction, o.Answer, o.CreatedAt})
	}
	var topics []models.MeetingTopic
	if err := s.everywhere(ctx).Where("user_id = ?", actor.UserID).Or("id IN (?)",
		s.everywhere(ctx).Model(&models.TopicSupport{}).Select("topic_id").Where("user_id = ?", actor.UserID)).Order("id DESC").Limit(mostLetters).Find(&topics).Error; err != nil {
		return err
	}
	for _, o := range topics {
		text := o.PublicText
		if o.UserID == actor.UserID {
			text = o.Text
		}
		d.Topics = append(d.Topics, MyTopic{s.communityName(o.CommunityID), text, o.UserID == actor.UserID, o.CreatedAt})
	}
	return s.myGradings(ctx, actor, d)
}

// MyComingMeeting is a place at a meeting that is not over.
type MyComingMeeting struct {
	models.MeetingSignup
	Meeting   models.CivicMeeting
	Community *models.Community
}

// MyComingMeetings are the actor's places at meetings that are not over, in all
// communities, the nearest first.
func (s *Store) MyComingMeetings(ctx context.Context, actor models.Actor) ([]MyComingMeeting, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var signups []models.MeetingSignup
	err := s.everywhere(ctx).Where("(user_id = ? OR for_user = ?) AND live_person IS NOT NULL", actor.UserID, actor.UserID).Order("id DESC").Limit(50).Find(&signups).Error
	if err != nil || len(signups) == 0 {
		return nil, err
	}
	ids := make([]models.ID, len(signups))
	for i, r := range signups {
		ids[i] = r.MeetingID
	}
	var meetings []models.CivicMeeting
	if err := s.everywhere(ctx).Where("id IN ? AND state IN ? AND end_at > ?", ids, []models.MeetingState{models.MeetingCalled, models.MeetingHeld}, s.Now()).
		Order("start_at").Find(&meetings).Error; err != nil {
		return nil, err
	}
	var out []MyComingMeeting
	for _, m := range meetings {
		for _, r := range signups {
			if r.MeetingID == m.ID && r.CommunityID == m.CommunityID {
				out = append(out, MyComingMeeting{r, m, s.CommunityByID(m.CommunityID)})
			}
		}
	}
	return out, nil
}

// Needs opens what helps somebody take part, for themselves and the office.
func (t *Tenant) Needs(s *models.MeetingSignup) (string, error) {
	return t.opt.Keys.Open(sealSignupNeeds, s.ID, s.NeedsSeal)
}

// NeedsOf opens what helps people take part, by the sign-up's id, for whoever
// receives them.
func (t *Tenant) NeedsOf(rows []models.MeetingSignup) (map[models.ID]string, error) {
	all := map[models.ID]string{}
	for i := range rows {
		if len(rows[i].NeedsSeal) == 0 {
			continue
		}
		text, err := t.Needs(&rows[i])
		if err != nil {
			return nil, err
		}
		all[rows[i].ID] = text
	}
	return all, nil
}

// needsKept is how long after a meeting what helped people take part is kept.
const needsKept = 7 * 24 * time.Hour

// forgetNeeds wipes what helped people take part once the meeting is over (PIPL
// art. 19), and the telephones of those signed up at the desk.
func (t *Tenant) forgetNeeds(ctx context.Context, now time.Time) error {
	var over []models.ID
	err := t.db(ctx).Model(&models.MeetingSignup{}).Where("needs_seal IS NOT NULL OR phone_seal IS NOT NULL").
		Where("meeting_id IN (SELECT id FROM civic_meetings WHERE community_id = ? AND end_at <= ?)", t.Community.ID, models.Moment(now.Add(-needsKept))).
		Distinct().Limit(batch).Pluck("meeting_id", &over).Error
	if err != nil || len(over) == 0 {
		return err
	}
	return t.Write(ctx, models.Actor{System: true}, func(tx *Tx) error {
		return tx.Model(&models.MeetingSignup{}).Where("meeting_id IN ? AND (needs_seal IS NOT NULL OR phone_seal IS NOT NULL)", over).
			Select("needs_seal", "phone_seal").UpdateColumns(&models.MeetingSignup{}).Error
	})
}
