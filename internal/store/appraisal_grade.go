package store

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

func checkGrade(grades []models.Grade, g models.Grade, remark string) error {
	var f problem.Form
	if !slices.Contains(grades, g) {
		f.Add("grade", "form.choose", nil)
	}
	if n := len([]rune(remark)); n > maxRemark {
		f.Add("remark", "form.toolong", problem.Args{"n": n - maxRemark, "limit": maxRemark})
	}
	return f.Err()
}

// GradeWork gives and signs the actor's grade. It is signed once and never
// changes. Refusals: NotFound for who is not of the panel, Forbidden for the
// appraised and their relatives, TooEarly before the meeting, Conflict (twice,
// or the result is out).
func (t *Tenant) GradeWork(ctx context.Context, actor models.Actor, meeting models.ID, g models.Grade, remark string) error {
	remark = strings.TrimSpace(remark)
	if err := checkGrade(policy.WorkGrades, g, remark); err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.self(); err != nil {
			return err
		}
		m, a, err := tx.openAppraisal(meeting)
		if err != nil {
			return err
		}
		p, err := tx.mySeat(a)
		if err != nil {
			return err
		}
		_, err = tx.signGrade(m, a, p, models.AppraisalGrade{Grade: g, Remark: remark, Channel: SignedByLogin, ByUserID: actor.UserID, ByName: p.Name})
		return err
	})
}

// GradeOnPaper takes in the paper that a member without a phone signed, with its
// photograph. Refusals: those of GradeWork; Invalid without a photograph.
func (t *Tenant) GradeOnPaper(ctx context.Context, actor models.Actor, meeting, mandate models.ID, g models.Grade, remark string, photos []NewFile) error {
	remark = strings.TrimSpace(remark)
	if err := checkGrade(policy.WorkGrades, g, remark); err != nil {
		return err
	}
	if err := t.opt.Guard.Allowed(actor, t.Community, "appraisal", "manage", models.DateOf(t.Now())); err != nil {
		return err
	}
	if len(photos) == 0 {
		return fileProblem("appraisal.photo.needed", nil)
	}
	rows, err := t.keepPhotos(photos)
	if err != nil {
		return err
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, a, err := tx.ledAppraisal(meeting)
		if err != nil {
			return err
		}
		panel, err := tx.tenant().panel(tx.DB, a, tx.Day())
		if err != nil {
			return err
		}
		i := slices.IndexFunc(panel, func(p PanelMember) bool { return p.ID == mandate })
		if i < 0 {
			return problem.New(problem.NotFound, "page.notfound", nil)
		}
		id, err := tx.signGrade(m, a, &panel[i], models.AppraisalGrade{Grade: g, Remark: remark, Channel: SignedOnPaper, ByUserID: actor.UserID, ByName: tx.actorName(models.RoleSupervisor)})
		if err != nil {
			return err
		}
		return tx.attach(Owner{ownerGrade, id}, rows)
	})
}

// ledAppraisal is an open appraisal that the actor leads.
func (tx *Tx) ledAppraisal(meeting models.ID) (*models.CivicMeeting, *models.Appraisal, error) {
	if err := tx.May("appraisal", "manage"); err != nil {
		return nil, nil, err
	}
	m, a, err := tx.openAppraisal(meeting)
	if err == nil {
		err = policy.MayLeadAppraisal(a.Target, tx.roles())
	}
	return m, a, err
}

func (tx *Tx) signGrade(m *models.CivicMeeting, a *models.Appraisal, p *PanelMember, g models.AppraisalGrade) (models.ID, error) {
	if tx.Now.Before(m.StartAt) {
		return 0, problem.New(problem.TooEarly, "appraisal.grade.early", problem.Args{"time": m.StartAt})
	}
	if p.Barred != nil {
		return 0, p.Barred
	}
	// The row keeps the result out until this grade is in it.
	if err := Changed(tx.Model(&models.Appraisal{}).Where("id = ? AND result_at IS NULL", a.ID).UpdateColumn("members", gorm.Expr("members + 0"))); err != nil {
		return 0, err
	}
	g.ID, g.MeetingID, g.MandateID, g.PersonKey, g.UserID, g.Name, g.CreatedAt = tx.NewID(), m.ID, p.ID, p.Key, p.UserID, p.Name, tx.Now
	if err := tx.Create(&g).Error; err != nil {
		if duplicate(err) {
			return 0, problem.New(problem.Conflict, "appraisal.signed", nil)
		}
		return 0, err
	}
	tx.Audit("appraisal.sign", m.ID, map[string]string{"seat": p.ID.String(), "way": g.Channel})
	tx.Touch(subjectMeetings)
	return g.ID, nil
}

// SettleAppraisal ends the grading: the result is frozen and told to the
// appraised and to the superior. Every member signs (A2-04); for whoever cannot,
// why says so and stands beside the result. Refusals: Forbidden, TooEarly before
// the meeting was held, Invalid (field why) when somebody has not signed,
// Conflict when not more than half of the panel signed.
func (t *Tenant) SettleAppraisal(ctx context.Context, actor models.Actor, meeting models.ID, why string) error {
	why = strings.TrimSpace(why)
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, a, err := tx.ledAppraisal(meeting)
		if err != nil {
			return err
		}
		if m.State != models.MeetingHeld {
			return problem.New(problem.TooEarly, "appraisal.settle.early", nil)
		}
		v := AppraisalView{Appraisal: *a}
		if v.Panel, err = tx.tenant().panel(tx.DB, a, tx.Day()); err != nil {
			return err
		}
		counts := v.Counts()
		if a.Result, err = policy.AppraisalResult(v.Voting(), counts); err != nil {
			return err
		}
		if a.UnsignedWhy, err = policy.CheckUnsigned(v.Voting(), counts, why); err != nil {
			return err
		}
		a.Members, a.Excellent, a.Qualified, a.Basic, a.Unqualified = v.Voting(), counts[0], counts[1], counts[2], counts[3]
		a.ResultAt, a.ResultBy, a.UpdatedAt = &tx.Now, tx.actorName(models.RoleSupervisor), tx.Now
		err = Changed(tx.Model(&models.Appraisal{}).Where("id = ? AND result_at IS NULL", a.ID).
			Select("members", "excellent", "qualified", "basic", "unqualified", "unsigned_why", "result", "result_at", "result_by", "updated_at").UpdateColumns(a))
		if err != nil {
			return err
		}
		tx.Audit("appraisal.settle", meeting, map[string]string{"result": string(a.Result)})
		tx.Touch(subjectMeetings)
		args := problem.Args{"title": m.Title}
		if err := tx.tellAppraised(a, "appraisal.tell.result", args); err != nil {
			return err
		}
		return tx.tellStreet("appraisal.tell.result", args, meetingDesk(tx.Community, meeting)+"/appraisal")
	})
}
