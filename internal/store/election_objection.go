package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ObjectionDraft is what somebody holds against the roll.
type ObjectionDraft struct {
	Kind   models.ObjectionKind
	Number int    // the row's roll number; 0 for a missing person
	Name   string // of the missing person
	Text   string
}

// ObjectToRoll takes in an objection: within five days of publication (art. 17).
func (t *Tenant) ObjectToRoll(ctx context.Context, actor models.Actor, id models.ID, d ObjectionDraft) (*models.RollObjection, error) {
	var o models.RollObjection
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := errorsFirst(tx.May("election", "object"), tx.May("election", "desk")); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayObject(e, tx.Day()); err != nil {
			return err
		}
		var f problem.Form
		d.Text = strings.TrimSpace(d.Text)
		if n := len([]rune(d.Text)); n < leastReason {
			f.Add("text", "policy.reason", problem.Args{"n": leastReason})
		}
		o = models.RollObjection{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Kind: d.Kind, UserID: tx.Actor.UserID, Name: cleanLine(models.Key(d.Name)),
			Text: d.Text, State: models.ObjectionOpen, DueDay: policy.DecideUntil(tx.Day(), policy.ReadRules(e)), CreatedAt: tx.Now}
		if err := tx.objectRow(&o, d, &f); err != nil {
			return err
		}
		if err := tx.Limit("object."+tx.chain.String()+"."+tx.Actor.UserID.String(), 10, 24*time.Hour); err != nil {
			return err
		}
		n, err := tx.Next("objection." + id.String())
		if err != nil {
			return err
		}
		o.Number = strconv.Itoa(int(n))
		if err := tx.Create(&o).Error; err != nil {
			return err
		}
		tx.Audit("election.object", o.ID, nil)
		tx.Touch("elections")
		return tx.tellPost(policy.RoleECMember, "election.tell.objection", problem.Args{"number": o.Number, "date": o.DueDay}, tx.electionDesk(id, "roll"))
	})
	return &o, err
}

func (tx *Tx) objectRow(o *models.RollObjection, d ObjectionDraft, f *problem.Form) error {
	switch d.Kind {
	case models.ObjectionMissing:
		if o.Name == "" {
			f.Add("name", "form.needed", nil)
		}
	case models.ObjectionWrong, models.ObjectionError:
		var v models.Voter
		err := tx.Where("election_id = ? AND number = ?", o.ElectionID, d.Number).Take(&v).Error
		if problem.Is(notFound(err), problem.NotFound) {
			f.Add("number", "election.object.number", nil)
		} else if err != nil {
			return err
		}
		o.VoterID = v.ID
	default:
		f.Add("kind", "form.choose", nil)
	}
	return f.Err()
}

// electionDesk is the address of an election's page in the office.
func (tx *Tx) electionDesk(id models.ID, page string) string {
	return "/admin/" + tx.Community.Code + "/elections/" + id.String() + "/" + page
}

// DecideObjection decides and publishes: within three days (art. 17). Upheld, a
// wrong row is struck, a missing person comes on the roll and is registered.
func (t *Tenant) DecideObjection(ctx context.Context, actor models.Actor, id, objection models.ID, uphold bool, decision string, resident models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "manage")
		if err != nil {
			return err
		}
		if decision, err = checkReason(decision); err != nil {
			return inDecision(err)
		}
		var o models.RollObjection
		if err := tx.Where("id = ? AND election_id = ?", objection, id).Take(&o).Error; err != nil {
			return notFound(err)
		}
		o.State = models.ObjectionRejected
		if uphold {
			o.State = models.ObjectionUpheld
			if err := tx.uphold(e, &o, decision, resident); err != nil {
				return err
			}
		}
		o.Decision, o.DecidedBy, o.DecidedName, o.DecidedAt = decision, tx.Actor.UserID, tx.Actor.Name, &tx.Now
		err = Changed(tx.Model(&models.RollObjection{}).Where("id = ? AND state = ?", objection, models.ObjectionOpen).
			Select("state", "decision", "decided_by", "decided_name", "decided_at").UpdateColumns(&o))
		if err != nil {
			return err
		}
		tx.Audit("election.objection", objection, map[string]bool{"upheld": uphold})
		tx.Touch("elections")
		if o.UserID == 0 {
			return nil
		}
		return tx.Tell(o.UserID, "election.tell.decided", problem.Args{"number": o.Number}, tx.electionPath(id, "objections"))
	})
}

func inDecision(err error) error { return moveField(err, "reason", "decision") }

// moveField renames the field of a form's problem.
func moveField(err error, from, to string) error {
	pr := problem.As(err)
	if pr == nil || pr.Fields[from].Key == "" {
		return err
	}
	moved := *pr
	moved.Fields = map[string]problem.Text{}
	for k, v := range pr.Fields {
		if k == from {
			k = to
		}
		moved.Fields[k] = v
	}
	return &moved
}

func (tx *Tx) electionPath(id models.ID, page string) string {
	path := "/" + tx.Community.Code + "/elections/" + id.String()
	if page != "" {
		path += "/" + page
	}
	return path
}

func (tx *Tx) uphold(e *models.Election, o *models.RollObjection, decision string, resident models.ID) error {
	switch o.Kind {
	case models.ObjectionWrong:
		return tx.strike(e, o.VoterID, decision, o.ID)
	case models.ObjectionError:
		v, err := voterByID(tx.DB, e.ID, o.VoterID)
		if err != nil {
			return err
		}
		return tx.correctRoll(e, v, "changed", o.ID)
	}
	if resident == 0 {
		var f problem.Form
		f.Add("resident", "form.choose", nil)
		return f.Err()
	}
	v, err := tx.addVoter(e, resident)
	if err != nil {
		return err
	}
	rules := policy.ReadRules(e)
	if err := policy.MayJoinLate(e, rules, true); err != nil {
		return err
	}
	if err := policy.MayRegister(policy.Registrant{Birth: v.Birth, Basis: models.BasisDomicile}, policy.AgeDay(e, tx.Day(), rules), tx.Day(), rules); err != nil {
		return err
	}
	err = Changed(tx.Model(&models.Voter{}).Where("id = ? AND state <> ?", v.ID, models.VoterDeclared).
		Updates(map[string]any{"state": models.VoterDeclared, "elector": e.Mode == models.ModeVoters, "declared_at": tx.Now, "declared_by": tx.Actor.UserID,
			"way": models.WayDesk, "reason": "", "evidence": decision, "late": true}))
	if err != nil {
		return err
	}
	o.VoterID, o.ResidentID = v.ID, resident
	if err := tx.countVoter(e, 1); err != nil {
		return err
	}
	return tx.correctRoll(e, v, "added", o.ID)
}

// addVoter puts one resident on the roll, or finds the row that is there.
func (tx *Tx) addVoter(e *models.Election, resident models.ID) (*models.Voter, error) {
	var v models.Voter
	err := tx.Where("election_id = ? AND resident_id = ?", e.ID, resident).Take(&v).Error
	if err == nil {
		return &v, nil
	}
	if !problem.Is(notFound(err), problem.NotFound) {
		return nil, err
	}
	var r rollSource
	err = tx.Model(&models.Resident{}).
		Select("residents.*, households.group_name AS group_name, buildings.name AS building_name, households.unit AS unit, households.room AS room").
		Joins("LEFT JOIN households ON households.community_id = residents.community_id AND households.id = residents.household_id").
		Joins("LEFT JOIN buildings ON buildings.community_id = residents.community_id AND buildings.id = residents.building_id").
		Where("residents.id = ?", resident).Take(&r).Error
	if err != nil {
		return nil, notFound(err)
	}
	number, err := tx.nextRollNumber(e.ID)
	if err != nil {
		return nil, err
	}
	v = tx.voterOf(e, &r, number)
	return &v, tx.Create(&v).Error
}

// nextRollNumber counts the roll up by one.
func (tx *Tx) nextRollNumber(id models.ID) (int, error) {
	err := Changed(tx.Model(&models.Election{}).Where("id = ?", id).
		UpdateColumns(map[string]any{"last_number": gorm.Expr("last_number + 1"), "listed": gorm.Expr("listed + 1")}))
	if err != nil {
		return 0, err
	}
	e, err := electionByID(tx.DB, id)
	if err != nil {
		return 0, err
	}
	return e.LastNumber, nil
}

// Worker is a community worker from elsewhere who applies (art. 16).
type Worker struct {
	Name, Sex string
	Birth     models.Date
	Since     models.Date
	Evidence  string
}

// RegisterWorker takes in the application of a community worker without 户籍
// here; the electoral committee confirms it by ConfirmVoter.
func (t *Tenant) RegisterWorker(ctx context.Context, actor models.Actor, id models.ID, w Worker) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "election", "desk")
		if err != nil {
			return err
		}
		rules := policy.ReadRules(e)
		if !policy.ElectionReached(e.State, models.ElectionPreparing) || policy.ElectionReached(e.State, models.ElectionRoll) {
			return problem.New(problem.Conflict, "election.register.late", nil)
		}
		w.Name, w.Evidence = cleanLine(models.Key(w.Name)), cleanLine(w.Evidence)
		err = policy.MayRegister(policy.Registrant{Birth: w.Birth, Basis: models.BasisWorker, Since: w.Since, Evidence: w.Evidence}, policy.AgeDay(e, tx.Day(), rules), tx.Day(), rules)
		if err != nil || w.Name == "" {
			var f problem.Form
			if w.Name == "" {
				f.Add("name", "form.needed", nil)
			}
			return errorsOf(err, f.Err())
		}
		number, err := tx.nextRollNumber(id)
		if err != nil {
			return err
		}
		v := models.Voter{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, Number: number, Name: w.Name, Sex: w.Sex, Birth: w.Birth, Basis: models.BasisWorker,
			State: models.VoterApplied, Way: models.WayDesk, Evidence: w.Evidence, DeclaredAt: &tx.Now, DeclaredBy: tx.Actor.UserID, Channel: models.ChannelPaper, CreatedAt: tx.Now}
		tx.Audit("election.worker", v.ID, nil)
		tx.Touch("elections")
		return tx.Create(&v).Error
	})
}
