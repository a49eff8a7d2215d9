-- When the quiet hours end in which `p_now` lies; null when it lies in none. Minutes of the day in Dar es Salaam; they may go over midnight.
create or replace function internal_quiet_end(p_from smallint, p_to smallint, p_now timestamptz) returns timestamptz
language sql immutable set search_path = public, pg_temp as $$
  select case
      when p_from < p_to and minute >= p_from and minute < p_to then midnight + make_interval(mins => p_to)
      when p_from > p_to and minute < p_to then midnight + make_interval(mins => p_to)
      when p_from > p_to and minute >= p_from then midnight + make_interval(days => 1, mins => p_to)
    end
    from (select extract(hour from local) * 60 + extract(minute from local) as minute, date_trunc('day', local) at time zone 'Africa/Dar_es_Salaam' as midnight
      from (select p_now at time zone 'Africa/Dar_es_Salaam' as local) l) t
$$;
