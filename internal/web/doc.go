// Package web is the HTTP edge that the residents' and the officers' side
// share: the Fiber app with its limits and headers, sessions, CSRF, languages,
// the look, pages, forms, errors, the cache of public pages. It knows HTTP and
// nothing of the database: what it needs comes as functions in Options.
//
// A side (portal, admin) offers its routes, which are the permission map:
//
//	func (h *handlers) Routes() []web.Route {
//		return []web.Route{
//			{Method: "GET", Path: "/:community/accounts", Object: web.Public, Handle: web.Cached([]string{"accounts"}, []string{"page"}, h.accounts)},
//			{Method: "GET", Path: "/:community/accounts/:id/ask", Object: web.Public, Handle: h.askForm},
//			{Method: "POST", Path: "/:community/accounts/:id/ask", Object: "inquiry", Action: "create", Handle: h.ask},
//			{Method: "POST", Path: "/admin/:community/accounts/import", Object: "account", Action: "import", Upload: true, Handle: h.importFile},
//			{Method: "GET", Path: "/me", Object: web.Self, Handle: h.me},
//		}
//	}
//	server.Mount(portal.Routes(), admin.Routes())   // once, in any order
//
// Before a handler runs, the guard has found the community of ":community"
// (CommunityOf, else 404), has asked the policy (else /login, /login/second or
// 403; below /admin a second factor and a fresh policy are needed besides),
// and for a POST has checked origin and token. A handler returns nil or an
// error; errors become pages in one place: problem.Problem by its kind, all
// else the 500 page and a log line.
//
// A page for one reader, never kept anywhere:
//
//	p := web.PageOf(c)                 // language, look, community, actor, time
//	p.Title, p.Place = p.T("account.title"), "open"
//	return web.Render(c, 200, accountView(p, account))   // inside the shell
//
// A public page, the same for everybody, rendered once per version of its data
// (subjects are those that the store touches) and served from memory; no forms
// with tokens, no p.Actor on it; link to an uncached page for these:
//
//	func (h *handlers) accounts(ctx context.Context, p *web.Page) (templ.Component, error)
//
// Path parameters of a cached page: p.Param("id").
//
// A form. Views build fields from the page: p.Field("title", "notice.title.label"),
// p.Optional(…), p.Value, p.Checked, p.Option, p.Hidden(), and begin with
// ui.ErrorSummary(p.T("form.error.summary"), p.Errors()). Values to begin with:
// p.Set(name, value). The handler:
//
//	f := web.FormOf(c)
//	in := store.Claim{Purpose: f.Text("purpose", 80), Amount: f.Money("amount"), Day: f.Date("day")}
//	if err := f.Err(); err == nil { err = h.store.CreateClaim(web.Context(c), …) }
//	if err != nil { return web.Again(c, err, claimForm(p)) }   // 422 with all errors and what was typed
//	return web.Redirect(c, p.URL("claims", id.String()))
//
// Fields have the names under which store and policy report problems. Getters:
// Text, Optional, Area, OptionalArea, Int, Bool, Money, Date, OptionalDate,
// Month, Phone, ID, OptionalID, Choice, Choices, Files, Raw, Has.
//
// A POST route that takes files says Upload; a GET answers HEAD too; other
// methods, bodies without a length and whatever proxies may cut differently are
// refused. Tests of a side are plain-text stories: package webtest.
//
// Pages from memory are sent before Fiber looks for a route (Server.before):
// the guard is not asked again, so that Cached answers on Public routes only.
//
// Login: NewSecret, SetSession, ClearSession, SessionHash, DeviceHash. Words
// come from package i18n by p.T(key, "name", value, …) only.
package web
