-- Whether what is due is out is kept with the meeting: lists say what is late
-- without counting. A changed notice hangs anew at every entrance.
ALTER TABLE civic_meetings ADD COLUMN answered {{.Int}};
ALTER TABLE civic_meetings ADD COLUMN minutes_at {{.TimeNull}};
UPDATE civic_meetings SET answered = (SELECT COUNT(*) FROM meeting_opinions o WHERE o.community_id = civic_meetings.community_id AND o.meeting_id = civic_meetings.id AND o.answered_at IS NOT NULL);
UPDATE civic_meetings SET minutes_at = (SELECT MIN(m.published_at) FROM minutes m WHERE m.community_id = civic_meetings.community_id AND m.meeting_id = civic_meetings.id);
ALTER TABLE meeting_postings ADD COLUMN revision {{.Int}};
ALTER TABLE appraisals ADD COLUMN unsigned_why VARCHAR(1000) NOT NULL DEFAULT '';
