package policy

import "juwu/models"

// woman keeps a seat for a woman (art. 8: 应当有妇女成员): if none is among the
// members, the last seat of the lowest post goes to the woman with the most
// votes who has enough of them; if there is none, that seat stays open for her.
func (r *Result) woman(p Poll, rules Rules) {
	if rules.Choice("woman.seat") == "off" {
		return
	}
	for _, s := range p.Sitting {
		if s.Woman {
			return
		}
	}
	last := -1
	for i, s := range r.Scores {
		if s.Elected && s.Woman {
			r.Lines = append(r.Lines, ResultLine{Key: "election.result.woman", Source: "CL8", OK: true, Name: s.Name})
			return
		}
		if s.Elected && s.Post == models.PostMember && (last < 0 || s.For <= r.Scores[last].For) {
			last = i
		}
	}
	if last < 0 || len(r.Ties) > 0 || p.Kind == models.ElectionTie || rules.Choice("woman.seat") == "separate" {
		r.WomanOpen = true // nobody loses a seat to her while a further vote may still give her one
		r.Lines = append(r.Lines, ResultLine{Key: "election.result.nowoman", Source: "CL8"})
		return
	}
	for i, s := range r.Scores {
		if s.Woman && s.Enough && s.Post == models.PostMember && s.Out == "" && !r.kinOfSeated(p, s.Resident, last) {
			r.Scores[i].Elected = true
			r.Scores[last].Elected, r.Scores[last].Out = false, "election.result.out.woman"
			r.Lines = append(r.Lines, ResultLine{Key: "election.result.woman", Source: "CL8", OK: true, Name: s.Name})
			return
		}
	}
	if full := seatsOf(p.Posts, models.PostMember); r.elected(models.PostMember) >= full && full > 0 {
		r.Scores[last].Elected, r.Scores[last].Out = false, "election.result.out.woman"
	}
	r.WomanOpen = true
	r.Lines = append(r.Lines, ResultLine{Key: "election.result.nowoman", Source: "CL8"})
}

// kinOfSeated tells whether somebody is a near relative of a member other than
// the one whose seat they would take.
func (r *Result) kinOfSeated(p Poll, resident models.ID, except int) bool {
	if p.Kin == nil {
		return false
	}
	for i, s := range r.Scores {
		if i != except && s.Elected && p.Kin(resident, s.Resident) {
			return true
		}
	}
	for _, s := range p.Sitting {
		if p.Kin(resident, s.Resident) {
			return true
		}
	}
	return false
}

func seatsOf(posts []models.ElectionPost, post models.Post) int {
	for _, p := range posts {
		if p.Post == post {
			return p.Seats
		}
	}
	return 0
}
