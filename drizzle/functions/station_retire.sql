-- An admin takes a station down for good. In: stationId, reason, staffId, now, requestId. Out: retired {station} (also when it was) |
-- station_unknown | station_not_empty {banks, rentals}: banks in its slots, or rentals that are not out of it yet | forbidden.
create or replace function station_retire(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_station stations;
  v_banks int;
  v_rentals int;
begin
  if not internal_staff_may(input ->> 'staffId', '{admin}') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_station from stations where id = input ->> 'stationId' for update;
  if not found then
    return '{"status": "station_unknown"}';
  end if;
  if v_station.retired_at is null then
    select count(*) into v_banks from power_banks where station_id = v_station.id;
    select count(*) into v_rentals from rentals where station_id = v_station.id and status in ('awaiting_payment', 'dispensing');
    if v_banks + v_rentals > 0 then
      return jsonb_build_object('status', 'station_not_empty', 'banks', v_banks, 'rentals', v_rentals);
    end if;
    update station_keys set is_retired = true where station_id = v_station.id;
    update stations set retired_at = v_now, is_in_service = false, config_version = config_version + 1
      where id = v_station.id returning * into v_station;
    update station_projections set free_banks = 0, free_slots = 0, is_online = false where station_id = v_station.id;
    perform internal_audit(v_now, 'staff:' || (input ->> 'staffId'), 'station_retired', v_station.id,
      jsonb_build_object('reason', input ->> 'reason'), input ->> 'requestId');
  end if;
  return jsonb_build_object('status', 'retired', 'station', station_json(v_station));
end $$;
