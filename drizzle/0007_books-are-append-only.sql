-- What the books never allow, whoever asks: a change of a posted row, an entry that does not add up to zero, a movement
-- of an account other than its balance. The owner's session is refused like anybody's.
CREATE FUNCTION trigger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception '% is append-only', tg_table_name using errcode = '23001', constraint = tg_table_name || '_append_only';
end $$;
--> statement-breakpoint
CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER custody_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON custody FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER tariffs_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tariffs FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER accounts_append_only BEFORE DELETE OR TRUNCATE ON accounts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
CREATE TRIGGER accounts_identity_append_only BEFORE UPDATE OF id, code, kind, normal_side, currency ON accounts FOR EACH STATEMENT EXECUTE FUNCTION trigger_append_only();
--> statement-breakpoint
-- The postings of an entry are written by one statement, and that statement adds up to zero for each entry it touches.
CREATE FUNCTION trigger_postings_sum_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if exists (select from inserted group by entry_id having sum(amount_tzs) <> 0)
    or exists (select from inserted i where not exists (select from accounts a where a.id = i.account_id)) then
    raise exception 'the postings of an entry do not add up to zero' using errcode = '23514', constraint = 'postings_sum_to_zero';
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE TRIGGER postings_sum_to_zero AFTER INSERT ON postings REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION trigger_postings_sum_to_zero();
--> statement-breakpoint
-- At commit an entry has its postings: at least two, adding up to zero.
CREATE FUNCTION trigger_journal_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if (select count(*) < 2 or sum(amount_tzs) <> 0 from postings where entry_id = new.id) then
    raise exception 'journal entry % does not balance', new.reference using errcode = '23514', constraint = 'journal_entries_balance';
  end if;
  return null;
end $$;
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER journal_entries_balance AFTER INSERT ON journal_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trigger_journal_entries_balance();
