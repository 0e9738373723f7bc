package web

import (
	"strconv"
	"strings"

	"juwu/i18n"
	"juwu/models"
	"juwu/policy"
)

// Words of elections that both sides show.
const (
	postWords   = i18n.Family("election.post.")
	sourceNames = i18n.Family("election.source.")
	ruleValues  = i18n.Family("election.value.")
	issuerNames = i18n.Family("notice.issuer.")
)

// NoticeIssuer names the body whose seal stands under a notice.
func NoticeIssuer(p *Page, n models.Notice) string {
	body := "committee"
	if n.Issuer != models.IssuerCommittee {
		body = string(n.Issuer)
	}
	return p.T(issuerNames.Key(body), "community", p.Community.Name, "street", p.Community.StreetName)
}

// SourceName writes "CL19" out: which law, which article.
func SourceName(p *Page, source string) string {
	law := strings.TrimRight(source, "0123456789")
	article := source[len(law):]
	if law == "" {
		return source
	}
	return strings.TrimSpace(p.T(sourceNames.Key(law), "article", article))
}

// RuleValue puts a value into words.
func RuleValue(p *Page, r policy.Rule) string {
	if _, err := strconv.Atoi(r.Value); err == nil {
		return r.Value
	}
	if s, err := policy.ParseShare(r.Value); err == nil {
		key := "election.share.least"
		if s.Strict {
			key = "election.share.over"
		}
		return p.T(key, "num", s.Num, "den", s.Den)
	}
	return p.T(ruleValues.Key(r.Value))
}
