package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
)

// The cost of a page from memory is compared with a bare Fiber handler that
// sends the same bytes: two child processes, the same requests, the CPU time
// that the kernel counts for each. Asked for by -bench.

const (
	childEnv = "JUWU_WEB_CHILD"
	perRound = 20_000
	clients  = 8
)

func TestMain(m *testing.M) {
	if kind := os.Getenv(childEnv); kind != "" {
		serveChild(kind)
		return
	}
	os.Exit(m.Run())
}

// serveChild serves until its standard input ends, and says its address.
func serveChild(kind string) {
	t := &testing.B{}
	st := newSite(t, func(o *Options) {
		o.Now = time.Now
		o.Log = slog.New(slog.NewJSONHandler(io.Discard, nil))
	})
	body := text(accountLike())
	cached := Cached([]string{"accounts"}, nil, func(context.Context, *Page) (templ.Component, error) { return body, nil })
	st.Mount([]Route{{Method: "GET", Path: "/:community/accounts", Object: Public, Handle: cached}})
	app := st.App
	if kind == "bare" {
		b := st.get(t, "/hemuli/accounts", "Accept-Encoding", "br")
		app = fiber.New(fiber.Config{DisableStartupMessage: true})
		app.Get("/:community/accounts", func(c *fiber.Ctx) error {
			c.Set("Content-Encoding", "br")
			c.Set("Content-Type", "text/html; charset=utf-8")
			return c.SendString(b.body)
		})
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ln.Close()
	}()
	_ = app.Listener(ln)
}

// accountLike is as long as an account page and compresses as well: two
// hundred lines of a book with amounts that differ.
func accountLike() string {
	var b strings.Builder
	n := uint32(7)
	for i := range 200 {
		n = n*1664525 + 1013904223
		fmt.Fprintf(&b, "2026-07-%02d 记%04d 修理%d号楼路灯 水费 电费 %d,%03d.%02d 元\n", i%31+1, n%9999, n>>20%80, n>>8%90, n>>4%1000, n>>12%100)
	}
	return b.String()
}

// child is a running server.
type child struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	addr string
}

func startChild(t testing.TB, kind string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+kind)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return &child{cmd, in, strings.TrimSpace(line)}
}

// stop ends the server and gives the CPU time that it used.
func (ch *child) stop(t testing.TB) time.Duration {
	t.Helper()
	ch.in.Close()
	if err := ch.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	u := ch.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ask sends n requests over some connections, as a phone's browser would.
func (ch *child) ask(t testing.TB, n int) {
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			conn, err := net.Dial("tcp", ch.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			for range n / clients {
				if err := askOnce(conn, r); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

const phoneRequest = "GET /hemuli/accounts HTTP/1.1\r\nHost: juwu.example.cn\r\nUser-Agent: Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0\r\n" +
	"Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: zh-CN,zh;q=0.9\r\nCookie: juwu-look=1.dark.zh-CN\r\n\r\n"

func askOnce(conn net.Conn, r *bufio.Reader) error {
	if _, err := io.WriteString(conn, phoneRequest); err != nil {
		return err
	}
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if v, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			length, err = strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				return err
			}
		}
	}
	if length == 0 {
		return io.ErrUnexpectedEOF
	}
	_, err := r.Discard(length)
	return err
}

// BenchmarkCachedAgainstBare reports the ratio of CPU per request; the project
// asks for 0.7 or more.
func BenchmarkCachedAgainstBare(b *testing.B) {
	measure := func(kind string) time.Duration {
		idle := startChild(b, kind)
		idle.ask(b, clients)
		base := idle.stop(b)
		ch := startChild(b, kind)
		ch.ask(b, perRound)
		return (ch.stop(b) - base) / perRound
	}
	var bare, cached time.Duration
	for range b.N {
		bare += measure("bare")
		cached += measure("cached")
	}
	b.ReportMetric(float64(bare.Microseconds())/float64(b.N), "bare-us/req")
	b.ReportMetric(float64(cached.Microseconds())/float64(b.N), "cached-us/req")
	b.ReportMetric(float64(bare)/float64(cached), "ratio")
	b.ReportMetric(0, "ns/op")
}
