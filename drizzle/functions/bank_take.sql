-- A technician has a power bank in hand, or brought it to the depot. In: movementId, powerBankId, to hands | depot, reason, staffId, use, now,
-- requestId. Out: taken | replayed {bank} | bank_unknown | bank_state {place}: a rented or lost one is put into a station, which ends its rental; a
-- retired one is no longer moved | idempotency_mismatch | forbidden. Out of a slot it is a movement of custody without a rental.
create or replace function bank_take(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_bank power_banks;
  v_before power_banks;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{agent,admin}') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_bank from power_banks where id = input ->> 'powerBankId' for update;
  if not found then
    return '{"status": "bank_unknown"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  -- The route's pattern is the same for every bank.
  if v_used = 'idempotency_mismatch' or v_used is not null and v_used not like '%@' || v_bank.id then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return jsonb_build_object('status', 'replayed', 'bank', bank_json(v_bank));
  end if;
  if v_bank.place not in ('slot', 'depot', 'missing') and not (v_bank.place = 'retired' and v_bank.station_id is not null) then
    return jsonb_build_object('status', 'bank_state', 'place', v_bank.place);
  end if;
  v_before := v_bank;
  if v_bank.station_id is not null then
    insert into custody (event_key, power_bank_id, station_id, slot, direction, boot_id, seq, evidence, at, outcome, recorded_at)
      values (input ->> 'movementId', v_bank.id, v_bank.station_id, v_bank.slot, 'out', 'staff', 0, 'staff', v_now, 'moved', v_now);
    update stations set config_version = config_version + 1 where id = v_bank.station_id and (v_bank.is_out_of_service or v_bank.place = 'retired');
  end if;
  update power_banks set place = case when place = 'retired' then 'retired' else 'depot' end, station_id = null, slot = null,
      held_by = case when place <> 'retired' and input ->> 'to' = 'hands' then input ->> 'staffId' end, updated_at = v_now
    where id = v_bank.id returning * into v_bank;
  if v_before.place = 'missing' then
    perform internal_ticket_over('missing_bank:' || v_bank.id, 'found: ' || (input ->> 'reason'), v_actor, v_now, input ->> 'requestId');
  elsif v_before.place = 'retired' then
    perform internal_ticket_over('retired_bank:' || v_bank.id, 'taken out: ' || (input ->> 'reason'), v_actor, v_now, input ->> 'requestId');
  end if;
  perform internal_key_keep(v_actor, input -> 'use', (input ->> 'movementId') || '@' || v_bank.id, v_now);
  perform internal_audit(v_now, v_actor, 'bank_moved', v_bank.id, jsonb_build_object('from', v_before.place, 'stationId', v_before.station_id,
    'slot', v_before.slot, 'to', input ->> 'to', 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'taken', 'bank', bank_json(v_bank));
end $$;
