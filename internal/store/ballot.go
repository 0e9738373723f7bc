package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const sealMark = "ballot_boards.mark_key"

// BallotDraft is what the office says about a vote before it is fixed.
type BallotDraft struct {
	Kind        models.BallotKind
	Unit        models.BallotUnit
	ElectionID  models.ID
	Title       string
	Description string
	Questions   []models.BallotQuestion
	Channel     models.BallotChannel
	Pack        string // rule pack of the election
	Approval    string // of the street, where the channel needs it
	OpensAt     time.Time
	ClosesAt    time.Time
	Threshold   int
	Size        int
}

func (d *BallotDraft) check() error {
	d.Title, d.Description = cleanLine(d.Title), strings.TrimSpace(d.Description)
	var f problem.Form
	text := func(field, v string, limit int, needed bool) {
		switch n := len([]rune(v)); {
		case n == 0 && needed:
			f.Add(field, "form.needed", nil)
		case n > limit:
			f.Add(field, "form.toolong", problem.Args{"n": n - limit, "limit": limit})
		}
	}
	text("title", d.Title, models.MaxBallotTitle, true)
	text("description", d.Description, models.MaxBallotText, false)
	if len(d.Questions) > models.MaxBallotQuestions {
		f.Add("questions", "ballot.questions.many", problem.Args{"n": models.MaxBallotQuestions})
	}
	slots := 0
	for i := range d.Questions {
		slots += len(d.Questions[i].Answers)
		if key := checkQuestion(&d.Questions[i]); key != "" {
			f.Add("questions", key, problem.Args{"n": i + 1, "limit": models.MaxBallotAnswers})
		}
	}
	if slots > models.MaxBallotSlots {
		f.Add("questions", "ballot.questions.slots", problem.Args{"n": models.MaxBallotSlots})
	}
	if !d.OpensAt.Before(d.ClosesAt) {
		f.Add("closes", "ballot.times", nil)
	}
	if d.Threshold < 2 || d.Threshold >= d.Size || d.Size > models.MaxBallotTrustees {
		f.Add("size", "ballot.trustees.number", problem.Args{"n": d.Size, "t": d.Threshold})
	}
	if !slices.Contains(ballotUnits, d.Unit) {
		f.Add("unit", "form.needed", nil)
	}
	return f.Err()
}

// checkQuestion returns the key of what is wrong with a question.
func checkQuestion(q *models.BallotQuestion) string {
	q.Text = cleanLine(q.Text)
	seen := map[string]bool{}
	for i, a := range q.Answers {
		a = models.Key(cleanLine(a))
		if a == "" || len([]rune(a)) > models.MaxBallotAnswer || seen[a] {
			return "ballot.question.answers"
		}
		q.Answers[i], seen[a] = a, true
	}
	switch {
	case q.Text == "" || len([]rune(q.Text)) > 2*models.MaxBallotAnswer:
		return "ballot.question.text"
	case len(q.Answers) < 1 || len(q.Answers) > models.MaxBallotAnswers:
		return "ballot.question.answers"
	case q.Min < 0 || q.Max < 1 || q.Min > q.Max || q.Max > len(q.Answers):
		return "ballot.question.range"
	}
	return ""
}

func (d *BallotDraft) into(b *models.BallotBoard, basis string) error {
	questions, err := json.Marshal(d.Questions)
	b.Kind, b.Unit, b.ElectionID, b.Title, b.Description = d.Kind, d.Unit, d.ElectionID, d.Title, d.Description
	b.Questions, b.Channel, b.Basis, b.Demo = questions, d.Channel, basis, d.Pack == policy.DemonstrationPack
	b.OpensAt, b.ClosesAt, b.Threshold, b.Size = models.Moment(d.OpensAt), models.Moment(d.ClosesAt), d.Threshold, d.Size
	return err
}

// Questions of a board.
func Questions(b *models.BallotBoard) (list []models.BallotQuestion) {
	_ = json.Unmarshal(b.Questions, &list) // written by into
	return list
}

// CreateBallot begins a verifiable vote that is no election; that of an election
// follows from its candidates (CreateElectionBallot). The channel must be lawful
// for its kind (policy.MayOpenChannel).
func (t *Tenant) CreateBallot(ctx context.Context, actor models.Actor, d BallotDraft) (*models.BallotBoard, error) {
	var b models.BallotBoard
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		if d.Kind == models.BallotElection || d.ElectionID != 0 {
			return problem.New(problem.Invalid, "form.choose", nil)
		}
		return tx.putBallot(&b, d)
	})
	return &b, err
}

func (tx *Tx) putBallot(b *models.BallotBoard, d BallotDraft) error {
	if err := d.check(); err != nil {
		return err
	}
	basis, err := policy.MayOpenChannel(d.Kind, d.Pack, d.Channel, d.Approval)
	if err != nil {
		return err
	}
	uuid, err := ballot.NewUUID(rand.Reader)
	if err != nil {
		return err
	}
	*b = models.BallotBoard{Tenant: models.Tenant{ID: tx.NewID()}, UUID: uuid, State: models.BallotDraft, PaperOver: b.PaperOver,
		CreatedBy: tx.Actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if err := d.into(b, basis); err != nil {
		return err
	}
	tx.Audit("ballot.create", b.ID, map[string]any{"kind": b.Kind, "channel": b.Channel})
	return tx.Create(b).Error
}

// EditBallot rewrites a draft. That of an election follows from its candidates:
// it is given up and made again.
func (t *Tenant) EditBallot(ctx context.Context, actor models.Actor, id models.ID, d BallotDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		if err := d.check(); err != nil {
			return err
		}
		basis, err := policy.MayOpenChannel(d.Kind, d.Pack, d.Channel, d.Approval)
		if err != nil {
			return err
		}
		b := models.BallotBoard{UpdatedAt: tx.Now}
		if err := d.into(&b, basis); err != nil {
			return err
		}
		tx.Audit("ballot.edit", id, nil)
		return Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ? AND election_id = 0", id, models.BallotDraft).
			Select("kind", "unit", "title", "description", "questions", "channel", "basis", "demo", "opens_at", "closes_at", "threshold", "size", "updated_at").
			UpdateColumns(&b))
	})
}

func boardByID(db *gorm.DB, id models.ID) (*models.BallotBoard, error) {
	var b models.BallotBoard
	err := db.Omit("trustees", "credentials").Where("id = ?", id).Take(&b).Error
	return &b, notFound(err)
}

// moveBallot takes the action's line of the state table, if the state still is
// what was read; more are columns that change with it.
func (tx *Tx) moveBallot(b *models.BallotBoard, action string, roles policy.RoleSet, more map[string]any) error {
	to, err := policy.Next(policy.BallotMoves, b.State, action, roles)
	if err != nil {
		return err
	}
	set := map[string]any{"state": to, "updated_at": tx.Now}
	for k, v := range more {
		set[k] = v
	}
	if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ? AND state = ?", b.ID, b.State).UpdateColumns(set)); err != nil {
		return err
	}
	b.State, b.UpdatedAt = to, tx.Now
	tx.Touch("ballots")
	tx.Audit("ballot."+action, b.ID, nil)
	return nil
}

// NameTrustee gives a seat to a login. taken are what the office knows against
// it; the seat is given as long as the vote is a draft.
func (t *Tenant) NameTrustee(ctx context.Context, actor models.Actor, id models.ID, seat int, phone, body string) error {
	user, err := t.userByPhone(ctx, phone)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		if b.State != models.BallotDraft {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if seat < 1 || seat > b.Size || !knownBody(body) {
			return problem.New(problem.Invalid, "form.needed", nil)
		}
		about, err := tx.trusteeship(b, user)
		if err != nil {
			return err
		}
		if err := policy.MayBeTrustee(about); err != nil {
			return err
		}
		if err := tx.Where("board_id = ? AND seat = ?", id, seat).Delete(&models.BallotTrustee{}).Error; err != nil {
			return err
		}
		row := models.BallotTrustee{BoardID: id, Seat: seat, UserID: user.ID, Name: user.Name, Body: body, UpdatedAt: tx.Now}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		tx.Audit("ballot.trustee", id, map[string]any{"seat": seat, "user": user.ID})
		return tx.Tell(user.ID, "ballot.tell.trustee", problem.Args{"title": b.Title}, tx.trusteeLink(id))
	})
}

// TrusteeBodies are where trustees come from; keys of the catalogue follow.
var TrusteeBodies = []string{"electoral", "supervision", "street", "residents", "outside"}

func knownBody(body string) bool {
	for _, b := range TrusteeBodies {
		if b == body {
			return true
		}
	}
	return false
}

// trusteeship gathers what speaks against a person as trustee.
func (tx *Tx) trusteeship(b *models.BallotBoard, user *models.User) (policy.Trusteeship, error) {
	about := policy.Trusteeship{Registrar: b.Registrar == user.ID}
	var n int64
	if err := tx.Model(&models.BallotTrustee{}).Where("board_id = ? AND user_id = ?", b.ID, user.ID).Count(&n).Error; err != nil {
		return about, err
	}
	about.Again = n > 0
	if b.ElectionID == 0 {
		return about, nil
	}
	var err error
	about.Candidate, about.Relative, err = tx.standsIn(b.ElectionID, user.ID)
	return about, err
}

func (t *Tenant) userByPhone(ctx context.Context, phone string) (*models.User, error) {
	number, _ := models.Phone(phone)
	var u models.User
	err := t.Store.db(ctx).Where("phone_index = ?", t.opt.Keys.Index(indexPhone, number)).Take(&u).Error
	if number == "" || errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, problem.New(problem.Invalid, "ballot.trustee.phone", nil)
	}
	return &u, err
}

func (tx *Tx) trusteeLink(id models.ID) string {
	return "/" + tx.Community.Code + "/elections/" + id.String() + "/trustee"
}

// FixBallot ends the draft: from here on the trustees make their keys for
// exactly these questions, and the list of voters is taken.
func (t *Tenant) FixBallot(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		trustees, err := trusteesOf(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayFixBallot(*b, Questions(b), trustees, tx.Now); err != nil {
			return err
		}
		if err := tx.electronicFresh(b); err != nil {
			return err
		}
		voters, err := tx.listVoters(b)
		if err != nil {
			return err
		}
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		mark := tx.store.opt.Keys.Seal(sealMark, b.ID, base64.StdEncoding.EncodeToString(key))
		if err := tx.moveBallot(b, "fix", tx.roles(), map[string]any{"voters": voters, "mark_key": mark}); err != nil {
			return err
		}
		for _, k := range trustees {
			if err := tx.Tell(k.UserID, "ballot.tell.key", problem.Args{"title": b.Title}, tx.trusteeLink(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// RestartBallot makes a vote that was never opened a draft again: a trustee
// lost a key, or a question was wrong. Keys and slips made so far are void.
func (t *Tenant) RestartBallot(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.undoBallot(ctx, actor, id, "restart")
}

// DropBallot gives a vote up that was never opened.
func (t *Tenant) DropBallot(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.undoBallot(ctx, actor, id, "drop")
}

func (t *Tenant) undoBallot(ctx context.Context, actor models.Actor, id models.ID, action string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("ballot", "prepare"); err != nil {
			return err
		}
		b, err := boardByID(tx.DB, id)
		if err != nil {
			return err
		}
		return tx.undoBallot(b, action, tx.roles())
	})
}

func (tx *Tx) undoBallot(b *models.BallotBoard, action string, roles policy.RoleSet) error {
	uuid, err := ballot.NewUUID(rand.Reader) // old slips must not fit the new vote
	if err != nil {
		return err
	}
	err = tx.moveBallot(b, action, roles, map[string]any{"uuid": uuid, "trustees": nil, "rehearsal": nil, "credentials": nil,
		"registrar": 0, "slips": 0, "voters": 0, "mark_key": nil})
	if err != nil {
		return err
	}
	if err := tx.Where("board_id = ?", b.ID).Delete(&models.BallotVoter{}).Error; err != nil {
		return err
	}
	if err := tx.electronicDropped(b); err != nil {
		return err
	}
	return tx.Model(&models.BallotTrustee{}).Where("board_id = ?", b.ID).
		Updates(map[string]any{"cert": nil, "polynomial": nil, "output": nil, "rehearsed": nil}).Error
}

func trusteesOf(db *gorm.DB, board models.ID) (list []models.BallotTrustee, err error) {
	err = db.Where("board_id = ?", board).Order("seat").Find(&list).Error
	return list, err
}
