package portal

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"juwu/internal/store"
	"juwu/models"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// varying is what differs from run to run: ids, fingerprints, tokens, hashes
// of static files. A QR code holds an address, and its drawing is long.
var varying = []struct {
	find    *regexp.Regexp
	replace string
}{
	{regexp.MustCompile(`/inquiries/[0-9]+`), "/inquiries/ID"},
	{regexp.MustCompile(`(?:[0-9a-f]{8} ){7}[0-9a-f]{8}`), "FINGERPRINT"},
	{regexp.MustCompile(`name="csrf" value="[^"]+"`), `name="csrf" value="TOKEN"`},
	{regexp.MustCompile(`-[0-9a-f]{10}\.`), "-HASH."},
	{regexp.MustCompile(`(?s)<svg class="icon".*?</svg>`), "<svg/>"},
	{regexp.MustCompile(`<path d="[^"]{400,}"`), `<path d="QR"`},
	{regexp.MustCompile(`>\s*<`), ">\n<"},
}

// golden compares the main part of a page with what was looked at before.
func golden(t *testing.T, name, html string) {
	t.Helper()
	for _, v := range varying {
		html = v.find.ReplaceAllString(html, v.replace)
	}
	path := filepath.Join("testdata", "account", "golden", name+".html")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(html, "\n")); d != "" {
		t.Errorf("%s (run with -update after looking at it):\n%s", name, d)
	}
}

// A page says the same words in the same order until somebody means to change
// it.
func TestAccountPagesAreAsTheyWereLookedAt(t *testing.T) {
	b := newBooks(t)
	ctx, tenant := context.Background(), b.In(b.c)
	l, err := tenant.PublicLine(ctx, "2026-07", 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	asker := models.Actor{UserID: b.people[models.RoleStreet].UserID}
	in, err := tenant.Ask(ctx, asker, store.Question{Account: l.Account.ID, Entry: l.Entry.ID, Text: "这笔钱买了什么，给谁用？"})
	if err == nil {
		err = tenant.AnswerInquiry(ctx, b.people[models.RoleClerk], in.ID, "买了办公用纸，给办事大厅用。")
	}
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{
		"months": "/hemuli/accounts", "month": "/hemuli/accounts/2026-08", "quarter": "/hemuli/accounts/2026Q3", "lines": "/hemuli/accounts/2026-07/lines?category=%E5%8A%9E%E5%85%AC%E8%B4%B9",
		"line": "/hemuli/accounts/2026-07/2", "ask": "/hemuli/accounts/2026-07/2/ask", "download": "/hemuli/accounts/2026-07/download",
		"sheet": "/hemuli/accounts/2026-07/sheet", "inquiries": "/hemuli/inquiries", "inquiry": "/hemuli/inquiries/" + in.ID.String(),
		"sent": "/hemuli/inquiries/" + in.ID.String() + "/sent", "follow": "/hemuli/follow/accounts",
	}
	for _, lang := range []string{"zh-CN", "en"} {
		v := b.visitor(t)
		v.see("/hemuli/accounts?lang=" + lang).want(200)
		for name, path := range pages {
			v.see(path).want(200)
			golden(t, name+"."+lang, v.main())
		}
	}
}
