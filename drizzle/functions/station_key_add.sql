-- An admin gives a station another key beside the one it has; two may be valid, so that the station changes over without a gap. In:
-- stationId, key {keyId, x}, reason, staffId, use, now, requestId. Out: added | replayed {station, keyId} | station_unknown | station_retired |
-- station_keys_full | idempotency_mismatch | forbidden.
create or replace function station_key_add(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_station stations;
  v_used text;
begin
  if not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_station from stations where id = input ->> 'stationId' for update;
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  v_used := internal_key(v_actor, input -> 'use');
  if v_used = 'idempotency_mismatch' or v_used is not null and not exists (
      select from station_keys where station_id = v_station.id and key_id = v_used) then
    return '{"status": "idempotency_mismatch"}';
  elsif v_used is not null then
    return jsonb_build_object('status', 'replayed', 'station', station_json(v_station), 'keyId', v_used);
  end if;
  if v_station.retired_at is not null then
    return '{"status": "station_retired"}';
  end if;
  if (select count(*) from station_keys where station_id = v_station.id and not is_retired) >= 2 then
    return '{"status": "station_keys_full"}';
  end if;
  insert into station_keys (station_id, key_id, public_x, created_at)
    values (v_station.id, input #>> '{key,keyId}', input #>> '{key,x}', v_now);
  update stations set config_version = config_version + 1 where id = v_station.id returning * into v_station;
  perform internal_key_keep(v_actor, input -> 'use', input #>> '{key,keyId}', v_now);
  perform internal_audit(v_now, v_actor, 'station_key_added', v_station.id,
    jsonb_build_object('keyId', input #>> '{key,keyId}', 'reason', input ->> 'reason'), input ->> 'requestId');
  return jsonb_build_object('status', 'added', 'station', station_json(v_station), 'keyId', input #>> '{key,keyId}');
end $$;
