-- Which tablet gave out a ballot: sending again what was not answered is no second voter.
ALTER TABLE voters ADD COLUMN used_key VARCHAR(40) NOT NULL DEFAULT '';
CREATE INDEX voters_proxy ON voters (community_id, election_id, proxy_id);
ALTER TABLE elected_members ADD COLUMN ended_at {{.TimeNull}};
