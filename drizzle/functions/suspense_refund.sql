-- Gives a suspense item back to the one who paid it, by order of finance. In: suspenseId, to phone | wallet, isProbed, staffId, reason, limits
-- {approvalAboveTzs}, now, requestId, messageId; for `phone`: withdrawalId, provider, msisdnSealed, recipientSealed, externalId, sendToken. Out:
-- send | awaiting_approval {withdrawal} | credited | suspense_unproven | suspense_resolved | withdrawal_in_flight {withdrawalId} |
-- four_eyes_required | suspense_unknown | forbidden. No callback leads here, and none is a proof.
create or replace function suspense_refund(input jsonb) returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_now timestamptz := (input ->> 'now')::timestamptz;
  v_actor text := 'staff:' || (input ->> 'staffId');
  v_item suspense_items;
  v_payment payments;
  v_withdrawal withdrawals;
  v_why text;
begin
  if not internal_staff(input ->> 'staffId') then
    return '{"status": "forbidden"}';
  end if;
  select * into v_item from suspense_items where id = (input ->> 'suspenseId')::bigint;
  if not found then
    return '{"status": "suspense_unknown"}';
  end if;
  select * into v_payment from payments where id = v_item.payment_id;
  if not found then
    return '{"status": "suspense_unproven"}';
  end if;
  perform 1 from users where id = v_payment.user_id for no key update;
  select * into v_item from suspense_items where id = v_item.id for update;
  select * into v_withdrawal from withdrawals where id = input ->> 'withdrawalId';
  if found then
    if v_withdrawal.state = 'sending' and v_withdrawal.send_token = input ->> 'sendToken' then
      return internal_withdrawal_send(v_withdrawal);
    end if;
    return jsonb_build_object('status', 'awaiting_approval', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  if v_item.state = 'resolved' and v_item.resolution = 'credited' and v_item.resolved_by = v_actor and input ->> 'to' = 'wallet' then
    return '{"status": "credited"}';
  end if;
  if v_item.state <> 'open' and v_item.resolution is distinct from 'dismissed' then
    return '{"status": "suspense_resolved"}';
  end if;
  if v_payment.user_id = input ->> 'staffId' then
    return '{"status": "four_eyes_required"}';
  end if;
  if not internal_suspense_proven(v_item, v_payment, (input ->> 'isProbed')::boolean) then
    return '{"status": "suspense_unproven"}';
  end if;
  if input ->> 'to' = 'phone' then
    select * into v_withdrawal from withdrawals
      where user_id = v_payment.user_id and state in ('awaiting_approval', 'created', 'sending', 'submitted', 'unknown');
    if found then
      return jsonb_build_object('status', 'withdrawal_in_flight', 'withdrawalId', v_withdrawal.id);
    end if;
  end if;
  -- It was there after all.
  if v_item.resolution = 'dismissed' then
    perform ledger_post('suspense:' || v_item.id || ':reopened:' || internal_ms(v_now), 'suspense_reopened', v_now, v_now,
      array['azampay_clearing', 'suspense'], array[v_item.amount_tzs, -v_item.amount_tzs]);
    update suspense_items set state = 'open', resolution = null, dismissal_asked_by = null, resolved_by = null, resolved_at = null
      where id = v_item.id returning * into v_item;
  end if;

  if input ->> 'to' = 'wallet' then
    perform ledger_post('suspense:' || v_item.id || ':credit', 'suspense_credited', v_now, v_now,
      array['suspense', 'user_wallet:' || v_payment.user_id], array[v_item.amount_tzs, -v_item.amount_tzs]);
    perform internal_collect_debt(v_payment.user_id, 'suspense:' || v_item.id || ':credit', v_now);
    update suspense_items set state = 'resolved', resolution = 'credited', resolved_by = v_actor, resolved_at = v_now where id = v_item.id;
    perform internal_message(input ->> 'messageId', v_payment.user_id, 'payment_received',
      jsonb_build_object('amountTzs', v_item.amount_tzs, 'walletTzs', ledger_balance('user_wallet:' || v_payment.user_id)),
      'suspense:' || v_item.id || ':credited', v_now);
    perform internal_audit(v_now, v_actor, 'suspense_credited', v_payment.id,
      jsonb_build_object('suspenseId', v_item.id, 'amountTzs', v_item.amount_tzs, 'reason', input ->> 'reason'), input ->> 'requestId');
    return '{"status": "credited"}';
  end if;

  -- That an earlier refund of it failed may be forged, when only a callback told it: then a second person sends it again.
  v_why := case when v_item.amount_tzs > (input #>> '{limits,approvalAboveTzs}')::bigint then 'amount'
    when exists (select from withdrawals where suspense_id = v_item.id and (needs_review or (state = 'failed' and settled_by = 'callback')))
      then 'unproven_failure' end;
  insert into withdrawals (id, user_id, kind, suspense_id, amount_tzs, provider, msisdn_sealed, recipient_sealed, external_id, state, reason, requested_by,
      sends, send_token, created_at, sent_at)
    values (input ->> 'withdrawalId', v_payment.user_id, 'suspense', v_item.id, v_item.amount_tzs, input ->> 'provider', input ->> 'msisdnSealed',
      input ->> 'recipientSealed', input ->> 'externalId', case when v_why is null then 'sending' else 'awaiting_approval' end,
      v_why, v_actor, case when v_why is null then 1 else 0 end,
      case when v_why is null then input ->> 'sendToken' end, v_now, case when v_why is null then v_now end)
    returning * into v_withdrawal;
  update suspense_items set state = 'refunding' where id = v_item.id;
  perform ledger_post('withdrawal:' || v_withdrawal.id || ':asked', 'withdrawal_asked', v_now, v_now,
    array['suspense', 'withdrawal_clearing'], array[v_item.amount_tzs, -v_item.amount_tzs]);
  perform internal_audit(v_now, v_actor, 'suspense_refunded', v_withdrawal.id,
    jsonb_build_object('suspenseId', v_item.id, 'amountTzs', v_item.amount_tzs, 'reason', input ->> 'reason'), input ->> 'requestId');
  if v_why is not null then
    return jsonb_build_object('status', 'awaiting_approval', 'withdrawal', withdrawal_json(v_withdrawal));
  end if;
  return internal_withdrawal_send(v_withdrawal);
end $$;
