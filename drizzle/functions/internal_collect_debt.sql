-- Money that reaches a wallet pays the renter's debt first. `p_reference` names the money that arrived. Returns what was paid.
create or replace function internal_collect_debt(p_user_id text, p_reference text, p_now timestamptz)
returns bigint language plpgsql set search_path = public, pg_temp as $$
declare
  v_debt bigint := ledger_balance('user_debt:' || p_user_id);
  v_paid bigint;
begin
  if v_debt = 0 then
    return 0;
  end if;
  v_paid := least(v_debt, ledger_balance('user_wallet:' || p_user_id));
  perform ledger_post(p_reference || ':debt', 'debt_paid', p_now, p_now,
    array['user_wallet:' || p_user_id, 'user_debt:' || p_user_id], array[v_paid, -v_paid]);
  return v_paid;
end $$;
