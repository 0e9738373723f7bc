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

// NominationDraft is a proposal of one person for one post.
type NominationDraft struct {
	Kind     models.NominationKind
	Nominee  string // as typed: a name, and a birth year or household number where there are two
	Resident models.ID
	Post     models.Post
	Text     string
}

// Nominate begins a nomination: the Party branch proposes in one act, voters
// gather signatures, and who nominates themselves gathers like them (art. 18).
func (t *Tenant) Nominate(ctx context.Context, actor models.Actor, id models.ID, d NominationDraft) (*models.Nomination, error) {
	if d.Resident == 0 && d.Kind != models.NominationSelf {
		r, err := t.oneResident(ctx, d.Nominee)
		if err != nil {
			return nil, err
		}
		if r != nil {
			d.Resident = r.ID
		}
	}
	var n models.Nomination
	err := t.Write(ctx, actor, func(tx *Tx) error {
		action, move := "create", "gather"
		if d.Kind == models.NominationParty {
			action, move = "propose", "propose"
		}
		if err := tx.May("nomination", action); err != nil {
			return err
		}
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		if err := policy.MayNominate(e); err != nil {
			return err
		}
		var voter *models.Voter
		if d.Kind != models.NominationParty {
			if voter, err = tx.myRow(e); err != nil {
				return err
			}
			if voter.State != models.VoterDeclared {
				return problem.New(problem.Forbidden, "election.cosign.notvoter", nil)
			}
			if d.Kind == models.NominationSelf {
				d.Resident = *voter.ResidentID
			}
		}
		state, err := policy.Next(policy.NominationMoves, "", move, tx.roles())
		if err != nil {
			return err
		}
		n, err = tx.putNomination(e, d, state)
		if err != nil || voter == nil {
			return err
		}
		return tx.cosign(e, &n, voter, models.WayPhone)
	})
	return &n, err
}

func (tx *Tx) putNomination(e *models.Election, d NominationDraft, state models.NominationState) (n models.Nomination, err error) {
	var f problem.Form
	d.Text = strings.TrimSpace(d.Text)
	if len([]rune(d.Text)) > 500 {
		f.Add("text", "form.toolong", problem.Args{"n": len([]rune(d.Text)) - 500, "limit": 500})
	}
	posts, err := postsOf(tx.DB, e.ID)
	if err != nil {
		return n, err
	}
	if !hasPost(posts, d.Post) {
		f.Add("post", "form.choose", nil)
	}
	var r models.Resident
	if d.Resident == 0 {
		f.Add("nominee", "election.nominee.unknown", nil)
	} else if err := tx.Where("id = ? AND state = ?", d.Resident, models.ResidentActive).Take(&r).Error; err != nil {
		return n, notFound(err)
	} else if rules := policy.ReadRules(e); !policy.OfAge(r.Birth, e.Day, rules) {
		f.Add("nominee", "election.register.age", problem.Args{"n": rules.Int("age.least"), "date": e.Day})
	}
	if d.Kind == models.NominationSelf && policy.ReadRules(e).Choice("nomination.self") == "off" {
		f.Add("nominee", "election.nominate.self", nil)
	}
	if err := f.Err(); err != nil {
		return n, err
	}
	if err := tx.Limit("nominate."+tx.chain.String()+"."+tx.Actor.UserID.String(), 12, 24*time.Hour); err != nil {
		return n, err
	}
	count, err := tx.Next("nomination." + e.ID.String())
	if err != nil {
		return n, err
	}
	n = models.Nomination{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, Number: strconv.Itoa(int(count)), Kind: d.Kind, ResidentID: r.ID, Name: r.Name, Post: d.Post,
		State: state, Text: d.Text, ByUserID: tx.Actor.UserID, ByName: tx.Actor.Name, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	tx.Audit("election.nominate", n.ID, map[string]string{"kind": string(d.Kind)})
	tx.Touch("elections")
	if err := tx.Create(&n).Error; err != nil {
		return n, err
	}
	if state == models.NominationSubmitted {
		return n, tx.askNominee(e, &n)
	}
	return n, nil
}

func hasPost(posts []models.ElectionPost, post models.Post) bool {
	for _, p := range posts {
		if p.Post == post {
			return true
		}
	}
	return false
}

// askNominee tells the nominee, if they have a login.
func (tx *Tx) askNominee(e *models.Election, n *models.Nomination) error {
	who, err := whole(tx.DB, models.Someone{ResidentID: n.ResidentID})
	if err != nil || who.UserID == 0 {
		return err
	}
	return tx.Tell(who.UserID, "election.tell.nominated", problem.Args{"number": n.Number}, tx.electionPath(e.ID, "nominations/"+n.ID.String()))
}

// Cosign puts the actor's signature under a nomination.
func (t *Tenant) Cosign(ctx context.Context, actor models.Actor, id, nomination models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("nomination", "create"); err != nil {
			return err
		}
		e, n, err := tx.nomination(id, nomination)
		if err != nil {
			return err
		}
		v, err := tx.myRow(e)
		if err != nil {
			return err
		}
		return tx.cosign(e, n, v, models.WayPhone)
	})
}

// CosignPaper types in a signature from a paper form, by roll number; the row
// is compared with the name on the paper by who types it.
func (t *Tenant) CosignPaper(ctx context.Context, actor models.Actor, id, nomination models.ID, number int, name string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.electionFor(id, "nomination", "review"); err != nil {
			return err
		}
		e, n, err := tx.nomination(id, nomination)
		if err != nil {
			return err
		}
		var v models.Voter
		err = tx.Where("election_id = ? AND number = ?", id, number).Take(&v).Error
		if problem.Is(notFound(err), problem.NotFound) || err == nil && v.Name != models.Key(name) {
			var f problem.Form
			f.Add("number", "election.cosign.paper", nil)
			return f.Err()
		}
		if err != nil {
			return err
		}
		return tx.cosign(e, n, &v, models.WayPaper)
	})
}

func (tx *Tx) nomination(id, nomination models.ID) (*models.Election, *models.Nomination, error) {
	e, err := electionByID(tx.DB, id)
	if err != nil {
		return nil, nil, err
	}
	var n models.Nomination
	err = tx.Where("id = ? AND election_id = ?", nomination, id).Take(&n).Error
	return e, &n, notFound(err)
}

func (tx *Tx) cosign(e *models.Election, n *models.Nomination, v *models.Voter, way models.VoterWay) error {
	if err := policy.MayNominate(e); err != nil {
		return err
	}
	if n.State != models.NominationGathering {
		return problem.New(problem.Conflict, "election.cosign.closed", nil)
	}
	posts, err := postsOf(tx.DB, e.ID)
	if err != nil {
		return err
	}
	seats := 0
	for _, p := range posts {
		seats += p.Seats
	}
	var given int64
	if err := tx.Model(&models.Cosignature{}).Where("election_id = ? AND voter_id = ?", e.ID, v.ID).Count(&given).Error; err != nil {
		return err
	}
	if err := policy.MayCosign(v, way, int(given), seats, policy.ReadRules(e)); err != nil {
		return err
	}
	err = tx.Create(&models.Cosignature{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, SubjectID: n.ID, VoterID: v.ID, Way: way,
		UserID: tx.Actor.UserID, CreatedAt: tx.Now}).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "election.cosign.twice", nil)
	}
	if err != nil {
		return err
	}
	tx.Touch("elections")
	return Changed(tx.Model(&models.Nomination{}).Where("id = ? AND state = ?", n.ID, models.NominationGathering).
		UpdateColumns(map[string]any{"signatures": gorm.Expr("signatures + 1"), "updated_at": tx.Now}))
}

// SubmitNomination hands it in once it has the support the law asks for.
func (t *Tenant) SubmitNomination(ctx context.Context, actor models.Actor, id, nomination models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, n, err := tx.nomination(id, nomination)
		if err != nil {
			return err
		}
		if n.ByUserID != tx.Actor.UserID {
			if _, err := tx.electionFor(id, "nomination", "review"); err != nil {
				return err
			}
		}
		if err := policy.MayNominate(e); err != nil {
			return err
		}
		if rules := policy.ReadRules(e); !policy.EnoughSupport(n.Kind, n.Signatures, rules) {
			return problem.New(problem.TooEarly, "election.nominate.support", problem.Args{"n": rules.Int("nomination.supporters") - n.Signatures}).Because("art. 18")
		}
		if err := tx.moveNomination(n, "submit", ""); err != nil {
			return err
		}
		return tx.askNominee(e, n)
	})
}

func (tx *Tx) moveNomination(n *models.Nomination, action, reason string) error {
	from := n.State
	to, err := policy.Next(policy.NominationMoves, from, action, tx.roles())
	if err != nil {
		return err
	}
	n.State = to
	tx.Audit("election.nomination."+action, n.ID, nil)
	tx.Touch("elections")
	return Changed(tx.Model(&models.Nomination{}).Where("id = ? AND state = ?", n.ID, from).
		Updates(map[string]any{"state": to, "reason": reason, "updated_at": tx.Now}))
}

// AnswerNomination is the nominee's own word, on the phone or, in writing, at
// the desk. Who accepts leaves the electoral committee and every duty at the
// polls, with the near relatives (art. 15).
func (t *Tenant) AnswerNomination(ctx context.Context, actor models.Actor, id, nomination models.ID, accept bool) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, n, err := tx.nomination(id, nomination)
		if err != nil {
			return err
		}
		link, ok := tx.Actor.Resident(tx.chain)
		if own := ok && link.State == models.LinkConfirmed && link.ResidentID == n.ResidentID; !own {
			if _, err := tx.electionFor(id, "nomination", "review"); err != nil {
				return err
			}
		}
		if err := policy.MayNominate(e); err != nil {
			return err
		}
		if !accept {
			return tx.moveNomination(n, "decline", "")
		}
		if err := tx.moveNomination(n, "accept", ""); err != nil {
			return err
		}
		return tx.becomeCandidate(e, n)
	})
}

func (tx *Tx) becomeCandidate(e *models.Election, n *models.Nomination) error {
	var r models.Resident
	if err := tx.Where("id = ?", n.ResidentID).Take(&r).Error; err != nil {
		return notFound(err)
	}
	var v models.Voter
	if err := tx.Where("election_id = ? AND resident_id = ?", e.ID, r.ID).Limit(1).Find(&v).Error; err != nil {
		return err
	}
	who, err := whole(tx.DB, models.Someone{ResidentID: r.ID})
	if err != nil {
		return err
	}
	c := models.Candidate{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, ResidentID: r.ID, VoterID: v.ID, NominationID: n.ID, Kind: n.Kind,
		Name: r.Name, Sex: r.Sex, Birth: r.Birth, Politics: r.Politics, Post: n.Post, State: models.CandidateProposed, Support: n.Signatures,
		UserID: who.UserID, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	err = tx.Create(&c).Error
	if duplicate(err) {
		return problem.New(problem.Conflict, "election.candidate.twice", nil)
	}
	if err != nil {
		return err
	}
	if err := tx.dropCandidateProxies(e, r.ID); err != nil {
		return err
	}
	return tx.nomineeLeaves(e, r.ID)
}

// RefuseNomination ends one that breaks the rules, with the reason.
func (t *Tenant) RefuseNomination(ctx context.Context, actor models.Actor, id, nomination models.ID, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if _, err := tx.electionFor(id, "nomination", "review"); err != nil {
			return err
		}
		_, n, err := tx.nomination(id, nomination)
		if err != nil {
			return err
		}
		if reason, err = checkReason(reason); err != nil {
			return err
		}
		action := "refuse"
		if n.State == models.NominationGathering {
			action = "drop"
		}
		return tx.moveNomination(n, action, reason)
	})
}

// Nominations of an election; public leaves out what was dropped.
func (t *Tenant) Nominations(ctx context.Context, id models.ID, public bool) (rows []models.Nomination, err error) {
	db := t.db(ctx).Where("election_id = ?", id)
	if public {
		db = db.Where("state NOT IN ?", []models.NominationState{models.NominationDropped, models.NominationRefused})
	}
	err = db.Order("id").Limit(500).Find(&rows).Error
	return rows, err
}

// Nomination is one, and whether the voter row has signed it.
func (t *Tenant) Nomination(ctx context.Context, id, nomination, voter models.ID) (*models.Nomination, bool, error) {
	var n models.Nomination
	if err := t.db(ctx).Where("id = ? AND election_id = ?", nomination, id).Take(&n).Error; err != nil {
		return nil, false, notFound(err)
	}
	var signed int64
	err := t.db(ctx).Model(&models.Cosignature{}).Where("subject_id = ? AND voter_id = ?", nomination, voter).Count(&signed).Error
	return &n, signed > 0, err
}

// PaperSigners are the roll numbers whose paper signatures were typed in.
func (t *Tenant) Signers(ctx context.Context, subject models.ID) (rows []models.Voter, err error) {
	err = t.db(ctx).Model(&models.Voter{}).Select("voters.*").
		Joins("JOIN cosignatures ON cosignatures.community_id = voters.community_id AND cosignatures.voter_id = voters.id").
		Where("cosignatures.subject_id = ?", subject).Order("voters.number").Limit(500).Find(&rows).Error
	return rows, err
}
