package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// serve runs the site on a real socket, because a parser's mistakes are on the
// wire.
func (st *site) serve(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := st.App.Listener(ln); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		if err := st.App.ShutdownWithTimeout(5 * time.Second); err != nil {
			t.Error(err)
		}
		<-done
	})
	return ln.Addr().String()
}

// speak sends raw bytes and gives the statuses of all answers until the server
// closes the connection or stays silent.
func speak(t *testing.T, addr, raw string) []int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Unix(1<<33, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, raw); err != nil {
		return nil
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	r := bufio.NewReader(conn)
	var all []int
	for {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return all
		}
		_, _ = io.Copy(io.Discard, res.Body)
		all = append(all, res.StatusCode)
	}
}

// framings are requests that two parsers may cut differently. In each, what
// follows would be a second request: GET /hidden.
var framings = map[string]string{
	"length and chunked":           "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunked and length":           "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
	"chunked":                      "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunked twice":                "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"chunked, identity":            "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
	"unknown coding":               "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
	"chunked in 1.0":               "POST /form HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"space before colon":           "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
	"two lengths":                  "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
	"length list":                  "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 5\r\n\r\n",
	"signed length":                "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
	"negative length":              "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
	"line feed in chunk":           "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
	"space after chunk size":       "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0 \r\n\r\n",
	"folded header":                "GET /page HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n",
	"folded with a tab":            "GET /page HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\tTransfer-Encoding: chunked\r\n\r\n",
	"no host":                      "GET /page HTTP/1.1\r\n\r\n",
	"two hosts":                    "GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"nul in a header":              "GET /page HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n",
	"bare carriage return":         "GET /page HTTP/1.1\r\nHost: a\r\nX-A: b\rX-B: c\r\n\r\n",
	"space in the name":            "GET /page HTTP/1.1\r\nHost: a\r\nX A: b\r\n\r\n",
	"body on a GET":                "GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	"chunked on a GET":             "GET /page HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"version from the future":      "GET /page HTTP/9.1\r\nHost: a\r\n\r\n",
	"header larger than it may be": "GET /page HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", headerBytes) + "\r\n\r\n",
}

func TestFraming(t *testing.T) {
	st := newSite(t, func(o *Options) { o.Log = discard(); o.Now = func() time.Time { return noon } })
	hidden := 0
	st.Mount([]Route{
		{Method: "GET", Path: "/page", Object: Public, Handle: ok},
		{Method: "POST", Path: "/form", Object: Public, Tokenless: true, Handle: ok},
		{Method: "GET", Path: "/hidden", Object: Public, Handle: func(c *fiber.Ctx) error { hidden++; return ok(c) }},
	})
	addr := st.serve(t)
	const next = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
	if got := speak(t, addr, "GET /page HTTP/1.1\r\nHost: a\r\n\r\n"+next); len(got) != 2 || got[0] != 200 || hidden != 1 {
		t.Fatalf("an ordinary request: %v", got)
	}
	hidden = 0
	for name, raw := range framings {
		got := speak(t, addr, raw+next)
		for _, status := range got {
			if status < 400 {
				t.Errorf("%s: answered %v", name, got)
				break
			}
		}
		if hidden != 0 {
			t.Errorf("%s: what followed was taken for a request", name)
			hidden = 0
		}
	}
}

// TestRefusedBeforeTheBody: a body that is longer than it may be is refused by its
// announced length, before it is sent.
func TestRefusedBeforeTheBody(t *testing.T) {
	st := newSite(t, func(o *Options) { o.Log = discard(); o.Now = func() time.Time { return noon } })
	st.Mount([]Route{
		{Method: "POST", Path: "/form", Object: Public, Handle: ok},
		{Method: "POST", Path: "/mine", Object: Self, Upload: true, Handle: ok},
	})
	addr := st.serve(t)
	for raw, want := range map[string]int{
		"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1000000000\r\n\r\nbegin":                            413,
		"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n--x\r\nbegin":   413,
		"POST /mine HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 20000000\r\n\r\n--x\r\nbegin":  303,
		"POST /mine HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000000\r\n\r\n--x\r\nbegin": 413,
	} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, raw+strings.Repeat(".", 8<<10)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%.60q: %v", raw, err)
		} else if res.StatusCode != want {
			t.Errorf("%.60q: %d, want %d", raw, res.StatusCode, want)
		}
		conn.Close()
	}
}
