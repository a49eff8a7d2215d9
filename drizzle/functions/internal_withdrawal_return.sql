-- The money of a withdrawal that did not leave goes back to where it came from. The caller has locked the renter and the withdrawal.
create or replace function internal_withdrawal_return(
  w withdrawals, p_state text, p_reason text, p_settled_by text, p_actor text, p_message_id text, p_now timestamptz, p_request_id text
) returns withdrawals language plpgsql set search_path = public, pg_temp as $$
declare
  v_total bigint := w.amount_tzs + w.fee_tzs;
  v_reference text := 'withdrawal:' || w.id || ':back';
begin
  perform ledger_post(v_reference, 'withdrawal_returned', p_now, p_now,
    array['withdrawal_clearing', case w.kind when 'wallet' then 'user_wallet:' || w.user_id else 'suspense' end], array[v_total, -v_total]);
  -- A failure that a callback alone told is asked about until the provider itself says so.
  update withdrawals set state = p_state, reason = p_reason, settled_by = p_settled_by, settled_at = p_now,
      next_query_at = case when p_settled_by = 'callback' and provider_reference is not null then p_now + interval '1 minute' end
    where id = w.id returning * into w;
  if w.kind = 'wallet' then
    perform internal_collect_debt(w.user_id, v_reference, p_now);
    perform internal_message(p_message_id, w.user_id, 'withdrawal_returned',
      jsonb_build_object('amountTzs', v_total, 'walletTzs', ledger_balance('user_wallet:' || w.user_id)), v_reference, p_now);
  else
    update suspense_items set state = 'open' where id = w.suspense_id;
  end if;
  perform internal_audit(p_now, p_actor, 'withdrawal_returned', w.id,
    jsonb_build_object('state', p_state, 'reason', p_reason, 'amountTzs', v_total), p_request_id);
  return w;
end $$;
