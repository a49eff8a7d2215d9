-- Finance writes off what a renter owes. In: adjustmentId, userId, amountTzs? (all of it), reason, staffId, key {route, key, bodyHash}, messageId, now,
-- requestId. Out: forgiven | replayed {amountTzs, debtTzs} | payment_amount_invalid {debtTzs} | idempotency_mismatch | user_unknown |
-- four_eyes_required | forbidden.
create or replace function debt_forgive(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_user users;
  v_key idempotency_keys;
  v_debt bigint;
  v_amount bigint;
begin
  if not internal_staff(input ->> 'staffId') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_user from users where id = input ->> 'userId' for no key update;
  if not found then
    return '{"status": "user_unknown"}';
  end if;
  v_debt := ledger_balance('user_debt:' || v_user.id);
  select * into v_key from idempotency_keys where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' or not exists (
        select from audit_log where subject = v_user.id and action = 'debt_forgiven' and detail ->> 'adjustmentId' = v_key.created_id) then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'debtTzs', v_debt, 'amountTzs', (
      select p.amount_tzs from journal_entries e join postings p on p.entry_id = e.id join accounts a on a.id = p.account_id
      where e.reference = 'debt:' || v_key.created_id || ':forgiven' and a.code = 'bad_debt'));
  end if;
  if v_user.id = input ->> 'staffId' then
    return '{"status": "four_eyes_required"}';
  end if;
  v_amount := coalesce((input ->> 'amountTzs')::bigint, v_debt);
  if v_amount = 0 or v_amount > v_debt then
    return jsonb_build_object('status', 'payment_amount_invalid', 'debtTzs', v_debt);
  end if;
  perform ledger_post('debt:' || (input ->> 'adjustmentId') || ':forgiven', 'debt_forgiven', v_now, v_now,
    array['bad_debt', 'user_debt:' || v_user.id], array[v_amount, -v_amount]);
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', input ->> 'adjustmentId', v_now);
  perform internal_message(input ->> 'messageId', v_user.id, 'debt_forgiven',
    jsonb_build_object('amountTzs', v_amount, 'debtTzs', v_debt - v_amount), 'debt:' || (input ->> 'adjustmentId'), v_now);
  perform internal_audit(v_now, v_actor, 'debt_forgiven', v_user.id,
    jsonb_build_object('adjustmentId', input ->> 'adjustmentId', 'amountTzs', v_amount, 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'forgiven', 'amountTzs', v_amount, 'debtTzs', v_debt - v_amount);
end $$;
