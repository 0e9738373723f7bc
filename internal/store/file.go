package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"juwu/models"
)

// Files are content-addressed: DATA/files/COMMUNITY/ab/cdef…; a row that names
// a file is committed only after the file and its folder are on disk. A file
// without a row is an orphan that `juwu verify` reports and the sweeper
// removes after a day.

func filePath(dataDir string, community models.ID, sum []byte) string {
	name := hex.EncodeToString(sum)
	return filepath.Join(dataDir, "files", community.String(), name[:2], name[2:])
}

// PutFile writes data durably and returns its SHA-256. Writing the same
// content twice is harmless.
func (t *Tenant) PutFile(data []byte) ([]byte, error) {
	sum := sha256.Sum256(data)
	path := filePath(t.opt.DataDir, t.Community.ID, sum[:])
	if st, err := os.Stat(path); err == nil && st.Size() == int64(len(data)) {
		// Made young again: a sweeper that finds no row yet must not take it.
		return sum[:], os.Chtimes(path, t.Now(), t.Now())
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, "new-")
	if err != nil {
		return nil, err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, errors.Join(err, os.Remove(f.Name()))
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return sum[:], errors.Join(d.Sync(), d.Close())
}

// OpenFile opens stored content for reading. The name is a hash of ours, never
// text from a request.
func (t *Tenant) OpenFile(sum []byte) (io.ReadSeekCloser, error) {
	if len(sum) != sha256.Size {
		return nil, fmt.Errorf("file name of %d bytes", len(sum))
	}
	return os.Open(filePath(t.opt.DataDir, t.Community.ID, sum))
}

// checkFile says what is wrong with a stored file; "" if nothing is.
func checkFile(path string, sum []byte) string {
	f, err := os.Open(path)
	if err != nil {
		return "its file cannot be read"
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "its file cannot be read to the end"
	}
	if string(h.Sum(nil)) != string(sum) {
		return "its file has another content than when it was stored"
	}
	return ""
}
