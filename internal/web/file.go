package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/models"
)

// FileBody is the content of a stored file.
type FileBody = io.ReadSeekCloser

// File is stored content that is sent by its id, never by a path.
type File struct {
	Name string // for saving
	MIME string
	Size int64
	Sum  []byte // SHA-256 of the content: its ETag
	Open func() (FileBody, error)
}

// filePolicy lets a file that is opened by itself do nothing at all.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox; frame-ancestors 'none'"

// SendFile streams a file. A picture is shown, anything else is saved: it is
// opened by a program that the reader chose, not within this site. Nothing keeps it without asking again: what is
// withdrawn must be gone at once. Whether this reader may have it was asked
// before.
func SendFile(c *fiber.Ctx, f File) error {
	etag := `"` + hex.EncodeToString(f.Sum) + `"`
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Set("X-Robots-Tag", "noindex")
	of(c).policy = filePolicy
	if bytes.Contains(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), []byte(etag)) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	body, err := f.Open()
	if err != nil {
		return err
	}
	disposition := "attachment"
	if f.MIME == "image/jpeg" {
		disposition = "inline"
	}
	c.Set(fiber.HeaderContentType, f.MIME)
	c.Set(fiber.HeaderContentDisposition, disposition+`; filename="`+asciiName(f.Name)+`"; filename*=UTF-8''`+url.PathEscape(f.Name))
	return c.SendStream(body, int(f.Size)) // closes the body
}

// asciiName is a name for readers that do not know RFC 5987.
func asciiName(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\/;`, r) {
			return '_'
		}
		return r
	}, s)
}

// FileWords tells what a file is and how large: PDF, 3 pages, 1.2 MB.
func (p *Page) FileWords(a models.Attachment) string {
	size := strconv.FormatInt(max(1, a.Size>>10), 10) + " KB"
	if a.Size >= 1<<20 {
		tenths := (a.Size*10 + 1<<19) >> 20
		size = strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + " MB"
	}
	if a.Picture() {
		return p.T("attachment.size", "size", size)
	}
	return p.T("paper.size", "n", a.Pages, "size", size)
}

// Stream sends n bytes that are read while they are sent. The context that open
// gets outlives the handler, because that is when the bytes are read.
func Stream(c *fiber.Ctx, n int64, open func(context.Context) io.Reader) error {
	if c.Method() == fiber.MethodHead {
		c.Response().SkipBody = true
		c.Response().Header.SetContentLength(int(n))
		return nil
	}
	return c.SendStream(open(context.Background()), int(n))
}
