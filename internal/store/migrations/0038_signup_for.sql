-- The login of somebody whom a relative of another household signed up.
ALTER TABLE meeting_signups ADD COLUMN for_user {{.Int}};
CREATE INDEX meeting_signups_for ON meeting_signups (for_user);
