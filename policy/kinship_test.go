package policy

import (
	"testing"
	"time"

	"juwu/internal/problem"
	"juwu/models"
)

// Civil Code art. 1045 names them one by one.
func TestNearRelatives(t *testing.T) {
	for kin, near := range map[models.Kin]bool{
		models.KinSpouse: true, models.KinParent: true, models.KinChild: true, models.KinSibling: true,
		models.KinGrandparent: true, models.KinGrandchild: true, models.KinOther: false, "": false, "friend": false,
	} {
		if NearRelative(kin) != near {
			t.Errorf("%q near: want %v", kin, near)
		}
		if back := InverseKin(InverseKin(kin)); back != kin {
			t.Errorf("%q turned twice is %q", kin, back)
		}
		if NearRelative(InverseKin(kin)) != near {
			t.Errorf("%q: nearness depends on the side", kin)
		}
	}
	if InverseKin(models.KinParent) != models.KinChild || InverseKin(models.KinSpouse) != models.KinSpouse {
		t.Error("a parent's other side is a child, a spouse's a spouse")
	}
}

func TestPostsKeptApart(t *testing.T) {
	for _, row := range []struct {
		one, other models.Role
		rule       string
	}{
		{models.RoleDirector, models.RoleSupervisor, "G3.1 art. 36"},
		{models.RoleSupervisor, models.RoleCommitteeMember, "G3.1 art. 36"},
		{models.RoleCommitteeMember, models.RoleViceDirector, "art. 8"},
		{models.RoleDirector, models.RoleClerk, "G3.15"},
		{models.RoleCommitteeMember, models.RoleClerk, ""},
		{models.RoleSupervisor, models.RoleSupervisor, ""},
		{models.RoleDirector, models.RoleGridWorker, ""},
		{models.RoleResidentRep, models.RoleDirector, ""},
	} {
		for _, pair := range [][2]models.Role{{row.one, row.other}, {row.other, row.one}} {
			if got := KeptApart(SetOf(pair[0]), SetOf(pair[1])); got != row.rule {
				t.Errorf("%s and %s: rule %q, want %q", pair[0], pair[1], got, row.rule)
			}
		}
	}
}

func TestWhoMayWriteARelationDown(t *testing.T) {
	const day = models.Date("2026-11-23")
	anna, bao, clerk := models.Someone{UserID: 1, ResidentID: 11}, models.Someone{ResidentID: 12}, models.Someone{UserID: 3}
	good := models.Kinship{UserID: 1, ResidentID: 11, OtherResidentID: 12, Kin: models.KinSpouse, Source: models.KinshipDeclared, From: day}
	recorded := good
	recorded.Source, recorded.Evidence = models.KinshipRecorded, "register"
	with := func(k models.Kinship, change func(*models.Kinship)) models.Kinship { change(&k); return k }
	for name, row := range map[string]struct {
		k    models.Kinship
		by   models.Someone
		want problem.Kind
	}{
		"one's own":                {good, anna, 0},
		"today":                    {good, anna, 0},
		"from a paper":             {recorded, clerk, 0},
		"tomorrow":                 {with(good, func(k *models.Kinship) { k.From = "2026-11-24" }), anna, problem.Invalid},
		"no such day":              {with(good, func(k *models.Kinship) { k.From = "2026-02-30" }), anna, problem.Invalid},
		"no such relation":         {with(good, func(k *models.Kinship) { k.Kin = "friend" }), anna, problem.Invalid},
		"without a paper":          {with(recorded, func(k *models.Kinship) { k.Evidence = " " }), clerk, problem.Invalid},
		"with oneself":             {with(good, func(k *models.Kinship) { k.OtherResidentID = 11 }), anna, problem.Invalid},
		"somebody else's":          {good, clerk, problem.Forbidden},
		"as the other one":         {good, bao, problem.Forbidden},
		"one's own from a paper":   {recorded, anna, problem.Forbidden},
		"the other's from a paper": {recorded, bao, problem.Forbidden},
	} {
		if err := MayKnowKinship(row.k, row.by, day); (row.want == 0) != (err == nil) || err != nil && !problem.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

func TestWhoMayTakeARelationOff(t *testing.T) {
	at := time.Unix(0, 0)
	k := models.Kinship{UserID: 1, ResidentID: 11, OtherResidentID: 12}
	ended := k
	ended.EndedAt = &at
	for name, row := range map[string]struct {
		k      models.Kinship
		by     models.Someone
		reason string
		want   problem.Kind
	}{
		"a third person":      {k, models.Someone{UserID: 3}, "divorced", 0},
		"the first":           {k, models.Someone{UserID: 1}, "divorced", problem.Forbidden},
		"the first by record": {k, models.Someone{ResidentID: 11}, "divorced", problem.Forbidden},
		"the other":           {k, models.Someone{UserID: 9, ResidentID: 12}, "divorced", problem.Forbidden},
		"without a reason":    {k, models.Someone{UserID: 3}, "错了", problem.Invalid},
		"twice":               {ended, models.Someone{UserID: 3}, "divorced", problem.Conflict},
	} {
		if err := MayEndKinship(row.k, row.by, row.reason); (row.want == 0) != (err == nil) || err != nil && !problem.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}
