package process

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary play the program: "demo" serves, "broken" ends.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 {
		os.Exit(m.Run())
	}
	switch os.Args[1] {
	case "demo":
		fmt.Println("code 123456 for", os.Args[3], os.Getenv("JUWU_SECRET"))
		http.HandleFunc("/healthz", func(http.ResponseWriter, *http.Request) {})
		fmt.Println(http.ListenAndServe(os.Args[3], nil))
	case "broken":
		fmt.Println("the data folder belongs to somebody else")
		os.Exit(1)
	default:
		os.Exit(m.Run())
	}
}

func TestServerLives(t *testing.T) {
	t.Setenv("JUWU_SECRET", "of the developer")
	s, err := Start(os.Args[0], t.TempDir(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	match, err := s.AwaitOutput(t.Context(), 10*time.Second, `code (\d+)`)
	if err != nil {
		t.Fatal(err)
	}
	if match[1] != "123456" {
		t.Errorf("code %s", match[1])
	}
	if strings.Contains(s.Output(), "developer") {
		t.Error("the server saw the developer's settings")
	}
	s.Stop()
	if _, err := http.Get(s.URL + "/healthz"); err == nil {
		t.Error("it still answers after Stop")
	}
}

func TestStartTellsWhyItDidNot(t *testing.T) {
	_, err := Start(os.Args[0], t.TempDir(), "broken")
	if err == nil || !strings.Contains(err.Error(), "belongs to somebody else") {
		t.Errorf("got %v", err)
	}
}
