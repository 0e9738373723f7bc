package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"juwu/ballot"
	"juwu/models"
)

// What may not change any more, by any route and by no statement past the
// program: the acts that fixed it are in the audit chain, and verify compares.

const (
	auditHours     = "ballot.hours"
	auditAnnounced = "election.announce"
)

func hoursOf(b *models.BallotBoard) map[string]int64 {
	return map[string]int64{"opens": b.OpensAt.Unix(), "closes": b.ClosesAt.Unix()}
}

// announcedOf is what the first notice of an election fixed.
func announcedOf(db *gorm.DB, e *models.Election) (map[string]string, error) {
	posts, err := postsOf(db, e.ID)
	var seats []string
	for _, p := range posts {
		seats = append(seats, string(p.Post)+" "+strconv.Itoa(p.Seats))
	}
	return map[string]string{"rules": hex.EncodeToString(e.RulesHash), "day": string(e.Day), "mode": string(e.Mode), "posts": strings.Join(seats, ", ")}, err
}

// audited reads the detail of the act that is noted once of an object.
func audited[T any](db *gorm.DB, action string, object models.ID) (detail T, ok bool, err error) {
	var rows []models.AuditRow
	err = db.Where("action = ? AND object_id = ?", action, object).Order("seq DESC").Limit(1).Find(&rows).Error
	ok = err == nil && len(rows) == 1 && json.Unmarshal(rows[0].Detail, &detail) == nil
	return detail, ok, err
}

// checkAnnounced compares rules, day, mode and seats with those of the first
// notice.
func (t *Tenant) checkAnnounced(ctx context.Context, e *models.Election, say func(string, ...any)) error {
	if e.FrozenAt == nil {
		return nil
	}
	if sum := sha256.Sum256(e.Rules); !bytes.Equal(sum[:], e.RulesHash) {
		say("the rules do not have their fingerprint")
	}
	was, ok, err := audited[map[string]string](t.db(ctx), auditAnnounced, e.ID)
	if err != nil || !ok {
		return err // a further vote takes over what its parent announced
	}
	now, err := announcedOf(t.db(ctx), e)
	for _, k := range []string{"rules", "day", "mode", "posts"} {
		if old, noted := was[k]; noted && old != now[k] {
			say("%s was %q when it was announced and is %q", k, old, now[k])
		}
	}
	return err
}

// checkFixed compares the row of an open vote with the setup on its board, and
// its hours with those it was opened with.
func (t *Tenant) checkFixed(ctx context.Context, b *models.BallotBoard, s *ballot.Setup, found func(string)) error {
	e := ballot.Election{Name: b.Title, Description: b.Description, PublicKey: s.Election.PublicKey, UUID: b.UUID}
	for _, q := range Questions(b) {
		e.Questions = append(e.Questions, ballot.Question{Text: q.Text, Answers: q.Answers, Blank: q.Blank, Min: q.Min, Max: q.Max})
	}
	if fixed, err := ballot.NewElection(e); err != nil || !bytes.Equal(fixed.Bytes(), s.Election.Bytes()) {
		found("board " + b.ID.String() + ": title or questions are not those on the board")
	}
	if ballot.DigestOf(b.Trustees) != s.Checksums().Trustees {
		found("board " + b.ID.String() + ": the trustees are not those on the board")
	}
	was, ok, err := audited[map[string]int64](t.db(ctx), auditHours, b.ID)
	if now := hoursOf(b); ok && (was["opens"] != now["opens"] || was["closes"] != now["closes"]) {
		found("board " + b.ID.String() + ": its hours were changed after it was opened")
	}
	return err
}
