-- A renter says that a rental went otherwise than the bill says. In: disputeId, rentalId, userId, kind, textSealed, stationCode? (where the bank was put,
-- as the renter says), key {route, key, bodyHash}, actor, now, requestId. Out: status
--   opened | replayed {dispute, stationIds, powerBankId, fromMs, toMs}   whose records to keep: where it began, where it ended, where the renter says
--   dispute_open            one is open already
--   dispute_unavailable     it was decided, nothing has happened yet, or the rental ended more than 60 days ago
--   rental_unknown | station_unknown | idempotency_mismatch | unauthenticated.
create or replace function dispute_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := input ->> 'actor';
  v_key idempotency_keys;
  v_rental rentals;
  v_dispute disputes;
  v_claimed text;
  v_status text := 'opened';
begin
  perform 1 from users where id = input ->> 'userId' and state <> 'closed' for no key update;
  if not found then
    return '{"status": "unauthenticated"}';
  end if;
  select * into v_rental from rentals where id = input ->> 'rentalId' and user_id = input ->> 'userId' for update;
  if not found then
    return '{"status": "rental_unknown"}';
  end if;
  select * into v_key from idempotency_keys where actor = v_actor and route = input #>> '{key,route}' and key = input #>> '{key,key}';
  if found then
    select * into v_dispute from disputes where id = v_key.created_id and rental_id = v_rental.id;
    if not found or v_key.body_hash <> input #>> '{key,bodyHash}' then
      return '{"status": "idempotency_mismatch"}';
    end if;
    v_status := 'replayed';
  else
    select * into v_dispute from disputes where rental_id = v_rental.id order by id desc limit 1;
    if v_dispute.state = 'open' then
      return jsonb_build_object('status', 'dispute_open');
    end if;
    if v_dispute.id is not null or v_rental.status in ('awaiting_payment', 'dispensing') or v_rental.closed_at < v_now - interval '60 days' then
      return '{"status": "dispute_unavailable"}';
    end if;
    if input ->> 'stationCode' is not null then
      select id into v_claimed from stations where code = input ->> 'stationCode';
      if not found then
        return '{"status": "station_unknown"}';
      end if;
    end if;
    insert into disputes (id, rental_id, user_id, kind, text_sealed, state, evidence, opened_at)
      values (input ->> 'disputeId', v_rental.id, v_rental.user_id, input ->> 'kind', input ->> 'textSealed', 'open',
        jsonb_build_object('claimedStationId', v_claimed, 'stations', '[]'::jsonb), v_now)
      returning * into v_dispute;
    update rentals set is_disputed = true where id = v_rental.id;
    insert into idempotency_keys (actor, route, key, body_hash, created_id, created_at)
      values (v_actor, input #>> '{key,route}', input #>> '{key,key}', input #>> '{key,bodyHash}', v_dispute.id, v_now);
    perform internal_audit(v_now, v_actor, 'dispute_opened', v_rental.id, jsonb_build_object('disputeId', v_dispute.id, 'kind', v_dispute.kind),
      input ->> 'requestId');
  end if;
  return jsonb_build_object('status', v_status, 'dispute', dispute_json(v_dispute), 'powerBankId', v_rental.power_bank_id,
    'stationIds', (select jsonb_agg(distinct id) from unnest(array[v_rental.station_id, v_rental.return_station_id, v_dispute.evidence ->> 'claimedStationId']) as id
      where id is not null),
    'fromMs', internal_ms(v_rental.opened_at - interval '1 hour'), 'toMs', internal_ms(coalesce(v_rental.closed_at, v_now) + interval '1 hour'));
end $$;
