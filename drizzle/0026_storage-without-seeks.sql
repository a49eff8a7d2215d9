-- A page that is not the next one costs hardly more than one that is: the default of 4 is for disks that seek, and makes the planner
-- read small tables from end to end.
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.1', current_database());
END $$;
