package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
	"juwu/static"
)

// cardsView is what is printed: voter cards or certificates.
type cardsView struct {
	*web.Page
	Election *models.Election
	Pages    [][]models.Voter
	Where    map[models.ID]string
	Elected  []models.ElectedMember
	Stations []models.PollingStation
	Lines    []policy.Contender
	Result   *policy.Result
	Back     string
	Next     string
}

// cardsPerSheet is what an A4 sheet holds; cardSheets how many sheets one page
// prints, so that a whole roll is not one page.
const (
	cardsPerSheet = 10
	cardSheets    = 50
)

func (a *Admin) printPage(c *fiber.Ctx, title string) (*cardsView, *store.Tenant, error) {
	p := web.PageOf(c)
	a.officePage(c, p.T(title))
	p.Bare, p.Back = true, ui.Link{}
	t := a.Store.In(p.Community)
	e, err := t.Election(web.Context(c), p.ParamID("id"), false)
	if err != nil {
		return nil, nil, err
	}
	return &cardsView{Page: p, Election: e, Back: p.AdminURL("elections", e.ID.String())}, t, nil
}

func (a *Admin) electionCards(c *fiber.Ctx) error {
	v, t, err := a.printPage(c, "election.cards.title")
	if err != nil {
		return err
	}
	stations, err := t.Stations(web.Context(c), v.Election.ID)
	if err != nil {
		return err
	}
	v.Where = map[models.ID]string{}
	for _, s := range stations {
		v.Where[s.ID] = s.Name
	}
	after, _ := strconv.Atoi(v.Query("after")) // anything else: from the start
	f := store.RollFilter{State: models.VoterDeclared, Elector: true, After: after, Limit: cardsPerSheet * cardSheets}
	rows, more, err := t.Roll(web.Context(c), v.Election.ID, f)
	if err != nil {
		return err
	}
	for i := 0; i < len(rows); i += cardsPerSheet {
		v.Pages = append(v.Pages, rows[i:min(i+cardsPerSheet, len(rows))])
	}
	if more {
		v.Next = v.AdminURL("elections", v.Election.ID.String(), "cards") + "?after=" + strconv.Itoa(rows[len(rows)-1].Number)
	}
	return web.Render(c, fiber.StatusOK, voterCards(v))
}

// electionTallySheet is the paper that tellers fill in: one for each heap, with
// every line that the screen will ask for.
func (a *Admin) electionTallySheet(c *fiber.Ctx) error {
	v, t, err := a.printPage(c, "election.tallysheet")
	if err != nil {
		return err
	}
	if v.Lines, err = t.Contenders(web.Context(c), v.Election.ID); err != nil {
		return err
	}
	all, err := t.Stations(web.Context(c), v.Election.ID)
	for _, s := range all {
		if s.CountWith == 0 {
			v.Stations = append(v.Stations, s)
		}
	}
	if err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, tallySheetPage(v))
}

func (v *cardsView) tallyRows() []ui.TR {
	var rows []ui.TR
	for _, x := range v.Lines {
		last := ui.TD{Text: "　"}
		against, abstain := last, last
		if x.WriteIn {
			against, abstain = ui.TD{Text: "—"}, ui.TD{Text: "—"}
		}
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: x.Name, Sub: v.T(electionPosts.Key(string(x.Post)))}, last, against, abstain}})
	}
	return rows
}

func (v *cardsView) heapRows() []ui.TR {
	var rows []ui.TR
	for _, k := range []string{"valid", "invalid", "blank"} {
		rows = append(rows, ui.TR{Cells: []ui.TD{{Text: v.T(tallyWords.Key(k))}, {Text: "　"}}})
	}
	return rows
}

func (a *Admin) electionCertificates(c *fiber.Ctx) error {
	v, t, err := a.printPage(c, "election.certificates")
	if err != nil {
		return err
	}
	if v.Elected, err = validElected(c, t, v.Election.ID); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, certificatesPage(v))
}

// validElected are the winners whose election nobody declared void.
func validElected(c *fiber.Ctx, t *store.Tenant, id models.ID) ([]models.ElectedMember, error) {
	rows, err := t.Elected(web.Context(c), id)
	return slices.DeleteFunc(rows, func(m models.ElectedMember) bool { return m.VoidAt != nil }), err
}

// electionResultSheet is the sealed result to sign and to file.
func (a *Admin) electionResultSheet(c *fiber.Ctx) error {
	v, t, err := a.printPage(c, "election.resultsheet")
	if err != nil {
		return err
	}
	if len(v.Election.Result) == 0 {
		return problem.New(problem.NotFound, "page.notfound", nil)
	}
	r, err := store.SealedResult(v.Election)
	if err != nil {
		return err
	}
	v.Result = &r
	if v.Elected, err = validElected(c, t, v.Election.ID); err != nil {
		return err
	}
	return web.Render(c, fiber.StatusOK, resultSheetPage(v))
}

func (a *Admin) electionRollFile(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t, ctx := a.Store.In(p.Community), web.Context(c)
	e, err := t.Election(ctx, p.ParamID("id"), false)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // Excel reads UTF-8 only with this mark
	w := csv.NewWriter(&b)
	head := []string{p.T("election.roll.number"), p.T("election.roll.name"), p.T("election.roll.place"), p.T("election.room"), p.T("election.roll.state")}
	if err := w.Write(head); err != nil {
		return err
	}
	err = t.EachVoter(ctx, e.ID, store.RollFilter{}, func(v models.Voter) error {
		return w.Write([]string{strconv.Itoa(v.Number), safeCell(v.Name), safeCell(v.Building), safeCell(v.Room), p.T(voterStates.Key(string(v.State)))})
	})
	if err != nil {
		return err
	}
	w.Flush()
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="roll.csv"`)
	c.Type("csv", "utf-8")
	return c.Send(b.Bytes())
}

// safeCell keeps a spreadsheet from reading a name as a formula.
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (a *Admin) electionArchive(c *fiber.Ctx) error {
	p := web.PageOf(c)
	t, id := a.Store.In(p.Community), p.ParamID("id")
	return web.Download(c, "application/zip", "election-"+id.String()+".zip", func(ctx context.Context, w io.Writer) error {
		return t.WriteArchive(ctx, id, w)
	})
}

// rollRow is a voter as the tablet of a station keeps them: what is needed to
// find a face, and no more.
type rollRow struct {
	ID       models.ID `json:"id"`
	Number   int       `json:"n"`
	Name     string    `json:"name"`
	Building string    `json:"place"`
	Ballots  int       `json:"ballots"`
	Used     bool      `json:"used,omitempty"`
}

func (a *Admin) stationRoll(c *fiber.Ctx) error {
	p := web.PageOf(c)
	rows, err := a.Store.In(p.Community).StationRoll(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("station"))
	if err != nil {
		return err
	}
	out := make([]rollRow, len(rows))
	for i, v := range rows {
		out[i] = rollRow{v.ID, v.Number, v.Name, v.Building, 1 + v.Proxies, v.UsedChannel != models.ChannelNone}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(out)
}

// sent is what a tablet noted while it had no network.
type sent struct {
	Voter models.ID `json:"voter"`
	Key   string    `json:"key"`
}

const mostSent = 200

// stationAssets are what the station's page needs when it is opened without a
// network.
func stationAssets() string {
	b, err := json.Marshal([]string{static.URL("station.js"), static.URL("scan.js"), static.URL("decoder.js"), static.URL("app.js"), static.URL("app.css")})
	if err != nil {
		return "[]"
	}
	return string(b)
}

// stationSync takes what a tablet gave out without a network, each on its own:
// one refusal does not hold back the others.
func (a *Admin) stationSync(c *fiber.Ctx) error {
	p, f := web.PageOf(c), web.FormOf(c)
	var in []sent
	if err := json.Unmarshal([]byte(f.Raw("sent")), &in); err != nil || len(in) > mostSent {
		return problem.New(problem.Invalid, "error.form", nil)
	}
	t := a.Store.In(p.Community)
	out := map[string]string{}
	for _, s := range in {
		if len(s.Key) > 40 {
			return problem.New(problem.Invalid, "error.form", nil)
		}
		_, err := t.Issue(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("station"), store.CheckIn{VoterID: s.Voter, Key: s.Key})
		pr := problem.As(err)
		switch {
		case err == nil:
			out[s.Voter.String()] = ""
		case pr != nil && pr.Kind != problem.Unavailable:
			why := p.Text(problem.Text{Key: pr.Key, Args: pr.Args})
			if pr.Kind == problem.Conflict { // a ballot is in the box that no row has: the count will ask
				note := store.StationAct{Kind: "refused", N: 1, Note: why, Key: "refused." + s.Key}
				if err := t.RecordAct(web.Context(c), p.Actor, p.ParamID("id"), p.ParamID("station"), note); err != nil {
					return err
				}
			}
			out[s.Voter.String()] = why
		default:
			return err
		}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(out)
}

// hashGroups is as much of a hash as people compare.
func hashGroups(h []byte) string {
	if len(h) < 16 {
		return ""
	}
	s := hex.EncodeToString(h[:16])
	var parts []string
	for i := 0; i < len(s); i += 4 {
		parts = append(parts, s[i:i+4])
	}
	return strings.Join(parts, " ")
}

func bodyLines(s string) []string { return strings.Split(s, "\n") }
