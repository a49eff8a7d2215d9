-- One version of a tariff, with how many stations have it.
create or replace function tariff_json(t tariffs) returns jsonb language sql stable security definer set search_path = public, pg_temp as $$
  select jsonb_build_object('id', t.id, 'name', t.name, 'version', t.version, 'terms', t.terms, 'createdAtMs', internal_ms(t.created_at),
    'stations', (select count(*) from stations s where s.tariff_id = t.id and s.retired_at is null))
$$;
