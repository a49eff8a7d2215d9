-- Money that came in and belongs to nothing yet. One item per transaction of the provider.
create or replace function internal_suspense(
  p_callback payment_callbacks, p_payment_id text, p_provider_reference text, p_amount bigint, p_reason text, p_now timestamptz
) returns void language plpgsql set search_path = public, pg_temp as $$
begin
  insert into suspense_items (callback_id, payment_id, provider_reference, amount_tzs, reason, opened_at)
    values (p_callback.id, p_payment_id, p_provider_reference, p_amount, p_reason, p_now);
  perform ledger_post('callback:' || p_callback.id || ':suspense', 'suspense', p_callback.received_at, p_now,
    array['azampay_clearing', 'suspense'], array[p_amount, -p_amount]);
  perform internal_audit(p_now, 'provider:' || p_callback.provider, 'payment_suspense', coalesce(p_payment_id, 'callback:' || p_callback.id),
    jsonb_build_object('reason', p_reason, 'amountTzs', p_amount, 'callbackId', p_callback.id), null);
end $$;
