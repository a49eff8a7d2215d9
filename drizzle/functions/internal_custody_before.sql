-- Whether the movement `a` came before `b`: at one station within one boot by its sequence; else by time, with two
-- minutes of tolerance between different stations, because each has a clock of its own.
create or replace function internal_custody_before(a custody, b custody) returns boolean language sql immutable set search_path = public, pg_temp as $$
  select case
    when a.station_id = b.station_id and a.boot_id = b.boot_id then a.seq < b.seq
    when a.station_id = b.station_id then a.at <= b.at
    else a.at <= b.at + interval '2 minutes' end
$$;
