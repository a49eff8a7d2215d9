-- A time as milliseconds since the epoch, the form in which verbs read it.
create or replace function internal_ms(p_at timestamptz) returns bigint language sql immutable set search_path = public, pg_temp as $$
  select round(extract(epoch from p_at) * 1000)::bigint
$$;
