-- A visit that is sent twice is one: nobody visits a household twice a day in the same manner.
CREATE UNIQUE INDEX visits_once ON visits (community_id, household_id, day, by_user_id, manner);
