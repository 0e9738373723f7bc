package store

import (
	"context"
	"fmt"
	"time"

	"juwu/models"
	"juwu/policy"
)

// checkAppraisals holds each result against the grades that were signed.
func (t *Tenant) checkAppraisals(ctx context.Context, found func(string)) error {
	var rows []models.Appraisal
	if err := t.db(ctx).Where("result_at IS NOT NULL").Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for _, a := range rows {
		if _, err := policy.CheckUnsigned(a.Members, [4]int{a.Excellent, a.Qualified, a.Basic, a.Unqualified}, a.UnsignedWhy); err != nil {
			found(fmt.Sprintf("appraisal %s: somebody has not signed and nothing says why", a.MeetingID))
		}
		result, err := policy.AppraisalResult(a.Members, [4]int{a.Excellent, a.Qualified, a.Basic, a.Unqualified})
		if err != nil || result != a.Result {
			found(fmt.Sprintf("appraisal of meeting %s: its figures come to %q, the result says %q", a.MeetingID, result, a.Result))
		}
		var signed int64
		if err := t.db(ctx).Model(&models.AppraisalGrade{}).Where("meeting_id = ?", a.MeetingID).Count(&signed).Error; err != nil {
			return err
		}
		if int(signed) < a.Signed() {
			found(fmt.Sprintf("appraisal of meeting %s: %d grades are signed, the result counts %d", a.MeetingID, signed, a.Signed()))
		}
	}
	return nil
}

// checkReviews holds marks against counters, and ballots and papers against the
// figures of each member.
func (t *Tenant) checkReviews(ctx context.Context, found func(string)) error {
	var rows []models.MemberReview
	if err := t.db(ctx).Where("state IN ?", []models.ReviewState{models.ReviewOpen, models.ReviewClosed}).Order("id").Find(&rows).Error; err != nil {
		return err
	}
	for _, r := range rows {
		for channel, want := range map[string]int{"phone": r.Phone, "paper": r.Paper} {
			var n int64
			if err := t.db(ctx).Model(&models.ReviewMark{}).Where("review_id = ? AND channel = ?", r.ID, channel).Count(&n).Error; err != nil {
				return err
			}
			if int(n) != want {
				found(fmt.Sprintf("review %s: %d marks by %s, the counter says %d", r.ID, n, channel, want))
			}
		}
		members, err := reviewedOf(t.db(ctx), r.ID)
		if err != nil {
			return err
		}
		for _, m := range members {
			if err := t.checkReviewed(ctx, r, m, found); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tenant) checkReviewed(ctx context.Context, r models.MemberReview, m models.ReviewedMember, found func(string)) error {
	var ballots int64
	if err := t.db(ctx).Model(&models.ReviewBallot{}).Where("review_id = ? AND member_id = ?", r.ID, m.ID).Count(&ballots).Error; err != nil {
		return err
	}
	if int(ballots) > r.Phone {
		found(fmt.Sprintf("review %s: %d ballots for a member, %d graded by phone", r.ID, ballots, r.Phone))
	}
	if r.State != models.ReviewClosed {
		return nil
	}
	counts := [4]int{m.Excellent, m.Competent, m.Barely, m.Incompetent}
	if all := counts[0] + counts[1] + counts[2] + counts[3] + m.Void; all != r.TookPart() {
		found(fmt.Sprintf("review %s: %d grades and void ones for a member, %d took part", r.ID, all, r.TookPart()))
	}
	want := models.Grade("")
	if r.Valid {
		want = policy.MemberVerdict(r.TookPart(), counts)
	}
	if m.Verdict != want || m.EndedAt != nil && !policy.LosesAllPosts(m.InARow) {
		found(fmt.Sprintf("review %s: a member's figures come to %q, the verdict says %q", r.ID, want, m.Verdict))
	}
	return nil
}

// MyGrading is what an appraisal or a review keeps of a person: a grade that
// they signed, or what they were given as a member. That somebody graded members
// in secret is not here: nothing tells which grades are theirs.
type MyGrading struct {
	Community string       `json:"community"`
	Meeting   models.ID    `json:"meeting,omitempty"`
	Given     models.Grade `json:"given,omitempty"`
	Remark    string       `json:"remark,omitempty"`
	Got       models.Grade `json:"got,omitempty"`
	At        *time.Time   `json:"at,omitempty"`
}

func (s *Store) myGradings(ctx context.Context, actor models.Actor, d *MyData) error {
	var given []models.AppraisalGrade
	if err := s.mine(ctx, actor).Find(&given).Error; err != nil {
		return err
	}
	for i := range given {
		g := &given[i]
		d.Gradings = append(d.Gradings, MyGrading{Community: s.communityName(g.CommunityID), Meeting: g.MeetingID, Given: g.Grade, Remark: g.Remark, At: &g.CreatedAt})
	}
	var got []models.ReviewedMember
	if err := s.mine(ctx, actor).Find(&got).Error; err != nil {
		return err
	}
	for _, m := range got {
		d.Gradings = append(d.Gradings, MyGrading{Community: s.communityName(m.CommunityID), Got: m.Verdict, At: m.EndedAt})
	}
	return nil
}
