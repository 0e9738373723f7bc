package store

import (
	"context"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// The yearly review of the committee's members (民主评议, art. 37): the list of
// those who grade is frozen when the meeting is called; each line grades once, by
// phone or on paper; a grade knows no voter.

// ReviewView is a review with those reviewed.
type ReviewView struct {
	models.MemberReview
	Members []models.ReviewedMember
	Sheets2 [2][]models.ReviewSheet // what each of the two counted, in the order of Members
}

func reviewOf(db *gorm.DB, meeting models.ID) (*models.MemberReview, error) {
	var r models.MemberReview
	if err := db.Where("meeting_id = ?", meeting).Take(&r).Error; err != nil {
		return nil, notFound(err)
	}
	return &r, nil
}

func reviewedOf(db *gorm.DB, review models.ID) (rows []models.ReviewedMember, err error) {
	err = db.Where("review_id = ?", review).Order("ordinal").Find(&rows).Error
	return rows, err
}

// Review is the yearly review of a meeting. Refusals: NotFound for another kind.
func (t *Tenant) Review(ctx context.Context, meeting models.ID) (*ReviewView, error) {
	db := t.db(ctx)
	r, err := reviewOf(db, meeting)
	if err != nil {
		return nil, err
	}
	v := &ReviewView{MemberReview: *r}
	if v.Members, err = reviewedOf(db, r.ID); err != nil {
		return nil, err
	}
	v.Sheets2, err = sheetsOf(db, r.ID, v.Members)
	return v, err
}

// sheetsOf are the two counts of the papers; a count not made yet is empty.
func sheetsOf(db *gorm.DB, review models.ID, members []models.ReviewedMember) (both [2][]models.ReviewSheet, err error) {
	var rows []models.ReviewSheet
	if err := db.Where("review_id = ?", review).Order("entry").Find(&rows).Error; err != nil {
		return both, err
	}
	for _, m := range members {
		for _, s := range rows {
			if s.MemberID == m.ID {
				both[s.Entry-1] = append(both[s.Entry-1], s)
			}
		}
	}
	return both, nil
}

// callReview freezes who is reviewed and who grades: the members in office, and
// the list of the residents' or the representatives' meeting of the day without
// those who are reviewed.
func (tx *Tx) callReview(m *models.CivicMeeting) error {
	r, err := reviewOf(tx.DB, m.ID)
	if err != nil {
		return err
	}
	day := models.DateOf(m.StartAt)
	members, err := tx.freezeReviewed(r, day)
	if err != nil {
		return err
	}
	list, err := tx.entitled(&models.AssemblySession{Mode: r.Mode, Day: day})
	if err != nil {
		return err
	}
	var voters []models.ReviewVoter
	for _, v := range list {
		if v.Kind == "member" || members[v.UserID] {
			continue
		}
		voters = append(voters, models.ReviewVoter{Tenant: models.Tenant{ID: tx.NewID()}, ReviewID: r.ID, KeyID: v.KeyID, Kind: v.Kind,
			ResidentID: v.ResidentID, HouseholdID: v.HouseholdID, UserID: v.UserID, Name: v.Name, Place: v.Place})
	}
	if len(voters) == 0 {
		return problem.New(problem.Conflict, "review.voters.none", nil)
	}
	now := models.MemberReview{State: models.ReviewCalled, Entitled: len(voters), UpdatedAt: tx.Now}
	err = Changed(tx.Model(&models.MemberReview{}).Where("id = ? AND state = ?", r.ID, models.ReviewDraft).Select("state", "entitled", "updated_at").UpdateColumns(&now))
	if err != nil {
		return err
	}
	tx.Audit("review.freeze", m.ID, map[string]int{"entitled": len(voters), "members": len(members)})
	if err := tx.CreateInBatches(voters, batch).Error; err != nil {
		return err
	}
	for _, v := range voters {
		if v.UserID == 0 {
			continue
		}
		if err := tx.Tell(v.UserID, "review.tell.called", problem.Args{"title": m.Title, "time": m.StartAt}, meetingPath(tx.Community, m.ID)+"/grade"); err != nil && !problem.Is(err, problem.NotFound) {
			return err
		}
	}
	return nil
}

// freezeReviewed writes down who is reviewed; it returns their logins, and those
// of the roll behind them under 0 never.
func (tx *Tx) freezeReviewed(r *models.MemberReview, day models.Date) (map[models.ID]bool, error) {
	members, err := tx.store.committeeOn(tx.DB, tx.Community, day)
	if err != nil {
		return nil, err
	}
	known := map[models.ID]bool{}
	for _, a := range members {
		if known[a.UserID] {
			continue
		}
		known[a.UserID] = true
		row := models.ReviewedMember{Tenant: models.Tenant{ID: tx.NewID()}, ReviewID: r.ID, UserID: a.UserID, AppointmentID: a.ID, Name: a.Name, Role: a.Role, Until: a.Until, Ordinal: len(known)}
		if err := tx.Create(&row).Error; err != nil {
			return nil, err
		}
	}
	if len(known) == 0 {
		return nil, problem.New(problem.Conflict, "review.members.none", nil)
	}
	return known, nil
}

// ReviewLine is the actor's line on the frozen list; nil for who is not on it,
// and for those who are reviewed. marked tells whether it has graded.
func (t *Tenant) ReviewLine(ctx context.Context, actor models.Actor, r *models.MemberReview) (line *models.ReviewVoter, marked bool, err error) {
	db := t.db(ctx)
	line, err = reviewLine(db, actor, t.Community.ID, r.ID, models.DateOf(t.Now()))
	if err != nil || line == nil {
		return nil, false, err
	}
	var n int64
	err = db.Model(&models.ReviewMark{}).Where("review_id = ? AND voter_id = ?", r.ID, line.ID).Count(&n).Error
	return line, n > 0, err
}

// reviewLine finds the line of a representative by login, of a resident by the
// confirmed tie, of a household by any adult who lives in it.
func reviewLine(db *gorm.DB, actor models.Actor, community, review models.ID, day models.Date) (*models.ReviewVoter, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var own int64
	if err := db.Model(&models.ReviewedMember{}).Where("review_id = ? AND user_id = ?", review, actor.UserID).Count(&own).Error; err != nil || own > 0 {
		return nil, err
	}
	one := func(query string, args ...any) (*models.ReviewVoter, error) {
		var rows []models.ReviewVoter
		err := db.Where("review_id = ?", review).Where(query, args...).Limit(1).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		return &rows[0], nil
	}
	if v, err := one("kind = ? AND user_id = ?", "rep", actor.UserID); v != nil || err != nil {
		return v, err
	}
	link, ok := actor.Resident(community)
	if !ok || link.State != models.LinkConfirmed {
		return nil, nil
	}
	if v, err := one("kind <> ? AND resident_id = ?", "household", link.ResidentID); v != nil || err != nil {
		return v, err
	}
	var self models.Resident
	if err := db.Where("id = ? AND state = ?", link.ResidentID, models.ResidentActive).Limit(1).Find(&self).Error; err != nil || self.ID == 0 || !policy.Adult(self.Birth, day) {
		return nil, err
	}
	return one("kind = ? AND household_id = ?", "household", self.HouseholdID)
}

// FindReviewLines looks up lines by name or address, for the desk. Marked ones
// are told apart by the map.
func (t *Tenant) FindReviewLines(ctx context.Context, actor models.Actor, review models.ID, words string) (rows []models.ReviewVoter, marked map[models.ID]bool, err error) {
	if err := t.opt.Guard.Allowed(actor, t.Community, "appraisal", "manage", models.DateOf(t.Now())); err != nil {
		return nil, nil, err
	}
	q := t.db(ctx).Where("review_id = ?", review)
	if words = cleanLine(words); words != "" {
		begins := likePrefix(words)
		within := "%" + begins
		q = q.Where("name LIKE ? ESCAPE '!' OR place LIKE ? ESCAPE '!'", begins, within)
	}
	if err := q.Order("id").Limit(60).Find(&rows).Error; err != nil {
		return nil, nil, err
	}
	ids := make([]models.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var given []models.ID
	err = t.db(ctx).Model(&models.ReviewMark{}).Where("review_id = ? AND voter_id IN ?", review, orNone(ids)).Pluck("voter_id", &given).Error
	marked = map[models.ID]bool{}
	for _, id := range given {
		marked[id] = true
	}
	return rows, marked, err
}

// GradesWaiting are the appraisals and reviews that wait for the actor's grade:
// as a rule there is none, and then it is one query.
func (t *Tenant) GradesWaiting(ctx context.Context, actor models.Actor) ([]models.CivicMeeting, error) {
	if actor.UserID == 0 {
		return nil, nil
	}
	var rows, out []models.CivicMeeting
	err := t.db(ctx).Where("kind IN ? AND state IN ? AND start_at <= ? AND end_at > ?", []models.MeetingKind{models.MeetingAppraisal, models.MeetingReview},
		[]models.MeetingState{models.MeetingCalled, models.MeetingHeld}, t.Now(), t.Now().AddDate(0, 0, -7)).Order("start_at").Limit(4).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	for _, m := range rows {
		waits, err := t.gradeWaits(ctx, actor, m)
		if err != nil {
			return nil, err
		}
		if waits {
			out = append(out, m)
		}
	}
	return out, nil
}

func (t *Tenant) gradeWaits(ctx context.Context, actor models.Actor, m models.CivicMeeting) (bool, error) {
	if m.Kind == models.MeetingAppraisal {
		v, err := t.Appraisal(ctx, m.ID)
		if err != nil || v.ResultAt != nil {
			return false, err
		}
		p := v.MySeat(actor)
		return p != nil && p.Grade == nil && p.Barred == nil, nil
	}
	r, err := reviewOf(t.db(ctx), m.ID)
	if err != nil || r.State != models.ReviewOpen {
		return false, err
	}
	line, marked, err := t.ReviewLine(ctx, actor, r)
	return line != nil && !marked, err
}
