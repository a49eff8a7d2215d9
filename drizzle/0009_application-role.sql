-- The Worker's role reads, and changes rows through the functions of drizzle/functions alone.
DO $$ BEGIN
  CREATE ROLE chajipoa_app LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
--> statement-breakpoint
REVOKE ALL ON SCHEMA public FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO chajipoa_app;
--> statement-breakpoint
GRANT SELECT ON ALL TABLES IN SCHEMA public TO chajipoa_app;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO chajipoa_app;
