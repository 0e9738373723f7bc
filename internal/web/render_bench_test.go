package web

import (
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// BenchmarkRender is a page for one reader, as long as an account page,
// without the database.
func BenchmarkRender(b *testing.B) {
	for _, accept := range []string{"identity", "gzip", "br"} {
		b.Run(accept, func(b *testing.B) {
			st := newSite(b, func(o *Options) { o.Log = discard() })
			body := text(accountLike())
			st.Mount([]Route{{Method: "GET", Path: "/:community/mine", Object: Public, Handle: func(c *fiber.Ctx) error { return Render(c, 200, body) }}})
			st.App.Handler()
			fc := st.request("/hemuli/mine", "")
			fc.Request.Header.Set(fasthttp.HeaderAcceptEncoding, accept)
			h := st.App.Server().Handler
			b.ReportAllocs()
			for b.Loop() {
				fc.Response.Reset()
				fc.ResetUserValues()
				h(fc)
			}
			b.ReportMetric(float64(len(fc.Response.Body())), "bytes")
		})
	}
}
