-- Payments without an answer by their time are expired; a later success is still credited. In: now, limit. Out: {status, count}.
create or replace function payment_expire(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_count int;
begin
  update payments set state = 'expired', reason = 'no_answer' where id = any(array(
    select id from payments where state in ('created', 'submitted', 'unknown') and expires_at <= (input ->> 'now')::timestamptz
    order by expires_at limit (input ->> 'limit')::int for update skip locked));
  get diagnostics v_count = row_count;
  return jsonb_build_object('status', 'done', 'count', v_count);
end $$;
