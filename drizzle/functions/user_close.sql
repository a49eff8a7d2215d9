-- Closes the account of a renter for good. In: userId, giveUpTzs (what is left in the wallet and may be left behind; 0: nothing), leastTzs (less than
-- this cannot be withdrawn), now, requestId. Out: {status: closed}, also for one that is closed | rental_already_open | debt_open | account_suspended |
-- dispute_undecided | withdrawal_in_flight | payment_in_flight | wallet_not_empty {walletTzs, mayGiveUp} | forbidden. A refusal writes nothing.
-- What names the person goes; what the books are made of stays. The numbers in payments and withdrawals follow later (accounts_erase),
-- because money may still have to go back to them.
create or replace function user_close(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_given_up bigint := (input ->> 'giveUpTzs')::bigint;
  v_user users;
  v_wallet bigint;
begin
  -- Starts, payments, settlements and withdrawals lock the same row first.
  select * into v_user from users where id = input ->> 'userId' for update;
  if not found or v_user.state = 'closed' then
    return '{"status": "closed"}';
  elsif v_user.state = 'suspended' then
    return '{"status": "account_suspended"}';
  elsif v_user.role <> 'renter' then
    return '{"status": "forbidden"}';
  elsif exists (select from rentals where user_id = v_user.id and status in ('awaiting_payment', 'dispensing', 'active')) then
    return '{"status": "rental_already_open"}';
  elsif ledger_balance('user_debt:' || v_user.id) > 0 then
    return '{"status": "debt_open"}';
  -- Somebody waits for an answer, and what it gives would reach nobody.
  elsif exists (select from disputes where user_id = v_user.id and state = 'open') then
    return '{"status": "dispute_undecided"}';
  elsif exists (select from withdrawals where user_id = v_user.id
      and (state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown') or needs_review))
    or exists (select from withdrawal_requests where user_id = v_user.id and state = 'waiting') then
    return '{"status": "withdrawal_in_flight"}';
  elsif exists (select from payments where user_id = v_user.id and state in ('created', 'submitted', 'unknown')) then
    return '{"status": "payment_in_flight"}';
  end if;
  v_wallet := ledger_balance('user_wallet:' || v_user.id);
  if v_wallet > 0 and (v_wallet <> v_given_up or v_wallet >= (input ->> 'leastTzs')::bigint) then
    return jsonb_build_object('status', 'wallet_not_empty', 'walletTzs', v_wallet, 'mayGiveUp', v_wallet < (input ->> 'leastTzs')::bigint);
  end if;

  perform ledger_post('user:' || v_user.id || ':given_up', 'wallet_given_up', v_now, v_now,
    array['user_wallet:' || v_user.id, 'goodwill'], array[v_wallet, -v_wallet]);
  update sessions set revoked_at = v_now, revoked_reason = 'closed' where user_id = v_user.id and revoked_at is null;
  update sessions set device = null where user_id = v_user.id;
  update messages set state = 'skipped', last_error = 'account_closed' where user_id = v_user.id and state = 'queued';
  update messages set params = '{}' where user_id = v_user.id and state <> 'sending';
  update users set state = 'closed', closed_at = v_now, closed_phone_hash = phone_hash, phone_hash = null, phone_sealed = null, email_sealed = null,
      name = '-', quiet_from_minute = null, quiet_to_minute = null, offers_accepted_at = null, updated_at = v_now
    where id = v_user.id;
  perform internal_audit(v_now, 'user:' || v_user.id, 'account_closed', v_user.id, jsonb_build_object('givenUpTzs', v_wallet), input ->> 'requestId');
  return '{"status": "closed"}';
end $$;
