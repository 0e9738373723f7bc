package store

import (
	"context"

	"juwu/models"
)

// AssemblyWaiting is what the assembly asks of a resident today.
type AssemblyWaiting struct {
	Session *models.AssemblySession // in session with the reader on its list, or called and theirs to come to
	Line    *models.SessionVoter    // the reader's line while it is in session
	Voting  *models.SessionItem     // being voted, and the reader has not voted yet
	Title   string                  // of the matter being voted
	Comment []models.Matter         // open for comment, and the reader has said nothing
}

// AssemblyWaiting gathers it in a constant number of queries; nothing for
// whoever is not on the roll. At most so many matters to comment on, those that
// end first.
func (t *Tenant) AssemblyWaiting(ctx context.Context, actor models.Actor, day models.Date, most int) (*AssemblyWaiting, error) {
	w := &AssemblyWaiting{}
	if _, known := actor.Resident(t.Community.ID); !known {
		return w, nil
	}
	err := t.db(ctx).Where("state IN ? AND comment_until >= ? AND id NOT IN (?)", []models.MatterState{models.MatterOpen, models.MatterListed}, day,
		t.db(ctx).Model(&models.MatterComment{}).Select("matter_id").Where("user_id = ?", actor.UserID)).
		Order("comment_until, id").Limit(most).Find(&w.Comment).Error
	if err != nil {
		return nil, err
	}
	s, err := t.NextSession(ctx, day)
	if err != nil || s == nil {
		return w, err
	}
	if s.State == models.SessionCalled {
		theirs, err := t.calledFor(ctx, actor, s)
		if theirs {
			w.Session = s
		}
		return w, err
	}
	if w.Line, err = t.MyLine(ctx, actor, s.ID); err != nil || w.Line == nil {
		return w, err
	}
	w.Session = s
	return w, t.votingNow(ctx, w)
}

// calledFor tells whether a meeting that was called is for the actor to come
// to. The list is made when it opens; a group's is not guessed before.
func (t *Tenant) calledFor(ctx context.Context, actor models.Actor, s *models.AssemblySession) (bool, error) {
	switch s.Mode {
	case models.ByAdults, models.ByHouseholds:
		return true, nil
	case models.ByReps:
		link, _ := actor.Resident(t.Community.ID)
		var rows []models.Mandate
		err := t.db(ctx).Where("post = ? AND state = ? AND (user_id = ? OR resident_id = ?)", models.SitsRep, models.MandateServing, actor.UserID, link.ResidentID).Limit(1).Find(&rows).Error
		return len(rows) > 0 && rows[0].InOffice(s.Day), err
	}
	return false, nil
}

// votingNow finds the vote that waits for the reader's line.
func (t *Tenant) votingNow(ctx context.Context, w *AssemblyWaiting) error {
	var items []models.SessionItem
	if err := t.db(ctx).Where("session_id = ? AND state = ?", w.Session.ID, models.ItemOpen).Limit(1).Find(&items).Error; err != nil || len(items) == 0 {
		return err
	}
	voted, err := t.VotedItems(ctx, w.Session.ID, w.Line.ID)
	if err != nil || voted[items[0].ID] {
		return err
	}
	m, err := matterByID(t.db(ctx), items[0].MatterID)
	if err != nil {
		return err
	}
	w.Voting, w.Title = &items[0], m.Title
	return nil
}
