-- Two of staff found that an ended withdrawal ended otherwise: what was given back is taken again, from the wallet and then as a debt, or what was
-- booked as paid is given back. The outcome it has already changes nothing. The caller has locked the renter and the withdrawal.
create or replace function internal_withdrawal_correct(w withdrawals, p_outcome text, p_actor text, p_now timestamptz, p_request_id text)
returns withdrawals language plpgsql set search_path = public, pg_temp as $$
declare
  v_from_wallet bigint;
  -- A withdrawal may be contradicted again after it was corrected: each correction is an entry of its own.
  v_reference text := 'withdrawal:' || w.id || ':' || case p_outcome when 'paid' then 'paid_late' else 'reversed' end
    || (select max(id) from withdrawal_votes where withdrawal_id = w.id);
begin
  if (w.state = 'succeeded') = (p_outcome = 'paid') then
    update withdrawals set settled_by = 'staff', settled_at = p_now where id = w.id returning * into w;
    return w;
  end if;
  if p_outcome = 'paid' and w.kind = 'wallet' then
    perform ledger_balance('user_debt:' || w.user_id);
    v_from_wallet := least(w.amount_tzs, ledger_balance('user_wallet:' || w.user_id));
    perform ledger_post(v_reference, 'withdrawal_paid_late', p_now, p_now,
      array['user_wallet:' || w.user_id, 'user_debt:' || w.user_id, 'azampay_clearing'], array[v_from_wallet, w.amount_tzs - v_from_wallet, -w.amount_tzs]);
  elsif p_outcome = 'paid' then
    perform ledger_post(v_reference, 'withdrawal_paid_late', p_now, p_now, array['suspense', 'azampay_clearing'], array[w.amount_tzs, -w.amount_tzs]);
    update suspense_items set state = 'resolved', resolution = 'refunded', resolved_by = p_actor, resolved_at = p_now where id = w.suspense_id;
  else
    perform ledger_post(v_reference, 'withdrawal_reversed', p_now, p_now,
      array['azampay_clearing', 'provider_fees', case w.kind when 'wallet' then 'user_wallet:' || w.user_id else 'suspense' end],
      array[w.amount_tzs, w.fee_tzs, -w.amount_tzs - w.fee_tzs]);
    if w.kind = 'suspense' then
      update suspense_items set state = 'open', resolution = null, resolved_by = null, resolved_at = null where id = w.suspense_id;
    else
      perform internal_collect_debt(w.user_id, v_reference, p_now);
    end if;
  end if;
  update withdrawals set state = case p_outcome when 'paid' then 'succeeded' else 'failed' end, reason = 'corrected', settled_by = 'staff', settled_at = p_now
    where id = w.id returning * into w;
  perform internal_audit(p_now, p_actor, 'withdrawal_corrected', w.id, jsonb_build_object('outcome', p_outcome, 'amountTzs', w.amount_tzs), p_request_id);
  return w;
end $$;
