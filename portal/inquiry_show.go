package portal

import (
	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
	"juwu/policy"
)

// versionOf keeps the version of the page's address in its form.
func versionOf(page *web.Page) string {
	if v := page.Query("version"); v != "" {
		return "?version=" + v
	}
	return ""
}

func (v inquiryView) tag() string {
	text, _ := inquiryTag(v.Page, v.In)
	return text
}

func (v inquiryView) tagKind() ui.Kind {
	_, kind := inquiryTag(v.Page, v.In)
	return kind
}

// thread is the question with its answers, without links to itself.
func (v inquiryView) thread() []ui.Saying {
	list := sayings(v.Page, []store.PublicInquiry{v.In})
	for i := range list {
		list[i].Link, list[i].Tag = ui.Link{}, ""
	}
	return list
}

// days is how long the committee has; a rule of the place, not of the law.
func days(page *web.Page) int {
	if page.Community.InquiryDays > 0 {
		return page.Community.InquiryDays
	}
	return policy.DefaultInquiryDays
}

func (v inquiryView) days() int   { return days(v.Page) }
func (v inquiriesView) days() int { return days(v.Page) }

// nextSteps: what happens next and when, whom to call.
func (v inquiryView) nextSteps() []ui.Answer {
	steps := []ui.Answer{
		{Label: v.T("inquiry.sent.who"), Value: v.T("inquiry.sent.answer", "date", v.In.DueDay)},
		{Label: v.T("inquiry.sent.told"), Value: v.T("inquiry.sent.inbox")},
		{Label: v.T("inquiry.sent.late"), Value: v.T("inquiry.sent.street")},
	}
	if v.Community.Phone != "" {
		steps = append(steps, ui.Answer{Label: v.T("inquiry.sent.call"), Value: v.Community.Phone})
	}
	return steps
}

func (v inquiriesView) href(kind store.InquiryKind, before models.ID) string {
	href := v.URL("inquiries")
	if kind != store.InquiriesAll {
		href += "?kind=" + string(kind)
	}
	if before != 0 {
		sep := "?"
		if kind != store.InquiriesAll {
			sep = "&"
		}
		href += sep + "before=" + before.String()
	}
	return href
}

func (v inquiriesView) kinds() []ui.Link {
	links := make([]ui.Link, len(store.InquiryKinds))
	for i, k := range store.InquiryKinds {
		links[i] = ui.Link{Text: v.T(kindKey(k)), Href: v.href(k, 0), Current: k == v.Kind}
	}
	return links
}

func kindKey(k store.InquiryKind) string {
	if k == store.InquiriesAll {
		return inquiryKinds.Key("all")
	}
	return inquiryKinds.Key(string(k))
}

func (v inquiriesView) older() ui.Link {
	if v.Older == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T("inquiry.older"), Href: v.href(v.Kind, v.Older)}
}

// inquiryCell is a question as a row of a list.
func inquiryCell(page *web.Page, in store.PublicInquiry, href string) ui.CellProps {
	cell := ui.CellProps{Title: shorten(in.Text), Desc: page.T("account.of", "period", in.Month) + " \u00b7 " + page.Moment(in.AskedAt), Href: href}
	if in.Line != 0 {
		cell.Desc = page.T("account.line.title", "n", in.Line, "period", in.Month) + " \u00b7 " + page.Moment(in.AskedAt)
	}
	cell.Tag, cell.TagFor = inquiryTag(page, in)
	if in.Waiting && in.Overdue {
		cell.Kind = ui.Danger
	}
	return cell
}

func myInquiryCell(page *web.Page, in store.MyInquiry) ui.CellProps {
	shown := in.PublicInquiry
	shown.Text = in.Question
	cell := inquiryCell(page, shown, "/"+in.Community.Code+"/inquiries/"+in.ID.String())
	cell.Desc = in.Community.Name + " \u00b7 " + cell.Desc
	return cell
}

// shortText is how many characters of a question stand in a list.
const shortText = 60

func shorten(s string) string {
	r := []rune(s)
	if len(r) <= shortText {
		return s
	}
	return string(r[:shortText]) + "\u2026"
}
