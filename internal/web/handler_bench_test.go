package web

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/valyala/fasthttp"
)

// BenchmarkCachedHandler is a hit without the network.
func BenchmarkCachedHandler(b *testing.B) {
	st := newSite(b, func(o *Options) {
		o.Now = time.Now
		o.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
	cached := Cached([]string{"accounts"}, nil, func(context.Context, *Page) (templ.Component, error) { return text("x"), nil })
	st.Mount([]Route{{Method: "GET", Path: "/:community/accounts", Object: Public, Handle: cached}})
	st.App.Handler() // builds the tree of routes
	h := st.App.Server().Handler
	var fc fasthttp.RequestCtx
	req := &fasthttp.Request{}
	req.Header.SetMethod("GET")
	req.SetRequestURI("/hemuli/accounts")
	req.Header.Set("Accept-Encoding", "gzip, deflate, br")
	req.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	req.Header.Set("Cookie", "juwu-look=1.dark.zh-CN")
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
