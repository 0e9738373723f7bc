-- Who is a relative of whom, as far as the law keeps relatives apart (art. 8, 15, 36).
CREATE TABLE IF NOT EXISTS kinships (community_id {{.ID}}, id {{.ID}}, user_id {{.Int}}, resident_id {{.Int}}, other_user_id {{.Int}}, other_resident_id {{.Int}}, kin VARCHAR(16) NOT NULL, pair VARCHAR(64), source VARCHAR(16) NOT NULL, evidence VARCHAR(400) NOT NULL, from_day {{.Day}}, until_day {{.Day}}, by_user_id {{.ID}}, by_name VARCHAR(100) NOT NULL, end_reason VARCHAR(400) NOT NULL, ended_by {{.Int}}, ended_name VARCHAR(100) NOT NULL, created_at {{.Time}}, ended_at {{.TimeNull}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, pair)) {{.Options}};
CREATE INDEX kinships_user ON kinships (community_id, user_id);
CREATE INDEX kinships_resident ON kinships (community_id, resident_id);
CREATE INDEX kinships_other_user ON kinships (community_id, other_user_id);
CREATE INDEX kinships_other_resident ON kinships (community_id, other_resident_id);
