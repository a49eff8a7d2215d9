-- What failed, what was cried out about and what people wrote down stays as it was told.
CREATE TRIGGER eject_failures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eject_failures FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER station_alerts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON station_alerts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER ticket_notes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_notes FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER tickets_stay BEFORE DELETE OR TRUNCATE ON tickets FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER staff_commands_stay BEFORE DELETE OR TRUNCATE ON staff_commands FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
