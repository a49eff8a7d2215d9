-- Forgets delivery reports of 90 days ago; what they said stays with the message. In: now, limit. Out: {status, count}.
create or replace function message_reports_prune(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_count int;
begin
  delete from message_reports where id in (
    select id from message_reports where received_at < (input ->> 'now')::timestamptz - interval '90 days' order by received_at limit (input ->> 'limit')::int);
  get diagnostics v_count = row_count;
  return jsonb_build_object('status', 'done', 'count', v_count);
end $$;
