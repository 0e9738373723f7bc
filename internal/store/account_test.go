package store_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"juwu/internal/problem"
	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// desk is a community with the people whom accounts need.
type desk struct {
	*storetest.DB
	t                                                       testing.TB
	c                                                       *models.Community
	clerk, director, supervisor, member, street, bookkeeper models.Actor
}

var phones atomic.Int64

// officer makes a login with a post; deputyFor makes it a recorded deputy.
func officer(t testing.TB, db *storetest.DB, region models.ID, role models.Role, name string, deputyFor models.ID) models.Actor {
	t.Helper()
	u, err := db.EnsureUser(ctx, storetest.System, fmt.Sprintf("139%08d", phones.Add(1)), name)
	must(t, err)
	return appoint(t, db, models.Actor{UserID: u.ID, Name: name, SecondFactor: true}, region, role, deputyFor)
}

func appoint(t testing.TB, db *storetest.DB, a models.Actor, region models.ID, role models.Role, deputyFor models.ID) models.Actor {
	t.Helper()
	post := models.Appointment{
		RegionID: region, UserID: a.UserID, Role: role, From: "2026-01-01", Until: "2027-12-31", Decision: "d", DeputyFor: deputyFor,
		Name: a.Name, CreatedAt: db.Now(),
	}
	must(t, db.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
		post.ID = tx.NewID()
		return tx.Create(&post).Error
	}))
	must(t, db.Load(ctx))
	a.Appointments = append(slices.Clone(a.Appointments), post)
	return a
}

func newDesk(t testing.TB, db *storetest.DB) *desk {
	t.Helper()
	return newDeskIn(t, db, db.Community(t, "hemuli"))
}

func newDeskIn(t testing.TB, db *storetest.DB, c *models.Community) *desk {
	t.Helper()
	d := &desk{DB: db, t: t, c: c}
	d.clerk = officer(t, db, c.ID, models.RoleClerk, "郭珍", 0)
	d.director = officer(t, db, c.ID, models.RoleDirector, "钟梅", 0)
	d.supervisor = officer(t, db, c.ID, models.RoleSupervisor, "许金娣", 0)
	d.member = officer(t, db, c.ID, models.RoleCommitteeMember, "林梅庆", 0)
	d.street = officer(t, db, c.StreetID, models.RoleStreet, "街道", 0)
	d.bookkeeper = officer(t, db, c.StreetID, models.RoleBookkeeper, "代理会计", 0)
	return d
}

func (d *desk) in() *store.Tenant { return d.In(d.c) }

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	must(t, err)
	return b
}

// book writes a month's book of account as CSV; a line is "day,voucher,purpose,category,fund,income,expense,note".
func book(month models.Month, opening models.Fen, lines ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s年%s月财务收支明细表\n", month[:4], month[5:])
	b.WriteString("日期,凭证号,摘要,科目,资金来源,收入,支出,备注,结余\n")
	fmt.Fprintf(&b, ",,上月结转,,,,,,%s\n", opening.Plain())
	for _, l := range lines {
		fmt.Fprintf(&b, "%s-%s\n", month, l)
	}
	return []byte(b.String())
}

// bringIn stages and confirms a file.
func (d *desk) bringIn(name string, data []byte, reason string) []models.AccountMonth {
	d.t.Helper()
	im, _, err := d.in().ImportLedgerFile(ctx, d.clerk, name, data, sheet.LedgerOptions{})
	must(d.t, err)
	drafts, err := d.in().ConfirmLedger(ctx, d.clerk, im.ID, reason)
	must(d.t, err)
	return drafts
}

// publish has a draft signed by all three.
func (d *desk) publish(m models.AccountMonth) *models.AccountMonth {
	d.t.Helper()
	var out *models.AccountMonth
	for i, a := range []models.Actor{d.clerk, d.director, d.supervisor} {
		var err error
		out, err = d.in().SignAccount(ctx, a, m.ID, m.Round, models.SignSteps[i])
		must(d.t, err)
	}
	return out
}

// latest is the newest version of the newest month.
func (d *desk) latest() models.AccountMonth {
	d.t.Helper()
	all, err := d.in().Accounts(ctx, store.AccountFilter{})
	must(d.t, err)
	return all[0]
}

func (d *desk) verify() []string {
	d.t.Helper()
	var out []string
	must(d.t, d.Verify(ctx, func(f store.Finding) { out = append(out, f.What) }))
	return out
}

// month brings a month of two lines in as a draft: opening 1,000.00, closing 1,150.00.
func (d *desk) month(m models.Month, opening models.Fen) models.AccountMonth {
	d.t.Helper()
	return d.bringIn(string(m)+".csv", simple(m, opening), "")[0]
}

// simple is a book whose month leaves 150.00 more than it began with.
func simple(m models.Month, opening models.Fen) []byte {
	return book(m, opening, "03,记-1,财政拨款,财政拨款,工作经费,200.00,,,", "05,记-2,打印纸,办公费,工作经费,,50.00,送到门岗,")
}

// refused checks an error's kind and key.
func refused(t testing.TB, err error, kind problem.Kind, key string) {
	t.Helper()
	p := problem.As(err)
	if p == nil || p.Kind != kind || p.Key != key && p.Fields["reason"].Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func TestQuarterFromUploadToPublication(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		d := newDesk(t, db)
		drafts := d.bringIn("accounts-2026Q3.xlsx", sample(t, "accounts-2026Q3.xlsx"), "")
		if len(drafts) != 3 {
			t.Fatalf("%d months", len(drafts))
		}
		var previous []byte
		for i, m := range drafts {
			p := d.publish(m)
			if p.State != models.AccountPublished || *p.Seq != int64(i+1) || len(p.Fingerprint) != 32 || string(p.Previous) != string(previous) {
				t.Fatalf("%+v", p)
			}
			if p.DisplayUntil != models.DateOf(db.Now()).AddDays(15) {
				t.Errorf("displayed until %s", p.DisplayUntil)
			}
			if want := fmt.Sprintf("Community hemuli居财公〔2026〕%d号", i+1); p.Number != want {
				t.Errorf("number %q, want %q", p.Number, want)
			}
			previous = p.Fingerprint
		}
		d.publish(d.bringIn("accounts-2026-10.gb18030.csv", sample(t, "accounts-2026-10.gb18030.csv"), "")[0])
		if bad := d.verify(); len(bad) > 0 {
			t.Errorf("verify: %q", bad)
		}
	})
}
