-- A person's first page counts what is unread: without this it would walk
-- through every letter they ever got.
CREATE INDEX inbox_unread ON inbox_messages (user_id, read_at);
