package store_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"juwu/internal/store"
	"juwu/internal/store/storetest"
	"juwu/models"
)

// A killed process loses nothing it has told anybody of, and leaves nothing
// half done. The test binary itself plays the process: TestKilledProcess is
// not a test but what is killed.

// killRounds is how often a process is killed: more in `make soak`.
func killRounds() int {
	switch {
	case os.Getenv("JUWU_SOAK") != "":
		return 200
	case testing.Short():
		return 2
	}
	return 5
}

// other is the database for a process of its own.
func other(t testing.TB, db *storetest.DB, task string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledProcess$", "-test.v")
	cmd.Env = append(os.Environ(), "JUWU_KILL="+task, "JUWU_KILL_DSN="+db.Opt.DSN, "JUWU_KILL_DIR="+db.Opt.DataDir, "JUWU_KILL_KEY="+db.KeyText)
	cmd.Stderr = os.Stderr
	return cmd
}

const told = "told "

func TestKilledProcess(t *testing.T) {
	t.Parallel()
	task := os.Getenv("JUWU_KILL")
	if task == "" {
		t.Skip("is killed by others")
	}
	s := storetest.Open(t, store.Options{DSN: os.Getenv("JUWU_KILL_DSN"), DataDir: os.Getenv("JUWU_KILL_DIR"), Now: time.Now}, os.Getenv("JUWU_KILL_KEY"))
	if task == "rotate" {
		left, err := strconv.ParseInt(os.Getenv("JUWU_KILL_AFTER"), 10, 64)
		must(t, err)
		mortal := &mortal{Context: ctx}
		mortal.left.Store(left)
		t.Fatal("the rotation came to its end", s.Rotate(mortal))
	}
	if task == "restore" {
		_, err := s.Restore(ctx, os.Stdin)
		t.Fatal("the file was cut off", err)
	}
	must(t, s.Load(ctx))
	c, err := s.CommunityByCode(ctx, "hemuli")
	must(t, err)
	for n := 0; ; n++ {
		id, err := writeThing(s.In(c), n)
		must(t, err)
		fmt.Println(told + id.String())
	}
}

// mortal is a context that kills its process when the database asks for it the
// so manyth time: the same moment in the middle of the work in every run.
type mortal struct {
	context.Context
	left atomic.Int64
}

func (m *mortal) Done() <-chan struct{} {
	if m.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	return m.Context.Done()
}

// writeThing leaves a row, an audit row, a stamp and now and then a file.
func writeThing(t *store.Tenant, n int) (id models.ID, err error) {
	var sum []byte
	if n%5 == 0 {
		if sum, err = t.PutFile(fmt.Appendf(nil, "receipt %d %d", os.Getpid(), n)); err != nil {
			return 0, err
		}
	}
	err = t.Write(ctx, storetest.System, func(tx *store.Tx) error {
		id = tx.NewID()
		tx.Audit("test.act", id, nil)
		if err := tx.Create(&models.Grid{Tenant: models.Tenant{ID: id}, Name: fmt.Sprint(os.Getpid(), " ", n)}).Error; err != nil || sum == nil {
			return err
		}
		return tx.Create(&models.Attachment{Tenant: models.Tenant{ID: tx.NewID()}, SHA256: sum, Size: int64(len(fmt.Sprintf("receipt %d %d", os.Getpid(), n)))}).Error
	})
	return id, err
}

// working starts a process that writes; next is the next thing it has told of.
func working(t testing.TB, db *storetest.DB) (kill func(), next func() models.ID) {
	t.Helper()
	cmd := other(t, db, "write")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	ended := false
	kill = func() {
		if ended {
			return
		}
		ended = true
		must(t, cmd.Process.Kill())
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // "signal: killed"
	}
	t.Cleanup(kill)
	next = func() models.ID {
		var said []string
		for lines.Scan() {
			said = append(said, lines.Text())
			if text, ok := strings.CutPrefix(lines.Text(), told); ok {
				id, ok := models.ParseID(text)
				if !ok {
					t.Fatal(text)
				}
				return id
			}
		}
		t.Fatalf("the process ended by itself: %s", strings.Join(said, "\n"))
		return 0
	}
	return kill, next
}

// sound fails unless every thing told of is there and all checks hold.
func sound(t *testing.T, s *store.Store, told []models.ID) {
	t.Helper()
	must(t, s.Load(ctx))
	c, err := s.CommunityByCode(ctx, "hemuli")
	must(t, err)
	grids, err := s.In(c).Grids(ctx)
	must(t, err)
	there := map[models.ID]bool{}
	for _, g := range grids {
		there[g.ID] = true
	}
	for _, id := range told {
		if !there[id] {
			t.Errorf("%v was told of and is lost", id)
		}
	}
	must(t, s.Verify(ctx, func(f store.Finding) { t.Errorf("%+v", f) }))
}

func TestNothingIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		db.Community(t, "hemuli")
		random := mathrand.New(mathrand.NewPCG(7, 11))
		var told []models.ID
		for round := range killRounds() {
			kill, next := working(t, db)
			for range 1 + random.IntN(25) {
				told = append(told, next())
			}
			kill()
			sound(t, db.Second(t), told)
			if t.Failed() {
				t.Fatalf("after round %d", round)
			}
		}
	})
}

// The server goes on writing while the backup is made: it is one moment of the
// database, with all that was told of before it began.
func TestBackupWhileOthersWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		db.Community(t, "hemuli")
		kill, next := working(t, db)
		var told []models.ID
		for range 10 {
			told = append(told, next())
		}
		var file bytes.Buffer
		must(t, db.Second(t).Backup(ctx, &file))
		kill()
		to := storetest.New(t)
		to.Opt.Keys = db.Opt.Keys
		s := to.Second(t)
		_, err := s.Restore(ctx, &file)
		must(t, err)
		sound(t, s, told)
	})
}

// A restore that is killed in the middle leaves an empty installation, and a
// file that was cut off is refused: then the whole one goes in.
func TestRestoreIsAllOrNothing(t *testing.T) {
	t.Parallel()
	from := storetest.New(t)
	from.Community(t, "hemuli")
	tenant := from.In(from.Communities()[0])
	for n := range 20 {
		noise := make([]byte, 100<<10)
		_, _ = rand.Read(noise)
		sum, err := tenant.PutFile(noise)
		must(t, err)
		must(t, tenant.Write(ctx, storetest.System, func(tx *store.Tx) error {
			tx.Audit("test.act", models.ID(n), nil)
			return tx.Create(&models.Attachment{Tenant: models.Tenant{ID: tx.NewID()}, SHA256: sum, Size: int64(len(noise))}).Error
		}))
	}
	var file bytes.Buffer
	must(t, from.Backup(ctx, &file))
	storetest.Each(t, func(t *testing.T, db *storetest.DB) {
		db.Opt.Keys, db.KeyText = from.Opt.Keys, from.KeyText
		cmd := other(t, db, "restore")
		in, err := cmd.StdinPipe()
		must(t, err)
		must(t, cmd.Start())
		// More than a pipe holds: when it is written, the process is at work.
		if _, err := in.Write(file.Bytes()[:file.Len()*9/10]); err != nil {
			t.Fatal(err)
		}
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // "signal: killed"

		s := db.Second(t)
		must(t, s.Load(ctx))
		if n := len(s.Communities()); n != 0 {
			t.Fatalf("%d communities are there after half a restore", n)
		}
		if _, err := s.Restore(ctx, bytes.NewReader(file.Bytes()[:file.Len()-1000])); err == nil {
			t.Fatal("a file that was cut off went in")
		}
		_, err = s.Restore(ctx, bytes.NewReader(file.Bytes()))
		must(t, err)
		sound(t, s, nil)
	})
}
