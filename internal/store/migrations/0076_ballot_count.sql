-- Where paper may override: the count's own archive, and who signed for what it leaves out.
ALTER TABLE ballot_boards ADD COLUMN paper_over {{.Bool}};
ALTER TABLE ballot_boards ADD COLUMN overridden {{.Int}};
CREATE TABLE IF NOT EXISTS ballot_counts (community_id {{.ID}}, id {{.ID}}, board_id {{.ID}}, clock {{.Int}}, height {{.Int}}, head {{.Hash}}, last VARCHAR(32) NOT NULL, bytes {{.Int}}, signature {{.Blob}}, ballots {{.Int}}, counted {{.Int}}, copied {{.Int}}, excluded {{.Blob}}, left_out {{.Int}}, electoral_id {{.Int}}, electoral_name VARCHAR(100) NOT NULL, electoral_at {{.TimeNull}}, supervision_id {{.Int}}, supervision_name VARCHAR(100) NOT NULL, supervision_at {{.TimeNull}}, created_at {{.Time}}, PRIMARY KEY (community_id, id), UNIQUE (community_id, board_id)) {{.Options}};
