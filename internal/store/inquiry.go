package store

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// A question about a published line (art. 34: residents may ask, the committee
// must answer). The asker needs a telephone code and no account; the public
// reads masked texts.

const (
	maxQuestion = 500
	maxAnswer   = 2000

	questionsPerDay       = 5  // of one telephone in one community
	questionsPerDeviceDay = 10 // a family on one tablet
)

const documentInquiries = "居财询" //words:allow a mark of official documents, stored once and never translated

// Question is what is asked. Entry 0 asks about the month as a whole.
type Question struct {
	Account models.ID
	Entry   models.ID
	Text    string
	Device  []byte // hash of the browser, for the limit; may be empty
}

// CheckQuestion says what is wrong with the words, before a telephone is asked
// for.
func CheckQuestion(text string) error {
	var f problem.Form
	switch n := len([]rune(strings.TrimSpace(text))); {
	case n < leastReason:
		f.Add("question", "inquiry.short", problem.Args{"n": leastReason})
	case n > maxQuestion:
		f.Add("question", "form.toolong", problem.Args{"n": n - maxQuestion, "limit": maxQuestion})
	}
	return f.Err()
}

// Ask puts a question to the committee. The same question sent twice is one.
// Refusals: Invalid (field question), NotFound for what is not published,
// TooMany.
func (t *Tenant) Ask(ctx context.Context, actor models.Actor, q Question) (*models.Inquiry, error) {
	q.Text = strings.TrimSpace(q.Text)
	if err := CheckQuestion(q.Text); err != nil {
		return nil, err
	}
	var in models.Inquiry
	err := t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("inquiry", "create"); err != nil {
			return err
		}
		m, names, err := tx.asked(q)
		if err != nil {
			return err
		}
		var same []models.Inquiry
		err = tx.Where("user_id = ? AND account_id = ? AND entry_id = ?", actor.UserID, m.ID, q.Entry).Order("id").Find(&same).Error
		if err != nil {
			return err
		}
		for _, s := range same {
			if s.Question == q.Text {
				in = s
				return nil
			}
		}
		if err := tx.limitQuestions(q.Device); err != nil {
			return err
		}
		in, err = tx.ask(q, m, names)
		return err
	})
	return &in, err
}

// asked is the version that a question is about, and the names in its line,
// which no public text repeats.
func (tx *Tx) asked(q Question) (*models.AccountMonth, []string, error) {
	m, err := accountByID(tx.DB, q.Account)
	if err != nil {
		return nil, nil, err
	}
	if m.State != models.AccountPublished && m.State != models.AccountSuperseded {
		return nil, nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	if q.Entry == 0 {
		return m, nil, nil
	}
	var e models.AccountEntry
	if err := tx.Where("id = ? AND account_id = ?", q.Entry, m.ID).Take(&e).Error; err != nil {
		return nil, nil, notFound(err)
	}
	return m, entryNames(&e), nil
}

func entryNames(e *models.AccountEntry) []string {
	var names []string
	for _, n := range []string{e.Handler, e.Witness, e.Approver} {
		if n != "" && n != WithdrawnMark {
			names = append(names, n)
		}
	}
	return names
}

func (tx *Tx) limitQuestions(device []byte) error {
	if len(device) > 0 {
		if err := tx.Limit("inquiry.device."+short(device), questionsPerDeviceDay, 24*time.Hour); err != nil {
			return err
		}
	}
	return tx.Limit("inquiry.user."+tx.chain.String()+"."+tx.Actor.UserID.String(), questionsPerDay, 24*time.Hour)
}

func (tx *Tx) ask(q Question, m *models.AccountMonth, names []string) (models.Inquiry, error) {
	year := tx.Day().Time().Year()
	n, err := tx.Next("inquiry." + strconv.Itoa(year))
	if err != nil {
		return models.Inquiry{}, err
	}
	in := models.Inquiry{
		Tenant: models.Tenant{ID: tx.NewID()}, Number: documentNumber(tx.Community.Name, documentInquiries, year, n),
		AccountID: m.ID, EntryID: q.Entry, Month: m.Month, State: models.InquiryOpen, UserID: tx.Actor.UserID,
		Question: q.Text, PublicText: policy.MaskText(q.Text, append(names, tx.Actor.Name)...),
		DueDay: policy.DueDay(tx.Day(), tx.Community.InquiryDays, policy.China()), CreatedAt: tx.Now, UpdatedAt: tx.Now,
	}
	if err := tx.Create(&in).Error; err != nil {
		return in, err
	}
	tx.Touch("inquiries")
	tx.Audit("inquiry.create", in.ID, tx.words(in.Question))
	args := problem.Args{"number": in.Number, "date": in.DueDay}
	for _, role := range []models.Role{models.RoleClerk, models.RoleDirector} {
		if err := tx.tellPost(role, "inquiry.tell.asked", args, tx.officeLink(&in)); err != nil {
			return in, err
		}
	}
	return in, nil
}

// words is what the audit chain keeps of a text: a keyed hash, because a short
// text with a telephone number in it could be guessed from a plain one.
func (tx *Tx) words(text string) map[string]string {
	return map[string]string{"hmac": hex.EncodeToString(tx.store.opt.Keys.Index("audit.words", text))}
}

func (tx *Tx) officeLink(in *models.Inquiry) string {
	return "/admin/" + tx.Community.Code + "/inquiries/" + in.ID.String()
}

func (tx *Tx) inquiryLink(in *models.Inquiry) string {
	return "/" + tx.Community.Code + "/inquiries/" + in.ID.String()
}

// inquiry reads a question in the transaction.
func (tx *Tx) inquiry(id models.ID) (*models.Inquiry, error) {
	var in models.Inquiry
	if err := tx.Where("id = ?", id).Take(&in).Error; err != nil {
		return nil, notFound(err)
	}
	return &in, nil
}

// change writes the columns of a question that is still as it was read; of two
// who act at once, one is told that the other was faster.
func (tx *Tx) changeInquiry(was, now *models.Inquiry, columns ...string) error {
	now.UpdatedAt = tx.Now
	res := tx.Model(&models.Inquiry{}).Where("id = ? AND state = ? AND answer = ?", was.ID, was.State, was.Answer).
		Select(append([]string{"state", "updated_at"}, columns...)).Updates(now)
	if err := Changed(res); err != nil {
		return err
	}
	tx.Touch("inquiries")
	return nil
}

// tellAsker tells whoever asked; a closed account hears nothing.
func (tx *Tx) tellAsker(in *models.Inquiry, key string, args problem.Args) error {
	if in.UserID == tx.Actor.UserID {
		return nil
	}
	if err := tx.Tell(in.UserID, key, args, tx.inquiryLink(in)); err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	return nil
}

// AnswerMask is the answer as the public will read it: for the preview before
// it is sent.
func (t *Tenant) AnswerMask(ctx context.Context, id models.ID, answer string) (string, error) {
	in, err := t.Inquiry(ctx, id)
	if err != nil || in.EntryID == 0 {
		return policy.MaskText(answer), err
	}
	e, _, err := t.AccountEntry(ctx, in.EntryID)
	if err != nil {
		return "", err
	}
	return policy.MaskText(answer, entryNames(e)...), nil
}

// AnswerInquiry answers a question. While the street looks into a question
// that was answered before, a further answer is added to the first one, which
// stays as it is. Refusals: Forbidden for the asker and for whoever got the
// line's money, Invalid (field answer), Conflict.
func (t *Tenant) AnswerInquiry(ctx context.Context, actor models.Actor, id models.ID, answer string) error {
	answer = strings.TrimSpace(answer)
	if n := len([]rune(answer)); n > maxAnswer {
		var f problem.Form
		f.Add("answer", "form.toolong", problem.Args{"n": n - maxAnswer, "limit": maxAnswer})
		return f.Err()
	}
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("inquiry", "answer"); err != nil {
			return err
		}
		in, err := tx.inquiry(id)
		if err != nil {
			return err
		}
		claimant, names, err := tx.paid(in)
		if err != nil {
			return err
		}
		role := tx.actingRole(models.RoleDirector, models.RoleClerk)
		if err := policy.MayAnswer(*in, tx.signer(role), claimant, answer); err != nil {
			return err
		}
		now := *in
		if now.State, err = policy.Next(policy.InquiryMoves, in.State, "answer", tx.roles()); err != nil {
			return err
		}
		public := policy.MaskText(answer, names...)
		now.Answer, now.PublicAnswer = answer, public
		if in.AnsweredAt != nil {
			now.Answer, now.PublicAnswer = in.Answer+"\n\n"+answer, in.PublicAnswer+"\n\n"+public
		} else {
			now.AnsweredAt, now.AnsweredBy, now.AnswererName, now.AnswererRole = &tx.Now, actor.UserID, tx.actorName(role), role
		}
		err = tx.changeInquiry(in, &now, "answer", "public_answer", "answered_at", "answered_by", "answerer_name", "answerer_role")
		if err != nil {
			return err
		}
		tx.Audit("inquiry.answer", in.ID, tx.words(answer))
		return tx.tellAsker(in, "inquiry.tell.answered", problem.Args{"number": in.Number})
	})
}

// paid tells who got the money of the line in question, as far as a claim
// names them (the actor if it is one of several), and the names in the line.
func (tx *Tx) paid(in *models.Inquiry) (models.ID, []string, error) {
	if in.EntryID == 0 {
		return 0, nil, nil
	}
	var e models.AccountEntry
	if err := tx.Where("id = ?", in.EntryID).Take(&e).Error; err != nil {
		return 0, nil, notFound(err)
	}
	refs, err := tx.claimedLines([]models.AccountEntry{e})
	if err != nil {
		return 0, nil, err
	}
	var claimant models.ID
	key := personKey(tx.Actor, tx.chain)
	for _, r := range refs {
		if r.claim.UserID == tx.Actor.UserID || r.claim.PersonKey == key {
			return tx.Actor.UserID, entryNames(&e), nil // one person with two logins is one
		}
		claimant = r.claim.UserID
	}
	return claimant, entryNames(&e), nil
}

// HideWords covers passages of a question or answer that the public still
// reads in full: the program cannot know every name. Only whole passages that
// stand there are covered, nothing is reworded. Refusals: Invalid (field
// passages).
func (t *Tenant) HideWords(ctx context.Context, actor models.Actor, id models.ID, passages []string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("inquiry", "answer"); err != nil {
			return err
		}
		in, err := tx.inquiry(id)
		if err != nil {
			return err
		}
		now, hidden := *in, 0
		for _, p := range passages {
			p = strings.TrimSpace(p)
			n := len([]rune(p))
			if n < 2 || n > maxHidden || !strings.Contains(now.PublicText+"\n"+now.PublicAnswer, p) {
				continue
			}
			hidden++
			now.PublicText = strings.ReplaceAll(now.PublicText, p, hiddenMark)
			now.PublicAnswer = strings.ReplaceAll(now.PublicAnswer, p, hiddenMark)
		}
		if hidden == 0 {
			var f problem.Form
			f.Add("passages", "inquiry.hide.none", problem.Args{"n": maxHidden})
			return f.Err()
		}
		if err := tx.changeInquiry(in, &now, "public_text", "public_answer"); err != nil {
			return err
		}
		tx.Audit("inquiry.hide", in.ID, map[string]int{"passages": hidden})
		return tx.tellAsker(in, "inquiry.tell.hidden", problem.Args{"number": in.Number})
	})
}

const (
	hiddenMark = "***"
	// maxHidden keeps the tool to names and addresses: a sentence of criticism
	// is not covered with it.
	maxHidden = 20
)
