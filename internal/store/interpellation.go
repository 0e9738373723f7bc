package store

import (
	"context"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

const documentInterpellations = "居质询" //words:allow a mark of official documents, stored once and never translated

// Interpellate puts a representative's question to the committee, in writing
// (session 0) or at a meeting. Refusals: Forbidden (not a representative in
// office), Invalid, NotFound.
func (t *Tenant) Interpellate(ctx context.Context, actor models.Actor, session models.ID, question string) (*models.Interpellation, error) {
	var q models.Interpellation
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "demand"); err != nil {
			return err
		}
		m, err := mandateOf(tx.DB, actor.UserID, models.BodyGroup, models.SitsRep, tx.Day())
		if err != nil {
			return err
		}
		if m == nil {
			return problem.New(problem.Forbidden, "petition.reps", nil).Because("art. 28: representatives")
		}
		if session != 0 {
			s, err := sessionByID(tx.DB, session)
			if err != nil {
				return err
			}
			if s.State != models.SessionCalled && s.State != models.SessionOpen {
				return problem.New(problem.Conflict, "session.notopen", nil)
			}
		}
		question = strings.TrimSpace(question)
		var f problem.Form
		length(&f, "question", question, 6, 1000)
		if err := f.Err(); err != nil {
			return err
		}
		year := tx.Day().Time().Year()
		n, err := tx.Next("interpellation." + strconv.Itoa(year))
		if err != nil {
			return err
		}
		q = models.Interpellation{Tenant: models.Tenant{CommunityID: tx.chain, ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentInterpellations, year, n), SessionID: session, MandateID: m.ID, UserID: actor.UserID,
			Name: m.Name, Question: question, PublicText: policy.MaskText(question), DueDay: policy.DueDay(tx.Day(), policy.DefaultInterpellationDays, policy.China()), CreatedAt: tx.Now}
		tx.Audit("interpellation.ask", q.ID, tx.words(question))
		tx.Touch("assembly")
		if err := tx.Create(&q).Error; err != nil {
			return err
		}
		return tx.tellPost(models.RoleDirector, "interpellation.tell", problem.Args{"number": q.Number, "date": q.DueDay}, "/admin/"+tx.Community.Code+"/assembly/questions")
	})
	return &q, err
}

// AnswerInterpellation answers a representative, once. Refusals: Forbidden,
// NotFound, Conflict, Invalid.
func (t *Tenant) AnswerInterpellation(ctx context.Context, actor models.Actor, id models.ID, answer string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var q models.Interpellation
		if err := tx.Where("id = ?", id).Take(&q).Error; err != nil {
			return notFound(err)
		}
		if q.UserID == actor.UserID {
			return problem.New(problem.Forbidden, "policy.inquiry.own", nil).Because("G3.5")
		}
		answer = strings.TrimSpace(answer)
		var f problem.Form
		length(&f, "answer", answer, leastReason, 2000)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.Interpellation{Answer: answer, PublicAnswer: policy.MaskText(answer), AnsweredBy: actor.UserID, Answerer: tx.actorName(tx.actingRole(noticeWriters...)), AnsweredAt: &tx.Now}
		tx.Audit("interpellation.answer", id, tx.words(answer))
		tx.Touch("assembly")
		if err := Changed(tx.Model(&models.Interpellation{}).Where("id = ? AND answered_at IS NULL", id).
			Select("answer", "public_answer", "answered_by", "answerer", "answered_at").UpdateColumns(&now)); err != nil {
			return err
		}
		err := tx.Tell(q.UserID, "interpellation.tell.answered", problem.Args{"number": q.Number}, "/"+tx.Community.Code+"/assembly/questions")
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		return err
	})
}

// Interpellations are the questions of representatives, the newest first; of a
// meeting, or all (0).
func (t *Tenant) Interpellations(ctx context.Context, session models.ID, limit int) ([]models.Interpellation, error) {
	return interpellations(t.db(ctx), session, limit)
}

func interpellations(db *gorm.DB, session models.ID, limit int) ([]models.Interpellation, error) {
	if session != 0 {
		db = db.Where("session_id = ?", session)
	}
	var rows []models.Interpellation
	err := db.Order("id DESC").Limit(limit).Find(&rows).Error
	return rows, err
}
