-- The money of a withdrawal has left. The caller has locked the renter and the withdrawal.
create or replace function internal_withdrawal_pay(
  w withdrawals, p_settled_by text, p_provider_reference text, p_operator_reference text, p_actor text, p_message_id text, p_now timestamptz, p_request_id text
) returns withdrawals language plpgsql set search_path = public, pg_temp as $$
begin
  -- What the renter pays for it stands against what the provider takes for it.
  perform ledger_post('withdrawal:' || w.id || ':paid', 'withdrawal_paid', p_now, p_now,
    array['withdrawal_clearing', 'azampay_clearing', 'provider_fees'], array[w.amount_tzs + w.fee_tzs, -w.amount_tzs, -w.fee_tzs]);
  update withdrawals set state = 'succeeded', reason = null, settled_by = p_settled_by, settled_at = p_now, next_query_at = null,
      provider_reference = coalesce(provider_reference, p_provider_reference), operator_reference = coalesce(operator_reference, p_operator_reference)
    where id = w.id returning * into w;
  if w.kind = 'suspense' then
    update suspense_items set state = 'resolved', resolution = 'refunded', resolved_by = w.requested_by, resolved_at = p_now where id = w.suspense_id;
  end if;
  perform internal_message(p_message_id, w.user_id, 'withdrawal_paid', jsonb_build_object('amountTzs', w.amount_tzs), 'withdrawal:' || w.id || ':paid', p_now);
  perform internal_audit(p_now, p_actor, 'withdrawal_paid', w.id, jsonb_build_object('amountTzs', w.amount_tzs, 'by', p_settled_by), p_request_id);
  return w;
end $$;
