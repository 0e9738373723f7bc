-- +goose Up
-- Names of the people a group is filed with, sealed.
ALTER TABLE teams ADD COLUMN roster_seal {{.Blob}};
