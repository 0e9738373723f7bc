package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"juwu/internal/problem"
)

// Objects of routes that the policy is not asked about.
const (
	Public = "public" // everybody
	Self   = "self"   // whoever is logged in, about themselves
)

// Route is one line of the permission map: an address, and what one must be
// allowed to do there. A route that names neither Public nor Self is asked of
// the policy in the community of the address.
type Route struct {
	Method string // GET (answers HEAD too) or POST
	Path   string // ":community" is the community's code
	Object string // Public, Self or an object of policy/roles.csv
	Action string
	Handle fiber.Handler

	Upload    bool // a multipart form with files; larger and slower bodies
	Tokenless bool // a POST that needs no CSRF token, only the right origin: a preference of the browser
	Machine   bool // a POST of another program, which proves itself by a key or a signature that the handler asks for; no cookie counts
}

const (
	formBody   = 128 << 10 // of a form without files
	uploadBody = 24 << 20  // of a form with files; photos are shrunk before they are sent
)

// Mount adds routes. Addresses with fixed parts win over those with
// parameters, in whatever order they come. It panics on a route that cannot
// be meant, because that is a mistake of ours.
func (s *Server) Mount(groups ...[]Route) {
	routes := slices.Concat(groups...)
	slices.SortStableFunc(routes, func(a, b Route) int { return compareRoutes(a.Path, b.Path) })
	for _, rt := range routes {
		if rt.Handle == nil || rt.Object == "" || (rt.Action == "") != (rt.Object == Public || rt.Object == Self) {
			panic("web: route " + rt.Method + " " + rt.Path + " needs an object, an action and a handler")
		}
		switch rt.Method {
		case fiber.MethodGet:
			s.App.Get(rt.Path, s.guard(rt))
		case fiber.MethodPost:
			s.App.Post(rt.Path, s.guard(rt))
		default:
			panic("web: route " + rt.Method + " " + rt.Path + ": only GET and POST")
		}
		s.routes = append(s.routes, rt)
	}
}

// Routes are all mounted routes: the permission map, for its test.
func (s *Server) Routes() []Route { return slices.Clone(s.routes) }

// compareRoutes puts fixed segments before parameters, so that /login is not
// taken for a community.
func compareRoutes(a, b string) int {
	as, bs := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(as), len(bs)) {
		av, bv := strings.ContainsAny(as[i], ":*"), strings.ContainsAny(bs[i], ":*")
		if av != bv {
			if av {
				return 1
			}
			return -1
		}
		if c := cmp.Compare(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// guard asks, in this order: is there such a community, may this person be
// here, did the form come from us. Only then the handler runs.
func (s *Server) guard(rt Route) fiber.Handler {
	office := rt.Path == "/admin" || strings.HasPrefix(rt.Path, "/admin/")
	hasCommunity := strings.Contains(rt.Path, "/:community")
	return func(c *fiber.Ctx) error {
		r := of(c)
		r.route, r.public = rt.Path, rt.Object == Public
		if err := rt.bodyFits(c); err != nil {
			return err
		}
		if hasCommunity {
			community, err := s.opt.Community(c.UserContext(), c.Params("community"))
			if err != nil {
				return err
			}
			r.community = community
		}
		if err := s.permit(c, r, rt, office); err != nil {
			return err
		}
		if rt.Method == fiber.MethodPost {
			if rt.Upload {
				slower(c, r)
			}
			if rt.Machine {
				r.asked = true // whoever is logged in: a page of elsewhere may have sent it
			} else if err := r.checkPost(c, rt.Tokenless); err != nil {
				return err
			}
		}
		return rt.Handle(c)
	}
}

func (s *Server) permit(c *fiber.Ctx, r *request, rt Route, office bool) error {
	if office && !s.opt.AuthzFresh() {
		return problem.New(problem.Unavailable, "error.authz", nil).Because("authz: stale")
	}
	if rt.Object == Public {
		return nil
	}
	actor, err := r.readActor(c)
	if err != nil {
		return err
	}
	if actor.UserID == 0 && (office || rt.Object == Self) {
		return problem.New(problem.Unauthorized, "error.login", nil)
	}
	if office && !actor.SecondFactor {
		return &needsSecondFactor{}
	}
	if rt.Object == Self {
		return nil
	}
	return s.opt.May(actor, r.community, rt.Object, rt.Action, r.now)
}

// needsSecondFactor sends an officer to the code page.
type needsSecondFactor struct{}

func (*needsSecondFactor) Error() string { return "second factor needed" }

// bodyFits refuses by the announced length, before the body is read.
func (rt Route) bodyFits(c *fiber.Ctx) error {
	limit := formBody
	if rt.Upload {
		limit = uploadBody
	}
	if c.Request().Header.ContentLength() > limit {
		c.Context().SetConnectionClose()
		return problem.New(problem.TooLarge, "error.toolarge", problem.Args{"mib": limit >> 20})
	}
	return nil
}

// slower gives an upload more time than other requests have.
func slower(c *fiber.Ctx, r *request) {
	if conn := c.Context().Conn(); conn != nil {
		_ = conn.SetReadDeadline(r.now.Add(uploadTimeout)) // a closed connection shows itself on reading
	}
}

// May asks the policy about something on a page: whether to show a button. The
// use case asks again.
func May(c *fiber.Ctx, object, action string) bool {
	r := of(c)
	return r.s.opt.May(ActorOf(c), r.community, object, action, r.now) == nil
}
