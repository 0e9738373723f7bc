package portal

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
	"juwu/static"
)

// books is the residents' side over a community with a published quarter.
type books struct {
	*site
	c      *models.Community
	people map[models.Role]models.Actor
}

func newBooks(t *testing.T) *books {
	t.Helper()
	b := &books{site: newSite(t), people: map[models.Role]models.Actor{}}
	p := &Portal{Store: b.Store}
	b.edge.Mount(p.accountRoutes(), p.inquiryRoutes(), p.confirmRoutes(), p.followRoutes())
	b.c = b.Community(t, "hemuli")
	for i, role := range []models.Role{models.RoleClerk, models.RoleDirector, models.RoleSupervisor, models.RoleStreet} {
		b.people[role] = b.officer(t, role, i)
	}
	if b.c.Code != "hemuli" {
		t.Fatal(b.c)
	}
	b.bring(t, "accounts-2026Q3.xlsx", "")
	return b
}

var bookNames = map[models.Role]string{models.RoleClerk: "郭珍", models.RoleDirector: "钟梅", models.RoleSupervisor: "许金娣", models.RoleStreet: "街道审核"}

func (b *books) officer(t testing.TB, role models.Role, n int) models.Actor {
	t.Helper()
	ctx := context.Background()
	u, err := b.EnsureUser(ctx, storetest.System, fmt.Sprintf("1390000%04d", n), bookNames[role])
	if err != nil {
		t.Fatal(err)
	}
	region := b.c.ID
	if role == models.RoleStreet {
		region = b.c.StreetID
	}
	post := models.Appointment{RegionID: region, UserID: u.ID, Role: role, From: "2026-01-01", Decision: "d", Name: bookNames[role], CreatedAt: b.Now()}
	err = b.WriteGlobal(ctx, storetest.System, func(tx *store.Tx) error {
		post.ID = tx.NewID()
		return tx.Create(&post).Error
	})
	if err == nil {
		err = b.Load(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{UserID: u.ID, Name: bookNames[role], SecondFactor: true, Appointments: []models.Appointment{post}}
}

// bring imports a file of testdata and has its months signed and published.
func (b *books) bring(t *testing.T, name, reason string) {
	t.Helper()
	data, err := os.ReadFile("testdata/account/" + name)
	if err != nil {
		t.Fatal(err)
	}
	b.publish(t, name, data, reason)
}

func (b *books) publish(t *testing.T, name string, data []byte, reason string) {
	t.Helper()
	ctx, tenant := context.Background(), b.In(b.c)
	im, _, err := tenant.ImportLedgerFile(ctx, b.people[models.RoleClerk], name, data, sheet.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := tenant.ConfirmLedger(ctx, b.people[models.RoleClerk], im.ID, reason)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range drafts {
		for i, role := range []models.Role{models.RoleClerk, models.RoleDirector, models.RoleSupervisor} {
			if _, err := tenant.SignAccount(ctx, b.people[role], m.ID, m.Round, models.SignSteps[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// lacks fails if the page says one of the texts.
func (v *visitor) lacks(texts ...string) *visitor {
	v.t.Helper()
	for _, text := range texts {
		if strings.Contains(v.body, text) {
			v.t.Fatalf("%s says %q\n%s", v.path, text, v.main())
		}
	}
	return v
}

func TestAccountsOfAPeriod(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	months, err := b.In(b.c).PublicMonths(context.Background())
	if err != nil || len(months) != 3 {
		t.Fatal(len(months), err)
	}
	july := months[2]
	v.see("/hemuli/accounts").want(200, "July 2026", "September 2026", "Q3 2026", months[0].ClosingFen.String())
	v.see("/hemuli/accounts/2026-07").want(200, july.OpeningFen.String(), july.IncomeFen.String(), july.ExpenseFen.String(), july.ClosingFen.String(),
		july.Number, hexGroups(july.Fingerprint), "Where the money went", "Largest expenses", `href="/hemuli/accounts/2026-08"`)
	v.lacks("郭珍", "钟梅", "许金娣")
	v.see("/hemuli/accounts/2026-08").want(200, "than the month before")
	v.see("/hemuli/accounts/2026Q3").want(200, july.OpeningFen.String(), months[0].ClosingFen.String(), "Month by month")
	for _, bad := range []string{"2026-13", "2026Q5", "2026", "2026-10", "2026-7", "2026-07?version=0", "2026-07?version=2", "2026-07?version=x", "2026Q3?version=1", "2026-07.pdf", "x.csv"} {
		v.see("/hemuli/accounts/" + bad).want(404)
	}
	b.Community(t, "other")
	v.see("/other/accounts").want(200, "No accounts yet")
	v.see("/other/accounts/2026-07").want(404)
}

func TestLinesAreFoundFilteredAndPaged(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	ctx, tenant := context.Background(), b.In(b.c)
	period, _ := store.ParsePeriod("2026Q3")
	a, err := tenant.PublicPeriod(ctx, period, 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := tenant.PublicLines(ctx, a, store.LineFilter{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	next := "/hemuli/accounts/2026Q3/lines"
	for pages := 0; next != ""; pages++ {
		if pages > len(want)/linesPerPage+1 {
			t.Fatal("pages without end")
		}
		v.see(next).want(200)
		for _, e := range want {
			if strings.Contains(v.body, fmt.Sprintf(`href="/hemuli/accounts/%s/%d"`, e.Month, e.Line)) {
				seen[fmt.Sprint(e.Month, e.Line)]++
			}
		}
		next = strings.ReplaceAll(between(v.body, `rel="next" href="`, `"`), "&amp;", "&")
	}
	if len(seen) != len(want) {
		t.Errorf("%d of %d lines seen", len(seen), len(want))
	}
	for line, n := range seen {
		if n != 1 {
			t.Errorf("%s is on %d pages", line, n)
		}
	}
	one := want[3]
	v.see("/hemuli/accounts/2026Q3/lines?q="+one.Voucher).want(200, fmt.Sprintf(`/accounts/%s/%d"`, one.Month, one.Line))
	v.see("/hemuli/accounts/2026Q3/lines?q=%25").want(200, "No line fits")
	v.see("/hemuli/accounts/2026Q3/lines?q=_").want(200, "No line fits")
	v.see("/hemuli/accounts/2026Q3/lines?least=99999999").want(200, "No line fits")
	v.see("/hemuli/accounts/2026Q3/lines?least=many").want(200, "many", `aria-invalid="true"`)
	v.see("/hemuli/accounts/2026Q3/lines?after=2026-01.3").want(404)
	v.see("/hemuli/accounts/2026Q3/lines?q=%3Cscript%3E").want(200, "&lt;script&gt;").lacks("<script>")
}

func between(s, from, to string) string {
	_, rest, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	in, _, _ := strings.Cut(rest, to)
	return in
}

func TestOneLineTellsPostsNotNames(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	book := "日期,凭证号,摘要,科目,资金来源,收入,支出,经手人,证明人,审批人,备注,结余\n,,上月结转,,,,,,,,," + b.closing(t, "2026-09").Plain() + "\n" +
		"2026-10-05,记-1,打印纸,办公费,工作经费,,50.00,郭珍,王不二,钟梅,送到门岗,\n"
	b.publish(t, "o.csv", []byte("2026年10月财务收支明细表\n"+book), "")
	v.see("/hemuli/accounts/2026-10/1").want(200, "打印纸", "50.00", "Finance clerk", "Director", "the name is not published", "送到门岗", "Ask about this line")
	v.lacks("郭珍", "王不二", "钟梅")
	for _, bad := range []string{"0", "01", "2", "x", "-1"} {
		v.see("/hemuli/accounts/2026-10/" + bad).want(404)
	}
	v.see("/hemuli/accounts/2026Q4/1").want(404)
}

func (b *books) closing(t *testing.T, m models.Month) models.Fen {
	t.Helper()
	a, err := b.In(b.c).AccountOf(context.Background(), m)
	if err != nil {
		t.Fatal(err)
	}
	return a.ClosingFen
}

func TestCorrectionAndWithdrawalAreShown(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	before := b.closing(t, "2026-09").Plain()
	book := func(purpose, amount string) []byte {
		return []byte("2026年10月财务收支明细表\n日期,凭证号,摘要,科目,资金来源,收入,支出,备注,结余\n,,上月结转,,,,,," + before + "\n2026-10-05,记-1," + purpose + ",办公费,工作经费,," + amount + ",,\n2026-10-06,记-2,饮用水,办公费,工作经费,,5.00,,\n")
	}
	b.publish(t, "a.csv", book("慰问李阿毛", "50.00"), "")
	b.publish(t, "b.csv", book("慰问李阿毛", "45.00"), "多记了五元")
	v.see("/hemuli/accounts/2026-10").want(200, "version 2", "多记了五元", "version=1")
	v.see("/hemuli/accounts/2026-10?version=1").want(200, "You are reading version 1", "55.00")
	v.see("/hemuli/accounts/2026-10/1").want(200, "What was changed", "50.00", "45.00")
	v.see("/hemuli/accounts/2026-10/1?version=1").want(200, "50.00").lacks("45.00")
	v.see("/hemuli/accounts/2026-10/lines").want(200, "Changed by the correction")
	ctx, tenant := context.Background(), b.In(b.c)
	l, err := tenant.PublicLine(ctx, "2026-10", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.WithdrawText(ctx, b.people[models.RoleDirector], l.Entry.ID, []string{"purpose"}, "写了居民姓名"); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"2026-10", "2026-10/1", "2026-10/1?version=1", "2026-10/lines", "2026-10/lines?version=1", "2026-10?version=1", "2026-10.json", "2026-10.json?version=1", "2026-10.csv", "2026-10/sheet", "2026Q4/lines"} {
		v.desktop("/hemuli/accounts/"+page).want(200).lacks("李阿毛", store.WithdrawnMark)
	}
	v.see("/hemuli/accounts/2026-10/1").want(200, "personal data, taken down")
}

// desktop opens a page with a browser that can download.
func (v *visitor) desktop(path string) *visitor {
	v.t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "juwu.test"
	r.Header.Set("Accept-Language", "zh-CN")
	res, err := v.site.edge.App.Test(r, -1)
	if err != nil {
		v.t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.status, v.body, v.header, v.path = res.StatusCode, string(b), res.Header, path
	return v
}

// What is downloaded says the same as what was published, read again.
func TestDownloadsReadBackEqual(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	ctx, tenant := context.Background(), b.In(b.c)
	period, _ := store.ParsePeriod("2026Q3")
	a, err := tenant.PublicPeriod(ctx, period, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := tenant.PublicLines(ctx, a, store.LineFilter{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	v.desktop("/hemuli/accounts/2026Q3.csv").want(200)
	if !strings.Contains(v.header.Get("Content-Disposition"), `filename="hemuli-2026Q3.csv"`) {
		t.Error(v.header)
	}
	for _, format := range []string{"csv", "xlsx"} {
		v.desktop("/hemuli/accounts/2026Q3." + format).want(200)
		l, err := sheet.ReadLedger("again."+format, []byte(v.body), sheet.LedgerOptions{Year: 2026})
		if err != nil {
			t.Fatal(err)
		}
		var got []sheet.Entry
		for _, m := range l.Months {
			got = append(got, m.Entries...)
		}
		if len(got) != len(lines) {
			t.Fatalf("%s: %d lines, want %d: %+v", format, len(got), len(lines), l.Findings)
		}
		for i, e := range lines {
			g := got[i]
			if g.Date != e.Day || g.Voucher != e.Voucher || g.Purpose != e.Purpose || g.Category != e.Category || g.Fund != e.Fund || g.IncomeFen != e.IncomeFen || g.ExpenseFen != e.ExpenseFen || g.Attachments != e.Receipts {
				t.Errorf("%s line %d: %+v, want %+v", format, i+1, g, e)
			}
		}
	}
	v.desktop("/hemuli/accounts/2026Q3.json").want(200)
	var j struct {
		accountJSON
		Entries []entryJSON `json:"entries"`
	}
	if err := json.Unmarshal([]byte(v.body), &j); err != nil {
		t.Fatal(err)
	}
	if len(j.Entries) != len(lines) || j.ClosingFen != a.Closing || len(j.Months) != 3 || j.OpeningFen+j.IncomeFen-j.ExpenseFen != j.ClosingFen {
		t.Errorf("%+v", j)
	}
	v.desktop("/hemuli/accounts/2026Q3.zip").want(200)
	z, err := zip.NewReader(strings.NewReader(v.body), int64(len(v.body)))
	if err != nil {
		t.Fatal(err)
	}
	income, expense := packageSum(t, z, "data/revenue.csv"), packageSum(t, z, "data/expenditure.csv")
	if income != a.Income || expense != a.Expense {
		t.Errorf("package %s %s, want %s %s", income, expense, a.Income, a.Expense)
	}
}

func packageSum(t *testing.T, z *zip.Reader, name string) models.Fen {
	t.Helper()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var sum models.Fen
	for _, r := range rows[1:] {
		var yuan, cents int64
		s := strings.TrimPrefix(r[len(r)-1], "-")
		if _, err := fmt.Sscanf(s, "%d.%d", &yuan, &cents); err != nil {
			t.Fatal(err)
		}
		if fen := models.Fen(yuan*100 + cents); s != r[len(r)-1] {
			sum -= fen
		} else {
			sum += fen
		}
	}
	return sum
}

// A text that a spreadsheet program would run is written as text.
func TestDownloadsRunNoFormulas(t *testing.T) {
	b := newBooks(t)
	book := "2026年10月财务收支明细表\n日期,凭证号,摘要,科目,资金来源,收入,支出,备注,结余\n,,上月结转,,,,,," + b.closing(t, "2026-09").Plain() +
		"\n2026-10-05,记-1,\"＝HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",@办公费,工作经费,,5.00,+1+1,\n"
	b.publish(t, "a.csv", []byte(book), "")
	v := b.visitor(t).desktop("/hemuli/accounts/2026-10.csv").want(200)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(v.body), []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, cell := range rows[1] {
		if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") || strings.HasPrefix(cell, "＝") {
			t.Errorf("cell %d: %q", i, cell)
		}
	}
}

func TestDownloadsInsideWeChatSayHow(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t) // whose browser is WeChat's
	v.send("GET", "/hemuli/accounts/2026-07.xlsx", nil).want(303)
	v.see("/hemuli/accounts/2026-07.xlsx").want(200, "WeChat cannot download files", "http://juwu.test/hemuli/accounts/2026-07/download", "2026-07.csv")
	v.desktop("/hemuli/accounts/2026-07/download").want(200).lacks("微信里不能直接下载")
}

func TestDownloadIsNotMadeTwiceForOneBrowser(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t).desktop("/hemuli/accounts/2026-07.csv").want(200)
	r := httptest.NewRequest("GET", "/hemuli/accounts/2026-07.csv", nil)
	r.Host = "juwu.test"
	r.Header.Set("If-None-Match", v.header.Get("ETag"))
	r.Header.Set("Accept-Language", "zh-CN")
	res, err := b.edge.App.Test(r, -1)
	if err != nil || res.StatusCode != http.StatusNotModified {
		t.Errorf("%v %v", res, err)
	}
}

func TestFeeds(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	v.desktop("/hemuli/accounts.atom").want(200, "2026年7月账目")
	var feed struct {
		Updated string `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Updated string `xml:"updated"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(v.body), &feed); err != nil || len(feed.Entries) != 3 || feed.Updated != feed.Entries[0].Updated {
		t.Errorf("%v %+v", err, feed)
	}
	if e := feed.Entries[0]; e.Link.Href != "http://juwu.test/hemuli/accounts/2026-09" || !strings.HasPrefix(e.ID, "urn:sha256:") {
		t.Errorf("%+v", e)
	}
	v.desktop("/hemuli/accounts/feed.json").want(200)
	var j jsonFeed
	if err := json.Unmarshal([]byte(v.body), &j); err != nil || len(j.Items) != 3 || j.Version != "https://jsonfeed.org/version/1.1" {
		t.Errorf("%v %+v", err, j)
	}
}

func TestBoardSheet(t *testing.T) {
	b := newBooks(t)
	v := b.visitor(t)
	for _, paper := range []string{"", "?paper=A3"} {
		v.see("/hemuli/accounts/2026-07/sheet"+paper).want(200, "On display", "Page 1 of", "Scan to see every line", "(seal)", "居财公〔2026〕1号", `class="qr"`)
		v.lacks("郭珍", "钟梅", "许金娣")
	}
	v.see("/hemuli/accounts/2026-07/sheet?paper=A5").want(404)
}

// The first page of a visit is at most 50 KB over the wire with all its
// files, the next at most 15 KB (design.md section 6).
func TestAccountPagesAreLight(t *testing.T) {
	b := newBooks(t)
	files := 0
	for _, name := range []string{static.URL("app.css"), static.URL("app.js")} {
		body, br, _, _, ok := static.File(strings.TrimPrefix(name, "/static/"))
		if !ok {
			t.Skipf("%s is not built", name)
		}
		if br != nil {
			body = br
		}
		files += len(body)
	}
	for _, path := range []string{"/hemuli/accounts", "/hemuli/accounts/2026-07", "/hemuli/accounts/2026Q3", "/hemuli/accounts/2026Q3/lines", "/hemuli/accounts/2026-07/2", "/hemuli/inquiries"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Host = "juwu.test"
		r.Header.Set("Accept-Encoding", "br")
		res, err := b.edge.App.Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatal(path, res.StatusCode, err)
		}
		if _, err := io.ReadAll(brotli.NewReader(bytes.NewReader(body))); err != nil {
			t.Error(path, err)
		}
		const next, first = 15 << 10, 50 << 10
		if n := len(body); n > next || n+files > first {
			t.Errorf("%s: %d bytes, with %d of files", path, n, files)
		}
		t.Logf("%s: %d bytes, files %d", path, len(body), files)
	}
}

func (b *books) at(day models.Date) { b.Clock.Set(day.Time().Add(10 * time.Hour)) }
