// Package admin is the officers' side, below /admin: same shape as portal.
// Every route here names the object and the action that the policy is asked
// about; the edge demands a second factor besides.
package admin

import (
	"slices"
	"strings"

	"juwu/internal/store"
	"juwu/internal/web"
	"juwu/internal/web/ui"
	"juwu/models"
)

// Admin holds what the officers' handlers need.
type Admin struct {
	Store *store.Store
}

// Routes are the officers' part of the permission map.
func (a *Admin) Routes() []web.Route {
	return slices.Concat(
		a.auditRoutes(),
		a.homeRoutes(),
		a.noticeRoutes(),
		a.attachmentRoutes(),
		a.disclosureRoutes(),
		a.settingsRoutes(),
		a.accountRoutes(),
		a.inquiryRoutes(),
		a.complaintRoutes(),
		a.caseSettingsRoutes(),
		a.visitRoutes(),
		a.caseSystemRoutes(),
		a.handoverRoutes(),
		a.meetingRoutes(),
		a.meetingHallRoutes(),
		a.meetingWordRoutes(),
		a.meetingFilingRoutes(),
		a.appraisalRoutes(),
		a.caseMeetingRoutes(),
		a.mediationRoutes(),
		a.budgetRoutes(),
		a.bookkeeperRoutes(),
		a.claimRoutes(),
		a.activityRoutes(),
		a.volunteerRoutes(),
		a.helpRoutes(),
		a.secondFactorRoutes(),
		a.residentRoutes(),
		a.rollRoutes(),
		a.gridRoutes(),
		a.appointmentRoutes(),
		a.ballotRoutes(),
		a.electionRoutes(),
		a.recallRoutes(),
		a.roundRoutes(),
		a.kinshipRoutes(),
		a.mergeRoutes(),
		a.householdRoutes(),
		a.bodyRoutes(),
		a.decisionRoutes(),
		a.assemblyRoutes(),
		a.sessionRoutes(),
		a.voiceRoutes(),
		a.carryRoutes(),
	)
}

// section is a tab of the office; whoever may not do its act does not see it.
type section struct {
	path, key, object, action string
}

var sections = []section{
	{"", "office.section.today", "office", "enter"},
	{"accounts", "office.section.accounts", "account", "read_draft"},
	{"claims", "office.section.claims", "claim", "read"},
	{"inquiries", "office.section.inquiries", "inquiry", "read_full"},
	{"complaints", "office.section.complaints", "case", "handle"},
	{"visits", "office.section.visits", "visit", "read"},
	{"meetings", "office.section.meetings", "meeting", "door"},
	{"private", "mediation.section", "mediation", "handle"},
	{"private/new", "mediation.section.desk", "mediation", "desk"},
	{"mediation", "mediation.section.figures", "mediation", "figures"},
	{"disclosures", "office.section.disclosures", "disclosure", "read"},
	{"notices", "office.section.notices", "notice", "review"},
	{"ballots", "office.section.ballots", "ballot", "prepare"},
	{"activities", "office.section.activities", "activity", "approve"},
	{"volunteers", "office.section.volunteers", "volunteer", "review"},
	{"elections", "office.section.elections", "election", "inspect"},
	{"volunteers/party", "party.title", "volunteer", "party"},
	{"residents", "office.section.residents", "resident", "read_masked"},
	{"roll", "office.section.roll", "resident", "import"},
	{"appointments", "office.section.appointments", "appointment", "read"},
	{"assembly", "assembly.section", "office", "enter"},
	{"decisions", "decision.section", "office", "enter"},
	{"bodies", "body.section", "office", "enter"},
	{"corrections", "correction.section", "resident", "desk"},
	{"second-factor", "secondfactor.section", "second_factor", "reset"},
	{"audit", "office.section.audit", "audit", "read"},
	{"settings", "office.section.settings", "settings", "read"},
}

// Sections are the tabs of a page below /admin/{community}.
func (a *Admin) Sections(p *web.Page) []ui.Link {
	if p.Community == nil || !strings.HasPrefix(p.Path, "/admin/") {
		return nil
	}
	// A refusal shown to somebody without a post offers no tabs.
	if a.Store.Guard().Allowed(p.Actor, p.Community, "office", "enter", models.DateOf(p.Now)) != nil {
		return nil
	}
	var links []ui.Link
	at := -1 // the tab the page belongs to: that with the longest address
	for _, s := range sections {
		if a.Store.Guard().Allowed(p.Actor, p.Community, s.object, s.action, models.DateOf(p.Now)) != nil {
			continue
		}
		href := p.AdminURL()
		if s.path != "" {
			href = p.AdminURL(strings.Split(s.path, "/")...)
		}
		if (p.Path == href || s.path != "" && strings.HasPrefix(p.Path, href+"/")) && (at < 0 || len(href) > len(links[at].Href)) {
			at = len(links)
		}
		links = append(links, ui.Link{Text: p.T(s.key), Href: href})
	}
	if at >= 0 {
		links[at].Current = true
	}
	return links
}
