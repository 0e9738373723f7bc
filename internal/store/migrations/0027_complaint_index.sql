-- Everything of an inbox, the newest first, without reading what is closed: an index for each way of knowing of a case, and for what it is filtered by.
CREATE INDEX complaints_all_category ON complaints (community_id, category, about, id);
CREATE INDEX complaints_all_grid ON complaints (community_id, grid_id, about, id);
CREATE INDEX complaints_all_owner ON complaints (community_id, owner_kind, owner_id, about, id);
CREATE INDEX complaints_all_first ON complaints (community_id, first_kind, first_id, about, id);
CREATE INDEX complaints_all_about ON complaints (community_id, about, id);
CREATE INDEX complaints_all_reopened ON complaints (community_id, reopened, about, id);
CREATE INDEX complaints_all_escalated ON complaints (community_id, escalated_to, about, id);
CREATE INDEX complaints_merged ON complaints (community_id, merged_into);
CREATE INDEX complaints_split ON complaints (community_id, split_from);
