package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ProxyView is a mandate with the two names.
type ProxyView struct {
	models.Proxy
	For, By     string // whose ballot, and who casts it
	ForNo, ByNo int
}

func proxiesOf(db *gorm.DB, id models.ID, states ...models.ProxyState) ([]ProxyView, error) {
	q := db.Where("election_id = ?", id)
	if len(states) > 0 {
		q = q.Where("state IN ?", states)
	}
	var rows []models.Proxy
	if err := q.Order("id").Limit(1000).Find(&rows).Error; err != nil {
		return nil, err
	}
	ids := orNone(nil)
	for _, p := range rows {
		ids = append(ids, p.VoterID, p.ProxyID)
	}
	var voters []models.Voter
	if err := db.Select("community_id", "id", "name", "number").Where("id IN ?", ids).Find(&voters).Error; err != nil {
		return nil, err
	}
	byID := map[models.ID]models.Voter{}
	for _, v := range voters {
		byID[v.ID] = v
	}
	out := make([]ProxyView, len(rows))
	for i, p := range rows {
		a, b := byID[p.VoterID], byID[p.ProxyID]
		out[i] = ProxyView{p, a.Name, b.Name, a.Number, b.Number}
	}
	return out, nil
}

// Proxies of an election.
func (t *Tenant) Proxies(ctx context.Context, id models.ID, states ...models.ProxyState) ([]ProxyView, error) {
	return proxiesOf(t.db(ctx), id, states...)
}

// ProxyDraft names both by roll number. Principal 0 is the actor's own row.
type ProxyDraft struct {
	Principal int
	Proxy     int
	ProxyName string // must agree with the number: a wrong digit is another neighbour
	Reason    string
	Way       models.VoterWay
}

// AskProxy registers a written mandate: on the phone by the voter, or from paper
// at the desk. It waits for the electoral committee, which publishes the list
// (art. 19).
func (t *Tenant) AskProxy(ctx context.Context, actor models.Actor, id models.ID, d ProxyDraft) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		var e *models.Election
		var v *models.Voter
		var err error
		if d.Principal == 0 {
			if err := tx.May("proxy", "create"); err != nil {
				return err
			}
			if e, err = electionByID(tx.DB, id); err != nil {
				return err
			}
			v, err = tx.myRow(e)
			d.Way = models.WayPhone
		} else {
			if e, err = tx.electionFor(id, "election", "desk"); err != nil {
				return err
			}
			v, err = rowByNumber(tx.DB, id, d.Principal, "principal")
			d.Way = models.WayPaper
		}
		if err != nil {
			return err
		}
		other, err := rowByNumber(tx.DB, id, d.Proxy, "proxy")
		if err != nil {
			return err
		}
		if other.Name != models.Key(d.ProxyName) {
			var f problem.Form
			f.Add("proxy", "election.proxy.unknown", nil)
			return f.Err()
		}
		d.Reason = cleanLine(d.Reason)
		m, err := tx.proxyMandate(e, v, other, d.Reason)
		if err != nil {
			return err
		}
		if err := policy.MayDelegate(m, e, tx.Day(), policy.ReadRules(e)); err != nil {
			return err
		}
		live := v.ID
		p := models.Proxy{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, VoterID: v.ID, LiveVoter: &live, ProxyID: other.ID, Way: d.Way,
			Reason: d.Reason, State: models.ProxyAsked, UserID: tx.Actor.UserID, CreatedAt: tx.Now}
		err = tx.Create(&p).Error
		if duplicate(err) {
			return problem.New(problem.Conflict, "election.proxy.twice", nil)
		}
		tx.Audit("election.proxy", p.ID, nil)
		tx.Touch("elections")
		return err
	})
}

func rowByNumber(db *gorm.DB, id models.ID, number int, field string) (*models.Voter, error) {
	var v models.Voter
	err := db.Where("election_id = ? AND number = ? AND state = ?", id, number, models.VoterDeclared).Take(&v).Error
	if problem.Is(notFound(err), problem.NotFound) {
		var f problem.Form
		f.Add(field, "election.proxy.unknown", nil)
		return nil, f.Err()
	}
	return &v, err
}

func (tx *Tx) proxyMandate(e *models.Election, v, other *models.Voter, reason string) (policy.Mandate, error) {
	m := policy.Mandate{Principal: *v, Proxy: *other, ProxyDelegated: other.ProxyID != 0, PrincipalProxy: v.Proxies, Reason: reason}
	if other.ResidentID == nil || v.ResidentID == nil {
		return m, nil
	}
	var err error
	if m.ProxyCandidate, err = tx.stands(e.ID, *other.ResidentID); err != nil {
		return m, err
	}
	near, err := tx.nearResidents(*v.ResidentID)
	m.Relative = near[*other.ResidentID]
	return m, err
}

// DecideProxy approves or refuses. The number a proxy holds is kept on the
// proxy's row, and its bound stands in the UPDATE's condition: of two approved
// at once, the fourth is refused.
func (t *Tenant) DecideProxy(ctx context.Context, actor models.Actor, id, proxy models.ID, accept bool, reason string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "proxy", "approve")
		if err != nil {
			return err
		}
		if policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.TooLate, "election.claim.closed", nil)
		}
		var p models.Proxy
		if err := tx.Where("id = ? AND election_id = ?", proxy, id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		if !accept {
			if reason, err = checkReason(reason); err != nil {
				return err
			}
			return tx.settleProxy(&p, models.ProxyAsked, models.ProxyRefused, reason)
		}
		if err := tx.takeMandate(e, &p); err != nil {
			return err
		}
		return tx.settleProxy(&p, models.ProxyAsked, models.ProxyApproved, "")
	})
}

// takeMandate asks the law again with both rows as they are now, and binds them.
func (tx *Tx) takeMandate(e *models.Election, p *models.Proxy) error {
	v, err := voterByID(tx.DB, e.ID, p.VoterID)
	if err != nil {
		return err
	}
	other, err := voterByID(tx.DB, e.ID, p.ProxyID)
	if err != nil {
		return err
	}
	m, err := tx.proxyMandate(e, v, other, p.Reason)
	if err != nil {
		return err
	}
	// The day to ask is over by the time it is decided: only that is not asked again.
	rules := policy.ReadRules(e)
	if err := policy.MayDelegate(m, e, min(tx.Day(), policy.Latest(e.Day, rules.Int("proxy.days"))), rules); err != nil {
		return err
	}
	res := tx.Model(&models.Voter{}).Where("id = ? AND proxies < ? AND proxy_id = 0", other.ID, rules.Int("proxy.most")).UpdateColumn("proxies", gorm.Expr("proxies + 1"))
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected == 0 {
		return problem.New(problem.Conflict, "election.proxy.full", problem.Args{"n": rules.Int("proxy.most")}).Because("art. 19")
	}
	if err := Changed(tx.Model(&models.Voter{}).Where("id = ? AND proxy_id = 0 AND proxies = 0", v.ID).UpdateColumn("proxy_id", other.ID)); err != nil {
		return err
	}
	return tx.sameWay(e, v, other)
}

// sameWay makes a mandate vote the way its proxy votes: whoever holds the slips
// of both, or stands at one table for both. Once the list of the electronic
// ballot is fixed the two must agree already.
func (tx *Tx) sameWay(e *models.Election, v, other *models.Voter) error {
	if v.Channel == other.Channel {
		return nil
	}
	board, err := electionBoard(tx.DB, e.ID)
	if err != nil {
		return err
	}
	if board != nil && board.State != models.BallotDraft {
		return problem.New(problem.Conflict, "election.proxy.channel", nil)
	}
	return tx.Model(&models.Voter{}).Where("id = ?", v.ID).UpdateColumn("channel", other.Channel).Error
}

func (tx *Tx) settleProxy(p *models.Proxy, from, to models.ProxyState, reason string) error {
	values := map[string]any{"state": to, "decision": reason, "decided_by": tx.Actor.UserID, "decided_name": tx.Actor.Name, "decided_at": tx.Now}
	if to != models.ProxyApproved {
		values["live_voter"] = nil
	}
	tx.Audit("election.proxy."+string(to), p.ID, nil)
	tx.Touch("elections")
	return Changed(tx.Model(&models.Proxy{}).Where("id = ? AND state = ?", p.ID, from).Updates(values))
}

// RevokeProxy takes a mandate back: by the voter, or at the desk, until the polls open.
func (t *Tenant) RevokeProxy(ctx context.Context, actor models.Actor, id, proxy models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := electionByID(tx.DB, id)
		if err != nil {
			return err
		}
		var p models.Proxy
		if err := tx.Where("id = ? AND election_id = ?", proxy, id).Take(&p).Error; err != nil {
			return notFound(err)
		}
		if v, mine := tx.myRow(e); mine != nil || v.ID != p.VoterID {
			if _, err := tx.electionFor(id, "proxy", "approve"); err != nil {
				return err
			}
		}
		if policy.ElectionReached(e.State, models.ElectionVoting) {
			return problem.New(problem.TooLate, "election.claim.closed", nil)
		}
		from := p.State
		if from != models.ProxyAsked && from != models.ProxyApproved {
			return problem.New(problem.Conflict, "policy.state", nil)
		}
		if from == models.ProxyApproved {
			if err := tx.Model(&models.Voter{}).Where("id = ? AND proxies > 0", p.ProxyID).UpdateColumn("proxies", gorm.Expr("proxies - 1")).Error; err != nil {
				return err
			}
			if err := tx.Model(&models.Voter{}).Where("id = ?", p.VoterID).UpdateColumn("proxy_id", 0).Error; err != nil {
				return err
			}
		}
		return tx.settleProxy(&p, from, models.ProxyRevoked, "")
	})
}

// dropCandidateProxies ends mandates that somebody holds who now stands (art. 19).
func (tx *Tx) dropCandidateProxies(e *models.Election, resident models.ID) error {
	var v models.Voter
	if err := tx.Where("election_id = ? AND resident_id = ?", e.ID, resident).Limit(1).Find(&v).Error; err != nil || v.ID == 0 {
		return err
	}
	var held []models.Proxy
	if err := tx.Where("election_id = ? AND proxy_id = ? AND state IN ?", e.ID, v.ID, []models.ProxyState{models.ProxyAsked, models.ProxyApproved}).Find(&held).Error; err != nil {
		return err
	}
	for i := range held {
		if err := tx.Model(&models.Voter{}).Where("id = ?", held[i].VoterID).UpdateColumn("proxy_id", 0).Error; err != nil {
			return err
		}
		if err := tx.settleProxy(&held[i], held[i].State, models.ProxyRefused, "art. 19"); err != nil {
			return err
		}
	}
	return tx.Model(&models.Voter{}).Where("id = ?", v.ID).UpdateColumn("proxies", 0).Error
}
