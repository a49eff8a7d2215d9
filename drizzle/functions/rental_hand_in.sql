-- An attendant has the bank of a rental in hand; its renter showed the return QR, or the rental's six digits. In: rentalId | returnCode,
-- powerBankId, stationCode, staffId, use, now, requestId. Out: status
--   settle {rental, eventKey, atMs, stationId, slot}   price it and end it; also for a repeat that finds it still open
--   over {rental}                                       it has ended: by this or by a station's own event
--   bank_mismatch | rental_not_active | return_proof_invalid | station_unknown | idempotency_mismatch | forbidden.
-- It is a movement of custody like any other, under a name of its own, so that the bank's later way into a slot answers nothing. Slot 0: the counter.
create or replace function rental_hand_in(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_used text;
  v_rental rentals;
  v_station text;
  v_in custody;
begin
  if not internal_staff_may(input ->> 'staffId', '{agent,admin}') then
    return '{"status": "forbidden"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' then
    return '{"status": "idempotency_mismatch"}';
  elsif coalesce(v_used, input ->> 'rentalId') is not null then
    select * into v_rental from rentals where id = coalesce(v_used, input ->> 'rentalId');
  else
    select * into v_rental from rentals where return_code = input ->> 'returnCode' and status = 'active';
  end if;
  if v_rental.id is null then
    return '{"status": "return_proof_invalid"}';
  end if;
  perform 1 from power_banks where id = v_rental.power_bank_id for update;
  select * into v_rental from rentals where id = v_rental.id;
  select * into v_in from custody where event_key = 'counter:' || v_rental.id;
  if v_in.id is null then
    if v_rental.power_bank_id is distinct from input ->> 'powerBankId' then
      return '{"status": "bank_mismatch"}';
    end if;
    if v_rental.status not in ('active', 'lost') then
      return jsonb_build_object('status', case when v_rental.ended_at is null then 'rental_not_active' else 'over' end, 'rental', rental_json(v_rental));
    end if;
    select id into v_station from stations where code = input ->> 'stationCode';
    if v_station is null then
      return '{"status": "station_unknown"}';
    end if;
    insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, rental_id, recorded_at)
      values ('counter:' || v_rental.id, v_rental.power_bank_id, v_station, 0, 'in', 'counter', 0, 'attendant', v_now, 'closes', v_rental.id, v_now)
      returning * into v_in;
    update power_banks set place = 'depot', station_id = null, slot = null, held_by = input ->> 'staffId', updated_at = v_now
      where id = v_rental.power_bank_id;
    perform internal_key_keep(v_actor, input -> 'use', v_rental.id, v_now);
    perform internal_audit(v_now, v_actor, 'bank_handed_in', v_rental.id, jsonb_build_object('powerBankId', v_rental.power_bank_id,
      'stationId', v_station, 'by', case when input ->> 'rentalId' is null then 'code' else 'qr' end), input ->> 'requestId');
  end if;
  if v_rental.status not in ('active', 'lost') then
    return jsonb_build_object('status', 'over', 'rental', rental_json(v_rental));
  end if;
  return jsonb_build_object('status', 'settle', 'rental', rental_json(v_rental), 'eventKey', v_in.event_key,
    'atMs', internal_ms(greatest(v_in.at, v_rental.started_at)), 'stationId', v_in.station_id, 'slot', v_in.slot);
end $$;
