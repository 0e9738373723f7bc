package portal

import (
	"sync"
	"testing"

	"github.com/valyala/fasthttp"
)

// BenchmarkMe is a page for one reader without the network: the session, what
// the page reads from the database, rendering and compressing; alone, and as
// one of many at once.
func BenchmarkMe(b *testing.B) {
	st := newSite(b)
	st.Community(b, "hemuli")
	v := st.visitor(b).login(phone)
	cookies := ""
	for name, value := range v.cookies {
		cookies += name + "=" + value + "; "
	}
	st.edge.App.Handler() // builds the tree of routes
	ask := func() *fasthttp.RequestCtx {
		req := &fasthttp.Request{}
		req.SetRequestURI("/me")
		req.Header.SetHost("juwu.test")
		req.Header.Set("Accept-Encoding", "gzip, deflate, br")
		req.Header.Set("Cookie", cookies)
		fc := &fasthttp.RequestCtx{}
		fc.Init(req, nil, nil)
		return fc
	}
	answer := func(fc *fasthttp.RequestCtx) {
		fc.Response.Reset()
		fc.ResetUserValues()
		st.edge.App.Server().Handler(fc)
		if fc.Response.StatusCode() != 200 {
			b.Error(fc.Response.StatusCode())
		}
	}
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		fc := ask()
		for b.Loop() {
			answer(fc)
		}
	})
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		b.SetParallelism(64)
		var mu sync.Mutex // Init touches a shared server
		b.RunParallel(func(pb *testing.PB) {
			mu.Lock()
			fc := ask()
			mu.Unlock()
			for pb.Next() {
				answer(fc)
			}
		})
	})
}
