-- An eject did not do what it should. In: stationId, commandId, slot, powerBankId, kind not_out | unknown | wrong_slot, at, projection, now,
-- requestId. Out: recorded {isSlotQuarantined, isBankQuarantined}: what this failure led to; a repeat of the command leads to nothing.
-- A slot is quarantined by its third failure in 7 days, and by the first that opened another slot; a bank by its third in 30 days, if they
-- were in two slots at least: one slot's fault is not the bank's. Each opens a ticket; what was put back in service begins anew.
create or replace function eject_failed(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_station_id text := input ->> 'stationId';
  v_slot int := (input ->> 'slot')::int;
  v_reason text;
  v_since timestamptz;
  v_failures int;
  v_places int;
  v_is_slot boolean := false;
  v_is_bank boolean := false;
  v_bank power_banks;
  v_locked int[];
begin
  -- The bank before the station, as everywhere.
  select * into v_bank from power_banks where id = input ->> 'powerBankId' for update;
  select locked_slots into v_locked from stations where id = v_station_id for no key update;
  perform internal_projection(v_station_id, input -> 'projection', v_now);
  insert into eject_failures (command_id, station_id, slot, power_bank_id, kind, at, recorded_at)
    values (input ->> 'commandId', v_station_id, v_slot, input ->> 'powerBankId', input ->> 'kind', (input ->> 'at')::timestamptz, v_now)
    on conflict (command_id) do nothing;
  if not found then
    return '{"status": "recorded", "isSlotQuarantined": false, "isBankQuarantined": false}';
  end if;

  v_since := greatest(v_now - interval '7 days', (select changed_at from station_slots where station_id = v_station_id and slot = v_slot and state = 'in_service'));
  select count(*) into v_failures from eject_failures where station_id = v_station_id and slot = v_slot and at > v_since;
  if (v_failures >= 3 or input ->> 'kind' = 'wrong_slot') and not v_slot = any(v_locked) then
    v_reason := case when input ->> 'kind' = 'wrong_slot' then 'another slot opened' else v_failures || ' failures since ' || v_since::date end;
    v_is_slot := internal_slot_set(v_station_id, v_slot, 'quarantined', v_reason, 'system:health', v_now, input ->> 'requestId');
    perform internal_ticket('slot_quarantined', 'slot_quarantined:' || v_station_id || ':' || v_slot, 'Slot ' || v_slot || ' was quarantined: ' || v_reason,
      v_station_id, v_slot, input ->> 'powerBankId', null, jsonb_build_object('failures', v_failures, 'kind', input ->> 'kind'),
      'system:health', v_now, input ->> 'requestId');
  end if;

  if v_bank.id is not null and not v_bank.is_out_of_service and v_bank.place <> 'retired' and input ->> 'kind' = 'not_out' then
    v_since := greatest(v_now - interval '30 days', (select max(closed_at) from tickets where power_bank_id = v_bank.id and kind = 'bank_quarantined'));
    select count(*), count(distinct station_id || ':' || slot) into v_failures, v_places from eject_failures
      where power_bank_id = v_bank.id and at > v_since and kind = 'not_out';
    if v_failures >= 3 and v_places >= 2 then
      v_reason := v_failures || ' failures in ' || v_places || ' slots since ' || v_since::date;
      perform internal_bank_service(v_bank, 'quarantined: ' || v_reason, 'system:health', v_now, input ->> 'requestId');
      perform internal_ticket('bank_quarantined', 'bank_quarantined:' || v_bank.id, 'Power bank ' || v_bank.id || ' was quarantined: ' || v_reason,
        v_station_id, v_slot, v_bank.id, null, jsonb_build_object('failures', v_failures, 'slots', v_places), 'system:health', v_now, input ->> 'requestId');
      v_is_bank := true;
    end if;
  end if;
  return jsonb_build_object('status', 'recorded', 'isSlotQuarantined', v_is_slot, 'isBankQuarantined', v_is_bank);
end $$;
