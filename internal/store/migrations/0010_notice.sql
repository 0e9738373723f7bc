-- Notices that name people, and what a withdrawal leaves; calls to disclose; a
-- claim threshold that waits for the street.
ALTER TABLE notices ADD COLUMN personal {{.Bool}};
ALTER TABLE notices ADD COLUMN text_hash {{.Hash}};
ALTER TABLE notices ADD COLUMN withdrawn_at {{.TimeNull}};
CREATE INDEX notices_published ON notices (community_id, state, published_at);
CREATE TABLE IF NOT EXISTS disclosure_calls (community_id {{.ID}}, id {{.ID}}, item_id {{.ID}}, period VARCHAR(10) NOT NULL, kind VARCHAR(16) NOT NULL, text VARCHAR(1000) NOT NULL, due_day {{.Day}}, by_user_id {{.Int}}, by_name VARCHAR(100) NOT NULL, created_at {{.Time}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, item_id, period, kind)) {{.Options}};
ALTER TABLE communities ADD COLUMN proposed_threshold_fen {{.Int}};
ALTER TABLE communities ADD COLUMN proposed_by {{.Int}};
