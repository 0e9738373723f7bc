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
