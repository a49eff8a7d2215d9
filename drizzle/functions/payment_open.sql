-- Records the intent of a top-up or of paying a debt. In: paymentId, userId, purpose, amountTzs, provider, msisdnSealed, externalId,
-- expiresAt, promptAt?, key {route, key, bodyHash}, now, requestId. Out: created | replayed (with payment) | idempotency_mismatch | refusals.
create or replace function payment_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'user:' || (input ->> 'userId');
  v_user users;
  v_key idempotency_keys;
  v_payment payments;
  v_debt bigint;
begin
  select * into v_user from users where id = input ->> 'userId' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_key from idempotency_keys
    where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    if v_key.body_hash <> input #>> '{key,bodyHash}' then
      return '{"status": "idempotency_mismatch"}';
    end if;
    select * into strict v_payment from payments where id = v_key.created_id;
    return jsonb_build_object('status', 'replayed', 'payment', payment_json(v_payment));
  end if;
  if v_user.state in ('pending', 'closed') then
    return jsonb_build_object('status', case v_user.state when 'closed' then 'account_closed' else 'forbidden' end);
  end if;
  v_debt := ledger_balance('user_debt:' || v_user.id);
  if v_user.state = 'suspended' and v_debt = 0 then
    return '{"status": "account_suspended"}';
  end if;
  if input ->> 'purpose' = 'debt' and (v_debt = 0 or (input ->> 'amountTzs')::bigint > v_debt) then
    return jsonb_build_object('status', 'payment_amount_invalid', 'debtTzs', v_debt);
  end if;
  insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, created_at, expires_at, prompt_due_at)
    values (input ->> 'paymentId', v_user.id, input ->> 'purpose', (input ->> 'amountTzs')::bigint, input ->> 'provider',
      input ->> 'msisdnSealed', input ->> 'externalId', 'created', v_now, (input ->> 'expiresAt')::timestamptz,
      (input ->> 'promptAt')::timestamptz)
    returning * into v_payment;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_payment.id, v_now);
  perform internal_audit(v_now, v_actor, 'payment_opened', v_payment.id,
    jsonb_build_object('purpose', v_payment.purpose, 'amountTzs', v_payment.amount_tzs), input ->> 'requestId');
  return jsonb_build_object('status', 'created', 'payment', payment_json(v_payment));
end $$;
