package web

import (
	"bufio"
	"context"
	"io"
	"net"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
)

const (
	streamPart  = 32 << 10        // sent at a time
	streamLimit = 5 * time.Minute // for all of it
)

// Download sends a file to be saved while write is making it, so that its size
// costs no memory. What goes wrong before the first byte is returned and
// becomes an error page; later it breaks the connection off, so that nobody
// takes a part for the whole. write runs on beside the handler and must not
// touch the request: what it needs of it is read before.
func Download(c *fiber.Ctx, kind, name string, write func(ctx context.Context, w io.Writer) error) error {
	c.Set(fiber.HeaderContentType, kind)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+asciiName(name)+`"`)
	if c.Method() == fiber.MethodHead {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), streamLimit)
	in, out := io.Pipe()
	s := &stream{parts: bufio.NewReaderSize(in, streamPart), pipe: in, stop: cancel, conn: c.Context().Conn(), now: of(c).s.opt.Now}
	log, route := of(c).s.opt.Log, of(c).route
	go func() {
		err := made(ctx, out, write)
		if err != nil && err != io.ErrClosedPipe {
			log.Error("file broke off", "route", route, "err", err)
		}
		_ = out.CloseWithError(err) // always nil
	}()
	if _, err := s.parts.Peek(1); err != nil && err != io.EOF {
		_ = s.Close() // always nil
		c.Response().Header.Del(fiber.HeaderContentDisposition)
		return err
	}
	c.Context().SetBodyStream(s, -1) // closes it
	return nil
}

// made runs write and makes an error of a panic, which would end the process.
func made(ctx context.Context, out io.Writer, write func(ctx context.Context, w io.Writer) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicked{value: v, stack: debug.Stack()}
		}
	}()
	b := bufio.NewWriterSize(out, streamPart)
	if err := write(ctx, b); err != nil {
		return err
	}
	return b.Flush()
}

// stream is what the server reads and sends on.
type stream struct {
	parts *bufio.Reader
	pipe  *io.PipeReader
	stop  context.CancelFunc
	conn  net.Conn
	now   func() time.Time
}

// Read gives the connection as much time again as a whole page has: a poor
// connection may be slow, but it must move.
func (s *stream) Read(b []byte) (int, error) {
	if s.conn != nil {
		_ = s.conn.SetWriteDeadline(s.now().Add(writeTimeout)) // a closed connection shows itself on writing
	}
	return s.parts.Read(b)
}

// Close ends write, wherever it is.
func (s *stream) Close() error {
	s.stop()
	return s.pipe.Close()
}
