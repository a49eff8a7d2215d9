-- A departure becomes known, maybe long after it: the bank is at `p_place` (rented, missing), or in the slot where it has come
-- in since. The caller holds the bank's row.
create or replace function internal_bank_out(p_out custody, p_place text, p_now timestamptz) returns void language plpgsql set search_path = public, pg_temp as $$
declare
  v_since timestamptz := least(p_out.at, (select opened_at from rentals where id = p_out.rental_id)) - interval '2 minutes';
  v_in custody;
begin
  -- Never the whole life of the bank: what is older came before, but for events of the same boot, which are counted.
  select c.* into v_in from custody c
    where c.power_bank_id = p_out.power_bank_id and c.direction = 'in' and c.at >= v_since and internal_departed_before(p_out, c)
      and not (c.station_id = p_out.station_id and c.boot_id <> p_out.boot_id and c.at <= p_out.at)
    order by c.at desc, c.id desc limit 1;
  if v_in.id is null then
    select c.* into v_in from custody c
      where c.power_bank_id = p_out.power_bank_id and c.direction = 'in' and c.boot_id = p_out.boot_id and c.station_id = p_out.station_id
        and c.seq > p_out.seq and c.at < v_since
      order by c.at desc, c.id desc limit 1;
  end if;
  update power_banks set place = case when v_in.id is null then p_place else 'slot' end, station_id = v_in.station_id, slot = v_in.slot,
      updated_at = p_now
    where id = p_out.power_bank_id;
end $$;
