-- A station cried out. In: stationId, eventKey, alert, slot?, detail?, at, projection, now, requestId. Out: recorded. One ticket for one kind of
-- cry of one place, while it is open.
create or replace function station_alert(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_station_id text := input ->> 'stationId';
  v_slot int := (input ->> 'slot')::int;
begin
  perform internal_projection(v_station_id, input -> 'projection', v_now);
  insert into station_alerts (event_key, station_id, alert, slot, power_bank_id, detail, at, recorded_at)
    values (input ->> 'eventKey', v_station_id, input ->> 'alert', v_slot,
      (select id from power_banks where station_id = v_station_id and slot = v_slot and place = 'slot' limit 1), input ->> 'detail',
      (input ->> 'at')::timestamptz, v_now)
    on conflict (event_key) do nothing;
  if found then
    perform internal_ticket('station_alert', 'station_alert:' || v_station_id || ':' || (input ->> 'alert') || ':' || coalesce(v_slot::text, '-'),
      left('The station says: ' || (input ->> 'alert'), 200), v_station_id, v_slot, null, null,
      jsonb_build_object('alert', input ->> 'alert', 'detail', input ->> 'detail'), 'station:' || v_station_id, v_now, input ->> 'requestId');
  end if;
  return '{"status": "recorded"}';
end $$;
