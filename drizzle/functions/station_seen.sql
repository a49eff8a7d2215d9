-- Stores a projection when nothing else carries it. In: stationId, projection, now.
create or replace function station_seen(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform internal_projection(input ->> 'stationId', input -> 'projection', (input ->> 'now')::timestamptz);
  return '{"status": "stored"}';
end $$;
