-- Which decision of the assembly formed the electoral committee.
ALTER TABLE elections ADD COLUMN decision_id BIGINT NOT NULL DEFAULT 0;
