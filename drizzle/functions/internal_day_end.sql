-- The midnight that ends a day of Africa/Dar_es_Salaam.
create or replace function internal_day_end(p_day date) returns timestamptz language sql immutable set search_path = public, pg_temp as $$
  select (p_day + 1)::timestamp at time zone 'Africa/Dar_es_Salaam'
$$;
