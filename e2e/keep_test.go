package e2e

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"juwu/e2e/process"
)

// keep is a juwu command on a data folder.
func keep(t *testing.T, data, command, file string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, command, file, "--data", data)
	cmd.Env = process.Env()
	return cmd
}

// killed starts a backup and kills it when it is at work: it has written
// something and is not done.
func killed(t *testing.T, data, file string) (half string) {
	t.Helper()
	cmd := keep(t, data, "backup", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	err := process.Poll(t.Context(), waitLimit, func() (bool, error) {
		all, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".juwu-*"))
		for _, name := range all {
			info, err := os.Stat(name)
			if err == nil && info.Size() > 0 {
				half = name
				return true, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return false, err
			}
		}
		return false, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	return half
}

// A backup that is killed leaves no file under its name, and the one of the day
// before as it was; half a file is refused and leaves the new installation
// empty, so that the whole one can go in.
func TestBackupThatIsKilledLeavesNoHalfFile(t *testing.T) {
	data, err := example()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "juwu.backup")
	killed(t, data, file)
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a killed backup stands under its name: %v", err)
	}
	if out, err := keep(t, data, "backup", file).CombinedOutput(); err != nil {
		t.Fatalf("backup beside what the killed one left: %v\n%s", err, out)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range must(filepath.Glob(filepath.Join(dir, ".juwu-*"))) {
		if err := os.Remove(left); err != nil {
			t.Fatal(err)
		}
	}
	killed(t, data, file)
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, whole) {
		t.Fatalf("yesterday's backup is not as it was: %v", err)
	}

	cut := filepath.Join(dir, "cut.backup")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "to")
	key, err := os.ReadFile(filepath.Join(data, "juwu.key"))
	if err == nil {
		err = errors.Join(os.MkdirAll(to, 0o700), os.WriteFile(filepath.Join(to, "juwu.key"), key, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := keep(t, to, "restore", cut).CombinedOutput(); err == nil {
		t.Fatalf("half a backup went in:\n%s", out)
	}
	if out, err := keep(t, to, "restore", file).CombinedOutput(); err != nil {
		t.Fatalf("restore after half a backup was refused: %v\n%s", err, out)
	}
	verify := keep(t, to, "verify", "")
	verify.Args = append(verify.Args[:2], "--data", to)
	if out, err := verify.CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

func must(all []string, err error) []string {
	if err != nil {
		panic(err)
	}
	return all
}
