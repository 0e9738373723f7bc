package portal

import (
	"context"
	"html"
	"regexp"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// chosenIn tells whether a building is the one in the form.
func chosenIn(body string, building models.ID) bool {
	return regexp.MustCompile(`<option value="` + building.String() + `"[^>]* selected`).MatchString(body)
}

var repairHref = regexp.MustCompile(`href="([^"]*/complaints/new/repair[^"]*)"`)

// Whoever scans the code on a door has that building in the form, and the case
// says so and that it came by the code; also where the browser still keeps what
// was begun at another door.
func TestTheCodeOnADoorFillsInThePlace(t *testing.T) {
	st, c, building := reportSite(t)
	ctx := context.Background()
	var elsewhere models.ID
	write := func(do func(tx *store.Tx) error) {
		t.Helper()
		check(t, st.In(c).Write(ctx, storetest.System, do))
	}
	write(func(tx *store.Tx) error {
		elsewhere = tx.NewID()
		var there models.Building
		if err := tx.Where("id = ?", building).Take(&there).Error; err != nil {
			return err
		}
		return tx.Create(&models.Building{Tenant: models.Tenant{ID: elsewhere}, GridID: there.GridID, Name: "5幢"}).Error
	})
	for name, begun := range map[string]bool{"first": false, "begun elsewhere": true} {
		v := st.visitor(t)
		if begun {
			v.see("/hemuli/complaints/new/repair").want(200)
			v.post("/hemuli/complaints/new/repair", "text", "门口的灯坏了两天", "once", "once-begun-elsewhere", "q0", "路灯", "building", elsewhere.String()).want(200, "5幢")
			if v.see("/hemuli/complaints/new/repair").want(200, "门口的灯坏了两天"); !chosenIn(v.body, elsewhere) {
				t.Errorf("what was begun is not filled in\n%s", v.main())
			}
			if v.see("/hemuli/complaints/new/hygiene").want(200); strings.Contains(v.body, "门口的灯坏了两天") {
				t.Error("what was begun of another category is filled in")
			}
		}
		v.see("/hemuli/complaints/new?b="+building.String()).want(200, "3幢")
		m := repairHref.FindStringSubmatch(v.body)
		if m == nil {
			t.Fatalf("%s: no way on: %s", name, v.main())
		}
		form := html.UnescapeString(m[1])
		v.see(form).want(200)
		if !chosenIn(v.body, building) || chosenIn(v.body, elsewhere) {
			t.Errorf("%s: the building of the door is not chosen\n%s", name, v.main())
		}
		for range 2 { // checked, and changed once more
			action := regexp.MustCompile(`<form[^>]*action="([^"]*complaints/new/repair[^"]*)"`).FindStringSubmatch(v.body)
			v.post(html.UnescapeString(action[1]), "text", "三单元门口的路灯不亮", "once", onceField.FindStringSubmatch(v.body)[1], "q0", "路灯", "building", building.String()).want(200, "3幢")
			v.see("/hemuli/complaints/new/repair").want(200)
		}
		v.see("/hemuli/complaints/check").want(200, "3幢")
		v.post("/hemuli/complaints/check", "level", "anonymous").want(200)
		var filed models.Complaint
		write(func(tx *store.Tx) error { return tx.Order("id DESC").Take(&filed).Error })
		if filed.BuildingID != building || filed.Channel != models.ChannelQR || filed.GridID == 0 {
			t.Errorf("%s: building %s, channel %s, grid %s", name, filed.BuildingID, filed.Channel, filed.GridID)
		}
	}
}
