package store

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"juwu/models"
)

// Audit notes that action was done to an object. detail is short JSON of ids
// and figures, or a hash; never personal data. Anonymous acts pass through
// AuditUnnamed.
func (tx *Tx) Audit(action string, object models.ID, detail any) {
	tx.audit(tx.Actor.UserID, action, object, detail)
}

// AuditUnnamed notes an act without its actor: beside a ballot or an
// anonymous case no row may say who.
func (tx *Tx) AuditUnnamed(action string, object models.ID, detail any) {
	tx.audit(0, action, object, detail)
}

// AuditAside notes an act in the chain of the whole installation instead of the
// community's: those who read the community's must not learn that a case about
// them exists. It names no actor.
func (tx *Tx) AuditAside(action string, object models.ID) {
	b, _ := json.Marshal(map[string]models.ID{"community": tx.chain})
	tx.aside = append(tx.aside, models.AuditRow{At: tx.Now, Action: action, ObjectID: object, Detail: b})
}

func (tx *Tx) audit(actor models.ID, action string, object models.ID, detail any) {
	var b []byte
	switch d := detail.(type) {
	case nil:
	case []byte:
		b = d
	default:
		b, _ = json.Marshal(d)
	}
	tx.audits = append(tx.audits, models.AuditRow{
		CommunityID: tx.chain, At: tx.Now, ActorID: actor, Action: action, ObjectID: object, Detail: b,
	})
}

// auditHash binds a row to the one before it. Every field is length-prefixed,
// so that no two rows have the same encoding.
func auditHash(r *models.AuditRow) []byte {
	h := sha256.New()
	var n [8]byte
	num := func(v int64) { binary.BigEndian.PutUint64(n[:], uint64(v)); h.Write(n[:]) }
	str := func(b []byte) { num(int64(len(b))); h.Write(b) }
	str([]byte("juwu audit 1"))
	num(int64(r.CommunityID))
	num(r.Seq)
	num(r.At.UnixMilli())
	num(int64(r.ActorID))
	str([]byte(r.Role))
	str([]byte(r.Action))
	num(int64(r.ObjectID))
	str(r.Detail)
	str(r.Previous)
	return h.Sum(nil)
}

func headMessage(chain models.ID, seq int64, hash []byte) []byte {
	b := []byte("juwu audit head 1")
	b = binary.BigEndian.AppendUint64(b, uint64(chain))
	b = binary.BigEndian.AppendUint64(b, uint64(seq))
	return append(b, hash...)
}

// appendAudit takes the chain's head, appends the rows and signs the new
// head. The UPDATE locks the head's row, so the chain cannot fork; the
// primary key (community, seq) is the second lock.
func (tx *Tx) appendAudit() error {
	if err := tx.appendChain(tx.chain, tx.audits); err != nil {
		return err
	}
	return tx.appendChain(0, tx.aside) // always after the community's: one order of locks
}

func (tx *Tx) appendChain(chain models.ID, rows []models.AuditRow) error {
	if len(rows) == 0 {
		return nil
	}
	all := scoped(tx.DB, chain)
	res := all.Model(&models.AuditHead{}).Where("community_id = ?", chain).Update("seq", gorm.Expr("seq + ?", len(rows)))
	if res.Error != nil {
		return res.Error
	}
	var head models.AuditHead
	if res.RowsAffected == 0 {
		head = models.AuditHead{CommunityID: chain, Seq: int64(len(rows))}
		if err := all.Create(&head).Error; err != nil {
			return err
		}
	} else if err := all.Take(&head).Error; err != nil {
		return err
	}
	seq := head.Seq - int64(len(rows))
	for i := range rows {
		r := &rows[i]
		seq++
		r.Seq, r.Previous = seq, head.Hash
		r.Hash = auditHash(r)
		head.Hash = r.Hash
	}
	if err := all.Create(&rows).Error; err != nil {
		return err
	}
	head.Signature = ed25519.Sign(tx.store.opt.Keys.SigningKey("audit-head"), headMessage(chain, head.Seq, head.Hash))
	head.SignedSeq = head.Seq
	return Changed(all.Model(&models.AuditHead{}).Where("seq = ?", head.Seq).
		Select("hash", "signature", "signed_seq").Updates(&head))
}

// AuditKey is the public key that checks signed heads.
func (s *Store) AuditKey() ed25519.PublicKey {
	return s.opt.Keys.SigningKey("audit-head").Public().(ed25519.PublicKey)
}

var errChain = errors.New("audit chain")

// checkChain walks one chain and returns what is wrong with it.
func (s *Store) checkChain(db *gorm.DB, chain models.ID) error {
	var head models.AuditHead
	err := db.Where("community_id = ?", chain).Take(&head).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var previous []byte
	var seq int64
	for {
		var rows []models.AuditRow
		err := db.Where("community_id = ? AND seq > ?", chain, seq).Order("seq").Limit(1000).Find(&rows).Error
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			seq++
			if r.Seq != seq || string(r.Previous) != string(previous) || string(auditHash(r)) != string(r.Hash) {
				return fmt.Errorf("%w %d broken at row %d (%s)", errChain, chain, seq, r.Action)
			}
			previous = r.Hash
		}
		if len(rows) == 0 {
			break
		}
	}
	if seq != head.Seq || string(previous) != string(head.Hash) {
		return fmt.Errorf("%w %d ends at row %d, its head says %d", errChain, chain, seq, head.Seq)
	}
	if !ed25519.Verify(s.AuditKey(), headMessage(chain, head.Seq, head.Hash), head.Signature) {
		return fmt.Errorf("%w %d: the head's signature is wrong", errChain, chain)
	}
	return nil
}
