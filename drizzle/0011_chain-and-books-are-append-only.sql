-- A sealed link, a signed head and a closed day stay as they are; a statement's line may move on from pending, never away.
CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_heads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_heads FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER trial_balances_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trial_balances FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER book_days_append_only BEFORE DELETE OR TRUNCATE ON book_days FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER book_days_identity_append_only BEFORE UPDATE OF day, last_entry_id, closed_at ON book_days FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER statements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statements FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER statement_lines_append_only BEFORE DELETE OR TRUNCATE ON statement_lines FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER statement_lines_identity_append_only BEFORE UPDATE OF provider, provider_reference, direction, amount_tzs, currency, statement_id ON statement_lines FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
