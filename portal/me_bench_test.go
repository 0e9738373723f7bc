package portal

import (
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkMe is a page for one reader without the network: the session, what
// the page reads from the database, rendering and compressing.
func BenchmarkMe(b *testing.B) {
	st := newSite(b)
	st.Community(b, "hemuli")
	v := st.visitor(b).login(phone)
	cookies := ""
	for name, value := range v.cookies {
		cookies += name + "=" + value + "; "
	}
	st.edge.App.Handler() // builds the tree of routes
	h := st.edge.App.Server().Handler
	var fc fasthttp.RequestCtx
	req := &fasthttp.Request{}
	req.SetRequestURI("/me")
	req.Header.SetHost("juwu.test")
	req.Header.Set("Accept-Encoding", "gzip, deflate, br")
	req.Header.Set("Cookie", cookies)
	fc.Init(req, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		fc.Response.Reset()
		fc.ResetUserValues()
		h(&fc)
	}
	if fc.Response.StatusCode() != 200 {
		b.Fatal(fc.Response.StatusCode())
	}
}
