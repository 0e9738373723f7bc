package admin_test

import (
	"testing"

	"juwu/internal/web/webtest"
	"juwu/portal"
)

// What the office publishes is read on the residents' side: both stand here.
func TestNoticeStories(t *testing.T) {
	webtest.Dir(t, "testdata/notice", func(t *testing.T) *webtest.Runner {
		w := newBooksWorld(t)
		w.server.Mount((&portal.Portal{Store: w.Store}).Routes())
		return &webtest.Runner{App: w.server.App, Login: func(_ testing.TB, name string) string { return "juwu=" + cookieOf(name) }}
	})
}
