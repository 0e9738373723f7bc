package policy

import (
	"juwu/models"
)

// posts is what is known of appointments, arranged for one question: which
// roles has this user in this community today?
type posts struct {
	version uint64
	above   map[models.ID][2]models.ID // a region's street and district, or its district
	byUser  map[models.ID][]post
}

type post struct {
	region      models.ID
	role        RoleSet
	from, until models.Date // until "" = no end known
	deputyFor   models.ID
}

// SetAppointments takes over the appointments and the region tree as of a
// version of the database's counter. An older version than the one held is
// ignored: two pollers may finish in the wrong order, and a right that was
// taken away must not come back. It reports whether it was taken over.
func (g *Guard) SetAppointments(appointments []models.Appointment, regions []models.Region, version uint64) bool {
	g.setting.Lock()
	defer g.setting.Unlock()
	if held := g.posts.Load(); held != nil && version < held.version {
		return false
	}
	parent := make(map[models.ID]models.Region, len(regions))
	for _, r := range regions {
		parent[r.ID] = r
	}
	p := &posts{version: version, above: map[models.ID][2]models.ID{}, byUser: make(map[models.ID][]post, len(appointments)/2)}
	for _, r := range regions {
		if r.Level == models.LevelCommunity {
			street := r.ParentID
			p.above[r.ID] = [2]models.ID{street, parent[street].ParentID}
		} else if r.Level == models.LevelStreet {
			p.above[r.ID] = [2]models.ID{r.ParentID, 0} // posts of the street itself are the district's to give
		}
	}
	for _, a := range appointments {
		region, known := parent[a.RegionID]
		if !known || a.UserID == 0 || !HeldAt(a.Role, region.Level) || !a.From.Valid() || a.Until != "" && !a.Until.Valid() {
			continue // a post in the wrong place or without a first day gives nothing
		}
		p.byUser[a.UserID] = append(p.byUser[a.UserID], postOf(a))
	}
	g.posts.Store(p)
	return true
}

func postOf(a models.Appointment) post {
	until := a.Until
	if a.EndedAt != nil {
		// An ended appointment holds no more on the day of its end.
		if last := models.DateOf(*a.EndedAt).AddDays(-1); until == "" || last < until {
			until = last
		}
	}
	return post{a.RegionID, roleBit[a.Role], a.From, until, a.DeputyFor}
}

// within tells whether a post of the region counts in the community: there, or
// above it. Community 0 stands for anywhere.
func (p *posts) within(community, region models.ID) bool {
	if community == 0 || region == community {
		return true
	}
	above, known := p.above[community]
	return known && (region == above[0] || region == above[1]) // no post has region 0
}

func (p *post) holds(day models.Date) bool {
	return p.from <= day && (p.until == "" || day <= p.until)
}

// Version of the appointments held; 0 before the first.
func (g *Guard) Version() uint64 {
	if p := g.posts.Load(); p != nil {
		return p.version
	}
	return 0
}

// Roles the user holds by appointment in the community on the day: its own, and
// those of its street and its district. It may also be asked about a street or
// a district. Community 0 asks for those held anywhere.
func (g *Guard) Roles(user, community models.ID, day models.Date) RoleSet {
	if g == nil || user == 0 {
		return 0
	}
	p := g.posts.Load()
	if p == nil {
		return 0
	}
	mine := p.byUser[user]
	var s RoleSet
	for i := range mine {
		if post := &mine[i]; s&post.role == 0 && p.within(community, post.region) && post.holds(day) {
			s |= post.role
		}
	}
	return s
}

// RolesOf adds to the appointments what the actor is by the way they come:
// visitor, person, resident of the community, or the program itself.
func (g *Guard) RolesOf(actor models.Actor, community *models.Community, day models.Date) RoleSet {
	var id models.ID
	if community != nil {
		id = community.ID
	}
	s := asking(actor, id)
	if actor.System {
		return s
	}
	return s | g.Roles(actor.UserID, id, day)
}

// DeputyFor is whom the user stands in for in a role of the community on the
// day; 0 if nobody, or if the role is the user's own.
func (g *Guard) DeputyFor(user, community models.ID, role models.Role, day models.Date) models.ID {
	p := g.posts.Load()
	if p == nil {
		return 0
	}
	var principal models.ID
	mine := p.byUser[user]
	for i := range mine {
		post := &mine[i]
		if post.region != community || !post.role.Has(role) || !post.holds(day) {
			continue
		}
		if post.deputyFor == 0 {
			return 0
		}
		principal = post.deputyFor
	}
	return principal
}
