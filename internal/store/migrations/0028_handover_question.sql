-- What another system asks about a case, and what it was answered.
ALTER TABLE handover_targets ADD COLUMN questions {{.Blob}};
ALTER TABLE complaint_handovers ADD COLUMN answers_seal {{.Blob}};
