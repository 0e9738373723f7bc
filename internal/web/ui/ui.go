// Package ui is the look of Juwu: the WeUI pieces that the residents' and the
// officers' pages are put together from. It imports static (addresses of the
// stylesheet and scripts) and nothing else of ours, and it has no words of its
// own: every text, number, date and amount arrives finished, in the reader's
// language. It decides nothing but how things look; what may be seen or done
// is decided before.
//
// A page is one Shell with these inside, in this order as needed:
//
//	Shell          the whole document: top bar, h1 area, bottom bar, footer
//	Heading        the one h1, a lead sentence and a state tag
//	ErrorSummary   all errors of a form, linked to the fields (first thing in the page)
//	Notice         a message: info, good, attention, danger
//	Card           a white card with a title; Stack and Columns arrange cards
//	Cells, Cell    WeUI list rows, each with an optional address
//	Figure, Figures a big number with its unit and what it is compared with
//	SumList        figures as one sum that reads from top to bottom
//	Doors          the big doors of a home page, a figure on each
//	Person         a face, a post, a telephone
//	Button, ButtonLink, Actions    Actions keeps the main button under the thumb
//	Form, Hidden   POST form that is sent once; TextField, TextArea, Select,
//	               Radios, Checkboxes, FileField, PhoneField, CodeField, DateField,
//	               MoneyField, Fieldset, Search, FilterForm
//	Table          caption, scopes; Cards makes it cards below 600 px; Keyboard
//	               gives officers j, k, Enter and a
//	BarChart, MonthChart   SVG made here, the same figures in a table beside it
//	Timeline, Steps, Tag, Pager, Switcher, Chips, Thread, Files, Changed
//	Prose, Explain (a term behind its question), Progress (long work)
//	CheckAnswers, ConfirmationPanel, Confirm, EmptyState
//	CalendarLeaf, QR, Blackout, Glyph (icons)
//	SheetPage      A4/A3 for the board, within a Shell with Bare; SheetRows says
//	               how many table rows one sheet holds (a SumList takes eight)
//
// Element ids: whatever can stand twice on a page takes an ID, and everything
// inside is named from it (ID-hint, ID-error, ID-2 …). A field's ID is its Name
// when it is left empty.
//
// Classes that pages may use in their own templ files: stack (children 16 px
// apart), row (side by side, wraps), columns (two columns from 900 px on, one
// in care mode), num (tabular figures, right), muted, small, big, danger-text,
// prose (running text), visually-hidden, no-print, only-print, only-wide (from
// 600 px on).
// There are no style attributes and no inline scripts: the CSP refuses both.
package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Kind is what a thing means; it sets colour and icon together, because colour
// alone tells nothing to many readers.
type Kind string

// The kinds of notices, tags, cells and figures.
const (
	Plain     Kind = ""
	Info      Kind = "info"
	Good      Kind = "good"
	Attention Kind = "attention"
	Danger    Kind = "danger"
)

func (k Kind) icon() Icon {
	switch k {
	case Good:
		return IconCheck
	case Attention:
		return IconClock
	case Danger:
		return IconWarning
	}
	return IconInfo
}

func (k Kind) class(base string) string {
	if k == Plain {
		return base
	}
	return base + " " + base + "_" + string(k)
}

// Link is an address with its words. Current marks the page one is on.
type Link struct {
	Text    string
	Href    string
	Icon    Icon
	Current bool
	Lang    string // of the text, when it is not the page's: the language switch
	Count   string // "3" beside the text; how many wait there
	New     bool   // leaves the site: opened without referrer
}

// Option is one choice of a Select, of Radios or of Checkboxes.
type Option struct {
	Value   string
	Text    string
	Hint    string
	Checked bool
	Off     bool // shown, cannot be chosen
}

// HiddenField travels with a form.
type HiddenField struct{ Name, Value string }

func href(s string) templ.SafeURL { return templ.URL(s) }

func nth(id string, n int) string { return id + "-" + strconv.Itoa(n+1) }

func attr(on bool, s string) string {
	if on {
		return s
	}
	return ""
}
