-- A row of the audit log as the text that its link seals: every column, in the order of the table, the same whatever the
-- session's time zone and date style are. The verifier writes the same expression itself and trusts this one in nothing.
create or replace function internal_audit_text(r audit_log) returns text language sql stable set search_path = public, pg_temp as $$
  select jsonb_build_array(r.id, extract(epoch from r.at)::text, r.actor, r.action, r.subject, r.detail, r.request_id)::text
$$;
