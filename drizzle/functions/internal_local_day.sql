-- The day of Africa/Dar_es_Salaam in which a time lies.
create or replace function internal_local_day(p_at timestamptz) returns date language sql immutable set search_path = public, pg_temp as $$
  select (p_at at time zone 'Africa/Dar_es_Salaam')::date
$$;
