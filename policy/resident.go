package policy

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"juwu/internal/problem"
	"juwu/models"
)

// IDNumber is what a citizen identity number says (GB 11643-1999).
type IDNumber struct {
	Number string // as it is kept: 18 characters, X in capital
	Region string // six digits; not compared with a list, districts come and go
	Birth  models.Date
	Sex    string // "f" or "m"
}

// idWeights and idCheck: the check character is chosen so that the weighted sum
// of all 18 is 1 modulo 11.
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idCheck = "10X98765432"

// ReadID checks an identity number as a person types it: full-width digits,
// spaces and a small x are understood. day is today: nobody is born later. The
// error is Invalid with the key that says what is wrong with the number.
func ReadID(typed string, day models.Date) (IDNumber, error) {
	n := strings.ToUpper(strings.Join(strings.Fields(norm.NFKC.String(typed)), ""))
	if len(n) != 18 {
		return IDNumber{}, problem.New(problem.Invalid, "policy.id.length", problem.Args{"n": len([]rune(n))})
	}
	sum := 0
	for i, c := range n {
		if c < '0' || c > '9' {
			if i != 17 || c != 'X' {
				return IDNumber{}, problem.New(problem.Invalid, "policy.id.characters", nil)
			}
			continue
		}
		if i < 17 {
			sum += int(c-'0') * idWeights[i]
		}
	}
	birth := models.Date(n[6:10] + "-" + n[10:12] + "-" + n[12:14])
	if !birth.Valid() || birth > day || n[6:10] < "1880" {
		return IDNumber{}, problem.New(problem.Invalid, "policy.id.birth", nil)
	}
	if n[17] != idCheck[sum%11] || n[0] == '0' {
		return IDNumber{}, problem.New(problem.Invalid, "policy.id.check", nil)
	}
	sex := "f"
	if (n[16]-'0')%2 == 1 {
		sex = "m"
	}
	return IDNumber{n, n[:6], birth, sex}, nil
}

// ReadPhone checks a mainland mobile number as a person types it, with or
// without +86, spaces and dashes, and gives its eleven digits.
func ReadPhone(typed string) (string, error) {
	n := strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "(", "", ")", "").Replace(norm.NFKC.String(strings.TrimSpace(typed)))
	for _, prefix := range []string{"+86", "0086"} {
		n = strings.TrimPrefix(n, prefix)
	}
	if strings.Trim(n, "0123456789") != "" {
		return "", problem.New(problem.Invalid, "policy.phone.characters", nil)
	}
	if len(n) != 11 {
		return "", problem.New(problem.Invalid, "policy.phone.length", problem.Args{"n": len(n)})
	}
	if n[0] != '1' || n[1] < '3' {
		return "", problem.New(problem.Invalid, "policy.phone.start", nil)
	}
	return n, nil
}

// Age in full years on the day; −1 if unknown. The birthday counts. Who was
// born on 29 February is a year older on the 28th of a common year (Civil Code
// art. 202: without a corresponding day, the last of the month).
func Age(birth, day models.Date) int {
	if !birth.Valid() || !day.Valid() || birth > day {
		return -1
	}
	b, d := birth.Time(), day.Time()
	years := d.Year() - b.Year()
	anniversary := time.Date(d.Year(), b.Month(), b.Day(), 0, 0, 0, 0, models.Shanghai)
	if anniversary.Month() != b.Month() {
		anniversary = anniversary.AddDate(0, 0, -1)
	}
	if d.Before(anniversary) {
		years--
	}
	return years
}

// VotingAge and ChildAge: art. 16 and PIPL art. 28 ("不满十四周岁").
const (
	VotingAge = 18
	ChildAge  = 14
)

// IsChild tells whether everything about the person is sensitive (PIPL 28). An
// unknown birthday is treated as a child's nowhere: it is asked for.
func IsChild(birth, day models.Date) bool {
	age := Age(birth, day)
	return age >= 0 && age < ChildAge
}

// Visible says how much of a field a screen shows.
type Visible uint8

const (
	Hidden Visible = iota
	Masked
	Full
)

// View is what one screen shows of one person (domain.md F3). A masked address
// is the building, a masked birthday the year.
type View struct{ Name, Phone, Document, Address, Birth Visible }

// ResidentView is what somebody with these roles sees of a person on the roll.
// own: it is themselves. assigned: the person lives in their grid, group or
// building, or stands at their desk. Looking behind a mask is another matter:
// it needs a reason and the second factor, and leaves a row.
func ResidentView(roles RoleSet, own, assigned bool) View {
	var v View
	if own {
		v = View{Full, Full, Full, Full, Full}
	}
	if roles.Has(models.RoleAdmin) {
		return v // rule 10, whatever else they are
	}
	if roles.Has(models.RoleDirector) {
		v = v.with(View{Full, Masked, Masked, Full, Full})
	}
	if roles.Any(SetOf(models.RoleCommitteeMember, models.RoleViceDirector)) {
		v = v.with(View{Full, Masked, Masked, Masked, Masked})
	}
	if !assigned {
		return v
	}
	if roles.Any(SetOf(models.RoleCommitteeMember, models.RoleViceDirector, models.RoleStation)) {
		v = v.with(View{Full, Masked, Masked, Full, Masked})
	}
	if roles.Any(SetOf(models.RoleGridWorker, models.RoleGroupLeader, models.RoleBuildingLead)) {
		v = v.with(View{Full, Masked, Hidden, Full, Masked})
	}
	return v
}

func (v View) with(w View) View {
	return View{max(v.Name, w.Name), max(v.Phone, w.Phone), max(v.Document, w.Document), max(v.Address, w.Address), max(v.Birth, w.Birth)}
}

// InOwnGrid tells whether a grid worker's appointment covers the grid today.
func InOwnGrid(posts []models.Appointment, community, grid models.ID, day models.Date) bool {
	for _, a := range posts {
		if a.Role == models.RoleGridWorker && a.RegionID == community && a.GridID == grid && grid != 0 && a.Holds(day) {
			return true
		}
	}
	return false
}

// MayUnmask: looking behind a mask takes the second factor and a reason, which
// the person concerned will read (PIPL art. 51). Who may at all is in roles.csv.
func MayUnmask(actor models.Actor, reason string) error {
	if !actor.SecondFactor {
		return problem.New(problem.Forbidden, "policy.unmask.second_factor", nil).Because("F3")
	}
	return reasonGiven(reason)
}

// Match is how what a person typed compares with somebody on the roll.
type Match struct {
	Name       bool
	Document   bool // the digits asked for are those on the roll
	Household  bool
	Phone      bool // the proven telephone is the one on the roll
	Candidates int  // people on the roll that fit
	Taken      bool // that person is joined to another login already
	Desk       bool // an officer saw the person and the document
}

// LinkFor is how well a login is joined to a person (design.md 3): the roll's
// telephone or the desk confirm, for voting, signing and the own record; name,
// document digits and household let a person act in ordinary matters; what is
// doubtful waits for a human, with the key that says why.
func LinkFor(m Match) (state models.LinkState, reason string) {
	switch {
	case m.Taken:
		return models.LinkPending, "policy.match.taken"
	case m.Candidates > 1:
		return models.LinkPending, "policy.match.several"
	case m.Candidates == 0:
		return models.LinkPending, "policy.match.none"
	case m.Desk:
		return models.LinkConfirmed, ""
	case m.Phone && !m.Name:
		// Telephone numbers are given to new owners.
		return models.LinkPending, "policy.match.phone_other_name"
	case m.Phone && m.Name && (m.Document || m.Household):
		return models.LinkConfirmed, ""
	case m.Name && m.Document && m.Household:
		return models.LinkOrdinary, ""
	}
	return models.LinkPending, "policy.match.doubtful"
}

// MayMerge: two records of one person become one; never two people who both
// vote, and never with two different documents of one kind. What is kept is the
// record of somebody who lives here, if one of the two does.
func MayMerge(keep, drop models.Resident) error {
	if keep.ID == drop.ID || keep.CommunityID != drop.CommunityID {
		return problem.New(problem.Invalid, "policy.merge.same", nil)
	}
	if keep.State == models.ResidentMerged || drop.State == models.ResidentMerged {
		return problem.New(problem.Conflict, "policy.merge.done", nil)
	}
	if keep.State != models.ResidentActive && drop.State == models.ResidentActive {
		return problem.New(problem.Conflict, "policy.merge.turn", nil)
	}
	both := len(keep.DocumentIndex) > 0 && len(drop.DocumentIndex) > 0
	if both && keep.DocumentKind == drop.DocumentKind && string(keep.DocumentIndex) != string(drop.DocumentIndex) {
		return problem.New(problem.Conflict, "policy.merge.documents", nil)
	}
	return nil
}
