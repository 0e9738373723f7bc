package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/models"
	"juwu/policy"
)

// Hand-over by workbook, what offices do today: out with the cases that wait,
// in with the numbers, states and answers of the other side.

// knownCases are the ids of the cases that exist for the reader, as a subquery.
func (t *Tenant) knownCases(ctx context.Context, actor models.Actor) (*gorm.DB, error) {
	day := models.DateOf(t.Now())
	r, err := t.reader(t.db(ctx), actor, day)
	if err != nil {
		return nil, err
	}
	return t.mayKnow(t.db(ctx).Model(&models.Complaint{}).Select("id").Where("community_id = ?", t.Community.ID), r, day), nil
}

// HandedCases are the cases that a file target has not answered yet and that
// exist for the reader, the oldest first, a batch at a time. Who reported is in
// them only where the reader would learn it too.
func (t *Tenant) HandedCases(ctx context.Context, actor models.Actor, target models.ID) (iter.Seq2[models.HandedCase, error], error) {
	to, err := t.HandoverTarget(ctx, actor, target)
	if err != nil {
		return nil, err
	}
	names, err := t.deskNames(ctx)
	if err != nil {
		return nil, err
	}
	return func(yield func(models.HandedCase, error) bool) {
		for last := models.ID(0); ; {
			list, err := t.handedBatch(ctx, actor, *to, names, &last)
			if err != nil {
				yield(models.HandedCase{}, err)
				return
			}
			for _, h := range list {
				if !yield(h, nil) {
					return
				}
			}
			if len(list) == 0 {
				return
			}
		}
	}, nil
}

func (t *Tenant) handedBatch(ctx context.Context, actor models.Actor, to models.HandoverTarget, names deskNames, last *models.ID) ([]models.HandedCase, error) {
	known, err := t.knownCases(ctx, actor)
	if err != nil {
		return nil, err
	}
	var rows []models.ComplaintHandover
	err = t.db(ctx).Where("target_id = ? AND state IN ? AND id > ? AND case_id IN (?)", to.ID, []models.HandoverState{models.HandoverWaiting, models.HandoverTokened, models.HandoverTaken}, *last, known).
		Order("id").Limit(batch).Find(&rows).Error
	var out []models.HandedCase
	for _, r := range rows {
		*last = r.ID
		c, reader, relations, err := t.officeRelations(ctx, actor, r.CaseID)
		if err != nil {
			return nil, err
		}
		if !policy.MayHandOver(c.About, to) {
			continue
		}
		shown := to
		shown.WithNames = to.WithNames && policy.SeesReporter(*c, relations, t.opt.Guard.May(reader.Roles, "case", "read_accuser"))
		h, err := t.handedCase(t.db(ctx), *c, shown, names)
		if err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	if err == nil && len(out) == 0 && len(rows) > 0 { // none of this batch may go: on to the next
		return t.handedBatch(ctx, actor, to, names, last)
	}
	return out, err
}

// Answers is an answered workbook as it was understood, before anything of it
// is stored.
type Answers struct {
	Target models.ID  `json:"target"`
	File   string     `json:"file"`
	SHA256 []byte     `json:"sha256"`
	Rows   []Answered `json:"rows"`
}

// Answered is a row and the case it is about. Same: nothing new is said.
type Answered struct {
	sheet.OuterRow
	Case models.ID `json:"case"`
	Was  string    `json:"was"` // the number that was known before
	Same bool      `json:"same"`
}

// Good counts the rows that will be taken.
func (a *Answers) Good() (n int) {
	for _, r := range a.Rows {
		if r.Error == "" && !r.Same {
			n++
		}
	}
	return n
}

const (
	draftAnswers    = "handover"
	keyOuterUnknown = "handover.row.unknown"
	keyOuterOther   = "handover.row.other"
	// MaxAnswers bounds an answered workbook.
	MaxAnswers = 4 << 20
)

// ReadAnswers reads an answered workbook and keeps what it says, sealed, for
// the browser that sent it. Nothing of it counts before TakeAnswers. Refusals:
// NotFound, Conflict when this very file was taken before, those of the file.
func (t *Tenant) ReadAnswers(ctx context.Context, actor models.Actor, from Sender, target models.ID, name string, data []byte) (models.ID, error) {
	to, err := t.HandoverTarget(ctx, actor, target)
	if err != nil {
		return 0, err
	}
	if to.Kind != models.HandoverFile {
		return 0, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if len(data) > MaxAnswers {
		return 0, problem.New(problem.TooLarge, sheet.KeyTooLarge, problem.Args{"limit": MaxAnswers >> 20})
	}
	sum := sha256.Sum256(data)
	if err := t.answersTaken(ctx, sum[:]); err != nil {
		return 0, err
	}
	rows, err := sheet.ReadOuter(name, data)
	if err != nil {
		return 0, err
	}
	a := Answers{Target: target, File: cutRunes(name, 100), SHA256: sum[:]}
	for _, r := range rows {
		a.Rows = append(a.Rows, Answered{OuterRow: r})
	}
	if err := t.matchAnswers(ctx, actor, *to, a.Rows); err != nil {
		return 0, err
	}
	return t.KeepDraft(ctx, from, draftAnswers, a, nil, 0)
}

func (t *Tenant) answersTaken(ctx context.Context, sum []byte) error {
	var before models.Import
	if err := t.db(ctx).Where("kind = ? AND sha256 = ? AND state = ?", models.ImportHandover, sum, models.ImportConfirmed).Limit(1).Find(&before).Error; err != nil {
		return err
	}
	if before.ID != 0 {
		return problem.New(problem.Conflict, "handover.file.twice", problem.Args{"at": before.CreatedAt})
	}
	return nil
}

// matchAnswers finds the case of each row among those that were handed over
// and exist for the reader; one that does not exist for them is unknown.
func (t *Tenant) matchAnswers(ctx context.Context, actor models.Actor, to models.HandoverTarget, rows []Answered) error {
	known, err := t.knownCases(ctx, actor)
	if err != nil {
		return err
	}
	var numbers []string
	for _, r := range rows {
		numbers = append(numbers, models.Key(r.Number))
	}
	byNumber, byCase := map[string]models.Complaint{}, map[models.ID]models.ComplaintHandover{}
	for len(numbers) > 0 {
		part := numbers[:min(len(numbers), batch)]
		numbers = numbers[len(part):]
		var cases []models.Complaint
		if err := t.db(ctx).Where("number IN ? AND id IN (?)", part, known).Find(&cases).Error; err != nil {
			return err
		}
		var ids []models.ID
		for _, c := range cases {
			byNumber[c.Number], ids = c, append(ids, c.ID)
		}
		var there []models.ComplaintHandover
		if err := t.db(ctx).Where("target_id = ? AND case_id IN ?", to.ID, ids).Find(&there).Error; err != nil {
			return err
		}
		for _, h := range there {
			byCase[h.CaseID] = h
		}
	}
	taken, err := t.outerNumbers(ctx, to.ID, rows)
	for i := range rows {
		if r := &rows[i]; r.Error == "" {
			c := byNumber[models.Key(r.Number)]
			r.match(c, byCase[c.ID], taken)
		}
	}
	return err
}

func (r *Answered) match(c models.Complaint, h models.ComplaintHandover, taken map[string]models.ID) {
	o := cleanOuter(models.OuterState{Number: r.Outer, State: r.State, Note: r.Note})
	other := taken[o.Number]
	switch {
	case h.ID == 0:
		r.Error = keyOuterUnknown
	case o.Number != "" && other != 0 && other != c.ID:
		r.Error = keyOuterOther
	default:
		r.Case, r.Was = c.ID, h.OuterNumber
		r.Same = (o.Number == "" || o.Number == h.OuterNumber) && (o.State == "" || o.State == h.OuterState) && (o.Note == "" || o.Note == h.OuterNote)
	}
}

// outerNumbers tells whose the numbers of the rows are already.
func (t *Tenant) outerNumbers(ctx context.Context, target models.ID, rows []Answered) (map[string]models.ID, error) {
	var numbers []string
	for _, r := range rows {
		if r.Outer != "" {
			numbers = append(numbers, models.Key(r.Outer))
		}
	}
	taken := map[string]models.ID{}
	for len(numbers) > 0 {
		part := numbers[:min(len(numbers), batch)]
		numbers = numbers[len(part):]
		var there []models.ComplaintHandover
		if err := t.db(ctx).Where("target_id = ? AND taken_number IN ?", target, part).Find(&there).Error; err != nil {
			return nil, err
		}
		for _, h := range there {
			taken[h.OuterNumber] = h.CaseID
		}
	}
	return taken, nil
}

// Answers is what was understood of a workbook, for the browser that sent it.
func (t *Tenant) Answers(ctx context.Context, from Sender, id models.ID) (*Answers, error) {
	var a Answers
	_, err := t.OpenDraft(ctx, from.Device, id, draftAnswers, &a)
	return &a, err
}

// TakeAnswers takes the good rows, each in a transaction of its own: doing it
// again goes on where it ended, and what is there already is no step. It tells
// how many cases learned something new. Refusals: NotFound, Conflict.
func (t *Tenant) TakeAnswers(ctx context.Context, actor models.Actor, from Sender, id models.ID) (n int, err error) {
	a, err := t.Answers(ctx, from, id)
	if err != nil {
		return 0, err
	}
	if err := t.answersTaken(ctx, a.SHA256); err != nil {
		return 0, err
	}
	for _, r := range a.Rows {
		if r.Error != "" || r.Same {
			continue
		}
		changed, err := t.takeAnswer(ctx, actor, a.Target, r)
		if changed {
			n++
		}
		if err != nil && !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.NotFound) { // moved on since the preview
			return n, err
		}
	}
	return n, t.Write(ctx, actor, func(tx *Tx) error {
		row := models.Import{Tenant: models.Tenant{ID: tx.NewID()}, Kind: models.ImportHandover, State: models.ImportConfirmed, FileName: a.File, SHA256: a.SHA256,
			Done: n, Total: len(a.Rows), ByUserID: actor.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		tx.Audit("handover.answers", row.ID, map[string]int{"rows": len(a.Rows), "taken": n})
		return firstError(tx.Create(&row).Error, tx.Where("id = ?", id).Delete(&models.Draft{}).Error)
	})
}

func (t *Tenant) takeAnswer(ctx context.Context, actor models.Actor, target models.ID, r Answered) (changed bool, err error) {
	err = t.Write(ctx, actor, func(tx *Tx) error {
		changed = false
		k, err := tx.officeCase(r.Case)
		if err != nil {
			return err
		}
		var h models.ComplaintHandover
		var to models.HandoverTarget
		err = firstError(tx.Where("case_id = ? AND target_id = ?", r.Case, target).Take(&h).Error, tx.Where("id = ? AND off = ?", target, false).Take(&to).Error)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return notFound(gorm.ErrRecordNotFound)
		}
		if err != nil {
			return err
		}
		o := models.OuterState{Number: r.Outer, State: r.State, Note: r.Note, Done: r.Done}
		if o.State == "" {
			o.State, o.Done = h.OuterState, h.State == models.HandoverDone
		}
		changed, err = tx.outer(h, to, o, k.relations)
		return err
	})
	return changed && err == nil, err
}
