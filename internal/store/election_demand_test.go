package store

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"juwu/models"
	"juwu/policy"
)

// A recall's archive holds its demand, with fingerprints that are right: whoever
// forged it would have made them anew. It is counted again all the same.
func TestForgedDemandOfARecallIsFound(t *testing.T) {
	t.Parallel()
	head := archiveHead{Mode: string(models.ModeVoters), Voters: 30, Electors: 30, Rules: policy.PackRules(policy.DefaultPack)}
	honest := func() archivedDemand {
		d := archivedDemand{Needs: map[string]int{"voters": 3, "houses": 0, "reps": 0}, Signed: map[string]int{"voters": 3, "houses": 0, "reps": 0}}
		for id := models.ID(1); id <= 3; id++ {
			d.Signatures = append(d.Signatures, archivedSign{ID: id, Counted: map[string]int{"voters": 1}})
		}
		return d
	}
	cases := map[string]struct {
		forge func(d *archivedDemand)
		says  string // "" if it is right
	}{
		"as it was":           {func(*archivedDemand) {}, ""},
		"one signature more":  {func(d *archivedDemand) { d.Signed["voters"]++ }, "the demand counts"},
		"a signature is gone": {func(d *archivedDemand) { d.Signatures = d.Signatures[1:] }, "the demand counts"},
		"one signature twice": {func(d *archivedDemand) { d.Signatures[2].ID = d.Signatures[1].ID }, "a signature twice"},
		"it needed fewer":     {func(d *archivedDemand) { d.Needs["voters"]-- }, "the roll says 3 voters"},
		"too few, all agree": {func(d *archivedDemand) {
			d.Signatures, d.Signed = d.Signatures[:2], map[string]int{"voters": 2, "houses": 0, "reps": 0}
		}, "too few signatures"},
		"two votes of one person": {func(d *archivedDemand) {
			d.Signatures = d.Signatures[:2]
			d.Signatures[0].Counted = map[string]int{"voters": 2}
		}, "the demand counts"},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		d, c := honest(), cases[name]
		c.forge(&d)
		body, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		bad := strings.Join(checkDemand(body, head), "; ")
		if c.says == "" && bad != "" || !strings.Contains(bad, c.says) {
			t.Errorf("%s: %q, want %q", name, bad, c.says)
		}
	}
	if bad := checkDemand([]byte("{"), head); len(bad) != 1 {
		t.Errorf("half a file: %v", bad)
	}
}
