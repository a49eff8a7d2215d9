-- An admin enters a station with its first key. In: stationId, code, name, address, latitude, longitude, tariffId, slotCount, openingHours?,
-- maxTemperatureC?, heartbeatSeconds?, driver?, vendorId?, key {keyId, x} or null for one behind a vendor, staffId, use {route, key, bodyHash},
-- now, requestId. Out: registered | replayed {station} | station_code_taken | tariff_unknown | idempotency_mismatch | forbidden.
create or replace function station_register(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_station stations;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return (select jsonb_build_object('status', 'replayed', 'station', station_json(s)) from stations s where s.id = v_used);
  end if;
  if not exists (select from tariffs where id = input ->> 'tariffId') then
    return '{"status": "tariff_unknown"}';
  end if;
  insert into stations (id, code, name, address, latitude, longitude, tariff_id, slot_count, opening_hours, max_temperature_c, heartbeat_seconds,
      driver, vendor_id, created_at)
    values (input ->> 'stationId', input ->> 'code', input ->> 'name', input ->> 'address', (input ->> 'latitude')::float8,
      (input ->> 'longitude')::float8, input ->> 'tariffId', (input ->> 'slotCount')::int, nullif(input -> 'openingHours', 'null'),
      coalesce((input ->> 'maxTemperatureC')::int, 45), coalesce((input ->> 'heartbeatSeconds')::int, 25),
      coalesce(input ->> 'driver', 'protocol1'), input ->> 'vendorId', v_now)
    on conflict do nothing returning * into v_station;
  if v_station.id is null then
    return '{"status": "station_code_taken"}';
  end if;
  if nullif(input -> 'key', 'null') is not null then
    insert into station_keys (station_id, key_id, public_x, created_at)
      values (v_station.id, input #>> '{key,keyId}', input #>> '{key,x}', v_now);
  end if;
  perform internal_key_keep(v_actor, input -> 'use', v_station.id, v_now);
  perform internal_audit(v_now, v_actor, 'station_registered', v_station.id, jsonb_build_object('code', v_station.code, 'name', v_station.name,
    'slotCount', v_station.slot_count, 'tariffId', v_station.tariff_id, 'keyId', input #>> '{key,keyId}', 'driver', v_station.driver), input ->> 'requestId');
  return jsonb_build_object('status', 'registered', 'station', station_json(v_station));
end $$;
