// Package process builds and runs the real juwu as a child process, for the
// stories and for the figures. It knows the command line and /healthz, nothing
// else of the program.
package process

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
	"regexp"
	"strings"
	"sync"
	"syscall"
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

// Build makes juwu from the tree one stands in, without cgo as it is shipped.
func Build(path string) error {
	cmd := exec.Command("go", "build", "-o", path, "juwu")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build juwu: %w\n%s", err, out)
	}
	return nil
}

// Start runs a built juwu on a free port of loopback and waits until it is
// healthy. The arguments are the command's ("demo", or none to serve).
func Start(program, data string, args ...string) (*Server, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{URL: "http://" + addr, Data: data}
	return s, s.run(program, append(args, "--addr", addr, "--data", data))
}

// StartAgain starts a server that was stopped, with its data and at its address:
// the end of a power cut.
func (s *Server) StartAgain() error { return s.run(s.cmd.Path, s.cmd.Args[1:]) }

func (s *Server) run(program string, args []string) error {
	cmd, done := exec.Command(program, args...), make(chan struct{})
	cmd.Env = append(Env(), "JUWU_BASE_URL="+s.URL)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd, s.done = cmd, done
	go s.collect(out)
	go func() {
		_ = cmd.Wait()
		_ = in.Close()
		close(done)
	}()
	if err := s.awaitHealth(); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// Env is the environment without our own settings: it keeps a developer's own
// settings out of what is proved.
func Env() []string {
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
	err := Poll(context.Background(), startLimit, func() (bool, error) {
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
func (s *Server) AwaitOutput(ctx context.Context, limit time.Duration, pattern string) ([]string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	var match []string
	err = Poll(ctx, limit, func() (bool, error) {
		all := re.FindAllStringSubmatch(s.Output(), -1)
		if len(all) > 0 {
			match = all[len(all)-1]
		}
		return match != nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("the server never printed %q: %w\n%s", pattern, err, s.Output())
	}
	return match, nil
}

// PID is the process's number, for /proc.
func (s *Server) PID() int { return s.cmd.Process.Pid }

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

// Poll asks every 25 ms until ok or an error says to stop asking.
func Poll(ctx context.Context, limit time.Duration, ok func() (bool, error)) error {
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
