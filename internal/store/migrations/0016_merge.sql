-- A record that turned out to be the same person as another one.
ALTER TABLE residents ADD COLUMN merged_into {{.Int}};
CREATE INDEX residents_merged_into ON residents (community_id, merged_into);
CREATE TABLE IF NOT EXISTS merges (community_id {{.ID}}, id {{.ID}}, kept_resident_id {{.ID}}, dropped_id {{.ID}}, taken VARCHAR(200) NOT NULL, reason VARCHAR(1000) NOT NULL, by_user_id {{.ID}}, by_name VARCHAR(100) NOT NULL, created_at {{.Time}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, dropped_id)) {{.Options}};
