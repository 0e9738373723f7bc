package policy

import "juwu/models"

// Permission is an object and an action of roles.csv.
type Permission struct{ Object, Action string }

// SeesFiles is the permission that lets an officer see a file besides
// attachment read_original: whoever reads the owner before publication sees
// what will be shown with it, never an original that was kept back.
func SeesFiles(a models.Attachment) Permission {
	switch {
	case a.OwnerKind == "claim_line":
		return Permission{"claim", "read"}
	case a.OwnerKind == "appraisal_grade": // never those who were graded
		return Permission{"appraisal", "manage"}
	case !a.Public:
		return Permission{"attachment", "read_original"}
	case a.OwnerKind == "notice":
		return Permission{"notice", "review"}
	case a.OwnerKind == "matter": // whoever reads the matter: the party branch studies it, the supervision committee watches
		return Permission{"office", "enter"}
	case a.OwnerKind == "meeting":
		return Permission{"meeting", "create"}
	case a.OwnerKind == "entry":
		return Permission{"account", "read_draft"}
	}
	return Permission{"attachment", "read_original"}
}
