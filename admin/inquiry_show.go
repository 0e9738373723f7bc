package admin

import (
	"maps"
	"strconv"
	"time"

	"juwu/internal/problem"
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// inField moves what the store says of "reason" to the field of this form:
// one page has several texts.
func inField(err error, field string) error {
	p := problem.As(err)
	if p == nil || field == "reason" {
		return err
	}
	text, ok := p.Fields["reason"]
	if !ok {
		return err
	}
	moved := *p
	moved.Fields = maps.Clone(p.Fields)
	delete(moved.Fields, "reason")
	moved.Fields[field] = text
	return &moved
}

func (v *inquiryView) path(parts ...string) string {
	return v.AdminURL(append([]string{"inquiries", v.In.ID.String()}, parts...)...)
}

// inquiryState is where a question stands, and how it looks.
func inquiryState(p *web.Page, in models.Inquiry) (string, ui.Kind) {
	switch {
	case in.State == models.InquiryClosed:
		return p.T("inquiry.state.closed"), ui.Good
	case in.State == models.InquiryReported:
		return p.T("inquiry.state.reported"), ui.Attention
	case in.AnsweredAt != nil:
		return p.T("inquiry.state.answered"), ui.Good
	case policy.Overdue(in, p.Today()):
		return p.T("inquiry.state.overdue", "left", p.Left(in.DueDay)), ui.Danger
	}
	return p.T("inquiry.state.waiting", "left", p.Left(in.DueDay)), ui.Attention
}

func (v *inquiryView) tag() string {
	text, _ := inquiryState(v.Page, *v.In)
	return text
}

func (v *inquiryView) tagKind() ui.Kind {
	_, kind := inquiryState(v.Page, *v.In)
	return kind
}

// rows show the masked texts: a list stands open on a desk.
func (v *inquiriesView) rows() []ui.TR {
	rows := make([]ui.TR, len(v.List))
	for i, in := range v.List {
		text, kind := inquiryState(v.Page, in)
		href := v.AdminURL("inquiries", in.ID.String())
		rows[i] = ui.TR{Href: href, Cells: []ui.TD{
			{Text: shortText(in.PublicText), Sub: in.Number, Href: href}, {Text: v.Month(in.Month)}, {Tag: text, TagFor: kind},
			{Text: v.Day(in.DueDay)}, {Text: v.Moment(in.CreatedAt)},
		}}
		if kind == ui.Danger {
			rows[i].Kind = ui.Danger
		}
	}
	return rows
}

func shortText(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "\u2026"
	}
	return s
}

func (v *inquiriesView) href(kind store.InquiryKind, before models.ID) string {
	href := v.AdminURL("inquiries") + "?kind=" + string(kind)
	if before != 0 {
		href += "&before=" + before.String()
	}
	return href
}

func (v *inquiriesView) kinds() []ui.Link {
	links := make([]ui.Link, len(store.InquiryKinds))
	for i, k := range store.InquiryKinds {
		key := inquiryKinds.Key(string(k))
		if k == store.InquiriesAll {
			key = inquiryKinds.Key("all")
		}
		links[i] = ui.Link{Text: v.T(key), Href: v.href(k, 0), Current: k == v.Kind}
		if n := v.Counts[k]; n > 0 {
			links[i].Count = v.Int(n)
		}
	}
	return links
}

func (v *inquiriesView) older() ui.Link {
	if v.Older == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("inquiry.older"), Href: v.href(v.Kind, v.Older)}
}

// about leads to what was asked about.
func (v *inquiryView) about() ui.CellProps {
	if v.Entry == nil {
		return ui.CellProps{Title: v.T("account.of", "period", v.In.Month), Href: v.AdminURL("accounts", v.In.AccountID.String())}
	}
	e := v.Entry
	cell := ui.CellProps{
		Title: e.Purpose, Desc: v.T("account.line.title", "n", e.Line, "period", v.In.Month) + " \u00b7 " + e.Voucher, Value: v.Money(e.ExpenseFen),
		Unit: v.T("account.yuan"), Sub: v.T("account.expense"), Href: v.AdminURL("accounts", v.In.AccountID.String()) + "#line-" + strconv.Itoa(e.Line),
	}
	if e.Purpose == store.WithdrawnMark {
		cell.Title = v.T("ledger.withdrawn.mark")
	}
	if e.ExpenseFen == 0 {
		cell.Value, cell.Sub = v.Money(e.IncomeFen), v.T("account.income")
	}
	return cell
}

// words are everything that was written, in full, beside what the public
// reads where that is different.
func (v *inquiryView) words() []ui.Saying {
	in := v.In
	out := []ui.Saying{{Who: v.T("inquiry.asker"), Time: v.Moment(in.CreatedAt), DateTime: in.CreatedAt.Format(time.RFC3339), Text: in.Question}}
	if in.AnsweredAt != nil {
		out = append(out, ui.Saying{
			Who: in.AnswererName + " \u00b7 " + v.T(inquiryRoles.Key(string(in.AnswererRole))), Time: v.Moment(*in.AnsweredAt),
			DateTime: in.AnsweredAt.Format(time.RFC3339), Text: in.Answer, Answer: true,
		})
	}
	if in.ReportedAt != nil {
		out = append(out, ui.Saying{Who: v.T("inquiry.way.reported"), Time: v.Moment(*in.ReportedAt), Text: in.ReportText})
	}
	if in.OrderText != "" {
		out = append(out, ui.Saying{Who: v.T("role.street"), Text: in.OrderText, Answer: true})
	}
	return out
}

// public is what everybody reads.
func (v *inquiryView) public() []ui.Answer {
	facts := []ui.Answer{{Label: v.T("inquiry.question"), Value: v.In.PublicText}}
	if v.In.PublicAnswer != "" {
		facts = append(facts, ui.Answer{Label: v.T("inquiry.way.answer"), Value: v.In.PublicAnswer})
	}
	return facts
}

// actPath is the last part of the address of an act with one text.
var actPath = map[string]string{"order": "order", "close": "close", "reason": "report", "passages": "hide"}
