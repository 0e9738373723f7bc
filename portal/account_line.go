package portal

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// lineView is one line of a month.
type lineView struct {
	*web.Page
	*store.PublicLine
	Version int
}

func (p *Portal) accountLine(ctx context.Context, page *web.Page) (templ.Component, error) {
	period, version, err := periodOf(page)
	if err != nil {
		return nil, err
	}
	line, err := strconv.Atoi(page.Param("line"))
	if err != nil || line < 1 || period.Quarter() || strconv.Itoa(line) != page.Param("line") {
		return nil, errNotFound()
	}
	l, err := p.Store.In(page.Community).PublicLine(ctx, period.Months[0], version, line)
	if err != nil {
		return nil, err
	}
	name := periodName(page, period)
	page.Title, page.Place = page.T("account.line.title", "n", line, "period", name), "open"
	page.Description = page.T("account.line.description", "community", page.Community.Name, "period", name, "n", line)
	page.Back = ui.Link{Text: page.T("account.of", "period", name), Href: page.URL("accounts", period.Name) + versionQuery(version)}
	return accountLinePage(&lineView{page, l, version}), nil
}

func (v *lineView) href(line int) string {
	return v.URL("accounts", string(v.Account.Month), strconv.Itoa(line)) + versionQuery(v.Version)
}

func (v *lineView) beside(line int, key string) ui.Link {
	if line == 0 {
		return ui.Link{}
	}
	return ui.Link{Text: v.T(key), Href: v.href(line)}
}

// title is what the line was for.
func (v *lineView) title() string {
	if s := words(v.Page, v.Entry.Purpose); s != "" {
		return s
	}
	return v.Entry.Category
}

// role says which post somebody held, or that the book names somebody whose
// name is not published.
func (v *lineView) role(there bool, r models.Role) string {
	switch {
	case !there:
		return v.T("account.person.none")
	case r != "":
		return v.T(roleNames.Key(string(r)))
	}
	return v.T("account.person.other")
}

func (v *lineView) facts() []ui.Answer {
	e := v.Entry
	facts := []ui.Answer{
		{Label: v.T("account.day"), Value: v.Day(e.Day)},
		{Label: v.T("account.voucher"), Value: or(e.Voucher, v.T("account.voucher.none"))},
		{Label: v.T("account.category"), Value: or(e.Category, v.T("account.category.none"))},
		{Label: v.T("account.fund"), Value: or(e.Fund, v.T("account.fund.none"))},
		{Label: v.T("account.handler"), Value: v.role(e.HasHandler, v.HandlerRole)},
		{Label: v.T("account.witness"), Value: v.role(e.HasWitness, v.WitnessRole)},
		{Label: v.T("account.approver"), Value: v.role(e.HasApprover, v.ApproverRole)},
		{Label: v.T("account.receipts"), Value: v.receiptCount()},
	}
	if d := v.Decision; d != nil {
		by := ui.Answer{Label: v.T("account.decision"), Value: d.Number, Lines: []string{d.Title}}
		if d.PublishedAt != nil {
			by.Change = ui.Link{Text: v.T("decision.open"), Href: v.URL("decisions", d.ID.String())}
		}
		facts = append(facts, by)
	}
	if e.Note != "" {
		facts = append(facts, ui.Answer{Label: v.T("account.note"), Value: words(v.Page, e.Note)})
	}
	return facts
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

func (v *lineView) receiptCount() string {
	if v.Entry.Receipts == 0 && len(v.Receipts) > 0 {
		return v.T("account.receipts.shown", "n", len(v.Receipts))
	}
	if v.Entry.Receipts == 0 {
		return v.T("account.receipts.none")
	}
	return v.T("account.receipts.n", "n", v.Entry.Receipts)
}

// change is one field that a correction changed.
type change struct{ Label, Old, New string }

// changes compares an edited line with what stood there before.
func (v *lineView) changes() []change {
	if v.Was == nil || v.Entry.Change != models.ChangeEdited {
		return nil
	}
	was, now := v.Was, v.Entry
	var out []change
	for _, f := range []struct{ key, old, now string }{
		{"account.day", v.Day(was.Day), v.Day(now.Day)},
		{"account.voucher", was.Voucher, now.Voucher},
		{"account.purpose", words(v.Page, was.Purpose), words(v.Page, now.Purpose)},
		{"account.category", was.Category, now.Category},
		{"account.fund", was.Fund, now.Fund},
		{"account.income", v.Money(was.IncomeFen), v.Money(now.IncomeFen)},
		{"account.expense", v.Money(was.ExpenseFen), v.Money(now.ExpenseFen)},
		{"account.receipts", v.Int(was.Receipts), v.Int(now.Receipts)},
		{"account.note", words(v.Page, was.Note), words(v.Page, now.Note)},
	} {
		if f.old != f.now {
			out = append(out, change{v.T(f.key), or(f.old, v.T("account.empty")), or(f.now, v.T("account.empty"))})
		}
	}
	return out
}

// files are the receipts that may be seen by everybody.
func (v *lineView) files() []ui.FileItem {
	items := make([]ui.FileItem, len(v.Receipts))
	for i, a := range v.Receipts {
		items[i] = ui.FileItem{
			Name: a.Name, Href: v.URL("files", a.ID.String()), Note: v.FileWords(a),
		}
		if strings.HasPrefix(a.MIME, "image/") {
			items[i].Alt = v.T("account.receipt.alt", "n", i+1)
		}
	}
	return items
}

// askHref is where a question about this line begins.
func (v *lineView) askHref() string {
	return v.URL("accounts", string(v.Account.Month), strconv.Itoa(v.Entry.Line), "ask") + versionQuery(v.Version)
}

// sayings are questions and answers as a thread.
func sayings(page *web.Page, questions []store.PublicInquiry) []ui.Saying {
	var out []ui.Saying
	for _, q := range questions {
		tag, kind := inquiryTag(page, q)
		out = append(out, ui.Saying{
			Who: page.T("inquiry.asker"), Time: page.Moment(q.AskedAt), DateTime: q.AskedAt.Format(time.RFC3339), Text: q.Text,
			Tag: tag, TagFor: kind, Link: ui.Link{Text: page.T("inquiry.see"), Href: page.URL("inquiries", q.ID.String())},
		})
		if q.Answer != "" {
			out = append(out, ui.Saying{
				Who: page.T(roleNames.Key(string(q.By))), Time: page.Moment(*q.AnsweredAt), DateTime: q.AnsweredAt.Format(time.RFC3339),
				Text: q.Answer, Answer: true,
			})
		}
		if q.Order != "" {
			out = append(out, ui.Saying{Who: page.T("role.street"), Text: q.Order, Answer: true})
		}
	}
	return out
}

func lineTag(v *lineView) string {
	tag, _ := changeTag(v.Page, v.Entry.Change)
	return tag
}

func lineKind(v *lineView) ui.Kind {
	_, kind := changeTag(v.Page, v.Entry.Change)
	return kind
}
