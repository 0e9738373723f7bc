package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// A session is a login on one device. The cookie holds 256 random bits, the
// table only their SHA-256, so that a copy of the database opens nothing. Every
// process reads the row at every request: a session that was ended here is
// ended everywhere at once.

// How long a session lives without use and at most. A second factor makes it
// an officer's session: shorter, because it opens other people's data.
const (
	SessionIdle      = 30 * 24 * time.Hour
	SessionLife      = 180 * 24 * time.Hour
	OfficerIdle      = 12 * time.Hour
	OfficerLife      = 7 * 24 * time.Hour
	SecondFactorLife = 12 * time.Hour
)

// seenEvery bounds how often reading a page costs a write.
const seenEvery = 5 * time.Minute

// sessionsPerUser is the most devices one person is logged in on; the one not
// used for the longest time ends first.
const sessionsPerUser = 20

// Device is what the edge knows of the browser that asks.
type Device struct {
	Hash    []byte // SHA-256 of the device cookie, 32 bytes
	Session []byte // SHA-256 of the session cookie it has now; ended at login
	Name    string // coarse, for the person to recognise: "iPhone · WeChat"
	IP      string
	Lang    string // "zh-CN", "en": the language of the message with the code
	Agreed  string // version of the processing rules agreed to on this device; "" = not
}

// Opened is a fresh session: Token goes into the cookie and nowhere else.
type Opened struct {
	User  models.User
	Token string
	Until time.Time
	New   bool // the person has just become a user
}

// newToken is a session cookie's value and the hash that is stored.
func newToken() (string, []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	token := base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(token))
	return token, sum[:]
}

// sessionQuery has a row for each of the user's live ties, and one if there is
// none.
const sessionQuery = `SELECT s.user_id, s.second_factor_at, s.seen_at, s.expires_at, u.name, u.closed_at,
	COALESCE(l.community_id, 0), COALESCE(l.id, 0), COALESCE(l.resident_id, 0), COALESCE(l.state, '')
FROM sessions s JOIN users u ON u.id = s.user_id
LEFT JOIN resident_links l ON l.user_id = s.user_id AND l.live_user IS NOT NULL
WHERE s.hash = ?`

// SessionActor is who holds the cookie with this hash; the zero Actor when
// nobody does. It is the one read that a request costs.
func (s *Store) SessionActor(ctx context.Context, hash []byte, now time.Time) (models.Actor, error) {
	if len(hash) != sha256.Size {
		return models.Actor{}, nil
	}
	var row models.Session
	var closed *time.Time
	a := models.Actor{SessionHash: hash}
	err := s.quick(ctx, sessionQuery, func(rows *sql.Rows) error {
		var l models.ResidentLink
		err := rows.Scan(&row.UserID, &row.SecondFactorAt, &row.SeenAt, &row.ExpiresAt, &a.Name, &closed,
			&l.CommunityID, &l.ID, &l.ResidentID, &l.State)
		if l.ID != 0 {
			l.UserID = row.UserID
			a.Links = append(a.Links, l)
		}
		return err
	}, hash)
	if err != nil || row.UserID == 0 || closed != nil || !alive(row.SecondFactorAt, row.SeenAt, row.ExpiresAt, now) {
		return models.Actor{}, err
	}
	if now.Sub(row.SeenAt) >= seenEvery {
		s.seen(ctx, hash, now)
	}
	a.UserID = row.UserID
	a.SecondFactor = row.SecondFactorAt != nil && now.Sub(*row.SecondFactorAt) < SecondFactorLife
	a.Appointments = s.postsOf(row.UserID, models.DateOf(now))
	return a, nil
}

// keepPosts keeps the appointments by user in memory, as the guard was given
// them, so that a request learns its actor's posts without a read.
func (s *Store) keepPosts(appointments []models.Appointment) {
	byUser := make(map[models.ID][]models.Appointment, len(appointments))
	for _, a := range appointments {
		byUser[a.UserID] = append(byUser[a.UserID], a)
	}
	s.posts.Store(&byUser)
}

// postsOf are the user's appointments in force on the day.
func (s *Store) postsOf(user models.ID, day models.Date) []models.Appointment {
	all := s.posts.Load()
	if all == nil {
		return nil
	}
	var held []models.Appointment
	for _, a := range (*all)[user] {
		if a.Holds(day) {
			held = append(held, a)
		}
	}
	return held
}

// alive applies the two time limits of a session.
func alive(secondFactor *time.Time, seen, expires, now time.Time) bool {
	idle := SessionIdle
	if secondFactor != nil {
		idle = OfficerIdle
	}
	return now.Before(expires) && now.Sub(seen) < idle
}

// seen notes that the session is in use. A page is not worth waiting for this
// write: when the database is busy, a later request will note it.
func (s *Store) seen(ctx context.Context, hash []byte, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	now = models.Moment(now)
	err := s.write.WithContext(ctx).Model(&models.Session{}).Where("hash = ? AND seen_at < ?", hash, now).Update("seen_at", now).Error
	if err != nil {
		s.opt.Log.Warn("session not marked as seen", "err", err)
	}
}

// openSession makes a session for the user on the device and ends the one the
// device had: an id that was there before the login may be known to others.
func (tx *Tx) openSession(u models.User, d Device, secondFactor *time.Time, until time.Time) (Opened, error) {
	token, hash := newToken()
	if len(d.Session) > 0 {
		if err := tx.Where("hash = ?", d.Session).Delete(&models.Session{}).Error; err != nil {
			return Opened{}, err
		}
	}
	row := models.Session{Hash: hash, UserID: u.ID, Device: cut(d.Name, 200), SecondFactorAt: secondFactor,
		CreatedAt: tx.Now, SeenAt: tx.Now, ExpiresAt: until}
	if err := tx.Create(&row).Error; err != nil {
		return Opened{}, err
	}
	var old [][]byte
	err := tx.Model(&models.Session{}).Where("user_id = ?", u.ID).Order("seen_at DESC").Order("created_at DESC").
		Offset(sessionsPerUser).Limit(100).Pluck("hash", &old).Error
	if err == nil && len(old) > 0 {
		err = tx.Where("hash IN ?", old).Delete(&models.Session{}).Error
	}
	return Opened{User: u, Token: token, Until: until}, err
}

// cut shortens a text to n bytes at a character's edge.
func cut(s string, n int) string {
	for len(s) > n {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return s
}

// Sessions are the person's logins that are alive at now, the latest used first.
func (s *Store) Sessions(ctx context.Context, user models.ID, now time.Time) ([]models.Session, error) {
	var rows, live []models.Session
	if err := s.db(ctx).Where("user_id = ?", user).Order("seen_at DESC").Limit(100).Find(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		if alive(r.SecondFactorAt, r.SeenAt, r.ExpiresAt, now) {
			live = append(live, r)
		}
	}
	return live, nil
}

// EndSession logs one device of the actor out. Ending what has ended already
// is no error: the person wanted it gone.
func (s *Store) EndSession(ctx context.Context, actor models.Actor, hash []byte) error {
	if actor.UserID == 0 {
		return problem.New(problem.Unauthorized, "policy.login", nil)
	}
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) error {
		return tx.Where("hash = ? AND user_id = ?", hash, actor.UserID).Delete(&models.Session{}).Error
	})
	if err == nil {
		s.event("session.end", actor.UserID)
	}
	return err
}

// EndSessions logs the actor out everywhere but on the device that asks; with
// keep nil there too. It tells how many sessions ended.
func (s *Store) EndSessions(ctx context.Context, actor models.Actor, keep []byte) (int, error) {
	if actor.UserID == 0 {
		return 0, problem.New(problem.Unauthorized, "policy.login", nil)
	}
	var ended int
	err := s.WriteGlobal(ctx, actor, func(tx *Tx) (err error) {
		ended, err = tx.endSessions(actor.UserID, keep)
		tx.Audit("session.end_all", actor.UserID, map[string]int{"n": ended})
		return err
	})
	if err == nil {
		s.event("session.end_all", actor.UserID)
	}
	return ended, err
}

func (tx *Tx) endSessions(user models.ID, keep []byte) (int, error) {
	if keep == nil {
		keep = []byte{}
	}
	res := tx.Where("user_id = ? AND hash <> ?", user, keep).Delete(&models.Session{})
	return int(res.RowsAffected), res.Error
}

// event leaves the one log line of a security event. It names the account by
// its id, never the person, the telephone or the code.
func (s *Store) event(name string, user models.ID) {
	s.opt.Log.Info("security", "event", name, "user", user)
}
