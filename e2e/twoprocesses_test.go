package e2e

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql"

	"juwu/e2e/process"
)

// client is a browser without a screen, for two clicks at one moment.
type client struct {
	t    *testing.T
	http *http.Client
	base string
}

func enterBy(t *testing.T, s *Server, phone string) *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, s.URL}
	form := c.form("/demo")
	form.Set("phone", phone)
	if status, body := c.post("/demo", form); status != http.StatusSeeOther {
		t.Fatalf("enter: status %d\n%s", status, body)
	}
	return c
}

func (c *client) get(path string) (int, string) {
	res, err := c.http.Get(c.base + path)
	if err != nil {
		c.t.Fatal(err)
	}
	return read(c.t, res)
}

func read(t *testing.T, res *http.Response) (int, string) {
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Error(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, string(b)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// form is what a page's last form would send.
func (c *client) form(path string) url.Values {
	_, body := c.get(path)
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		form.Set(m[1], m[2])
	}
	return form
}

func (c *client) post(path string, form url.Values) (int, string) {
	req, err := http.NewRequest(http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", c.base)
	res, err := c.http.Do(req)
	if err != nil {
		c.t.Error(err)
		return 0, ""
	}
	return read(c.t, res)
}

// Two server processes on one MariaDB: at every signature both are asked at
// the same moment, and one of them signs; the month is published once.
func TestTwoProcessesPublishOnce(t *testing.T) {
	dsn := database(t)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	key, err := exec.Command(path, "key").Output()
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	args := []string{"demo", "--db", dsn, "--key", strings.TrimSpace(string(key))}
	first, err := start(data, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.Stop)
	second, err := start(data, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Stop)
	var month string
	for _, post := range []struct{ step, phone string }{
		{"clerk", "19800000008"}, {"director", "19800000005"}, {"supervisor", "19800000009"},
	} {
		both := []*client{enterBy(t, first, post.phone), enterBy(t, second, post.phone)}
		if month == "" {
			_, desk := both[0].get("/admin/hemuli/accounts")
			month = regexp.MustCompile(`/admin/hemuli/accounts/\d+/sign/`).FindString(desk)
		}
		if got := atOnce(t, both, month+post.step); got != 1 {
			t.Errorf("%d of two processes took the %s's signature", got, post.step)
		}
	}
	c := enterBy(t, second, "19800000008")
	_, page := c.get(strings.TrimSuffix(month, "/sign/"))
	if got := strings.Count(page, "居财公〔2026〕4号"); got == 0 {
		t.Errorf("October is not published:\n%s", page)
	}
	if strings.Contains(page, "居财公〔2026〕5号") {
		t.Error("October has two numbers")
	}
	if status, _ := c.get("/hemuli/accounts/2026-10"); status != http.StatusOK {
		t.Errorf("the published month: status %d", status)
	}
	verify := exec.Command(path, append([]string{"verify", "--data", data}, args[1:]...)...)
	verify.Env = process.Env()
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// atOnce sends the same signature from both and counts those that were taken.
func atOnce(t *testing.T, both []*client, path string) (taken int) {
	statuses := make([]int, len(both))
	var ready, done sync.WaitGroup
	ready.Add(len(both))
	for i, c := range both {
		form := c.form(path)
		form.Set("read", "1")
		done.Go(func() {
			ready.Done()
			ready.Wait()
			statuses[i], _ = c.post(path, form)
		})
	}
	done.Wait()
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			taken++
		case http.StatusConflict, http.StatusUnprocessableEntity, http.StatusServiceUnavailable:
		default:
			t.Errorf("%s: status %d", path, status)
		}
	}
	return taken
}

// database is a fresh one on the server of JUWU_TEST_MYSQL.
func database(t *testing.T) string {
	server := os.Getenv("JUWU_TEST_MYSQL") // mysql://root@unix(/path)/
	if server == "" {
		if os.Getenv("JUWU_REQUIRE_MYSQL") != "" {
			t.Fatal("JUWU_TEST_MYSQL is not set")
		}
		t.Skip("JUWU_TEST_MYSQL is not set")
	}
	admin, err := sql.Open("mysql", strings.TrimPrefix(server, "mysql://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	name := fmt.Sprintf("juwu_e2e_%d", os.Getpid())
	if _, err := admin.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name); err != nil {
			t.Error(err)
		}
	})
	return server + name
}
