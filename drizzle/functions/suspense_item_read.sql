-- One suspense item with what its refund needs; reads only. In: suspenseId. Out: {status: found, item, payment?, provedBy: statement | null}
-- | suspense_unknown. `statement` proves that this very amount reached us from that very payment and from nothing else.
create or replace function suspense_item_read(input jsonb) returns jsonb language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  v_item suspense_items;
  v_payment payments;
begin
  select * into v_item from suspense_items where id = (input ->> 'suspenseId')::bigint;
  if not found then
    return '{"status": "suspense_unknown"}';
  end if;
  select * into v_payment from payments where id = v_item.payment_id;
  return jsonb_build_object('status', 'found',
    'item', jsonb_build_object('id', v_item.id, 'amountTzs', v_item.amount_tzs, 'reason', v_item.reason,
      'isRefundable', v_item.state = 'open' or v_item.resolution is not distinct from 'dismissed', 'providerReference', v_item.provider_reference),
    'payment', case when v_payment.id is null then null else jsonb_build_object('id', v_payment.id, 'userId', v_payment.user_id,
      'provider', v_payment.provider, 'msisdnSealed', v_payment.msisdn_sealed, 'amountTzs', v_payment.amount_tzs) end,
    'provedBy', case when internal_suspense_proven(v_item, v_payment, false) then 'statement' end);
end $$;
