package policy

import (
	"slices"

	"juwu/models"
)

// CaseReader is whoever asks for a case: what they are in the community today.
// The store fills it once per request.
type CaseReader struct {
	UserID    models.ID
	PersonKey string
	Roles     RoleSet
	Grids     []models.ID // whose worker they are
	Units     []models.ID // whose contact they are

	// Near are the ids and person keys of their near relatives: what a relative
	// is accused of is kept from them as well (信访 28).
	NearUsers []models.ID
	NearKeys  []string

	Handles  bool // case handle
	Assigns  bool // case assign
	Oversees bool // case oversee
	Secrets  bool // case read_about_committee
}

// Desks are the places a case can be at that are the reader's.
func (r CaseReader) Desks() []models.Assignee {
	if !r.Handles {
		return nil
	}
	desks := []models.Assignee{{Kind: models.AssigneeMember, ID: r.UserID}}
	for _, g := range r.Grids {
		desks = append(desks, models.Assignee{Kind: models.AssigneeGrid, ID: g})
	}
	for _, u := range r.Units {
		desks = append(desks, models.Assignee{Kind: models.AssigneeUnit, ID: u})
	}
	if r.Assigns {
		desks = append(desks, models.Assignee{Kind: models.AssigneeDuty})
	}
	for role, kind := range map[models.Role]models.AssigneeKind{
		models.RoleStation: models.AssigneeStation, models.RoleSupervisor: models.AssigneeSupervisor, models.RoleStreet: models.AssigneeStreet,
	} {
		if r.Roles.Has(role) {
			desks = append(desks, models.Assignee{Kind: kind})
		}
	}
	slices.SortFunc(desks, func(a, b models.Assignee) int { return rankOf(a.Kind) - rankOf(b.Kind) })
	return desks
}

var desksInOrder = []models.AssigneeKind{models.AssigneeMember, models.AssigneeGrid, models.AssigneeUnit, models.AssigneeDuty, models.AssigneeStation, models.AssigneeSupervisor, models.AssigneeStreet}

func rankOf(k models.AssigneeKind) int { return slices.Index(desksInOrder, k) }

// Abouts are the kinds of cases about officials that the reader may know of.
// Whoever belongs to the committee knows of none, whatever else they are: the
// guard's denial has made Secrets false for them (rule 8; 信访 30).
func (r CaseReader) Abouts() []models.ComplaintAbout {
	if !r.Secrets {
		return nil
	}
	var abouts []models.ComplaintAbout
	if r.Roles.Has(models.RoleSupervisor) {
		abouts = append(abouts, models.AboutCommittee, models.AboutStreet)
	}
	if r.Roles.Has(models.RoleStreet) {
		abouts = append(abouts, models.AboutCommittee, models.AboutSupervisor)
		if !r.Roles.Has(models.RoleSupervisor) {
			return abouts
		}
		return []models.ComplaintAbout{models.AboutCommittee} // each of the two posts is what the other cases are about
	}
	return abouts
}

// CaseTies are the facts that tie people to a case.
type CaseTies struct {
	Reporters  []models.ID // logins of the reporter, not of supporters
	Kept       []models.ComplaintParty
	Assistants []models.Assignee
}

// kept tells that the case is about the reader or a near relative of theirs, or
// that they stepped back.
func (r CaseReader) kept(t CaseTies) bool {
	return slices.ContainsFunc(t.Kept, func(p models.ComplaintParty) bool {
		if p.Kind == models.PartyConcerned && (slices.Contains(r.NearUsers, p.UserID) || slices.Contains(r.NearKeys, p.PersonKey)) {
			return true
		}
		return p.UserID == r.UserID && r.UserID != 0 || p.PersonKey != "" && p.PersonKey == r.PersonKey
	})
}

// CaseRelations are what the reader is to a case, in the words of the state
// table; empty: for them there is no such case. The reporter follows a case
// from the residents' side and gets no office rights by it: RoleReporter here
// only keeps them from handling their own (rule 5).
func CaseRelations(c models.Complaint, t CaseTies, r CaseReader, day models.Date) RoleSet {
	if !r.Handles || r.kept(t) {
		return 0
	}
	var s RoleSet
	desks := r.Desks()
	switch {
	case c.About != models.AboutNobody:
		if !slices.Contains(r.Abouts(), c.About) {
			return 0
		}
		s |= dispatcher | overseer
	default:
		if r.Assigns {
			s |= dispatcher
		}
		if r.Oversees && underWatch(c, day) {
			s |= overseer
		}
	}
	if slices.Contains(desks, c.Owner()) {
		s |= holder
	}
	if slices.Contains(desks, c.First()) {
		s |= SetOf(RoleFirst)
	}
	if slices.ContainsFunc(t.Assistants, func(a models.Assignee) bool { return slices.Contains(desks, a) }) {
		s |= SetOf(RoleAssist)
	}
	if s == 0 && c.GridID != 0 && slices.Contains(r.Grids, c.GridID) {
		s |= SetOf(RoleGridReader)
	}
	if s != 0 && slices.Contains(t.Reporters, r.UserID) {
		// Their own case: they read it as the office does not, on the other side.
		return 0
	}
	return s
}

// RoleGridReader reads the cases of the own grid without having a part in them.
const RoleGridReader models.Role = "grid_reader"

// underWatch is the 督办 list: what is late, was escalated, came back, or is
// watched by order (潍坊 26).
func underWatch(c models.Complaint, day models.Date) bool {
	return c.Watched || c.EscalatedAt != nil || c.Reopened > 0 || ComplaintLate(c, day)
}

// SeesReporter tells whether somebody of these relations learns who reported
// (domain.md E3): of a named case whoever works on it; of a confidential one
// the intake officer and the supervision committee; of an anonymous one nobody.
func SeesReporter(c models.Complaint, relations RoleSet, accuser bool) bool {
	switch c.Level {
	case models.LevelNamed:
		if c.About != models.AboutNobody {
			return accuser
		}
		return relations.Any(SetOf(RoleFirst, RoleHolder, RoleDispatcher))
	case models.LevelConfidential:
		return relations.Has(RoleFirst) && c.About == models.AboutNobody || accuser && relations != 0
	}
	return false
}

// FirstReceiver is who answers for a new case (首接负责, 京接诉即办 14): whoever
// the acts it is about do not touch; else the officer who took it down; else
// the worker of its grid; else the director's desk.
func FirstReceiver(about models.ComplaintAbout, officer, grid models.ID) models.Assignee {
	switch about {
	case models.AboutCommittee, models.AboutStreet:
		return models.Assignee{Kind: models.AssigneeSupervisor}
	case models.AboutSupervisor:
		return models.Assignee{Kind: models.AssigneeStreet}
	}
	switch {
	case officer != 0:
		return models.Assignee{Kind: models.AssigneeMember, ID: officer}
	case grid != 0:
		return models.Assignee{Kind: models.AssigneeGrid, ID: grid}
	}
	return models.Assignee{Kind: models.AssigneeDuty}
}

// MayHold tells whether a case may be dispatched to a place: what is about
// officials goes to none of them.
func MayHold(about models.ComplaintAbout, to models.AssigneeKind) bool {
	switch about {
	case models.AboutCommittee:
		return to == models.AssigneeSupervisor || to == models.AssigneeStreet
	case models.AboutSupervisor:
		return to == models.AssigneeStreet
	case models.AboutStreet:
		return to == models.AssigneeSupervisor
	}
	return true
}
