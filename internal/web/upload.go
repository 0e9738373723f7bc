package web

import (
	"io"
	"mime/multipart"
	"path"
	"strings"
	"unicode/utf8"

	"juwu/internal/problem"
)

// Upload is one file of a form. Its name and its kind are what the sender
// claims: look at the bytes.
type Upload struct {
	Name string // without folders, at most 120 characters
	Size int64
	head *multipart.FileHeader
}

// Open gives the bytes; close it. The file is gone when the handler returns.
func (u Upload) Open() (io.ReadSeekCloser, error) { return u.head.Open() }

// Bytes reads the file whole.
func (u Upload) Bytes() ([]byte, error) {
	f, err := u.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, u.Size))
}

const maxFileName = 120

// Files are the files of a field: at least `least`, at most `most`, each of at
// most size bytes. A field that was left empty sends one nameless file.
func (f *Form) Files(name string, least, most int, size int64) []Upload {
	f.order = append(f.order, name)
	var all []Upload
	for _, h := range f.files[name] {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		u := Upload{Name: fileName(h.Filename), Size: h.Size, head: h}
		switch {
		case h.Size == 0:
			f.Add(name, "form.file.empty", problem.Args{"name": u.Name})
		case h.Size > size:
			f.Add(name, "form.file.large", problem.Args{"name": u.Name, "mib": max(1, int(size>>20))})
		}
		all = append(all, u)
	}
	switch {
	case len(all) < least:
		f.Add(name, "form.file.needed", nil)
	case len(all) > most:
		f.Add(name, "form.file.many", problem.Args{"n": most})
	}
	if f.Form.Err() != nil && len(all) > most {
		return nil
	}
	return all
}

// fileName keeps the last part of what the browser calls the file; old ones
// send the whole path, with either slash.
func fileName(s string) string {
	s = clean(path.Base(strings.ReplaceAll(s, "\\", "/")), false)
	for utf8.RuneCountInString(s) > maxFileName {
		_, size := utf8.DecodeRuneInString(s)
		s = s[size:]
	}
	return strings.Clone(s)
}
