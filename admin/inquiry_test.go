package admin_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"juwu/internal/sheet"
	"juwu/internal/store"
	"juwu/internal/web/webtest"
	"juwu/models"
)

// askedWorld is a world with a published month and a question about its
// second line.
func askedRunner(t *testing.T) *webtest.Runner {
	t.Helper()
	w := newBooksWorld(t)
	ctx, tenant := context.Background(), w.In(w.c)
	data, err := os.ReadFile("testdata/account/accounts-2026Q3.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	im, _, err := tenant.ImportLedgerFile(ctx, w.people["clerk"], "q.xlsx", data, sheet.LedgerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := tenant.ConfirmLedger(ctx, w.people["clerk"], im.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	m := drafts[0]
	for i, who := range []string{"clerk", "director", "supervisor"} {
		if _, err := tenant.SignAccount(ctx, w.people[who], m.ID, m.Round, models.SignSteps[i]); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := tenant.AccountEntries(ctx, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	in, err := tenant.Ask(ctx, w.people["resident"], store.Question{Account: m.ID, Entry: lines[1].ID, Text: "这笔钱买了什么？我的电话13912345678"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(in.PublicText, "13912345678") {
		t.Fatal(in.PublicText)
	}
	return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
}

func TestInquiryStories(t *testing.T) { webtest.Dir(t, "testdata/inquiry", askedRunner) }
