package store

import (
	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// after tells whoever must know of a step: whoever has the case now, and the
// reporter. Messages hold the number and a day, never what it is about.
func (k *kase) after(action string) error {
	if k.Owner() != k.was.Owner() {
		key := "case.tell.assigned"
		if k.State == models.ComplaintEscalated {
			key = "case.tell.escalated"
		}
		if err := k.tellDesk(&k.Complaint, k.Owner(), key); err != nil {
			return err
		}
	}
	switch action {
	case "accept":
		return k.tellReporters("case.tell.accepted", false, problem.Args{"date": k.DueDay})
	case "answer":
		return k.tellReporters("case.tell.answered", true, nil)
	case "refuse":
		return k.tellReporters("case.tell.refused", true, nil)
	case "ask":
		return k.tellReporters("case.tell.ask", false, nil)
	case "merge":
		return k.tellReporters("case.tell.merged", false, nil)
	case "deliberate":
		return k.tellReporters("case.tell.deliberating", true, nil)
	case "register", "extend":
		return k.tellReporters("case.tell.street", false, problem.Args{"date": k.DueDay})
	case "escalate":
		return k.tellReporters("case.tell.passed", false, problem.Args{"date": k.DueDay})
	case "order":
		return k.tellDesk(&k.Complaint, k.Owner(), "case.tell.order")
	case "reply", "reopen":
		return k.tellDesk(&k.Complaint, k.Owner(), "case.tell.reply")
	case "assist":
		return k.tellAssistants()
	}
	return nil
}

func (k *kase) tellAssistants() error {
	ties, err := caseTies(k.DB, k.ID)
	if err != nil || len(ties.Assistants) == 0 {
		return err
	}
	return k.tellDesk(&k.Complaint, ties.Assistants[len(ties.Assistants)-1], "case.tell.assist")
}

// countSupporters raises the count beside a case, whatever else happens to the
// case at the same moment.
func (tx *Tx) countSupporters(id models.ID, n int) error {
	return tx.Model(&models.Complaint{}).Where("id = ?", id).UpdateColumn("supporters", gorm.Expr("supporters + ?", n)).Error
}

// LinkComplaint joins a case to a meeting, a hearing, a mediation or a notice,
// in the transaction of whoever makes it, and appends a step to its timeline.
// by is the post it is done under; policy.RoleJob for the program. A case about
// officials is linked to nothing public: Forbidden. Doing it twice is once.
func (tx *Tx) LinkComplaint(id models.ID, l models.ComplaintLink, by models.Role) error {
	var c models.Complaint
	if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
		return notFound(err)
	}
	if c.About != models.AboutNobody {
		return problem.New(problem.NotFound, "page.notfound", nil).Because("case: about officials")
	}
	l.ID, l.CaseID, l.CreatedAt = tx.NewID(), id, tx.Now
	var n int64
	if err := tx.Model(&models.ComplaintLink{}).Where("case_id = ? AND kind = ? AND ref_id = ?", id, l.Kind, l.RefID).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	if err := tx.Create(&l).Error; err != nil {
		return err
	}
	return tx.AppendToCase(id, Step{Action: "link", Text: l.Title, Role: by})
}

// AppendToCase appends a step that leaves the case where it is ("link",
// "outer"), for subjects that report what became of it. Who may do that is
// asked by them.
func (tx *Tx) AppendToCase(id models.ID, s Step) error {
	k := &kase{Tx: tx, relations: policy.SetOf(policy.RoleJob)}
	if err := tx.Where("id = ?", id).Take(&k.was).Error; err != nil {
		return notFound(err)
	}
	k.Complaint = k.was
	if s.Role == "" {
		s.Role = policy.RoleJob
	}
	_, err := k.step(s)
	return err
}
