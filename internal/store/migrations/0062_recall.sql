-- +goose Up
-- Signatures of household representatives are counted among themselves (art. 20).
ALTER TABLE recalls ADD COLUMN house_signs BIGINT NOT NULL DEFAULT 0;
ALTER TABLE recalls ADD COLUMN needed_houses BIGINT NOT NULL DEFAULT 0;
