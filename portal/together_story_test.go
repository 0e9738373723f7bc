package portal

import (
	"context"
	"fmt"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/internal/web/webtest"
	"juwu/models"
)

// togetherRunner is a community with a team, a matter that is open for comment
// and one that is not published: rong and bai are on its roll, kin is not, and
// leader leads the team.
func togetherRunner(t *testing.T) *webtest.Runner {
	t.Helper()
	ctx := context.Background()
	p := &polls{books: &books{site: newSite(t), people: map[models.Role]models.Actor{}}}
	portal := &Portal{Store: p.Store}
	p.edge.Mount(portal.homeRoutes(), portal.togetherRoutes(), portal.volunteerRoutes(), portal.activityRoutes(), portal.helpRoutes(), portal.assemblyRoutes(), portal.voiceRoutes())
	p.c = p.Community(t, "hemuli")
	p.Community(t, "other")
	for i, role := range []models.Role{models.RoleCommitteeMember, models.RoleDirector} {
		p.people[role] = p.officer(t, role, i)
	}
	cookies := map[string]string{}
	for i, who := range []string{"rong", "bai", "leader"} {
		cookies[who] = p.adult(t, i, 0).cookies["juwu"]
	}
	u, err := p.EnsureUser(ctx, storetest.System, fmt.Sprintf("1370000%04d", 77), "kin")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := p.DemoSession(ctx, u.ID, store.Device{Name: "phone"})
	if err != nil {
		t.Fatal(err)
	}
	cookies["kin"] = opened.Token
	member, director, tenant := p.people[models.RoleCommitteeMember], p.people[models.RoleDirector], p.In(p.c)
	leads, err := p.EnsureUser(ctx, storetest.System, fmt.Sprintf("1370000%04d", 2), "")
	if err != nil {
		t.Fatal(err)
	}
	v, err := tenant.Join(ctx, models.Actor{UserID: leads.ID}, store.VolunteerDraft{Name: "陈领队", Birth: "1950-05-05", Skills: []string{"company"}, Agree: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.CreateTeam(ctx, member, store.TeamDraft{Name: "助老队", Purpose: "看望独居老人", Contact: "活动室 周三", LeaderNo: v.Number}); err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"修缮楼道灯", "没有公布的事项"} {
		id, err := tenant.SaveMatter(ctx, member, 0, store.MatterDraft{Class: models.MatterFunds, Title: title, Text: "用公益金更换坏了的灯，预计八千元。", MoneyFen: 8000_00})
		if err == nil && title == "修缮楼道灯" {
			err = tenant.PublishMatter(ctx, director, id, models.DateOf(p.Now()).AddDays(5))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return &webtest.Runner{App: p.edge.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookies[name] }}
}

func TestTogetherStories(t *testing.T) { webtest.Dir(t, "testdata/together", togetherRunner) }
