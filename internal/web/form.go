package web

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/text/unicode/norm"

	"juwu/internal/problem"
	"juwu/models"
)

// Form reads what was typed. Each getter notes what is wrong with its field
// and goes on, so that Err tells everything at once.
type Form struct {
	problem.Form
	values url.Values
	files  map[string][]*multipart.FileHeader
	order  []string // fields in the order they were asked for: that of the page
	r      *request
}

const maxFields = 500 // an officer's table of rows is the largest form there is

// FormOf reads the body of a POST once. The guard has read it before, for the
// token: this never fails in a handler of a POST route.
func FormOf(c *fiber.Ctx) *Form {
	f, err := of(c).form(c)
	if err != nil {
		panic(err)
	}
	return f
}

// MachineForm reads the body of a POST that another program sent: nothing has
// read it before, and it may be none.
func MachineForm(c *fiber.Ctx) (*Form, error) { return of(c).form(c) }

type formKey struct{}

func (r *request) form(c *fiber.Ctx) (*Form, error) {
	if f, ok := c.Locals(formKey{}).(*Form); ok {
		return f, nil
	}
	f := &Form{r: r}
	kind, params, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	switch {
	case err != nil && c.Request().Header.ContentLength() == 0:
		f.values = url.Values{}
	case kind == fiber.MIMEApplicationForm:
		err = f.readPlain(c)
	case kind == fiber.MIMEMultipartForm:
		err = f.readMultipart(c, params["boundary"])
	default:
		return nil, fiber.NewError(fiber.StatusUnsupportedMediaType)
	}
	if err != nil && f.values == nil {
		return nil, problem.New(problem.Invalid, "error.form", nil).Because("form: " + kind)
	}
	c.Locals(formKey{}, f)
	return f, nil
}

func (f *Form) readPlain(c *fiber.Ctx) error {
	body := c.Body()
	if bytes.Count(body, []byte("&")) >= maxFields {
		return problem.New(problem.TooLarge, "error.form", nil)
	}
	v, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	f.values = v
	return nil
}

// readMultipart keeps one MiB in memory and the rest in temporary files that
// go when the request ends.
func (f *Form) readMultipart(c *fiber.Ctx, boundary string) error {
	if boundary == "" {
		return multipart.ErrMessageTooLarge
	}
	body := c.Context().RequestBodyStream()
	if body == nil {
		body = bytes.NewReader(c.Body())
	}
	form, err := multipart.NewReader(io.LimitReader(body, uploadBody), boundary).ReadForm(1 << 20)
	if err != nil {
		return err
	}
	f.r.cleanup = append(f.r.cleanup, func() { _ = form.RemoveAll() }) // files already gone are no loss
	f.values, f.files = url.Values(form.Value), form.File
	return nil
}

func (f *Form) note(name string) string {
	f.order = append(f.order, name)
	return f.values.Get(name)
}

// clean brings typed text into its one form: NFKC (running text NFC), no
// control characters, no space around it, lines ended by \n.
func clean(s string, lines bool) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\t', r == '\n':
			return ' '
		case unicode.Is(unicode.Cc, r), r == '\u202a', r == '\u202b', r == '\u202d', r == '\u202e', r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	if lines { // running text keeps its punctuation: NFKC would make ， and ？ narrow
		return strings.TrimSpace(norm.NFC.String(s))
	}
	return strings.TrimSpace(norm.NFKC.String(s))
}

// Text is a line that must be there, of at most limit characters.
func (f *Form) Text(name string, limit int) string { return f.text(name, limit, true, false) }

// Optional is a line that may be empty.
func (f *Form) Optional(name string, limit int) string { return f.text(name, limit, false, false) }

// Area is text of several lines that must be there.
func (f *Form) Area(name string, limit int) string { return f.text(name, limit, true, true) }

// OptionalArea is text of several lines that may be empty.
func (f *Form) OptionalArea(name string, limit int) string { return f.text(name, limit, false, true) }

func (f *Form) text(name string, limit int, needed, lines bool) string {
	s := clean(f.note(name), lines)
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && needed:
		f.Add(name, "form.needed", nil)
	case n > limit:
		f.Add(name, "form.toolong", problem.Args{"n": n - limit, "limit": limit})
	}
	return s
}

// Raw is a value as it came, for tokens and codes; not checked.
func (f *Form) Raw(name string) string { return strings.Clone(f.values.Get(name)) }

// shown are the values as a page repeats them: what no page can hold is left out.
func (f *Form) shown() url.Values {
	all := url.Values{}
	for name, values := range f.values {
		for _, v := range values {
			all.Add(name, strings.ReplaceAll(strings.ToValidUTF8(v, ""), "\x00", ""))
		}
	}
	return all
}

// Values are all values of a field, as they came: rows that were ticked.
func (f *Form) Values(name string) []string {
	f.order = append(f.order, name)
	out := make([]string, len(f.values[name]))
	for i, v := range f.values[name] {
		out[i] = strings.Clone(v)
	}
	return out
}

// Has tells whether the form has the field: which button was pressed.
func (f *Form) Has(name string) bool { return f.values.Has(name) }

// Int is a whole number within bounds; full-width digits count.
func (f *Form) Int(name string, least, most int) int {
	s := clean(f.note(name), false)
	if s == "" {
		f.Add(name, "form.needed", nil)
		return 0
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, ",", ""))
	if err != nil || n < least || n > most {
		f.Add(name, "form.number", problem.Args{"least": least, "most": most})
		return 0
	}
	return n
}

// Bool is a checked box.
func (f *Form) Bool(name string) bool { return f.note(name) != "" }

// Choice is one of the allowed values.
func Choice[T ~string](f *Form, name string, allowed ...T) T {
	v := T(f.note(name))
	if !slices.Contains(allowed, v) {
		f.Add(name, "form.choose", nil)
		return ""
	}
	return T(strings.Clone(string(v)))
}

// Choices are those of the allowed values that were checked; at least one when
// needed.
func Choices[T ~string](f *Form, name string, needed bool, allowed ...T) []T {
	f.order = append(f.order, name)
	var got []T
	for _, v := range f.values[name] {
		if slices.Contains(allowed, T(v)) && !slices.Contains(got, T(v)) {
			got = append(got, T(v))
		}
	}
	if needed && len(got) == 0 {
		f.Add(name, "form.choose", nil)
	}
	return got
}

// ID names a thing that must be chosen.
func (f *Form) ID(name string) models.ID {
	id, ok := models.ParseID(f.note(name))
	if !ok {
		f.Add(name, "form.choose", nil)
	}
	return id
}

// OptionalID is 0 when nothing was chosen.
func (f *Form) OptionalID(name string) models.ID {
	if f.values.Get(name) == "" {
		f.order = append(f.order, name)
		return 0
	}
	return f.ID(name)
}

// Err is nil when every field was good.
func (f *Form) Err() error { return f.Form.Err() }

// All are the values of boxes that were ticked, as they came.
func (f *Form) All(name string) []string { return slices.Clone(f.values[name]) }
