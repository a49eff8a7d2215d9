-- Takes on withdrawals that were asked for. In: now, limit, id? (this one alone). Out: {status: claimed, asks: [{id, userId, amountTzs, provider,
-- attempts, phoneSealed}]}. What is not marked is claimed again, after 2, 4, 8 … minutes: the withdrawal's key is the id, so that harms nobody.
create or replace function withdrawal_asks_claim(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_asks jsonb;
begin
  with due as (
    select id from withdrawal_requests
    where state = 'waiting' and not_before <= v_now and (input ->> 'id' is null or id = input ->> 'id')
    order by not_before limit (input ->> 'limit')::int for update skip locked),
  claimed as (
    update withdrawal_requests w set attempts = w.attempts + 1, not_before = v_now + interval '2 minutes' * 2 ^ least(w.attempts, 6)
      from due where w.id = due.id returning w.*)
  select jsonb_agg(jsonb_build_object('id', c.id, 'userId', c.user_id, 'amountTzs', c.amount_tzs, 'provider', c.provider,
      'attempts', c.attempts, 'phoneSealed', u.phone_sealed) order by c.id) into v_asks
    from claimed c join users u on u.id = c.user_id;
  return jsonb_build_object('status', 'claimed', 'asks', coalesce(v_asks, '[]'));
end $$;
