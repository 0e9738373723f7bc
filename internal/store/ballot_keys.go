package store

import (
	"context"
	"encoding/json"
	"errors"

	"juwu/ballot"
	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The trustees' ceremony: each makes a key on a device of their own. The server
// collects public objects, checks them and passes sealed messages on; it never
// holds anything that decrypts.

// TrusteeStep is what a trustee has to do next.
type TrusteeStep string

const (
	TrusteeWaits     TrusteeStep = ""           // others are not as far
	TrusteeCert      TrusteeStep = "cert"       // make a key, write its letters down, promise
	TrusteePoly      TrusteeStep = "polynomial" // share it out
	TrusteeFinish    TrusteeStep = "finish"     // check what the others sent
	TrusteeRehearsal TrusteeStep = "rehearsal"  // decrypt a test from the paper
	TrusteeDecrypt   TrusteeStep = "decrypt"    // the tally
	TrusteeDone      TrusteeStep = "done"
)

// TrusteeDesk is what one trustee's device needs.
type TrusteeDesk struct {
	Board    *models.BallotBoard
	Seat     int
	Step     TrusteeStep
	Seats    []TrusteeSeat
	Certs    []json.RawMessage // of all, once they are there
	Input    json.RawMessage   // what the others sealed for this one
	Private  string            // own key, sealed to the own device
	Key      string            // own public key
	Election string            // election.json that is decrypted for: of the test, or the real one
	Tally    json.RawMessage
}

// TrusteeSeat is how far a trustee is, for all to see.
type TrusteeSeat struct {
	Seat       int
	Name, Body string
	Done       int // of the three steps of the ceremony
	Rehearsed  bool
	Shared     bool
	You        bool
}

// TrusteeDesk is the actor's seat in a vote; NotFound for everybody else.
func (t *Tenant) TrusteeDesk(ctx context.Context, actor models.Actor, id models.ID) (*TrusteeDesk, error) {
	var b models.BallotBoard
	if err := t.db(ctx).Omit("credentials").Where("id = ?", id).Take(&b).Error; err != nil {
		return nil, notFound(err)
	}
	rows, err := trusteesOf(t.db(ctx), id)
	if err != nil {
		return nil, err
	}
	d := &TrusteeDesk{Board: &b}
	var own *models.BallotTrustee
	for i := range rows {
		r := &rows[i]
		s := TrusteeSeat{Seat: r.Seat, Name: r.Name, Body: r.Body, Done: made(r), Rehearsed: r.Rehearsed != nil, Shared: r.Share != nil}
		if r.UserID == actor.UserID && actor.UserID != 0 {
			own, s.You = r, true
		}
		d.Seats = append(d.Seats, s)
	}
	if own == nil {
		return nil, problem.New(problem.NotFound, "page.notfound", nil).Because("not a trustee")
	}
	d.Seat, d.Step = own.Seat, stepOf(&b, rows, own)
	return d, t.fillDesk(ctx, d, rows, own)
}

// made counts the steps of the ceremony that a trustee has done.
func made(r *models.BallotTrustee) (n int) {
	for _, b := range [][]byte{r.Cert, r.Polynomial, r.Output} {
		if b != nil {
			n++
		}
	}
	return n
}

func stepOf(b *models.BallotBoard, rows []models.BallotTrustee, own *models.BallotTrustee) TrusteeStep {
	least := 3
	for i := range rows {
		least = min(least, made(&rows[i]))
	}
	switch {
	case b.State == models.BallotKeys && made(own) == least && least < 3:
		return []TrusteeStep{TrusteeCert, TrusteePoly, TrusteeFinish}[least]
	case b.State == models.BallotRehearsal && own.Rehearsed == nil:
		return TrusteeRehearsal
	case b.State == models.BallotTallied && own.Share == nil:
		return TrusteeDecrypt
	case b.State == models.BallotTallied || b.State == models.BallotAnnounced:
		return TrusteeDone
	}
	return TrusteeWaits
}

func (t *Tenant) fillDesk(ctx context.Context, d *TrusteeDesk, rows []models.BallotTrustee, own *models.BallotTrustee) error {
	for i := range rows {
		if rows[i].Cert != nil {
			d.Certs = append(d.Certs, rows[i].Cert)
		}
	}
	if d.Step == TrusteeFinish {
		inputs, err := ceremonyInputs(rows)
		if err != nil {
			return err
		}
		d.Input = inputs[own.Seat-1].Bytes()
	}
	if own.Output != nil {
		o, err := ballot.ParseCeremonyOutput(own.Output)
		if err != nil {
			return err
		}
		d.Private, d.Key = o.PrivateKey, o.PublicKey.PublicKey.String()
	}
	switch d.Step {
	case TrusteeRehearsal:
		r, err := readRehearsal(d.Board)
		if err != nil {
			return err
		}
		d.Election, d.Tally = r.Election, r.Tally
	case TrusteeDecrypt:
		s, tally, err := t.tallyOf(ctx, d.Board)
		if err != nil {
			return err
		}
		d.Election, d.Tally = string(s.Election.Bytes()), tally.Bytes()
	}
	return nil
}

func ceremonyInputs(rows []models.BallotTrustee) ([]*ballot.CeremonyInput, error) {
	certs, polynomials, err := ceremonyMessages(rows)
	if err != nil {
		return nil, err
	}
	return ballot.CeremonyInputs(certs, polynomials)
}

func ceremonyMessages(rows []models.BallotTrustee) (certs []ballot.SignedMessage, polynomials []*ballot.Polynomial, err error) {
	for i := range rows {
		m, err := ballot.ParseSignedMessage(rows[i].Cert)
		if err != nil {
			return nil, nil, err
		}
		certs = append(certs, m)
		if rows[i].Polynomial == nil {
			continue
		}
		p, err := ballot.ParsePolynomial(rows[i].Polynomial)
		if err != nil {
			return nil, nil, err
		}
		polynomials = append(polynomials, p)
	}
	return certs, polynomials, nil
}

// TrusteeSubmit takes what a trustee's device has made for the step it is at.
// What does not check out is refused on the spot, so that nobody waits for a
// ceremony that cannot end.
func (t *Tenant) TrusteeSubmit(ctx context.Context, actor models.Actor, id models.ID, step TrusteeStep, message, evidence []byte) error {
	switch step {
	case TrusteeCert, TrusteePoly, TrusteeFinish:
		return refusedBallot(t.ceremonyStep(ctx, actor, id, step, message))
	case TrusteeRehearsal:
		return refusedBallot(t.rehearse(ctx, actor, id, message, evidence))
	case TrusteeDecrypt:
		return refusedBallot(t.takeShare(ctx, actor, id, message, evidence))
	}
	return problem.New(problem.Invalid, "form.needed", nil)
}

// refusedBallot makes a problem of a refusal of package ballot.
func refusedBallot(err error) error {
	if r, ok := errors.AsType[*ballot.Refusal](err); ok {
		return problem.New(problem.Invalid, "ballot.refused."+string(r.Code), nil).Because(r.Error())
	}
	return err
}

// trusteeSeat locks the vote, so that two trustees at once do not both miss that they
// were the last, and reads who has done what.
func (tx *Tx) trusteeSeat(id models.ID, step TrusteeStep) (*models.BallotBoard, []models.BallotTrustee, *models.BallotTrustee, error) {
	if err := Changed(tx.Model(&models.BallotBoard{}).Where("id = ?", id).UpdateColumn("updated_at", tx.Now)); err != nil {
		return nil, nil, nil, problem.New(problem.NotFound, "page.notfound", nil)
	}
	var b models.BallotBoard
	if err := tx.Omit("credentials").Where("id = ?", id).Take(&b).Error; err != nil {
		return nil, nil, nil, err
	}
	rows, err := trusteesOf(tx.DB, id)
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range rows {
		if rows[i].UserID != tx.Actor.UserID || tx.Actor.UserID == 0 {
			continue
		}
		if stepOf(&b, rows, &rows[i]) != step {
			return nil, nil, nil, problem.New(problem.Conflict, "ballot.trustee.step", nil)
		}
		return &b, rows, &rows[i], nil
	}
	return nil, nil, nil, problem.New(problem.NotFound, "page.notfound", nil).Because("not a trustee")
}

func (t *Tenant) ceremonyStep(ctx context.Context, actor models.Actor, id models.ID, step TrusteeStep, message []byte) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		b, rows, own, err := tx.trusteeSeat(id, step)
		if err != nil {
			return err
		}
		column := map[TrusteeStep]string{TrusteeCert: "cert", TrusteePoly: "polynomial", TrusteeFinish: "output"}[step]
		switch step {
		case TrusteeCert:
			own.Cert, err = checkOwnCert(b, own.Seat, message)
		case TrusteePoly:
			own.Polynomial, err = checkPolynomial(rows, own.Seat, message)
		case TrusteeFinish:
			own.Output, err = checkOutput(rows, own.Seat, message)
		}
		if err != nil {
			return err
		}
		own.UpdatedAt = tx.Now
		err = Changed(tx.Model(&models.BallotTrustee{}).Where("board_id = ? AND seat = ? AND user_id = ?", id, own.Seat, actor.UserID).Where(map[string]any{column: nil}).
			Select(column, "updated_at").UpdateColumns(own))
		if err != nil {
			return err
		}
		tx.Audit("ballot.key", id, map[string]any{"seat": own.Seat, "step": step, "print": ballot.DigestOf(message).Short()})
		return tx.nextStep(b, rows, step)
	})
}

func checkOwnCert(b *models.BallotBoard, seat int, message []byte) ([]byte, error) {
	m, err := ballot.ParseSignedMessage(message)
	if err != nil {
		return nil, err
	}
	return m.Bytes(), ballot.CheckCert(m, b.Size, b.Threshold, seat)
}

func checkPolynomial(rows []models.BallotTrustee, seat int, message []byte) ([]byte, error) {
	certs, _, err := ceremonyMessages(rows)
	if err != nil {
		return nil, err
	}
	p, err := ballot.ParsePolynomial(message)
	if err != nil {
		return nil, err
	}
	return p.Bytes(), ballot.CheckPolynomial(certs, seat, p)
}

func checkOutput(rows []models.BallotTrustee, seat int, message []byte) ([]byte, error) {
	certs, polynomials, err := ceremonyMessages(rows)
	if err != nil {
		return nil, err
	}
	o, err := ballot.ParseCeremonyOutput(message)
	if err != nil {
		return nil, err
	}
	return o.Bytes(), ballot.CheckOutput(certs, polynomials, seat, o)
}

// nextStep is taken by whoever was the last: the others are told, and after the
// third step the group's key stands.
func (tx *Tx) nextStep(b *models.BallotBoard, rows []models.BallotTrustee, step TrusteeStep) error {
	for i := range rows {
		if made(&rows[i]) < map[TrusteeStep]int{TrusteeCert: 1, TrusteePoly: 2, TrusteeFinish: 3}[step] {
			return nil
		}
	}
	if step == TrusteeFinish {
		if err := tx.assemble(b, rows); err != nil {
			return err
		}
	}
	for _, r := range rows {
		if err := tx.Tell(r.UserID, "ballot.tell.key", problem.Args{"title": b.Title}, tx.trusteeLink(b.ID)); err != nil {
			return err
		}
	}
	return nil
}

var jobRoles = policy.SetOf(policy.RoleJob)

func (tx *Tx) assemble(b *models.BallotBoard, rows []models.BallotTrustee) error {
	certs, polynomials, err := ceremonyMessages(rows)
	if err != nil {
		return err
	}
	var outputs []*ballot.CeremonyOutput
	for i := range rows {
		o, err := ballot.ParseCeremonyOutput(rows[i].Output)
		if err != nil {
			return err
		}
		outputs = append(outputs, o)
	}
	group, err := ballot.AssembleThreshold(certs, polynomials, outputs)
	if err != nil {
		return err
	}
	trustees := ballot.Trustees{Items: []ballot.TrusteeItem{{Pedersen: group}}}
	test, err := newRehearsal(&trustees)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(test)
	if err != nil {
		return err
	}
	return tx.moveBallot(b, "assemble", jobRoles, map[string]any{"trustees": trustees.Bytes(), "rehearsal": raw})
}
