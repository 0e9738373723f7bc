package web

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/google/go-cmp/cmp"

	"juwu/internal/problem"
	"juwu/models"
)

// typed is a form with one field.
func typed(value string) *Form { return &Form{values: url.Values{"x": {value}}} }

// wrong is the key of what is wrong with the field; "" if nothing.
func wrong(f *Form) string {
	p := problem.As(f.Err())
	if p == nil {
		return ""
	}
	return p.Fields["x"].Key
}

func TestText(t *testing.T) {
	for _, tc := range []struct{ in, want, wrong string }{
		{"修路灯", "修路灯", ""},
		{"  a \t b ", "a   b", ""},
		{"ＡＢ１２", "AB12", ""},
		{"a\nb", "a b", ""},
		{"a\x00\x07\u202eb", "ab", ""},
		{"\xff\xfe", "", "form.needed"},
		{"", "", "form.needed"},
		{" \u3000 ", "", "form.needed"},
		{"𠮷𠮷𠮷𠮷𠮷", "𠮷𠮷𠮷𠮷𠮷", ""},
		{"123456", "123456", "form.toolong"},
	} {
		f := typed(tc.in)
		if got := f.Text("x", 5); got != tc.want && tc.in != "  a \t b " || wrong(f) != tc.wrong {
			t.Errorf("%q: %q %q, want %q %q", tc.in, got, wrong(f), tc.want, tc.wrong)
		}
	}
	f := typed("eins\r\n\r\nzwei  ")
	if got := f.Area("x", 50); got != "eins\n\nzwei" {
		t.Errorf("lines: %q", got)
	}
	if f := typed(""); f.Optional("x", 5) != "" || f.Err() != nil {
		t.Error("an optional field was asked for")
	}
}

func TestMoney(t *testing.T) {
	for in, want := range map[string]models.Fen{
		"1286.4": 128640, "1,286.40": 128640, "￥1286.40": 128640, "¥ 1286.40": 128640, "１２８６．４０元": 128640, "0.01": 1, "7": 700,
		"10000000000": 1_000_000_000_000,
	} {
		f := typed(in)
		if got := f.Money("x"); got != want || f.Err() != nil {
			t.Errorf("%q: %d %q, want %d", in, got, wrong(f), want)
		}
	}
	for _, in := range []string{"0", "0.00", "-5", "1.234", "1.", ".5", "1e3", "10000000001", "99999999999999999999", "1.2.3", "abc", "0x10", "1.+5", "+1", "1.-1"} {
		f := typed(in)
		if got := f.Money("x"); got != 0 || wrong(f) != "form.money" {
			t.Errorf("%q: %d %q", in, got, wrong(f))
		}
	}
}

func TestDate(t *testing.T) {
	for _, in := range []string{"2026-07-03", "2026/7/3", "2026.7.3", "2026年7月3日", "20260703", "２０２６－０７－０３", "2026年07月03日"} {
		f := typed(in)
		if got := f.Date("x"); got != "2026-07-03" {
			t.Errorf("%q: %q %q", in, got, wrong(f))
		}
	}
	for _, in := range []string{"2026-02-30", "26-07-03", "2026-7", "tomorrow", "2026-07-03-04", "2026-1-1x", "0000000a"} {
		if f := typed(in); f.Date("x") != "" || wrong(f) != "form.date" {
			t.Errorf("%q was taken", in)
		}
	}
	if f := typed(""); f.OptionalDate("x") != "" || f.Err() != nil {
		t.Error("an optional date was asked for")
	}
}

func TestPhone(t *testing.T) {
	for in, want := range map[string]string{"13800138000": "13800138000", "138 0013-8000": "13800138000", "+8613800138000": "13800138000", "１３８００１３８０００": "13800138000", "+85291234567": "+85291234567"} {
		f := typed(in)
		if got := f.Phone("x"); got != want {
			t.Errorf("%q: %q %q", in, got, wrong(f))
		}
	}
	for in, key := range map[string]string{
		"1380013800": "form.phone.length", "138001380000": "form.phone.length", "23800138000": "form.phone.start", "13800x38000": "form.phone.signs", "+123": "form.phone.foreign", "": "form.needed",
	} {
		if f := typed(in); f.Phone("x") != "" || wrong(f) != key {
			t.Errorf("%q: %q, want %q", in, wrong(f), key)
		}
	}
}

func TestChoicesAndNumbers(t *testing.T) {
	f := &Form{values: url.Values{"x": {"b", "b", "evil", "a"}, "one": {"a"}, "n": {"１２"}, "id": {"42"}, "bad": {"042"}}}
	if d := cmp.Diff([]string{"b", "a"}, Choices(f, "x", true, "a", "b", "c")); d != "" {
		t.Error(d)
	}
	if Choice(f, "one", "a", "b") != "a" || f.Int("n", 1, 12) != 12 || f.ID("id") != 42 || f.OptionalID("none") != 0 || f.Err() != nil {
		t.Errorf("good values: %v", f.Err())
	}
	Choice(f, "one", "b")
	Choices(f, "none", true, "a")
	f.Int("n", 1, 11)
	f.ID("bad")
	f.Month("bad")
	p := problem.As(f.Err())
	if p == nil || len(p.Fields) != 4 {
		t.Errorf("bad values: %v", f.Err())
	}
}

// FuzzFields: whatever is typed, a field's value is one that can be stored and
// shown, or it is refused.
func FuzzFields(f *testing.F) {
	for _, s := range []string{"1,286.40", "2026年7月3日", "13800138000", "\u202e", "＜script＞", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		form := typed(s)
		text := form.Area("x", 1000)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\u202e") || strings.TrimSpace(text) != text {
			t.Errorf("%q became %q", s, text)
		}
		if m := typed(s).Money("x"); m < 0 || m > maxYuan*100 {
			t.Errorf("%q is %d fen", s, m)
		}
		if d := typed(s).Date("x"); d != "" && !d.Valid() {
			t.Errorf("%q is the day %q", s, d)
		}
		typed(s).Phone("x")
	})
}

// TestAgain: a refused form shows all its errors in the order of the page and
// keeps what was typed.
func TestAgain(t *testing.T) {
	st := newSite(t, nil)
	var fail error
	st.Mount([]Route{
		{Method: "GET", Path: "/ask", Object: Public, Handle: func(c *fiber.Ctx) error { return Render(c, 200, text("token:"+PageOf(c).CSRF()+";")) }},
		{Method: "POST", Path: "/hemuli/ask", Object: Public, Handle: func(c *fiber.Ctx) error {
			f, p := FormOf(c), PageOf(c)
			f.Text("what", 5)
			f.Phone("phone")
			err := f.Err()
			if err == nil {
				err = fail
			}
			return Again(c, err, viewOf(func() string {
				summary := ""
				for _, e := range p.Errors() {
					summary += "{" + e.Named + "}"
				}
				s := summary + fmt.Sprintf("[%s][%s]", p.Field("what", "shell.open").Value, p.Error("phone"))
				for _, e := range p.Errors() {
					s += e.Field + ","
				}
				return s
			}))
		}},
	})
	a := st.get(t, "/ask")
	_, rest, _ := strings.Cut(a.body, "token:")
	token, _, _ := strings.Cut(rest, ";")
	cookie := a.Cookies()[0].Name + "=" + a.Cookies()[0].Value
	send := func(form string) answer {
		return st.post(t, "/hemuli/ask", CSRFField+"="+token+"&"+form, "Cookie", cookie, "Accept-Language", "en")
	}
	b := send("what=longer+than+five&phone=1380013800")
	if b.StatusCode != 422 || !strings.Contains(b.body, "[longer than five][A mobile number has 11 digits; you typed 10]what,phone,") {
		t.Errorf("%d %s", b.StatusCode, b.body)
	}
	if !strings.Contains(b.body, "{Published: At most 5 characters") {
		t.Errorf("the summary does not name the field: %s", b.body)
	}
	fail = problem.New(problem.Conflict, "error.busy", nil)
	if b := send("what=short&phone=13800138000"); b.StatusCode != 409 || !strings.Contains(b.body, "[short][],") {
		t.Errorf("%d %s", b.StatusCode, b.body)
	}
	fail = problem.New(problem.Forbidden, "error.login", nil)
	if b := send("what=short&phone=13800138000"); b.StatusCode != 403 || strings.Contains(b.body, "[short]") {
		t.Errorf("%d %s", b.StatusCode, b.body)
	}
	fail = io.ErrUnexpectedEOF
	if b := send("what=short&phone=13800138000"); b.StatusCode != 500 || strings.Contains(b.body, "EOF") {
		t.Errorf("%d %s", b.StatusCode, b.body)
	}
}

// sent is a file of a form.
type sent struct {
	name string
	size int
}

func multipartBody(t *testing.T, files []sent) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	if err := w.WriteField("title", "titel"); err != nil {
		t.Fatal(err)
	}
	for _, x := range files {
		part, err := w.CreateFormFile("photo", x.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(make([]byte, x.size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body, w.FormDataContentType()
}

// receive says what it got.
func receive(c *fiber.Ctx) error {
	f := FormOf(c)
	files := f.Files("photo", 1, 2, 2<<20)
	if err := f.Err(); err != nil {
		return Again(c, err, text(problem.As(err).Fields["photo"].Key))
	}
	s := f.Raw("title")
	for _, u := range files {
		b, err := u.Bytes()
		if err != nil {
			return err
		}
		s += fmt.Sprintf("|%s %d", u.Name, len(b))
	}
	return c.SendString(s)
}

func TestUpload(t *testing.T) {
	st := newSite(t, nil)
	st.Mount([]Route{{Method: "POST", Path: "/up", Object: Public, Upload: true, Tokenless: true, Handle: receive}})
	for _, tc := range []struct {
		files []sent
		code  int
		want  string
	}{
		{[]sent{{"a.jpg", 10}}, 200, "titel|a.jpg 10"},
		{[]sent{{`C:\Users\李\图 1.JPG`, 1<<20 + 5}, {"../../etc/passwd", 3}}, 200, "titel|图 1.JPG 1048581|passwd 3"},
		{[]sent{{"", 0}}, 422, "form.file.needed"},
		{nil, 422, "form.file.needed"},
		{[]sent{{"a.jpg", 0}}, 422, "form.file.empty"},
		{[]sent{{"a.jpg", 2<<20 + 1}}, 422, "form.file.large"},
		{[]sent{{"a", 1}, {"b", 1}, {"c", 1}}, 422, "form.file.many"},
	} {
		body, kind := multipartBody(t, tc.files)
		r := httptest.NewRequest("POST", "/up", body)
		r.Header.Set("Content-Type", kind)
		if a := st.do(t, r); a.StatusCode != tc.code || !strings.Contains(a.body, tc.want) {
			t.Errorf("%v: %d %.300s, want %s", tc.files, a.StatusCode, a.body, tc.want)
		}
	}
	r := httptest.NewRequest("POST", "/up", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\ncut"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if a := st.do(t, r); a.StatusCode != 422 {
		t.Errorf("cut upload: %d", a.StatusCode)
	}
}
