-- An admin ends a key; sockets that it opened are closed as soon as the object hears of it. In: stationId, keyId, isLast (the only valid key:
-- the station can then not speak any more), reason, staffId, now, requestId. Out: retired {station} (also when it was) | station_unknown |
-- station_key_unknown | station_key_last | forbidden.
create or replace function station_key_retire(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_station stations;
  v_key station_keys;
begin
  if not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_station from stations where id = input ->> 'stationId' for update;
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  select * into v_key from station_keys where station_id = v_station.id and key_id = input ->> 'keyId';
  if not found then
    return '{"status": "station_key_unknown"}';
  end if;
  if not v_key.is_retired then
    if not coalesce((input ->> 'isLast')::boolean, false) and not exists (
        select from station_keys where station_id = v_station.id and key_id <> v_key.key_id and not is_retired) then
      return '{"status": "station_key_last"}';
    end if;
    update station_keys set is_retired = true where station_id = v_station.id and key_id = v_key.key_id;
    update stations set config_version = config_version + 1 where id = v_station.id returning * into v_station;
    perform internal_audit(v_now, 'staff:' || (input ->> 'staffId'), 'station_key_retired', v_station.id,
      jsonb_build_object('keyId', v_key.key_id, 'reason', input ->> 'reason'), input ->> 'requestId');
  end if;
  return jsonb_build_object('status', 'retired', 'station', station_json(v_station));
end $$;
