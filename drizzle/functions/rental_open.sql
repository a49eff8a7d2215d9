-- Opens a rental. In: rentalId, userId, stationCode, presence? (proven | unproven | qr_expired | qr_invalid), key {route, key, bodyHash},
-- payment? {id, externalId, provider, msisdnSealed, expiresAt, promptAt?, isProof?}, leaseSeconds, now, requestId. With isProof the PIN of the
-- payer is the only proof of who asks: a wallet that has the deposit is left alone, and the phone is asked for all of it. Out: status
--   replayed | idempotency_mismatch                     this key was used before
--   dispensing                                          the deposit is held
--   awaiting_payment                                    a payment intent for missingTzs exists; a slot has to be leased
--   insufficient_funds {missingTzs} and the other refusals: nothing was written.
-- The renter's row is locked first, so that starts of one renter follow each other.
create or replace function rental_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'user:' || (input ->> 'userId');
  v_user users;
  v_key idempotency_keys;
  v_rental rentals;
  v_station stations;
  v_projection station_projections;
  v_tariff tariffs;
  v_deposit bigint;
  v_wallet bigint;
  v_debt bigint;
  v_missing bigint;
  v_payment jsonb := nullif(input -> 'payment', 'null'::jsonb);
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
    select * into strict v_rental from rentals where id = v_key.created_id;
    return jsonb_build_object('status', 'replayed', 'rental', rental_json(v_rental));
  end if;

  if v_user.state <> 'active' then
    return jsonb_build_object('status', case v_user.state when 'suspended' then 'account_suspended'
      when 'closed' then 'account_closed' else 'forbidden' end);
  end if;
  select * into v_rental from rentals
    where user_id = v_user.id and status in ('awaiting_payment', 'dispensing', 'active') and counts_toward_limit;
  if found then
    return jsonb_build_object('status', 'rental_already_open', 'rentalId', v_rental.id);
  end if;
  v_debt := ledger_balance('user_debt:' || v_user.id);
  if v_debt > 0 then
    return jsonb_build_object('status', 'debt_open', 'debtTzs', v_debt);
  end if;

  select * into v_station from stations where code = input ->> 'stationCode';
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  -- Not before the key was looked up: a repeat of a start is answered however old its code has become.
  if input ->> 'presence' in ('qr_expired', 'qr_invalid') then
    return jsonb_build_object('status', input ->> 'presence');
  end if;
  if not v_station.accepts_static_code and input ->> 'presence' is distinct from 'proven' then
    return '{"status": "screen_code_required"}';
  end if;
  if not v_station.is_in_service then
    return '{"status": "station_unavailable"}';
  end if;
  if not internal_is_open(v_station.opening_hours, v_now) then
    return '{"status": "station_closed"}';
  end if;
  select * into v_projection from station_projections where station_id = v_station.id;
  if found and not v_projection.is_online then
    return '{"status": "station_offline"}';
  end if;
  if found and v_projection.free_banks = 0 then
    return '{"status": "no_power_bank"}';
  end if;

  select * into strict v_tariff from tariffs where id = v_station.tariff_id;
  v_deposit := (v_tariff.terms ->> 'depositTzs')::bigint;
  v_wallet := ledger_balance('user_wallet:' || v_user.id);
  v_missing := greatest(0, v_deposit - v_wallet);
  if v_missing = 0 and (v_payment ->> 'isProof')::boolean then
    v_missing := v_deposit;
  end if;
  if v_missing > 0 and v_payment is null then
    return jsonb_build_object('status', 'insufficient_funds', 'missingTzs', v_missing);
  end if;

  insert into rentals (id, user_id, station_id, status, reason, tariff_id, tariff, deposit_tzs, opened_at, last_action_at, lease_expires_at, changed_at)
    values (input ->> 'rentalId', v_user.id, v_station.id,
      case when v_missing = 0 then 'dispensing' else 'awaiting_payment' end,
      case when v_missing = 0 then 'deposit_held' else 'deposit_short' end,
      v_tariff.id, v_tariff.terms, v_deposit, v_now, v_now,
      v_now + make_interval(secs => (input ->> 'leaseSeconds')::int), v_now)
    returning * into v_rental;
  insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
    values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_rental.id, v_now);
  perform internal_audit(v_now, v_actor, 'rental_opened', v_rental.id,
    jsonb_build_object('status', v_rental.status, 'missingTzs', v_missing), input ->> 'requestId');

  if v_missing = 0 then
    perform ledger_post('rental:' || v_rental.id || ':hold', 'rental_opened', v_now, v_now,
      array['user_wallet:' || v_user.id, 'user_hold:' || v_rental.id], array[v_deposit, -v_deposit]);
  else
    insert into payments (id, user_id, purpose, amount_tzs, provider, msisdn_sealed, external_id, state, rental_id, created_at, expires_at, prompt_due_at)
      values (v_payment ->> 'id', v_user.id, 'deposit', v_missing, v_payment ->> 'provider', v_payment ->> 'msisdnSealed',
        v_payment ->> 'externalId', 'created', v_rental.id, v_now, (v_payment ->> 'expiresAt')::timestamptz,
        (v_payment ->> 'promptAt')::timestamptz);
  end if;
  return jsonb_build_object('status', v_rental.status, 'missingTzs', v_missing, 'rental', rental_json(v_rental));
end $$;
