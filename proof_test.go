package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
)

// A stranger's program recomputes the published accounts from what the site
// hands out, and finds an edit that was made by SQL.
func TestStrangerChecksTheAccounts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("node is not installed")
	}
	s := newSite(t, storetest.New(t))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.edge.App.Listener(ln) }()
	t.Cleanup(func() {
		if err := s.edge.App.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	check := func() (string, error) {
		out, err := exec.Command(node, "docs/check-account.mjs", "http://"+ln.Addr().String()+"/"+s.code).CombinedOutput()
		return string(out), err
	}
	out, err := check()
	if err != nil || !strings.Contains(out, "3 publications checked") {
		t.Fatalf("untouched: %v\n%s", err, out)
	}
	for what, sql := range map[string]string{
		"purpose": "UPDATE account_entries SET purpose = 'x' WHERE line = 2",
		"amount":  "UPDATE account_entries SET expense_fen = expense_fen + 1 WHERE line = 3",
	} {
		if err := insider(s.Opt, sql); err != nil {
			t.Fatal(err)
		}
		if out, err := check(); err == nil || !strings.Contains(out, "WRONG") {
			t.Errorf("edited %s: %v\n%s", what, err, out)
		}
	}
	n := 0
	if err := s.Verify(context.Background(), func(store.Finding) { n++ }); err != nil || n == 0 {
		t.Errorf("verify finds %d, %v", n, err)
	}
}
