-- Staff take a slot out of service or put it back. In: stationId, slot, state in_service | out_of_service, reason, staffId, now, requestId. Out:
-- changed {station} | station_unknown | station_retired | slot_unknown | forbidden.
create or replace function slot_change(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_slot int := (input ->> 'slot')::int;
  v_station stations;
begin
  if not internal_staff_may(input ->> 'staffId', '{agent,admin}') then
    return '{"status": "forbidden"}';
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
  perform internal_slot_set(v_station.id, v_slot, input ->> 'state', input ->> 'reason', v_actor, v_now, input ->> 'requestId');
  if input ->> 'state' = 'in_service' then
    perform internal_ticket_over('slot_quarantined:' || v_station.id || ':' || v_slot, 'put back in service: ' || (input ->> 'reason'),
      v_actor, v_now, input ->> 'requestId');
  end if;
  select * into strict v_station from stations where id = v_station.id;
  return jsonb_build_object('status', 'changed', 'station', station_json(v_station));
end $$;
