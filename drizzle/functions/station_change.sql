-- Staff change what is said of a station. In: stationId, changes {name, address, latitude, longitude, tariffId, openingHours ([]: always),
-- maxTemperatureC, heartbeatSeconds, acceptsStaticCode, isInService: any of them}, reason, staffId, now, requestId. Out: changed {station} |
-- station_unknown | station_retired | tariff_unknown | forbidden. An agent decides about isInService alone.
create or replace function station_change(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_changes jsonb := input -> 'changes';
  v_station stations;
  v_before jsonb;
begin
  if not internal_staff_may(input ->> 'staffId', case when v_changes - 'isInService' = '{}' then '{agent,admin}' else '{admin}' end::text[]) then
    return '{"status": "forbidden"}';
  end if;
  select * into v_station from stations where id = input ->> 'stationId' for update;
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  if v_station.retired_at is not null then
    return '{"status": "station_retired"}';
  end if;
  if v_changes ? 'tariffId' and not exists (select from tariffs where id = v_changes ->> 'tariffId') then
    return '{"status": "tariff_unknown"}';
  end if;
  select jsonb_object_agg(key, value) into v_before from jsonb_each(station_json(v_station)
    || jsonb_build_object('tariffId', v_station.tariff_id)) where v_changes ? key;
  update stations set name = coalesce(v_changes ->> 'name', name), address = coalesce(v_changes ->> 'address', address),
      latitude = coalesce((v_changes ->> 'latitude')::float8, latitude), longitude = coalesce((v_changes ->> 'longitude')::float8, longitude),
      tariff_id = coalesce(v_changes ->> 'tariffId', tariff_id),
      opening_hours = case when v_changes ? 'openingHours' then nullif(v_changes -> 'openingHours', '[]') else opening_hours end,
      max_temperature_c = coalesce((v_changes ->> 'maxTemperatureC')::int, max_temperature_c),
      heartbeat_seconds = coalesce((v_changes ->> 'heartbeatSeconds')::int, heartbeat_seconds),
      accepts_static_code = coalesce((v_changes ->> 'acceptsStaticCode')::boolean, accepts_static_code),
      is_in_service = coalesce((v_changes ->> 'isInService')::boolean, is_in_service),
      config_version = config_version + 1
    where id = v_station.id returning * into v_station;
  perform internal_audit(v_now, 'staff:' || (input ->> 'staffId'), 'station_changed', v_station.id,
    jsonb_build_object('from', v_before, 'to', v_changes, 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'changed', 'station', station_json(v_station));
end $$;
