package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"strings"
	"testing"

	"juwu/internal/problem"
)

// document writes objects as a PDF of the old kind, with its table.
func document(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe4\xf6\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n9\n%%%%EOF\n", len(objects)+1)
	return b.Bytes()
}

const (
	root  = "<< /Type /Catalog /Pages 2 0 R >>"
	tree  = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
	sheet = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 595 842] >>"
	marks = "<< /Length 8 >>\nstream\nBT (a) ET\nendstream"
)

func plain(more ...string) []byte {
	return document(append([]string{root, tree, sheet, marks}, more...)...)
}

func packed(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

func packedObjects(dict, text string) string {
	data := packed(text)
	return fmt.Sprintf("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func TestDocumentsLetIn(t *testing.T) {
	printed, err := os.ReadFile("testdata/printed.pdf") // printed by a browser
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data  []byte
		pages int
	}{
		"the least there is":         {plain(), 1},
		"printed by a browser":       {printed, 2},
		"a link and a goal":          {plain("<< /S /URI /URI (https://example.org) >>", "<< /OpenAction [3 0 R /Fit] >>"), 1},
		"the word in a text":         {plain("<< /Title (JavaScript /JS /Launch \\) \\( \\\\) >>", "<< /T <2F4A53> >>"), 1},
		"length told elsewhere":      {plain("<< /Length 6 0 R >>\nstream\nabc\nendstream", "3"), 1},
		"length told wrong":          {plain("<< /Length 1 >>\nstream\nabc\nendstream"), 1},
		"endstream within a stream":  {plain("<< /Length 13 >>\nstream\nxx endstreamx\nendstream"), 1},
		"pages among packed objects": {document(root, packedObjects("/Type /ObjStm /N 2 /First 10", "2 0 3 50 << /Type /Pages /Kids [3 0 R] >> << /Type /Page >>")), 1},
	} {
		p, err := Check(c.data)
		if err != nil {
			t.Errorf("%s: %v", name, problem.As(err))
		} else if p.Pages != c.pages {
			t.Errorf("%s: %d pages, want %d", name, p.Pages, c.pages)
		}
	}
}

func TestDocumentsRefused(t *testing.T) {
	many := make([]string, 0, MaxPages+4)
	for range MaxPages {
		many = append(many, "<< /Type /Page >>")
	}
	bomb := packedObjects("/Type /ObjStm /N 1 /First 4", strings.Repeat(" ", maxInflated+1))
	for name, c := range map[string]struct {
		data []byte
		key  string
	}{
		"nothing":                         {nil, "paper.kind"},
		"a picture":                       {[]byte("\xff\xd8\xff\xe0"), "paper.kind"},
		"a page of HTML before it":        {append([]byte("<html>"), plain()...), "paper.kind"},
		"only the name of one":            {[]byte("%PDF-1.4\n"), "paper.broken"},
		"cut off":                         {plain()[:120], "paper.broken"},
		"no pages":                        {document(root, tree), "paper.broken"},
		"no root":                         {document(tree, sheet), "paper.broken"},
		"too many pages":                  {plain(many...), "paper.pages"},
		"too large":                       {append(plain(), make([]byte, MaxBytes)...), "paper.bytes"},
		"a script":                        {plain("<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), "paper.active"},
		"a script by its letters":         {plain("<< /S /J#61vaScript >>"), "paper.active"},
		"a script in a list":              {plain("[ [ << /A [ /JS ] >> ] ]"), "paper.active"},
		"a program":                       {plain("<< /S /Launch /F (x.exe) >>"), "paper.active"},
		"a file inside":                   {plain("<< /Names << /EmbeddedFiles 9 0 R >> >>"), "paper.active"},
		"a form that sends":               {plain("<< /S /SubmitForm >>"), "paper.active"},
		"an XFA form":                     {plain("<< /AcroForm << /XFA 9 0 R >> >>"), "paper.active"},
		"film":                            {plain("<< /Subtype /RichMedia >>"), "paper.active"},
		"locked":                          {plain("<< /Encrypt 9 0 R >>"), "paper.locked"},
		"a script among packed objects":   {plain(packedObjects("/Type /ObjStm /N 1 /First 4", "9 0 << /S /JavaScript >>")), "paper.active"},
		"packed objects without the name": {plain(packedObjects("/N 1 /First 4", "9 0 << /S /JavaScript >>")), "paper.active"},
		"packed objects, keys astray":     {plain(packedObjects("null /Type /ObjStm /N 1 /First 4", "9 0 << /JS 1 >>")), "paper.active"},
		"packed twice":                    {plain(strings.Replace(packedObjects("/Type /ObjStm", "9 0 << >>"), "/Filter /FlateDecode", "/Filter [/ASCIIHexDecode /FlateDecode]", 1)), "paper.broken"},
		"packed with a predictor":         {plain(packedObjects("/Type /ObjStm /DecodeParms << /Predictor 12 >>", "9 0 << >>")), "paper.broken"},
		"packed objects, a bomb":          {plain(bomb), "paper.broken"},
		"an object inside a stream":       {plain("<< /Length 40 >>\nstream\n9 0 obj << /S /JavaScript >> endobj\nendstream"), "paper.active"},
		"after the end of a stream":       {plain("<< /Length 3 >>\nstream\nabc\nendstream << /JS 1 >>"), "paper.broken"},
		"very deep":                       {plain(strings.Repeat("[", 100) + strings.Repeat("]", 100)), "paper.broken"},
		"a list without end":              {plain("[ 1 2"), "paper.broken"},
		"a text without end":              {plain("(abc"), "paper.broken"},
	} {
		_, err := Check(c.data)
		pr := problem.As(err)
		if pr == nil || pr.Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// Whatever comes in: no panic, and never more pages or memory than allowed.
func FuzzCheck(f *testing.F) {
	f.Add(plain())
	f.Add(plain(packedObjects("/Type /ObjStm /N 1 /First 4", "9 0 << /JS 1 >>")))
	f.Add([]byte("%PDF-1.4 /a#4 <</Length 1 0 R>> stream\r\nendstream endobj startxref %%EOF"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Check(data)
		if err != nil {
			if problem.As(err) == nil {
				t.Errorf("not a problem: %v", err)
			}
			return
		}
		if p.Pages < 1 || p.Pages > MaxPages || !Is(data) {
			t.Errorf("%+v", p)
		}
		// The same document with a script at its end is refused.
		if _, err := Check(append(bytes.Clone(data), "\n99 0 obj << /S /JavaScript >> endobj startxref 0 %%EOF"...)); err == nil && len(data) < MaxBytes-100 {
			t.Error("a script behind it is let in")
		}
	})
}
