-- Stores what staff order a station to do, before the station hears of it. In: commandId, stationId, kind open | lock | unlock | refresh |
-- reboot | screen, slot?, powerBankId? (open: the bank they saw there; none: an empty slot), showMinutes? (screen; 0: its own code again), reason,
-- staffId, use, now, requestId. Out: ordered | replayed {command, stationCode} | bank_not_confirmed {powerBankId} | station_unknown |
-- station_retired | slot_unknown | screen_code_required | idempotency_mismatch | forbidden.
-- Locking and unlocking also change the slot's state, which binds while the station is away.
create or replace function staff_command_open(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_kind text := input ->> 'kind';
  v_slot int := (input ->> 'slot')::int;
  v_minutes int := (input ->> 'showMinutes')::int;
  v_station stations;
  v_command staff_commands;
  v_bank text;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', case when v_kind = 'refresh' then '{agent,support,admin}' else '{agent,admin}' end::text[]) then
    return '{"status": "forbidden"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    select * into strict v_command from staff_commands where id = v_used;
    -- The route's pattern is the same for every station.
    if v_command.station_id <> input ->> 'stationId' then
      return '{"status": "idempotency_mismatch"}';
    end if;
    return jsonb_build_object('status', 'replayed', 'command', staff_command_json(v_command),
      'stationCode', (select code from stations where id = v_command.station_id));
  end if;
  select * into v_station from stations where id = input ->> 'stationId' for update;
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  if v_station.retired_at is not null then
    return '{"status": "station_retired"}';
  end if;
  if v_slot > v_station.slot_count then
    return '{"status": "slot_unknown"}';
  end if;
  -- Nobody could rent while it shows something else.
  if v_kind = 'screen' and v_minutes > 0 and not v_station.accepts_static_code then
    return '{"status": "screen_code_required"}';
  end if;
  if v_kind = 'open' then
    select id into v_bank from power_banks where station_id = v_station.id and slot = v_slot and place = 'slot' limit 1;
    -- What the books say; the object looks at the slot itself.
    if v_bank is not null and input ->> 'powerBankId' is null then
      return jsonb_build_object('status', 'bank_not_confirmed', 'powerBankId', v_bank);
    end if;
  end if;
  insert into staff_commands (id, station_id, kind, slot, power_bank_id, is_confirmed, show_until, reason, actor, state, created_at,
      changed_at)
    values (input ->> 'commandId', v_station.id, v_kind, v_slot, input ->> 'powerBankId', input ->> 'powerBankId' is not null,
      case when v_kind = 'screen' then v_now + make_interval(mins => v_minutes) end, input ->> 'reason', v_actor, 'requested', v_now, v_now)
    returning * into v_command;
  perform internal_key_keep(v_actor, input -> 'use', v_command.id, v_now);
  perform internal_audit(v_now, v_actor, 'station_' || v_kind, v_station.id, jsonb_build_object('commandId', v_command.id, 'slot', v_slot,
    'powerBankId', v_command.power_bank_id, 'showMinutes', v_minutes, 'reason', v_command.reason), input ->> 'requestId');
  -- A slot that is out of service for another reason stays so.
  if v_kind = 'lock' and not v_slot = any(v_station.locked_slots) then
    perform internal_slot_set(v_station.id, v_slot, 'locked', v_command.reason, v_actor, v_now, input ->> 'requestId');
  elsif v_kind = 'unlock' and exists (select from station_slots where station_id = v_station.id and slot = v_slot and state = 'locked') then
    perform internal_slot_set(v_station.id, v_slot, 'in_service', v_command.reason, v_actor, v_now, input ->> 'requestId');
  end if;
  return jsonb_build_object('status', 'ordered', 'command', staff_command_json(v_command), 'stationCode', v_station.code);
end $$;
