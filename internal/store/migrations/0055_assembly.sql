-- A demand for an audit goes to the street; matters are found by the meeting
-- that prepared them.
ALTER TABLE petitions ADD COLUMN handed_at {{.TimeNull}};
ALTER TABLE petitions ADD COLUMN handed_by VARCHAR(100) NOT NULL DEFAULT '';
ALTER TABLE petitions ADD COLUMN audit_text VARCHAR(4000) NOT NULL DEFAULT '';
ALTER TABLE petitions ADD COLUMN audit_by VARCHAR(100) NOT NULL DEFAULT '';
ALTER TABLE petitions ADD COLUMN audited_at {{.TimeNull}};
CREATE INDEX matters_meeting_id ON matters (community_id, meeting_id, id);
