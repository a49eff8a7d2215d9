-- Whether the departure `o` came before the return `i`. A departure that only a later snapshot proved is dated by that snapshot,
-- and the bank may long have been somewhere else by then; but it was in its slot when its rental was opened. So another
-- station's return counts from there; at one station the order of the events decides, as for any two movements.
create or replace function internal_departed_before(o custody, i custody) returns boolean language sql stable set search_path = public, pg_temp as $$
  select internal_custody_before(o, i)
    or o.station_id <> i.station_id and coalesce((select opened_at <= i.at from rentals where id = o.rental_id), false)
$$;
