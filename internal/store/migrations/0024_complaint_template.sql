-- A prepared refusal says all that a refusal has to say.
ALTER TABLE complaint_templates ADD COLUMN reason VARCHAR(16) NOT NULL DEFAULT '';
ALTER TABLE complaint_templates ADD COLUMN go_to VARCHAR(80) NOT NULL DEFAULT '';
ALTER TABLE complaint_templates ADD COLUMN contact VARCHAR(80) NOT NULL DEFAULT '';
