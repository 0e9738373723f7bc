package store

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"juwu/internal/problem"
	"juwu/models"
	"juwu/policy"
)

// ConfirmHeap is the watcher's act: the two sheets agree, or each difference was
// settled in front of them by counting again. It keeps the agreed numbers as a
// sheet of its own. A watcher is neither of the tellers (rule 7).
func (t *Tenant) ConfirmHeap(ctx context.Context, actor models.Actor, id, station models.ID, settled map[string]int, note string) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "tally", "confirm")
		if err != nil {
			return err
		}
		if err := tx.countable(e, station); err != nil {
			return err
		}
		heap, one, two, err := tx.twoSheets(id, station)
		if err != nil {
			return err
		}
		key := personKey(tx.Actor, tx.chain)
		for _, s := range heap.Sheets {
			if s.PersonKey == key || s.UserID == tx.Actor.UserID {
				return problem.New(problem.Forbidden, "election.tally.watcher", nil).Because("G3.7")
			}
		}
		contenders, err := contendersOf(tx.DB, id)
		if err != nil {
			return err
		}
		agreed, err := agree(one, two, settled, policy.TallyKeys(contenders), &note)
		if err != nil {
			return err
		}
		if err := tx.fits(id, agreed, contenders); err != nil {
			return err
		}
		if agreed.Ballots() != heap.Papers {
			return problem.New(problem.Conflict, "election.tally.papers", problem.Args{"n": agreed.Ballots(), "papers": heap.Papers})
		}
		s := models.TallySheet{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: station, Teller: models.TellerAgreed, UserID: tx.Actor.UserID, PersonKey: key,
			Name: tx.actorName(policy.RolePollWatcher), Way: "sheet", State: models.SheetOpen, CreatedAt: tx.Now, UpdatedAt: tx.Now}
		if err := tx.Create(&s).Error; err != nil {
			if duplicate(err) {
				return problem.New(problem.Conflict, "election.tally.confirmed", nil)
			}
			return err
		}
		if err := tx.handIn(&s, agreed, policy.TallyKeys(contenders)); err != nil {
			return err
		}
		tx.Audit("tally.confirm", station, map[string]int{"ballots": agreed.Ballots()})
		return tx.Create(&models.TallyConfirm{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: id, StationID: station, UserID: tx.Actor.UserID, Name: s.Name, Note: note, CreatedAt: tx.Now}).Error
	})
}

// fits refuses numbers that no heap can add up to, each in its line.
func (tx *Tx) fits(id models.ID, tally policy.Tally, contenders []policy.Contender) error {
	posts, err := postsOf(tx.DB, id)
	if err != nil {
		return err
	}
	var f problem.Form
	for _, fault := range policy.CheckSheet(tally, posts, contenders) {
		f.Add(fault.Key, "election.tally.fault", problem.Args{"n": fault.Have, "most": fault.Most})
	}
	return f.Err()
}

func (tx *Tx) twoSheets(id, station models.ID) (heap Heap, one, two policy.Tally, err error) {
	heaps, err := loadHeaps(tx.DB, id)
	if err != nil {
		return heap, nil, nil, err
	}
	for _, h := range heaps {
		if h.Station.ID == station {
			heap = h
		}
	}
	done := 0
	for _, s := range heap.Sheets {
		if s.State != models.SheetDone {
			continue
		}
		done++
		tally, err := sheetTally(tx.DB, s.ID)
		if err != nil {
			return heap, nil, nil, err
		}
		if s.Teller == models.TellerOne {
			one = tally
		} else {
			two = tally
		}
	}
	if done != 2 {
		return heap, nil, nil, problem.New(problem.TooEarly, "election.tally.two", nil).Because("G3.7")
	}
	return heap, one, two, nil
}

// agree takes what both have, and the settled number where they differ.
func agree(one, two policy.Tally, settled map[string]int, keys []string, note *string) (policy.Tally, error) {
	agreed := policy.Tally{}
	different := policy.Differences(one, two, keys)
	var f problem.Form
	for _, k := range keys {
		agreed[k] = one[k]
		if !slices.Contains(different, k) {
			continue
		}
		n, ok := settled[k]
		if !ok || n < 0 {
			f.Add(k, "election.tally.settle", nil)
			continue
		}
		agreed[k] = n
	}
	*note = cleanLine(*note)
	if len(different) > 0 && len([]rune(*note)) < leastReason {
		f.Add("note", "policy.reason", problem.Args{"n": leastReason})
	}
	return agreed, f.Err()
}

// ReturnSheets gives both sheets of a heap back to their tellers, to be counted
// again from the start. The sheet of somebody who counts no more, fallen ill or
// taken off, makes room for another teller.
func (t *Tenant) ReturnSheets(ctx context.Context, actor models.Actor, id, station models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "tally", "confirm")
		if err != nil {
			return err
		}
		if err := tx.countable(e, station); err != nil {
			return err
		}
		var gone []models.ID
		serving := tx.Model(&models.PollStaff{}).Select("user_id").Where("community_id = ? AND election_id = ? AND duty = ? AND ended_at IS NULL", tx.chain, id, models.DutyTeller)
		if err := tx.Model(&models.TallySheet{}).Where("station_id = ? AND teller <> ? AND user_id NOT IN (?)", station, models.TellerAgreed, serving).Pluck("id", &gone).Error; err != nil {
			return err
		}
		tx.Audit("tally.return", station, map[string]int{"freed": len(gone)})
		gone = orNone(gone)
		for _, of := range []any{&models.TallyLine{}, &models.PaperBallot{}} {
			if err := tx.Where("sheet_id IN ?", gone).Delete(of).Error; err != nil {
				return err
			}
		}
		if err := tx.Where("id IN ?", gone).Delete(&models.TallySheet{}).Error; err != nil {
			return err
		}
		tx.Touch("poll")
		return tx.Model(&models.TallySheet{}).Where("station_id = ? AND state = ?", station, models.SheetDone).
			Updates(map[string]any{"state": models.SheetOpen, "updated_at": tx.Now}).Error
	})
}

// poll gathers the facts of an election from the record.
func (tx *Tx) poll(e *models.Election) (policy.Poll, error) { return pollOf(tx.DB, e) }

func pollOf(db *gorm.DB, e *models.Election) (policy.Poll, error) {
	p := policy.Poll{Kind: e.Kind, Mode: e.Mode, Electors: e.Electors, Tally: policy.Tally{}}
	var err error
	if p.Posts, err = postsOf(db, e.ID); err != nil {
		return p, err
	}
	if p.Contenders, err = contendersOf(db, e.ID); err != nil {
		return p, err
	}
	heaps, err := loadHeaps(db, e.ID)
	if err != nil {
		return p, err
	}
	for _, h := range heaps {
		p.InBoxes += h.Papers
		for i := range h.Boxes {
			if b := &h.Boxes[i]; b.State != models.StationRejected {
				p.Issued += b.Issued
				p.Excess += policy.TestBox(b).Excess
			}
		}
		for _, s := range h.Sheets {
			if s.Teller == models.TellerAgreed {
				tally, err := sheetTally(db, s.ID)
				if err != nil {
					return p, err
				}
				p.Tally.Add(tally)
			}
		}
	}
	if len(e.EResult) > 0 {
		var electronic policy.Tally
		if err := json.Unmarshal(e.EResult, &electronic); err != nil {
			return p, err
		}
		p.Tally.Add(electronic)
		p.OnBoard, p.Electronic = electronic, electronic.Ballots()
		p.Issued += e.EVotes
	}
	if p.Sitting, err = sittingOf(db, e); err != nil {
		return p, err
	}
	p.Kin, err = kinOf(db, p)
	return p, err
}

// sittingOf are the members who stay while a child election is held: those whom
// the parent and its other votes elected.
func sittingOf(db *gorm.DB, e *models.Election) ([]policy.Seated, error) {
	if e.ParentID == 0 || e.Kind == models.ElectionRecall {
		return nil, nil
	}
	root := e
	for root.ParentID != 0 {
		parent, err := electionByID(db, root.ParentID)
		if err != nil {
			return nil, err
		}
		root = parent
	}
	family, err := familyOf(db, root.ID)
	if err != nil {
		return nil, err
	}
	var rows []models.ElectedMember
	err = db.Where("election_id IN ? AND election_id <> ? AND void_at IS NULL AND ended_at IS NULL", family, e.ID).Find(&rows).Error
	var out []policy.Seated
	for _, m := range rows {
		out = append(out, policy.Seated{Resident: m.ResidentID, Post: m.Post, Woman: m.Sex == "f"})
	}
	return out, err
}

// kinOf answers from the declared relatives of those it is about.
func kinOf(db *gorm.DB, p policy.Poll) (func(a, b models.ID) bool, error) {
	people := map[models.ID]bool{}
	for _, c := range p.Contenders {
		people[c.Resident] = true
	}
	for _, s := range p.Sitting {
		people[s.Resident] = true
	}
	near := map[[2]models.ID]bool{}
	for who := range people {
		if who == 0 {
			continue
		}
		relatives, err := relativesOf(db, models.Someone{ResidentID: who})
		if err != nil {
			return nil, err
		}
		for _, r := range relatives {
			if r.Near() && people[r.ResidentID] {
				near[[2]models.ID{who, r.ResidentID}], near[[2]models.ID{r.ResidentID, who}] = true, true
			}
		}
	}
	return func(a, b models.ID) bool { return near[[2]models.ID{a, b}] }, nil
}

// PreviewResult computes the result from what is entered so far.
func (t *Tenant) PreviewResult(ctx context.Context, e *models.Election) (policy.Result, error) {
	p, err := pollOf(t.db(ctx), e)
	if err != nil {
		return policy.Result{}, err
	}
	return policy.ComputeResult(p, policy.ReadRules(e)), nil
}

// SealResult is the chair's act: the result is computed from the agreed sheets,
// written with its fingerprint, and the winners with it. Afterwards only
// annulment is left.
func (t *Tenant) SealResult(ctx context.Context, actor models.Actor, id models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		e, err := tx.electionFor(id, "tally", "seal")
		if err != nil {
			return err
		}
		if err := tx.sealable(e); err != nil {
			return err
		}
		p, err := tx.poll(e)
		if err != nil {
			return err
		}
		r := policy.ComputeResult(p, policy.ReadRules(e))
		if e.Result, err = json.Marshal(r); err != nil {
			return err
		}
		now := tx.Now
		e.SealedAt, e.SealedBy, e.SealedName = &now, tx.Actor.UserID, tx.actorName(policy.RoleECChair)
		if e.Fingerprint, err = resultFingerprint(tx.DB, e); err != nil {
			return err
		}
		if err := tx.moveElection(e, "seal", "sealed_at", "sealed_by", "sealed_name", "result", "fingerprint"); err != nil {
			return err
		}
		if err := tx.elected(e, r); err != nil {
			return err
		}
		if err := tx.endStaff(id); err != nil {
			return err
		}
		tx.Audit("election.seal", id, map[string]any{"fingerprint": e.Fingerprint, "valid": r.Valid, "participants": r.Participants})
		tx.Touch("poll")
		if err := tx.stepDone(e, "result", ""); err != nil {
			return err
		}
		return tx.afterRecall(e, r)
	})
}

func (tx *Tx) sealable(e *models.Election) error {
	heaps, err := loadHeaps(tx.DB, e.ID)
	if err != nil {
		return err
	}
	confirmed := 0
	for _, h := range heaps {
		if h.Confirm != nil {
			confirmed++
		}
	}
	var envelopes int64
	if err := tx.Model(&models.ProvisionalBallot{}).Where("election_id = ? AND state = ?", e.ID, models.ProvisionalSealed).Count(&envelopes).Error; err != nil {
		return err
	}
	if e.Electronic && e.EVotes > 0 && len(e.EResult) == 0 {
		return problem.New(problem.TooEarly, "election.seal.electronic", nil)
	}
	return policy.MaySeal(len(heaps), confirmed, int(envelopes))
}

// elected writes the winners with the number of their certificate.
func (tx *Tx) elected(e *models.Election, r policy.Result) error {
	rank := 0
	for _, s := range r.Scores {
		if !s.Elected || e.Kind == models.ElectionRecall {
			continue
		}
		rank++
		who, err := whole(tx.DB, models.Someone{ResidentID: s.Resident})
		if err != nil {
			return err
		}
		n, err := tx.Next("certificate." + strconv.Itoa(tx.Day().Time().Year()))
		if err != nil {
			return err
		}
		sex := "m"
		if s.Woman {
			sex = "f"
		}
		m := models.ElectedMember{Tenant: models.Tenant{ID: tx.NewID()}, ElectionID: e.ID, ResidentID: s.Resident, UserID: who.UserID, Name: s.Name, Sex: sex, Post: s.Post,
			Votes: s.For, Rank: rank, Certificate: documentNumber(tx.Community.Name, "当选证", tx.Day().Time().Year(), n), CreatedAt: tx.Now} //words:allow a mark of official documents, stored once and never translated
		if err := tx.Create(&m).Error; err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) endStaff(id models.ID) error {
	var staff []models.PollStaff
	if err := tx.Where("election_id = ? AND ended_at IS NULL", id).Find(&staff).Error; err != nil {
		return err
	}
	for _, s := range staff {
		if err := tx.endElectionPost(s.AppointmentID); err != nil {
			return err
		}
	}
	return tx.Model(&models.PollStaff{}).Where("election_id = ? AND ended_at IS NULL", id).Update("ended_at", tx.Now).Error
}
