package store

import (
	"encoding/json"
	"strconv"
	"strings"

	"juwu/models"
	"juwu/policy"
)

// Lists in notices: who is who, in the words of documents.

func word(key string) string { return policy.NoticeWord(key) }

func (tx *Tx) valuesOfPeople(e *models.Election, v map[string]string) error {
	posts, err := postsOf(tx.DB, e.ID)
	if err != nil {
		return err
	}
	var seats []string
	for _, p := range posts {
		seats = append(seats, word("post."+string(p.Post))+" "+strconv.Itoa(p.Seats)+" "+word("person"))
	}
	v["posts"] = strings.Join(seats, word("sep"))
	var members []models.ElectoralMember
	if err := tx.Where("election_id = ?", e.ID).Order("`rank`").Find(&members).Error; err != nil {
		return err
	}
	names := map[models.ID]string{}
	var serving, waiting, changes []string
	for _, m := range members {
		names[m.ID] = m.Name
		switch m.State {
		case models.ElectoralServing:
			serving = append(serving, word("seat."+string(m.Seat))+word("colon")+m.Name)
		case models.ElectoralWaiting:
			waiting = append(waiting, m.Name)
		case models.ElectoralLeft:
			changes = append(changes, m.Name+word("left"))
		}
	}
	for _, m := range members {
		if m.ReplacesID != 0 {
			changes = append(changes, m.Name+word("follows")+word("open")+names[m.ReplacesID]+word("close"))
		}
	}
	v["members"], v["substitutes"], v["changes"] = strings.Join(serving, "\n"), strings.Join(waiting, word("sep")), strings.Join(changes, "\n")
	var corrections []models.RollCorrection
	if err := tx.Where("election_id = ?", e.ID).Order("id").Limit(300).Find(&corrections).Error; err != nil {
		return err
	}
	v["corrections"] = lines(corrections, func(c models.RollCorrection) string { return word("kind."+c.Kind) + word("colon") + c.Text })
	if e.Mode == models.ModeVoters {
		return nil
	}
	var electors []models.Voter
	if err := tx.Where("election_id = ? AND elector = ?", e.ID, true).Order("number").Limit(3000).Find(&electors).Error; err != nil {
		return err
	}
	v["electors_list"] = lines(electors, func(x models.Voter) string { return strings.TrimSpace(x.Name + " " + x.Building) })
	return nil
}

func lines[T any](rows []T, one func(T) string) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = one(r)
	}
	return strings.Join(out, "\n")
}

func (tx *Tx) valuesOfCandidates(e *models.Election, v map[string]string) error {
	rows, err := candidatesOf(tx.DB, e.ID, liveCandidates...)
	if err != nil {
		return err
	}
	var initial, formal []string
	for _, c := range rows {
		line := word("post."+string(c.Post)) + word("colon") + c.Name
		if initial = append(initial, line); c.State == models.CandidateFormal {
			formal = append(formal, line)
		}
	}
	v["initial"], v["candidates"] = strings.Join(initial, "\n"), strings.Join(formal, "\n")
	return nil
}

func (tx *Tx) valuesOfPolls(e *models.Election, v map[string]string) error {
	var stations []models.PollingStation
	if err := tx.Where("election_id = ?", e.ID).Order("id").Find(&stations).Error; err != nil {
		return err
	}
	v["stations"] = lines(stations, func(s models.PollingStation) string {
		return strings.TrimSpace(s.Name + word("colon") + s.Place + " " + s.Hours)
	})
	var mobiles []models.ID
	for _, s := range stations {
		if s.Kind == models.StationMobile {
			mobiles = append(mobiles, s.ID)
			v["approval"] = s.Approval
		}
	}
	var moved []models.Voter
	if err := tx.Where("election_id = ? AND station_id IN ?", e.ID, orNone(mobiles)).Order("number").Find(&moved).Error; err != nil {
		return err
	}
	v["mobile"] = lines(moved, func(x models.Voter) string { return x.Name + word("open") + x.MobileReason + word("close") })
	var staff []models.PollStaff
	if err := tx.Where("election_id = ? AND ended_at IS NULL", e.ID).Order("duty, id").Find(&staff).Error; err != nil {
		return err
	}
	var people, writers []string
	for _, s := range staff {
		line := word("duty."+string(s.Duty)) + word("colon") + s.Name
		if s.Duty == models.DutyWriter {
			writers = append(writers, s.Name)
		} else {
			people = append(people, line)
		}
	}
	v["staff"], v["writers"] = strings.Join(people, "\n"), strings.Join(writers, word("sep"))
	proxies, err := proxiesOf(tx.DB, e.ID, models.ProxyApproved)
	v["proxies"] = lines(proxies, func(p ProxyView) string { return p.For + word("by") + p.By })
	return err
}

func (tx *Tx) valuesOfResult(e *models.Election, v map[string]string) error {
	if len(e.Result) == 0 {
		return nil
	}
	var r policy.Result
	if err := json.Unmarshal(e.Result, &r); err != nil {
		return err
	}
	num := strconv.Itoa
	out := []string{policy.FillNotice(word("turnout"), map[string]string{"electors": num(r.Electors), "participants": num(r.Participants), "issued": num(r.Issued),
		"valid": num(r.ValidBallots), "invalid": num(r.Invalid), "blank": num(r.Blank)}), word("void")}
	if r.Valid {
		out[1] = word("valid")
	}
	var elected, again []string
	for _, s := range r.Scores {
		out = append(out, word("post."+string(s.Post))+word("colon")+s.Name+" "+num(s.For)+" "+word("votes"))
		if s.Elected {
			elected = append(elected, word("post."+string(s.Post))+word("colon")+s.Name)
		}
	}
	for _, s := range policy.RunoffCandidates(r, policy.ReadRules(e)) {
		again = append(again, word("post."+string(s.Post))+word("colon")+s.Name)
	}
	v["result"], v["elected"], v["runoff"] = strings.Join(out, "\n"), strings.Join(elected, "\n"), strings.Join(again, "\n")
	return nil
}
