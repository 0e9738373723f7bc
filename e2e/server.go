// Package e2e tries Juwu as people meet it: the real program, a real Chromium,
// a phone first. A story is a test named after what a person wants to get done;
// it finds things as a person does, by the words on them, and waits for what it
// expects to see, never for time to pass.
//
// Demo gives the example community (one server for all stories), Fresh one of
// the story's own. Open, with Desktop, Care, Dark, Language or WithoutScript,
// gives a page with cookies of its own. At its end every page fails the test on
// a script error, a refused resource or a request to a foreign host.
//
// Environment: JUWU_REQUIRE_CHROMIUM=1 makes a missing Chromium a failure
// instead of a skip, JUWU_CHROMIUM names the browser, JUWU_SHOTS a folder for
// screenshots, JUWU_E2E_BIN a program built before.
package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is one running juwu.
type Server struct {
	URL  string // without a slash at its end
	Data string // its JUWU_DATA

	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended

	mu    sync.Mutex
	lines []string // what it printed
}

// startLimit covers the import of the example community on a busy machine.
const startLimit = 90 * time.Second

var shared struct {
	sync.Once
	server *Server
	err    error
}

// Demo is the example community, started once and shared by all stories. A
// story that would disturb the others takes Fresh.
func Demo(t testing.TB) *Server {
	t.Helper()
	shared.Do(func() {
		dir, err := os.MkdirTemp(workDir, "demo")
		if err == nil {
			shared.server, err = start(dir, "demo")
		}
		shared.err = err
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// Fresh starts a server of the story's own: arguments as on the command line,
// "demo" or none. It is stopped with the test.
func Fresh(t testing.TB, args ...string) *Server {
	t.Helper()
	s, err := start(t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

func start(data string, args ...string) (*Server, error) {
	program, err := program()
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + addr, Data: data, done: make(chan struct{})}
	s.cmd = exec.Command(program, append(args, "--addr", addr, "--data", data)...)
	s.cmd.Env = append(cleanEnv(), "JUWU_BASE_URL="+s.URL)
	out, in := io.Pipe()
	s.cmd.Stdout, s.cmd.Stderr = in, in
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go s.collect(out)
	go func() {
		_ = s.cmd.Wait()
		_ = in.Close()
		close(s.done)
	}()
	if err := s.awaitHealth(); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// cleanEnv keeps a developer's own settings out of the stories.
func cleanEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "JUWU_") {
			env = append(env, kv)
		}
	}
	return env
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *Server) collect(r io.Reader) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), 1<<20)
	for scanner.Scan() {
		s.mu.Lock()
		s.lines = append(s.lines, scanner.Text())
		s.mu.Unlock()
	}
}

// Output is all the server has printed: demo logins, and the codes that the
// console gateway would have sent.
func (s *Server) Output() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func (s *Server) awaitHealth() error {
	client := http.Client{Timeout: time.Second}
	err := poll(context.Background(), startLimit, func() (bool, error) {
		select {
		case <-s.done:
			return false, errors.New("it ended before it answered")
		default:
		}
		res, err := client.Get(s.URL + "/healthz")
		if err != nil {
			return false, nil
		}
		return res.StatusCode == http.StatusOK, res.Body.Close()
	})
	if err != nil {
		return fmt.Errorf("start %s: %w\n%s", s.cmd, err, s.Output())
	}
	return nil
}

// AwaitOutput waits until the server has printed something that matches, and
// returns the submatches of the last match.
func (s *Server) AwaitOutput(t testing.TB, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var match []string
	err := poll(t.Context(), waitLimit, func() (bool, error) {
		all := re.FindAllStringSubmatch(s.Output(), -1)
		if len(all) > 0 {
			match = all[len(all)-1]
		}
		return match != nil, nil
	})
	if err != nil {
		t.Fatalf("the server never printed %q: %v\n%s", pattern, err, s.Output())
	}
	return match
}

// Stop ends the server as systemd would and waits for it. Stories about being
// offline call it in the middle.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.Kill()
	}
}

// Kill ends the server as a power cut would.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

var built struct {
	sync.Once
	path string
	err  error
}

// program builds juwu from the tree the stories stand in.
func program() (string, error) {
	built.Do(func() {
		if built.path = os.Getenv("JUWU_E2E_BIN"); built.path != "" {
			return
		}
		built.path = filepath.Join(workDir, "juwu")
		cmd := exec.Command("go", "build", "-o", built.path, "juwu")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build juwu: %w\n%s", err, out)
		}
	})
	return built.path, built.err
}

// poll asks until ok or an error says to stop asking.
func poll(ctx context.Context, limit time.Duration, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		if done, err := ok(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
