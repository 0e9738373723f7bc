-- +goose Up
-- Whose seal stands under a notice, where it is not the residents' committee's.
ALTER TABLE notices ADD COLUMN issuer VARCHAR(24) NOT NULL DEFAULT '';
