package policy

import (
	"testing"

	"juwu/internal/problem"
	"juwu/models"
)

// More than half must sign; the result is the best grade that at least half gave
// or bettered.
func TestResultOfAnAppraisal(t *testing.T) {
	for _, c := range []struct {
		members int
		counts  [4]int
		want    models.Grade
	}{
		{7, [4]int{3, 0, 0, 0}, ""}, {7, [4]int{4, 0, 0, 0}, models.GradeExcellent}, {8, [4]int{4, 0, 0, 0}, ""}, {0, [4]int{}, ""},
		{7, [4]int{4, 3, 0, 0}, models.GradeExcellent}, {7, [4]int{3, 4, 0, 0}, models.GradeQualified}, {6, [4]int{3, 3, 0, 0}, models.GradeExcellent},
		{7, [4]int{1, 2, 1, 3}, models.GradeBasic}, {7, [4]int{0, 0, 3, 4}, models.GradeUnqualified}, {7, [4]int{1, 0, 0, 6}, models.GradeUnqualified},
	} {
		got, err := AppraisalResult(c.members, c.counts)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q %v", c, got, err)
		}
	}
}

// 不称职 takes more than half of those who took part, a blank paper is none.
func TestVerdictOnAMember(t *testing.T) {
	for _, c := range []struct {
		took   int
		counts [4]int
		want   models.Grade
	}{
		{10, [4]int{0, 0, 5, 5}, models.GradeBarely}, {10, [4]int{0, 0, 4, 6}, models.GradeIncompetent}, {11, [4]int{0, 0, 5, 6}, models.GradeIncompetent},
		{11, [4]int{0, 0, 0, 5}, models.GradeBarely}, {12, [4]int{0, 0, 0, 6}, models.GradeBarely}, {12, [4]int{0, 0, 0, 7}, models.GradeIncompetent},
		{10, [4]int{5, 5, 0, 0}, models.GradeExcellent}, {10, [4]int{4, 3, 3, 0}, models.GradeCompetent}, {10, [4]int{1, 3, 3, 3}, models.GradeBarely}, {3, [4]int{}, models.GradeBarely},
	} {
		if got := MemberVerdict(c.took, c.counts); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	for _, c := range []struct {
		verdicts []models.Grade
		want     int
	}{
		{nil, 0}, {[]models.Grade{models.GradeIncompetent}, 1}, {[]models.Grade{models.GradeIncompetent, models.GradeIncompetent}, 2},
		{[]models.Grade{models.GradeIncompetent, models.GradeBarely, models.GradeIncompetent}, 1}, {[]models.Grade{models.GradeIncompetent, models.GradeCompetent}, 0},
	} {
		if got := FailedInARow(c.verdicts); got != c.want || LosesAllPosts(got) != (c.want >= 2) {
			t.Errorf("%v: %d", c.verdicts, got)
		}
	}
	if ReviewValid(5, 10) || !ReviewValid(6, 10) || ReviewValid(5, 11) == true || ReviewValid(0, 0) {
		t.Error("half took part")
	}
}

func TestWhoGradesWork(t *testing.T) {
	committee, street := SetOf(models.RoleCommitteeMember), SetOf(models.RoleStreet)
	for _, c := range []struct {
		target models.AppraisalTarget
		g      Grader
		key    string
	}{
		{models.TargetCommittee, Grader{}, ""}, {models.TargetCommittee, Grader{Posts: committee}, "appraisal.own"}, {models.TargetCommittee, Grader{Relatives: committee}, "appraisal.relative"},
		{models.TargetCommittee, Grader{Posts: street}, ""}, {models.TargetGovernment, Grader{Posts: street}, "appraisal.own"}, {models.TargetGovernment, Grader{Relatives: street}, "appraisal.relative"},
		{models.TargetGovernment, Grader{Posts: committee}, ""},
	} {
		err := MayGradeWork(c.target, c.g)
		if p := problem.As(err); (p == nil) != (c.key == "") || p != nil && p.Key != c.key {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if MayHandIn(models.TargetCommittee, committee) != nil || MayHandIn(models.TargetCommittee, street) == nil || MayHandIn(models.TargetGovernment, committee) == nil {
		t.Error("who hands in")
	}
	if MayLeadAppraisal(models.TargetGovernment, street) == nil || MayLeadAppraisal(models.TargetCommittee, SetOf(models.RoleSupervisor)) != nil {
		t.Error("who leads")
	}
	for kind, keeper := range map[models.BodyKind]models.Role{models.BodyPanel: models.RoleSupervisor, models.BodyGroup: models.RoleClerk} {
		for _, r := range []models.Role{models.RoleSupervisor, models.RoleClerk} {
			if err := MayKeepBody(kind, SetOf(r)); (err == nil) != (r == keeper) {
				t.Errorf("%s keeps %s: %v", r, kind, err)
			}
		}
	}
	if MayCheckBodyVote(models.BodyPanel, SetOf(models.RoleDirector)) == nil || MayCheckBodyVote(models.BodyGroup, SetOf(models.RoleStreet)) == nil || MayCheckBodyVote(models.BodyPanel, SetOf(models.RoleStreet)) != nil {
		t.Error("who confirms")
	}
}

func TestCountsOfPapersMustBePossible(t *testing.T) {
	for _, c := range []struct {
		s           models.ReviewSheet
		papers, out int
		ok          bool
	}{
		{models.ReviewSheet{Excellent: 2, Void: 1}, 3, 3, true}, {models.ReviewSheet{Excellent: 2, Void: 1}, 3, 2, false}, {models.ReviewSheet{Excellent: 2}, 3, 3, false},
		{models.ReviewSheet{Competent: 1, Barely: 1, Incompetent: 1}, 3, 4, true}, {models.ReviewSheet{Excellent: 4, Void: -1}, 3, 3, false}, {models.ReviewSheet{}, -1, 3, false},
	} {
		if err := CheckReviewSheet([]models.ReviewSheet{c.s}, c.papers, c.out); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
