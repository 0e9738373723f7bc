package e2e

import (
	"database/sql"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mariadb is a database server of a test's own, to be killed.
type mariadb struct {
	t   testing.TB
	dir string
	cmd *exec.Cmd
	dsn string
}

// newMariaDB makes a server with a data folder on disk: what it has promised
// must be there after it was killed.
func newMariaDB(t testing.TB) *mariadb {
	if os.Getenv("JUWU_TEST_MYSQL") == "" {
		t.Skip("JUWU_TEST_MYSQL is not set")
	}
	dir, err := os.MkdirTemp("/tmp", "juwu-kill.") // a socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	m := &mariadb{t: t, dir: dir, dsn: "mysql://root@unix(" + filepath.Join(dir, "m.sock") + ")/"}
	t.Cleanup(func() {
		m.kill()
		_ = os.RemoveAll(dir)
	})
	install := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+filepath.Join(dir, "data"), "--auth-root-authentication-method=normal", "--skip-test-db")
	if os.Getuid() == 0 {
		install.Args = append(install.Args, "--user=root")
	}
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	m.start()
	return m
}

func (m *mariadb) start() {
	m.t.Helper()
	m.cmd = exec.Command("mariadbd", "--no-defaults", "--datadir="+filepath.Join(m.dir, "data"), "--socket="+filepath.Join(m.dir, "m.sock"), "--skip-networking",
		"--pid-file="+filepath.Join(m.dir, "m.pid"), "--log-error="+filepath.Join(m.dir, "m.err"), "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin",
		"--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=32M", "--max-connections=300", "--skip-name-resolve")
	if os.Getuid() == 0 {
		m.cmd.Args = append(m.cmd.Args, "--user=root")
	}
	if err := m.cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	db := m.admin()
	defer func() { _ = db.Close() }()
	if err := within(30*time.Second, db.Ping); err != nil {
		m.t.Fatalf("the database does not come back: %v", err)
	}
}

func (m *mariadb) kill() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait() // "signal: killed"
}

func (m *mariadb) admin() *sql.DB {
	m.t.Helper()
	db, err := sql.Open("mysql", strings.TrimPrefix(m.dsn, "mysql://"))
	if err != nil {
		m.t.Fatal(err)
	}
	return db
}

// within asks again until it works.
func within(limit time.Duration, ask func() error) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-end.C:
			return err
		case <-tick.C:
		}
	}
}

// TestDatabaseIsKilledWhileVotesAreCast kills MariaDB, not Juwu, at random
// moments while everybody votes: the same is asked of the board as when the
// server is killed, and the server goes on by itself when the database is back.
func TestDatabaseIsKilledWhileVotesAreCast(t *testing.T) {
	rounds, random, binary := killing(t)
	m := newMariaDB(t)
	admin := m.admin()
	c := newCastings(newPoll(t, freshOn(t, admin, m.dsn), killVoters))
	s, err := c.p.start(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for range rounds {
		c.everybody(s.URL, random, m.kill)
		m.start()
		if err := within(30*time.Second, func() error { return healthy(s.URL) }); err != nil {
			t.Fatal(err)
		}
		c.resend(s.URL)
	}
	c.p.checkBoard(s.URL, binary, c.receipts)
	t.Logf("%d ballots in %d rounds", len(c.receipts), rounds)
}

func healthy(base string) error {
	res, err := http.Get(base + "/healthz")
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}
