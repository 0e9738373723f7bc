package store

import (
	"context"

	"juwu/internal/problem"
	"juwu/models"
)

// A case can lead to a meeting: an officer who has the case calls one, or joins
// it to one that is called. Both sides show it once the meeting is public, the
// public side only where the case is public too; what came of the meeting goes
// back to the case's timeline.

// linkMeeting is the kind of a case's link to a meeting.
const linkMeeting = "meeting"

// caseFor refuses a case that the actor does not work with, and one about
// officials: it leads to nothing public (G3 rule 8).
func (tx *Tx) caseFor(id models.ID) error {
	k, err := tx.officeCase(id)
	if err == nil && k.About != models.AboutNobody {
		err = problem.New(problem.NotFound, "page.notfound", nil).Because("case: about officials")
	}
	return err
}

// linkCase shows a public meeting on its case.
func (tx *Tx) linkCase(m *models.CivicMeeting) error {
	if m.CaseID == 0 {
		return nil
	}
	l := models.ComplaintLink{Kind: linkMeeting, RefID: m.ID, Title: m.Title, Href: meetingPath(tx.Community, m.ID)}
	err := tx.LinkComplaint(m.CaseID, l, tx.deskRole())
	if problem.Is(err, problem.NotFound) { // it has become a case about officials since
		return nil
	}
	return err
}

// tellCase notes on the case what became of its meeting.
func (tx *Tx) tellCase(m *models.CivicMeeting, text string) error {
	if m.CaseID == 0 {
		return nil
	}
	err := tx.AppendToCase(m.CaseID, Step{Action: "link", Text: text, Role: tx.deskRole()})
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	return err
}

// LinkMeeting joins a case to a meeting that is called and has none yet.
// Refusals: Forbidden, NotFound for a case that is not the actor's, Conflict.
func (t *Tenant) LinkMeeting(ctx context.Context, actor models.Actor, kase, meeting models.ID) error {
	return t.Write(ctx, actor, func(tx *Tx) error {
		if err := tx.May("meeting", "create"); err != nil {
			return err
		}
		if err := tx.caseFor(kase); err != nil {
			return err
		}
		m, err := meetingByID(tx.DB, meeting)
		if err != nil {
			return err
		}
		err = Changed(tx.Model(&models.CivicMeeting{}).Where("id = ? AND state = ? AND case_id = 0", meeting, models.MeetingCalled).UpdateColumn("case_id", kase))
		if err != nil {
			return err
		}
		m.CaseID = kase
		tx.Audit("meeting.case", meeting, nil)
		tx.Touch(subjectMeetings)
		return tx.linkCase(m)
	})
}

// MeetingCase is the case that led to a meeting, for an officer who may see it;
// nil for all others.
func (t *Tenant) MeetingCase(ctx context.Context, actor models.Actor, m *models.CivicMeeting) (*models.Complaint, error) {
	if m.CaseID == 0 {
		return nil, nil
	}
	v, err := t.OfficeCase(ctx, actor, m.CaseID)
	switch {
	case problem.Is(err, problem.NotFound), problem.Is(err, problem.Forbidden):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &v.Complaint, nil
}

// PublicMeetingCase is the case that led to a meeting if everybody may read it;
// nil otherwise.
func (t *Tenant) PublicMeetingCase(ctx context.Context, m *models.CivicMeeting) (*models.Complaint, error) {
	if m.CaseID == 0 {
		return nil, nil
	}
	var rows []models.Complaint
	err := t.db(ctx).Where("id = ? AND public = ? AND about = ''", m.CaseID, true).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}
