-- Stores that a renter wants money sent to the account's own number. In: id, userId, amountTzs, minTzs, provider, now. Out: asked {amountTzs}
-- (also for a repeat, with the first amount) | withdrawal_amount_invalid | withdrawal_in_flight | account_closed | forbidden. Nothing leaves the wallet yet.
create or replace function withdrawal_ask(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_user users;
  v_ask withdrawal_requests;
begin
  select * into v_user from users where id = input ->> 'userId' for no key update;
  select * into v_ask from withdrawal_requests where id = input ->> 'id' and user_id = v_user.id;
  if found then
    return jsonb_build_object('status', 'asked', 'amountTzs', v_ask.amount_tzs);
  end if;
  if (input ->> 'amountTzs')::bigint < (input ->> 'minTzs')::bigint then
    return '{"status": "withdrawal_amount_invalid"}';
  end if;
  if v_user.id is null or v_user.state in ('pending', 'closed') then
    return jsonb_build_object('status', case v_user.state when 'closed' then 'account_closed' else 'forbidden' end);
  end if;
  if exists (select from withdrawals where user_id = v_user.id and state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown'))
      or exists (select from withdrawal_requests where user_id = v_user.id and state = 'waiting') then
    return '{"status": "withdrawal_in_flight"}';
  end if;
  insert into withdrawal_requests (id, user_id, amount_tzs, provider, state, not_before, created_at)
    values (input ->> 'id', v_user.id, (input ->> 'amountTzs')::bigint, input ->> 'provider', 'waiting', v_now, v_now);
  return jsonb_build_object('status', 'asked', 'amountTzs', (input ->> 'amountTzs')::bigint);
end $$;
