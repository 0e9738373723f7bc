package store

import (
	"context"
	"encoding/hex"

	"juwu/internal/problem"
	"juwu/models"
)

// Proof is what an outsider needs to check a community's publications without
// trusting this program: the signed end of the audit chain and the chain of
// fingerprints. Print both, and nothing can be changed in silence.
type Proof struct {
	Key          string        `json:"key"` // Ed25519 public key, hex
	Seq          int64         `json:"seq"` // of the head
	Head         string        `json:"head"`
	Signature    string        `json:"signature"` // over "juwu audit head 1", community, seq (8 bytes each, big-endian), head
	Community    models.ID     `json:"community"`
	Publications []Publication `json:"publications"`
}

// Publication is one link of the chain of published accounts.
type Publication struct {
	Seq         int64               `json:"seq"`
	Month       models.Month        `json:"month"`
	Version     int                 `json:"version"`
	Number      string              `json:"number"`
	State       models.AccountState `json:"state"`
	Fingerprint string              `json:"fingerprint"`
	Previous    string              `json:"previous"`
}

// Proof reads the ends of the community's chains.
func (t *Tenant) Proof(ctx context.Context) (*Proof, error) {
	p := &Proof{Key: hex.EncodeToString(t.AuditKey()), Community: t.Community.ID, Publications: []Publication{}}
	var head models.AuditHead
	if err := t.db(ctx).Limit(1).Find(&head).Error; err != nil {
		return nil, err
	}
	p.Seq, p.Head, p.Signature = head.Seq, hex.EncodeToString(head.Hash), hex.EncodeToString(head.Signature)
	var months []models.AccountMonth
	err := t.db(ctx).Where("seq IS NOT NULL").Order("seq DESC").Limit(240).Find(&months).Error
	if err != nil {
		return nil, err
	}
	for _, m := range months {
		p.Publications = append(p.Publications, Publication{*m.Seq, m.Month, m.Version, m.Number, m.State,
			hex.EncodeToString(m.Fingerprint), hex.EncodeToString(m.Previous)})
	}
	return p, nil
}

// Evidence lets anybody recompute one publication: the SHA-256 of Text is its
// fingerprint, and the SHA-256 of key, open fields, newline and words is the
// hash that stands in the text for the words of a line. Names stay inside.
type Evidence struct {
	Fingerprint string         `json:"fingerprint"`
	Text        string         `json:"text"`
	Words       []EvidenceWord `json:"words"`
}

// EvidenceWord opens one hash of the text. After a withdrawal it is not handed out.
type EvidenceWord struct {
	Line  int    `json:"line"`
	Field string `json:"field"`
	Key   string `json:"key"`
	Open  string `json:"open"`
	Text  string `json:"text"`
	Hash  string `json:"hash"`
}

// Evidence of the publication seq.
func (t *Tenant) Evidence(ctx context.Context, seq int64) (*Evidence, error) {
	var m models.AccountMonth
	if err := t.db(ctx).Where("seq = ?", seq).Take(&m).Error; err != nil {
		return nil, notFound(err)
	}
	entries, err := t.AccountEntries(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	signatures, err := t.AccountSignatures(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	signatures = ofRound(signatures, m.Round)
	e := &Evidence{Fingerprint: hex.EncodeToString(m.Fingerprint), Text: fingerprintText(&m, entries, signatures), Words: []EvidenceWord{}}
	for i := range entries {
		x := &entries[i]
		if x.WithdrawnAt != nil || m.WithdrawnAt != nil {
			continue
		}
		for _, w := range []struct {
			field, text string
			hash        []byte
		}{{"purpose", x.Purpose, x.PurposeHash}, {"note", x.Note, x.NoteHash}} {
			e.Words = append(e.Words, EvidenceWord{x.Line, w.field, hex.EncodeToString(FieldKey(m.Salt, x.Line, w.field)),
				openFields(x), w.text, hex.EncodeToString(w.hash)})
		}
	}
	return e, nil
}

// AuditRows are the last rows of the community's audit chain before a row
// number (0: from its end), for those who watch.
func (t *Tenant) AuditRows(ctx context.Context, actor models.Actor, before int64, limit int) ([]models.AuditRow, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "audit", "read", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	if limit < 1 || limit > 200 {
		return nil, problem.New(problem.Invalid, "form.invalid", nil)
	}
	q := t.db(ctx)
	if before > 0 {
		q = q.Where("seq < ?", before)
	}
	var rows []models.AuditRow
	err := q.Order("seq DESC").Limit(limit).Find(&rows).Error
	return rows, err
}
