-- Stations in use that fell silent for a quarter of an hour while they should be open get a ticket; it is done when they are heard again. In: now,
-- limit, requestId. Out: watched {opened, ended}. Told by the projections alone: a heartbeat is never written.
create or replace function stations_offline(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_limit int := (input ->> 'limit')::int;
  v_opened int := 0;
  v_ended int := 0;
  v record;
begin
  for v in
    select p.station_id, s.code, s.name, p.seen_at from station_projections p join stations s on s.id = p.station_id
      where not p.is_online and p.seen_at <= v_now - interval '15 minutes' and s.retired_at is null and s.is_in_service
        and internal_is_open(s.opening_hours, v_now) and not exists (
          select from tickets t where t.dedupe_key = 'station_offline:' || p.station_id and t.state in ('open', 'in_progress'))
      order by p.seen_at limit v_limit
  loop
    perform internal_ticket('station_offline', 'station_offline:' || v.station_id, left('Station ' || v.code || ' ' || v.name || ' is offline', 200),
      v.station_id, null, null, null, jsonb_build_object('seenAt', v.seen_at), 'system:health', v_now, input ->> 'requestId');
    v_opened := v_opened + 1;
  end loop;
  for v in
    select t.dedupe_key from tickets t join station_projections p on p.station_id = t.station_id
      where t.state in ('open', 'in_progress') and t.kind = 'station_offline' and p.is_online order by t.id limit v_limit
  loop
    perform internal_ticket_over(v.dedupe_key, 'it was heard again', 'system:health', v_now, input ->> 'requestId');
    v_ended := v_ended + 1;
  end loop;
  return jsonb_build_object('status', 'watched', 'opened', v_opened, 'ended', v_ended);
end $$;
