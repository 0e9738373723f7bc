-- Lists of a building, what is proposed to the street, and the roll's own history.
CREATE INDEX residents_building ON residents (community_id, building_id, state, id);
CREATE INDEX resident_links_state ON resident_links (community_id, state, id);
CREATE TABLE IF NOT EXISTS proposals (community_id {{.ID}}, id {{.ID}}, state VARCHAR(16) NOT NULL, role VARCHAR(32) NOT NULL, name VARCHAR(100) NOT NULL, phone_seal {{.Blob}}, grid_id {{.Int}}, from_day {{.Day}}, until_day {{.Day}}, decision VARCHAR(200) NOT NULL, portfolio VARCHAR(200) NOT NULL, by_user_id {{.ID}}, by_name VARCHAR(100) NOT NULL, answer VARCHAR(400) NOT NULL, decided_by {{.Int}}, created_at {{.Time}}, decided_at {{.TimeNull}}, PRIMARY KEY (community_id, id)) {{.Options}};
CREATE INDEX proposals_state ON proposals (community_id, state, id);
