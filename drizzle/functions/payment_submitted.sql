-- Records the provider's answer to a checkout. In: paymentId, result accepted | refused | unknown, providerReference?, reason?,
-- messageId, now, requestId. Out: {status: the payment's state, rental?}. A callback may have come first: what it settled stays.
-- A refused checkout cancels the rental that waits for it.
create or replace function payment_submitted(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_payment payments;
  v_rental rentals;
begin
  select * into v_payment from payments where id = input ->> 'paymentId';
  if not found then
    return '{"status": "payment_unknown"}';
  end if;
  perform 1 from users where id = v_payment.user_id for no key update;
  update payments set
      state = case when state not in ('created', 'unknown') then state
        else case input ->> 'result' when 'accepted' then 'submitted' when 'refused' then 'failed' else 'unknown' end end,
      reason = case when state in ('created', 'unknown') then input ->> 'reason' else reason end,
      provider_reference = coalesce(provider_reference, input ->> 'providerReference'),
      submitted_at = coalesce(submitted_at, v_now)
    where id = v_payment.id returning * into v_payment;
  if v_payment.state = 'failed' and v_payment.rental_id is not null then
    select * into v_rental from rentals where id = v_payment.rental_id for update;
    if v_rental.status = 'awaiting_payment' then
      v_rental := internal_rental_cancel(v_rental, 'payment_failed', null, 'provider:azampay', v_now, input ->> 'requestId');
    end if;
  elsif v_payment.rental_id is not null then
    select * into v_rental from rentals where id = v_payment.rental_id;
  end if;
  return jsonb_build_object('status', v_payment.state, 'payment', payment_json(v_payment),
    'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
end $$;
