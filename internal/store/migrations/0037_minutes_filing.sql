-- How the sending of published minutes to each of the street's systems stands.
CREATE TABLE IF NOT EXISTS minutes_filings (community_id {{.ID}}, id {{.ID}}, meeting_id {{.ID}}, minutes_id {{.ID}}, target_id {{.ID}}, target_name VARCHAR(120) NOT NULL, outbox_id {{.ID}}, state VARCHAR(16) NOT NULL, tries {{.Int}}, tried_at {{.TimeNull}}, error VARCHAR(40) NOT NULL, note VARCHAR(1000) NOT NULL, by_name VARCHAR(100) NOT NULL, created_at {{.Time}}, updated_at {{.Time}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, minutes_id, target_id)) {{.Options}};
CREATE INDEX minutes_filings_meeting ON minutes_filings (community_id, meeting_id);
CREATE INDEX minutes_filings_outbox ON minutes_filings (outbox_id);
CREATE INDEX minutes_filings_state ON minutes_filings (community_id, state);
