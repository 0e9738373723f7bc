-- Keys that signed the heads of boards and are not used any more; each has signed the one that follows.
CREATE TABLE IF NOT EXISTS ballot_keys (id VARCHAR(64) NOT NULL, next {{.Hash}}, signature {{.Blob}}, PRIMARY KEY (id)) {{.Options}};
