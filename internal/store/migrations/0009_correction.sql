-- What a person asks to have corrected in their own record (PIPL art. 46).
CREATE TABLE IF NOT EXISTS corrections (community_id {{.ID}}, id {{.ID}}, user_id {{.ID}}, resident_id {{.Int}}, state VARCHAR(16) NOT NULL, wish {{.Blob}}, answer VARCHAR(400) NOT NULL, due_day {{.Day}}, decided_by {{.Int}}, decided_name VARCHAR(100) NOT NULL, created_at {{.Time}}, decided_at {{.TimeNull}}, PRIMARY KEY (community_id, id)) {{.Options}};
CREATE INDEX corrections_state ON corrections (community_id, state, id);
CREATE INDEX corrections_user ON corrections (user_id, id);
