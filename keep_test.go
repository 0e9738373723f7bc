package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVerifyAnArchive: the file of an election is checked without a database,
// and what is no such file is said to be none.
func TestVerifyAnArchive(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		var out, fault bytes.Buffer
		p := &program{stdout: &out, stderr: &fault}
		err := p.verify(t.Context(), args)
		return out.String(), err
	}
	plain := filepath.Join(dir, "plain.zip")
	if err := os.WriteFile(plain, []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(plain); err == nil || !strings.Contains(err.Error(), "not an archive") {
		t.Errorf("a text file: %v", err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("roll.csv")
	if err == nil {
		_, err = w.Write([]byte("number\n"))
	}
	if err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.zip")
	if err := os.WriteFile(other, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run("--json", other); err == nil || !strings.Contains(out, "SHA256SUMS") {
		t.Errorf("another ZIP file: %q %v", out, err)
	}
	if _, err := run(other, plain); err == nil {
		t.Error("two files at once")
	}
	if _, err := run(filepath.Join(dir, "none.zip")); err == nil {
		t.Error("a file that is not there")
	}
}
