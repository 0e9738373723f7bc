package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// MyData is everything that is kept about a person under their login, as the
// right to access and copy has it (PIPL art. 45): what they gave, what the roll
// says where the tie is confirmed, what they did, and who looked. Secrets
// (hashes of sessions and codes) and what belongs to others stay out.
type MyData struct {
	Taken        time.Time       `json:"taken"`
	Account      MyAccount       `json:"account"`
	Devices      []MyDevice      `json:"devices"`
	Consents     []MyConsent     `json:"consents"`
	Rolls        []MyRoll        `json:"rolls"`
	Looks        []MyLook        `json:"looks"`
	Questions    []MyQuestion    `json:"questions"`
	Claims       []MyClaim       `json:"claims"`
	Cases        []MyCaseData    `json:"cases"`
	Visits       []MyVisit       `json:"visits"`
	Follows      []MyFollow      `json:"follows"`
	Posts        []MyPost        `json:"posts"`
	Corrections  []MyCorrection  `json:"corrections"`
	Volunteering []MyVolunteer   `json:"volunteering"`
	Helps        []MyHelpAsked   `json:"help_requests"`
	Elections    []MyElection    `json:"elections"`
	Rights       []MyBallotRight `json:"voting_rights"`
	Relatives    []MyRelative    `json:"relatives"`
	Meetings     []MyMeeting     `json:"meetings"`
	Mediations   []MyDispute     `json:"mediations"`
	Opinions     []MyOpinion     `json:"opinions"`
	Topics       []MyTopic       `json:"topics"`
	Gradings     []MyGrading     `json:"appraisals"`
	Sayings      []MySaying      `json:"assembly"`
	Mandates     []MyMandate     `json:"mandates"`
	Halls        []MyHall        `json:"assembly_meetings"`
	Letters      []Letter        `json:"-"` // put into words by the edge
}

// MyAccount is the login itself.
type MyAccount struct {
	Phone     string     `json:"phone"`
	Name      string     `json:"name"`
	Lang      string     `json:"language"`
	Inbox     bool       `json:"inbox"`
	SMS       bool       `json:"sms"`
	WeChat    bool       `json:"wechat"`
	TwoSteps  bool       `json:"second_factor"`
	CreatedAt time.Time  `json:"created_at"`
	ClosedAt  *time.Time `json:"closed_at,omitempty"`
}

// MyDevice is a login on a device.
type MyDevice struct {
	Device    string    `json:"device"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
}

// MyConsent is one decision.
type MyConsent struct {
	Purpose string    `json:"purpose"`
	Version string    `json:"version"`
	Given   bool      `json:"given"`
	At      time.Time `json:"at"`
}

// MyRoll is the tie to a roll, with the record where it is confirmed.
type MyRoll struct {
	Community string           `json:"community"`
	State     models.LinkState `json:"state"`
	Since     time.Time        `json:"since"`
	Record    *MyRecord        `json:"record,omitempty"`
}

// MyRecord is what the roll says.
type MyRecord struct {
	Name         string              `json:"name"`
	Sex          string              `json:"sex"`
	Birth        models.Date         `json:"birth"`
	DocumentKind models.DocumentKind `json:"document_kind"`
	Document     string              `json:"document"`
	Phone        string              `json:"phone"`
	Household    string              `json:"household"`
	Building     string              `json:"building"`
	Unit         string              `json:"unit"`
	Room         string              `json:"room"`
	Relation     string              `json:"relation"`
	Domicile     string              `json:"domicile"`
	Since        models.Date         `json:"living_here_since"`
	Politics     string              `json:"politics"`
	Presence     models.Presence     `json:"presence"`
	UpdatedAt    time.Time           `json:"updated_at"`
}

// MyLook is a look behind a mask.
type MyLook struct {
	Community string    `json:"community"`
	Field     string    `json:"field"`
	By        string    `json:"by"`
	Role      string    `json:"role"`
	Reason    string    `json:"reason"`
	At        time.Time `json:"at"`
}

// MyQuestion is a question about an account.
type MyQuestion struct {
	Community string              `json:"community"`
	Number    string              `json:"number"`
	State     models.InquiryState `json:"state"`
	Question  string              `json:"question"`
	Answer    string              `json:"answer"`
	At        time.Time           `json:"at"`
}

// MyCaseData is a case that the person reported or supports. Anonymous ones are
// not here: nothing tells whose they are.
type MyCaseData struct {
	Community string                `json:"community"`
	Number    string                `json:"number"`
	Mine      models.ReporterKind   `json:"role"`
	Category  string                `json:"category"`
	State     models.ComplaintState `json:"state"`
	Text      string                `json:"text,omitempty"`
	At        time.Time             `json:"at"`
}

// MyClaim is a reimbursement claim.
type MyClaim struct {
	Community string            `json:"community"`
	Number    string            `json:"number"`
	State     models.ClaimState `json:"state"`
	Total     models.Fen        `json:"total_fen"`
	At        time.Time         `json:"at"`
}

// MyFollow is a subject followed.
type MyFollow struct {
	Community string `json:"community"`
	Subject   string `json:"subject"`
}

// MyPost is an appointment.
type MyPost struct {
	Role  models.Role `json:"role"`
	From  models.Date `json:"from"`
	Until models.Date `json:"until"`
}

// MyCorrection is a wish to have something corrected.
type MyCorrection struct {
	Community string                 `json:"community"`
	Wish      string                 `json:"wish"`
	State     models.CorrectionState `json:"state"`
	Answer    string                 `json:"answer"`
	Due       models.Date            `json:"due"`
	At        time.Time              `json:"at"`
}

// MyRelative is a relation that is recorded to keep relatives apart in posts.
// The other person is not named: that is theirs to tell.
type MyRelative struct {
	Community string               `json:"community"`
	Kin       models.Kin           `json:"kin"`
	Source    models.KinshipSource `json:"source"`
	At        time.Time            `json:"at"`
	EndedAt   *time.Time           `json:"ended_at,omitempty"`
}

// mostLetters bounds what one file holds of messages.
const mostLetters = 1000

// MyData gathers what is kept about the actor. It leaves a line in the log: a
// copy of everything is what a thief of a session would want.
func (s *Store) MyData(ctx context.Context, actor models.Actor) (*MyData, error) {
	if actor.UserID == 0 {
		return nil, problem.New(problem.Unauthorized, "policy.login", nil)
	}
	s.event("user.data", actor.UserID)
	d := &MyData{Taken: s.Now()}
	for _, gather := range []func(context.Context, models.Actor, *MyData) error{
		s.myAccount, s.myTraces, s.myRolls, s.myActs, s.myVisits, s.myRelatives, s.myElections,
		s.myMeetings, s.myMediations, s.myAssembly, s.myVolunteering, s.myHelpAsked, s.myLetters,
	} {
		if err := gather(ctx, actor, d); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (s *Store) myAccount(ctx context.Context, actor models.Actor, d *MyData) error {
	u, err := s.User(ctx, actor.UserID)
	if err != nil {
		return err
	}
	d.Account = MyAccount{Name: u.Name, Lang: u.Lang, Inbox: u.ChannelInbox, SMS: u.ChannelSMS, WeChat: u.ChannelMP,
		TwoSteps: len(u.TOTPSeal) > 0, CreatedAt: u.CreatedAt, ClosedAt: u.ClosedAt}
	d.Account.Phone, err = s.UserPhone(u)
	return err
}

func (s *Store) myTraces(ctx context.Context, actor models.Actor, d *MyData) error {
	devices, err := s.Sessions(ctx, actor.UserID, d.Taken)
	if err != nil {
		return err
	}
	for _, r := range devices {
		d.Devices = append(d.Devices, MyDevice{r.Device, r.CreatedAt, r.SeenAt})
	}
	_, consents, err := s.Consents(ctx, actor.UserID)
	if err != nil {
		return err
	}
	for _, c := range consents {
		d.Consents = append(d.Consents, MyConsent{c.Purpose, c.Version, c.Given, c.CreatedAt})
	}
	looks, err := s.WhoLooked(ctx, actor)
	for _, l := range looks {
		d.Looks = append(d.Looks, MyLook{l.Community.Name, l.Field, l.ByName, l.ByRole, l.Reason, l.CreatedAt})
	}
	return err
}

func (s *Store) myRolls(ctx context.Context, actor models.Actor, d *MyData) error {
	links, err := s.MyLinks(ctx, actor)
	if err != nil {
		return err
	}
	for _, l := range links {
		r := MyRoll{Community: l.Community.Name, State: l.Link.State, Since: l.Link.CreatedAt}
		if l.Link.State == models.LinkConfirmed {
			if r.Record, err = s.In(l.Community).MyRecord(ctx, l.Link); err != nil {
				return err
			}
		}
		d.Rolls = append(d.Rolls, r)
	}
	return nil
}

// MyRecord is the roll's record of the person whom a confirmed tie names; nil
// for any other tie.
func (t *Tenant) MyRecord(ctx context.Context, l models.ResidentLink) (*MyRecord, error) {
	if l.State != models.LinkConfirmed {
		return nil, nil
	}
	var r models.Resident
	if err := t.db(ctx).Where("id = ?", l.ResidentID).Take(&r).Error; err != nil {
		return nil, notFound(err)
	}
	m := &MyRecord{Name: r.Name, Sex: r.Sex, Birth: r.Birth, DocumentKind: r.DocumentKind, Relation: r.Relation, Domicile: r.Domicile,
		Since: r.Since, Politics: r.Politics, Presence: r.Presence, UpdatedAt: r.UpdatedAt}
	var err error
	if m.Document, err = t.opt.Keys.Open("residents.document", r.ID, r.DocumentSeal); err != nil {
		return nil, err
	}
	if m.Phone, err = t.opt.Keys.Open("residents.phone", r.ID, r.PhoneSeal); err != nil {
		return nil, err
	}
	var h models.Household
	if err := t.db(ctx).Where("id = ?", r.HouseholdID).Limit(1).Find(&h).Error; err != nil {
		return nil, err
	}
	var b models.Building
	err = t.db(ctx).Where("id = ?", h.BuildingID).Limit(1).Find(&b).Error
	m.Household, m.Building, m.Unit, m.Room = h.Number, b.Name, h.Unit, h.Room
	return m, err
}

// mine is a query of the actor's rows over all communities.
func (s *Store) mine(ctx context.Context, actor models.Actor) *gorm.DB {
	return s.everywhere(ctx).Where("user_id = ?", actor.UserID).Order("id DESC").Limit(mostLetters)
}

func (s *Store) communityName(id models.ID) string {
	if c := s.CommunityByID(id); c != nil {
		return c.Name
	}
	return ""
}

func (s *Store) myActs(ctx context.Context, actor models.Actor, d *MyData) error {
	var questions []models.Inquiry
	if err := s.mine(ctx, actor).Find(&questions).Error; err != nil {
		return err
	}
	for _, q := range questions {
		d.Questions = append(d.Questions, MyQuestion{s.communityName(q.CommunityID), q.Number, q.State, q.Question, q.Answer, q.CreatedAt})
	}
	var claims []models.Claim
	if err := s.mine(ctx, actor).Find(&claims).Error; err != nil {
		return err
	}
	for _, c := range claims {
		d.Claims = append(d.Claims, MyClaim{s.communityName(c.CommunityID), c.Number, c.State, c.TotalFen, c.CreatedAt})
	}
	var follows []models.Follow
	if err := s.mine(ctx, actor).Find(&follows).Error; err != nil {
		return err
	}
	for _, f := range follows {
		d.Follows = append(d.Follows, MyFollow{s.communityName(f.CommunityID), f.Subject})
	}
	var posts []models.Appointment
	if err := s.mine(ctx, actor).Find(&posts).Error; err != nil {
		return err
	}
	for _, a := range posts {
		d.Posts = append(d.Posts, MyPost{a.Role, a.From, a.Until})
	}
	cases, err := s.MyCases(ctx, actor)
	if err != nil {
		return err
	}
	for _, c := range cases {
		one := MyCaseData{c.Community.Name, c.Number, c.Reporter, c.Category, c.State, c.PublicText, c.ReceivedAt}
		if c.Reporter == models.ReporterSelf {
			body, err := s.In(c.Community).caseBody(&c.Complaint)
			if err != nil {
				return err
			}
			one.Text = body.Text
		}
		d.Cases = append(d.Cases, one)
	}
	d.Corrections, err = s.MyCorrections(ctx, actor)
	return err
}

func (s *Store) myRelatives(ctx context.Context, actor models.Actor, d *MyData) error {
	var rows []models.Kinship
	db := s.everywhere(ctx).Where("user_id = ? OR other_user_id = ?", actor.UserID, actor.UserID)
	for _, l := range actor.Links {
		if l.State == models.LinkConfirmed {
			db = db.Or("community_id = ? AND (resident_id = ? OR other_resident_id = ?)", l.CommunityID, l.ResidentID, l.ResidentID)
		}
	}
	err := db.Order("id DESC").Limit(mostLetters).Find(&rows).Error
	for _, k := range rows {
		kin := k.Kin
		if me := someoneOf(actor, k.CommunityID); me.Same(k.Other()) {
			kin = policy.InverseKin(kin)
		}
		d.Relatives = append(d.Relatives, MyRelative{s.communityName(k.CommunityID), kin, k.Source, k.CreatedAt, k.EndedAt})
	}
	return err
}

func (s *Store) myLetters(ctx context.Context, actor models.Actor, d *MyData) error {
	before := models.ID(0)
	for {
		letters, more, err := s.Inbox(ctx, actor.UserID, before)
		if err != nil {
			return err
		}
		d.Letters = append(d.Letters, letters...)
		if !more || len(d.Letters) >= mostLetters {
			return nil
		}
		before = letters[len(letters)-1].ID
	}
}
