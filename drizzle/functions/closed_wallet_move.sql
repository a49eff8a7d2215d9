-- Finance gives what lies in the wallet of a closed account to the account that its owner has now: all of it, to an account under the same number.
-- In: adjustmentId, userId, closedUserId, reason, staffId, key {route, key, bodyHash}, messageId, now, requestId. Out: moved | replayed {amountTzs,
-- walletTzs: what the account has now} | closed_account_unknown: none was closed under this number, or nothing lies there | idempotency_mismatch |
-- user_unknown | user_state {state} | four_eyes_required | forbidden. What the account owes is paid first.
create or replace function closed_wallet_move(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_reference text := 'closed_wallet:' || (input ->> 'adjustmentId');
  v_used text;
  v_user users;
  v_closed users;
  v_amount bigint;
begin
  perform 1 from users where id in (input ->> 'userId', input ->> 'closedUserId', input ->> 'staffId') order by id for no key update;
  if not internal_staff(input ->> 'staffId') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_user from users where id = input ->> 'userId';
  if not found then
    return '{"status": "user_unknown"}';
  end if;
  v_used := internal_key(v_actor, input -> 'key');
  if v_used is not null then
    select p.amount_tzs into v_amount from journal_entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
      where e.reference = 'closed_wallet:' || v_used and a.code = 'user_wallet:' || (input ->> 'closedUserId')
        and exists (select from postings t join accounts o on o.id = t.account_id where t.entry_id = e.id and o.code = 'user_wallet:' || v_user.id);
    return case when found then jsonb_build_object('status', 'replayed', 'amountTzs', v_amount, 'walletTzs', ledger_balance('user_wallet:' || v_user.id))
      else '{"status": "idempotency_mismatch"}'::jsonb end;
  end if;
  if input ->> 'staffId' = v_user.id then
    return '{"status": "four_eyes_required"}';
  end if;
  if v_user.state not in ('active', 'suspended') then
    return jsonb_build_object('status', 'user_state', 'state', v_user.state);
  end if;
  select * into v_closed from users where id = input ->> 'closedUserId' and state = 'closed' and closed_phone_hash = v_user.phone_hash;
  v_amount := ledger_balance('user_wallet:' || v_closed.id);
  if v_closed.id is null or v_amount = 0 then
    return '{"status": "closed_account_unknown"}';
  end if;
  perform ledger_post(v_reference, 'closed_wallet_moved', v_now, v_now,
    array['user_wallet:' || v_closed.id, 'user_wallet:' || v_user.id], array[v_amount, -v_amount]);
  perform internal_collect_debt(v_user.id, v_reference, v_now);
  perform internal_key_keep(v_actor, input -> 'key', input ->> 'adjustmentId', v_now);
  perform internal_message(input ->> 'messageId', v_user.id, 'closed_wallet_moved',
    jsonb_build_object('amountTzs', v_amount, 'walletTzs', ledger_balance('user_wallet:' || v_user.id)), v_reference, v_now);
  perform internal_audit(v_now, v_actor, 'closed_wallet_moved', v_user.id,
    jsonb_build_object('adjustmentId', input ->> 'adjustmentId', 'closedUserId', v_closed.id, 'amountTzs', v_amount, 'reason', input ->> 'reason'),
    input ->> 'requestId');
  return jsonb_build_object('status', 'moved', 'amountTzs', v_amount, 'walletTzs', ledger_balance('user_wallet:' || v_user.id));
end $$;
