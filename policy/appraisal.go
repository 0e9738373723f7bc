package policy

import (
	"slices"

	"juwu/internal/problem"
	"juwu/models"
)

// Appraisal of work (成效评议会: a local rule, S0 §六(四)) and the yearly review of
// members (民主评议: art. 37). The papers name the grades and say nothing of how
// many make a result; the place keeps the care of art. 27 and 29: more than half
// must have taken part, and what more than half say holds.

// WorkGrades and MemberGrades, the best first.
var (
	WorkGrades   = []models.Grade{models.GradeExcellent, models.GradeQualified, models.GradeBasic, models.GradeUnqualified}
	MemberGrades = []models.Grade{models.GradeExcellent, models.GradeCompetent, models.GradeBarely, models.GradeIncompetent}
)

// AppraisalResult is what the grades of a panel come to; counts in the order of
// WorkGrades. It is the best grade which at least half of those who signed gave
// or bettered. Refusals: Conflict when not more than half of the panel signed.
func AppraisalResult(members int, counts [4]int) (models.Grade, error) {
	signed := 0
	for _, n := range counts {
		signed += n
	}
	if !MoreThanHalf(signed, members) {
		return "", problem.New(problem.Conflict, "appraisal.few", problem.Args{"n": signed, "of": members}).Because("art. 27 by analogy")
	}
	return middle(WorkGrades, counts, signed), nil
}

// CheckUnsigned keeps the rule that every member signs: where somebody has not,
// why must say so (field why); where all have, there is nothing to say.
func CheckUnsigned(members int, counts [4]int, why string) (string, error) {
	missing := members - counts[0] - counts[1] - counts[2] - counts[3]
	if missing == 0 {
		return "", nil
	}
	var f problem.Form
	if n := len([]rune(why)); n < leastAnswer {
		f.Add("why", "appraisal.unsigned.why", problem.Args{"n": missing})
	} else if n > maxAnswer/2 {
		f.Add("why", "form.toolong", problem.Args{"n": n - maxAnswer/2, "limit": maxAnswer / 2})
	}
	return why, f.Err()
}

// middle is the best grade that at least half gave or bettered.
func middle(grades []models.Grade, counts [4]int, all int) models.Grade {
	sum := 0
	for i, g := range grades {
		if sum += counts[i]; 2*sum >= all {
			return g
		}
	}
	return grades[len(grades)-1]
}

// MemberVerdict is what the grades of one member come to; counts in the order of
// MemberGrades, took is how many took part. 不称职 needs more than half of those
// who took part: a blank paper is not a vote against somebody. Otherwise it is
// the best grade that at least half of those who graded gave or bettered.
func MemberVerdict(took int, counts [4]int) models.Grade {
	if MoreThanHalf(counts[3], took) {
		return models.GradeIncompetent
	}
	graded := counts[0] + counts[1] + counts[2] + counts[3]
	if g := middle(MemberGrades, counts, graded); graded > 0 && g != models.GradeIncompetent {
		return g
	}
	return models.GradeBarely
}

// ReviewValid tells whether enough of the frozen list took part in a review
// (art. 27, 29: more than half).
func ReviewValid(took, entitled int) bool { return MoreThanHalf(took, entitled) }

// FailedInARow counts the verdicts 不称职 at the end of a term's verdicts, the
// oldest first. A review without a valid result breaks nothing and counts for
// nothing: leave it out.
func FailedInARow(verdicts []models.Grade) int {
	n := 0
	for _, v := range slices.Backward(verdicts) {
		if v != models.GradeIncompetent {
			break
		}
		n++
	}
	return n
}

// Appraised are the roles whose work an appraisal is about.
func Appraised(t models.AppraisalTarget) RoleSet {
	if t == models.TargetGovernment {
		return SetOf(models.RoleStreet, models.RoleStation)
	}
	return CommitteeRoles
}

// Grader is what decides whether somebody of a panel may grade.
type Grader struct {
	Posts     RoleSet // held in the community
	Relatives RoleSet // held by relatives, near or not, as far as declared
}

// MayGradeWork refuses a grade to the appraised and to their relatives, who step
// aside (G3 rule 5).
func MayGradeWork(t models.AppraisalTarget, g Grader) error {
	switch {
	case Appraised(t).Any(g.Posts):
		return problem.New(problem.Forbidden, "appraisal.own", nil).Because("G3.5")
	case Appraised(t).Any(g.Relatives):
		return problem.New(problem.Forbidden, "appraisal.relative", nil).Because("G3.5")
	}
	return nil
}

// MayHandIn tells who hands in the summary of an appraisal: the appraised.
func MayHandIn(t models.AppraisalTarget, by RoleSet) error {
	if !Appraised(t).Any(by) {
		return problem.New(problem.Forbidden, "appraisal.handin", nil).Because("A2-04")
	}
	return nil
}

// MayLeadAppraisal refuses to lead an appraisal to those whom it is about.
func MayLeadAppraisal(t models.AppraisalTarget, by RoleSet) error {
	if Appraised(t).Any(by) {
		return problem.New(problem.Forbidden, "appraisal.own", nil).Because("G3.5")
	}
	return nil
}

// ReviewMoves of a yearly review. Art. 37: the supervision committee presides.
var ReviewMoves = []Move[models.ReviewState]{
	{models.ReviewDraft, "call", SetOf(models.RoleSupervisor), models.ReviewCalled},
	{models.ReviewCalled, "open", SetOf(models.RoleSupervisor), models.ReviewOpen},
	{models.ReviewOpen, "paper", SetOf(models.RoleSupervisor), models.ReviewOpen},
	{models.ReviewOpen, "count", SetOf(models.RoleSupervisor), models.ReviewOpen},
	{models.ReviewOpen, "close", SetOf(models.RoleSupervisor), models.ReviewClosed},
}

// CheckReviewSheet: the figures of a count must be possible: for every member
// the grades and the void ones make up the papers, and no more papers came out
// of the box than were handed out.
func CheckReviewSheet(sheets []models.ReviewSheet, papers, handedOut int) error {
	var f problem.Form
	if papers < 0 || papers > handedOut {
		f.Add("papers", "review.papers.wrong", problem.Args{"n": handedOut})
	}
	for _, s := range sheets {
		for _, n := range []int{s.Excellent, s.Competent, s.Barely, s.Incompetent, s.Void} {
			if n < 0 {
				f.Add("m"+s.MemberID.String(), "review.sum.wrong", problem.Args{"n": papers, "sum": s.Papers()})
				return f.Err()
			}
		}
		if s.Papers() != papers {
			f.Add("m"+s.MemberID.String(), "review.sum.wrong", problem.Args{"n": papers, "sum": s.Papers()})
		}
	}
	return f.Err()
}
