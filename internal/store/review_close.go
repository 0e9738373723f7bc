package store

import (
	"context"
	"slices"
	"time"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// CloseReview counts: what each member got, the verdict, and how many verdicts
// 不称职 that makes in a row. A second one ends the post by law (art. 37): the
// member and the street are told at once. Refusals: Forbidden, Conflict while
// the two counts of the papers are missing or differ.
func (t *Tenant) CloseReview(ctx context.Context, actor models.Actor, meeting models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		m, r, err := tx.reviewStep(meeting, "manage", "close")
		if err != nil {
			return err
		}
		members, err := reviewedOf(tx.DB, r.ID)
		if err != nil {
			return err
		}
		paper, err := tx.agreedSheets(r, members)
		if err != nil {
			return err
		}
		if len(paper) > 0 {
			r.Sheets = paper[0].Papers()
		}
		r.Valid, r.ClosedAt, r.UpdatedAt = policy.ReviewValid(r.TookPart(), r.Entitled), &tx.Now, tx.Now
		err = Changed(tx.Model(&models.MemberReview{}).Where("id = ? AND state = ? AND phone = ? AND paper = ?", r.ID, models.ReviewOpen, r.Phone, r.Paper).
			Select("state", "sheets", "valid", "closed_at", "updated_at").UpdateColumns(r))
		if err != nil {
			return err
		}
		for i := range members {
			if err := tx.countMember(r, &members[i], paper); err != nil {
				return err
			}
			if err := tx.tellVerdict(m, &members[i]); err != nil {
				return err
			}
		}
		tx.Audit("review.close", meeting, map[string]any{"took": r.TookPart(), "entitled": r.Entitled, "valid": r.Valid})
		tx.Touch(subjectMeetings)
		return nil
	})
}

// agreedSheets are the papers' figures once two people have counted the same;
// none when no paper was handed out.
func (tx *Tx) agreedSheets(r *models.MemberReview, members []models.ReviewedMember) ([]models.ReviewSheet, error) {
	if r.Paper == 0 {
		return nil, nil
	}
	both, err := sheetsOf(tx.DB, r.ID, members)
	if err != nil {
		return nil, err
	}
	if len(both[0]) == 0 || len(both[1]) == 0 {
		return nil, problem.New(problem.Conflict, "review.counts.missing", nil)
	}
	same := func(a, b models.ReviewSheet) bool {
		return a.Excellent == b.Excellent && a.Competent == b.Competent && a.Barely == b.Barely && a.Incompetent == b.Incompetent && a.Void == b.Void
	}
	if !slices.EqualFunc(both[0], both[1], same) {
		return nil, problem.New(problem.Conflict, "review.counts.differ", nil)
	}
	return both[0], nil
}

// countMember adds up what phones and papers say of a member.
func (tx *Tx) countMember(r *models.MemberReview, m *models.ReviewedMember, paper []models.ReviewSheet) error {
	var rows []struct {
		Grade models.Grade
		N     int
	}
	err := tx.Model(&models.ReviewBallot{}).Select("grade, COUNT(*) AS n").Where("review_id = ? AND member_id = ?", r.ID, m.ID).Group("grade").Scan(&rows).Error
	if err != nil {
		return err
	}
	var counts [4]int
	graded := 0
	for _, c := range rows {
		counts[slices.Index(policy.MemberGrades, c.Grade)] += c.N
		graded += c.N
	}
	m.Void = r.Phone - graded
	for _, s := range paper {
		if s.MemberID == m.ID {
			counts[0], counts[1], counts[2], counts[3] = counts[0]+s.Excellent, counts[1]+s.Competent, counts[2]+s.Barely, counts[3]+s.Incompetent
			m.Void += s.Void
		}
	}
	m.Excellent, m.Competent, m.Barely, m.Incompetent = counts[0], counts[1], counts[2], counts[3]
	m.Verdict, m.InARow = "", 0
	if r.Valid {
		m.Verdict = policy.MemberVerdict(r.TookPart(), counts)
		before, err := tx.verdictsOf(m.UserID, r.ID)
		if err != nil {
			return err
		}
		m.InARow = policy.FailedInARow(append(before, m.Verdict))
	}
	return tx.Model(&models.ReviewedMember{}).Where("id = ?", m.ID).
		Select("excellent", "competent", "barely", "incompetent", "void", "verdict", "in_a_row").UpdateColumns(m).Error
}

// verdictsOf are a person's earlier verdicts in the community, the oldest first,
// since a post of theirs last ended by them.
func (tx *Tx) verdictsOf(user, without models.ID) (out []models.Grade, err error) {
	var rows []models.ReviewedMember
	err = tx.Where("user_id = ? AND review_id <> ? AND verdict <> ''", user, without).Order("review_id").Find(&rows).Error
	for _, r := range rows {
		out = append(out, r.Verdict)
		if r.EndedAt != nil {
			out = nil
		}
	}
	return out, err
}

func (tx *Tx) tellVerdict(m *models.CivicMeeting, r *models.ReviewedMember) error {
	if r.Verdict == "" {
		return nil
	}
	desk := meetingDesk(tx.Community, m.ID) + "/review"
	key := "review.tell.result"
	if policy.LosesAllPosts(r.InARow) {
		key = "review.tell.ended"
		if err := tx.tellStreet("review.tell.street", problem.Args{"title": m.Title, "name": r.Name}, desk); err != nil {
			return err
		}
	}
	err := tx.Tell(r.UserID, key, problem.Args{"title": m.Title}, desk)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// endsWithReview are the posts that end with two verdicts 不称职: those of the
// committee, and the mediator's that rests on them (art. 37; rule 16).
var endsWithReview = policy.CommitteeRoles | policy.SetOf(models.RoleMediator)

// EndReviewed is the street's record that a member's post has ended by law after
// two verdicts 不称职 in a row: posts and roles end in this transaction, and
// those of whoever stood in for them. Refusals: Forbidden, NotFound, Conflict
// (not two in a row, recorded already).
func (t *Tenant) EndReviewed(ctx context.Context, actor models.Actor, meeting, member models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("appraisal", "end"); err != nil {
			return err
		}
		r, err := reviewOf(tx.DB, meeting)
		if err != nil {
			return err
		}
		var m models.ReviewedMember
		if err := tx.Where("id = ? AND review_id = ?", member, r.ID).Take(&m).Error; err != nil {
			return notFound(err)
		}
		if m.UserID == actor.UserID {
			return problem.New(problem.Forbidden, "policy.forbidden", nil).Because("G3.5")
		}
		if !policy.LosesAllPosts(m.InARow) {
			return problem.New(problem.Conflict, "review.end.notyet", nil).Because("art. 37")
		}
		now := models.ReviewedMember{EndedAt: &tx.Now, EndedBy: actor.UserID, EndedName: tx.actorName(models.RoleStreet)}
		err = Changed(tx.Model(&models.ReviewedMember{}).Where("id = ? AND ended_at IS NULL", m.ID).Select("ended_at", "ended_by", "ended_name").UpdateColumns(&now))
		if err != nil {
			return err
		}
		tx.Audit("review.end", m.ID, map[string]string{"user": m.UserID.String()})
		tx.Touch(subjectMeetings, "people", "home", "elections")
		return tx.endPosts(m.UserID)
	})
}

// endPosts ends what somebody holds in the committee now.
func (tx *Tx) endPosts(user models.ID) error {
	region, err := tx.lockRegion(tx.Community.ID)
	if err != nil {
		return err
	}
	var posts []models.ID
	err = tx.Model(&models.Appointment{}).Where("region_id = ? AND role IN ? AND (user_id = ? OR deputy_for = ?) AND ended_at IS NULL", region.ID, endsWithReview.Roles(), user, user).Pluck("id", &posts).Error
	if err != nil {
		return err
	}
	if err := tx.Model(&models.Appointment{}).Where("id IN ?", orNone(posts)).UpdateColumn("ended_at", tx.Now).Error; err != nil {
		return err
	}
	if err := tx.Model(&models.ElectedMember{}).Where("appointment_id IN ? AND ended_at IS NULL", orNone(posts)).UpdateColumn("ended_at", tx.Now).Error; err != nil {
		return err
	}
	tx.authzChanged(region)
	for _, id := range posts {
		tx.Audit("appointment.end", id, map[string]string{"why": "art37"})
	}
	return nil
}

// failedInARow is how many verdicts 不称职 in a row a person has in the term into
// which a new post falls; a new term begins with none (rule 16).
func (tx *Tx) failedInARow(region models.ID, a models.Appointment) (int, error) {
	var rows []models.ReviewedMember
	err := scoped(tx.DB, region).Where("user_id = ? AND verdict <> ''", a.UserID).Order("review_id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 || rows[0].Until != "" && rows[0].Until < a.From {
		return 0, err
	}
	return rows[0].InARow, nil
}

// resultOut lets the record of an appraisal or of a review out once its result is
// there; that of a review fulfils the catalogue's item of the year.
func (tx *Tx) resultOut(m *models.CivicMeeting, text *BoardText) error {
	missing := problem.New(problem.Conflict, "appraisal.result.first", nil)
	switch m.Kind {
	case models.MeetingAppraisal:
		a, err := appraisalOf(tx.DB, m.ID)
		if err == nil && a.ResultAt == nil {
			err = missing
		}
		return err
	case models.MeetingReview:
		r, err := reviewOf(tx.DB, m.ID)
		if err == nil && r.State != models.ReviewClosed {
			err = missing
		}
		if err != nil || !r.Valid {
			return err
		}
		var items []models.DisclosureItem
		if err := tx.Where("code LIKE ? AND active_to = ''", "appraisal%").Order("id").Limit(1).Find(&items).Error; err != nil || len(items) == 0 {
			return err
		}
		text.item, text.period = &items[0], policy.PeriodOf(items[0].Rhythm, models.DateOf(m.StartAt)).Name
	}
	return nil
}

// PostEnd is a post that has ended by law and that the street has not recorded
// yet.
type PostEnd struct {
	models.ReviewedMember
	MeetingID models.ID
	ClosedAt  time.Time // of the review
}

// PostsEnded are those that wait for the street's record, the oldest first.
func (t *Tenant) PostsEnded(ctx context.Context) (rows []PostEnd, err error) {
	err = t.db(ctx).Model(&models.ReviewedMember{}).Select("reviewed_members.*, r.meeting_id, r.closed_at").
		Joins("JOIN member_reviews r ON r.community_id = reviewed_members.community_id AND r.id = reviewed_members.review_id").
		Where("reviewed_members.in_a_row >= ? AND reviewed_members.ended_at IS NULL", policy.VerdictsToEnd).Order("r.id").Limit(20).Scan(&rows).Error
	return rows, err
}
