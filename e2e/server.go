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
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"juwu/e2e/process"
)

// Server is one running juwu.
type Server struct{ *process.Server }

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

// example is a data folder with the filled example community, made once: a
// story that takes Fresh gets a copy, which is quicker than filling anew.
var example = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp(workDir, "example")
	if err != nil {
		return "", err
	}
	s, err := start(dir, "demo")
	if err != nil {
		return "", err
	}
	s.Stop()
	return dir, nil
})

// Fresh starts a server of the story's own: arguments as on the command line,
// "demo" or none. It is stopped with the test.
func Fresh(t testing.TB, args ...string) *Server {
	t.Helper()
	data := t.TempDir()
	if len(args) > 0 && args[0] == "demo" {
		filled, err := example()
		if err == nil {
			err = os.CopyFS(filepath.Join(data, "demo"), os.DirFS(filled))
		}
		if err != nil {
			t.Fatal(err)
		}
		data = filepath.Join(data, "demo")
	}
	s, err := start(data, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// FilledNow is Fresh("demo") filled at this moment, for a story of something that
// begins in minutes: in the copy that Fresh takes it may have begun.
func FilledNow(t testing.TB) *Server {
	t.Helper()
	s, err := start(t.TempDir(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Later stops the server and starts it again on its data, as it is days later.
func (s *Server) Later(t testing.TB, days int) *Server {
	t.Helper()
	s.Stop()
	again, err := start(s.Data, "demo", "--days", strconv.Itoa(days))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Stop)
	return again
}

func start(data string, args ...string) (*Server, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	s, err := process.Start(path, data, args...)
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// Code is the newest code that a phone got by text message after do, which asks
// for it.
func (s *Server) Code(t testing.TB, phone string, do func()) string {
	t.Helper()
	before := len(s.codes(phone))
	do()
	var got []string
	err := process.Poll(t.Context(), waitLimit, func() (bool, error) {
		got = s.codes(phone)
		return len(got) > before, nil
	})
	if err != nil {
		t.Fatalf("%s got no code: %v\n%s", phone, err, s.Output())
	}
	return got[len(got)-1]
}

// AwaitOutput waits until the server has printed something that matches, such
// as the code a phone would have got, and returns the submatches.
func (s *Server) AwaitOutput(t testing.TB, pattern string) []string {
	t.Helper()
	match, err := s.Server.AwaitOutput(t.Context(), waitLimit, pattern)
	if err != nil {
		t.Fatal(err)
	}
	return match
}

// program is juwu built once from the tree the stories stand in.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("JUWU_E2E_BIN"); path != "" {
		return path, nil
	}
	path := filepath.Join(workDir, "juwu")
	return path, process.Build(path)
})
