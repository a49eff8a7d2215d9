-- Whether a rental may start at this station now, by its weekly times in Africa/Dar_es_Salaam: [{day 1..7 from Monday, opens, closes}],
-- null: always. A time that closes at or before it opens runs into the next day; '24:00' is midnight at the end.
create or replace function internal_is_open(p_hours jsonb, p_at timestamptz) returns boolean language sql stable set search_path = public, pg_temp as $$
  select p_hours is null or exists (
    select from jsonb_array_elements(p_hours) as h,
      lateral (select (h ->> 'day')::int as day, (h ->> 'opens')::interval as opens, (h ->> 'closes')::interval as closes,
        extract(isodow from p_at at time zone 'Africa/Dar_es_Salaam')::int as today,
        (p_at at time zone 'Africa/Dar_es_Salaam')::time::interval as clock) t
    where t.day = t.today and t.clock >= t.opens and (t.clock < t.closes or t.closes <= t.opens)
      or t.day % 7 + 1 = t.today and t.closes <= t.opens and t.clock < t.closes)
$$;
