-- What two of staff said about a withdrawal stays as they said it; a withdrawal and what was told of it is never taken away.
CREATE TRIGGER withdrawal_votes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON withdrawal_votes FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER withdrawals_append_only BEFORE DELETE OR TRUNCATE ON withdrawals FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER withdrawals_identity_append_only BEFORE UPDATE OF id, user_id, kind, suspense_id, amount_tzs, fee_tzs, currency, external_id, created_at ON withdrawals FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER withdrawal_callbacks_append_only BEFORE DELETE OR TRUNCATE ON withdrawal_callbacks FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
