-- Rows of an uploaded list about volunteers between upload and confirmation.
CREATE TABLE IF NOT EXISTS list_rows (community_id {{.ID}}, id {{.ID}}, import_id {{.ID}}, line {{.Int}}, action VARCHAR(10) NOT NULL, data_seal {{.Blob}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, import_id, line)) {{.Options}};
CREATE INDEX service_hours_import ON service_hours (community_id, import_id, state, id);
