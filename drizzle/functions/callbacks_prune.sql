-- Forgets the bodies of callbacks that were acted on 90 days ago; the rows and their hashes stay, so the same bytes are still known. In: now, limit.
-- Out: {status, count}.
create or replace function callbacks_prune(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_before timestamptz := (input ->> 'now')::timestamptz - interval '90 days';
  v_limit int := (input ->> 'limit')::int;
  v_payments int;
  v_withdrawals int;
begin
  update payment_callbacks set body_sealed = null where id in (
    select id from payment_callbacks where body_sealed is not null and received_at < v_before and state = 'applied' order by received_at limit v_limit);
  get diagnostics v_payments = row_count;
  update withdrawal_callbacks set body_sealed = null where id in (
    select id from withdrawal_callbacks where body_sealed is not null and received_at < v_before and state = 'applied' order by received_at limit v_limit);
  get diagnostics v_withdrawals = row_count;
  return jsonb_build_object('status', 'done', 'count', v_payments + v_withdrawals);
end $$;
