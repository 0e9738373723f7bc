// Package portal is the residents' side: one file per subject, routes and
// handlers there, views beside them. A handler reads a form, calls one use
// case of the store, and redirects or renders; it never imports the database.
package portal

import (
	"slices"

	"juwu/internal/store"
	"juwu/internal/web"
)

// Portal holds what the residents' handlers need.
type Portal struct {
	Store *store.Store
	// Demo offers one-tap logins for the example community; only on loopback.
	Demo []DemoLogin
	// WeChatApp is the app id of the official account; "" while there is none.
	WeChatApp string
}

// Routes are the residents' part of the permission map.
func (p *Portal) Routes() []web.Route {
	return slices.Concat(
		p.homeRoutes(),
		p.disclosureRoutes(),
		p.togetherRoutes(),
		p.volunteerRoutes(),
		p.activityRoutes(),
		p.leadRoutes(),
		p.certifyRoutes(),
		p.helpRoutes(),
		p.noticeRoutes(),
		p.feedRoutes(),
		p.attachmentRoutes(),
		p.powersRoutes(),
		p.loginRoutes(),
		p.meRoutes(),
		p.weChatRoutes(),
		p.proofRoutes(),
		p.accountRoutes(),
		p.inquiryRoutes(),
		p.meetingRoutes(),
		p.topicRoutes(),
		p.gradeRoutes(),
		p.mediationRoutes(),
		p.confirmRoutes(),
		p.complaintRoutes(),
		p.caseBoardRoutes(),
		p.open311Routes(),
		p.hookRoutes(),
		p.followRoutes(),
		p.bodyRoutes(),
		p.ballotRoutes(),
		p.electionRoutes(),
		p.assemblyRoutes(),
		p.voiceRoutes(),
		p.covenantRoutes(),
		p.demoRoutes(),
	)
}
