-- One row of the audit log; `subject` is the id of what changed.
create or replace function internal_audit(
  p_now timestamptz, p_actor text, p_action text, p_subject text, p_detail jsonb, p_request_id text
) returns void language sql set search_path = public, pg_temp as $$
  insert into audit_log (at, actor, action, subject, detail, request_id)
    values (p_now, p_actor, p_action, p_subject, p_detail, p_request_id)
$$;
