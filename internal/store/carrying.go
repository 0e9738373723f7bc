package store

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// Carrying a decision out: tasks with a person, a day, money and progress;
// contracts; the result. Nothing here exists without its decision.

// TaskView is a task with its history.
type TaskView struct {
	models.DecisionTask
	Reports []models.TaskReport
}

// Late tells whether a task is past its day and not done.
func (v TaskView) Late(day models.Date) bool { return v.State == models.TaskOpen && v.DueDay < day }

// Carrying is what was done about a decision.
type Carrying struct {
	Tasks     []TaskView
	Contracts []models.Contract
	Claimed   models.Fen // asked back under the decision and not refused
	Booked    models.Fen // in the books under it
}

// CarryingOf gathers what was done about a decision.
func (t *Tenant) CarryingOf(ctx context.Context, decision models.ID) (*Carrying, error) {
	db, c := t.db(ctx), &Carrying{}
	var tasks []models.DecisionTask
	if err := db.Where("decision_id = ?", decision).Order("due_day, id").Find(&tasks).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, k := range tasks {
		ids = append(ids, k.ID)
	}
	var reports []models.TaskReport
	if err := db.Where("task_id IN ?", ids).Order("id DESC").Limit(500).Find(&reports).Error; err != nil {
		return nil, err
	}
	for _, k := range tasks {
		v := TaskView{DecisionTask: k}
		for _, r := range reports {
			if r.TaskID == k.ID {
				v.Reports = append(v.Reports, r)
			}
		}
		c.Tasks = append(c.Tasks, v)
	}
	if err := db.Where("decision_id = ?", decision).Order("id").Find(&c.Contracts).Error; err != nil {
		return nil, err
	}
	var err error
	if c.Claimed, err = claimedUnder(db, decision); err != nil {
		return nil, err
	}
	c.Booked, err = bookedUnder(db, decision, 0)
	return c, err
}

func claimedUnder(db *gorm.DB, decision models.ID) (models.Fen, error) {
	var sum models.Fen
	err := db.Model(&models.ClaimLine{}).Where("decision_id = ? AND state <> ?", decision, models.ClaimRefused).Select("COALESCE(SUM(amount_fen), 0)").Scan(&sum).Error
	return sum, err
}

// bookedUnder are the expenses in the books under a decision: of published
// months, and of the month that is being signed.
func bookedUnder(db *gorm.DB, decision, signing models.ID) (models.Fen, error) {
	var months []models.ID
	if err := db.Model(&models.AccountMonth{}).Where("state = ? OR id = ?", models.AccountPublished, signing).Pluck("id", &months).Error; err != nil {
		return 0, err
	}
	var sum models.Fen
	err := db.Model(&models.AccountEntry{}).Where("decision_id = ? AND account_id IN ? AND `change` <> ?", decision, orNone(months), models.ChangeRemoved).
		Select("COALESCE(SUM(expense_fen), 0)").Scan(&sum).Error
	return sum, err
}

// TaskDraft is a part of carrying a decision out.
type TaskDraft struct {
	Title     string
	Person    string
	DueDay    models.Date
	BudgetFen models.Fen
}

// AddTask gives a part of a decision to a person. Refusals: Forbidden, NotFound
// (no decision, no task), Conflict (taken back), Invalid with fields: the parts
// together stay within the decision's money.
func (t *Tenant) AddTask(ctx context.Context, actor models.Actor, decision models.ID, d TaskDraft) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		// The UPDATE locks the decision: two tasks at once must not share its money.
		if err := Changed(tx.Model(&models.Decision{}).Where("id = ? AND revoked_by_id = 0", decision).Update("revoked_by_id", 0)); err != nil {
			if _, missing := decisionByID(tx.DB, decision); missing != nil {
				return missing
			}
			return problem.New(problem.Conflict, "decision.revoked.already", nil)
		}
		dec, err := decisionByID(tx.DB, decision)
		if err != nil {
			return err
		}
		var f problem.Form
		d.Title, d.Person = cleanLine(d.Title), cleanLine(d.Person)
		length(&f, "title", d.Title, 2, 80)
		length(&f, "person", d.Person, 2, 50)
		if !d.DueDay.Valid() || d.DueDay < dec.Day {
			f.Add("due", "task.due", nil)
		}
		var given models.Fen
		if err := tx.Model(&models.DecisionTask{}).Where("decision_id = ? AND state <> ?", decision, models.TaskDropped).Select("COALESCE(SUM(budget_fen), 0)").Scan(&given).Error; err != nil {
			return err
		}
		if d.BudgetFen < 0 || d.BudgetFen > 0 && !policy.CoversMoney(*dec, given, d.BudgetFen) {
			f.Add("budget", "task.budget", problem.Args{"left": max(dec.MoneyFen-given, 0)})
		}
		if err := f.Err(); err != nil {
			return err
		}
		id = tx.NewID()
		row := models.DecisionTask{Tenant: models.Tenant{ID: id}, DecisionID: decision, Title: d.Title, Person: d.Person, DueDay: d.DueDay, BudgetFen: d.BudgetFen,
			State: models.TaskOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Audit("task.add", id, map[string]models.ID{"decision": decision})
		tx.Touch("assembly")
		return tx.Create(&row).Error
	})
	return id, err
}

// ReportTask says how far a task is; 100 per cent is done. Refusals: Forbidden,
// NotFound, Conflict once it is done, Invalid.
func (t *Tenant) ReportTask(ctx context.Context, actor models.Actor, task models.ID, progress int, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var k models.DecisionTask
		if err := tx.Where("id = ?", task).Take(&k).Error; err != nil {
			return notFound(err)
		}
		var f problem.Form
		text = strings.TrimSpace(text)
		length(&f, "text", text, leastReason, 500)
		if progress < 0 || progress > 100 {
			f.Add("progress", "form.number", problem.Args{"least": 0, "most": 100})
		}
		if err := f.Err(); err != nil {
			return err
		}
		k.Progress, k.Report, k.UpdatedAt = progress, policy.MaskText(text), tx.Now
		if progress == 100 {
			k.State = models.TaskDone
		}
		err := Changed(tx.Model(&models.DecisionTask{}).Where("id = ? AND state = ?", task, models.TaskOpen).Select("progress", "report", "state", "updated_at").UpdateColumns(&k))
		if err != nil {
			return err
		}
		tx.Audit("task.report", task, map[string]int{"progress": progress})
		tx.Touch("assembly")
		return tx.Create(&models.TaskReport{Tenant: models.Tenant{ID: tx.NewID()}, TaskID: task, Text: k.Report, Progress: progress, ByUserID: actor.UserID,
			ByName: tx.actorName(tx.actingRole(noticeWriters...)), CreatedAt: tx.Now}).Error
	})
}

// FinishDecision publishes what came of a decision, once, when no task is open.
// Refusals: Forbidden, NotFound, Conflict, Invalid.
func (t *Tenant) FinishDecision(ctx context.Context, actor models.Actor, decision models.ID, text string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		if _, err := decisionByID(tx.DB, decision); err != nil {
			return err
		}
		var open int64
		if err := tx.Model(&models.DecisionTask{}).Where("decision_id = ? AND state = ?", decision, models.TaskOpen).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return problem.New(problem.Conflict, "task.open", problem.Args{"n": int(open)})
		}
		var f problem.Form
		text = strings.TrimSpace(text)
		length(&f, "result", text, leastReason, 2000)
		if err := f.Err(); err != nil {
			return err
		}
		now := models.Decision{ResultText: policy.MaskText(text), ResultAt: &tx.Now}
		tx.Audit("decision.result", decision, tx.words(text))
		tx.Touch("assembly")
		return Changed(tx.Model(&models.Decision{}).Where("id = ? AND result_at IS NULL", decision).Select("result_text", "result_at").UpdateColumns(&now))
	})
}

// LateTasks are tasks that are due soon or late, the nearest first.
func (t *Tenant) LateTasks(ctx context.Context, until models.Date) ([]models.DecisionTask, error) {
	var rows []models.DecisionTask
	err := t.db(ctx).Where("state = ? AND due_day <= ?", models.TaskOpen, until).Order("due_day, id").Limit(50).Find(&rows).Error
	return rows, err
}

// ContractDraft is a contract about to be entered.
type ContractDraft struct {
	Class     models.MatterClass
	Decision  string // number
	Title     string
	Party     string
	AmountFen models.Fen
	From      models.Date
	Until     models.Date
}

// AddContract records a contract of a class that asks for a decision. Refusals:
// Forbidden, Invalid with fields: no such decision, of another class, taken
// back, or its money exceeded.
func (t *Tenant) AddContract(ctx context.Context, actor models.Actor, d ContractDraft) (id models.ID, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("assembly", "prepare"); err != nil {
			return err
		}
		var f problem.Form
		d.Title, d.Party = cleanLine(d.Title), cleanLine(d.Party)
		length(&f, "title", d.Title, 2, 80)
		length(&f, "party", d.Party, 2, 80)
		if d.AmountFen <= 0 {
			f.Add("amount", "form.money", nil)
		}
		if !d.From.Valid() || d.Until < d.From {
			f.Add("until", "policy.appointment.until", nil)
		}
		dec, err := tx.covering(&f, "decision", d.Decision, d.Class)
		if err != nil {
			return err
		}
		if dec != nil {
			var used models.Fen
			if err := tx.Model(&models.Contract{}).Where("decision_id = ?", dec.ID).Select("COALESCE(SUM(amount_fen), 0)").Scan(&used).Error; err != nil {
				return err
			}
			if !policy.CoversMoney(*dec, used, d.AmountFen) {
				f.Add("amount", "decision.money.over", problem.Args{"left": dec.MoneyFen - used})
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		id = tx.NewID()
		tx.Audit("contract.add", id, map[string]models.ID{"decision": dec.ID})
		tx.Touch("assembly")
		return tx.Create(&models.Contract{Tenant: models.Tenant{ID: id}, Class: d.Class, DecisionID: dec.ID, Title: d.Title, Party: d.Party, AmountFen: d.AmountFen,
			From: d.From, Until: d.Until, ByUserID: actor.UserID, CreatedAt: tx.Now}).Error
	})
	return id, err
}

// covering finds the decision by its number and notes in the form why it is not
// one by which a matter of the class may be carried out; nil then. The row is
// locked, so that its money is not promised twice.
func (tx *Tx) covering(f *problem.Form, field, number string, class models.MatterClass) (*models.Decision, error) {
	if strings.TrimSpace(number) == "" {
		f.Add(field, "decision.needed", nil)
		return nil, nil
	}
	d, err := decisionByNumber(tx.DB, number)
	if problem.Is(err, problem.NotFound) {
		f.Add(field, "decision.number.unknown", nil)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !policy.Covers(*d, class) {
		f.Add(field, "decision.class.other", problem.Args{"number": d.Number})
		return nil, nil
	}
	err = tx.Model(&models.Decision{}).Where("id = ?", d.ID).Update("seq", gorm.Expr("seq")).Error
	return d, err
}
