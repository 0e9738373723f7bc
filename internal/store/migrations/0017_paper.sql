-- Documents beside pictures.
ALTER TABLE attachments ADD COLUMN pages {{.Int}};
