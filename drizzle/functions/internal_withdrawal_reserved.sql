-- What the live quotes of a renter's open rentals take beyond their holds. `p_prices` is [{id, version, liveTzs}] for every active
-- rental; null when one is missing or was priced in another version. The caller has locked the renter's row.
create or replace function internal_withdrawal_reserved(p_user_id text, p_prices jsonb) returns bigint language plpgsql set search_path = public, pg_temp as $$
declare
  v_rental record;
  v_reserved bigint := 0;
begin
  for v_rental in
    select r.id, (select (price ->> 'liveTzs')::bigint from jsonb_array_elements(p_prices) as price
        where price ->> 'id' = r.id and (price ->> 'version')::int = r.version) as live
    from rentals r where r.user_id = p_user_id and r.status = 'active' order by r.id
  loop
    if v_rental.live is null then
      return null;
    end if;
    v_reserved := v_reserved + greatest(0, v_rental.live - ledger_balance('user_hold:' || v_rental.id));
  end loop;
  return v_reserved;
end $$;
