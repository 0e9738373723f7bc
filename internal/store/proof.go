package store

import (
	"context"
	"encoding/hex"
	"slices"

	"gorm.io/gorm"

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

// AuditFilter narrows the record of acts. A zero field does not narrow.
type AuditFilter struct {
	Before  int64     // rows older than this number
	Subject string    // the first part of the action: "account"
	By      models.ID // who
	Object  models.ID // of one thing
	Limit   int       // 1 to 200
}

// AuditRows lists the record of acts, the newest first. Refusal: Forbidden.
func (t *Tenant) AuditRows(ctx context.Context, actor models.Actor, f AuditFilter) ([]models.AuditRow, error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "audit", "read", models.DateOf(t.Now())); err != nil {
		return nil, err
	}
	if f.Limit < 1 || f.Limit > 200 {
		return nil, problem.New(problem.Invalid, "form.invalid", nil)
	}
	q, err := t.auditable(ctx, actor)
	if err != nil {
		return nil, err
	}
	if f.Before > 0 {
		q = q.Where("seq < ?", f.Before)
	}
	if f.Subject != "" {
		q = q.Where("action LIKE ? ESCAPE '!'", likePrefix(f.Subject+"."))
	}
	if f.By != 0 {
		q = q.Where("actor_id = ?", f.By)
	}
	if f.Object != 0 {
		q = q.Where("object_id = ?", f.Object)
	}
	var rows []models.AuditRow
	err = q.Order("seq DESC").Limit(f.Limit).Find(&rows).Error
	return rows, err
}

// auditable leaves out the rows of cases that the reader may not know of: one
// that turned out to be about officials was filed in everybody's sight.
func (t *Tenant) auditable(ctx context.Context, actor models.Actor) (*gorm.DB, error) {
	db := t.db(ctx)
	r, err := t.reader(db, actor, models.DateOf(t.Now()))
	if err != nil {
		return nil, err
	}
	unknown := slices.DeleteFunc([]models.ComplaintAbout{models.AboutCommittee, models.AboutSupervisor, models.AboutStreet},
		func(a models.ComplaintAbout) bool { return slices.Contains(r.Abouts(), a) })
	q := db.Where("object_id NOT IN (SELECT case_id FROM complaint_parties WHERE community_id = ? AND kind = ? AND (user_id IN ? OR person_key IN ?))",
		t.Community.ID, models.PartyConcerned, orNone(append(r.NearUsers, r.UserID)), append(r.NearKeys, "\x00", r.PersonKey))
	if len(unknown) > 0 {
		q = q.Where("object_id NOT IN (SELECT id FROM complaints WHERE community_id = ? AND open IN ? AND about IN ?)", t.Community.ID, []bool{true, false}, unknown)
	}
	return q, nil
}

// ActorNames are the names by which people hold or held posts of the community
// and of its street: whoever acted as an officer acted in public. Everybody
// else stays a number.
func (t *Tenant) ActorNames(ctx context.Context) (map[models.ID]string, error) {
	var rows []models.Appointment
	err := t.Store.db(ctx).Select("id", "user_id", "name").Where("region_id IN ? AND name <> ''",
		[]models.ID{t.Community.ID, t.Community.StreetID, t.Community.DistrictID}).Order("id").Find(&rows).Error
	names := make(map[models.ID]string, len(rows))
	for _, a := range rows {
		names[a.UserID] = a.Name
	}
	return names, err
}
