-- Buys an extension. In: rentalId, userId, key {route, key, bodyHash}, version, offer {boughtAtMs, dueAtMs, amountTzs} (null: there is none),
-- payment? {id, externalId, provider, msisdnSealed, expiresAt, promptAt?, isProof?}, messageId, actor, now, requestId. With isProof the PIN of
-- the payer is the only proof of who asks: a wallet that has the price is left alone, and the phone is asked for all of it. Out: status
--   replayed {rental, payment?} | idempotency_mismatch   this key was used before
--   extended {rental}                                     the wallet paid
--   awaiting_payment {rental, missingTzs}                 a payment intent for missingTzs exists; the money applies the offer
--   changed {rental}                                      the version moved on: read, price and call again
--   insufficient_funds {missingTzs} | extension_unavailable | rental_not_active | rental_unknown | unauthenticated.
create or replace function rental_extend(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_offer jsonb := nullif(input -> 'offer', 'null'::jsonb);
  v_ask jsonb := nullif(input -> 'payment', 'null'::jsonb);
  v_key idempotency_keys;
  v_rental rentals;
  v_payment payments;
  v_missing bigint;
begin
  perform 1 from users where id = input ->> 'userId' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_rental from rentals where id = input ->> 'rentalId' and user_id = input ->> 'userId' for update;
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  select * into v_key from idempotency_keys where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    select * into v_payment from payments where id = v_key.created_id;
    if v_key.body_hash <> input #>> '{key,bodyHash}' or coalesce(v_payment.rental_id, v_key.created_id) <> v_rental.id then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'rental', rental_json(v_rental),
      'payment', case when v_payment.id is null then null else payment_json(v_payment) end);
  end if;
  if v_rental.status <> 'active' or v_rental.swapped_to_id is not null then
    return '{"status": "rental_not_active"}';
  end if;
  if v_rental.version <> (input ->> 'version')::int then
    return jsonb_build_object('status', 'changed', 'rental', rental_json(v_rental));
  end if;
  if v_offer is null then
    return '{"status": "extension_unavailable"}';
  end if;

  v_missing := greatest(0, (v_offer ->> 'amountTzs')::bigint - ledger_balance('user_wallet:' || v_rental.user_id));
  if v_missing = 0 and (v_ask ->> 'isProof')::boolean then
    v_missing := (v_offer ->> 'amountTzs')::bigint;
  end if;
  if v_missing > 0 and v_ask is null then
    return jsonb_build_object('status', 'insufficient_funds', 'missingTzs', v_missing);
  end if;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}',
      case when v_missing > 0 then v_ask ->> 'id' else v_rental.id end, v_now);
  if v_missing = 0 then
    v_rental := internal_rental_extend(v_rental, v_offer, v_now, input ->> 'messageId', v_actor, v_now, input ->> 'requestId');
    return jsonb_build_object('status', 'extended', 'rental', rental_json(v_rental));
  end if;
  insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, rental_id, offer, created_at, expires_at,
      prompt_due_at)
    values (v_ask ->> 'id', v_rental.user_id, 'extension', v_missing, v_ask ->> 'provider', v_ask ->> 'msisdnSealed', v_ask ->> 'externalId',
      'created', v_rental.id, v_offer || jsonb_build_object('version', v_rental.version), v_now, (v_ask ->> 'expiresAt')::timestamptz,
      (v_ask ->> 'promptAt')::timestamptz);
  perform internal_audit(v_now, v_actor, 'extension_asked', v_rental.id, v_offer || jsonb_build_object('missingTzs', v_missing), input ->> 'requestId');
  return jsonb_build_object('status', 'awaiting_payment', 'missingTzs', v_missing, 'rental', rental_json(v_rental));
end $$;
