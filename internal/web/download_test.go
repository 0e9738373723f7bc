package web

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
)

// served is a real listener: what a stream does on a broken connection cannot
// be seen without one.
func served(t *testing.T, write func(ctx context.Context, w io.Writer) error) (url string, st *site) {
	t.Helper()
	st = newSite(t, func(o *Options) { o.BaseURL = "http://juwu.test"; o.Now = time.Now })
	st.Mount([]Route{{Method: "GET", Path: "/file", Object: Public, Handle: func(c *fiber.Ctx) error {
		return Download(c, "text/csv; charset=utf-8", "账.csv", write)
	}}})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- st.App.Listener(ln) }()
	t.Cleanup(func() {
		if err := errors.Join(st.App.Shutdown(), <-done); err != nil {
			t.Error(err)
		}
	})
	return "http://" + ln.Addr().String() + "/file", st
}

func get(t *testing.T, url string) (*http.Response, []byte, error) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res, b, err
}

// A gigabyte goes through a few parts: were it gathered first, the memory of
// the process would show it.
func TestDownloadHoldsNothing(t *testing.T) {
	line := []byte(strings.Repeat("x", 1<<20))
	const lines = 256
	var most uint64
	url, _ := served(t, func(_ context.Context, w io.Writer) error {
		for range lines {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || n != lines<<20 {
		t.Fatal(n, err)
	}
	if res.Header.Get("Content-Disposition") != `attachment; filename="_.csv"` {
		t.Error(res.Header)
	}
	if most > 100<<20 {
		t.Errorf("%d MB in use while %d MB went out", most>>20, n>>20)
	}
}

// What fails before the first byte is an ordinary error page.
func TestDownloadThatFailsAtOnce(t *testing.T) {
	url, _ := served(t, func(context.Context, io.Writer) error {
		return problem.New(problem.NotFound, "error.notfound", nil)
	})
	res, b, err := get(t, url)
	if err != nil || res.StatusCode != 404 || res.Header.Get("Content-Disposition") != "" || !strings.Contains(string(b), "<html") {
		t.Errorf("%v %v %v", res.StatusCode, res.Header, err)
	}
}

// What fails later must not look like a whole file, and must not end the
// process, even if it is a panic.
func TestDownloadThatBreaksOff(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("database") },
		"panic": func() error { panic("of ours") },
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := served(t, func(_ context.Context, w io.Writer) error {
				if _, err := w.Write(make([]byte, 3*streamPart)); err != nil {
					return err
				}
				return fail()
			})
			if res, b, err := get(t, url); err == nil {
				t.Errorf("%d bytes came as a whole file: %v", len(b), res.Header)
			}
			if res, _, err := get(t, strings.TrimSuffix(url, "/file")+"/healthz"); err != nil || res.StatusCode != 200 {
				t.Error("the server is gone", err)
			}
		})
	}
}

// Whoever leaves frees what was working for them.
func TestDownloadEndsWithItsReader(t *testing.T) {
	ended := make(chan error, 1)
	url, _ := served(t, func(ctx context.Context, w io.Writer) error {
		for {
			if _, err := w.Write(make([]byte, streamPart)); err != nil {
				<-ctx.Done()
				ended <- err
				return err
			}
		}
	})
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("it goes on")
	}
}

// A browser that only asks what there is makes no file.
func TestDownloadHead(t *testing.T) {
	url, _ := served(t, func(context.Context, io.Writer) error { return errors.New("made for nobody") })
	res, err := http.Head(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Error(res.StatusCode, res.Header, err)
	}
}
