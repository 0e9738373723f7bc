package admin

import (
	"context"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/models"
)

// fieldSet names the columns of the exports: the elements of MZ/T 061-2015 as
// far as they are known (domain.md D3). A change of columns raises it, and every
// row carries it.
const fieldSet = "MZ/T 061-2015 juwu-2"

// exportTable streams a table of the office: rows calls emit for each row until
// it answers false. The last two columns of every export are the id of the
// record and the field set.
func (a *Admin) exportTable(c *fiber.Ctx, name string, header []string, rows func(ctx context.Context, emit func(id models.ID, cells ...any) bool) error) error {
	p := web.PageOf(c)
	format := p.Param("format")
	kind, known := exportTypes[format]
	if !known {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	header = append(header, p.T("export.record"), p.T("export.fieldset"))
	file := name + "-" + p.Community.Code + "-" + string(p.Today()) + "." + format
	return web.Download(c, kind, file, func(ctx context.Context, w io.Writer) error {
		var all iter.Seq2[[]any, error] = func(yield func([]any, error) bool) {
			err := rows(ctx, func(id models.ID, cells ...any) bool { return yield(append(cells, id.String(), fieldSet), nil) })
			if err != nil {
				yield(nil, err)
			}
		}
		return sheet.WriteTable(w, format, sheet.Table{Name: name, Header: header, Rows: all})
	})
}

func (p *exporter) heads(keys ...string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = p.T(k)
	}
	return out
}

// exporter is what the rows of an export need of the request: it is gone when
// they are written.
type exporter struct {
	*web.Page
	t     *store.Tenant
	actor models.Actor
}

func (a *Admin) exporter(c *fiber.Ctx) *exporter {
	p := web.PageOf(c)
	return &exporter{p, a.Store.In(p.Community), p.Actor}
}

// exportHours is every approved record. Volunteers stand there by their number,
// not by their ID number.
func (a *Admin) exportHours(c *fiber.Ctx) error {
	x := a.exporter(c)
	header := x.heads("volunteer.number", "export.national", "volunteer.name", "hours.what", "export.kind", "export.place", "hours.day", "export.begins", "export.ends", "hours.minutes", "hours.head", "hours.how", "export.state", "hours.recorder", "hours.auditor", "export.decided")
	return a.exportTable(c, "hours", header, func(ctx context.Context, emit func(models.ID, ...any) bool) error {
		return x.t.EachHours(ctx, x.actor, func(h store.ExportedHours) bool {
			state := hoursStates.Key(string(h.State))
			if h.ReversesID != nil {
				state = "export.reversal"
			}
			return emit(h.ID, h.VolunteerNo, h.National, h.Name, h.What, x.code(skillNames.Key, h.Kind), h.Place, h.Day, clock(h.BeginsAt), clock(h.EndsAt), h.Minutes, float64(h.Minutes)/60,
				x.T(hoursSources.Key(string(h.Source))), x.T(state), h.ByName, h.DecidedName, clock(h.DecidedAt))
		})
	})
}

func (p *exporter) code(key func(string) string, code string) string {
	if code == "" {
		return ""
	}
	return p.T(key(code))
}

// clock is an instant as a spreadsheet's reader writes it, in civil time.
func clock(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.In(models.Shanghai).Format("2006-01-02 15:04")
}

// exportVolunteers is every registration.
func (a *Admin) exportVolunteers(c *fiber.Ctx) error {
	x := a.exporter(c)
	header := x.heads("volunteer.number", "export.national", "volunteer.name", "export.sex", "export.birth", "export.document", "export.party", "export.phone", "export.area", "export.kind", "export.times", "export.groups", "export.training", "hours.head", "export.taken", "export.stars", "export.since", "export.state")
	return a.exportTable(c, "volunteers", header, func(ctx context.Context, emit func(models.ID, ...any) bool) error {
		return x.t.EachVolunteer(ctx, x.actor, func(v store.ExportedVolunteer) bool {
			party := ""
			if v.Party {
				party = x.T(groupNames.Key("party"))
			}
			return emit(v.ID, v.Number, v.National, v.Name, x.code(sexes.Key, v.Sex), v.Birth, v.Document, party, v.Phone, v.Grid, codesText(x.Page, skillNames.Key, v.Skills), codesText(x.Page, timeNames.Key, v.Times), codesText(x.Page, groupNames.Key, v.Groups),
				codesText(x.Page, trainingNames.Key, v.Training), float64(v.Minutes)/60, float64(v.TakenOver)/60, v.Stars, models.DateOf(v.CreatedAt), x.T(personStates.Key(string(v.State))))
		})
	})
}

// exportActivities is every activity that was opened.
func (a *Admin) exportActivities(c *fiber.Ctx) error {
	x := a.exporter(c)
	header := x.heads("hours.what", "export.team", "export.kind", "export.target", "export.place", "export.last", "export.places", "export.taken.places", "export.risk", "export.insurer", "export.policy", "export.state")
	return a.exportTable(c, "activities", header, func(ctx context.Context, emit func(models.ID, ...any) bool) error {
		return x.t.EachActivity(ctx, x.actor, func(v models.Activity, team string) bool {
			risk := ""
			if v.Risk {
				risk = v.RiskText
			}
			return emit(v.ID, v.Title, team, x.code(skillNames.Key, v.Kind), x.code(targetNames.Key, v.Target), v.Place, clock(v.LastAt), v.Places, v.Taken, risk, v.Insurer, v.PolicyNo, x.T(activityNames.Key(string(v.State))))
		})
	})
}

// commendView is who served most in a period.
type commendView struct {
	*web.Page
	From, To models.Month
	Hours    int
	List     []store.Commended
}

// defaultCommended: a registered volunteer serves twenty hours a year (rule of
// the 共青团 of 2013).
const defaultCommended = 20

func (a *Admin) commendPage(c *fiber.Ctx) (*commendView, error) {
	p := a.volunteersPage(c, web.PageOf(c).T("commend.title"))
	v := &commendView{Page: p, To: models.MonthOf(p.Now), Hours: defaultCommended}
	v.From = models.Month(string(v.To)[:4] + "-01")
	if m := models.Month(p.Query("from")); m.Valid() {
		v.From = m
	}
	if m := models.Month(p.Query("to")); m.Valid() {
		v.To = m
	}
	if n, err := strconv.Atoi(p.Query("hours")); err == nil && n > 0 && n < 10000 {
		v.Hours = n
	}
	var err error
	v.List, err = a.Store.In(p.Community).Commendation(web.Context(c), p.Actor, v.From, v.To, v.Hours)
	return v, err
}

func (a *Admin) commend(c *fiber.Ctx) error {
	v, err := a.commendPage(c)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, commendMain(v))
}

func (a *Admin) exportCommended(c *fiber.Ctx) error {
	v, err := a.commendPage(c)
	if err != nil {
		return err
	}
	header := a.exporter(c).heads("volunteer.number", "volunteer.name", "hours.head", "volunteer.trend.times", "commend.thanks", "export.stars")
	return a.exportTable(c, "commendation", header, func(_ context.Context, emit func(models.ID, ...any) bool) error {
		for _, x := range v.List {
			if !emit(x.ID, x.Number, x.Name, float64(x.Served)/60, x.Times, x.Thanks, x.Stars) {
				return nil
			}
		}
		return nil
	})
}

// insuranceView is who has a place in dangerous work.
type insuranceView struct {
	*web.Page
	List []store.Insured
}

func (a *Admin) insurance(c *fiber.Ctx) error {
	p := a.volunteersPage(c, web.PageOf(c).T("insurance.title"))
	list, err := a.Store.In(p.Community).InsuranceList(web.Context(c), p.Actor)
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, insuranceMain(&insuranceView{p, list}))
}

func (a *Admin) exportInsurance(c *fiber.Ctx) error {
	x := a.exporter(c)
	list, err := x.t.InsuranceList(web.Context(c), x.actor)
	if err != nil {
		return err
	}
	header := x.heads("volunteer.name", "volunteer.number", "export.birth", "export.document", "export.phone", "hours.what", "export.place", "export.begins", "export.ends", "export.insurer", "export.policy", "export.insured")
	return a.exportTable(c, "insurance", header, func(_ context.Context, emit func(models.ID, ...any) bool) error {
		for _, i := range list {
			if !emit(i.Shift.ID, i.Volunteer.Name, i.Volunteer.Number, i.Volunteer.Birth, i.Document, i.Phone, i.Activity.Title, i.Activity.Place, clock(&i.Shift.BeginsAt), clock(&i.Shift.EndsAt), i.Activity.Insurer, i.Activity.PolicyNo, i.Activity.InsuredTo) {
				return nil
			}
		}
		return nil
	})
}

// exports are the files of the standard.
func (a *Admin) exports(c *fiber.Ctx) error {
	return web.Render(c, fiber.StatusOK, exportsMain(a.volunteersPage(c, web.PageOf(c).T("export.title"))))
}

// handOver names another leader of a team.
func (a *Admin) handOver(c *fiber.Ctx) error {
	v, err := a.teamsPage(c)
	if err != nil {
		return err
	}
	f := web.FormOf(c)
	number := f.Text("leader", 20)
	if err = f.Err(); err == nil {
		err = a.Store.In(v.Community).HandOverTeam(web.Context(c), v.Actor, v.ParamID("id"), strings.TrimSpace(number))
	}
	if err != nil {
		return web.Again(c, err, teamsPage(v))
	}
	return web.Redirect(c, v.AdminURL("volunteers", "teams"))
}
