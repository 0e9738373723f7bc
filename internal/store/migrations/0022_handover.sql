-- Hand-over of cases to other systems, and clients that file by Open311.
ALTER TABLE handover_targets ADD COLUMN officials {{.Bool}};
ALTER TABLE handover_targets ADD COLUMN with_names {{.Bool}};
ALTER TABLE handover_targets ADD COLUMN mapping VARCHAR(2000) NOT NULL DEFAULT '';
ALTER TABLE handover_targets ADD COLUMN services VARCHAR(4000) NOT NULL DEFAULT '';
ALTER TABLE handover_targets ADD COLUMN check_at {{.TimeNull}};
ALTER TABLE handover_targets ADD COLUMN checked_at {{.TimeNull}};
ALTER TABLE handover_targets ADD COLUMN check_error VARCHAR(40) NOT NULL DEFAULT '';
ALTER TABLE complaint_handovers ADD COLUMN attempts {{.Int}};
ALTER TABLE complaint_handovers ADD COLUMN error VARCHAR(40) NOT NULL DEFAULT '';
ALTER TABLE complaint_handovers ADD COLUMN by_user_id {{.Int}};
ALTER TABLE complaint_handovers ADD COLUMN taken_number VARCHAR(80);
CREATE TABLE IF NOT EXISTS open311_filings (community_id {{.ID}}, id {{.ID}}, case_id {{.ID}}, key_id {{.ID}}, created_at {{.Time}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, case_id)) {{.Options}};
CREATE UNIQUE INDEX complaint_handovers_number ON complaint_handovers (community_id, target_id, taken_number);
CREATE INDEX complaints_when ON complaints (community_id, public, received_at, id);
