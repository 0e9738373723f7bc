package ui

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEverythingIsEscaped(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	pieces := map[string]templ.Component{
		"field":  TextField(TextProps{Field: Field{Name: "n", Label: evil, Hint: evil, Error: evil, Value: evil}}),
		"area":   TextArea(AreaProps{Field: Field{Name: "n", Label: evil, Value: "</textarea>" + evil}}),
		"table":  Table(TableProps{Caption: evil, Cols: []Col{{Title: evil}}, Rows: []TR{{Cells: []TD{{Text: evil, Sub: evil, Tag: evil}}}}}),
		"cell":   Cell(CellProps{Title: evil, Desc: evil, Value: evil}),
		"chart":  BarChart(BarChartProps{ID: "c", Title: evil, Desc: evil, Bars: []Bar{{Label: evil, Value: evil, Amount: 1}}}),
		"thread": Thread(evil, []Saying{{Who: evil, Text: evil}}),
		"qr":     QR(evil, evil),
	}
	for name, c := range pieces {
		if got := render(t, c); strings.Contains(got, "<script") {
			t.Errorf("%s lets a script through: %s", name, got)
		}
	}
}

func TestScriptAddressesAreRefused(t *testing.T) {
	for _, c := range []templ.Component{
		TextLink(Link{Text: "x", Href: "javascript:alert(1)"}),
		Cell(CellProps{Title: "x", Href: "javascript:alert(1)"}),
		ButtonLink(ButtonLinkProps{Text: "x", Href: " JaVaScript:alert(1)"}),
	} {
		if got := strings.ToLower(render(t, c)); strings.Contains(got, "javascript:") {
			t.Errorf("a script address came through: %s", got)
		}
	}
}

func TestFieldIsDescribedByHintAndError(t *testing.T) {
	tests := map[string]struct {
		field Field
		want  string
	}{
		"neither":  {Field{Name: "a"}, ""},
		"hint":     {Field{Name: "a", Hint: "h"}, "a-hint"},
		"error":    {Field{Name: "a", Error: "e"}, "a-error"},
		"both":     {Field{Name: "a", Hint: "h", Error: "e"}, "a-hint a-error"},
		"other id": {Field{ID: "b", Name: "a", Error: "e"}, "b-error"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.field.describedBy(); got != tt.want {
				t.Errorf("describedBy = %q, want %q", got, tt.want)
			}
			_, wrong := tt.field.attrs()["aria-invalid"]
			if wrong != (tt.field.Error != "") {
				t.Errorf("aria-invalid is %v", wrong)
			}
		})
	}
}

func TestErrorSummaryLinksToTheFirstAnswer(t *testing.T) {
	radios := render(t, Radios(ChoiceProps{Field: Field{Name: "reply", Label: "l", Error: "e"}, Options: []Option{{Value: "a", Text: "A"}, {Value: "b", Text: "B"}}}))
	for _, want := range []string{`id="reply"`, `id="reply-2"`, `aria-describedby="reply-error"`} {
		if !strings.Contains(radios, want) {
			t.Errorf("no %s in %s", want, radios)
		}
	}
	if got := render(t, ErrorSummary("t", nil)); got != "" {
		t.Errorf("a summary without problems shows %q", got)
	}
}

func TestTelephoneAddresses(t *testing.T) {
	for number, want := range map[string]string{
		"021-5555 0123":       "tel:02155550123",
		"+86 (21) 5555-0123":  "tel:+862155550123",
		"12345":               "tel:12345",
		"021-5555 0123 转 608": "tel:02155550123,608",
	} {
		if got := string(tel(number)); got != want {
			t.Errorf("tel(%q) = %q, want %q", number, got, want)
		}
	}
}

func TestBarLengths(t *testing.T) {
	p := BarChartProps{Bars: []Bar{{Amount: 200}, {Amount: 50}, {Amount: -100}, {Amount: 0}}}
	var got []string
	for _, b := range p.Bars {
		got = append(got, p.width(b))
	}
	if diff := cmp.Diff([]string{"100.00%", "25.00%", "50.00%", "0.00%"}, got); diff != "" {
		t.Error(diff)
	}
	if got := (BarChartProps{Bars: []Bar{{}}}).width(Bar{}); got != "0%" {
		t.Errorf("a chart of nothing draws %s", got)
	}
}

func TestMonthBarsStayInside(t *testing.T) {
	p := MonthChartProps{Months: []MonthBar{{Income: 900, Expense: -20}, {Income: 300, Expense: 450}}}
	if got := p.tall(900); got != "9.00em" {
		t.Errorf("the tallest is %s", got)
	}
	if got := p.tall(-20); got != "0.00em" {
		t.Errorf("a month below zero is %s tall", got)
	}
	if got := p.at(1, 0.5); got != "75.00%" {
		t.Errorf("the middle of the second of two months is at %s", got)
	}
}

func TestQRFitsOrIsLeftOut(t *testing.T) {
	path, size := qrPath("https://juwu.example.cn/hemuli/accounts/2026-09")
	if size < 29 || !strings.HasPrefix(path, "M4 4h7") {
		t.Errorf("size %d, path begins %.20q: want a finder pattern behind four quiet modules", size, path)
	}
	if got := render(t, QR(strings.Repeat("长", 2000), "l")); got != "" {
		t.Errorf("an address too long still draws %.80q", got)
	}
}

func TestShellWithoutScriptsOrSwitches(t *testing.T) {
	got := render(t, Shell(ShellProps{Lang: "en", Title: "t", NoIndex: true, Care: true}))
	for _, want := range []string{`<html lang="en" data-weui-mode="care"`, `content="noindex"`, `href="#main"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %.400s", want, got)
		}
	}
	if strings.Contains(got, "data-weui-theme") || strings.Contains(got, "<nav") {
		t.Errorf("empty parts are drawn: %s", got)
	}
}
