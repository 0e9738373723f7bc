-- The last day that somebody was reminded of.
ALTER TABLE complaints ADD COLUMN reminded {{.Day}};
