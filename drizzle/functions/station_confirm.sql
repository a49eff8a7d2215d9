-- The object holds this version of keys and settings. In: stationId, version.
create or replace function station_confirm(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update stations set confirmed_version = (input ->> 'version')::int
    where id = input ->> 'stationId' and confirmed_version < (input ->> 'version')::int and config_version >= (input ->> 'version')::int;
  return '{"status": "stored"}';
end $$;
