-- The money part of one stored callback; the caller catches what it raises. Input as payment_settle. Out: {outcome, alert?, payment?, rental?, dispense?}.
create or replace function internal_payment_apply(input jsonb, p_callback payment_callbacks)
returns jsonb language plpgsql set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_said text := input ->> 'result';
  v_amount bigint := (input ->> 'amountTzs')::bigint;
  v_reference text := input ->> 'providerReference';
  v_payment payments;
  v_credited payments;
  v_rental rentals;
  v_wallet bigint;
  v_suspended suspense_items;
  v_template text;
  v_alert text;
begin
  -- One transaction of the provider is booked once, whatever is said of it and however many say it at once.
  perform pg_advisory_xact_lock(7183543, hashtext(v_reference));
  if v_said = 'succeeded' then
    -- In suspense already: staff decide, or have decided.
    select * into v_suspended from suspense_items where provider_reference = v_reference;
    if found then
      return jsonb_build_object('outcome', 'duplicate', 'alert', case when v_suspended.resolution = 'dismissed' then 'dismissed_money_told_again'
        when v_suspended.amount_tzs is distinct from v_amount then 'conflicting_amounts' end);
    end if;
    select * into v_credited from payments where provider_reference = v_reference and state = 'succeeded';
    if v_credited.external_id <> input ->> 'externalId' then
      return '{"outcome": "duplicate", "alert": "reference_reused"}';
    elsif v_credited.amount_tzs is distinct from v_amount and v_credited.id is not null then
      return jsonb_build_object('outcome', 'duplicate', 'alert', 'conflicting_amounts', 'payment', payment_json(v_credited));
    end if;
  end if;
  select * into v_payment from payments where external_id = input ->> 'externalId';
  if not found then
    if v_said = 'succeeded' and v_amount > 0 then
      perform internal_suspense(p_callback, null, v_reference, v_amount, 'unknown_reference', v_now);
      return '{"outcome": "suspense", "alert": "unknown_reference"}';
    end if;
    return '{"outcome": "ignored", "alert": "unknown_reference"}';
  end if;
  perform 1 from users where id = v_payment.user_id for no key update;
  select * into v_payment from payments where id = v_payment.id for update;
  update payment_callbacks set payment_id = v_payment.id where id = p_callback.id;
  if v_payment.rental_id is not null then
    select * into v_rental from rentals where id = v_payment.rental_id for update;
  end if;

  if v_said = 'other' then
    return jsonb_build_object('outcome', 'ignored', 'alert', 'unknown_status_word', 'payment', payment_json(v_payment));
  end if;

  if v_said = 'failed' then
    if v_payment.state = 'succeeded' then
      return jsonb_build_object('outcome', 'ignored', 'alert', 'failed_after_succeeded', 'payment', payment_json(v_payment));
    end if;
    update payments set state = 'failed', reason = 'declined', provider_reference = coalesce(provider_reference, v_reference), settled_at = v_now
      where id = v_payment.id returning * into v_payment;
    if v_rental.status = 'awaiting_payment' then
      v_rental := internal_rental_cancel(v_rental, 'payment_failed', input ->> 'messageId', 'provider:azampay', v_now, input ->> 'requestId');
    end if;
    return jsonb_build_object('outcome', 'failed', 'payment', payment_json(v_payment),
      'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
  end if;

  -- Nobody can say how much arrived: it stays open for who says it.
  if v_amount is null or v_amount = 0 then
    return jsonb_build_object('outcome', 'ignored', 'alert', 'amount_unreadable', 'payment', payment_json(v_payment));
  end if;
  if v_amount <> v_payment.amount_tzs then
    perform internal_suspense(p_callback, v_payment.id, v_reference, v_amount, 'wrong_amount', v_now);
    if v_payment.state in ('created', 'submitted', 'unknown') then
      update payments set state = 'failed', reason = 'wrong_amount', settled_at = v_now where id = v_payment.id returning * into v_payment;
      if v_rental.status = 'awaiting_payment' then
        v_rental := internal_rental_cancel(v_rental, 'payment_failed', input ->> 'messageId', 'provider:azampay', v_now, input ->> 'requestId');
      end if;
    end if;
    return jsonb_build_object('outcome', 'suspense', 'alert', 'wrong_amount', 'payment', payment_json(v_payment),
      'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
  end if;
  if v_payment.state = 'succeeded' and v_payment.provider_reference = v_reference then
    return jsonb_build_object('outcome', 'duplicate', 'payment', payment_json(v_payment),
      'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
  end if;
  if v_payment.provider_reference <> v_reference then
    perform internal_suspense(p_callback, v_payment.id, v_reference, v_amount,
      case when v_payment.state = 'succeeded' then 'second_payment' else 'reference_mismatch' end, v_now);
    return jsonb_build_object('outcome', 'suspense', 'alert', case when v_payment.state = 'succeeded' then 'second_payment' else 'reference_mismatch' end,
      'payment', payment_json(v_payment));
  end if;

  -- Nobody is there any more to spend it: staff give it back to the wallet that paid.
  if exists (select from users where id = v_payment.user_id and state = 'closed') then
    perform internal_suspense(p_callback, v_payment.id, v_reference, v_amount, 'account_closed', v_now);
    return jsonb_build_object('outcome', 'suspense', 'alert', 'account_closed', 'payment', payment_json(v_payment));
  end if;

  -- The money is real however late; that nobody looked for it any more is worth a look.
  v_alert := case when v_payment.created_at < v_now - interval '7 days' then 'payment_after_watch' end;
  perform ledger_post('payment:' || v_payment.id || ':credit', 'payment_received', p_callback.received_at, v_now,
    array['azampay_clearing', 'user_wallet:' || v_payment.user_id], array[v_amount, -v_amount]);
  update payments set state = 'succeeded', reason = null, provider_reference = v_reference, operator_reference = input ->> 'operatorReference',
      settled_at = v_now where id = v_payment.id returning * into v_payment;
  perform internal_audit(v_now, 'provider:' || p_callback.provider, 'payment_succeeded', v_payment.id,
    jsonb_build_object('amountTzs', v_amount, 'callbackId', p_callback.id), input ->> 'requestId');
  perform internal_collect_debt(v_payment.user_id, 'payment:' || v_payment.id || ':credit', v_now);

  if v_payment.purpose = 'extension' then
    v_wallet := ledger_balance('user_wallet:' || v_payment.user_id);
    -- Offered for that state of the rental, for as long as the payment waited. What comes too late stays in the wallet.
    if v_rental.status = 'active' and v_rental.version = (v_payment.offer ->> 'version')::int
        and p_callback.received_at <= v_payment.expires_at and v_wallet >= (v_payment.offer ->> 'amountTzs')::bigint then
      v_rental := internal_rental_extend(v_rental, v_payment.offer, p_callback.received_at, input ->> 'messageId', 'provider:azampay', v_now,
        input ->> 'requestId');
    else
      perform internal_message(input ->> 'messageId', v_payment.user_id, 'extension_late',
        jsonb_build_object('amountTzs', v_amount, 'walletTzs', v_wallet), 'payment:' || v_payment.id || ':received', v_now);
    end if;
  elsif v_rental.status = 'awaiting_payment' and v_rental.lease_expires_at > v_now then
    v_wallet := ledger_balance('user_wallet:' || v_payment.user_id);
    if v_wallet < v_rental.deposit_tzs then
      v_rental := internal_rental_cancel(v_rental, 'wallet_used', input ->> 'messageId', 'provider:azampay', v_now, input ->> 'requestId');
    else
      perform ledger_post('rental:' || v_rental.id || ':hold', 'rental_opened', v_now, v_now,
        array['user_wallet:' || v_rental.user_id, 'user_hold:' || v_rental.id], array[v_rental.deposit_tzs, -v_rental.deposit_tzs]);
      update rentals set status = 'dispensing', reason = 'deposit_held', version = version + 1,
          last_action_at = p_callback.received_at, changed_at = v_now
        where id = v_rental.id returning * into v_rental;
      return jsonb_build_object('outcome', 'credited', 'dispense', true, 'alert', v_alert, 'payment', payment_json(v_payment), 'rental', rental_json(v_rental));
    end if;
  else
    if v_rental.status = 'awaiting_payment' then
      v_rental := internal_rental_cancel(v_rental, 'lease_expired', null, 'provider:azampay', v_now, input ->> 'requestId');
    end if;
    v_template := case when v_payment.purpose = 'deposit' then 'payment_late' else 'payment_received' end;
    perform internal_message(input ->> 'messageId', v_payment.user_id, v_template,
      jsonb_build_object('amountTzs', v_amount, 'walletTzs', ledger_balance('user_wallet:' || v_payment.user_id)),
      'payment:' || v_payment.id || ':received', v_now);
  end if;
  return jsonb_build_object('outcome', 'credited', 'alert', v_alert, 'payment', payment_json(v_payment),
    'rental', case when v_rental.id is null then null else rental_json(v_rental) end);
end $$;
