// Package demo fills an empty installation with the example community 和睦里社区:
// its roll, its officers, three published months and one that waits for
// signatures, questions and notices, all through the same use cases that a
// committee uses. Nothing in it is a real person's: the ID numbers carry a
// region code that does not exist.
package demo

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"strings"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/models"
)

//go:embed data
var data embed.FS

type officer struct {
	Role        models.Role `json:"role"`
	Place       string      `json:"place"`
	Name        string      `json:"name"`
	Phone       string      `json:"phone"`
	Portfolio   string      `json:"portfolio"`
	Hours       string      `json:"hours"`
	PublicPhone string      `json:"public_phone"`
	Grid        string      `json:"grid"`
}

type cast struct {
	Election struct {
		Title    string `json:"title"`
		Term     int    `json:"term"`
		Decision string `json:"decision"`
	} `json:"election"`
	District  string `json:"district"`
	Street    string `json:"street"`
	Community struct {
		Code       string `json:"code"`
		Name       string `json:"name"`
		Address    string `json:"address"`
		Phone      string `json:"phone"`
		Hours      string `json:"hours"`
		StreetInfo string `json:"street_info"`
	} `json:"community"`
	Decision string    `json:"decision"`
	Officers []officer `json:"officers"`
	Resident struct {
		Name     string `json:"name"`
		Phone    string `json:"phone"`
		Digits   string `json:"digits"` // the last of the document's number
		Building string `json:"building"`
		Room     string `json:"room"`
	} `json:"resident"`
	Question struct{ Voucher, Text, Answer string } `json:"question"`
	Vote     struct {
		Title     string                  `json:"title"`
		Text      string                  `json:"text"`
		Questions []models.BallotQuestion `json:"questions"`
	} `json:"vote"`
	// Disclosures are the texts for items of the catalogue, by their code.
	Disclosures map[string]struct{ Title, Body string } `json:"disclosures"`
	DayLayout   string                                  `json:"dayLayout"` // of a day in a notice
	Notices     []struct {
		Kind     models.NoticeKind `json:"kind"`
		Category string            `json:"category"`
		Urgent   bool              `json:"urgent"`
		Title    string            `json:"title"`
		Body     string            `json:"body"`
	} `json:"notices"`
}

// Login is one person of the example.
type Login struct {
	UserID models.ID
	Role   models.Role
	Name   string
	Phone  string
}

var job = models.Actor{System: true, Name: "demo"}

// filling is the work of one Fill.
type filling struct {
	*store.Store
	ctx    context.Context
	cast   cast
	place  map[string]models.ID
	who    map[models.Role]models.Actor
	c      *models.Community
	logins []Login
	spots  []image.Point // of the buildings on the picture of the compound
}

// Fill makes the example community unless it is there already, and returns
// who can log in.
func Fill(ctx context.Context, s *store.Store) (code string, logins []Login, err error) {
	f := &filling{Store: s, ctx: ctx, place: map[string]models.ID{}, who: map[models.Role]models.Actor{}}
	b, err := data.ReadFile("data/people.json")
	if err != nil {
		return "", nil, err
	}
	if err := json.Unmarshal(b, &f.cast); err != nil {
		return "", nil, err
	}
	code = f.cast.Community.Code
	c, err := s.CommunityByCode(ctx, code)
	steps := []func() error{f.found, f.roll, f.officers, f.catalogue, f.books, f.published, f.affairs,
		f.relatives, f.faces, f.vote,
		f.compound, f.complaints, f.handovers, f.visits, f.meetings, f.mediation, f.assembly, f.appraisals, f.volunteers, f.election}
	if err == nil {
		f.c = c
		steps = []func() error{f.known}
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return code, nil, fmt.Errorf("example community, step %d: %w", i+1, err)
		}
	}
	return code, f.logins, nil
}

// found makes the district, the street and the community.
func (f *filling) found() (err error) {
	if f.place["district"], err = f.CreateRegion(f.ctx, job, models.Region{Level: models.LevelDistrict, Name: f.cast.District}); err != nil {
		return err
	}
	street := models.Region{Level: models.LevelStreet, ParentID: f.place["district"], Name: f.cast.Street}
	if f.place["street"], err = f.CreateRegion(f.ctx, job, street); err != nil {
		return err
	}
	c := f.cast.Community
	f.c, err = f.CreateCommunity(f.ctx, job, models.Community{
		Code: c.Code, Name: c.Name, StreetID: f.place["street"], DistrictID: f.place["district"], StreetName: f.cast.Street,
		Address: c.Address, Phone: c.Phone, Hours: c.Hours, StreetInfo: c.StreetInfo,
		ClaimThresholdFen: 2000_00, InquiryDays: 15, DisplayDays: models.LeastDisplayDays,
	})
	if err == nil {
		f.place["community"] = f.c.ID
	}
	return err
}

// roll brings in the sample roll; its rows with errors wait at the desk.
func (f *filling) roll() error {
	csv, err := f.residents()
	if err != nil {
		return err
	}
	t := f.In(f.c)
	im, _, err := t.ImportRoll(f.ctx, job, "residents.csv", csv, store.RollOptions{})
	if err != nil {
		return err
	}
	if _, err = t.ConfirmRoll(f.ctx, job, im.ID, store.RollChoice{QueueBad: true}); err != nil {
		return err
	}
	f.c = f.CommunityByID(f.c.ID)
	return nil
}

func (f *filling) residents() ([]byte, error) {
	packed, err := data.ReadFile("data/residents.csv.gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// officers appoints everybody the way the law lets them be appointed: the
// machine's owner the district, the district the street, the street the rest.
func (f *filling) officers() error {
	for _, o := range f.cast.Officers {
		u, err := f.EnsureUser(f.ctx, job, o.Phone, o.Name)
		if err != nil {
			return err
		}
		by := f.who[models.RoleStreet]
		switch o.Place {
		case "district":
			by = job
		case "street":
			by = f.who[models.RoleDistrict]
		}
		from := models.MonthOf(f.Now()).Add(-10).First()
		a := models.Appointment{
			RegionID: f.place[o.Place], UserID: u.ID, Role: o.Role, From: from, Until: from.AddDays(4 * 365), Decision: f.cast.Decision,
			Name: o.Name, Portfolio: o.Portfolio, Hours: o.Hours, Phone: o.PublicPhone, Rank: len(f.logins),
		}
		if a.GridID, err = f.grid(o.Grid); err != nil {
			return err
		}
		if _, err := f.Appoint(f.ctx, by, a); err != nil {
			return fmt.Errorf("%s: %w", o.Role, err)
		}
		f.remember(o, u)
	}
	return f.resident()
}

// grid finds a grid of the roll by its name; 0 if it has none.
func (f *filling) grid(name string) (models.ID, error) {
	if name == "" {
		return 0, nil
	}
	grids, err := f.In(f.c).Grids(f.ctx)
	for _, g := range grids {
		if g.Name == name {
			return g.ID, err
		}
	}
	return 0, err
}

func (f *filling) remember(o officer, u models.User) {
	f.who[o.Role] = models.Actor{UserID: u.ID, Name: o.Name, SecondFactor: true}
	f.logins = append(f.logins, Login{u.ID, o.Role, o.Name, o.Phone})
}

func (f *filling) resident() error {
	u, err := f.EnsureUser(f.ctx, job, f.cast.Resident.Phone, f.cast.Resident.Name)
	if err != nil {
		return err
	}
	f.remember(officer{Role: models.RoleResident, Name: f.cast.Resident.Name, Phone: f.cast.Resident.Phone}, u)
	return nil
}

// known only looks up who can log in.
func (f *filling) known() error {
	for _, o := range f.cast.Officers {
		u, err := f.EnsureUser(f.ctx, job, o.Phone, o.Name)
		if err != nil {
			return err
		}
		f.remember(o, u)
	}
	return f.resident()
}

// catalogue is adopted before the books come in: publishing a month then does
// its item.
func (f *filling) catalogue() error {
	_, err := f.In(f.c).AdoptCatalogue(f.ctx, f.who[models.RoleDirector], models.MonthOf(f.Now()).Add(-4).First())
	return err
}

// affairs adds what residents would find on any day: notices, a question and
// its answer. What a notice calls {day} is tomorrow: nobody warns of yesterday.
func (f *filling) affairs() error {
	t := f.In(f.c)
	day := strings.NewReplacer("{day}", models.DateOf(f.Now()).AddDays(1).Time().Format(f.cast.DayLayout))
	for _, n := range f.cast.Notices {
		member, director := f.who[models.RoleCommitteeMember], f.who[models.RoleDirector]
		row, err := t.CreateNotice(f.ctx, member, store.NoticeDraft{Kind: n.Kind, Category: n.Category, Title: day.Replace(n.Title), Body: day.Replace(n.Body)})
		if err != nil {
			return err
		}
		if n.Urgent {
			if _, err := t.PublishUrgent(f.ctx, member, row.ID); err != nil {
				return err
			}
			continue
		}
		if row, err = t.SubmitNotice(f.ctx, member, row.ID); err != nil {
			return err
		}
		if _, err := t.PublishNotice(f.ctx, director, row.ID, row.UpdatedAt); err != nil {
			return err
		}
	}
	return f.question()
}

// question is asked by the resident about a line of the newest month that is
// out, and answered by the clerk.
func (f *filling) question() error {
	t := f.In(f.c)
	month, err := t.NewestAccount(f.ctx)
	if err != nil || month == nil {
		return err
	}
	entries, err := t.AccountEntries(f.ctx, month.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Voucher != f.cast.Question.Voucher {
			continue
		}
		in, err := t.Ask(f.ctx, f.who[models.RoleResident], store.Question{Account: month.ID, Entry: e.ID, Text: f.cast.Question.Text})
		if err != nil {
			return err
		}
		return t.AnswerInquiry(f.ctx, f.who[models.RoleClerk], in.ID, f.cast.Question.Answer)
	}
	return nil
}

// books brings in the quarter and October as the clerk; the quarter is signed
// by three people and published, October waits for them.
func (f *filling) books() error {
	t := f.In(f.c)
	for _, name := range []string{"accounts-2026Q3.xlsx", "accounts-2026-10.gb18030.csv"} {
		b, err := data.ReadFile("data/" + name)
		if err != nil {
			return err
		}
		clerk := f.who[models.RoleClerk]
		im, _, err := t.ImportLedgerFile(f.ctx, clerk, name, b, sheet.LedgerOptions{})
		if err != nil {
			return err
		}
		months, err := t.ConfirmLedger(f.ctx, clerk, im.ID, "")
		if err != nil {
			return err
		}
		if len(months) == 1 {
			continue
		}
		for _, m := range months {
			for i, role := range []models.Role{models.RoleClerk, models.RoleDirector, models.RoleSupervisor} {
				if _, err := t.SignAccount(f.ctx, f.who[role], m.ID, m.Round, models.SignSteps[i]); err != nil {
					return fmt.Errorf("%s signs %s: %w", role, m.Month, err)
				}
			}
		}
	}
	return nil
}
