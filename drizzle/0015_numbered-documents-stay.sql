-- A receipt and a credit note stay as they were written; they are given their number once, and a number never changes.
CREATE FUNCTION trigger_number_once() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception 'the number of % % is given once', tg_table_name, old.id using errcode = '23001', constraint = tg_table_name || '_number_once';
end $$;
--> statement-breakpoint
CREATE TRIGGER receipts_append_only BEFORE DELETE OR TRUNCATE ON receipts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER receipts_identity_append_only BEFORE UPDATE OF id, rental_id, user_id, token, fiscal_year, currency, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_at ON receipts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER receipts_number_once BEFORE UPDATE OF series, number, numbered_at ON receipts FOR EACH ROW WHEN (old.number IS NOT NULL) EXECUTE FUNCTION trigger_number_once();
--> statement-breakpoint
CREATE TRIGGER credit_notes_append_only BEFORE DELETE OR TRUNCATE ON credit_notes FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER credit_notes_identity_append_only BEFORE UPDATE OF id, receipt_id, user_id, token, fiscal_year, currency, reason, note, lines, total_tzs, vat_tzs, net_tzs, vat_percent, issued_by, issued_at ON credit_notes FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER credit_notes_number_once BEFORE UPDATE OF number, numbered_at ON credit_notes FOR EACH ROW WHEN (old.number IS NOT NULL) EXECUTE FUNCTION trigger_number_once();
--> statement-breakpoint
CREATE TRIGGER fiscal_devices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fiscal_devices FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER fiscal_receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fiscal_receipts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
