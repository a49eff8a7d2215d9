-- The balance of a renter's account on its normal side; 0 when it was never opened. Locks the row until the end of the transaction.
create or replace function ledger_balance(p_code text) returns bigint language plpgsql set search_path = public, pg_temp as $$
declare
  v_balance bigint;
begin
  select balance_tzs into v_balance from accounts where code = p_code for update;
  return coalesce(v_balance, 0);
end $$;
